/* Calendar days and instants. */
#include "test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/day.h"
#include "base/instant.h"

/* Each day of 1900–2200 by plain counting, against the formulas. */
static void every_day_from_1900_to_2200(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t n = -25567; /* 1900-01-01, a Monday */
    int weekday = 1;
    for (int year = 1900; year <= 2200; year++) {
        bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && leap);
            for (int dom = 1; dom <= length; dom++, n++, weekday = weekday % 7 + 1) {
                struct day d;
                char text[DAY_TEXT], want[32];
                int y, m, back;
                assert_true(day_from_ymd(year, month, dom, &d));
                assert_int_equal(d.n, n);
                day_to_ymd(d, &y, &m, &back);
                assert_true(y == year && m == month && back == dom);
                assert_int_equal(day_weekday(d), weekday);
                assert_int_equal(day_month_length(d), length);
                snprintf(want, sizeof want, "%04d-%02d-%02d", year, month, dom);
                assert_string_equal(day_format(d, text), want);
                assert_true(day_parse(text, 10, &d));
                assert_int_equal(d.n, n);
            }
            struct day d;
            assert_false(day_from_ymd(year, month, length + 1, &d));
        }
    }
    assert_int_equal(n, 84371); /* 2201-01-01 */
}

static void days_that_do_not_exist(void **state)
{
    static const char *const bad[] = {
        "",           "2023-02-29", "1900-02-29",  "2100-02-29",  "2024-02-30", "2024-04-31",
        "2024-00-10", "2024-13-01", "2024-01-00",  "0000-01-01",  "2024-1-01",  "2024-01-1",
        "24-01-01",   "2024/01/01", "2024-01-01 ", " 2024-01-01", "+024-01-01", "-024-01-01",
        "2024-0a-01", "20240101",   "2024-01-011"};
    struct day d = {77};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (day_parse(bad[i], strlen(bad[i]), &d))
            fail_msg("%s was read", bad[i]);
    assert_int_equal(d.n, 77);                       /* written only on success */
    assert_true(day_parse("2000-01-01xyz", 10, &d)); /* the length decides */
    assert_int_equal(d.n, DAY_FIRST_LOG);
    assert_true(day_parse("2000-02-29", 10, &d));
    assert_true(day_parse("0001-01-01", 10, &d));
    assert_int_equal(d.n, -719162);
    assert_int_equal(day_weekday(d), 1);
    assert_true(day_parse("9999-12-31", 10, &d));
    assert_int_equal(d.n, 2932896);
    assert_false(day_from_ymd(10000, 1, 1, &d));
}

static void arithmetic(void **state)
{
    struct day a = day_of(100), b = day_add(a, -150);
    assert_int_equal(b.n, -50);
    assert_int_equal(day_diff(a, b), 150);
    assert_true(day_cmp(a, b) > 0 && day_cmp(b, a) < 0 && day_cmp(a, a) == 0);
    assert_true(day_is_none(day_none()) && !day_is_none(a));
    struct instant t = instant_add(instant_from_ms(5), duration_seconds(2));
    assert_int_equal(t.ms, 2005);
    assert_int_equal(instant_diff(t, instant_from_ms(5)).ms, 2000);
    assert_true(instant_cmp(t, instant_from_ms(2004)) > 0 && instant_cmp(t, t) == 0);
    assert_int_equal(monotime_diff((struct monotime){5000000}, (struct monotime){2000000}).ms, 3);
    assert_true(monotime_now().ns <= monotime_now().ns);
}

static void instants(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
        const char *back;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0, NULL},
        {"2026-11-23T16:48:52Z", 1795452532000, NULL},
        {"2026-11-23T16:48:52.007Z", 1795452532007, NULL},
        {"2026-11-23t16:48:52z", 1795452532000, "2026-11-23T16:48:52Z"},
        {"2026-11-23T19:48:52.1+03:00", 1795452532100, "2026-11-23T16:48:52.100Z"},
        {"2026-11-23T11:03:52.123456789-05:45", 1795452532123, "2026-11-23T16:48:52.123Z"},
        {"2024-02-29T23:59:59.999Z", 1709251199999, NULL},
        {"9999-12-31T23:59:59.999Z", 253402300799999, NULL},
        {"1970-01-01T05:00:00+05:00", 0, "1970-01-01T00:00:00Z"},
        {"2026-11-23T16:48:52-00:00", 1795452532000, "2026-11-23T16:48:52Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct instant t;
        char text[INSTANT_TEXT];
        if (!instant_parse(good[i].text, strlen(good[i].text), &t))
            fail_msg("%s was not read", good[i].text);
        assert_int_equal(t.ms, good[i].ms);
        assert_string_equal(instant_format(t, text), good[i].back ? good[i].back : good[i].text);
    }
    char text[INSTANT_TEXT];
    assert_string_equal(instant_format(instant_from_ms(-1), text), "1969-12-31T23:59:59.999Z");
}

static void what_is_no_instant(void **state)
{
    static const char *const bad[] = {"",
                                      "2026-11-23",
                                      "2026-11-23T16:48Z",
                                      "2026-11-23T16:48:52",
                                      "2026-11-23 16:48:52Z",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T16:60:00Z",
                                      "2026-11-23T16:48:60Z",
                                      "2026-02-29T16:48:52Z",
                                      "2026-11-23T16:48:52.Z",
                                      "2026-11-23T16:48:52.1234567890Z",
                                      "2026-11-23T16:48:52+0300",
                                      "2026-11-23T16:48:52+24:00",
                                      "2026-11-23T16:48:52+03:60",
                                      "2026-11-23T16:48:52Zx",
                                      "2026-11-23T16:48:52+03:00x",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "9999-12-31T23:59:59-23:59",
                                      "2026-11-23T16:48:52.+03:00",
                                      "2026-11-23T16:48:52 Z",
                                      "2026-11-23T1a:48:52Z"};
    struct instant t = {77};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (instant_parse(bad[i], strlen(bad[i]), &t))
            fail_msg("%s was read", bad[i]);
    assert_int_equal(t.ms, 77);
    const char *whole = "2026-11-23T16:48:52.123+03:00";
    for (size_t len = 0; len < strlen(whole); len++)
        assert_false(instant_parse(whole, len, &t));
}

/* HABITD_NOW sets the clock of a test build, and it runs on. */
static void the_clock_is_set(void **state)
{
    struct instant t = instant_now(), set;
    assert_true(instant_parse("2031-05-06T07:08:09Z", 20, &set));
#ifdef HABITD_TEST_BUILD
    assert_in_range(t.ms - set.ms, 0, 60000);
#else
    assert_true(t.ms != set.ms);
#endif
    assert_true(instant_now().ms >= t.ms);
}

int main(void)
{
    setenv("HABITD_NOW", "2031-05-06T07:08:09Z", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_from_1900_to_2200),
        cmocka_unit_test(days_that_do_not_exist),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(instants),
        cmocka_unit_test(what_is_no_instant),
        cmocka_unit_test(the_clock_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
