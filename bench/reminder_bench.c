/*
 * What reminders cost, on a migrated, empty database.
 *
 *   reminder_bench URL DUE LATER CHUNK
 *
 * DUE people get a habit with a reminder at one and the same minute, and LATER schedules more (20 to a
 * person) are due in the hours behind it. First ticks at a moment when nothing is due, then at that minute,
 * CHUNK schedules a transaction, until all are claimed. Prints one line of figures as NAME=VALUE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "bench/args.h"
#include "bench/people.h"
#include "domain/lease/lease.h"
#include "domain/reminder/reminder.h"
#include "store/db.h"
#include "reminder_bench.sql.h"
#include "seed.sql.h"

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define LATER_EACH 20
#define STEP 2000 /* rows of one statement on PostgreSQL */
#define STEPS_PER_TXN 25
#define NINE (9 * 60)
#define DUE_AT_MS 1795510800000 /* 2026-11-24T09:00:00Z */
#define JOINED_MS 1767225600000 /* 2026-01-01T00:00:00Z */
#define EMPTY_TICKS 2000

struct bench {
    struct db *db;
    struct arena *arena;
    struct err err;
    uint64_t due, later;
    int chunk;
};

static void must(struct bench *b, enum ecode rc)
{
    if (rc == E_OK)
        return;
    fprintf(stderr, "reminder_bench: %s\n", b->err.text);
    exit(1);
}

/* --- filling ------------------------------------------------------------------------------------- */

static void add_person(struct bench *b, uint64_t u)
{
    struct uuid user = people_user(u), habit = people_habit(u, 0);
    struct day start = day_of((int32_t)(JOINED_MS / 86400000));
    struct stmt *q = db_query(b->db, &Q_seed_user);
    stmt_bind_uuid(q, 1, &user);
    stmt_bind_i64(q, 2, 7000000000 + (int64_t)u);
    stmt_bind_text(q, 3, arena_printf(b->arena, "bench%llu", (unsigned long long)u));
    stmt_bind_day(q, 4, start);
    stmt_bind_day(q, 5, start);
    stmt_bind_time(q, 6, instant_from_ms(JOINED_MS));
    must(b, stmt_run(q));
    q = db_query(b->db, &Q_seed_habit);
    stmt_bind_uuid(q, 1, &user);
    stmt_bind_uuid(q, 2, &habit);
    stmt_bind_i64(q, 3, 0);
    stmt_bind_i64(q, 4, 1);
    stmt_bind_i64(q, 5, 1);
    stmt_bind_day(q, 6, start);
    stmt_bind_time(q, 7, instant_from_ms(JOINED_MS));
    must(b, stmt_run(q));
}

static void add_people_array(struct bench *b, uint64_t from, size_t n)
{
    struct arena *a = b->arena;
    struct uuid *users = arena_array(a, n, sizeof *users), *habits = arena_array(a, n, sizeof *habits);
    int64_t *telegram = arena_array(a, n, sizeof *telegram), *zeros = arena_array(a, n, sizeof *zeros),
            *ones = arena_array(a, n, sizeof *ones);
    const char **codes = arena_array(a, n, sizeof(char *));
    struct day start = day_of((int32_t)(JOINED_MS / 86400000));
    for (size_t i = 0; i < n; i++) {
        users[i] = people_user(from + i);
        habits[i] = people_habit(from + i, 0);
        telegram[i] = 7000000000 + (int64_t)(from + i);
        codes[i] = arena_printf(a, "bench%llu", (unsigned long long)(from + i));
        ones[i] = 1;
    }
    struct stmt *q = db_query(b->db, &Q_seed_user_many);
    stmt_bind_array(q, 1, users, NULL, n);
    stmt_bind_array(q, 2, telegram, NULL, n);
    stmt_bind_array(q, 3, codes, NULL, n);
    stmt_bind_day(q, 4, start);
    stmt_bind_day(q, 5, start);
    stmt_bind_time(q, 6, instant_from_ms(JOINED_MS));
    must(b, stmt_run(q));
    q = db_query(b->db, &Q_seed_habit_many);
    stmt_bind_array(q, 1, users, NULL, n);
    stmt_bind_array(q, 2, habits, NULL, n);
    stmt_bind_array(q, 3, zeros, NULL, n);
    stmt_bind_array(q, 4, ones, NULL, n);
    stmt_bind_array(q, 5, ones, NULL, n);
    stmt_bind_day(q, 6, start);
    stmt_bind_time(q, 7, instant_from_ms(JOINED_MS));
    must(b, stmt_run(q));
}

