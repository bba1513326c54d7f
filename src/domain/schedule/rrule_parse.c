#include "domain/schedule/rrule.h"

#include <string.h>
#include <strings.h>
#include "base/check.h"

#define FIELD "rrule"

/* A piece of the text. */
struct span {
    const char *s;
    size_t n;
};

struct parser {
    struct rrule *rule;
    int count; /* 0: none */
    struct day until;
    bool numbered; /* a BYDAY with a number */
    bool has_by;   /* any BY part but BYSETPOS */
    struct err *err;
};

static bool span_is(struct span v, const char *word)
{
    return strlen(word) == v.n && strncasecmp(v.s, word, v.n) == 0;
}

/* Cuts off the piece before the next `sep`; false at the end. */
static bool span_next(struct span *rest, char sep, struct span *piece)
{
    if (rest->s == NULL)
        return false;
    const char *end = memchr(rest->s, sep, rest->n);
    piece->s = rest->s;
    piece->n = end ? (size_t)(end - rest->s) : rest->n;
    *rest = end ? (struct span){end + 1, rest->n - piece->n - 1} : (struct span){NULL, 0};
    return true;
}

/* [+-]digits at the start of v, taken off it; false: none, or longer than five digits. */
static bool take_number(struct span *v, bool sign_allowed, int *out)
{
    size_t i = 0;
    bool minus = v->n > 0 && v->s[0] == '-';
    if (sign_allowed && v->n > 0 && (v->s[0] == '-' || v->s[0] == '+'))
        i = 1;
    size_t begin = i;
    int n = 0;
    for (; i < v->n && v->s[i] >= '0' && v->s[i] <= '9'; i++) {
        if (i - begin == 5)
            return false;
        n = n * 10 + (v->s[i] - '0');
    }
    if (i == begin)
        return false;
    *out = minus ? -n : n;
    *v = (struct span){v->s + i, v->n - i};
    return true;
}

static enum ecode one_number(struct parser *p, struct span v, const char *name, int max, int *out)
{
    int n;
    if (!take_number(&v, false, &n) || v.n > 0 || n < 1 || n > max)
        return err_field(p->err, FIELD, "%s must be a number from 1 to %d", name, max);
    *out = n;
    return E_OK;
}

static enum ecode number_list(struct parser *p, struct span v, const char *name, int max, bool sign,
                              struct rrule_set *set)
{
    struct span item;
    while (span_next(&v, ',', &item)) {
        int n;
        if (!take_number(&item, sign, &n) || item.n > 0 || n == 0 || n > max || n < -max)
            return err_field(p->err, FIELD, "%s must list numbers from 1 to %d%s", name, max,
                             sign ? ", or negative ones that count from the end" : "");
        rrule_set_add(set, n);
    }
    return E_OK;
}

static int weekday_of(struct span v)
{
    static const char *const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    for (int i = 0; i < 7; i++)
        if (span_is(v, names[i]))
            return i + 1;
    return 0;
}

static enum ecode part_freq(struct parser *p, struct span v)
{
    static const struct {
        const char *name;
        enum rrule_freq freq;
    } known[] = {{"DAILY", RRULE_DAILY},
                 {"WEEKLY", RRULE_WEEKLY},
                 {"MONTHLY", RRULE_MONTHLY},
                 {"YEARLY", RRULE_YEARLY}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (span_is(v, known[i].name))
            p->rule->freq = known[i].freq;
    if (p->rule->freq == RRULE_NONE)
        return err_field(p->err, FIELD, "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY");
    return E_OK;
}

static enum ecode part_interval(struct parser *p, struct span v)
{
    return one_number(p, v, "INTERVAL", RRULE_INTERVAL_MAX, &p->rule->interval);
}

static enum ecode part_count(struct parser *p, struct span v)
{
    return one_number(p, v, "COUNT", RRULE_COUNT_MAX, &p->count);
}

static bool digits(const char *s, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        *out = *out * 10 + (s[i] - '0');
    }
    return true;
}

