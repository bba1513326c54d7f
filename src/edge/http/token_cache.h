#ifndef HABITD_EDGE_HTTP_TOKEN_CACHE_H
#define HABITD_EDGE_HTTP_TOKEN_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/uuid.h"

/*
 * Tokens that the service has proved, as SHA-256 → user: whose bucket a request draws from can only be told
 * after its token was proved once, or anybody could empty anybody's. It decides nothing else: every request's
 * token is proved again by its operation. Memory is taken once; an old entry makes room for a new one.
 * Thread-safe.
 */
struct token_cache;

/* About `slots` tokens. */
struct token_cache *token_cache_new(size_t slots);
/* NULL-safe. */
void token_cache_free(struct token_cache *c);
bool token_cache_find(struct token_cache *c, const char *token, size_t len, struct uuid *user);
void token_cache_add(struct token_cache *c, const char *token, size_t len, const struct uuid *user);
void token_cache_remove(struct token_cache *c, const char *token, size_t len);

#endif
