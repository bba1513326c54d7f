#include "edge/bot/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "domain/lease/lease.h"
#include "domain/task.h"
#include "edge/bot/checkout.h"
#include "edge/bot/import_report.h"
#include "edge/bot/view.h"

#define BACKOFF_MAX_MS 60000
#define CLIENT_CALLS_MAX 128 /* the sender's, toasts, a poll */
#define TASK_ARENA_BYTES ((size_t)4 * 1024 * 1024)

/* --- the lease --------------------------------------------------------------------------------------- */

struct recover_job {
    const char *channel;
    int64_t fence;
    struct outbox_tally tally;
    bool more;
};

static enum ecode run_recover(struct job *j, struct ctx *ctx)
{
    struct recover_job *r = j->owner;
    return outbox_recover(ctx, r->channel, r->fence, &r->tally, &r->more);
}

static const struct job_kind kind_recover = {"outbox.recover", JOB_WRITE, run_recover, NULL, task_done};

static enum ecode recover_step(struct bot *b, struct recover_job *job)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(TASK_ARENA_BYTES);
    enum ecode rc = task_run(b->o.service, &kind_recover, arena, job, &err);
    if (rc != E_OK)
        log_event(LOG_WARN, "messages that were cut off cannot be put right", log_err(&err));
    arena_free(arena);
    return rc;
}

/* What an earlier holder left as being sent. */
static enum ecode lease_taken(void *arg, int64_t fence)
{
    static const char *const channels[] = {"telegram", IMPORT_CHANNEL};
    struct bot *b = arg;
    struct outbox_tally sum = {0};
    for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
        struct recover_job job = {.channel = channels[i], .fence = fence};
        do {
            enum ecode rc = recover_step(b, &job);
            if (rc != E_OK)
                return rc;
            sum.unknown += job.tally.unknown;
            sum.resent += job.tally.resent;
        } while (job.more);
    }
    count(&b->counters.cut_off, (uint64_t)sum.unknown);
    count(&b->counters.resent, (uint64_t)sum.resent);
    if (sum.unknown > 0)
        log_event(LOG_WARN, "messages were cut off while they were sent", log_i64("count", sum.unknown),
                  log_i64("sent_again", sum.resent));
    return retrier_recover(b, fence);
}

static void lease_begun(void *arg, int64_t fence)
{
    struct bot *b = arg;
    count(&b->counters.takes, 1);
    sender_wake(b->sender);
    retrier_wake(b->retrier);
}

static void lease_lost(void *arg, int64_t fence)
{
    struct bot *b = arg;
    pthread_mutex_lock(&b->calls_lock);
    for (size_t i = 0; i < BOT_CALLS; i++)
        if (b->calls[i] != NULL)
            http_client_cancel(b->client, b->calls[i]);
    pthread_mutex_unlock(&b->calls_lock);
}

void bot_lost(struct bot *b, int64_t fence)
{
    lease_keeper_lost(b->keeper, fence);
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
    lease_keeper_problem(b->keeper, fence, text);
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

enum ecode bot_wait(struct bot *b, int64_t fence, struct http_call *call, struct err *err)
{
    if (!register_call(b, fence, call))
        return err_set(err, E_CONFLICT, "the lease is lost");
    enum ecode rc = http_client_wait(b->client, call, err);
    pthread_mutex_lock(&b->calls_lock);
    for (size_t i = 0; i < BOT_CALLS; i++)
        if (b->calls[i] == call)
            b->calls[i] = NULL;
    pthread_mutex_unlock(&b->calls_lock);
    if (rc == E_OK && strcmp(call->err.reason, "canceled") == 0)
        return err_set(err, E_CONFLICT, "the call was cut off");
    return rc;
}

enum ecode bot_call(struct bot *b, int64_t fence, struct request *r, struct arena *a,
                    const struct request_spec *spec, struct err *err)
{
    enum ecode rc = request_init(r, a, &b->endpoint, spec, err);
    return rc == E_OK ? bot_wait(b, fence, &r->call, err) : rc;
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
        lease_keeper_problem(b->keeper, fence, text);
}

static void something_queued(void *arg)
{
    struct bot *b = arg;
    sender_wake(b->sender);
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
    CHECK(b != NULL);
    b->o = *o;
    b->endpoint = (struct endpoint){o->api_url, o->token};
    b->app = (struct bot_app){.service = o->service,
                              .username = "",
                              .public_url = o->public_url,
                              .alert_chat_id = o->alert_chat_id,
                              .board = &b->board};
    http_client_options_init(&client);
    client.connections_max = CLIENT_CALLS_MAX;
    enum ecode rc = http_client_new(&client, &b->client, err);
    if (rc == E_OK)
        rc = checkouts_new(b, &b->checkouts, err);
    if (rc != E_OK) {
        http_client_free(b->client);
        free(b);
        return rc;
    }
    board_init(&b->board, o->service);
    hold_init(&b->hold);
    CHECK(pthread_mutex_init(&b->calls_lock, NULL) == 0);
    CHECK(pthread_mutex_init(&b->gauges.lock, NULL) == 0);
    struct lease_keeper_options k = {.service = o->service,
                                     .name = LEASE_BOT,
                                     .hold = &b->hold,
                                     .taken = lease_taken,
                                     .begun = lease_begun,
                                     .lost = lease_lost,
                                     .arg = b};
    b->keeper = lease_keeper_new(&k);
    b->toasts = toasts_new(b);
    b->retrier = retrier_new(b);
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
                               .lease_ttl = duration_ms(LEASE_TTL_MS),
                               .rate_per_s = b->o.rate_per_s,
                               .draw = view_draw_item,
                               .draw_arg = &b->app,
                               .problem = sender_problem,
                               .lost = sender_lost,
                               .arg = b};
    CHECK(!b->started);
    b->started = true;
    b->sender = sender_new(&o);
    service_listen(b->o.service, something_queued, b);
    board_start(&b->board);
    lease_keeper_start(b->keeper);
    CHECK(pthread_create(&b->intake, NULL, intake_run, b) == 0);
    retrier_start(b->retrier);
    CHECK(pthread_create(&b->ticker, NULL, ticker_run, b) == 0);
    CHECK(pthread_create(&b->fetcher, NULL, fetch_run, b) == 0);
    CHECK(pthread_create(&b->setup, NULL, setup_run, b) == 0);
}

void bot_stop(struct bot *b, struct duration limit)
{
    if (!b->started || b->stopped)
        return;
    b->stopped = true;
    hold_stop(&b->hold);
    lease_lost(b, 0);
    pthread_join(b->intake, NULL);
    pthread_join(b->ticker, NULL);
    retrier_stop(b->retrier);
    pthread_join(b->fetcher, NULL);
    pthread_join(b->setup, NULL);
    service_listen(b->o.service, NULL, NULL);
    checkouts_stop(b->checkouts, limit);
    sender_stop(b->sender, limit);
    board_stop(&b->board);
    lease_keeper_stop(b->keeper);
}

void bot_free(struct bot *b)
{
    if (b == NULL)
        return;
    CHECK(!b->started || b->stopped);
    http_client_free(b->client);
    sender_free(b->sender);
    toasts_free(b->toasts);
    retrier_free(b->retrier);
    checkouts_free(b->checkouts);
    lease_keeper_free(b->keeper);
    board_release(&b->board);
    hold_release(&b->hold);
    pthread_mutex_destroy(&b->calls_lock);
    pthread_mutex_destroy(&b->gauges.lock);
    free(b);
}

const char *bot_name(void *arg)
{
    const struct bot *b = arg;
    return atomic_load(&b->app.username);
}
