/* What the operator is told of alerts: at once, again when they go on, and when they are over. */
#include "domain/alert/alert.h"

#include <stdio.h>
#include "domain_bed.h"
#include "test.h"

static struct alert_draft draft(enum alert_severity severity)
{
    return (struct alert_draft){"disk", severity, "The disk is full", "2 MiB are left"};
}

static void later(struct domain_bed *b, int64_t seconds)
{
    b->ctx.now.ms += seconds * 1000;
}

/* Messages that wait for the operator's chat. */
static int64_t told(struct domain_bed *b)
{
    return domain_bed_count(b, "SELECT COUNT(*) FROM outbox WHERE chat_id = 99 AND lane = 0");
}

static int64_t told_that(struct domain_bed *b, const char *text)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM outbox WHERE payload LIKE '%%%s%%'", text);
    return domain_bed_count(b, sql);
}

static void raise_it(struct domain_bed *b, enum alert_severity severity)
{
    struct alert_draft d = draft(severity);
    domain_bed_ok(b, alert_raise(&b->ctx, &d));
}

static struct alert the_alert(struct domain_bed *b)
{
    struct alert *a;
    size_t n;
    domain_bed_alerts(b, 10, &a, &n);
    assert_int_equal(n, 1);
    return a[0];
}

/* What waits has left. */
static void sent(struct domain_bed *b)
{
    migrate_bed_sql(&b->base, "UPDATE outbox SET status = 'sent', done_at = created_at");
}

static void test_a_storm_is_one_message(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        b.policy.alert_chat_id = 99;
        for (int i = 0; i < 2000; i++)
            raise_it(&b, ALERT_WARNING);
        assert_int_equal(told(&b), 1);
        assert_int_equal(the_alert(&b).occurrences, 2000);
        later(&b, ALERT_REPEAT_WARNING_S - 1);
        raise_it(&b, ALERT_WARNING);
        assert_int_equal(told(&b), 1);
        later(&b, 1);
        raise_it(&b, ALERT_WARNING);
        assert_int_equal(told(&b), 1); /* the first one has not left: another one would say nothing new */
        sent(&b);
        raise_it(&b, ALERT_WARNING);
        raise_it(&b, ALERT_WARNING);
        assert_int_equal(told(&b), 2);
        assert_int_equal(told_that(&b, "2003 times, for 15 min"), 1);
        /* what got worse is told sooner */
        sent(&b);
        later(&b, ALERT_REPEAT_CRITICAL_S);
        raise_it(&b, ALERT_CRITICAL);
        assert_int_equal(told(&b), 3);
        assert_int_equal(told_that(&b, "🔴"), 1);
        raise_it(&b, ALERT_WARNING);
        assert_int_equal(the_alert(&b).severity, ALERT_CRITICAL);
    }
}

static void test_who_knows_is_left_alone(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct alert a;
        b.policy.alert_chat_id = 99;
        domain_bed_person(&b, 7, "UTC");
        raise_it(&b, ALERT_CRITICAL);
        a = the_alert(&b);
        domain_bed_ok(&b, alert_move(&b.ctx, &a.id, ALERT_ACKNOWLEDGED));
        later(&b, 86400);
        raise_it(&b, ALERT_CRITICAL);
        assert_int_equal(told(&b), 1);
        domain_bed_ok(&b, alert_clear(&b.ctx, "disk"));
        assert_int_equal(told(&b), 2); /* that it is over is news */
        assert_int_equal(told_that(&b, "[RECOVERED] The disk is full"), 1);
        assert_int_equal(told_that(&b, "It lasted 24 h."), 1);
        domain_bed_ok(&b, alert_clear(&b.ctx, "disk"));
        assert_int_equal(told(&b), 2);

        raise_it(&b, ALERT_WARNING); /* a new one */
        assert_int_equal(told(&b), 3);
        a = the_alert(&b);
        domain_bed_ok(&b, alert_move(&b.ctx, &a.id, ALERT_SILENCED));
        later(&b, 86400);
        raise_it(&b, ALERT_WARNING);
        domain_bed_ok(&b, alert_clear(&b.ctx, "disk"));
        assert_int_equal(told(&b), 3);
    }
}

static void test_without_a_chat_nobody_is_told(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        raise_it(&b, ALERT_CRITICAL);
        assert_int_equal(domain_bed_count(&b, "SELECT COUNT(*) FROM outbox"), 0);
        b.policy.alert_chat_id = 99; /* it was set later: what goes on is told then, as news */
        raise_it(&b, ALERT_CRITICAL);
        assert_int_equal(told(&b), 1);
        b.policy.alert_chat_id = 0;
        domain_bed_ok(&b, alert_clear(&b.ctx, "disk"));
        assert_int_equal(told(&b), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_storm_is_one_message),
        cmocka_unit_test(test_who_knows_is_left_alone),
        cmocka_unit_test(test_without_a_chat_nobody_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
