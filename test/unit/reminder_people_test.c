#include <string.h>
#include "base/check.h"
#include "domain/user/user.h"
#include "reminder_bed.h"
#include "test.h"

/* Snoozes, milestones, weekly summaries and nudges, on both engines. */

static void same_moment(struct instant got, const char *want)
{
    char text[INSTANT_TEXT];
    if (instant_cmp(got, reminder_bed_instant(want)) != 0)
        fail_msg("%s instead of %s", instant_format(got, text), want);
}

/* --- snoozes --------------------------------------------------------------------------------------- */

static struct instant snooze(struct domain_bed *b, const struct uuid *h, const char *now, const char *day,
                             enum snooze_choice choice)
{
    struct snooze s;
    struct snooze_request r = {*h, reminder_bed_day(day), choice};
    domain_bed_clock(b, now);
    domain_bed_ok(b, reminder_snooze(&b->ctx, &r, &s));
    return s.at;
}

static void refused(struct domain_bed *b, const struct uuid *h, const char *day, enum ecode code,
                    const char *reason)
{
    struct snooze s;
    struct snooze_request r = {*h, reminder_bed_day(day), SNOOZE_15_MIN};
    assert_int_equal(reminder_snooze(&b->ctx, &r, &s), code);
    assert_string_equal(b->ctx.err.reason, reason);
}

static void test_snoozes_are_rows(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct uuid h = reminder_bed_person(&b, 1, "Europe/Berlin");
        same_moment(snooze(&b, &h, "2026-03-15T12:00:10Z", "2026-03-15", SNOOZE_15_MIN),
                    "2026-03-15T12:15:10Z");
        /* A double tap is one, and both are told the same. */
        same_moment(snooze(&b, &h, "2026-03-15T12:00:40Z", "2026-03-15", SNOOZE_15_MIN),
                    "2026-03-15T12:15:10Z");
        same_moment(snooze(&b, &h, "2026-03-15T12:00:40Z", "2026-03-15", SNOOZE_EVENING),
                    "2026-03-15T19:00:00Z");
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox WHERE view = 'snooze'"), 2);
        struct delivery_key key = reminder_bed_key(&b, "snooze", &h, "2026-03-15", HM(13, 15));
        same_moment(reminder_bed_told(&b, &key, DELIVERY_QUEUED), "2026-03-15T12:15:10Z");
        struct delivery_key evening = reminder_bed_key(&b, "snooze", &h, "2026-03-15", HM(20, 0));
        assert_int_equal(reminder_bed_check(&b, &evening, "2026-03-15T19:00:00Z"), REMINDER_SEND);
        domain_bed_ok(&b, domain_bed_put(&b, &h, key.local_date.n, LOG_DONE, &r));
        assert_int_equal(reminder_bed_check(&b, &evening, "2026-03-15T19:00:01Z"), REMINDER_ANSWERED);
        refused(&b, &h, "2026-03-15", E_CONFLICT, "already_answered");
    }
}

static void test_snoozes_behind_midnight_keep_their_day(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        same_moment(snooze(&b, &h, "2026-03-15T23:50:00Z", "2026-03-15", SNOOZE_30_MIN),
                    "2026-03-16T00:20:00Z");
        struct delivery_key key = reminder_bed_key(&b, "snooze", &h, "2026-03-15", HM(24, 20));
        reminder_bed_told(&b, &key, DELIVERY_QUEUED);
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-16T00:20:00Z"), REMINDER_SEND);
        /* The same wall minute of the next evening is another one. */
        same_moment(snooze(&b, &h, "2026-03-16T23:50:00Z", "2026-03-16", SNOOZE_30_MIN),
                    "2026-03-17T00:20:00Z");
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox"), 2);
    }
}

/* The wall shows 01:30 twice: the second snooze to it rings too. */
static void test_snoozes_in_an_overlap(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "America/New_York");
        same_moment(snooze(&b, &h, "2026-11-01T05:15:00Z", "2026-11-01", SNOOZE_15_MIN),
                    "2026-11-01T05:30:00Z");
        struct delivery_key key = reminder_bed_key(&b, "snooze", &h, "2026-11-01", HM(1, 30));
        domain_bed_ok(&b, delivery_move(&b.ctx, &key, DELIVERY_SENT, 5));
        same_moment(snooze(&b, &h, "2026-11-01T06:15:00Z", "2026-11-01", SNOOZE_15_MIN),
                    "2026-11-01T06:30:00Z");
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox"), 2);
    }
}

