#ifndef HABITD_NET_TELEGRAM_SHAPE_H
#define HABITD_NET_TELEGRAM_SHAPE_H

#include "base/json_read.h"
#include "base/json_scan.h"

/*
 * Which members of an object are read: those of its rows, and of an object among them those of `inner` at the
 * same index. Everything else is passed over without being parsed. Shared by the telegram_*.c files.
 */
struct tg_shape {
    const struct json_field *rows;
    size_t n;
    const struct tg_shape *const
        *inner; /* NULL, or n pointers, NULL where a member is no object or taken whole */
};

/*
 * Parses what the shape names of the object `value` (part of `file`). *out is an object that holds no other
 * member, and lives as long as the arena. E_MALFORMED quotes nothing of what was sent.
 */
enum ecode tg_shape_read(struct arena *a, const char *file, struct json_span value,
                         const struct tg_shape *shape, json_t **out, struct err *err);

/* update_id of the update `value`; false: it has none that can be read. */
bool tg_update_id(struct json_span value, int64_t *out);

#define TG_ID_MAX ((int64_t)1 << 53) /* Telegram's ids have at most 52 bits */

#endif
