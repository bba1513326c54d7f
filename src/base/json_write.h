#ifndef HABITD_BASE_JSON_WRITE_H
#define HABITD_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/day.h"
#include "base/instant.h"
#include "base/uuid.h"

struct buf;

/*
 * Writes one JSON value into a buffer; commas and colons come by themselves. Nesting that does not fit (a
 * value without its key, an end that does not match) is a programmer's error and ends the process. A full
 * buffer is the buffer's matter (buf_overflowed). Text that is no valid UTF-8 gets U+FFFD in place of each
 * bad byte, so the answer is always JSON.
 */
#define JSON_DEPTH_MAX 32

struct json_writer {
    struct buf *buf;
    unsigned depth;
    uint32_t objects; /* bit d: level d + 1 is an object, else an array */
    uint32_t filled;  /* bit d: level d + 1 has something before the next item */
    bool keyed;       /* a key waits for its value */
    bool done;        /* the one top-level value is complete */
};

/* Starts behind what `buf` already holds. */
void json_writer_init(struct json_writer *w, struct buf *buf);
/* CHECKs that exactly one whole value was written. */
void json_writer_finish(const struct json_writer *w);

void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
/* The next member's name; inside objects only. */
void json_key(struct json_writer *w, const char *key);

void json_put_null(struct json_writer *w);
void json_put_bool(struct json_writer *w, bool v);
void json_put_i64(struct json_writer *w, int64_t v);
/* The shortest of 15 to 17 digits that reads back as the same number; v is finite. */
void json_put_f64(struct json_writer *w, double v);
/* Integer thousandths as a plain number: 2500 is 2.5. */
void json_put_milli(struct json_writer *w, int64_t v);
/* NULL is null. */
void json_put_string(struct json_writer *w, const char *s);
void json_put_text(struct json_writer *w, const char *s, size_t len);
void json_put_uuid(struct json_writer *w, const struct uuid *v);
/* A value that is JSON already. */
void json_put_raw(struct json_writer *w, const char *json, size_t len);
/* RFC 3339 UTC. */
void json_put_instant(struct json_writer *w, struct instant v);

/* A key and its value. */
void json_field_null(struct json_writer *w, const char *key);
void json_field_bool(struct json_writer *w, const char *key, bool v);
void json_field_i64(struct json_writer *w, const char *key, int64_t v);
void json_field_f64(struct json_writer *w, const char *key, double v);
void json_field_milli(struct json_writer *w, const char *key, int64_t v);
void json_field_string(struct json_writer *w, const char *key, const char *s);
/* The first `max` characters (code points) of s, for receivers that refuse longer ones. */
void json_field_cut(struct json_writer *w, const char *key, const char *s, size_t max);
void json_field_uuid(struct json_writer *w, const char *key, const struct uuid *v);
void json_field_instant(struct json_writer *w, const char *key, struct instant v);
void json_field_day(struct json_writer *w, const char *key, struct day v);
void json_field_minute(struct json_writer *w, const char *key, int minute);
void json_field_weekdays(struct json_writer *w, const char *key, unsigned mask);

#endif
