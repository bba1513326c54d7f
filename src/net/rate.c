#include "net/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/rng.h"

#define SET_SLOTS 8 /* the last one is the set's spare */
#define NS_PER_MINUTE 60000000000

/*
 * The generic cell rate algorithm: `full_at` is the moment at which the bucket will hold `burst` tokens
 * again. A slot whose moment has passed says nothing that an empty slot does not say.
 */
struct slot {
    uint64_t tag; /* keyed hash of the key; 0 in a spare and where nobody was yet */
    int64_t full_at;
};

struct rate {
    pthread_mutex_t lock;
    uint64_t secret[2];
    int64_t interval_ns; /* one token */
    uint32_t burst;
    size_t sets; /* a power of two */
    int64_t newest_ns;
    uint64_t crowded;
    struct slot *slots;
};

enum ecode rate_new(const struct rate_options *o, struct rate **out, struct err *err)
{
    if (o->per_minute < 1 || o->per_minute > 6000000)
        return err_field(err, "per_minute", "a rate is 1 to 6000000 a minute");
    if (o->burst < 1 || o->burst > 6000000)
        return err_field(err, "burst", "a burst is 1 to 6000000");
    if (o->slots < 64 || o->slots > 16777216)
        return err_field(err, "slots", "a rate table has 64 to 16777216 slots");
    struct rate *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    pthread_mutex_init(&r->lock, NULL);
    struct rng rng;
    rng_init(&rng, 0);
    rng_bytes(&rng, r->secret, sizeof r->secret);
    r->interval_ns = NS_PER_MINUTE / o->per_minute;
    r->burst = o->burst;
    r->sets = 1;
    while (r->sets * SET_SLOTS < o->slots)
        r->sets *= 2;
    r->slots = calloc(r->sets * SET_SLOTS, sizeof *r->slots);
    CHECK(r->slots != NULL);
    r->newest_ns = INT64_MIN;
    *out = r;
    return E_OK;
}

void rate_free(struct rate *r)
{
    if (!r)
        return;
    pthread_mutex_destroy(&r->lock);
    free(r->slots);
    free(r);
}

static uint64_t rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

/* SipHash-2-4, Aumasson and Bernstein 2012, on whole words: the last one carries the length. */
static uint64_t tag_of(const struct rate *r, const uint8_t *key, size_t len)
{
    uint64_t k0 = r->secret[0], k1 = r->secret[1];
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                     k1 ^ 0x7465646279746573u};
    for (size_t at = 0;; at += 8) {
        uint64_t m = 0;
        size_t n = len - at < 8 ? len - at : 8;
        memcpy(&m, key + at, n);
        if (n < 8)
            m |= (uint64_t)len << 56;
        v[3] ^= m;
        sip_round(v);
        sip_round(v);
        v[0] ^= m;
        if (n < 8)
            break;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    uint64_t tag = v[0] ^ v[1] ^ v[2] ^ v[3];
    return tag ? tag : 1;
}

/* The key's own slot, else one that says nothing, else the set's spare. */
static struct slot *find(struct rate *r, uint64_t tag, int64_t now)
{
    struct slot *set = r->slots + (tag & (r->sets - 1)) * SET_SLOTS, *idle = NULL;
    for (size_t i = 0; i < SET_SLOTS - 1; i++) {
        if (set[i].tag == tag)
            return &set[i];
        if (!idle && (set[i].tag == 0 || set[i].full_at <= now))
            idle = &set[i];
    }
    if (!idle) {
        r->crowded++;
        return &set[SET_SLOTS - 1];
    }
    *idle = (struct slot){.tag = tag, .full_at = now};
    return idle;
}

static struct duration round_up_ms(int64_t ns)
{
    return duration_ms((ns + 999999) / 1000000);
}

struct rate_result rate_take(struct rate *r, const void *key, size_t key_len, uint32_t cost,
                             struct monotime at)
{
    CHECK(key_len >= 1 && key_len <= RATE_KEY_MAX);
    CHECK(cost >= 1 && cost <= r->burst);
    uint64_t tag = tag_of(r, key, key_len);
    const int64_t capacity = r->interval_ns * r->burst;

    pthread_mutex_lock(&r->lock);
    int64_t now = at.ns > r->newest_ns ? at.ns : r->newest_ns;
    r->newest_ns = now;
    struct slot *s = find(r, tag, now);
    int64_t used = s->full_at > now ? s->full_at - now : 0;
    int64_t after = used + r->interval_ns * cost;
    bool allowed = after <= capacity;
    if (allowed)
        s->full_at = now + after;
    pthread_mutex_unlock(&r->lock);

    struct rate_result out = {.allowed = allowed, .limit = r->burst};
    int64_t taken = allowed ? after : used;
    out.remaining = (uint32_t)((capacity - taken) / r->interval_ns);
    out.reset = round_up_ms(taken);
    out.retry_after = round_up_ms(allowed ? 0 : after - capacity);
    return out;
}

uint64_t rate_crowded(struct rate *r)
{
    pthread_mutex_lock(&r->lock);
    uint64_t n = r->crowded;
    pthread_mutex_unlock(&r->lock);
    return n;
}
