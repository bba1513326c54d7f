#ifndef HABITD_DOMAIN_SUBSCRIPTION_ADOPT_H
#define HABITD_DOMAIN_SUBSCRIPTION_ADOPT_H

#include "domain/ctx.h"

/* What a person had of another program's subscriptions. */
struct period_history {
    struct uuid payment_id;    /* zero: given */
    const char *plan, *reason; /* reason of a given one */
    int months, days;          /* one of them */
    struct instant bought_at;
    struct instant reversed_at; /* when its payment was reversed, if it was */
};
struct subscription_history {
    struct instant created_at;
    bool has_trial;
    struct instant trial_ends_at;
    const struct period_history *periods; /* in the order of buying */
    size_t count;
};
/*
 * Writes the trial and the periods and works out where they lie and what the person is entitled to now: tier
 * and habits follow. Nothing is renewed, and what was due before now is told to nobody. The payments are
 * there already. In a write transaction; the person is nobody else's.
 */
enum ecode subscription_take_over(struct ctx *ctx, const struct uuid *user_id,
                                  const struct subscription_history *h);

#endif
