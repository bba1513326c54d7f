#include <pthread.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "domain/lease/lease.h"
#include "domain/user/user.h"
#include "reminder_bed.h"
#include "test.h"

/* Reminders as rows, on both engines: what is claimed, when, and what never twice. */

/* Told at `at` or up to the jitter later. */
static void told_at(struct instant got, const char *at)
{
    char text[INSTANT_TEXT];
    int64_t late = instant_diff(got, reminder_bed_instant(at)).ms;
    if (late < 0 || late > REMINDER_JITTER_MS)
        fail_msg("%s, not within the minute of %s", instant_format(got, text), at);
}

static void test_a_reminder_is_claimed_once_and_is_due_again_tomorrow(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct instant first;
        struct uuid h = reminder_bed_person(&b, 1, "Europe/Moscow");
        assert_int_equal(reminder_first_due(&b.ctx, &first), E_NOT_FOUND);
        struct uuid s = reminder_bed_schedule(&b, &h, "18:00");
        domain_bed_ok(&b, reminder_first_due(&b.ctx, &first));
        assert_int_equal(first.ms, reminder_bed_instant("2026-03-15T15:00:00Z").ms);
        reminder_bed_lease(&b);
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-15T14:59:59Z");
        assert_int_equal(t.claimed, 0);
        assert_int_equal(t.next.ms, reminder_bed_instant("2026-03-15T15:00:00Z").ms);
        t = reminder_bed_tick(&b, "2026-03-15T15:00:00Z");
        assert_int_equal(t.claimed, 1);
        assert_int_equal(t.next.ms, reminder_bed_instant("2026-03-16T15:00:00Z").ms);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(18, 0));
        told_at(reminder_bed_told(&b, &key, DELIVERY_QUEUED), "2026-03-15T15:00:00Z");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T15:00:30Z").claimed, 0);
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM outbox WHERE view = 'reminder' AND lane = 2"), 1);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T15:00:01Z").claimed, 1);
        domain_bed_doctor(&b);
    }
}

static void test_each_time_of_a_day_is_an_occasion(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid morning = reminder_bed_schedule(&b, &h, "13:00"),
                    noon = reminder_bed_schedule(&b, &h, "13:05"),
                    twin = reminder_bed_schedule(&b, &h, "13:05");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:05:00Z").claimed, 2);
        const struct delivery_key keys[] = {
            reminder_bed_key(&b, "reminder", &morning, "2026-03-15", HM(13, 0)),
            reminder_bed_key(&b, "reminder", &noon, "2026-03-15", HM(13, 5)),
            reminder_bed_key(&b, "reminder", &twin, "2026-03-15", HM(13, 5))};
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
            reminder_bed_told(&b, &keys[i], DELIVERY_QUEUED);
    }
}

