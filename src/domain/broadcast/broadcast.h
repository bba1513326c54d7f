#ifndef HABITD_DOMAIN_BROADCAST_H
#define HABITD_DOMAIN_BROADCAST_H

#include "domain/ctx.h"

/*
 * A message of an admin to everybody who can be reached.
 *
 *   draft ──► running ──► done
 *     └──────────┴──────► stopped
 *
 * A step queues the next people in the order of their ids and remembers the last: a crash repeats nothing.
 * All in a write transaction; the actor is the admin, except in broadcast_step.
 */
enum broadcast_status {
    BROADCAST_DRAFT,
    BROADCAST_RUNNING,
    BROADCAST_STOPPED,
    BROADCAST_DONE,
    BROADCAST_STATUSES
};
extern const char *const broadcast_status_names[];
bool broadcast_may(enum broadcast_status from, enum broadcast_status to);

#define BROADCAST_BODY_MAX 4096 /* characters, as Telegram counts them, without the tags */
#define BROADCAST_STEP 500      /* people queued at once */

struct broadcast {
    struct uuid user_id, id; /* the admin */
    const char *body;        /* HTML as Telegram takes it */
    enum broadcast_status status;
    int64_t people;               /* counted at the start */
    int64_t queued, sent, failed; /* sent + failed = queued when all of it went out */
    struct instant created_at, updated_at;
};

/* Checks the text (tags Telegram knows, closed in order; E_INVALID field "body") and stores it. */
enum ecode broadcast_draft(struct ctx *ctx, const char *body, struct uuid *id);
/* Counts the people and lets it run. E_CONFLICT reason "broadcast_move_refused" when it is not a draft. */
enum ecode broadcast_start(struct ctx *ctx, const struct uuid *id, struct broadcast *out);
/* Queues the next people of the oldest running one; *more: call again. Nothing runs: *more is false. */
enum ecode broadcast_step(struct ctx *ctx, bool *more);
/* Queues nobody more and drops what waits, in steps; *more: call again. */
enum ecode broadcast_stop(struct ctx *ctx, const struct uuid *id, bool *more);
/* E_NOT_FOUND. */
enum ecode broadcast_get(struct ctx *ctx, const struct uuid *id, struct broadcast *out);

#endif
