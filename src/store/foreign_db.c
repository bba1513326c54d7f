#include "store/foreign_db.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "store/db.h"
#include "store/sql_text.h"

#define SQL_MAX (4u << 20) /* a statement with the keys of a person's habits */
#define CATALOG_BYTES (8u << 20)

/* A column of the source's catalogue. */
struct known {
    const char *table, *column;
};
struct foreign_db {
    struct db *db;
    struct arena *arena;
    struct known *columns; /* in order of table */
    size_t n, room;
    struct err last; /* of what is done after the callers' own are gone */
};

static void take_column(void *arg, int ncols, const char *const *values)
{
    struct foreign_db *f = arg;
    CHECK(ncols == 2);
    if (f->n == f->room) {
        size_t room = f->room ? f->room * 2 : 256;
        struct known *grown = arena_array(f->arena, room, sizeof *grown);
        if (f->n > 0)
            memcpy(grown, f->columns, f->n * sizeof *grown);
        f->columns = grown;
        f->room = room;
    }
    f->columns[f->n++] = (struct known){arena_strdup(f->arena, values[0]), arena_strdup(f->arena, values[1])};
}

enum ecode foreign_db_open(const char *url, struct foreign_db **out, struct err *err)
{
    struct db *db;
    if (strncmp(url, "postgresql:", 11) != 0 && strncmp(url, "postgres:", 9) != 0)
        return err_set(err, E_INVALID, "is no PostgreSQL database (postgresql://…)");
    enum ecode rc = db_open(url, DB_READONLY, &db, err);
    if (rc != E_OK)
        return rc;
    struct arena *arena = arena_new(CATALOG_BYTES);
    struct foreign_db *f = arena_alloc(arena, sizeof *f);
    f->db = db;
    f->arena = arena;
    db_set_err(db, err);
    /* the reading takes as long as it takes, and waits for the writing in between */
    rc = db_exec(db, "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0");
    if (rc == E_OK)
        rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = db_exec_rows(db,
                          "SELECT c.table_name, c.column_name FROM information_schema.columns c"
                          " JOIN information_schema.tables t USING (table_schema, table_name)"
                          " WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'"
                          " ORDER BY c.table_name COLLATE \"C\", c.ordinal_position",
                          take_column, f);
    if (rc == E_OK)
        *out = f;
    else
        foreign_db_close(f);
    return rc;
}

void foreign_db_close(struct foreign_db *f)
{
    if (!f)
        return;
    db_set_err(f->db, &f->last);
    db_rollback(f->db);
    db_close(f->db);
    arena_free(f->arena);
}

/* column NULL: any. */
static bool has(const struct foreign_db *f, const char *table, const char *column)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->columns[i].table, table) == 0 && (!column || strcmp(f->columns[i].column, column) == 0))
            return true;
    return false;
}

bool foreign_db_has_table(const struct foreign_db *f, const char *table)
{
    return has(f, table, NULL);
}

void foreign_db_tables(const struct foreign_db *f, void (*name)(void *arg, const char *table), void *arg)
{
    for (size_t i = 0; i < f->n; i++)
        if (i == 0 || strcmp(f->columns[i].table, f->columns[i - 1].table) != 0)
            name(arg, f->columns[i].table);
}

enum ecode foreign_db_expect(struct foreign_db *f, const char *table, const struct foreign_db_column *columns,
                             size_t n, struct err *err)
{
    if (!foreign_db_has_table(f, table))
        return err_set(err, E_CONFLICT, "there is no table %s", table);
    for (size_t i = 0; i < n; i++)
        if (columns[i].required && !has(f, table, columns[i].name))
            return err_set(err, E_CONFLICT, "the table %s has no column %s", table, columns[i].name);
    return E_OK;
}

/* --- statements ----------------------------------------------------------------------------------- */

struct reading {
    foreign_db_row row;
    void *arg;
    enum ecode code;
};

static void take_row(void *arg, int ncols, const char *const *values)
{
    struct reading *r = arg;
    (void)ncols;
    if (r->code == E_OK)
        r->code = r->row(r->arg, values);
}

static enum ecode run(struct foreign_db *f, struct buf *sql, foreign_db_row row, void *arg, struct err *err)
{
    struct reading r = {.row = row, .arg = arg, .code = E_OK};
    CHECK(!buf_overflowed(sql));
    db_set_err(f->db, err);
    enum ecode rc = db_exec_rows(f->db, buf_text(sql), take_row, &r);
    buf_release(sql);
    return rc == E_OK ? r.code : rc;
}

static void add_columns(const struct foreign_db *f, struct buf *b, const struct foreign_db_query *q)
{
    for (size_t i = 0; i < q->n; i++) {
        const struct foreign_db_column *c = &q->columns[i];
        buf_str(b, i ? ", " : "");
        if (!has(f, q->table, c->name)) {
            buf_str(b, "NULL::text");
            continue;
        }
        buf_str(b, c->instant ? "floor(extract(epoch FROM t." : "(t.");
        sql_add_name(b, c->name);
        buf_str(b, c->instant ? ") * 1000)::bigint::text" : ")::text");
    }
}

