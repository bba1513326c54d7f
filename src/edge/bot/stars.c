#include "edge/bot/stars.h"

#include "domain/payment/stars.h"

bool stars_tell(const struct tg_update *u)
{
    return u->kind == TG_SUBSCRIPTION ||
           (u->kind == TG_MESSAGE && (u->message->paid || u->message->refunded));
}

static struct stars_payment payment_of(const struct tg_update *u, const struct tg_payment *p)
{
    return (struct stars_payment){.payload = p->payload,
                                  .currency = p->currency,
                                  .charge = p->telegram_charge_id,
                                  .stars = p->total_amount,
                                  .telegram_id = u->from.id,
                                  .turn = p->first_recurring ? STARS_FIRST
                                          : p->recurring     ? STARS_AGAIN
                                                             : STARS_ONCE,
                                  .at = u->date};
}

enum ecode stars_take(struct ctx *ctx, const struct tg_update *u)
{
    struct payment_change change;
    if (u->kind == TG_SUBSCRIPTION)
        return u->subscription == TG_SUB_OTHER
                   ? E_OK
                   : stars_renewal(ctx, u->payload, u->subscription == TG_SUB_ACTIVE);
    const struct tg_payment *p = u->message->paid ? u->message->paid : u->message->refunded;
    struct stars_payment in = payment_of(u, p);
    return u->message->paid ? stars_paid(ctx, &in, &change) : stars_refunded(ctx, &in, &change);
}
