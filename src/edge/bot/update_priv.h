#ifndef HABITD_EDGE_BOT_UPDATE_PRIV_H
#define HABITD_EDGE_BOT_UPDATE_PRIV_H

#include "edge/bot/request.h"
#include "edge/bot/text.h"
#include "edge/bot/update.h"

/* Between update.c, press.c, checkout.c and toast.c. */

/* Stores one update and acts on it, in the job's transaction. */
enum ecode update_run(struct ctx *ctx, struct bot_update *u);
/* What its button says. */
void update_set_toast(struct bot_update *u, const struct lang *l, enum text_id id, bool alert);
/* {"method":"NAME",… of a method and the object of its parameters. Arena. */
const char *update_call(struct arena *a, const char *method, const char *params);
/* The way back: sets method and params. */
void update_call_cut(struct arena *a, const char *json, struct request_spec *out);

#endif
