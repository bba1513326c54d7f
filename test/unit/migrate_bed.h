#ifndef HABITD_TEST_MIGRATE_BED_H
#define HABITD_TEST_MIGRATE_BED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "store/db.h"
#include "store/migrate.h"

/*
 * An empty database for migration tests: an SQLite file in a temporary folder, or a schema of its own in the
 * PostgreSQL database that HABITD_TEST_PG_URL names; with a connection and an arena. Whatever fails ends the
 * test.
 */
struct arena;
struct migrate_bed {
    enum db_engine engine;
    char dir[64];
    char schema[64];
    char url[1024];
    struct db *db;
    struct err err;
    struct arena *arena;
    struct migrate_bed_shape *shape; /* NULL: the place goes with the bed */
};

/* False when the engine is PostgreSQL and there is no server to test with. */
bool migrate_bed_init(struct migrate_bed *b, enum db_engine engine);
void migrate_bed_release(struct migrate_bed *b);
/*
 * The same for tests that leave nothing behind, since making the tables takes longer than most of them: the
 * place that an earlier bed of this program had, with its tables (*shaped), or a new one; whoever gets a new
 * one makes the tables and calls migrate_bed_shaped. migrate_bed_release then keeps the place for the next
 * taker, unless a table or a row is there that was not. What is kept goes when the program ends.
 */
bool migrate_bed_take(struct migrate_bed *b, enum db_engine engine, bool *shaped);
void migrate_bed_shaped(struct migrate_bed *b);
/* Forgets everything in the database. */
void migrate_bed_empty(struct migrate_bed *b);
struct db *migrate_bed_connect(const struct migrate_bed *b, struct err *err);

void migrate_bed_sql(struct migrate_bed *b, const char *sql);
int64_t migrate_bed_number(struct migrate_bed *b, const char *sql);
const char *migrate_bed_describe(struct migrate_bed *b);
int migrate_bed_version(struct migrate_bed *b, struct migration_set set);
/* Both return the code; the text is in b->err. */
enum ecode migrate_bed_up(struct migrate_bed *b, struct migration_set set, int to);
enum ecode migrate_bed_down(struct migrate_bed *b, struct migration_set set, int to, bool lose_data);

/* Starts migrate_tool, which lies beside this program: command, the bed's URL, argument (may be NULL); fault
 * as HABITD_FAULT, or NULL. */
pid_t migrate_tool_start(const struct migrate_bed *b, const char *command, const char *argument,
                         const char *fault);
/* Its exit code, or 128 + the signal that ended it. */
int migrate_tool_wait(pid_t pid);

/* Runs a test's body for both engines. */
#define FOR_EACH_ENGINE(b)                                                                                   \
    for (int engine_ = 0; engine_ < DB_ENGINES; engine_++)                                                   \
        for (bool once_ = migrate_bed_init(&(b), (enum db_engine)engine_); once_;                            \
             once_ = false, migrate_bed_release(&(b)))

#endif
