#include "domain/schedule/rrule.h"

#include "base/check.h"

/*
 * The days of a recurrence rule, straight from RFC 5545 §3.3.10: the calendar is cut into periods of the
 * frequency (a day, week, month or year), every INTERVAL-th one from the anchor's counts, its days are
 * filtered by the BY parts, BYSETPOS picks among them. On whole days every BY part but BYSETPOS is such a
 * filter, the "expanding" ones too. docs/decisions.md says why this is not libical, which the tests use as an
 * oracle.
 */

void rrule_set_add(struct rrule_set *s, int n)
{
    int i = n > 0 ? n : -n;
    CHECK(i >= 1 && i < 384);
    s->any = true;
    uint64_t *bits = n > 0 ? s->from_start : s->from_end;
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* n counts from 1 within `length`. */
static bool rrule_set_has(const struct rrule_set *s, int n, int length)
{
    int back = length + 1 - n;
    return (s->from_start[n / 64] >> (n % 64) & 1) || (s->from_end[back / 64] >> (back % 64) & 1);
}

static struct day first_of_year(int year)
{
    struct day d;
    CHECK(day_from_ymd(year, 1, 1, &d));
    return d;
}

static struct day week_start(const struct rrule *r, struct day d)
{
    return day_add(d, -((day_weekday(d) - r->week_start + 7) % 7));
}

/* Start of the first week of a year: the one with at least four of its days in it. */
static struct day first_week(const struct rrule *r, int year)
{
    return week_start(r, day_add(first_of_year(year), 3));
}

/* The year that d's week belongs to: that of its fourth day. */
static int week_year(const struct rrule *r, struct day d)
{
    int y, m, dom;
    day_to_ymd(day_add(week_start(r, d), 3), &y, &m, &dom);
    return y;
}

static bool weekday_fits(const struct rrule *r, struct day d, int month_day, int month_len, int year_day,
                         int year_len)
{
    int w = day_weekday(d) - 1;
    if (r->weekdays >> w & 1)
        return true;
    if (!r->nth[w].any)
        return false;
    bool in_month = r->freq == RRULE_MONTHLY || r->months.any;
    int day = in_month ? month_day : year_day, len = in_month ? month_len : year_len;
    int before = (day - 1) / 7, behind = (len - day) / 7; /* same weekdays of the month or year */
    return rrule_set_has(&r->nth[w], before + 1, before + 1 + behind);
}

static bool week_fits(const struct rrule *r, struct day d)
{
    int year = week_year(r, d);
    struct day first = first_week(r, year);
    int weeks = day_diff(first_week(r, year + 1), first) / 7;
    return rrule_set_has(&r->weeks, day_diff(d, first) / 7 + 1, weeks);
}

/* Every BY part but BYSETPOS. */
static bool day_fits(const struct rrule *r, struct day d)
{
    int year, month, dom;
    day_to_ymd(d, &year, &month, &dom);
    if (r->months.any && !rrule_set_has(&r->months, month, 12))
        return false;
    int month_len = day_month_length(d);
    if (r->month_days.any && !rrule_set_has(&r->month_days, dom, month_len))
        return false;
    if (!r->has_weekdays && !r->year_days.any && !r->weeks.any)
        return true;
    struct day january = first_of_year(year);
    int year_len = day_diff(first_of_year(year + 1), january), year_day = day_diff(d, january) + 1;
    if (r->year_days.any && !rrule_set_has(&r->year_days, year_day, year_len))
        return false;
    if (r->weeks.any && !week_fits(r, d))
        return false;
    return !r->has_weekdays || weekday_fits(r, d, dom, month_len, year_day, year_len);
}

struct period {
    struct day first;
    int32_t days;
};

static int month_number(struct day d)
{
    int y, m, dom;
    day_to_ymd(d, &y, &m, &dom);
    return y * 12 + m - 1;
}

static int year_number(const struct rrule *r, struct day d)
{
    return r->weeks.any ? week_year(r, d) : month_number(d) / 12;
}

/* The number of the last counting period that begins at or before d ≥ anchor. */
static int period_of(const struct rrule *r, struct day d)
{
    switch (r->freq) {
    case RRULE_DAILY:
        return day_diff(d, r->anchor) / r->interval;
    case RRULE_WEEKLY:
        return day_diff(d, week_start(r, r->anchor)) / 7 / r->interval;
    case RRULE_MONTHLY:
        return (month_number(d) - month_number(r->anchor)) / r->interval;
    default:
        return (year_number(r, d) - year_number(r, r->anchor)) / r->interval;
    }
}

/* Period number i; false when it begins after the rule's end. */
static bool period_at(const struct rrule *r, int i, struct period *out)
{
    int64_t step = (int64_t)i * r->interval;
    if (step > RRULE_HORIZON) /* days, the shortest periods */
        return false;
    int n = (int)step;
    struct period p;
    switch (r->freq) {
    case RRULE_DAILY:
        p = (struct period){day_add(r->anchor, n), 1};
        break;
    case RRULE_WEEKLY:
        p = (struct period){day_add(week_start(r, r->anchor), 7 * n), 7};
        break;
    case RRULE_MONTHLY:
        n += month_number(r->anchor);
        if (!day_from_ymd(n / 12, n % 12 + 1, 1, &p.first))
            return false;
        p.days = day_month_length(p.first);
        break;
    default:
        n += year_number(r, r->anchor);
        if (n > 9990)
            return false;
        p.first = r->weeks.any ? first_week(r, n) : first_of_year(n);
        p.days = day_diff(r->weeks.any ? first_week(r, n + 1) : first_of_year(n + 1), p.first);
        break;
    }
    *out = p;
    return p.first.n <= r->last.n;
}

/* The period's named days, ascending, offsets from its first day. */
static int period_days(const struct rrule *r, const struct period *p, int16_t out[RRULE_PERIOD_MAX])
{
    int n = 0, kept = 0;
    CHECK(p->days <= RRULE_PERIOD_MAX);
    for (int i = 0; i < p->days; i++)
        if (day_fits(r, day_add(p->first, i)))
            out[n++] = (int16_t)i;
    for (int k = 0; k < n; k++) {
        struct day d = day_add(p->first, out[k]);
        if (r->positions.any && !rrule_set_has(&r->positions, k + 1, n))
            continue;
        if (d.n >= r->anchor.n && d.n <= r->last.n)
            out[kept++] = out[k];
    }
    return kept;
}

bool rrule_first(const struct rrule *r, struct day from, struct day to, struct day *out)
{
    if (from.n < r->anchor.n)
        from = r->anchor;
    if (from.n > r->last.n)
        return false;
    struct period p;
    for (int i = period_of(r, from); period_at(r, i, &p) && p.first.n <= to.n; i++) {
        int16_t days[RRULE_PERIOD_MAX];
        int n = period_days(r, &p, days);
        for (int k = 0; k < n; k++) {
            struct day d = day_add(p.first, days[k]);
            if (d.n > to.n)
                return false;
            if (d.n >= from.n) {
                *out = d;
                return true;
            }
        }
    }
    return false;
}

void rrule_fill(const struct rrule *r, struct day_set *set)
{
    int64_t end = (int64_t)set->first.n + set->days - 1;
    if (end < r->anchor.n || set->first.n > r->last.n)
        return;
    struct day from = set->first.n > r->anchor.n ? set->first : r->anchor;
    struct period p;
    for (int i = period_of(r, from); period_at(r, i, &p) && p.first.n <= end; i++) {
        int16_t days[RRULE_PERIOD_MAX];
        int n = period_days(r, &p, days);
        for (int k = 0; k < n; k++) {
            struct day d = day_add(p.first, days[k]);
            if (d.n >= from.n && d.n <= end)
                day_set_add(set, d);
        }
    }
}

bool rrule_nth(const struct rrule *r, int count, struct day *out)
{
    struct period p;
    for (int i = 0; period_at(r, i, &p); i++) {
        int16_t days[RRULE_PERIOD_MAX];
        int n = period_days(r, &p, days);
        if (n >= count) {
            *out = day_add(p.first, days[count - 1]);
            return true;
        }
        count -= n;
    }
    return false;
}
