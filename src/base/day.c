#include "base/day.h"

#include <stdio.h>

int day_weekday(struct day d)
{
    int w = (d.n + 3) % 7; /* 1970-01-01 was a Thursday */
    return (w < 0 ? w + 7 : w) + 1;
}

/* Days from civil and back: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
static int32_t days_from_civil(int y, int m, int d)
{
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void day_to_ymd(struct day day, int *year, int *month, int *dom)
{
    int z = day.n + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    *dom = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = yoe + era * 400 + (*month <= 2);
}

static int month_length(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : lengths[month - 1];
}

bool day_from_ymd(int year, int month, int dom, struct day *out)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || dom < 1 || dom > month_length(year, month))
        return false;
    *out = day_of(days_from_civil(year, month, dom));
    return true;
}

int day_month_length(struct day d)
{
    int y, m, dom;
    day_to_ymd(d, &y, &m, &dom);
    return month_length(y, m);
}

char *day_format(struct day d, char out[DAY_TEXT])
{
    int y, m, dom;
    day_to_ymd(d, &y, &m, &dom);
    if (y < 0 || y > 9999) { /* a defect elsewhere: show it, do not hide it */
        snprintf(out, DAY_TEXT, "%d-%02d-%02d", y, m, dom);
        return out;
    }
    const int parts[] = {y / 100, y % 100, m,
                         dom}; /* by hand: snprintf costs ten times as much, and every row has a day */
    char *o = out;
    for (int i = 0; i < 4; i++) {
        if (i > 1)
            *o++ = '-';
        *o++ = (char)('0' + parts[i] / 10);
        *o++ = (char)('0' + parts[i] % 10);
    }
    *o = '\0';
    return out;
}

static bool digits(const char *s, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        v = v * 10 + (s[i] - '0');
    }
    *out = v;
    return true;
}

bool day_parse(const char *s, size_t len, struct day *out)
{
    int y, m, d;
    return len == 10 && s[4] == '-' && s[7] == '-' && digits(s, 4, &y) && digits(s + 5, 2, &m) &&
           digits(s + 8, 2, &d) && day_from_ymd(y, m, d, out);
}
