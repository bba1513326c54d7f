#ifndef HABITD_STORE_FOREIGN_DB_H
#define HABITD_STORE_FOREIGN_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

/*
 * Another program's PostgreSQL database: read and never written, in one snapshot, by the names of its tables
 * and columns. Every row has a whole number "id". One thread at a time. Names come from the caller's own
 * tables, never from outside.
 */
struct foreign_db;

struct foreign_db_column {
    const char *name;
    bool required; /* one that the table lacks reads as NULL, unless it is required */
    bool instant;  /* a moment: read as whole milliseconds since 1970, UTC */
};

/* Gets a row's values as text, in the order of the columns, NULL for NULL; any code but E_OK ends the
 * reading.
 */
typedef enum ecode (*foreign_db_row)(void *arg, const char *const *values);

/* Connects and begins the snapshot. E_INVALID: no PostgreSQL; E_UNAVAILABLE. */
enum ecode foreign_db_open(const char *url, struct foreign_db **out, struct err *err);
/* NULL-safe. */
void foreign_db_close(struct foreign_db *f);
bool foreign_db_has_table(const struct foreign_db *f, const char *table);
/* Calls name(arg, table) for every table there, in order of name. */
void foreign_db_tables(const struct foreign_db *f, void (*name)(void *arg, const char *table), void *arg);
/* E_CONFLICT naming the first required column that is missing, or the table. */
enum ecode foreign_db_expect(struct foreign_db *f, const char *table, const struct foreign_db_column *columns,
                             size_t n, struct err *err);

/*
 * Reads rows of a table whose `key` is among `keys` (key NULL: all of them), ordered by the column `order`
 * and the id. A table that is not there has no rows.
 */
struct foreign_db_query {
    const char *table;
    const struct foreign_db_column *columns;
    size_t n;
    const char *key; /* a column of whole numbers */
    const int64_t *keys;
    size_t keys_count;
    const char *order; /* NULL: the id alone */
};
enum ecode foreign_db_read(struct foreign_db *f, const struct foreign_db_query *q, foreign_db_row row,
                           void *arg, struct err *err);
/* Ids of the rows whose column names no row of the other table's column; a NULL names none either. */
enum ecode foreign_db_orphans(struct foreign_db *f, const char *table, const char *column, const char *parent,
                              const char *parent_column, struct arena *a, int64_t **ids, size_t *n,
                              struct err *err);
/* Ids of the rows that no row of the other table names in its column. */
enum ecode foreign_db_unnamed(struct foreign_db *f, const char *table, const char *child,
                              const char *child_column, struct arena *a, int64_t **ids, size_t *n,
                              struct err *err);
/* Ids, ascending, of the rows that repeat the values of one with a smaller id in these columns (at most two;
 * second may be NULL). NULL repeats nothing. */
enum ecode foreign_db_repeated(struct foreign_db *f, const char *table, const char *first, const char *second,
                               struct arena *a, int64_t **ids, size_t *n, struct err *err);
/* 0 when there is no such table. */
enum ecode foreign_db_count(struct foreign_db *f, const char *table, int64_t *out, struct err *err);
/* The whole row as a JSON object, in the arena; "{}" when it is not there. */
enum ecode foreign_db_json(struct foreign_db *f, const char *table, int64_t id, struct arena *a,
                           const char **out, struct err *err);

#endif
