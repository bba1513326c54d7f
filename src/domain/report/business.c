/* What the operator lives on: trials that became customers, customers who left, and what comes in a month. */
#include "domain/report/report.h"
#include "report.sql.h"

#define CURRENCIES 64

/* A query over [since, before) whose one row is whole numbers. */
static enum ecode numbers(struct ctx *ctx, const struct query *query, const struct business *b, int64_t *out,
                          int n)
{
    struct stmt *q = db_query(ctx->db, query);
    stmt_bind_time(q, 1, report_begin(b->from));
    stmt_bind_time(q, 2, report_begin(day_add(b->to, 1)));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    for (int i = 0; i < n; i++)
        out[i] = stmt_i64(q, i);
    stmt_end(q);
    return E_OK;
}

static enum ecode recurring(struct ctx *ctx, struct business *b)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_report_mrr);
    stmt_bind_time(q, 1, report_begin(day_add(b->to, 1)));
    b->mrr = arena_array(ctx->arena, CURRENCIES, sizeof *b->mrr);
    while ((step = stmt_step(q)) == STMT_ROW && b->mrr_count < CURRENCIES)
        b->mrr[b->mrr_count++] = (struct business_mrr){.currency = arena_strdup(ctx->arena, stmt_text(q, 0)),
                                                       .periods = stmt_i64(q, 1),
                                                       .amount = stmt_i64(q, 2)};
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode report_business(struct ctx *ctx, const struct report_span *span, struct business *out)
{
    struct business b = {.currency = ctx->policy->currency};
    int64_t trials[2], subscribers[3], referrals[4];
    enum ecode rc = report_complete(ctx, span, &b.from, &b.to);
    if (rc == E_OK)
        rc = numbers(ctx, &Q_report_trials, &b, trials, 2);
    if (rc == E_OK)
        rc = numbers(ctx, &Q_report_subscribers, &b, subscribers, 3);
    if (rc == E_OK)
        rc = numbers(ctx, &Q_report_referrals, &b, referrals, 4);
    if (rc == E_OK)
        rc = recurring(ctx, &b);
    if (rc != E_OK)
        return rc;
    b.trials_ended = trials[0];
    b.trials_converted = trials[1];
    b.subscribers_start = subscribers[0];
    b.subscribers_end = subscribers[1];
    b.subscribers_lost = subscribers[2];
    b.referrals_invited = referrals[0];
    b.referrals_rewarded = referrals[1];
    b.referrals_taken_back = referrals[2];
    b.referrals_reward = referrals[3];
    *out = b;
    return E_OK;
}