/* DESIGN §5 through the tables: each zone's odd day is reminded of once, under its own date. */
static void test_odd_days_of_the_zones(void **state)
{
    static const struct {
        const char *zone, *time, *before, *day, *at, *next_day, *next_at;
    } cases[] = {
        {"America/New_York", "02:30", "2026-03-08T05:00:00Z", "2026-03-08", "2026-03-08T07:00:00Z",
         "2026-03-09", "2026-03-09T06:30:00Z"},
        {"America/New_York", "01:30", "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-01T05:30:00Z",
         "2026-11-02", "2026-11-02T06:30:00Z"},
        {"Europe/Berlin", "02:30", "2026-03-28T12:00:00Z", "2026-03-29", "2026-03-29T01:00:00Z", "2026-03-30",
         "2026-03-30T00:30:00Z"},
        {"Europe/Berlin", "02:30", "2026-10-24T12:00:00Z", "2026-10-25", "2026-10-25T00:30:00Z", "2026-10-26",
         "2026-10-26T01:30:00Z"},
        {"Australia/Lord_Howe", "02:10", "2026-10-03T12:00:00Z", "2026-10-04", "2026-10-03T15:30:00Z",
         "2026-10-05", "2026-10-04T15:10:00Z"},
        {"Australia/Lord_Howe", "01:45", "2026-04-04T12:00:00Z", "2026-04-05", "2026-04-04T14:45:00Z",
         "2026-04-06", "2026-04-05T15:15:00Z"},
        {"Pacific/Apia", "09:00", "2011-12-29T12:00:00Z", "2011-12-29", "2011-12-29T19:00:00Z", "2011-12-31",
         "2011-12-30T19:00:00Z"},
        {"America/Nuuk", "22:59", "2022-03-26T12:00:00Z", "2022-03-26", "2022-03-27T01:00:00Z", "2022-03-27",
         "2022-03-28T00:59:00Z"},
        {"America/Nuuk", "22:59", "2022-10-29T12:00:00Z", "2022-10-29", "2022-10-30T00:59:00Z", "2022-10-30",
         "2022-10-31T01:59:00Z"},
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        reminder_bed_lease(&b);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            domain_bed_clock(&b, cases[i].before);
            domain_bed_person(&b, (int64_t)i + 1, cases[i].zone);
            struct habit h;
            struct habit_change made = {
                .has_name = true, .name = "x", .has_starts_on = true, .starts_on = day_of(15000)};
            domain_bed_ok(&b, habit_create(&b.ctx, &made, &h));
            struct uuid s = reminder_bed_schedule(&b, &h.id, cases[i].time);
            int minute = HM((cases[i].time[0] - '0') * 10 + cases[i].time[1] - '0',
                            (cases[i].time[3] - '0') * 10 + cases[i].time[4] - '0');
            assert_int_equal(reminder_bed_tick(&b, cases[i].at).claimed, 1);
            struct delivery_key key = reminder_bed_key(&b, "reminder", &s, cases[i].day, minute);
            told_at(reminder_bed_told(&b, &key, DELIVERY_QUEUED), cases[i].at);
            struct reminder_tick t = reminder_bed_tick(&b, cases[i].next_at);
            assert_int_equal(t.claimed, 1);
            key = reminder_bed_key(&b, "reminder", &s, cases[i].next_day, minute);
            told_at(reminder_bed_told(&b, &key, DELIVERY_QUEUED), cases[i].next_at);
            domain_bed_ok(&b, habit_delete(&b.ctx, &(struct habit_ref){h.id}, NULL));
        }
    }
}

/* With the boundary at 03:00, Monday's 00:30 rings in the night after Monday and marks Monday. */
static void test_the_night_belongs_to_the_day_before(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "Europe/Berlin");
        reminder_bed_set(&b, &(struct user_change){.has_day_starts_at = true, .day_starts_at = 180});
        struct schedule s;
        struct schedule_change monday = {
            .habit_id = h,
            .has_reminder = true,
            .has_weekdays = true,
            .has_starts_on = true,
            .value = {.reminder_minute = 30, .weekdays = 1, .starts_on = day_of(11000)}};
        domain_bed_ok(&b, schedule_create(&b.ctx, &monday, &s));
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T23:29:59Z").claimed, 0);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T23:30:00Z").claimed, 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s.id, "2026-03-16", 30);
        told_at(reminder_bed_told(&b, &key, DELIVERY_QUEUED), "2026-03-16T23:30:00Z");
    }
}

static void test_quiet_hours(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {HM(22, 0), HM(7, 0)}});
        struct uuid early = reminder_bed_schedule(&b, &h, "06:00"),
                    late = reminder_bed_schedule(&b, &h, "23:00");
        reminder_bed_lease(&b);
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-15T23:00:00Z");
        assert_int_equal(t.quiet, 1);
        assert_int_equal(t.claimed, 0);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &late, "2026-03-15", HM(23, 0));
        reminder_bed_told(&b, &key, DELIVERY_QUIET);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T06:00:00Z").claimed, 1);
        key = reminder_bed_key(&b, "reminder", &early, "2026-03-16", HM(6, 0));
        told_at(reminder_bed_told(&b, &key, DELIVERY_QUEUED), "2026-03-16T07:00:00Z");
        /* Sent late, into quiet hours that began meanwhile. */
        struct reminder_now now;
        domain_bed_clock(&b, "2026-03-16T06:30:00Z");
        domain_bed_ok(&b, reminder_check(&b.ctx, &key, &now));
        assert_int_equal(now.verdict, REMINDER_LATER);
        told_at(now.later, "2026-03-16T07:00:00Z");
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-16T23:30:00Z"), REMINDER_QUIET);
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-16T07:00:30Z"), REMINDER_SEND);
    }
}

