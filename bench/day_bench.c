/*
 * What the figures of a day cost when something in it has changed, on a database with marks.
 *
 *   day_bench URL DAY ROUNDS
 *
 * Counts all days first. Then, ROUNDS times, names DAY as changed and does what upkeep does: counts it and
 * stores its row. Prints the median in milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "bench/args.h"
#include "domain/report/daily.h"
#include "store/db.h"

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define ROUNDS_MAX 100
#define MS_PER_DAY 86400000LL

static struct policy policy;
static struct rng rng;

struct bench {
    struct db *db;
    struct arena *arena;
    struct err err;
    struct ctx ctx;
};

static void must(struct bench *b, enum ecode rc)
{
    if (rc == E_OK)
        return;
    fprintf(stderr, "day_bench: %s\n", b->ctx.err.text);
    exit(1);
}

static void begin(struct bench *b, enum db_txn kind)
{
    ctx_init(&b->ctx, b->db, b->arena, &policy, &rng, instant_now(), "bench");
    b->ctx.actor.role = ROLE_SYSTEM;
    must(b, db_begin(b->db, kind));
}

/* All that is to be counted; milliseconds. */
static double upkeep(struct bench *b)
{
    struct daily_batch batch;
    struct monotime began = monotime_now();
    do {
        arena_reset(b->arena);
        begin(b, DB_TXN_SNAPSHOT);
        must(b, daily_plan(&b->ctx, &batch));
        db_rollback(b->db);
        if (batch.count > 0 || batch.has_change) {
            begin(b, DB_TXN_WRITE);
            must(b, daily_store(&b->ctx, &batch));
            must(b, db_commit(b->db));
        }
    } while (batch.count > 0 || batch.has_change);
    return (double)(monotime_now().ns - began.ns) / 1e6;
}

static void change(struct bench *b, struct day day)
{
    struct instant noon = instant_from_ms((int64_t)day.n * MS_PER_DAY + MS_PER_DAY / 2);
    begin(b, DB_TXN_WRITE);
    must(b, daily_changed(&b->ctx, &(struct daily_span){true, noon, noon}));
    must(b, db_commit(b->db));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct bench b;
    static double took[ROUNDS_MAX];
    struct day day;
    if (argc != 4 || !day_parse(argv[2], strlen(argv[2]), &day)) {
        fprintf(stderr, "usage: day_bench URL DAY ROUNDS\n");
        return 2;
    }
    uint64_t rounds = args_count(argv[3]);
    CHECK(rounds <= ROUNDS_MAX);
    rng_init(&rng, 0);
    b.arena = arena_new(ARENA_BYTES);
    if (db_open(argv[1], DB_READWRITE, &b.db, &b.err) != E_OK) {
        fprintf(stderr, "day_bench: %s\n", b.err.text);
        return 1;
    }
    upkeep(&b);
    for (uint64_t i = 0; i < rounds; i++) {
        change(&b, day);
        took[i] = upkeep(&b);
    }
    qsort(took, rounds, sizeof *took, by_size);
    printf("%.2f\n", took[rounds / 2]);
    db_close(b.db);
    arena_free(b.arena);
    return 0;
}
