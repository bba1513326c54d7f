#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/payment/payment_internal.h"
#include "domain/referral/referral.h"
#include "domain/subscription/subscription.h"
#include "payment.sql.h"

/*
 * Recording an event and what follows from it. The events are a set: an entry that is there already changes
 * nothing, and the row is always worked out from all of them.
 */
#define FIRST_CHECK_S 60

struct uuid payment_entry_id(const struct uuid *payment_id, const struct payment_fact *f)
{
    char payment[UUID_TEXT], payer[SHA256_LEN * 2 + 1] = "";
    struct buf b;
    buf_init(&b, 4096);
    if (f->has_payer)
        hex_encode(f->payer, SHA256_LEN, payer);
    buf_printf(&b, "%s|%s|%zu:%s|%zu:%s|%lld|%s|%s", uuid_format(payment_id, payment),
               payment_fact_names[f->kind], strlen(f->ref), f->ref, strlen(f->charge), f->charge,
               (long long)f->amount, f->currency, payer);
    CHECK(!buf_overflowed(&b));
    struct uuid id = uuid_from_name("payment_event", b.data, b.len);
    buf_release(&b);
    return id;
}

/* *added: it was not there. */
static enum ecode insert_entry(struct ctx *ctx, const struct payment_row *row, const struct payment_entry *e,
                               bool *added)
{
    const struct payment_fact *f = &e->fact;
    struct uuid id = payment_entry_id(&row->p.id, f);
    struct stmt *q = db_query(ctx->db, &Q_payment_event_insert);
    stmt_bind_uuid(q, 1, &row->p.user_id);
    stmt_bind_uuid(q, 2, &id);
    stmt_bind_uuid(q, 3, &row->p.id);
    stmt_bind_text(q, 4, payment_fact_names[f->kind]);
    stmt_bind_text(q, 5, f->ref);
    stmt_bind_text(q, 6, f->charge);
    stmt_bind_i64(q, 7, f->amount);
    stmt_bind_text(q, 8, f->currency);
    stmt_bind_bytes(q, 9, f->has_payer ? f->payer : NULL, SHA256_LEN);
    stmt_bind_text(q, 10, e->note);
    stmt_bind_time(q, 11, e->occurred_at.ms ? e->occurred_at : ctx->now);
    stmt_bind_time(q, 12, ctx->now);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    stmt_end(q);
    *added = rc == E_OK;
    return E_OK;
}

enum ecode payment_facts(struct ctx *ctx, const struct uuid *user_id, const struct uuid *payment_id,
                         struct payment_event **out, size_t *n)
{
    struct arena *a = ctx->arena;
    struct payment_event *events = arena_array(a, PAYMENT_FACTS_MAX + 1, sizeof *events);
    size_t count = 0, len;
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_payment_events);
    stmt_bind_uuid(q, 1, user_id);
    stmt_bind_uuid(q, 2, payment_id);
    while ((step = stmt_step(q)) == STMT_ROW && count <= PAYMENT_FACTS_MAX) {
        struct payment_event *e = &events[count++];
        e->fact = (struct payment_fact){
            .kind = (enum payment_fact_kind)name_index(payment_fact_names, stmt_text(q, 1)),
            .ref = arena_strdup(a, stmt_text(q, 2)),
            .charge = arena_strdup(a, stmt_text(q, 3)),
            .amount = stmt_i64(q, 4),
            .currency = arena_strdup(a, stmt_text(q, 5)),
        };
        const void *payer = stmt_bytes(q, 6, &len);
        if (payer && len == SHA256_LEN) {
            e->fact.has_payer = true;
            memcpy(e->fact.payer, payer, SHA256_LEN);
        }
        e->note = arena_strdup(a, stmt_text(q, 7));
        e->occurred_at = stmt_time(q, 8);
        e->recorded_at = stmt_time(q, 9);
    }
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    if (count > PAYMENT_FACTS_MAX)
        return err_set(&ctx->err, E_LIMIT, "a payment has more than %d events", PAYMENT_FACTS_MAX);
    *out = events;
    *n = count;
    return E_OK;
}

