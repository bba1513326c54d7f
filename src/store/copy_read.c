#include <endian.h>
#include <string.h>
#include "base/check.h"
#include "store/copy_priv.h"
#include "store/postgres_priv.h"
#include "store/sql_text.h"
#include "store/sqlite_priv.h"

#define HEADER_BYTES 19 /* of binary COPY, without extensions */

static void add_order(struct buf *b, const struct copy_table *t)
{
    const char *before = " ORDER BY ";
    for (int key = 1; key <= (int)t->n; key++)
        for (size_t i = 0; i < t->n; i++)
            if (t->columns[i].key == key) {
                buf_str(b, before);
                sql_add_name(b, t->columns[i].name);
                before = ", ";
            }
}

static void add_select(struct buf *b, const struct copy_table *t, bool ordered)
{
    buf_str(b, "SELECT ");
    for (size_t i = 0; i < t->n; i++) {
        buf_str(b, i > 0 ? ", " : "");
        sql_add_name(b, t->columns[i].name);
    }
    buf_str(b, " FROM ");
    sql_add_name(b, t->name);
    if (ordered)
        add_order(b, t);
}

/* --- SQLite --------------------------------------------------------------------------------------- */

static void take_column(sqlite3_stmt *st, int i, struct copy_cell *out)
{
    switch (sqlite3_column_type(st, i)) {
    case SQLITE_INTEGER:
        out->kind = COPY_I64;
        out->i = sqlite3_column_int64(st, i);
        break;
    case SQLITE_FLOAT:
        out->kind = COPY_F64;
        out->f = sqlite3_column_double(st, i);
        break;
    case SQLITE_TEXT:
        out->kind = COPY_TEXT;
        out->data = (const char *)sqlite3_column_text(st, i);
        out->len = (size_t)sqlite3_column_bytes(st, i);
        break;
    case SQLITE_BLOB:
        out->kind = COPY_BYTES;
        out->data = sqlite3_column_blob(st, i);
        out->len = (size_t)sqlite3_column_bytes(st, i);
        break;
    default:
        out->kind = COPY_NULL;
        break;
    }
}

static enum ecode read_sqlite(struct db *db, const struct copy_table *t, const char *sql,
                              enum ecode (*row)(void *arg, const struct copy_cell *row), void *arg)
{
    struct copy_cell cells[COPY_COLUMNS_MAX] = {0};
    sqlite3_stmt *st;
    enum ecode rc = E_OK;
    int step;
    if (sqlite3_prepare_v2(((struct sqlite_db *)db)->handle, sql, -1, &st, NULL) != SQLITE_OK)
        return sqlite_error(db, t->name);
    while (rc == E_OK && (step = sqlite3_step(st)) == SQLITE_ROW) {
        for (size_t i = 0; i < t->n; i++)
            take_column(st, (int)i, &cells[i]);
        rc = row(arg, cells);
    }
    if (rc == E_OK && step != SQLITE_DONE)
        rc = sqlite_error(db, t->name);
    sqlite3_finalize(st);
    return rc;
}

/* --- PostgreSQL ----------------------------------------------------------------------------------- */

struct pg_rows {
    struct db *db;
    const struct copy_table *t;
    enum copy_side side;
    enum ecode (*row)(void *arg, const struct copy_cell *row);
    void *arg;
    bool begun;
};

static enum ecode malformed(const struct pg_rows *r)
{
    return err_set(db_err(r->db), E_INTERNAL, "%s: PostgreSQL's rows have an unexpected form", r->t->name);
}

static enum ecode take_tuple(struct pg_rows *r, const char **at, const char *end)
{
    struct copy_cell cells[COPY_COLUMNS_MAX] = {0};
    const char *p = *at;
    for (size_t i = 0; i < r->t->n; i++) {
        uint32_t be;
        if (end - p < (ptrdiff_t)sizeof be)
            return malformed(r);
        memcpy(&be, p, sizeof be);
        p += sizeof be;
        int32_t len = (int32_t)be32toh(be);
        if (len < 0)
            continue;
        if (end - p < len || !copy_decode(r->t->columns[i].oid[r->side], p, len, &cells[i]))
            return malformed(r);
        p += len;
    }
    *at = p;
    return r->row(r->arg, cells);
}

/* One message of the server: the header before the first row, whole rows, the end. */
static enum ecode take_message(struct pg_rows *r, const char *p, const char *end)
{
    if (!r->begun) {
        if (end - p < HEADER_BYTES)
            return malformed(r);
        p += HEADER_BYTES;
        r->begun = true;
    }
    while (end - p >= 2) {
        int16_t columns = (int16_t)((uint16_t)(unsigned char)p[0] << 8 | (unsigned char)p[1]);
        p += 2;
        if (columns == -1)
            return E_OK;
        if (columns != (int16_t)r->t->n)
            return malformed(r);
        enum ecode rc = take_tuple(r, &p, end);
        if (rc != E_OK)
            return rc;
    }
    return p == end ? E_OK : malformed(r);
}

/* Ends the COPY whatever came of it, so that the connection can be rolled back. */
static enum ecode end_of_copy(struct db *db, PGconn *conn, const char *table, enum ecode rc)
{
    char *message;
    if (rc != E_OK) {
        char ignored[256];
        PGcancel *cancel = PQgetCancel(conn);
        PQcancel(cancel, ignored, sizeof ignored);
        PQfreeCancel(cancel);
        while (PQgetCopyData(conn, &message, 0) > 0)
            PQfreemem(message);
    }
    for (PGresult *result; (result = PQgetResult(conn)) != NULL; PQclear(result))
        if (rc == E_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = pg_error(db, result, table);
    return rc;
}

static enum ecode read_postgres(struct pg_rows *r, const char *select)
{
    PGconn *conn = ((struct pg_db *)r->db)->conn;
    enum ecode rc = db_exec_rows(r->db, "SELECT 1", NULL, NULL); /* sends the BEGIN that may wait */
    if (rc != E_OK)
        return rc;
    struct buf sql;
    buf_init(&sql, COPY_SQL_MAX);
    buf_printf(&sql, "COPY (%s) TO STDOUT (FORMAT binary)", select);
    PGresult *result = PQexec(conn, buf_text(&sql));
    buf_release(&sql);
    if (PQresultStatus(result) != PGRES_COPY_OUT)
        rc = pg_error(r->db, result, r->t->name);
    PQclear(result);
    if (rc != E_OK)
        return rc;
    char *message;
    int len;
    while (rc == E_OK && (len = PQgetCopyData(conn, &message, 0)) > 0) {
        rc = take_message(r, message, message + len);
        PQfreemem(message);
    }
    return end_of_copy(r->db, conn, r->t->name, rc);
}

enum ecode copy_read(struct db *db, const struct copy_table *t, enum copy_side side, bool ordered,
                     enum ecode (*row)(void *arg, const struct copy_cell *row), void *arg)
{
    struct pg_rows rows = {.db = db, .t = t, .side = side, .row = row, .arg = arg};
    struct buf select;
    buf_init(&select, COPY_SQL_MAX);
    add_select(&select, t, ordered);
    CHECK(!buf_overflowed(&select));
    enum ecode rc = db_engine(db) == DB_SQLITE ? read_sqlite(db, t, buf_text(&select), row, arg)
                                               : read_postgres(&rows, buf_text(&select));
    buf_release(&select);
    return rc;
}
