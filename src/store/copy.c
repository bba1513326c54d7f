#include "store/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "catalog.sql.h"
#include "store/copy_priv.h"
#include "store/migrate.h"
#include "store/partition.h"
#include "store/sql_text.h"

#define TABLES_MAX 100
#define MIGRATE_WAIT_SECONDS 30
#define DAYS_MAX 4000

struct copy {
    struct db *from, *to;
    const struct copy_options *o;
    struct arena *arena;
    struct copy_table tables[TABLES_MAX];
    size_t n;
    struct copy_proof *proofs; /* of the source, as the tables */
    int64_t done, total;
};

/* --- what there is to copy ------------------------------------------------------------------------ */

static enum ecode list_tables(struct db *db, struct arena *a, enum copy_side side, struct copy_table *tables,
                              size_t *n)
{
    struct stmt *s = db_query(db, &Q_copy_columns);
    enum stmt_step step;
    *n = 0;
    while ((step = stmt_step(s)) == STMT_ROW) {
        const char *name = stmt_text(s, 0);
        if (*n == 0 || strcmp(tables[*n - 1].name, name) != 0) {
            CHECK(*n < TABLES_MAX);
            tables[(*n)++] =
                (struct copy_table){.name = arena_strdup(a, name),
                                    .columns = arena_array(a, COPY_COLUMNS_MAX, sizeof(struct copy_column))};
        }
        struct copy_table *t = &tables[*n - 1];
        CHECK(t->n < COPY_COLUMNS_MAX);
        struct copy_column *c = &t->columns[t->n++];
        *c = (struct copy_column){
            .name = arena_strdup(a, stmt_text(s, 1)), .json = stmt_bool(s, 3), .key = (int)stmt_i64(s, 4)};
        c->oid[side] = (unsigned)stmt_i64(s, 2);
    }
    return step == STMT_DONE ? E_OK : db_err(db)->code;
}

static bool same_columns(const struct copy_table *a, const struct copy_table *b)
{
    if (strcmp(a->name, b->name) != 0 || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->columns[i].name, b->columns[i].name) != 0)
            return false;
    return true;
}

/* The tables of both sides, which have to be the same. */
static enum ecode match_tables(struct copy *c)
{
    struct copy_table *there = arena_array(c->arena, TABLES_MAX, sizeof *there);
    size_t n;
    enum ecode rc = list_tables(c->from, c->arena, COPY_FROM, c->tables, &c->n);
    if (rc == E_OK)
        rc = list_tables(c->to, c->arena, COPY_TO, there, &n);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < c->n || i < n; i++) {
        if (i >= c->n || i >= n || !same_columns(&c->tables[i], &there[i]))
            return err_set(db_err(c->to), E_CONFLICT, "the tables of source and target differ from %s on",
                           i < c->n ? c->tables[i].name : there[i].name);
        for (size_t k = 0; k < there[i].n; k++) {
            struct copy_column *column = &c->tables[i].columns[k];
            column->oid[COPY_TO] = there[i].columns[k].oid[COPY_TO];
            column->json |= there[i].columns[k].json;
        }
    }
    c->proofs = arena_array(c->arena, c->n, sizeof *c->proofs);
    for (size_t i = 0; i < c->n; i++)
        c->proofs[i] = (struct copy_proof){.table = c->tables[i].name};
    return E_OK;
}

static void add_number(void *arg, int ncols, const char *const *values)
{
    CHECK(ncols == 1);
    *(int64_t *)arg += values[0] ? strtoll(values[0], NULL, 10) : 0;
}

static enum ecode count_rows(struct copy *c)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; rc == E_OK && i < c->n; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%.100s\"", c->tables[i].name);
        rc = db_exec_rows(c->from, sql, add_number, &c->total);
    }
    return rc;
}

/* --- making the target ready ------------------------------------------------------------------------ */

struct days {
    struct day items[DAYS_MAX];
    size_t n;
};

static void take_day(void *arg, int ncols, const char *const *values)
{
    struct days *d = arg;
    CHECK(ncols == 1 && values[0] != NULL);
    if (d->n < DAYS_MAX)
        d->items[d->n++] = day_of((int32_t)strtoll(values[0], NULL, 10));
}

/* PostgreSQL keeps the log of the program in partitions of days, also those that are over. */
static enum ecode make_partitions(struct copy *c)
{
    struct days days = {.n = 0};
    int made;
    if (db_engine(c->to) != DB_POSTGRES)
        return E_OK;
    enum ecode rc = db_exec_rows(c->from,
                                 db_engine(c->from) == DB_SQLITE
                                     ? "SELECT DISTINCT created_at / 86400000 FROM system_logs ORDER BY 1"
                                     : "SELECT DISTINCT CAST(floor(extract(epoch FROM created_at) / 86400) "
                                       "AS bigint) FROM system_logs ORDER BY 1",
                                 take_day, &days);
    for (size_t i = 0; rc == E_OK && i < days.n; i++)
        rc = partition_ensure(c->to, day_add(days.items[i], 1), &made);
    if (rc == E_OK)
        rc = partition_ensure(c->to, day_of((int32_t)(c->o->now.ms / 86400000)), &made);
    return rc;
}

