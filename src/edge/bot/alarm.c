#include <stdatomic.h>
#include <stdlib.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "domain/alert/alert.h"
#include "domain/service.h"
#include "edge/bot/runtime.h"
#include "net/telegram.h"

#define ALARM_TIMEOUT_MS 10000
#define ALARM_BYTES_MAX 65536
#define FORGED_NS 60000000000LL /* between alerts of forgeries: a flood of them is one */
#define FORGED_ARENA_BYTES 65536

/* What the operator hears of past the queue of messages, and what the edges tell the bot to tell him. */

bool bot_alarm(struct bot *b, const char *text)
{
    struct buf params;
    struct json_writer w;
    struct request r;
    struct tg_answer answer;
    struct err err;
    if (b->o.alert_chat_id == 0)
        return false;
    struct arena *a = arena_new(BOT_ARENA_BYTES);
    buf_init(&params, ALARM_BYTES_MAX);
    json_writer_init(&w, &params);
    json_object_begin(&w);
    json_field_string(&w, "text", text);
    json_object_end(&w);
    json_writer_finish(&w);
    struct request_spec spec = {.method = "sendMessage",
                                .chat_id = b->o.alert_chat_id,
                                .params = buf_text(&params),
                                .timeout_ms = ALARM_TIMEOUT_MS};
    bool sent = bot_call(b, 0, &r, a, &spec, &err) == E_OK && tg_judge(a, &r.call, &answer) == TG_SENT;
    request_release(&r);
    buf_release(&params);
    arena_free(a);
    return sent;
}

/* --- forged webhooks --------------------------------------------------------------------------------- */

static enum ecode run_forged(struct job *j, struct ctx *ctx)
{
    static const struct alert_draft draft = {
        .fingerprint = "bot.signature",
        .severity = ALERT_WARNING,
        .title = "A webhook came with another secret than Telegram was told; it was refused",
        .detail = "Somebody sends forged updates, or another server has set this bot's webhook",
    };
    return alert_raise(ctx, &draft);
}

static void forged_done(struct job *j)
{
    arena_free(j->arena);
    free(j);
}

static const struct job_kind kind_forged = {"bot.forged", JOB_WRITE, run_forged, NULL, forged_done};

void bot_forged(void *arg)
{
    struct bot *b = arg;
    int64_t now = monotime_now().ns, last = atomic_load(&b->forged_at);
    if ((last != 0 && now - last < FORGED_NS) || !atomic_compare_exchange_strong(&b->forged_at, &last, now))
        return;
    struct job *j = calloc(1, sizeof *j);
    CHECK(j != NULL);
    *j = (struct job){.kind = &kind_forged, .arena = arena_new(FORGED_ARENA_BYTES)};
    if (service_submit_job(b->o.service, j) != E_OK)
        forged_done(j);
}
