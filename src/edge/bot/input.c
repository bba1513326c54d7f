#include "edge/bot/input.h"

#include <string.h>

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of a blank at p: space, tab, no-break space, thin no-break space; 0: none. */
static size_t blank_at(const char *p)
{
    if (*p == ' ' || *p == '\t')
        return 1;
    if (strncmp(p, "\xc2\xa0", 2) == 0)
        return 2;
    return strncmp(p, "\xe2\x80\xaf", 3) == 0 ? 3 : 0;
}

static const char *skip_blanks(const char *p)
{
    for (size_t n; (n = blank_at(p)) > 0;)
        p += n;
    return p;
}

/* The digits of a whole number; blanks between groups of three. NULL: none, or beyond max. */
static const char *read_whole(const char *p, int64_t max, int64_t *out)
{
    int64_t v = 0;
    if (!digit(*p))
        return NULL;
    for (;;) {
        for (; digit(*p); p++) {
            v = v * 10 + (*p - '0');
            if (v > max)
                return NULL;
        }
        const char *next = skip_blanks(p);
        if (next == p || !digit(next[0]) || !digit(next[1]) || !digit(next[2]) || digit(next[3]))
            break;
        p = next;
    }
    *out = v;
    return p;
}

/* The end of the number in text; NULL: it is none. */
static const char *read_number(const char *text, int64_t max, int64_t *thousandths)
{
    int64_t whole, part = 0;
    const char *p = read_whole(skip_blanks(text), max / 1000, &whole);
    if (!p)
        return NULL;
    if ((*p == '.' || *p == ',') && digit(p[1])) {
        int64_t unit = 100;
        for (p++; digit(*p); p++, unit /= 10) {
            if (unit == 0 && *p != '0')
                return NULL;
            part += unit * (*p - '0');
        }
    }
    if (whole * 1000 + part > max)
        return NULL;
    *thousandths = whole * 1000 + part;
    return p;
}

bool input_number(const char *text, int64_t max, int64_t *thousandths)
{
    int64_t v;
    const char *end = read_number(text, max, &v);
    if (!end || digit(*skip_blanks(end)) || *end == '-' || *end == ':')
        return false;
    *thousandths = v;
    return true;
}

const char *input_unit(const char *text)
{
    int64_t v;
    const char *end = read_number(text, INT64_MAX, &v);
    return end ? skip_blanks(end) : "";
}

/* "am", "p.m." behind a time of twelve hours; false: there is none, or the hour has none. */
static bool read_half(const char **p, int *hours)
{
    const char *q = skip_blanks(*p);
    bool pm = *q == 'p' || *q == 'P';
    if (!pm && *q != 'a' && *q != 'A')
        return false;
    q += q[1] == '.' ? 2 : 1;
    if ((*q != 'm' && *q != 'M') || *hours < 1 || *hours > 12)
        return false;
    *hours = *hours % 12 + (pm ? 12 : 0);
    *p = q + (q[1] == '.' ? 2 : 1);
    return true;
}

/* "8", "8:30", "08.30", "8:30 pm" */
static const char *read_time(const char *p, int *minute)
{
    int hours = 0, minutes = 0, n = 0;
    for (; digit(*p) && n < 2; n++)
        hours = hours * 10 + (*p++ - '0');
    if (n == 0 || hours > 23 || digit(*p))
        return NULL;
    if (*p == ':' || *p == '.') {
        if (!digit(p[1]) || !digit(p[2]) || digit(p[3]))
            return NULL;
        minutes = (p[1] - '0') * 10 + (p[2] - '0');
        p += 3;
    }
    if (minutes > 59)
        return NULL;
    read_half(&p, &hours);
    *minute = hours * 60 + minutes;
    return p;
}

static const char *skip_between(const char *p)
{
    static const char *const words[] = {",", ";", "и ", "and ", "в ", "at "};
    for (bool more = true; more;) {
        p = skip_blanks(p);
        more = false;
        for (size_t i = 0; i < sizeof words / sizeof words[0] && !more; i++) {
            size_t len = strlen(words[i]);
            more = strncmp(p, words[i], len) == 0;
            p += more ? len : 0;
        }
    }
    return p;
}

static size_t insert(int *times, size_t n, int minute)
{
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        if (times[i] == minute)
            return n;
    }
    for (; at > 0 && times[at - 1] > minute; at--)
        times[at] = times[at - 1];
    times[at] = minute;
    return n + 1;
}

bool input_times(const char *text, int out[INPUT_TIMES_MAX], size_t *n)
{
    int times[INPUT_TIMES_MAX + 1];
    size_t count = 0;
    for (const char *p = skip_between(text); *p; p = skip_between(p)) {
        int minute;
        p = read_time(p, &minute);
        if (!p)
            return false;
        count = insert(times, count, minute);
        if (count > INPUT_TIMES_MAX)
            return false;
    }
    if (count == 0)
        return false;
    memcpy(out, times, count * sizeof *out);
    *n = count;
    return true;
}

/* A dash, "to", "до", or a blank between two times. */
static const char *skip_to(const char *p)
{
    static const char *const words[] = {"-", "–", "—", "…", "to ", "till ", "until ", "до ", "по "};
    p = skip_blanks(p);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(p, words[i], strlen(words[i])) == 0)
            return skip_blanks(p + strlen(words[i]));
    }
    return p;
}

static const char *skip_from(const char *p)
{
    static const char *const words[] = {"from ", "From ", "с ", "С ", "со ", "Со "};
    p = skip_blanks(p);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(p, words[i], strlen(words[i])) == 0)
            return skip_blanks(p + strlen(words[i]));
    }
    return p;
}

bool input_span(const char *text, int *from, int *to)
{
    int a, b;
    const char *p = read_time(skip_from(text), &a);
    const char *next = p ? skip_to(p) : NULL;
    if (!next || next == p || !(p = read_time(next, &b)) || *skip_blanks(p) || a == b)
        return false;
    *from = a;
    *to = b;
    return true;
}
