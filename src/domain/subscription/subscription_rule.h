#ifndef HABITD_DOMAIN_SUBSCRIPTION_RULE_H
#define HABITD_DOMAIN_SUBSCRIPTION_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/instant.h"

/*
 * The rules of subscriptions, pure: where periods lie, what state that gives, and when something has to
 * happen.
 */
enum subscription_status {
    SUBSCRIPTION_TRIALING,
    SUBSCRIPTION_ACTIVE,
    SUBSCRIPTION_PAST_DUE, /* ended and not renewed yet: three days of grace */
    SUBSCRIPTION_CANCELED, /* runs to its end and is not renewed */
    SUBSCRIPTION_SUSPENDED,
    SUBSCRIPTION_EXPIRED,
    SUBSCRIPTION_REVOKED, /* every period was taken back */
    SUBSCRIPTION_STATUSES
};
extern const char *const subscription_status_names[]; /* the words of the database and the API; NULL-ended */

/*
 * A person has one subscription for good; the allowed moves of it:
 *
 *   (new) ──► trialing ──bought──► active ◄──renewed── past_due ◄──end── (active)
 *                │ ▲                │  ▲ ▲                  │
 *                │ └──taken back────┤  │ └──on again── canceled ──┐
 *                │   in the trial   │  └──won───────┐   ▲         │
 *                │                  ├──off──────────┼───┘         │
 *                │                  ├──disputed──► suspended      │
 *                │                  ├──taken back─► revoked       │
 *                └───────end────────┴─────────────────────────► expired ──bought again──► active
 *
 *   canceled, past_due and expired go where active goes when their periods are disputed or taken back
 * (past_due not to suspended or trialing: nothing of it lies ahead); revoked, suspended and expired come
 * back, to active, canceled, past_due or expired, when what was taken back is given back or something is
 * bought. Nothing leads from past_due to canceled (turning renewal off ends it), from expired or canceled to
 * past_due, nor to trialing from what ended after the trial: expired, revoked, past_due.
 */
bool subscription_may(enum subscription_status from, enum subscription_status to);

enum period_status { PERIOD_ACTIVE, PERIOD_SUSPENDED, PERIOD_REVOKED, PERIOD_STATUSES };
extern const char *const period_status_names[]; /* NULL-ended */
/*
 * The allowed moves of a period; its payment decides.
 *
 *   active ◄──won, debt paid──► suspended ──lost, refunded──► revoked
 *      └───────────refunded, lost, by an admin──────────────────▲ │
 *      ▲───── a second charge of the order stands for it now ─────┘   (or suspended, if that is disputed)
 */
bool period_may(enum period_status from, enum period_status to);

enum renews_by { RENEWS_STARS, RENEWS_SAVED_METHOD, RENEWS_BALANCE, RENEWS_NONE, RENEWS };
extern const char *const renews_by_names[]; /* NULL-ended */

/* t, `months` calendar months later in UTC: the same day of the month or, when there is none, its last. */
struct instant add_months(struct instant t, int months);

/* One paid period. In: what was bought and when, and what happened to it. Out: where it lies. */
struct span {
    struct instant bought_at; /* it starts then, or at the end of the one before */
    int months, days;         /* one of them */
    bool stopped;             /* suspended or revoked … */
    struct instant stopped_at;
    struct instant starts_at, ends_at; /* out */
    struct instant full_end;           /* out: where it would end if it were not stopped */
};
/*
 * Lays periods one after the other, in the order given (that of buying), none before `not_before` (the end of
 * the trial). A stopped one takes up what passed of it until then, and later ones move forward. Months are
 * counted from the first of an unbroken row: bought on 31 January it ends on 28 February, the next on 31
 * March.
 */
void spans_lay_out(struct span *s, size_t n, struct instant not_before);

#define GRACE_MS (3 * 86400000LL)

/* What a subscription's state follows from. */
struct subscription_facts {
    bool trial; /* it began as the trial */
    struct instant trial_starts_at, trial_ends_at;
    const struct span *spans; /* its periods, laid out */
    const enum period_status *periods;
    size_t count;
    bool canceled; /* renewal was turned off */
    enum renews_by renews_by;
};
/* *starts_at, *ends_at: the unbroken row of periods that is the newest, or the trial. */
enum subscription_status subscription_derive(const struct subscription_facts *f, struct instant now,
                                             struct instant *starts_at, struct instant *ends_at);
/* Whether it gives its person the premium tier. */
bool subscription_entitles(enum subscription_status s);

/* What is due when. Notices are told once each; the others are acts. In the order of equal moments. */
enum occasion_kind {
    OCCASION_RENEW_1,   /* 24 h before the end: from the balance or the saved means of payment */
    OCCASION_RENEW_2,   /* 72 h after the first */
    OCCASION_TRIAL_36H, /* after its start */
    OCCASION_TRIAL_90H,
    OCCASION_TRIAL_24H, /* before its end */
    OCCASION_TRIAL_3H,
    OCCASION_TRIAL_END,
    OCCASION_PAID_72H, /* before its end */
    OCCASION_PAID_24H,
    OCCASION_PAID_3H,
    OCCASION_PAID_END,
    OCCASION_GRACE_END,
    OCCASION_KINDS
};
extern const char *const occasion_names[]; /* what the view of a notice is told; NULL-ended */

struct occasion {
    struct instant at;
    enum occasion_kind kind;
};
#define OCCASIONS_MAX 8
/*
 * The occasions of a subscription in this state with this span, ascending; those that fall outside its length
 * are left out. Returns how many.
 */
size_t subscription_occasions(enum subscription_status status, enum renews_by renews_by,
                              struct instant starts_at, struct instant ends_at,
                              struct occasion out[OCCASIONS_MAX]);

#endif