static enum ecode migrate_target(struct copy *c)
{
    struct migrate_options o = {.to = -1, .wait = duration_seconds(MIGRATE_WAIT_SECONDS), .now = c->o->now};
    int steps;
    enum ecode rc = migrate_up(c->to, migration_set_embedded(), &o, &steps);
    if (rc == E_OK)
        rc = make_partitions(c);
    return rc == E_OK ? copy_keys_drop(c->to) : rc;
}

static enum ecode begin(struct copy *c, enum copy_phase *phase)
{
    enum migrate_state state;
    int version;
    enum ecode rc = copy_phase_get(c->to, phase);
    if (rc != E_OK)
        return rc;
    if (*phase == COPY_CLAIMED)
        return err_set(db_err(c->to), E_CONFLICT,
                       "the target is being filled from an older program's database");
    if (*phase == COPY_NEW) {
        rc = migrate_state(c->to, migration_set_embedded(), &state, &version);
        if (rc == E_OK && state != MIGRATE_EMPTY)
            rc = err_set(db_err(c->to), E_CONFLICT, "the target holds a database of habitd already");
        if (rc == E_OK)
            rc = copy_state_make(c->to, COPY_STARTED);
        *phase = COPY_STARTED;
    }
    if (rc == E_OK && *phase == COPY_STARTED) {
        rc = migrate_target(c);
        *phase = COPY_LOADING;
    }
    return rc;
}

/* --- loading ---------------------------------------------------------------------------------------- */

struct load {
    struct copy *c;
    const struct copy_table *t;
    struct copy_digest *digest; /* of the source */
    struct copy_writer *writer; /* NULL between two batches */
    struct buf scratch;
    int64_t stored;   /* rows that are in the target for good */
    int64_t written;  /* those and the batch's */
    bool source_only; /* the rows are there: only the digest is wanted */
};

static void report(struct copy *c, const char *table)
{
    if (c->o->progress)
        c->o->progress(c->o->arg, table, c->done, c->total);
}

static enum ecode end_batch(struct load *l)
{
    enum ecode rc = copy_writer_end(l->writer);
    copy_writer_free(l->writer);
    l->writer = NULL;
    if (rc == E_OK)
        rc = copy_rows_set(l->c->to, l->t->name, l->stored, l->written);
    if (rc != E_OK) {
        db_rollback(l->c->to);
        return rc;
    }
    rc = db_commit(l->c->to);
    if (rc == E_OK)
        l->stored = l->written;
    report(l->c, l->t->name);
    return rc;
}

static enum ecode write_row(struct load *l, const struct copy_cell *row)
{
    enum ecode rc = E_OK;
    if (!l->writer) {
        rc = db_begin(l->c->to, DB_TXN_WRITE);
        if (rc == E_OK)
            rc = copy_writer_new(l->c->to, l->t, &l->writer);
    }
    if (rc == E_OK)
        rc = copy_writer_row(l->writer, row);
    if (rc != E_OK)
        return rc;
    l->written++;
    return l->written - l->stored >= COPY_BATCH_ROWS ? end_batch(l) : E_OK;
}

static enum ecode load_row(void *arg, const struct copy_cell *row)
{
    struct load *l = arg;
    copy_digest_row(l->digest, l->t, row, &l->scratch);
    l->c->done++;
    if (l->source_only || (int64_t)l->digest->rows <= l->stored)
        return E_OK;
    return write_row(l, row);
}

static enum ecode load_table(struct copy *c, size_t i, bool source_only)
{
    struct load l = {.c = c, .t = &c->tables[i], .digest = &c->proofs[i].digest, .source_only = source_only};
    enum ecode rc = copy_rows_get(c->to, l.t->name, &l.stored);
    if (rc != E_OK)
        return rc;
    l.written = l.stored;
    buf_init(&l.scratch, COPY_ROW_MAX);
    report(c, l.t->name);
    rc = copy_read(c->from, l.t, COPY_FROM, !source_only, load_row, &l);
    if (rc == E_OK && l.writer)
        rc = end_batch(&l);
    copy_writer_free(l.writer);
    db_rollback(c->to);
    buf_release(&l.scratch);
    return rc;
}

static enum ecode move_phase(struct copy *c, enum copy_phase from, enum copy_phase to)
{
    enum ecode rc = db_begin(c->to, DB_TXN_WRITE);
    if (rc == E_OK)
        rc = copy_phase_set(c->to, from, to);
    if (rc == E_OK)
        return db_commit(c->to);
    db_rollback(c->to);
    return rc;
}

static enum ecode load_all(struct copy *c, enum copy_phase *phase)
{
    enum ecode rc = count_rows(c);
    for (size_t i = 0; rc == E_OK && i < c->n; i++)
        rc = load_table(c, i, *phase > COPY_LOADING);
    if (rc == E_OK && *phase == COPY_LOADING) {
        rc = move_phase(c, COPY_LOADING, COPY_LOADED);
        *phase = COPY_LOADED;
    }
    return rc;
}