static void test_snoozes_that_are_refused(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct user_change quiet = {.has_quiet = true, .quiet = {HM(12, 10), HM(23, 0)}};
        struct user_change off = {.has_notifications_enabled = true};
        struct habit paused;
        struct habit_change pause = {.has_paused = true, .paused = true};
        reminder_bed_person(&b, 1, "UTC");
        struct uuid other = reminder_bed_person(&b, 2, "UTC"), mine = reminder_bed_person(&b, 3, "UTC");
        refused(&b, &other, "2026-03-15", E_NOT_FOUND, "habit_not_found");
        refused(&b, &mine, "2026-03-13", E_CONFLICT, "day_is_over");
        refused(&b, &mine, "2026-03-16", E_CONFLICT, "day_is_over");
        for (int i = 0; i < SNOOZES_PENDING_MAX; i++) {
            char now[] = "2026-03-15T12:00:00Z";
            now[15] = (char)('0' + i);
            snooze(&b, &mine, now, "2026-03-15", SNOOZE_30_MIN);
        }
        refused(&b, &mine, "2026-03-15", E_LIMIT, "snooze_limit_reached");
        snooze(&b, &mine, "2026-03-15T12:03:00Z", "2026-03-14", SNOOZE_15_MIN);
        reminder_bed_set(&b, &quiet);
        refused(&b, &mine, "2026-03-14", E_CONFLICT, "quiet_hours"); /* yesterday is over at 23:00 */
        reminder_bed_set(&b, &off);
        refused(&b, &mine, "2026-03-15", E_CONFLICT, "not_reachable");
        pause.id = mine;
        domain_bed_ok(&b, habit_update(&b.ctx, &pause, &paused));
        refused(&b, &mine, "2026-03-15", E_CONFLICT, "habit_not_active");
    }
}

static void test_snoozes_in_quiet_hours_ring_at_their_end(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {HM(12, 10), HM(14, 0)}});
        same_moment(snooze(&b, &h, "2026-03-15T12:00:00Z", "2026-03-15", SNOOZE_15_MIN),
                    "2026-03-15T14:00:00Z");
    }
}

/* --- milestones ------------------------------------------------------------------------------------ */

static int mark_done_and_look(struct domain_bed *b, const struct uuid *h, int32_t day)
{
    struct log_result r;
    int length = -1;
    domain_bed_ok(b, domain_bed_put(b, h, day, LOG_DONE, &r));
    domain_bed_ok(b, reminder_milestone(&b->ctx, h, day_of(day), &length));
    return length;
}

static void step_day(struct domain_bed *b)
{
    b->ctx.now = instant_add(b->ctx.now, duration_seconds(86400));
}

static void test_a_milestone_comes_once_for_each_run(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        int32_t first = ctx_today(&b.ctx).n;
        for (int i = 1; i <= 30; i++) {
            int want = i == 7 || i == 14 || i == 30 ? i : 0;
            assert_int_equal(mark_done_and_look(&b, &h, first + i - 1), want);
            assert_int_equal(mark_done_and_look(&b, &h, first + i - 1), 0);
            step_day(&b);
        }
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM outbox WHERE view = 'milestone' AND lane = 1"), 3);
        struct delivery_key key = {b.ctx.actor.user_id, "milestone", h, day_of(first), 30};
        reminder_bed_told(&b, &key, DELIVERY_QUEUED);
        /* Taken back before it was sent; marked again: not twice. */
        struct reminder_now now;
        domain_bed_ok(&b, reminder_check(&b.ctx, &key, &now));
        assert_int_equal(now.verdict, REMINDER_SEND);
        domain_bed_ok(&b, log_delete(&b.ctx, &(struct log_ref){h, day_of(first + 29)}, NULL));
        domain_bed_ok(&b, reminder_check(&b.ctx, &key, &now));
        assert_int_equal(now.verdict, REMINDER_CANCELED);
        assert_int_equal(mark_done_and_look(&b, &h, first + 29), 0);
        /* A day is missed: the next run has milestones of its own. */
        step_day(&b);
        for (int i = 1; i <= 7; i++) {
            assert_int_equal(mark_done_and_look(&b, &h, first + 30 + i), i == 7 ? 7 : 0);
            step_day(&b);
        }
    }
}

