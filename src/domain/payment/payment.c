#include "domain/payment/payment.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/hash.h"
#include "domain/payment/payment_internal.h"
#include "domain/secret/secret.h"
#include "payment.sql.h"

const char *const payment_provider_names[] = {
    [PROVIDER_STARS] = "stars",     [PROVIDER_YOOKASSA] = "yookassa", [PROVIDER_CRYPTOBOT] = "cryptobot",
    [PROVIDER_SANDBOX] = "sandbox", [PROVIDER_BALANCE] = "balance",   [PROVIDERS] = NULL,
};
const char *const payment_purpose_names[] = {
    [PURPOSE_TOPUP] = "topup",
    [PURPOSE_SUBSCRIPTION] = "subscription",
    [PURPOSES] = NULL,
};

const char *payment_currency(const struct ctx *ctx, enum payment_provider provider)
{
    return provider == PROVIDER_STARS       ? "XTR"
           : provider == PROVIDER_CRYPTOBOT ? "USDT"
                                            : ctx->policy->currency;
}

bool payment_is_answered(const struct payment *p)
{
    return p->pay_url || p->status > PAYMENT_UNKNOWN;
}

enum payment_wallet payment_wallet_of(enum payment_provider provider, enum payment_purpose purpose)
{
    if (purpose == PURPOSE_TOPUP)
        return WALLET_TOPPED_UP;
    return provider == PROVIDER_BALANCE ? WALLET_SPENT : WALLET_UNTOUCHED;
}

static enum ecode no_payment(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_NOT_FOUND, "payment_not_found", "there is no such payment");
}

static void read_payment(struct ctx *ctx, struct stmt *q, struct payment *p)
{
    struct arena *a = ctx->arena;
    *p = (struct payment){
        .user_id = stmt_uuid(q, 0),
        .id = stmt_uuid(q, 1),
        .provider = (enum payment_provider)name_index(payment_provider_names, stmt_text(q, 2)),
        .charge = arena_strdup(a, stmt_text(q, 3)),
        .key = arena_strdup(a, stmt_text(q, 4)),
        .purpose = (enum payment_purpose)name_index(payment_purpose_names, stmt_text(q, 5)),
        .plan = arena_strdup(a, stmt_text(q, 6)),
        .amount = stmt_i64(q, 7),
        .refunded = stmt_i64(q, 8),
        .currency = arena_strdup(a, stmt_text(q, 9)),
        .status = (enum payment_status)name_index(payment_status_names, stmt_text(q, 10)),
        .pay_url = arena_strdup(a, stmt_text(q, 11)),
        .method = arena_strdup(a, stmt_text(q, 12)),
        .created_at = stmt_time(q, 13),
        .has_paid_at = !stmt_is_null(q, 14),
        .paid_at = stmt_time(q, 14),
    };
}

