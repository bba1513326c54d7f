#ifndef HABITD_TEST_PAYMENT_BED_H
#define HABITD_TEST_PAYMENT_BED_H

#include "domain/payment/payment.h"
#include "domain_bed.h"

/* Orders and what providers say of them, for tests of money. */

/* An order of the actor's: a top-up of `amount`, or a plan. */
struct payment payment_bed_order(struct domain_bed *b, enum payment_provider provider, int64_t amount,
                                 const char *plan);
/* A notice about that payment, with its ids; amount 0 and the order's currency where they apply. */
struct payment_notice payment_bed_notice(const struct payment *p, enum payment_fact_kind kind,
                                         const char *ref, const char *charge, int64_t amount);
/* Gives it to the domain; whatever fails ends the test. The context acts for the same person afterwards. */
struct payment_change payment_bed_receive(struct domain_bed *b, const struct payment_notice *n);
/* The charge "A" of the whole order came. */
struct payment_change payment_bed_pay(struct domain_bed *b, const struct payment *p);

/*
 * SHA-256 over what must not depend on the order in which events came, as hex: of each payment (by id)
 * purpose, plan, amount, currency, status, refunded, the charge that stands, and the sum of its postings by
 * kind; its events but for our own requests; each wallet's balance; of each subscription status, plan, end,
 * and of its periods payment and status; of each referral status and reward. Left out is what tells when and
 * in how many steps it was reached: seq and number of postings, their keys, balance_after, the moments of
 * rows, checks, requests.
 */
const char *payment_bed_hash(struct domain_bed *b);

/* The next order of 0 … n − 1 in lexicographic order; false after the last. */
bool next_permutation(int *p, int n);

#endif
