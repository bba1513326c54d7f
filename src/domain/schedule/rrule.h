#ifndef HABITD_DOMAIN_SCHEDULE_RRULE_H
#define HABITD_DOMAIN_SCHEDULE_RRULE_H

#include "domain/schedule/rule.h"

/* The inside of a recurrence rule; only this folder includes it. Others use rule.h. */

#define RRULE_HORIZON                                                                                        \
    146097 /* 400 years, after which the Gregorian calendar repeats; a rule ends there at the latest */
#define RRULE_ANCHOR_FIRST (-25567) /* 1900-01-01 */
#define RRULE_ANCHOR_LAST 376199    /* 2999-12-31 */
#define RRULE_PERIOD_MAX 371        /* days of the longest period: a year of 53 weeks */

enum rrule_freq { RRULE_NONE, RRULE_DAILY, RRULE_WEEKLY, RRULE_MONTHLY, RRULE_YEARLY };

/* Numbers from 1 on and, as −1 for the last, from the end. */
struct rrule_set {
    bool any;
    uint64_t from_start[6];
    uint64_t from_end[6];
};

struct rrule {
    enum rrule_freq freq;
    int interval;
    int week_start; /* ISO weekday */
    struct day anchor;
    struct day last; /* names no day after it: UNTIL, the COUNT-th day, or the horizon */
    struct rrule_set months, month_days, year_days, weeks, positions;
    bool has_weekdays;
    uint8_t weekdays;        /* every such day: bit 0 = Monday */
    struct rrule_set nth[7]; /* the n-th such weekday of the month or year */
};

void rrule_set_add(struct rrule_set *s, int n);

/* The first named day in [from, to]. At most RRULE_HORIZON days are looked at. */
bool rrule_first(const struct rrule *r, struct day from, struct day to, struct day *out);
/* Adds the named days of the set's range. */
void rrule_fill(const struct rrule *r, struct day_set *set);
/* The count-th named day; false: there are fewer. */
bool rrule_nth(const struct rrule *r, int count, struct day *out);

#endif
