#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"
#include "domain/checkin/checkpoint.h"
#include "domain/doctor/doctor.h"
#include "domain/habit/habit.h"
#include "domain/user/user.h"
#include "domain_bed.h"
#include "test.h"

/* Checkpoints of score and streak: whatever happens, they are what the marks give. On both engines. */

static void test_checkpoints_agree_with_the_history(void **state)
{
    static const int rules[][2] = {{1, 1}, {1, 7}, {3, 7}, {2, 3}, {1, 30}, {0, 0}};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid habits[ARRAY_LEN(rules)];
        struct schedule made;
        struct log_result r;
        struct rng random;
        rng_init(&random, 99);
        domain_bed_person(&b, 1, "America/Nuuk");
        for (size_t i = 0; i < ARRAY_LEN(rules); i++)
            habits[i] = domain_bed_habit(&b, "h", rules[i][0], rules[i][1]);
        struct schedule_change weekly = {
            .habit_id = habits[5],
            .has_type = true,
            .has_weekdays = true,
            .has_starts_on = true,
            .value = {.type = SCHEDULE_WEEKLY, .weekdays = 0x15, .starts_on = day_of(20000)}};
        domain_bed_ok(&b, schedule_create(&b.ctx, &weekly, &made));
        for (int step = 0; step < 400; step++) {
            struct uuid *h = &habits[rng_below(&random, ARRAY_LEN(habits))];
            int back = rng_below(&random, 10) ? (int)rng_below(&random, 3) : (int)rng_below(&random, 120);
            int32_t day = ctx_today(&b.ctx).n - back;
            if (rng_below(&random, 12) == 0)
                domain_bed_ok(&b, log_delete(&b.ctx, &(struct log_ref){*h, day_of(day)}, NULL));
            else
                domain_bed_ok(
                    &b, domain_bed_put(&b, h, day, (enum log_status)(1 + rng_below(&random, 20) / 9), &r));
            if (rng_below(&random, 3) == 0)
                b.ctx.now.ms += (int64_t)rng_below(&random, 60) * 3600000;
            if (step % 20 == 0)
                domain_bed_compare(&b);
        }
        domain_bed_compare(&b);
        domain_bed_doctor(&b);
        migrate_bed_sql(&b.base, "UPDATE streaks SET score = score + 0.01");
        struct doctor_report report;
        domain_bed_ok(&b, doctor_run(&b.ctx, &(struct doctor_options){0}, &report));
        assert_false(report.ok); /* a check that cannot fail is a defect */
    }
}

/* What an operation needs does not grow with the length of a history: one request may touch a thousand. */
static void test_long_histories_need_little_memory(void **state)
{
    enum { DAYS = 4000, ROUND = 1000, SMALL = 192 * 1024 };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_batch_result r;
        struct log_result one;
        struct today t;
        static struct log_mark marks[ROUND];
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1);
        int32_t today = ctx_today(&b.ctx).n;
        for (int from = 0; from < DAYS; from += ROUND) {
            for (int i = 0; i < ROUND; i++)
                marks[i] = (struct log_mark){
                    .habit_id = h, .day = day_of(today - DAYS + from + i), .status = LOG_DONE};
            domain_bed_ok(&b, log_batch(&b.ctx, &(struct log_batch){marks, ROUND}, &r));
        }
        struct arena *keep = b.ctx.arena;
        b.ctx.arena = arena_new(SMALL);
        domain_bed_ok(&b, domain_bed_put(&b, &h, today - DAYS, LOG_SKIPPED, &one));
        domain_bed_ok(&b, today_get(&b.ctx, &(struct today_query){day_of(today - 300)}, &t));
        assert_int_equal(t.items[0].current_streak, DAYS - 300 + 1);
        arena_free(b.ctx.arena);
        b.ctx.arena = keep;
    }
}

