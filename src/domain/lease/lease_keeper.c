#include "domain/lease/lease_keeper.h"

#include <pthread.h>
#include <stdlib.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "base/rng.h"
#include "domain/lease/lease.h"
#include "domain/task.h"

#define KEEP_MS 3000
#define STANDBY_MS 1000 /* how often an instance without the lease looks at it */
#define WARY_MS 600000  /* what ended the last holder comes again within this, or ends this one too */
#define TASK_ARENA_BYTES ((size_t)4 * 1024 * 1024)

struct lease_keeper {
    struct lease_keeper_options o;
    struct uuid holder;
    struct hold sleep; /* its own: it goes on while the others stop */
    pthread_t thread;
};

/* --- transactions ------------------------------------------------------------------------------------ */

struct lease_job {
    const char *name;
    const struct uuid *holder;
    int64_t fence;
    const char *problem;
    struct lease lease;
    bool found;
    bool after_accident; /* taken from one who did not give it back */
};

static const struct duration ttl = {LEASE_TTL_MS};

static enum ecode run_look(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    enum ecode rc = lease_get(ctx, l->name, &l->lease);
    l->found = rc == E_OK;
    return rc == E_NOT_FOUND ? E_OK : rc;
}

static enum ecode run_take(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    enum ecode rc = lease_get(ctx, l->name, &l->lease);
    l->found = rc == E_OK;
    if (rc == E_OK || rc == E_NOT_FOUND)
        rc = lease_take(ctx, l->name, l->holder, ttl, &l->fence);
    l->after_accident = l->found && l->fence != l->lease.fence && !l->lease.given_back;
    return rc;
}

static enum ecode run_keep(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return lease_keep(ctx, l->name, l->fence, ttl);
}

static enum ecode run_drop(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return lease_drop(ctx, l->name, l->fence);
}

static enum ecode run_problem(struct job *j, struct ctx *ctx)
{
    struct lease_job *l = j->owner;
    return lease_problem(ctx, l->name, l->fence, l->problem);
}

static const struct job_kind kind_look = {"lease.look", JOB_READ, run_look, NULL, task_done};
static const struct job_kind kind_take = {"lease.take", JOB_WRITE, run_take, NULL, task_done};
static const struct job_kind kind_keep = {"lease.keep", JOB_WRITE, run_keep, NULL, task_done};
static const struct job_kind kind_drop = {"lease.drop", JOB_WRITE, run_drop, NULL, task_done};
static const struct job_kind kind_problem = {"lease.problem", JOB_WRITE, run_problem, NULL, task_done};

static enum ecode run_job(struct lease_keeper *k, const struct job_kind *kind, struct lease_job *job)
{
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(TASK_ARENA_BYTES);
    job->name = k->o.name;
    enum ecode rc = task_run(k->o.service, kind, arena, job, &err);
    if (rc != E_OK && rc != E_CONFLICT)
        log_event(LOG_WARN, "lease", log_str("lease", k->o.name), log_str("step", kind->name), log_err(&err));
    arena_free(arena);
    return rc;
}

/* --- taking and keeping ------------------------------------------------------------------------------ */

static struct monotime lease_end(struct monotime asked)
{
    return (struct monotime){asked.ns + (int64_t)LEASE_TTL_MS * 1000000};
}

void lease_keeper_lost(struct lease_keeper *k, int64_t fence)
{
    if (!hold_end(k->o.hold, fence))
        return;
    log_event(LOG_WARN, "a lease is lost", log_str("lease", k->o.name), log_i64("fence", fence));
    k->o.lost(k->o.arg, fence);
}

void lease_keeper_problem(struct lease_keeper *k, int64_t fence, const char *text)
{
    struct lease_job job = {.fence = fence, .problem = text};
    run_job(k, &kind_problem, &job);
}

/* How long to wait before the lease can be had; 0: now. */
static int64_t standby_ms(struct lease_keeper *k)
{
    struct lease_job job = {.fence = 0};
    if (run_job(k, &kind_look, &job) != E_OK)
        return LEASE_TROUBLE_MS;
    if (!job.found || !job.lease.fresh)
        return 0;
    int64_t left = instant_diff(job.lease.expires_at, instant_now()).ms + 20;
    return left < 20 ? 20 : left < STANDBY_MS ? left : STANDBY_MS;
}

/* Returns how long to sleep. */
static int64_t take(struct lease_keeper *k)
{
    int64_t wait = standby_ms(k);
    if (wait > 0)
        return wait;
    struct lease_job job = {.holder = &k->holder};
    struct monotime asked = monotime_now();
    enum ecode rc = run_job(k, &kind_take, &job);
    if (rc == E_OK && job.after_accident)
        hold_be_wary(k->o.hold, (struct monotime){asked.ns + (int64_t)WARY_MS * 1000000});
    if (rc == E_OK)
        rc = k->o.taken(k->o.arg, job.fence);
    if (rc != E_OK)
        return LEASE_TROUBLE_MS;
    log_event(LOG_INFO, "this instance has a lease", log_str("lease", k->o.name),
              log_i64("fence", job.fence));
    hold_begin(k->o.hold, job.fence, lease_end(asked));
    k->o.begun(k->o.arg, job.fence);
    return KEEP_MS;
}

static int64_t keep(struct lease_keeper *k, int64_t fence)
{
    struct lease_job job = {.fence = fence};
    struct monotime asked = monotime_now();
    enum ecode rc = run_job(k, &kind_keep, &job);
    if (rc == E_OK)
        hold_extend(k->o.hold, fence, lease_end(asked));
    else if (rc == E_CONFLICT || hold_fence(k->o.hold) != fence)
        lease_keeper_lost(k, fence);
    return rc == E_OK ? KEEP_MS : LEASE_TROUBLE_MS;
}

static void *run(void *arg)
{
    struct lease_keeper *k = arg;
    int64_t wait;
    do {
        int64_t fence = hold_fence(k->o.hold);
        if (fence == 0)
            lease_keeper_lost(k, 0); /* if it was held: it ran out */
        wait = fence != 0 ? keep(k, fence) : take(k);
    } while (hold_sleep_any(&k->sleep, wait));
    return NULL;
}

/* --- life -------------------------------------------------------------------------------------------- */

struct lease_keeper *lease_keeper_new(const struct lease_keeper_options *o)
{
    struct rng rng;
    struct lease_keeper *k = calloc(1, sizeof *k);
    CHECK(k != NULL);
    k->o = *o;
    rng_init(&rng, 0);
    k->holder = uuid_v7(instant_now(), &rng);
    hold_init(&k->sleep);
    return k;
}

void lease_keeper_start(struct lease_keeper *k)
{
    CHECK(pthread_create(&k->thread, NULL, run, k) == 0);
}

void lease_keeper_stop(struct lease_keeper *k)
{
    hold_stop(&k->sleep);
    pthread_join(k->thread, NULL);
    struct lease_job job = {.fence = hold_fence(k->o.hold)};
    if (job.fence != 0)
        run_job(k, &kind_drop, &job);
    hold_end(k->o.hold, 0);
}

void lease_keeper_free(struct lease_keeper *k)
{
    if (k == NULL)
        return;
    hold_release(&k->sleep);
    free(k);
}
