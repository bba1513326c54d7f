#include "domain/ledger/ledger.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/ledger/ledger_internal.h"
#include "domain/subscription/subscription.h"
#include "ledger.sql.h"

const char *const posting_kind_names[] = {
    [POSTING_TOPUP] = "topup",
    [POSTING_SUBSCRIPTION] = "subscription",
    [POSTING_REFUND] = "refund",
    [POSTING_CHARGEBACK] = "chargeback",
    [POSTING_REFERRAL_REWARD] = "referral_reward",
    [POSTING_ADJUSTMENT] = "adjustment",
    [POSTING_KINDS] = NULL,
};

bool posting_may_owe(enum posting_kind kind, int64_t amount)
{
    return amount > 0 || (kind != POSTING_SUBSCRIPTION && kind != POSTING_TOPUP);
}

const char *posting_actor(const struct ctx *ctx)
{
    return ctx->actor.role == ROLE_ADMIN ? "admin" : ctx->actor.role == ROLE_USER ? "user" : "system";
}

enum ecode posting_key_reused(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_CONFLICT, "idempotency_key_reused",
                      "this key was used for another posting");
}

enum ecode posting_wrong_currency(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_CONFLICT, "wallet_currency", "the wallet is not in %s",
                      ctx->policy->currency);
}

enum ecode posting_out_of_range(struct ctx *ctx)
{
    return err_set(&ctx->err, E_LIMIT, "the balance would be out of range");
}

enum ecode posting_check(struct ctx *ctx, const struct posting_request *in)
{
    CHECK(in->kind < POSTING_KINDS && in->key != NULL);
    if (in->amount == 0 || in->amount > LEDGER_AMOUNT_MAX || in->amount < -LEDGER_AMOUNT_MAX)
        return err_field(&ctx->err, "amount", "must be a whole number of minor units, not 0, at most %lld",
                         (long long)LEDGER_AMOUNT_MAX);
    if ((in->kind == POSTING_TOPUP && in->amount < 0) || (in->kind == POSTING_SUBSCRIPTION && in->amount > 0))
        return err_field(&ctx->err, "amount", "has the wrong sign for a %s", posting_kind_names[in->kind]);
    if (*in->key == '\0' || strlen(in->key) > LEDGER_KEY_BYTES_MAX)
        return err_field(&ctx->err, "key", "must be 1 to %d bytes", LEDGER_KEY_BYTES_MAX);
    if (in->kind == POSTING_ADJUSTMENT && (!in->reason || *in->reason == '\0'))
        return err_field(&ctx->err, "reason", "is required");
    if (in->reason &&
        (strlen(in->reason) > LEDGER_REASON_BYTES_MAX || !utf8_valid(in->reason, strlen(in->reason))))
        return err_field(&ctx->err, "reason", "must be at most %d bytes of UTF-8", LEDGER_REASON_BYTES_MAX);
    return E_OK;
}

void posting_hash(const struct posting_request *in, uint8_t out[SHA256_LEN])
{
    char payment[UUID_TEXT];
    struct buf b;
    buf_init(&b, 2048);
    const char *kind = posting_kind_names[in->kind], *reason = in->reason ? in->reason : "";
    uuid_format(&in->payment_id, payment);
    buf_printf(&b, "%zu:%s%lld;%s%zu:%s", strlen(kind), kind, (long long)in->amount, payment, strlen(reason),
               reason);
    CHECK(!buf_overflowed(&b));
    sha256(b.data, b.len, out);
    buf_release(&b);
}

static enum ecode open_wallet(struct ctx *ctx, const struct uuid *user_id)
{
    struct stmt *q = db_query(ctx->db, &Q_ledger_wallet_open);
    stmt_bind_uuid(q, 1, user_id);
    stmt_bind_text(q, 2, ctx->policy->currency);
    stmt_bind_time(q, 3, ctx->now);
    return stmt_run(q);
}

/* Two statements when all is well: the posting if the wallet allows it, and the wallet. E_NOT_FOUND: not
 * posted, nobody knows yet why. */
