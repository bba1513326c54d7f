/*
 * Postings without habitd: the other side of the ratio on SQLite.
 *
 *   ledger_loop FILE PEOPLE SECONDS BATCH
 *
 * SQLite's own interface, two statements for random people's postings, BATCH to a transaction: the posting
 * with what its wallet will hold, and the wallet. No look for a key, no body hash, no savepoint. The same
 * tables and settings (WAL, synchronous=FULL, the store's cache and checkpoints). Prints postings per second.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/check.h"
#include "bench/args.h"
#include "base/instant.h"
#include "base/rng.h"
#include "bench/people.h"

#define RUN(db, sql) CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;
    CHECK(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK);
    return s;
}

static void step(sqlite3_stmt *s)
{
    CHECK(sqlite3_step(s) == SQLITE_DONE);
    sqlite3_reset(s);
}

int main(int argc, char **argv)
{
    static const uint8_t hash[32] = {1};
    if (argc != 5) {
        fprintf(stderr, "usage: ledger_loop FILE PEOPLE SECONDS BATCH\n");
        return 2;
    }
    uint64_t people = args_count(argv[2]), seconds = args_count(argv[3]), batch = args_count(argv[4]),
             done = 0;
    int64_t now = instant_now().ms;
    sqlite3 *db;
    struct rng rng;
    char key[64];
    rng_init(&rng, (uint64_t)now);
    CHECK(sqlite3_open(argv[1], &db) == SQLITE_OK);
    RUN(db, "PRAGMA busy_timeout=10000; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA cache_size=-8192; PRAGMA wal_autocheckpoint=10000; PRAGMA journal_size_limit=67108864");
    sqlite3_stmt *insert =
        prepare(db, "INSERT INTO balance_transactions (user_id, seq, kind, amount, balance_after,"
                    " idempotency_key, body_hash, actor, created_at)"
                    " SELECT user_id, seq + 1, 'topup', ?2, amount + ?2, ?3, ?4, 'user', ?5"
                    " FROM balances WHERE user_id = ?1");
    sqlite3_stmt *update = prepare(
        db, "UPDATE balances SET amount = amount + ?2, seq = seq + 1, updated_at = ?3 WHERE user_id = ?1");
    struct monotime start = monotime_now();
    double took;
    do {
        RUN(db, "BEGIN IMMEDIATE");
        for (uint64_t i = 0; i < batch; i++, done++) {
            struct uuid user = people_user(rng_below(&rng, people));
            int64_t amount = 1 + (int64_t)rng_below(&rng, 100000);
            int len = snprintf(key, sizeof key, "loop:%lld:%llu", (long long)now, (unsigned long long)done);
            sqlite3_bind_blob(insert, 1, user.b, sizeof user.b, SQLITE_STATIC);
            sqlite3_bind_int64(insert, 2, amount);
            sqlite3_bind_text(insert, 3, key, len, SQLITE_STATIC);
            sqlite3_bind_blob(insert, 4, hash, sizeof hash, SQLITE_STATIC);
            sqlite3_bind_int64(insert, 5, now);
            step(insert);
            CHECK(sqlite3_changes(db) == 1);
            sqlite3_bind_blob(update, 1, user.b, sizeof user.b, SQLITE_STATIC);
            sqlite3_bind_int64(update, 2, amount);
            sqlite3_bind_int64(update, 3, now);
            step(update);
        }
        RUN(db, "COMMIT");
        took = (double)(monotime_now().ns - start.ns) / 1e9;
    } while (took < (double)seconds);
    sqlite3_finalize(insert);
    sqlite3_finalize(update);
    CHECK(sqlite3_close(db) == SQLITE_OK);
    printf("%.0f\n", (double)done / took);
    return 0;
}
