/*
 * The lane alone: threads in a closed loop, each waiting for the commit of its own one-row upsert of a random
 * person on a bare table. usage: lane_bench URL [SECONDS [THREADS [USERS]]]; prints rows/s and latencies in
 * ms.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "base/hash.h"
#include "base/instant.h"
#include "base/rng.h"
#include "lane.sql.h"
#include "store/lane.h"

#define THREADS_MAX 256
#define BATCH_MAX 512
#define LATENCIES_MAX 4000000

struct upsert {
    struct lane_command base;
    struct day day;
    int64_t value;
    struct instant at;
    sem_t finished;
};

static struct {
    struct lane *lane;
    atomic_bool stop;
    uint64_t users;
    atomic_size_t count;
    uint32_t latency_us[LATENCIES_MAX];
} bench;

static enum ecode run(struct lane_command *c, struct db *db)
{
    struct upsert *u = (struct upsert *)c;
    struct stmt *s = db_query(db, &Q_bench_upsert);
    stmt_bind_uuid(s, 1, &c->user_id);
    stmt_bind_day(s, 2, u->day);
    stmt_bind_i64(s, 3, u->value);
    stmt_bind_time(s, 4, u->at);
    return stmt_run(s);
}

static bool again_later(struct lane_command **c, size_t i, size_t n)
{
    for (size_t k = i + 1; k < n && uuid_cmp(&c[k]->user_id, &c[i]->user_id) == 0; k++)
        if (day_cmp(((struct upsert *)c[k])->day, ((struct upsert *)c[i])->day) == 0)
            return true;
    return false;
}

/* One key twice in an array upsert is an error: the last one wins. */
static enum ecode run_many(struct lane_command **c, size_t n, struct db *db)
{
    static struct uuid users[BATCH_MAX];
    static struct day days[BATCH_MAX];
    static int64_t values[BATCH_MAX];
    static struct instant ats[BATCH_MAX];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        struct upsert *u = (struct upsert *)c[i];
        if (again_later(c, i, n))
            continue;
        users[m] = c[i]->user_id;
        days[m] = u->day;
        values[m] = u->value;
        ats[m++] = u->at;
    }
    struct stmt *s = db_query(db, &Q_bench_upsert_many);
    stmt_bind_array(s, 1, users, NULL, m);
    stmt_bind_array(s, 2, days, NULL, m);
    stmt_bind_array(s, 3, values, NULL, m);
    stmt_bind_array(s, 4, ats, NULL, m);
    return stmt_run(s);
}

static void done(struct lane_command *c)
{
    sem_post(&((struct upsert *)c)->finished);
}

static const struct lane_kind kind = {"upsert", run, run_many, done};

static void *client(void *arg)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)(uintptr_t)arg + 1);
    struct upsert u = {.base.kind = &kind};
    sem_init(&u.finished, 0, 0);
    while (!bench.stop) {
        uint64_t who = rng_below(&rng, bench.users);
        uint8_t hash[SHA256_LEN];
        sha256(&who, sizeof who, hash);
        memcpy(u.base.user_id.b, hash, sizeof u.base.user_id.b);
        u.day = day_of(20000 + (int32_t)rng_below(&rng, 30));
        u.value = (int64_t)rng_below(&rng, 1000);
        u.at = instant_now();
        struct monotime start = monotime_now();
        CHECK(lane_submit(bench.lane, &u.base) == E_OK);
        sem_wait(&u.finished);
        CHECK(u.base.code == E_OK);
        size_t i = atomic_fetch_add(&bench.count, 1);
        CHECK(i < LATENCIES_MAX);
        bench.latency_us[i] = (uint32_t)((monotime_now().ns - start.ns) / 1000);
    }
    sem_destroy(&u.finished);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void make_table(const char *url)
{
    struct err err;
    struct db *db;
    CHECK(db_open(url, DB_READWRITE, &db, &err) == E_OK);
    const char *sql =
        db_engine(db) == DB_SQLITE
            ? "CREATE TABLE bench_rows (user_id BLOB NOT NULL, on_day TEXT NOT NULL, value INTEGER,"
              " at INTEGER, PRIMARY KEY (user_id, on_day)) STRICT, WITHOUT ROWID"
            : "DROP TABLE IF EXISTS bench_rows; CREATE TABLE bench_rows (user_id uuid, on_day date,"
              " value bigint, at timestamptz, PRIMARY KEY (user_id, on_day))";
    CHECK(db_exec(db, sql) == E_OK);
    db_close(db);
}

int main(int argc, char **argv)
{
    CHECK(argc >= 2);
    long seconds = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    size_t threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 64;
    bench.users = argc > 4 ? strtoul(argv[4], NULL, 10) : 20000;
    CHECK(threads <= THREADS_MAX);
    make_table(argv[1]);
    struct err err;
    struct lane_options o = {argv[1], "bench", 10000, BATCH_MAX, 1000};
    CHECK(lane_new(&o, &bench.lane, &err) == E_OK);
    pthread_t clients[THREADS_MAX];
    struct monotime start = monotime_now();
    for (size_t i = 0; i < threads; i++)
        CHECK(pthread_create(&clients[i], NULL, client, (void *)(uintptr_t)i) == 0);
    nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
    bench.stop = true;
    for (size_t i = 0; i < threads; i++)
        pthread_join(clients[i], NULL);
    double took = (double)monotime_diff(monotime_now(), start).ms / 1000;
    struct lane_stats stats;
    lane_get_stats(bench.lane, &stats);
    lane_free(bench.lane);
    size_t n = bench.count;
    qsort(bench.latency_us, n, sizeof bench.latency_us[0], by_value);
    printf(
        "%.0f rows/s, %.1f to a commit, %.0f commits/s, p50 %.2f ms, p99 %.2f ms, max %.1f ms, replays %lu\n",
        (double)n / took, (double)n / (double)stats.batches, (double)stats.batches / took,
        bench.latency_us[n / 2] / 1e3, bench.latency_us[n - 1 - n / 100] / 1e3, bench.latency_us[n - 1] / 1e3,
        (unsigned long)stats.replays);
    return 0;
}