static enum ecode try_post(struct ctx *ctx, const struct posting_request *in, const uint8_t hash[SHA256_LEN],
                           struct posting *out)
{
    struct stmt *q = db_query(ctx->db, &Q_ledger_insert);
    stmt_bind_uuid(q, 1, &in->user_id);
    stmt_bind_text(q, 2, posting_kind_names[in->kind]);
    stmt_bind_i64(q, 3, in->amount);
    stmt_bind_text(q, 4, in->key);
    stmt_bind_bytes(q, 5, hash, SHA256_LEN);
    stmt_bind_uuid(q, 6, uuid_is_zero(&in->payment_id) ? NULL : &in->payment_id);
    stmt_bind_text(q, 7, in->reason);
    stmt_bind_text(q, 8, posting_actor(ctx));
    stmt_bind_time(q, 9, ctx->now);
    stmt_bind_text(q, 10, ctx->policy->currency);
    stmt_bind_bool(q, 11, posting_may_owe(in->kind, in->amount));
    enum ecode rc = stmt_row(q);
    if (rc == E_UNIQUE)
        return err_set(&ctx->err, E_RETRY, "another writer posted to this wallet at this moment");
    if (rc != E_OK)
        return rc;
    *out = (struct posting){.outcome = POSTED_NEW,
                            .kind = in->kind,
                            .seq = stmt_i64(q, 0),
                            .amount = in->amount,
                            .balance_after = stmt_i64(q, 1),
                            .payment_id = in->payment_id,
                            .reason = in->reason,
                            .created_at = ctx->now};
    stmt_end(q);
    q = db_query(ctx->db, &Q_ledger_wallet_update);
    stmt_bind_uuid(q, 1, &in->user_id);
    stmt_bind_i64(q, 2, out->balance_after);
    stmt_bind_i64(q, 3, out->seq);
    stmt_bind_time(q, 4, ctx->now);
    return stmt_run(q);
}

/* A posting from a row of ledger_list, or of what follows the hash in ledger_by_key. */
static struct posting posting_from_row(struct ctx *ctx, struct stmt *q, int c)
{
    return (struct posting){
        .outcome = POSTED_BEFORE,
        .seq = stmt_i64(q, c),
        .kind = (enum posting_kind)name_index(posting_kind_names, stmt_text(q, c + 1)),
        .amount = stmt_i64(q, c + 2),
        .balance_after = stmt_i64(q, c + 3),
        .payment_id = stmt_uuid(q, c + 4),
        .reason = arena_strdup(ctx->arena, stmt_text(q, c + 5)),
        .created_at = stmt_time(q, c + 6),
    };
}

/* What the key has done before. E_NOT_FOUND: nothing. */
static enum ecode find_key(struct ctx *ctx, const struct posting_request *in, const uint8_t hash[SHA256_LEN],
                           struct posting *out)
{
    size_t len;
    struct stmt *q = db_query(ctx->db, &Q_ledger_by_key);
    stmt_bind_uuid(q, 1, &in->user_id);
    stmt_bind_text(q, 2, in->key);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    const void *stored = stmt_bytes(q, 0, &len);
    bool same = len == SHA256_LEN && memcmp(stored, hash, SHA256_LEN) == 0;
    struct posting found = posting_from_row(ctx, q, 1);
    stmt_end(q);
    if (!same)
        return posting_key_reused(ctx);
    if (found.seq == 0)
        found.outcome = POSTED_REFUSED;
    *out = found;
    return E_OK;
}

enum ecode posting_refuse(struct ctx *ctx, const struct posting_request *in, const uint8_t hash[SHA256_LEN],
                          int64_t balance, struct posting *out)
{
    struct stmt *q = db_query(ctx->db, &Q_ledger_refusal_insert);
    stmt_bind_uuid(q, 1, &in->user_id);
    stmt_bind_text(q, 2, in->key);
    stmt_bind_bytes(q, 3, hash, SHA256_LEN);
    stmt_bind_text(q, 4, posting_kind_names[in->kind]);
    stmt_bind_i64(q, 5, in->amount);
    stmt_bind_i64(q, 6, balance);
    stmt_bind_time(q, 7, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_UNIQUE)
        return err_set(&ctx->err, E_RETRY, "another writer refused the same key at this moment");
    if (rc == E_OK)
        *out = (struct posting){.outcome = POSTED_REFUSED,
                                .kind = in->kind,
                                .amount = in->amount,
                                .balance_after = balance,
                                .payment_id = in->payment_id,
                                .reason = in->reason,
                                .created_at = ctx->now};
    return rc;
}

/* Why the first try wrote nothing: the key was used, there was no wallet, or it holds too little. */
static enum ecode post_slowly(struct ctx *ctx, const struct posting_request *in,
                              const uint8_t hash[SHA256_LEN], struct posting *out)
{
    enum ecode rc = find_key(ctx, in, hash, out);
    if (rc != E_NOT_FOUND)
        return rc;
    rc = open_wallet(ctx, &in->user_id);
    if (rc == E_OK)
        rc = try_post(ctx, in, hash, out);
    if (rc != E_NOT_FOUND)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_ledger_wallet_get);
    stmt_bind_uuid(q, 1, &in->user_id);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_RETRY, "the wallet is not visible yet") : rc;
    bool same = strcmp(stmt_text(q, 0), ctx->policy->currency) == 0;
    int64_t balance = stmt_i64(q, 1);
    stmt_end(q);
    if (!same)
        return posting_wrong_currency(ctx);
    if (balance > LEDGER_BALANCE_MAX || balance < -LEDGER_BALANCE_MAX)
        return posting_out_of_range(ctx);
    return posting_refuse(ctx, in, hash, balance, out);
}

