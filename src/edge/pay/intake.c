#include <stdlib.h>
#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "domain/alert/alert.h"
#include "domain/service.h"
#include "edge/pay/webhook.h"
#include "net/cryptopay.h"

/*
 * Webhooks on their way into the inbox. One that comes alone is acted on in the transaction that stores it.
 * When many come they are only stored, many in one statement, so that none waits for its answer behind what
 * others cause; so are those that reach an instance without the lease, and all of them after a program has
 * ended without notice (hold_wary): one that ends it must be known afterwards. backlog.c acts on them.
 */
#define EVENT_ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define ALERT_MS 60000            /* between two alerts about wrong signatures */
#define QUIET_NS (20 * 1000000LL) /* apart: each comes alone */

struct arrival {
    struct job job; /* first: arrival_done knows */
    struct pay *pay;
    struct pay_event *event;
    struct inbox_item item;
    enum inbox_outcome outcome;
};

bool pay_is_flooded(struct pay *p)
{
    return monotime_now().ns - atomic_load(&p->arrived_ns) < QUIET_NS;
}

static enum ecode run_arrival(struct job *j, struct ctx *ctx)
{
    struct arrival *a = j->owner;
    return inbox_handle(ctx, &a->item, webhook_handler(a->event->source), a->pay, &a->outcome);
}

static enum ecode run_store(struct job *j, struct ctx *ctx)
{
    struct arrival *a = j->owner;
    bool is_new;
    return inbox_add(ctx, &a->item, &is_new);
}

static enum ecode run_store_many(struct job **jobs, size_t n, struct ctx *ctx)
{
    const struct inbox_item **items = arena_array(ctx->arena, n, sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = &((struct arrival *)jobs[i]->owner)->item;
    return inbox_add_many(ctx, items, n);
}

static void arrival_done(struct job *j)
{
    struct arrival *a = j->owner;
    struct pay_event *e = a->event;
    struct arena *arena = j->arena;
    atomic_fetch_sub(&a->pay->arrivals, 1);
    pay_count(&a->pay->counters.webhooks[e->source][j->code != E_OK], 1);
    if (j->code != E_OK)
        log_event(LOG_WARN, "a webhook could not be stored", log_str("source", a->item.source),
                  log_err(&j->err));
    else if (a->outcome == INBOX_DONE)
        pay_wake(a->pay);
    else if (a->outcome == INBOX_PENDING)
        backlog_wake(a->pay);
    e->code = j->code;
    free(a);
    arena_free(arena);
    e->done(e);
}

static const struct job_kind kind_arrival = {"webhook", JOB_WRITE, run_arrival, NULL, arrival_done};
static const struct job_kind kind_store = {"webhook.store", JOB_WRITE, run_store, run_store_many,
                                           arrival_done};

/* --- forgeries --------------------------------------------------------------------------------------- */

struct forgery {
    struct job job; /* first */
};

static enum ecode run_forgery(struct job *j, struct ctx *ctx)
{
    static const struct alert_draft draft = {
        .fingerprint = "pay.signature:cryptobot",
        .severity = ALERT_CRITICAL,
        .title = "A webhook of Crypto Pay came with a wrong signature; it was refused",
        .detail = "Somebody forges payments, or CRYPTOBOT_TOKEN is not this app's",
    };
    return alert_raise(ctx, &draft);
}

static void forgery_done(struct job *j)
{
    arena_free(j->arena);
    free(j);
}

static const struct job_kind kind_forgery = {"webhook.forged", JOB_WRITE, run_forgery, NULL, forgery_done};

/* A flood of forgeries is one alert a minute. */
static void alert_forgery(struct pay *p)
{
    struct monotime now = monotime_now();
    pthread_mutex_lock(&p->lock);
    bool soon = p->alerted_at.ns != 0 && monotime_diff(now, p->alerted_at).ms < ALERT_MS;
    if (!soon)
        p->alerted_at = now;
    pthread_mutex_unlock(&p->lock);
    if (soon)
        return;
    struct forgery *f = calloc(1, sizeof *f);
    CHECK(f != NULL);
    f->job = (struct job){.kind = &kind_forgery, .arena = arena_new(EVENT_ARENA_BYTES)};
    if (service_submit_job(p->o.service, &f->job) != E_OK)
        forgery_done(&f->job);
}

/* With the token, or with the one it replaced a short while ago: a webhook may have been on its way. */
static bool is_signed(struct secret *s, const struct pay_event *e)
{
    char token[SECRET_BYTES_MAX + 1];
    secret_copy(s, token);
    return cp_signature_fits(token, e->body, e->len, e->signature) ||
           (secret_copy_last(s, token) && cp_signature_fits(token, e->body, e->len, e->signature));
}

enum ecode pay_take(struct pay *p, struct pay_event *e)
{
    struct err err = {.code = E_OK};
    if (e->source == PAY_FROM_CRYPTOBOT && !is_signed(p->o.cryptobot.secret, e)) {
        pay_count(&p->counters.webhooks[e->source][1], 1);
        alert_forgery(p);
        return E_UNAUTHENTIC;
    }
    struct arena *arena = arena_new(EVENT_ARENA_BYTES);
    struct arrival *a = calloc(1, sizeof *a);
    CHECK(a != NULL);
    *a = (struct arrival){.job = {.kind = &kind_arrival, .arena = arena, .owner = a},
                          .pay = p,
                          .event = e,
                          .item = {.body = e->body, .len = e->len}};
    int64_t now = monotime_now().ns;
    bool alone = now - atomic_exchange(&p->arrived_ns, now) >= QUIET_NS;
    alone &= atomic_fetch_add(&p->arrivals, 1) == 0;
    enum ecode rc = webhook_name(p, e->source, arena, &a->item, &a->job.order, &err);
    if (!alone || hold_wary(&p->hold)) {
        a->job.kind = &kind_store;
        a->job.order = (struct uuid){{0}}; /* all together */
        a->outcome = INBOX_PENDING;
    }
    if (rc == E_OK)
        rc = service_submit_job(p->o.service, &a->job);
    if (rc == E_OK)
        return E_OK; /* it may be gone already */
    atomic_fetch_sub(&p->arrivals, 1);
    pay_count(&p->counters.webhooks[e->source][1], 1);
    arena_free(arena);
    free(a);
    return rc;
}
