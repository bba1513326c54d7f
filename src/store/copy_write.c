#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "store/copy_priv.h"
#include "store/postgres_priv.h"
#include "store/sql_text.h"
#include "store/sqlite_priv.h"

#define SEND_BYTES (64u * 1024)

struct copy_writer {
    struct db *db;
    const struct copy_table *t;
    sqlite3_stmt *insert; /* SQLite */
    bool copying;         /* PostgreSQL: COPY is under way */
    struct buf out;       /* PostgreSQL: what was not sent yet */
};

static void add_columns(struct buf *b, const struct copy_table *t)
{
    sql_add_name(b, t->name);
    for (size_t i = 0; i < t->n; i++) {
        buf_str(b, i > 0 ? ", " : " (");
        sql_add_name(b, t->columns[i].name);
    }
    buf_char(b, ')');
}

/* --- SQLite --------------------------------------------------------------------------------------- */

static enum ecode begin_sqlite(struct copy_writer *w, struct buf *sql)
{
    buf_str(sql, "INSERT INTO ");
    add_columns(sql, w->t);
    for (size_t i = 0; i < w->t->n; i++)
        buf_str(sql, i > 0 ? ", ?" : " VALUES (?");
    buf_char(sql, ')');
    CHECK(!buf_overflowed(sql));
    if (sqlite3_prepare_v2(((struct sqlite_db *)w->db)->handle, buf_text(sql), -1, &w->insert, NULL) !=
        SQLITE_OK)
        return sqlite_error(w->db, w->t->name);
    return E_OK;
}

static void bind_cell(sqlite3_stmt *st, int i, const struct copy_cell *c)
{
    switch (c->kind) {
    case COPY_NULL:
        sqlite3_bind_null(st, i);
        break;
    case COPY_I64:
        sqlite3_bind_int64(st, i, c->i);
        break;
    case COPY_F64:
        sqlite3_bind_double(st, i, c->f);
        break;
    case COPY_TEXT:
        sqlite3_bind_text64(st, i, c->data ? c->data : "", c->len, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case COPY_BYTES:
        sqlite3_bind_blob64(st, i, c->data ? c->data : "", c->len, SQLITE_STATIC);
        break;
    }
}

static enum ecode row_sqlite(struct copy_writer *w, const struct copy_cell *row)
{
    for (size_t i = 0; i < w->t->n; i++)
        bind_cell(w->insert, (int)i + 1, &row[i]);
    enum ecode rc = sqlite3_step(w->insert) == SQLITE_DONE ? E_OK : sqlite_error(w->db, w->t->name);
    sqlite3_reset(w->insert);
    return rc;
}

/* --- PostgreSQL ----------------------------------------------------------------------------------- */

static PGconn *connection(const struct copy_writer *w)
{
    return ((struct pg_db *)w->db)->conn;
}

static enum ecode begin_postgres(struct copy_writer *w, struct buf *sql)
{
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* the last NUL is the literal's */
    enum ecode rc = db_exec_rows(w->db, "SELECT 1", NULL, NULL);     /* sends the BEGIN that may wait */
    if (rc != E_OK)
        return rc;
    buf_str(sql, "COPY ");
    add_columns(sql, w->t);
    buf_str(sql, " FROM STDIN (FORMAT binary)");
    CHECK(!buf_overflowed(sql));
    PGresult *result = PQexec(connection(w), buf_text(sql));
    w->copying = PQresultStatus(result) == PGRES_COPY_IN;
    if (!w->copying)
        rc = pg_error(w->db, result, w->t->name);
    PQclear(result);
    buf_add(&w->out, header, sizeof header);
    return rc;
}

static enum ecode send(struct copy_writer *w)
{
    CHECK(!buf_overflowed(&w->out));
    if (PQputCopyData(connection(w), w->out.data, (int)w->out.len) != 1)
        return pg_error(w->db, NULL, w->t->name);
    buf_clear(&w->out);
    return E_OK;
}

static enum ecode row_postgres(struct copy_writer *w, const struct copy_cell *row)
{
    buf_char(&w->out, (char)(w->t->n >> 8));
    buf_char(&w->out, (char)w->t->n);
    for (size_t i = 0; i < w->t->n; i++)
        if (!copy_encode(&w->out, w->t->columns[i].oid[COPY_TO], &row[i]))
            return err_set(db_err(w->db), E_CORRUPT, "%s.%s holds a value that is not of the column's type",
                           w->t->name, w->t->columns[i].name);
    return w->out.len >= SEND_BYTES ? send(w) : E_OK;
}

static enum ecode end_postgres(struct copy_writer *w)
{
    enum ecode rc;
    buf_add(&w->out, "\377\377", 2);
    rc = send(w);
    if (PQputCopyEnd(connection(w), rc == E_OK ? NULL : "given up") != 1 && rc == E_OK)
        rc = pg_error(w->db, NULL, w->t->name);
    w->copying = false;
    for (PGresult *result; (result = PQgetResult(connection(w))) != NULL; PQclear(result))
        if (rc == E_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = pg_error(w->db, result, w->t->name);
    return rc;
}

/* --- both ----------------------------------------------------------------------------------------- */

enum ecode copy_writer_new(struct db *db, const struct copy_table *t, struct copy_writer **out)
{
    struct copy_writer *w = calloc(1, sizeof *w);
    struct buf sql;
    CHECK(w && db_in_txn(db));
    w->db = db;
    w->t = t;
    buf_init(&w->out, COPY_ROW_MAX * 2);
    buf_init(&sql, COPY_SQL_MAX);
    enum ecode rc = db_engine(db) == DB_SQLITE ? begin_sqlite(w, &sql) : begin_postgres(w, &sql);
    buf_release(&sql);
    if (rc == E_OK)
        *out = w;
    else
        copy_writer_free(w);
    return rc;
}

enum ecode copy_writer_row(struct copy_writer *w, const struct copy_cell *row)
{
    return w->insert ? row_sqlite(w, row) : row_postgres(w, row);
}

enum ecode copy_writer_end(struct copy_writer *w)
{
    return w->insert ? E_OK : end_postgres(w);
}

void copy_writer_free(struct copy_writer *w)
{
    if (!w)
        return;
    sqlite3_finalize(w->insert);
    if (w->copying) {
        PQputCopyEnd(connection(w), "given up");
        for (PGresult *result; (result = PQgetResult(connection(w))) != NULL;)
            PQclear(result);
    }
    buf_release(&w->out);
    free(w);
}
