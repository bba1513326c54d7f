#ifndef HABITD_BASE_JSON_READ_H
#define HABITD_BASE_JSON_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct arena;

/*
 * Reads request bodies. json_read turns bytes into a tree, json_object_read fills a struct from one of its
 * objects by a table:
 *
 *     struct habit_body { const char *name; int64_t color; int kind; };
 *     enum { HABIT_NAME, HABIT_COLOR, HABIT_KIND };
 *     static const struct json_field habit_fields[] = {
 *         [HABIT_NAME] = {JSON_MEMBER(struct habit_body, name), FIELD_LINE, FIELD_REQUIRED, .min = 1, .max =
 * 64}, [HABIT_COLOR] = {JSON_MEMBER(struct habit_body, color), FIELD_I64, FIELD_NULLABLE, .min = 0, .max =
 * 19}, [HABIT_KIND] = {JSON_MEMBER(struct habit_body, kind), FIELD_ENUM, .names = habit_kind_names},
 *     };
 *     struct habit_body body = {0};
 *     struct json_seen seen;
 *     rc = json_object_read(arena, root, "", habit_fields, ARRAY_LEN(habit_fields), JSON_PATCH, &body, &seen,
 * &err); if (json_seen_null(&seen, HABIT_COLOR)) …
 */

/*
 * Strict RFC 8259: duplicate keys, bad UTF-8, trailing bytes, numbers too large and nesting deeper than 32
 * are E_MALFORMED, with line and column (a number beyond 64 bits in a member of an object is E_INVALID and
 * names it). object: anything but an object is E_INVALID. *out lives as long as
 * the arena.
 */
enum ecode json_read(struct arena *a, const char *data, size_t len, bool object, json_t **out,
                     struct err *err);

/* What a field holds, and the member it goes to. */
enum json_field_type {
    FIELD_LINE,   /* const char *: one line, ends trimmed, no control characters; min, max: visible characters
                   */
    FIELD_TEXT,   /* const char *: as above, line ends and tabs allowed inside */
    FIELD_STRING, /* const char *: as it stands (keys, names); min, max: bytes */
    FIELD_BOOL,   /* bool */
    FIELD_I64,    /* int64_t: a whole number from min to max */
    FIELD_MILLI,  /* int64_t: a number with at most three decimals, in thousandths; min, max in thousandths */
    FIELD_DAY,    /* struct day: "YYYY-MM-DD" */
    FIELD_INSTANT,  /* struct instant: RFC 3339 */
    FIELD_UUID,     /* struct uuid */
    FIELD_MINUTE,   /* int: "HH:MM" as minutes since midnight; min, max in minutes */
    FIELD_ENUM,     /* int: the index of one of `names` */
    FIELD_WEEKDAYS, /* unsigned: [1..7] without repeats as a mask, bit 0 is Monday; may not be empty */
    FIELD_OBJECT,   /* json_t *, borrowed from the tree */
    FIELD_ARRAY,    /* json_t *, borrowed; min, max: items */
    FIELD_JSON,     /* json_t *, borrowed: anything but null */
};

#define FIELD_REQUIRED 1u /* must be there, unless a patch is read */
#define FIELD_NULLABLE 2u /* null is accepted */

struct json_field {
    const char *name;
    size_t offset, size;
    enum json_field_type type;
    unsigned flags;
    int64_t min, max; /* both 0: the type's own limits */
    size_t max_bytes; /* strings: 0 stands for 32 per visible character, or 65,536 without a maximum */
    const char *const *names; /* NULL-terminated */
};

#define JSON_FIELDS_MAX 64
#define JSON_MEMBER(struct_type, member)                                                                     \
    .name = #member, .offset = offsetof(struct_type, member), .size = sizeof(((struct_type *)0)->member)

/* Which rows of the table the object had: bit i is row i. A null one is in both. */
struct json_seen {
    uint64_t present, null;
};

static inline bool json_seen_has(const struct json_seen *s, unsigned row)
{
    return s->present >> row & 1;
}
static inline bool json_seen_null(const struct json_seen *s, unsigned row)
{
    return s->null >> row & 1;
}
static inline bool json_seen_value(const struct json_seen *s, unsigned row)
{
    return (s->present & ~s->null) >> row & 1;
}

enum json_mode { JSON_WHOLE, JSON_PATCH };

/*
 * Reads `object` by the n rows (at most 64) into the struct at `out`. Absent and null fields leave their
 * members as they are; strings are copied to the arena. E_INVALID names the field, with `path` ("" or e.g.
 * "frequency", "logs[3]") before it: an unknown field, a missing or null one that must be there, a wrong
 * type, a value outside the limits. On an error *out may be half filled.
 */
enum ecode json_object_read(struct arena *a, json_t *object, const char *path, const struct json_field *rows,
                            size_t n, enum json_mode mode, void *out, struct json_seen *seen,
                            struct err *err);

#endif
