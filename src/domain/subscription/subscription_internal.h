#ifndef HABITD_DOMAIN_SUBSCRIPTION_INTERNAL_H
#define HABITD_DOMAIN_SUBSCRIPTION_INTERNAL_H

#include "domain/subscription/subscription.h"

/* What the files of the module share. */

#define PERIODS_MAX 2000

struct subscription_row {
    struct uuid id;
    const char *plan;
    enum subscription_status status;
    enum renews_by renews_by;
    struct uuid payment_id; /* zero: none */
    struct instant starts_at, ends_at, acted_until, created_at, canceled_at, next_action_at;
    bool trial, canceled, has_next_action;
};
struct period_row {
    struct uuid id, payment_id;
    const char *plan;
    enum period_status status;
    bool revoked_by_admin;
    struct span span;
    enum payment_status payment_status; /* of paid ones */
    bool from_wallet;
};
/* Everything that a person's subscription follows from. */
struct subscription_book {
    struct uuid user_id;
    enum tier tier; /* stored */
    bool erased, has_trial_end;
    int64_t telegram_id; /* 0: none */
    struct instant trial_ends_at;
    int64_t balance;
    bool found; /* there is a subscription */
    struct subscription_row sub;
    struct period_row *periods;
    size_t count;
};
/* E_NOT_FOUND when there is no such person. */
enum ecode book_load(struct ctx *ctx, const struct uuid *user_id, struct subscription_book *out);
/* Works everything out and writes what changed. */
enum ecode book_settle(struct ctx *ctx, struct subscription_book *book);
/* The subscription of the book, made if there is none. */
enum ecode book_open(struct ctx *ctx, struct subscription_book *book, const char *plan);
struct period_draft {
    struct uuid payment_id;
    const char *plan, *reason;
    int months, days;
};
/* A new period, bought now; in the grace it continues where the last one ended. */
enum ecode book_add_period(struct ctx *ctx, struct subscription_book *book, const struct period_draft *d);
/* Writes the row of the subscription as it stands in the book. */
enum ecode book_write(struct ctx *ctx, const struct subscription_book *book);
/* For people. */
void book_view(struct ctx *ctx, const struct subscription_book *book, struct subscription *out);

#endif
