#ifndef HABITD_BASE_ARENA_H
#define HABITD_BASE_ARENA_H

#include <stddef.h>
#include <stdarg.h>

/*
 * Memory that is given back all at once: one arena per request, update or job. Allocation never returns NULL:
 * above the arena's limit, or when the system has no memory, the process ends with a message (outside sizes
 * are capped before anything is allocated, so the limit is a defect, not an input). Not thread-safe.
 */
struct arena;

/* A new arena that holds at most `limit` bytes. */
struct arena *arena_new(size_t limit);
/* NULL-safe. Runs the deferred clean-ups, newest first. */
void arena_free(struct arena *a);
/* Runs the clean-ups and forgets everything, keeping the first block for the next use. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type; valid until reset or free. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* Zeroed array; a product that overflows ends the process. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of n bytes with a NUL behind them. */
char *arena_memdup(struct arena *a, const void *data, size_t n);
/* NULL gives NULL. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Calls f(p) when the arena is reset or freed. */
void arena_defer(struct arena *a, void (*f)(void *), void *p);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
