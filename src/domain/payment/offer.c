#include <string.h>
#include "domain/payment/payment.h"

bool payment_is_open(const struct policy *policy, enum payment_provider provider, bool in_telegram)
{
    bool outside = provider == PROVIDER_YOOKASSA || provider == PROVIDER_CRYPTOBOT;
    return policy->providers >> provider & 1 && !(outside && in_telegram && !policy->external_payments);
}

/* Those who take payments of the actor in that currency. */
static unsigned paid_by(const struct ctx *ctx, const char *currency)
{
    unsigned found = 0;
    for (int i = 0; i < PROVIDERS; i++) {
        enum payment_provider p = (enum payment_provider)i;
        bool open =
            p == PROVIDER_BALANCE || payment_is_open(ctx->policy, p, ctx->actor.origin == ORIGIN_TELEGRAM);
        if (open && strcmp(payment_currency(ctx, p), currency) == 0)
            found |= 1u << p;
    }
    return found;
}

enum ecode payment_offers(struct ctx *ctx, const void *unused, struct plan_offers *out)
{
    const struct plan_table *t = ctx->policy->plans;
    struct plan_offer *items = arena_array(ctx->arena, t->count, sizeof *items);
    for (size_t i = 0; i < t->count; i++) {
        const struct plan *plan = &t->plans[i];
        items[i] = (struct plan_offer){.plan = plan};
        for (size_t k = 0; k < plan->prices_count; k++)
            items[i].paid_by[k] = paid_by(ctx, plan->prices[k].currency);
    }
    *out = (struct plan_offers){.items = items, .count = t->count, .table = t};
    return E_OK;
}
