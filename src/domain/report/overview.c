#include "domain/report/report.h"

#include <string.h>
#include "report.sql.h"

#define STATES_MAX 16

/* One row of numbers between two days. */
static enum ecode read_numbers(struct ctx *ctx, const struct query *query, struct day from, struct day to,
                               int64_t *const *out, int n)
{
    struct stmt *q = db_query(ctx->db, query);
    stmt_bind_time(q, 1, report_begin(from));
    stmt_bind_time(q, 2, report_begin(day_add(to, 1)));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    for (int i = 0; i < n; i++)
        *out[i] = stmt_i64(q, i);
    stmt_end(q);
    return E_OK;
}

static enum ecode read_active(struct ctx *ctx, struct day to, int32_t days, int64_t *out)
{
    return read_numbers(ctx, &Q_report_active, day_add(to, 1 - days), to, &out, 1);
}

static enum ecode read_people(struct ctx *ctx, struct overview *o)
{
    int64_t *people[] = {&o->users, &o->new_users};
    int64_t *payers = &o->payers;
    enum ecode rc = read_numbers(ctx, &Q_report_people, o->from, o->to, people, 2);
    if (rc == E_OK)
        rc = read_active(ctx, o->to, 7, &o->active_7);
    if (rc == E_OK)
        rc = read_active(ctx, o->to, 30, &o->active_30);
    if (rc == E_OK)
        rc = read_numbers(ctx, &Q_report_payers, o->from, o->to, &payers, 1);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_report_active_habits);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    o->active_habits = stmt_i64(q, 0);
    stmt_end(q);
    return E_OK;
}

/* Day by day, each by the index: together they read what one count of them all would. */
static enum ecode read_reminders(struct ctx *ctx, struct overview *o)
{
    enum ecode rc = E_OK;
    o->reminders = arena_array(ctx->arena, o->days_count, sizeof *o->reminders);
    for (size_t i = 0; rc == E_OK && i < o->days_count; i++) {
        int64_t *of_day[] = {&o->reminders[i].sent, &o->reminders[i].missed};
        rc = read_numbers(ctx, &Q_report_reminders, o->days[i].day, o->days[i].day, of_day, 2);
        o->reminders_sent += o->reminders[i].sent;
        o->reminders_missed += o->reminders[i].missed;
    }
    return rc;
}

static enum ecode read_marks(struct ctx *ctx, struct overview *o)
{
    o->days_count = (size_t)day_diff(o->to, o->from) + 1;
    o->days = arena_array(ctx->arena, o->days_count, sizeof *o->days);
    enum ecode rc = daily_read(ctx, o->from, o->to, o->days);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < o->days_count; i++) {
        o->done += o->days[i].done;
        o->declined += o->days[i].declined;
        o->skipped += o->days[i].skipped;
    }
    o->active_1 = o->days[o->days_count - 1].active;
    return E_OK;
}

static enum ecode read_subscriptions(struct ctx *ctx, struct overview *o)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_report_subscriptions);
    o->subscriptions = arena_array(ctx->arena, STATES_MAX, sizeof *o->subscriptions);
    while ((step = stmt_step(q)) == STMT_ROW && o->subscriptions_count < STATES_MAX)
        o->subscriptions[o->subscriptions_count++] =
            (struct overview_state){arena_strdup(ctx->arena, stmt_text(q, 0)), stmt_i64(q, 1)};
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* Revenue's rows come by currency. */
static enum ecode read_money(struct ctx *ctx, struct overview *o)
{
    struct revenue_report r;
    enum ecode rc = report_revenue(ctx, &(struct report_span){o->from, o->to}, &r);
    if (rc != E_OK)
        return rc;
    o->revenue = arena_array(ctx->arena, r.count + 1, sizeof *o->revenue);
    for (size_t i = 0; i < r.count; i++) {
        if (i == 0 || strcmp(r.rows[i].currency, r.rows[i - 1].currency) != 0)
            o->revenue[o->revenue_count++] = (struct overview_money){.currency = r.rows[i].currency};
        o->revenue[o->revenue_count - 1].amount += r.rows[i].amount;
        o->revenue[o->revenue_count - 1].lost += r.rows[i].lost;
    }
    return E_OK;
}

enum ecode report_overview(struct ctx *ctx, const struct report_span *span, struct overview *out)
{
    struct overview o = {.users = 0};
    enum ecode rc = report_complete(ctx, span, &o.from, &o.to);
    if (rc == E_OK)
        rc = read_people(ctx, &o);
    if (rc == E_OK)
        rc = read_marks(ctx, &o);
    if (rc == E_OK)
        rc = read_reminders(ctx, &o);
    if (rc == E_OK)
        rc = read_subscriptions(ctx, &o);
    if (rc == E_OK)
        rc = read_money(ctx, &o);
    if (rc == E_OK)
        *out = o;
    return rc;
}
