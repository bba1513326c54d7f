#ifndef HABITD_NET_RATE_H
#define HABITD_NET_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"

/*
 * Token buckets in a hash table of fixed size (generic cell rate algorithm: one instant a key says it all).
 * Memory is taken once. Keys hash with a secret of the process, so nobody can aim at somebody else's slot. A
 * bucket that is full again is no different from none, so only such slots are reused freely; when a set of
 * slots holds nothing but active buckets, a newcomer shares the set's spare bucket: the table never forgets
 * what an active key has used, and a flood of new keys throttles the flood. Thread-safe.
 */
struct rate;

#define RATE_KEY_MAX 32

struct rate_options {
    uint32_t per_minute; /* tokens a bucket gains in a minute, 1–6,000,000 */
    uint32_t burst;      /* what a full bucket holds, ≥ 1 */
    size_t slots;        /* keys remembered at once; rounded up to a power of two, 64–16,777,216 */
};

/* What to answer, in the terms of the RateLimit-* headers. */
struct rate_result {
    bool allowed;
    uint32_t limit;              /* burst */
    uint32_t remaining;          /* tokens left after this one */
    struct duration reset;       /* until the bucket is full again */
    struct duration retry_after; /* until one more is allowed; 0 when allowed */
};

/* E_INVALID when an option is out of its range. */
enum ecode rate_new(const struct rate_options *o, struct rate **out, struct err *err);
/* NULL-safe. */
void rate_free(struct rate *r);
/*
 * Takes `cost` tokens (1–burst) from the bucket of key (1–RATE_KEY_MAX bytes), or takes nothing and refuses.
 * `now` never steps back by more than the callers' threads differ; an older one counts as the newest.
 */
struct rate_result rate_take(struct rate *r, const void *key, size_t key_len, uint32_t cost,
                             struct monotime now);
/* Newcomers that had to share a spare bucket, for metrics. */
uint64_t rate_crowded(struct rate *r);

#endif
