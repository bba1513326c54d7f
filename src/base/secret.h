#ifndef HABITD_BASE_SECRET_H
#define HABITD_BASE_SECRET_H

#include <pthread.h>
#include <stdbool.h>
#include "base/instant.h"

#define SECRET_BYTES_MAX 256
#define SECRET_OVERLAP_MS 600000 /* for how long what was made with the last one is still believed */

/*
 * A secret of a program that runs: a token, a key. It may be replaced at any moment, so whoever needs it
 * takes a copy, uses it, and keeps none. Thread-safe.
 */
struct secret {
    pthread_mutex_t lock;
    char now[SECRET_BYTES_MAX + 1], before[SECRET_BYTES_MAX + 1];
    struct monotime replaced; /* ns 0: never */
};

/* text: at most SECRET_BYTES_MAX. */
void secret_init(struct secret *s, const char *text);
void secret_release(struct secret *s);
void secret_copy(struct secret *s, char out[SECRET_BYTES_MAX + 1]);
/* The one it replaced, for what others made with it before they knew; false: there is none, or its time is
 * over. */
bool secret_copy_last(struct secret *s, char out[SECRET_BYTES_MAX + 1]);
/* false: it is the same. */
bool secret_replace(struct secret *s, const char *text);

#endif
