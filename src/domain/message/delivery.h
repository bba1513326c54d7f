#ifndef HABITD_DOMAIN_DELIVERY_H
#define HABITD_DOMAIN_DELIVERY_H

#include "domain/ctx.h"

/*
 * What people are told once for each occasion: a delivery's key is the occasion, so whoever comes second
 * finds it there and says nothing.
 *
 *   (new) ──► queued ──► sent | failed | unknown          the message's end
 *     │         └──────► answered | quiet | missed | canceled   it was not needed any more, or came too late
 *     ├──► quiet     its day is over when the quiet hours end
 *     └──► missed    it was older than two hours when its turn came
 */
enum delivery_status {
    DELIVERY_QUEUED,
    DELIVERY_SENT,
    DELIVERY_FAILED,
    DELIVERY_UNKNOWN,  /* nobody knows whether it arrived */
    DELIVERY_ANSWERED, /* the person was faster */
    DELIVERY_QUIET,
    DELIVERY_MISSED,
    DELIVERY_CANCELED,
    DELIVERY_STATUSES
};
/* The words of the database, by enum value; NULL-ended. */
extern const char *const delivery_status_names[];
/* Views that are deliveries: reminder, snooze, milestone, summary, nudge, notice; NULL-ended. */
extern const char *const delivery_kinds[];

/* The table of the picture above. */
bool delivery_may(enum delivery_status from, enum delivery_status to);

struct delivery_key {
    struct uuid user_id;
    const char *kind; /* of delivery_kinds */
    struct uuid ref_id;
    struct day local_date;
    int occasion;
};

struct delivery {
    struct delivery_key key;
    enum delivery_status status; /* queued, quiet or missed for a new one */
    struct instant due_at;
    struct uuid outbox_id; /* zero: none */
    int64_t message_id;    /* 0: none */
};

/*
 * Stores occasions; added[i] tells which were new (of equal ones in the call the first). The people must
 * exist. One statement on PostgreSQL. In a write transaction.
 */
enum ecode delivery_add_many(struct ctx *ctx, const struct delivery *d, size_t n, bool *added);
/* E_NOT_FOUND when there was no such occasion. */
enum ecode delivery_get(struct ctx *ctx, const struct delivery_key *key, struct delivery *out);
/*
 * Moves one; message_id 0 leaves that. E_NOT_FOUND when there is none, E_CONFLICT reason
 * "delivery_move_refused" when the picture has no such arrow.
 */
enum ecode delivery_move(struct ctx *ctx, const struct delivery_key *key, enum delivery_status to,
                         int64_t message_id);

#endif
