#ifndef HABITD_BASE_TOML_H
#define HABITD_BASE_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct arena;

/*
 * The part of TOML 1.0 that a configuration file needs: comments, bare and quoted keys, basic and literal
 * strings on one line, decimal integers, booleans, arrays of scalars of one kind (over several lines),
 * [tables] and [[arrays of tables]], nested by dots. Dotted keys, inline tables, multi-line strings, floats
 * and dates are refused by name, never misread. A tree is read-only and lives in its arena.
 */
enum toml_kind { TOML_STRING, TOML_INT, TOML_BOOL, TOML_ARRAY, TOML_TABLE };

struct toml_value {
    enum toml_kind kind;
    int line;                /* where it began, from 1 */
    const char *key;         /* its name in its table; NULL in an array and at the root */
    struct toml_value *next; /* the next member or item, in the file's order */
    union {
        const char *string; /* holds no NUL */
        int64_t integer;
        bool boolean;
        struct toml_value *first; /* of an array or a table; NULL: empty */
    } v;
    struct toml_value *last; /* of an array or a table */
    bool defined;            /* a table that had a header or is the root; an array that [[…]] made */
};

#define TOML_BYTES_MAX (256 * 1024)
#define TOML_VALUES_MAX 4096
#define TOML_DEPTH_MAX 8
#define TOML_ARENA_MAX (2 * 1024 * 1024) /* no file needs more of the arena */

/*
 * Reads a whole file. E_MALFORMED "line N: …" for what is no TOML, is outside the subset or past the limits
 * above; a key or table defined twice is such an error.
 */
enum ecode toml_parse(struct arena *a, const char *data, size_t len, const struct toml_value **out,
                      struct err *err);

/* The member of a table, NULL when there is none. Keys are case-sensitive. */
const struct toml_value *toml_get(const struct toml_value *table, const char *key);
/* "a string", "an integer", … for messages. */
const char *toml_kind_name(enum toml_kind kind);

#endif
