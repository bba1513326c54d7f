/* Statements of the SQLite driver: prepare once, bind by name, check what a row holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "store/fault.h"
#include "store/sqlite_priv.h"

static struct sqlite_stmt *self(struct stmt *s)
{
    return (struct sqlite_stmt *)s;
}

static sqlite3 *connection(struct stmt *s)
{
    return ((struct sqlite_db *)s->db)->handle;
}

/* $1 is a parameter's name to SQLite; its number is looked up here, once. */
static void find_parameters(struct sqlite_stmt *st)
{
    const struct query *q = st->base.q;
    if (!st->index) {
        st->index = calloc((size_t)q->nparams + 1, sizeof *st->index);
        CHECK(st->index);
    }
    for (int i = 1; i <= q->nparams; i++) {
        char name[16];
        snprintf(name, sizeof name, "$%d", i);
        st->index[i - 1] = sqlite3_bind_parameter_index(st->handle, name);
        CHECK(st->index[i - 1] > 0);
    }
}

static bool prepare(struct stmt *s)
{
    struct sqlite_stmt *st = self(s);
    if (st->handle)
        return true;
    int rc = sqlite3_prepare_v3(connection(s), s->q->sql[DB_SQLITE], -1, SQLITE_PREPARE_PERSISTENT,
                                &st->handle, NULL);
    if (rc != SQLITE_OK)
        return false;
    find_parameters(st);
    return true;
}

void sqlite_clear(struct stmt *s)
{
    if (!s->db->lost && prepare(s))
        sqlite3_clear_bindings(self(s)->handle);
}

static int bind_day(sqlite3_stmt *h, int n, struct day d)
{
    char text[DAY_TEXT];
    day_format(d, text);
    return sqlite3_bind_text(h, n, text, -1, SQLITE_TRANSIENT);
}

