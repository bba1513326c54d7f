#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "edge/bot/intake.h"
#include "edge/bot/runtime.h"
#include "net/telegram.h"

/*
 * Long polling. Telegram keeps updates until an offset above them is named, and that is done only when all of
 * a batch are committed. The offset is not stored: after an answer without updates everything is confirmed,
 * and the next call names none, so that ids which begin anew after a quiet week are found too.
 */
#define POLL_S 50
#define POLL_TIMEOUT_MS ((POLL_S + 20) * 1000)
#define POLL_ANSWER_MAX (16u << 20)
#define CONFLICT_MS 5000
#define TRIAL_S 6 /* of a poll after a conflict: the other program would have come back meanwhile */
#define EARLY_MS 100
#define UNREADABLE_MS 4000 /* what comes meanwhile waits no longer */
#define CALL_TIMEOUT_MS 30000

struct poller {
    struct bot *b;
    int64_t fence;
    struct hindrance hindrance;
    int64_t offset; /* 0: none */
    int limit;
    bool webhook_removed;
    int failures;  /* in a row */
    int timeout_s; /* of the next poll: short while it is not known that polling works */
    struct monotime asked;
};

static bool names_webhook(enum tg_verdict v, const struct tg_answer *a)
{
    return v == TG_CONFLICT && strstr(a->description, "webhook") != NULL;
}

/* What to say of a call that did not do; NULL: nothing yet. */
static const char *problem_of(enum tg_verdict v, const struct tg_answer *a, int failures)
{
    if (v == TG_CONFLICT)
        return names_webhook(v, a) ? "409 Conflict: a webhook is set for this token by somebody else"
                                   : "409 Conflict: another program polls with this token";
    if (v == TG_UNAUTHORIZED)
        return "Telegram refuses the bot's token";
    return failures >= 3 ? "Telegram cannot be reached" : NULL;
}

/* Says so, and waits; false: the hold is over. */
static bool pause_after(struct poller *p, enum tg_verdict v, const struct tg_answer *a)
{
    const char *problem = problem_of(v, a, ++p->failures);
    int64_t ms = bot_backoff_ms(p->failures);
    p->timeout_s = v == TG_CONFLICT ? TRIAL_S : 0;
    if (v == TG_CONFLICT) {
        count(&p->b->counters.conflicts, 1);
        ms = CONFLICT_MS;
    } else if (v == TG_RETRY_AFTER) {
        ms = a->retry_after_s * 1000;
    }
    log_event(LOG_WARN, "updates cannot be had", log_str("verdict", tg_verdict_name(v)),
              log_i64("error_code", a->error_code), log_i64("again_in_ms", ms));
    if (problem != NULL)
        bot_hinder(p->b, &p->hindrance, p->fence, problem);
    return hold_sleep(&p->b->hold, p->fence, ms);
}

/*
 * A webhook would keep updates from being polled. Pending ones stay. Tried once: whether it did shows in the
 * next poll, and a server that does not know the method has no webhooks.
 */
static bool remove_webhook(struct poller *p)
{
    static const struct request_spec spec = {.method = "deleteWebhook",
                                             .params = "{\"drop_pending_updates\":false}",
                                             .timeout_ms = CALL_TIMEOUT_MS};
    struct request r;
    struct err err;
    struct tg_answer answer;
    struct arena *a = arena_new(BOT_ARENA_BYTES);
    bool going = bot_call(p->b, p->fence, &r, a, &spec, &err) == E_OK;
    if (going) {
        enum tg_verdict v = tg_judge(a, &r.call, &answer);
        p->webhook_removed = v == TG_SENT || v == TG_ALREADY;
        if (!p->webhook_removed)
            log_event(LOG_INFO, "deleteWebhook", log_str("verdict", tg_verdict_name(v)),
                      log_i64("error_code", answer.error_code));
    }
    request_release(&r);
    arena_free(a);
    return going;
}

