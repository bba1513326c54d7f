/*
 * Zones against libc: every change of the clocks from 2024 to 2041 (the tables of the files end in 2037,
 * their footers go on), every minute of the days round it. A sample of zones usually, all of them with
 * HABITD_LONG=1.
 */
#include "test.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/check.h"
#include "base/zone.h"

#define FIRST 1704067200  /* 2024-01-01 */
#define LAST 2272147200   /* 2042-01-01 */
#define WINDOW (3 * 1440) /* minutes looked at on each side of a change */
#define MARGIN (26 * 60)

static const char *const sample[] = {
    "UTC",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Pacific/Apia",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "America/New_York",
    "Europe/Moscow",
    "Europe/London",
    "Europe/Dublin",
    "Africa/Cairo",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "America/Havana",
    "America/Santiago",
    "Pacific/Easter",
    "Pacific/Chatham",
    "America/St_Johns",
    "Asia/Beirut",
    "America/Scoresbysund",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "America/Asuncion",
    "Atlantic/Azores",
    "Asia/Almaty",
};

static struct tm libc_local(int64_t t)
{
    struct tm tm;
    time_t clock = (time_t)t;
    assert_non_null(localtime_r(&clock, &tm));
    return tm;
}

/* Minutes since 1970 as the wall shows them. */
static int64_t libc_wall(int64_t t)
{
    struct tm tm = libc_local(t);
    struct day d;
    assert_true(day_from_ymd(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, &d));
    return (int64_t)d.n * 1440 + tm.tm_hour * 60 + tm.tm_min;
}

static void same_moment(const struct zone *z, int64_t t)
{
    static const int starts[] = {0, 1, 60, 150, 180, 240, 359, 360};
    int64_t wall = libc_wall(t);
    struct walltime w = zone_to_local(z, instant_from_ms(t * 1000));
    if ((int64_t)w.day.n * 1440 + w.ms / 60000 != wall ||
        zone_offset_at(z, instant_from_ms(t * 1000)) != libc_local(t).tm_gmtoff)
        fail_msg("%s: %lld shows another time", zone_name(z), (long long)t);
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        int32_t expected = (int32_t)(wall / 1440 - (wall % 1440 < starts[i]));
        if (zone_local_day(z, instant_from_ms(t * 1000), starts[i]).n != expected)
            fail_msg("%s: %lld is another day when days start at %d", zone_name(z), (long long)t, starts[i]);
    }
}

/* The first moment at which the wall shows each minute round a change, 0 where it never does; index 0 is wall
 * minute `base`. */
static int64_t seen[2 * (WINDOW + 2 * MARGIN)];
static int times_seen[2 * (WINDOW + 2 * MARGIN)];

static void same_reminder(const struct zone *z, int64_t base, size_t i)
{
    int64_t wall = base + (int64_t)i;
    struct day d = day_of((int32_t)(wall / 1440));
    int minute = (int)(wall % 1440);
    size_t valid = i;
    while (times_seen[valid] == 0) /* in a gap: the first valid minute after it */
        valid++;
    int64_t expected = seen[valid] * 1000;
    if (zone_from_local(z, d, minute).ms != expected)
        fail_msg("%s: wall minute %lld is another moment", zone_name(z), (long long)wall);
    int starts = minute < 180 ? 180 : 0; /* after midnight: the night of the day before */
    if (zone_reminder_at(z, day_add(d, starts ? -1 : 0), minute, starts).ms != expected)
        fail_msg("%s: the reminder of wall minute %lld is another moment", zone_name(z), (long long)wall);
    if (times_seen[i] == 1 && wall % 30 == 0) {
        struct tm tm = libc_local(seen[i]);
        tm.tm_isdst = -1;
        assert_int_equal(mktime(&tm), seen[i]);
    }
}

static void check_change(const struct zone *z, int64_t change)
{
    same_moment(z, change - 1);
    same_moment(z, change);
    memset(seen, 0, sizeof seen);
    memset(times_seen, 0, sizeof times_seen);
    int64_t from = change - (int64_t)(WINDOW / 2 + MARGIN) * 60, base = libc_wall(from) - MARGIN;
    from -= from % 60;
    for (int i = 0; i < WINDOW + 2 * MARGIN; i++) {
        int64_t t = from + (int64_t)i * 60;
        size_t wall = (size_t)(libc_wall(t) - base);
        assert_true(wall < ARRAY_LEN(seen));
        if (times_seen[wall]++ == 0)
            seen[wall] = t;
        if (i % 10 == 0)
            same_moment(z, t);
    }
    for (size_t i = 2 * MARGIN; i < 2 * MARGIN + WINDOW - MARGIN; i++)
        same_reminder(z, base, i);
}

/* Returns the number of changes that were checked. */
static int check_zone(const char *name)
{
    const struct zone *z = NULL;
    struct err err;
    const int64_t step = 6 * 3600;
    int changes = 0;
    assert_int_equal(setenv("TZ", name, 1), 0);
    tzset();
    assert_int_equal(zone_get(name, &z, &err), E_OK);
    long before = libc_local(FIRST).tm_gmtoff;
    for (int64_t t = FIRST; t < LAST; t += step) {
        same_moment(z, t);
        long after = libc_local(t + step).tm_gmtoff;
        if (after == before)
            continue;
        int64_t low = t, high = t + step; /* the change lies in (low, high] */
        while (high - low > 1) {
            int64_t mid = low + (high - low) / 2;
            if (libc_local(mid).tm_gmtoff == before)
                low = mid;
            else
                high = mid;
        }
        check_change(z, high);
        changes++;
        before = after;
    }
    return changes;
}

static void sample_of_zones(void **state)
{
    int changes = 0;
    for (size_t i = 0; i < ARRAY_LEN(sample); i++)
        changes += check_zone(sample[i]);
    assert_true(changes > 500);
    assert_int_equal(check_zone("America/New_York"), 36); /* the search finds two in each of 18 years */
}

static int zones_seen;

/* Every time zone file below a folder of the system's data; `prefix` is its name up to there. */
static void check_folder(const char *prefix)
{
    char path[512];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", prefix);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char name[300];
        struct stat st;
        const struct zone *z;
        struct err err;
        snprintf(name, sizeof name, "%s%s", prefix, e->d_name);
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
        if (e->d_name[0] == '.' || strcmp(name, "posix") == 0 || strcmp(name, "right") == 0 ||
            stat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            size_t n = strlen(name);
            snprintf(name + n, sizeof name - n, "/");
            check_folder(name);
        } else if (zone_get(name, &z, &err) == E_OK) {
            check_zone(name);
            zones_seen++;
        }
    }
    closedir(d);
}

static void all_zones(void **state)
{
    const char *wanted = getenv("HABITD_LONG");
    if (!wanted || strcmp(wanted, "1") != 0)
        skip();
    check_folder("");
    assert_true(zones_seen > 400);
    print_message("%d zones\n", zones_seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sample_of_zones), cmocka_unit_test(all_zones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
