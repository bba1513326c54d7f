/* The PostgreSQL driver: connection, error codes, SQL text. Transactions and statements have files of their
 * own. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "store/fault.h"
#include "store/postgres_priv.h"

/*
 * Options of the session. The first ones can be changed in the address
 * (?options=-c%20statement_timeout%3D5000), the last ones cannot: the store's promises rest on them.
 */
#define OPTIONS_FIRST                                                                                        \
    "-c statement_timeout=60000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=15000"
#define OPTIONS_LAST                                                                                         \
    "-c synchronous_commit=on -c client_min_messages=warning -c TimeZone=UTC -c "                            \
    "standard_conforming_strings=on"
/*
 * A statement is planned once for each connection, and the tables of queues are empty or full from one moment
 * to the next: planned while they are empty, a claim reads the whole table for ever. What lanes run always
 * has an index.
 */
#define OPTIONS_LANE                                                                                         \
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_bitmapscan=off -c "      \
    "jit=off "
#define OLDEST_SERVER 150000

static struct pg_db *self(struct db *db)
{
    return (struct pg_db *)db;
}

/* --- errors ------------------------------------------------------------------------------------- */

/* By SQLSTATE only: names in messages are translated, and Citus adds shard numbers to constraints. */
static const struct {
    const char *state; /* five characters, or a class of two */
    enum ecode code;
} states[] = {
    {"23505", E_UNIQUE},
    {"23P01", E_UNIQUE},
    {"23503", E_FOREIGN},
    {"23001", E_FOREIGN},
    {"23", E_CHECK},
    {"22", E_CHECK},
    {"40003", E_UNAVAILABLE},
    {"40", E_RETRY},
    {"55P03", E_BUSY},
    {"57014", E_BUSY},
    {"57P", E_UNAVAILABLE},
    {"08", E_UNAVAILABLE},
    {"53300", E_UNAVAILABLE},
    {"53", E_IO},
    {"58", E_IO},
    {"25006", E_IO},
    {"25P03", E_UNAVAILABLE},
    {"54", E_TOO_LARGE},
    {"XX001", E_CORRUPT},
    {"XX002", E_CORRUPT},
};

static enum ecode map(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0)
            return states[i].code;
    return E_INTERNAL;
}

