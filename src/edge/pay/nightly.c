#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "domain/payment/stars.h"
#include "domain/task.h"
#include "edge/pay/runtime.h"
#include "net/http_client.h"
#include "net/telegram_pay.h"

/*
 * The night's reconciliation of Stars: what Telegram's list of transactions holds of the last days and
 * nobody here heard of is recorded as if the bot had been told. The list is in order of time and has no end
 * that could be asked for, so the end is searched for.
 */
#define BACK_MS (3 * 86400000LL)
#define URL_MAX 4096
#define BODY_MAX 256
#define CALL_TIMEOUT_MS 30000
#define OFFSET_MAX ((int64_t)1 << 40)

struct nightly {
    struct pay *pay;
    int64_t fence;
    struct arena *arena; /* of one page */
    struct tg_star_transactions page;
    bool failed;
};

static void release_call(void *call)
{
    http_call_release(call);
}

static const char *kept(struct arena *a, struct buf *b)
{
    CHECK(!buf_overflowed(b));
    const char *text = arena_strdup(a, buf_text(b));
    buf_release(b);
    return text;
}

/* Reads `limit` transactions from `offset` on; false: that is not possible now. */
static bool fetch(struct nightly *n, int64_t offset, int limit)
{
    struct tg_answer answer;
    struct err err = {.code = E_OK};
    struct buf url, body;
    arena_reset(n->arena);
    buf_init(&url, URL_MAX);
    buf_init(&body, BODY_MAX);
    char token[SECRET_BYTES_MAX + 1];
    secret_copy(n->pay->o.telegram.secret, token);
    tg_url(&url, n->pay->o.telegram.api_url, token, "getStarTransactions");
    tg_star_transactions_params(&body, offset, limit);
    struct http_call *call = arena_alloc(n->arena, sizeof *call);
    http_call_init(call);
    call->method = HTTP_POST;
    call->url = kept(n->arena, &url);
    call->body = kept(n->arena, &body);
    call->body_len = strlen(call->body);
    call->content_type = "application/json";
    call->timeout_ms = CALL_TIMEOUT_MS;
    arena_defer(n->arena, release_call, call);
    pay_call(n->pay, n->fence, call);
    enum tg_verdict v = tg_judge(n->arena, call, &answer);
    if (v == TG_SENT && tg_star_transactions_parse(n->arena, answer.result, &n->page, &err) == E_OK)
        return true;
    log_event(LOG_WARN, "Telegram's transactions cannot be read", log_str("verdict", tg_verdict_name(v)),
              log_err(&err));
    return false;
}

static bool has_one(struct nightly *n, int64_t offset)
{
    if (n->failed || !fetch(n, offset, 1))
        n->failed = true;
    return !n->failed && n->page.n + n->page.unreadable > 0;
}

/* How many transactions there are. */
static int64_t length(struct nightly *n)
{
    int64_t low = 0, high = 1; /* there are more than low − 1 */
    if (!has_one(n, 0))
        return 0;
    while (high < OFFSET_MAX && has_one(n, high)) {
        low = high;
        high *= 2;
    }
    while (high - low > 1 && !n->failed) {
        int64_t middle = low + (high - low) / 2;
        if (has_one(n, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* --- recording --------------------------------------------------------------------------------------- */

struct record_job {
    const struct tg_star_transaction *t;
    struct payment_change change;
};

static enum ecode run_record(struct job *j, struct ctx *ctx)
{
    struct record_job *r = j->owner;
    struct stars_payment p = {.payload = r->t->payload ? r->t->payload : "",
                              .currency = TG_STARS,
                              .charge = r->t->id,
                              .stars = r->t->stars,
                              .telegram_id = r->t->user_id,
                              .turn = STARS_UNTOLD,
                              .at = r->t->date};
    return r->t->kind == TG_STAR_PAYMENT ? stars_paid(ctx, &p, &r->change)
                                         : stars_refunded(ctx, &p, &r->change);
}

static const struct job_kind kind_record = {"stars.reconcile", JOB_BULK, run_record, NULL, task_done};

static bool record(struct nightly *n, const struct tg_star_transaction *t)
{
    struct err err = {.code = E_OK};
    struct record_job job = {.t = t};
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    enum ecode rc = task_run(n->pay->o.service, &kind_record, arena, &job, &err);
    arena_free(arena);
    if (rc == E_OK && job.change.outcome != NOTICE_KNOWN) {
        pay_count(&n->pay->counters.reconciled, 1);
        log_event(LOG_WARN, "Telegram knew of Stars that nobody here had heard of",
                  log_str("what", t->kind == TG_STAR_PAYMENT ? "payment" : "refund"),
                  log_i64("outcome", job.change.outcome));
    }
    if (rc != E_OK)
        log_event(LOG_ERROR, "a transaction of Stars cannot be recorded", log_str("field", err.field),
                  log_err(&err));
    return !ctx_ends_transaction(rc);
}

static bool record_page(struct nightly *n, struct instant since)
{
    for (size_t i = 0; i < n->page.n; i++) {
        const struct tg_star_transaction *t = &n->page.items[i];
        if (t->kind != TG_STAR_OTHER && instant_cmp(t->date, since) >= 0 && !record(n, t))
            return false;
    }
    return true;
}

bool nightly_run(struct pay *p, int64_t fence)
{
    struct nightly n = {.pay = p, .fence = fence, .arena = arena_new(PAY_ARENA_BYTES)};
    struct instant since = instant_add(instant_now(), duration_ms(-BACK_MS));
    int64_t at = length(&n);
    bool old = false;
    while (at > 0 && !old && !n.failed) { /* backwards, a page at a time */
        int limit = at < TG_TRANSACTIONS_MAX ? (int)at : TG_TRANSACTIONS_MAX;
        at -= limit;
        n.failed = !fetch(&n, at, limit) || !record_page(&n, since);
        old = n.page.n > 0 && instant_cmp(n.page.items[0].date, since) < 0;
    }
    arena_free(n.arena);
    pay_wake(p);
    return !n.failed;
}
