#ifndef HABITD_DOMAIN_SECRET_H
#define HABITD_DOMAIN_SECRET_H

#include "base/hash.h"
#include "domain/ctx.h"

/*
 * HMAC-SHA256 of data under a key that the database drew for itself, made on first use: for what must be
 * found again and not be read (who somebody was, who paid). `name` is the key's. In a write transaction.
 */
enum ecode secret_hmac(struct ctx *ctx, const char *name, const void *data, size_t len,
                       uint8_t out[SHA256_LEN]);

#endif
