#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/payment/payment_internal.h"
#include "payment.sql.h"

/* What operators do to payments, and what the clock does. */

static const char *audit_text(struct ctx *ctx, const struct payment_refund *in, int64_t amount)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 8192);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_uuid(&w, "payment_id", &in->payment_id);
    json_field_i64(&w, "amount", amount);
    if (in->by_hand)
        json_field_bool(&w, "by_hand", true);
    json_field_string(&w, "reason", in->reason);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

static enum ecode check_refund(struct ctx *ctx, const struct payment_refund *in,
                               const struct payment_row *row, const struct payment_state *s, int64_t *amount)
{
    int64_t gone = s->refund_asked > s->refunded ? s->refund_asked : s->refunded;
    if (!payment_stands(s->status))
        return err_reason(&ctx->err, E_CONFLICT, "payment_not_refundable",
                          "a payment that is %s cannot be refunded", payment_status_names[s->status]);
    *amount = in->amount ? in->amount : row->p.amount - gone;
    if (*amount < 1 || *amount > row->p.amount - gone)
        return err_field(&ctx->err, "amount", "must be from 1 to what is left, %lld",
                         (long long)(row->p.amount - gone));
    return E_OK;
}

/* Whether nobody has to be asked. */
static bool at_once(const struct payment_row *row, const struct payment_refund *in)
{
    return row->p.provider == PROVIDER_BALANCE || in->by_hand;
}

/* The request as an event, and the call; from the wallet the refund itself. */
static enum ecode refund(struct ctx *ctx, struct payment_row *row, const struct payment_state *s,
                         int64_t amount, const char *ref, const struct payment_refund *in)
{
    struct payment_change change;
    bool done = at_once(row, in);
    struct payment_entry e = {
        .fact = {.kind = done ? FACT_REFUNDED : FACT_REFUND_ASKED,
                 .ref = ref,
                 .charge = s->charge,
                 .amount = amount,
                 .currency = row->p.currency},
        .note = in->reason,
        .occurred_at = ctx->now,
    };
    enum ecode rc = payment_record(ctx, row, &e, 1, &change);
    if (rc == E_OK && change.outcome == NOTICE_RECORDED && !done)
        rc = payment_ask(ctx, &row->p, CALL_REFUND, &(struct payment_call_args){s->charge, amount, ref});
    return rc;
}

/* Whether this request was recorded before, under its own id. */
static bool was_asked(const struct payment_event *events, size_t n, const char *ref)
{
    for (size_t i = 0; i < n; i++) {
        if ((events[i].fact.kind == FACT_REFUND_ASKED || events[i].fact.kind == FACT_REFUNDED) &&
            strcmp(events[i].fact.ref, ref) == 0)
            return true;
    }
    return false;
}

enum ecode payment_owner(struct ctx *ctx, const struct uuid *payment_id, struct uuid *user_id)
{
    if (!uuid_is_zero(user_id))
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_payment_owner);
    stmt_bind_uuid(q, 1, payment_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND
                   ? err_reason(&ctx->err, E_NOT_FOUND, "payment_not_found", "there is no such payment")
                   : rc;
    *user_id = stmt_uuid(q, 0);
    stmt_end(q);
    return E_OK;
}

enum ecode payment_give_back(struct ctx *ctx, const struct payment_refund *in, struct payment_given_back *out)
{
    char id[UUID_TEXT];
    struct actor admin = ctx->actor;
    struct uuid user_id = in->user_id;
    struct uuid fresh = ctx_new_id(ctx);
    struct payment_row row;
    struct payment_state s;
    struct payment_event *events;
    size_t n;
    int64_t amount = 0;
    enum ecode rc = ctx_check_reason(ctx, in->reason);
    if (rc != E_OK)
        return rc;
    if (in->key && (!*in->key || strlen(in->key) > PAYMENT_KEY_BYTES_MAX - 8))
        return err_field(&ctx->err, "key", "must be 1 to %d bytes", PAYMENT_KEY_BYTES_MAX - 8);
    const char *ref = arena_printf(ctx->arena, "refund:%s", in->key ? in->key : uuid_format(&fresh, id));
    rc = payment_owner(ctx, &in->payment_id, &user_id);
    if (rc == E_OK)
        rc = payment_act_for(ctx, &user_id);
    if (rc == E_OK)
        rc = payment_row_load(ctx, &user_id, &in->payment_id, &row);
    if (rc == E_OK)
        rc = payment_facts(ctx, &user_id, &in->payment_id, &events, &n);
    if (rc == E_OK && !was_asked(events, n, ref)) {
        struct payment_fact *facts = arena_array(ctx->arena, n, sizeof *facts);
        for (size_t i = 0; i < n; i++)
            facts[i] = events[i].fact;
        payment_fold(&row.terms, facts, n, &s);
        rc = check_refund(ctx, in, &row, &s, &amount);
        if (rc == E_OK)
            rc = refund(ctx, &row, &s, amount, ref, in);
    }
    ctx->actor = admin;
    ctx->subject = user_id;
    if (rc != E_OK)
        return rc;
    ctx->audit_detail = audit_text(ctx, in, amount);
    *out = (struct payment_given_back){row.p, !at_once(&row, in) && row.p.status != PAYMENT_REFUNDED};
    return E_OK;
}

