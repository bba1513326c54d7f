#include "test.h"
#include <libical/ical.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "base/rng.h"
#include "domain/schedule/rule.h"

static struct arena *arena;

static struct day day(const char *text)
{
    struct day d;
    assert_true(day_parse(text, strlen(text), &d));
    return d;
}

static struct schedule_rule custom(const char *starts_on, const char *text)
{
    struct schedule_rule s = {.type = SCHEDULE_CUSTOM, .starts_on = day(starts_on)};
    struct err err;
    if (rrule_parse(arena, text, strlen(text), s.starts_on, &s.rrule, &err) != E_OK)
        fail_msg("%s: %s", text, err.text);
    return s;
}

static bool due(const struct schedule_rule *s, struct day d)
{
    struct day found;
    return schedule_rule_next(s, day_add(d, -1), d, &found);
}

/* The named days from `from` on, at most `n` of them, as text. */
static const char *days_of(const struct schedule_rule *s, const char *from, int n)
{
    static char text[2048];
    struct day d = day_add(day(from), -1);
    size_t len = 0;
    text[0] = '\0';
    for (int i = 0; i < n && schedule_rule_next(s, d, day_of(900000), &d); i++) {
        char one[DAY_TEXT];
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? " " : "", day_format(d, one));
    }
    return text;
}

