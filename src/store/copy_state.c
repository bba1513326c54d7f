#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "catalog.sql.h"
#include "store/copy_priv.h"
#include "store/sql_text.h"

/*
 * habitd_copy(name, rows, note): "phase"; "rows NAME" how many rows of a table were loaded; "key NNN" the SQL
 * text of an index or constraint in note, rows 1 once it is there again. It is no table of the schema and is
 * gone after the copy.
 */

static enum ecode has_state(struct db *db, bool *out)
{
    struct stmt *s = db_query(db, &Q_catalog_has_table);
    stmt_bind_text(s, 1, "habitd_copy");
    enum ecode rc = stmt_row(s);
    if (rc == E_OK) {
        *out = stmt_bool(s, 0);
        stmt_end(s);
    }
    return rc;
}

static void take_number(void *arg, int ncols, const char *const *values)
{
    CHECK(ncols == 1);
    *(int64_t *)arg = values[0] ? strtoll(values[0], NULL, 10) : 0;
}

/* SQL text with the name as a literal in the middle. */
static enum ecode run_about(struct db *db, const char *before, const char *name, const char *after,
                            int64_t *out)
{
    struct buf b;
    buf_init(&b, COPY_SQL_MAX);
    buf_str(&b, before);
    sql_add_string(&b, name);
    buf_str(&b, after);
    CHECK(!buf_overflowed(&b));
    enum ecode rc = db_exec_rows(db, buf_text(&b), take_number, out);
    buf_release(&b);
    return rc;
}

static enum ecode get(struct db *db, const char *name, int64_t *out)
{
    *out = 0;
    return run_about(db, "SELECT rows FROM habitd_copy WHERE name = ", name, "", out);
}

/* Only from the value that this process knows: a second one that copies to the same target is found out. */
static enum ecode move(struct db *db, const char *name, int64_t before, int64_t rows)
{
    char after[100];
    int64_t now = -1;
    snprintf(after, sizeof after, " AND rows = %lld RETURNING rows", (long long)before);
    char set[80];
    snprintf(set, sizeof set, "UPDATE habitd_copy SET rows = %lld WHERE name = ", (long long)rows);
    enum ecode rc = run_about(db, set, name, after, &now);
    if (rc == E_OK && now != rows)
        rc = err_set(db_err(db), E_CONFLICT, "another process is copying to the same database");
    return rc;
}

enum ecode copy_is_unfinished(struct db *db, bool *out)
{
    return has_state(db, out);
}

enum ecode copy_phase_get(struct db *to, enum copy_phase *out)
{
    bool there;
    int64_t phase = COPY_NEW;
    enum ecode rc = has_state(to, &there);
    if (rc == E_OK && there)
        rc = get(to, "phase", &phase);
    if (rc == E_OK && (phase < COPY_NEW || phase > COPY_CLAIMED))
        rc = err_set(db_err(to), E_CORRUPT, "the state of the copy cannot be read");
    if (rc == E_OK)
        *out = (enum copy_phase)phase;
    return rc;
}

enum ecode copy_state_make(struct db *to, enum copy_phase phase)
{
    char first[100];
    snprintf(first, sizeof first, "INSERT INTO habitd_copy (name, rows) VALUES ('phase', %d)", phase);
    enum ecode rc = db_begin(to, DB_TXN_WRITE);
    if (rc != E_OK)
        return rc;
    rc = db_exec(to, "CREATE TABLE habitd_copy (name TEXT PRIMARY KEY, rows BIGINT NOT NULL, note TEXT)");
    if (rc == E_OK)
        rc = db_exec(to, first);
    if (rc == E_OK)
        return db_commit(to);
    db_rollback(to);
    return rc;
}

enum ecode copy_claim(struct db *to)
{
    enum copy_phase phase;
    enum ecode rc = copy_phase_get(to, &phase);
    if (rc == E_OK && phase == COPY_NEW)
        return copy_state_make(to, COPY_CLAIMED);
    if (rc == E_OK && phase != COPY_CLAIMED)
        rc = err_set(db_err(to), E_CONFLICT,
                     "the database is a copy that was not finished; run `habitd copy` again");
    return rc;
}

