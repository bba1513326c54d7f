#include "edge/bot/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "base/rng.h"
#include "domain/lease/lease.h"
#include "edge/bot/task.h"
#include "edge/bot/view.h"

#define STANDBY_MS 1000 /* how often an instance without the lease looks at it */
#define TROUBLE_MS 500
#define BACKOFF_MAX_MS 60000
#define CLIENT_CALLS_MAX 128 /* the sender's, toasts, a poll */
#define TASK_ARENA_BYTES ((size_t)4 * 1024 * 1024)

/* --- the lease's transactions ------------------------------------------------------------------------ */

struct lease_job {
    const struct uuid *holder;
    int64_t fence;
    const char *problem;
    struct lease lease;
    bool found;
    struct outbox_tally tally;
    bool more;
};

static const struct duration ttl = {BOT_LEASE_MS};

static enum ecode run_look(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    enum ecode rc = lease_get(ctx, LEASE_BOT, &l->lease);
    l->found = rc == E_OK;
    return rc == E_NOT_FOUND ? E_OK : rc;
}

static enum ecode run_take(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return lease_take(ctx, LEASE_BOT, l->holder, ttl, &l->fence);
}

static enum ecode run_keep(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return lease_keep(ctx, LEASE_BOT, l->fence, ttl);
}

static enum ecode run_drop(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return lease_drop(ctx, LEASE_BOT, l->fence);
}

static enum ecode run_problem(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return lease_problem(ctx, LEASE_BOT, l->fence, l->problem);
}

static enum ecode run_recover(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return outbox_recover(ctx, l->fence, &l->tally, &l->more);
}

static const struct job_kind kind_look = {"lease.look", JOB_READ, run_look, NULL, task_done};
static const struct job_kind kind_take = {"lease.take", JOB_WRITE, run_take, NULL, task_done};
static const struct job_kind kind_keep = {"lease.keep", JOB_WRITE, run_keep, NULL, task_done};
static const struct job_kind kind_drop = {"lease.drop", JOB_WRITE, run_drop, NULL, task_done};
static const struct job_kind kind_problem = {"lease.problem", JOB_WRITE, run_problem, NULL, task_done};
static const struct job_kind kind_recover = {"outbox.recover", JOB_WRITE, run_recover, NULL, task_done};

static enum ecode lease_run(struct bot *b, const struct job_kind *kind, struct lease_job *job)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(TASK_ARENA_BYTES);
    enum ecode rc = task_run(b->o.service, kind, arena, job, &err);
    if (rc != E_OK && rc != E_CONFLICT)
        log_event(LOG_WARN, "the bot's lease", log_str("step", kind->name), log_err(&err));
    arena_free(arena);
    return rc;
}

/* --- taking and keeping ------------------------------------------------------------------------------ */

static struct monotime lease_end(struct monotime asked)
{
    return (struct monotime){asked.ns + (int64_t)BOT_LEASE_MS * 1000000};
}

static void cancel_calls(struct bot *b)
{
    pthread_mutex_lock(&b->calls_lock);
    for (size_t i = 0; i < BOT_CALLS; i++)
        if (b->calls[i] != NULL)
            http_client_cancel(b->client, b->calls[i]);
    pthread_mutex_unlock(&b->calls_lock);
}

void bot_lost(struct bot *b, int64_t fence)
{
    if (!hold_end(&b->hold, fence))
        return;
    log_event(LOG_WARN, "the bot's lease is lost", log_i64("fence", fence));
    cancel_calls(b);
}

/* Waits for the commit. */
static void tell_problem(struct bot *b, int64_t fence, const char *text)
{
    struct lease_job job = {.fence = fence, .problem = text};
    lease_run(b, &kind_problem, &job);
}

void bot_hinder(struct bot *b, struct hindrance *h, int64_t fence, const char *text)
{
    if (h->known && strcmp(h->text, text != NULL ? text : "") == 0)
        return;
    if (text != NULL)
        log_event(LOG_WARN, "the bot is hindered", log_str("problem", text));
    else if (h->known)
        log_note(LOG_INFO, "the bot is hindered no more");
    h->known = true;
    snprintf(h->text, sizeof h->text, "%s", text != NULL ? text : "");
    tell_problem(b, fence, text);
}