/* A date, or a date and time of which the date counts: schedules name days. */
static enum ecode part_until(struct parser *p, struct span v)
{
    int y, m, d, hour = 0, minute = 0, second = 0;
    bool time = v.n == 15 || (v.n == 16 && (v.s[15] == 'Z' || v.s[15] == 'z'));
    bool ok = (v.n == 8 || time) && digits(v.s, 4, &y) && digits(v.s + 4, 2, &m) && digits(v.s + 6, 2, &d) &&
              day_from_ymd(y, m, d, &p->until);
    if (ok && time)
        ok = (v.s[8] == 'T' || v.s[8] == 't') && digits(v.s + 9, 2, &hour) && digits(v.s + 11, 2, &minute) &&
             digits(v.s + 13, 2, &second) && hour < 24 && minute < 60 && second <= 60;
    if (!ok)
        return err_field(p->err, FIELD, "UNTIL must be a date such as 20271231, or one with a time behind T");
    return E_OK;
}

static enum ecode part_wkst(struct parser *p, struct span v)
{
    p->rule->week_start = weekday_of(v);
    return p->rule->week_start ? E_OK : err_field(p->err, FIELD, "WKST must be one of MO TU WE TH FR SA SU");
}

static enum ecode part_byday(struct parser *p, struct span v)
{
    struct span item;
    p->rule->has_weekdays = true;
    while (span_next(&v, ',', &item)) {
        int n = 0;
        bool number = take_number(&item, true, &n);
        int w = weekday_of(item);
        if (w == 0 || n > 53 || n < -53 || (number && n == 0))
            return err_field(
                p->err, FIELD,
                "BYDAY must list weekdays such as MO,TH, each with a number from 1 to 53 or -53 to "
                "-1 before it where one is meant");
        p->numbered |= number;
        if (number)
            rrule_set_add(&p->rule->nth[w - 1], n);
        else
            p->rule->weekdays |= (uint8_t)(1u << (w - 1));
    }
    return E_OK;
}

static enum ecode part_bymonth(struct parser *p, struct span v)
{
    return number_list(p, v, "BYMONTH", 12, false, &p->rule->months);
}

static enum ecode part_bymonthday(struct parser *p, struct span v)
{
    return number_list(p, v, "BYMONTHDAY", 31, true, &p->rule->month_days);
}

static enum ecode part_byyearday(struct parser *p, struct span v)
{
    return number_list(p, v, "BYYEARDAY", 366, true, &p->rule->year_days);
}

static enum ecode part_byweekno(struct parser *p, struct span v)
{
    return number_list(p, v, "BYWEEKNO", 53, true, &p->rule->weeks);
}

static enum ecode part_bysetpos(struct parser *p, struct span v)
{
    return number_list(p, v, "BYSETPOS", 366, true, &p->rule->positions);
}

static enum ecode part_time(struct parser *p, struct span v)
{
    return err_field(
        p->err, FIELD,
        "BYHOUR, BYMINUTE and BYSECOND are not accepted: the rule names days, reminder_time the time");
}

static enum ecode part_scale(struct parser *p, struct span v)
{
    return err_field(p->err, FIELD, "RSCALE and SKIP are not accepted: rules follow the Gregorian calendar");
}

static const struct {
    const char *name;
    enum ecode (*read)(struct parser *p, struct span v);
    bool by; /* something BYSETPOS can choose from */
} parts[] = {
    {"FREQ", part_freq, false},          {"INTERVAL", part_interval, false},
    {"COUNT", part_count, false},        {"UNTIL", part_until, false},
    {"WKST", part_wkst, false},          {"BYDAY", part_byday, true},
    {"BYMONTH", part_bymonth, true},     {"BYMONTHDAY", part_bymonthday, true},
    {"BYYEARDAY", part_byyearday, true}, {"BYWEEKNO", part_byweekno, true},
    {"BYSETPOS", part_bysetpos, false},  {"BYHOUR", part_time, false},
    {"BYMINUTE", part_time, false},      {"BYSECOND", part_time, false},
    {"RSCALE", part_scale, false},       {"SKIP", part_scale, false},
};

static enum ecode read_part(struct parser *p, struct span part, uint32_t *seen)
{
    const char *equals = memchr(part.s, '=', part.n);
    if (equals == NULL)
        return err_field(
            p->err, FIELD,
            "must be parts NAME=VALUE with semicolons between them, such as FREQ=WEEKLY;BYDAY=MO");
    struct span name = {part.s, (size_t)(equals - part.s)}, value = {equals + 1, part.n - name.n - 1};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!span_is(name, parts[i].name))
            continue;
        if (*seen >> i & 1)
            return err_field(p->err, FIELD, "%s stands there twice", parts[i].name);
        *seen |= UINT32_C(1) << i;
        p->has_by |= parts[i].by;
        return parts[i].read(p, value);
    }
    return err_field(p->err, FIELD, "has a part that is none of RFC 5545's");
}

