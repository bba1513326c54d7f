#include "base/zone_data.h"

#include <string.h>
#include "base/day.h"

/* A reader that never looks past the end. */
struct cursor {
    const char *p, *end;
};

static bool take(struct cursor *c, char want)
{
    if (c->p == c->end || *c->p != want)
        return false;
    c->p++;
    return true;
}

/* One to three decimal digits, at most `max`. */
static bool number(struct cursor *c, int max, int *out)
{
    int v = 0, digits = 0;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9' && digits < 4) {
        v = v * 10 + (*c->p++ - '0');
        digits++;
    }
    *out = v;
    return digits > 0 && digits < 4 && v <= max;
}

static bool letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "EET" or "<+03>": at least three characters; only its end matters to us. */
static bool skip_name(struct cursor *c)
{
    bool quoted = take(c, '<');
    const char *from = c->p;
    while (c->p < c->end &&
           (letter(*c->p) || (quoted && (*c->p == '+' || *c->p == '-' || (*c->p >= '0' && *c->p <= '9')))))
        c->p++;
    return c->p - from >= 3 && (!quoted || take(c, '>'));
}

/* [+-]h[h[h]][:mm[:ss]] in seconds. */
static bool clock_time(struct cursor *c, int max_hours, int32_t *out)
{
    int h, m = 0, s = 0;
    bool negative = take(c, '-');
    if (!negative)
        take(c, '+');
    if (!number(c, max_hours, &h))
        return false;
    if (take(c, ':') && (!number(c, 59, &m) || (take(c, ':') && !number(c, 59, &s))))
        return false;
    int32_t v = h * 3600 + m * 60 + s;
    *out = negative ? -v : v;
    return true;
}

static bool rule_date(struct cursor *c, struct zone_rule_date *out)
{
    *out = (struct zone_rule_date){.form = 'N', .seconds = 2 * 3600};
    if (!take(c, ','))
        return false;
    if (take(c, 'M')) {
        out->form = 'M';
        if (!number(c, 12, &out->month) || out->month < 1 || !take(c, '.') || !number(c, 5, &out->week) ||
            out->week < 1 || !take(c, '.') || !number(c, 6, &out->weekday))
            return false;
    } else if (take(c, 'J')) {
        out->form = 'J';
        if (!number(c, 365, &out->day) || out->day < 1)
            return false;
    } else if (!number(c, 365, &out->day)) {
        return false;
    }
    return !take(c, '/') || clock_time(c, 167, &out->seconds);
}

bool zone_rule_parse(const char *s, size_t len, struct zone_rule *out)
{
    struct cursor c = {s, s + len};
    struct zone_rule r = {0};
    int32_t west;
    if (!skip_name(&c) || !clock_time(&c, 24, &west))
        return false;
    r.standard = -west;
    if (c.p < c.end) {
        r.has_summer = true;
        if (!skip_name(&c))
            return false;
        r.summer = r.standard + 3600;
        if (c.p < c.end && *c.p != ',') {
            if (!clock_time(&c, 24, &west))
                return false;
            r.summer = -west;
        }
        if (!rule_date(&c, &r.start) || !rule_date(&c, &r.end))
            return false;
    }
    if (c.p != c.end)
        return false;
    *out = r;
    return true;
}

/* The day a rule names in `year` (1–9999). */
static struct day rule_day(const struct zone_rule_date *d, int year)
{
    struct day first = day_none();
    int month = d->form == 'M' ? d->month : 1;
    day_from_ymd(year, month, 1, &first);
    if (d->form == 'N')
        return day_add(first, d->day);
    if (d->form == 'J') {
        struct day january_31 = day_add(first, 30);
        bool leap = day_month_length(day_add(january_31, 1)) == 29;
        return day_add(first, d->day - 1 + (leap && d->day >= 60));
    }
    int to_weekday = (d->weekday - day_weekday(first) % 7 + 7) % 7;
    int dom = to_weekday + 7 * (d->week - 1); /* from 0 */
    if (dom >= day_month_length(first))
        dom -= 7; /* week 5 means the last one */
    return day_add(first, dom);
}

/* The second at which the date's wall time comes, the wall being at `offset` before it. */
static int64_t rule_second(const struct zone_rule_date *d, int year, int32_t offset)
{
    return (int64_t)rule_day(d, year).n * ZONE_SECONDS_PER_DAY + d->seconds - offset;
}

struct zone_span zone_rule_span(const struct zone_rule *r, int64_t t)
{
    struct zone_span span = {r->standard, INT64_MAX};
    const int64_t year_2 = -62104060800, year_9999 = 253370764800;
    if (!r->has_summer || t < year_2 || t >= year_9999)
        return span;
    int year, month, dom;
    int64_t seconds = t + r->standard;
    day_to_ymd(
        day_of((int32_t)((seconds - (seconds < 0 ? ZONE_SECONDS_PER_DAY - 1 : 0)) / ZONE_SECONDS_PER_DAY)),
        &year, &month, &dom);
    /*
     * Wall times reach a week past their date, so the neighbouring years count too. A summer that ends
     * exactly when the next begins is summer all the year round, hence >= for the end and > for the start.
     */
    int64_t latest = INT64_MIN;
    for (int y = year - 1; y <= year + 1; y++) {
        if (y < 1 || y > 9999)
            continue;
        int64_t start = rule_second(&r->start, y, r->standard), end = rule_second(&r->end, y, r->summer);
        if (start <= t && start >= latest) {
            latest = start;
            span.offset = r->summer;
        }
        if (end <= t && end > latest) {
            latest = end;
            span.offset = r->standard;
        }
        if (start > t && start < span.until)
            span.until = start;
        if (end > t && end < span.until)
            span.until = end;
    }
    return span;
}
