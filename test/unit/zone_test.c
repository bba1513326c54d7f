#include "base/check.h"
#include "test.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/zone.h"
#include "base/zone_data.h"

static const struct zone *zone(const char *name)
{
    const struct zone *z = NULL;
    struct err err;
    assert_int_equal(zone_get(name, &z, &err), E_OK);
    assert_string_equal(zone_name(z), name);
    return z;
}

static struct day day(const char *text)
{
    struct day d;
    assert_true(day_parse(text, strlen(text), &d));
    return d;
}

static struct instant at(const char *text)
{
    struct instant t;
    assert_true(instant_parse(text, strlen(text), &t));
    return t;
}

static void assert_instant(struct instant got, const char *want)
{
    char text[INSTANT_TEXT];
    assert_string_equal(instant_format(got, text), want);
}

static void assert_day(struct day got, const char *want)
{
    char text[DAY_TEXT];
    assert_string_equal(day_format(got, text), want);
}

static void assert_wall(const struct zone *z, const char *moment, const char *want_day, int h, int m)
{
    struct walltime w = zone_to_local(z, at(moment));
    assert_day(w.day, want_day);
    assert_int_equal(w.ms / 60000, h * 60 + m);
}

static void fires(const struct zone *z, const char *d, int h, int m, const char *want)
{
    assert_instant(zone_from_local(z, day(d), h * 60 + m), want);
}

static void new_york_gap_and_overlap(void **state)
{
    const struct zone *z = zone("America/New_York");
    fires(z, "2026-03-08", 1, 59, "2026-03-08T06:59:00Z");
    fires(z, "2026-03-08", 2, 0, "2026-03-08T07:00:00Z");
    fires(z, "2026-03-08", 2, 30, "2026-03-08T07:00:00Z"); /* the gap's end is 03:00 */
    fires(z, "2026-03-08", 3, 0, "2026-03-08T07:00:00Z");
    fires(z, "2026-03-08", 3, 1, "2026-03-08T07:01:00Z");
    fires(z, "2026-11-01", 1, 30, "2026-11-01T05:30:00Z"); /* once, at the first */
    fires(z, "2026-11-01", 2, 0, "2026-11-01T07:00:00Z");
    assert_wall(z, "2026-11-01T05:30:00Z", "2026-11-01", 1, 30);
    assert_wall(z, "2026-11-01T06:30:00Z", "2026-11-01", 1, 30);
    assert_int_equal(zone_offset_at(z, at("2099-07-01T00:00:00Z")), -4 * 3600); /* from the footer */
    assert_int_equal(zone_offset_at(z, at("2099-12-01T00:00:00Z")), -5 * 3600);
}

static void apia_skipped_a_day(void **state)
{
    const struct zone *z = zone("Pacific/Apia");
    fires(z, "2011-12-29", 23, 59, "2011-12-30T09:59:00Z");
    fires(z, "2011-12-30", 9, 0, "2011-12-30T10:00:00Z");
    fires(z, "2011-12-30", 23, 59, "2011-12-30T10:00:00Z");
    fires(z, "2011-12-31", 0, 0, "2011-12-30T10:00:00Z");
    fires(z, "2011-12-31", 9, 0, "2011-12-30T19:00:00Z");
    assert_day(zone_local_day(z, at("2011-12-30T09:59:59.999Z"), 0), "2011-12-29");
    assert_day(zone_local_day(z, at("2011-12-30T10:00:00Z"), 0), "2011-12-31");
    assert_day(zone_local_day(z, at("2011-12-30T10:00:00Z"), 180), "2011-12-30");
}

