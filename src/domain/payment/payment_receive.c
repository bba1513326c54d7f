#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "domain/payment/payment_internal.h"
#include "domain/user/user.h"
#include "payment.sql.h"

/* What providers say, on its way to the payment it is about. */

#define STRAYS_MAX 20

/* Acts for a person who was erased: the books go on, in UTC. */
static enum ecode act_for_erased(struct ctx *ctx, const struct uuid *user_id)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_erased);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_NOT_FOUND, "there is no such person") : rc;
    stmt_end(q);
    struct actor actor = {.role = ROLE_SYSTEM, .user_id = *user_id, .tier = TIER_FREE};
    rc = zone_get("UTC", &actor.zone, &ctx->err);
    if (rc == E_OK)
        ctx->actor = actor;
    return rc;
}

enum ecode payment_act_for(struct ctx *ctx, const struct uuid *user_id)
{
    enum ecode rc = ctx_lock_people(ctx, user_id, 1);
    if (rc == E_OK)
        rc = ctx_act_as(ctx, user_id);
    if (rc != E_NOT_FOUND)
        return rc;
    err_clear(&ctx->err);
    return act_for_erased(ctx, user_id);
}

static bool bad_text(const char *s)
{
    return s && (strlen(s) > PAYMENT_REF_BYTES_MAX || !utf8_valid(s, strlen(s)));
}

static bool is_reversal(enum payment_fact_kind kind)
{
    return kind >= FACT_REFUNDED && kind <= FACT_DISPUTE_LOST;
}

static enum ecode check_notice(struct ctx *ctx, const struct payment_notice *n)
{
    CHECK(n->provider < PROVIDERS && n->kind < FACT_KINDS);
    if (bad_text(n->ref) || ((n->kind == FACT_SUCCEEDED || is_reversal(n->kind)) && (!n->ref || !*n->ref)))
        return err_field(&ctx->err, "ref", "must be the provider's id, at most %d bytes",
                         PAYMENT_REF_BYTES_MAX);
    if (bad_text(n->charge) || (is_reversal(n->kind) && (!n->charge || !*n->charge)))
        return err_field(&ctx->err, "charge", "must be the charge it is about, at most %d bytes",
                         PAYMENT_REF_BYTES_MAX);
    bool needs_amount = n->kind == FACT_SUCCEEDED || n->kind == FACT_REFUNDED;
    if (n->amount < (needs_amount ? 1 : 0) || n->amount > PAYMENT_AMOUNT_MAX)
        return err_field(&ctx->err, "amount", "must be a whole number of minor units from 1 to %lld",
                         (long long)PAYMENT_AMOUNT_MAX);
    if ((n->kind == FACT_SUCCEEDED && !n->currency) || (n->currency && strlen(n->currency) > 8))
        return err_field(&ctx->err, "currency", "must be named");
    if (bad_text(n->payer) || bad_text(n->note) || bad_text(n->method))
        return err_field(&ctx->err, "payer", "is too long");
    return E_OK;
}

static enum ecode entry_of(struct ctx *ctx, const struct payment_notice *n, struct payment_entry *out)
{
    *out = (struct payment_entry){
        .fact = {.kind = n->kind,
                 .ref = n->ref ? n->ref : "",
                 .charge = n->charge ? n->charge : "",
                 .amount = n->amount,
                 .currency = n->currency ? n->currency : "",
                 .has_payer = n->payer != NULL},
        .note = n->note,
        .pay_url = n->pay_url,
        .method = n->method,
        .occurred_at = n->occurred_at.ms ? n->occurred_at : ctx->now,
    };
    return n->payer ? payment_payer_hash(ctx, n->provider, n->payer, out->fact.payer) : E_OK;
}

/* The charge by which the payment can be known. */
static const char *charge_of(const struct payment_notice *n)
{
    return n->charge && *n->charge ? n->charge : n->ref ? n->ref : "";
}