/* --- proving ---------------------------------------------------------------------------------------- */

struct digesting {
    const struct copy_table *t;
    struct copy_digest digest;
    struct buf scratch;
};

static enum ecode digest_row(void *arg, const struct copy_cell *row)
{
    struct digesting *d = arg;
    copy_digest_row(&d->digest, d->t, row, &d->scratch);
    return E_OK;
}

static enum ecode compare(struct err *err, const char *table, const struct copy_digest *a,
                          const struct copy_digest *b)
{
    if (a->rows != b->rows)
        return err_reason(err, E_CORRUPT, "copy_differs",
                          "%s has %llu rows in the source and %llu in the target", table,
                          (unsigned long long)a->rows, (unsigned long long)b->rows);
    if (a->sum != b->sum)
        return err_reason(err, E_CORRUPT, "copy_differs",
                          "the sums of %s differ: %lld in the source, %lld in the target", table,
                          (long long)a->sum, (long long)b->sum);
    if (memcmp(a->hash, b->hash, sizeof a->hash) != 0)
        return err_reason(err, E_CORRUPT, "copy_differs", "the checksums of %s differ in source and target",
                          table);
    return E_OK;
}

static enum ecode prove_table(struct copy *c, size_t i)
{
    struct digesting d = {.t = &c->tables[i]};
    buf_init(&d.scratch, COPY_ROW_MAX);
    enum ecode rc = copy_read(c->to, d.t, COPY_TO, false, digest_row, &d);
    buf_release(&d.scratch);
    return rc == E_OK ? compare(db_err(c->to), d.t->name, &c->proofs[i].digest, &d.digest) : rc;
}

static void keep_first(void *arg, const char *what)
{
    char *text = arg;
    if (!*text)
        snprintf(text, 300, "%s", what);
}

static enum ecode prove(struct copy *c)
{
    char defect[300] = "";
    enum ecode rc = db_begin(c->to, DB_TXN_SNAPSHOT);
    for (size_t i = 0; rc == E_OK && i < c->n; i++)
        rc = prove_table(c, i);
    if (rc == E_OK)
        rc = db_check_integrity(c->to, keep_first, defect);
    if (rc == E_OK && defect[0])
        rc = err_reason(db_err(c->to), E_CORRUPT, "copy_differs", "the target is damaged: %s", defect);
    db_rollback(c->to);
    return rc;
}

static enum ecode finish_load(struct copy *c, enum copy_phase phase)
{
    enum ecode rc = E_OK;
    if (phase == COPY_LOADED) {
        rc = copy_keys_make(c->to);
        if (rc == E_OK)
            rc = move_phase(c, COPY_LOADED, COPY_KEYED);
        phase = COPY_KEYED;
    }
    if (rc == E_OK && phase == COPY_KEYED) {
        rc = prove(c);
        if (rc == E_OK)
            rc = move_phase(c, COPY_KEYED, COPY_PROVED);
    }
    return rc;
}

/* --- the whole -------------------------------------------------------------------------------------- */

/* A load takes as long as it takes, and one side waits for the other. */
static enum ecode be_patient(struct db *db)
{
    return db_engine(db) == DB_SQLITE
               ? E_OK
               : db_exec(db, "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
                             "SET maintenance_work_mem = '256MB'");
}

/* Tables come in the order of their names; the proof looks at every reference of SQLite, PostgreSQL's come
 * last. */
static enum ecode check_references(struct db *to, bool on)
{
    if (db_engine(to) != DB_SQLITE)
        return E_OK;
    return db_exec(to, on ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF");
}

static enum ecode run(struct copy *c)
{
    enum copy_phase phase;
    bool half;
    enum ecode rc = be_patient(c->from);
    if (rc == E_OK)
        rc = be_patient(c->to);
    if (rc == E_OK)
        rc = copy_is_unfinished(c->from, &half);
    if (rc == E_OK && half)
        rc = err_set(db_err(c->from), E_CONFLICT, "the source is itself a copy that was not finished");
    if (rc == E_OK)
        rc = db_begin(c->from, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = begin(c, &phase);
    if (rc == E_OK)
        rc = match_tables(c);
    if (rc == E_OK)
        rc = check_references(c->to, false);
    if (rc == E_OK)
        rc = load_all(c, &phase);
    if (rc == E_OK)
        rc = finish_load(c, phase);
    if (rc == E_OK)
        rc = check_references(c->to, true);
    db_rollback(c->from);
    return rc;
}

enum ecode copy_run(struct db *from, struct db *to, const struct copy_options *o, struct arena *a,
                    struct copy_proof **tables, size_t *n, struct err *err)
{
    CHECK(!db_in_txn(from) && !db_in_txn(to));
    struct copy c = {.from = from, .to = to, .o = o, .arena = a};
    db_set_err(from, err);
    db_set_err(to, err);
    enum ecode rc = run(&c);
    if (rc == E_OK) {
        *tables = c.proofs;
        *n = c.n;
    }
    return rc;
}
