#ifndef HABITD_DOMAIN_PAYMENT_FOLD_H
#define HABITD_DOMAIN_PAYMENT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/hash.h"

/*
 * A payment is the fold of the set of its events: what is known, not when it became known. Pure; no database,
 * no clock. Events may come in any order and any number of times, a reversal before its payment.
 */
enum payment_status {
    PAYMENT_CREATED, /* ordered; the provider does not know of it yet */
    PAYMENT_PENDING, /* the provider waits for the money */
    PAYMENT_UNKNOWN, /* what is known does not explain itself: a call without an answer, a reversal before its
                        payment, money that is not what was ordered. The provider is asked, then a person */
    PAYMENT_SUCCEEDED,
    PAYMENT_PARTIALLY_REFUNDED,
    PAYMENT_REFUNDED,
    PAYMENT_DISPUTED,
    PAYMENT_CHARGED_BACK,
    PAYMENT_FAILED,
    PAYMENT_CANCELED,
    PAYMENT_EXPIRED,
    PAYMENT_STATUSES
};
extern const char *const payment_status_names[]; /* the words of the database and the API; NULL-ended */

/*
 * The allowed moves of a payment:
 *
 *                 ┌──────────────────── the money is not there ────────────────────┐
 *   created ────► pending ◄───► unknown         expired ──► failed ──► canceled    │
 *      │             │  ▲          │  ▲            │  ▲        │  ▲        │  ▲      │
 *      │             └──┼──────────┼──┼────────────┴──┼────────┴──┼────────┘  │      │   each of the lower
 * line │                └──────────┴──┴───────────────┴───────────┴───────────┘      │   from and to pending,
 *      │          └─────────────────────────────┬───────────────────────────────────┘   unknown
 *      │                                        ▼
 *      └──────► any of:  succeeded, partially_refunded, refunded, disputed, charged_back
 *
 *   succeeded ───────────► partially_refunded, refunded, disputed, charged_back
 *   partially_refunded ──► refunded, disputed, charged_back;  succeeded *
 *   disputed ────────────► succeeded and partially_refunded (won), charged_back (lost), refunded
 *   charged_back ────────► refunded;  succeeded *, partially_refunded *, disputed *
 *   refunded ────────────► succeeded *, partially_refunded *, disputed *, charged_back *
 *
 *   * a second charge of the same order stands for it now, because less of it was taken back.
 *
 * Nothing leads back to created, and nothing from the second picture to the first: money that was there is
 * explained by reversals only. From canceled or failed nothing leads to what ranks below it (canceled before
 * failed before expired), since the stronger word is known already.
 */
bool payment_may(enum payment_status from, enum payment_status to);
/* Whether the money came at some time. */
bool payment_was_paid(enum payment_status s);
/* Whether what was bought stands: paid, and not wholly reversed or under dispute. */
bool payment_stands(enum payment_status s);

enum payment_fact_kind {
    FACT_CREATED,
    FACT_PENDING,       /* ref: the charge */
    FACT_UNKNOWN,       /* a call ended without an answer */
    FACT_SUCCEEDED,     /* ref: the charge; amount, currency, payer */
    FACT_FAILED,        /* ref: the charge, or none when the provider refused the order */
    FACT_CANCELED,      /* likewise */
    FACT_EXPIRED,       /* likewise */
    FACT_REFUNDED,      /* ref: the refund, charge: what it reverses, amount */
    FACT_DISPUTED,      /* ref: the dispute, charge: what it is about; always the whole of what is left */
    FACT_DISPUTE_WON,   /* likewise */
    FACT_DISPUTE_LOST,  /* likewise; outranks a win */
    FACT_REFUND_ASKED,  /* ref: our id of the request, charge, amount; changes no status */
    FACT_REFUND_FAILED, /* ref: our id of the request */
    FACT_KINDS
};
extern const char *const payment_fact_names[]; /* the words of the database; NULL-ended */

/* One event's content; its identity too: two of the same content are one. */
struct payment_fact {
    enum payment_fact_kind kind;
    const char *ref, *charge; /* "" when none; never NULL */
    int64_t amount;           /* 0: not said */
    const char *currency;     /* "": not said */
    bool has_payer;
    uint8_t payer[SHA256_LEN]; /* keyed hash of who paid, as the provider names them */
};

/* What was ordered. */
struct payment_terms {
    int64_t amount;
    const char *currency;
    bool has_payer; /* who must pay is known */
    uint8_t payer[SHA256_LEN];
};

#define PAYMENT_CHARGES_MAX 16
#define PAYMENT_FACTS_MAX 200

struct payment_state {
    enum payment_status status;
    int64_t refunded;   /* of the charge that stands for the order; 0 … terms.amount */
    const char *charge; /* the charge that stands for the order, else one that may come to; "" none */
    /* Charges beyond the one, as far as they are not given back and not asked for: to be refunded. */
    struct {
        const char *charge;
        int64_t amount; /* what is left of it */
    } surplus[PAYMENT_CHARGES_MAX];
    size_t surplus_count;
    size_t charges;         /* charges as ordered */
    int64_t refund_asked;   /* of the charge that stands: requested and not failed */
    bool mismatch;          /* money came that is not what was ordered, and was not given back */
    bool reversed_too_much; /* reversals of a charge exceed it */
    bool contradiction;     /* a dispute won and lost, one refund or charge with two amounts */
};

/*
 * Folds n facts. The charge that stands for the order is the one of which least was taken back, among equals
 * the first by name: a function of the set. A charge that was told of twice with different content counts if
 * one of them is as ordered. At most PAYMENT_FACTS_MAX facts (CHECK); charges beyond PAYMENT_CHARGES_MAX
 * count as mismatch. Strings of *out point into facts.
 */
void payment_fold(const struct payment_terms *terms, const struct payment_fact *facts, size_t n,
                  struct payment_state *out);

/* What the wallet must hold of a payment, by kind of posting. */
struct payment_target {
    int64_t topup, subscription, refund, chargeback;
};
enum payment_wallet {
    WALLET_UNTOUCHED, /* a plan paid outside */
    WALLET_TOPPED_UP, /* money paid into the wallet */
    WALLET_SPENT      /* a plan bought from the wallet */
};
struct payment_target payment_target(enum payment_wallet wallet, int64_t amount,
                                     const struct payment_state *state);
/* Adds postings of one kind (an enum posting_kind; others are left out). */
void payment_target_add(struct payment_target *t, int kind, int64_t amount);

#endif
