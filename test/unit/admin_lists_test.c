#include <stdio.h>
#include <string.h>
#include "admin.sql.h"
#include "alert.sql.h"
#include "base/check.h"
#include "domain_bed.h"
#include "ledger.sql.h"
#include "system_log.sql.h"
#include "test.h"

/* Operators' lists read an index in its order, whatever the tables hold. */

struct plan {
    char text[4096];
};

static void take_line(void *arg, int ncols, const char *const *values)
{
    struct plan *p = arg;
    size_t len = strlen(p->text);
    snprintf(p->text + len, sizeof p->text - len, "%s\n", values[ncols - 1]);
}

/* An argument of each type; a text is left out, as filters mostly are. */
static const struct {
    const char *type, *value;
} arguments[DB_TYPES] = {
    [DB_BOOL] = {"boolean", "true"},   [DB_I64] = {"bigint", "50"},
    [DB_TEXT] = {"text", "NULL"},      [DB_UUID] = {"uuid", "'00000000-0000-0000-0000-000000000000'"},
    [DB_TIME] = {"timestamptz", NULL},
};

/* Every partition is within reach. */
static const char *argument(const struct query *q, int i)
{
    bool down = strstr(q->name, "_desc") != NULL;
    if (q->params[i] != DB_TIME)
        return arguments[q->params[i]].value;
    return strcmp(q->param_names[i], "to_at") == 0 || (i == 0 && down) ? "'2100-01-01'" : "'2000-01-01'";
}

static void prepare(struct domain_bed *b, const struct query *q, char *run, size_t size)
{
    char sql[8192], types[400] = "", values[800] = "";
    for (int i = 0; i < q->nparams; i++) {
        size_t t = strlen(types), v = strlen(values);
        assert_non_null(arguments[q->params[i]].type);
        snprintf(types + t, sizeof types - t, "%s%s", i > 0 ? ", " : "", arguments[q->params[i]].type);
        snprintf(values + v, sizeof values - v, "%s%s", i > 0 ? ", " : "", argument(q, i));
    }
    snprintf(sql, sizeof sql, "PREPARE one (%s) AS %s", types, q->sql[DB_POSTGRES]);
    migrate_bed_sql(&b->base, sql);
    snprintf(run, size, "EXPLAIN EXECUTE one (%s)", values);
}

static void explain(struct domain_bed *b, const struct query *q, struct plan *out)
{
    char sql[8192];
    bool sqlite = b->base.engine == DB_SQLITE;
    out->text[0] = '\0';
    if (sqlite)
        snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", q->sql[DB_SQLITE]);
    else
        prepare(b, q, sql, sizeof sql);
    domain_bed_ok(b, db_exec_rows(b->base.db, sql, take_line, out));
    if (!sqlite)
        migrate_bed_sql(&b->base, "DEALLOCATE one");
}

/* The index that a list reads when it is sorted by a column; PRIMARY: the table's key. */
static const struct {
    const struct query_orders *list;
    const char *column, *index;
} cases[] = {
    {&Q_admin_people, "created_at", "users_created_at"},
    {&Q_admin_people_named, "created_at", "users_username"},
    {&Q_admin_payments, "created_at", "payments_created_at"},
    {&Q_admin_payments, "amount", "payments_amount"},
    {&Q_admin_payments_charged, "created_at", "payments_provider_payment_id_unique"},
    {&Q_admin_payments_charged, "amount", "payments_provider_payment_id_unique"},
    {&Q_admin_subscriptions, "ends_at", "subscriptions_ends_at"},
    {&Q_admin_subscriptions, "starts_at", "subscriptions_starts_at"},
    {&Q_admin_referrals, "created_at", "referrals_created_at"},
    {&Q_admin_referrals_held, "created_at", "referrals_held"},
    {&Q_admin_broadcasts, "created_at", "broadcasts_created_at"},
    {&Q_admin_audit, "created_at", "audit_log_created_at"},
    {&Q_admin_outbox_queued, "due_at", "outbox_due"},
    {&Q_admin_outbox_held, "due_at", "outbox_held"},
    {&Q_admin_outbox_trouble, "due_at", "outbox_trouble"},
    {&Q_admin_inbox, "received_at", "inbox_open"},
    {&Q_alert_list, "first_seen_at", "admin_alerts_first_seen_at"},
    {&Q_alert_list, "last_seen_at", "admin_alerts_last_seen_at"},
    {&Q_alert_list, "occurrences", "admin_alerts_occurrences"},
    {&Q_system_log_list, "created_at", "PRIMARY"},
    {&Q_system_log_list_of, "created_at", "system_logs_fingerprint"},
    {&Q_ledger_list, "seq", "PRIMARY"},
};

static const char *index_of(const struct query_orders *list, const char *column)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (cases[i].list == list && strcmp(cases[i].column, column) == 0)
            return cases[i].index;
    return NULL;
}

static bool reads(const struct plan *p, const char *index, bool sqlite)
{
    if (strcmp(index, "system_logs_fingerprint") == 0 && !sqlite)
        return strstr(p->text, "Index Scan") != NULL; /* each partition's own, by what it holds */
    if (strcmp(index, "PRIMARY") != 0)
        return strstr(p->text, index) != NULL;
    return strstr(p->text, sqlite ? "USING PRIMARY KEY" : "_pk") != NULL ||
           strstr(p->text, "sqlite_autoindex") != NULL;
}

/* What a report counted is read as the report read it. */
static bool is_counted(const struct query_orders *list)
{
    return list == &Q_admin_people_marked || list == &Q_admin_payments_revenue;
}

/* Of broadcasts there are so few that any column may be sorted by; of one person's rows and what is in flight
 * too. */
static bool is_small(const struct query_orders *list)
{
    return list == &Q_admin_outbox_of || list == &Q_admin_outbox_sending || list == &Q_admin_broadcasts ||
           list == &Q_admin_payments_of || list == &Q_admin_audit_of;
}

static void test_lists_read_their_index(void **state)
{
    static const struct query_orders *const lists[] = {
        &Q_admin_people_named,     &Q_admin_people_marked,  &Q_admin_payments_charged,
        &Q_admin_payments_revenue, &Q_admin_people,         &Q_admin_payments,
        &Q_admin_payments_of,      &Q_admin_subscriptions,  &Q_admin_referrals,
        &Q_admin_referrals_held,   &Q_admin_broadcasts,     &Q_admin_audit,
        &Q_admin_audit_of,         &Q_alert_list,           &Q_system_log_list,
        &Q_system_log_list_of,     &Q_ledger_list,          &Q_admin_outbox_queued,
        &Q_admin_outbox_held,      &Q_admin_outbox_sending, &Q_admin_outbox_trouble,
        &Q_admin_outbox_of,        &Q_admin_inbox};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        if (b.base.engine == DB_POSTGRES) /* the tables are empty: reading one whole would be right */
            migrate_bed_sql(&b.base,
                            "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; "
                            "SET LOCAL enable_bitmapscan = off");
        for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
            for (size_t c = 0; c < lists[i]->count; c++) {
                const char *index = index_of(lists[i], lists[i]->columns[c]);
                for (int down = 0; down < 2; down++) {
                    const struct query *q = lists[i]->by[c][down];
                    struct plan p;
                    explain(&b, q, &p);
                    if (index == NULL ? !is_small(lists[i]) && !is_counted(lists[i])
                                      : !reads(&p, index, b.base.engine == DB_SQLITE))
                        fail_msg("%s does not read %s:\n%s", q->name, index != NULL ? index : "an index",
                                 p.text);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_read_their_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
