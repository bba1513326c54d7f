#ifndef HABITD_BASE_DAY_H
#define HABITD_BASE_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A calendar date of the proleptic Gregorian calendar, nobody's zone attached: days since 1970-01-01. */
struct day {
    int32_t n;
};

#define DAY_TEXT 16         /* bytes day_format needs, NUL included */
#define DAY_FIRST_LOG 10957 /* 2000-01-01: no log is older (source document, risk 2) */
#define DAY_NONE INT32_MIN  /* "no day" where a struct day is optional */

static inline struct day day_of(int32_t n)
{
    return (struct day){n};
}
static inline struct day day_none(void)
{
    return (struct day){DAY_NONE};
}
static inline bool day_is_none(struct day d)
{
    return d.n == DAY_NONE;
}
static inline struct day day_add(struct day d, int32_t days)
{
    return (struct day){d.n + days};
}
static inline int32_t day_diff(struct day later, struct day earlier)
{
    return later.n - earlier.n;
}
static inline int day_cmp(struct day a, struct day b)
{
    return (a.n > b.n) - (a.n < b.n);
}

/* ISO weekday, 1 = Monday … 7 = Sunday. */
int day_weekday(struct day d);
/* From year, month 1–12, day of month 1–31; false when that date does not exist or the year is not 1–9999. */
bool day_from_ymd(int year, int month, int dom, struct day *out);
void day_to_ymd(struct day d, int *year, int *month, int *dom);
/* Days in the month that d lies in, 28–31. */
int day_month_length(struct day d);
/* "YYYY-MM-DD"; returns `out`. */
char *day_format(struct day d, char out[DAY_TEXT]);
/* Strict "YYYY-MM-DD", exactly ten bytes; false: not one. */
bool day_parse(const char *s, size_t len, struct day *out);

#endif