/* Two ids of one row, or E_NOT_FOUND. */
static enum ecode two_ids(struct stmt *q, struct uuid *a, struct uuid *b)
{
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *a = stmt_uuid(q, 0);
        *b = stmt_uuid(q, 1);
        stmt_end(q);
    }
    return rc;
}

static const char *directory_key(struct ctx *ctx, enum payment_provider provider, const char *charge)
{
    return arena_printf(ctx->arena, "pay:%s:%s", payment_provider_names[provider], charge);
}

/* Whose charge it is; E_NOT_FOUND: nobody's so far. */
static enum ecode owner_of(struct ctx *ctx, enum payment_provider provider, const char *charge,
                           struct uuid *user_id, struct uuid *id)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_directory_get);
    stmt_bind_text(q, 1, directory_key(ctx, provider, charge));
    enum ecode rc = two_ids(q, user_id, id);
    if (rc != E_NOT_FOUND)
        return rc;
    q = db_query(ctx->db, &Q_payment_by_charge);
    stmt_bind_text(q, 1, payment_provider_names[provider]);
    stmt_bind_text(q, 2, charge);
    return two_ids(q, user_id, id);
}

enum ecode payment_claim(struct ctx *ctx, enum payment_provider provider, const char *charge,
                         const struct uuid *user_id, const struct uuid *id)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_directory_claim);
    stmt_bind_text(q, 1, directory_key(ctx, provider, charge));
    stmt_bind_uuid(q, 2, user_id);
    stmt_bind_uuid(q, 3, id);
    stmt_bind_time(q, 4, ctx->now);
    return stmt_run(q);
}

/* Makes the charge this payment's. *mine false: it is another one's. */
static enum ecode claim_charge(struct ctx *ctx, const struct payment_row *row, const char *charge, bool *mine)
{
    struct uuid user_id, id;
    enum ecode rc = owner_of(ctx, row->p.provider, charge, &user_id, &id);
    if (rc == E_NOT_FOUND) {
        rc = payment_claim(ctx, row->p.provider, charge, &row->p.user_id, &row->p.id);
        if (rc == E_OK)
            rc = owner_of(ctx, row->p.provider, charge, &user_id, &id);
    }
    if (rc == E_OK)
        *mine = uuid_cmp(&id, &row->p.id) == 0 && uuid_cmp(&user_id, &row->p.user_id) == 0;
    return rc;
}

/* Which payment it is about. E_NOT_FOUND: none that is known. */
static enum ecode find_payment(struct ctx *ctx, const struct payment_notice *n, struct payment_row *row)
{
    struct uuid user_id = n->user_id, id = n->payment_id;
    enum ecode rc = E_OK;
    if (uuid_is_zero(&user_id) || uuid_is_zero(&id))
        rc = *charge_of(n) ? owner_of(ctx, n->provider, charge_of(n), &user_id, &id) : E_NOT_FOUND;
    if (rc == E_OK)
        rc = payment_act_for(ctx, &user_id);
    if (rc == E_OK)
        rc = payment_row_load(ctx, &user_id, &id, row);
    if (rc == E_OK && row->p.provider != n->provider)
        rc = E_NOT_FOUND;
    if (rc == E_NOT_FOUND)
        err_clear(&ctx->err);
    return rc;
}

/* Kept for the day its payment turns up, credited to nobody. */
static enum ecode keep_stray(struct ctx *ctx, const struct payment_notice *n, const struct payment_entry *e)
{
    struct uuid nobody = {{0}}, id = payment_entry_id(&nobody, &e->fact);
    struct stmt *q = db_query(ctx->db, &Q_payment_stray_insert);
    stmt_bind_text(q, 1, payment_provider_names[n->provider]);
    stmt_bind_uuid(q, 2, &id);
    stmt_bind_text(q, 3, payment_fact_names[n->kind]);
    stmt_bind_text(q, 4, e->fact.ref);
    stmt_bind_text(q, 5, charge_of(n));
    stmt_bind_i64(q, 6, n->amount);
    stmt_bind_text(q, 7, e->fact.currency);
    stmt_bind_bytes(q, 8, e->fact.has_payer ? e->fact.payer : NULL, SHA256_LEN);
    stmt_bind_text(q, 9, n->note);
    stmt_bind_time(q, 10, e->occurred_at);
    stmt_bind_time(q, 11, ctx->now);
    enum ecode rc = stmt_run(q);
    bool money = n->kind == FACT_SUCCEEDED || is_reversal(n->kind);
    if (rc == E_OK && money)
        rc = payment_alert(ctx, TROUBLE_STRAY, n->provider, charge_of(n));
    return rc;
}

