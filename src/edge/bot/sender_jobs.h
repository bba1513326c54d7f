#ifndef HABITD_EDGE_BOT_SENDER_JOBS_H
#define HABITD_EDGE_BOT_SENDER_JOBS_H

#include "domain/message/outbox.h"
#include "edge/bot/sender.h"
#include "domain/task.h"

/* The sender's transactions. */

#define CLAIM_ARENA_BYTES ((size_t)512 * 1024 * 1024) /* a defect's bound: files of a few messages */
#define SETTLE_ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define PEEK_ARENA_BYTES ((size_t)64 * 1024)

struct claim_job {
    struct outbox_claim_query query;
    struct monotime asked;
    struct outbox_claimed claimed; /* in the task's arena */
    struct task task;
};

struct draw_job {
    const struct claim_job *claim;
    struct outbox_claimed drawn; /* in the task's arena */
};

struct settle_job {
    struct arena *arena;
    int64_t fence;
    struct outbox_result results[SENDER_SLOTS];
    size_t count;
    struct outbox_tally tally;
    struct task task;
};

struct peek_job {
    bool found;
    struct instant due_at;
};

struct take_back_job {
    int64_t fence;
    bool more;
};

extern const struct job_kind kind_claim, kind_draw, kind_settle, kind_peek, kind_take_back;

#endif
