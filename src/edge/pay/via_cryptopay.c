#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "edge/pay/work.h"
#include "net/cryptopay.h"

/*
 * Crypto Pay. An invoice is made each time it is asked for, so whoever asks again looks first; money is given
 * back by a transfer to the person, whose spend_id is accepted once.
 */
#define BODY_MAX 16384
#define URL_MAX 2048
#define INVOICE_LIFE_S 86400
#define PAGE 1000 /* of the newest invoices: those that are looked through for ours */

static const struct http_call *fetch(struct pay_work *w, const char *method, struct buf *body)
{
    struct buf url;
    buf_init(&url, URL_MAX);
    cp_url(&url, w->pay->o.cryptobot.api_url, method);
    struct pay_request r = {
        .method = HTTP_POST,
        .url = work_text(w, &url),
        .body = work_text(w, body),
        .headers = {{CP_TOKEN_HEADER, work_secret(w, &w->pay->o.cryptobot)}},
        .n_headers = 1,
    };
    return work_fetch(w, &r);
}

static void learn(struct pay_work *w, const struct cp_invoice *i)
{
    enum payment_fact_kind kind = i->status == CP_PAID      ? FACT_SUCCEEDED
                                  : i->status == CP_EXPIRED ? FACT_EXPIRED
                                                            : FACT_PENDING;
    struct payment_notice *n = work_learn(w, kind);
    n->ref = arena_printf(w->arena, "%lld", (long long)i->id);
    if (kind == FACT_PENDING)
        n->pay_url = i->pay_url;
    if (kind != FACT_SUCCEEDED)
        return;
    n->amount = i->amount;
    n->currency = i->currency;
    n->occurred_at = i->paid_at;
}

/* A page of invoices by its parameters; false: it cannot be had, and the row's end says so. */
static bool invoices(struct pay_work *w, struct buf *params, struct cp_invoices *out)
{
    struct err err = {.code = E_OK};
    const struct http_call *call = fetch(w, "getInvoices", params);
    struct provider_answer a = cp_judge(w->arena, call);
    work_judge(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return false;
    if (cp_invoices_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, out, &err)) {
        work_unreadable(w, &err);
        return false;
    }
    return true;
}

/* Looks for invoices of this order. false: that cannot be known now. */
static bool find(struct pay_work *w, bool *found)
{
    struct cp_invoices list;
    struct buf params;
    const char *payload = work_payload(w);
    *found = false;
    buf_init(&params, BODY_MAX);
    cp_get_invoices_body(&params, 0, PAGE);
    if (!invoices(w, &params, &list))
        return false;
    for (size_t i = 0; i < list.n && w->n < PAY_NOTICES_MAX; i++)
        if (list.items[i].payload && strcmp(list.items[i].payload, payload) == 0) {
            learn(w, &list.items[i]);
            *found = true;
        }
    return true;
}

static void create(struct pay_work *w)
{
    struct err err = {.code = E_OK};
    const struct payment *p = &w->errand.payment;
    bool found;
    struct cp_invoice made;
    struct buf body;
    if ((work_is_repeated(w) || p->status == PAYMENT_UNKNOWN) && (!find(w, &found) || found))
        return;
    struct cp_order o = {
        .amount = p->amount,
        .asset = p->currency,
        .digits = w->pay->scale.digits(w->pay->scale.arg, p->currency),
        .description = work_title(w),
        .payload = work_payload(w),
        .back_url = strncmp(w->pay->base_url, "http", 4) == 0 ? w->pay->base_url : NULL,
        .expires_s = INVOICE_LIFE_S,
    };
    buf_init(&body, BODY_MAX);
    cp_invoice_body(&body, &o);
    const struct http_call *call = fetch(w, "createInvoice", &body);
    struct provider_answer a = cp_judge(w->arena, call);
    work_not_created(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    if (!cp_invoice_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &made, &err))
        learn(w, &made);
    else
        work_unreadable(w, &err);
}

static bool invoice_id(const char *text, int64_t *out)
{
    return decimal_parse(text, strlen(text), 0, out) && *out > 0;
}