/* What an earlier holder left as being sent. */
static enum ecode recover(struct bot *b, int64_t fence)
{
    struct outbox_tally sum = {0};
    enum ecode rc;
    struct lease_job job = {.fence = fence};
    do {
        rc = lease_run(b, &kind_recover, &job);
        if (rc != E_OK)
            return rc;
        sum.unknown += job.tally.unknown;
        sum.resent += job.tally.resent;
    } while (job.more);
    count(&b->counters.cut_off, (uint64_t)sum.unknown);
    count(&b->counters.resent, (uint64_t)sum.resent);
    if (sum.unknown > 0)
        log_event(LOG_WARN, "messages were cut off while they were sent", log_i64("count", sum.unknown),
                  log_i64("sent_again", sum.resent));
    return E_OK;
}

/* How long to wait before the lease can be had; 0: now. */
static int64_t standby_ms(struct bot *b)
{
    struct lease_job job = {.fence = 0};
    if (lease_run(b, &kind_look, &job) != E_OK)
        return TROUBLE_MS;
    if (!job.found || !job.lease.fresh)
        return 0;
    int64_t left = instant_diff(job.lease.expires_at, instant_now()).ms + 20;
    return left < 20 ? 20 : left < STANDBY_MS ? left : STANDBY_MS;
}

/* Returns how long to sleep. */
static int64_t take(struct bot *b)
{
    int64_t wait = standby_ms(b);
    if (wait > 0)
        return wait;
    struct lease_job job = {.holder = &b->holder};
    struct monotime asked = monotime_now();
    enum ecode rc = lease_run(b, &kind_take, &job);
    if (rc == E_OK)
        rc = recover(b, job.fence);
    if (rc != E_OK)
        return TROUBLE_MS;
    count(&b->counters.takes, 1);
    log_event(LOG_INFO, "this instance has the bot's lease", log_i64("fence", job.fence));
    hold_begin(&b->hold, job.fence, lease_end(asked));
    sender_wake(b->sender);
    return BOT_KEEP_MS;
}

static int64_t keep(struct bot *b, int64_t fence)
{
    struct lease_job job = {.fence = fence};
    struct monotime asked = monotime_now();
    enum ecode rc = lease_run(b, &kind_keep, &job);
    if (rc == E_OK)
        hold_extend(&b->hold, fence, lease_end(asked));
    else if (rc == E_CONFLICT || hold_fence(&b->hold) != fence)
        bot_lost(b, fence);
    return rc == E_OK ? BOT_KEEP_MS : TROUBLE_MS;
}

static void *keeper_run(void *arg)
{
    struct bot *b = arg;
    int64_t wait;
    do {
        int64_t fence = hold_fence(&b->hold);
        if (fence == 0)
            bot_lost(b, 0); /* if it was held: it ran out */
        wait = fence != 0 ? keep(b, fence) : take(b);
    } while (hold_sleep_any(&b->keeping, wait));
    return NULL;
}

/* --- calls that may have to be ended ----------------------------------------------------------------- */

int64_t bot_backoff_ms(int failures)
{
    return failures < 7 ? 1000LL << (failures > 0 ? failures - 1 : 0) : BACKOFF_MAX_MS;
}

/* Whoever takes the lease away does so before it looks for calls: one of the two is seen. */
static bool register_call(struct bot *b, int64_t fence, struct http_call *call)
{
    pthread_mutex_lock(&b->calls_lock);
    bool may = !hold_stopping(&b->hold) && (fence == 0 || hold_fence(&b->hold) == fence);
    size_t i = 0;
    while (may && b->calls[i] != NULL)
        CHECK(++i < BOT_CALLS);
    if (may)
        b->calls[i] = call;
    pthread_mutex_unlock(&b->calls_lock);
    return may;
}

enum ecode bot_call(struct bot *b, int64_t fence, struct request *r, struct arena *a,
                    const struct request_spec *spec, struct err *err)
{
    enum ecode rc = request_init(r, a, &b->endpoint, spec, err);
    if (rc != E_OK)
        return rc;
    if (!register_call(b, fence, &r->call))
        return err_set(err, E_CONFLICT, "the lease is lost");
    rc = http_client_wait(b->client, &r->call, err);
    pthread_mutex_lock(&b->calls_lock);
    for (size_t i = 0; i < BOT_CALLS; i++)
        if (b->calls[i] == &r->call)
            b->calls[i] = NULL;
    pthread_mutex_unlock(&b->calls_lock);
    if (rc == E_OK && strcmp(r->call.err.reason, "canceled") == 0)
        return err_set(err, E_CONFLICT, "the call was cut off");
    return rc;
}

