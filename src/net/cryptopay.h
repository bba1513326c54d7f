#ifndef HABITD_NET_CRYPTOPAY_H
#define HABITD_NET_CRYPTOPAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/decimal.h"
#include "base/err.h"
#include "base/instant.h"
#include "net/provider.h"

struct arena;
struct buf;
struct http_call;

/*
 * Crypto Pay, the payment side of @CryptoBot, as far as habitd speaks it: invoices, transfers (money given
 * back) and signed webhooks. No network by itself (http_client.h). Of an object only the members named here
 * are read.
 *
 * createInvoice knows no idempotency key: what became of a call without an answer is found among the invoices
 * by our payload. A transfer's spend_id is accepted once.
 */
#define CP_TOKEN_HEADER "Crypto-Pay-API-Token"         /* its value is the app's token; secret */
#define CP_SIGNATURE_HEADER "crypto-pay-api-signature" /* of a webhook */
#define CP_DESCRIPTION_MAX 1024
#define CP_PAYLOAD_BYTES_MAX 4096
#define CP_SPEND_ID_BYTES_MAX 64
#define CP_EXPIRES_MAX_S 2678400
#define CP_LIST_MAX 1000
#define CP_ARENA_BYTES (16u << 20) /* what parsing an answer of at most 1 MiB takes at most */

/* ---- what goes out ---- */

/* BASE/METHOD; the base may end with a slash. */
void cp_url(struct buf *out, const char *base, const char *method);

struct cp_order {
    int64_t amount; /* minor units, > 0 */
    const char *asset;
    int digits; /* of the asset */
    const char *description;
    const char *payload;  /* ours: comes back with the invoice */
    const char *back_url; /* behind the button that is shown once it is paid; NULL: none */
    int expires_s;        /* 1 to CP_EXPIRES_MAX_S */
};
/* The parameters of createInvoice. */
void cp_invoice_body(struct buf *out, const struct cp_order *o);

struct cp_transfer_order {
    int64_t user_id; /* Telegram's */
    int64_t amount;
    const char *asset;
    int digits;
    const char *spend_id; /* at most CP_SPEND_ID_BYTES_MAX bytes */
    const char *comment;
};
/* The parameters of transfer. */
void cp_transfer_body(struct buf *out, const struct cp_transfer_order *o);

/* The parameters of getInvoices: one invoice. */
void cp_get_invoice_body(struct buf *out, int64_t invoice_id);
/* The parameters of getInvoices: the newest `count` (1 to CP_LIST_MAX) from `offset` on. */
void cp_get_invoices_body(struct buf *out, int offset, int count);
/* The parameters of getTransfers: those with this spend_id, at most one. */
void cp_get_transfers_body(struct buf *out, const char *spend_id);

/* ---- what comes in ---- */

/*
 * Whether `header` (NULL: none) is the signature of the body's raw bytes: HMAC-SHA256 with SHA256(token) as
 * the key, in hex. Compared in constant time.
 */
bool cp_signature_fits(const char *token, const void *body, size_t len, const char *header);

enum cp_status { CP_ACTIVE, CP_PAID, CP_EXPIRED };

struct cp_invoice {
    int64_t id;
    enum cp_status status;
    int64_t amount;                     /* minor units, > 0 */
    const char *currency;               /* the asset, or the fiat currency of an invoice in one */
    const char *payload;                /* NULL: none */
    const char *pay_url;                /* in Telegram */
    const char *web_url;                /* in a browser; NULL: not told */
    struct instant created_at, paid_at; /* paid_at 0: not */
};
struct cp_transfer {
    int64_t id, user_id;
    int64_t amount;
    const char *currency;
    struct instant completed_at;
};

/*
 * Reads what a method answered, {"ok":true,"result":…}, into the arena. E_MALFORMED: not JSON; E_INVALID: a
 * member is missing, of another type or absurd (err->field names it: "amount"). Error texts quote nothing.
 */
enum ecode cp_invoice_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                            struct cp_invoice *out, struct err *err);
enum ecode cp_transfer_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                             struct cp_transfer *out, struct err *err);

/* Invoices that cannot be read (another app's way of using it) are passed over. */
struct cp_invoices {
    struct cp_invoice *items;
    size_t n;
    size_t unreadable;
};
enum ecode cp_invoices_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                             struct cp_invoices *out, struct err *err);
struct cp_transfers {
    struct cp_transfer *items;
    size_t n;
    size_t unreadable;
};
enum ecode cp_transfers_parse(struct arena *a, const struct decimal_scale *scale, const char *data,
                              size_t len, struct cp_transfers *out, struct err *err);

/*
 * A webhook's body, after cp_signature_fits. update_id is not unique: what happens once is told by the
 * invoice.
 */
struct cp_update {
    int64_t update_id;
    bool is_paid;              /* update_type is invoice_paid; else invoice is not set */
    struct cp_invoice invoice; /* its status is CP_PAID */
};
enum ecode cp_update_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                           struct cp_update *out, struct err *err);

/* What an answer to a call means. Lives as long as the arena. */
struct provider_answer cp_judge(struct arena *a, const struct http_call *call);

#endif
