#ifndef HABITD_DOMAIN_DEMO_H
#define HABITD_DOMAIN_DEMO_H

#include "domain/ctx.h"

/*
 * Demo data: believable people with habits, streaks, misses and holidays, who joined within that number of
 * days (the first of them before all) and of whom some fell away; the same for the same seed, number of days
 * and UTC date. People have the Telegram ids DEMO_TELEGRAM_ID, DEMO_TELEGRAM_ID + 1, …; one who exists
 * already is left alone.
 */
#define DEMO_TELEGRAM_ID 900000001
#define DEMO_USERS_MAX 1000000
#define DEMO_DAYS_MAX 3650

struct demo_options {
    int users, days; /* 1–DEMO_USERS_MAX, 1–DEMO_DAYS_MAX */
    uint64_t seed;
};

struct demo_counts {
    int64_t users, habits, logs;
};

/* Adds person number `index` (from 0) to the counts, in the caller's write transaction; ctx->rng is not used.
 */
enum ecode demo_person(struct ctx *ctx, const struct demo_options *o, int index, struct demo_counts *counts);

#endif
