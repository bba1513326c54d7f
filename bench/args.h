#ifndef HABITD_BENCH_ARGS_H
#define HABITD_BENCH_ARGS_H

#include <stdint.h>
#include <stdlib.h>
#include "base/check.h"

/* Arguments of the bench programs; a wrong one ends the program. */

/* A whole number. */
static inline uint64_t args_number(const char *text)
{
    char *end;
    uint64_t v = strtoull(text, &end, 10);
    CHECK(*text && !*end);
    return v;
}

/* At least one. */
static inline uint64_t args_count(const char *text)
{
    uint64_t v = args_number(text);
    CHECK(v > 0);
    return v;
}

#endif
