#include "edge/pay/runtime.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/payment/payment_call.h"
#include "domain/payment/plan.h"
#include "domain/task.h"
#include "net/http_client.h"

#define MS_NS 1000000

static int digits(const void *plans, const char *currency)
{
    return currency_digits(plans, currency);
}

bool pay_serves(const struct pay *p, enum payment_provider provider)
{
    switch (provider) {
    case PROVIDER_STARS:
        return p->o.telegram.secret != NULL;
    case PROVIDER_YOOKASSA:
        return p->o.yookassa.secret != NULL && p->o.yookassa.id != NULL;
    case PROVIDER_CRYPTOBOT:
        return p->o.cryptobot.secret != NULL;
    case PROVIDER_SANDBOX:
        return p->o.sandbox != PAY_SANDBOX_OFF;
    default:
        return false;
    }
}

bool pay_takes(const struct pay *p, enum pay_source source)
{
    return pay_serves(p, source == PAY_FROM_YOOKASSA ? PROVIDER_YOOKASSA : PROVIDER_CRYPTOBOT);
}

void pay_wake(struct pay *p)
{
    pthread_mutex_lock(&p->lock);
    p->wakes++;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void pay_doze(struct pay *p, unsigned *wakes, int64_t ms)
{
    struct monotime until = {monotime_now().ns + ms * MS_NS};
    pthread_mutex_lock(&p->lock);
    while (p->wakes == *wakes && monotime_now().ns < until.ns)
        cond_wait_until(&p->changed, &p->lock, until);
    *wakes = p->wakes;
    pthread_mutex_unlock(&p->lock);
}

/* --- calls ------------------------------------------------------------------------------------------- */

static void note_call(struct pay *p, const struct http_call *was, struct http_call *is)
{
    size_t i = 0;
    pthread_mutex_lock(&p->lock);
    while (p->calls[i] != was)
        CHECK(++i < PAY_THREADS);
    p->calls[i] = is;
    pthread_mutex_unlock(&p->lock);
}

void pay_call(struct pay *p, int64_t fence, struct http_call *call)
{
    struct err err = {.code = E_OK};
    call->outcome = HTTP_CALL_NOT_SENT;
    if (hold_fence(&p->hold) != fence)
        return;
    note_call(p, NULL, call);
    if (http_client_wait(p->client, call, &err) != E_OK)
        call->outcome = HTTP_CALL_NOT_SENT;
    note_call(p, call, NULL);
}

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

/* What an earlier holder left as being called. */
static enum ecode lease_taken(void *arg, int64_t fence)
{
    struct pay *p = arg;
    enum ecode rc = E_OK;
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    for (int provider = 0; provider < PROVIDERS && rc == E_OK; provider++) {
        struct err err = {.code = E_OK};
        struct recover_job job = {
            .channel = payment_channel((enum payment_provider)provider), .fence = fence, .more = true};
        while (job.channel != NULL && job.more && rc == E_OK) {
            arena_reset(arena);
            rc = task_run(p->o.service, &kind_recover, arena, &job, &err);
        }
        if (rc != E_OK)
            log_event(LOG_WARN, "calls to providers that were cut off cannot be put right", log_err(&err));
    }
    arena_free(arena);
    return rc == E_OK ? backlog_recover(p, fence) : rc;
}

static void lease_begun(void *arg, int64_t fence)
{
    pay_wake(arg);
}

/* What is under way ends by itself: each call can be made again, and what it says is true all the same. */
static void lease_lost(void *arg, int64_t fence)
{
    pay_wake(arg);
    backlog_wake(arg);
}

/* --- life -------------------------------------------------------------------------------------------- */

enum ecode pay_new(const struct pay_options *o, struct pay **out, struct err *err)
{
    struct pay *p = calloc(1, sizeof *p);
    struct http_client_options client;
    CHECK(p != NULL);
    p->o = *o;
    p->scale = (struct decimal_scale){digits, o->plans};
    http_client_options_init(&client);
    enum ecode rc = http_client_new(&client, &p->client, err);
    if (rc != E_OK) {
        free(p);
        return rc;
    }
    hold_init(&p->hold);
    CHECK(pthread_mutex_init(&p->lock, NULL) == 0);
    cond_init_monotonic(&p->changed);
    cond_init_monotonic(&p->stored_changed);
    struct lease_keeper_options k = {.service = o->service,
                                     .name = LEASE_PAY,
                                     .hold = &p->hold,
                                     .taken = lease_taken,
                                     .begun = lease_begun,
                                     .lost = lease_lost,
                                     .arg = p};
    p->keeper = lease_keeper_new(&k);
    *out = p;
    return E_OK;
}

void pay_start(struct pay *p, const char *base_url)
{
    CHECK(!p->started);
    p->started = true;
    p->base_url = strdup(base_url);
    CHECK(p->base_url != NULL);
    lease_keeper_start(p->keeper);
    for (size_t i = 0; i < PAY_CALLERS; i++)
        CHECK(pthread_create(&p->callers[i], NULL, caller_run, p) == 0);
    CHECK(pthread_create(&p->backlog, NULL, backlog_run, p) == 0);
    CHECK(pthread_create(&p->clock, NULL, clock_run, p) == 0);
}

static void cut_off(struct pay *p)
{
    log_note(LOG_WARN, "calls to payment providers are cut off");
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < PAY_THREADS; i++)
        if (p->calls[i] != NULL)
            http_client_cancel(p->client, p->calls[i]);
    pthread_mutex_unlock(&p->lock);
}

void pay_stop(struct pay *p, struct duration limit)
{
    if (!p->started || p->stopped)
        return;
    p->stopped = true;
    hold_stop(&p->hold);
    pay_wake(p);
    backlog_wake(p);
    if (!http_client_drain(p->client, limit))
        cut_off(p);
    for (size_t i = 0; i < PAY_CALLERS; i++)
        pthread_join(p->callers[i], NULL);
    pthread_join(p->backlog, NULL);
    pthread_join(p->clock, NULL);
    lease_keeper_stop(p->keeper);
}

void pay_free(struct pay *p)
{
    if (p == NULL)
        return;
    CHECK(!p->started || p->stopped);
    http_client_free(p->client);
    lease_keeper_free(p->keeper);
    hold_release(&p->hold);
    pthread_cond_destroy(&p->stored_changed);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p->base_url);
    free(p);
}