static void lord_howe_moves_by_half_an_hour(void **state)
{
    const struct zone *z = zone("Australia/Lord_Howe");
    fires(z, "2026-10-04", 2, 15, "2026-10-03T15:30:00Z"); /* 02:00 jumps to 02:30 */
    fires(z, "2026-10-04", 2, 30, "2026-10-03T15:30:00Z");
    fires(z, "2026-04-05", 1, 45, "2026-04-04T14:45:00Z"); /* 02:00 returns to 01:30 */
    assert_wall(z, "2026-04-04T15:15:00Z", "2026-04-05", 1, 45);
    assert_int_equal(zone_offset_at(z, at("2026-01-01T00:00:00Z")), 11 * 3600);
    assert_int_equal(zone_offset_at(z, at("2026-07-01T00:00:00Z")), 10 * 3600 + 1800);
}

static void nuuk_changes_before_midnight(void **state)
{
    const struct zone *z = zone("America/Nuuk");
    fires(z, "2024-03-30", 22, 59, "2024-03-31T00:59:00Z");
    fires(z, "2024-03-30", 23, 30, "2024-03-31T01:00:00Z"); /* the gap ends on Sunday 00:00 */
    fires(z, "2024-03-31", 0, 0, "2024-03-31T01:00:00Z");
    fires(z, "2024-10-26", 23, 30, "2024-10-27T00:30:00Z");
    fires(z, "2024-10-27", 0, 0, "2024-10-27T02:00:00Z");
    assert_day(zone_local_day(z, at("2024-10-27T01:30:00Z"), 0), "2024-10-26");
    assert_wall(z, "2050-03-27T00:59:00Z", "2050-03-26", 22, 59); /* M3.5.0/-1: a time below zero */
    assert_wall(z, "2050-03-27T01:00:00Z", "2050-03-27", 0, 0);
}

static void casablanca_and_kathmandu(void **state)
{
    const struct zone *z = zone("Africa/Casablanca");
    assert_int_equal(zone_offset_at(z, at("2024-02-10T12:00:00Z")), 3600);
    assert_int_equal(zone_offset_at(z, at("2024-03-20T12:00:00Z")), 0); /* Ramadan */
    assert_int_equal(zone_offset_at(z, at("2024-05-10T12:00:00Z")), 3600);
    fires(zone("Asia/Kathmandu"), "2026-05-05", 9, 0, "2026-05-05T03:15:00Z");
    assert_int_equal(zone_offset_at(zone("Antarctica/Troll"), at("2026-07-01T00:00:00Z")), 7200);
    assert_int_equal(zone_offset_at(zone("Asia/Tokyo"), at("2060-07-01T00:00:00Z")), 9 * 3600);
    assert_int_equal(zone_offset_at(zone("UTC"), at("2060-07-01T00:00:00Z")), 0);
    assert_int_equal(zone_offset_at(zone("Etc/GMT+5"), at("2000-07-01T00:00:00Z")), -5 * 3600);
}

static void days_start_late(void **state)
{
    const struct zone *z = zone("Europe/Moscow");
    assert_day(zone_local_day(z, at("2026-11-22T23:59:59.999Z"), 180), "2026-11-22");
    assert_day(zone_local_day(z, at("2026-11-23T00:00:00Z"), 180), "2026-11-23");
    assert_day(zone_local_day(z, at("2026-11-23T00:00:00Z"), 181), "2026-11-22");
    /* CONTRACT: with the boundary at 03:00, "Monday 00:30" fires in the night after Monday. */
    assert_instant(zone_reminder_at(z, day("2026-11-23"), 30, 180), "2026-11-23T21:30:00Z");
    assert_instant(zone_reminder_at(z, day("2026-11-23"), 180, 180), "2026-11-23T00:00:00Z");
    assert_instant(zone_reminder_at(z, day("2026-11-23"), 30, 0), "2026-11-22T21:30:00Z");
    assert_day(zone_local_day(z, zone_reminder_at(z, day("2026-11-23"), 30, 180), 180), "2026-11-23");
}

static void times_before_1970(void **state)
{
    struct walltime w = zone_to_local(zone("UTC"), instant_from_ms(-1));
    assert_day(w.day, "1969-12-31");
    assert_int_equal(w.ms, 86399999);
    /* Local mean time ended in New York on 1883-11-18; before it the wall was 4:56:02 behind. */
    assert_int_equal(zone_offset_at(zone("America/New_York"), instant_from_ms(-2717650801000)), -17762);
    assert_int_equal(zone_offset_at(zone("America/New_York"), instant_from_ms(-2717650800000)), -18000);
}

