#include "store/migrate_internal.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "catalog.sql.h"
#include "store/partition.h"
#include "store/sql_text.h"

/*
 * One migration is one transaction. PostgreSQL takes its locks under a short lock_timeout, so that a
 * migration waiting behind a long reader does not make everybody else wait behind the migration; it gives up,
 * lets the others go on, and tries again.
 */
#define LOCK_TIMEOUT_MS 2000
#define LOCK_PAUSE_MS 200
#define LOCK_TRIES 15
#define ARENA_MAX (64u << 20)
#define LOST_MAX 360 /* bytes of the error's text for what would be lost */

char *migrate_sha(const struct migration *m, enum db_engine engine, char out[MIGRATE_SHA_TEXT])
{
    uint8_t sum[SHA256_LEN];
    sha256(m->sql[engine].up, strlen(m->sql[engine].up), sum);
    return hex_encode(sum, sizeof sum, out);
}

struct migration_set migration_set_embedded(void)
{
    return (struct migration_set){migrations, migrations_count};
}

enum ecode migrate_run_text(struct db *db, const char *sql)
{
    const char *at = sql, *start;
    size_t len;
    enum ecode e = E_OK;
    for (int n = 1; e == E_OK && sql_split(&at, db_engine(db), &start, &len); n++) {
        char *one = strndup(start, len);
        CHECK(one != NULL);
        e = db_exec(db, one);
        if (e != E_OK)
            err_wrap(db_err(db), "statement %d (%.60s)", n, one);
        free(one);
    }
    return e;
}

/* One step of a run: a migration in one direction. */
struct step {
    const struct migration *m;
    bool up;
    const struct migrate_options *o;
};

/* The version inside the transaction must be what the step starts from: whoever changed it without our lock
 * is believed. */
static enum ecode check_start(struct db *db, struct migration_set set, const struct step *step)
{
    int at = 0;
    enum migrate_state state;
    enum ecode e = migrate_state(db, set, &state, &at);
    if (e == E_OK && at != step->m->version - (step->up ? 1 : 0))
        e = err_set(db_err(db), E_CONFLICT, "the database went to version %d while migrating", at);
    return e;
}

static enum ecode record(struct db *db, const struct step *step)
{
    char sha[MIGRATE_SHA_TEXT];
    if (!step->up) {
        struct stmt *s = db_query(db, &Q_history_cut);
        stmt_bind_i64(s, 1, step->m->version - 1);
        return stmt_run(s);
    }
    struct stmt *s = db_query(db, &Q_history_add);
    stmt_bind_i64(s, 1, step->m->version);
    stmt_bind_text(s, 2, step->m->name);
    stmt_bind_text(s, 3, migrate_sha(step->m, db_engine(db), sha));
    stmt_bind_time(s, 4, step->o->now);
    return stmt_run(s);
}

/* Refuses rows whose foreign key points nowhere: a migration runs with enforcement off on SQLite, so that it
 * can rebuild tables. */
static enum ecode check_orphans(struct db *db)
{
    if (db_engine(db) != DB_SQLITE)
        return E_OK;
    struct stmt *s = db_query(db, &Q_catalog_sqlite_orphans);
    enum ecode e = stmt_row(s);
    if (e == E_NOT_FOUND)
        return E_OK;
    if (e != E_OK)
        return e;
    e = err_set(db_err(db), E_FOREIGN, "%lld rows of %s point to no row of %s", (long long)stmt_i64(s, 2),
                stmt_text(s, 0), stmt_text(s, 1));
    stmt_end(s);
    return e;
}

static enum ecode refuse_loss(struct db *db, const struct migration *m, const struct buf *lost)
{
    bool cut = lost->len > LOST_MAX;
    return err_reason(db_err(db), E_CONFLICT, "would_lose_data", "going down from %d (%s) would lose %.*s%s",
                      m->version, m->name, LOST_MAX, buf_text(lost), cut ? " …" : "");
}

