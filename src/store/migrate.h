#ifndef HABITD_STORE_MIGRATE_H
#define HABITD_STORE_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "store/db.h"

/*
 * Schema versions. The files of migrations/ (NNNN_name.{sqlite,postgres}.{up,down}.sql) are embedded in the binary; the applied ones stand in
 * schema_migrations(version, name, sha256, applied_at) with the hash of the up file. Each migration is one
 * transaction together with its row. One process migrates at a time, on both engines.
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
    MIGRATE_CURRENT,  /* database and program are of one version */
    MIGRATE_EMPTY,    /* no table of habitd yet */
    MIGRATE_OLDER,    /* `habitd migrate up` is needed */
    MIGRATE_NEWER,    /* a newer habitd has been here */
    MIGRATE_CHANGED   /* an applied file's checksum is not the program's */
};

struct migrate_row {
    int version;
    const char *name;  /* arena */
    bool applied;
    bool changed;      /* checksum differs from the embedded file's */
    bool unknown;      /* applied, and not in this program */
    struct instant applied_at;
};

struct arena;

/* The state, and the version the database is at (0 when empty). */
enum ecode migrate_state(struct db *db, struct migration_set set, enum migrate_state *out, int *version);
/* Every known or applied version, ascending; rows in the arena. */
enum ecode migrate_status(struct db *db, struct migration_set set, struct arena *a, struct migrate_row **rows, size_t *n);

struct migrate_options {
    int to;              /* the version to reach; -1: the newest for up */
    bool lose_data;      /* down: also when rows would be dropped */
    struct duration wait;/* how long to wait for another process that migrates */
    void (*progress)(void *arg, int version, const char *name, bool up); /* may be NULL */
    void *arg;
    struct instant now;
};

/*
 * Applies or reverts until `to`. E_BUSY: another process holds the lock (exit 5). E_CORRUPT: an applied checksum differs (exit 4).
 * E_CONFLICT: the database is newer than the program, or down would drop rows (the text names table and count).
 * *steps is how many were run. Ensures the partitions at the end of up (partition.h).
 */
enum ecode migrate_up(struct db *db, struct migration_set set, const struct migrate_options *o, int *steps);
enum ecode migrate_down(struct db *db, struct migration_set set, const struct migrate_options *o, int *steps);
/* Records versions up to v as applied without running them (an empty history only, or to repair one). */
enum ecode migrate_stamp(struct db *db, struct migration_set set, int v, struct instant now);

/*
 * Drift: compares the live schema with one built from the files in a scratch database (SQLite: memory; PostgreSQL: a scratch schema that is dropped
 * again). *drift lists the differences, one a line, "" when there are none; partitions are left out.
 */
enum ecode migrate_verify(struct db *db, struct migration_set set, struct arena *a, const char **drift);

/*
 * A canonical text of every table, column, constraint, index, trigger and view, one a line, sorted; partitions, sqlite_* and schema_migrations left
 * out. Two schemas are the same when their texts are.
 */
enum ecode migrate_describe(struct db *db, struct arena *a, const char **out);

/*
 * Renames a table by proved copy, in the caller's transaction (source document, risk 6): creates `new_table` from create_sql, copies the named columns,
 * compares row count, a checksum over the canonical values of every copied column, and orphans against each reference, then drops the old one.
 * E_CONFLICT with the difference in the text when the proof fails; nothing is changed then (the caller rolls back).
 */
struct rename_step {
    const char *old_table;
    const char *new_table;
    const char *create_sql;
    const char *const *columns;      /* NULL-ended; same names in both tables */
    const char *const *references;   /* NULL-ended SQL conditions naming orphans of the new table, each a full SELECT count(*) … */
};
enum ecode migrate_rename_table(struct db *db, const struct rename_step *step);

#endif