static void move(struct domain_bed *b, const struct uuid *habit, const struct uuid *schedule, int minute)
{
    struct schedule s;
    struct schedule_change change = {
        .habit_id = *habit, .id = *schedule, .has_reminder = true, .value = {.reminder_minute = minute}};
    domain_bed_ok(b, schedule_update(&b->ctx, &change, &s));
}

static void test_moving_nine_to_twenty_one_still_reminds_today(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_clock(&b, "2026-03-15T08:00:00Z");
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "09:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T09:00:00Z").claimed, 1);
        struct delivery_key nine = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(9, 0));
        assert_int_equal(reminder_bed_check(&b, &nine, "2026-03-15T09:00:10Z"), REMINDER_SEND);
        move(&b, &h, &s, HM(21, 0));
        assert_int_equal(reminder_bed_check(&b, &nine, "2026-03-15T09:00:20Z"), REMINDER_CANCELED);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T21:00:00Z").claimed, 1);
        struct delivery_key late = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(21, 0));
        assert_int_equal(reminder_bed_check(&b, &late, "2026-03-15T21:00:10Z"), REMINDER_SEND);
        /* Off and on again, and back: nothing that was said is said again. */
        move(&b, &h, &s, HM(21, 1));
        move(&b, &h, &s, HM(21, 0));
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T22:00:00Z").claimed, 0);
    }
}

static void fly(struct domain_bed *b, const char *now, const char *zone)
{
    domain_bed_clock(b, now);
    reminder_bed_set(b, &(struct user_change){.has_timezone = true, .timezone = zone});
}

static void test_flying(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_clock(&b, "2026-03-16T06:00:00Z");
        struct uuid h = reminder_bed_person(&b, 1, "Europe/Berlin");
        struct uuid s = reminder_bed_schedule(&b, &h, "09:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T08:00:00Z").claimed, 1);
        /* West: 09:00 comes again that day and is not repeated; tomorrow it rings there. */
        fly(&b, "2026-03-16T10:00:00Z", "America/New_York");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T13:00:00Z").claimed, 0);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-17T13:00:00Z").claimed, 1);
        /* East before nine, and nine is over there: the day's is left out, the next one rings. */
        fly(&b, "2026-03-18T12:00:00Z", "Asia/Tokyo");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-18T23:59:00Z").claimed, 0);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-19T00:00:00Z").claimed, 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-19", HM(9, 0));
        told_at(reminder_bed_told(&b, &key, DELIVERY_QUEUED), "2026-03-19T00:00:00Z");
        /* West while it waits for the sender: not before nine over there. */
        struct reminder_now now;
        fly(&b, "2026-03-19T00:00:20Z", "Europe/Berlin");
        domain_bed_ok(&b, reminder_check(&b.ctx, &key, &now));
        assert_int_equal(now.verdict, REMINDER_LATER);
        told_at(now.later, "2026-03-19T08:00:00Z");
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-19T08:01:00Z"), REMINDER_SEND);
    }
}