/* Seven days were told; then one is taken back and an older one added: seven again, of the same run. */
static void test_a_run_that_grows_at_its_start_is_the_same(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        int32_t today = ctx_today(&b.ctx).n;
        for (int i = 6; i > 0; i--)
            domain_bed_ok(&b, domain_bed_put(&b, &h, today - i, LOG_DONE, &r));
        assert_int_equal(mark_done_and_look(&b, &h, today), 7);
        domain_bed_ok(&b, log_delete(&b.ctx, &(struct log_ref){h, day_of(today)}, NULL));
        domain_bed_ok(&b, domain_bed_put(&b, &h, today - 7, LOG_DONE, &r));
        assert_int_equal(mark_done_and_look(&b, &h, today - 1), 0);
    }
}

static void test_milestones_of_other_days(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        int32_t today = ctx_today(&b.ctx).n;
        int length;
        /* Yesterday, added when today is marked, joins the run to seven. */
        for (int i = 2; i < 7; i++)
            domain_bed_ok(&b, domain_bed_put(&b, &h, today - i, LOG_DONE, &r));
        assert_int_equal(mark_done_and_look(&b, &h, today), 0);
        assert_int_equal(mark_done_and_look(&b, &h, today - 1), 7);
        /* History that is filled in brings none, nor does what is not done. */
        struct uuid other = domain_bed_habit(&b, "x", 1, 1);
        for (int i = 1; i < 14; i++)
            assert_int_equal(mark_done_and_look(&b, &other, today - 14 + i - 1), 0);
        domain_bed_ok(&b, domain_bed_put(&b, &other, today - 1, LOG_SKIPPED, &r));
        domain_bed_ok(&b, reminder_milestone(&b.ctx, &other, day_of(today - 1), &length));
        assert_int_equal(length, 0);
        domain_bed_ok(&b, reminder_milestone(&b.ctx, &other, day_of(today + 1), &length));
        assert_int_equal(length, 0);
        /* Skipped days count, and are no done: the next done brings what they passed. */
        assert_int_equal(mark_done_and_look(&b, &other, today), 14);
    }
}

/* Three times a week: the days between count, so a done can jump over seven. */
static void test_milestones_of_a_habit_of_some_days(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "x", 3, 7);
        int32_t first = ctx_today(&b.ctx).n;
        int sevens = 0, fourteens = 0;
        for (int i = 0; i < 20; i++) {
            int reached = i % 2 ? 0 : mark_done_and_look(&b, &h, first + i);
            sevens += reached == 7;
            fourteens += reached == 14;
            assert_true(reached == 0 || reached == 7 || reached == 14);
            step_day(&b);
        }
        assert_int_equal(sevens, 1);
        assert_int_equal(fourteens, 1);
    }
}

/* --- weekly summaries ------------------------------------------------------------------------------ */

static const struct user_change summaries_on = {.has_weekly_summary = true, .weekly_summary = true};

static void test_a_summary_comes_once_a_week(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        reminder_bed_person(&b, 1, "Europe/Berlin");
        struct uuid me = b.ctx.actor.user_id;
        reminder_bed_lease(&b);
        assert_false(reminder_bed_tick(&b, "2026-03-16T12:00:00Z").has_next); /* off by default */
        reminder_bed_set(&b, &summaries_on);
        same_moment(reminder_bed_tick(&b, "2026-03-16T12:00:00Z").next, "2026-03-22T18:00:00Z");
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-22T18:00:00Z");
        assert_int_equal(t.claimed, 1);
        same_moment(t.next, "2026-03-29T17:00:00Z");
        struct delivery_key key = reminder_bed_key(&b, "summary", &me, "2026-03-16", 0);
        reminder_bed_told(&b, &key, DELIVERY_QUEUED);
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-22T18:00:30Z"), REMINDER_SEND);
        /* Off and on again is not another one; the week's end of a new zone or week start is. */
        reminder_bed_set(&b, &(struct user_change){.has_weekly_summary = true});
        assert_false(reminder_bed_tick(&b, "2026-03-22T18:01:00Z").has_next);
        reminder_bed_set(&b, &summaries_on);
        same_moment(reminder_bed_tick(&b, "2026-03-22T18:01:00Z").next, "2026-03-29T17:00:00Z");
        reminder_bed_set(&b, &(struct user_change){.has_timezone = true, .timezone = "America/New_York"});
        same_moment(reminder_bed_tick(&b, "2026-03-22T18:01:00Z").next, "2026-03-22T23:00:00Z");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-22T23:00:00Z").claimed, 0); /* told in Berlin */
        reminder_bed_set(&b, &(struct user_change){.has_week_starts_on = true, .week_starts_on = 7});
        same_moment(reminder_bed_tick(&b, "2026-03-22T23:00:01Z").next, "2026-03-28T23:00:00Z");
    }
}

