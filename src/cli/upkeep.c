#include "cli/upkeep.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/maintain/maintain.h"
#include "domain/report/daily.h"
#include "domain/report/stored.h"
#include "store/partition.h"

#define PERIOD_S 3600
#define REPORTS_S 60
#define PAUSE_MS 50 /* between steps, so that upkeep never fills the disk's queue */
#define INTERRUPT_MS 20
#define ARENA_BYTES (4u * 1024 * 1024)

struct upkeep {
    struct cli cli; /* a copy with an arena of its own */
    pthread_t thread;
    struct pause pause;
    pthread_mutex_t lock;
    struct db *reading; /* under lock: what a stop interrupts; writes are short */
};

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
    while (s.more && pause_for(&u->pause, PAUSE_MS)) {
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

static void set_reading(struct upkeep *u, struct db *db)
{
    pthread_mutex_lock(&u->lock);
    u->reading = db;
    pthread_mutex_unlock(&u->lock);
}

/* Reads in one snapshot; a stop ends it. */
static enum ecode look(struct upkeep *u, struct db *db, enum ecode (*f)(struct ctx *ctx, void *arg),
                       void *arg, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    ctx_init(&ctx, db, u->cli.arena, &u->cli.policy, &rng, instant_now(), "upkeep");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    set_reading(u, db);
    if (rc == E_OK)
        rc = f(&ctx, arg);
    set_reading(u, NULL);
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
    } while ((batch.count > 0 || batch.has_change) && pause_for(&u->pause, PAUSE_MS));
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

/* The reports that nobody shall wait for. One that cannot be counted keeps no other. */
static enum ecode count_reports(struct upkeep *u, struct db *db, struct err *err)
{
    for (int kind = 0; kind < REPORT_KINDS && pause_for(&u->pause, PAUSE_MS); kind++) {
        struct stored_report r = {.kind = (enum report_kind)kind};
        arena_reset(u->cli.arena);
        enum ecode rc = look(u, db, count_report, &r, err);
        if (rc == E_OK && r.changes)
            rc = cli_transaction(&u->cli, db, keep_report, &r, err);
        if (ctx_ends_transaction(rc))
            return rc;
        if (rc != E_OK && !pause_is_over(&u->pause))
            log_event(LOG_WARN, "a report cannot be counted", log_str("report", report_makers[kind].name),
                      log_err(err));
    }
    return E_OK;
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
    if (rc != E_OK && !pause_is_over(&u->pause))
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
    } while (pause_for(&u->pause, REPORTS_S * 1000));
    return NULL;
}

struct upkeep *upkeep_new(struct cli *cli)
{
    struct upkeep *u = calloc(1, sizeof *u);
    CHECK(u != NULL);
    u->cli = *cli;
    u->cli.arena = arena_new(ARENA_BYTES);
    pause_init(&u->pause);
    CHECK(pthread_mutex_init(&u->lock, NULL) == 0);
    CHECK(pthread_create(&u->thread, NULL, run, u) == 0);
    return u;
}

/* With a million people it may count for seconds: nothing is lost by counting again later. */
static void interrupt_reading(struct upkeep *u)
{
    pthread_mutex_lock(&u->lock);
    if (u->reading != NULL)
        db_interrupt(u->reading);
    pthread_mutex_unlock(&u->lock);
}

void upkeep_free(struct upkeep *u)
{
    if (!u)
        return;
    pause_stop(&u->pause);
    while (pthread_tryjoin_np(u->thread, NULL) != 0) { /* one that comes between two statements ends none */
        interrupt_reading(u);
        nanosleep(&(struct timespec){.tv_nsec = INTERRUPT_MS * 1000000L}, NULL);
    }
    pthread_mutex_destroy(&u->lock);
    pause_release(&u->pause);
    arena_free(u->cli.arena);
    free(u);
}
