#ifndef HABITD_DOMAIN_STARS_H
#define HABITD_DOMAIN_STARS_H

#include "domain/payment/payment.h"

/*
 * What Telegram says about payments in Stars: to the bot as updates, and to the nightly reconciliation as
 * transactions. Both say the same words here, so that the second finds everything known.
 */

/* Somebody is about to pay an invoice. */
struct stars_checkout {
    const char *payload, *currency;
    int64_t stars;
    int64_t telegram_id; /* who pays */
};
enum stars_verdict {
    STARS_WELCOME,
    STARS_UNKNOWN,  /* no such order, or not what was ordered */
    STARS_PAID,     /* it is paid */
    STARS_STRANGER, /* somebody else ordered it */
    STARS_OLD,      /* the offer is over (STARS_OFFER_HOURS), or could not be made */
    STARS_UNSOLD,   /* the plan is not sold for Stars any more */
    STARS_RENEWING, /* it would be a second subscription beside one that renews itself by Stars */
    STARS_BLOCKED,  /* whoever ordered was blocked since */
    STARS_VERDICTS
};
extern const char *const stars_verdict_names[]; /* for metrics; NULL-ended */
#define STARS_OFFER_HOURS 24
struct stars_answer {
    enum stars_verdict verdict;
    const char *language_code; /* of whoever ordered, when they are the one who pays; NULL: not known */
};
/* Whether the payment may go on: the amount and the price are those of the order, which stands for
 * STARS_OFFER_HOURS. Any transaction. */
enum ecode stars_may_pay(struct ctx *ctx, const struct stars_checkout *in, struct stars_answer *out);
/* Whether a subscription charges Stars by itself now: a second one would charge beside it. */
struct subscription;
bool stars_renew(const struct subscription *s);

enum stars_turn {
    STARS_ONCE,
    STARS_FIRST,  /* of a subscription */
    STARS_AGAIN,  /* it renewed itself */
    STARS_UNTOLD, /* a transaction does not tell */
};
struct stars_payment {
    const char *payload, *currency, *charge;
    int64_t stars;
    int64_t telegram_id;
    enum stars_turn turn; /* of stars_paid */
    struct instant at;    /* 0: now */
};
/* Stars came. As payment_receive; a renewal becomes a payment of its own. */
enum ecode stars_paid(struct ctx *ctx, const struct stars_payment *in, struct payment_change *out);
/* A charge was given back, the whole of it. */
enum ecode stars_refunded(struct ctx *ctx, const struct stars_payment *in, struct payment_change *out);
/*
 * The person ended a subscription in Telegram, or it could not be charged (renews false), or took that back.
 * Harmless when it renews by something else, and for an unknown payload. In a write transaction; the context
 * acts for the person afterwards.
 */
enum ecode stars_renewal(struct ctx *ctx, const char *payload, bool renews);

#endif
