#ifndef HABITD_DOMAIN_PAYMENT_H
#define HABITD_DOMAIN_PAYMENT_H

#include "domain/ctx.h"
#include "domain/payment/payment_fold.h"
#include "domain/payment/plan.h"

/*
 * Payments. A row of payments is what was ordered and the fold of its payment_events; whoever learns
 * something about a payment records it as an event (payment_record), and everything follows in that
 * transaction: the status, what the wallet gets or loses (target − already posted), the period that was
 * bought, the reward of who invited, the refund of money that came twice, alerts. Providers are edges: they
 * turn what a provider says into a payment_notice, and carry out the calls that payment_out.c leaves in the
 * outbox.
 */
enum payment_provider {
    PROVIDER_STARS,
    PROVIDER_YOOKASSA,
    PROVIDER_CRYPTOBOT,
    PROVIDER_SANDBOX,
    PROVIDER_BALANCE, /* a plan bought from the wallet */
    PROVIDERS
};
extern const char *const payment_provider_names[]; /* NULL-ended */
enum payment_purpose { PURPOSE_TOPUP, PURPOSE_SUBSCRIPTION, PURPOSES };
extern const char *const payment_purpose_names[]; /* NULL-ended */

#define PAYMENT_KEY_BYTES_MAX 200
#define PAYMENT_REF_BYTES_MAX 200
#define PAYMENT_AMOUNT_MAX 100000000000 /* of one order, minor units */

struct payment {
    struct uuid user_id, id;
    enum payment_provider provider;
    const char *charge; /* the provider's id of it; NULL: not known */
    const char *key;
    enum payment_purpose purpose;
    const char *plan; /* NULL: a top-up */
    int64_t amount, refunded;
    const char *currency;
    enum payment_status status;
    const char *pay_url; /* where to pay; NULL: none (yet) */
    const char *method;  /* the saved means of payment, for renewals; NULL: none */
    struct instant created_at, paid_at;
    bool has_paid_at;
};

/* Whether the order's provider has said anything: there is somewhere to pay, or it is settled. */
bool payment_is_answered(const struct payment *p);

/*
 * Whether that provider takes payments here. Inside Telegram digital goods may be sold for Stars alone, so
 * there the others are closed unless the operator opened them (HABITD_EXTERNAL_PAYMENTS); the sandbox moves
 * no money and is open wherever it is on. The wallet is no provider that takes payments.
 */
bool payment_is_open(const struct policy *policy, enum payment_provider provider, bool in_telegram);

/* The currency a provider takes: XTR, USDT, or the wallet's. */
const char *payment_currency(const struct ctx *ctx, enum payment_provider provider);

struct payment_order {
    enum payment_provider provider; /* not PROVIDER_BALANCE: subscription_buy does that */
    enum payment_purpose purpose;
    int64_t amount;       /* of a top-up */
    const char *currency; /* what the person means by amount or price; NULL: whatever the provider takes */
    const char *plan;     /* of a subscription */
    const char *key;      /* makes the order happen once; NULL: one of its own */
    const char *payer;    /* who must pay, as the provider names people; NULL: anybody may */
    bool save_method;     /* it is to renew itself: by Stars, or by keeping the means of payment */
    const char *method;   /* the saved means to charge without the person; NULL: the person pays */
    const char
        *contact; /* where receipts go from now on, an e-mail address or a phone number; NULL: as it is */
};
/*
 * Orders for the actor: the row, its event, and the call that makes the invoice. The same key and order again
 * gives the payment as it is now. E_INVALID: provider (reason "provider_closed_in_telegram": the session is a
 * Mini App's, see payment_is_open), purpose, amount, currency, plan, key, contact (reason
 * "receipt_contact_required": none is known and receipts need one). E_CONFLICT:
 * reason "idempotency_key_reused". Stars and crypto do not fill wallets: E_INVALID field "purpose".
 */
enum ecode payment_create(struct ctx *ctx, const struct payment_order *in, struct payment *out);
/* Where the actor's receipts go from now on: an e-mail address or a phone number. E_INVALID contact: it is
 * neither. In a write transaction. */
enum ecode payment_contact_set(struct ctx *ctx, const char *text);
/*
 * The order behind a charge that a provider made by itself (a Stars subscription renewing itself): like
 * `first`, once for each charge.
 */
enum ecode payment_create_renewal(struct ctx *ctx, const struct payment *first, const char *charge,
                                  struct payment *out);

/* A plan as it can be bought here. */
struct plan_offer {
    const struct plan *plan;
    unsigned paid_by[PLAN_PRICES_MAX]; /* of each of the plan's prices: bit 1 << enum payment_provider */
};
struct plan_offers {
    struct plan_offer *items;
    size_t count;
    const struct plan_table *table; /* where they are from, with the digits of currencies */
};
/* What is sold and by whom the actor can pay where they are (payment_is_open); the wallet (PROVIDER_BALANCE)
 * always pays in its currency. */
enum ecode payment_offers(struct ctx *ctx, const void *unused, struct plan_offers *out);