static void names_cannot_leave_the_directory(void **state)
{
    static const char *const bad[] = {
        "",
        "/etc/passwd",
        "../zoneinfo/UTC",
        "Europe/../UTC",
        "Europe//Moscow",
        "Europe/",
        "/",
        "Europe",
        "./UTC",
        "posix/UTC",
        "right/UTC",
        "localtime",
        "posixrules",
        "Factory",
        "zone.tab",
        "tzdata.zi",
        "europe/moscow",
        "Europe/Moscow ",
        "Europe/Mosc\xc3\xb6w",
        "Europe\\Moscow",
        "UTC\n",
        "Nowhere/Land",
        "UTC/UTC",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct zone *z = NULL;
        struct err err = {0};
        assert_int_equal(zone_get(bad[i], &z, &err), E_INVALID);
        assert_string_equal(err.field, "timezone");
        assert_null(z);
    }
}

static struct zone_rule rule(const char *text)
{
    struct zone_rule r;
    if (!zone_rule_parse(text, strlen(text), &r))
        fail_msg("%s was not read", text);
    return r;
}

static void footers(void **state)
{
    static const char *const bad[] = {"",
                                      "E",
                                      "EST",
                                      "EST5EDT",
                                      "EST25",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M11.1.0",
                                      "EST5EDT,M3.6.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0",
                                      "EST5EDT,J0,J365",
                                      "EST5EDT,J1,J366",
                                      "EST5EDT,0,366",
                                      "EST5EDT,M3.2.0/168,M11.1.0",
                                      "<+03-3",
                                      "<+>3",
                                      "EST5EDT,M3.2.0,M11.1.0x",
                                      "EST5:60",
                                      "EST5EDT,M3.2.0/,M11.1.0",
                                      "EST5EDT,,",
                                      "EST5 "};
    struct zone_rule r;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (zone_rule_parse(bad[i], strlen(bad[i]), &r))
            fail_msg("%s was read", bad[i]);
    r = rule("<+0545>-5:45");
    assert_int_equal(r.standard, 20700);
    assert_false(r.has_summer);
    r = rule("LHST-10:30LHDT-11,M10.1.0,M4.1.0");
    assert_int_equal(r.summer, 39600);
    assert_int_equal(r.start.seconds, 7200);
    assert_int_equal(zone_rule_span(&r, at("2050-01-15T00:00:00Z").ms / 1000).offset,
                     39600); /* last year's summer */
    assert_int_equal(zone_rule_span(&r, at("2050-12-15T00:00:00Z").ms / 1000).until,
                     at("2051-04-01T15:00:00Z").ms / 1000);
    r = rule("XXX3EDT4,0/0,J365/23"); /* RFC 8536 §3.3.1: summer all the year round */
    for (int64_t t = 1700000000; t < 1800000000; t += 3599)
        assert_int_equal(zone_rule_span(&r, t).offset, -4 * 3600);
    r = rule("IST-2IDT,M3.4.4/26,M10.5.0"); /* Friday after the fourth Thursday, 02:00 */
    assert_int_equal(zone_rule_span(&r, at("2026-03-26T23:59:59Z").ms / 1000).offset, 7200);
    assert_int_equal(zone_rule_span(&r, at("2026-03-27T00:00:00Z").ms / 1000).offset, 10800);
    assert_int_equal(zone_rule_span(&r, at("2026-03-26T23:59:59Z").ms / 1000).until,
                     at("2026-03-27T00:00:00Z").ms / 1000);
    r = rule("AAA0BBB,J60/0,J61/0"); /* J60 is 1 March in leap years too */
    assert_int_equal(zone_rule_span(&r, at("2024-02-29T12:00:00Z").ms / 1000).offset, 0);
    assert_int_equal(zone_rule_span(&r, at("2024-03-01T12:00:00Z").ms / 1000).offset, 3600);
    r = rule("AAA0BBB,59/0,60/0"); /* day 59 from 0 is 29 February in leap years */
    assert_int_equal(zone_rule_span(&r, at("2024-02-29T12:00:00Z").ms / 1000).offset, 3600);
    assert_int_equal(zone_rule_span(&r, at("2023-03-01T12:00:00Z").ms / 1000).offset, 3600);
    assert_int_equal(zone_rule_span(&r, INT64_MAX).until, INT64_MAX);
    assert_int_equal(zone_rule_span(&r, INT64_MIN).offset, 0);
}

