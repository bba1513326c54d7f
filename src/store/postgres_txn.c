/*
 * Transactions of the PostgreSQL driver. BEGIN, SAVEPOINT and RELEASE are not sent when they are asked for:
 * they wait for the next statement and travel with it in one pipeline, so that a transaction of one statement
 * costs two round trips (with COMMIT).
 */
#include <stdio.h>
#include <string.h>
#include <endian.h>
#include <sys/socket.h>
#include <time.h>
#include <inttypes.h>
#include <stdlib.h>
#include "base/check.h"
#include "store/fault.h"
#include "store/postgres.sql.h"
#include "store/postgres_priv.h"

static struct pg_db *self(struct db *db)
{
    return (struct pg_db *)db;
}

static void add_pending(struct pg_db *p, enum pg_control what, int depth)
{
    CHECK(p->npending < PG_PENDING_MAX);
    p->pending[p->npending++] = (struct pg_pending){what, depth, NULL};
}

bool pg_add_rider(struct pg_db *p, struct pg_stmt *s)
{
    if (p->npending == PG_PENDING_MAX)
        return false;
    p->pending[p->npending++] = (struct pg_pending){PG_RIDER, 0, s};
    return true;
}

/* s NULL: any statement. */
bool pg_is_riding(const struct pg_db *p, const struct pg_stmt *s)
{
    for (int i = 0; i < p->npending; i++)
        if (p->pending[i].what == PG_RIDER && (!s || p->pending[i].stmt == s))
            return true;
    return false;
}

static bool last_pending_is(const struct pg_db *p, enum pg_control what, int depth)
{
    return p->npending > 0 && p->pending[p->npending - 1].what == what &&
           p->pending[p->npending - 1].depth == depth;
}

/* --- the pipeline ------------------------------------------------------------------------------- */

static int send_statement(PGconn *conn, struct pg_stmt *s)
{
    return PQsendQueryPrepared(conn, s->name, s->base.q->nparams, s->values, s->lengths, s->formats, 1);
}

