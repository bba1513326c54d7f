#ifndef HABITD_STORE_MIGRATE_INTERNAL_H
#define HABITD_STORE_MIGRATE_INTERNAL_H

#include "store/migrate.h"

/* What the files of the migration runner share; nobody else includes it. */

struct arena;
struct buf;

#define MIGRATE_SHA_TEXT 65
#define MIGRATE_MAX 9999 /* versions have four digits */

/* The statements that make schema_migrations, from migrations/schema_migrations.*.sql. */
extern const char *const migrate_history_ddl[DB_ENGINES];

/* SHA-256 of an up file in lower-case hexadecimal; returns out. */
char *migrate_sha(const struct migration *m, enum db_engine engine, char out[MIGRATE_SHA_TEXT]);

/* The lock that one migrating process holds for its whole run. */
struct migrate_lock {
    struct db *db;
    int fd; /* of the lock file; -1: none (PostgreSQL, or a database in memory) */
    char *path;
};
/*
 * PostgreSQL: an advisory lock of the session and schema. SQLite: a lock on the file
 * "<database>-migrate.lock", which is removed again; the kernel lets go of it when the process dies. E_BUSY
 * when another process keeps it longer than `wait`.
 */
enum ecode migrate_lock_take(struct db *db, struct duration wait, struct migrate_lock *out);
/* Harmless on a zeroed one. */
void migrate_lock_drop(struct migrate_lock *l);
void migrate_sleep(struct duration d);

/* Refuses a newer database (E_CONFLICT) and a changed file (E_CORRUPT); writes the version that the database
 * is at. */
enum ecode migrate_check_history(struct db *db, struct migration_set set, int *at);

/* What is stored in the tables, to see what a down would lose: rows of every table and non-NULL values of
 * every column. */
struct migrate_content;
enum ecode migrate_content_read(struct db *db, struct arena *a, struct migrate_content **out);
/* Writes what `after` has less of than `before`, "" when nothing: "12 rows of idempotency, 3 values of
 * users.note". */
void migrate_content_lost(const struct migrate_content *before, const struct migrate_content *after,
                          struct buf *out);
/* PostgreSQL: keeps everybody else out of every table until the transaction ends. SQLite: nothing to do. */
enum ecode migrate_content_lock(struct db *db, struct arena *a);

/* Runs the statements of a text one by one; the error names the statement. */
enum ecode migrate_run_text(struct db *db, const char *sql);

#endif
