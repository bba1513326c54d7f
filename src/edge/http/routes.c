#include "edge/http/route.h"

#include <string.h>
#include "base/check.h"
#include "domain/admin/admin.h"
#include "domain/alert/alert.h"
#include "domain/checkin/checkin.h"
#include "domain/habit/habit.h"
#include "domain/ledger/ledger.h"
#include "domain/payment/sandbox.h"
#include "domain/referral/referral.h"
#include "domain/report/stored.h"
#include "domain/session/sign_in.h"
#include "domain/subscription/subscription.h"
#include "domain/system_log/system_log.h"
#include "domain/transfer/transfer.h"
#include "domain/user/user.h"
#include "edge/http/api_admin_lists.h"
#include "edge/http/api_analytics.h"
#include "edge/http/api_system_log.h"
#include "edge/http/payment_wait.h"

static const char *const page_params[] = {"limit", "cursor", NULL};
static const char *const habit_list_params[] = {"archived", "limit", "cursor", NULL};
static const char *const log_list_params[] = {"from", "to", "limit", "cursor", NULL};
static const char *const today_params[] = {"day", NULL};
static const char *const stats_params[] = {"on", NULL};
static const char *const import_params[] = {"format", "dry_run", "restore", NULL};
static const char *const admin_people_params[] = {"telegram_id", "username",    "referral_code", "from",
                                                  "to",          "marked_from", "marked_to",     "erased",
                                                  "limit",       "sort",        "cursor",        NULL};
static const char *const admin_payments_params[] = {"user_id",  "charge",       "provider",   "status",
                                                    "currency", "revenue_from", "revenue_to", "limit",
                                                    "sort",     "cursor",       NULL};
static const char *const alert_list_params[] = {"resolved", "limit", "sort", "cursor", NULL};
static const char *const admin_audit_params[] = {"user_id", "operation", "limit", "sort", "cursor", NULL};
static const char *const admin_outbox_params[] = {"status", "lane", "kind",   "channel", "user_id",
                                                  "limit",  "sort", "cursor", NULL};
static const char *const admin_inbox_params[] = {"status", "source", "limit", "sort", "cursor", NULL};
static const char *const system_log_params[] = {"level", "source", "fingerprint", "from", "to",
                                                "limit", "sort",   "cursor",      NULL};
static const char *const admin_list_params[] = {"status", "limit", "sort", "cursor", NULL};
static const char *const admin_postings_params[] = {"kind", "limit", "sort", "cursor", NULL};
static const char *const span_params[] = {"from", "to", NULL};
static const char *const export_params[] = {"format", NULL};

#define IN(type) .in_size = sizeof(type)
#define OUT(type) .out_size = sizeof(type)

