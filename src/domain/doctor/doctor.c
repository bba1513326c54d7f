#include "domain/doctor/doctor.h"

#include <stdarg.h>
#include <string.h>
#include "base/check.h"
#include "domain/doctor/doctor_checks.h"
#include "domain/ledger/ledger_check.h"
#include "domain/payment/payment_check.h"
#include "doctor.sql.h"
#include "referral.sql.h"
#include "subscription.sql.h"

#define MS_PER_HOUR 3600000LL
#define COUNT_MAX 100000 /* rows a query check counts */

/* The checks that are one query; most have the limit as their only parameter. */
static const struct {
    const char *name, *about;
    const struct query *query;
} query_checks[] = {
    {"directory.telegram", "every telegram id leads to its person", &Q_doctor_directory_telegram},
    {"directory.referral", "every referral code leads to its person", &Q_doctor_directory_referral},
    {"users.erased_rows", "nothing of an erased person is left", &Q_doctor_erased_left},
    {"users.erased_names", "erased people have no names", &Q_doctor_erased_named},
    {"habit_logs.future", "no mark lies in the future", &Q_doctor_logs_future},
    {"habit_logs.value", "yes/no habits have no values", &Q_doctor_logs_value},
    {"habit_logs.reason", "only declined marks have decline notes", &Q_doctor_logs_reason},
    {"habit_decline_notes.orphan", "every decline note belongs to a mark", &Q_doctor_notes_orphan},
    {"streaks.missing", "every habit with marks has a checkpoint", &Q_doctor_streak_missing},
    {"habit_schedules.due", "only active schedules wait for a reminder", &Q_doctor_schedule_due},
    {"habit_schedules.silent", "every active schedule with a time waits for its reminder",
     &Q_doctor_schedule_silent},
    {"outbox.sending", "nothing is on its way for more than an hour", &Q_doctor_outbox_sending},
    {"deliveries.queued", "every delivery that waits has its message", &Q_doctor_deliveries_queued},
    {"inbox.pending", "nothing that came in waits for more than an hour", &Q_doctor_inbox_pending},
    {"admin_alerts.open", "at most one alert of a cause is not resolved", &Q_doctor_alerts_open},
    {"broadcasts.counts", "no broadcast has more answers than messages", &Q_doctor_broadcast_counts},
    {"subscription_periods.paid", "every paid plan has its period", &Q_doctor_subscription_paid},
    {"subscription_periods.reversed", "every period stands as its payment does",
     &Q_doctor_subscription_reversed},
    {"referrals.posted", "the rewards that stand are those that were posted", &Q_doctor_referral_posted},
    {"referrals.age", "who invites is older than who is invited", &Q_doctor_referral_age},
};

/* The checks that are functions. */
static const struct {
    const char *name, *about;
    enum ecode (*run)(struct ctx *ctx, struct doctor_result *r);
} function_checks[] = {
    {"users.timezone", "every time zone is known to this machine, cohort days are right", doctor_check_users},
    {"balances.sum", "every balance is the sum of its transactions, which follow one another without gaps",
     ledger_check_all},
    {"payments.fold", "every payment is what its events say, and its postings are what it should have posted",
     payment_check_all},
    {"daily_stats.recount", "the figures of days that are over are what their marks give",
     doctor_check_daily},
    {"streaks.value", "every checkpoint is what its marks give", doctor_check_streaks},
    {"database.integrity", "the engine finds no damage and no broken reference", doctor_check_integrity},
};

void doctor_name(struct ctx *ctx, struct doctor_result *r, const char *fmt, ...)
{
    va_list ap;
    r->violations++;
    if (r->rows_count == DOCTOR_NAMED_MAX)
        return;
    if (!r->rows)
        r->rows = arena_array(ctx->arena, DOCTOR_NAMED_MAX, sizeof *r->rows);
    va_start(ap, fmt);
    r->rows[r->rows_count++] = arena_vprintf(ctx->arena, fmt, ap);
    va_end(ap);
}

/* The second parameter of a check is a moment or a day, told by its name. */
static void bind_boundary(struct ctx *ctx, struct stmt *q, const char *name)
{
    if (strcmp(name, "newest") == 0)
        stmt_bind_day(q, 2, day_of((int32_t)((ctx->now.ms + 14 * MS_PER_HOUR) / (24 * MS_PER_HOUR))));
    else
        stmt_bind_time(q, 2,
                       instant_from_ms(ctx->now.ms - (strcmp(name, "hour_ago") == 0 ? 1 : 48) * MS_PER_HOUR));
}

static enum ecode run_query_check(struct ctx *ctx, const struct query *query, struct doctor_result *r)
{
    char id[UUID_TEXT];
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, query);
    stmt_bind_i64(q, 1, COUNT_MAX);
    if (query->nparams > 1)
        bind_boundary(ctx, q, query->param_names[1]);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid user = stmt_uuid(q, 0);
        if (uuid_is_zero(&user))
            doctor_name(ctx, r, "%s", stmt_text(q, 1));
        else
            doctor_name(ctx, r, "user %s: %s", uuid_format(&user, id), stmt_text(q, 1));
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode doctor_run(struct ctx *ctx, const struct doctor_options *o, struct doctor_report *out)
{
    const size_t queries = ARRAY_LEN(query_checks), total = queries + ARRAY_LEN(function_checks);
    struct doctor_report report = {.ok = true,
                                   .checks = arena_array(ctx->arena, total, sizeof *report.checks)};
    for (size_t i = 0; i < total; i++) {
        struct doctor_result *r = &report.checks[report.count++];
        enum ecode rc;
        if (o->progress)
            o->progress(o->arg, i, total);
        if (o->stop && o->stop(o->arg))
            return err_set(&ctx->err, E_BUSY, "the program is stopping");
        if (i < queries) {
            r->name = query_checks[i].name;
            r->about = query_checks[i].about;
            rc = run_query_check(ctx, query_checks[i].query, r);
        } else {
            r->name = function_checks[i - queries].name;
            r->about = function_checks[i - queries].about;
            rc = function_checks[i - queries].run(ctx, r);
        }
        if (rc == E_CORRUPT) { /* that is a finding, and the last one: nothing more can be read */
            doctor_name(ctx, r, "%s", ctx->err.text);
            err_clear(&ctx->err);
            report.ok = false;
            break;
        }
        if (rc != E_OK) {
            err_wrap(&ctx->err, "check %s", r->name);
            return rc;
        }
        report.ok = report.ok && r->violations == 0;
    }
    *out = report;
    return E_OK;
}
