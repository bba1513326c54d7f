#include "domain/payment/payment_adopt.h"

#include "domain/payment/payment_internal.h"
#include "payment.sql.h"

#define FIRST_CHECK_S 60 /* until the provider is asked about one that waits */

void payment_past_fold(const struct payment_past *h, struct payment_state *out)
{
    payment_fold(&h->terms, h->facts, h->n, out);
}

struct payment_target payment_past_target(const struct payment_past *h)
{
    struct payment_state s;
    payment_past_fold(h, &s);
    return payment_target(payment_wallet_of(h->provider, h->purpose), h->terms.amount, &s);
}

static enum ecode insert(struct ctx *ctx, const struct payment_past *h)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_insert);
    stmt_bind_uuid(q, 1, &h->user_id);
    stmt_bind_uuid(q, 2, &h->id);
    stmt_bind_text(q, 3, payment_provider_names[h->provider]);
    stmt_bind_text(q, 4, h->key);
    stmt_bind_text(q, 5, payment_purpose_names[h->purpose]);
    stmt_bind_text(q, 6, h->plan);
    stmt_bind_i64(q, 7, h->terms.amount);
    stmt_bind_text(q, 8, h->terms.currency);
    stmt_bind_bool(q, 10, false);
    stmt_bind_time(q, 12, h->created_at);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_UNIQUE, "the key of a payment is used already");
    stmt_end(q);
    return rc;
}

static enum ecode insert_event(struct ctx *ctx, const struct payment_past *h, const struct payment_fact *f,
                               struct instant at)
{
    struct uuid id = payment_entry_id(&h->id, f);
    struct stmt *q = db_query(ctx->db, &Q_payment_event_insert);
    stmt_bind_uuid(q, 1, &h->user_id);
    stmt_bind_uuid(q, 2, &id);
    stmt_bind_uuid(q, 3, &h->id);
    stmt_bind_text(q, 4, payment_fact_names[f->kind]);
    stmt_bind_text(q, 5, f->ref);
    stmt_bind_text(q, 6, f->charge);
    stmt_bind_i64(q, 7, f->amount);
    stmt_bind_text(q, 8, f->currency);
    stmt_bind_text(q, 10, h->note);
    stmt_bind_time(q, 11, at);
    stmt_bind_time(q, 12, ctx->now);
    return stmt_run(q);
}

static struct instant paid_at(const struct payment_past *h)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->facts[i].kind == FACT_SUCCEEDED)
            return h->at[i];
    return h->created_at;
}

static enum ecode write_state(struct ctx *ctx, const struct payment_past *h)
{
    struct payment_state s;
    payment_past_fold(h, &s);
    bool waits = s.status == PAYMENT_PENDING || s.status == PAYMENT_UNKNOWN;
    struct stmt *q = db_query(ctx->db, &Q_payment_update);
    stmt_bind_uuid(q, 1, &h->user_id);
    stmt_bind_uuid(q, 2, &h->id);
    stmt_bind_text(q, 3, *s.charge ? s.charge : NULL);
    stmt_bind_i64(q, 4, s.refunded);
    stmt_bind_text(q, 5, payment_status_names[s.status]);
    stmt_bind_i64(q, 8, (int64_t)h->n + 1);
    stmt_bind_i64(q, 10, 0);
    if (waits) {
        stmt_bind_time(q, 9, ctx->now);
        stmt_bind_time(q, 11, instant_add(ctx->now, duration_seconds(FIRST_CHECK_S)));
    }
    if (payment_was_paid(s.status))
        stmt_bind_time(q, 12, paid_at(h));
    stmt_bind_time(q, 13, ctx->now);
    enum ecode rc = stmt_run(q);
    return rc == E_OK && *s.charge ? payment_claim(ctx, h->provider, s.charge, &h->user_id, &h->id) : rc;
}

enum ecode payment_take_over(struct ctx *ctx, const struct payment_past *h)
{
    const struct payment_fact created = {
        .kind = FACT_CREATED, .ref = "", .charge = "", .amount = 0, .currency = ""};
    enum ecode rc = insert(ctx, h);
    if (rc == E_OK)
        rc = insert_event(ctx, h, &created, h->created_at);
    for (size_t i = 0; rc == E_OK && i < h->n; i++)
        rc = insert_event(ctx, h, &h->facts[i], h->at[i]);
    return rc == E_OK ? write_state(ctx, h) : rc;
}
