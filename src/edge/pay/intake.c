#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "domain/alert/alert.h"
#include "domain/message/inbox.h"
#include "domain/payment/payment_call.h"
#include "domain/task.h"
#include "edge/pay/runtime.h"
#include "net/cryptopay.h"
#include "net/yookassa.h"

/*
 * Webhooks: stored in the inbox and acted on in the same transaction. Crypto Pay's are signed and tell all;
 * YooKassa's are believed for the object's id alone, and leave a call that fetches it. When many come at
 * once, those beyond the first few are only stored, so that none waits for its answer behind what all the
 * others cause; they are acted on by the clock. So are those that reach an instance without the lease, and
 * all of them after a program has ended without notice (hold_wary): one that ends it must be known
 * afterwards.
 */
#define EVENT_ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define ALERT_MS 60000 /* between two alerts about wrong signatures */
#define PAGE_MAX 16    /* of what waits, acted on together */
#define ACTING_MAX 3   /* webhooks under way that are acted on at once */

static const char *const sources[PAY_SOURCES] = {
    [PAY_FROM_YOOKASSA] = "yookassa", [PAY_FROM_CRYPTOBOT] = "cryptobot"};

/* --- acting ------------------------------------------------------------------------------------------ */

static enum ecode act_yookassa(struct ctx *ctx, const struct inbox_item *item, void *pay)
{
    struct yk_notification n;
    enum ecode rc = yk_notification_parse(ctx->arena, item->body, item->len, &n, &ctx->err);
    if (rc != E_OK || n.about == YK_ABOUT_OTHER)
        return rc;
    return payment_look(ctx, PROVIDER_YOOKASSA, n.about == YK_ABOUT_REFUND ? "refund" : "payment", n.id);
}

static struct payment_notice notice_of(struct ctx *ctx, const struct cp_invoice *i)
{
    struct payment_notice n = {.provider = PROVIDER_CRYPTOBOT,
                               .kind = FACT_SUCCEEDED,
                               .ref = arena_printf(ctx->arena, "%lld", (long long)i->id),
                               .amount = i->amount,
                               .currency = i->currency,
                               .occurred_at = i->paid_at};
    if (i->payload)
        (void)payment_payload_parse(i->payload, strlen(i->payload), &n.user_id, &n.payment_id);
    return n;
}

static enum ecode act_cryptobot(struct ctx *ctx, const struct inbox_item *item, void *pay)
{
    const struct pay *p = pay;
    struct cp_update u;
    struct payment_change change;
    enum ecode rc = cp_update_parse(ctx->arena, &p->scale, item->body, item->len, &u, &ctx->err);
    if (rc != E_OK || !u.is_paid)
        return rc;
    struct payment_notice n = notice_of(ctx, &u.invoice);
    return payment_receive(ctx, &n, &change);
}

static inbox_handler *const handlers[PAY_SOURCES] = {
    [PAY_FROM_YOOKASSA] = act_yookassa, [PAY_FROM_CRYPTOBOT] = act_cryptobot};

/* --- coming in --------------------------------------------------------------------------------------- */

struct arrival {
    struct job job; /* first: arrival_done knows */
    struct pay *pay;
    struct pay_event *event;
    struct inbox_item item;
    bool store_only;
    enum inbox_outcome outcome;
};

static enum ecode run_arrival(struct job *j, struct ctx *ctx)
{
    struct arrival *a = j->owner;
    bool is_new;
    if (a->store_only) {
        a->outcome = INBOX_PENDING;
        return inbox_add(ctx, &a->item, &is_new);
    }
    return inbox_handle(ctx, &a->item, handlers[a->event->source], a->pay, &a->outcome);
}

static void arrival_done(struct job *j)
{
    struct arrival *a = j->owner;
    struct pay_event *e = a->event;
    struct arena *arena = j->arena;
    atomic_fetch_sub(&a->pay->arrivals, 1);
    pay_count(&a->pay->counters.webhooks[e->source][j->code != E_OK], 1);
    if (j->code != E_OK)
        log_event(LOG_WARN, "a webhook could not be stored", log_str("source", sources[e->source]),
                  log_err(&j->err));
    else if (a->outcome == INBOX_DONE)
        pay_wake(a->pay);
    e->code = j->code;
    free(a);
    arena_free(arena);
    e->done(e);
}

static const struct job_kind kind_arrival = {"webhook", JOB_WRITE, run_arrival, NULL, arrival_done};

/* The id under which it is stored, so that the same thing twice is one. *order: whose it is. */
static enum ecode name_yookassa(struct arrival *a, struct arena *arena, struct err *err)
{
    struct yk_notification n;
    enum ecode rc = yk_notification_parse(arena, a->event->body, a->event->len, &n, err);
    if (rc == E_OK)
        a->item.external_id = arena_printf(arena, "%s:%s", n.event, n.id);
    return rc;
}

static enum ecode name_cryptobot(struct arrival *a, struct arena *arena, struct err *err)
{
    struct cp_update u;
    struct uuid payment_id;
    enum ecode rc = cp_update_parse(arena, &a->pay->scale, a->event->body, a->event->len, &u, err);
    if (rc != E_OK)
        return rc;
    a->item.external_id = u.is_paid ? arena_printf(arena, "invoice:%lld", (long long)u.invoice.id)
                                    : arena_printf(arena, "update:%lld", (long long)u.update_id);
    if (u.is_paid && u.invoice.payload)
        (void)payment_payload_parse(u.invoice.payload, strlen(u.invoice.payload), &a->job.order, &payment_id);
    return E_OK;
}

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

