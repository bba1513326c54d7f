#ifndef HABITD_DOMAIN_INBOX_H
#define HABITD_DOMAIN_INBOX_H

#include "domain/ctx.h"

/*
 * What comes in: updates and webhooks. Each is stored under the sender's own id before, or in the same
 * transaction as, it is acted on; the same id twice is one. A chat's items are acted on in their order.
 *
 *   (new) ──► done                 acted on: only the id is kept, for 48 hours
 *     └─────► pending ──► done
 *               └───────► parked   after five failures; an alert says so, the chat goes on without it
 *
 * Acting on one may end the whole program, and then nothing it wrote is there to tell. Whoever acts on
 * waiting ones says so first (inbox_mark_begun); what the end of the program leaves begun counts as three
 * failures (inbox_recover) and is taken alone from then on. New ones are acted on as they come, which costs
 * nothing, until a program has ended without giving back its lease: then they wait first (hold_wary).
 */
#define INBOX_BODY_MAX (1024u * 1024)

struct inbox_item {
    const char *source;      /* "telegram", "yookassa", "cryptobot" */
    const char *external_id; /* numbers as decimal text */
    int64_t chat_id;         /* whose order it keeps; 0: nobody's */
    const void *body;
    size_t len;
    int attempts; /* how often acting on it failed */
};

enum inbox_outcome {
    INBOX_KNOWN,   /* came before: nothing was done */
    INBOX_DONE,    /* acted on */
    INBOX_PENDING, /* stored for later: acting on it failed, or the chat has an older one waiting */
    INBOX_PARKED   /* given up */
};

/*
 * Acts on an item. The context is the program's own (ROLE_SYSTEM, nobody's rows) and is so again afterwards.
 * An error undoes what it wrote and counts as a failure of the item, except those that say something about
 * the whole transaction (ctx_ends_transaction): they are returned.
 */
typedef enum ecode inbox_handler(struct ctx *ctx, const struct inbox_item *item, void *arg);

/* Stores it as pending, due now; a known id changes nothing. In a write transaction, like all but inbox_due.
 */
enum ecode inbox_add(struct ctx *ctx, const struct inbox_item *item, bool *is_new);
/* The same for many that keep nobody's order. */
enum ecode inbox_add_many(struct ctx *ctx, const struct inbox_item *const *items, size_t n);
/* Stores it and acts on it at once, unless it is known or its turn has not come. */
enum ecode inbox_handle(struct ctx *ctx, const struct inbox_item *item, inbox_handler *handler, void *arg,
                        enum inbox_outcome *out);
/*
 * Acts on a stored one. A failure backs off 1, 5, 30, 120 s; the fifth parks it and raises the alert
 * "inbox.parked:<source>". INBOX_KNOWN when it is no longer pending.
 */
enum ecode inbox_again(struct ctx *ctx, const struct inbox_item *item, inbox_handler *handler, void *arg,
                       enum inbox_outcome *out);

/* Pending ones whose time has come, oldest first, of each chat at most its oldest. */
struct inbox_page {
    struct inbox_item *items; /* arena; one that failed as often as the end of a program counts is alone */
    size_t count;
    bool has_next;
    struct instant next_at; /* when the first of those that wait longer is due */
};
enum ecode inbox_due(struct ctx *ctx, const char *source, size_t max, struct inbox_page *out);

/* They are about to be acted on by the holder with that fence; to be committed before. */
enum ecode inbox_mark_begun(struct ctx *ctx, const struct inbox_item *items, size_t n, int64_t fence);
/*
 * After taking a lease: what earlier holders began and did not end has failed three times more, and is due,
 * or parked as by inbox_again. Up to 100; *more: call it again. *parked: how many of them were.
 */
enum ecode inbox_recover(struct ctx *ctx, const char *source, int64_t fence, size_t *parked, bool *more);

/*
 * For a batch that acts on many items in one transaction: which chats have something pending (their items go
 * through inbox_handle), and storing the others as done at once. is_new[i] is false for known ids and for a
 * repetition in the call.
 */
enum ecode inbox_pending_chats(struct ctx *ctx, const int64_t *chat_ids, size_t n, bool *pending);
enum ecode inbox_insert_done_many(struct ctx *ctx, const char *source, const char *const *external_ids,
                                  size_t n, bool *is_new);

struct inbox_stats {
    int64_t pending, parked;
    struct instant oldest; /* received_at of the oldest pending one; only when pending > 0 */
};
/* By index. Any transaction. */
enum ecode inbox_stats(struct ctx *ctx, struct inbox_stats *out);

#endif
