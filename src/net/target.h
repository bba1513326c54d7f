#ifndef HABITD_NET_TARGET_H
#define HABITD_NET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"

/* The request target of RFC 9112 §3.2, decoded once and strictly. */

#define TARGET_MAX 4096      /* bytes of the raw target */
#define TARGET_PARAMS_MAX 64 /* query parameters */

struct http_param {
    const char *name;  /* decoded UTF-8, NUL-terminated, no control bytes */
    const char *value; /* same; "" when there was no '=' */
    size_t value_len;
};

struct http_target {
    const char *path; /* decoded UTF-8, NUL-terminated, begins with '/' */
    size_t path_len;
    const char *authority; /* host[:port] of an absolute-form target, else NULL */
    const struct http_param *params;
    size_t n_params;
};

/*
 * Reads origin-form ("/v1/habits?limit=5") and absolute-form ("http://host/path"). E_MALFORMED for everything
 * that two readers could understand differently: bytes outside 0x21–0x7e, '#', bad percent-encoding, an
 * encoded NUL, control byte, '/' or '\', invalid UTF-8,
 * "." and ".." segments (encoded ones too), more than TARGET_PARAMS_MAX parameters; asterisk- and
 * authority-form. E_TOO_LARGE over TARGET_MAX. In the query '+' is a space. What out points to lives in the
 * arena.
 */
enum ecode http_target_parse(struct arena *a, const char *raw, size_t len, struct http_target *out,
                             struct err *err);

#endif
