#include "domain/op.h"

#include <stdio.h>
#include "domain/admin/admin.h"
#include "domain/alert/alert.h"
#include "domain/checkin/checkin.h"
#include "domain/habit/habit.h"
#include "domain/health/health.h"
#include "domain/ledger/ledger.h"
#include "domain/payment/payment.h"
#include "domain/payment/sandbox.h"
#include "domain/reminder/reminder.h"
#include "domain/report/stored.h"
#include "domain/referral/referral.h"
#include "domain/session/session.h"
#include "domain/session/sign_in.h"
#include "domain/subscription/subscription.h"
#include "domain/stats/figures.h"
#include "domain/transfer/transfer.h"
#include "domain/system_log/system_log.h"
#include "domain/user/people.h"
#include "ctx.sql.h"

#define OP_BULK 1
#define OP_AUDIT 2

/*
 * Operations take their own structs; the table takes void pointers. Each line makes the adapter between the
 * two, so that the compiler still checks the operation's own types.
 */
#define OP(ident, opname, opmode, oprole, opflags, fn, in_t, out_t)                                          \
    static enum ecode run_##ident(struct ctx *ctx, const void *in, void *out)                                \
    {                                                                                                        \
        const in_t *i = in;                                                                                  \
        out_t *o = out;                                                                                      \
        return fn(ctx, i, o);                                                                                \
    }                                                                                                        \
    const struct op OP_##ident = {opname, opmode, oprole, (opflags)&OP_BULK, (opflags)&OP_AUDIT, run_##ident};

OP(session_list, "session.list", OP_READ, ROLE_USER, 0, session_list, void, struct session_list)
OP(session_delete, "session.delete", OP_WRITE, ROLE_USER, OP_AUDIT, session_delete, struct session_selector,
   void)
OP(sign_in_telegram, "sign_in.telegram", OP_WRITE, ROLE_NOBODY, 0, sign_in_telegram, struct telegram_sign_in,
   struct signed_in)
OP(sign_in_link, "sign_in.link", OP_WRITE, ROLE_NOBODY, 0, sign_in_link, struct link_sign_in,
   struct signed_in)
OP(sign_in_demo, "sign_in.demo", OP_WRITE, ROLE_NOBODY, 0, sign_in_demo, struct demo_sign_in,
   struct signed_in)
OP(sign_in_prolong, "sign_in.prolong", OP_WRITE, ROLE_USER, 0, sign_in_prolong, void, struct prolonged)
OP(me_get, "me.get", OP_READ, ROLE_USER, 0, user_get, void, struct user_view)
OP(me_update, "me.update", OP_WRITE, ROLE_USER, 0, user_update, struct user_change, struct user_view)
OP(me_erase, "me.erase", OP_WRITE, ROLE_USER, OP_AUDIT, user_erase, void, void)
OP(habit_list, "habit.list", OP_READ_SNAPSHOT, ROLE_USER, 0, habit_list, struct habit_query,
   struct habit_page)
OP(habit_get, "habit.get", OP_READ_SNAPSHOT, ROLE_USER, 0, habit_get, struct habit_ref, struct habit)
OP(habit_create, "habit.create", OP_WRITE, ROLE_USER, 0, habit_create, struct habit_change, struct habit)
OP(habit_update, "habit.update", OP_WRITE, ROLE_USER, 0, habit_update, struct habit_change, struct habit)
OP(habit_delete, "habit.delete", OP_WRITE, ROLE_USER, 0, habit_delete, struct habit_ref, void)
OP(habit_restore, "habit.restore", OP_WRITE, ROLE_USER, 0, habit_restore, struct habit_ref, struct habit)
OP(schedule_create, "schedule.create", OP_WRITE, ROLE_USER, 0, schedule_create, struct schedule_change,
   struct schedule)
OP(schedule_update, "schedule.update", OP_WRITE, ROLE_USER, 0, schedule_update, struct schedule_change,
   struct schedule)
