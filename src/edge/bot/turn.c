#include "edge/bot/turn.h"

#include <string.h>
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/message/outbox.h"
#include "edge/bot/view.h"

#define TOAST_BYTES_MAX 800 /* 200 characters */
#define SAY_BYTES_MAX 65536

static bool pressed(const struct turn *t)
{
    return t->update->kind == TG_CALLBACK;
}

static bool in_dialog(const struct turn *t)
{
    return t->dialog.flow && *t->dialog.flow;
}

/* The message that an answer may take the place of; 0: none. */
static int64_t place(const struct turn *t)
{
    if (pressed(t))
        return t->update->callback->accessible && !t->update->callback->media ? t->update->message_id : 0;
    return in_dialog(t) && !t->aside && t->dialog.message_id > 0 ? t->dialog.message_id : 0;
}

static enum ecode queue_view(struct turn *t, const char *view, const char *args, int64_t message_id)
{
    CHECK(view_known(view));
    struct outbox_draft d = {
        .user_id = t->me.id,
        .lane = LANE_REPLY,
        .chat_id = t->me.telegram_id,
        .message_id = message_id,
        .view = view,
        .args = args,
        .for_dialog = in_dialog(t) && !t->aside,
    };
    return outbox_add(t->ctx, &d, NULL);
}

enum ecode turn_show(struct turn *t, const char *view, const char *args)
{
    return queue_view(t, view, args, place(t));
}

enum ecode turn_send(struct turn *t, const char *view, const char *args)
{
    return queue_view(t, view, args, 0);
}

enum ecode turn_delete(struct turn *t)
{
    if (!pressed(t) || !t->update->callback->accessible)
        return E_OK;
    struct outbox_draft d = {
        .user_id = t->me.id,
        .lane = LANE_REPLY,
        .chat_id = t->me.telegram_id,
        .message_id = t->update->message_id,
        .method = "deleteMessage",
        .payload = "{}",
    };
    return outbox_add(t->ctx, &d, NULL);
}

void turn_toast(struct turn *t, enum text_id id, const struct text_arg *args)
{
    struct buf b;
    buf_init(&b, TOAST_BYTES_MAX);
    text_plain(&b, t->lang, id, args);
    t->toast = arena_strdup(t->ctx->arena, buf_text(&b));
    buf_release(&b);
}

enum ecode turn_ask(struct turn *t, const char *flow, const char *step, const char *data)
{
    struct dialog d = t->dialog;
    d.flow = flow;
    d.step = step;
    d.data = data ? data : "{}";
    d.chat_id = t->me.telegram_id;
    if (pressed(t)) /* what is asked takes the place of the message with the button */
        d.message_id = t->update->message_id;
    enum ecode rc = dialog_set(t->ctx, &d, NULL);
    if (rc == E_OK) {
        t->dialog = d;
        t->aside = false;
    }
    return rc;
}

/* Something of the bot stands below the dialog's message from now on. */
static enum ecode forget_message(struct turn *t)
{
    t->dialog.message_id = 0;
    return dialog_forget_message(t->ctx);
}

enum ecode turn_step_aside(struct turn *t)
{
    t->aside = true;
    return pressed(t) || !in_dialog(t) ? E_OK : forget_message(t);
}

enum ecode turn_end(struct turn *t)
{
    if (!in_dialog(t))
        return E_OK;
    enum ecode rc = dialog_end(t->ctx);
    if (rc == E_OK)
        t->dialog = (struct dialog){.flow = ""}; /* its message too: the next dialog has one of its own */
    return rc;
}

enum ecode turn_op(struct turn *t, const struct op *op, const void *in, void *out)
{
    return op_run(t->ctx, op, in, out);
}

/* A message of fixed text. */
static enum ecode say(struct turn *t, enum text_id id, const struct text_arg *args)
{
    struct buf text, b;
    struct json_writer w;
    buf_init(&text, SAY_BYTES_MAX);
    buf_init(&b, 2 * SAY_BYTES_MAX);
    text_put(&text, t->lang, id, args);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "text", buf_text(&text));
    json_field_string(&w, "parse_mode", "HTML");
    json_object_end(&w);
    json_writer_finish(&w);
    struct outbox_draft d = {
        .user_id = t->me.id,
        .lane = LANE_REPLY,
        .chat_id = t->me.telegram_id,
        .method = "sendMessage",
        .payload = buf_text(&b),
    };
    enum ecode rc = outbox_add(t->ctx, &d, NULL);
    buf_release(&text);
    buf_release(&b);
    return rc == E_OK ? forget_message(t) : rc;
}

enum ecode turn_say(struct turn *t, enum text_id id, const struct text_arg *args)
{
    if (!pressed(t))
        return say(t, id, args);
    turn_toast(t, id, args);
    t->toast_alert = true;
    return E_OK;
}

const char *turn_text(const struct turn *t)
{
    const char *start;
    size_t len;
    const char *text = t->update->message ? t->update->message->text : NULL;
    if (!text || !utf8_clean_text(text, strlen(text), &start, &len) || utf8_blank(start, len))
        return NULL;
    return arena_memdup(t->ctx->arena, start, len);
}
