#ifndef HABITD_DOMAIN_REFERRAL_H
#define HABITD_DOMAIN_REFERRAL_H

#include "domain/payment/payment.h"

/*
 * Referrals: who invited whom, and the reward for it. The reward is for the invited person's first payment,
 * once it has stood long enough; it is posted by a command of its own under a key of its own, and taken back
 * when that payment is reversed.
 */
enum referral_status {
    REFERRAL_PENDING,
    REFERRAL_HELD,
    REFERRAL_REWARDED,
    REFERRAL_REJECTED,
    REFERRAL_TAKEN_BACK,
    REFERRAL_STATUSES
};
extern const char *const referral_status_names[]; /* the words of the database and the API; NULL-ended */

/*
 * The allowed moves of a referral:
 *
 *   (first contact) ──► pending ──matured──► rewarded ──payment reversed──► taken_back
 *        │               │  ▲
 *        │     suspicious│  │an admin lets it pass
 *        │               ▼  │
 *        │              held ──an admin does not──┐
 *        ▼               pending ──over the cap───┴──► rejected
 *       rejected: was here before
 */
bool referral_may(enum referral_status from, enum referral_status to);

#define REFERRAL_CODE_MAX 32        /* characters */
#define REFERRAL_LINK_PREFIX "ref_" /* of the code in t.me/BOT?start=… */

/* Whether it can be the code of an invitation's link. */
bool referral_is_code(const char *code);
/* The code in what a link starts the bot or the Mini App with; NULL: it is no invitation. */
const char *referral_link_code(const char *start);

/*
 * A person at first contact came through somebody's link. A code that leads to nobody, or to somebody who is
 * not older, is left aside: it stops nobody from starting. `returning`: they were here before and were
 * erased.
 */
enum ecode referral_register(struct ctx *ctx, const char *code, const struct uuid *referred, bool returning);

struct referral_summary {
    const char *code;
    int64_t invited, pending, rewarded; /* people; rewarded ones that were taken back are not counted */
    int64_t earned;                     /* minor units of the wallet */
    const char *currency;
};
/* The actor's own. */
enum ecode referral_get(struct ctx *ctx, const void *unused, struct referral_summary *out);

/* A payment of a person changed: it may begin to mature, or the reward for it must come back. */
enum ecode referral_follow_payment(struct ctx *ctx, const struct payment *p);

struct referral_ref {
    struct uuid referrer, referred;
};
/* Those with something to do, the longest first; at most max. Any transaction. */
enum ecode referral_due(struct ctx *ctx, size_t max, struct referral_ref *out, size_t *n);
enum referral_act {
    REFERRAL_NOTHING,
    REFERRAL_WAITS,
    REFERRAL_PAID,
    REFERRAL_HOLD,
    REFERRAL_REFUSED,
    REFERRAL_BACK
};
/*
 * Does it: rewards, holds for review, refuses, takes back, or puts it off. A command of its own, in a write
 * transaction; may be repeated.
 */
enum ecode referral_act(struct ctx *ctx, const struct referral_ref *ref, enum referral_act *out);

struct referral {
    struct referral_ref ref;
    enum referral_status status;
    const char *reasons; /* NULL: none */
    int64_t reward;
    struct instant created_at;
};
struct referral_verdict {
    struct referral_ref ref; /* referrer zero: whoever invited */
    bool approve;
    const char *reason; /* required */
};
/* An admin's verdict over a held one, audited. E_NOT_FOUND; E_CONFLICT reason "referral_not_held"; E_INVALID.
 */
enum ecode referral_review(struct ctx *ctx, const struct referral_verdict *in, struct referral *out);

#endif