static void test_summaries_late_quiet_and_unreachable(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        reminder_bed_person(&b, 1, "UTC");
        struct uuid me = b.ctx.actor.user_id;
        domain_bed_clock(&b, "2026-03-16T12:00:00Z");
        reminder_bed_set(&b, &summaries_on);
        reminder_bed_lease(&b);
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-29T21:00:00Z"); /* two weeks of downtime */
        assert_int_equal(t.missed, 2);
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {HM(18, 0), HM(20, 0)}});
        assert_int_equal(reminder_bed_tick(&b, "2026-04-05T19:00:00Z").claimed, 1);
        struct delivery_key key = reminder_bed_key(&b, "summary", &me, "2026-03-30", 0);
        assert_true(reminder_bed_told(&b, &key, DELIVERY_QUEUED).ms >=
                    reminder_bed_instant("2026-04-05T20:00:00Z").ms);
        assert_int_equal(reminder_bed_check(&b, &key, "2026-04-05T19:10:00Z"), REMINDER_LATER);
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {HM(18, 0), HM(7, 0)}});
        assert_int_equal(reminder_bed_tick(&b, "2026-04-12T19:00:00Z").quiet, 1);
        migrate_bed_sql(&b.base, "UPDATE users SET unreachable_at = created_at");
        assert_int_equal(reminder_bed_tick(&b, "2026-04-19T19:00:00Z").skipped, 1);
        migrate_bed_sql(&b.base, "UPDATE users SET timezone = 'Mars/Base'");
        t = reminder_bed_tick(&b, "2026-04-26T19:00:00Z");
        assert_int_equal(t.skipped, 1);
        same_moment(t.next, "2026-05-03T19:00:00Z");
    }
}

static void test_what_a_summary_shows(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct summary s;
        struct habit h;
        struct uuid daily = reminder_bed_person(&b, 1, "UTC"), some = domain_bed_habit(&b, "some", 3, 7);
        struct schedule weekends = {.type = SCHEDULE_WEEKLY,
                                    .weekdays = 0x60,
                                    .starts_on = day_of(11000),
                                    .enabled = true,
                                    .reminder_minute = MINUTE_NONE};
        struct habit_change scheduled = {.has_name = true,
                                         .name = "weekends",
                                         .schedules = &weekends,
                                         .schedules_count = 1,
                                         .has_starts_on = true,
                                         .starts_on = day_of(20000)};
        struct habit_change later = {
            .has_name = true, .name = "later", .has_starts_on = true, .starts_on = day_of(21000)};
        domain_bed_ok(&b, habit_create(&b.ctx, &scheduled, &h));
        struct uuid weekend = h.id;
        domain_bed_ok(&b, habit_create(&b.ctx, &later, &h));
        domain_bed_clock(&b, "2026-03-22T19:00:00Z");
        int32_t monday = reminder_bed_day("2026-03-16").n;
        for (int i = -3; i < 5; i++)
            domain_bed_ok(&b, domain_bed_put(&b, &daily, monday + i,
                                             i == 2   ? LOG_DECLINED
                                             : i == 3 ? LOG_SKIPPED
                                                      : LOG_DONE,
                                             &r));
        domain_bed_ok(&b, domain_bed_put(&b, &some, monday, LOG_DONE, &r));
        domain_bed_ok(&b, domain_bed_put(&b, &some, monday + 4, LOG_DONE, &r));
        domain_bed_ok(&b, domain_bed_put(&b, &weekend, monday + 5, LOG_DONE, &r));
        domain_bed_ok(&b, summary_get(&b.ctx, &(struct summary_query){day_of(monday)}, &s));
        assert_int_equal(s.count, 3);
        assert_int_equal(s.last.n, monday + 6);
        assert_int_equal(s.items[0].done, 3); /* Mon, Tue, Fri; declined Wed, skipped Thu */
        assert_int_equal(s.items[0].due, 6);
        assert_int_equal(s.items[0].best_streak, 5);
        assert_int_equal(s.items[0].current_streak, 0);
        assert_int_equal(s.items[1].done, 2);
        assert_int_equal(s.items[1].due, 3);
        assert_int_equal(s.items[2].done, 1);
        assert_int_equal(s.items[2].due, 2);
        assert_string_equal(s.items[2].habit.name, "weekends");
        assert_int_equal(summary_get(&b.ctx, &(struct summary_query){day_of(monday + 7)}, &s), E_INVALID);
    }
}

/* --- nudges ---------------------------------------------------------------------------------------- */

static const struct user_change nudges_on = {.has_nudges = true, .nudges = true};

