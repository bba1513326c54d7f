#ifndef HABITD_EDGE_PAY_RUNTIME_H
#define HABITD_EDGE_PAY_RUNTIME_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/arena.h"
#include "base/decimal.h"
#include "domain/lease/hold.h"
#include "domain/lease/lease_keeper.h"
#include "domain/payment/payment.h"
#include "edge/pay/pay.h"
#include "net/provider.h"

/*
 * Inside of the payments' part: what its threads share. Each works while this instance holds the lease.
 *
 *   keeper    takes and keeps the lease                                    lease_keeper.h
 *   callers   claim a call, make it, store what came of it                 caller.c, via_*.c
 *   backlog   acts on webhooks that were only stored                       backlog.c
 *   clock     the janitor, renewals, the books, the night's reconciliation clock.c, nightly.c
 */
#define PAY_CALLERS 4
#define PAY_THREADS (PAY_CALLERS + 1)              /* that make calls: the clock too */
#define PAY_ARENA_BYTES ((size_t)64 * 1024 * 1024) /* of one task; a defect's bound */

struct http_call;

struct pay_counters {
    atomic_uint_fast64_t calls[PROVIDERS][PROVIDER_VERDICTS];
    atomic_uint_fast64_t webhooks[PAY_SOURCES][2]; /* taken, refused */
    atomic_uint_fast64_t asked, acted, checked, broken, reconciled;
};

struct pay {
    struct pay_options o;
    char *base_url;
    struct decimal_scale scale;
    struct http_client *client;
    struct hold hold;
    struct lease_keeper *keeper;
    struct pay_counters counters;
    pthread_t callers[PAY_CALLERS], backlog, clock;
    bool started, stopped;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    unsigned wakes;                       /* counts: something was queued */
    struct http_call *calls[PAY_THREADS]; /* under way, for whoever has to end them */
    struct monotime alerted_at;           /* when a wrong signature was last told of */
    atomic_uint arrivals;                 /* webhooks on their way into the inbox */
    atomic_int_fast64_t arrived_ns;       /* when the last of them came, by the monotonic clock */
    pthread_cond_t stored_changed;
    bool stored;          /* since the backlog looked last */
    atomic_uint troubled; /* bit: that provider's alert may be open */
};

/* Whether a provider's calls can be made here. */
bool pay_serves(const struct pay *p, enum payment_provider provider);
/* Something was queued. Any thread; cheap. */
void pay_wake(struct pay *p);
/*
 * Makes a call under that fence and waits; whatever happens, call->outcome says it. NOT_SENT also when the
 * lease is somebody else's by now, or the part stops.
 */
void pay_call(struct pay *p, int64_t fence, struct http_call *call);
/* Sleeps at most that long; early when pay_wake was called since *wakes was read, which is read anew. */
void pay_doze(struct pay *p, unsigned *wakes, int64_t ms);

/* Whether webhooks come so fast that acting on them would keep others from being taken. */
bool pay_is_flooded(struct pay *p);

/* The threads. */
void *caller_run(void *pay);
void *clock_run(void *pay);
/* One look at what Telegram says of Stars; false: it was not finished. */
bool nightly_run(struct pay *p, int64_t fence);
void *backlog_run(void *pay);
/* A webhook was stored and waits to be acted on. Any thread; cheap. */
void backlog_wake(struct pay *p);
/* What an earlier holder began to act on and did not end; before the lease is used. */
enum ecode backlog_recover(struct pay *p, int64_t fence);

static inline void pay_count(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

#endif