enum ecode pay_take(struct pay *p, struct pay_event *e)
{
    struct err err = {.code = E_OK};
    if (e->source == PAY_FROM_CRYPTOBOT &&
        !cp_signature_fits(p->o.cryptobot.secret, e->body, e->len, e->signature)) {
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
                          .item = {.source = sources[e->source], .body = e->body, .len = e->len}};
    enum ecode rc =
        e->source == PAY_FROM_YOOKASSA ? name_yookassa(a, arena, &err) : name_cryptobot(a, arena, &err);
    a->store_only = atomic_fetch_add(&p->arrivals, 1) >= ACTING_MAX || hold_wary(&p->hold);
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

/* --- again ------------------------------------------------------------------------------------------- */

struct page_job {
    enum pay_source source;
    int64_t fence;
    struct inbox_page page;
};

struct recover_job {
    const char *source;
    int64_t fence;
    size_t parked;
    bool more;
};

struct again_job {
    struct pay *pay;
    enum pay_source source;
    const struct inbox_item *item;
    enum inbox_outcome outcome;
    struct arena *arena;
    struct task task;
};

static enum ecode run_page(struct job *j, struct ctx *ctx)
{
    struct page_job *p = j->owner;
    return inbox_due(ctx, sources[p->source], PAGE_MAX, &p->page);
}

static enum ecode run_begin(struct job *j, struct ctx *ctx)
{
    struct page_job *p = j->owner;
    return inbox_mark_begun(ctx, p->page.items, p->page.count, p->fence);
}

static enum ecode run_recover(struct job *j, struct ctx *ctx)
{
    struct recover_job *r = j->owner;
    return inbox_recover(ctx, r->source, r->fence, &r->parked, &r->more);
}

static enum ecode run_again(struct job *j, struct ctx *ctx)
{
    struct again_job *a = j->owner;
    return inbox_again(ctx, a->item, handlers[a->source], a->pay, &a->outcome);
}

static const struct job_kind kind_page = {"inbox.due", JOB_READ, run_page, NULL, task_done};
static const struct job_kind kind_begin = {"inbox.begin", JOB_BULK, run_begin, NULL, task_done};
static const struct job_kind kind_recover = {"inbox.recover", JOB_BULK, run_recover, NULL, task_done};
static const struct job_kind kind_again = {"inbox.again", JOB_BULK, run_again, NULL, task_done};

/* All of a page at once, so that they share commits. */
static enum ecode act_on_page(struct pay *p, enum pay_source source, const struct inbox_page *page,
                              struct err *err)
{
    struct again_job all[PAGE_MAX];
    enum ecode rc = E_OK;
    for (size_t i = 0; i < page->count; i++) {
        all[i] = (struct again_job){
            .pay = p, .source = source, .item = &page->items[i], .arena = arena_new(EVENT_ARENA_BYTES)};
        task_start(&all[i].task, p->o.service, &kind_again, all[i].arena, &all[i]);
    }
    for (size_t i = 0; i < page->count; i++) {
        enum ecode one = task_wait(&all[i].task, err);
        arena_free(all[i].arena);
        if (one != E_OK)
            rc = one;
        else if (all[i].outcome == INBOX_PARKED)
            log_event(LOG_ERROR, "a webhook was parked", log_str("source", sources[source]),
                      log_str("id", page->items[i].external_id));
    }
    return rc;
}

/* *more: there was something. */
static enum ecode retry_page(struct pay *p, int64_t fence, enum pay_source source, bool *more,
                             struct err *err)
{
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    struct page_job page = {.source = source, .fence = fence};
    enum ecode rc = task_run(p->o.service, &kind_page, arena, &page, err);
    if (rc == E_OK && page.page.count > 0)
        rc = task_run(p->o.service, &kind_begin, arena, &page, err);
    if (rc == E_OK && page.page.count > 0) {
        rc = act_on_page(p, source, &page.page, err);
        pay_wake(p);
    }
    *more = rc == E_OK && page.page.count > 0;
    arena_free(arena);
    return rc;
}

enum ecode intake_recover(struct pay *p, int64_t fence)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    enum ecode rc = E_OK;
    for (int source = 0; source < PAY_SOURCES && rc == E_OK; source++) {
        struct recover_job job = {.source = sources[source], .fence = fence, .more = true};
        while (job.more && rc == E_OK) {
            arena_reset(arena);
            rc = task_run(p->o.service, &kind_recover, arena, &job, &err);
            if (rc == E_OK && job.parked > 0)
                log_event(LOG_ERROR, "webhooks that ended the program were parked",
                          log_str("source", job.source), log_i64("count", (int64_t)job.parked));
        }
    }
    if (rc != E_OK)
        log_event(LOG_WARN, "webhooks that were cut off cannot be put right", log_err(&err));
    arena_free(arena);
    return rc;
}

void intake_retry(struct pay *p, int64_t fence)
{
    for (int source = 0; source < PAY_SOURCES; source++) {
        struct err err = {.code = E_OK};
        bool more = pay_takes(p, (enum pay_source)source);
        while (more && hold_sleep(&p->hold, fence, 0))
            if (retry_page(p, fence, (enum pay_source)source, &more, &err) != E_OK)
                log_event(LOG_WARN, "stored webhooks cannot be acted on", log_err(&err));
    }
}
