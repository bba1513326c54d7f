#include <math.h>
#include "domain/habit/habit.h"
#include "domain_bed.h"
#include "test.h"

/* A habit's year day by day, as its picture needs it. On both engines. */

static struct habit make(struct domain_bed *b, struct habit_change c)
{
    struct habit h;
    c.has_name = true;
    c.name = "x";
    c.has_starts_on = true;
    c.starts_on = day_add(ctx_today(&b->ctx), -20);
    domain_bed_ok(b, habit_create(&b->ctx, &c, &h));
    return h;
}

static void mark(struct domain_bed *b, const struct habit *h, int days_ago, enum log_status s, int64_t value)
{
    struct log_result r;
    struct log_mark m = {.habit_id = h->id,
                         .day = day_add(ctx_today(&b->ctx), -days_ago),
                         .status = s,
                         .has_value = value >= 0,
                         .value = value};
    domain_bed_ok(b, log_put(&b->ctx, &m, &r));
}

static struct year year_of(struct domain_bed *b, const struct habit *h)
{
    struct year y;
    struct stats s;
    struct year_query q = {h->id, day_add(ctx_today(&b->ctx), -(YEAR_DAYS_MAX - 1)), day_none()};
    domain_bed_ok(b, year_get(&b->ctx, &q, &y));
    assert_int_equal(y.count, YEAR_DAYS_MAX);
    domain_bed_ok(b, stats_get(&b->ctx, &(struct stats_query){h->id, day_none()}, &s));
    assert_int_equal(y.stats.current_streak, s.current_streak);
    assert_int_equal(y.stats.total_done, s.total_done);
    assert_true(y.stats.score == s.score);
    return y;
}

static const struct year_day *ago(const struct year *y, int days)
{
    return &y->days[y->count - 1 - (size_t)days];
}

static void test_a_yes_or_no_habit(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 7, "Europe/Moscow");
        struct habit h =
            make(&b, (struct habit_change){.has_frequency = true, .frequency_count = 1, .frequency_days = 1});
        mark(&b, &h, 25, LOG_DONE, -1); /* before it was to begin: then it began that day */
        mark(&b, &h, 3, LOG_SKIPPED, -1);
        mark(&b, &h, 2, LOG_DECLINED, -1);
        mark(&b, &h, 0, LOG_DONE, -1);
        struct year y = year_of(&b, &h);
        assert_false(ago(&y, 26)->began || ago(&y, 26)->due);
        assert_true(isnan(ago(&y, 26)->score));
        assert_true(ago(&y, 25)->began && ago(&y, 25)->done);
        assert_true(ago(&y, 1)->due && ago(&y, 1)->status == LOG_NONE && !ago(&y, 1)->done);
        assert_int_equal(ago(&y, 2)->status, LOG_DECLINED);
        assert_int_equal(ago(&y, 3)->status, LOG_SKIPPED);
        assert_false(ago(&y, 3)->done);
        assert_true(ago(&y, 0)->done);
        assert_true(ago(&y, 0)->score == y.stats.score);
    }
}

static void test_a_measured_habit(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 7, "Europe/Moscow");
        struct habit_change c = {
            .has_kind = true, .kind = HABIT_MEASURABLE, .has_target_value = true, .target_value = 8000};
        struct habit least = make(&b, c);
        mark(&b, &least, 1, LOG_DONE, 2000);
        mark(&b, &least, 0, LOG_DONE, 9000);
        struct year y = year_of(&b, &least);
        assert_true(!ago(&y, 1)->done && fabs(ago(&y, 1)->share - 0.25) < 1e-9);
        assert_true(ago(&y, 0)->done && fabs(ago(&y, 0)->share - 1) < 1e-9);
        c.has_target_kind = true;
        c.target_kind = TARGET_AT_MOST;
        struct habit most = make(&b, c);
        mark(&b, &most, 2, LOG_DONE, 20000);
        mark(&b, &most, 1, LOG_DONE, 10000);
        mark(&b, &most, 0, LOG_DONE, 8000);
        y = year_of(&b, &most);
        assert_true(!ago(&y, 2)->done && fabs(ago(&y, 2)->share) < 1e-9);
        assert_true(!ago(&y, 1)->done && fabs(ago(&y, 1)->share - 0.75) < 1e-9);
        assert_true(ago(&y, 0)->done);
    }
}

static void test_days_that_schedules_name(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct schedule s = {.type = SCHEDULE_WEEKLY,
                             .weekdays = 1,
                             .reminder_minute = -1,
                             .starts_on = day_none(),
                             .enabled = true};
        domain_bed_person(&b, 7, "Europe/Moscow");
        struct habit h = make(&b, (struct habit_change){.schedules = &s, .schedules_count = 1});
        struct year y = year_of(&b, &h);
        for (int i = 0; i < 20; i++) /* the clock stands at a Sunday */
            assert_int_equal(ago(&y, i)->due, i % 7 == 6);
    }
}

static void test_a_paused_habit_rests(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct habit out;
        struct year y;
        domain_bed_person(&b, 7, "Europe/Moscow");
        struct habit h =
            make(&b, (struct habit_change){.has_frequency = true, .frequency_count = 1, .frequency_days = 1});
        mark(&b, &h, 1, LOG_DONE, -1);
        domain_bed_ok(&b, habit_update(&b.ctx,
                                       &(struct habit_change){.id = h.id, .has_paused = true, .paused = true},
                                       &out));
        domain_bed_clock(&b, "2026-03-25T12:00:00Z");
        y = year_of(&b, &h);
        assert_false(ago(&y, 9)->due);
        assert_true(isnan(ago(&y, 9)->score));
        assert_true(ago(&y, 11)->done && !isnan(ago(&y, 10)->score));
        domain_bed_clock(&b, "2028-03-25T12:00:00Z"); /* longer than the year shows */
        y = year_of(&b, &h);
        assert_true(isnan(ago(&y, 370)->score) && !ago(&y, 0)->due);
        struct year_query q = {h.id, day_add(ctx_today(&b.ctx), -YEAR_DAYS_MAX), day_none()};
        assert_int_equal(year_get(&b.ctx, &q, &y), E_INVALID);
        q = (struct year_query){h.id, day_add(ctx_today(&b.ctx), 1), day_none()};
        assert_int_equal(year_get(&b.ctx, &q, &y), E_INVALID);
        q = (struct year_query){{{1}}, ctx_today(&b.ctx), day_none()};
        assert_int_equal(year_get(&b.ctx, &q, &y), E_NOT_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_yes_or_no_habit),
        cmocka_unit_test(test_a_measured_habit),
        cmocka_unit_test(test_days_that_schedules_name),
        cmocka_unit_test(test_a_paused_habit_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
