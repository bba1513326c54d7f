#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "domain/alert/alert.h"
#include "domain/message/outbox.h"
#include "domain/payment/payment_internal.h"

/* What a payment causes outside: calls to its provider, alerts to the operator. */

static const char *const channels[PROVIDERS] = {
    [PROVIDER_STARS] = "telegram",
    [PROVIDER_YOOKASSA] = "yookassa",
    [PROVIDER_CRYPTOBOT] = "cryptobot",
    [PROVIDER_SANDBOX] = "sandbox",
};

static const char *payload(struct ctx *ctx, const struct payment_call_args *args)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 4096);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    if (args->charge)
        json_field_string(&w, "charge", args->charge);
    if (args->amount)
        json_field_i64(&w, "amount", args->amount);
    if (args->ref)
        json_field_string(&w, "ref", args->ref);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

enum ecode payment_ask(struct ctx *ctx, const struct payment *p, enum payment_call call,
                       const struct payment_call_args *args)
{
    static const char *const methods[] = {[CALL_CREATE] = "payment.create",
                                          [CALL_READ] = "payment.read",
                                          [CALL_REFUND] = "payment.refund",
                                          [CALL_STOP] = "subscription.stop"};
    CHECK(channels[p->provider] != NULL);
    struct outbox_draft draft = {
        .user_id = p->user_id,
        .channel = channels[p->provider],
        .lane = LANE_PAYMENT,
        .method = methods[call],
        .payload = payload(ctx, args),
        .ref_id = p->id,
    };
    return outbox_add(ctx, &draft, NULL);
}

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
