#include "domain/subscription/subscription.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/ledger/ledger.h"
#include "domain/payment/payment_internal.h"
#include "domain/subscription/subscription_internal.h"
#include "subscription.sql.h"

static enum ecode none(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_NOT_FOUND, "no_subscription", "there is no subscription");
}

enum ecode subscription_get(struct ctx *ctx, const void *unused, struct subscription *out)
{
    struct subscription_book b;
    enum ecode rc = book_load(ctx, &ctx->actor.user_id, &b);
    if (rc == E_OK && !b.found)
        rc = none(ctx);
    if (rc == E_OK)
        book_view(ctx, &b, out);
    return rc;
}

static enum ecode refresh(struct ctx *ctx, const struct uuid *user_id)
{
    struct subscription_book b;
    enum ecode rc = book_load(ctx, user_id, &b);
    return rc == E_OK ? book_settle(ctx, &b) : rc;
}

enum ecode subscription_follow_wallet(struct ctx *ctx, const struct uuid *user_id, int64_t before,
                                      int64_t after)
{
    return (before < 0) != (after < 0) ? refresh(ctx, user_id) : E_OK;
}

static enum ecode has_period(struct ctx *ctx, const struct payment *p, bool *out)
{
    struct stmt *q = db_query(ctx->db, &Q_subscription_period_by_payment);
    stmt_bind_uuid(q, 1, &p->user_id);
    stmt_bind_uuid(q, 2, &p->id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    stmt_end(q);
    *out = rc == E_OK;
    return E_OK;
}

/* How a payment renews what it bought: a person's wish, carried by the order. */
static enum renews_by renewal_of(const struct payment *p, bool wished)
{
    if (!wished)
        return RENEWS_NONE;
    return p->provider == PROVIDER_STARS     ? RENEWS_STARS
           : p->provider == PROVIDER_BALANCE ? RENEWS_BALANCE
           : p->method                       ? RENEWS_SAVED_METHOD
                                             : RENEWS_NONE;
}

/* The plan's length now; a plan that is no longer sold keeps a month for what was paid meanwhile. */
static void plan_length(struct ctx *ctx, const char *name, int *months, int *days)
{
    const struct plan *plan = plan_find(ctx->policy->plans, name);
    *months = plan ? plan->months : 1;
    *days = plan ? plan->days : 0;
}

enum ecode subscription_follow_payment(struct ctx *ctx, const struct payment *p, bool save_method)
{
    struct subscription_book b;
    bool there;
    if (p->purpose != PURPOSE_SUBSCRIPTION || !payment_was_paid(p->status))
        return E_OK;
    enum ecode rc = has_period(ctx, p, &there);
    if (rc == E_OK)
        rc = book_load(ctx, &p->user_id, &b);
    if (rc != E_OK || there)
        return rc == E_OK ? book_settle(ctx, &b) : rc;
    struct period_draft draft = {.payment_id = p->id, .plan = p->plan};
    plan_length(ctx, p->plan, &draft.months, &draft.days);
    rc = book_open(ctx, &b, p->plan);
    if (rc == E_OK)
        rc = book_add_period(ctx, &b, &draft);
    enum renews_by renews = renewal_of(p, save_method);
    if (rc == E_OK && renews != RENEWS_NONE && !b.erased) {
        b.sub.renews_by = renews;
        b.sub.canceled = false;
    }
    return rc == E_OK ? book_settle(ctx, &b) : rc;
}

static enum ecode check_purchase(struct ctx *ctx, const struct purchase *in, int64_t *price, const char **key)
{
    char id[UUID_TEXT];
    struct uuid fresh = ctx_new_id(ctx);
    const struct plan *plan = plan_find(ctx->policy->plans, in->plan);
    if (!plan)
        return err_field(&ctx->err, "plan", "is not one of the plans");
    *price = plan_price(plan, ctx->policy->currency);
    if (*price == 0)
        return err_field(&ctx->err, "plan", "is not sold in %s", ctx->policy->currency);
    if (in->key && (!*in->key || strlen(in->key) > PAYMENT_KEY_BYTES_MAX))
        return err_field(&ctx->err, "key", "must be 1 to %d bytes", PAYMENT_KEY_BYTES_MAX);
    *key = in->key ? in->key : arena_strdup(ctx->arena, uuid_format(&fresh, id));
    return E_OK;
}

/* The new order's events: paid from the wallet, or failed because it holds too little. */
static enum ecode settle_order(struct ctx *ctx, struct payment_row *row, int64_t balance)
{
    struct payment_change change;
    char id[UUID_TEXT]; /* the charge: keys are the person's own, and charges are unique among all people */
    bool enough = balance >= row->p.amount;
    struct payment_entry entries[] = {
        {.fact = {.kind = FACT_CREATED, .ref = "", .charge = "", .currency = ""}},
        {.fact = {.kind = enough ? FACT_SUCCEEDED : FACT_FAILED,
                  .ref = enough ? uuid_format(&row->p.id, id) : "",
                  .charge = "",
                  .amount = enough ? row->p.amount : 0,
                  .currency = enough ? row->p.currency : ""},
         .note = enough ? NULL : "too little in the wallet"},
    };
    return payment_record(ctx, row, entries, ARRAY_LEN(entries), &change);
}

enum ecode subscription_buy(struct ctx *ctx, const struct purchase *in, struct purchase_result *out)
{
    struct purchase_result result = {.outcome = PURCHASE_DONE};
    struct payment_row row;
    struct wallet w;
    const char *key;
    int64_t price = 0;
    bool is_new;
    struct payment_order order = {
        .purpose = PURPOSE_SUBSCRIPTION, .plan = in->plan, .save_method = in->renew};
    enum ecode rc = check_purchase(ctx, in, &price, &key);
    if (rc == E_OK)
        rc = wallet_get(ctx, NULL, &w);
    if (rc == E_OK && strcmp(w.currency, ctx->policy->currency) != 0)
        return err_reason(&ctx->err, E_CONFLICT, "wallet_currency", "the wallet is in %s", w.currency);
    if (rc == E_OK)
        rc = payment_order_insert(ctx, &order, PROVIDER_BALANCE, price, w.currency, key, &row, &is_new);
    if (rc == E_OK && is_new)
        rc = settle_order(ctx, &row, w.balance);
    if (rc == E_OK)
        rc = wallet_get(ctx, NULL, &w);
    if (rc != E_OK)
        return rc;
    result.payment = row.p;
    result.balance = w.balance;
    if (payment_was_paid(row.p.status))
        rc = subscription_get(ctx, NULL, &result.subscription);
    else
        result.outcome = PURCHASE_NO_FUNDS;
    if (rc == E_OK)
        *out = result;
    return rc;
}

enum ecode subscription_follow_stars(struct ctx *ctx, bool renews)
{
    struct subscription_book b;
    enum ecode rc = book_load(ctx, &ctx->actor.user_id, &b);
    if (rc != E_OK || !b.found || b.sub.renews_by != RENEWS_STARS || b.sub.canceled != renews)
        return rc;
    if (renews && b.sub.status != SUBSCRIPTION_CANCELED)
        return E_OK; /* what has ended goes on with its next charge */
    b.sub.canceled = !renews;
    b.sub.canceled_at = ctx->now;
    return book_settle(ctx, &b);
}

/* Tells the provider that charges by itself to stop. payer: who that is to it, when the row will not tell; 0:
 * it will. */
static enum ecode stop_provider(struct ctx *ctx, const struct subscription_book *b, int64_t payer)
{
    struct payment p;
    if (b->sub.renews_by != RENEWS_STARS || uuid_is_zero(&b->sub.payment_id))
        return E_OK;
    enum ecode rc = payment_load(ctx, &b->user_id, &b->sub.payment_id, &p);
    struct payment_call_args args = {.charge = p.charge, .payer = payer};
    return rc == E_OK ? payment_ask(ctx, &p, CALL_STOP, &args) : rc;
}

enum ecode subscription_cancel(struct ctx *ctx, const void *unused, struct subscription *out)
{
    struct subscription_book b;
    enum ecode rc = book_load(ctx, &ctx->actor.user_id, &b);
    if (rc == E_OK && !b.found)
        return none(ctx);
    if (rc == E_OK && b.sub.canceled && b.sub.status == SUBSCRIPTION_CANCELED) { /* once more is no mistake */
        book_view(ctx, &b, out);
        return E_OK;
    }
    bool renews = b.sub.renews_by != RENEWS_NONE && !b.sub.canceled && b.sub.status != SUBSCRIPTION_EXPIRED &&
                  b.sub.status != SUBSCRIPTION_REVOKED;
    if (rc == E_OK && !renews)
        return err_reason(&ctx->err, E_CONFLICT, "not_renewing", "the subscription does not renew itself");
    if (rc == E_OK)
        rc = stop_provider(ctx, &b, 0);
    if (rc == E_OK) {
        b.sub.canceled = true;
        b.sub.canceled_at = ctx->now;
        rc = book_settle(ctx, &b);
    }
    if (rc == E_OK)
        book_view(ctx, &b, out);
    return rc;
}

enum ecode subscription_end_for_erased(struct ctx *ctx)
{
    struct subscription_book b;
    enum ecode rc = book_load(ctx, &ctx->actor.user_id, &b);
    if (rc == E_OK && b.found && b.sub.renews_by != RENEWS_NONE && !b.sub.canceled)
        rc = stop_provider(ctx, &b, b.telegram_id);
    if (rc == E_OK && b.found) {
        b.sub.renews_by = RENEWS_NONE;
        b.sub.canceled = b.sub.has_next_action = false;
        rc = book_write(ctx, &b);
    }
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_subscription_forget_methods);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    return stmt_run(q);
}

