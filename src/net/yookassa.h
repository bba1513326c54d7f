#ifndef HABITD_NET_YOOKASSA_H
#define HABITD_NET_YOOKASSA_H

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
 * YooKassa's API (version 3), as far as habitd speaks it: requests as bytes, answers and notifications as
 * structs. No network by itself (http_client.h). Of an object only the members named here are read.
 *
 * Every POST carries an Idempotence-Key: the same key gives the first result again, for 24 hours. A key that
 * is older may stand for a second payment, so what is not known by then is looked up, never asked for again.
 */
#define YK_KEY_BYTES_MAX 64
#define YK_KEY_HOURS 24
#define YK_KEY_HEADER "Idempotence-Key"
#define YK_ID_BYTES_MAX 64
#define YK_DESCRIPTION_MAX 128 /* characters; longer ones are cut */
#define YK_REF_BYTES_MAX 512
#define YK_VAT_CODE_MAX 12
#define YK_LIST_MAX 100
#define YK_ARENA_BYTES (8u << 20) /* what parsing an answer of at most 1 MiB takes at most */

/* ---- what goes out ---- */

/* BASE/payments, BASE/payments/ID; the base may end with a slash. id NULL: the collection. */
void yk_payment_url(struct buf *out, const char *base, const char *id);
void yk_refund_url(struct buf *out, const char *base, const char *id);
/* The payments made in [from, to), YK_LIST_MAX a page; cursor NULL: the first one. */
void yk_payments_url(struct buf *out, const char *base, struct instant from, struct instant to,
                     const char *cursor);
/* The refunds of a payment. */
void yk_refunds_url(struct buf *out, const char *base, const char *payment_id, const char *cursor);
/* The value of the Authorization header. Secret. */
const char *yk_authorization(struct arena *a, const char *shop_id, const char *secret_key);

/* What a cash register prints (54-FZ); one item, the whole amount. */
struct yk_receipt {
    const char *email, *phone; /* of the customer; one of them at least, the other NULL */
    const char *item;          /* what was bought, at most YK_DESCRIPTION_MAX characters */
    int vat_code;              /* 1–YK_VAT_CODE_MAX */
};

struct yk_order {
    int64_t amount; /* minor units, > 0 */
    const char *currency;
    int digits; /* of the currency */
    const char *description;
    const char *ref;                  /* ours: comes back with the payment */
    const char *return_url;           /* where the person goes afterwards; not with method_id */
    const char *method_id;            /* a saved means of payment: charged without the person; NULL: none */
    bool save_method;                 /* ask for the means to be kept; not with method_id */
    const struct yk_receipt *receipt; /* NULL: none */
};
/* The body of POST /payments: captured at once. */
void yk_order_body(struct buf *out, const struct yk_order *o);

struct yk_refund_order {
    const char *payment_id;
    int64_t amount;
    const char *currency;
    int digits;
    const char *description, *ref;
    const struct yk_receipt *receipt; /* NULL: none */
};
/* The body of POST /refunds. */
void yk_refund_body(struct buf *out, const struct yk_refund_order *o);

/* ---- what comes in ---- */

enum yk_status { YK_PENDING, YK_WAITING_FOR_CAPTURE, YK_SUCCEEDED, YK_CANCELED };

struct yk_payment {
    const char *id;
    enum yk_status status;
    int64_t amount, refunded; /* minor units, > 0 and ≥ 0 */
    const char *currency;
    const char *confirmation_url;           /* NULL: none (any more) */
    const char *ref;                        /* NULL: it is not one of ours */
    const char *method_id;                  /* of a saved means of payment; NULL: none was saved */
    const char *shop_id;                    /* whose it is; NULL: not told */
    const char *reason;                     /* why it was canceled; NULL: not told */
    struct instant created_at, captured_at; /* captured_at 0: not */
};
struct yk_refund {
    const char *id, *payment_id;
    enum yk_status status; /* never YK_WAITING_FOR_CAPTURE */
    int64_t amount;
    const char *currency;
    const char *ref;    /* NULL: it is not one of ours */
    const char *reason; /* why it was canceled; NULL: not told */
    struct instant created_at;
};

/*
 * Reads an object as it stands in an answer. Everything is copied to the arena. E_MALFORMED: not JSON;
 * E_INVALID: a member is missing, of another type or absurd (err->field names it: "amount.value"). Error
 * texts quote nothing of it.
 */
enum ecode yk_payment_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                            struct yk_payment *out, struct err *err);
enum ecode yk_refund_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                           struct yk_refund *out, struct err *err);

/* A page of a list. */
struct yk_payments {
    struct yk_payment *items;
    size_t n;
    const char *next; /* cursor of the next page; NULL: it is the last */
};
struct yk_refunds {
    struct yk_refund *items;
    size_t n;
    const char *next;
};
enum ecode yk_payments_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                             struct yk_payments *out, struct err *err);
enum ecode yk_refunds_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                            struct yk_refunds *out, struct err *err);

/*
 * A notification is signed by nobody: all it says is which object to fetch with our credentials.
 */
enum yk_about { YK_ABOUT_PAYMENT, YK_ABOUT_REFUND, YK_ABOUT_OTHER };
struct yk_notification {
    enum yk_about about;
    const char *event; /* "payment.succeeded" */
    const char *id;    /* of letters, digits, '-' and '_': safe in a path */
};
/* As yk_payment_parse. */
enum ecode yk_notification_parse(struct arena *a, const char *data, size_t len, struct yk_notification *out,
                                 struct err *err);

/* What an answer to a call means. Lives as long as the arena. 202 (still at it) and 500 are PROVIDER_UNKNOWN:
 * the same request with the same key says more. */
struct provider_answer yk_judge(struct arena *a, const struct http_call *call);

#endif
