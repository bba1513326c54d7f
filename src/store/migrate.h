#ifndef HABITD_STORE_MIGRATE_H
#define HABITD_STORE_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "store/db.h"

/*
 * Schema versions. The files of migrations/ (NNNN_name.{sqlite,postgres}.{up,down}.sql) are embedded in the
 * binary; the applied ones stand in schema_migrations(version, name, sha256, applied_at) with the hash of the
 * up file. Each migration is one transaction together with its row. One process migrates at a time, on both
 * engines.
 */
struct migration {
    int version;
    const char *name;
    struct {
        const char *up, *down;
    } sql[DB_ENGINES];
};

/* Made by script/embed-migrations.py, ascending from 1 without gaps. */
extern const struct migration migrations[];
extern const size_t migrations_count;

/* A set of migrations to work with; tests bring their own. */
struct migration_set {
    const struct migration *items;
    size_t count;
};
struct migration_set migration_set_embedded(void);

enum migrate_state {
    MIGRATE_CURRENT, /* database and program are of one version */
    MIGRATE_EMPTY,   /* no table of habitd yet */
    MIGRATE_OLDER,   /* `habitd migrate up` is needed */
    MIGRATE_NEWER,   /* a newer habitd has been here */
    MIGRATE_CHANGED  /* an applied file's checksum is not the program's */
};

struct migrate_row {
    int version;
    const char *name; /* arena */
    bool applied;
    bool changed; /* checksum differs from the embedded file's */
    bool unknown; /* applied, and not in this program */
    struct instant applied_at;
};

struct arena;

/* The state, and the version the database is at (0 when empty). */
enum ecode migrate_state(struct db *db, struct migration_set set, enum migrate_state *out, int *version);
/*
 * The same at a moment when no process migrates: what migrate_state sees between two steps of another one
 * looks like an old database. E_BUSY when that one takes longer than `wait`.
 */
enum ecode migrate_state_settled(struct db *db, struct migration_set set, struct duration wait,
                                 enum migrate_state *out, int *version);
/* Every known or applied version, ascending; rows in the arena. */
enum ecode migrate_status(struct db *db, struct migration_set set, struct arena *a, struct migrate_row **rows,
                          size_t *n);

struct migrate_options {
    int to;               /* the version to reach; -1: the newest for up */
    bool lose_data;       /* down: also when rows would be dropped */
    struct duration wait; /* how long to wait for another process that migrates */
    void (*progress)(void *arg, int version, const char *name, bool up); /* after each one; may be NULL */
    void *arg;
    struct instant now;
};

/*
 * Applies or reverts until `to`. E_BUSY: another process holds the lock (exit 5). E_CORRUPT: an applied
 * checksum differs (exit 4). E_CONFLICT: the database is newer than the program, or down would drop rows (the
 * text names table and count). *steps is how many were run. Ensures the partitions at the end of up
 * (partition.h).
 */
enum ecode migrate_up(struct db *db, struct migration_set set, const struct migrate_options *o, int *steps);
enum ecode migrate_down(struct db *db, struct migration_set set, const struct migrate_options *o, int *steps);
/*
 * Makes the history say that exactly the versions up to v are applied, with this program's checksums, without
 * running anything: for a schema made by hand, or to accept a changed file. E_BUSY as above; E_INVALID when
 * there is no such version.
 */
enum ecode migrate_stamp(struct db *db, struct migration_set set, int v, struct duration wait,
                         struct instant now);

/*
 * The SQL that goes from version `from` to `to`, up or down, for psql or sqlite3: each migration between
 * BEGIN and COMMIT together with its row of schema_migrations. E_INVALID when a version does not exist.
 */
struct buf;
enum ecode migrate_sql(enum db_engine engine, struct migration_set set, int from, int to, struct buf *out,
                       struct err *err);

/*
 * Writes the four files of the next version into `folder` from a template; names[i] (arena) are their paths.
 * E_INVALID: the name is not lower_snake_case; E_NOT_FOUND: the folder is no migrations folder of a source
 * checkout; E_CONFLICT: a file is there already.
 */
enum ecode migrate_new(const char *folder, const char *name, struct arena *a, const char *names[4],
                       struct err *err);

/*
 * Drift: compares the live schema with one built from the files up to the database's version, in memory on
 * SQLite, and on PostgreSQL in a scratch schema that lives in one transaction which is rolled back, so that
 * nothing of it is left even after a crash. *drift lists the differences, one a line: "- " what should be
 * there, "+ " what is; "" when there are none. Partitions are left out. Takes the migration lock: E_BUSY,
 * E_CORRUPT and E_CONFLICT as migrate_up.
 */
enum ecode migrate_verify(struct db *db, struct migration_set set, struct duration wait, struct arena *a,
                          const char **drift);

/*
 * A canonical text of every table, column, constraint, index, trigger and view, one a line, sorted;
 * partitions, sqlite_* and schema_migrations left out. Two schemas are the same when their texts are.
 */
enum ecode migrate_describe(struct db *db, struct arena *a, const char **out);

/*
 * Renames a table by proved copy, in the caller's transaction (source document, risk 6): creates `new_table`
 * from create_sql, copies the named columns, compares row count and a checksum over the values of every
 * copied column, points the other tables' foreign keys to the new table, looks for orphans, and drops the old
 * one. Foreign keys of SQLite must be off (they are inside a migration). E_CONFLICT with the difference in
 * the text when the proof fails; nothing is changed then (the caller rolls back).
 */
struct rename_step {
    const char *old_table;
    const char *new_table;
    const char *create_sql;        /* the new table with its constraints, indexes and comments */
    const char *const *columns;    /* NULL-ended; same names in both tables */
    const char *const *references; /* NULL-ended; each a SELECT count(*) of orphans, asked when only the new
                                      table is there */
};
enum ecode migrate_rename_table(struct db *db, const struct rename_step *step);

#endif