/* The s-th schedule: the first `due` are one to a person at nine, the others later, one a millisecond. */
struct schedule_row {
    struct uuid user, id, habit;
    int64_t minute;
    struct instant at;
};

static struct schedule_row schedule_row(const struct bench *b, uint64_t s)
{
    uint64_t u = s < b->due ? s : b->due + (s - b->due) / LATER_EACH;
    int64_t later_ms = s < b->due ? 0 : 3600000 + (int64_t)((s - b->due) % 36000000);
    return (struct schedule_row){.user = people_user(u),
                                 .id = people_id(3, s),
                                 .habit = people_habit(u, 0),
                                 .minute = NINE + later_ms / 60000,
                                 .at = instant_from_ms(DUE_AT_MS + later_ms)};
}

static void add_schedules(struct bench *b, uint64_t from, size_t n)
{
    struct day start = day_of((int32_t)(JOINED_MS / 86400000));
    for (size_t i = 0; i < n; i++) {
        struct schedule_row r = schedule_row(b, from + i);
        struct stmt *q = db_query(b->db, &Q_bench_schedule);
        stmt_bind_uuid(q, 1, &r.user);
        stmt_bind_uuid(q, 2, &r.id);
        stmt_bind_uuid(q, 3, &r.habit);
        stmt_bind_i64(q, 4, r.minute);
        stmt_bind_day(q, 5, start);
        stmt_bind_time(q, 6, r.at);
        stmt_bind_time(q, 7, instant_from_ms(JOINED_MS));
        must(b, stmt_run(q));
    }
}

static void add_schedules_array(struct bench *b, uint64_t from, size_t n)
{
    struct arena *a = b->arena;
    struct uuid *users = arena_array(a, n, sizeof *users), *ids = arena_array(a, n, sizeof *ids),
                *habits = arena_array(a, n, sizeof *habits);
    int64_t *minutes = arena_array(a, n, sizeof *minutes);
    struct instant *due = arena_array(a, n, sizeof *due);
    for (size_t i = 0; i < n; i++) {
        struct schedule_row r = schedule_row(b, from + i);
        users[i] = r.user;
        ids[i] = r.id;
        habits[i] = r.habit;
        minutes[i] = r.minute;
        due[i] = r.at;
    }
    struct stmt *q = db_query(b->db, &Q_bench_schedule_many);
    stmt_bind_array(q, 1, users, NULL, n);
    stmt_bind_array(q, 2, ids, NULL, n);
    stmt_bind_array(q, 3, habits, NULL, n);
    stmt_bind_array(q, 4, minutes, NULL, n);
    stmt_bind_day(q, 5, day_of((int32_t)(JOINED_MS / 86400000)));
    stmt_bind_array(q, 6, due, NULL, n);
    stmt_bind_time(q, 7, instant_from_ms(JOINED_MS));
    must(b, stmt_run(q));
}

static void add_some(struct bench *b, bool people, uint64_t from, size_t n)
{
    if (db_engine(b->db) == DB_POSTGRES) {
        if (people)
            add_people_array(b, from, n);
        else
            add_schedules_array(b, from, n);
        return;
    }
    for (size_t i = 0; people && i < n; i++)
        add_person(b, from + i);
    if (!people)
        add_schedules(b, from, n);
}

static void fill(struct bench *b, bool people, uint64_t total)
{
    for (uint64_t i = 0, steps = 0; i < total; steps++) {
        size_t n = total - i < STEP ? (size_t)(total - i) : STEP;
        if (steps % STEPS_PER_TXN == 0)
            must(b, db_begin(b->db, DB_TXN_WRITE));
        arena_reset(b->arena);
        add_some(b, people, i, n);
        i += n;
        if (steps % STEPS_PER_TXN == STEPS_PER_TXN - 1 || i == total)
            must(b, db_commit(b->db));
    }
}

/* --- measuring ----------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* One tick as the service does it: its own transaction. Nanoseconds. */
static int64_t tick(struct bench *b, struct instant now, int64_t fence, struct reminder_tick *out)
{
    static const struct policy policy = {.default_timezone = "UTC", .currency = "RUB"};
    struct reminder_claim claim = {fence, duration_seconds(15), b->chunk};
    struct ctx ctx;
    struct rng rng;
    struct monotime start = monotime_now();
    rng_init(&rng, 0);
    arena_reset(b->arena);
    must(b, db_begin(b->db, DB_TXN_WRITE));
    ctx_init(&ctx, b->db, b->arena, &policy, &rng, now, "bench");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = reminder_tick(&ctx, &claim, out);
    b->err = ctx.err;
    must(b, rc);
    db_set_err(b->db, &b->err);
    must(b, db_commit(b->db));
    return monotime_now().ns - start.ns;
}

