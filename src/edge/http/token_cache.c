#include "edge/http/token_cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/hash.h"

#define WAYS 4

struct entry {
    uint8_t digest[SHA256_LEN];
    struct uuid user; /* zero: empty */
};
struct set {
    struct entry ways[WAYS];
    unsigned next; /* the way to replace */
};

struct token_cache {
    pthread_mutex_t lock;
    size_t sets; /* a power of two */
    struct set *set;
};

struct token_cache *token_cache_new(size_t slots)
{
    struct token_cache *c = calloc(1, sizeof *c);
    CHECK(c != NULL);
    for (c->sets = 1; c->sets * WAYS < slots;)
        c->sets *= 2;
    c->set = calloc(c->sets, sizeof *c->set);
    CHECK(c->set != NULL);
    CHECK(pthread_mutex_init(&c->lock, NULL) == 0);
    return c;
}

void token_cache_free(struct token_cache *c)
{
    if (c == NULL)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c->set);
    free(c);
}

/* The digest is a hash already: any of its bits tell the set. */
static struct set *set_of(struct token_cache *c, const uint8_t digest[SHA256_LEN])
{
    size_t h;
    memcpy(&h, digest, sizeof h);
    return &c->set[h & (c->sets - 1)];
}

static struct entry *find(struct set *s, const uint8_t digest[SHA256_LEN])
{
    for (int i = 0; i < WAYS; i++)
        if (memcmp(s->ways[i].digest, digest, SHA256_LEN) == 0 && !uuid_is_zero(&s->ways[i].user))
            return &s->ways[i];
    return NULL;
}

bool token_cache_find(struct token_cache *c, const char *token, size_t len, struct uuid *user)
{
    uint8_t digest[SHA256_LEN];
    sha256(token, len, digest);
    pthread_mutex_lock(&c->lock);
    const struct entry *e = find(set_of(c, digest), digest);
    if (e != NULL)
        *user = e->user;
    pthread_mutex_unlock(&c->lock);
    return e != NULL;
}

void token_cache_add(struct token_cache *c, const char *token, size_t len, const struct uuid *user)
{
    uint8_t digest[SHA256_LEN];
    sha256(token, len, digest);
    pthread_mutex_lock(&c->lock);
    struct set *s = set_of(c, digest);
    if (find(s, digest) == NULL) {
        struct entry *e = &s->ways[s->next++ % WAYS];
        memcpy(e->digest, digest, sizeof digest);
        e->user = *user;
    }
    pthread_mutex_unlock(&c->lock);
}

void token_cache_remove(struct token_cache *c, const char *token, size_t len)
{
    uint8_t digest[SHA256_LEN];
    sha256(token, len, digest);
    pthread_mutex_lock(&c->lock);
    struct entry *e = find(set_of(c, digest), digest);
    if (e != NULL)
        *e = (struct entry){{0}};
    pthread_mutex_unlock(&c->lock);
}