/* Events that came before anybody knew whose charge this is. */
static enum ecode adopt_strays(struct ctx *ctx, const struct payment_row *row, const char *charge,
                               struct payment_entry *entries, size_t *n)
{
    struct arena *a = ctx->arena;
    struct uuid ids[STRAYS_MAX];
    size_t count = 0, len;
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_payment_strays);
    stmt_bind_text(q, 1, payment_provider_names[row->p.provider]);
    stmt_bind_text(q, 2, charge);
    stmt_bind_i64(q, 3, STRAYS_MAX);
    while ((step = stmt_step(q)) == STMT_ROW && count < STRAYS_MAX) {
        struct payment_entry *e = &entries[*n + count];
        ids[count++] = stmt_uuid(q, 0);
        enum payment_fact_kind kind = (enum payment_fact_kind)name_index(payment_fact_names, stmt_text(q, 1));
        *e = (struct payment_entry){
            .fact = {.kind = kind,
                     .ref = arena_strdup(a, stmt_text(q, 2)),
                     .charge = is_reversal(kind) ? charge : "",
                     .amount = stmt_i64(q, 3),
                     .currency = arena_strdup(a, stmt_text(q, 4))},
            .note = arena_strdup(a, stmt_text(q, 6)),
            .occurred_at = stmt_time(q, 7),
        };
        const void *payer = stmt_bytes(q, 5, &len);
        e->fact.has_payer = payer && len == SHA256_LEN;
        if (e->fact.has_payer)
            memcpy(e->fact.payer, payer, SHA256_LEN);
    }
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    for (size_t i = 0; i < count; i++) {
        q = db_query(ctx->db, &Q_payment_stray_adopt);
        stmt_bind_text(q, 1, payment_provider_names[row->p.provider]);
        stmt_bind_uuid(q, 2, &ids[i]);
        stmt_bind_uuid(q, 3, &row->p.id);
        enum ecode rc = stmt_run(q);
        if (rc != E_OK)
            return rc;
    }
    *n += count;
    return count ? payment_alert_over(ctx, TROUBLE_STRAY, charge) : E_OK;
}

enum ecode payment_receive(struct ctx *ctx, const struct payment_notice *n, struct payment_change *out)
{
    struct payment_entry entries[1 + STRAYS_MAX];
    size_t count = 1;
    struct payment_row row;
    bool mine = true;
    enum ecode rc = check_notice(ctx, n);
    if (rc == E_OK)
        rc = entry_of(ctx, n, &entries[0]);
    if (rc != E_OK)
        return rc;
    rc = find_payment(ctx, n, &row);
    if (rc == E_NOT_FOUND) {
        *out = (struct payment_change){.outcome = NOTICE_STRAY};
        return keep_stray(ctx, n, &entries[0]);
    }
    const char *charge = charge_of(n);
    bool names_charge = is_reversal(n->kind) || n->kind == FACT_PENDING || n->kind == FACT_SUCCEEDED;
    if (rc == E_OK && *charge && names_charge)
        rc = claim_charge(ctx, &row, charge, &mine);
    if (rc == E_OK && !mine) {
        *out = (struct payment_change){.outcome = NOTICE_FOREIGN, .payment = row.p};
        return payment_alert(ctx, TROUBLE_FOREIGN_CHARGE, n->provider, charge);
    }
    if (rc == E_OK && *charge && names_charge)
        rc = adopt_strays(ctx, &row, charge, entries, &count);
    return rc == E_OK ? payment_record(ctx, &row, entries, count, out) : rc;
}
