#include "edge/http/route.h"

#include <string.h>
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/referral/referral.h"
#include "domain/subscription/subscription.h"

/* The person's own money: wallet, plans, subscription. */

/* --- the wallet ---------------------------------------------------------------------------------- */

enum ecode render_wallet(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct wallet *wallet = out;
    json_object_begin(w);
    json_field_i64(w, "amount", wallet->amount);
    json_field_i64(w, "debt", wallet->debt);
    json_field_string(w, "currency", wallet->currency);
    json_object_end(w);
    return E_OK;
}

enum ecode parse_posting_list(struct exchange *x, void *in)
{
    struct posting_query *q = in;
    return query_list(x, 'b', &q->list);
}

void render_posting(struct json_writer *w, const struct posting *p, const char *currency)
{
    json_object_begin(w);
    json_field_i64(w, "seq", p->seq);
    json_field_string(w, "kind", posting_kind_names[p->kind]);
    json_field_i64(w, "amount", p->amount);
    json_field_i64(w, "balance_after", p->balance_after);
    json_field_string(w, "currency", currency);
    if (uuid_is_zero(&p->payment_id))
        json_field_null(w, "payment_id");
    else
        json_field_uuid(w, "payment_id", &p->payment_id);
    json_field_string(w, "reason", p->reason);
    json_field_instant(w, "created_at", p->created_at);
    json_object_end(w);
}

enum ecode render_posting_list(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct posting_page *page = out;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < page->count; i++)
        render_posting(w, &page->items[i], page->currency);
    json_array_end(w);
    render_rest(w, 'b', &page->rest);
    return E_OK;
}

/* --- plans --------------------------------------------------------------------------------------- */

static void render_price(struct json_writer *w, const struct price *price, unsigned paid_by)
{
    json_object_begin(w);
    json_field_i64(w, "amount", price->amount);
    json_field_string(w, "currency", price->currency);
    json_key(w, "providers");
    json_array_begin(w);
    for (int p = 0; p < PROVIDERS; p++) {
        if (paid_by >> p & 1)
            json_put_string(w, payment_provider_names[p]);
    }
    json_array_end(w);
    json_object_end(w);
}

enum ecode render_plan_list(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct plan_offers *offers = out;
    json_object_begin(w);
    json_key(w, "currencies");
    json_array_begin(w);
    for (size_t i = 0; i < offers->table->scales_count; i++) {
        json_object_begin(w);
        json_field_string(w, "currency", offers->table->scales[i].currency);
        json_field_i64(w, "digits", offers->table->scales[i].digits);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < offers->count; i++) {
        const struct plan *plan = offers->items[i].plan;
        json_object_begin(w);
        json_field_string(w, "plan", plan->name);
        json_field_i64(w, "months", plan->months);
        json_field_i64(w, "days", plan->days);
        json_key(w, "prices");
        json_array_begin(w);
        for (size_t k = 0; k < plan->prices_count; k++) {
            if (offers->items[i].paid_by[k] != 0) /* what nobody here can pay is no offer */
                render_price(w, &plan->prices[k], offers->items[i].paid_by[k]);
        }
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
    render_next(w, 'p', NULL, 0);
    return E_OK;
}

/* --- the subscription ---------------------------------------------------------------------------- */

static void render_period(struct json_writer *w, const struct period *p)
{
    json_object_begin(w);
    json_field_uuid(w, "id", &p->id);
    if (uuid_is_zero(&p->payment_id))
        json_field_null(w, "payment_id");
    else
        json_field_uuid(w, "payment_id", &p->payment_id);
    json_field_string(w, "plan", p->plan);
    json_field_string(w, "status", period_status_names[p->status]);
    json_field_instant(w, "starts_at", p->starts_at);
    json_field_instant(w, "ends_at", p->ends_at);
    json_object_end(w);
}

enum ecode render_subscription(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct subscription *s = out;
    json_object_begin(w);
    json_field_uuid(w, "id", &s->id);
    json_field_string(w, "plan", s->plan);
    json_field_string(w, "status", subscription_status_names[s->status]);
    json_field_string(w, "renews_by", renews_by_names[s->renews_by]);
    json_field_bool(w, "canceled", s->canceled);
    json_field_instant(w, "starts_at", s->starts_at);
    json_field_instant(w, "ends_at", s->ends_at);
    json_key(w, "periods");
    json_array_begin(w);
    for (size_t i = 0; i < s->periods_count; i++)
        render_period(w, &s->periods[i]);
    json_array_end(w);
    json_object_end(w);
    return E_OK;
}

struct purchase_body {
    const char *plan;
    int pay_from;
    bool renew;
};
enum { PURCHASE_PLAN, PURCHASE_PAY_FROM, PURCHASE_RENEW };

enum ecode parse_subscription_buy(struct exchange *x, void *in)
{
    static const char *const sources[] = {"balance", NULL};
    static const struct json_field fields[] = {
        [PURCHASE_PLAN] = {JSON_MEMBER(struct purchase_body, plan), FIELD_STRING, FIELD_REQUIRED, .min = 1,
                           .max = PLAN_NAME_BYTES_MAX},
        [PURCHASE_PAY_FROM] = {JSON_MEMBER(struct purchase_body, pay_from), FIELD_ENUM, FIELD_REQUIRED,
                               .names = sources},
        [PURCHASE_RENEW] = {JSON_MEMBER(struct purchase_body, renew), FIELD_BOOL},
    };
    struct purchase_body body = {.renew = true};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE,
                                     &body, &seen, &x->err);
    if (rc == E_OK)
        *(struct purchase *)in = (struct purchase){.plan = body.plan, .renew = body.renew};
    return rc;
}

int status_subscription_buy(const void *out)
{
    return ((const struct purchase_result *)out)->outcome == PURCHASE_DONE ? 201 : 402;
}

/* A wallet with too little in it is an answer that stays, under its key, not an error that is forgotten. */
enum ecode render_subscription_buy(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct purchase_result *r = out;
    struct err e = {.code = E_OK};
    if (r->outcome == PURCHASE_DONE)
        return render_subscription(x, &r->subscription, w);
    err_reason(&e, E_CONFLICT, "insufficient_funds", "the wallet holds %lld of %lld",
               (long long)(r->balance > 0 ? r->balance : 0), (long long)r->payment.amount);
    render_problem(w, 402, &e, x->request->id);
    return E_OK;
}

/* --- inviting ------------------------------------------------------------------------------------ */

enum ecode render_referral(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct referral_summary *s = out;
    const struct name_source *bot = &x->edge->bot_name;
    const char *name = bot->get != NULL ? bot->get(bot->arg) : "";
    json_object_begin(w);
    json_field_string(w, "code", s->code);
    json_field_string(w, "link",
                      name[0] != '\0' ? arena_printf(x->request->arena, "https://t.me/%s?start=%s%s", name,
                                                     REFERRAL_LINK_PREFIX, s->code)
                                      : NULL);
    json_field_i64(w, "invited", s->invited);
    json_field_i64(w, "pending", s->pending);
    json_field_i64(w, "rewarded", s->rewarded);
    json_key(w, "earned");
    json_object_begin(w);
    json_field_i64(w, "amount", s->earned);
    json_field_string(w, "currency", s->currency);
    json_object_end(w);
    json_object_end(w);
    return E_OK;
}
