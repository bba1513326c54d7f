/*
 * Check-ins without HTTP: the other side of the ratio on SQLite.
 *
 *   checkin_loop URL USERS HABITS SPAN SECONDS BATCH
 *
 * One connection runs the statements of log_put (the target SELECT, then insert or upsert; the checkpoint
 * needs none as long as the marks lie behind it) for random people, habits and days of the last SPAN days,
 * BATCH check-ins to a transaction, and prints check-ins per second. The connection is the store's own: WAL,
 * synchronous=FULL.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/check.h"
#include "bench/args.h"
#include "base/rng.h"
#include "bench/people.h"
#include "store/db.h"
#include "checkin.sql.h"

#define MS_PER_DAY 86400000LL

struct load {
    struct rng rng;
    uint64_t users, habits, span, batch;
    int64_t seconds;
};

static enum ecode check_in(struct db *db, struct load *l, struct instant now)
{
    uint64_t u = rng_below(&l->rng, l->users), h = rng_below(&l->rng, l->habits);
    struct uuid user = people_user(u), habit = people_habit(u, h);
    struct day day = day_of((int32_t)(now.ms / MS_PER_DAY) - (int32_t)rng_below(&l->rng, l->span));
    struct stmt *q = db_query(db, &Q_checkin_target);
    stmt_bind_uuid(q, 1, &user);
    stmt_bind_uuid(q, 2, &habit);
    stmt_bind_day(q, 3, day);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    CHECK(day_cmp(stmt_day(q, 1), day) < 0);
    bool exists = !stmt_is_null(q, 2);
    stmt_end(q);
    q = db_query(db, exists ? &Q_log_upsert : &Q_log_insert);
    stmt_bind_uuid(q, 1, &user);
    stmt_bind_uuid(q, 2, &habit);
    stmt_bind_day(q, 3, day);
    stmt_bind_text(q, 4, "done");
    stmt_bind_text(q, 7, "api");
    stmt_bind_time(q, 9, now);
    return stmt_run(q);
}

static enum ecode run(struct db *db, struct load *l, uint64_t *done, struct duration *took)
{
    struct monotime start = monotime_now();
    enum ecode rc = E_OK;
    *done = 0;
    do {
        rc = db_begin(db, DB_TXN_WRITE);
        struct instant now = instant_now();
        for (uint64_t i = 0; i < l->batch && rc == E_OK; i++)
            rc = check_in(db, l, now);
        if (rc == E_OK)
            rc = db_commit(db);
        *done += l->batch;
        *took = monotime_diff(monotime_now(), start);
    } while (rc == E_OK && took->ms < l->seconds * 1000);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: checkin_loop URL USERS HABITS SPAN SECONDS BATCH\n");
        return 2;
    }
    struct err err = {.code = E_OK};
    struct db *db;
    uint64_t done = 0;
    struct duration took;
    struct load l = {.users = args_count(argv[2]),
                     .habits = args_count(argv[3]),
                     .span = args_count(argv[4]),
                     .seconds = (int64_t)args_count(argv[5]),
                     .batch = args_count(argv[6])};
    rng_init(&l.rng, 0);
    enum ecode rc = db_open(argv[1], DB_READWRITE, &db, &err);
    if (rc == E_OK) {
        rc = run(db, &l, &done, &took);
        db_close(db);
    }
    if (rc != E_OK) {
        fprintf(stderr, "checkin_loop: %s\n", err.text);
        return 1;
    }
    printf("%.0f\n", (double)done * 1000 / (double)took.ms);
    return 0;
}
