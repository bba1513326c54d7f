#include "store/migrate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "catalog.sql.h"
#include "store/sql_text.h"

#define SQL_MAX (1u << 20)
#define ARENA_MAX (16u << 20)
#define FETCH_ROWS 5000

/*
 * What a table holds, whatever the order of its rows: their number and two sums of 64-bit pieces of each
 * row's SHA-256. Equal rows count as often as they are there.
 */
struct digest {
    int64_t rows;
    uint64_t sum[2];
    size_t fetched; /* by the last FETCH */
    struct buf row;
};

static void digest_row(void *arg, int ncols, const char *const *values)
{
    struct digest *d = arg;
    buf_clear(&d->row);
    for (int i = 0; i < ncols; i++) {
        uint64_t n = values[i] ? strlen(values[i]) : UINT64_MAX; /* NULL is no text of any length */
        buf_add(&d->row, &n, sizeof n);
        buf_add(&d->row, values[i], values[i] ? n : 0);
    }
    CHECK(!buf_overflowed(&d->row));
    uint8_t hash[SHA256_LEN];
    uint64_t piece[2];
    sha256(d->row.data, d->row.len, hash);
    memcpy(piece, hash, sizeof piece);
    d->sum[0] += piece[0];
    d->sum[1] += piece[1];
    d->rows++;
    d->fetched++;
}

/* A list of the columns; on SQLite the quoted form tells types apart, PostgreSQL's types are the columns'. */
static void add_columns(struct buf *b, const char *const *columns, const char *before, const char *after)
{
    for (size_t i = 0; columns[i] != NULL; i++) {
        buf_str(b, i > 0 ? ", " : "");
        buf_str(b, before);
        sql_add_name(b, columns[i]);
        buf_str(b, after);
    }
}

/* Through a cursor on PostgreSQL, whose result would else be held in memory as a whole. */
static enum ecode fetch_all(struct db *db, const char *select, struct digest *d)
{
    if (db_engine(db) == DB_SQLITE)
        return db_exec_rows(db, select, digest_row, d);
    char *declare, *fetch;
    CHECK(asprintf(&declare, "DECLARE habitd_rename NO SCROLL CURSOR FOR %s", select) >= 0);
    CHECK(asprintf(&fetch, "FETCH FORWARD %d FROM habitd_rename", FETCH_ROWS) >= 0);
    enum ecode e = db_exec(db, declare);
    do {
        d->fetched = 0;
        if (e == E_OK)
            e = db_exec_rows(db, fetch, digest_row, d);
    } while (e == E_OK && d->fetched > 0);
    if (e == E_OK)
        e = db_exec(db, "CLOSE habitd_rename");
    free(declare);
    free(fetch);
    return e;
}

static enum ecode digest_table(struct db *db, const char *table, const char *const *columns,
                               struct digest *out)
{
    bool sqlite = db_engine(db) == DB_SQLITE;
    struct digest d = {0};
    struct buf b;
    buf_init(&b, SQL_MAX);
    buf_init(&d.row, 64u << 20);
    buf_str(&b, "SELECT ");
    add_columns(&b, columns, sqlite ? "quote(" : "CAST(", sqlite ? ")" : " AS text)");
    buf_str(&b, " FROM ");
    sql_add_name(&b, table);
    enum ecode e = fetch_all(db, buf_text(&b), &d);
    buf_release(&b);
    buf_release(&d.row);
    if (e == E_OK)
        *out = d;
    return e;
}

static enum ecode copy_rows(struct db *db, const struct rename_step *step)
{
    struct buf b;
    buf_init(&b, SQL_MAX);
    buf_str(&b, "INSERT INTO ");
    sql_add_name(&b, step->new_table);
    buf_str(&b, " (");
    add_columns(&b, step->columns, "", "");
    buf_str(&b, ") SELECT ");
    add_columns(&b, step->columns, "", "");
    buf_str(&b, " FROM ");
    sql_add_name(&b, step->old_table);
    enum ecode e = migrate_run_text(db, buf_text(&b));
    buf_release(&b);
    return e;
}

static enum ecode compare(struct db *db, const struct rename_step *step)
{
    struct digest old, new;
    enum ecode e = digest_table(db, step->old_table, step->columns, &old);
    if (e == E_OK)
        e = digest_table(db, step->new_table, step->columns, &new);
    if (e != E_OK)
        return e;
    if (old.rows != new.rows)
        return err_reason(db_err(db), E_CONFLICT, "copy_differs", "%s has %lld rows and its copy %s %lld",
                          step->old_table, (long long)old.rows, step->new_table, (long long)new.rows);
    if (memcmp(old.sum, new.sum, sizeof old.sum) != 0)
        return err_reason(db_err(db), E_CONFLICT, "copy_differs",
                          "the checksums of %s and its copy %s over %lld rows differ", step->old_table,
                          step->new_table, (long long)old.rows);
    return E_OK;
}

struct foreign_key {
    const char *child, *name, *definition;
};

#define FOREIGN_KEYS_MAX 64

