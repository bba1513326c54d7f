#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "edge/pay/work.h"
#include "net/yookassa.h"

/*
 * YooKassa. A payment's own id is its Idempotence-Key, so that asking again for the invoice gives the same
 * one; a key is trusted for an hour less than it lives, and what is older is looked up.
 */
#define HOUR_MS 3600000LL
#define KEY_LIFE_MS ((YK_KEY_HOURS - 1) * HOUR_MS)
#define BODY_MAX 16384
#define URL_MAX 4096
#define PAGES_MAX 50
#define REFUND_LOOK_S 60 /* a refund that is under way is looked at so often */

static const struct pay_account *account(const struct pay_work *w)
{
    return &w->pay->o.yookassa;
}

static const struct http_call *fetch(struct pay_work *w, struct buf *url, const char *key, struct buf *body)
{
    const struct pay_account *a = account(w);
    struct pay_request r = {
        .method = body ? HTTP_POST : HTTP_GET,
        .url = work_text(w, url),
        .body = body ? work_text(w, body) : NULL,
        .headers = {{"Authorization", yk_authorization(w->arena, a->id, work_secret(w, a))},
                    {YK_KEY_HEADER, key}},
        .n_headers = body ? 2 : 1,
    };
    return work_fetch(w, &r);
}

/* ---- what it says ---- */

static void learn_payment(struct pay_work *w, const struct yk_payment *p)
{
    struct payment_notice *n;
    switch (p->status) {
    case YK_SUCCEEDED:
        n = work_learn(w, FACT_SUCCEEDED);
        n->amount = p->amount;
        n->currency = p->currency;
        n->method = p->method_id;
        n->occurred_at = p->captured_at;
        break;
    case YK_CANCELED:
        n = work_learn(w, p->reason && strcmp(p->reason, "expired_on_confirmation") == 0 ? FACT_EXPIRED
                                                                                         : FACT_CANCELED);
        n->note = p->reason;
        break;
    default:
        n = work_learn(w, FACT_PENDING);
        n->pay_url = p->confirmation_url;
    }
    n->ref = p->id;
    if (w->errand.call == CALL_LOOK && p->ref)
        (void)payment_payload_parse(p->ref, strlen(p->ref), &n->user_id, &n->payment_id);
}

static void learn_refund(struct pay_work *w, const struct yk_refund *r)
{
    if (r->status == YK_SUCCEEDED) {
        struct payment_notice *n = work_learn(w, FACT_REFUNDED);
        n->ref = r->id;
        n->charge = r->payment_id;
        n->amount = r->amount;
        n->currency = r->currency;
        n->occurred_at = r->created_at;
    } else if (r->status == YK_CANCELED && r->ref && w->errand.call != CALL_LOOK) {
        struct payment_notice *n = work_learn(w, FACT_REFUND_FAILED);
        n->ref = r->ref;
        n->note = r->reason;
    }
}

/* Whether the object is what the errand is about: with another order's reference it is not. */
static bool is_ours(struct pay_work *w, const struct yk_payment *p)
{
    if (w->errand.call == CALL_LOOK || !p->ref || strcmp(p->ref, work_payload(w)) == 0)
        return true;
    work_end(w, END_FAILED, "the object is another order's");
    w->alert = "A provider's object belongs to another order";
    return false;
}

/* The refunds of a payment; false: they could not be read, and the row's end says so. */
static bool list_refunds(struct pay_work *w, const char *payment_id, struct yk_refunds *out)
{
    struct err err = {.code = E_OK};
    struct buf url;
    buf_init(&url, URL_MAX);
    yk_refunds_url(&url, account(w)->api_url, payment_id, NULL);
    const struct http_call *call = fetch(w, &url, NULL, NULL);
    struct provider_answer a = yk_judge(w->arena, call);
    if (a.verdict != PROVIDER_DONE) {
        work_judge(w, &a);
        return false;
    }
    if (yk_refunds_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, out, &err)) {
        work_unreadable(w, &err);
        return false;
    }
    return true;
}

/* ---- reading ---- */

