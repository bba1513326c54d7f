#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "domain/alert/alert.h"
#include "domain/task.h"
#include "edge/pay/work.h"

/* A thread that takes one call at a time from the outbox, makes it, and stores what came of it. */

#define LOOK_MS (250 * PAY_CALLERS) /* each thread's look at the outbox; together four a second */
#define TROUBLE_MS 1000
#define STORE_TRIES 5

/* --- transactions ------------------------------------------------------------------------------------ */

struct look_job {
    const struct pay *pay;
    struct instant now;
    bool due[PROVIDERS];
};

static enum ecode run_look(struct job *j, struct ctx *ctx)
{
    struct look_job *l = j->owner;
    for (int i = 0; i < PROVIDERS; i++) {
        struct instant at;
        if (!pay_serves(l->pay, (enum payment_provider)i))
            continue;
        enum ecode rc = outbox_next(ctx, payment_channel((enum payment_provider)i), &at);
        if (rc != E_OK && rc != E_NOT_FOUND)
            return rc;
        l->due[i] = rc == E_OK && instant_cmp(at, ctx->now) <= 0;
        err_clear(&ctx->err);
    }
    return E_OK;
}

struct claim_job {
    enum payment_provider provider;
    struct pay_work *work;
    bool found;
};

/* A row that is no call, or about nothing, ends where it was found. */
static enum ecode give_up(struct ctx *ctx, const struct outbox_item *item, int64_t fence)
{
    struct outbox_tally tally;
    struct outbox_result r = {.user_id = item->user_id,
                              .id = item->id,
                              .end = END_FAILED,
                              .error = arena_strdup(ctx->arena, ctx->err.text)};
    err_clear(&ctx->err);
    return outbox_settle(ctx, fence, &r, 1, &tally);
}

static enum ecode run_claim(struct job *j, struct ctx *ctx)
{
    struct claim_job *c = j->owner;
    struct outbox_claimed claimed;
    struct outbox_claim_query q = {.channel = payment_channel(c->provider),
                                   .lease = LEASE_PAY,
                                   .fence = c->work->fence,
                                   .lease_ttl = duration_ms(LEASE_TTL_MS),
                                   .max = {[LANE_PAYMENT] = 1},
                                   .max_all = 1};
    c->found = false;
    enum ecode rc = outbox_claim(ctx, &q, &claimed);
    if (rc != E_OK || claimed.count == 0)
        return rc;
    c->work->item = claimed.items[0];
    rc = payment_errand_load(ctx, &c->work->item, &c->work->errand);
    if (rc == E_NOT_FOUND || rc == E_CORRUPT)
        return give_up(ctx, &c->work->item, c->work->fence);
    if (c->work->errand.call == CALL_LOOK)
        c->work->errand.payment.provider = c->provider;
    c->found = rc == E_OK;
    return rc;
}

static enum ecode tell_trouble(struct ctx *ctx, const struct pay_work *w)
{
    const char *fingerprint = arena_printf(ctx->arena, "pay.trouble:%s", w->item.channel);
    char id[UUID_TEXT];
    if (w->alert == NULL)
        return w->result.end == END_SENT && atomic_load(&w->pay->troubled) >> w->errand.payment.provider & 1
                   ? alert_clear(ctx, fingerprint)
                   : E_OK;
    struct alert_draft draft = {
        .fingerprint = fingerprint,
        .severity = ALERT_CRITICAL,
        .title = w->alert,
        .detail = arena_printf(ctx->arena, "%s, %s, payment %s: %s", w->item.channel, w->item.method,
                               uuid_format(&w->item.ref_id, id), w->result.error ? w->result.error : ""),
    };
    return alert_raise(ctx, &draft);
}

/* Facts are recorded whoever holds the lease by now; the row only if it is still ours. */
static enum ecode run_store(struct job *j, struct ctx *ctx)
{
    struct pay_work *w = j->owner;
    struct outbox_tally tally;
    struct actor self = ctx->actor;
    enum ecode rc = E_OK;
    for (size_t i = 0; i < w->n && rc == E_OK; i++) {
        struct payment_change change;
        rc = payment_receive(ctx, &w->notices[i], &change);
    }
    ctx->actor = self;
    if (rc == E_OK)
        rc = outbox_settle(ctx, w->fence, &w->result, 1, &tally);
    return rc == E_OK ? tell_trouble(ctx, w) : rc;
}

