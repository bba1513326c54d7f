#ifndef HABITD_STORE_DB_H
#define HABITD_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/day.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/uuid.h"

/*
 * The seam between habitd and its database engines, at statement level: prepare, typed bind, step, typed
 * column. Two drivers stand behind it (sqlite.c, postgres.c); nothing above src/store knows which. A `struct
 * db` is one connection and belongs to one thread at a time.
 *
 * Errors: every failing call fills the struct err the connection points to (db_set_err) and returns its code.
 * After an error inside a transaction the transaction is poisoned on BOTH engines: every further statement
 * fails with the same error until db_rollback (or db_rollback_to a savepoint set before it).
 *
 * Constraint violations arrive as E_UNIQUE, E_FOREIGN, E_CHECK on both engines; deadlock and serialisation
 * failures as E_RETRY; a lock not had in time as E_BUSY; a lost connection as E_UNAVAILABLE, and as
 * E_UNCERTAIN when it was lost during COMMIT.
 */

enum db_engine { DB_SQLITE, DB_POSTGRES, DB_ENGINES };

/* The types a parameter or a column can have; each engine stores its own native type (DESIGN §3). */
enum db_type {
    DB_BOOL,  /* PostgreSQL boolean          SQLite INTEGER 0/1 */
    DB_I64,   /* bigint, integer, smallint   INTEGER */
    DB_F64,   /* double precision            REAL */
    DB_TEXT,  /* text                        TEXT */
    DB_BYTES, /* bytea                       BLOB */
    DB_UUID,  /* uuid                        BLOB(16) */
    DB_TIME,  /* timestamptz                 INTEGER milliseconds */
    DB_DAY,   /* date                        TEXT YYYY-MM-DD */
    DB_JSON,  /* jsonb                       TEXT */
    DB_TYPES,
    DB_ARRAY = 64 /* or-ed to the element type; PostgreSQL only (unnest), bound with stmt_bind_array */
};

/*
 * One named query of a .sql file, made by script/embed-sql.py. Never built at run time. `sql[engine]` is NULL
 * when the query exists for the other engine only.
 */
struct query {
    const char *name;
    const char *sql[DB_ENGINES];
    int nparams;
    const uint8_t *params; /* enum db_type of $1 … $nparams; asserted on every bind */
    const char *const *param_names;
    int ncols;
    const uint8_t *cols; /* enum db_type of the result columns; asserted on every read */
};

/* A list's query in each of the orders it may be asked for. */
struct query_orders {
    const char *const *columns; /* it can be sorted by */
    size_t count;
    const struct query *const (*by)[2]; /* of each column: upwards, downwards */
};

struct db;
struct stmt;

enum db_mode {
    DB_READWRITE, /* creates the SQLite file when it is missing */
    DB_READONLY,  /* never writes; an SQLite file must exist */
    DB_LANE /* as DB_READWRITE, for statements that find few rows each, by an index: PostgreSQL plans so */
};

/*
 * Opens a connection. url: "sqlite:PATH", "sqlite::memory:" (tests), "postgresql://…". E_INVALID field
 * "HABITD_DATABASE_URL" for any other form; E_UNAVAILABLE when the server or file cannot be reached, with a
 * text that never holds a password. SQLite: WAL, synchronous=FULL, foreign_keys=ON, busy timeout 10 s, file
 * mode 0600. PostgreSQL: synchronous_commit=on, UTC, statement names prepared once per connection,
 * client_min_messages=warning. `err` stays the connection's error slot until db_set_err changes it.
 */
enum ecode db_open(const char *url, enum db_mode mode, struct db **out, struct err *err);
/* NULL-safe; rolls back what is open. */
void db_close(struct db *db);
enum db_engine db_engine(const struct db *db);
const char *db_engine_name(enum db_engine e); /* "sqlite", "postgres" */
/* Engine and server version for people: "SQLite 3.40.1", "PostgreSQL 15.18". */
const char *db_version(const struct db *db);
/* Where errors of this connection go from now on; must outlive its use. */
void db_set_err(struct db *db, struct err *err);
struct err *db_err(struct db *db);
/*
 * Any thread, while the connection is open: what it is being asked ends soon, with E_BUSY. Asked nothing, it
 * does not notice, and its thread may ask the next at once: whoever wants the work over says so until it is.
 */
void db_interrupt(struct db *db);
/* True after E_UNAVAILABLE or E_UNCERTAIN: only db_reopen or db_close help. */
bool db_is_lost(const struct db *db);
/* Closes and opens the same url again; prepared statements are prepared anew on use. */
enum ecode db_reopen(struct db *db);

/* --- transactions: the only owner of BEGIN, COMMIT and ROLLBACK ---------------------------------- */

enum db_txn {
    DB_TXN_WRITE,   /* SQLite BEGIN IMMEDIATE; PostgreSQL READ COMMITTED */
    DB_TXN_SNAPSHOT /* reads see one moment: SQLite deferred; PostgreSQL REPEATABLE READ READ ONLY */
};
enum ecode db_begin(struct db *db, enum db_txn kind);
/*
 * E_OK: durable. E_UNCERTAIN: the connection went during COMMIT; db_settle tells. Any other code: rolled
 * back, nothing was written.
 */