/* A version 2 image: an empty 32-bit block, then `n` transitions of one byte index each between two types,
 * then the footer. */
struct image {
    unsigned char b[512];
    size_t len;
};

static void put(struct image *im, const void *p, size_t n)
{
    assert_true(im->len + n <= sizeof im->b);
    memcpy(im->b + im->len, p, n);
    im->len += n;
}

static void put_be(struct image *im, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        unsigned char c = (unsigned char)(v >> (8 * i));
        put(im, &c, 1);
    }
}

static void put_header(struct image *im, char version, uint32_t times, uint32_t types)
{
    char head[20] = "TZif";
    head[4] = version;
    put(im, head, sizeof head);
    put_be(im, 0, 4);
    put_be(im, 0, 4);
    put_be(im, 0, 4);
    put_be(im, times, 4);
    put_be(im, types, 4);
    put_be(im, 4, 4);
}

static struct image image(char version, int n, const int64_t *at_s, int32_t offset_1, const char *footer)
{
    struct image im = {.len = 0};
    if (version) {
        put_header(&im, version, 0, 1);
        put(&im, "\0\0\0\0\0\0AAA", 10);
    }
    put_header(&im, version, (uint32_t)n, 2);
    for (int i = 0; i < n; i++)
        put_be(&im, (uint64_t)at_s[i], version ? 8 : 4);
    for (int i = 0; i < n; i++)
        put_be(&im, (uint64_t)(i + 1) % 2, 1);
    put(&im, "\0\0\0\0\0\0", 6);
    put_be(&im, (uint32_t)offset_1, 4);
    put(&im, "\0\0AAA", 6);
    put(&im, footer, strlen(footer));
    return im;
}

static enum ecode parse(const struct image *im, struct zone **out)
{
    struct err err;
    void *exact = malloc(im->len ? im->len : 1); /* a read past the end shows under ASan */
    assert_non_null(exact);
    memcpy(exact, im->b, im->len);
    enum ecode rc = zone_parse("Test", exact, im->len, out, &err);
    free(exact);
    return rc;
}

static void image_without_footer(void **state)
{
    struct zone *z = NULL;
    const int64_t times[] = {1000, 2000, 3000};
    for (int version = 0; version <= '2'; version += '2') {
        struct image im = image((char)version, 3, times, 3600, version ? "\n\n" : "");
        assert_int_equal(parse(&im, &z), E_OK);
        assert_int_equal(zone_offset_at(z, instant_from_ms(999999)), 0);
        assert_int_equal(zone_offset_at(z, instant_from_ms(1000000)), 3600);
        assert_int_equal(zone_offset_at(z, instant_from_ms(2000000)), 0);
        assert_int_equal(zone_offset_at(z, instant_from_ms(4000000000000)), 3600); /* the last one stays */
        zone_free(z);
    }
}