static int64_t take_lease(struct bench *b)
{
    static const struct policy policy = {.default_timezone = "UTC", .currency = "RUB"};
    struct uuid holder = people_id(4, 1);
    struct ctx ctx;
    struct rng rng;
    int64_t fence = 0;
    rng_init(&rng, 0);
    must(b, db_begin(b->db, DB_TXN_WRITE));
    ctx_init(&ctx, b->db, b->arena, &policy, &rng, instant_from_ms(DUE_AT_MS - 60000), "bench");
    must(b, lease_take(&ctx, LEASE_BOT, &holder, duration_seconds(15), &fence));
    db_set_err(b->db, &b->err);
    must(b, db_commit(b->db));
    return fence;
}

static void measure_empty(struct bench *b, int64_t fence, const char *name, struct instant now)
{
    static int64_t ns[EMPTY_TICKS];
    struct reminder_tick t;
    for (size_t i = 0; i < EMPTY_TICKS; i++) {
        ns[i] = tick(b, now, fence, &t);
        CHECK(t.claimed == 0 && !t.more);
    }
    int64_t first = ns[0];
    qsort(ns, EMPTY_TICKS, sizeof ns[0], by_value);
    printf("%s_p50_ms=%.4f %s_p99_ms=%.4f %s_first_ms=%.4f ", name, (double)ns[EMPTY_TICKS / 2] / 1e6, name,
           (double)ns[EMPTY_TICKS - EMPTY_TICKS / 100] / 1e6, name, (double)first / 1e6);
}

static void measure_claim(struct bench *b, int64_t fence)
{
    size_t n = 0, room = (size_t)(b->due / (uint64_t)b->chunk) + 2;
    int64_t *ns = calloc(room, sizeof *ns), sum = 0;
    uint64_t claimed = 0;
    struct reminder_tick t = {.more = true};
    struct monotime start = monotime_now();
    CHECK(ns);
    while (t.more) {
        CHECK(n < room);
        ns[n] = tick(b, instant_from_ms(DUE_AT_MS + 500), fence, &t);
        sum += ns[n++];
        claimed += (uint64_t)t.claimed;
    }
    double took = (double)(monotime_now().ns - start.ns) / 1e9;
    CHECK(claimed == b->due);
    qsort(ns, n, sizeof *ns, by_value);
    printf("claimed=%llu seconds=%.3f chunk_p50_ms=%.2f chunk_p99_ms=%.2f chunk_max_ms=%.2f ",
           (unsigned long long)claimed, took, (double)ns[n / 2] / 1e6, (double)ns[n - 1 - n / 100] / 1e6,
           (double)ns[n - 1] / 1e6);
    free(ns);
    struct stmt *q = db_query(b->db, &Q_bench_claimed);
    stmt_bind_time(q, 1, instant_from_ms(DUE_AT_MS));
    must(b, stmt_row(q));
    CHECK((uint64_t)stmt_i64(q, 0) == b->due && (uint64_t)stmt_i64(q, 1) == b->due && stmt_i64(q, 2) == 0);
    stmt_end(q);
}

int main(int argc, char **argv)
{
    bool seed = argc == 5 && strcmp(argv[1], "seed") == 0;
    if (!seed && (argc != 5 || strcmp(argv[1], "run") != 0)) {
        fprintf(stderr, "usage: reminder_bench seed URL DUE LATER | run URL DUE CHUNK\n");
        return 2;
    }
    struct bench b = {.due = args_number(argv[3])};
    b.arena = arena_new(ARENA_BYTES);
    if (db_open(argv[2], DB_READWRITE, &b.db, &b.err) != E_OK)
        must(&b, b.err.code);
    if (seed) {
        b.later = args_number(argv[4]);
        must(&b, stmt_run(db_query(b.db, &Q_seed_unchecked)));
        fill(&b, true, b.due + (b.later + LATER_EACH - 1) / LATER_EACH);
        fill(&b, false, b.due + b.later);
    } else {
        b.chunk = (int)args_number(argv[4]);
        CHECK(b.chunk > 0);
        int64_t fence = take_lease(&b);
        measure_empty(&b, fence, "empty", instant_from_ms(DUE_AT_MS - 1));
        if (b.due > 0) {
            measure_claim(&b, fence);
            measure_empty(&b, fence, "after", instant_from_ms(DUE_AT_MS + 1000));
        }
        printf("\n");
    }
    db_close(b.db);
    arena_free(b.arena);
    return 0;
}
