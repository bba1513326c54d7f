#include "edge/bot/update.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "edge/bot/checkout.h"
#include "edge/bot/press.h"
#include "edge/bot/turn.h"
#include "edge/bot/update_priv.h"

#define CALL_BEGIN "{\"method\":\""
#define TOAST_JSON_MAX 4096
#define ID_MAX (2 * SHA256_LEN + 16)

const char *update_call(struct arena *a, const char *method, const char *params)
{
    CHECK(params[0] == '{' && params[1] != '}');
    return arena_printf(a, CALL_BEGIN "%s\",%s", method, params + 1);
}

void update_call_cut(struct arena *a, const char *json, struct request_spec *out)
{
    size_t skip = sizeof CALL_BEGIN - 1;
    CHECK(strncmp(json, CALL_BEGIN, skip) == 0);
    const char *name = json + skip, *end = strchr(name, '"');
    CHECK(end != NULL && end[1] == ',');
    out->method = arena_memdup(a, name, (size_t)(end - name));
    out->params = arena_printf(a, "{%s", end + 2);
}

static const char *toast_json(struct arena *a, const char *callback_id, const char *text, bool alert)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, TOAST_JSON_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "callback_query_id", callback_id);
    if (text)
        json_field_string(&w, "text", text);
    if (alert)
        json_field_bool(&w, "show_alert", true);
    json_object_end(&w);
    json_writer_finish(&w);
    const char *json = buf_overflowed(&b) ? NULL : update_call(a, "answerCallbackQuery", buf_text(&b));
    buf_release(&b);
    return json;
}

/* inbox_handle's handler: arg is the struct bot_update. */
static enum ecode act(struct ctx *ctx, const struct inbox_item *item, void *arg)
{
    struct bot_update *u = arg;
    const struct tg_update *parsed = u->parsed;
    const char *toast;
    bool alert;
    if (!parsed)
        return err_set(&ctx->err, E_MALFORMED, "the update cannot be read");
    enum ecode rc = turn_act(ctx, u->app, parsed, &toast, &alert);
    if (rc == E_OK && parsed->kind == TG_CALLBACK)
        u->answer = toast_json(u->arena, parsed->callback->id, toast, alert);
    return rc;
}

void update_set_toast(struct bot_update *u, const struct lang *l, enum text_id id, bool alert)
{
    const struct tg_update *parsed = u->parsed;
    struct buf b;
    buf_init(&b, TOAST_JSON_MAX);
    text_plain(&b, l, id, NULL);
    u->answer = toast_json(u->arena, parsed->callback->id, buf_text(&b), alert);
    buf_release(&b);
}

enum ecode update_run(struct ctx *ctx, struct bot_update *u)
{
    u->answer = NULL;
    if (!u->append_only)
        return inbox_handle(ctx, &u->item, act, u, &u->outcome);
    bool is_new;
    enum ecode rc = inbox_add(ctx, &u->item, &is_new);
    u->outcome = is_new ? INBOX_PENDING : INBOX_KNOWN;
    return rc;
}

static enum ecode run_update(struct job *job, struct ctx *ctx)
{
    return update_run(ctx, job->owner);
}

static void update_done(struct job *job)
{
    struct bot_update *u = job->owner;
    u->code = job->code;
    u->err = job->err;
    if (u->code != E_OK)
        u->answer = NULL;
    u->done(u);
}

static const struct job_kind kind_update = {"update", JOB_WRITE, run_update, NULL, update_done};
static const struct job_kind kind_press = {"press", JOB_WRITE, run_update, press_run_many, update_done};

enum ecode bot_update_submit(const struct bot_app *app, struct bot_update *u)
{
    struct err err = {.code = E_OK};
    struct tg_update *parsed = arena_alloc(u->arena, sizeof *parsed);
    char *id = arena_alloc(u->arena, ID_MAX);
    uint8_t hash[SHA256_LEN];
    int64_t chat = 0;
    u->app = app;
    u->parsed = tg_update_parse(u->arena, u->body, u->len, parsed, &err) == E_OK ? parsed : NULL;
    if (parsed->update_id != 0) {
        snprintf(id, ID_MAX, "%lld", (long long)parsed->update_id);
    } else { /* not even an id can be read: its content is what it is known by */
        sha256(u->body, u->len, hash);
        char hex[2 * SHA256_LEN + 1];
        snprintf(id, ID_MAX, "sha256:%s", hex_encode(hash, sizeof hash, hex));
    }
    if (u->parsed)
        chat = parsed->chat.id ? parsed->chat.id : parsed->from.id;
    u->item = (struct inbox_item){.source = "telegram",
                                  .external_id = id,
                                  .chat_id = chat,
                                  .body = u->body,
                                  /* what is too large was not read either: its beginning is parked */
                                  .len = u->len < INBOX_BODY_MAX ? u->len : INBOX_BODY_MAX};
    u->checkout = -1;
    if (u->parsed && checkout_is(u->parsed)) {
        u->job = (struct job){.kind = &checkout_reads, .arena = u->arena, .owner = u};
        if (service_submit_job(app->service, &u->job) == E_OK)
            return E_OK;
        u->job = (struct job){.kind = &checkout_writes, .arena = u->arena, .owner = u};
        return service_submit_job(app->service, &u->job);
    }
    bool press = u->parsed && !u->append_only && press_read(u->parsed, &(struct press){0});
    u->job = (struct job){.kind = press ? &kind_press : &kind_update, .arena = u->arena, .owner = u};
    if (chat)
        u->job.order = uuid_from_name("telegram chat", &chat, sizeof chat);
    return service_submit_job(app->service, &u->job);
}

enum ecode bot_update_again(struct ctx *ctx, const struct inbox_item *item, void *retry)
{
    struct bot_update_retry *r = retry;
    struct tg_update parsed;
    const char *toast;
    bool alert;
    enum ecode rc = tg_update_parse(ctx->arena, item->body, item->len, &parsed, &ctx->err);
    if (rc == E_OK)
        rc = turn_act(ctx, r->app, &parsed, &toast, &alert);
    if (rc == E_OK && parsed.kind == TG_CALLBACK)
        r->answer = toast_json(ctx->arena, parsed.callback->id, toast, alert);
    return rc;
}
