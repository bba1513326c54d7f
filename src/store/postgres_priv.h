#ifndef HABITD_STORE_POSTGRES_PRIV_H
#define HABITD_STORE_POSTGRES_PRIV_H

#include <libpq-fe.h>
#include "base/buf.h"
#include "store/db_driver.h"

/* Private to the files of the PostgreSQL driver. */

/* What waits to be sent together with the next statement, so that it costs no round trip. */
enum pg_control { PG_BEGIN_WRITE, PG_BEGIN_SNAPSHOT, PG_XID, PG_SAVEPOINT, PG_RELEASE, PG_RIDER };
struct pg_pending {
    enum pg_control what;
    int depth;            /* of PG_SAVEPOINT and PG_RELEASE */
    struct pg_stmt *stmt; /* of PG_RIDER: prepared, with its parameters */
};
#define PG_PENDING_MAX 8

struct pg_db {
    struct db base;
    PGconn *conn;
    PGcancel *cancel; /* what other threads may use of it */
    int pid;          /* of the server's process */
    struct pg_pending pending[PG_PENDING_MAX];
    int npending;
    char xid[24];           /* of the open transaction, decimal; "" before its first statement */
    char uncertain_xid[24]; /* of the transaction that was lost while committing */
    int uncertain_pid;
};

struct pg_stmt {
    struct stmt base;
    char name[64];
    bool prepared;
    bool proved; /* its result had the declared shape: later refusals of the plan mean that the schema changed
                  */
    int generation;
    PGresult *result;
    int row;
    struct buf data; /* encoded parameters one after the other */
    size_t *offsets;
    const char **values;
    int *lengths, *formats;
};

/* --- postgres.c --- */
/* Fills *db->err from a failed result (NULL: from the connection), marks a lost connection; returns the code.
 */
enum ecode pg_error(struct db *db, const PGresult *result, const char *what);
bool pg_result_ok(const PGresult *result);

/* --- postgres_txn.c --- */
/* Queues a prepared statement before the next one; false when there is no room. */
bool pg_add_rider(struct pg_db *p, struct pg_stmt *s);
bool pg_is_riding(const struct pg_db *p, const struct pg_stmt *s);
enum ecode pg_begin(struct db *db, enum db_txn kind);
enum ecode pg_commit(struct db *db);
void pg_rollback(struct db *db);
enum ecode pg_savepoint(struct db *db, int depth);
enum ecode pg_release(struct db *db, int depth);
enum ecode pg_rollback_to(struct db *db, int depth);
enum ecode pg_settle(struct db *db, int timeout_ms, bool *committed);
/* Sends what is pending and, when s is not NULL, executes its prepared statement; *result is s's. PQclear it.
 */
enum ecode pg_run(struct pg_db *p, struct pg_stmt *s, PGresult **result);

/* False while BEGIN still waits to be sent. */
bool pg_begun(const struct pg_db *p);

/* --- postgres_stmt.c --- */
bool pg_ride(struct stmt *s);
void pg_clear(struct stmt *s);
void pg_bind(struct stmt *s, int i, const struct db_value *v);
void pg_bind_array(struct stmt *s, int i, const void *v, const bool *nulls, size_t n);
enum stmt_step pg_start(struct stmt *s);
enum stmt_step pg_next(struct stmt *s);
void pg_end(struct stmt *s);
void pg_get(struct stmt *s, int c, struct db_value *out);
void pg_release_stmt(struct stmt *s);

/* --- postgres_codec.c: PostgreSQL's binary forms --- */
/* The type's OID for a parameter of the declared type, DB_ARRAY included. */
Oid pg_oid(unsigned type);
/* May a column with this OID be read as the declared type? */
bool pg_readable(unsigned type, Oid oid);
void pg_encode(struct buf *out, unsigned type, const struct db_value *v);
void pg_encode_array(struct buf *out, unsigned type, const void *v, const bool *nulls, size_t n);
/* Decodes one non-NULL value; text and bytes point into data. */
void pg_decode(unsigned type, Oid oid, const char *data, int len, struct db_value *out);

#endif
