#ifndef HABITD_DOMAIN_LEDGER_H
#define HABITD_DOMAIN_LEDGER_H

#include "domain/list.h"

/*
 * The ledger: one wallet per person in the operator's currency, and the postings that made it what it is.
 * Postings are appended, never changed; balances.amount is their sum, seq the number of the last one, and
 * both are written in the transaction of the posting. Amounts are minor units, signed as the wallet sees
 * them: a purchase is negative.
 *
 * A wallet goes below zero only by what takes back (refund, chargeback, a reward taken back) or by an audited
 * adjustment; who pays in while in debt may still be below zero after it.
 */
enum posting_kind {
    POSTING_TOPUP,        /* money paid in; > 0 */
    POSTING_SUBSCRIPTION, /* a plan bought from the wallet; < 0 */
    POSTING_REFUND,       /* < 0: a top-up given back outside; > 0: a plan's price given back to the wallet */
    POSTING_CHARGEBACK,   /* < 0: a top-up under dispute or lost; > 0: a dispute won */
    POSTING_REFERRAL_REWARD, /* > 0; < 0: taken back */
    POSTING_ADJUSTMENT,      /* an admin's, with a reason */
    POSTING_KINDS
};
extern const char *const posting_kind_names[]; /* the words of the database and the API; NULL-ended */

#define LEDGER_AMOUNT_MAX 1000000000000000 /* of one posting, minor units */
#define LEDGER_KEY_BYTES_MAX 200
#define LEDGER_REASON_BYTES_MAX 500

struct posting_request {
    struct uuid user_id;
    enum posting_kind kind;
    int64_t amount;         /* not 0, at most LEDGER_AMOUNT_MAX either way */
    const char *key;        /* makes it happen once in this wallet */
    struct uuid payment_id; /* the payment behind it; zero: none */
    const char *reason;     /* of adjustments; NULL: none */
};

enum posting_outcome {
    POSTED_NEW,
    POSTED_BEFORE, /* the key has done this already: the first result */
    POSTED_REFUSED /* the wallet holds too little; the key stays refused */
};

struct posting {
    enum posting_outcome outcome;
    enum posting_kind kind;
    int64_t seq; /* 0 when refused */
    int64_t amount;
    int64_t balance_after; /* refused: what the wallet held then */
    struct uuid payment_id;
    const char *reason;
    struct instant created_at;
};

/*
 * Posts, opening the wallet on first use. In a write transaction in which nobody else writes for the person
 * (ctx_lock_people); without that lock two writers collide on the key and one gets E_RETRY. A refusal is an
 * outcome and E_OK, so that it is remembered.
 * E_INVALID: amount, key or reason. E_CONFLICT: reason "idempotency_key_reused", the key was used with
 * another body; reason "wallet_currency", the wallet was opened in another currency. E_LIMIT: the balance
 * would leave the range of whole numbers.
 */
enum ecode ledger_post(struct ctx *ctx, const struct posting_request *in, struct posting *out);

/* One of many postings: what is asked, and the answer as ledger_post would give it. */
struct posting_call {
    struct posting_request request;
    enum ecode code; /* E_OK, E_INVALID, E_CONFLICT, E_LIMIT */
    struct err err;
    struct posting posting;
};
/*
 * As ledger_post for each in its order, with one set of statements for all where the engine has arrays. Locks
 * the people itself. Returns E_OK, or an error after which nothing may be committed.
 */
enum ecode ledger_post_many(struct ctx *ctx, struct posting_call *calls, size_t n);

struct wallet {
    int64_t amount; /* max(0, balance) */
    int64_t debt;   /* max(0, −balance) */
    const char *currency;
    int64_t balance; /* the two in one */
    int64_t seq;
};
/* The actor's wallet; an empty one when nothing was ever posted. */
enum ecode wallet_get(struct ctx *ctx, const void *unused, struct wallet *out);

struct posting_page {
    struct posting *items;
    size_t count;
    struct list_rest rest;
    const char *currency;
};
/* The place behind the posting of that number in the list that has the newest first. */
struct list_place posting_below(int64_t seq);
struct posting_query {
    struct list_query list; /* by seq */
    bool has_kind;
    enum posting_kind kind; /* only those */
};
enum ecode posting_list(struct ctx *ctx, const struct posting_query *in, struct posting_page *out);

struct adjustment {
    struct uuid user_id;
    int64_t amount;
    const char *reason; /* required */
    const char *key;    /* NULL: one of its own */
};
struct adjusted {
    struct posting posting;
    struct wallet wallet; /* as it is afterwards */
};
/* An admin's correction of somebody's wallet, audited. E_NOT_FOUND when there is no such person. */
enum ecode wallet_adjust(struct ctx *ctx, const struct adjustment *in, struct adjusted *out);
/* Somebody's wallet, for admins and other modules; an empty one when nothing was ever posted. */
enum ecode wallet_of(struct ctx *ctx, const struct uuid *user_id, struct wallet *out);

#endif