OP(schedule_delete, "schedule.delete", OP_WRITE, ROLE_USER, 0, schedule_delete, struct schedule_change, void)
OP(log_put, "log.put", OP_WRITE, ROLE_USER, 0, log_put_and_tell, struct log_mark, struct log_result)
OP(log_delete, "log.delete", OP_WRITE, ROLE_USER, 0, log_delete, struct log_ref, void)
OP(log_list, "log.list", OP_READ, ROLE_USER, 0, log_list, struct log_range, struct log_page)
OP(log_batch, "log.batch", OP_WRITE, ROLE_USER, 0, log_batch_and_tell, struct log_batch,
   struct log_batch_result)
OP(today_get, "today.get", OP_READ_SNAPSHOT, ROLE_USER, 0, today_get, struct today_query, struct today)
OP(stats_get, "stats.get", OP_READ_SNAPSHOT, ROLE_USER, 0, stats_get, struct stats_query, struct stats)
OP(year_get, "year.get", OP_READ_SNAPSHOT, ROLE_USER, 0, year_get, struct year_query, struct year)
OP(overall_get, "overall.get", OP_READ_SNAPSHOT, ROLE_USER, 0, overall_get, struct overall_query,
   struct overall)
OP(schedule_preview, "schedule.preview", OP_READ, ROLE_USER, 0, schedule_preview, struct schedule_change,
   struct schedule_preview)
OP(reminder_snooze, "reminder.snooze", OP_WRITE, ROLE_USER, 0, reminder_snooze, struct snooze_request,
   struct snooze)
OP(import, "import.run", OP_WRITE, ROLE_USER, OP_BULK, import_run, struct import_request,
   struct import_result)
OP(export, "export.run", OP_READ_SNAPSHOT, ROLE_USER, 0, export_run, struct export_request,
   struct export_result)

OP(balance_get, "balance.get", OP_READ, ROLE_USER, 0, wallet_get, void, struct wallet)
OP(balance_transactions, "balance.transactions", OP_READ_SNAPSHOT, ROLE_USER, 0, posting_list,
   struct posting_query, struct posting_page)
OP(balance_adjust, "balance.adjust", OP_WRITE, ROLE_ADMIN, OP_AUDIT, wallet_adjust, struct adjustment,
   struct adjusted)

OP(plan_list, "plan.list", OP_READ, ROLE_USER, 0, payment_offers, void, struct plan_offers)
OP(payment_create, "payment.create", OP_WRITE, ROLE_USER, 0, payment_create, struct payment_order,
   struct payment)
OP(payment_get, "payment.get", OP_READ, ROLE_USER, 0, payment_get, struct payment_ref, struct payment)
OP(payment_show, "payment.show", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, payment_show, struct payment_lookup,
   struct payment_history)
OP(payment_refund, "payment.refund", OP_WRITE, ROLE_ADMIN, OP_AUDIT, payment_give_back, struct payment_refund,
   struct payment_given_back)

OP(payment_dispute, "payment.dispute", OP_WRITE, ROLE_ADMIN, OP_AUDIT, payment_dispute,
   struct payment_dispute, struct payment)

OP(sandbox_show, "sandbox.show", OP_READ, ROLE_NOBODY, 0, sandbox_show, struct sandbox_order,
   struct sandbox_view)
OP(sandbox_decide, "sandbox.decide", OP_WRITE, ROLE_NOBODY, 0, sandbox_decide, struct sandbox_decision,
   struct sandbox_view)

OP(subscription_get, "subscription.get", OP_READ_SNAPSHOT, ROLE_USER, 0, subscription_get, void,
   struct subscription)
OP(subscription_buy, "subscription.buy", OP_WRITE, ROLE_USER, 0, subscription_buy, struct purchase,
   struct purchase_result)
OP(subscription_cancel, "subscription.cancel", OP_WRITE, ROLE_USER, 0, subscription_cancel, void,
   struct subscription)
OP(subscription_grant, "subscription.grant", OP_WRITE, ROLE_ADMIN, OP_AUDIT, subscription_grant, struct grant,
   struct subscription)
