#include "domain/report/report.h"

static void begin(struct json_writer *w, struct day from, struct day to, struct instant counted_at)
{
    json_object_begin(w);
    json_field_day(w, "from", from);
    json_field_day(w, "to", to);
    if (counted_at.ms != 0)
        json_field_instant(w, "counted_at", counted_at);
}

static void put_money(struct json_writer *w, int64_t amount, int64_t lost)
{
    json_field_i64(w, "amount", amount);
    json_field_i64(w, "lost", lost);
    json_field_i64(w, "net", amount - lost);
}

static void revenue_json(struct json_writer *w, const struct revenue_report *r, struct instant counted_at)
{
    begin(w, r->from, r->to, counted_at);
    json_key(w, "revenue");
    json_array_begin(w);
    for (size_t i = 0; i < r->count; i++) {
        const struct revenue_row *row = &r->rows[i];
        json_object_begin(w);
        json_field_string(w, "currency", row->currency);
        json_field_string(w, "provider", row->provider);
        json_field_i64(w, "payments", row->payments);
        json_field_i64(w, "payers", row->payers);
        put_money(w, row->amount, row->lost);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

/* part of whole; null: there is no whole. */
static void put_ratio(struct json_writer *w, const char *name, int64_t part, int64_t whole)
{
    json_key(w, name);
    if (whole > 0)
        json_put_f64(w, (double)part / (double)whole);
    else
        json_put_null(w);
}

static void business_json(struct json_writer *w, const struct business *b, struct instant counted_at)
{
    begin(w, b->from, b->to, counted_at);
    json_field_i64(w, "trials_ended", b->trials_ended);
    json_field_i64(w, "trials_converted", b->trials_converted);
    put_ratio(w, "trial_conversion", b->trials_converted, b->trials_ended);
    json_field_i64(w, "subscribers_start", b->subscribers_start);
    json_field_i64(w, "subscribers_end", b->subscribers_end);
    json_field_i64(w, "subscribers_lost", b->subscribers_lost);
    put_ratio(w, "churn", b->subscribers_lost, b->subscribers_start);
    json_key(w, "mrr");
    json_array_begin(w);
    for (size_t i = 0; i < b->mrr_count; i++) {
        json_object_begin(w);
        json_field_string(w, "currency", b->mrr[i].currency);
        json_field_i64(w, "periods", b->mrr[i].periods);
        json_field_i64(w, "amount", b->mrr[i].amount);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "referrals");
    json_object_begin(w);
    json_field_i64(w, "invited", b->referrals_invited);
    json_field_i64(w, "rewarded", b->referrals_rewarded);
    json_field_i64(w, "taken_back", b->referrals_taken_back);
    json_field_i64(w, "reward", b->referrals_reward);
    json_field_string(w, "currency", b->currency);
    json_object_end(w);
    json_object_end(w);
}

static void put_days(struct json_writer *w, const struct overview *o)
{
    json_key(w, "days");
    json_array_begin(w);
    for (size_t i = 0; i < o->days_count; i++) {
        const struct daily *d = &o->days[i];
        json_object_begin(w);
        json_field_day(w, "day", d->day);
        json_field_i64(w, "active", d->active);
        json_field_i64(w, "done", d->done);
        json_field_i64(w, "declined", d->declined);
        json_field_i64(w, "skipped", d->skipped);
        json_field_i64(w, "reminders_sent", o->reminders[i].sent);
        json_field_i64(w, "reminders_missed", o->reminders[i].missed);
        json_object_end(w);
    }
    json_array_end(w);
}

double report_completion(const struct overview *o)
{
    int64_t answered = o->done + o->declined;
    return answered > 0 ? (double)o->done / (double)answered : -1;
}

static void overview_json(struct json_writer *w, const struct overview *o, struct instant counted_at)
{
    begin(w, o->from, o->to, counted_at);
    json_field_i64(w, "users", o->users);
    json_field_i64(w, "new_users", o->new_users);
    json_field_i64(w, "active_1", o->active_1);
    json_field_i64(w, "active_7", o->active_7);
    json_field_i64(w, "active_30", o->active_30);
    json_field_i64(w, "active_habits", o->active_habits);
    json_field_i64(w, "done", o->done);
    json_field_i64(w, "declined", o->declined);
    json_field_i64(w, "skipped", o->skipped);
    if (report_completion(o) < 0)
        json_field_null(w, "completion");
    else
        json_field_f64(w, "completion", report_completion(o));
    json_field_i64(w, "reminders_sent", o->reminders_sent);
    json_field_i64(w, "reminders_missed", o->reminders_missed);
    json_key(w, "subscriptions");
    json_object_begin(w);
    for (size_t i = 0; i < o->subscriptions_count; i++)
        json_field_i64(w, o->subscriptions[i].status, o->subscriptions[i].count);
    json_object_end(w);
    json_field_i64(w, "payers", o->payers);
    json_key(w, "revenue");
    json_array_begin(w);
    for (size_t i = 0; i < o->revenue_count; i++) {
        json_object_begin(w);
        json_field_string(w, "currency", o->revenue[i].currency);
        put_money(w, o->revenue[i].amount, o->revenue[i].lost);
        json_object_end(w);
    }
    json_array_end(w);
    put_days(w, o);
    json_object_end(w);
}

static void grid_json(struct json_writer *w, const struct grid *g, struct instant counted_at)
{
    begin(w, g->from, g->to, counted_at);
    json_key(w, g->shape->name);
    json_array_begin(w);
    for (size_t i = 0; i < g->count; i++) {
        json_object_begin(w);
        json_field_string(w, g->shape->label, g->rows[i].label);
        for (size_t c = 0; g->shape->columns[c] != NULL; c++) {
            if (g->rows[i].n[c] == GRID_UNKNOWN)
                json_field_null(w, g->shape->columns[c]);
            else
                json_field_i64(w, g->shape->columns[c], g->rows[i].n[c]);
        }
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

/* --- all of them ------------------------------------------------------------------------------------- */

/* Each line makes the adapters between a report's own struct and the table. */
#define REPORT(name, type, json_name)                                                                        \
    static enum ecode make_##name(struct ctx *ctx, const struct report_span *span, void *out)                \
    {                                                                                                        \
        type *o = out;                                                                                       \
        return report_##name(ctx, span, o);                                                                  \
    }                                                                                                        \
    static void put_##name(struct json_writer *w, const void *report, struct instant counted_at)             \
    {                                                                                                        \
        const type *r = report;                                                                              \
        json_name(w, r, counted_at);                                                                         \
    }

REPORT(overview, struct overview, overview_json)
REPORT(cohorts, struct grid, grid_json)
REPORT(retention, struct grid, grid_json)
REPORT(habits, struct grid, grid_json)
REPORT(revenue, struct revenue_report, revenue_json)
REPORT(business, struct business, business_json)

const struct report_maker report_makers[REPORT_KINDS] = {
    [REPORT_OVERVIEW] = {"overview", sizeof(struct overview), make_overview, put_overview},
    [REPORT_COHORTS] = {"cohorts", sizeof(struct grid), make_cohorts, put_cohorts},
    [REPORT_RETENTION] = {"retention", sizeof(struct grid), make_retention, put_retention},
    [REPORT_HABITS] = {"habits", sizeof(struct grid), make_habits, put_habits},
    [REPORT_REVENUE] = {"revenue", sizeof(struct revenue_report), make_revenue, put_revenue},
    [REPORT_BUSINESS] = {"business", sizeof(struct business), make_business, put_business},
};
