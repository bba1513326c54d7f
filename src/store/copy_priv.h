#ifndef HABITD_STORE_COPY_PRIV_H
#define HABITD_STORE_COPY_PRIV_H

#include "base/buf.h"
#include "store/copy.h"

/* Private to the files of the copy. */

#define COPY_COLUMNS_MAX 64
#define COPY_SQL_MAX (64u * 1024)
#define COPY_ROW_MAX (256u << 20) /* bytes of one row */
#define COPY_BATCH_ROWS 20000

/* One value as SQLite would store it: the form that both engines' values are brought into. */
enum copy_kind { COPY_NULL, COPY_I64, COPY_F64, COPY_TEXT, COPY_BYTES };
struct copy_cell {
    enum copy_kind kind;
    union {
        int64_t i;
        double f;
    };
    const char *data; /* borrowed */
    size_t len;
    char own[16]; /* where data of a day lies */
};

struct copy_column {
    const char *name;
    unsigned oid[2]; /* PostgreSQL's type in source and target, 0 on SQLite */
    bool json;
    int key; /* place in the source's primary key, from 1; 0: none */
};

enum copy_side { COPY_FROM, COPY_TO };

struct copy_table {
    const char *name;
    struct copy_column *columns; /* in order of name */
    size_t n;
};

/* --- copy_row.c --- */
/* Adds a row to the digest; `scratch` is the caller's. */
void copy_digest_row(struct copy_digest *d, const struct copy_table *t, const struct copy_cell *row,
                     struct buf *scratch);
/* Reads one value in PostgreSQL's binary form; false: of a type that no table has. */
bool copy_decode(unsigned oid, const char *data, int len, struct copy_cell *out);
/* Adds length and binary form; false: the value is not one of that type. */
bool copy_encode(struct buf *b, unsigned oid, const struct copy_cell *cell);

/* --- copy_read.c --- */
/* Calls row for every row of the table in the order of its key (or in any, without `ordered`). One statement
 * at a time, in the connection's open transaction. */
enum ecode copy_read(struct db *db, const struct copy_table *t, enum copy_side side, bool ordered,
                     enum ecode (*row)(void *arg, const struct copy_cell *row), void *arg);

/* --- copy_write.c --- */
struct copy_writer;
/* Begins to write rows of a table, in the connection's open transaction. */
enum ecode copy_writer_new(struct db *db, const struct copy_table *t, struct copy_writer **out);
enum ecode copy_writer_row(struct copy_writer *w, const struct copy_cell *row);
/* Ends it: every row was taken, or the error. */
enum ecode copy_writer_end(struct copy_writer *w);
/* NULL-safe; ends an unended one without its rows (the caller rolls back). */
void copy_writer_free(struct copy_writer *w);

/* --- copy_state.c --- */
/* COPY_CLAIMED: something else than a copy fills the database (copy_claim). */
enum copy_phase { COPY_NEW, COPY_STARTED, COPY_LOADING, COPY_LOADED, COPY_KEYED, COPY_PROVED, COPY_CLAIMED };
/* COPY_NEW: there is no state table. */
enum ecode copy_phase_get(struct db *to, enum copy_phase *out);
/* Makes the state table, in that phase. */
enum ecode copy_state_make(struct db *to, enum copy_phase phase);
/* In the open transaction; E_CONFLICT when another process moved it. */
enum ecode copy_phase_set(struct db *to, enum copy_phase from, enum copy_phase phase);
/* How many rows of a table were loaded; 0: none. */
enum ecode copy_rows_get(struct db *to, const char *table, int64_t *out);
enum ecode copy_rows_set(struct db *to, const char *table, int64_t before, int64_t rows);
/* Remembers and drops indexes and constraints, and the phase becomes COPY_LOADING: one transaction. */
enum ecode copy_keys_drop(struct db *to);
/* Makes those again that are not there yet, each in a transaction. */
enum ecode copy_keys_make(struct db *to);

#endif
