#include "domain/alert/alert.h"
#include "domain/payment/payment_internal.h"

/* What a payment tells the operator. */

static const struct {
    const char *word, *title;
} troubles[] = {
    [TROUBLE_MISMATCH] = {"mismatch", "Money came that is not what was ordered; it was not credited"},
    [TROUBLE_SECOND_CHARGE] = {"second_charge",
                               "An order was paid twice; the second charge is being refunded"},
    [TROUBLE_CONTRADICTION] = {"contradiction", "What the provider says of a payment contradicts itself"},
    [TROUBLE_STUCK] = {"stuck", "A payment has waited for five days; the provider is not asked any more"},
    [TROUBLE_FOREIGN_CHARGE] = {"foreign_charge", "A charge was claimed by a second payment"},
    [TROUBLE_STRAY] = {"stray", "Money moved for a payment that nobody knows; it was credited to nobody"},
};

static const char *fingerprint(struct ctx *ctx, enum payment_trouble trouble, const char *what)
{
    return arena_printf(ctx->arena, "payment.%s:%s", troubles[trouble].word, what);
}

enum ecode payment_alert(struct ctx *ctx, enum payment_trouble trouble, enum payment_provider provider,
                         const char *what)
{
    struct alert_draft draft = {
        .fingerprint = fingerprint(ctx, trouble, what),
        .severity = ALERT_CRITICAL,
        .title = troubles[trouble].title,
        .detail = arena_printf(ctx->arena, "%s, %s", payment_provider_names[provider], what),
    };
    return alert_raise(ctx, &draft);
}

enum ecode payment_alert_over(struct ctx *ctx, enum payment_trouble trouble, const char *what)
{
    return alert_clear(ctx, fingerprint(ctx, trouble, what));
}