/* CONTRACT: a date a zone skipped counts as skipped. Samoa had no 2011-12-30. */
static void test_a_date_the_zone_skipped_counts_as_skipped(void **state)
{
    static const int rules[][2] = {{1, 1}, {3, 7}};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct today t;
        struct log_result r;
        struct user_view view;
        struct uuid habits[2];
        const struct day gap = day_of(15338); /* 2011-12-30 */
        domain_bed_clock(&b, "2011-12-20T12:00:00Z");
        domain_bed_person(&b, 1, "Pacific/Apia");
        for (int i = 0; i < 2; i++) {
            struct habit h;
            struct habit_change change = {.has_name = true,
                                          .name = "h",
                                          .has_frequency = true,
                                          .frequency_count = rules[i][0],
                                          .frequency_days = rules[i][1]};
            domain_bed_ok(&b, habit_create(&b.ctx, &change, &h));
            habits[i] = h.id;
        }
        domain_bed_clock(&b, "2012-01-01T12:00:00Z"); /* 2012-01-02 there */
        for (int i = 0; i < 2; i++) {
            for (int32_t d = gap.n - 5; d <= gap.n + 3; d++) {
                if (d != gap.n)
                    domain_bed_ok(&b, domain_bed_put(&b, &habits[i], d, LOG_DONE, &r));
            }
        }
        domain_bed_ok(&b, today_get(&b.ctx, &(struct today_query){day_none()}, &t));
        assert_int_equal(t.items[0].current_streak, 9);
        domain_bed_compare(&b);
        domain_bed_doctor(&b);
        domain_bed_clock(&b, "2012-03-20T12:00:00Z"); /* the checkpoint passes the date */
        for (int i = 0; i < 2; i++) {
            for (int32_t d = gap.n + 4; d <= ctx_today(&b.ctx).n; d++)
                domain_bed_ok(&b, domain_bed_put(&b, &habits[i], d, LOG_DONE, &r));
        }
        domain_bed_compare(&b);
        domain_bed_doctor(&b);
        domain_bed_ok(&b, today_get(&b.ctx, &(struct today_query){day_none()}, &t));
        assert_int_equal(t.items[0].current_streak, ctx_today(&b.ctx).n - gap.n + 6);
        struct user_change change = {.has_timezone = true, .timezone = "Pacific/Tongatapu"};
        domain_bed_ok(&b, user_update(&b.ctx, &change, &view)); /* which had that day */
        domain_bed_ok(&b, today_get(&b.ctx, &(struct today_query){day_none()}, &t));
        assert_int_equal(t.items[0].current_streak, ctx_today(&b.ctx).n - gap.n);
        domain_bed_compare(&b);
        domain_bed_doctor(&b);
    }
}

static void change_rule(struct domain_bed *b, struct rng *random, const struct uuid *id)
{
    static const int rules[][2] = {{1, 1}, {3, 7}, {10, 30}, {1, 366}, {0, 0}, {0, 0}, {0, 0}};
    struct habit h;
    const int *rule = rules[rng_below(random, ARRAY_LEN(rules))];
    struct habit_change c = {.id = *id};
    switch (rng_below(random, 4)) {
    case 0:
        c.has_paused = true;
        c.paused = rng_below(random, 3) == 0;
        break;
    case 1:
        c.has_starts_on = true;
        c.starts_on = day_add(ctx_today(&b->ctx), 3 - (int32_t)rng_below(random, 90));
        break;
    case 2:
        c.has_target_kind = true;
        c.target_kind = rng_below(random, 2) ? TARGET_AT_MOST : TARGET_AT_LEAST;
        break;
    default:
        c.has_frequency = true;
        c.frequency_count = rule[0];
        c.frequency_days = rule[1];
    }
    domain_bed_ok(b, habit_update(&b->ctx, &c, &h));
}