OP(subscription_revoke, "subscription.revoke", OP_WRITE, ROLE_ADMIN, OP_AUDIT, subscription_revoke,
   struct revocation, struct subscription)

OP(referral_get, "referral.get", OP_READ_SNAPSHOT, ROLE_USER, 0, referral_get, void, struct referral_summary)
OP(referral_review, "referral.review", OP_WRITE, ROLE_ADMIN, OP_AUDIT, referral_review,
   struct referral_verdict, struct referral)

OP(admin_present, "admin.present", OP_READ, ROLE_ADMIN, 0, admin_present, void, void)
OP(admin_people, "admin.people", OP_READ, ROLE_ADMIN, 0, admin_people, struct admin_people_query,
   struct admin_people_page)
OP(admin_person, "admin.person", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, admin_person, struct admin_person_ref,
   struct admin_card)
OP(admin_block, "admin.block", OP_WRITE, ROLE_ADMIN, OP_AUDIT, admin_block, struct admin_block,
   struct admin_card)
OP(admin_postings, "admin.transactions", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, admin_postings,
   struct admin_postings_query, struct posting_page)
OP(admin_payments, "admin.payments", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, admin_payments,
   struct admin_payments_query, struct admin_payments_page)
OP(admin_subscriptions, "admin.subscriptions", OP_READ, ROLE_ADMIN, 0, admin_subscriptions,
   struct admin_list_query, struct admin_subscriptions_page)
OP(admin_referrals, "admin.referrals", OP_READ, ROLE_ADMIN, 0, admin_referrals, struct admin_list_query,
   struct admin_referrals_page)
OP(admin_broadcasts, "admin.broadcasts", OP_READ, ROLE_ADMIN, 0, admin_broadcasts, struct admin_list_query,
   struct admin_broadcasts_page)
OP(admin_database, "admin.database", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, admin_database, void,
   struct admin_database)
OP(admin_queues, "admin.queues", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, admin_queues, void, struct admin_queues)
OP(admin_outbox, "admin.outbox", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, admin_outbox, struct admin_outbox_query,
   struct admin_outbox_page)
OP(admin_inbox, "admin.inbox", OP_READ, ROLE_ADMIN, 0, admin_inbox, struct admin_inbox_query,
   struct admin_inbox_page)
OP(admin_audit, "admin.audit", OP_READ, ROLE_ADMIN, 0, admin_audit, struct admin_audit_query,
   struct admin_audit_page)
OP(system_log_list, "system_log.list", OP_READ, ROLE_ADMIN, 0, system_log_list, struct system_log_query,
   struct system_log_page)
OP(alert_list, "alert.list", OP_READ, ROLE_ADMIN, 0, alert_list, struct alert_query, struct alert_page)
OP(alert_handle, "alert.handle", OP_WRITE, ROLE_ADMIN, OP_AUDIT, alert_handle, struct alert_order,
   struct alert)
OP(figures_get, "figures.get", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, figures_get, void, struct figures)
OP(report_overview, "analytics.overview", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, report_answer_overview,
   struct report_span, struct report_answer)
OP(report_cohorts, "analytics.cohorts", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, report_answer_cohorts,
   struct report_span, struct report_answer)
OP(report_retention, "analytics.retention", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, report_answer_retention,
   struct report_span, struct report_answer)
OP(report_habits, "analytics.habits", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, report_answer_habits,
   struct report_span, struct report_answer)
OP(report_revenue, "analytics.revenue", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, report_answer_revenue,
   struct report_span, struct report_answer)
OP(report_business, "analytics.business", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, report_answer_business,
   struct report_span, struct report_answer)
OP(person_find, "person.find", OP_READ_SNAPSHOT, ROLE_ADMIN, 0, person_find, struct person_query,
   struct person)

OP(health, "health.check", OP_READ, ROLE_NOBODY, 0, health_check, struct health_query, struct health)

