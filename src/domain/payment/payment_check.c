#include "domain/payment/payment_check.h"

#include <string.h>
#include "domain/ledger/ledger.h"
#include "domain/payment/payment_internal.h"
#include "payment.sql.h"

/*
 * A page of payments, and for its range their events and postings in the same order: three statements for
 * many payments. Everything of a page lives in a scratch arena.
 */
#define PAGE 300
#define SCRATCH_BYTES (64u * 1024 * 1024)

struct checked {
    struct uuid user_id, id;
    const char *status, *charge;
    struct payment_terms terms;
    int64_t refunded, events;
    int provider, purpose;
    struct payment_fact facts[PAYMENT_FACTS_MAX + 1];
    size_t n;
    struct payment_target posted;
};

struct page {
    struct ctx *ctx;
    struct arena *scratch;
    struct checked *items[PAGE];
    size_t n;
};

static int compare_ids(const struct checked *c, const struct uuid *user_id, const struct uuid *id)
{
    int order = uuid_cmp(&c->user_id, user_id);
    return order ? order : uuid_cmp(&c->id, id);
}

/* The payment of a row; rows come in the order of the page. NULL: not in the page. */
static struct checked *advance(struct page *p, size_t *at, const struct uuid *user_id, const struct uuid *id)
{
    while (*at < p->n && compare_ids(p->items[*at], user_id, id) < 0)
        (*at)++;
    return *at < p->n && compare_ids(p->items[*at], user_id, id) == 0 ? p->items[*at] : NULL;
}

static enum ecode read_page(struct page *p, struct stmt *q)
{
    enum stmt_step step;
    size_t len;
    for (p->n = 0; (step = stmt_step(q)) == STMT_ROW; p->n++) {
        struct checked *c = p->items[p->n] = arena_alloc(p->scratch, sizeof *c);
        c->user_id = stmt_uuid(q, 0);
        c->id = stmt_uuid(q, 1);
        c->status = arena_strdup(p->scratch, stmt_text(q, 2));
        c->terms = (struct payment_terms){.amount = stmt_i64(q, 3),
                                          .currency = arena_strdup(p->scratch, stmt_text(q, 4))};
        const void *payer = stmt_bytes(q, 5, &len);
        c->terms.has_payer = payer && len == SHA256_LEN;
        if (c->terms.has_payer)
            memcpy(c->terms.payer, payer, SHA256_LEN);
        c->refunded = stmt_i64(q, 6);
        c->events = stmt_i64(q, 7);
        c->provider = name_index(payment_provider_names, stmt_text(q, 8));
        c->purpose = name_index(payment_purpose_names, stmt_text(q, 9));
        c->charge = arena_strdup(p->scratch, stmt_text(q, 10));
    }
    return step == STMT_ERROR ? p->ctx->err.code : E_OK;
}

static struct stmt *range_query(struct page *p, const struct query *query)
{
    struct stmt *q = db_query(p->ctx->db, query);
    stmt_bind_uuid(q, 1, &p->items[0]->user_id);
    stmt_bind_uuid(q, 2, &p->items[0]->id);
    stmt_bind_uuid(q, 3, &p->items[p->n - 1]->user_id);
    stmt_bind_uuid(q, 4, &p->items[p->n - 1]->id);
    return q;
}

static enum ecode read_events(struct page *p)
{
    enum stmt_step step;
    size_t at = 0, len;
    struct stmt *q = range_query(p, &Q_payment_check_events);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid user_id = stmt_uuid(q, 0), id = stmt_uuid(q, 1);
        struct checked *c = advance(p, &at, &user_id, &id);
        if (!c || c->n > PAYMENT_FACTS_MAX)
            continue;
        struct payment_fact *f = &c->facts[c->n++];
        *f = (struct payment_fact){
            .kind = (enum payment_fact_kind)name_index(payment_fact_names, stmt_text(q, 2)),
            .ref = arena_strdup(p->scratch, stmt_text(q, 3)),
            .charge = arena_strdup(p->scratch, stmt_text(q, 4)),
            .amount = stmt_i64(q, 5),
            .currency = arena_strdup(p->scratch, stmt_text(q, 6)),
        };
        const void *payer = stmt_bytes(q, 7, &len);
        f->has_payer = payer && len == SHA256_LEN;
        if (f->has_payer)
            memcpy(f->payer, payer, SHA256_LEN);
    }
    return step == STMT_ERROR ? p->ctx->err.code : E_OK;
}

