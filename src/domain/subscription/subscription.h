#ifndef HABITD_DOMAIN_SUBSCRIPTION_H
#define HABITD_DOMAIN_SUBSCRIPTION_H

#include "domain/payment/payment.h"
#include "domain/subscription/subscription_rule.h"

/*
 * Subscriptions. What a person is entitled to follows from their periods, the payments behind these, the
 * wallet and the clock; subscription_refresh works it out anew and everybody calls it who changed one of
 * them. The tier and the habits follow in the same transaction.
 */
struct period {
    struct uuid id, payment_id; /* zero payment: granted */
    const char *plan;
    enum period_status status;
    struct instant starts_at, ends_at;
};
struct subscription {
    struct uuid id;
    const char *plan;
    enum subscription_status status;
    enum renews_by renews_by;
    bool canceled; /* renewal was turned off */
    struct instant starts_at, ends_at;
    struct period *periods; /* in the order of buying */
    size_t periods_count;
};

/* The actor's. E_NOT_FOUND reason "no_subscription" when they never had one. */
enum ecode subscription_get(struct ctx *ctx, const void *unused, struct subscription *out);

struct purchase {
    const char *plan;
    const char *key; /* makes it happen once; NULL: one of its own */
    bool renew;      /* renew it from the balance from now on */
};
enum purchase_outcome { PURCHASE_DONE, PURCHASE_NO_FUNDS };
struct purchase_result {
    enum purchase_outcome outcome;    /* the same again for the same key */
    struct payment payment;           /* succeeded, or failed without funds */
    struct subscription subscription; /* of PURCHASE_DONE */
    int64_t balance;
};
/*
 * Buys a plan from the actor's wallet. Too little in it is an outcome, so that it is remembered. E_INVALID
 * plan, key; E_CONFLICT reason "idempotency_key_reused".
 */
enum ecode subscription_buy(struct ctx *ctx, const struct purchase *in, struct purchase_result *out);
/*
 * Turns renewal off: what is paid runs to its end. E_NOT_FOUND; E_CONFLICT reason "not_renewing" when there
 * is nothing to turn off.
 */
enum ecode subscription_cancel(struct ctx *ctx, const void *unused, struct subscription *out);

struct grant {
    struct uuid user_id;
    int months, days; /* one of them */
    const char *reason;
};
/* An admin gives a period away, audited. E_NOT_FOUND; E_INVALID months, days, reason. */
enum ecode subscription_grant(struct ctx *ctx, const struct grant *in, struct subscription *out);
struct revocation {
    struct uuid user_id, period_id;
    const char *reason;
};
/* An admin takes a period back; money is another matter. Audited. E_NOT_FOUND; E_INVALID reason. */
enum ecode subscription_revoke(struct ctx *ctx, const struct revocation *in, struct subscription *out);

/* --- for other modules --------------------------------------------------------------------------- */

/* The trial of a new person, from ctx->now. */
enum ecode subscription_start_trial(struct ctx *ctx, const struct uuid *user_id, struct instant ends_at);
/* A payment's events changed: the period it pays for is made, and all is worked out anew. `save_method`:
 * renewals by the saved means were asked for. */
enum ecode subscription_follow_payment(struct ctx *ctx, const struct payment *p, bool save_method);
/* The wallet went below zero, or above again: periods bought from it follow. */
enum ecode subscription_follow_wallet(struct ctx *ctx, const struct uuid *user_id, int64_t before,
                                      int64_t after);
/* Telegram says that the actor's subscription in Stars charges again by itself, or does not. Harmless when it
 * renews by something else. */
enum ecode subscription_follow_stars(struct ctx *ctx, bool renews);
/* The actor is being erased: nothing is renewed any more, nobody is told anything. */
enum ecode subscription_end_for_erased(struct ctx *ctx);

/* People whose next occasion is due, the longest first; at most max. Any transaction. */
enum ecode subscription_due(struct ctx *ctx, size_t max, struct uuid *users, size_t *n);
struct subscription_acts {
    int notices, renewed, failed; /* renewals that found no funds */
};
/*
 * Does what is due for one person: renews, tells the newest notice that is due (each occasion once; those
 * that a downtime swallowed are not made up for), moves the state. A command of its own, in a write
 * transaction. Harmless when nothing is due.
 */
enum ecode subscription_act(struct ctx *ctx, const struct uuid *user_id, struct subscription_acts *out);

#endif
