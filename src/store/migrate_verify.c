#include "store/migrate_internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "catalog.sql.h"
#include "store/sql_text.h"

#define DRIFT_MAX (4u << 20)

static enum ecode build(struct db *db, struct migration_set set, int version)
{
    enum ecode e = E_OK;
    for (int i = 0; i < version && e == E_OK; i++) {
        e = migrate_run_text(db, set.items[i].sql[db_engine(db)].up);
        if (e != E_OK)
            err_wrap(db_err(db), "building version %d for comparison", i + 1);
    }
    return e;
}

static enum ecode scratch_sqlite(struct db *live, struct migration_set set, int version, struct arena *a,
                                 const char **out)
{
    struct db *db;
    enum ecode e = db_open("sqlite::memory:", DB_READWRITE, &db, db_err(live));
    if (e != E_OK)
        return e;
    e = db_exec(db, "PRAGMA foreign_keys = OFF");
    if (e == E_OK)
        e = db_begin(db, DB_TXN_WRITE);
    if (e == E_OK)
        e = build(db, set, version);
    if (e == E_OK)
        e = migrate_describe(db, a, out);
    db_close(db);
    return e;
}

static enum ecode enter_scratch(struct db *db, const char *schema)
{
    struct buf b;
    buf_init(&b, 1024);
    buf_printf(&b, "CREATE SCHEMA %s; SET LOCAL search_path TO %s", schema, schema);
    enum ecode e = migrate_run_text(db, buf_text(&b));
    buf_release(&b);
    return e;
}

/* The whole scratch schema lives in a transaction that is rolled back: a crash leaves nothing, and nobody
 * else ever sees it. */
static enum ecode scratch_postgres(struct db *db, struct migration_set set, int version, struct arena *a,
                                   const char **out)
{
    char schema[64];
    snprintf(schema, sizeof schema, "habitd_scratch_%ld_%lld", (long)getpid(), (long long)monotime_now().ns);
    enum ecode e = db_begin(db, DB_TXN_WRITE);
    if (e != E_OK)
        return e;
    e = enter_scratch(db, schema);
    if (e == E_OK)
        e = build(db, set, version);
    if (e == E_OK)
        e = migrate_describe(db, a, out);
    db_rollback(db);
    return e;
}

static size_t line_length(const char *p)
{
    return strcspn(p, "\n");
}

static int compare_line(const char *a, const char *b)
{
    size_t n = line_length(a), m = line_length(b);
    int c = memcmp(a, b, n < m ? n : m);
    return c != 0 ? c : (n > m) - (n < m);
}

static const char *take_line(struct buf *out, const char *mark, const char *p)
{
    size_t n = line_length(p);
    if (mark != NULL) {
        buf_str(out, mark);
        buf_add(out, p, n);
        buf_char(out, '\n');
    }
    return p[n] == '\n' ? p + n + 1 : p + n;
}

/* Merges two sorted texts. */
static void diff(const char *expected, const char *live, struct buf *out)
{
    while (*expected != '\0' || *live != '\0') {
        int c = *expected == '\0' ? 1 : *live == '\0' ? -1 : compare_line(expected, live);
        if (c <= 0)
            expected = take_line(out, c < 0 ? "- " : NULL, expected);
        if (c >= 0)
            live = take_line(out, c > 0 ? "+ " : NULL, live);
    }
}

static enum ecode verify_locked(struct db *db, struct migration_set set, struct arena *a, const char **drift)
{
    int version;
    const char *live, *expected;
    enum ecode e = migrate_check_history(db, set, &version);
    if (e == E_OK)
        e = migrate_describe(db, a, &live);
    if (e == E_OK)
        e = db_engine(db) == DB_POSTGRES ? scratch_postgres(db, set, version, a, &expected)
                                         : scratch_sqlite(db, set, version, a, &expected);
    if (e != E_OK)
        return e;
    struct buf b;
    buf_init(&b, DRIFT_MAX);
    diff(expected, live, &b);
    *drift = arena_strdup(a, buf_text(&b));
    buf_release(&b);
    return E_OK;
}

enum ecode migrate_verify(struct db *db, struct migration_set set, struct duration wait, struct arena *a,
                          const char **drift)
{
    CHECK(!db_in_txn(db));
    struct migrate_lock lock;
    enum ecode e = migrate_lock_take(db, wait, &lock);
    if (e != E_OK)
        return e;
    e = verify_locked(db, set, a, drift);
    migrate_lock_drop(&lock);
    return e;
}
