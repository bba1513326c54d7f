#ifndef HABITD_DOMAIN_REMINDER_MOMENT_H
#define HABITD_DOMAIN_REMINDER_MOMENT_H

#include <stdbool.h>
#include "base/day.h"
#include "base/instant.h"
#include "base/uuid.h"
#include "base/zone.h"
#include "domain/user/user.h"

/*
 * When people are spoken to: quiet hours, the spreading of a rush hour, snoozes, weekly summaries, nudges,
 * milestones. Pure functions, thread-safe.
 */

#define REMINDER_JITTER_MS 50000 /* reminder times are whole minutes: it never leaves the minute */

/* What the clock says about one person. */
struct person_hours {
    const struct zone *zone;
    int day_starts_at;  /* minutes after midnight, 0–360 */
    int week_starts_on; /* ISO weekday */
    struct quiet_hours quiet;
};

/*
 * CONTRACT "Reminder key": what the person is told about `day` from `t` on. *at: t, or the end of the quiet
 * hours that t lies in. False: the day is over by then (its boundary counts), so they are not told.
 */
bool moment_outside_quiet(const struct person_hours *p, struct day day, struct instant t, struct instant *at);

/* 0 to REMINDER_JITTER_MS, the same every day for the same schedule of the same person. */
struct duration reminder_jitter(const struct uuid *user, const struct uuid *schedule);

enum snooze_choice { SNOOZE_15_MIN, SNOOZE_30_MIN, SNOOZE_60_MIN, SNOOZE_EVENING, SNOOZE_CHOICES };
/* When a snooze pressed at `now` rings: evening is 20:00 of the local day, an hour from now when that is
 * over. */
struct instant snooze_moment(const struct person_hours *p, struct instant now, enum snooze_choice choice);

/*
 * The first weekly summary strictly after t: 19:00 on the last day of the person's week. `first` is the day
 * that week begins on. False: none within a year (a zone that skips the date has none that week).
 */
bool summary_moment(const struct person_hours *p, struct instant t, struct day *first, struct instant *at);

/* The first local noon strictly after t: when it is looked whether the person fell silent. */
struct instant nudge_moment(const struct person_hours *p, struct instant t);

/* The longest of 7, 14, 30, 60, 100, 365 days that is above `before` and not above `length`; 0: none. */
int milestone_reached(int before, int length);

#endif
