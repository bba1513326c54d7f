#include "domain/alert/alert.h"
#include "domain/message/outbox.h"
#include "domain/payment/payment_internal.h"
#include "payment_call.sql.h"

/* What a payment tells its payer and the operator. */

enum ecode payment_payer_blocked(struct ctx *ctx, const struct uuid *user_id, bool *out)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_call_payer);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = !stmt_is_null(q, 3) && !stmt_is_null(q, 0);
    stmt_end(q);
    return E_OK;
}

enum ecode payment_tell(struct ctx *ctx, const struct payment *p, enum payment_status before)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_call_payer);
    stmt_bind_uuid(q, 1, &p->user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    int64_t telegram_id = stmt_i64(q, 0); /* NULL, of those who have none or were erased, reads as 0 */
    stmt_end(q);
    if (telegram_id == 0)
        return E_OK;
    struct outbox_draft draft = {
        .user_id = p->user_id,
        .lane = LANE_PAYMENT,
        .chat_id = telegram_id,
        .view = "receipt",
        .args = arena_printf(ctx->arena, "%s:%lld%s", payment_status_names[p->status], (long long)p->refunded,
                             before == PAYMENT_DISPUTED && payment_stands(p->status) ? ":won" : ""),
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
    [TROUBLE_BLOCKED_PAYER] = {"blocked_payer", "Somebody who is blocked paid; the money is being refunded"},
    [TROUBLE_NOT_GIVEN_BACK] = {"not_given_back",
                                "Money could not be given back; refund it again, or give it back by hand and "
                                "record that (by_hand)"},
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
