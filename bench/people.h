#ifndef HABITD_BENCH_PEOPLE_H
#define HABITD_BENCH_PEOPLE_H

#include "base/uuid.h"

/*
 * The people of the benchmarks have ids that follow from their number, so that every load generator (the loop
 * here, the scripts of wrk and of pgbench) names them without a look-up:
 *   user u      019a0000-0000-7000-8000-<u, 12 hexadecimal digits>
 *   its habit h 019a0000-0001-7000-8000-<u × 16 + h, 12 hexadecimal digits>     h < HABITS_MAX
 * Habits with an even h are due daily, those with an odd one 5 times in 7 days.
 */
#define HABITS_MAX 16

static inline struct uuid people_id(uint8_t kind, uint64_t number)
{
    struct uuid id = {{0x01, 0x9a, 0, 0, 0, kind, 0x70, 0, 0x80}};
    for (int i = 0; i < 6; i++)
        id.b[15 - i] = (uint8_t)(number >> (8 * i));
    return id;
}

static inline struct uuid people_user(uint64_t u)
{
    return people_id(0, u);
}

static inline struct uuid people_habit(uint64_t u, uint64_t h)
{
    return people_id(1, u * HABITS_MAX + h);
}

static inline struct uuid people_session(uint64_t u)
{
    return people_id(2, u);
}

#endif