static enum ecode fold_row(struct ctx *ctx, const struct payment_row *row, struct payment_state *state,
                           size_t *n)
{
    struct payment_event *events;
    enum ecode rc = payment_facts(ctx, &row->p.user_id, &row->p.id, &events, n);
    if (rc != E_OK)
        return rc;
    struct payment_fact *facts = arena_array(ctx->arena, *n, sizeof *facts);
    for (size_t i = 0; i < *n; i++)
        facts[i] = events[i].fact;
    payment_fold(&row->terms, facts, *n, state);
    return E_OK;
}

/* Charges that came beyond the one are given back; each is asked for once, since the request is an event too.
 */
static enum ecode refund_surplus(struct ctx *ctx, struct payment_row *row, const struct payment_state *s)
{
    for (size_t i = 0; i < s->surplus_count; i++) {
        bool added;
        const char *charge = s->surplus[i].charge;
        struct payment_entry ask = {
            .fact = {.kind = FACT_REFUND_ASKED,
                     .ref = arena_printf(ctx->arena, "surplus:%s", charge),
                     .charge = charge,
                     .amount = s->surplus[i].amount,
                     .currency = row->p.currency},
            .note = "a second charge of the same order",
        };
        enum ecode rc = insert_entry(ctx, row, &ask, &added);
        if (rc == E_OK && added) {
            row->events++;
            rc = payment_ask(ctx, &row->p, CALL_REFUND,
                             &(struct payment_call_args){charge, ask.fact.amount, ask.fact.ref});
        }
        if (rc == E_OK && added)
            rc = payment_alert(ctx, TROUBLE_SECOND_CHARGE, row->p.provider, charge);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

/* Money of somebody who is blocked came all the same: it goes back. */
static enum ecode refund_blocked(struct ctx *ctx, struct payment_row *row, const struct payment_state *s,
                                 enum payment_status before)
{
    bool added, blocked;
    if (payment_was_paid(before) || s->status != PAYMENT_SUCCEEDED || row->p.provider == PROVIDER_BALANCE)
        return E_OK;
    enum ecode rc = payment_payer_blocked(ctx, &row->p.user_id, &blocked);
    if (rc != E_OK || !blocked)
        return rc;
    struct payment_entry ask = {.fact = {.kind = FACT_REFUND_ASKED,
                                         .ref = arena_printf(ctx->arena, "blocked:%s", s->charge),
                                         .charge = s->charge,
                                         .amount = row->p.amount,
                                         .currency = row->p.currency},
                                .note = "the payer is blocked"};
    rc = insert_entry(ctx, row, &ask, &added);
    if (rc != E_OK || !added)
        return rc;
    row->events++;
    rc = payment_ask(ctx, &row->p, CALL_REFUND,
                     &(struct payment_call_args){s->charge, ask.fact.amount, ask.fact.ref});
    return rc == E_OK ? payment_alert(ctx, TROUBLE_BLOCKED_PAYER, row->p.provider, s->charge) : rc;
}

static bool is_among(enum payment_fact_kind kind, const struct payment_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (entries[i].fact.kind == kind)
            return true;
    }
    return false;
}

static enum ecode raise_alerts(struct ctx *ctx, const struct payment_row *row, const struct payment_state *s,
                               const struct payment_entry *entries, size_t n)
{
    char id[UUID_TEXT];
    uuid_format(&row->p.id, id);
    enum ecode rc = s->mismatch ? payment_alert(ctx, TROUBLE_MISMATCH, row->p.provider, id) : E_OK;
    if (rc == E_OK && (s->contradiction || s->reversed_too_much))
        rc = payment_alert(ctx, TROUBLE_CONTRADICTION, row->p.provider, id);
    if (rc == E_OK && is_among(FACT_REFUND_FAILED, entries, n))
        rc = payment_alert(ctx, TROUBLE_NOT_GIVEN_BACK, row->p.provider, id);
    if (rc == E_OK && is_among(FACT_REFUNDED, entries, n))
        rc = payment_alert_over(ctx, TROUBLE_NOT_GIVEN_BACK, id);
    return rc;
}

/* The row as the fold and the newest entries want it. */
static void lay_over(struct ctx *ctx, struct payment_row *row, const struct payment_state *s,
                     const struct payment_entry *entries, size_t n)
{
    bool waits = s->status == PAYMENT_PENDING || s->status == PAYMENT_UNKNOWN;
    row->p.status = s->status;
    row->p.refunded = s->refunded;
    row->p.charge = *s->charge ? s->charge : NULL;
    for (size_t i = 0; i < n; i++) {
        if (entries[i].pay_url)
            row->p.pay_url = entries[i].pay_url;
        if (entries[i].method)
            row->p.method = entries[i].method;
    }
    if (!waits && s->status != PAYMENT_CREATED)
        row->p.pay_url = NULL;
    if (waits && !row->waiting) {
        row->waiting_since = ctx->now;
        row->checks = 0;
        row->next_check_at = instant_add(ctx->now, duration_seconds(FIRST_CHECK_S));
        row->has_next_check = true;
    }
    row->waiting = waits;
    row->has_next_check = row->has_next_check && waits;
    if (payment_was_paid(s->status) && !row->p.has_paid_at) {
        row->p.has_paid_at = true;
        row->p.paid_at = ctx->now;
    }
}

static enum ecode write_row(struct ctx *ctx, const struct payment_row *row)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_update);
    stmt_bind_uuid(q, 1, &row->p.user_id);
    stmt_bind_uuid(q, 2, &row->p.id);
    stmt_bind_text(q, 3, row->p.charge);
    stmt_bind_i64(q, 4, row->p.refunded);
    stmt_bind_text(q, 5, payment_status_names[row->p.status]);
    stmt_bind_text(q, 6, row->p.pay_url);
    stmt_bind_text(q, 7, row->p.method);
    stmt_bind_i64(q, 8, row->events);
    if (row->waiting)
        stmt_bind_time(q, 9, row->waiting_since);
    stmt_bind_i64(q, 10, row->waiting ? row->checks : 0);
    if (row->has_next_check)
        stmt_bind_time(q, 11, row->next_check_at);
    if (row->p.has_paid_at)
        stmt_bind_time(q, 12, row->p.paid_at);
    stmt_bind_time(q, 13, ctx->now);
    return stmt_run(q);
}

