#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/task.h"
#include "edge/pay/webhook.h"

/*
 * Webhooks that wait in the inbox: those that were only stored, and those that could not be acted on. While
 * others come so fast that acting would keep them from being taken, it rests longer than it works.
 */
#define TOGETHER 4 /* in one transaction: their people wait for its end */
#define LOOK_MS 1000
#define REST 2 /* times as long as the work, in a flood */
#define MS_NS 1000000

void backlog_wake(struct pay *p)
{
    pthread_mutex_lock(&p->lock);
    p->stored = true;
    pthread_cond_signal(&p->stored_changed);
    pthread_mutex_unlock(&p->lock);
}

static void doze(struct pay *p)
{
    struct monotime until = {monotime_now().ns + (int64_t)LOOK_MS * MS_NS};
    pthread_mutex_lock(&p->lock);
    while (!p->stored && monotime_now().ns < until.ns)
        cond_wait_until(&p->stored_changed, &p->lock, until);
    p->stored = false;
    pthread_mutex_unlock(&p->lock);
}

/* --- jobs -------------------------------------------------------------------------------------------- */

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

struct act_job {
    struct pay *pay;
    enum pay_source source;
    const struct inbox_item *items;
    size_t n;
    enum inbox_outcome outcomes[TOGETHER];
};

static enum ecode run_page(struct job *j, struct ctx *ctx)
{
    struct page_job *p = j->owner;
    return inbox_due(ctx, webhook_sources[p->source], TOGETHER, &p->page);
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

/* Whose they are, all locked at once: two transactions that did so one by one could wait for each other. */
static enum ecode lock_payers(struct ctx *ctx, const struct act_job *a)
{
    struct uuid users[TOGETHER];
    for (size_t i = 0; i < a->n; i++) {
        struct inbox_item named = a->items[i];
        if (webhook_name(a->pay, a->source, ctx->arena, &named, &users[i], &ctx->err) != E_OK)
            err_clear(&ctx->err); /* acting on it will say so */
    }
    return ctx_lock_people(ctx, users, a->n);
}

static enum ecode run_act(struct job *j, struct ctx *ctx)
{
    struct act_job *a = j->owner;
    enum ecode rc = lock_payers(ctx, a);
    for (size_t i = 0; rc == E_OK && i < a->n; i++)
        rc = inbox_again(ctx, &a->items[i], webhook_handler(a->source), a->pay, &a->outcomes[i]);
    return rc;
}

static const struct job_kind kind_page = {"inbox.due", JOB_READ, run_page, NULL, task_done};
static const struct job_kind kind_begin = {"inbox.begin", JOB_BULK, run_begin, NULL, task_done};
static const struct job_kind kind_recover = {"inbox.recover", JOB_BULK, run_recover, NULL, task_done};
static const struct job_kind kind_act = {"inbox.again", JOB_BULK, run_act, NULL, task_done};

enum ecode backlog_recover(struct pay *p, int64_t fence)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    enum ecode rc = E_OK;
    for (int source = 0; source < PAY_SOURCES && rc == E_OK; source++) {
        struct recover_job job = {.source = webhook_sources[source], .fence = fence, .more = true};
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

/* --- the thread -------------------------------------------------------------------------------------- */

static void tell_parked(const struct act_job *a)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->outcomes[i] == INBOX_PARKED)
            log_event(LOG_ERROR, "a webhook was parked", log_str("source", webhook_sources[a->source]),
                      log_str("id", a->items[i].external_id));
    }
}

static enum ecode act(struct pay *p, enum pay_source source, const struct inbox_page *page,
                      struct arena *arena, struct err *err)
{
    struct act_job a = {.pay = p, .source = source, .items = page->items, .n = page->count};
    enum ecode rc = task_run(p->o.service, &kind_act, arena, &a, err);
    if (rc == E_OK)
        tell_parked(&a);
    return rc;
}

/* The next of a source. What is begun is acted on whatever happens: nothing is left that looks as if it had
 * ended the program. *more: there was something. */
static enum ecode serve_page(struct pay *p, int64_t fence, enum pay_source source, bool *more,
                             struct err *err)
{
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    struct page_job job = {.source = source, .fence = fence};
    enum ecode rc = task_run(p->o.service, &kind_page, arena, &job, err);
    *more = rc == E_OK && job.page.count > 0;
    if (*more)
        rc = task_run(p->o.service, &kind_begin, arena, &job, err);
    if (*more && rc == E_OK) {
        rc = act(p, source, &job.page, arena, err);
        pay_wake(p);
    }
    *more = *more && rc == E_OK;
    arena_free(arena);
    return rc;
}

/* One page of each source in turn, so that a flood of one keeps no other waiting; false: the hold is over, or
 * the part stops. */
static bool serve_round(struct pay *p, int64_t fence, bool *more)
{
    *more = false;
    for (int source = 0; source < PAY_SOURCES; source++) {
        struct err err = {.code = E_OK};
        struct monotime began = monotime_now();
        bool some = false;
        if (pay_takes(p, (enum pay_source)source) &&
            serve_page(p, fence, (enum pay_source)source, &some, &err) != E_OK)
            log_event(LOG_WARN, "stored webhooks cannot be acted on", log_err(&err));
        int64_t took = monotime_diff(monotime_now(), began).ms;
        if (!hold_sleep(&p->hold, fence, some && pay_is_flooded(p) ? REST * (took + 1) : 0))
            return false;
        *more |= some;
    }
    return true;
}

void *backlog_run(void *arg)
{
    struct pay *p = arg;
    int64_t fence;
    while ((fence = hold_wait(&p->hold)) != 0) {
        bool more = true;
        while (more && serve_round(p, fence, &more))
            ;
        doze(p);
    }
    return NULL;
}
