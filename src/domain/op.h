#ifndef HABITD_DOMAIN_OP_H
#define HABITD_DOMAIN_OP_H

#include "domain/ctx.h"

/*
 * The table of operations: every action of habitd, by name, with who may call it and whether it writes. The
 * HTTP API, the bot, jobs and the command line call the same ones; permission checks, audit rows and metric
 * names come from here.
 */
enum op_mode {
    OP_READ,          /* on a read connection, statement by statement */
    OP_READ_SNAPSHOT, /* on a read connection, all statements see one moment */
    OP_WRITE          /* a command on a lane, inside its transaction */
};

struct op {
    const char *name; /* "log.put": metric label, audit row, idempotency scope */
    enum op_mode mode;
    enum role role; /* the least role that may call it */
    bool bulk;      /* long writes: on a lane of their own where the engine has room for two */
    bool audit;     /* leaves a row in audit_log; writes only */
    /*
     * in and out are the operation's own structs, named in its module's header. Allocates results in
     * ctx->arena. May be run again from the start (replay), so it writes nothing outside the database, ctx
     * and *out.
     */
    enum ecode (*run)(struct ctx *ctx, const void *in, void *out);
};

/* Checks the actor's role (E_UNAUTHENTIC, E_FORBIDDEN), locks the person for OP_WRITE unless ctx->locked,
 * runs the operation, writes the audit row. Inside a transaction for OP_WRITE. */
enum ecode op_run(struct ctx *ctx, const struct op *op, const void *in, void *out);

/* All operations; ends with NULL. */
extern const struct op *const op_table[];

extern const struct op OP_session_list, OP_session_delete;
extern const struct op OP_sign_in_telegram, OP_sign_in_link, OP_sign_in_demo, OP_sign_in_prolong;
extern const struct op OP_me_get, OP_me_update, OP_me_erase;
extern const struct op OP_habit_list, OP_habit_get, OP_habit_create, OP_habit_update, OP_habit_delete,
    OP_habit_restore;
extern const struct op OP_schedule_create, OP_schedule_update, OP_schedule_delete;
extern const struct op OP_log_put, OP_log_delete, OP_log_list, OP_log_batch;
extern const struct op OP_schedule_preview, OP_year_get, OP_overall_get;
extern const struct op OP_today_get, OP_stats_get;
extern const struct op OP_reminder_snooze;
extern const struct op OP_balance_get, OP_balance_transactions, OP_balance_adjust;
extern const struct op OP_plan_list;
extern const struct op OP_sandbox_show, OP_sandbox_decide;
extern const struct op OP_payment_create, OP_payment_get, OP_payment_show, OP_payment_refund,
    OP_payment_dispute;
extern const struct op OP_subscription_get, OP_subscription_buy, OP_subscription_cancel,
    OP_subscription_grant, OP_subscription_revoke;
extern const struct op OP_admin_present, OP_admin_people, OP_admin_person, OP_admin_block, OP_admin_postings,
    OP_admin_payments, OP_admin_audit, OP_admin_subscriptions, OP_admin_referrals, OP_admin_broadcasts,
    OP_admin_database, OP_admin_queues, OP_admin_outbox, OP_admin_inbox;
extern const struct op OP_alert_list, OP_alert_handle;
extern const struct op OP_system_log_list;
extern const struct op OP_import, OP_export;
extern const struct op OP_referral_get, OP_referral_review;
extern const struct op OP_figures_get, OP_person_find;
extern const struct op OP_report_overview, OP_report_cohorts, OP_report_retention, OP_report_habits,
    OP_report_revenue, OP_report_business;
extern const struct op OP_health;

#endif