void payment_target_add(struct payment_target *t, int kind, int64_t amount)
{
    if (kind == POSTING_TOPUP)
        t->topup += amount;
    else if (kind == POSTING_SUBSCRIPTION)
        t->subscription += amount;
    else if (kind == POSTING_REFUND)
        t->refund += amount;
    else if (kind == POSTING_CHARGEBACK)
        t->chargeback += amount;
}

/* The sums posted for the payment so far, as the parts of a target. */
static enum ecode posted_so_far(struct ctx *ctx, const struct payment_row *row, struct payment_target *out)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_payment_posted);
    stmt_bind_uuid(q, 1, &row->p.user_id);
    stmt_bind_uuid(q, 2, &row->p.id);
    *out = (struct payment_target){0};
    while ((step = stmt_step(q)) == STMT_ROW)
        payment_target_add(out, name_index(posting_kind_names, stmt_text(q, 0)), stmt_i64(q, 1));
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* Posts what the wallet lacks: target minus posted. *before, *after: its balance, both 0 when nothing was
 * posted. */
static enum ecode post_difference(struct ctx *ctx, const struct payment_row *row,
                                  const struct payment_state *s, int64_t *before, int64_t *after)
{
    char id[UUID_TEXT];
    struct payment_target now;
    bool first = true;
    *before = *after = 0;
    enum payment_wallet wallet = payment_wallet_of(row->p.provider, row->p.purpose);
    if (wallet == WALLET_UNTOUCHED)
        return E_OK;
    struct payment_target want = payment_target(wallet, row->p.amount, s);
    enum ecode rc = posted_so_far(ctx, row, &now);
    const struct {
        enum posting_kind kind;
        int64_t amount;
    } parts[] = {
        {POSTING_TOPUP, want.topup - now.topup},
        {POSTING_SUBSCRIPTION, want.subscription - now.subscription},
        {POSTING_REFUND, want.refund - now.refund},
        {POSTING_CHARGEBACK, want.chargeback - now.chargeback},
    };
    uuid_format(&row->p.id, id);
    for (size_t i = 0; i < ARRAY_LEN(parts) && rc == E_OK; i++) {
        struct posting p;
        struct posting_request r = {
            .user_id = row->p.user_id,
            .kind = parts[i].kind,
            .amount = parts[i].amount,
            .payment_id = row->p.id,
            /* one posting of a kind for each state of the set of events */
            .key = arena_printf(ctx->arena, "payment:%s:%s:%lld", id, posting_kind_names[parts[i].kind],
                                (long long)row->events),
        };
        if (r.amount == 0)
            continue;
        rc = ledger_post(ctx, &r, &p);
        if (rc == E_OK && p.outcome != POSTED_NEW)
            return err_set(&ctx->err, E_CORRUPT, "payment %s: its posting %s was made or refused before", id,
                           r.key);
        if (rc != E_OK)
            return rc;
        *before = first ? p.balance_after - p.amount : *before;
        *after = p.balance_after;
        first = false;
    }
    return rc;
}

