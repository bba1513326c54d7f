#ifndef HABITD_DOMAIN_OUTBOX_H
#define HABITD_DOMAIN_OUTBOX_H

#include "domain/ctx.h"
#include "domain/message/delivery.h"

/*
 * What goes out: messages, edits, provider calls. Stored in the transaction that causes them, claimed by the
 * one sender that holds the lease, called outside any transaction, settled by what came back.
 *
 *              add                claim                 settle
 *   (new) ──────────► queued ───────────────► sending ─────────► sent | failed | unknown | dropped
 *     │                │  ▲ ▲                    │
 *     │                │  │ └────────────────────┘  again later; cut off and worth another try; edit → new
 * message │                │  └──── held ◄─ hold ─ queued      after a restore or copy, until `habitd outbox
 * release` │                └──────► dropped | failed           expired, overtaken, not wanted any more;
 * cannot be drawn └───────────────────────► held ──► dropped
 */
enum outbox_status {
    OUTBOX_HELD,
    OUTBOX_QUEUED,
    OUTBOX_SENDING,
    OUTBOX_SENT,
    OUTBOX_FAILED,
    OUTBOX_UNKNOWN, /* cut off while it was sent: nobody knows whether it arrived */
    OUTBOX_DROPPED,
    OUTBOX_STATUSES
};
extern const char *const outbox_status_names[];
/* The table of the picture above. */
bool outbox_may(enum outbox_status from, enum outbox_status to);

/* The lower goes first. */
enum outbox_lane { LANE_PAYMENT, LANE_REPLY, LANE_REMINDER, LANE_BROADCAST, LANES };
extern const char *const outbox_lane_names[LANES];

#define OUTBOX_CHANNELS 6
extern const char *const outbox_channel_names[OUTBOX_CHANNELS];

struct outbox_draft {
    struct uuid user_id; /* zero: the operator's chat */
    const char *channel; /* NULL: "telegram" */
    enum outbox_lane lane;
    int64_t chat_id;    /* 0 for provider calls */
    int64_t message_id; /* the message to edit; 0: a new one */
    /* Either a method and its JSON parameters, without chat_id and message_id: the sender adds those (in
     * LANE_BROADCAST payload may be NULL: the text of the broadcast ref_id) … */
    const char *method, *payload;
    /* … or a view that the sender's edge draws at the moment of sending, with its arguments (text, NULL:
     * none); with a view the payload is whatever else it is drawn from. */
    const char *view, *args;
    /* With a view of delivery_kinds and the user the key of its delivery; otherwise free: what it is about.
     */
    struct uuid ref_id;
    struct day ref_date; /* day_none(): none. A zeroed draft means 1970-01-01: harmless without a delivery */
    int ref_number;
    bool for_dialog;           /* the message becomes the one that the person's dialog edits */
    struct instant due_at;     /* 0: now */
    struct instant expires_at; /* 0: by lane: replies 1 day, reminders 2 h, broadcasts 2 days after due_at,
                                  payments never */
};

/* Stores one. *id may be NULL. In a write transaction, like everything here but outbox_next and outbox_stats.
 */
enum ecode outbox_add(struct ctx *ctx, const struct outbox_draft *draft, struct uuid *id);
/* Rows of one chat keep the order of the array. One statement on PostgreSQL. */
enum ecode outbox_add_many(struct ctx *ctx, const struct outbox_draft *drafts, size_t n);
/*
 * As outbox_add_many for views that are deliveries: each goes out only when its key is new; added[i] tells.
 */
enum ecode outbox_add_once(struct ctx *ctx, const struct outbox_draft *drafts, size_t n, bool *added);

/* A claimed row: what the sender needs. Texts live in ctx->arena. */
struct outbox_item {
    struct uuid user_id, id;
    const char *channel;
    enum outbox_lane lane;
    int64_t chat_id, message_id;
    const char *method, *payload; /* of the row, or drawn */
    const char *view, *args;
    struct uuid ref_id;
    struct day ref_date;
    int ref_number;
    int attempts, unknowns; /* attempts: this one included */
    struct instant due_at, created_at;
    void *drawn; /* whatever the drawing edge wants to hand its sender beside method and payload */
};

enum outbox_verdict {
    DRAWN,
    DRAWN_NOTHING, /* not wanted any more: dropped */
    DRAWN_LATER    /* not now: waits until `later` */
};
struct outbox_drawing {
    enum outbox_verdict verdict;
    enum delivery_status why; /* with DRAWN_NOTHING: answered, canceled, quiet or missed */
    struct instant later;
    const char *method, *payload;
    void *drawn;
};
/*
 * Draws a view, acting as the row's user, inside the claim's transaction (a savepoint of its own: it may
 * write, even queue more). An error of its own fails this row alone and raises an alert; what the database
 * says about the whole transaction (ctx_ends_transaction) ends the claim.
 */
typedef enum ecode outbox_draw(struct ctx *ctx, const struct outbox_item *item, void *arg,
                               struct outbox_drawing *out);

#define OUTBOX_CLAIM_MAX 50 /* rows of one claim, all lanes together: each drawing is a savepoint */

struct outbox_claim_query {
    const char *channel; /* NULL: "telegram" */
    const char *lease;   /* NULL: LEASE_BOT */
    int64_t fence;
    struct duration lease_ttl;
    size_t max[LANES]; /* at most so many of each lane … */
    size_t max_all;    /* … and of all together, ≤ OUTBOX_CLAIM_MAX; 0: that */
    /* Chats to leave alone: with a request in flight or less than their second ago. A sender that settled
     * END_RETRY keeps the chat among them until then: that is what keeps the order within a chat. */
    const int64_t *busy_chats;
    size_t busy_count;
    outbox_draw *draw;
    void *arg;
    bool draw_apart; /* views are drawn by outbox_draw_claimed, behind this transaction's commit */
};