static void read_payment(struct pay_work *w, const char *id)
{
    struct err err = {.code = E_OK};
    struct yk_payment p;
    struct yk_refunds refunds;
    struct buf url;
    buf_init(&url, URL_MAX);
    yk_payment_url(&url, account(w)->api_url, id);
    const struct http_call *call = fetch(w, &url, NULL, NULL);
    struct provider_answer a = yk_judge(w->arena, call);
    work_judge(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    if (yk_payment_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &p, &err)) {
        work_unreadable(w, &err);
        return;
    }
    if (!is_ours(w, &p))
        return;
    learn_payment(w, &p);
    if (p.refunded == 0 || !list_refunds(w, p.id, &refunds))
        return;
    for (size_t i = 0; i < refunds.n; i++)
        learn_refund(w, &refunds.items[i]);
}

static void read_refund(struct pay_work *w, const char *id)
{
    struct err err = {.code = E_OK};
    struct yk_refund r;
    struct buf url;
    buf_init(&url, URL_MAX);
    yk_refund_url(&url, account(w)->api_url, id);
    const struct http_call *call = fetch(w, &url, NULL, NULL);
    struct provider_answer a = yk_judge(w->arena, call);
    work_judge(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    if (yk_refund_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &r, &err))
        work_unreadable(w, &err);
    else
        learn_refund(w, &r);
}

/* ---- making ---- */

/* One page of the payments made when the order was; *next NULL: it was the last. false: it cannot be had. */
static bool look_at_page(struct pay_work *w, const char **next, bool *found)
{
    struct err err = {.code = E_OK};
    struct yk_payments page;
    struct buf url;
    struct instant made = w->errand.payment.created_at;
    buf_init(&url, URL_MAX);
    yk_payments_url(&url, account(w)->api_url, instant_add(made, duration_ms(-HOUR_MS)),
                    instant_add(made, duration_ms((YK_KEY_HOURS + 1) * HOUR_MS)), *next);
    const struct http_call *call = fetch(w, &url, NULL, NULL);
    struct provider_answer a = yk_judge(w->arena, call);
    work_judge(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return false;
    if (yk_payments_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &page, &err)) {
        work_unreadable(w, &err);
        return false;
    }
    for (size_t i = 0; i < page.n && w->n < PAY_NOTICES_MAX; i++)
        if (page.items[i].ref && strcmp(page.items[i].ref, work_payload(w)) == 0) {
            learn_payment(w, &page.items[i]);
            *found = true;
        }
    *next = page.next;
    return true;
}

/* Is there a payment for the order? false: that cannot be known now, and the row's end says so. */
static bool look_for_payment(struct pay_work *w, bool *found)
{
    const char *next = NULL;
    int pages = 0;
    *found = false;
    do {
        if (!look_at_page(w, &next, found))
            return false;
    } while (next && ++pages < PAGES_MAX);
    if (*found || !next)
        return true;
    work_end(w, END_FAILED, "too many payments to look through");
    w->alert = "A payment without an answer has to be looked for at the provider by hand";
    return false;
}

/* The key of the order is too old to be used. */
static void find_payment(struct pay_work *w)
{
    bool found;
    if (look_for_payment(w, &found) && !found)
        work_learn(w, FACT_EXPIRED)->note = "the provider never made it";
}

static const struct yk_receipt *receipt(const struct pay_work *w, struct yk_receipt *out)
{
    const char *contact = w->errand.contact ? w->errand.contact : w->pay->o.receipt_contact;
    bool email = contact && strchr(contact, '@');
    *out = (struct yk_receipt){.email = email ? contact : NULL,
                               .phone = email ? NULL : contact,
                               .item = work_title(w),
                               .vat_code = w->pay->o.vat_code};
    return out->vat_code > 0 && contact ? out : NULL;
}

