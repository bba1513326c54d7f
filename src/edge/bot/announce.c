/* A message to everybody: written, looked at, sent, watched, stopped. Only for admins. */
#include <string.h>
#include "domain/broadcast/broadcast.h"
#include "domain/message/outbox.h"
#include "edge/bot/screens.h"

#define WATCH_MS 5000  /* how often its progress is shown */
#define STOP_STEPS 100 /* of BROADCAST_STEP messages, in one transaction */

/* "bc": which text? */
enum ecode press_broadcast(struct turn *t, const struct args *a)
{
    enum ecode rc = turn_ask(t, "broadcast", "text", NULL);
    return rc == E_OK ? turn_show(t, "broadcast_ask", NULL) : rc;
}

enum ecode say_broadcast(struct turn *t)
{
    struct uuid id;
    char arg[ARG_ID];
    const char *text = turn_text(t);
    if (!t->me.is_admin)
        return turn_end(t);
    enum ecode rc = text ? broadcast_draft(t->ctx, text, &id) : E_INVALID;
    if (rc == E_INVALID) {
        const char *why = text ? arena_strdup(t->ctx->arena, t->ctx->err.text) : "is empty";
        err_clear(&t->ctx->err);
        return turn_say(t, TEXT_BROADCAST_BAD, TEXT_ARGS(text_str("why", why)));
    }
    if (rc == E_OK)
        rc = turn_end(t);
    if (rc == E_OK)
        rc = turn_send(t, "broadcast_preview", arg_id(&id, arg));
    return rc == E_OK ? turn_send(t, "broadcast", arg_id(&id, arg)) : rc;
}

/* "bs:<id>" */
enum ecode press_broadcast_start(struct turn *t, const struct args *a)
{
    struct uuid id;
    struct broadcast b;
    char arg[ARG_ID];
    if (!args_uuid(a, 1, &id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = broadcast_start(t->ctx, &id, &b);
    if (rc == E_CONFLICT) { /* pressed twice: it runs */
        err_clear(&t->ctx->err);
        rc = E_OK;
    }
    return rc == E_OK ? turn_show(t, "broadcast", arg_id(&id, arg)) : rc;
}

/* "bx:<id>" */
enum ecode press_broadcast_stop(struct turn *t, const struct args *a)
{
    struct uuid id;
    char arg[ARG_ID];
    bool more = true;
    if (!args_uuid(a, 1, &id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = E_OK;
    for (int i = 0; rc == E_OK && more && i < STOP_STEPS; i++)
        rc = broadcast_stop(t->ctx, &id, &more);
    return rc == E_OK ? turn_show(t, "broadcast", arg_id(&id, arg)) : rc;
}

enum ecode draw_broadcast_ask(struct view *v)
{
    view_put(v, TEXT_BROADCAST_ASK, NULL);
    view_button(v, "ad", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

static enum ecode load(struct view *v, struct broadcast *out)
{
    struct uuid id;
    v->nothing = !v->me.is_admin || !args_uuid(&v->args, 0, &id);
    return v->nothing ? E_OK : broadcast_get(v->ctx, &id, out);
}

/* args: the broadcast; as everybody will see it */
enum ecode draw_broadcast_preview(struct view *v)
{
    struct broadcast b;
    enum ecode rc = load(v, &b);
    if (rc == E_OK && !v->nothing)
        buf_str(&v->text, b.body);
    return rc;
}

/* The same message again in a while, as long as something goes on. */
static enum ecode watch(struct view *v, const struct broadcast *b)
{
    bool over =
        b->status == BROADCAST_STOPPED || (b->status == BROADCAST_DONE && b->sent + b->failed >= b->queued);
    if (over || b->status == BROADCAST_DRAFT || v->item->message_id == 0)
        return E_OK;
    struct outbox_draft d = {
        .user_id = v->me.id,
        .lane = LANE_REPLY,
        .chat_id = v->item->chat_id,
        .message_id = v->item->message_id,
        .view = v->item->view,
        .args = v->item->args,
        .due_at = instant_add(v->ctx->now, duration_ms(WATCH_MS)),
    };
    return outbox_add(v->ctx, &d, NULL);
}

/* args: the broadcast */
enum ecode draw_broadcast(struct view *v)
{
    static const enum text_id says[BROADCAST_STATUSES] = {[BROADCAST_DRAFT] = TEXT_BROADCAST_DRAFT,
                                                          [BROADCAST_RUNNING] = TEXT_BROADCAST_RUNNING,
                                                          [BROADCAST_STOPPED] = TEXT_BROADCAST_STOPPED,
                                                          [BROADCAST_DONE] = TEXT_BROADCAST_DONE};
    struct broadcast b;
    char id[ARG_ID];
    enum ecode rc = load(v, &b);
    if (rc != E_OK || v->nothing)
        return rc;
    bool under_way = b.status == BROADCAST_RUNNING || b.sent + b.failed < b.queued;
    arg_id(&b.id, id);
    view_line(v, b.status == BROADCAST_DONE && under_way ? TEXT_BROADCAST_RUNNING : says[b.status], NULL);
    if (b.status == BROADCAST_DRAFT) {
        view_button(v, view_data(v, "bs:%s", id), TEXT_BUTTON_BROADCAST_SEND, NULL);
        view_button(v, view_data(v, "bx:%s", id), TEXT_BUTTON_CANCEL, NULL);
        return E_OK;
    }
    view_put(v, TEXT_BROADCAST_PROGRESS,
             TEXT_ARGS(text_num("sent", b.sent), text_num("failed", b.failed), text_num("people", b.people)));
    if (b.status != BROADCAST_STOPPED && under_way)
        view_button(v, view_data(v, "bx:%s", id), TEXT_BUTTON_BROADCAST_STOP, NULL);
    view_row(v);
    view_button(v, "ad", TEXT_BUTTON_BACK, NULL);
    return watch(v, &b);
}
