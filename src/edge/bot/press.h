#ifndef HABITD_EDGE_BOT_PRESS_H
#define HABITD_EDGE_BOT_PRESS_H

#include "domain/checkin/checkin.h"
#include "edge/bot/target.h"
#include "edge/bot/text.h"
#include "net/telegram.h"

/*
 * The presses that come by the thousand: Done and Skip. A batch of them is worked out together,
 * on PostgreSQL with array statements; everything else about them is as in mark.c.
 */
struct press {
    struct target target;
    struct log_mark mark;
    enum text_id toast;
};
/* Whether the update is one. */
bool press_read(const struct tg_update *u, struct press *out);

struct job;
struct ctx;
/* job_kind.run_many for updates of which every one is a press; a job's owner is its struct bot_update. */
enum ecode press_run_many(struct job **jobs, size_t n, struct ctx *ctx);

#endif