/* What RFC 5545 does not allow together. */
static enum ecode check_together(const struct parser *p)
{
    const struct rrule *r = p->rule;
    if (r->freq == RRULE_NONE)
        return err_field(p->err, FIELD, "FREQ is missing");
    if (p->count > 0 && !day_is_none(p->until))
        return err_field(p->err, FIELD, "COUNT and UNTIL exclude each other");
    if (p->numbered && (r->freq < RRULE_MONTHLY || r->weeks.any))
        return err_field(p->err, FIELD,
                         "BYDAY with numbers goes with FREQ=MONTHLY, or FREQ=YEARLY without BYWEEKNO");
    if (r->month_days.any && r->freq == RRULE_WEEKLY)
        return err_field(p->err, FIELD, "BYMONTHDAY does not go with FREQ=WEEKLY");
    if (r->year_days.any && r->freq != RRULE_YEARLY)
        return err_field(p->err, FIELD, "BYYEARDAY goes with FREQ=YEARLY only");
    if (r->weeks.any && r->freq != RRULE_YEARLY)
        return err_field(p->err, FIELD, "BYWEEKNO goes with FREQ=YEARLY only");
    if (r->positions.any && !p->has_by)
        return err_field(p->err, FIELD, "BYSETPOS needs another BY part to choose from");
    return E_OK;
}

/* What the rule leaves open comes from its anchor. */
static void anchor_defaults(struct rrule *r)
{
    int y, month, dom;
    day_to_ymd(r->anchor, &y, &month, &dom);
    bool day_given = r->has_weekdays || r->month_days.any || r->year_days.any;
    if (day_given || r->freq == RRULE_DAILY)
        return;
    if (r->freq == RRULE_WEEKLY || r->weeks.any) {
        r->has_weekdays = true;
        r->weekdays = (uint8_t)(1u << (day_weekday(r->anchor) - 1));
        return;
    }
    if (r->freq == RRULE_YEARLY && !r->months.any)
        rrule_set_add(&r->months, month);
    rrule_set_add(&r->month_days, dom);
}

static enum ecode set_end(struct parser *p)
{
    struct rrule *r = p->rule;
    struct day first, last;
    r->last = day_add(r->anchor, RRULE_HORIZON);
    if (!day_is_none(p->until) && p->until.n < r->last.n)
        r->last = p->until;
    if (r->last.n < r->anchor.n)
        return err_field(p->err, FIELD, "UNTIL is before the day the schedule starts on");
    if (!rrule_first(r, r->anchor, r->last, &first))
        return err_field(p->err, FIELD, "names no day%s",
                         day_is_none(p->until) ? " within 100 years" : " until its end");
    if (p->count > 0 && rrule_nth(r, p->count, &last))
        r->last = last;
    return E_OK;
}

enum ecode rrule_parse(struct arena *a, const char *text, size_t len, struct day starts_on,
                       const struct rrule **out, struct err *err)
{
    if (len == 0 || len > RRULE_TEXT_MAX)
        return err_field(err, FIELD, "must have 1 to %d characters", RRULE_TEXT_MAX);
    if (starts_on.n < RRULE_ANCHOR_FIRST || starts_on.n > RRULE_ANCHOR_LAST)
        return err_field(err, "starts_on", "must lie from 1900-01-01 to 2999-12-31");
    struct rrule *r = arena_alloc(a, sizeof *r);
    *r = (struct rrule){.interval = 1, .week_start = 1, .anchor = starts_on};
    struct parser p = {.rule = r, .until = day_none(), .err = err};
    struct span rest = {text, len}, part;
    uint32_t seen = 0;
    while (span_next(&rest, ';', &part)) {
        enum ecode e = read_part(&p, part, &seen);
        if (e != E_OK)
            return e;
    }
    enum ecode e = check_together(&p);
    if (e != E_OK)
        return e;
    anchor_defaults(r);
    e = set_end(&p);
    if (e != E_OK)
        return e;
    *out = r;
    return E_OK;
}