static void create(struct pay_work *w)
{
    char key[UUID_TEXT];
    struct err err = {.code = E_OK};
    const struct payment *p = &w->errand.payment;
    struct yk_receipt r;
    struct yk_payment made;
    struct yk_order o = {
        .amount = p->amount,
        .currency = p->currency,
        .digits = w->pay->scale.digits(w->pay->scale.arg, p->currency),
        .description = work_title(w),
        .ref = work_payload(w),
        .return_url = p->method ? NULL : w->pay->base_url,
        .method_id = p->method,
        .save_method = w->errand.save_method && !p->method,
        .receipt = receipt(w, &r),
    };
    struct buf url, body;
    buf_init(&url, URL_MAX);
    buf_init(&body, BODY_MAX);
    yk_payment_url(&url, account(w)->api_url, NULL);
    yk_order_body(&body, &o);
    const struct http_call *call = fetch(w, &url, uuid_format(&p->id, key), &body);
    struct provider_answer a = yk_judge(w->arena, call);
    /* Perhaps it was made before, by a request that differs (another address to come back to). */
    bool doubtful = work_is_repeated(w) || p->status == PAYMENT_UNKNOWN, found = false;
    if (a.verdict == PROVIDER_REFUSED && doubtful && (!look_for_payment(w, &found) || found))
        return;
    work_not_created(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    if (!yk_payment_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &made, &err))
        learn_payment(w, &made);
    else
        work_unreadable(w, &err);
}

/* The invoice, or what has become of it. */
static void create_or_read(struct pay_work *w)
{
    const struct payment *p = &w->errand.payment;
    if (p->charge)
        read_payment(w, p->charge);
    else if (payment_was_paid(p->status) || p->status >= PAYMENT_FAILED)
        work_end(w, END_SENT, NULL);
    else if (work_order_age_ms(w) < KEY_LIFE_MS)
        create(w);
    else
        find_payment(w);
}

/* ---- giving back ---- */

/* A key for each 23 hours: under the first it happens once, under a later one only after a look. */
static const char *refund_key(struct pay_work *w)
{
    char id[UUID_TEXT];
    const char *name = arena_printf(w->arena, "%s|%s|%lld", w->errand.charge, w->errand.ref,
                                    (long long)(work_row_age_ms(w) / KEY_LIFE_MS));
    struct uuid key = uuid_from_name("yookassa.refund", name, strlen(name));
    return arena_strdup(w->arena, uuid_format(&key, id));
}

static void refunded(struct pay_work *w, const struct yk_refund *r)
{
    learn_refund(w, r);
    if (r->status == YK_PENDING)
        work_again(w, REFUND_LOOK_S);
}

/* Whether it was made before. false: it was, or that cannot be known now. */
static bool may_refund(struct pay_work *w)
{
    struct yk_refunds list;
    if (!work_is_repeated(w))
        return true;
    if (!list_refunds(w, w->errand.charge, &list))
        return false;
    for (size_t i = 0; i < list.n; i++)
        if (list.items[i].ref && strcmp(list.items[i].ref, w->errand.ref) == 0) {
            refunded(w, &list.items[i]);
            return false;
        }
    return true;
}

static void refund(struct pay_work *w)
{
    struct err err = {.code = E_OK};
    struct yk_refund made;
    struct yk_receipt r;
    const char *currency = w->errand.payment.currency;
    struct yk_refund_order o = {
        .payment_id = w->errand.charge,
        .amount = w->errand.amount,
        .currency = currency,
        .digits = w->pay->scale.digits(w->pay->scale.arg, currency),
        .description = work_title(w),
        .ref = w->errand.ref,
        .receipt = receipt(w, &r),
    };
    struct buf url, body;
    if (!may_refund(w))
        return;
    buf_init(&url, URL_MAX);
    buf_init(&body, BODY_MAX);
    yk_refund_url(&url, account(w)->api_url, NULL);
    yk_refund_body(&body, &o);
    const struct http_call *call = fetch(w, &url, refund_key(w), &body);
    struct provider_answer a = yk_judge(w->arena, call);
    work_not_refunded(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    if (!yk_refund_parse(w->arena, &w->pay->scale, buf_text(&call->answer), call->answer.len, &made, &err))
        refunded(w, &made);
    else
        work_unreadable(w, &err);
}

void via_yookassa(struct pay_work *w)
{
    switch (w->errand.call) {
    case CALL_CREATE:
    case CALL_READ:
        create_or_read(w);
        break;
    case CALL_REFUND:
        refund(w);
        break;
    case CALL_LOOK:
        if (strcmp(w->errand.ref, "refund") == 0)
            read_refund(w, w->errand.charge);
        else
            read_payment(w, w->errand.charge);
        break;
    default: /* it charges nobody by itself */
        work_end(w, END_SENT, NULL);
    }
}