const struct op *const op_table[] = {
    &OP_session_list,
    &OP_session_delete,
    &OP_sign_in_telegram,
    &OP_sign_in_link,
    &OP_sign_in_demo,
    &OP_sign_in_prolong,
    &OP_me_get,
    &OP_me_update,
    &OP_me_erase,
    &OP_habit_list,
    &OP_habit_get,
    &OP_habit_create,
    &OP_habit_update,
    &OP_habit_delete,
    &OP_habit_restore,
    &OP_schedule_create,
    &OP_schedule_update,
    &OP_schedule_delete,
    &OP_log_put,
    &OP_log_delete,
    &OP_log_list,
    &OP_log_batch,
    &OP_today_get,
    &OP_stats_get,
    &OP_year_get,
    &OP_overall_get,
    &OP_schedule_preview,
    &OP_reminder_snooze,
    &OP_balance_get,
    &OP_balance_transactions,
    &OP_balance_adjust,
    &OP_plan_list,
    &OP_payment_create,
    &OP_payment_get,
    &OP_payment_show,
    &OP_payment_refund,
    &OP_payment_dispute,
    &OP_sandbox_show,
    &OP_sandbox_decide,
    &OP_subscription_get,
    &OP_subscription_buy,
    &OP_subscription_cancel,
    &OP_subscription_grant,
    &OP_subscription_revoke,
    &OP_referral_get,
    &OP_referral_review,
    &OP_admin_present,
    &OP_admin_people,
    &OP_admin_person,
    &OP_admin_block,
    &OP_admin_postings,
    &OP_admin_payments,
    &OP_admin_audit,
    &OP_admin_database,
    &OP_admin_queues,
    &OP_admin_outbox,
    &OP_admin_inbox,
    &OP_admin_subscriptions,
    &OP_admin_referrals,
    &OP_admin_broadcasts,
    &OP_system_log_list,
    &OP_alert_list,
    &OP_alert_handle,
    &OP_import,
    &OP_export,
    &OP_figures_get,
    &OP_report_overview,
    &OP_report_cohorts,
    &OP_report_retention,
    &OP_report_habits,
    &OP_report_revenue,
    &OP_person_find,
    &OP_health,
    NULL,
};

static enum ecode audit(struct ctx *ctx, const struct op *op)
{
    char id[UUID_TEXT], actor[UUID_TEXT + 8];
    if (ctx->actor.role == ROLE_SYSTEM)
        snprintf(actor, sizeof actor, "system");
    else if (uuid_is_zero(&ctx->actor.session_id)) /* in the chat */
        snprintf(actor, sizeof actor, "person:%s", uuid_format(&ctx->actor.user_id, id));
    else
        snprintf(actor, sizeof actor, "session:%s", uuid_format(&ctx->actor.session_id, id));
    struct uuid row = ctx_new_id(ctx);
    struct stmt *q = db_query(ctx->db, &Q_audit_insert);
    stmt_bind_uuid(q, 1, uuid_is_zero(&ctx->subject) ? &ctx->actor.user_id : &ctx->subject);
    stmt_bind_uuid(q, 2, &row);
    stmt_bind_text(q, 3, actor);
    stmt_bind_text(q, 4, op->name);
    stmt_bind_text(q, 5, ctx->request_id);
    stmt_bind_text(q, 6, ctx->audit_detail);
    stmt_bind_time(q, 7, ctx->now);
    return stmt_run(q);
}

enum ecode op_run(struct ctx *ctx, const struct op *op, const void *in, void *out)
{
    if (ctx->actor.role < op->role) {
        if (ctx->actor.role == ROLE_NOBODY)
            return err_set(&ctx->err, E_UNAUTHENTIC, "a bearer token is needed");
        return err_set(&ctx->err, E_FORBIDDEN, "this needs an operator's token");
    }
    enum ecode rc =
        op->mode == OP_WRITE && !ctx->locked ? ctx_lock_people(ctx, &ctx->actor.user_id, 1) : E_OK;
    if (rc == E_OK)
        rc = op->run(ctx, in, out);
    if (rc == E_OK && op->audit)
        rc = audit(ctx, op);
    return rc;
}
