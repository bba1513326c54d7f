#include "edge/http/route.h"

#include "base/check.h"
#include "domain/payment/payment.h"

/* Payments through providers. */

struct order_body {
    int provider, purpose;
    int64_t amount;
    const char *currency, *plan, *contact;
    bool renew;
};
enum { ORDER_PROVIDER, ORDER_PURPOSE, ORDER_AMOUNT, ORDER_CURRENCY, ORDER_PLAN, ORDER_RENEW, ORDER_CONTACT };

enum ecode parse_payment_create(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [ORDER_PROVIDER] = {JSON_MEMBER(struct order_body, provider), FIELD_ENUM, FIELD_REQUIRED,
                            .names = payment_provider_names},
        [ORDER_PURPOSE] = {JSON_MEMBER(struct order_body, purpose), FIELD_ENUM, FIELD_REQUIRED,
                           .names = payment_purpose_names},
        [ORDER_AMOUNT] = {JSON_MEMBER(struct order_body, amount), FIELD_I64, .min = 1,
                          .max = PAYMENT_AMOUNT_MAX},
        [ORDER_CURRENCY] = {JSON_MEMBER(struct order_body, currency), FIELD_STRING, .min = 1, .max = 8},
        [ORDER_PLAN] = {JSON_MEMBER(struct order_body, plan), FIELD_STRING, .min = 1,
                        .max = PLAN_NAME_BYTES_MAX},
        [ORDER_RENEW] = {JSON_MEMBER(struct order_body, renew), FIELD_BOOL},
        [ORDER_CONTACT] = {JSON_MEMBER(struct order_body, contact), FIELD_LINE, .min = 3, .max = 254},
    };
    struct order_body body = {0};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE,
                                     &body, &seen, &x->err);
    if (rc == E_OK)
        *(struct payment_order *)in = (struct payment_order){.provider = (enum payment_provider)body.provider,
                                                             .purpose = (enum payment_purpose)body.purpose,
                                                             .amount = body.amount,
                                                             .currency = body.currency,
                                                             .plan = body.plan,
                                                             .save_method = body.renew,
                                                             .contact = body.contact};
    return rc;
}

int status_payment_create(const void *out)
{
    return payment_is_answered(out) ? 201 : 202;
}

enum ecode parse_payment_get(struct exchange *x, void *in)
{
    return path_uuid(x, 0, &((struct payment_ref *)in)->id);
}

void render_payment_members(struct json_writer *w, const struct payment *p)
{
    json_field_uuid(w, "id", &p->id);
    json_field_string(w, "status", payment_status_names[p->status]);
    if (p->pay_url != NULL)
        json_field_string(w, "pay_url", p->pay_url);
    json_field_string(w, "provider", payment_provider_names[p->provider]);
    json_field_string(w, "purpose", payment_purpose_names[p->purpose]);
    json_field_string(w, "plan", p->plan);
    json_field_i64(w, "amount", p->amount);
    json_field_i64(w, "refunded", p->refunded);
    json_field_string(w, "currency", p->currency);
    json_field_instant(w, "created_at", p->created_at);
    if (p->has_paid_at)
        json_field_instant(w, "paid_at", p->paid_at);
    else
        json_field_null(w, "paid_at");
}

enum ecode render_payment(struct exchange *x, const void *out, struct json_writer *w)
{
    json_object_begin(w);
    render_payment_members(w, out);
    json_object_end(w);
    return E_OK;
}
