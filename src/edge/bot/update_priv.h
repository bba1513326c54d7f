#ifndef HABITD_EDGE_BOT_UPDATE_PRIV_H
#define HABITD_EDGE_BOT_UPDATE_PRIV_H

#include "edge/bot/text.h"
#include "edge/bot/update.h"

/* Between update.c and press.c. */

/* Stores one update and acts on it, in the job's transaction. */
enum ecode update_run(struct ctx *ctx, struct bot_update *u);
/* What its button says. */
void update_set_toast(struct bot_update *u, const struct lang *l, enum text_id id, bool alert);

#endif
