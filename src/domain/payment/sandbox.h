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
/* What can be decided: the first two while it waits for the money, the others when it was paid. */
enum sandbox_choice { SANDBOX_PAY, SANDBOX_GIVE_UP, SANDBOX_DISPUTE, SANDBOX_WIN, SANDBOX_LOSE };
struct sandbox_decision {
    const char *payload;
    enum sandbox_choice choice;
};
/* What cannot be decided (any more) changes nothing: *out tells how it stands. E_NOT_FOUND. */
enum ecode sandbox_decide(struct ctx *ctx, const struct sandbox_decision *in, struct sandbox_view *out);

/* The charge of an order. Arena. */
const char *sandbox_charge(struct arena *a, const struct uuid *payment_id);

#endif