enum ecode foreign_db_read(struct foreign_db *f, const struct foreign_db_query *q, foreign_db_row row,
                           void *arg, struct err *err)
{
    struct buf b;
    if (!foreign_db_has_table(f, q->table) || (q->key && q->keys_count == 0))
        return E_OK;
    buf_init(&b, SQL_MAX);
    buf_str(&b, "SELECT ");
    add_columns(f, &b, q);
    buf_str(&b, " FROM ");
    sql_add_name(&b, q->table);
    buf_str(&b, " t");
    for (size_t i = 0; q->key && i < q->keys_count; i++) {
        buf_str(&b, i ? ", " : " WHERE t.");
        if (i == 0) {
            sql_add_name(&b, q->key);
            buf_str(&b, " IN (");
        }
        buf_printf(&b, "%lld", (long long)q->keys[i]);
    }
    buf_str(&b, q->key ? ")" : "");
    const char *const order[] = {q->order, "id"};
    for (size_t i = 0, n = 0; i < 2; i++) {
        if (!order[i] || !has(f, q->table, order[i]))
            continue;
        buf_str(&b, n++ ? ", t." : " ORDER BY t.");
        sql_add_name(&b, order[i]);
    }
    return run(f, &b, row, arg, err);
}

struct ids {
    struct arena *arena;
    int64_t *items;
    size_t n, room;
};

static enum ecode take_id(void *arg, const char *const *values)
{
    struct ids *s = arg;
    if (s->n == s->room) {
        size_t room = s->room ? s->room * 2 : 64;
        int64_t *grown = arena_array(s->arena, room, sizeof *grown);
        if (s->n > 0)
            memcpy(grown, s->items, s->n * sizeof *grown);
        s->items = grown;
        s->room = room;
    }
    s->items[s->n++] = values[0] ? strtoll(values[0], NULL, 10) : 0;
    return E_OK;
}

static enum ecode run_ids(struct foreign_db *f, struct buf *sql, struct arena *a, int64_t **ids, size_t *n,
                          struct err *err)
{
    struct ids s = {.arena = a};
    enum ecode rc = run(f, sql, take_id, &s, err);
    *ids = s.items;
    *n = s.n;
    return rc;
}

/* Rows of `table` without a match in `other`: t.column = o.other_column. */
static enum ecode unmatched(struct foreign_db *f, const char *const names[4], struct arena *a, int64_t **ids,
                            size_t *n, struct err *err)
{
    struct buf b;
    *n = 0;
    if (!has(f, names[0], names[1]))
        return E_OK;
    buf_init(&b, SQL_MAX);
    buf_str(&b, "SELECT t.id::text FROM ");
    sql_add_name(&b, names[0]);
    buf_str(&b, " t");
    if (has(f, names[2], names[3])) {
        buf_str(&b, " WHERE NOT EXISTS (SELECT 1 FROM ");
        sql_add_name(&b, names[2]);
        buf_str(&b, " o WHERE o.");
        sql_add_name(&b, names[3]);
        buf_str(&b, " = t.");
        sql_add_name(&b, names[1]);
        buf_char(&b, ')');
    }
    buf_str(&b, " ORDER BY t.id");
    return run_ids(f, &b, a, ids, n, err);
}

enum ecode foreign_db_orphans(struct foreign_db *f, const char *table, const char *column, const char *parent,
                              const char *parent_column, struct arena *a, int64_t **ids, size_t *n,
                              struct err *err)
{
    const char *const names[] = {table, column, parent, parent_column};
    return unmatched(f, names, a, ids, n, err);
}

enum ecode foreign_db_unnamed(struct foreign_db *f, const char *table, const char *child,
                              const char *child_column, struct arena *a, int64_t **ids, size_t *n,
                              struct err *err)
{
    const char *const names[] = {table, "id", child, child_column};
    return unmatched(f, names, a, ids, n, err);
}

enum ecode foreign_db_repeated(struct foreign_db *f, const char *table, const char *first, const char *second,
                               struct arena *a, int64_t **ids, size_t *n, struct err *err)
{
    struct buf b;
    *n = 0;
    if (!has(f, table, first) || (second && !has(f, table, second)))
        return E_OK;
    buf_init(&b, SQL_MAX);
    buf_str(&b, "SELECT x.id::text FROM (SELECT t.id, row_number() OVER (PARTITION BY t.");
    sql_add_name(&b, first);
    if (second) {
        buf_str(&b, ", t.");
        sql_add_name(&b, second);
    }
    buf_str(&b, " ORDER BY t.id) AS nth FROM ");
    sql_add_name(&b, table);
    buf_str(&b, " t WHERE t.");
    sql_add_name(&b, second ? second : first);
    buf_str(&b, " IS NOT NULL) x WHERE x.nth > 1 ORDER BY x.id");
    return run_ids(f, &b, a, ids, n, err);
}

enum ecode foreign_db_count(struct foreign_db *f, const char *table, int64_t *out, struct err *err)
{
    struct buf b;
    struct arena *a = arena_new(4096);
    int64_t *count;
    size_t n;
    *out = 0;
    enum ecode rc = E_OK;
    if (foreign_db_has_table(f, table)) {
        buf_init(&b, SQL_MAX);
        buf_str(&b, "SELECT count(*)::text FROM ");
        sql_add_name(&b, table);
        rc = run_ids(f, &b, a, &count, &n, err);
        if (rc == E_OK)
            *out = n == 1 ? count[0] : 0;
    }
    arena_free(a);
    return rc;
}

struct text {
    struct arena *arena;
    const char *text;
};

static enum ecode take_text(void *arg, const char *const *values)
{
    struct text *t = arg;
    t->text = arena_strdup(t->arena, values[0]);
    return E_OK;
}

enum ecode foreign_db_json(struct foreign_db *f, const char *table, int64_t id, struct arena *a,
                           const char **out, struct err *err)
{
    struct buf b;
    struct text t = {a, "{}"};
    buf_init(&b, SQL_MAX);
    buf_str(&b, "SELECT row_to_json(t)::text FROM ");
    sql_add_name(&b, table);
    buf_printf(&b, " t WHERE t.id = %lld LIMIT 1", (long long)id);
    enum ecode rc = run(f, &b, take_text, &t, err);
    if (rc == E_OK)
        *out = t.text;
    return rc;
}