static void read_one(struct pay_work *w, int64_t id)
{
    struct cp_invoices list;
    struct buf params;
    buf_init(&params, BODY_MAX);
    cp_get_invoice_body(&params, id);
    if (!invoices(w, &params, &list))
        return;
    for (size_t i = 0; i < list.n && w->n < PAY_NOTICES_MAX; i++)
        if (list.items[i].id == id)
            learn(w, &list.items[i]);
}

static void create_or_read(struct pay_work *w)
{
    const struct payment *p = &w->errand.payment;
    int64_t id;
    if (p->charge && invoice_id(p->charge, &id))
        read_one(w, id);
    else if (payment_was_paid(p->status) || p->status >= PAYMENT_FAILED)
        work_end(w, END_SENT, NULL);
    else if (work_order_age_ms(w) < INVOICE_LIFE_S * 1000LL)
        create(w);
    else
        work_learn(w, FACT_EXPIRED)->note = "never made";
}

/* ---- giving back ---- */

static void learn_transfer(struct pay_work *w, const struct cp_transfer *t)
{
    struct payment_notice *n = work_learn(w, FACT_REFUNDED);
    n->ref = arena_printf(w->arena, "transfer:%lld", (long long)t->id);
    n->charge = w->errand.charge;
    n->amount = t->amount;
    n->currency = t->currency;
    n->occurred_at = t->completed_at;
}

static const char *spend_id(struct pay_work *w)
{
    char id[UUID_TEXT];
    const char *name = arena_printf(w->arena, "%s|%s", w->errand.charge, w->errand.ref);
    struct uuid key = uuid_from_name("cryptobot.refund", name, strlen(name));
    return arena_strdup(w->arena, uuid_format(&key, id));
}

/* Whether the transfer was made before. false: that cannot be known now. */
static bool find_transfer(struct pay_work *w, bool *found)
{
    struct err err = {.code = E_OK};
    struct cp_transfers list;
    struct buf params;
    *found = false;
    buf_init(&params, BODY_MAX);
    cp_get_transfers_body(&params, spend_id(w));
    const struct http_call *call = fetch(w, "getTransfers", &params);
    struct provider_answer a = cp_judge(w->arena, call);
    work_judge(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return false;
    if (cp_transfers_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &list,
                           &err)) {
        work_unreadable(w, &err);
        return false;
    }
    if (list.n > 0)
        learn_transfer(w, &list.items[0]);
    *found = list.n > 0;
    return true;
}

static void refund(struct pay_work *w)
{
    static const struct provider_answer nobody = {
        .verdict = PROVIDER_REFUSED, .code = "the payer is not known any more", .said = ""};
    struct err err = {.code = E_OK};
    bool found;
    struct cp_transfer made;
    struct buf body;
    if (work_is_repeated(w) && (!find_transfer(w, &found) || found))
        return;
    if (w->errand.telegram_id == 0) {
        work_not_refunded(w, &nobody);
        return;
    }
    const char *asset = w->errand.payment.currency;
    struct cp_transfer_order o = {
        .user_id = w->errand.telegram_id,
        .amount = w->errand.amount,
        .asset = asset,
        .digits = w->pay->scale.digits(w->pay->scale.arg, asset),
        .spend_id = spend_id(w),
        .comment = work_title(w),
    };
    buf_init(&body, BODY_MAX);
    cp_transfer_body(&body, &o);
    const struct http_call *call = fetch(w, "transfer", &body);
    struct provider_answer a = cp_judge(w->arena, call);
    work_not_refunded(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    if (!cp_transfer_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &made, &err))
        learn_transfer(w, &made);
    else
        work_unreadable(w, &err);
}

void via_cryptopay(struct pay_work *w)
{
    switch (w->errand.call) {
    case CALL_CREATE:
    case CALL_READ:
        create_or_read(w);
        break;
    case CALL_REFUND:
        refund(w);
        break;
    default: /* its webhooks are signed and need no look; it charges nobody by itself */
        work_end(w, END_SENT, NULL);
    }
}
