#include <string.h>
#include "base/arena.h"
#include "base/log.h"
#include "domain/broadcast/broadcast.h"
#include "domain/message/inbox.h"
#include "domain/reminder/reminder.h"
#include "edge/bot/runtime.h"
#include "domain/task.h"

/*
 * What happens because time passes: every second reminders, summaries and nudges that are due become
 * messages, and a running broadcast goes on.
 */
#define TICK_MS 1000
#define GAUGES_MS 10000
#define CHUNK_SQLITE                                                                                         \
    250 /* claimed in one transaction: a pressed button that waits behind one is answered fast */
#define CHUNK_POSTGRES 500
#define BROADCAST_AHEAD 2000 /* waiting ones are enough: a broadcast need not stand in the outbox whole */

struct tick_job {
    struct reminder_claim claim;
    struct reminder_tick tick;
};

struct gauges_job {
    struct outbox_stats outbox;
    struct inbox_stats inbox;
};

static enum ecode run_tick(struct job *j, struct ctx *ctx)
{
    struct tick_job *t = j->owner;
    return reminder_tick(ctx, &t->claim, &t->tick);
}

static enum ecode run_broadcast(struct job *j, struct ctx *ctx)
{
    bool *more = j->owner;
    return broadcast_step(ctx, more);
}

static enum ecode run_gauges(struct job *j, struct ctx *ctx)
{
    struct gauges_job *g = j->owner;
    enum ecode rc = outbox_stats(ctx, &g->outbox);
    return rc == E_OK ? inbox_stats(ctx, &g->inbox) : rc;
}

static const struct job_kind kind_tick = {"reminder.tick", JOB_BULK, run_tick, NULL, task_done};
static const struct job_kind kind_broadcast = {"broadcast.step", JOB_BULK, run_broadcast, NULL, task_done};
static const struct job_kind kind_gauges = {"stats", JOB_READ, run_gauges, NULL, task_done};

struct ticker {
    struct bot *b;
    int64_t fence;
    struct monotime gauges_at;
    int64_t ahead; /* messages of broadcasts that waited when the gauges were read */
};

static struct monotime after_ms(struct monotime t, int64_t ms)
{
    return (struct monotime){t.ns + ms * 1000000};
}

/* Runs one job and says what went wrong; E_CONFLICT: the lease is lost. */
static enum ecode step(struct ticker *t, const struct job_kind *kind, void *in)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(BOT_ARENA_BYTES);
    enum ecode rc = task_run(t->b->o.service, kind, arena, in, &err);
    arena_free(arena);
    if (rc == E_CONFLICT)
        bot_lost(t->b, t->fence);
    else if (rc != E_OK)
        log_event(LOG_WARN, "the clock cannot be served", log_str("step", kind->name), log_err(&err));
    return rc;
}

static void remind(struct ticker *t)
{
    struct counters *c = &t->b->counters;
    bool sqlite = strcmp(t->b->o.engine, "sqlite") == 0;
    struct tick_job job;
    do {
        job = (struct tick_job){.claim = {.fence = t->fence,
                                          .lease_ttl = duration_ms(LEASE_TTL_MS),
                                          .max = sqlite ? CHUNK_SQLITE : CHUNK_POSTGRES}};
        if (step(t, &kind_tick, &job) != E_OK)
            return;
        count(&c->reminders[COUNTED_CLAIMED], (uint64_t)job.tick.claimed);
        count(&c->reminders[COUNTED_MISSED], (uint64_t)job.tick.missed);
        count(&c->reminders[COUNTED_QUIET], (uint64_t)job.tick.quiet);
        count(&c->reminders[COUNTED_SKIPPED], (uint64_t)job.tick.skipped);
    } while (job.tick.more && hold_sleep(&t->b->hold, t->fence, 0));
}

static void broadcast(struct ticker *t)
{
    bool more = false;
    if (t->ahead < BROADCAST_AHEAD)
        step(t, &kind_broadcast, &more);
}

static void read_gauges(struct ticker *t)
{
    struct gauges_job job;
    struct bot_gauges *g = &t->b->gauges;
    if (step(t, &kind_gauges, &job) != E_OK)
        return;
    t->ahead = job.outbox.queued[LANE_BROADCAST];
    pthread_mutex_lock(&g->lock);
    g->known = true;
    g->outbox = job.outbox;
    g->inbox = job.inbox;
    g->at = instant_now();
    pthread_mutex_unlock(&g->lock);
}

static void forget_gauges(struct bot *b)
{
    pthread_mutex_lock(&b->gauges.lock);
    b->gauges.known = false;
    pthread_mutex_unlock(&b->gauges.lock);
}

static void serve_hold(struct ticker *t)
{
    do {
        struct monotime now = monotime_now();
        if (now.ns >= t->gauges_at.ns) {
            read_gauges(t);
            t->gauges_at = after_ms(now, GAUGES_MS);
        }
        remind(t);
        broadcast(t);
    } while (hold_sleep(&t->b->hold, t->fence, TICK_MS));
    forget_gauges(t->b);
}

void *ticker_run(void *arg)
{
    struct ticker t = {.b = arg};
    while ((t.fence = hold_wait(&t.b->hold)) != 0)
        serve_hold(&t);
    return NULL;
}
