#ifndef HABITD_BASE_RNG_H
#define HABITD_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Randomness is handed in, so that tests and demo data own it: seed 0 takes every byte from the kernel
 * (secrets, ids), any other seed gives the same stream on every machine (xoshiro256**, for demo data and
 * tests only). Not thread-safe.
 */
struct rng {
    uint64_t s[4];
    int seeded;
};

void rng_init(struct rng *r, uint64_t seed);
void rng_bytes(struct rng *r, void *out, size_t n);
uint64_t rng_u64(struct rng *r);
/* Uniform in [0, bound); bound > 0. */
uint64_t rng_below(struct rng *r, uint64_t bound);
/* Uniform in [0, 1). */
double rng_unit(struct rng *r);

#endif