/* libpq's texts end with a line feed and may have several lines. */
static void one_line(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        bool space = isspace((unsigned char)*text);
        if (!space || (n > 0 && out[n - 1] != ' '))
            out[n++] = space ? ' ' : *text;
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

static bool is_fatal(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

enum ecode pg_error(struct db *db, const PGresult *result, const char *what)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    enum ecode code = state ? map(state) : E_UNAVAILABLE;
    if (!state || is_fatal(result) || PQstatus(self(db)->conn) != CONNECTION_OK)
        code = E_UNAVAILABLE;
    if (code == E_UNAVAILABLE)
        db->lost = true;
    char text[400];
    one_line(primary ? primary : PQerrorMessage(self(db)->conn), text, sizeof text);
    return err_set(db->err, code, "%s: %s", what, text[0] ? text : "the connection to the database is lost");
}

bool pg_result_ok(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* --- opening ------------------------------------------------------------------------------------ */

static void pg_close(struct db *db)
{
    PQfreeCancel(self(db)->cancel);
    self(db)->cancel = NULL;
    PQfinish(self(db)->conn);
    self(db)->conn = NULL;
    self(db)->npending = 0;
    self(db)->xid[0] = '\0';
}

static void pg_interrupt(struct db *db)
{
    char ignored[256];
    PQcancel(self(db)->cancel, ignored, sizeof ignored);
}

static void no_notice(void *arg, const char *message)
{
}

static const char *option(const PQconninfoOption *options, const char *keyword)
{
    for (const PQconninfoOption *o = options; o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0)
            return o->val ? o->val : "";
    return "";
}

/*
 * libpq quotes pieces of a misread address in its errors, and a password with an unescaped '@' or '/' is
 * misread into host, port or database. Such an address is refused here without a quotation.
 */
static enum ecode read_address(struct db *db, struct buf *session)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(db->url, &message);
    PQfreemem(message);
    bool good = options && !strchr(option(options, "host"), '@') && !strchr(option(options, "dbname"), '@') &&
                strspn(option(options, "port"), "0123456789,") == strlen(option(options, "port"));
    if (good)
        buf_printf(session, "%s %s%s %s%s", OPTIONS_FIRST, db->mode == DB_LANE ? OPTIONS_LANE : "",
                   option(options, "options"), OPTIONS_LAST,
                   db->mode == DB_READONLY ? " -c default_transaction_read_only=on" : "");
    PQconninfoFree(options);
    if (!good)
        return err_field(db->err, "HABITD_DATABASE_URL",
                         "is not a PostgreSQL address (percent-encode @ : / ? # %% in user and password)");
    CHECK(!buf_overflowed(session));
    return E_OK;
}

static enum ecode check_server(struct db *db)
{
    PGconn *conn = self(db)->conn;
    const char *datetimes = PQparameterStatus(conn, "integer_datetimes");
    const char *encoding = PQparameterStatus(conn, "server_encoding");
    const char *version = PQparameterStatus(conn, "server_version");
    if (PQserverVersion(conn) < OLDEST_SERVER)
        return err_set(db->err, E_UNAVAILABLE, "PostgreSQL 15 or newer is needed, the server is %s", version);
    if (!datetimes || strcmp(datetimes, "on") != 0)
        return err_set(db->err, E_UNAVAILABLE, "the PostgreSQL server does not store times as integers");
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return err_set(db->err, E_UNAVAILABLE, "the database's encoding must be UTF8");
    CHECK(version);
    snprintf(db->version, sizeof db->version, "PostgreSQL %.*s", (int)strcspn(version, " "), version);
    return E_OK;
}

static enum ecode connect_to(struct db *db, const char *session)
{
    /* What stands before dbname can be changed in the address, what stands after it cannot. */
    const char *const keys[] = {"fallback_application_name",
                                "connect_timeout",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "tcp_user_timeout",
                                "dbname",
                                "options",
                                "client_encoding",
                                NULL};
    const char *const values[] = {"habitd", "5", "30", "10", "3", "30000", db->url, session, "UTF8", NULL};
    struct pg_db *p = self(db);
    p->conn = PQconnectdbParams(keys, values, 1);
    CHECK(p->conn); /* no memory */
    if (PQstatus(p->conn) != CONNECTION_OK) {
        char text[400];
        one_line(PQerrorMessage(p->conn), text, sizeof text);
        return err_set(db->err, E_UNAVAILABLE, "cannot connect to PostgreSQL: %s", text);
    }
    p->pid = PQbackendPID(p->conn);
    p->cancel = PQgetCancel(p->conn);
    CHECK(p->cancel); /* no memory */
    PQsetNoticeProcessor(p->conn, no_notice, NULL);
    enum ecode code = check_server(db);
    if (code)
        return code;
    PGresult *r = PQprepare(p->conn, "xid", "SELECT pg_current_xact_id()", 0, NULL);
    if (!pg_result_ok(r))
        code = pg_error(db, r, "opening the database");
    PQclear(r);
    return code;
}

static enum ecode pg_open(struct db *db)
{
    struct buf session;
    buf_init(&session, 8192);
    enum ecode code = read_address(db, &session);
    if (!code)
        code = connect_to(db, buf_text(&session));
    buf_release(&session);
    if (code)
        pg_close(db);
    return code;
}

/* --- text --------------------------------------------------------------------------------------- */

/* The text may neither end the transaction it runs in nor leave one open, nor start a COPY. */
static enum ecode still_in_step(struct db *db)
{
    PGTransactionStatusType now = PQtransactionStatus(self(db)->conn);
    if (now == (db->in_txn ? PQTRANS_INTRANS : PQTRANS_IDLE))
        return E_OK;
    if (db->in_txn)
        db->beyond_saving = true;
    if (now == PQTRANS_INTRANS || now == PQTRANS_INERROR)
        PQclear(PQexec(self(db)->conn, "ROLLBACK"));
    return err_set(db->err, E_INTERNAL, "the SQL text begins or ends a transaction by itself");
}

static enum ecode run_text(struct db *db, const char *sql, PGresult **out)
{
    enum ecode code = fault_hit(FAULT_STATEMENT, db->err);
    if (!code && self(db)->npending > 0)
        code = pg_run(self(db), NULL, NULL);
    if (code)
        return code;
    PGresult *r = PQexec(self(db)->conn, sql);
    if (!pg_result_ok(r))
        code = pg_error(db, r, "SQL text");
    else
        code = still_in_step(db);
    if (code)
        PQclear(r);
    else
        *out = r;
    return code;
}

static enum ecode pg_exec(struct db *db, const char *sql)
{
    PGresult *r = NULL;
    enum ecode code = run_text(db, sql, &r);
    PQclear(r);
    return code;
}

static enum ecode pg_exec_rows(struct db *db, const char *sql,
                               void (*row)(void *arg, int ncols, const char *const *values), void *arg)
{
    PGresult *r = NULL;
    enum ecode code = run_text(db, sql, &r);
    if (code)
        return code;
    int n = PQnfields(r);
    const char **values = calloc((size_t)n + 1, sizeof *values);
    CHECK(values);
    for (int i = 0; row && i < PQntuples(r); i++) {
        for (int c = 0; c < n; c++)
            values[c] = PQgetisnull(r, i, c) ? NULL : PQgetvalue(r, i, c);
        row(arg, n, values);
    }
    free(values);
    PQclear(r);
    return E_OK;
}

const struct db_driver postgres_driver = {
    .engine = DB_POSTGRES,
    .db_size = sizeof(struct pg_db),
    .stmt_size = sizeof(struct pg_stmt),
    .open = pg_open,
    .close = pg_close,
    .interrupt = pg_interrupt,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .savepoint = pg_savepoint,
    .release = pg_release,
    .rollback_to = pg_rollback_to,
    .settle = pg_settle,
    .clear = pg_clear,
    .ride = pg_ride,
    .bind = pg_bind,
    .bind_array = pg_bind_array,
    .start = pg_start,
    .next = pg_next,
    .end = pg_end,
    .get = pg_get,
    .release_stmt = pg_release_stmt,
    .exec = pg_exec,
    .exec_rows = pg_exec_rows,
};
