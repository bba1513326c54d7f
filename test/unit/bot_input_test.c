#include <string.h>
#include "base/check.h"
#include "edge/bot/input.h"
#include "test.h"

/* Numbers and times as people type them. */

#define MAX 1000000000000

static void reads_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t thousandths;
        const char *unit;
    } rows[] = {
        {"8", 8000, ""},          {" 2,5 км ", 2500, "км "},
        {"2.5km", 2500, "km"},    {"0.001", 1, ""},
        {"1 000", 1000000, ""},   {"10\u00a0000 шагов", 10000000, "шагов"},
        {"1,5000", 1500, ""},     {"0", 0, ""},
        {"3 раза", 3000, "раза"}, {"1000000000", MAX, ""},
    };
    static const char *const none[] = {"",     "км",     "-1", "1.2345",     "2-3", "8:30",
                                       "1 00", "1 0000", "+1", "1000000001", ",5",  "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t v = -1;
        if (!input_number(rows[i].text, MAX, &v) || v != rows[i].thousandths)
            fail_msg("%s: %lld", rows[i].text, (long long)v);
        assert_string_equal(input_unit(rows[i].text), rows[i].unit);
    }
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        int64_t v = -1;
        if (input_number(none[i], MAX, &v) || v != -1)
            fail_msg("%s: %lld", none[i], (long long)v);
    }
    assert_string_equal(input_unit("km"), "");
}

static void reads_times(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        int minutes[4];
    } rows[] = {
        {"8", 1, {480}},
        {"8:30, 14.00 21", 3, {510, 840, 1260}},
        {"в 9 и в 21:15", 2, {540, 1275}},
        {"at 9 and 10", 2, {540, 600}},
        {"21:00;9:00,21", 2, {540, 1260}},
        {"0:00 23:59", 2, {0, 1439}},
        {"9am, 9:30 PM", 2, {540, 1290}},
        {"12 am 12pm", 2, {0, 720}},
        {"7 a.m. and 7:05 p.m.", 2, {420, 1145}},
    };
    static const char *const none[] = {
        "",      "утром", "24",  "8:60", "8:3", "8:300", "-8",
        "8:30x", "13pm",  "0am", "9 x",  "9 a", "830",   "1,2,3,4,5,6,7,8,9,10,11,12,13"};
    int times[INPUT_TIMES_MAX];
    size_t n;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!input_times(rows[i].text, times, &n) || n != rows[i].n ||
            memcmp(times, rows[i].minutes, n * sizeof *times) != 0)
            fail_msg("%s", rows[i].text);
    }
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        if (input_times(none[i], times, &n))
            fail_msg("%s", none[i]);
    }
    assert_true(input_times("0 1 2 3 4 5 6 7 8 9 10 11", times, &n));
    assert_int_equal(n, INPUT_TIMES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(reads_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
