/* Statements of the PostgreSQL driver: prepared once per connection, binary both ways, whole results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "store/fault.h"
#include "store/postgres_priv.h"

#define PARAMETERS_MAX (256u << 20) /* of one execution, encoded */
#define PARAMETERS_KEEP (64u << 10) /* buffers above this are given back */

static struct pg_stmt *self(struct stmt *s)
{
    return (struct pg_stmt *)s;
}

static struct pg_db *connection(struct stmt *s)
{
    return (struct pg_db *)s->db;
}

/* --- parameters --------------------------------------------------------------------------------- */

void pg_clear(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    size_t n = (size_t)s->q->nparams;
    if (pg_is_riding(connection(s), st) && pg_run(connection(s), NULL, NULL))
        db_poison(s->db); /* its parameters are needed again before it went */
    if (!st->values) {
        st->values = calloc(n + 1, sizeof *st->values);
        st->offsets = calloc(n + 1, sizeof *st->offsets);
        st->lengths = calloc(n + 1, sizeof *st->lengths);
        st->formats = calloc(n + 1, sizeof *st->formats);
        CHECK(st->values && st->offsets && st->lengths && st->formats);
        buf_init(&st->data, PARAMETERS_MAX);
        for (size_t i = 0; i < n; i++)
            st->formats[i] = 1;
    }
    buf_clear(&st->data);
    for (size_t i = 0; i < n; i++)
        st->lengths[i] = -1; /* NULL until bound */
}

static void end_value(struct pg_stmt *st, int i, size_t start)
{
    st->offsets[i - 1] = start;
    st->lengths[i - 1] = buf_overflowed(&st->data) ? 0 : (int)(st->data.len - start);
}

void pg_bind(struct stmt *s, int i, const struct db_value *v)
{
    struct pg_stmt *st = self(s);
    size_t start = st->data.len;
    if (v->null) {
        st->lengths[i - 1] = -1;
        return;
    }
    pg_encode(&st->data, s->q->params[i - 1], v);
    end_value(st, i, start);
}

void pg_bind_array(struct stmt *s, int i, const void *v, const bool *nulls, size_t n)
{
    struct pg_stmt *st = self(s);
    size_t start = st->data.len;
    pg_encode_array(&st->data, s->q->params[i - 1] & ~(unsigned)DB_ARRAY, v, nulls, n);
    end_value(st, i, start);
}

/* The buffer has stopped moving: offsets become pointers. */
static enum ecode point_to_values(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    if (buf_overflowed(&st->data))
        return err_set(s->db->err, E_TOO_LARGE, "%s: more data than one statement takes", s->q->name);
    for (int i = 0; i < s->q->nparams; i++)
        st->values[i] = st->lengths[i] < 0 ? NULL : buf_text(&st->data) + st->offsets[i];
    return E_OK;
}

/* --- running ------------------------------------------------------------------------------------ */

static enum ecode prepare(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    if (st->prepared)
        return E_OK;
    /* A refused text must fail inside the savepoint that stands before it, not before that is set. */
    enum ecode code =
        pg_begun(connection(s)) && connection(s)->npending > 0 ? pg_run(connection(s), NULL, NULL) : E_OK;
    if (code)
        return code;
    Oid *types = calloc((size_t)s->q->nparams + 1, sizeof *types);
    CHECK(types);
    for (int i = 0; i < s->q->nparams; i++)
        types[i] = pg_oid(s->q->params[i]);
    snprintf(st->name, sizeof st->name, "%.48s_%d", s->q->name, ++st->generation);
    PGresult *r = PQprepare(connection(s)->conn, st->name, s->q->sql[DB_POSTGRES], s->q->nparams, types);
    code = pg_result_ok(r) ? E_OK : pg_error(s->db, r, s->q->name);
    PQclear(r);
    free(types);
    st->prepared = code == E_OK;
    st->proved = false;
    return code;
}

/* The first result tells whether the query has the columns it declares. */
static enum ecode prove(struct stmt *s, const PGresult *r)
{
    struct pg_stmt *st = self(s);
    if (st->proved)
        return E_OK;
    if (PQnfields(r) != s->q->ncols)
        return err_set(s->db->err, E_INTERNAL, "%s: returns %d columns, declared are %d", s->q->name,
                       PQnfields(r), s->q->ncols);
    for (int c = 0; c < s->q->ncols; c++)
        if (!pg_readable(s->q->cols[c], PQftype(r, c)))
            return err_set(s->db->err, E_INTERNAL, "%s: column %d is of another type than declared",
                           s->q->name, c);
    st->proved = true;
    return E_OK;
}

/* A plan that worked before and is refused now: the schema changed, or somebody dropped the prepared
 * statement. */
static bool is_stale(const struct pg_stmt *st, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    return st->proved && state && (strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0);
}

static enum ecode execute(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    PGresult *r = NULL;
    enum ecode code = prepare(s);
    if (!code)
        code = pg_run(connection(s), st, &r);
    if (code)
        return code;
    if (pg_result_ok(r))
        code = prove(s, r);
    else if (is_stale(st, r)) {
        st->prepared = false;
        code = err_set(s->db->err, E_RETRY, "%s: the schema has changed", s->q->name);
    } else
        code = pg_error(s->db, r, s->q->name);
    if (code)
        PQclear(r);
    else
        st->result = r;
    return code;
}

bool pg_ride(struct stmt *s)
{
    return self(s)->prepared && point_to_values(s) == E_OK && pg_add_rider(connection(s), self(s));
}

enum stmt_step pg_start(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    enum ecode code = fault_hit(FAULT_STATEMENT, s->db->err);
    if (!code)
        code = point_to_values(s);
    if (!code)
        code = execute(s);
    if (code == E_RETRY && !st->prepared && !s->db->in_txn)
        code = execute(s);
    if (code)
        return STMT_ERROR;
    st->row = -1;
    return pg_next(s);
}

enum stmt_step pg_next(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    return ++st->row < PQntuples(st->result) ? STMT_ROW : STMT_DONE;
}

/* PQcmdTuples counts the rows of a SELECT too. */
static int64_t changed_rows(PGresult *r)
{
    return strncmp(PQcmdStatus(r), "SELECT", 6) == 0 ? 0 : strtoll(PQcmdTuples(r), NULL, 10);
}

void pg_end(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    if (st->result)
        s->changes = changed_rows(st->result);
    PQclear(st->result);
    st->result = NULL;
    if (st->data.cap > PARAMETERS_KEEP) {
        buf_release(&st->data);
        buf_init(&st->data, PARAMETERS_MAX);
    }
}

void pg_get(struct stmt *s, int c, struct db_value *out)
{
    struct pg_stmt *st = self(s);
    out->null = PQgetisnull(st->result, st->row, c);
    if (!out->null)
        pg_decode(s->q->cols[c], PQftype(st->result, c), PQgetvalue(st->result, st->row, c),
                  PQgetlength(st->result, st->row, c), out);
}

void pg_release_stmt(struct stmt *s)
{
    struct pg_stmt *st = self(s);
    PQclear(st->result);
    st->result = NULL;
    st->prepared = false;
    buf_release(&st->data);
    buf_init(&st->data, PARAMETERS_MAX);
    free(st->values);
    free(st->offsets);
    free(st->lengths);
    free(st->formats);
    st->values = NULL;
    st->offsets = NULL;
    st->lengths = st->formats = NULL;
}