enum ecode db_commit(struct db *db);
/* Never fails from the caller's view; NULL transaction is a no-op. */
void db_rollback(struct db *db);
bool db_in_txn(const struct db *db);
/*
 * A savepoint inside the open transaction, named by its depth. db_release and db_rollback_to both end the
 * innermost one; the latter undoes what came after it and clears the poison, or fails when the engine has
 * ended the transaction (a full disk, a lost connection).
 */
enum ecode db_savepoint(struct db *db);
enum ecode db_release(struct db *db);
enum ecode db_rollback_to(struct db *db);
/*
 * After E_UNCERTAIN: reconnects and asks pg_xact_status() about the lost transaction, waiting up to
 * timeout_ms while it is still running. *committed is set on E_OK; E_UNCERTAIN again when nobody can tell.
 */
enum ecode db_settle(struct db *db, int timeout_ms, bool *committed);

/* --- statements ---------------------------------------------------------------------------------- */

/*
 * The statement for a query on this connection, reset and without bindings; prepared on first use, cached for
 * the connection's life. Never NULL: a failure to prepare is reported by the first step. One use at a time
 * per query and connection (asserted).
 */
struct stmt *db_query(struct db *db, const struct query *q);

/* Binds $1 … $n (1-based). The declared type is asserted. Text and bytes are copied. Unbound parameters are
 * NULL. */
void stmt_bind_bool(struct stmt *s, int i, bool v);
void stmt_bind_i64(struct stmt *s, int i, int64_t v);
void stmt_bind_f64(struct stmt *s, int i, double v);
void stmt_bind_text(struct stmt *s, int i, const char *v);            /* NULL binds NULL; also for DB_JSON */
void stmt_bind_bytes(struct stmt *s, int i, const void *v, size_t n); /* v NULL binds NULL */
void stmt_bind_uuid(struct stmt *s, int i, const struct uuid *v);     /* v NULL binds NULL */
void stmt_bind_time(struct stmt *s, int i, struct instant v);
void stmt_bind_day(struct stmt *s, int i, struct day v); /* day_none() binds NULL */

/*
 * One array parameter of n elements (PostgreSQL; asserted). `v` points to n bool, int64_t, double, const char
 * *, struct uuid, struct instant or struct day by the declared element type; NULL strings and day_none() are
 * NULL elements; nulls, when given, marks others. DB_BYTES elements are `struct db_bytes`.
 */
struct db_bytes {
    const void *data;
    size_t len;
};
void stmt_bind_array(struct stmt *s, int i, const void *v, const bool *nulls, size_t n);

enum stmt_step { STMT_ERROR = -1, STMT_DONE = 0, STMT_ROW = 1 };
/* Runs to the next row. After STMT_DONE or STMT_ERROR the statement is ended by itself. */
enum stmt_step stmt_step(struct stmt *s);
/*
 * Ends a statement before its last row; harmless on an ended one. Every started statement must come to an end
 * before db_commit (asserted). PostgreSQL holds a statement's whole result in memory: page through large
 * tables. Outside a transaction a writing statement must be stepped to its end, since stmt_end cannot report
 * that it failed.
 */
void stmt_end(struct stmt *s);

/* Steps once: E_OK with the row still readable (call stmt_end when done with it), E_NOT_FOUND when there is
 * none (ended; the err slot is not touched), or the error. */
enum ecode stmt_row(struct stmt *s);
/* Runs to the end, ignoring rows. */
enum ecode stmt_run(struct stmt *s);
/*
 * Runs a statement whose rows nobody wants, in the open transaction. Where the engine has round trips it
 * travels with the next statement, before it, and an error of it is that statement's error; elsewhere it is
 * run at once.
 */
enum ecode stmt_ride(struct stmt *s);
/* Rows inserted, updated or deleted by the statement that ended last on this statement. */
int64_t stmt_changes(const struct stmt *s);

/* Columns of the current row, 0-based; the declared type is asserted. Pointers live until the next step or
 * end. */
bool stmt_is_null(struct stmt *s, int c);
bool stmt_bool(struct stmt *s, int c);   /* NULL reads as false */
int64_t stmt_i64(struct stmt *s, int c); /* NULL reads as 0 */
double stmt_f64(struct stmt *s, int c);
const char *stmt_text(struct stmt *s, int c);               /* NULL reads as NULL; also for DB_JSON */
const void *stmt_bytes(struct stmt *s, int c, size_t *len); /* NULL reads as NULL */
struct uuid stmt_uuid(struct stmt *s, int c);               /* NULL reads as the zero id */
struct instant stmt_time(struct stmt *s, int c);            /* NULL reads as 0 */
struct day stmt_day(struct stmt *s, int c);                 /* NULL reads as day_none() */

/*
 * The engine's own check of its files and of every foreign key: calls found(arg, what) for each defect.
 * SQLite reads the whole file; PostgreSQL keeps its references valid itself and is asked for constraints and
 * indexes that are not.
 */
enum ecode db_check_integrity(struct db *db, void (*found)(void *arg, const char *what), void *arg);

/* --- for migrations, copies and tools only: SQL text that is not a query of a .sql file ---------- */

/* Runs one or more statements of SQL text, ignoring rows. The text may not begin or end transactions
 * (E_INTERNAL). */
enum ecode db_exec(struct db *db, const char *sql);
/* One statement without parameters; calls row(arg, ncols, values) with text forms, NULL for NULL; row may be
 * NULL. */
enum ecode db_exec_rows(struct db *db, const char *sql,
                        void (*row)(void *arg, int ncols, const char *const *values), void *arg);

#endif
