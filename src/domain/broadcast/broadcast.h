#ifndef HABITD_DOMAIN_BROADCAST_H
#define HABITD_DOMAIN_BROADCAST_H

#include "domain/ctx.h"

/*
 * A message of an admin to everybody who can be reached.
 *
 *   draft ──► running ──► done       everybody has a message in the outbox
 *     └──────────┴─────────┴──► stopped
 *
 * A step queues the next people in the order of their ids and remembers the last: a crash repeats nothing and
 * leaves nobody out. The text is stored once; the outbox points to it. All in a write transaction
 * (broadcast_get in any); the actor is the admin, except in broadcast_step and below.
 */
enum broadcast_status {
    BROADCAST_DRAFT,
    BROADCAST_RUNNING,
    BROADCAST_STOPPED,
    BROADCAST_DONE,
    BROADCAST_STATUSES
};
extern const char *const broadcast_status_names[];
/* The table of the picture above. */
bool broadcast_may(enum broadcast_status from, enum broadcast_status to);

#define BROADCAST_TEXT_MAX 4096 /* UTF-16 units, as Telegram counts, without tags */
#define BROADCAST_STEP 500      /* people queued, or messages dropped, at once */

struct broadcast {
    struct uuid user_id, id; /* the admin */
    const char *body;        /* HTML as Telegram takes it; arena */
    enum broadcast_status status;
    int64_t people;               /* counted at the start */
    int64_t queued, sent, failed; /* sent + failed = queued once everything of it came to its end */
    struct instant created_at, updated_at;
};

/* Stores a text. E_INVALID field "body": blank, too long, or markup that Telegram would refuse. */
enum ecode broadcast_draft(struct ctx *ctx, const char *body, struct uuid *id);
/* Counts the people and lets it run. E_NOT_FOUND; E_CONFLICT reason "broadcast_move_refused": no draft any
 * more. */
enum ecode broadcast_start(struct ctx *ctx, const struct uuid *id, struct broadcast *out);
/* Queues the next people of the oldest running one; *more: call again. */
enum ecode broadcast_step(struct ctx *ctx, bool *more);
/* Queues nobody more and drops what waits, a step at a time; *more: call again. Harmless when it is over. */
enum ecode broadcast_stop(struct ctx *ctx, const struct uuid *id, bool *more);
/* E_NOT_FOUND when there is none, or it is another admin's. */
enum ecode broadcast_get(struct ctx *ctx, const struct uuid *id, struct broadcast *out);

/* --- for the outbox ---------------------------------------------------------------------------------- */

/* The parameters of sendMessage for a broadcast; arena. E_NOT_FOUND. */
enum ecode broadcast_payload(struct ctx *ctx, const struct uuid *id, const char **payload);
/* Counts messages of it that came to their end. */
enum ecode broadcast_count(struct ctx *ctx, const struct uuid *id, int64_t sent, int64_t failed);

/* Whether Telegram takes it as HTML; else E_INVALID field "body", saying what is wrong. */
enum ecode broadcast_check_text(struct ctx *ctx, const char *body);

#endif
