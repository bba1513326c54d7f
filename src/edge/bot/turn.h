#ifndef HABITD_EDGE_BOT_TURN_H
#define HABITD_EDGE_BOT_TURN_H

#include "base/json_read.h"
#include "domain/dialog/dialog.h"
#include "domain/op.h"
#include "domain/user/user.h"
#include "edge/bot/app.h"
#include "edge/bot/args.h"
#include "edge/bot/text.h"
#include "net/telegram.h"

/*
 * A turn: one update of one person, acted on inside one transaction. A handler runs the domain's operations,
 * keeps the dialog, and queues views; it returns E_OK, or an error after which everything it wrote is undone
 * and the person is told (dispatch.c).
 */
struct turn {
    struct ctx *ctx; /* acting as the person */
    const struct bot_app *app;
    const struct tg_update *update;
    struct user me;
    const struct lang *lang;
    struct day today;
    bool is_new;          /* first contact */
    struct dialog dialog; /* flow "" when there is none */
    bool aside;           /* a dialog waits while the person does something else: its message is left alone */
    const char *toast;    /* what the pressed button says; plain text, arena; NULL: nothing */
    bool toast_alert;     /* as a window that has to be closed */
};

/*
 * Queues a view: in place of the message whose button was pressed, or, when the person answered a dialog in
 * words, of the dialog's message; else as a new message. It becomes the dialog's message when it is asked
 * (turn_ask) or answered in this turn. Numbers of messages say nothing about what stands between two of them:
 * Telegram counts all private chats of a bot together. So whatever the bot says in between makes the dialog
 * go on in a new message.
 */
enum ecode turn_show(struct turn *t, const char *view, const char *args);
/* The same, always as a new message. */
enum ecode turn_send(struct turn *t, const char *view, const char *args);
/* Takes the message away whose button was pressed. */
enum ecode turn_delete(struct turn *t);
/* Sets the toast. */
void turn_toast(struct turn *t, enum text_id id, const struct text_arg *args);
/* Begins or continues a dialog: what the person writes next goes to that flow. `data` JSON, NULL: "{}". */
enum ecode turn_ask(struct turn *t, const char *flow, const char *step, const char *data);
/* For dispatch.c: a command or a button is not an answer to the dialog, unless it asks (turn_ask). Below a
 * command the dialog goes on in a new message. */
enum ecode turn_step_aside(struct turn *t);
/* Ends the dialog, if there is one. */
enum ecode turn_end(struct turn *t);
/* Runs an operation as this person: the same that the HTTP API runs. */
enum ecode turn_op(struct turn *t, const struct op *op, const void *in, void *out);
/*
 * Says one text of its own: as a window when a button was pressed, else as a message. For what the person did
 * wrong and for what needs no screen.
 */
enum ecode turn_say(struct turn *t, enum text_id id, const struct text_arg *args);
/* printf into the context's arena. */
#define turn_data(t, ...) arena_printf((t)->ctx->arena, __VA_ARGS__)

/* What the person wrote, cleaned at both ends; NULL: nothing readable. */
const char *turn_text(const struct turn *t);

/* --- dispatch.c -------------------------------------------------------------------------------------- */

/* Acts on an update that is parsed: finds or makes the person, and calls the handler. *toast as in turn. */
enum ecode turn_act(struct ctx *ctx, const struct bot_app *app, const struct tg_update *update,
                    const char **toast, bool *toast_alert);

#endif