static void change_schedules(struct domain_bed *b, struct rng *random, const struct uuid *id)
{
    struct habit h;
    struct schedule s;
    domain_bed_ok(b, habit_get(&b->ctx, &(struct habit_ref){*id}, &h));
    struct schedule_change c = {
        .habit_id = *id,
        .has_type = true,
        .has_weekdays = true,
        .has_starts_on = true,
        .value = {.type = SCHEDULE_WEEKLY,
                  .weekdays = (uint8_t)(1 + rng_below(random, 127)),
                  .starts_on = day_add(ctx_today(&b->ctx), 5 - (int32_t)rng_below(random, 300))}};
    if (h.schedules_count < 3) {
        domain_bed_ok(b, schedule_create(&b->ctx, &c, &s));
        return;
    }
    c.id = h.schedules[rng_below(random, h.schedules_count)].id;
    if (rng_below(random, 2))
        domain_bed_ok(b, schedule_delete(&b->ctx, &c, NULL));
    else
        domain_bed_ok(b, schedule_update(&b->ctx, &c, &s));
}

static void mark_at_random(struct domain_bed *b, struct rng *random, const struct uuid *id, bool measurable)
{
    struct log_result r;
    int32_t back = (int32_t)rng_below(random, rng_below(random, 4) ? 4 : 150);
    struct log_mark m = {.habit_id = *id,
                         .day = day_add(ctx_today(&b->ctx), -back),
                         .status = (enum log_status)(1 + rng_below(random, 14) / 6)};
    m.has_value = measurable && m.status == LOG_DONE;
    m.value = m.has_value ? (int64_t)rng_below(random, 4) * 1000 : 0;
    if (rng_below(random, 10) == 0)
        domain_bed_ok(b, log_delete(&b->ctx, &(struct log_ref){*id, m.day}, NULL));
    else
        domain_bed_ok(b, log_put(&b->ctx, &m, &r));
}

/* Rules, schedules, zones, pauses and deletions between the marks: the checkpoint stays what the marks give.
 */
static void test_checkpoints_survive_every_change(void **state)
{
    static const char *const zones[] = {"UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid habits[4];
        struct habit h;
        struct user_view view;
        struct rng random;
        rng_init(&random, 2026);
        domain_bed_person(&b, 1, "UTC");
        b.policy.habit_limit[TIER_FREE] = 0;
        for (size_t i = 0; i < ARRAY_LEN(habits); i++) {
            struct habit_change c = {.has_name = true,
                                     .name = "h",
                                     .has_kind = true,
                                     .kind = i % 2 ? HABIT_MEASURABLE : HABIT_YES_NO,
                                     .has_target_value = i % 2,
                                     .target_value = i % 2 ? 2000 : 0};
            domain_bed_ok(&b, habit_create(&b.ctx, &c, &h));
            habits[i] = h.id;
        }
        for (int step = 0; step < 1000; step++) {
            size_t i = rng_below(&random, ARRAY_LEN(habits));
            struct user_change move = {.has_timezone = true, .timezone = zones[step % ARRAY_LEN(zones)]};
            uint64_t what = rng_below(&random, 30);
            if (what < 22)
                mark_at_random(&b, &random, &habits[i], i % 2);
            else if (what < 25)
                change_rule(&b, &random, &habits[i]);
            else if (what < 27)
                change_schedules(&b, &random, &habits[i]);
            else if (what < 28)
                domain_bed_ok(&b, user_update(&b.ctx, &move, &view));
            else if (what < 29)
                domain_bed_ok(&b, habit_delete(&b.ctx, &(struct habit_ref){habits[i]}, NULL));
            else
                b.ctx.now.ms += (int64_t)rng_below(&random, 25 * 24) * 3600000;
            if (what == 28)
                domain_bed_ok(&b, habit_restore(&b.ctx, &(struct habit_ref){habits[i]}, &h));
            if (step % 15 == 0)
                domain_bed_compare(&b);
        }
        domain_bed_compare(&b);
        domain_bed_doctor(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checkpoints_agree_with_the_history),
        cmocka_unit_test(test_long_histories_need_little_memory),
        cmocka_unit_test(test_a_date_the_zone_skipped_counts_as_skipped),
        cmocka_unit_test(test_checkpoints_survive_every_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