static int send_control(PGconn *conn, const struct pg_pending *c)
{
    char sql[80];
    switch (c->what) {
    case PG_BEGIN_WRITE:
        snprintf(sql, sizeof sql, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
        break;
    case PG_BEGIN_SNAPSHOT:
        snprintf(sql, sizeof sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        break;
    case PG_XID:
        return PQsendQueryPrepared(conn, "xid", 0, NULL, NULL, NULL, 0);
    case PG_SAVEPOINT:
        snprintf(sql, sizeof sql, "SAVEPOINT s%d", c->depth);
        break;
    case PG_RELEASE:
        snprintf(sql, sizeof sql, "RELEASE SAVEPOINT s%d", c->depth);
        break;
    case PG_RIDER:
        return send_statement(conn, c->stmt);
    }
    return PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 0);
}

/* One command's result out of the pipeline, with the NULL behind it; NULL when the connection is gone. */
static PGresult *receive(PGconn *conn)
{
    PGresult *r = PQgetResult(conn);
    if (r && PQresultStatus(r) != PGRES_PIPELINE_SYNC) {
        PGresult *extra = PQgetResult(conn);
        PQclear(extra);
    }
    return r;
}

static enum ecode receive_controls(struct pg_db *p)
{
    enum ecode code = E_OK;
    for (int i = 0; i < p->npending; i++) {
        PGresult *r = receive(p->conn);
        if (!code && !pg_result_ok(r))
            code = pg_error(&p->base, r,
                            p->pending[i].what == PG_RIDER ? p->pending[i].stmt->base.q->name
                                                           : "beginning a transaction");
        else if (!code && p->pending[i].what == PG_XID)
            snprintf(p->xid, sizeof p->xid, "%s", PQgetvalue(r, 0, 0));
        PQclear(r);
    }
    return code;
}

static enum ecode run_pipeline(struct pg_db *p, struct pg_stmt *s, PGresult **result)
{
    PGconn *conn = p->conn;
    int sent = PQenterPipelineMode(conn);
    for (int i = 0; i < p->npending && sent; i++)
        sent = send_control(conn, &p->pending[i]);
    if (s && sent)
        sent = send_statement(conn, s);
    if (!sent || !PQpipelineSync(conn)) {
        p->npending = 0;
        p->base.lost = true; /* what is half sent cannot be taken back */
        return pg_error(&p->base, NULL, "sending a statement");
    }
    enum ecode code = receive_controls(p);
    p->npending = 0;
    PGresult *r = s ? receive(conn) : NULL;
    PGresult *sync = receive(conn);
    bool whole = PQresultStatus(sync) == PGRES_PIPELINE_SYNC && PQexitPipelineMode(conn);
    PQclear(sync);
    if (!code && s && !pg_result_ok(r) && !whole)
        code = pg_error(&p->base, r, s->base.q->name);
    if (!whole) {
        p->base.lost = true;
        if (!code)
            code = pg_error(&p->base, NULL, "reading an answer");
    }
    if (code)
        PQclear(r);
    else if (s)
        *result = r;
    return code;
}

enum ecode pg_run(struct pg_db *p, struct pg_stmt *s, PGresult **result)
{
    if (p->npending > 0)
        return run_pipeline(p, s, result);
    CHECK(s);
    *result = PQexecPrepared(p->conn, s->name, s->base.q->nparams, s->values, s->lengths, s->formats, 1);
    return E_OK; /* the caller looks at the result */
}

static enum ecode simple(struct db *db, const char *sql)
{
    PGresult *r = PQexec(self(db)->conn, sql);
    enum ecode code = pg_result_ok(r) ? E_OK : pg_error(db, r, sql);
    PQclear(r);
    return code;
}

/* --- begin and end ------------------------------------------------------------------------------ */

enum ecode pg_begin(struct db *db, enum db_txn kind)
{
    struct pg_db *p = self(db);
    p->npending = 0;
    p->xid[0] = '\0';
    if (kind == DB_TXN_SNAPSHOT) {
        add_pending(p, PG_BEGIN_SNAPSHOT, 0);
    } else {
        add_pending(p, PG_BEGIN_WRITE, 0);
        add_pending(p, PG_XID, 0); /* so that a lost COMMIT can be asked about */
    }
    return E_OK;
}

bool pg_begun(const struct pg_db *p)
{
    return p->npending == 0 ||
           (p->pending[0].what != PG_BEGIN_WRITE && p->pending[0].what != PG_BEGIN_SNAPSHOT);
}

void pg_rollback(struct db *db)
{
    struct pg_db *p = self(db);
    p->npending = 0;
    p->xid[0] = '\0';
    if (PQtransactionStatus(p->conn) != PQTRANS_IDLE)
        simple(db, "ROLLBACK"); /* a failure marks the connection lost, and a lost one has rolled back */
}

static void cut_connection(struct pg_db *p)
{
    shutdown(PQsocket(p->conn), SHUT_RDWR);
}

static PGresult *send_commit(struct pg_db *p)
{
    struct err ignored;
    if (fault_hit(FAULT_LOST_BEFORE, &ignored))
        cut_connection(p);
    if (fault_hit(FAULT_LOST_DURING, &ignored)) {
        PQsendQuery(p->conn, "COMMIT");
        PQflush(p->conn);
        cut_connection(p);
        return PQgetResult(p->conn);
    }
    PGresult *r = PQexec(p->conn, "COMMIT");
    if (fault_hit(FAULT_LOST_AFTER, &ignored)) {
        cut_connection(p);
        PQclear(r);
        r = PQexec(p->conn, "");
    }
    return r;
}

static enum ecode lost_in_commit(struct pg_db *p)
{
    if (!p->xid[0])
        return err_set(p->base.err, E_UNAVAILABLE, "the connection to the database was lost");
    snprintf(p->uncertain_xid, sizeof p->uncertain_xid, "%s", p->xid);
    p->uncertain_pid = p->pid;
    return err_set(p->base.err, E_UNCERTAIN, "the connection to the database was lost while committing");
}

enum ecode pg_commit(struct db *db)
{
    struct pg_db *p = self(db);
    enum ecode code = fault_hit(FAULT_COMMIT, db->err);
    if (!code && pg_is_riding(p, NULL))
        code = pg_run(p, NULL, NULL);
    if (code) {
        pg_rollback(db);
        return code;
    }
    bool any = pg_begun(p);
    p->npending = 0; /* a RELEASE that waits is part of COMMIT */
    if (!any)
        return E_OK;
    PGresult *r = send_commit(p);
    if (!pg_result_ok(r))
        code = pg_error(db, r, "COMMIT");
    else if (strcmp(PQcmdStatus(r), "COMMIT") != 0)
        code = err_set(db->err, E_INTERNAL, "PostgreSQL answered COMMIT with %s", PQcmdStatus(r));
    PQclear(r);
    if (db->lost)
        code = lost_in_commit(p);
    p->xid[0] = '\0';
    return code;
}

/* --- savepoints --------------------------------------------------------------------------------- */

enum ecode pg_savepoint(struct db *db, int depth)
{
    struct pg_db *p = self(db);
    enum ecode code = p->npending == PG_PENDING_MAX ? pg_run(p, NULL, NULL) : E_OK;
    if (!code)
        add_pending(p, PG_SAVEPOINT, depth);
    return code;
}

enum ecode pg_release(struct db *db, int depth)
{
    struct pg_db *p = self(db);
    if (last_pending_is(p, PG_SAVEPOINT, depth)) { /* nothing happened in it */
        p->npending--;
        return E_OK;
    }
    enum ecode code = p->npending == PG_PENDING_MAX ? pg_run(p, NULL, NULL) : E_OK;
    if (!code)
        add_pending(p, PG_RELEASE, depth);
    return code;
}

enum ecode pg_rollback_to(struct db *db, int depth)
{
    struct pg_db *p = self(db);
    while (p->npending > 0 &&
           (p->pending[p->npending - 1].what == PG_RELEASE || p->pending[p->npending - 1].what == PG_RIDER))
        p->npending--; /* the inner savepoints go with this one, and what never ran need not be undone */
    if (last_pending_is(p, PG_SAVEPOINT, depth)) {
        p->npending--;
        return E_OK;
    }
    CHECK(p->npending == 0);
    char sql[80];
    snprintf(sql, sizeof sql, "ROLLBACK TO SAVEPOINT s%d; RELEASE SAVEPOINT s%d", depth, depth);
    return simple(db, sql);
}

/* --- what became of it -------------------------------------------------------------------------- */

enum fate { FATE_COMMITTED, FATE_ABORTED, FATE_OPEN, FATE_UNKNOWN };

static enum fate ask_fate(struct db *db)
{
    struct stmt *s = db_query(db, &Q_xact_status);
    stmt_bind_text(s, 1, self(db)->uncertain_xid);
    if (stmt_row(s))
        return FATE_UNKNOWN;
    const char *status = stmt_text(s, 0);
    enum fate fate = FATE_UNKNOWN;
    if (status && strcmp(status, "committed") == 0)
        fate = FATE_COMMITTED;
    else if (status && strcmp(status, "aborted") == 0)
        fate = FATE_ABORTED;
    else if (status && strcmp(status, "in progress") == 0)
        fate = FATE_OPEN;
    stmt_end(s);
    return fate;
}

/* Our COMMIT never reached a session that sits idle in the transaction: it is ended, and the transaction with
 * it. */
static void end_abandoned(struct db *db)
{
    struct pg_db *p = self(db);
    char low[16];
    snprintf(low, sizeof low, "%" PRIu32, (uint32_t)strtoull(p->uncertain_xid, NULL, 10));
    struct stmt *s = db_query(db, &Q_xact_end_abandoned);
    stmt_bind_i64(s, 1, p->uncertain_pid);
    stmt_bind_text(s, 2, low);
    stmt_run(s);
}

enum ecode pg_settle(struct db *db, int timeout_ms, bool *committed)
{
    struct pg_db *p = self(db);
    struct monotime start = monotime_now();
    enum fate fate = FATE_OPEN;
    while (p->uncertain_xid[0]) {
        if (!db->lost || db_reopen(db) == E_OK)
            fate = ask_fate(db);
        if (!db->lost && fate != FATE_OPEN)
            break;
        if (monotime_diff(monotime_now(), start).ms >= timeout_ms)
            break;
        if (!db->lost)
            end_abandoned(db);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    if (!p->uncertain_xid[0] || db->lost || (fate != FATE_COMMITTED && fate != FATE_ABORTED))
        return err_set(db->err, E_UNCERTAIN, "nobody can tell whether the transaction was committed");
    p->uncertain_xid[0] = '\0';
    *committed = fate == FATE_COMMITTED;
    return E_OK;
}
