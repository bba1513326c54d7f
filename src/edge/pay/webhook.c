#include "edge/pay/webhook.h"

#include <string.h>
#include "domain/payment/payment_call.h"
#include "net/cryptopay.h"
#include "net/yookassa.h"

const char *const webhook_sources[PAY_SOURCES] = {
    [PAY_FROM_YOOKASSA] = "yookassa", [PAY_FROM_CRYPTOBOT] = "cryptobot"};

/* --- acting ------------------------------------------------------------------------------------------ */

static enum ecode act_yookassa(struct ctx *ctx, const struct inbox_item *item, void *pay)
{
    struct yk_notification n;
    enum ecode rc = yk_notification_parse(ctx->arena, item->body, item->len, &n, &ctx->err);
    if (rc != E_OK || n.about == YK_ABOUT_OTHER)
        return rc;
    return payment_look(ctx, PROVIDER_YOOKASSA, n.about == YK_ABOUT_REFUND ? "refund" : "payment", n.id);
}

static struct payment_notice notice_of(struct ctx *ctx, const struct cp_invoice *i)
{
    struct payment_notice n = {.provider = PROVIDER_CRYPTOBOT,
                               .kind = FACT_SUCCEEDED,
                               .ref = arena_printf(ctx->arena, "%lld", (long long)i->id),
                               .amount = i->amount,
                               .currency = i->currency,
                               .occurred_at = i->paid_at};
    if (i->payload)
        (void)payment_payload_parse(i->payload, strlen(i->payload), &n.user_id, &n.payment_id);
    return n;
}

static enum ecode act_cryptobot(struct ctx *ctx, const struct inbox_item *item, void *pay)
{
    const struct pay *p = pay;
    struct cp_update u;
    struct payment_change change;
    enum ecode rc = cp_update_parse(ctx->arena, &p->scale, item->body, item->len, &u, &ctx->err);
    if (rc != E_OK || !u.is_paid)
        return rc;
    struct payment_notice n = notice_of(ctx, &u.invoice);
    return payment_receive(ctx, &n, &change);
}

static inbox_handler *const handlers[PAY_SOURCES] = {
    [PAY_FROM_YOOKASSA] = act_yookassa, [PAY_FROM_CRYPTOBOT] = act_cryptobot};

inbox_handler *webhook_handler(enum pay_source source)
{
    return handlers[source];
}

/* --- names ------------------------------------------------------------------------------------------- */

static enum ecode name_yookassa(struct arena *arena, struct inbox_item *item, struct err *err)
{
    struct yk_notification n;
    enum ecode rc = yk_notification_parse(arena, item->body, item->len, &n, err);
    if (rc == E_OK)
        item->external_id = arena_printf(arena, "%s:%s", n.event, n.id);
    return rc;
}

static enum ecode name_cryptobot(const struct pay *p, struct arena *arena, struct inbox_item *item,
                                 struct uuid *user_id, struct err *err)
{
    struct cp_update u;
    struct uuid payment_id;
    enum ecode rc = cp_update_parse(arena, &p->scale, item->body, item->len, &u, err);
    if (rc != E_OK)
        return rc;
    item->external_id = u.is_paid ? arena_printf(arena, "invoice:%lld", (long long)u.invoice.id)
                                  : arena_printf(arena, "update:%lld", (long long)u.update_id);
    if (u.is_paid && u.invoice.payload)
        (void)payment_payload_parse(u.invoice.payload, strlen(u.invoice.payload), user_id, &payment_id);
    return E_OK;
}

enum ecode webhook_name(const struct pay *p, enum pay_source source, struct arena *arena,
                        struct inbox_item *item, struct uuid *user_id, struct err *err)
{
    *user_id = (struct uuid){{0}};
    item->source = webhook_sources[source];
    return source == PAY_FROM_YOOKASSA ? name_yookassa(arena, item, err)
                                       : name_cryptobot(p, arena, item, user_id, err);
}