struct outbox_claimed {
    struct outbox_item *items; /* in the order to send; at most one of a chat (chat 0 excepted) */
    size_t count;
    size_t expired, superseded, unwanted, failed; /* rows that ended here instead */
    bool more; /* rows are due and were left: their chat is busy or taken, or max was reached */
    bool has_next;
    struct instant next_at; /* the first row due later */
};

/*
 * Keeps the lease, picks what is due lane by lane in order of due_at, drops what expired and edits that a
 * newer one of the same message and view overtakes, draws the views, and marks the rows as being sent. What
 * it returns is called right after the commit: a crash leaves only what was in flight as sending.
 * E_CONFLICT reason "lease_lost" when another instance took over: nothing was claimed.
 */
enum ecode outbox_claim(struct ctx *ctx, const struct outbox_claim_query *query, struct outbox_claimed *out);
/*
 * After a claim with draw_apart, in a transaction of its own: draws the views, and ends what is not wanted as
 * outbox_claim does; `out` has what is left to send. When a drawing ends the whole program its row stands as
 * being sent, so that outbox_recover counts it: at the OUTBOX_UNKNOWNS_MAXth time it is left alone. When this
 * fails, the rows are still being sent: outbox_take_back.
 */
enum ecode outbox_draw_claimed(struct ctx *ctx, const struct outbox_claim_query *query,
                               const struct outbox_claimed *claimed, struct outbox_claimed *out);

enum outbox_end {
    END_SENT,
    END_RETRY,   /* not sent: again at `at` */
    END_FAILED,  /* refused for good */
    END_UNKNOWN, /* cut off after it may have arrived */
    END_BLOCKED, /* 403: the person blocked the bot */
    END_REPLACE, /* the message to edit is gone: again, as a new one */
    END_DROPPED  /* not sent and not wanted */
};
struct outbox_result {
    struct uuid user_id, id;
    enum outbox_end end;
    int64_t message_id; /* END_SENT: of the message, 0: none */
    struct instant at;  /* END_RETRY: when; 0: a back-off by attempts */
    bool no_fault;      /* END_RETRY: the attempt does not count (429) */
    const char *error;  /* NULL: none; cut to 500 bytes, never holds secrets */
};
/* What became of rows. */
struct outbox_tally {
    int64_t sent, retried, failed, dropped;
    int64_t unknown; /* cut off; `resent` of them are queued again */
    int64_t resent;
    int64_t blocked; /* people who blocked the bot */
};

/*
 * Writes what came back, with all that depends on it: deliveries, the dialog's message, a broadcast's
 * counters, and for END_BLOCKED the person is unreachable and their queued reminders and broadcasts are
 * dropped. Rows that are no longer being sent under this fence are left alone.
 *
 * END_UNKNOWN: payments go out again, edits too (twice is as once), everything else only while the attempt is
 * younger than ten minutes; a row that was cut off OUTBOX_UNKNOWNS_MAX times stays unknown. END_RETRY after
 * OUTBOX_ATTEMPTS_MAX attempts is END_FAILED.
 */
#define OUTBOX_UNKNOWNS_MAX 5
#define OUTBOX_ATTEMPTS_MAX 12
enum ecode outbox_settle(struct ctx *ctx, int64_t fence, const struct outbox_result *results, size_t n,
                         struct outbox_tally *out);
/*
 * After taking a channel's lease: what an older fence left as being sent on it is END_UNKNOWN. channel NULL:
 * on every one. At most 500 a step; *more.
 */
enum ecode outbox_recover(struct ctx *ctx, const char *channel, int64_t fence, struct outbox_tally *out,
                          bool *more);

/*
 * What stands as being sent under this very fence and is not: a claim whose commit was uncertain, when
 * nothing is in flight. It goes as if it had never been claimed. At most 500 a step; *more.
 */
enum ecode outbox_take_back(struct ctx *ctx, const char *channel, int64_t fence, bool *more);

/* The actor's row with that id, whatever became of it. E_NOT_FOUND. Reads only, like the next. */
enum ecode outbox_get(struct ctx *ctx, const struct uuid *id, struct outbox_item *out);
/* Whether a channel holds a row of the actor with that ref_id. */
enum ecode outbox_about(struct ctx *ctx, const char *channel, const struct uuid *ref_id, bool *found);

/* When the first row of a channel (NULL: telegram) is due; E_NOT_FOUND: none waits. Reads only, by index. */
enum ecode outbox_next(struct ctx *ctx, const char *channel, struct instant *due_at);

/*
 * After a restore or copy: everything that waits is held, what was being sent is END_UNKNOWN first. A step of
 * at most 1000 rows; *moved counts, 0 when nothing is left.
 */
enum ecode outbox_hold(struct ctx *ctx, int64_t *moved);
/* Ends the hold, likewise in steps: messages made before `since` are dropped, the rest is queued. No sender
 * may work meanwhile with what is held: nobody else moves held rows. */
enum ecode outbox_release(struct ctx *ctx, struct instant since, int64_t *queued, int64_t *dropped);

struct outbox_stats {
    int64_t queued[LANES];
    struct instant oldest[LANES]; /* due_at; only where queued > 0 */
    int64_t held, sending;
    int64_t failed, unknown,
        cut_off; /* of the rows kept (7 days); cut_off: rows that were END_UNKNOWN ever */
};
/* Costs what waits and what went wrong, not what was sent. Any transaction. */
enum ecode outbox_stats(struct ctx *ctx, struct outbox_stats *out);

#endif
