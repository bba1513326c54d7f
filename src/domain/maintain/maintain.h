#ifndef HABITD_DOMAIN_MAINTAIN_H
#define HABITD_DOMAIN_MAINTAIN_H

#include "domain/ctx.h"

/*
 * Upkeep: what time makes superfluous goes, in small transactions that hold nobody up. People's history never
 * expires; only what they deleted themselves does, once it can no longer be undone.
 */
struct maintain_counts {
    int64_t habits;        /* deleted more than HABIT_UNDO_DAYS ago: gone with their logs, schedules, notes */
    int64_t idempotency;   /* answers older than 30 days */
    int64_t sessions;      /* expired more than 30 days ago */
    int64_t sign_in_links; /* expired more than a day ago */
    int64_t decline_notes; /* that no log points to, older than a day */
    int64_t inbox;         /* done or parked more than 48 hours ago */
    int64_t outbox;        /* done more than 7 days ago, in whatever way */
    int64_t deliveries;    /* older than 90 days */
    int64_t alerts;        /* resolved, last seen more than a year ago */
};

/* One small step of each kind, in the caller's write transaction. *more: something is left for the next step.
 */
enum ecode maintain_step(struct ctx *ctx, struct maintain_counts *done, bool *more);

#endif
