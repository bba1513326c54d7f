#ifndef HABITD_DOMAIN_PAYMENT_CALL_H
#define HABITD_DOMAIN_PAYMENT_CALL_H

#include "domain/message/outbox.h"
#include "domain/payment/payment.h"

/*
 * Calls to providers are rows of the outbox, on the provider's channel in the lane of payments: the domain
 * leaves them, the edge that holds LEASE_PAY claims them, calls, and brings back what it learned as notices
 * (payment_receive) in the transaction that settles the row.
 */
#define LEASE_PAY "pay"

enum payment_call {
    CALL_CREATE, /* make the invoice, or charge the saved means of payment */
    CALL_READ,   /* what has become of it */
    CALL_REFUND, /* give `amount` of `charge` back; `ref` is our id of the request */
    CALL_STOP,   /* it renews itself by `charge`: no more */
    CALL_LOOK,   /* somebody says in the provider's name that something happened to an object: see yourself */
    CALLS
};
/* The channel of a provider's calls; NULL: there are none. */
const char *payment_channel(enum payment_provider provider);

/* What a call of a claimed row is about. */
struct payment_errand {
    enum payment_call call;
    struct payment payment;    /* not of CALL_LOOK */
    bool save_method;          /* it is to renew itself */
    const char *charge, *ref;  /* "" when none; of CALL_LOOK: the object's id, and what it is */
    int64_t amount;            /* 0: none */
    int64_t telegram_id;       /* of the payer; 0: not known (any more) */
    const char *language_code; /* of the payer */
    const char *contact; /* of the payer, for receipts: one with an @ is an e-mail address; NULL: none */
};
/*
 * Reads a claimed row, in the transaction of the claim. E_NOT_FOUND: its payment is not there; E_CORRUPT: it
 * is no call.
 */
enum ecode payment_errand_load(struct ctx *ctx, const struct outbox_item *item, struct payment_errand *out);

/* Leaves a CALL_LOOK: the provider is asked about the object `id`, which is a `what` ("payment"). */
enum ecode payment_look(struct ctx *ctx, enum payment_provider provider, const char *what, const char *id);

#endif
