#include <stdio.h>
#include <string.h>
#include "admin.sql.h"
#include "base/check.h"
#include "domain_bed.h"
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

static void explain(struct domain_bed *b, const struct query *q, const char *types, const char *arguments,
                    struct plan *out)
{
    char sql[8192];
    out->text[0] = '\0';
    if (b->base.engine == DB_SQLITE) {
        snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", q->sql[DB_SQLITE]);
    } else {
        snprintf(sql, sizeof sql, "PREPARE %s %s AS %s", q->name, types, q->sql[DB_POSTGRES]);
        migrate_bed_sql(&b->base, sql);
        snprintf(sql, sizeof sql, "EXPLAIN EXECUTE %s %s", q->name, arguments);
    }
    domain_bed_ok(b, db_exec_rows(b->base.db, sql, take_line, out));
    snprintf(sql, sizeof sql, "DEALLOCATE %s", q->name);
    if (b->base.engine == DB_POSTGRES)
        migrate_bed_sql(&b->base, sql);
}

#define OF_STATE "(timestamptz, uuid, text, bigint)"
#define OF_ALL "(timestamptz, uuid, bigint)"
#define PLACE "'2026-03-16', '00000000-0000-0000-0000-000000000000'"

static void test_lists_read_their_index(void **state)
{
    static const struct {
        const struct query *query;
        const char *types, *arguments, *index;
    } cases[] = {
        {&Q_admin_subscriptions, OF_STATE, "(" PLACE ", NULL, 50)", "subscriptions_ends_at"},
        {&Q_admin_referrals, OF_STATE, "(" PLACE ", NULL, 50)", "referrals_created_at"},
        {&Q_admin_referrals_held, OF_ALL, "(" PLACE ", 50)", "referrals_held"},
        {&Q_admin_broadcasts, OF_ALL, "(" PLACE ", 50)", "broadcasts_created_at"},
        {&Q_admin_payments, "(timestamptz, uuid, text, text, text, bigint)",
         "(" PLACE ", NULL, NULL, NULL, 50)", "payments_created_at"},
        {&Q_admin_audit, OF_STATE, "(" PLACE ", NULL, 50)", "audit_log_created_at"},
        {&Q_admin_people, "(timestamptz, uuid, text, uuid, bigint)", "(" PLACE ", NULL, NULL, 50)",
         "users_created_at"},
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        if (b.base.engine == DB_POSTGRES) /* the tables are empty: reading one whole would be right */
            migrate_bed_sql(&b.base,
                            "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; "
                            "SET LOCAL enable_bitmapscan = off");
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct plan p;
            explain(&b, cases[i].query, cases[i].types, cases[i].arguments, &p);
            if (!strstr(p.text, cases[i].index))
                fail_msg("%s does not read %s:\n%s", cases[i].query->name, cases[i].index, p.text);
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
