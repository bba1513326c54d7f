#include "domain/ledger/ledger_check.h"

#include "ledger.sql.h"

#define WALLETS_PAGE 500
#define POSTINGS_PAGE 2000

struct wallet_row {
    struct uuid user;
    int64_t amount, seq;
};
struct posting_row {
    struct uuid user;
    int64_t seq, amount, after;
};

/* The postings in their order, a page at a time: PostgreSQL would hold all of them in memory. */
struct postings {
    struct ctx *ctx;
    struct posting_row rows[POSTINGS_PAGE];
    size_t n, at;
    bool one_wallet, ended;
    struct uuid user; /* behind (user, seq) */
    int64_t seq;
};

static enum ecode next_page(struct postings *p)
{
    enum stmt_step step;
    struct stmt *q = db_query(p->ctx->db, p->one_wallet ? &Q_ledger_check_wallet : &Q_ledger_check_postings);
    stmt_bind_uuid(q, 1, &p->user);
    stmt_bind_i64(q, 2, p->seq);
    stmt_bind_i64(q, 3, POSTINGS_PAGE);
    for (p->n = p->at = 0; (step = stmt_step(q)) == STMT_ROW; p->n++)
        p->rows[p->n] = (struct posting_row){stmt_uuid(q, 0), stmt_i64(q, 1), stmt_i64(q, 2), stmt_i64(q, 3)};
    if (step == STMT_ERROR)
        return p->ctx->err.code;
    p->ended = p->n < POSTINGS_PAGE;
    if (p->n > 0) {
        p->user = p->rows[p->n - 1].user;
        p->seq = p->rows[p->n - 1].seq;
    }
    return E_OK;
}

/* *out: the next posting, not taken yet; NULL: there is none. */
static enum ecode peek(struct postings *p, const struct posting_row **out)
{
    if (p->at == p->n && !p->ended) {
        enum ecode rc = next_page(p);
        if (rc != E_OK)
            return rc;
    }
    *out = p->at < p->n ? &p->rows[p->at] : NULL;
    return E_OK;
}

/* The postings of one wallet (its row or, without one, zero), taken from the stream. */
static enum ecode check_wallet(struct postings *p, const struct wallet_row *w, struct doctor_result *r)
{
    const struct posting_row *row;
    struct ctx *ctx = p->ctx;
    char id[UUID_TEXT];
    int64_t seq = 0, after = 0, sum = 0;
    uuid_format(&w->user, id);
    for (;; p->at++) {
        enum ecode rc = peek(p, &row);
        if (rc != E_OK)
            return rc;
        if (!row || uuid_cmp(&row->user, &w->user) != 0)
            break;
        if (row->seq != seq + 1)
            doctor_name(ctx, r, "user %s: posting %lld follows %lld", id, (long long)row->seq,
                        (long long)seq);
        int64_t expected;
        if (__builtin_add_overflow(after, row->amount, &expected) || row->after != expected)
            doctor_name(ctx, r, "user %s: posting %lld of %lld leaves %lld, not %lld", id,
                        (long long)row->seq, (long long)row->amount, (long long)expected,
                        (long long)row->after);
        seq = row->seq;
        after = row->after;
        if (__builtin_add_overflow(sum, row->amount, &sum))
            doctor_name(ctx, r, "user %s: the sum of the postings is out of range", id);
    }
    if (w->amount != sum)
        doctor_name(ctx, r, "user %s: balance %lld is not the sum of its transactions, %lld", id,
                    (long long)w->amount, (long long)sum);
    if (w->seq != seq)
        doctor_name(ctx, r, "user %s: balance %lld is numbered %lld, its newest posting %lld", id,
                    (long long)w->amount, (long long)w->seq, (long long)seq);
    return E_OK;
}

/* Postings of people before `user` (NULL: of anybody) have no wallet. */
static enum ecode check_strays(struct postings *p, const struct uuid *user, struct doctor_result *r)
{
    const struct posting_row *row;
    char id[UUID_TEXT];
    for (;; p->at++) {
        enum ecode rc = peek(p, &row);
        if (rc != E_OK || !row || (user && uuid_cmp(&row->user, user) >= 0))
            return rc;
        doctor_name(p->ctx, r, "user %s: posting %lld has no wallet", uuid_format(&row->user, id),
                    (long long)row->seq);
    }
}

static enum ecode check(struct ctx *ctx, struct instant since, bool all, struct doctor_result *r)
{
    struct wallet_row *wallets = arena_array(ctx->arena, WALLETS_PAGE, sizeof *wallets);
    struct postings *p = arena_alloc(ctx->arena, sizeof *p);
    struct uuid after = {{0}};
    size_t n = WALLETS_PAGE;
    enum ecode rc = E_OK;
    p->ctx = ctx;
    p->one_wallet = !all;
    while (rc == E_OK && n == WALLETS_PAGE) {
        enum stmt_step step;
        struct stmt *q = db_query(ctx->db, &Q_ledger_check_wallets);
        stmt_bind_uuid(q, 1, &after);
        stmt_bind_time(q, 2, since);
        stmt_bind_i64(q, 3, WALLETS_PAGE);
        for (n = 0; (step = stmt_step(q)) == STMT_ROW; n++)
            wallets[n] = (struct wallet_row){stmt_uuid(q, 0), stmt_i64(q, 1), stmt_i64(q, 2)};
        if (step == STMT_ERROR)
            return ctx->err.code;
        for (size_t i = 0; i < n && rc == E_OK; i++) {
            after = wallets[i].user;
            if (all) {
                rc = check_strays(p, &after, r);
            } else {
                p->user = after;
                p->seq = 0;
                p->n = p->at = 0;
                p->ended = false;
            }
            if (rc == E_OK)
                rc = check_wallet(p, &wallets[i], r);
        }
    }
    return rc == E_OK && all ? check_strays(p, NULL, r) : rc;
}

enum ecode ledger_check_all(struct ctx *ctx, struct doctor_result *r)
{
    return check(ctx, instant_from_ms(0), true, r);
}

enum ecode ledger_check_changed(struct ctx *ctx, struct instant since, struct doctor_result *r)
{
    return check(ctx, since, false, r);
}
