#include "store/migrate_internal.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "catalog.sql.h"
#include "store/sql_text.h"

#define SQL_MAX (1u << 20)

struct column {
    const char *name;
    int64_t values; /* that are not NULL */
};

struct table {
    const char *name;
    int64_t rows;
    struct column *columns;
    size_t n;
};

struct migrate_content {
    struct table *tables;
    size_t n;
};

/* The tables and columns of the catalogue, nothing counted yet. */
static enum ecode read_names(struct db *db, struct arena *a, struct migrate_content *c)
{
    size_t table_cap = 0, column_cap = 0;
    struct stmt *s = db_query(db, &Q_catalog_columns);
    enum stmt_step step;
    while ((step = stmt_step(s)) == STMT_ROW) {
        const char *name = stmt_text(s, 0);
        if (c->n == 0 || strcmp(c->tables[c->n - 1].name, name) != 0) {
            if (c->n == table_cap) {
                table_cap = table_cap ? table_cap * 2 : 32;
                struct table *grown = arena_array(a, table_cap, sizeof *grown);
                if (c->n > 0)
                    memcpy(grown, c->tables, c->n * sizeof *grown);
                c->tables = grown;
            }
            c->tables[c->n++] = (struct table){.name = arena_strdup(a, name)};
            column_cap = 0;
        }
        struct table *t = &c->tables[c->n - 1];
        if (t->n == column_cap) {
            column_cap = column_cap ? column_cap * 2 : 16;
            struct column *grown = arena_array(a, column_cap, sizeof *grown);
            if (t->n > 0)
                memcpy(grown, t->columns, t->n * sizeof *grown);
            t->columns = grown;
        }
        t->columns[t->n++] = (struct column){.name = arena_strdup(a, stmt_text(s, 1))};
    }
    return step == STMT_DONE ? E_OK : db_err(db)->code;
}

static void take_counts(void *arg, int ncols, const char *const *values)
{
    struct table *t = arg;
    CHECK((size_t)ncols == t->n + 1);
    t->rows = strtoll(values[0], NULL, 10);
    for (size_t i = 0; i < t->n; i++)
        t->columns[i].values = strtoll(values[i + 1], NULL, 10);
}

/* One scan: count(*) and count(column) of each. */
static enum ecode count(struct db *db, struct table *t)
{
    struct buf b;
    buf_init(&b, SQL_MAX);
    buf_str(&b, "SELECT count(*)");
    for (size_t i = 0; i < t->n; i++) {
        buf_str(&b, ", count(");
        sql_add_name(&b, t->columns[i].name);
        buf_char(&b, ')');
    }
    buf_str(&b, " FROM ");
    sql_add_name(&b, t->name);
    enum ecode e = db_exec_rows(db, buf_text(&b), take_counts, t);
    buf_release(&b);
    return e;
}

enum ecode migrate_content_read(struct db *db, struct arena *a, struct migrate_content **out)
{
    struct migrate_content *c = arena_alloc(a, sizeof *c);
    enum ecode e = read_names(db, a, c);
    for (size_t i = 0; i < c->n && e == E_OK; i++)
        e = count(db, &c->tables[i]);
    if (e == E_OK)
        *out = c;
    return e;
}

enum ecode migrate_content_lock(struct db *db, struct arena *a)
{
    if (db_engine(db) != DB_POSTGRES)
        return E_OK;
    struct migrate_content c = {0};
    enum ecode e = read_names(db, a, &c);
    if (e != E_OK || c.n == 0)
        return e;
    struct buf b;
    buf_init(&b, SQL_MAX);
    for (size_t i = 0; i < c.n; i++) {
        buf_str(&b, i == 0 ? "LOCK TABLE " : ", ");
        sql_add_name(&b, c.tables[i].name);
    }
    buf_str(&b, " IN ACCESS EXCLUSIVE MODE");
    e = db_exec(db, buf_text(&b));
    buf_release(&b);
    return e;
}

static const struct table *find_table(const struct migrate_content *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->tables[i].name, name) == 0)
            return &c->tables[i];
    return NULL;
}

static int64_t column_values(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return t->columns[i].values;
    return 0;
}

static void add_loss(struct buf *out, int64_t n, const char *what, const char *table, const char *column)
{
    buf_printf(out, "%s%lld %s%s of %s%s%s", out->len > 0 ? ", " : "", (long long)n, what, n == 1 ? "" : "s",
               table, column ? "." : "", column ? column : "");
}

void migrate_content_lost(const struct migrate_content *before, const struct migrate_content *after,
                          struct buf *out)
{
    for (size_t i = 0; i < before->n; i++) {
        const struct table *t = &before->tables[i], *u = find_table(after, t->name);
        int64_t rows = t->rows - (u ? u->rows : 0);
        if (rows > 0) {
            add_loss(out, rows, "row", t->name, NULL);
            continue;
        }
        for (size_t j = 0; u != NULL && j < t->n; j++) {
            int64_t values = t->columns[j].values - column_values(u, t->columns[j].name);
            if (values > 0)
                add_loss(out, values, "value", t->name, t->columns[j].name);
        }
    }
}
