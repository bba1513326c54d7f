#ifndef HABITD_BASE_CONFIG_VALUE_H
#define HABITD_BASE_CONFIG_VALUE_H

#include "base/config.h"

struct arena;

/* One checked value; config.c's business. */
struct setting_value {
    const char *text; /* as it was written, without a URL's last slashes */
    int64_t number;   /* of integers, booleans (0, 1) and enums (the index) */
    const int64_t *list;
    size_t list_len;
    struct listen_address listen;
};

/* Reads `text` as `info` wants it. E_INVALID: the error's text is what it must be ("must be a whole number
 * from 0 to 365"). */
enum ecode setting_value_parse(struct arena *a, const struct setting_info *info, const char *text,
                               struct setting_value *out, struct err *err);

#endif
