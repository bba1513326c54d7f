#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"

#define FIRST_BLOCK 4096
#define LARGEST_BLOCK (256 * 1024)

struct block {
    struct block *prev;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

struct deferred {
    struct deferred *next;
    void (*f)(void *);
    void *p;
};

struct arena {
    struct block *last; /* the block that is filled now; the chain ends at the first one */
    size_t fill;        /* bytes used in it */
    size_t used, limit;
    struct deferred *deferred;
};

static struct block *block_new(size_t size, struct block *prev)
{
    struct block *b = malloc(sizeof *b + size);
    CHECK(b != NULL);
    b->prev = prev;
    b->size = size;
    return b;
}

struct arena *arena_new(size_t limit)
{
    struct arena *a = calloc(1, sizeof *a);
    CHECK(a != NULL);
    a->limit = limit;
    a->last = block_new(FIRST_BLOCK, NULL);
    return a;
}

void arena_reset(struct arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->next;
        d->f(d->p);
    }
    while (a->last->prev) {
        struct block *b = a->last;
        a->last = b->prev;
        free(b);
    }
    a->fill = a->used = 0;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    free(a->last);
    free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t unit = alignof(max_align_t);
    CHECK(size <= a->limit);
    size_t need = (size ? size + unit - 1 : unit) / unit * unit;
    CHECK(a->used + need <= a->limit);
    if (a->last->size - a->fill < need) {
        size_t next = a->last->size * 2 < LARGEST_BLOCK ? a->last->size * 2 : LARGEST_BLOCK;
        a->last = block_new(next > need ? next : need, a->last);
        a->fill = 0;
    }
    void *p = a->last->data + a->fill;
    a->fill += need;
    a->used += need;
    return memset(p, 0, need);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t total;
    CHECK(!__builtin_mul_overflow(n, size, &total));
    return arena_alloc(a, total);
}

char *arena_memdup(struct arena *a, const void *data, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (n)
        memcpy(p, data, n);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_memdup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    CHECK(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

void arena_defer(struct arena *a, void (*f)(void *), void *p)
{
    struct deferred *d = arena_alloc(a, sizeof *d);
    d->f = f;
    d->p = p;
    d->next = a->deferred;
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
