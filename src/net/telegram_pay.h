#ifndef HABITD_NET_TELEGRAM_PAY_H
#define HABITD_NET_TELEGRAM_PAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "net/telegram.h"

/*
 * Payments in Telegram Stars: the parameters of the Bot API's methods, and what they answer. What comes as an
 * update (pre-checkout queries, payments, refunds, subscriptions) is in telegram.h.
 */
#define TG_STARS "XTR"
#define TG_SUBSCRIPTION_PERIOD_S 2592000 /* the only one there is */
#define TG_SUBSCRIPTION_STARS_MAX 10000
#define TG_INVOICE_TITLE_MAX 32        /* characters; longer ones are cut */
#define TG_INVOICE_DESCRIPTION_MAX 255 /* likewise */
#define TG_CHECKOUT_SECONDS 10         /* within which a pre-checkout query is answered */
#define TG_TRANSACTIONS_MAX 100        /* of one getStarTransactions */
#define TG_TRANSACTIONS_ARENA_BYTES (4u << 20)

struct tg_invoice {
    const char *title, *description, *payload; /* payload: at most TG_PAYLOAD_BYTES_MAX bytes */
    int64_t stars;                             /* > 0 */
    const char *start_parameter; /* sendInvoice: the deep link of a forwarded copy; NULL: createInvoiceLink */
    bool subscription;           /* createInvoiceLink: charged again every period */
};
/* The parameters of sendInvoice (without chat_id) or createInvoiceLink. */
void tg_invoice_params(struct buf *out, const struct tg_invoice *invoice);
/* Of answerPreCheckoutQuery; refusal is what the person reads, NULL: the payment may go on. */
void tg_checkout_params(struct buf *out, const char *query_id, const char *refusal);
/* Of refundStarPayment. */
void tg_star_refund_params(struct buf *out, int64_t user_id, const char *charge_id);
/* Of editUserStarSubscription. */
void tg_star_subscription_params(struct buf *out, int64_t user_id, const char *charge_id, bool canceled);
/* Of getStarTransactions: from `offset` on, the oldest is 0. */
void tg_star_transactions_params(struct buf *out, int64_t offset, int limit);

/* A result that is a text (createInvoiceLink). E_INVALID, E_MALFORMED: it is none. */
enum ecode tg_text_parse(struct arena *a, struct json_span result, const char **out, struct err *err);

enum tg_star_kind {
    TG_STAR_PAYMENT, /* an invoice was paid */
    TG_STAR_REFUND,  /* and given back: id is that of the payment */
    TG_STAR_OTHER,   /* withdrawals, gifts, advertising: nothing of it but the id and the amount is set */
};
struct tg_star_transaction {
    enum tg_star_kind kind;
    const char *id; /* of a payment: its telegram_charge_id */
    int64_t stars;
    struct instant date;
    int64_t user_id;     /* who paid */
    const char *payload; /* NULL: not told */
};
struct tg_star_transactions {
    struct tg_star_transaction items[TG_TRANSACTIONS_MAX];
    size_t n;
    size_t unreadable; /* were passed over */
};
/* Reads getStarTransactions' result into the arena. E_INVALID, E_MALFORMED: it is none. */
enum ecode tg_star_transactions_parse(struct arena *a, struct json_span result,
                                      struct tg_star_transactions *out, struct err *err);

#endif