static void test_a_nudge_after_three_silent_days(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct uuid h = reminder_bed_person(&b, 1, "UTC"); /* at noon, 2026-03-15 */
        struct uuid me = b.ctx.actor.user_id;
        reminder_bed_lease(&b);
        domain_bed_clock(&b, "2026-03-15T13:00:00Z");
        domain_bed_ok(&b, domain_bed_put(&b, &h, ctx_today(&b.ctx).n, LOG_DONE, &r));
        assert_false(reminder_bed_tick(&b, "2026-03-15T14:00:00Z").has_next); /* off by default */
        reminder_bed_set(&b, &nudges_on);
        same_moment(reminder_bed_tick(&b, "2026-03-15T14:00:00Z").next, "2026-03-16T12:00:00Z");
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-16T12:00:00Z");
        assert_int_equal(t.claimed, 0);
        same_moment(t.next, "2026-03-19T12:00:00Z"); /* the first noon with three days since the mark */
        t = reminder_bed_tick(&b, "2026-03-19T12:00:00Z");
        assert_int_equal(t.claimed, 1);
        same_moment(t.next, "2026-03-26T12:00:00Z");
        struct delivery_key key = reminder_bed_key(&b, "nudge", &me, "2026-03-19", 0);
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-19T12:00:30Z"), REMINDER_SEND);
        /* Off and on again does not bring a second one within the seven days. */
        reminder_bed_set(&b, &(struct user_change){.has_nudges = true});
        reminder_bed_set(&b, &nudges_on);
        t = reminder_bed_tick(&b, "2026-03-20T12:00:00Z");
        assert_int_equal(t.claimed, 0);
        same_moment(t.next, "2026-03-26T12:00:00Z");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-26T12:00:00Z").claimed, 1);
        key = reminder_bed_key(&b, "nudge", &me, "2026-03-26", 0);
        domain_bed_ok(&b, domain_bed_put(&b, &h, ctx_today(&b.ctx).n - 10, LOG_DECLINED, &r));
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-26T12:00:30Z"), REMINDER_ANSWERED);
    }
}

static void test_who_is_not_nudged(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct habit paused;
        struct habit_change pause = {.has_paused = true, .paused = true};
        pause.id = reminder_bed_person(&b, 1, "UTC");
        reminder_bed_lease(&b);
        reminder_bed_set(&b, &nudges_on);
        /* A newcomer is given three days. */
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T12:00:00Z").claimed, 0);
        /* In quiet hours: perhaps tomorrow. After downtime, at another hour: perhaps tomorrow. */
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {HM(11, 0), HM(0, 0)}});
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-18T12:00:00Z");
        assert_int_equal(t.claimed + t.quiet, 0);
        same_moment(t.next, "2026-03-19T12:00:00Z");
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {MINUTE_NONE, MINUTE_NONE}});
        t = reminder_bed_tick(&b, "2026-03-20T02:00:00Z");
        assert_int_equal(t.claimed + t.missed, 0);
        same_moment(t.next, "2026-03-20T12:00:00Z");
        /* Nothing to do. */
        domain_bed_ok(&b, habit_update(&b.ctx, &pause, &paused));
        assert_int_equal(reminder_bed_tick(&b, "2026-03-20T12:00:00Z").claimed, 0);
        pause.paused = false;
        domain_bed_ok(&b, habit_update(&b.ctx, &pause, &paused));
        migrate_bed_sql(&b.base, "UPDATE users SET blocked_at = created_at");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-21T12:00:00Z").skipped, 1);
        migrate_bed_sql(&b.base, "UPDATE users SET blocked_at = NULL");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-22T12:00:00Z").claimed, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snoozes_are_rows),
        cmocka_unit_test(test_snoozes_behind_midnight_keep_their_day),
        cmocka_unit_test(test_snoozes_in_an_overlap),
        cmocka_unit_test(test_snoozes_that_are_refused),
        cmocka_unit_test(test_snoozes_in_quiet_hours_ring_at_their_end),
        cmocka_unit_test(test_a_milestone_comes_once_for_each_run),
        cmocka_unit_test(test_a_run_that_grows_at_its_start_is_the_same),
        cmocka_unit_test(test_milestones_of_other_days),
        cmocka_unit_test(test_milestones_of_a_habit_of_some_days),
        cmocka_unit_test(test_a_summary_comes_once_a_week),
        cmocka_unit_test(test_summaries_late_quiet_and_unreachable),
        cmocka_unit_test(test_what_a_summary_shows),
        cmocka_unit_test(test_a_nudge_after_three_silent_days),
        cmocka_unit_test(test_who_is_not_nudged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
