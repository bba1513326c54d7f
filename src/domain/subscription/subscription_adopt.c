#include "domain/subscription/subscription_adopt.h"

#include "domain/subscription/subscription_internal.h"

/* As it was when the period was bought, or when it was taken back. */
static enum ecode add_period(struct ctx *ctx, const struct uuid *user_id, const struct period_history *p)
{
    struct subscription_book b;
    struct period_draft draft = {.payment_id = p->payment_id,
                                 .plan = p->plan,
                                 .reason = p->reason,
                                 .months = p->months,
                                 .days = p->days};
    ctx->now = p->bought_at;
    enum ecode rc = book_load(ctx, user_id, &b);
    if (rc == E_OK)
        rc = book_open(ctx, &b, p->plan);
    if (rc == E_OK)
        rc = book_add_period(ctx, &b, &draft);
    if (rc == E_OK && p->reversed_at.ms)
        ctx->now = p->reversed_at;
    return rc == E_OK ? book_settle(ctx, &b) : rc;
}

static enum ecode settle_now(struct ctx *ctx, const struct uuid *user_id)
{
    struct subscription_book b;
    enum ecode rc = book_load(ctx, user_id, &b);
    if (rc != E_OK || !b.found)
        return rc;
    b.sub.acted_until = ctx->now;
    return book_settle(ctx, &b);
}

enum ecode subscription_take_over(struct ctx *ctx, const struct uuid *user_id,
                                  const struct subscription_history *h)
{
    struct instant now = ctx->now;
    enum ecode rc = E_OK;
    if (h->has_trial) {
        ctx->now = h->created_at;
        rc = subscription_start_trial(ctx, user_id, h->trial_ends_at);
    }
    for (size_t i = 0; rc == E_OK && i < h->count; i++)
        rc = add_period(ctx, user_id, &h->periods[i]);
    ctx->now = now;
    return rc == E_OK ? settle_now(ctx, user_id) : rc;
}