static void test_after_downtime(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_clock(&b, "2026-03-15T08:00:00Z");
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid early = reminder_bed_schedule(&b, &h, "09:00"),
                    late = reminder_bed_schedule(&b, &h, "10:00");
        reminder_bed_lease(&b);
        /* Up again after three days: those of 15, 16 and 17 are missed, of the 18th the young one is sent at
         * once. */
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-18T11:00:00.001Z");
        assert_int_equal(t.missed, 7);
        assert_int_equal(t.claimed, 1);
        assert_int_equal(t.next.ms, reminder_bed_instant("2026-03-19T09:00:00Z").ms);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &early, "2026-03-18", HM(9, 0));
        reminder_bed_told(&b, &key, DELIVERY_MISSED);
        key = reminder_bed_key(&b, "reminder", &late, "2026-03-18", HM(10, 0));
        assert_int_equal(reminder_bed_told(&b, &key, DELIVERY_QUEUED).ms, b.ctx.now.ms);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox"), 1);
        /* A long sleep costs no more than deliveries are kept. */
        t = reminder_bed_tick(&b, "2027-03-18T12:00:00Z");
        assert_in_range(t.missed, 176, 182);
    }
}

static void test_who_is_not_reminded(void **state)
{
    static const char *const people[] = {
        "UPDATE users SET telegram_id = NULL",          "UPDATE users SET notifications_enabled = FALSE",
        "UPDATE users SET unreachable_at = created_at", "UPDATE users SET blocked_at = created_at",
        "UPDATE users SET timezone = 'Mars/Base'",
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        for (size_t i = 0; i < ARRAY_LEN(people); i++) {
            domain_bed_ok(&b, db_savepoint(b.base.db));
            migrate_bed_sql(&b.base, people[i]);
            struct reminder_tick t = reminder_bed_tick(&b, "2026-03-15T13:00:00Z");
            assert_int_equal(t.claimed, 0);
            assert_int_equal(t.skipped, 1);
            assert_int_equal(t.next.ms, reminder_bed_instant("2026-03-16T13:00:00Z").ms);
            assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM deliveries"), 0);
            domain_bed_ok(&b, db_rollback_to(b.base.db));
        }
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
        for (size_t i = 0; i < ARRAY_LEN(people); i++) {
            domain_bed_ok(&b, db_savepoint(b.base.db));
            migrate_bed_sql(&b.base, people[i]);
            assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_CANCELED);
            domain_bed_ok(&b, db_rollback_to(b.base.db));
        }
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_SEND);
    }
}

/* What happens to the habit: before the tick it takes the reminder away, after it the sender asks. */
static void test_habits_that_are_not_active(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        for (int when = 0; when < 2; when++) {
            for (int what = 0; what < 5; what++) {
                struct habit changed;
                struct schedule off;
                struct habit_change paused = {.id = h, .has_paused = true, .paused = true};
                struct habit_change archived = {.id = h, .has_archived = true, .archived = true};
                struct schedule_change disabled = {.habit_id = h, .id = s, .has_enabled = true};
                struct schedule_change gone = {.habit_id = h, .id = s};
                domain_bed_ok(&b, db_savepoint(b.base.db));
                if (when == 1)
                    assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
                domain_bed_ok(&b, what == 0   ? habit_update(&b.ctx, &paused, &changed)
                                  : what == 1 ? habit_update(&b.ctx, &archived, &changed)
                                  : what == 2 ? habit_delete(&b.ctx, &(struct habit_ref){h}, NULL)
                                  : what == 3 ? schedule_update(&b.ctx, &disabled, &off)
                                              : schedule_delete(&b.ctx, &gone, NULL));
                struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
                if (when == 1)
                    assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_CANCELED);
                else
                    assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 0);
                domain_bed_doctor(&b);
                domain_bed_ok(&b, db_rollback_to(b.base.db));
                domain_bed_clock(&b, "2026-03-15T12:00:00Z");
            }
        }
    }
}

static void test_an_answered_day_is_not_reminded(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
        int32_t today = key.local_date.n;
        for (enum log_status status = LOG_DONE; status <= LOG_SKIPPED; status++) {
            domain_bed_ok(&b, domain_bed_put(&b, &h, today, status, &r));
            assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_ANSWERED);
        }
        domain_bed_ok(&b, log_delete(&b.ctx, &(struct log_ref){h, day_of(today)}, NULL));
        domain_bed_ok(&b, domain_bed_put(&b, &h, today - 1, LOG_DONE, &r));
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_SEND);
    }
}