/* What hangs on a payment beside the wallet. */
static enum ecode follow(struct ctx *ctx, const struct payment_row *row, int64_t before, int64_t after)
{
    enum ecode rc = subscription_follow_payment(ctx, &row->p, row->save_method);
    if (rc == E_OK)
        rc = subscription_follow_wallet(ctx, &row->p.user_id, before, after);
    return rc == E_OK ? referral_follow_payment(ctx, &row->p) : rc;
}

static enum ecode check_move(struct ctx *ctx, const struct payment_row *row, enum payment_status to)
{
    char id[UUID_TEXT];
    if (row->p.status == to || payment_may(row->p.status, to))
        return E_OK;
    return err_set(&ctx->err, E_CORRUPT, "payment %s cannot move from %s to %s", uuid_format(&row->p.id, id),
                   payment_status_names[row->p.status], payment_status_names[to]);
}

enum ecode payment_record(struct ctx *ctx, struct payment_row *row, const struct payment_entry *entries,
                          size_t n, struct payment_change *out)
{
    struct payment_state state;
    size_t events, count = 0;
    int64_t before, after, refunded = row->p.refunded;
    enum ecode rc = E_OK;
    *out = (struct payment_change){.outcome = NOTICE_KNOWN, .before = row->p.status};
    for (size_t i = 0; i < n && rc == E_OK; i++) {
        bool added;
        rc = insert_entry(ctx, row, &entries[i], &added);
        count += rc == E_OK && added;
    }
    if (rc == E_OK && count > 0) {
        out->outcome = NOTICE_RECORDED;
        rc = fold_row(ctx, row, &state, &events);
        if (rc == E_OK)
            rc = check_move(ctx, row, state.status);
        if (rc != E_OK)
            return rc;
        row->events = (int64_t)events;
        lay_over(ctx, row, &state, entries, n);
        rc = refund_surplus(ctx, row, &state);
        if (rc == E_OK)
            rc = refund_blocked(ctx, row, &state, out->before);
        if (rc == E_OK)
            rc = write_row(ctx, row);
        if (rc == E_OK)
            rc = post_difference(ctx, row, &state, &before, &after);
        if (rc == E_OK)
            rc = follow(ctx, row, before, after);
        if (rc == E_OK)
            rc = raise_alerts(ctx, row, &state, entries, n);
        bool moved = row->p.status != out->before || row->p.refunded != refunded;
        if (rc == E_OK && moved && payment_was_paid(row->p.status))
            rc = payment_tell(ctx, &row->p, out->before);
    }
    out->after = row->p.status;
    out->payment = row->p;
    return rc;
}
