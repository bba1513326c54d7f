#ifndef HABITD_NET_JSON_SHAPE_H
#define HABITD_NET_JSON_SHAPE_H

#include "base/json_read.h"
#include "base/json_scan.h"

/*
 * What others send: which members of an object are read, namely those of its rows, and of an object among
 * them those of `inner` at the same index. Everything else, however deep or new, is passed over without being
 * parsed.
 */
struct json_shape {
    const struct json_field *rows;
    size_t n;
    const struct json_shape *const
        *inner; /* NULL, or n pointers, NULL where a member is no object or taken whole */
};

/*
 * Parses what the shape names of the object `value` (part of `file`). *out is an object that holds no other
 * member, and lives as long as the arena. E_MALFORMED quotes nothing of what was sent.
 */
enum ecode json_shape_read(struct arena *a, const char *file, struct json_span value,
                           const struct json_shape *shape, json_t **out, struct err *err);

#endif