/* CONTRACT "Due": with n per m days schedules only remind, and what was done often enough is not due. */
static void test_a_habit_done_often_enough_is_not_reminded(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "Бегать", 2, 7);
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
        int32_t today = key.local_date.n;
        domain_bed_ok(&b, domain_bed_put(&b, &h, today - 2, LOG_DONE, &r));
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_SEND);
        domain_bed_ok(&b, domain_bed_put(&b, &h, today - 6, LOG_DONE, &r));
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_ANSWERED);
        domain_bed_ok(&b, domain_bed_put(&b, &h, today - 6, LOG_DECLINED, &r));
        domain_bed_ok(&b, domain_bed_put(&b, &h, today - 7, LOG_DONE, &r));
        assert_int_equal(reminder_bed_check(&b, &key, "2026-03-15T13:00:10Z"), REMINDER_SEND);
    }
}

/* --- crashes, instances, numbers ------------------------------------------------------------------- */

static void test_a_restart_in_the_middle_of_a_tick(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        domain_bed_ok(&b, db_commit(b.base.db));
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        db_rollback(b.base.db); /* killed before the commit */
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox"), 0);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:05Z").claimed, 1);
        domain_bed_ok(&b, db_commit(b.base.db)); /* killed after it: the next one starts from the tables */
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:06Z").claimed, 0);
        /* Even a schedule that is due again says nothing twice: the key is the occasion. */
        migrate_bed_sql(&b.base, "UPDATE habit_schedules SET next_due_at = (SELECT due_at FROM deliveries)");
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:01:00Z").claimed, 0);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox"), 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
        reminder_bed_told(&b, &key, DELIVERY_QUEUED);
    }
}

/* New time zone data moved the moment since it was worked out: told at the true one, once. */
static void test_a_moment_that_was_worked_out_otherwise(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        struct schedule_change at_noon = {
            .habit_id = h, .id = s, .has_reminder = true, .value = {.reminder_minute = HM(12, 30)}};
        struct schedule changed;
        const char *stored = "UPDATE habit_schedules SET reminder_time = 780"; /* 13:00, next_due_at 12:30 */
        domain_bed_ok(&b, schedule_update(&b.ctx, &at_noon, &changed));
        migrate_bed_sql(&b.base, stored);
        struct reminder_tick t = reminder_bed_tick(&b, "2026-03-15T12:30:00Z");
        assert_int_equal(t.claimed, 0);
        assert_int_equal(t.next.ms, reminder_bed_instant("2026-03-15T13:00:00Z").ms);
        migrate_bed_sql(&b.base,
                        "UPDATE habit_schedules SET reminder_time = 720"); /* 12:00, next_due_at 13:00 */
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(12, 0));
        reminder_bed_told(&b, &key, DELIVERY_QUEUED);
    }
}

/* A tick as another instance does it. */
struct instance {
    struct domain_bed *bed;
    int64_t fence;
    enum ecode rc;
    char reason[40];
    struct reminder_tick tick;
};

static void *instance_tick(void *arg)
{
    struct instance *i = arg;
    struct ctx ctx;
    struct err err = {.code = E_OK};
    struct rng rng;
    struct arena *arena = arena_new(64u << 20);
    struct db *db = migrate_bed_connect(&i->bed->base, &err);
    struct reminder_claim claim = {i->fence, duration_seconds(15), 500};
    rng_init(&rng, 7);
    ctx_init(&ctx, db, arena, &i->bed->policy, &rng, i->bed->ctx.now, "other");
    ctx.actor.role = ROLE_SYSTEM;
    i->rc = db_begin(db, DB_TXN_WRITE);
    if (i->rc == E_OK)
        i->rc = reminder_tick(&ctx, &claim, &i->tick);
    memcpy(i->reason, ctx.err.reason, sizeof i->reason);
    if (i->rc == E_OK)
        i->rc = db_commit(db);
    else
        db_rollback(db);
    db_close(db);
    arena_free(arena);
    return NULL;
}

