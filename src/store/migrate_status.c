#include "store/migrate_internal.h"

#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "catalog.sql.h"

#define ARENA_MAX (4u << 20)
#define UNKNOWN_MAX 1000 /* versions of a newer program that are listed */

static enum ecode has_history(struct db *db, bool *present)
{
    struct stmt *s = db_query(db, &Q_catalog_has_table);
    stmt_bind_text(s, 1, "schema_migrations");
    enum ecode e = stmt_row(s);
    if (e != E_OK)
        return e;
    *present = stmt_bool(s, 0);
    stmt_end(s);
    return E_OK;
}

/* Fits one line of the history into the rows; a version that was already there is a broken table and cannot
 * be. */
static enum ecode take_row(struct stmt *s, struct db *db, struct migration_set set, struct arena *a,
                           struct migrate_row *rows, size_t *n)
{
    int64_t version = stmt_i64(s, 0);
    if (version < 1 || version > INT32_MAX || *n >= set.count + UNKNOWN_MAX)
        return err_set(db_err(db), E_CORRUPT, "schema_migrations holds version %lld", (long long)version);
    char sha[MIGRATE_SHA_TEXT];
    struct migrate_row row = {.version = (int)version, .applied = true, .applied_at = stmt_time(s, 3)};
    row.unknown = version > (int64_t)set.count;
    row.name = arena_strdup(a, stmt_text(s, 1));
    if (row.unknown) {
        rows[(*n)++] = row;
        return E_OK;
    }
    row.changed = strcmp(stmt_text(s, 2), migrate_sha(&set.items[version - 1], db_engine(db), sha)) != 0;
    rows[version - 1] = row;
    return E_OK;
}

enum ecode migrate_status(struct db *db, struct migration_set set, struct arena *a, struct migrate_row **rows,
                          size_t *n)
{
    CHECK(set.count <= MIGRATE_MAX);
    struct migrate_row *out = arena_array(a, set.count + UNKNOWN_MAX, sizeof *out);
    size_t count = set.count;
    for (size_t i = 0; i < set.count; i++) {
        CHECK(set.items[i].version == (int)i + 1);
        out[i] = (struct migrate_row){.version = set.items[i].version, .name = set.items[i].name};
    }
    bool present = false;
    enum ecode e = has_history(db, &present);
    if (e != E_OK)
        return e;
    if (present) {
        struct stmt *s = db_query(db, &Q_history_list);
        enum stmt_step step;
        while ((step = stmt_step(s)) == STMT_ROW) {
            e = take_row(s, db, set, a, out, &count);
            if (e != E_OK) {
                stmt_end(s);
                return e;
            }
        }
        if (step == STMT_ERROR)
            return db_err(db)->code;
    }
    *rows = out;
    *n = count;
    return E_OK;
}

/* The newest applied version; what this program knows of the history must not have gaps. */
static enum ecode fold(struct db *db, const struct migrate_row *rows, size_t n, struct migration_set set,
                       enum migrate_state *out, int *version)
{
    int newest = 0;
    bool changed = false;
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].applied)
            continue;
        if (!rows[i].unknown && rows[i].version != newest + 1)
            return err_reason(
                db_err(db), E_CORRUPT, "history_gap",
                "schema_migrations holds version %d and not %d; `habitd migrate stamp` repairs it",
                rows[i].version, newest + 1);
        newest = rows[i].version;
        changed = changed || rows[i].changed;
    }
    *version = newest;
    *out = newest > (int)set.count   ? MIGRATE_NEWER
           : changed                 ? MIGRATE_CHANGED
           : newest == 0             ? MIGRATE_EMPTY
           : newest < (int)set.count ? MIGRATE_OLDER
                                     : MIGRATE_CURRENT;
    return E_OK;
}

enum ecode migrate_state(struct db *db, struct migration_set set, enum migrate_state *out, int *version)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct migrate_row *rows;
    size_t n;
    enum ecode e = migrate_status(db, set, a, &rows, &n);
    if (e == E_OK)
        e = fold(db, rows, n, set, out, version);
    arena_free(a);
    return e;
}

enum ecode migrate_state_settled(struct db *db, struct migration_set set, struct duration wait,
                                 enum migrate_state *out, int *version)
{
    struct migrate_lock lock;
    enum ecode e = migrate_lock_take(db, wait, &lock);
    if (e != E_OK)
        return e;
    e = migrate_state(db, set, out, version);
    migrate_lock_drop(&lock);
    return e;
}
