#ifndef HABITD_DOMAIN_PAYMENT_INTERNAL_H
#define HABITD_DOMAIN_PAYMENT_INTERNAL_H

#include "domain/payment/payment.h"
#include "domain/payment/payment_call.h"

/* What the files of the module share. */

/* A payment with what only the module needs of its row. */
struct payment_row {
    struct payment p;
    struct payment_terms terms;
    bool save_method;
    int64_t events;
    bool waiting, has_next_check;
    struct instant waiting_since, next_check_at;
    int checks;
};
enum ecode payment_row_load(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
                            struct payment_row *out);
/* Inserts an ordered payment and its first event. E_UNIQUE never: *out is the one under the key, *is_new
 * tells. */
enum ecode payment_order_insert(struct ctx *ctx, const struct payment_order *o,
                                enum payment_provider provider, int64_t amount, const char *currency,
                                const char *key, struct payment_row *out, bool *is_new);
/* The keyed hash that stands for a payer; the name itself is not kept. */
enum ecode payment_payer_hash(struct ctx *ctx, enum payment_provider provider, const char *payer,
                              uint8_t out[SHA256_LEN]);
/* Whose payment it is, into *user_id when that is zero. E_NOT_FOUND. */
enum ecode payment_owner(struct ctx *ctx, const struct uuid *payment_id, struct uuid *user_id);
/* Locks the payer and acts for them; erased people too. */
enum ecode payment_act_for(struct ctx *ctx, const struct uuid *user_id);

/*
 * Keeps the contact that an order names for receipts, without spaces. E_INVALID field "contact": it is none,
 * or (reason "receipt_contact_required") there has to be one.
 */
enum ecode payment_contact_keep(struct ctx *ctx, const struct payment_order *order);

/* One thing to record. */
struct payment_entry {
    struct payment_fact fact;
    const char *note, *pay_url, *method; /* NULL: none */
    struct instant occurred_at;
};
/* Its identity: made of the content. */
struct uuid payment_entry_id(const struct uuid *payment_id, const struct payment_fact *fact);
/*
 * Records n entries of a payment whose payer is locked and acted for, folds, and lets everything follow; *row
 * is as it is now. NOTICE_KNOWN when all came before.
 */
enum ecode payment_record(struct ctx *ctx, struct payment_row *row, const struct payment_entry *entries,
                          size_t n, struct payment_change *out);

/* The events of a payment. Arena. */
enum ecode payment_facts(struct ctx *ctx, const struct uuid *user_id, const struct uuid *payment_id,
                         struct payment_event **out, size_t *n);
/* What the wallet has to do with it. */
enum payment_wallet payment_wallet_of(enum payment_provider provider, enum payment_purpose purpose);
/* From now on the charge leads to that payment, if it leads nowhere yet. */
enum ecode payment_claim(struct ctx *ctx, enum payment_provider provider, const char *charge,
                         const struct uuid *user_id, const struct uuid *id);
struct payment_call_args {
    const char *charge; /* of CALL_REFUND and CALL_STOP */
    int64_t amount;     /* of CALL_REFUND */
    const char *ref;    /* likewise: our id of the request, the provider's idempotency key */
    int64_t payer; /* of CALL_STOP: the telegram id of a person who is being erased; 0: their row has it */
};
/* Leaves a call to the payment's provider in the outbox; payment_call.h reads it. */
enum ecode payment_ask(struct ctx *ctx, const struct payment *p, enum payment_call call,
                       const struct payment_call_args *args);

/* Whether the payer is blocked; an erased one is not. */
enum ecode payment_payer_blocked(struct ctx *ctx, const struct uuid *user_id, bool *out);

/* Tells the payer in the chat that they paid, that money went back, or how a dispute stands; see "receipt" in
 * the bot. before: the status it had. */
enum ecode payment_tell(struct ctx *ctx, const struct payment *p, enum payment_status before);

enum payment_trouble {
    TROUBLE_MISMATCH,
    TROUBLE_SECOND_CHARGE,
    TROUBLE_CONTRADICTION,
    TROUBLE_STUCK,
    TROUBLE_FOREIGN_CHARGE,
    TROUBLE_STRAY,
    TROUBLE_BLOCKED_PAYER,
    TROUBLE_NOT_GIVEN_BACK
};
/* It is over: what raised the alert explained itself. */
enum ecode payment_alert_over(struct ctx *ctx, enum payment_trouble trouble, const char *what);
/* Alerts the operator; `what` names the payment or the charge. */
enum ecode payment_alert(struct ctx *ctx, enum payment_trouble trouble, enum payment_provider provider,
                         const char *what);

#endif
