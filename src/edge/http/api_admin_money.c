#include "edge/http/route.h"

#include "base/check.h"
#include "domain/admin/admin.h"
#include "domain/ledger/ledger.h"
#include "domain/referral/referral.h"
#include "domain/subscription/subscription.h"

/* What operators do to somebody's money. Every write takes a reason; the domain audits it. */

struct adjust_body {
    int64_t amount;
    const char *reason;
};
enum { ADJUST_AMOUNT, ADJUST_REASON };

enum ecode parse_admin_adjust(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [ADJUST_AMOUNT] = {JSON_MEMBER(struct adjust_body, amount), FIELD_I64, FIELD_REQUIRED,
                           .min = -LEDGER_AMOUNT_MAX, .max = LEDGER_AMOUNT_MAX},
        [ADJUST_REASON] = {JSON_MEMBER(struct adjust_body, reason), REASON_FIELD},
    };
    struct adjust_body body = {0};
    struct adjustment *a = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &a->user_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    a->amount = body.amount;
    a->reason = body.reason;
    return rc;
}

enum ecode render_admin_adjusted(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct adjusted *a = out;
    json_object_begin(w);
    json_key(w, "transaction");
    render_posting(w, &a->posting, a->wallet.currency);
    json_key(w, "balance");
    render_wallet(x, &a->wallet, w);
    json_object_end(w);
    return E_OK;
}

struct grant_body {
    int64_t months, days;
    const char *reason;
};
enum { GRANT_MONTHS, GRANT_DAYS, GRANT_REASON };

enum ecode parse_admin_grant(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [GRANT_MONTHS] = {JSON_MEMBER(struct grant_body, months), FIELD_I64, .min = 1, .max = 120},
        [GRANT_DAYS] = {JSON_MEMBER(struct grant_body, days), FIELD_I64, .min = 1, .max = 3660},
        [GRANT_REASON] = {JSON_MEMBER(struct grant_body, reason), REASON_FIELD},
    };
    struct grant_body body = {0};
    struct grant *g = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &g->user_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    g->months = (int)body.months;
    g->days = (int)body.days;
    g->reason = body.reason;
    return rc;
}

struct revoke_body {
    struct uuid period_id;
    const char *reason;
};
enum { REVOKE_PERIOD, REVOKE_REASON };

enum ecode parse_admin_revoke(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [REVOKE_PERIOD] = {JSON_MEMBER(struct revoke_body, period_id), FIELD_UUID, FIELD_REQUIRED},
        [REVOKE_REASON] = {JSON_MEMBER(struct revoke_body, reason), REASON_FIELD},
    };
    struct revoke_body body = {0};
    struct revocation *r = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &r->user_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    r->period_id = body.period_id;
    r->reason = body.reason;
    return rc;
}

/* --- payments ------------------------------------------------------------------------------------ */

enum ecode parse_admin_payments(struct exchange *x, void *in)
{
    struct admin_payments_query *q = in;
    q->provider = q->status = -1;
    enum ecode rc = query_list(x, 'P', &q->list);
    if (rc == E_OK)
        rc = query_uuid(x, "user_id", &q->user_id);
    if (rc == E_OK)
        rc = query_text(x, "charge", PAYMENT_REF_BYTES_MAX, &q->charge);
    if (rc == E_OK)
        rc = query_choice(x, "provider", payment_provider_names, PROVIDERS, &q->provider);
    if (rc == E_OK)
        rc = query_choice(x, "status", payment_status_names, PAYMENT_STATUSES, &q->status);
    if (rc == E_OK)
        rc = query_text(x, "currency", 8, &q->currency);
    if (rc == E_OK)
        rc = query_days(x, "revenue_from", "revenue_to", &q->revenue);
    return rc;
}

static void render_their_payment(struct json_writer *w, const struct payment *p)
{
    render_payment_members(w, p);
    json_field_uuid(w, "user_id", &p->user_id);
    json_field_string(w, "charge", p->charge);
}

enum ecode render_admin_payments(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_payments_page *page = out;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < page->count; i++) {
        json_object_begin(w);
        render_their_payment(w, &page->items[i]);
        json_object_end(w);
    }
    json_array_end(w);
    render_rest(w, 'P', &page->rest);
    return E_OK;
}

enum ecode parse_admin_payment(struct exchange *x, void *in)
{
    return path_uuid(x, 0, &((struct payment_lookup *)in)->payment_id);
}

static void render_event(struct json_writer *w, const struct payment_event *e)
{
    json_object_begin(w);
    json_field_string(w, "kind", payment_fact_names[e->fact.kind]);
    json_field_string(w, "ref", e->fact.ref[0] != '\0' ? e->fact.ref : NULL);
    json_field_string(w, "charge", e->fact.charge[0] != '\0' ? e->fact.charge : NULL);
    if (e->fact.amount != 0)
        json_field_i64(w, "amount", e->fact.amount);
    else
        json_field_null(w, "amount");
    json_field_string(w, "currency", e->fact.currency[0] != '\0' ? e->fact.currency : NULL);
    json_field_string(w, "note", e->note);
    json_field_instant(w, "occurred_at", e->occurred_at);
    json_field_instant(w, "recorded_at", e->recorded_at);
    json_object_end(w);
}

