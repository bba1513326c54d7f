#ifndef HABITD_EDGE_PAY_WORK_H
#define HABITD_EDGE_PAY_WORK_H

#include "domain/payment/payment_call.h"
#include "edge/pay/runtime.h"
#include "net/http_client.h"
#include "net/provider.h"

/*
 * One call of the outbox under way: what it is about, and what came of it. The providers (via_*.c) fill the
 * second half; all of it is stored in one transaction.
 */
#define PAY_NOTICES_MAX 210 /* of one call: a payment, and its refunds */

struct pay_work {
    struct pay *pay;
    struct arena *arena;
    int64_t fence;
    struct outbox_item item;
    struct payment_errand errand;
    /* what came of it */
    struct outbox_result result;
    struct payment_notice *notices;
    size_t n;
    const char *alert; /* the operator has to know: one line; NULL: nothing */
};

/* Learned: a notice of that kind about the errand's payment, to be filled further. */
struct payment_notice *work_learn(struct pay_work *w, enum payment_fact_kind kind);
/* The row's end by what the provider answered, without any notice. */
void work_judge(struct pay_work *w, const struct provider_answer *a);
/* Done, or given up. */
void work_end(struct pay_work *w, enum outbox_end end, const char *error);
/* Not now, and not because anything failed: again in that many seconds. */
void work_again(struct pay_work *w, int64_t seconds);
/* The invoice was not made, as the answer says: what that means for the order. */
void work_not_created(struct pay_work *w, const struct provider_answer *a);
/* Nothing was given back, as the answer says. */
void work_not_refunded(struct pay_work *w, const struct provider_answer *a);
/* How long ago the order was made, or the row: milliseconds. */
int64_t work_order_age_ms(const struct pay_work *w);
int64_t work_row_age_ms(const struct pay_work *w);
/* It may have been done before: look first. */
bool work_is_repeated(const struct pay_work *w);
/* What the person reads on the invoice. */
const char *work_title(const struct pay_work *w);
/* "<user id>:<payment id>" of the errand's payment. */
const char *work_payload(const struct pay_work *w);
/* The content of a buffer as a string of the arena; the buffer is released. */
const char *work_text(struct pay_work *w, struct buf *b);
/* An account's secret as it is now, in the arena. */
const char *work_secret(struct pay_work *w, const struct pay_account *a);

/* A request to a provider. */
struct pay_request {
    enum http_method method;
    const char *url, *body; /* body NULL: none; else JSON */
    struct http_header headers[2];
    size_t n_headers;
};
/* Calls and waits. The call lives as long as the arena. */
const struct http_call *work_fetch(struct pay_work *w, const struct pay_request *r);
/* An answer that says 200 and cannot be read. */
void work_unreadable(struct pay_work *w, const struct err *err);

/* The providers: each does w->errand.call. */
void via_yookassa(struct pay_work *w);
void via_cryptopay(struct pay_work *w);
void via_stars(struct pay_work *w);
void via_sandbox(struct pay_work *w);

#endif