/* The examples of RFC 5545, section 3.8.5.3, and other rules with the days they name. */
static void rules_and_their_days(void **state)
{
    static const struct {
        const char *starts_on, *rule, *from, *days;
    } cases[] = {
        {"1997-09-02", "FREQ=DAILY;COUNT=3", "1997-01-01", "1997-09-02 1997-09-03 1997-09-04"},
        {"1997-09-02", "FREQ=DAILY;UNTIL=19970903T000000Z", "1997-01-01", "1997-09-02 1997-09-03"},
        {"1997-09-02", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-01-01",
         "1997-09-02 1997-09-12 1997-09-22 1997-10-02 1997-10-12"},
        {"1997-09-02", "FREQ=DAILY;INTERVAL=2", "2026-11-22",
         "2026-11-23 2026-11-25 2026-11-27 2026-11-29 2026-12-01"},
        {"1997-09-02", "FREQ=WEEKLY;COUNT=4", "1997-01-01", "1997-09-02 1997-09-09 1997-09-16 1997-09-23"},
        {"1997-09-01", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR;UNTIL=19971002", "1997-09-10",
         "1997-09-15 1997-09-17 1997-09-19 1997-09-29 1997-10-01"},
        {"1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-01-01",
         "1997-08-05 1997-08-10 1997-08-19 1997-08-24"},
        {"1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-01-01",
         "1997-08-05 1997-08-17 1997-08-19 1997-08-31"},
        {"1997-09-05", "FREQ=MONTHLY;COUNT=5;BYDAY=1FR", "1997-01-01",
         "1997-09-05 1997-10-03 1997-11-07 1997-12-05 1998-01-02"},
        {"1997-09-07", "FREQ=MONTHLY;INTERVAL=2;COUNT=5;BYDAY=1SU,-1SU", "1997-01-01",
         "1997-09-07 1997-09-28 1997-11-02 1997-11-30 1998-01-04"},
        {"1997-09-22", "FREQ=MONTHLY;COUNT=5;BYDAY=-2MO", "1997-01-01",
         "1997-09-22 1997-10-20 1997-11-17 1997-12-22 1998-01-19"},
        {"1997-09-28", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-01-01",
         "1997-09-28 1997-10-29 1997-11-28 1997-12-29 1998-01-29"},
        {"1997-09-30", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "1997-01-01",
         "1997-09-30 1997-10-01 1997-10-31 1997-11-01 1997-11-30"},
        {"1997-09-10", "FREQ=MONTHLY;INTERVAL=18;COUNT=5;BYMONTHDAY=10,11,12,13,14", "1997-01-01",
         "1997-09-10 1997-09-11 1997-09-12 1997-09-13 1997-09-14"},
        {"1997-06-10", "FREQ=YEARLY;COUNT=5;BYMONTH=6,7", "1997-01-01",
         "1997-06-10 1997-07-10 1998-06-10 1998-07-10 1999-06-10"},
        {"1997-01-01", "FREQ=YEARLY;INTERVAL=3;COUNT=5;BYYEARDAY=1,100,200", "1997-01-01",
         "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09"},
        {"1997-05-19", "FREQ=YEARLY;BYDAY=20MO", "1997-01-01",
         "1997-05-19 1998-05-18 1999-05-17 2000-05-15 2001-05-14"},
        {"1997-05-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-01-01",
         "1997-05-12 1998-05-11 1999-05-17 2000-05-15 2001-05-14"},
        {"2018-12-31", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "2018-01-01",
         "2018-12-31 2019-12-30 2021-01-04 2022-01-03 2023-01-02"},
        {"1997-03-13", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-20",
         "1997-03-20 1997-03-27 1998-03-05 1998-03-12 1998-03-19"},
        {"1997-09-02", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-01-01",
         "1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13"},
        {"1996-11-05", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-01-01",
         "1996-11-05 2000-11-07 2004-11-02 2008-11-04 2012-11-06"},
        {"1997-09-04", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-01-01",
         "1997-09-04 1997-10-07 1997-11-06"},
        {"1997-09-29", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-01-01",
         "1997-09-29 1997-10-30 1997-11-27 1997-12-30 1998-01-29"},
        {"2007-01-15", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-01",
         "2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30"},
        {"2024-01-31", "FREQ=MONTHLY", "2024-01-01",
         "2024-01-31 2024-03-31 2024-05-31 2024-07-31 2024-08-31"},
        {"2024-02-29", "FREQ=YEARLY", "2024-01-01", "2024-02-29 2028-02-29 2032-02-29 2036-02-29 2040-02-29"},
        {"2024-01-01", "FREQ=DAILY;BYMONTHDAY=-1", "2024-01-01",
         "2024-01-31 2024-02-29 2024-03-31 2024-04-30 2024-05-31"},
        {"2024-01-03", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1", "2024-01-01",
         "2024-01-05 2024-01-12 2024-01-19 2024-01-26 2024-02-02"},
        {"2024-01-01", "freq=daily;interval=3", "2024-01-01",
         "2024-01-01 2024-01-04 2024-01-07 2024-01-10 2024-01-13"},
        {"2026-11-23", "FREQ=YEARLY;INTERVAL=1000", "2026-01-01", "2026-11-23"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct schedule_rule s = custom(cases[i].starts_on, cases[i].rule);
        const char *got = days_of(&s, cases[i].from, 5);
        if (strcmp(got, cases[i].days) != 0)
            fail_msg("%s: %s, want %s", cases[i].rule, got, cases[i].days);
    }
}

static void refused_texts(void **state)
{
    static const struct {
        const char *rule, *says;
    } cases[] = {
        {"", "1 to 500"},
        {"DAILY", "NAME=VALUE"},
        {"FREQ=DAILY;", "NAME=VALUE"},
        {"RRULE:FREQ=DAILY", "none of RFC 5545"},
        {"INTERVAL=2", "FREQ is missing"},
        {"FREQ=SECONDLY", "FREQ must be"},
        {"FREQ=MINUTELY;COUNT=1", "FREQ must be"},
        {"FREQ=HOURLY", "FREQ must be"},
        {"FREQ=DAILYX", "FREQ must be"},
        {"FREQ=", "FREQ must be"},
        {"FREQ=DAILY;FREQ=DAILY", "FREQ stands there twice"},
        {"FREQ=DAILY;BYHOUR=9", "BYHOUR"},
        {"FREQ=DAILY;BYMINUTE=9", "BYMINUTE"},
        {"FREQ=DAILY;BYSECOND=9", "BYSECOND"},
        {"RSCALE=CHINESE;FREQ=YEARLY", "RSCALE"},
        {"FREQ=DAILY;X-A=1", "none of RFC 5545"},
        {"FREQ=DAILY;INTERVAL=0", "INTERVAL"},
        {"FREQ=DAILY;INTERVAL=-1", "INTERVAL"},
        {"FREQ=DAILY;INTERVAL=1001", "INTERVAL"},
        {"FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL"},
        {"FREQ=DAILY;INTERVAL=2x", "INTERVAL"},
        {"FREQ=DAILY;COUNT=0", "COUNT"},
        {"FREQ=DAILY;COUNT=10001", "COUNT"},
        {"FREQ=DAILY;COUNT=2;UNTIL=20270101", "exclude"},
        {"FREQ=DAILY;UNTIL=20270230", "UNTIL"},
        {"FREQ=DAILY;UNTIL=2027-01-01", "UNTIL"},
        {"FREQ=DAILY;UNTIL=20270101T250000", "UNTIL"},
        {"FREQ=DAILY;UNTIL=20260101", "UNTIL is before"},
        {"FREQ=WEEKLY;BYDAY=XX", "BYDAY"},
        {"FREQ=WEEKLY;BYDAY=", "BYDAY"},
        {"FREQ=WEEKLY;BYDAY=MO,", "BYDAY"},
        {"FREQ=WEEKLY;BYDAY=1MO", "BYDAY with numbers"},
        {"FREQ=MONTHLY;BYDAY=0MO", "BYDAY"},
        {"FREQ=MONTHLY;BYDAY=54MO", "BYDAY"},
        {"FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "BYDAY with numbers"},
        {"FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY does not go"},
        {"FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"},
        {"FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"},
        {"FREQ=MONTHLY;BYYEARDAY=3", "BYYEARDAY"},
        {"FREQ=DAILY;BYWEEKNO=3", "BYWEEKNO"},
        {"FREQ=YEARLY;BYMONTH=-1", "BYMONTH"},
        {"FREQ=YEARLY;BYMONTH=13", "BYMONTH"},
        {"FREQ=DAILY;BYSETPOS=1", "BYSETPOS needs"},
        {"FREQ=DAILY;WKST=1", "WKST"},
        {"FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "names no day within 100 years"},
        {"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300", "names no day"},
        {"FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", "names no day"},
        {"FREQ=DAILY;BYMONTH=2;UNTIL=20270101", "names no day until its end"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct rrule *r = NULL;
        struct err err;
        err_clear(&err);
        assert_int_equal(
            rrule_parse(arena, cases[i].rule, strlen(cases[i].rule), day("2026-11-23"), &r, &err), E_INVALID);
        assert_string_equal(err.field, "rrule");
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s: %s", cases[i].rule, err.text);
        assert_null(r);
    }
    char *lengthy = arena_alloc(arena, 600);
    memset(lengthy, 'A', 599);
    const struct rrule *r;
    struct err err;
    assert_int_equal(rrule_parse(arena, lengthy, 501, day("2026-11-23"), &r, &err), E_INVALID);
    assert_int_equal(rrule_parse(arena, "FREQ=DAILY", 10, day("9999-12-31"), &r, &err), E_INVALID);
    assert_string_equal(err.field, "starts_on");
}

/* What this thread has had of the processor: a busy machine does not count. */
static int64_t worked_ms(void)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void hostile_rules_end_soon(void **state)
{
    static const char *const rules[] = {
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=5",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=300",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTHDAY=15;BYDAY=MO",
        "FREQ=DAILY;COUNT=10000;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=YEARLY;COUNT=10000;BYDAY=53MO,-53TU;BYMONTHDAY=31,30,-1;BYYEARDAY=366,-366",
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        const struct rrule *r;
        struct err err;
        int64_t begin = worked_ms();
        (void)rrule_parse(arena, rules[i], strlen(rules[i]), day("2026-11-23"), &r, &err);
        /* a few milliseconds; sanitizers have their share */
        assert_true(worked_ms() - begin < 1000);
    }
}

/* ---- libical as the oracle, on the rules it is right about ---- */

static void append(char *text, size_t size, const char *piece)
{
    size_t len = strlen(text);
    snprintf(text + len, size - len, "%s", piece);
}

static void append_numbers(struct rng *g, char *text, size_t size, const char *name, int max, bool sign)
{
    append(text, size, name);
    bool used[400] = {false};
    for (int n = 1 + (int)rng_below(g, 4); n > 0; n--) {
        int v = 1 + (int)rng_below(g, (uint64_t)max);
        char piece[16];
        if (used[v])
            continue;
        used[v] = true;
        snprintf(piece, sizeof piece, "%s%s%d", text[strlen(text) - 1] == '=' ? "" : ",",
                 sign && rng_below(g, 3) == 0 ? "-" : "", v);
        append(text, size, piece);
    }
}

static void append_weekdays(struct rng *g, char *text, size_t size, int numbers)
{
    static const char *const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    append(text, size, ";BYDAY=");
    /* Every other week: libical takes the wrong weeks when Sunday is among the days. */
    uint64_t mask = 1 + rng_below(g, strstr(text, "WEEKLY;INTERVAL") ? 63 : 127);
    bool first = true;
    for (int i = 0; i < 7; i++) {
        char piece[16] = "";
        if (!(mask >> i & 1))
            continue;
        if (numbers > 0)
            snprintf(piece, sizeof piece, "%s%d", rng_below(g, 2) ? "-" : "",
                     1 + (int)rng_below(g, (uint64_t)numbers));
        if (!first)
            append(text, size, ",");
        append(text, size, piece);
        append(text, size, names[i]);
        first = false;
    }
}

static void random_rule(struct rng *g, char *text, size_t size)
{
    static const char *const freq[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
    uint64_t f = rng_below(g, 4);
    char piece[64];
    snprintf(text, size, "FREQ=%s", freq[f]);
    if (rng_below(g, 2)) {
        snprintf(piece, sizeof piece, ";INTERVAL=%d", 1 + (int)rng_below(g, rng_below(g, 4) ? 5 : 40));
        append(text, size, piece);
    }
    bool month = rng_below(g, 3) == 0, day = false, choose = f >= 2 && rng_below(g, 4) == 0;
    if (f == 3 || month)
        append_numbers(g, text, size, ";BYMONTH=", 12, false);
    if (f != 1 && rng_below(g, 3) == 0) {
        /* libical knows no negative ones when they limit, and counts a day named from both ends twice in
         * BYSETPOS */
        append_numbers(g, text, size, ";BYMONTHDAY=", 31, f >= 2 && !choose);
        day = true;
    }
    if (rng_below(g, 2)) {
        append_weekdays(g, text, size, f >= 2 && rng_below(g, 2) ? 4 : 0);
        day = true;
    }
    if (choose && day)
        append_numbers(g, text, size, ";BYSETPOS=", 4, true);
    uint64_t end = rng_below(g, 4);
    if (end == 0) {
        snprintf(piece, sizeof piece, ";COUNT=%d", 1 + (int)rng_below(g, 60));
        append(text, size, piece);
    } else if (end == 1) {
        snprintf(piece, sizeof piece, ";UNTIL=20%02d%02d%02d", 26 + (int)rng_below(g, 6),
                 1 + (int)rng_below(g, 12), 1 + (int)rng_below(g, 28));
        append(text, size, piece);
    }
}

/* The rule's days up to `last` by libical, from the anchor on; false: it refuses. */
static bool libical_days(const char *text, struct day anchor, struct day last, struct day_set *set)
{
    int y, m, d;
    day_to_ymd(anchor, &y, &m, &d);
    struct icalrecurrencetype rule = icalrecurrencetype_from_string(text);
    struct icaltimetype start = {.year = y, .month = m, .day = d, .is_date = 1};
    icalrecur_iterator *it = icalrecur_iterator_new(rule, start);
    if (it == NULL)
        return false;
    for (int i = 0; i < 3100; i++) {
        struct icaltimetype t = icalrecur_iterator_next(it);
        struct day got;
        if (icaltime_is_null_time(t) || !day_from_ymd(t.year, t.month, t.day, &got) || got.n > last.n)
            break;
        day_set_add(set, got);
    }
    icalrecur_iterator_free(it);
    return true;
}

static void against_libical(void **state)
{
    struct rng g;
    rng_init(&g, 5545);
    int compared = 0;
    for (int round = 0; round < 1500; round++) {
        char text[256];
        random_rule(&g, text, sizeof text);
        struct day anchor = day_add(day("2024-01-01"), (int)rng_below(&g, 800)), last = day_add(anchor, 3000);
        struct schedule_rule s = {.type = SCHEDULE_CUSTOM, .starts_on = anchor};
        struct err err;
        struct day_set want = day_set_new(arena, anchor, last), got = day_set_new(arena, anchor, last);
        if (rrule_parse(arena, text, strlen(text), anchor, &s.rrule, &err) == E_OK) {
            schedule_rule_days(&s, &got);
            assert_true(libical_days(text, anchor, last, &want));
            compared++;
            struct day from = day_add(anchor, (int)rng_below(&g, 3000)), next;
            bool found = schedule_rule_next(&s, from, last, &next);
            struct day d = day_add(from, 1);
            while (d.n <= last.n && !day_set_has(&got, d))
                d = day_add(d, 1);
            assert_int_equal(found, d.n <= last.n);
            if (found)
                assert_int_equal(next.n, d.n);
            assert_int_equal(due(&s, from), day_set_has(&got, from));
            struct day_set part = day_set_new(arena, from, day_add(from, 100));
            schedule_rule_days(&s, &part);
            for (d = from; d.n <= last.n && d.n <= from.n + 100; d.n++)
                assert_int_equal(day_set_has(&part, d), day_set_has(&got, d));
        }
        for (struct day d = anchor; d.n <= last.n; d.n++)
            if (day_set_has(&want, d) != day_set_has(&got, d)) {
                char a[DAY_TEXT], b[DAY_TEXT];
                fail_msg("%s from %s: on %s libical says %d", text, day_format(anchor, a), day_format(d, b),
                         day_set_has(&want, d));
            }
        arena_reset(arena);
    }
    assert_true(compared > 800);
}

static void plain_schedules(void **state)
{
    struct schedule_rule s = {.type = SCHEDULE_DAILY, .starts_on = day("2026-11-23")};
    assert_string_equal(days_of(&s, "2026-01-01", 2), "2026-11-23 2026-11-24");
    assert_false(due(&s, day("2026-11-22")));
    s = (struct schedule_rule){
        .type = SCHEDULE_WEEKLY, .starts_on = day("2026-11-25"), .weekdays = 1u << 0 | 1u << 6};
    assert_string_equal(days_of(&s, "2026-01-01", 4), "2026-11-29 2026-11-30 2026-12-06 2026-12-07");
    struct day_set set = day_set_new(arena, day("2026-11-20"), day("2026-12-06"));
    schedule_rule_days(&s, &set);
    for (struct day d = day("2026-11-20"); d.n <= day("2026-12-06").n; d.n++)
        assert_int_equal(day_set_has(&set, d), due(&s, d));
    struct day d;
    assert_false(schedule_rule_next(&s, day("2026-11-30"), day("2026-12-05"), &d));
    s.weekdays = 0;
    assert_false(schedule_rule_next(&s, day("2026-11-30"), day("2027-12-05"), &d));
}

static struct instant at(const char *text)
{
    struct instant t;
    assert_true(instant_parse(text, strlen(text), &t));
    return t;
}

static void reminders(void **state)
{
    static const struct {
        const char *zone;
        int day_starts_at, minute;
        const char *after, *day, *at;
    } cases[] = {
        {"Europe/Berlin", 0, 540, "2026-11-23T07:59:59Z", "2026-11-23", "2026-11-23T08:00:00Z"},
        {"Europe/Berlin", 0, 540, "2026-11-23T08:00:00Z", "2026-11-24",
         "2026-11-24T08:00:00Z"}, /* strictly after */
        {"Europe/Berlin", 0, 150, "2026-03-28T12:00:00Z", "2026-03-29",
         "2026-03-29T01:00:00Z"}, /* a gap: 03:00 */
        {"Europe/Berlin", 0, 150, "2026-10-24T12:00:00Z", "2026-10-25",
         "2026-10-25T00:30:00Z"}, /* the first of two */
        {"Europe/Berlin", 0, 150, "2026-10-25T00:30:00Z", "2026-10-26",
         "2026-10-26T01:30:00Z"}, /* and only once */
        {"UTC", 180, 30, "2026-11-23T12:00:00Z", "2026-11-23",
         "2026-11-24T00:30:00Z"}, /* the night after Monday */
        {"UTC", 180, 30, "2026-11-24T00:10:00Z", "2026-11-23", "2026-11-24T00:30:00Z"},
        {"UTC", 180, 240, "2026-11-24T03:30:00Z", "2026-11-24", "2026-11-24T04:00:00Z"},
        {"Pacific/Apia", 0, 540, "2011-12-29T20:00:00Z", "2011-12-31",
         "2011-12-30T19:00:00Z"}, /* the 30th never was */
    };
    struct schedule_rule s = {.type = SCHEDULE_DAILY, .starts_on = day("2000-01-01")};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct reminder_clock c = {.day_starts_at = cases[i].day_starts_at, .minute = cases[i].minute};
        struct err err;
        struct day d;
        struct instant t;
        char text[INSTANT_TEXT], date[DAY_TEXT];
        assert_int_equal(zone_get(cases[i].zone, &c.zone, &err), E_OK);
        assert_true(schedule_rule_next_reminder(&s, &c, at(cases[i].after), 30, &d, &t));
        assert_string_equal(day_format(d, date), cases[i].day);
        assert_string_equal(instant_format(t, text), cases[i].at);
    }
    struct reminder_clock c = {.minute = 540};
    struct err err;
    struct day d;
    struct instant t;
    assert_int_equal(zone_get("UTC", &c.zone, &err), E_OK);
    struct schedule_rule yearly = custom("2026-01-01", "FREQ=YEARLY");
    assert_false(schedule_rule_next_reminder(&yearly, &c, at("2026-11-23T00:00:00Z"), 30, &d, &t));
    assert_true(schedule_rule_next_reminder(&yearly, &c, at("2026-11-23T00:00:00Z"), 400, &d, &t));
    assert_int_equal(d.n, day("2027-01-01").n);
}

static int setup(void **state)
{
    arena = arena_new(16 << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_and_their_days),   cmocka_unit_test(refused_texts),
        cmocka_unit_test(hostile_rules_end_soon), cmocka_unit_test(against_libical),
        cmocka_unit_test(plain_schedules),        cmocka_unit_test(reminders),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
