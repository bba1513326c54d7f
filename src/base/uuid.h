#ifndef HABITD_BASE_UUID_H
#define HABITD_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/instant.h"

struct rng;

struct uuid {
    uint8_t b[16];
};
#define UUID_TEXT 37

/* UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then random bits from rng. */
struct uuid uuid_v7(struct instant now, struct rng *rng);
/*
 * A UUIDv8 made from a name: the same namespace text and name give the same id on every machine (SHA-256,
 * cut). For rows that an import must find again.
 */
struct uuid uuid_from_name(const char *space, const void *name, size_t len);
int uuid_cmp(const struct uuid *a, const struct uuid *b);
bool uuid_is_zero(const struct uuid *u);
char *uuid_format(const struct uuid *u, char out[UUID_TEXT]);
/* Canonical 36-character form, either case; false: not one. */
bool uuid_parse(const char *s, size_t len, struct uuid *out);

#endif
