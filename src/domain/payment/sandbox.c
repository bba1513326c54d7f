#include "domain/payment/sandbox.h"

#include <string.h>
#include "base/check.h"
#include "domain/payment/payment_internal.h"

const char *sandbox_charge(struct arena *a, const struct uuid *payment_id)
{
    char id[UUID_TEXT];
    return arena_printf(a, "sandbox:%s", uuid_format(payment_id, id));
}

static enum ecode find(struct ctx *ctx, const char *payload, struct payment_row *out)
{
    struct uuid user_id, id;
    bool on = ctx->policy->providers >> PROVIDER_SANDBOX & 1;
    if (!on || !payment_payload_parse(payload, strlen(payload), &user_id, &id))
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such order");
    enum ecode rc = payment_row_load(ctx, &user_id, &id, out);
    if (rc == E_OK && out->p.provider != PROVIDER_SANDBOX)
        rc = err_set(&ctx->err, E_NOT_FOUND, "there is no such order");
    return rc;
}

static struct sandbox_view view_of(struct ctx *ctx, const struct payment *p)
{
    return (struct sandbox_view){*p, currency_digits(ctx->policy->plans, p->currency)};
}

enum ecode sandbox_show(struct ctx *ctx, const struct sandbox_order *in, struct sandbox_view *out)
{
    struct payment_row row;
    enum ecode rc = find(ctx, in->payload, &row);
    if (rc == E_OK)
        *out = view_of(ctx, &row.p);
    return rc;
}

enum ecode sandbox_decide(struct ctx *ctx, const struct sandbox_decision *in, struct sandbox_view *out)
{
    struct payment_row row;
    struct payment_change change;
    enum ecode rc = find(ctx, in->payload, &row);
    if (rc == E_OK)
        rc = payment_act_for(ctx, &row.p.user_id);
    if (rc == E_OK)
        rc = payment_row_load(ctx, &row.p.user_id, &row.p.id, &row);
    if (rc != E_OK)
        return rc;
    if (row.p.status != PAYMENT_PENDING) {
        *out = view_of(ctx, &row.p);
        return E_OK;
    }
    struct payment_notice n = {
        .provider = PROVIDER_SANDBOX,
        .user_id = row.p.user_id,
        .payment_id = row.p.id,
        .kind = in->pay ? FACT_SUCCEEDED : FACT_CANCELED,
        .ref = sandbox_charge(ctx->arena, &row.p.id),
        .amount = in->pay ? row.p.amount : 0,
        .currency = in->pay ? row.p.currency : NULL,
        .method = in->pay && row.save_method ? "sandbox" : NULL,
    };
    rc = payment_receive(ctx, &n, &change);
    if (rc == E_OK)
        *out = view_of(ctx, &change.payment);
    return rc;
}
