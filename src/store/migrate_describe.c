#include "store/migrate.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "catalog.sql.h"
#include "store/sql_text.h"

#define DESCRIPTION_MAX (8u << 20)

/* The lines of a description on their way. */
struct lines {
    struct arena *arena;
    const char **items;
    size_t n, cap;
};

static void lines_add(struct lines *l, const char *line)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 256;
        const char **items = arena_array(l->arena, cap, sizeof *items);
        if (l->n > 0)
            memcpy(items, l->items, l->n * sizeof *items);
        l->items = items;
        l->cap = cap;
    }
    l->items[l->n++] = line;
}

/* One line of text, whatever its own line ends: runs of white space become one space. */
static void lines_add_folded(struct lines *l, const char *text)
{
    char *out = arena_alloc(l->arena, strlen(text) + 1);
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        bool space = *p == ' ' || *p == '\n' || *p == '\t' || *p == '\r';
        if (space && (n == 0 || out[n - 1] == ' '))
            continue;
        out[n++] = space ? ' ' : *p;
    }
    out[n] = '\0';
    lines_add(l, out);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum ecode describe_postgres(struct db *db, struct lines *l)
{
    static const struct query *const parts[] = {&Q_describe_tables,      &Q_describe_columns,
                                                &Q_describe_constraints, &Q_describe_indexes,
                                                &Q_describe_code,        &Q_describe_comments};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct stmt *s = db_query(db, parts[i]);
        enum stmt_step step;
        while ((step = stmt_step(s)) == STMT_ROW)
            lines_add_folded(l, stmt_text(s, 0));
        if (step == STMT_ERROR)
            return db_err(db)->code;
    }
    return E_OK;
}

/* "prefix text" as a line, the text made canonical. */
static void add_canonical(struct lines *l, const char *prefix, const char *sql, size_t len)
{
    struct buf b;
    buf_init(&b, DESCRIPTION_MAX);
    buf_str(&b, prefix);
    sql_canonical(&b, sql, len);
    CHECK(!buf_overflowed(&b));
    lines_add(l, arena_strdup(l->arena, buf_text(&b)));
    buf_release(&b);
}

/* A line for each definition between the outer parentheses of CREATE TABLE, and one for what stands behind
 * them. */
static void add_table_items(struct lines *l, const char *name, const char *sql)
{
    const char *item_prefix = arena_printf(l->arena, "table %s item ", name);
    const char *at = sql, *item = NULL;
    int depth = 0;
    for (;;) {
        struct sql_token t = sql_next(&at, DB_SQLITE);
        if (t.kind == SQL_END)
            break;
        bool opens = sql_is(t, "("), closes = sql_is(t, ")");
        if (depth == 1 && (closes || sql_is(t, ","))) {
            add_canonical(l, item_prefix, item, (size_t)(t.start - item));
            item = at;
        }
        if (opens && depth++ == 0 && item == NULL)
            item = at;
        if (closes && --depth == 0) {
            add_canonical(l, arena_printf(l->arena, "table %s options ", name), at, strlen(at));
            break;
        }
    }
}

static enum ecode add_column_order(struct db *db, struct lines *l, const char *table)
{
    struct buf b;
    buf_init(&b, DESCRIPTION_MAX);
    buf_printf(&b, "table %s columns (", table);
    struct stmt *s = db_query(db, &Q_catalog_sqlite_columns);
    stmt_bind_text(s, 1, table);
    enum stmt_step step;
    const char *comma = "";
    while ((step = stmt_step(s)) == STMT_ROW) {
        buf_printf(&b, "%s%s", comma, stmt_text(s, 0));
        comma = ", ";
    }
    buf_char(&b, ')');
    if (step == STMT_DONE)
        lines_add(l, arena_strdup(l->arena, buf_text(&b)));
    buf_release(&b);
    return step == STMT_DONE ? E_OK : db_err(db)->code;
}

static enum ecode describe_sqlite(struct db *db, struct lines *l)
{
    struct lines tables = {.arena = l->arena};
    struct stmt *s = db_query(db, &Q_catalog_sqlite_schema);
    enum stmt_step step;
    while ((step = stmt_step(s)) == STMT_ROW) {
        const char *type = stmt_text(s, 0), *sql = stmt_text(s, 3);
        const char *name = arena_strdup(l->arena, stmt_text(s, 1));
        const char *at = sql;
        struct sql_token second = (sql_next(&at, DB_SQLITE), sql_next(&at, DB_SQLITE));
        if (strcmp(type, "table") == 0 && sql_is(second, "table")) {
            lines_add(&tables, name);
            add_table_items(l, name, sql);
        } else {
            add_canonical(l, arena_printf(l->arena, "%s %s.%s ", type, stmt_text(s, 2), name), sql,
                          strlen(sql));
        }
    }
    if (step == STMT_ERROR)
        return db_err(db)->code;
    for (size_t i = 0; i < tables.n; i++) {
        enum ecode e = add_column_order(db, l, tables.items[i]);
        if (e != E_OK)
            return e;
    }
    return E_OK;
}

enum ecode migrate_describe(struct db *db, struct arena *a, const char **out)
{
    struct lines l = {.arena = a};
    enum ecode e = db_engine(db) == DB_POSTGRES ? describe_postgres(db, &l) : describe_sqlite(db, &l);
    if (e != E_OK)
        return e;
    if (l.n > 0)
        qsort(l.items, l.n, sizeof *l.items, compare_lines);
    struct buf b;
    buf_init(&b, DESCRIPTION_MAX);
    for (size_t i = 0; i < l.n; i++) {
        buf_str(&b, l.items[i]);
        buf_char(&b, '\n');
    }
    if (buf_overflowed(&b))
        e = err_set(db_err(db), E_TOO_LARGE, "the schema's description is over %u bytes", DESCRIPTION_MAX);
    else
        *out = arena_strdup(a, buf_text(&b));
    buf_release(&b);
    return e;
}
