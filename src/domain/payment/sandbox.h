#ifndef HABITD_DOMAIN_SANDBOX_H
#define HABITD_DOMAIN_SANDBOX_H

#include "domain/payment/payment.h"

/*
 * The page of the sandbox, a provider without money: whoever has an order's address decides what becomes of
 * it, as at a real provider's. Nothing of it is there unless the operator turned the sandbox on.
 */
struct sandbox_order {
    const char *payload; /* payment_payload */
};
struct sandbox_view {
    struct payment payment;
    int digits; /* behind the point of its currency */
};
/* What is to be paid. E_NOT_FOUND: no such order here. */
enum ecode sandbox_show(struct ctx *ctx, const struct sandbox_order *in, struct sandbox_view *out);
struct sandbox_decision {
    const char *payload;
    bool pay; /* else: gives up */
};
/* Once decided it stays: *out tells how. E_NOT_FOUND. */
enum ecode sandbox_decide(struct ctx *ctx, const struct sandbox_decision *in, struct sandbox_view *out);

/* The charge of an order. Arena. */
const char *sandbox_charge(struct arena *a, const struct uuid *payment_id);

#endif
