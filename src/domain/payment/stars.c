#include "domain/payment/stars.h"

#include <string.h>
#include "base/check.h"
#include "domain/payment/payment_internal.h"
#include "domain/subscription/subscription.h"
#include "payment_call.sql.h"

static bool parse(const char *payload, struct uuid *user_id, struct uuid *id)
{
    return payment_payload_parse(payload, strlen(payload), user_id, id);
}

/* The order behind a payload. E_NOT_FOUND: there is none. */
static enum ecode find(struct ctx *ctx, const char *payload, struct payment_row *out)
{
    struct uuid user_id, id;
    if (!parse(payload, &user_id, &id))
        return err_set(&ctx->err, E_NOT_FOUND, "that is no order of ours");
    enum ecode rc = payment_row_load(ctx, &user_id, &id, out);
    if (rc == E_OK && out->p.provider != PROVIDER_STARS)
        rc = err_set(&ctx->err, E_NOT_FOUND, "that is no order in Stars");
    return rc;
}

static enum ecode payer_of(struct ctx *ctx, const struct uuid *user_id, int64_t *telegram_id)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_call_payer);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *telegram_id = stmt_i64(q, 0);
        stmt_end(q);
    }
    return rc;
}

enum ecode stars_may_pay(struct ctx *ctx, const struct stars_checkout *in, enum stars_verdict *out)
{
    struct payment_row row;
    int64_t telegram_id = 0;
    enum ecode rc = find(ctx, in->payload, &row);
    if (rc == E_OK)
        rc = payer_of(ctx, &row.p.user_id, &telegram_id);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    if (rc == E_NOT_FOUND) {
        err_clear(&ctx->err);
        *out = STARS_UNKNOWN;
    } else if (in->stars != row.p.amount || strcmp(in->currency, row.p.currency) != 0) {
        *out = STARS_UNKNOWN;
    } else if (telegram_id != in->telegram_id) {
        *out = STARS_STRANGER;
    } else if (payment_was_paid(row.p.status)) {
        *out = STARS_PAID;
    } else {
        struct instant end = instant_add(row.p.created_at, duration_seconds(STARS_OFFER_HOURS * 3600));
        *out = instant_cmp(ctx->now, end) >= 0 ? STARS_OLD : STARS_WELCOME;
    }
    return E_OK;
}

/* Whether this charge renews what the order bought. */
static bool is_renewal(const struct payment_row *order, const struct stars_payment *in)
{
    bool another = order->p.charge && strcmp(order->p.charge, in->charge) != 0;
    return in->turn == STARS_AGAIN || (in->turn == STARS_UNTOLD && order->save_method && another);
}

enum ecode stars_paid(struct ctx *ctx, const struct stars_payment *in, struct payment_change *out)
{
    struct payment_row order;
    struct payment renewal;
    struct payment_notice n = {
        .provider = PROVIDER_STARS,
        .kind = FACT_SUCCEEDED,
        .ref = in->charge,
        .amount = in->stars,
        .currency = in->currency,
        .payer = arena_printf(ctx->arena, "%lld", (long long)in->telegram_id),
        .occurred_at = in->at,
    };
    enum ecode rc = find(ctx, in->payload, &order);
    if (rc == E_OK && is_renewal(&order, in)) {
        rc = payment_create_renewal(ctx, &order.p, in->charge, &renewal);
        n.user_id = renewal.user_id;
        n.payment_id = renewal.id;
    } else if (rc == E_OK) {
        n.user_id = order.p.user_id;
        n.payment_id = order.p.id;
    } else if (rc == E_NOT_FOUND) { /* nobody's: kept all the same */
        err_clear(&ctx->err);
        rc = E_OK;
    }
    return rc == E_OK ? payment_receive(ctx, &n, out) : rc;
}

enum ecode stars_refunded(struct ctx *ctx, const struct stars_payment *in, struct payment_change *out)
{
    struct payment_notice n = {
        .provider = PROVIDER_STARS,
        .kind = FACT_REFUNDED,
        .ref = in->charge, /* a charge is given back once, as a whole, under its own id */
        .charge = in->charge,
        .amount = in->stars,
        .currency = in->currency,
        .occurred_at = in->at,
    };
    return payment_receive(ctx, &n, out);
}

enum ecode stars_ended(struct ctx *ctx, const char *payload)
{
    struct payment_row order;
    struct subscription s;
    enum ecode rc = find(ctx, payload, &order);
    if (rc == E_OK)
        rc = payment_act_for(ctx, &order.p.user_id);
    if (rc == E_OK)
        rc = subscription_get(ctx, NULL, &s);
    if (rc == E_OK && s.renews_by == RENEWS_STARS && !s.canceled)
        rc = subscription_cancel(ctx, NULL, &s);
    if (rc != E_NOT_FOUND && rc != E_CONFLICT)
        return rc;
    err_clear(&ctx->err);
    return E_OK;
}