static int by_recorded(const void *a, const void *b)
{
    const struct payment_event *x = a, *y = b;
    int c = instant_cmp(x->recorded_at, y->recorded_at);
    return c ? c : (int)x->fact.kind - (int)y->fact.kind;
}

enum ecode payment_show(struct ctx *ctx, const struct payment_lookup *in, struct payment_history *out)
{
    struct payment_history h;
    struct uuid user_id = in->user_id;
    enum ecode rc = payment_owner(ctx, &in->payment_id, &user_id);
    if (rc == E_OK)
        rc = payment_load(ctx, &user_id, &in->payment_id, &h.payment);
    if (rc == E_OK)
        rc = payment_facts(ctx, &user_id, &in->payment_id, &h.events, &h.count);
    if (rc != E_OK)
        return rc;
    qsort(h.events, h.count, sizeof *h.events, by_recorded);
    *out = h;
    return E_OK;
}

/* When the checks of a waiting payment are due, after it began to wait. */
static const int check_after_s[] = {60, 300, 1800, 7200, 43200, 86400, 172800, 259200, 345600, 432000};

static enum ecode check_one(struct ctx *ctx, const struct uuid *user_id, const struct uuid *payment_id)
{
    char id[UUID_TEXT];
    struct payment_row row;
    enum ecode rc = payment_row_load(ctx, user_id, payment_id, &row);
    if (rc != E_OK || !row.has_next_check || instant_cmp(row.next_check_at, ctx->now) > 0)
        return rc; /* settled while it waited for the lock */
    int checks = row.checks + 1;
    bool last = (size_t)checks >= ARRAY_LEN(check_after_s);
    struct stmt *q = db_query(ctx->db, &Q_payment_checked);
    stmt_bind_uuid(q, 1, user_id);
    stmt_bind_uuid(q, 2, payment_id);
    stmt_bind_i64(q, 3, checks);
    if (!last) {
        struct instant next = instant_add(row.waiting_since, duration_seconds(check_after_s[checks]));
        struct instant soon = instant_add(ctx->now, duration_seconds(check_after_s[0]));
        stmt_bind_time(q, 4, instant_cmp(next, soon) > 0 ? next : soon); /* after downtime not all at once */
    }
    rc = stmt_run(q);
    if (rc == E_OK && row.p.provider != PROVIDER_BALANCE)
        rc = payment_ask(ctx, &row.p, CALL_READ, &(struct payment_call_args){.charge = row.p.charge});
    if (rc == E_OK && last)
        rc = payment_alert(ctx, TROUBLE_STUCK, row.p.provider, uuid_format(payment_id, id));
    return rc;
}

enum ecode payment_janitor(struct ctx *ctx, size_t max, size_t *asked)
{
    struct uuid *users = arena_array(ctx->arena, max, sizeof *users);
    struct uuid *ids = arena_array(ctx->arena, max, sizeof *ids);
    size_t n = 0;
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_payment_due);
    stmt_bind_time(q, 1, ctx->now);
    stmt_bind_i64(q, 2, (int64_t)max);
    while ((step = stmt_step(q)) == STMT_ROW && n < max) {
        users[n] = stmt_uuid(q, 0);
        ids[n++] = stmt_uuid(q, 1);
    }
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    enum ecode rc = ctx_lock_people(ctx, users, n);
    for (size_t i = 0; i < n && rc == E_OK; i++)
        rc = check_one(ctx, &users[i], &ids[i]);
    if (rc == E_OK)
        *asked = n;
    return rc;
}