struct payment_ref {
    struct uuid id;
};
/* The actor's payment. E_NOT_FOUND. */
enum ecode payment_get(struct ctx *ctx, const struct payment_ref *in, struct payment *out);
/* Anybody's, for edges that carry out calls. E_NOT_FOUND. */
enum ecode payment_load(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
                        struct payment *out);

/* What a provider is given to hand back with every event: "<user id>:<payment id>". */
#define PAYMENT_PAYLOAD_TEXT 74
char *payment_payload(const struct payment *p, char out[PAYMENT_PAYLOAD_TEXT]);
bool payment_payload_parse(const char *s, size_t len, struct uuid *user_id, struct uuid *id);

/* Something a provider said, verified by its edge. */
struct payment_notice {
    enum payment_provider provider;
    struct uuid user_id, payment_id; /* zero: not said; the charge tells */
    enum payment_fact_kind kind;
    const char *ref;            /* see payment_fact; NULL: none */
    const char *charge;         /* of reversals: the charge they are about; NULL: none */
    int64_t amount;             /* 0: not said; required for FACT_SUCCEEDED and FACT_REFUNDED */
    const char *currency;       /* NULL: not said */
    const char *payer;          /* as the provider names people; NULL: not said. Only a keyed hash is kept */
    const char *note;           /* a reason in the provider's words, no names; NULL: none */
    const char *pay_url;        /* of FACT_PENDING; NULL: none */
    const char *method;         /* of FACT_SUCCEEDED: the saved means of payment; NULL: none */
    struct instant occurred_at; /* 0: now */
};
enum payment_outcome {
    NOTICE_RECORDED,
    NOTICE_KNOWN,  /* came before: nothing was done */
    NOTICE_STRAY,  /* no payment is known for it: kept for reconciliation, credited to nobody */
    NOTICE_FOREIGN /* its charge belongs to another payment: nothing was done, an alert says so */
};
struct payment_change {
    enum payment_outcome outcome;
    enum payment_status before, after; /* of a recorded one */
    struct payment payment;            /* likewise, also of a known one */
};
/*
 * Records an event and lets everything follow. In a write transaction, ROLE_SYSTEM; the context acts for the
 * payer afterwards. Also for people who were erased: the books go on. E_INVALID: the notice is malformed
 * (field).
 */
enum ecode payment_receive(struct ctx *ctx, const struct payment_notice *n, struct payment_change *out);

struct payment_refund {
    struct uuid user_id, payment_id; /* user zero: whoever's it is */
    int64_t amount;                  /* 0: all that is left */
    const char *reason;
    const char *key; /* makes it happen once; NULL: one of its own */
    bool by_hand;    /* it was given back outside: only the books have to know */
};
struct payment_given_back {
    struct payment payment;
    bool asked; /* the provider is being asked; else the books have it */
};
/*
 * Gives money back: a call to the provider, or at once when the wallet paid or it was done by hand. An
 * admin's, audited. E_NOT_FOUND; E_INVALID amount (more than is left), reason; E_CONFLICT reason
 * "payment_not_refundable" when the money is not there.
 */
enum ecode payment_give_back(struct ctx *ctx, const struct payment_refund *in,
                             struct payment_given_back *out);

/* What happens in a dispute between the payer and us, which the bank decides. */
enum dispute_turn { DISPUTE_OPENED, DISPUTE_WON, DISPUTE_LOST, DISPUTE_TURNS };
extern const char *const dispute_turn_names[]; /* NULL-ended */
#define DISPUTE_NAME_BYTES_MAX 100
struct payment_dispute {
    struct uuid user_id, payment_id; /* user zero: whoever's it is */
    enum dispute_turn turn;
    const char *dispute; /* as the bank names it; NULL: the only one */
    const char *reason;
};
/*
 * Records what the bank says of a payment: while a dispute is open what was bought is suspended (money in a
 * wallet is taken out of it), a won one gives it back, a lost one revokes it. The same turn again changes
 * nothing. An admin's, audited. E_NOT_FOUND; E_INVALID dispute, reason; E_CONFLICT reason "dispute_not_open"
 * (won before it was opened), "dispute_decided", "payment_not_disputable" (the money is not there, or never
 * left the wallet).
 */
enum ecode payment_dispute(struct ctx *ctx, const struct payment_dispute *in, struct payment *out);

/* One event, for the operator. */
struct payment_event {
    struct payment_fact fact;
    const char *note;
    struct instant occurred_at, recorded_at;
};
struct payment_history {
    struct payment payment;
    struct payment_event *events; /* in the order they became known */
    size_t count;
};
struct payment_lookup {
    struct uuid user_id, payment_id; /* likewise */
};
/* A payment with its events; an admin's. E_NOT_FOUND. */
enum ecode payment_show(struct ctx *ctx, const struct payment_lookup *in, struct payment_history *out);

/*
 * The janitor: asks providers again about payments that wait, after 1 min, 5 min, 30 min, 2 h, 12 h and then
 * daily for five days; then it raises an alert and lets them be. One step: at most `max` payments, in a write
 * transaction. *asked: how many; equal to max: come again at once.
 */
enum ecode payment_janitor(struct ctx *ctx, size_t max, size_t *asked);

#endif
