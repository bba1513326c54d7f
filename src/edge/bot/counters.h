#ifndef HABITD_EDGE_BOT_COUNTERS_H
#define HABITD_EDGE_BOT_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>
#include "domain/message/outbox.h"
#include "domain/payment/stars.h"

/* What the bot did since the program's start, for metrics. Any thread. */

#define COUNTED_ENDS (END_DROPPED + 1)
#define COUNTED_OUTCOMES 5 /* of enum inbox_outcome, and refused: it was not stored */

enum counted_reminder { COUNTED_CLAIMED, COUNTED_MISSED, COUNTED_QUIET, COUNTED_SKIPPED, COUNTED_REMINDERS };

struct counters {
    _Atomic uint64_t updates[COUNTED_OUTCOMES];
    _Atomic uint64_t sends[LANES][COUNTED_ENDS];
    _Atomic uint64_t cut_off;   /* sends whose end nobody knows, those left by another instance included */
    _Atomic uint64_t resent;    /* of them queued again */
    _Atomic uint64_t refused;   /* 429 */
    _Atomic uint64_t conflicts; /* 409 */
    _Atomic uint64_t toasts, toasts_lost;
    _Atomic uint64_t checkouts[STARS_VERDICTS + 1]; /* the last: it could not be looked at */
    _Atomic uint64_t checkouts_lost;                /* answers that did not arrive while polling */
    _Atomic uint64_t reminders[COUNTED_REMINDERS];
    _Atomic uint64_t takes; /* of the lease */
    _Atomic size_t in_flight;
};

static inline void count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline uint64_t counted(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