static void *intake_run(void *arg)
{
    struct bot *b = arg;
    int64_t fence;
    while ((fence = hold_wait(&b->hold)) != 0) {
        if (b->o.public_url != NULL)
            webhook_run(b, fence);
        else
            poller_run(b, fence);
    }
    return NULL;
}

/* --- the sender's callbacks -------------------------------------------------------------------------- */

static void sender_problem(void *arg, const char *text)
{
    struct bot *b = arg;
    int64_t fence = hold_fence(&b->hold);
    if (fence != 0)
        tell_problem(b, fence, text);
}

static void sender_lost(void *arg, int64_t fence)
{
    bot_lost(arg, fence);
}

/* --- life -------------------------------------------------------------------------------------------- */

enum ecode bot_new(const struct bot_options *o, struct bot **out, struct err *err)
{
    struct bot *b = calloc(1, sizeof *b);
    struct http_client_options client;
    struct rng rng;
    CHECK(b != NULL);
    b->o = *o;
    b->endpoint = (struct endpoint){o->api_url, o->token};
    b->app = (struct bot_app){.service = o->service,
                              .username = "",
                              .public_url = o->public_url,
                              .alert_chat_id = o->alert_chat_id};
    rng_init(&rng, 0);
    b->holder = uuid_v7(instant_now(), &rng);
    http_client_options_init(&client);
    client.connections_max = CLIENT_CALLS_MAX;
    enum ecode rc = webhook_secret(o, b->secret, err);
    if (rc == E_OK)
        rc = http_client_new(&client, &b->client, err);
    if (rc != E_OK) {
        free(b);
        return rc;
    }
    hold_init(&b->hold);
    hold_init(&b->keeping);
    CHECK(pthread_mutex_init(&b->calls_lock, NULL) == 0);
    CHECK(pthread_mutex_init(&b->gauges.lock, NULL) == 0);
    b->toasts = toasts_new(b);
    *out = b;
    return E_OK;
}

void bot_start(struct bot *b)
{
    struct sender_options o = {.service = b->o.service,
                               .client = b->client,
                               .endpoint = b->endpoint,
                               .hold = &b->hold,
                               .counters = &b->counters,
                               .lease_ttl = ttl,
                               .rate_per_s = b->o.rate_per_s,
                               .draw = view_draw_item,
                               .draw_arg = &b->app,
                               .problem = sender_problem,
                               .lost = sender_lost,
                               .arg = b};
    CHECK(!b->started);
    b->started = true;
    b->sender = sender_new(&o);
    CHECK(pthread_create(&b->keeper, NULL, keeper_run, b) == 0);
    CHECK(pthread_create(&b->intake, NULL, intake_run, b) == 0);
    CHECK(pthread_create(&b->ticker, NULL, ticker_run, b) == 0);
    CHECK(pthread_create(&b->setup, NULL, setup_run, b) == 0);
}

void bot_stop(struct bot *b, struct duration limit)
{
    if (!b->started || b->stopped)
        return;
    b->stopped = true;
    hold_stop(&b->hold);
    cancel_calls(b);
    pthread_join(b->intake, NULL);
    pthread_join(b->ticker, NULL);
    pthread_join(b->setup, NULL);
    sender_stop(b->sender, limit);
    hold_stop(&b->keeping);
    pthread_join(b->keeper, NULL);
    struct lease_job job = {.fence = hold_fence(&b->hold)};
    if (job.fence != 0)
        lease_run(b, &kind_drop, &job);
    hold_end(&b->hold, 0);
}

void bot_free(struct bot *b)
{
    if (b == NULL)
        return;
    CHECK(!b->started || b->stopped);
    http_client_free(b->client);
    sender_free(b->sender);
    toasts_free(b->toasts);
    hold_release(&b->hold);
    hold_release(&b->keeping);
    pthread_mutex_destroy(&b->calls_lock);
    pthread_mutex_destroy(&b->gauges.lock);
    free(b);
}

const char *bot_webhook_secret(const struct bot *b)
{
    return b->secret;
}