static enum ecode list_foreign_keys(struct db *db, const char *table, struct arena *a,
                                    struct foreign_key *out, size_t *n)
{
    struct stmt *s = db_query(db, &Q_catalog_foreign_keys_to);
    stmt_bind_text(s, 1, table);
    enum stmt_step step;
    *n = 0;
    while ((step = stmt_step(s)) == STMT_ROW) {
        CHECK(*n < FOREIGN_KEYS_MAX);
        out[(*n)++] = (struct foreign_key){arena_strdup(a, stmt_text(s, 0)), arena_strdup(a, stmt_text(s, 1)),
                                           arena_strdup(a, stmt_text(s, 2))};
    }
    return step == STMT_DONE ? E_OK : db_err(db)->code;
}

/* A definition's text with the table behind REFERENCES exchanged; adding the constraint again checks every
 * row of the child. */
static enum ecode move_foreign_key(struct db *db, const struct rename_step *step, const struct foreign_key *k)
{
    const char *at = k->definition;
    struct sql_token t;
    do
        t = sql_next(&at, DB_POSTGRES);
    while (t.kind != SQL_END && !sql_is(t, "references"));
    const char *behind = strchr(at, '(');
    CHECK(t.kind != SQL_END && behind != NULL);
    struct buf b;
    buf_init(&b, SQL_MAX);
    buf_str(&b, "ALTER TABLE ");
    sql_add_name(&b, k->child);
    buf_str(&b, " DROP CONSTRAINT ");
    sql_add_name(&b, k->name);
    buf_str(&b, "; ALTER TABLE ");
    sql_add_name(&b, k->child);
    buf_str(&b, " ADD CONSTRAINT ");
    sql_add_name(&b, k->name);
    buf_char(&b, ' ');
    buf_add(&b, k->definition, (size_t)(at - k->definition));
    buf_char(&b, ' ');
    sql_add_name(&b, step->new_table);
    buf_char(&b, ' ');
    buf_str(&b, behind);
    enum ecode e = migrate_run_text(db, buf_text(&b));
    buf_release(&b);
    return e;
}

static enum ecode drop_old_postgres(struct db *db, const struct rename_step *step, const char *drop)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct foreign_key keys[FOREIGN_KEYS_MAX];
    size_t n;
    enum ecode e = list_foreign_keys(db, step->old_table, a, keys, &n);
    for (size_t i = 0; i < n && e == E_OK; i++)
        e = move_foreign_key(db, step, &keys[i]);
    if (e == E_OK)
        e = migrate_run_text(db, drop);
    arena_free(a);
    return e;
}

/*
 * SQLite keeps the parent's name in the child's text and rewrites it when the parent is renamed: the new
 * table takes the old name, which the children mean already, and then its own, and they follow.
 */
static enum ecode drop_old_sqlite(struct db *db, const struct rename_step *step, const char *drop)
{
    struct buf b;
    buf_init(&b, SQL_MAX);
    const char *const from[] = {step->new_table, step->old_table}, *const to[] = {step->old_table,
                                                                                  step->new_table};
    buf_str(&b, drop);
    for (int i = 0; i < 2; i++) {
        buf_str(&b, "; ALTER TABLE ");
        sql_add_name(&b, from[i]);
        buf_str(&b, " RENAME TO ");
        sql_add_name(&b, to[i]);
    }
    enum ecode e = migrate_run_text(db, buf_text(&b));
    buf_release(&b);
    return e;
}

static enum ecode drop_old(struct db *db, const struct rename_step *step)
{
    struct buf b;
    buf_init(&b, SQL_MAX);
    buf_str(&b, "DROP TABLE ");
    sql_add_name(&b, step->old_table);
    enum ecode e = db_engine(db) == DB_POSTGRES ? drop_old_postgres(db, step, buf_text(&b))
                                                : drop_old_sqlite(db, step, buf_text(&b));
    buf_release(&b);
    return e;
}

static void take_count(void *arg, int ncols, const char *const *values)
{
    CHECK(ncols == 1 && values[0] != NULL);
    *(int64_t *)arg += strtoll(values[0], NULL, 10);
}

static enum ecode check_orphans(struct db *db, const struct rename_step *step)
{
    enum ecode e = E_OK;
    for (size_t i = 0; step->references[i] != NULL && e == E_OK; i++) {
        int64_t orphans = 0;
        e = db_exec_rows(db, step->references[i], take_count, &orphans);
        if (e == E_OK && orphans > 0)
            e = err_reason(db_err(db), E_CONFLICT, "orphans", "%lld orphans by: %s", (long long)orphans,
                           step->references[i]);
    }
    return e;
}

enum ecode migrate_rename_table(struct db *db, const struct rename_step *step)
{
    CHECK(db_in_txn(db));
    enum ecode e = migrate_run_text(db, step->create_sql);
    if (e == E_OK)
        e = copy_rows(db, step);
    if (e == E_OK)
        e = compare(db, step);
    if (e == E_OK)
        e = drop_old(db, step);
    if (e == E_OK)
        e = check_orphans(db, step);
    if (e != E_OK)
        err_wrap(db_err(db), "renaming %s to %s", step->old_table, step->new_table);
    return e;
}
