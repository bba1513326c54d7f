#ifndef HABITD_STORE_FOREIGN_H
#define HABITD_STORE_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/*
 * An SQLite database that somebody sent: untrusted bytes, read and never written. The image is opened in
 * memory with nothing of its schema trusted: no views, triggers, virtual tables, functions, attached files or
 * extensions; damaged pages, endless b-trees and oversized cells end in an error. One thread at a time.
 */
struct foreign;

#define FOREIGN_COLUMNS_MAX 20          /* columns read at once */
#define FOREIGN_VALUE_MAX (1024 * 1024) /* bytes of one value */

enum foreign_type { FOREIGN_NULL, FOREIGN_I64, FOREIGN_F64, FOREIGN_TEXT, FOREIGN_BYTES };

/* A value as the file stores it; SQLite's columns have no fixed type, so readers check it. */
struct foreign_value {
    enum foreign_type type;
    int64_t i64;      /* FOREIGN_I64 */
    double f64;       /* FOREIGN_F64 */
    const char *text; /* FOREIGN_TEXT, FOREIGN_BYTES: until the callback returns; not checked for UTF-8 */
    size_t len;
};

/* A column to read. One that the table lacks reads as NULL, unless it is required. */
struct foreign_column {
    const char *name;
    bool required;
};

/* Gets each row's values in the order of the columns; any code but E_OK ends the reading with it. */
typedef enum ecode (*foreign_row)(void *arg, const struct foreign_value *values);

/* The bytes begin as an SQLite file does. */
bool foreign_is_sqlite(const void *data, size_t len);
/* Copies the image. E_MALFORMED when it is no readable SQLite database. */
enum ecode foreign_open(const void *data, size_t len, struct foreign **out, struct err *err);
/* NULL-safe. */
void foreign_free(struct foreign *f);
/* The file's user_version. */
int64_t foreign_version(const struct foreign *f);
/* There is an ordinary table of that name, case ignored as SQLite does. */
bool foreign_has_table(const struct foreign *f, const char *table);
/*
 * Reads an ordinary table in the file's own order. E_MALFORMED for a missing table or required column and for
 * damage; E_TOO_LARGE past `rows_max` rows or too much work; otherwise what row() returned.
 */
enum ecode foreign_read(struct foreign *f, const char *table, const struct foreign_column *columns, size_t n,
                        int64_t rows_max, foreign_row row, void *arg, struct err *err);

#endif