enum ecode copy_phase_set(struct db *to, enum copy_phase from, enum copy_phase phase)
{
    return move(to, "phase", from, phase);
}

enum ecode copy_rows_get(struct db *to, const char *table, int64_t *out)
{
    char name[100];
    snprintf(name, sizeof name, "rows %.80s", table);
    return get(to, name, out);
}

enum ecode copy_rows_set(struct db *to, const char *table, int64_t before, int64_t rows)
{
    char name[100];
    int64_t ignored;
    snprintf(name, sizeof name, "rows %.80s", table);
    enum ecode rc =
        before == 0 ? run_about(to, "INSERT INTO habitd_copy (name, rows) VALUES (", name, ", 0)", &ignored)
                    : E_OK;
    return rc == E_OK ? move(to, name, before, rows) : rc;
}

/* --- keys ----------------------------------------------------------------------------------------- */

static enum ecode remember_key(struct db *to, int i, const char *again)
{
    struct buf b;
    buf_init(&b, COPY_SQL_MAX);
    buf_printf(&b, "INSERT INTO habitd_copy (name, rows, note) VALUES ('key %03d', 0, ", i);
    sql_add_string(&b, again);
    buf_char(&b, ')');
    CHECK(!buf_overflowed(&b));
    enum ecode rc = db_exec(to, buf_text(&b));
    buf_release(&b);
    return rc;
}

struct texts {
    char *items[512];
    size_t n;
};

static void texts_add(struct texts *t, const char *text)
{
    CHECK(t->n < sizeof t->items / sizeof *t->items && text);
    t->items[t->n] = strdup(text);
    CHECK(t->items[t->n++]);
}

static void texts_release(struct texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->items[i]);
    t->n = 0;
}

static enum ecode remember_keys(struct db *to, struct texts *gone)
{
    struct texts again = {.n = 0};
    struct stmt *s = db_query(to, &Q_copy_keys);
    enum stmt_step step;
    while ((step = stmt_step(s)) == STMT_ROW) {
        texts_add(gone, stmt_text(s, 0));
        texts_add(&again, stmt_text(s, 1));
    }
    enum ecode rc = step == STMT_DONE ? E_OK : db_err(to)->code;
    for (size_t i = 0; rc == E_OK && i < again.n; i++)
        rc = remember_key(to, (int)i, again.items[i]);
    texts_release(&again);
    return rc;
}

enum ecode copy_keys_drop(struct db *to)
{
    struct texts gone = {.n = 0};
    enum ecode rc = db_begin(to, DB_TXN_WRITE);
    if (rc != E_OK)
        return rc;
    rc = remember_keys(to, &gone);
    for (size_t i = gone.n; rc == E_OK && i > 0; i--) /* references before what they point to */
        rc = db_exec(to, gone.items[i - 1]);
    if (rc == E_OK)
        rc = copy_phase_set(to, COPY_STARTED, COPY_LOADING);
    texts_release(&gone);
    if (rc == E_OK)
        return db_commit(to);
    db_rollback(to);
    return rc;
}

static void take_key(void *arg, int ncols, const char *const *values)
{
    CHECK(ncols == 2);
    texts_add(arg, values[0]);
    texts_add(arg, values[1]);
}

static enum ecode make_key(struct db *to, const char *name, const char *sql)
{
    enum ecode rc = db_begin(to, DB_TXN_WRITE);
    if (rc != E_OK)
        return rc;
    rc = db_exec(to, sql);
    if (rc == E_OK)
        rc = move(to, name, 0, 1);
    if (rc == E_OK)
        return db_commit(to);
    db_rollback(to);
    return rc;
}

enum ecode copy_keys_make(struct db *to)
{
    struct texts keys = {.n = 0};
    enum ecode rc = db_exec_rows(
        to, "SELECT name, note FROM habitd_copy WHERE name LIKE 'key %' AND rows = 0 ORDER BY name", take_key,
        &keys);
    for (size_t i = 0; rc == E_OK && i < keys.n; i += 2)
        rc = make_key(to, keys.items[i], keys.items[i + 1]);
    texts_release(&keys);
    return rc;
}

enum ecode copy_finish(struct db *to, struct err *err)
{
    db_set_err(to, err);
    return db_exec(to, "DROP TABLE habitd_copy");
}
