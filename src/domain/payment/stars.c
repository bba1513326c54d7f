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

struct payer {
    int64_t telegram_id; /* 0: erased */
    const char *language_code;
    bool blocked;
};

/* Whoever ordered. */
static enum ecode payer_of(struct ctx *ctx, const struct uuid *user_id, struct payer *out)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_call_payer);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        out->telegram_id = stmt_i64(q, 0);
        out->language_code = arena_strdup(ctx->arena, stmt_text(q, 1));
        out->blocked = !stmt_is_null(q, 3);
        stmt_end(q);
    }
    return rc;
}

const char *const stars_verdict_names[] = {
    [STARS_WELCOME] = "welcome",   [STARS_UNKNOWN] = "unknown", [STARS_PAID] = "paid",
    [STARS_STRANGER] = "stranger", [STARS_OLD] = "old",         [STARS_UNSOLD] = "unsold",
    [STARS_RENEWING] = "renewing", [STARS_BLOCKED] = "blocked", [STARS_VERDICTS] = NULL,
};

bool stars_renew(const struct subscription *s)
{
    return s->status == SUBSCRIPTION_ACTIVE && s->renews_by == RENEWS_STARS && !s->canceled;
}

/* What the order itself says. */
static enum stars_verdict judge(const struct ctx *ctx, const struct stars_checkout *in,
                                const struct payment *p)
{
    struct instant end = instant_add(p->created_at, duration_seconds(STARS_OFFER_HOURS * 3600));
    if (in->stars != p->amount || strcmp(in->currency, p->currency) != 0)
        return STARS_UNKNOWN;
    if (payment_was_paid(p->status))
        return STARS_PAID;
    if (p->status >= PAYMENT_FAILED || instant_cmp(ctx->now, end) >= 0)
        return STARS_OLD;
    const struct plan *plan = p->plan ? plan_find(ctx->policy->plans, p->plan) : NULL;
    return plan && plan_price(plan, p->currency) > 0 ? STARS_WELCOME : STARS_UNSOLD;
}

/* One subscription in Stars is enough. */
static enum ecode check_second(struct ctx *ctx, const struct payment_row *order, enum stars_verdict *out)
{
    struct subscription s;
    struct actor actor = ctx->actor;
    enum ecode rc = ctx_act_as(ctx, &order->p.user_id);
    if (rc == E_OK)
        rc = subscription_get(ctx, NULL, &s);
    ctx->actor = actor;
    if (rc == E_OK && stars_renew(&s))
        *out = STARS_RENEWING;
    return rc;
}

enum ecode stars_may_pay(struct ctx *ctx, const struct stars_checkout *in, struct stars_answer *out)
{
    struct payment_row order;
    struct stars_answer answer = {.verdict = STARS_UNKNOWN};
    struct payer payer = {0};
    enum ecode rc = find(ctx, in->payload, &order);
    if (rc == E_OK)
        rc = payer_of(ctx, &order.p.user_id, &payer);
    if (rc == E_OK && payer.telegram_id != in->telegram_id) {
        answer.verdict = STARS_STRANGER;
    } else if (rc == E_OK) {
        answer.language_code = payer.language_code;
        answer.verdict = payer.blocked ? STARS_BLOCKED : judge(ctx, in, &order.p);
        if (answer.verdict == STARS_WELCOME && order.save_method)
            rc = check_second(ctx, &order, &answer.verdict);
    }
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    err_clear(&ctx->err);
    *out = answer;
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

enum ecode stars_renewal(struct ctx *ctx, const char *payload, bool renews)
{
    struct payment_row order;
    enum ecode rc = find(ctx, payload, &order);
    if (rc == E_OK)
        rc = payment_act_for(ctx, &order.p.user_id);
    if (rc == E_OK)
        rc = subscription_follow_stars(ctx, renews);
    if (rc != E_NOT_FOUND)
        return rc;
    err_clear(&ctx->err);
    return E_OK;
}
