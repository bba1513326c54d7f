#ifndef HABITD_BASE_WAIT_H
#define HABITD_BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include "base/instant.h"

/* Waiting by the monotonic clock, which nobody can set. */
void cond_init_monotonic(pthread_cond_t *cond);
/* Returns when signalled or at that moment. */
void cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, struct monotime at);

/* The pauses of a thread that works now and then until it is told to stop. */
struct pause {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
};
void pause_init(struct pause *p);
void pause_release(struct pause *p);
/* Sleeps that long; false, at once, when it is time to stop. */
bool pause_for(struct pause *p, int64_t ms);
/* Whether it is time to stop. */
bool pause_is_over(struct pause *p);
/* Ends the pause that is, and every later one. Any thread. */
void pause_stop(struct pause *p);

#endif
