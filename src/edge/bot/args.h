#ifndef HABITD_EDGE_BOT_ARGS_H
#define HABITD_EDGE_BOT_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/day.h"
#include "base/uuid.h"

/*
 * Words with colons between: the data of a button ("d:<habit>:<day>", the first word is the verb) and the
 * arguments of a view. Telegram carries at most 64 bytes, so ids are base64url (22 characters) and days eight
 * digits. They come back from anybody's client: every reader checks.
 */
#define ARGS_MAX 8
#define ARG_ID 23  /* bytes of an id, NUL included */
#define ARG_DAY 12 /* of a day */

struct args {
    size_t n;
    struct {
        const char *text; /* not NUL-terminated */
        size_t len;
    } word[ARGS_MAX];
};

/* NULL is no words. false: too many. `text` is borrowed. */
bool args_split(const char *text, struct args *out);
/* Word i as …; false: it is missing or something else. */
bool args_uuid(const struct args *a, size_t i, struct uuid *out);
bool args_day(const struct args *a, size_t i, struct day *out);
bool args_int(const struct args *a, size_t i, int64_t min, int64_t max, int64_t *out);
bool args_is(const struct args *a, size_t i, const char *word);
/* For building: each returns out. */
char *arg_id(const struct uuid *id, char out[ARG_ID]);
char *arg_day(struct day d, char out[ARG_DAY]);

#endif
