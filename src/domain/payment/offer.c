#include <string.h>
#include "domain/payment/payment.h"

/* Those who take payments here in that currency. */
static unsigned paid_by(const struct ctx *ctx, const char *currency)
{
    unsigned found = 0, offered = ctx->policy->providers | 1u << PROVIDER_BALANCE;
    for (int p = 0; p < PROVIDERS; p++) {
        if (offered >> p & 1 && strcmp(payment_currency(ctx, (enum payment_provider)p), currency) == 0)
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
    *out = (struct plan_offers){.items = items, .count = t->count};
    return E_OK;
}
