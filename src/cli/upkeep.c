#include "cli/upkeep.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "base/check.h"
#include "base/log.h"
#include "domain/maintain/maintain.h"
#include "domain/report/daily.h"
#include "domain/report/stored.h"
#include "store/partition.h"

#define PERIOD_S 3600
#define REPORTS_S 60
#define PAUSE_MS 50 /* between steps, so that upkeep never fills the disk's queue */
#define ARENA_BYTES (4u * 1024 * 1024)

struct upkeep {
    struct cli cli; /* a copy with an arena of its own */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
};

/* Waits; false when it is time to stop. */
static bool wait_ms(struct upkeep *u, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&u->mutex);
    while (!u->stopping && pthread_cond_timedwait(&u->wake, &u->mutex, &until) == 0)
        ;
    bool go_on = !u->stopping;
    pthread_mutex_unlock(&u->mutex);
    return go_on;
}

struct step {
    struct maintain_counts done;
    bool more;
};

static enum ecode one_step(struct ctx *ctx, void *arg)
{
    struct step *s = arg;
    return maintain_step(ctx, &s->done, &s->more);
}

static enum ecode run_steps(struct upkeep *u, struct db *db, struct err *err)
{
    struct step s = {.more = true};
    while (s.more && wait_ms(u, PAUSE_MS)) {
        arena_reset(u->cli.arena);
        enum ecode rc = cli_transaction(&u->cli, db, one_step, &s, err);
        if (rc != E_OK)
            return rc;
        const struct maintain_counts *d = &s.done;
        if (d->habits + d->idempotency + d->sessions + d->decline_notes > 0)
            log_event(LOG_INFO, "upkeep", log_i64("habits", d->habits), log_i64("answers", d->idempotency),
                      log_i64("sessions", d->sessions), log_i64("decline_notes", d->decline_notes));
        if (d->inbox + d->outbox + d->deliveries + d->alerts > 0)
            log_event(LOG_INFO, "upkeep of messages", log_i64("inbox", d->inbox),
                      log_i64("outbox", d->outbox), log_i64("deliveries", d->deliveries),
                      log_i64("alerts", d->alerts));
    }
    return E_OK;
}

/* Reads in one snapshot. */
static enum ecode look(struct upkeep *u, struct db *db, enum ecode (*f)(struct ctx *ctx, void *arg),
                       void *arg, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    ctx_init(&ctx, db, u->cli.arena, &u->cli.policy, &rng, instant_now(), "upkeep");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = f(&ctx, arg);
    db_rollback(db);
    *err = ctx.err;
    db_set_err(db, err);
    return rc;
}

static enum ecode plan_days(struct ctx *ctx, void *arg)
{
    return daily_plan(ctx, arg);
}

static enum ecode store_days(struct ctx *ctx, void *arg)
{
    return daily_store(ctx, arg);
}

/* The figures of days that are over, and of days that were changed since. */
static enum ecode count_days(struct upkeep *u, struct db *db, struct err *err)
{
    struct daily_batch batch;
    do {
        arena_reset(u->cli.arena);
        enum ecode rc = look(u, db, plan_days, &batch, err);
        if (rc == E_OK && (batch.count > 0 || batch.has_change))
            rc = cli_transaction(&u->cli, db, store_days, &batch, err);
        if (rc != E_OK)
            return rc;
    } while ((batch.count > 0 || batch.has_change) && wait_ms(u, PAUSE_MS));
    return E_OK;
}

static enum ecode count_report(struct ctx *ctx, void *arg)
{
    struct stored_report *r = arg;
    return stored_report_count(ctx, r->kind, r);
}

static enum ecode keep_report(struct ctx *ctx, void *arg)
{
    return stored_report_keep(ctx, arg);
}

/* The reports that nobody shall wait for. */
static enum ecode count_reports(struct upkeep *u, struct db *db, struct err *err)
{
    enum ecode rc = E_OK;
    for (int kind = 0; kind < REPORT_KINDS && rc == E_OK && wait_ms(u, PAUSE_MS); kind++) {
        struct stored_report r = {.kind = (enum report_kind)kind};
        arena_reset(u->cli.arena);
        rc = look(u, db, count_report, &r, err);
        if (rc == E_OK && r.changes)
            rc = cli_transaction(&u->cli, db, keep_report, &r, err);
    }
    return rc;
}

/* Of system_logs what is older goes, a partition at a time (source document, risk 3). */
static enum ecode rotate(struct upkeep *u, struct db *db)
{
    int days = (int)config_i64(u->cli.config, SETTING_LOG_DAYS);
    struct day today = day_of((int32_t)(instant_now().ms / 86400000));
    int made = 0, dropped = 0;
    enum ecode rc = partition_ensure(db, today, &made);
    if (rc == E_OK)
        rc = partition_drop_system_logs(db, day_add(today, -days), &dropped);
    if (rc == E_OK && made + dropped > 0)
        log_event(LOG_INFO, "rotated", log_i64("partitions_made", made),
                  log_i64("system_logs_dropped", dropped));
    return rc;
}

static enum ecode keep_in_shape(struct upkeep *u, struct db *db, struct err *err)
{
    enum ecode rc = rotate(u, db);
    if (rc == E_OK)
        rc = run_steps(u, db, err);
    return rc == E_OK ? count_days(u, db, err) : rc;
}

static void run_once(struct upkeep *u, enum ecode (*work)(struct upkeep *u, struct db *db, struct err *err))
{
    struct err err = {.code = E_OK};
    struct db *db = NULL;
    enum ecode rc = cli_open(&u->cli, DB_READWRITE, &db, &err);
    if (rc == E_OK)
        rc = work(u, db, &err);
    db_close(db);
    if (rc != E_OK)
        log_event(LOG_WARN, "upkeep failed, it is tried again later", log_err(&err));
}

static void *run(void *arg)
{
    struct upkeep *u = arg;
    int64_t minutes = 0;
    do {
        if (minutes++ % (PERIOD_S / REPORTS_S) == 0)
            run_once(u, keep_in_shape);
        run_once(u, count_reports);
    } while (wait_ms(u, REPORTS_S * 1000));
    return NULL;
}

struct upkeep *upkeep_new(struct cli *cli)
{
    pthread_condattr_t attr;
    struct upkeep *u = calloc(1, sizeof *u);
    CHECK(u != NULL);
    u->cli = *cli;
    u->cli.arena = arena_new(ARENA_BYTES);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&u->mutex, NULL);
    pthread_cond_init(&u->wake, &attr);
    pthread_condattr_destroy(&attr);
    CHECK(pthread_create(&u->thread, NULL, run, u) == 0);
    return u;
}

void upkeep_free(struct upkeep *u)
{
    if (!u)
        return;
    pthread_mutex_lock(&u->mutex);
    u->stopping = true;
    pthread_cond_broadcast(&u->wake);
    pthread_mutex_unlock(&u->mutex);
    pthread_join(u->thread, NULL);
    pthread_cond_destroy(&u->wake);
    pthread_mutex_destroy(&u->mutex);
    arena_free(u->cli.arena);
    free(u);
}