const struct route routes[] = {
    {HTTP_GET, "/healthz", system_healthz, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},
    {HTTP_GET, "/readyz", system_readyz, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},
    {HTTP_GET, "/metrics", system_metrics, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},
    {HTTP_GET, "/openapi.json", system_openapi, .status = 200, .flags = ROUTE_PUBLIC},

    {HTTP_GET, "/", web_asset, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},
    {HTTP_GET, "/admin", web_asset, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},
    {HTTP_GET, "/sw.js", web_asset, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},
    {HTTP_GET, "/manifest.webmanifest", web_asset, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},
    {HTTP_GET, "/assets/{file}", web_asset, .status = 200, .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED},

    {HTTP_POST, "/webhooks/telegram", webhook_telegram, .status = 200, .body = BODY_RAW,
     .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED, .admit = webhook_admit_telegram, .resumed = webhook_resumed},
    {HTTP_POST, "/webhooks/yookassa", webhook_yookassa, .status = 200, .body = BODY_RAW,
     .flags = ROUTE_PUBLIC | ROUTE_JUDGED, .admit = webhook_admit_yookassa, .resumed = webhook_resumed},
    {HTTP_POST, "/webhooks/cryptobot", webhook_cryptobot, .status = 200, .body = BODY_RAW,
     .flags = ROUTE_PUBLIC | ROUTE_UNLIMITED | ROUTE_JUDGED, .admit = webhook_admit_cryptobot,
     .resumed = webhook_resumed},

    {HTTP_GET, "/sandbox/{order_id}", NULL, &OP_sandbox_show, IN(struct sandbox_order),
     OUT(struct sandbox_view), .parse = parse_sandbox_show, .answer = answer_sandbox, .status = 200,
     .flags = ROUTE_PUBLIC},
    {HTTP_POST, "/sandbox/{order_id}/pay", NULL, &OP_sandbox_decide, IN(struct sandbox_decision),
     OUT(struct sandbox_view), .parse = parse_sandbox_pay, .answer = answer_sandbox, .status = 200,
     .flags = ROUTE_PUBLIC},
    {HTTP_POST, "/sandbox/{order_id}/decline", NULL, &OP_sandbox_decide, IN(struct sandbox_decision),
     OUT(struct sandbox_view), .parse = parse_sandbox_decline, .answer = answer_sandbox, .status = 200,
     .flags = ROUTE_PUBLIC},
    {HTTP_POST, "/sandbox/{order_id}/dispute/{turn}", NULL, &OP_sandbox_decide, IN(struct sandbox_decision),
     OUT(struct sandbox_view), .parse = parse_sandbox_dispute, .answer = answer_sandbox, .status = 200,
     .flags = ROUTE_PUBLIC},

    {HTTP_GET, "/v1/auth", auth_ways, .status = 200, .flags = ROUTE_PUBLIC},
    {HTTP_POST, "/v1/auth/telegram", NULL, &OP_sign_in_telegram, IN(struct telegram_sign_in),
     OUT(struct signed_in), .parse = parse_sign_in_telegram, .render = render_signed_in, .status = 200,
     .body = BODY_JSON, .flags = ROUTE_PUBLIC},
    {HTTP_POST, "/v1/auth/link", NULL, &OP_sign_in_link, IN(struct link_sign_in), OUT(struct signed_in),
     .parse = parse_sign_in_link, .render = render_signed_in, .status = 200, .body = BODY_JSON,
     .flags = ROUTE_PUBLIC},
    {HTTP_POST, "/v1/auth/demo", NULL, &OP_sign_in_demo, IN(struct demo_sign_in), OUT(struct signed_in),
     .parse = parse_sign_in_demo, .render = render_signed_in, .status = 200, .body = BODY_JSON,
     .flags = ROUTE_PUBLIC, .admit = admit_sign_in_demo},
    {HTTP_POST, "/v1/auth/renew", NULL, &OP_sign_in_prolong, OUT(struct prolonged),
     .render = render_prolonged, .status = 200},
    {HTTP_GET, "/v1/sessions", NULL, &OP_session_list, OUT(struct session_list), .parse = parse_session_list,
     .render = render_session_list, .status = 200, .params = page_params},
    {HTTP_DELETE, "/v1/sessions", NULL, &OP_session_delete, IN(struct session_selector),
     .parse = parse_session_delete_all, .status = 204},
    {HTTP_DELETE, "/v1/sessions/{session_id}", NULL, &OP_session_delete, IN(struct session_selector),
     .parse = parse_session_delete, .status = 204},

    {HTTP_GET, "/v1/me", NULL, &OP_me_get, OUT(struct user_view), .render = render_me, .status = 200},
    {HTTP_PATCH, "/v1/me", NULL, &OP_me_update, IN(struct user_change), OUT(struct user_view),
     .parse = parse_me_update, .render = render_me, .status = 200, .body = BODY_JSON},
    {HTTP_DELETE, "/v1/me", NULL, &OP_me_erase, .status = 204},

    {HTTP_GET, "/v1/habits", NULL, &OP_habit_list, IN(struct habit_query), OUT(struct habit_page),
     .parse = parse_habit_list, .render = render_habit_list, .status = 200, .params = habit_list_params},
    {HTTP_POST, "/v1/habits", NULL, &OP_habit_create, IN(struct habit_change), OUT(struct habit),
     .parse = parse_habit_create, .render = render_habit, .status = 201, .body = BODY_JSON, .created = true},
    {HTTP_GET, "/v1/habits/{habit_id}", NULL, &OP_habit_get, IN(struct habit_ref), OUT(struct habit),
     .parse = parse_habit_ref, .render = render_habit, .status = 200},
    {HTTP_PATCH, "/v1/habits/{habit_id}", NULL, &OP_habit_update, IN(struct habit_change), OUT(struct habit),
     .parse = parse_habit_update, .render = render_habit, .status = 200, .body = BODY_JSON},
    {HTTP_DELETE, "/v1/habits/{habit_id}", NULL, &OP_habit_delete, IN(struct habit_ref),
     .parse = parse_habit_ref, .status = 204},
    {HTTP_POST, "/v1/habits/{habit_id}/restore", NULL, &OP_habit_restore, IN(struct habit_ref),
     OUT(struct habit), .parse = parse_habit_ref, .render = render_habit, .status = 200},

    {HTTP_GET, "/v1/habits/{habit_id}/schedules", NULL, &OP_habit_get, IN(struct habit_ref),
     OUT(struct habit), .parse = parse_habit_ref, .render = render_schedule_list, .status = 200},
    {HTTP_POST, "/v1/habits/{habit_id}/schedules", NULL, &OP_schedule_create, IN(struct schedule_change),
     OUT(struct schedule), .parse = parse_schedule_create, .render = render_schedule, .status = 201,
     .body = BODY_JSON, .created = true},
    {HTTP_GET, "/v1/habits/{habit_id}/schedules/{schedule_id}", NULL, &OP_habit_get, IN(struct habit_ref),
     OUT(struct habit), .parse = parse_schedule_get, .render = render_schedule_of_habit, .status = 200},
    {HTTP_PATCH, "/v1/habits/{habit_id}/schedules/{schedule_id}", NULL, &OP_schedule_update,
     IN(struct schedule_change), OUT(struct schedule), .parse = parse_schedule_update,
     .render = render_schedule, .status = 200, .body = BODY_JSON},
    {HTTP_DELETE, "/v1/habits/{habit_id}/schedules/{schedule_id}", NULL, &OP_schedule_delete,
     IN(struct schedule_change), .parse = parse_schedule_delete, .status = 204},

    {HTTP_PUT, "/v1/habits/{habit_id}/logs/{day}", NULL, &OP_log_put, IN(struct log_mark),
     OUT(struct log_result), .parse = parse_log_put, .render = render_log_put, .status_of = status_log_put,
     .body = BODY_JSON, .flags = ROUTE_SMALL},
    {HTTP_DELETE, "/v1/habits/{habit_id}/logs/{day}", NULL, &OP_log_delete, IN(struct log_ref),
     .parse = parse_log_ref, .status = 204},
    {HTTP_GET, "/v1/habits/{habit_id}/logs", NULL, &OP_log_list, IN(struct log_range), OUT(struct log_page),
     .parse = parse_log_list, .render = render_log_list, .status = 200, .params = log_list_params},
    {HTTP_POST, "/v1/logs:batch", NULL, &OP_log_batch, IN(struct log_batch), OUT(struct log_batch_result),
     .parse = parse_log_batch, .render = render_log_batch, .status = 200, .body = BODY_JSON},

    {HTTP_GET, "/v1/today", NULL, &OP_today_get, IN(struct today_query), OUT(struct today),
     .parse = parse_today, .render = render_today, .status = 200, .params = today_params},
    {HTTP_GET, "/v1/habits/{habit_id}/stats", NULL, &OP_stats_get, IN(struct stats_query), OUT(struct stats),
     .parse = parse_stats, .render = render_stats, .status = 200, .params = stats_params},

    {HTTP_GET, "/v1/habits/{habit_id}/year", NULL, &OP_year_get, IN(struct year_query), OUT(struct year),
     .parse = parse_year, .render = render_year, .status = 200, .params = span_params},
    {HTTP_GET, "/v1/stats", NULL, &OP_overall_get, IN(struct overall_query), OUT(struct overall),
     .parse = parse_overall, .render = render_overall, .status = 200, .params = span_params},
    {HTTP_POST, "/v1/schedules:preview", NULL, &OP_schedule_preview, IN(struct schedule_change),
     OUT(struct schedule_preview), .parse = parse_schedule_preview, .render = render_schedule_preview,
     .status = 200, .body = BODY_JSON},

    {HTTP_GET, "/v1/balance", NULL, &OP_balance_get, OUT(struct wallet), .render = render_wallet,
     .status = 200},
    {HTTP_GET, "/v1/balance/transactions", NULL, &OP_balance_transactions, IN(struct posting_query),
     OUT(struct posting_page), .parse = parse_posting_list, .render = render_posting_list, .status = 200,
     .params = page_params},
    {HTTP_GET, "/v1/plans", NULL, &OP_plan_list, OUT(struct plan_offers), .render = render_plan_list,
     .status = 200},
    {HTTP_GET, "/v1/subscription", NULL, &OP_subscription_get, OUT(struct subscription),
     .render = render_subscription, .status = 200},
    {HTTP_POST, "/v1/subscription", NULL, &OP_subscription_buy, IN(struct purchase),
     OUT(struct purchase_result), .parse = parse_subscription_buy, .render = render_subscription_buy,
     .status_of = status_subscription_buy, .body = BODY_JSON},
    {HTTP_POST, "/v1/subscription/cancel", NULL, &OP_subscription_cancel, OUT(struct subscription),
     .render = render_subscription, .status = 200},

    {HTTP_POST, "/v1/payments", NULL, &OP_payment_create, IN(struct payment_order), OUT(struct payment),
     .parse = parse_payment_create, .render = render_payment, .status_of = status_payment_create,
     .body = BODY_JSON, .created = true, .hold = payment_wait_hold},
    {HTTP_GET, "/v1/payments/{payment_id}", NULL, &OP_payment_get, IN(struct payment_ref),
     OUT(struct payment), .parse = parse_payment_get, .render = render_payment, .status = 200},

    {HTTP_GET, "/v1/referral", NULL, &OP_referral_get, OUT(struct referral_summary),
     .render = render_referral, .status = 200},

    {HTTP_GET, "/v1/admin/users", NULL, &OP_admin_people, IN(struct admin_people_query),
     OUT(struct admin_people_page), .parse = parse_admin_people, .render = render_admin_people, .status = 200,
     .params = admin_people_params},
    {HTTP_GET, "/v1/admin/users/{user_id}", NULL, &OP_admin_person, IN(struct admin_person_ref),
     OUT(struct admin_card), .parse = parse_admin_person, .render = render_admin_card, .status = 200},
    {HTTP_GET, "/v1/admin/users/{user_id}/transactions", NULL, &OP_admin_postings,
     IN(struct admin_postings_query), OUT(struct posting_page), .parse = parse_admin_postings,
     .render = render_posting_list, .status = 200, .params = admin_postings_params},
    {HTTP_POST, "/v1/admin/users/{user_id}/block", NULL, &OP_admin_block, IN(struct admin_block),
     OUT(struct admin_card), .parse = parse_admin_block, .render = render_admin_card, .status = 200,
     .body = BODY_JSON},
    {HTTP_POST, "/v1/admin/users/{user_id}/unblock", NULL, &OP_admin_block, IN(struct admin_block),
     OUT(struct admin_card), .parse = parse_admin_unblock, .render = render_admin_card, .status = 200,
     .body = BODY_JSON},
    {HTTP_POST, "/v1/admin/users/{user_id}/adjust", NULL, &OP_balance_adjust, IN(struct adjustment),
     OUT(struct adjusted), .parse = parse_admin_adjust, .render = render_admin_adjusted, .status = 201,
     .body = BODY_JSON},
    {HTTP_POST, "/v1/admin/users/{user_id}/grant", NULL, &OP_subscription_grant, IN(struct grant),
     OUT(struct subscription), .parse = parse_admin_grant, .render = render_subscription, .status = 201,
     .body = BODY_JSON},
    {HTTP_POST, "/v1/admin/users/{user_id}/revoke", NULL, &OP_subscription_revoke, IN(struct revocation),
     OUT(struct subscription), .parse = parse_admin_revoke, .render = render_subscription, .status = 200,
     .body = BODY_JSON},
    {HTTP_GET, "/v1/admin/payments", NULL, &OP_admin_payments, IN(struct admin_payments_query),
     OUT(struct admin_payments_page), .parse = parse_admin_payments, .render = render_admin_payments,
     .status = 200, .params = admin_payments_params},
    {HTTP_GET, "/v1/admin/payments/{payment_id}", NULL, &OP_payment_show, IN(struct payment_lookup),
     OUT(struct payment_history), .parse = parse_admin_payment, .render = render_admin_payment,
     .status = 200},
    {HTTP_POST, "/v1/admin/payments/{payment_id}/refund", NULL, &OP_payment_refund, IN(struct payment_refund),
     OUT(struct payment_given_back), .parse = parse_admin_refund, .render = render_admin_refund,
     .status_of = status_admin_refund, .body = BODY_JSON},
    {HTTP_POST, "/v1/admin/payments/{payment_id}/dispute", NULL, &OP_payment_dispute,
     IN(struct payment_dispute), OUT(struct payment), .parse = parse_admin_dispute,
     .render = render_admin_dispute, .status = 200, .body = BODY_JSON},
    {HTTP_GET, "/v1/admin/subscriptions", NULL, &OP_admin_subscriptions, IN(struct admin_list_query),
     OUT(struct admin_subscriptions_page), .parse = parse_admin_subscriptions,
     .render = render_admin_subscriptions, .status = 200, .params = admin_list_params},
    {HTTP_GET, "/v1/admin/broadcasts", NULL, &OP_admin_broadcasts, IN(struct admin_list_query),
     OUT(struct admin_broadcasts_page), .parse = parse_admin_broadcasts, .render = render_admin_broadcasts,
     .status = 200, .params = admin_list_params},
    {HTTP_GET, "/v1/admin/referrals", NULL, &OP_admin_referrals, IN(struct admin_list_query),
     OUT(struct admin_referrals_page), .parse = parse_admin_referrals, .render = render_admin_referrals,
     .status = 200, .params = admin_list_params},
    {HTTP_POST, "/v1/admin/referrals/{referred_id}/review", NULL, &OP_referral_review,
     IN(struct referral_verdict), OUT(struct referral), .parse = parse_admin_verdict,
     .render = render_admin_referral, .status = 200, .body = BODY_JSON},
    {HTTP_GET, "/v1/admin/alerts", NULL, &OP_alert_list, IN(struct alert_query), OUT(struct alert_page),
     .parse = parse_alert_list, .render = render_alert_list, .status = 200, .params = alert_list_params},
    {HTTP_POST, "/v1/admin/alerts/{alert_id}/acknowledge", NULL, &OP_alert_handle, IN(struct alert_order),
     OUT(struct alert), .parse = parse_alert_acknowledge, .render = render_alert, .status = 200,
     .body = BODY_JSON},
    {HTTP_POST, "/v1/admin/alerts/{alert_id}/silence", NULL, &OP_alert_handle, IN(struct alert_order),
     OUT(struct alert), .parse = parse_alert_silence, .render = render_alert, .status = 200,
     .body = BODY_JSON},
    {HTTP_POST, "/v1/admin/alerts/{alert_id}/resolve", NULL, &OP_alert_handle, IN(struct alert_order),
     OUT(struct alert), .parse = parse_alert_resolve, .render = render_alert, .status = 200,
     .body = BODY_JSON},
    {HTTP_GET, "/v1/admin/analytics/overview", NULL, &OP_report_overview, IN(struct report_span),
     OUT(struct report_answer), .parse = parse_analytics, .render = render_analytics, .status = 200,
     .params = span_params},
    {HTTP_GET, "/v1/admin/analytics/cohorts", NULL, &OP_report_cohorts, IN(struct report_span),
     OUT(struct report_answer), .parse = parse_analytics, .render = render_analytics, .status = 200,
     .params = span_params},
    {HTTP_GET, "/v1/admin/analytics/retention", NULL, &OP_report_retention, IN(struct report_span),
     OUT(struct report_answer), .parse = parse_analytics, .render = render_analytics, .status = 200,
     .params = span_params},
    {HTTP_GET, "/v1/admin/analytics/habits", NULL, &OP_report_habits, IN(struct report_span),
     OUT(struct report_answer), .parse = parse_analytics, .render = render_analytics, .status = 200,
     .params = span_params},
    {HTTP_GET, "/v1/admin/analytics/revenue", NULL, &OP_report_revenue, IN(struct report_span),
     OUT(struct report_answer), .parse = parse_analytics, .render = render_analytics, .status = 200,
     .params = span_params},
    {HTTP_GET, "/v1/admin/analytics/business", NULL, &OP_report_business, IN(struct report_span),
     OUT(struct report_answer), .parse = parse_analytics, .render = render_analytics, .status = 200,
     .params = span_params},
    {HTTP_GET, "/v1/admin/database", NULL, &OP_admin_database, OUT(struct admin_database),
     .render = render_admin_database, .status = 200},
    {HTTP_POST, "/v1/admin/database/doctor", NULL, &OP_admin_present, .render = render_doctor_begun,
     .status = 202},
    {HTTP_GET, "/v1/admin/queues", NULL, &OP_admin_queues, OUT(struct admin_queues),
     .render = render_admin_queues, .status = 200},
    {HTTP_GET, "/v1/admin/outbox", NULL, &OP_admin_outbox, IN(struct admin_outbox_query),
     OUT(struct admin_outbox_page), .parse = parse_admin_outbox, .render = render_admin_outbox, .status = 200,
     .params = admin_outbox_params},
    {HTTP_GET, "/v1/admin/inbox", NULL, &OP_admin_inbox, IN(struct admin_inbox_query),
     OUT(struct admin_inbox_page), .parse = parse_admin_inbox, .render = render_admin_inbox, .status = 200,
     .params = admin_inbox_params},
    {HTTP_GET, "/v1/admin/audit", NULL, &OP_admin_audit, IN(struct admin_audit_query),
     OUT(struct admin_audit_page), .parse = parse_admin_audit, .render = render_admin_audit, .status = 200,
     .params = admin_audit_params},
    {HTTP_GET, "/v1/admin/logs", NULL, &OP_system_log_list, IN(struct system_log_query),
     OUT(struct system_log_page), .parse = parse_system_logs, .render = render_system_logs, .status = 200,
     .params = system_log_params},

    {HTTP_POST, "/v1/import", NULL, &OP_import, IN(struct import_request), OUT(struct import_result),
     .parse = parse_import, .render = render_import, .status = 200, .body = BODY_FILE,
     .params = import_params},
    {HTTP_GET, "/v1/export", NULL, &OP_export, IN(struct export_request), OUT(struct export_result),
     .parse = parse_export, .answer = answer_export, .status = 200, .params = export_params},
};
const size_t routes_count = ARRAY_LEN(routes);
_Static_assert(ARRAY_LEN(routes) <= ROUTES_MAX, "metrics has a row for each");

