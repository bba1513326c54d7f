#include "base/rng.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include "base/check.h"

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void rng_init(struct rng *r, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    r->seeded = seed != 0;
    for (int i = 0; r->seeded && i < 4; i++)
        r->s[i] = splitmix64(&seed);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

/* xoshiro256** 1.0, Blackman and Vigna. */
static uint64_t xoshiro(struct rng *r)
{
    uint64_t *s = r->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

void rng_bytes(struct rng *r, void *out, size_t n)
{
    unsigned char *p = out;
    if (!r->seeded) {
        while (n) {
            ssize_t got = getrandom(p, n, 0);
            if (got < 0 && errno == EINTR)
                continue;
            CHECK(got > 0);
            p += got;
            n -= (size_t)got;
        }
        return;
    }
    while (n) {
        uint64_t x = xoshiro(r);
        size_t k = n < sizeof x ? n : sizeof x;
        memcpy(p, &x, k);
        p += k;
        n -= k;
    }
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t x;
    rng_bytes(r, &x, sizeof x);
    return x;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    CHECK(bound > 0);
    uint64_t floor = -bound % bound, x; /* values below it would make the small results likelier */
    do
        x = rng_u64(r);
    while (x < floor);
    return x % bound;
}

double rng_unit(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1.0p-53;
}