static enum ecode read_postings(struct page *p)
{
    enum stmt_step step;
    size_t at = 0;
    struct stmt *q = range_query(p, &Q_payment_check_postings);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid user_id = stmt_uuid(q, 0), id = stmt_uuid(q, 1);
        struct checked *c = advance(p, &at, &user_id, &id);
        int kind = name_index(posting_kind_names, stmt_text(q, 2));
        if (c)
            payment_target_add(&c->posted, kind, stmt_i64(q, 3));
    }
    return step == STMT_ERROR ? p->ctx->err.code : E_OK;
}

static long long target_sum(const struct payment_target *t)
{
    int64_t sum = t->topup + t->subscription + t->refund + t->chargeback;
    return sum;
}

static void check_one(struct page *p, const struct checked *c, struct doctor_result *r)
{
    char user[UUID_TEXT], id[UUID_TEXT];
    struct payment_state s;
    uuid_format(&c->user_id, user);
    uuid_format(&c->id, id);
    if (c->provider < 0 || c->purpose < 0 || c->n > PAYMENT_FACTS_MAX) {
        doctor_name(p->ctx, r, "user %s: payment %s has an unknown provider or too many events", user, id);
        return;
    }
    if ((int64_t)c->n != c->events)
        doctor_name(p->ctx, r, "user %s: payment %s is the fold of %lld events, there are %zu", user, id,
                    (long long)c->events, c->n);
    payment_fold(&c->terms, c->facts, c->n, &s);
    if (strcmp(payment_status_names[s.status], c->status) != 0 || s.refunded != c->refunded ||
        strcmp(s.charge, c->charge ? c->charge : "") != 0)
        doctor_name(p->ctx, r, "user %s: payment %s is %s with %lld refunded, its events say %s with %lld",
                    user, id, c->status, (long long)c->refunded, payment_status_names[s.status],
                    (long long)s.refunded);
    struct payment_target want = payment_target(
        payment_wallet_of((enum payment_provider)c->provider, (enum payment_purpose)c->purpose),
        c->terms.amount, &s);
    if (memcmp(&want, &c->posted, sizeof want) != 0)
        doctor_name(p->ctx, r, "user %s: payment %s, %s, has postings of %lld, it should have %lld", user, id,
                    c->status, target_sum(&c->posted), target_sum(&want));
}

static enum ecode check_page(struct page *p, struct doctor_result *r)
{
    enum ecode rc = read_events(p);
    if (rc == E_OK)
        rc = read_postings(p);
    for (size_t i = 0; i < p->n && rc == E_OK; i++)
        check_one(p, p->items[i], r);
    return rc;
}

static enum ecode check(struct ctx *ctx, const struct instant *since, struct doctor_result *r)
{
    struct page *p = arena_alloc(ctx->arena, sizeof *p);
    struct uuid after_user = {{0}}, after_id = {{0}};
    size_t limit = since ? 1 : PAGE; /* what changed lies far apart: no range over what did not */
    enum ecode rc = E_OK;
    *p = (struct page){.ctx = ctx, .scratch = arena_new(SCRATCH_BYTES), .n = limit};
    while (rc == E_OK && p->n == limit) {
        arena_reset(p->scratch);
        struct stmt *q = db_query(ctx->db, since ? &Q_payment_check_changed : &Q_payment_check_rows);
        stmt_bind_uuid(q, 1, &after_user);
        stmt_bind_uuid(q, 2, &after_id);
        stmt_bind_i64(q, 3, (int64_t)limit);
        if (since)
            stmt_bind_time(q, 4, *since);
        rc = read_page(p, q);
        if (rc != E_OK || p->n == 0)
            break;
        after_user = p->items[p->n - 1]->user_id;
        after_id = p->items[p->n - 1]->id;
        rc = check_page(p, r);
    }
    arena_free(p->scratch);
    return rc;
}

enum ecode payment_check_all(struct ctx *ctx, struct doctor_result *r)
{
    return check(ctx, NULL, r);
}

enum ecode payment_check_changed(struct ctx *ctx, struct instant since, struct doctor_result *r)
{
    return check(ctx, &since, r);
}