enum ecode render_admin_payment(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct payment_history *h = out;
    json_object_begin(w);
    render_their_payment(w, &h->payment);
    json_key(w, "events");
    json_array_begin(w);
    for (size_t i = 0; i < h->count; i++)
        render_event(w, &h->events[i]);
    json_array_end(w);
    json_object_end(w);
    return E_OK;
}

struct refund_body {
    int64_t amount;
    const char *reason;
    bool by_hand;
};
enum { REFUND_AMOUNT, REFUND_REASON, REFUND_BY_HAND };

enum ecode parse_admin_refund(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [REFUND_AMOUNT] = {JSON_MEMBER(struct refund_body, amount), FIELD_I64, .min = 1,
                           .max = PAYMENT_AMOUNT_MAX},
        [REFUND_REASON] = {JSON_MEMBER(struct refund_body, reason), REASON_FIELD},
        [REFUND_BY_HAND] = {JSON_MEMBER(struct refund_body, by_hand), FIELD_BOOL},
    };
    struct refund_body body = {0};
    struct payment_refund *r = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &r->payment_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    r->amount = body.amount;
    r->reason = body.reason;
    r->by_hand = body.by_hand;
    return rc;
}

/* A wallet has it back at once, a provider has to be asked. */
int status_admin_refund(const void *out)
{
    const struct payment_given_back *g = out;
    return g->asked ? 202 : 200;
}

enum ecode render_admin_refund(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct payment_given_back *g = out;
    json_object_begin(w);
    render_their_payment(w, &g->payment);
    json_object_end(w);
    return E_OK;
}

struct dispute_body {
    int turn;
    const char *dispute, *reason;
};
enum { DISPUTE_TURN, DISPUTE_NAME, DISPUTE_REASON };

enum ecode parse_admin_dispute(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [DISPUTE_TURN] = {JSON_MEMBER(struct dispute_body, turn), FIELD_ENUM, FIELD_REQUIRED,
                          .names = dispute_turn_names},
        [DISPUTE_NAME] = {JSON_MEMBER(struct dispute_body, dispute), FIELD_LINE, .min = 1,
                          .max = DISPUTE_NAME_BYTES_MAX, .max_bytes = DISPUTE_NAME_BYTES_MAX},
        [DISPUTE_REASON] = {JSON_MEMBER(struct dispute_body, reason), REASON_FIELD},
    };
    struct dispute_body body = {0};
    struct payment_dispute *d = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &d->payment_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    d->turn = (enum dispute_turn)body.turn;
    d->dispute = body.dispute;
    d->reason = body.reason;
    return rc;
}

enum ecode render_admin_dispute(struct exchange *x, const void *out, struct json_writer *w)
{
    json_object_begin(w);
    render_their_payment(w, out);
    json_object_end(w);
    return E_OK;
}

enum ecode parse_admin_postings(struct exchange *x, void *in)
{
    struct admin_postings_query *q = in;
    int kind = -1;
    enum ecode rc = path_uuid(x, 0, &q->user_id);
    if (rc == E_OK)
        rc = parse_posting_list(x, &q->page);
    if (rc == E_OK)
        rc = query_choice(x, "kind", posting_kind_names, POSTING_KINDS, &kind);
    q->page.has_kind = kind >= 0;
    if (q->page.has_kind)
        q->page.kind = (enum posting_kind)kind;
    return rc;
}

/* --- referrals ----------------------------------------------------------------------------------- */

enum ecode render_admin_referral(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct referral *r = out;
    json_object_begin(w);
    json_field_uuid(w, "referred_id", &r->ref.referred);
    json_field_uuid(w, "referrer_id", &r->ref.referrer);
    json_field_string(w, "status", referral_status_names[r->status]);
    json_field_string(w, "reasons", r->reasons);
    json_field_i64(w, "reward", r->reward);
    json_field_instant(w, "created_at", r->created_at);
    json_object_end(w);
    return E_OK;
}

struct verdict_body {
    bool approve;
    const char *reason;
};
enum { VERDICT_APPROVE, VERDICT_REASON };

enum ecode parse_admin_verdict(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [VERDICT_APPROVE] = {JSON_MEMBER(struct verdict_body, approve), FIELD_BOOL, FIELD_REQUIRED},
        [VERDICT_REASON] = {JSON_MEMBER(struct verdict_body, reason), REASON_FIELD},
    };
    struct verdict_body body = {0};
    struct referral_verdict *v = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &v->ref.referred);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    v->approve = body.approve;
    v->reason = body.reason;
    return rc;
}
