#ifndef HABITD_DOMAIN_SCHEDULE_RULE_H
#define HABITD_DOMAIN_SCHEDULE_RULE_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/day.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/zone.h"
#include "domain/score/habit_rule.h"

/*
 * Which days a schedule names, and the moment of its next reminder. Pure functions, thread-safe, each bounded
 * in time whatever the text of a rule says.
 */

#define RRULE_TEXT_MAX 500      /* bytes of an RRULE's text */
#define RRULE_COUNT_MAX 10000   /* largest COUNT */
#define RRULE_INTERVAL_MAX 1000 /* largest INTERVAL */

enum schedule_type { SCHEDULE_DAILY, SCHEDULE_WEEKLY, SCHEDULE_CUSTOM };

struct rrule; /* a validated recurrence rule, in an arena */

struct schedule_rule {
    enum schedule_type type;
    struct day starts_on;      /* names no day before it; the anchor (DTSTART) of a custom rule */
    uint8_t weekdays;          /* weekly: bit 0 = Monday … bit 6 = Sunday */
    const struct rrule *rrule; /* custom */
};

/*
 * Reads the text of an RFC 5545 RECUR (without "RRULE:") anchored at starts_on. FREQ is DAILY, WEEKLY,
 * MONTHLY or YEARLY; INTERVAL, COUNT or UNTIL (its date), WKST, BYMONTH, BYMONTHDAY, BYDAY, BYYEARDAY,
 * BYSETPOS as RFC 5545 allows them. E_INVALID, field "rrule", when it is not one, a part is not accepted or
 * the rule never names a day.
 */
enum ecode rrule_parse(struct arena *a, const char *text, size_t len, struct day starts_on,
                       const struct rrule **out, struct err *err);

/* The first named day after `after` and not later than `limit`; false: none. At most about 800 years are
 * searched. */
bool schedule_rule_next(const struct schedule_rule *s, struct day after, struct day limit, struct day *out);
/* Adds every named day of the set's range to the set. */
void schedule_rule_days(const struct schedule_rule *s, struct day_set *set);

/* Where and when a person is reminded. */
struct reminder_clock {
    const struct zone *zone;
    int day_starts_at; /* minutes after midnight, 0–360 */
    int minute;        /* of the day, 0–1439 */
};

/*
 * The first reminder of the schedule strictly after `t`: its local day (the one its buttons mark) and its
 * moment, DST as in zone_reminder_at. A day the zone skipped whole has none. Looks ahead at most
 * `horizon_days`; false: none.
 */
bool schedule_rule_next_reminder(const struct schedule_rule *s, const struct reminder_clock *c,
                                 struct instant t, int32_t horizon_days, struct day *day, struct instant *at);

#endif