/* A down's statements between two counts of everything, unless the caller agreed to lose data. */
static enum ecode run_down(struct db *db, const struct step *step)
{
    const char *sql = step->m->sql[db_engine(db)].down;
    if (step->o->lose_data)
        return migrate_run_text(db, sql);
    struct arena *a = arena_new(ARENA_MAX);
    struct buf lost;
    buf_init(&lost, ARENA_MAX);
    struct migrate_content *before, *after;
    enum ecode e = migrate_content_lock(db, a);
    if (e == E_OK)
        e = migrate_content_read(db, a, &before);
    if (e == E_OK)
        e = migrate_run_text(db, sql);
    if (e == E_OK)
        e = migrate_content_read(db, a, &after);
    if (e == E_OK) {
        migrate_content_lost(before, after, &lost);
        if (lost.len > 0)
            e = refuse_loss(db, step->m, &lost);
    }
    buf_release(&lost);
    arena_free(a);
    return e;
}

static enum ecode ensure_history(struct db *db)
{
    struct stmt *s = db_query(db, &Q_catalog_has_table);
    stmt_bind_text(s, 1, "schema_migrations");
    enum ecode e = stmt_row(s);
    if (e != E_OK)
        return e;
    bool present = stmt_bool(s, 0);
    stmt_end(s);
    return present ? E_OK : migrate_run_text(db, migrate_history_ddl[db_engine(db)]);
}

static enum ecode set_lock_timeout(struct db *db)
{
    struct stmt *s;
    if (db_engine(db) != DB_POSTGRES)
        return E_OK;
    s = db_query(db, &Q_lock_timeout_local);
    stmt_bind_i64(s, 1, LOCK_TIMEOUT_MS);
    return stmt_run(s);
}

static enum ecode run_in_transaction(struct db *db, struct migration_set set, const struct step *step)
{
    enum ecode e = db_begin(db, DB_TXN_WRITE);
    if (e != E_OK)
        return e;
    e = set_lock_timeout(db);
    if (e == E_OK)
        e = ensure_history(db);
    if (e == E_OK)
        e = check_start(db, set, step);
    if (e == E_OK)
        e = step->up ? migrate_run_text(db, step->m->sql[db_engine(db)].up) : run_down(db, step);
    if (e == E_OK)
        e = record(db, step);
    if (e == E_OK)
        e = check_orphans(db);
    if (e != E_OK) {
        db_rollback(db);
        return e;
    }
    return db_commit(db);
}

