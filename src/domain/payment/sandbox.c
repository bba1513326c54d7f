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

/* What the sandbox would say of the choice. false: it is none now. */
static bool notice_of(struct ctx *ctx, const struct payment_row *row, enum sandbox_choice choice,
                      struct payment_notice *n)
{
    static const struct {
        enum payment_fact_kind kind;
        enum payment_status from;
    } says[] = {
        [SANDBOX_PAY] = {FACT_SUCCEEDED, PAYMENT_PENDING},
        [SANDBOX_GIVE_UP] = {FACT_CANCELED, PAYMENT_PENDING},
        [SANDBOX_DISPUTE] = {FACT_DISPUTED, PAYMENT_SUCCEEDED},
        [SANDBOX_WIN] = {FACT_DISPUTE_WON, PAYMENT_DISPUTED},
        [SANDBOX_LOSE] = {FACT_DISPUTE_LOST, PAYMENT_DISPUTED},
    };
    const char *charge = sandbox_charge(ctx->arena, &row->p.id);
    bool pays = choice == SANDBOX_PAY;
    *n = (struct payment_notice){.provider = PROVIDER_SANDBOX,
                                 .user_id = row->p.user_id,
                                 .payment_id = row->p.id,
                                 .kind = says[choice].kind,
                                 .ref = charge};
    if (choice >= SANDBOX_DISPUTE) {
        n->ref = arena_printf(ctx->arena, "dispute:%s", charge); /* a charge is disputed once here */
        n->charge = charge;
    }
    if (pays) {
        n->amount = row->p.amount;
        n->currency = row->p.currency;
        n->method = row->save_method ? "sandbox" : NULL;
    }
    return row->p.status == says[choice].from;
}

enum ecode sandbox_decide(struct ctx *ctx, const struct sandbox_decision *in, struct sandbox_view *out)
{
    struct payment_row row;
    struct payment_change change;
    struct payment_notice n;
    enum ecode rc = find(ctx, in->payload, &row);
    if (rc == E_OK)
        rc = payment_act_for(ctx, &row.p.user_id);
    if (rc == E_OK)
        rc = payment_row_load(ctx, &row.p.user_id, &row.p.id, &row);
    if (rc != E_OK)
        return rc;
    if (!notice_of(ctx, &row, in->choice, &n)) {
        *out = view_of(ctx, &row.p);
        return E_OK;
    }
    rc = payment_receive(ctx, &n, &change);
    if (rc == E_OK)
        *out = view_of(ctx, &change.payment);
    return rc;
}