/* Whether the whole path fits the pattern; fills vars then. */
static bool pattern_matches(const char *p, const char *s, struct segment vars[EXCHANGE_VARS])
{
    struct segment found[EXCHANGE_VARS] = {{0}};
    int n = 0;
    while (*p != '\0') {
        if (*p != '{') {
            if (*p++ != *s++)
                return false;
            continue;
        }
        p = strchr(p, '}') + 1;
        size_t len = strcspn(s, "/");
        if (len == 0)
            return false;
        CHECK(n < EXCHANGE_VARS);
        found[n++] = (struct segment){s, len};
        s += len;
    }
    if (*s != '\0')
        return false;
    memcpy(vars, found, sizeof found);
    return true;
}

static const char *add_method(struct exchange *x, const char *list, enum http_method m)
{
    const char *name = m == HTTP_GET ? "GET, HEAD" : http_method_name(m);
    return list == NULL ? name : arena_printf(x->request->arena, "%s, %s", list, name);
}

const struct route *route_find(struct exchange *x, const char **allow)
{
    enum http_method method = x->request->method == HTTP_HEAD ? HTTP_GET : x->request->method;
    *allow = NULL;
    for (size_t i = 0; i < routes_count; i++) {
        if (!pattern_matches(routes[i].pattern, x->request->path, x->vars))
            continue;
        if (routes[i].method == method)
            return &routes[i];
        if (routes[i].op == NULL || routes[i].op->role != ROLE_ADMIN) /* those are hidden */
            *allow = add_method(x, *allow, routes[i].method);
    }
    return NULL;
}