enum ecode payment_row_load(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
                            struct payment_row *out)
{
    size_t len;
    struct stmt *q = db_query(ctx->db, &Q_payment_get);
    stmt_bind_uuid(q, 1, user_id);
    stmt_bind_uuid(q, 2, id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? no_payment(ctx) : rc;
    struct payment_row row = {.events = stmt_i64(q, 16),
                              .waiting = !stmt_is_null(q, 17),
                              .waiting_since = stmt_time(q, 17),
                              .checks = (int)stmt_i64(q, 18),
                              .has_next_check = !stmt_is_null(q, 19),
                              .next_check_at = stmt_time(q, 19),
                              .save_method = stmt_bool(q, 20)};
    read_payment(ctx, q, &row.p);
    row.terms = (struct payment_terms){.amount = row.p.amount, .currency = row.p.currency};
    const void *payer = stmt_bytes(q, 15, &len);
    if (payer && len == SHA256_LEN) {
        row.terms.has_payer = true;
        memcpy(row.terms.payer, payer, SHA256_LEN);
    }
    stmt_end(q);
    if ((int)row.p.provider < 0 || (int)row.p.purpose < 0 || (int)row.p.status < 0)
        return err_set(&ctx->err, E_CORRUPT, "a stored payment has an unknown provider, purpose or status");
    *out = row;
    return E_OK;
}

enum ecode payment_load(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
                        struct payment *out)
{
    struct payment_row row;
    enum ecode rc = payment_row_load(ctx, user_id, id, &row);
    if (rc == E_OK)
        *out = row.p;
    return rc;
}

enum ecode payment_get(struct ctx *ctx, const struct payment_ref *in, struct payment *out)
{
    return payment_load(ctx, &ctx->actor.user_id, &in->id, out);
}

/* The price of what is ordered. */
static enum ecode order_amount(struct ctx *ctx, const struct payment_order *o, const char *currency,
                               int64_t *out)
{
    if (o->currency && strcmp(o->currency, currency) != 0)
        return err_field(&ctx->err, "currency", "%s takes %s", payment_provider_names[o->provider], currency);
    if (o->purpose == PURPOSE_TOPUP) {
        if (o->plan)
            return err_field(&ctx->err, "plan", "does not belong to a top-up");
        if (strcmp(currency, ctx->policy->currency) != 0)
            return err_field(&ctx->err, "purpose", "%s buys plans and does not fill the wallet",
                             payment_provider_names[o->provider]);
        if (o->amount < 1 || o->amount > PAYMENT_AMOUNT_MAX)
            return err_field(&ctx->err, "amount", "must be a whole number of minor units from 1 to %lld",
                             (long long)PAYMENT_AMOUNT_MAX);
        *out = o->amount;
        return E_OK;
    }
    const struct plan *plan = plan_find(ctx->policy->plans, o->plan);
    if (!plan)
        return err_field(&ctx->err, "plan", "is not one of the plans");
    int64_t price = plan_price(plan, currency);
    if (price == 0)
        return err_field(&ctx->err, "plan", "is not sold in %s", currency);
    if (o->amount != 0 && o->amount != price)
        return err_field(&ctx->err, "amount", "is the plan's price, %lld", (long long)price);
    *out = price;
    return E_OK;
}

static enum ecode order_key(struct ctx *ctx, const struct payment_order *o, const char **out)
{
    char id[UUID_TEXT];
    struct uuid fresh = ctx_new_id(ctx);
    if (o->key && (*o->key == '\0' || strlen(o->key) > PAYMENT_KEY_BYTES_MAX))
        return err_field(&ctx->err, "key", "must be 1 to %d bytes", PAYMENT_KEY_BYTES_MAX);
    *out = o->key ? o->key : arena_strdup(ctx->arena, uuid_format(&fresh, id));
    return E_OK;
}

static enum ecode by_key(struct ctx *ctx, const char *key, struct payment_row *out)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_by_key);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_text(q, 2, key);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_RETRY, "the same key is being used at this moment")
                                 : rc;
    struct uuid id = stmt_uuid(q, 0);
    stmt_end(q);
    return payment_row_load(ctx, &ctx->actor.user_id, &id, out);
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (!a || strcmp(a, b) == 0);
}

enum ecode payment_order_insert(struct ctx *ctx, const struct payment_order *o,
                                enum payment_provider provider, int64_t amount, const char *currency,
                                const char *key, struct payment_row *out, bool *is_new)
{
    uint8_t payer[SHA256_LEN];
    enum ecode rc = o->payer ? payment_payer_hash(ctx, provider, o->payer, payer) : E_OK;
    if (rc != E_OK)
        return rc;
    struct uuid id = ctx_new_id(ctx);
    struct stmt *q = db_query(ctx->db, &Q_payment_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &id);
    stmt_bind_text(q, 3, payment_provider_names[provider]);
    stmt_bind_text(q, 4, key);
    stmt_bind_text(q, 5, payment_purpose_names[o->purpose]);
    stmt_bind_text(q, 6, o->plan);
    stmt_bind_i64(q, 7, amount);
    stmt_bind_text(q, 8, currency);
    stmt_bind_bytes(q, 9, o->payer ? payer : NULL, sizeof payer);
    stmt_bind_bool(q, 10, o->save_method);
    stmt_bind_text(q, 11, o->method);
    stmt_bind_time(q, 12, ctx->now);
    rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    stmt_end(q);
    if (rc == E_NOT_FOUND) {
        rc = by_key(ctx, key, out);
        *is_new = false;
        if (rc == E_OK &&
            (out->p.provider != provider || out->p.purpose != o->purpose || out->p.amount != amount ||
             strcmp(out->p.currency, currency) != 0 || !same_text(out->p.plan, o->plan)))
            return err_reason(&ctx->err, E_CONFLICT, "idempotency_key_reused",
                              "this key was used for another payment");
        return rc;
    }
    *is_new = true;
    return payment_row_load(ctx, &ctx->actor.user_id, &id, out);
}