static void hostile_images(void **state)
{
    struct zone *z = NULL;
    const int64_t up[] = {1000, 2000}, down[] = {2000, 1000}, same[] = {1000, 1000};
    struct image good = image('2', 2, up, 3600, "\nAAA0\n");
    assert_int_equal(parse(&good, &z), E_OK);
    zone_free(z);
    for (size_t len = 0; len < good.len; len++) {
        struct image cut = good;
        cut.len = len;
        assert_int_equal(parse(&cut, &z), E_MALFORMED);
    }
    struct image bad[] = {image('2', 2, down, 3600, "\nAAA0\n"),    image('2', 2, same, 3600, "\nAAA0\n"),
                          image('2', 2, up, 26 * 3600, "\nAAA0\n"), image('2', 2, up, -25 * 3600, "\nAAA0\n"),
                          image('2', 2, up, 0, "\nAAA\n"),          image('2', 2, up, 0, "AAA0"),
                          image('5', 2, up, 0, "\nAAA0\n"),         image('1', 2, up, 0, "\nAAA0\n")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(parse(&bad[i], &z), E_MALFORMED);
    for (size_t i = 0; i < good.len * 8; i++) { /* any flipped bit is read or refused, never worse */
        struct image flipped = good;
        flipped.b[i / 8] ^= (unsigned char)(1 << i % 8);
        if (parse(&flipped, &z) == E_OK) {
            zone_from_local(z, day("2026-11-23"), 600);
            zone_free(z);
        }
    }
}

static void *get_many(void *arg)
{
    static const char *const names[] = {"Europe/Berlin", "Asia/Tokyo", "America/Lima", "Africa/Lagos",
                                        "Pacific/Fiji"};
    for (int i = 0; i < 500; i++) {
        const struct zone *z = NULL;
        struct err err;
        if (zone_get(names[i % 5], &z, &err) || strcmp(zone_name(z), names[i % 5]) != 0)
            return arg;
    }
    return NULL;
}

static void threads_share_the_cache(void **state)
{
    pthread_t t[8];
    int mark;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&t[i], NULL, get_many, &mark), 0);
    for (int i = 0; i < 8; i++) {
        void *result = NULL;
        pthread_join(t[i], &result);
        assert_null(result);
    }
    assert_ptr_equal(zone("Europe/Berlin"), zone("Europe/Berlin"));
}

static void missing_tzdata(void **state)
{
    const struct zone *z = NULL;
    struct err err;
    zone_set_directory("/nonexistent/zoneinfo");
    assert_int_equal(zone_get("Africa/Cairo", &z, &err), E_IO);
    assert_non_null(strstr(err.text, "/nonexistent/zoneinfo"));
    zone_set_directory("/usr/share/zoneinfo");
    zone("Africa/Cairo");
}

static void names_dates_that_never_were(void **state)
{
    static const struct {
        const char *zone, *day; /* NULL: none since 1990 */
    } cases[] = {{"Pacific/Apia", "2011-12-30"},
                 {"Pacific/Fakaofo", "2011-12-30"},
                 {"Pacific/Kwajalein", "1993-08-21"},
                 {"Europe/Moscow", NULL},
                 {"America/Nuuk", NULL},
                 {"UTC", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct zone *z = zone(cases[i].zone);
        char text[DAY_TEXT];
        struct day d = zone_skipped_day(z, day_of(7305)); /* 1990-01-01 */
        if (!cases[i].day) {
            assert_true(day_is_none(d));
            continue;
        }
        assert_string_equal(day_format(d, text), cases[i].day);
        assert_int_equal(zone_skipped_day(z, day_add(d, -1)).n, d.n);
        assert_true(day_is_none(zone_skipped_day(z, d)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_dates_that_never_were),
        cmocka_unit_test(new_york_gap_and_overlap),
        cmocka_unit_test(apia_skipped_a_day),
        cmocka_unit_test(lord_howe_moves_by_half_an_hour),
        cmocka_unit_test(nuuk_changes_before_midnight),
        cmocka_unit_test(casablanca_and_kathmandu),
        cmocka_unit_test(days_start_late),
        cmocka_unit_test(times_before_1970),
        cmocka_unit_test(names_cannot_leave_the_directory),
        cmocka_unit_test(footers),
        cmocka_unit_test(image_without_footer),
        cmocka_unit_test(hostile_images),
        cmocka_unit_test(threads_share_the_cache),
        cmocka_unit_test(missing_tzdata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
