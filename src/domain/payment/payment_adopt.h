#ifndef HABITD_DOMAIN_PAYMENT_ADOPT_H
#define HABITD_DOMAIN_PAYMENT_ADOPT_H

#include "domain/payment/payment.h"

/* A payment that another program took, with its life so far. */
#define PAYMENT_PAST_MAX 3
struct payment_past {
    struct uuid user_id, id;
    enum payment_provider provider;
    enum payment_purpose purpose;
    const char *plan; /* NULL: a top-up */
    const char *key;  /* unique among the person's */
    struct payment_terms terms;
    struct payment_fact facts[PAYMENT_PAST_MAX]; /* what is known beside that it was ordered */
    struct instant at[PAYMENT_PAST_MAX];         /* when each happened */
    size_t n;
    const char *note; /* NULL: none */
    struct instant created_at;
};

/* What the facts make of it. Strings of *out point into the history. */
void payment_past_fold(const struct payment_past *h, struct payment_state *out);
/* What the wallet must hold of it. */
struct payment_target payment_past_target(const struct payment_past *h);
/*
 * Writes the row, its events, and the charge's way to it. Nothing else follows: no posting, period, message,
 * alert or call; one that waits for its provider is asked about soon. In a write transaction; the person is
 * nobody else's. E_UNIQUE: the charge or the key is taken.
 */
enum ecode payment_take_over(struct ctx *ctx, const struct payment_past *h);

#endif