static const struct job_kind kind_look = {"pay.look", JOB_READ, run_look, NULL, task_done};
static const struct job_kind kind_claim = {"pay.claim", JOB_WRITE, run_claim, NULL, task_done};
static const struct job_kind kind_store = {"pay.store", JOB_WRITE, run_store, NULL, task_done};

/* --- one call ---------------------------------------------------------------------------------------- */

static void make(struct pay_work *w)
{
    static void (*const via[PROVIDERS])(struct pay_work * w) = {[PROVIDER_STARS] = via_stars,
                                                                [PROVIDER_YOOKASSA] = via_yookassa,
                                                                [PROVIDER_CRYPTOBOT] = via_cryptopay,
                                                                [PROVIDER_SANDBOX] = via_sandbox};
    w->result = (struct outbox_result){.user_id = w->item.user_id, .id = w->item.id, .end = END_SENT};
    via[w->errand.payment.provider](w);
}

/* What cannot be recorded must not be lost silently, nor hold its row up for ever. */
static void store_failed(struct pay_work *w, const struct err *err)
{
    log_event(LOG_ERROR, "what a payment provider said cannot be recorded",
              log_str("provider", w->item.channel), log_str("call", w->item.method),
              log_str("field", err->field), log_err(err));
    w->n = 0;
    w->result.end = END_FAILED;
    w->result.error = arena_printf(w->arena, "%s %s", err->field, err->text);
    w->alert = "What a provider said of a payment cannot be recorded";
}

static void store(struct pay_work *w)
{
    struct pay *p = w->pay;
    for (int i = 0; i < STORE_TRIES; i++) {
        struct err err = {.code = E_OK};
        enum ecode rc = task_run(p->o.service, &kind_store, w->arena, w, &err);
        if (rc == E_OK) {
            unsigned bit = 1u << w->errand.payment.provider;
            if (w->alert != NULL)
                atomic_fetch_or(&p->troubled, bit);
            else if (w->result.end == END_SENT)
                atomic_fetch_and(&p->troubled, ~bit);
            if (w->n > 0)
                pay_wake(p); /* it may have caused another call */
            return;
        }
        if (!ctx_ends_transaction(rc))
            store_failed(w, &err);
        else if (!hold_sleep_any(&p->hold, TROUBLE_MS))
            break; /* the row stays as being called: whoever takes the lease calls again */
    }
}

/* --- the loop ---------------------------------------------------------------------------------------- */

/* One call of that provider; false: there was none. */
static bool serve(struct pay *p, int64_t fence, enum payment_provider provider)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    struct pay_work *w = arena_alloc(arena, sizeof *w);
    *w = (struct pay_work){.pay = p, .arena = arena, .fence = fence};
    struct claim_job job = {.provider = provider, .work = w};
    enum ecode rc = task_run(p->o.service, &kind_claim, arena, &job, &err);
    if (rc == E_CONFLICT)
        lease_keeper_lost(p->keeper, fence);
    else if (rc != E_OK)
        log_event(LOG_WARN, "calls to providers cannot be claimed", log_err(&err));
    bool found = rc == E_OK && job.found;
    if (found) {
        make(w);
        store(w);
    }
    arena_free(arena);
    return found;
}

static bool look(struct pay *p, struct look_job *job)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    *job = (struct look_job){.pay = p};
    enum ecode rc = task_run(p->o.service, &kind_look, arena, job, &err);
    arena_free(arena);
    if (rc != E_OK)
        log_event(LOG_WARN, "the outbox cannot be read", log_err(&err));
    return rc == E_OK;
}

void *caller_run(void *arg)
{
    struct pay *p = arg;
    unsigned wakes = 0;
    int64_t fence;
    while ((fence = hold_wait(&p->hold)) != 0) {
        struct look_job due;
        bool served = false;
        if (look(p, &due))
            for (int i = 0; i < PROVIDERS; i++)
                served |= due.due[i] && serve(p, fence, (enum payment_provider)i);
        if (!served)
            pay_doze(p, &wakes, LOOK_MS);
    }
    return NULL;
}
