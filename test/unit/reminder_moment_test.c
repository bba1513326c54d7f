#include <string.h>
#include "base/check.h"
#include "domain/reminder/reminder_moment.h"
#include "domain/schedule/rule.h"
#include "test.h"

/* When people are spoken to, without a database: CONTRACT "Definitions", DESIGN §5. */

static struct instant at(const char *text)
{
    struct instant t;
    if (!instant_parse(text, strlen(text), &t))
        fail_msg("%s is no moment", text);
    return t;
}

static struct day day(const char *text)
{
    struct day d;
    if (!day_parse(text, strlen(text), &d))
        fail_msg("%s is no day", text);
    return d;
}

static struct person_hours person(const char *zone, int day_starts_at, int quiet_from, int quiet_to)
{
    struct err err;
    struct person_hours p = {
        .day_starts_at = day_starts_at, .week_starts_on = 1, .quiet = {quiet_from, quiet_to}};
    if (zone_get(zone, &p.zone, &err) != E_OK)
        fail_msg("%s: %s", zone, err.text);
    return p;
}

static void same_moment(const char *what, struct instant got, const char *want)
{
    char text[INSTANT_TEXT];
    if (instant_cmp(got, at(want)) != 0)
        fail_msg("%s: %s instead of %s", what, instant_format(got, text), want);
}

#define NO_QUIET MINUTE_NONE, MINUTE_NONE
#define H(hour, minute) ((hour)*60 + (minute))