/* For the audit row: what was done to whom, and why. */
static void audit(struct ctx *ctx, const struct uuid *user_id, const struct uuid *period_id,
                  const struct grant *g, const char *reason)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 8192);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    if (period_id)
        json_field_uuid(&w, "period_id", period_id);
    if (g && g->months)
        json_field_i64(&w, "months", g->months);
    if (g && g->days)
        json_field_i64(&w, "days", g->days);
    json_field_string(&w, "reason", reason);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    ctx->audit_detail = arena_strdup(ctx->arena, buf_text(&b));
    ctx->subject = *user_id;
    buf_release(&b);
}

enum ecode subscription_grant(struct ctx *ctx, const struct grant *in, struct subscription *out)
{
    struct subscription_book b;
    struct period_draft draft = {
        .plan = "granted", .reason = in->reason, .months = in->months, .days = in->days};
    enum ecode rc = ctx_check_reason(ctx, in->reason);
    if (rc == E_OK && ((in->months > 0) == (in->days > 0) || in->months < 0 || in->days < 0 ||
                       in->months > 120 || in->days > 3660))
        return err_field(&ctx->err, "months", "or days must be above 0, not both, at most ten years");
    if (rc == E_OK)
        rc = ctx_lock_people(ctx, &in->user_id, 1);
    if (rc == E_OK)
        rc = book_load(ctx, &in->user_id, &b);
    if (rc == E_OK && b.erased)
        rc = err_set(&ctx->err, E_NOT_FOUND, "there is no such person");
    if (rc == E_OK)
        rc = book_open(ctx, &b, draft.plan);
    if (rc == E_OK)
        rc = book_add_period(ctx, &b, &draft);
    if (rc == E_OK)
        rc = book_settle(ctx, &b);
    if (rc != E_OK)
        return rc;
    audit(ctx, &in->user_id, NULL, in, in->reason);
    book_view(ctx, &b, out);
    return E_OK;
}

enum ecode subscription_revoke(struct ctx *ctx, const struct revocation *in, struct subscription *out)
{
    struct subscription_book b;
    bool found = false;
    enum ecode rc = ctx_check_reason(ctx, in->reason);
    if (rc == E_OK)
        rc = ctx_lock_people(ctx, &in->user_id, 1);
    if (rc == E_OK)
        rc = book_load(ctx, &in->user_id, &b);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < b.count; i++) {
        if (uuid_cmp(&b.periods[i].id, &in->period_id) == 0)
            found = b.periods[i].revoked_by_admin = true;
    }
    if (!found)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such period");
    struct stmt *q = db_query(ctx->db, &Q_subscription_period_revoke);
    stmt_bind_uuid(q, 1, &in->user_id);
    stmt_bind_uuid(q, 2, &in->period_id);
    stmt_bind_text(q, 3, in->reason);
    rc = stmt_run(q);
    if (rc == E_OK)
        rc = book_settle(ctx, &b);
    if (rc != E_OK)
        return rc;
    audit(ctx, &in->user_id, &in->period_id, NULL, in->reason);
    book_view(ctx, &b, out);
    return E_OK;
}
