#include "test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/zone.h"
#include "edge/bot/place.h"
#include "edge/bot/place_points.h"
#include "edge/bot/place_table.h"

static const struct lang *en, *ru;

/* The best match in a language as "zone|name|country". */
static const char *best(const struct lang *l, const char *query)
{
    static char text[300];
    struct place_match m[3];
    if (place_search(l, query, m, 3) == 0)
        return "";
    snprintf(text, sizeof text, "%s|%s|%s", m[0].zone, m[0].name, m[0].country ? m[0].country : "");
    return text;
}

static void finds_cities(void **state)
{
    static const struct {
        const char *query, *zone;
    } cases[] = {
        {"Moscow", "Europe/Moscow"},
        {"moscow", "Europe/Moscow"},
        {"МОСКВА", "Europe/Moscow"},
        {"  мос ", "Europe/Moscow"},
        {"Europe/Moscow", "Europe/Moscow"},
        {"europe/moscow", "Europe/Moscow"},
        {"W-SU", "Europe/Moscow"},
        {"Масква", "Europe/Moscow"},  /* another letter */
        {"Мосвка", "Europe/Moscow"},  /* two swapped */
        {"Moscoow", "Europe/Moscow"}, /* one too many */
        {"Mosco", "Europe/Moscow"},
        {"нью-йорк", "America/New_York"},
        {"нью йорк", "America/New_York"},
        {"New_York", "America/New_York"},
        {"york", "America/New_York"},
        {"Орел", ""},
        {"Королёв", ""},
        {"sao paulo", "America/Sao_Paulo"},
        {"São Paulo", "America/Sao_Paulo"},
        {"st johns", "America/St_Johns"},
        {"St. John's", "America/St_Johns"},
        {"ST JOHN’S", "America/St_Johns"},
        {"Киев", "Europe/Kyiv"},
        {"kiev", "Europe/Kyiv"},
        {"Kyiv", "Europe/Kyiv"},
        {"Europe/Kiev", "Europe/Kyiv"},
        {"Калькутта", "Asia/Kolkata"},
        {"Calcutta", "Asia/Kolkata"},
        {"нуук", "America/Nuuk"},
        {"godthab", "America/Nuuk"},
        {"Ｔｏｋｙｏ", "Asia/Tokyo"},
        {"Coyhaique", "America/Coyhaique"}, /* newer than CLDR */
        {"Japan", "Asia/Tokyo"},
        {"Италия", "Europe/Rome"},
        {"великобритания", "Europe/London"},
        {"uk", "Europe/London"},
        {"UTC", "UTC"},
        {"utc", "UTC"},
        {"Etc/UTC", "UTC"},
        {"GMT", "GMT"},
        {"Etc/GMT+3", "Etc/GMT+3"},
        {"CET", "CET"},
        {"qwzx", ""},
        {"", ""},
        {" - ", ""},
        {"/", ""},
        {"../etc/passwd", ""},
        {"posix/Europe/Moscow", ""},
        {"zone.tab", ""},
        {"\U0001f600", ""},
        {"%s%n", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *found = best(ru, cases[i].query);
        size_t len = strlen(cases[i].zone);
        if (len ? strncmp(found, cases[i].zone, len) != 0 || found[len] != '|' : *found != '\0')
            fail_msg("\"%s\" gave \"%s\", not \"%s\"", cases[i].query, found, cases[i].zone);
        assert_memory_equal(best(en, cases[i].query), cases[i].zone, len);
    }
    assert_string_equal(best(ru, "moscow"), "Europe/Moscow|Москва|Россия");
    assert_string_equal(best(en, "москва"), "Europe/Moscow|Moscow|Russia");
    assert_string_equal(best(ru, "new york"), "America/New_York|Нью-Йорк|США");
    assert_string_equal(best(ru, "utc"), "UTC|UTC|");
    char endless[5000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_string_equal(best(ru, endless), "");
}

static void ranks(void **state)
{
    struct place_match m[60];
    size_t n = place_search(ru, "россия", m, ARRAY_LEN(m));
    assert_true(n >= 20 && n < 40); /* the zones of the country */
    for (size_t i = 0; i < n; i++)
        assert_string_equal(m[i].country, "Россия");
    assert_int_equal(place_search(ru, "россия", m, 4), 4);
    assert_string_equal(best(en, "australia"), "Australia/Sydney|Sydney|Australia"); /* not a small island */
    assert_memory_equal(best(en, "brazil"), "America/Sao_Paulo|", 18); /* CLDR writes it with ã or a */
    assert_string_equal(best(ru, "россия"), "Europe/Moscow|Москва|Россия");
    assert_string_equal(best(en, "canada"), "America/Toronto|Toronto|Canada");
    n = place_search(en, "san", m, ARRAY_LEN(m));
    assert_true(n > 5);
    bool inside = false; /* beginnings come first, then other words, then the middle of words */
    for (size_t i = 0; i < n && !inside; i++)
        inside = strncmp(m[i].name, "San", 3) != 0;
    assert_true(inside && strncmp(m[0].name, "San", 3) == 0);
    n = place_search(en, "luxembourg", m, ARRAY_LEN(m));
    assert_int_equal(n, 1); /* a city and a country of that name: once */
    n = place_search(en, "paris", m, ARRAY_LEN(m));
    assert_string_equal(m[0].zone, "Europe/Paris");
    assert_int_equal(place_search(en, "a", m, 5), 5);
    assert_int_equal(place_search(en, "a", m, 0), 0);
}

/* Every place of the table is found by its own name in every language, and its zone is one. */
static void finds_every_place(void **state)
{
    assert_int_equal(place_languages_count, lang_count());
    for (size_t l = 0; l < lang_count(); l++)
        assert_string_equal(place_languages[l], lang_code(lang_at(l)));
    for (size_t i = 0; i < place_rows_count; i++) {
        const struct zone *z;
        struct err err;
        assert_int_equal(zone_get(place_rows[i].zone, &z, &err), E_OK);
        for (size_t l = 0; l <= lang_count(); l++) {
            struct place_match m[12];
            const char *query = l < lang_count() ? place_rows[i].names[l] : place_rows[i].zone;
            size_t n = place_search(lang_at(0), query, m, ARRAY_LEN(m)), at = 0;
            while (at < n && strcmp(m[at].zone, place_rows[i].zone) != 0)
                at++;
            if (at == n)
                fail_msg("%s is not found by \"%s\"", place_rows[i].zone, query);
        }
    }
}

static const char *name_of(const struct lang *l, const char *zone)
{
    static char text[200];
    struct buf b;
    buf_init(&b, sizeof text - 1);
    place_name(&b, l, zone);
    snprintf(text, sizeof text, "%s", buf_text(&b));
    buf_release(&b);
    return text;
}

static void names_zones(void **state)
{
    assert_string_equal(name_of(ru, "Europe/Moscow"), "Москва");
    assert_string_equal(name_of(en, "Asia/Calcutta"), "Kolkata");
    assert_string_equal(name_of(ru, "America/Argentina/Buenos_Aires"), "Буэнос-Айрес");
    assert_string_equal(name_of(ru, "Etc/UTC"), "UTC");
    assert_string_equal(name_of(ru, "Etc/GMT+3"), "GMT+3");
    assert_string_equal(name_of(ru, "Mars/Olympus_Mons"), "Olympus Mons");
    assert_string_equal(name_of(ru, "CET"), "CET");
}

static const char *nearest(double latitude, double longitude)
{
    const char *zone;
    size_t n = 0;
    struct err err;
    assert_int_equal(place_nearest(latitude, longitude, &zone, 1, &n, &err), E_OK);
    assert_int_equal(n, 1);
    return zone;
}

static void finds_the_nearest_zone(void **state)
{
    assert_string_equal(nearest(64.18, -51.72), "America/Nuuk");
    assert_string_equal(nearest(55.7558, 37.6173), "Europe/Moscow");
    assert_string_equal(nearest(54.71, 20.51), "Europe/Kaliningrad");
    assert_string_equal(nearest(43.1155, 131.8855), "Asia/Vladivostok");
    assert_string_equal(nearest(48.8566, 2.3522), "Europe/Paris");
    assert_string_equal(nearest(59.33, 18.07),
                        "Europe/Stockholm"); /* not in zone1970.tab, where Tallinn is nearest */
    assert_string_equal(nearest(-13.83, -171.77), "Pacific/Apia");
    assert_string_equal(nearest(-13.5, -172.9), "Pacific/Apia");
    assert_string_equal(nearest(-17.7, 179.9), "Pacific/Fiji"); /* the date line is no border */
    assert_string_equal(nearest(-17.7, -179.9), "Pacific/Fiji");
    assert_string_equal(nearest(0, 180), nearest(0, -180));
    for (int i = -180; i <= 180; i += 60) /* the poles: every longitude is the same place */
        assert_string_equal(nearest(-90, i), nearest(-90, 0));
    assert_string_equal(nearest(90, 77), nearest(90, 0));
    assert_string_equal(nearest(90, 0), "Arctic/Longyearbyen");
}

static void offers_several(void **state)
{
    const char *zones[500];
    size_t n = 0;
    struct err err;
    assert_int_equal(place_nearest(59.94, 30.31, zones, 5, &n, &err), E_OK); /* Saint Petersburg */
    assert_int_equal(n, 5);
    bool moscow = false;
    for (size_t i = 0; i < n; i++)
        moscow = moscow || strcmp(zones[i], "Europe/Moscow") == 0;
    assert_true(moscow);
    assert_int_equal(place_nearest(0, 0, zones, ARRAY_LEN(zones), &n, &err), E_OK);
    assert_true(n > 300 && n < ARRAY_LEN(zones));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(zones[i], zones[k]);
}

static void refuses_what_is_no_place(void **state)
{
    static const struct {
        double latitude, longitude;
        const char *field;
    } cases[] = {{90.001, 0, "latitude"},   {-91, 0, "latitude"},        {NAN, 0, "latitude"},
                 {INFINITY, 0, "latitude"}, {0, 180.5, "longitude"},     {0, -181, "longitude"},
                 {0, NAN, "longitude"},     {0, -INFINITY, "longitude"}, {1e300, 1e300, "latitude"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *zone = "untouched";
        size_t n = 7;
        struct err err;
        assert_int_equal(place_nearest(cases[i].latitude, cases[i].longitude, &zone, 1, &n, &err), E_INVALID);
        assert_string_equal(err.field, cases[i].field);
        assert_string_equal(zone, "untouched");
        assert_int_equal(n, 7);
    }
}

static enum ecode read_points(const char *text, size_t *count, struct place_point *first, struct err *err)
{
    struct place_points p;
    place_points_init(&p);
    enum ecode rc = place_points_read(&p, "t.tab", text, strlen(text), err);
    *count = p.count;
    if (p.count)
        *first = p.list[0];
    place_points_release(&p);
    return rc;
}

static void reads_zone_tables(void **state)
{
    struct err err;
    struct place_point first;
    size_t n;
    const char *good =
        "# a comment\n\nDE,DK,NO\t+5230+01322\tEurope/Berlin\tmost of Germany\n"
        "AQ\t-690022+0393524\tAntarctica/Syowa\nDE\t+4000+00000\tEurope/Berlin\nTV\t-9000-18000\tA/B";
    assert_int_equal(read_points(good, &n, &first, &err), E_OK);
    assert_int_equal(n, 3);
    assert_string_equal(first.zone, "Europe/Berlin");
    double v[3];
    place_vector(52.5, 13 + 22 / 60.0, v);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(v[i] - first.v[i]) < 1e-12);
    static const char *const bad[] = {
        "DE",
        "DE\t+5230+01322",
        "DE\t+5230+01322\t",
        "D\t+5230+01322\tA/B",
        "de\t+5230+01322\tA/B",
        "DE,\t+5230+01322\tA/B",
        "DE;DK\t+5230+01322\tA/B",
        "DE\t5230+01322\tA/B",
        "DE\t+5230 01322\tA/B",
        "DE\t+523+01322\tA/B",
        "DE\t+5230+1322\tA/B",
        "DE\t+52300+01322\tA/B",
        "DE\t+5260+01322\tA/B",
        "DE\t+523060+0132200\tA/B",
        "DE\t+9001+01322\tA/B",
        "DE\t+5230+18001\tA/B",
        "DE\t+5230+01322x\tA/B",
        "DE\t+5230+01322+1\tA/B",
        "DE +5230+01322 A/B",
        "DE\t+5230+01322\tA/B\nDE\r\n",
        "DE\t+5230+"
        "01322\tAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (read_points(bad[i], &n, &first, &err) != E_MALFORMED)
            fail_msg("\"%s\" was read", bad[i]);
        assert_non_null(strstr(err.text, "t.tab:"));
    }
}

int main(void)
{
    en = lang_find("en");
    ru = lang_find("ru");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_cities),
        cmocka_unit_test(ranks),
        cmocka_unit_test(finds_every_place),
        cmocka_unit_test(names_zones),
        cmocka_unit_test(finds_the_nearest_zone),
        cmocka_unit_test(offers_several),
        cmocka_unit_test(refuses_what_is_no_place),
        cmocka_unit_test(reads_zone_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