/* The first reminders after a moment, with the day that their buttons mark. */
static void test_reminders_fall_on_their_local_minute(void **state)
{
    static const struct {
        const char *zone;
        int day_starts_at, minute;
        const char *after, *day, *at;
    } cases[] = {
        /* a gap: the first valid minute after it */
        {"America/New_York", 0, H(2, 30), "2026-03-08T05:00:00Z", "2026-03-08", "2026-03-08T07:00:00Z"},
        {"America/New_York", 0, H(2, 30), "2026-03-08T07:00:00Z", "2026-03-09", "2026-03-09T06:30:00Z"},
        {"Europe/Berlin", 0, H(2, 0), "2026-03-28T12:00:00Z", "2026-03-29", "2026-03-29T01:00:00Z"},
        {"Australia/Lord_Howe", 0, H(2, 10), "2026-10-03T12:00:00Z", "2026-10-04", "2026-10-03T15:30:00Z"},
        {"America/Nuuk", 0, H(22, 59), "2026-03-28T12:00:00Z", "2026-03-28", "2026-03-29T00:59:00Z"},
        {"America/Nuuk", 0, H(23, 30), "2026-03-28T12:00:00Z", "2026-03-28", "2026-03-29T01:00:00Z"},
        {"America/Nuuk", 0, H(22, 59), "2022-03-26T12:00:00Z", "2022-03-26", "2022-03-27T01:00:00Z"},
        /* an overlap: once, at the first */
        {"America/New_York", 0, H(1, 30), "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-01T05:30:00Z"},
        {"America/New_York", 0, H(1, 30), "2026-11-01T05:30:00Z", "2026-11-02", "2026-11-02T06:30:00Z"},
        {"Europe/Berlin", 0, H(2, 30), "2026-10-24T12:00:00Z", "2026-10-25", "2026-10-25T00:30:00Z"},
        {"Europe/Berlin", 0, H(2, 30), "2026-10-25T00:30:00Z", "2026-10-26", "2026-10-26T01:30:00Z"},
        {"Australia/Lord_Howe", 0, H(1, 45), "2026-04-04T12:00:00Z", "2026-04-05", "2026-04-04T14:45:00Z"},
        {"Australia/Lord_Howe", 0, H(1, 45), "2026-04-04T14:45:00Z", "2026-04-06", "2026-04-05T15:15:00Z"},
        {"America/Nuuk", 0, H(22, 59), "2022-10-29T12:00:00Z", "2022-10-29", "2022-10-30T00:59:00Z"},
        {"America/Nuuk", 0, H(22, 59), "2022-10-30T00:59:00Z", "2022-10-30", "2022-10-31T01:59:00Z"},
        /* a date that the zone never had */
        {"Pacific/Apia", 0, H(9, 0), "2011-12-29T18:59:00Z", "2011-12-29", "2011-12-29T19:00:00Z"},
        {"Pacific/Apia", 0, H(9, 0), "2011-12-29T19:00:00Z", "2011-12-31", "2011-12-30T19:00:00Z"},
        /* the night belongs to the day before: Monday 00:30 rings after Monday */
        {"Europe/Berlin", 180, H(0, 30), "2026-03-16T12:00:00Z", "2026-03-16", "2026-03-16T23:30:00Z"},
        {"Europe/Berlin", 180, H(3, 0), "2026-03-16T12:00:00Z", "2026-03-17", "2026-03-17T02:00:00Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct person_hours p = person(cases[i].zone, cases[i].day_starts_at, NO_QUIET);
        struct schedule_rule daily = {.type = SCHEDULE_DAILY, .starts_on = day_of(0)};
        struct reminder_clock clock = {p.zone, p.day_starts_at, cases[i].minute};
        struct day d;
        struct instant t;
        char text[DAY_TEXT];
        assert_true(schedule_rule_next_reminder(&daily, &clock, at(cases[i].after), 10, &d, &t));
        same_moment(cases[i].zone, t, cases[i].at);
        if (day_cmp(d, day(cases[i].day)) != 0)
            fail_msg("%s %d: %s instead of %s", cases[i].zone, cases[i].minute, day_format(d, text),
                     cases[i].day);
    }
}

static void test_quiet_hours_delay_or_drop(void **state)
{
    static const struct {
        const char *what, *zone;
        int day_starts_at, from, to;
        const char *day, *moment, *told; /* NULL: dropped */
    } cases[] = {
        {"none", "Europe/Berlin", 0, NO_QUIET, "2026-03-16", "2026-03-16T22:00:00Z", "2026-03-16T22:00:00Z"},
        {"before them", "Europe/Berlin", 0, H(22, 0), H(7, 0), "2026-03-16", "2026-03-16T20:59:59Z",
         "2026-03-16T20:59:59Z"},
        {"their first minute, day over at the end", "Europe/Berlin", 0, H(22, 0), H(7, 0), "2026-03-16",
         "2026-03-16T21:00:00Z", NULL},
        {"in the night", "Europe/Berlin", 0, H(22, 0), H(7, 0), "2026-03-16", "2026-03-16T00:30:00Z",
         "2026-03-16T06:00:00Z"},
        {"their last minute", "Europe/Berlin", 0, H(22, 0), H(7, 0), "2026-03-16", "2026-03-16T05:59:59Z",
         "2026-03-16T06:00:00Z"},
        {"their end", "Europe/Berlin", 0, H(22, 0), H(7, 0), "2026-03-16", "2026-03-16T06:00:00Z",
         "2026-03-16T06:00:00Z"},
        {"within one day", "Europe/Berlin", 0, H(12, 0), H(14, 0), "2026-03-16", "2026-03-16T12:30:00Z",
         "2026-03-16T13:00:00Z"},
        {"up to midnight", "Europe/Berlin", 0, H(20, 0), H(0, 0), "2026-03-16", "2026-03-16T21:00:00Z", NULL},
        {"the day goes on behind midnight", "Europe/Berlin", 180, H(20, 0), H(0, 0), "2026-03-16",
         "2026-03-16T21:00:00Z", "2026-03-16T23:00:00Z"},
        {"the boundary ends it", "Europe/Berlin", 180, H(22, 0), H(7, 0), "2026-03-16",
         "2026-03-16T23:30:00Z", NULL},
        {"the boundary is not reached", "Europe/Berlin", 180, H(22, 0), H(2, 0), "2026-03-16",
         "2026-03-16T21:30:00Z", "2026-03-17T01:00:00Z"},
        {"the end is the boundary", "Europe/Berlin", 180, H(22, 0), H(3, 0), "2026-03-16",
         "2026-03-16T21:30:00Z", NULL},
        {"a gap swallows the end", "Europe/Berlin", 0, H(22, 0), H(2, 30), "2026-03-29",
         "2026-03-28T23:30:00Z", "2026-03-29T01:00:00Z"},
        {"an overlap ends them at the first", "Europe/Berlin", 0, H(22, 0), H(2, 30), "2026-10-25",
         "2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z"},
        {"in the second pass", "Europe/Berlin", 0, H(22, 0), H(2, 30), "2026-10-25", "2026-10-25T01:10:00Z",
         "2026-10-25T01:30:00Z"},
        {"in the second pass, over midnight", "America/Nuuk", 0, H(22, 0), H(23, 30), "2026-10-24",
         "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z"},
        {"the end falls on a skipped date", "Pacific/Apia", 0, H(22, 0), H(7, 0), "2011-12-31",
         "2011-12-30T09:00:00Z", "2011-12-30T17:00:00Z"},
        {"the same for the day before", "Pacific/Apia", 0, H(22, 0), H(7, 0), "2011-12-29",
         "2011-12-30T09:00:00Z", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct person_hours p = person(cases[i].zone, cases[i].day_starts_at, cases[i].from, cases[i].to);
        struct instant told = {0};
        bool is_told = moment_outside_quiet(&p, day(cases[i].day), at(cases[i].moment), &told);
        if (is_told != (cases[i].told != NULL))
            fail_msg("%s: %s", cases[i].what, is_told ? "told" : "dropped");
        if (is_told)
            same_moment(cases[i].what, told, cases[i].told);
    }
}

static void test_jitter_is_stable_and_spread(void **state)
{
    struct uuid user = {{0}}, schedule = {{7}};
    int buckets[10] = {0};
    for (int i = 0; i < 10000; i++) {
        user.b[14] = (uint8_t)(i >> 8);
        user.b[15] = (uint8_t)i;
        struct duration j = reminder_jitter(&user, &schedule);
        assert_true(j.ms >= 0 && j.ms <= REMINDER_JITTER_MS);
        assert_int_equal(j.ms, reminder_jitter(&user, &schedule).ms);
        buckets[j.ms * 10 / (REMINDER_JITTER_MS + 1)]++;
    }
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
        assert_in_range(buckets[i], 850, 1150);
    struct uuid other = {{8}};
    assert_int_not_equal(reminder_jitter(&user, &schedule).ms, reminder_jitter(&user, &other).ms);
}

static void test_snoozes(void **state)
{
    static const struct {
        const char *zone;
        int day_starts_at;
        enum snooze_choice choice;
        const char *now, *rings;
    } cases[] = {
        {"Europe/Berlin", 0, SNOOZE_15_MIN, "2026-03-16T10:00:30Z", "2026-03-16T10:15:30Z"},
        {"Europe/Berlin", 0, SNOOZE_30_MIN, "2026-03-16T10:00:30Z", "2026-03-16T10:30:30Z"},
        {"Europe/Berlin", 0, SNOOZE_60_MIN, "2026-03-16T10:00:30Z", "2026-03-16T11:00:30Z"},
        {"Europe/Berlin", 0, SNOOZE_EVENING, "2026-03-16T10:00:30Z", "2026-03-16T19:00:00Z"},
        {"Europe/Berlin", 0, SNOOZE_EVENING, "2026-03-16T19:00:00Z", "2026-03-16T20:00:00Z"},
        {"Europe/Berlin", 0, SNOOZE_EVENING, "2026-03-16T22:30:00Z", "2026-03-16T23:30:00Z"},
        /* half past midnight is still yesterday: its evening is over */
        {"Europe/Berlin", 180, SNOOZE_EVENING, "2026-03-16T23:30:00Z", "2026-03-17T00:30:00Z"},
        {"Europe/Berlin", 0, SNOOZE_EVENING, "2026-03-16T23:30:00Z", "2026-03-17T19:00:00Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct person_hours p = person(cases[i].zone, cases[i].day_starts_at, NO_QUIET);
        same_moment(cases[i].now, snooze_moment(&p, at(cases[i].now), cases[i].choice), cases[i].rings);
    }
}

static void test_weekly_summaries(void **state)
{
    static const struct {
        const char *zone;
        int week_starts_on;
        const char *after, *first, *at;
    } cases[] = {
        {"Europe/Berlin", 1, "2026-03-16T10:00:00Z", "2026-03-16", "2026-03-22T18:00:00Z"},
        {"Europe/Berlin", 1, "2026-03-22T18:00:00Z", "2026-03-23", "2026-03-29T17:00:00Z"},
        {"Europe/Berlin", 7, "2026-03-16T10:00:00Z", "2026-03-15", "2026-03-21T18:00:00Z"},
        {"America/New_York", 6, "2026-03-20T10:00:00Z", "2026-03-14", "2026-03-20T23:00:00Z"},
        /* Friday, 2011-12-30, never was */
        {"Pacific/Apia", 6, "2011-12-29T10:00:00Z", "2011-12-31", "2012-01-06T05:00:00Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct person_hours p = person(cases[i].zone, 180, NO_QUIET);
        struct day first;
        struct instant t;
        p.week_starts_on = cases[i].week_starts_on;
        assert_true(summary_moment(&p, at(cases[i].after), &first, &t));
        same_moment(cases[i].after, t, cases[i].at);
        assert_int_equal(first.n, day(cases[i].first).n);
    }
}

static void test_noons(void **state)
{
    struct person_hours p = person("America/New_York", 0, NO_QUIET);
    same_moment("winter", nudge_moment(&p, at("2026-03-07T16:59:59Z")), "2026-03-07T17:00:00Z");
    same_moment("summer", nudge_moment(&p, at("2026-03-07T17:00:00Z")), "2026-03-08T16:00:00Z");
    p = person("Pacific/Apia", 0, NO_QUIET);
    same_moment("skipped", nudge_moment(&p, at("2011-12-29T22:00:00Z")), "2011-12-30T22:00:00Z");
}

static void test_milestones(void **state)
{
    static const struct {
        int before, length, reached;
    } cases[] = {
        {0, 1, 0},     {5, 6, 0},    {6, 7, 7},      {7, 8, 0},       {13, 14, 14},
        {29, 30, 30},  {59, 60, 60}, {99, 100, 100}, {364, 365, 365}, {365, 366, 0},
        {799, 800, 0}, {5, 8, 7},    {6, 40, 30},    {0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(milestone_reached(cases[i].before, cases[i].length), cases[i].reached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reminders_fall_on_their_local_minute),
        cmocka_unit_test(test_quiet_hours_delay_or_drop),
        cmocka_unit_test(test_jitter_is_stable_and_spread),
        cmocka_unit_test(test_snoozes),
        cmocka_unit_test(test_weekly_summaries),
        cmocka_unit_test(test_noons),
        cmocka_unit_test(test_milestones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
