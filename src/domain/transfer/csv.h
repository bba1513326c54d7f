#ifndef HABITD_DOMAIN_TRANSFER_CSV_H
#define HABITD_DOMAIN_TRANSFER_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* CSV as RFC 4180 has it: quoted fields may hold the separator, quotes (doubled) and line ends. */

#define CSV_FIELDS_MAX 2048 /* of one row: Loop's table of all habits has one per habit */

struct csv_field {
    const char *text; /* not NUL-terminated */
    size_t len;
};

struct csv_reader {
    const char *p, *end;
    char separator;
    size_t line; /* of the row read last, from 1; lines inside fields count */
    size_t next_line;
    struct csv_field *fields; /* of the row read last */
    size_t count;
    char *scratch; /* quoted fields without their quotes; as large as the data */
    size_t scratch_used;
};

/* Over `data`, which must outlive it, a byte order mark skipped. The separator is a comma, or a semicolon
 * when the first line has no comma. */
void csv_reader_init(struct csv_reader *r, struct arena *a, const char *data, size_t len);
/*
 * The next row with something in it: true; false at the end. *code is E_OK, or E_MALFORMED with its line for
 * an open quote, bytes behind a closing quote, bad UTF-8 or too many fields. The fields live until the next
 * call.
 */
bool csv_next(struct csv_reader *r, enum ecode *code, struct err *err);
/* The field, empty when the row is shorter. */
struct csv_field csv_field(const struct csv_reader *r, size_t i);
/* The field is that text, ASCII case ignored. */
bool csv_is(struct csv_field f, const char *text);
/* Index of the named field in the row read last, or -1. */
int csv_find(const struct csv_reader *r, const char *name);

/* Appends a field, quoted when it must be; no separator. */
void csv_put(struct buf *b, const char *text, size_t len);

#endif