static void wait_until_blocked(struct domain_bed *b)
{
    struct err err = {.code = E_OK};
    struct db *db = migrate_bed_connect(&b->base, &err);
    struct domain_bed watcher = {.base = b->base};
    watcher.base.db = db;
    for (int i = 0; domain_bed_count(&watcher, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0; i++) {
        assert_true(i < 12000);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    db_close(db);
}

/* Two instances tick at the same moment: the second waits for the first and finds nothing left. */
static void test_two_instances_at_once(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        pthread_t thread;
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        struct instance other = {.bed = &b, .fence = 1};
        domain_bed_ok(&b, db_commit(b.base.db));
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        assert_int_equal(pthread_create(&thread, NULL, instance_tick, &other), 0);
        if (engine_ == DB_POSTGRES)
            wait_until_blocked(&b);
        domain_bed_ok(&b, db_commit(b.base.db));
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(other.rc, E_OK);
        assert_int_equal(other.tick.claimed, 0);
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox"), 1);
    }
}

/* Who lost the lease without noticing claims nothing. */
static void test_an_instance_that_lost_the_lease(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        domain_bed_clock(&b, "2026-03-15T13:00:00Z");
        reminder_bed_lease(&b); /* another holder, after the first one's time was over */
        struct instance slow = {.bed = &b, .fence = 1};
        domain_bed_ok(&b, db_commit(b.base.db));
        instance_tick(&slow);
        assert_int_equal(slow.rc, E_CONFLICT);
        assert_string_equal(slow.reason, "lease_lost");
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox"), 0);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:01Z").claimed, 1);
    }
}

static void test_a_thousand_in_chunks(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        for (int p = 0; p < 50; p++) {
            struct uuid h = reminder_bed_person(&b, p + 1, "Asia/Almaty");
            for (int s = 0; s < 20; s++)
                reminder_bed_schedule(&b, &h, "18:00");
        }
        reminder_bed_lease(&b);
        domain_bed_clock(&b, "2026-03-15T13:00:00Z");
        struct reminder_claim claim = {1, duration_seconds(15), 250};
        struct reminder_tick t;
        for (int i = 0; i < 4; i++) {
            domain_bed_ok(&b, reminder_tick(&b.ctx, &claim, &t));
            assert_int_equal(t.claimed, 250);
            assert_int_equal(t.more, i < 3);
        }
        assert_int_equal(domain_bed_count(&b, "SELECT count(DISTINCT ref_id) FROM outbox"), 1000);
        assert_int_equal(domain_bed_count(&b, "SELECT count(DISTINCT due_at) FROM outbox") > 900, 1);
        domain_bed_ok(&b, reminder_tick(&b.ctx, &claim, &t));
        assert_int_equal(t.claimed, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reminder_is_claimed_once_and_is_due_again_tomorrow),
        cmocka_unit_test(test_each_time_of_a_day_is_an_occasion),
        cmocka_unit_test(test_odd_days_of_the_zones),
        cmocka_unit_test(test_the_night_belongs_to_the_day_before),
        cmocka_unit_test(test_quiet_hours),
        cmocka_unit_test(test_moving_nine_to_twenty_one_still_reminds_today),
        cmocka_unit_test(test_flying),
        cmocka_unit_test(test_after_downtime),
        cmocka_unit_test(test_who_is_not_reminded),
        cmocka_unit_test(test_habits_that_are_not_active),
        cmocka_unit_test(test_an_answered_day_is_not_reminded),
        cmocka_unit_test(test_a_habit_done_often_enough_is_not_reminded),
        cmocka_unit_test(test_a_restart_in_the_middle_of_a_tick),
        cmocka_unit_test(test_a_moment_that_was_worked_out_otherwise),
        cmocka_unit_test(test_two_instances_at_once),
        cmocka_unit_test(test_an_instance_that_lost_the_lease),
        cmocka_unit_test(test_a_thousand_in_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