/* Nothing but updates without an id: there is no offset behind them, so they come again and again. */
static bool pause_before(struct poller *p)
{
    int64_t ms = bot_backoff_ms(++p->failures);
    p->timeout_s = POLL_S;
    p->offset = 0;
    bot_hinder(p->b, &p->hindrance, p->fence, "Telegram sends an update without an id");
    return hold_sleep(&p->b->hold, p->fence, ms < UNREADABLE_MS ? ms : UNREADABLE_MS);
}

static bool take_batch(struct poller *p, struct http_call *call)
{
    struct tg_updates updates;
    struct err err;
    enum ecode rc = tg_updates_split(buf_text(&call->answer), call->answer.len, &updates, &err);
    if (rc != E_OK) {
        struct tg_answer none = {.description = ""};
        return pause_after(p, TG_SERVER_ERROR, &none);
    }
    if (updates.n == 0 && updates.unreadable > 0)
        return pause_before(p);
    if (updates.unreadable > 0)
        log_event(LOG_ERROR, "updates without an id were passed over",
                  log_i64("count", (int64_t)updates.unreadable));
    p->failures = 0;
    p->timeout_s = POLL_S;
    bot_hinder(p->b, &p->hindrance, p->fence, NULL);
    p->offset = 0;
    if (updates.n == 0) /* a server that does not wait by itself must not be asked without a pause */
        return monotime_diff(monotime_now(), p->asked).ms >= EARLY_MS ||
               hold_sleep(&p->b->hold, p->fence, EARLY_MS);
    if (!intake_take_all(p->b, p->fence, &p->hindrance, updates.items, updates.n))
        return false;
    p->offset = updates.items[updates.n - 1].update_id + 1;
    return true;
}

/* What came instead of updates. *remove: a webhook that could not be removed before hinders. */
static bool take_failure(struct poller *p, struct arena *a, const struct http_call *call, bool *remove)
{
    struct tg_answer answer;
    enum tg_verdict v = tg_judge(a, call, &answer);
    *remove = names_webhook(v, &answer) && !p->webhook_removed;
    return *remove || pause_after(p, v, &answer);
}

/* One getUpdates and what it brings; false: the hold is over. */
static bool poll_once(struct poller *p)
{
    struct request r;
    struct err err;
    struct arena *a = arena_new(BOT_ARENA_BYTES);
    char offset[40] = "";
    bool remove = false;
    if (p->offset != 0)
        snprintf(offset, sizeof offset, "\"offset\":%lld,", (long long)p->offset);
    struct request_spec spec = {
        .method = "getUpdates",
        .params =
            arena_printf(a, "{%s\"limit\":%d,\"timeout\":%d,\"allowed_updates\":" TG_ALLOWED_UPDATES "}",
                         offset, p->limit, p->timeout_s),
        .timeout_ms = POLL_TIMEOUT_MS,
        .answer_max = POLL_ANSWER_MAX};
    p->asked = monotime_now();
    bool going = bot_call(p->b, p->fence, &r, a, &spec, &err) == E_OK;
    if (going && r.call.outcome == HTTP_CALL_ANSWERED && r.call.status == 200) {
        going = take_batch(p, &r.call);
    } else if (going && r.call.err.code == E_TOO_LARGE && p->limit > 1) {
        p->limit /= 2;
    } else if (going) {
        going = take_failure(p, a, &r.call, &remove);
    }
    request_release(&r);
    arena_free(a);
    if (going && remove)
        going = remove_webhook(p) && (p->webhook_removed || hold_sleep(&p->b->hold, p->fence, CONFLICT_MS));
    return going;
}

void poller_run(struct bot *b, int64_t fence)
{
    struct poller p = {.b = b, .fence = fence, .limit = TG_UPDATES_MAX};
    if (!remove_webhook(&p))
        return;
    while (poll_once(&p))
        ;
}