enum ecode payment_create(struct ctx *ctx, const struct payment_order *in, struct payment *out)
{
    struct payment_row row;
    struct payment_change change;
    const char *key;
    int64_t amount;
    bool is_new;
    if (in->provider >= PROVIDERS || !payment_is_open(ctx->policy, in->provider, false))
        return err_field(&ctx->err, "provider", "is not one of those offered here");
    if (!payment_is_open(ctx->policy, in->provider, ctx->actor.origin == ORIGIN_TELEGRAM)) {
        err_field(&ctx->err, "provider", "is not offered inside Telegram, where plans are paid in Stars");
        memcpy(ctx->err.reason, "provider_closed_in_telegram", sizeof "provider_closed_in_telegram");
        return E_INVALID;
    }
    const char *currency = payment_currency(ctx, in->provider);
    enum ecode rc = order_amount(ctx, in, currency, &amount);
    if (rc == E_OK)
        rc = order_key(ctx, in, &key);
    if (rc == E_OK)
        rc = payment_contact_keep(ctx, in);
    if (rc == E_OK)
        rc = payment_order_insert(ctx, in, in->provider, amount, currency, key, &row, &is_new);
    if (rc == E_OK && is_new) {
        struct payment_entry created = {
            .fact = {.kind = FACT_CREATED, .ref = "", .charge = "", .currency = ""}, .occurred_at = ctx->now};
        rc = payment_record(ctx, &row, &created, 1, &change);
        if (rc == E_OK)
            rc = payment_ask(ctx, &row.p, CALL_CREATE, &(struct payment_call_args){.charge = NULL});
    }
    if (rc == E_OK)
        *out = row.p;
    return rc;
}

enum ecode payment_create_renewal(struct ctx *ctx, const struct payment *first, const char *charge,
                                  struct payment *out)
{
    struct payment_row row, original;
    struct payment_change change;
    bool is_new;
    enum ecode rc = payment_act_for(ctx, &first->user_id);
    if (rc == E_OK)
        rc = payment_row_load(ctx, &first->user_id, &first->id, &original);
    if (rc != E_OK)
        return rc;
    struct payment_order order = {
        .purpose = original.p.purpose, .plan = original.p.plan, .save_method = true};
    const char *key =
        arena_printf(ctx->arena, "renewal:%s:%s", payment_provider_names[first->provider], charge);
    rc = payment_order_insert(ctx, &order, first->provider, original.p.amount, original.p.currency, key, &row,
                              &is_new);
    if (rc == E_OK && is_new) {
        struct payment_entry created = {
            .fact = {.kind = FACT_CREATED, .ref = "", .charge = "", .currency = ""}, .occurred_at = ctx->now};
        rc = payment_record(ctx, &row, &created, 1, &change);
    }
    if (rc == E_OK)
        *out = row.p;
    return rc;
}

enum ecode payment_payer_hash(struct ctx *ctx, enum payment_provider provider, const char *payer,
                              uint8_t out[SHA256_LEN])
{
    const char *text = arena_printf(ctx->arena, "%s:%s", payment_provider_names[provider], payer);
    return secret_hmac(ctx, "payer", text, strlen(text), out);
}

char *payment_payload(const struct payment *p, char out[PAYMENT_PAYLOAD_TEXT])
{
    char user[UUID_TEXT], id[UUID_TEXT];
    snprintf(out, PAYMENT_PAYLOAD_TEXT, "%s:%s", uuid_format(&p->user_id, user), uuid_format(&p->id, id));
    return out;
}

bool payment_payload_parse(const char *s, size_t len, struct uuid *user_id, struct uuid *id)
{
    return len == PAYMENT_PAYLOAD_TEXT - 1 && s[UUID_TEXT - 1] == ':' &&
           uuid_parse(s, UUID_TEXT - 1, user_id) && uuid_parse(s + UUID_TEXT, UUID_TEXT - 1, id);
}