static int bind_value(sqlite3_stmt *h, int n, unsigned type, const struct db_value *v)
{
    if (v->null)
        return sqlite3_bind_null(h, n);
    switch (type) {
    case DB_BOOL:
        return sqlite3_bind_int(h, n, v->b);
    case DB_I64:
        return sqlite3_bind_int64(h, n, v->i);
    case DB_F64:
        return sqlite3_bind_double(h, n, v->f);
    case DB_TEXT:
    case DB_JSON:
        return sqlite3_bind_text64(h, n, v->bytes.data, v->bytes.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    case DB_BYTES:
        return sqlite3_bind_blob64(h, n, v->bytes.data, v->bytes.len, SQLITE_TRANSIENT);
    case DB_UUID:
        return sqlite3_bind_blob(h, n, v->uuid.b, sizeof v->uuid.b, SQLITE_TRANSIENT);
    case DB_TIME:
        return sqlite3_bind_int64(h, n, v->time.ms);
    case DB_DAY:
        return bind_day(h, n, v->day);
    default:
        check_failed("a type SQLite has", __FILE__, __LINE__);
    }
}

void sqlite_bind(struct stmt *s, int i, const struct db_value *v)
{
    struct sqlite_stmt *st = self(s);
    if (!st->handle)
        return; /* start reports why */
    int rc = bind_value(st->handle, st->index[i - 1], s->q->params[i - 1], v);
    CHECK(rc == SQLITE_OK); /* only a value beyond SQLite's 1 GB, or no memory */
}

/* --- rows --------------------------------------------------------------------------------------- */

static bool is_day(sqlite3_stmt *h, int c)
{
    struct day d;
    const char *text = (const char *)sqlite3_column_text(h, c);
    return text && day_parse(text, (size_t)sqlite3_column_bytes(h, c), &d);
}

/* A file may come from anywhere, so a value of another type than declared is an error and not an assertion.
 */
static bool holds(sqlite3_stmt *h, int c, unsigned type)
{
    int stored = sqlite3_column_type(h, c);
    if (stored == SQLITE_NULL)
        return true;
    switch (type) {
    case DB_BOOL:
    case DB_I64:
    case DB_TIME:
        return stored == SQLITE_INTEGER;
    case DB_F64:
        return stored == SQLITE_FLOAT || stored == SQLITE_INTEGER;
    case DB_BYTES:
        return stored == SQLITE_BLOB;
    case DB_UUID:
        return stored == SQLITE_BLOB && sqlite3_column_bytes(h, c) == 16;
    case DB_DAY:
        return stored == SQLITE_TEXT && is_day(h, c);
    default:
        return stored == SQLITE_TEXT;
    }
}

static enum stmt_step check_row(struct stmt *s)
{
    sqlite3_stmt *h = self(s)->handle;
    for (int c = 0; c < s->q->ncols; c++) {
        if (!holds(h, c, s->q->cols[c])) {
            err_set(s->db->err, E_CORRUPT, "%s: column %d holds a value of another type", s->q->name, c);
            return STMT_ERROR;
        }
    }
    return STMT_ROW;
}

enum stmt_step sqlite_next(struct stmt *s)
{
    switch (sqlite3_step(self(s)->handle)) {
    case SQLITE_ROW:
        return check_row(s);
    case SQLITE_DONE:
        return STMT_DONE;
    default:
        sqlite_error(s->db, s->q->name);
        return STMT_ERROR;
    }
}

enum stmt_step sqlite_start(struct stmt *s)
{
    if (fault_hit(FAULT_STATEMENT, s->db->err))
        return STMT_ERROR;
    if (!prepare(s)) {
        sqlite_error(s->db, s->q->name);
        return STMT_ERROR;
    }
    if (sqlite3_column_count(self(s)->handle) != s->q->ncols) {
        err_set(s->db->err, E_INTERNAL, "%s: returns %d columns, declared are %d", s->q->name,
                sqlite3_column_count(self(s)->handle), s->q->ncols);
        return STMT_ERROR;
    }
    return sqlite_next(s);
}

void sqlite_end(struct stmt *s)
{
    struct sqlite_stmt *st = self(s);
    if (!st->handle)
        return;
    sqlite3_reset(st->handle);
    s->changes = sqlite3_stmt_readonly(st->handle) ? 0 : sqlite3_changes64(connection(s));
}

void sqlite_get(struct stmt *s, int c, struct db_value *out)
{
    sqlite3_stmt *h = self(s)->handle;
    out->null = sqlite3_column_type(h, c) == SQLITE_NULL;
    if (out->null)
        return;
    switch (s->q->cols[c]) {
    case DB_BOOL:
        out->b = sqlite3_column_int64(h, c) != 0;
        break;
    case DB_I64:
        out->i = sqlite3_column_int64(h, c);
        break;
    case DB_F64:
        out->f = sqlite3_column_double(h, c);
        break;
    case DB_TIME:
        out->time = instant_from_ms(sqlite3_column_int64(h, c));
        break;
    case DB_UUID:
        memcpy(out->uuid.b, sqlite3_column_blob(h, c), sizeof out->uuid.b);
        break;
    case DB_DAY:
        CHECK(day_parse((const char *)sqlite3_column_text(h, c), 10, &out->day)); /* check_row has looked */
        break;
    case DB_BYTES: {
        const void *data = sqlite3_column_blob(h, c);
        out->bytes = (struct db_bytes){data ? data : "", (size_t)sqlite3_column_bytes(h, c)};
        break;
    }
    default: {
        const char *text = (const char *)sqlite3_column_text(h, c);
        out->bytes = (struct db_bytes){text, (size_t)sqlite3_column_bytes(h, c)};
        break;
    }
    }
}

void sqlite_release_stmt(struct stmt *s)
{
    struct sqlite_stmt *st = self(s);
    sqlite3_finalize(st->handle);
    st->handle = NULL;
    free(st->index);
    st->index = NULL;
}