/* SQLite cannot change its foreign key enforcement inside a transaction. */
static enum ecode enforce_foreign_keys(struct db *db, bool on)
{
    if (db_engine(db) != DB_SQLITE)
        return E_OK;
    return db_exec(db, on ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
}

static enum ecode run_step(struct db *db, struct migration_set set, const struct step *step)
{
    enum ecode e = E_OK;
    for (int tries = 1;; tries++) {
        e = enforce_foreign_keys(db, false);
        if (e != E_OK)
            return e;
        e = run_in_transaction(db, set, step);
        if (!db_is_lost(db)) {
            struct err keep = *db_err(db);
            enum ecode on = enforce_foreign_keys(db, true);
            if (e == E_OK && on != E_OK)
                return on;
            *db_err(db) = keep;
        }
        bool again = db_engine(db) == DB_POSTGRES && (e == E_BUSY || e == E_RETRY);
        if (!again || tries == LOCK_TRIES) /* SQLite has waited its busy timeout already */
            break;
        migrate_sleep(duration_ms(LOCK_PAUSE_MS * tries));
    }
    if (e != E_OK)
        err_wrap(db_err(db), "migration %04d_%s %s", step->m->version, step->m->name,
                 step->up ? "up" : "down");
    return e;
}

enum ecode migrate_check_history(struct db *db, struct migration_set set, int *at)
{
    enum migrate_state state;
    enum ecode e = migrate_state(db, set, &state, at);
    if (e != E_OK)
        return e;
    if (state == MIGRATE_NEWER)
        return err_reason(db_err(db), E_CONFLICT, "schema_newer",
                          "the database is at version %d and this program knows %zu: a newer habitd has been "
                          "here, use that one",
                          *at, set.count);
    if (state == MIGRATE_CHANGED)
        return err_reason(db_err(db), E_CORRUPT, "checksum_changed",
                          "an applied migration is not the one of this program; see `habitd migrate status`");
    return E_OK;
}

static enum ecode run_all(struct db *db, struct migration_set set, const struct migrate_options *o, bool up,
                          int *steps)
{
    int at, target = o->to;
    enum ecode e = migrate_check_history(db, set, &at);
    if (e != E_OK)
        return e;
    if (up && target < 0)
        target = (int)set.count;
    if (target < 0 || target > (int)set.count)
        return err_field(db_err(db), "to", "there is no version %d, the newest is %zu", target, set.count);
    if (up ? target < at : target > at)
        return err_field(db_err(db), "to", "the database is at version %d already; use `migrate %s`", at,
                         up ? "down" : "up");
    while (at != target && e == E_OK) {
        struct step step = {&set.items[up ? at : at - 1], up, o};
        e = run_step(db, set, &step);
        if (e != E_OK)
            break;
        at += up ? 1 : -1;
        ++*steps;
        if (o->progress != NULL)
            o->progress(o->arg, step.m->version, step.m->name, up);
    }
    return e;
}

static enum ecode run_locked(struct db *db, struct migration_set set, const struct migrate_options *o,
                             bool up, int *steps)
{
    CHECK(!db_in_txn(db));
    struct migrate_lock lock;
    enum ecode e = migrate_lock_take(db, o->wait, &lock);
    if (e != E_OK)
        return e;
    int done = 0;
    e = run_all(db, set, o, up, &done);
    if (e == E_OK && up) {
        int made;
        struct day today = day_of((int32_t)(o->now.ms / 86400000));
        e = partition_ensure(db, today, &made);
    }
    migrate_lock_drop(&lock);
    if (e == E_OK && steps != NULL)
        *steps = done;
    return e;
}

enum ecode migrate_up(struct db *db, struct migration_set set, const struct migrate_options *o, int *steps)
{
    return run_locked(db, set, o, true, steps);
}

enum ecode migrate_down(struct db *db, struct migration_set set, const struct migrate_options *o, int *steps)
{
    return run_locked(db, set, o, false, steps);
}

static enum ecode stamp_all(struct db *db, struct migration_set set, int v, struct instant now)
{
    enum db_engine engine = db_engine(db);
    enum ecode e = ensure_history(db);
    for (int i = 0; i < v && e == E_OK; i++) {
        char sha[MIGRATE_SHA_TEXT];
        struct stmt *s = db_query(db, &Q_history_put);
        stmt_bind_i64(s, 1, set.items[i].version);
        stmt_bind_text(s, 2, set.items[i].name);
        stmt_bind_text(s, 3, migrate_sha(&set.items[i], engine, sha));
        stmt_bind_time(s, 4, now);
        e = stmt_run(s);
    }
    if (e != E_OK)
        return e;
    struct stmt *s = db_query(db, &Q_history_cut);
    stmt_bind_i64(s, 1, v);
    return stmt_run(s);
}

enum ecode migrate_stamp(struct db *db, struct migration_set set, int v, struct duration wait,
                         struct instant now)
{
    if (v < 0 || v > (int)set.count)
        return err_field(db_err(db), "version", "there is no version %d, the newest is %zu", v, set.count);
    struct migrate_lock lock;
    enum ecode e = migrate_lock_take(db, wait, &lock);
    if (e != E_OK)
        return e;
    e = db_begin(db, DB_TXN_WRITE);
    if (e == E_OK) {
        e = stamp_all(db, set, v, now);
        if (e == E_OK)
            e = db_commit(db);
        else
            db_rollback(db);
    }
    migrate_lock_drop(&lock);
    return e;
}