enum ecode ledger_post(struct ctx *ctx, const struct posting_request *in, struct posting *out)
{
    uint8_t hash[SHA256_LEN];
    struct posting result;
    enum ecode rc = posting_check(ctx, in);
    if (rc != E_OK)
        return rc;
    posting_hash(in, hash);
    rc = try_post(ctx, in, hash, &result);
    if (rc == E_NOT_FOUND)
        rc = post_slowly(ctx, in, hash, &result);
    if (rc == E_OK)
        *out = result;
    return rc;
}

enum ecode wallet_of(struct ctx *ctx, const struct uuid *user_id, struct wallet *out)
{
    struct wallet w = {.currency = ctx->policy->currency};
    struct stmt *q = db_query(ctx->db, &Q_ledger_wallet_get);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    if (rc == E_OK) {
        w.currency = arena_strdup(ctx->arena, stmt_text(q, 0));
        w.balance = stmt_i64(q, 1);
        w.seq = stmt_i64(q, 2);
        stmt_end(q);
    }
    w.amount = w.balance > 0 ? w.balance : 0;
    w.debt = w.balance < 0 ? -w.balance : 0;
    *out = w;
    return E_OK;
}

enum ecode wallet_get(struct ctx *ctx, const void *unused, struct wallet *out)
{
    return wallet_of(ctx, &ctx->actor.user_id, out);
}

struct list_place posting_below(int64_t seq)
{
    return (struct list_place){.value = seq, .order = LIST_ORDER(0, true)}; /* the least id: itself is out */
}

enum ecode posting_list(struct ctx *ctx, const struct posting_query *in, struct posting_page *out)
{
    struct wallet w;
    struct list l;
    enum ecode rc = wallet_get(ctx, NULL, &w);
    if (rc == E_OK)
        rc = list_begin(ctx, &in->list, &Q_ledger_list, &l);
    if (rc != E_OK)
        return rc;
    struct posting_page page = {.items = arena_array(ctx->arena, (size_t)in->list.limit, sizeof *page.items),
                                .currency = w.currency};
    stmt_bind_uuid(l.q, 4, &ctx->actor.user_id);
    stmt_bind_text(l.q, 5, in->has_kind ? posting_kind_names[in->kind] : NULL);
    while (list_row(&l))
        page.items[page.count++] = posting_from_row(ctx, l.q, 2);
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}

static const char *audit_text(struct ctx *ctx, const struct adjusted *a)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 8192);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_i64(&w, "seq", a->posting.seq);
    json_field_i64(&w, "amount", a->posting.amount);
    json_field_string(&w, "currency", a->wallet.currency);
    json_field_string(&w, "reason", a->posting.reason);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

enum ecode wallet_adjust(struct ctx *ctx, const struct adjustment *in, struct adjusted *out)
{
    char id[UUID_TEXT];
    struct uuid fresh = ctx_new_id(ctx);
    struct adjusted a;
    struct posting_request request = {
        .user_id = in->user_id,
        .kind = POSTING_ADJUSTMENT,
        .amount = in->amount,
        .reason = in->reason,
        .key = arena_printf(ctx->arena, "adjust:%s", in->key ? in->key : uuid_format(&fresh, id)),
    };
    enum ecode rc = ctx_lock_people(ctx, &in->user_id, 1);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_ledger_person);
    stmt_bind_uuid(q, 1, &in->user_id);
    rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such person");
    if (rc != E_OK)
        return rc;
    stmt_end(q);
    rc = ledger_post(ctx, &request, &a.posting);
    if (rc == E_OK && a.posting.outcome == POSTED_NEW)
        rc = subscription_follow_wallet(ctx, &in->user_id, a.posting.balance_after - a.posting.amount,
                                        a.posting.balance_after);
    if (rc == E_OK)
        rc = wallet_of(ctx, &in->user_id, &a.wallet);
    if (rc != E_OK)
        return rc;
    ctx->subject = in->user_id;
    ctx->audit_detail = audit_text(ctx, &a);
    *out = a;
    return E_OK;
}
