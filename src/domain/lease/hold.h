#ifndef HABITD_DOMAIN_HOLD_H
#define HABITD_DOMAIN_HOLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/instant.h"

/*
 * Whether this instance holds a lease, for all the threads that work only then (lease_keeper.h). A hold ends
 * by itself when it was not extended in time: a program that was asleep must not believe what it knew before.
 * Thread-safe.
 */
struct hold {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t fence;         /* 0: not held */
    struct monotime until; /* as long as nothing extends it */
    struct monotime wary_until;
    bool stopping;
    pthread_mutex_t alone;
};

void hold_init(struct hold *h);
void hold_release(struct hold *h);

/* The lease was had with that fence (> 0), for that long. */
void hold_begin(struct hold *h, int64_t fence, struct monotime until);
/* It was extended under that fence, unless it was lost meanwhile. */
void hold_extend(struct hold *h, int64_t fence, struct monotime until);
/* It is lost; 0: whatever is held. Wakes everybody who waits. false: it was not held (any more). */
bool hold_end(struct hold *h, int64_t fence);
/* The holder stops: nobody waits any more. What is held stays held. */
void hold_stop(struct hold *h);

/* The last holder ended without giving the lease back: until then what comes in may be what ended it. */
void hold_be_wary(struct hold *h, struct monotime until);
/* Whether what comes in is only to be stored: the lease is not held now, or this is such a time. */
bool hold_wary(struct hold *h);
/*
 * What is marked before it is done, because it may end the program (an update that is acted on, a message
 * that is drawn in wary times), is done alone: else one would be blamed for another.
 */
void hold_alone(struct hold *h);
void hold_alone_end(struct hold *h);

/* The fence; 0 when it is not held now. */
int64_t hold_fence(struct hold *h);
bool hold_stopping(struct hold *h);
/* Waits until it is held; 0: the holder stops. */
int64_t hold_wait(struct hold *h);
/* Sleeps that long; false at once when the hold with this fence is over or the holder stops. */
bool hold_sleep(struct hold *h, int64_t fence, int64_t ms);
/* Sleeps that long, held or not; false at once when the holder stops. */
bool hold_sleep_any(struct hold *h, int64_t ms);

#endif
