#include "edge/bot/text_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "edge/bot/text_table.h"

#define MINUTES_PER_HOUR 60
#define MINUTES_PER_DAY 1440
#define GROUP_FROM 5 /* digits: both 1000 and 10,000 are what typographers ask for */

/* ---- arguments ---- */

struct text_arg text_str(const char *name, const char *value)
{
    CHECK(value != NULL);
    return (struct text_arg){.name = name, .kind = TEXT_ARG_STR, .s = value};
}

struct text_arg text_html(const char *name, const char *html)
{
    CHECK(html != NULL);
    return (struct text_arg){.name = name, .kind = TEXT_ARG_HTML, .s = html};
}

struct text_arg text_num(const char *name, int64_t n)
{
    return (struct text_arg){.name = name, .kind = TEXT_ARG_NUM, .i = n};
}

struct text_arg text_milli(const char *name, int64_t thousandths)
{
    return (struct text_arg){.name = name, .kind = TEXT_ARG_MILLI, .i = thousandths};
}

struct text_arg text_percent(const char *name, double share)
{
    return (struct text_arg){.name = name, .kind = TEXT_ARG_PERCENT, .share = share};
}

struct text_arg text_money(const char *name, int64_t amount_minor, int scale, const char *currency)
{
    CHECK(scale >= 0 && scale <= 9 && currency != NULL);
    return (struct text_arg){
        .name = name, .kind = TEXT_ARG_MONEY, .i = amount_minor, .detail = scale, .s = currency};
}

struct text_arg text_day(const char *name, struct day day, struct day today, enum text_day_style style)
{
    return (struct text_arg){
        .name = name, .kind = TEXT_ARG_DAY, .day = day, .today = today, .detail = (int)style};
}

struct text_arg text_time(const char *name, int minute)
{
    CHECK(minute >= 0 && minute < MINUTES_PER_DAY);
    return (struct text_arg){.name = name, .kind = TEXT_ARG_TIME, .i = minute};
}

struct text_arg text_weekdays(const char *name, unsigned mask, int first_weekday)
{
    CHECK(mask <= 0x7f && first_weekday >= 1 && first_weekday <= 7);
    return (struct text_arg){.name = name, .kind = TEXT_ARG_WEEKDAYS, .i = mask, .detail = first_weekday};
}

struct text_arg text_span(const char *name, int64_t minutes)
{
    CHECK(minutes >= 0);
    return (struct text_arg){.name = name, .kind = TEXT_ARG_SPAN, .i = minutes};
}

/* ---- numbers ---- */

/* Digits in groups of three. */
static void grouped(struct buf *out, const struct lang *l, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0 && len >= GROUP_FROM)
            text_plain(out, l, TEXT_NUMBER_GROUP, NULL);
        buf_char(out, digits[i]);
    }
}

/*
 * value / 10^scale. Decimals are shown up to the last that is not 0, and at least `least` of them unless all
 * are 0. A sign before digits would wander to their other side in a right-to-left line: an isolate keeps it.
 */
static void decimal(struct buf *out, const struct lang *l, int64_t value, int scale, int least)
{
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value, one = 1;
    for (int i = 0; i < scale; i++)
        one *= 10;
    bool isolate = value < 0 && l->rtl;
    buf_str(out, isolate ? "\u2066\u2212" : value < 0 ? "\u2212" : "");
    grouped(out, l, magnitude / one);
    uint64_t fraction = magnitude % one;
    if (fraction) {
        int places = scale;
        for (; places > least && fraction % 10 == 0; places--)
            fraction /= 10;
        text_plain(out, l, TEXT_NUMBER_DECIMAL, NULL);
        buf_printf(out, "%0*" PRIu64, places, fraction);
    }
    buf_str(out, isolate ? "\u2069" : "");
}

static void percent(struct buf *out, const struct lang *l, double share)
{
    int64_t whole = share >= 1 ? 100 : share > 0 ? (int64_t)(share * 100 + 0.5) : 0;
    if (share > 0 && share < 1)
        whole = whole < 1 ? 1 : whole > 99 ? 99 : whole;
    text_plain(out, l, TEXT_NUMBER_PERCENT, TEXT_ARGS(text_num("value", whole)));
}

static void money(struct buf *out, const struct lang *l, const struct text_arg *a)
{
    static const struct {
        const char *code, *sign;
    } signs[] = {{"RUB", "₽"}, {"USD", "$"}, {"EUR", "€"}, {"XTR", "⭐"}};
    const char *currency = a->s;
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (strcmp(signs[i].code, a->s) == 0)
            currency = signs[i].sign;
    struct buf amount;
    buf_init(&amount, 128);
    decimal(&amount, l, a->i, a->detail, 2);
    text_plain(out, l, TEXT_NUMBER_MONEY,
               TEXT_ARGS(text_html("amount", buf_text(&amount)), text_html("currency", currency)));
    buf_release(&amount);
}

/* ---- days and times ---- */

/* The n-th text (from 0) of a family NAME.1 … NAME.N. */
static const char *of_family(const struct lang *l, enum text_id first, int n)
{
    return l->texts[(int)first + n][0];
}

static void date(struct buf *out, const struct lang *l, struct day d, struct day today)
{
    int year, month, dom, this_year, m, n;
    day_to_ymd(d, &year, &month, &dom);
    day_to_ymd(today, &this_year, &m, &n);
    char dom_text[12], year_text[12];
    snprintf(dom_text, sizeof dom_text, "%d", dom);
    snprintf(year_text, sizeof year_text, "%d", year);
    const struct text_arg month_arg = text_html("month", of_family(l, TEXT_MONTH_DATE_1, month - 1));
    if (year == this_year)
        text_plain(out, l, TEXT_DATE_DAY, TEXT_ARGS(month_arg, text_html("day", dom_text)));
    else
        text_plain(out, l, TEXT_DATE_DAY_YEAR,
                   TEXT_ARGS(month_arg, text_html("day", dom_text), text_html("year", year_text)));
}

static void day(struct buf *out, const struct lang *l, const struct text_arg *a)
{
    int32_t ahead = day_diff(a->day, a->today);
    enum text_day_style style = (enum text_day_style)a->detail;
    if (style == TEXT_DAY_RELATIVE && ahead >= -1 && ahead <= 1) {
        text_plain(out, l, ahead < 0 ? TEXT_DAY_YESTERDAY : ahead ? TEXT_DAY_TOMORROW : TEXT_DAY_TODAY, NULL);
        return;
    }
    if (style == TEXT_DAY_DATE || style == TEXT_DAY_RELATIVE) {
        date(out, l, a->day, a->today);
        return;
    }
    struct buf text;
    buf_init(&text, 256);
    date(&text, l, a->day, a->today);
    enum text_id family = style == TEXT_DAY_WEEKDAY ? TEXT_WEEKDAY_SHORT_1 : TEXT_WEEKDAY_LONG_1;
    text_plain(out, l, TEXT_DATE_WEEKDAY,
               TEXT_ARGS(text_html("weekday", of_family(l, family, day_weekday(a->day) - 1)),
                         text_html("date", buf_text(&text))));
    buf_release(&text);
}

static void weekdays(struct buf *out, const struct lang *l, unsigned mask, int first)
{
    if (mask == 0 || mask == 0x7f || mask == 0x1f || mask == 0x60) {
        text_plain(out, l,
                   mask == 0      ? TEXT_WEEKDAYS_NONE
                   : mask == 0x7f ? TEXT_WEEKDAYS_ALL
                   : mask == 0x1f ? TEXT_WEEKDAYS_WORKING
                                  : TEXT_WEEKDAYS_WEEKEND,
                   NULL);
        return;
    }
    bool some = false;
    for (int i = 0; i < 7; i++) {
        int bit = (first - 1 + i) % 7;
        if (!(mask & (1u << bit)))
            continue;
        if (some)
            text_plain(out, l, TEXT_LIST_SEPARATOR, NULL);
        buf_str(out, of_family(l, TEXT_WEEKDAY_SHORT_1, bit));
        some = true;
    }
}

static void span(struct buf *out, const struct lang *l, int64_t minutes)
{
    const struct {
        enum text_id text;
        int64_t n;
    } parts[] = {
        {TEXT_SPAN_DAYS, minutes / MINUTES_PER_DAY},
        {TEXT_SPAN_HOURS, minutes % MINUTES_PER_DAY / MINUTES_PER_HOUR},
        {TEXT_SPAN_MINUTES, minutes % MINUTES_PER_HOUR},
    };
    size_t last = ARRAY_LEN(parts) - 1, from = 0;
    while (from < last && parts[from].n == 0)
        from++;
    text_plain(out, l, parts[from].text, TEXT_ARGS(text_num("n", parts[from].n)));
    if (from < last && parts[from + 1].n > 0) {
        buf_char(out, ' ');
        text_plain(out, l, parts[from + 1].text, TEXT_ARGS(text_num("n", parts[from + 1].n)));
    }
}

void text_value_format(struct buf *out, const struct lang *l, const struct text_arg *a)
{
    switch (a->kind) {
    case TEXT_ARG_NUM:
        decimal(out, l, a->i, 0, 0);
        return;
    case TEXT_ARG_MILLI:
        decimal(out, l, a->i, 3, 0);
        return;
    case TEXT_ARG_PERCENT:
        percent(out, l, a->share);
        return;
    case TEXT_ARG_MONEY:
        money(out, l, a);
        return;
    case TEXT_ARG_DAY:
        day(out, l, a);
        return;
    case TEXT_ARG_TIME:
        buf_printf(out, "%02d:%02d", (int)a->i / MINUTES_PER_HOUR, (int)a->i % MINUTES_PER_HOUR);
        return;
    case TEXT_ARG_WEEKDAYS:
        weekdays(out, l, (unsigned)a->i, a->detail);
        return;
    case TEXT_ARG_SPAN:
        span(out, l, a->i);
        return;
    case TEXT_ARG_STR:
    case TEXT_ARG_HTML:
    case TEXT_ARG_END:
        break;
    }
    CHECK(!"a kind of argument that is no value");
}
