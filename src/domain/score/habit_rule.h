#ifndef HABITD_DOMAIN_SCORE_HABIT_RULE_H
#define HABITD_DOMAIN_SCORE_HABIT_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/day.h"

/*
 * What the mathematics of habits works on: the rule of one habit, the marks of its days, and the days its
 * schedules name. Nothing here knows a database. Everything is a pure function: thread-safe, no errors, CHECK
 * for broken promises.
 */

#define HABIT_DAYS_MAX 1000 /* longest frequency window, days */
#define HABIT_COUNT_MAX 1000

enum habit_kind { HABIT_YES_NO, HABIT_MEASURABLE };
enum target_kind { TARGET_AT_LEAST, TARGET_AT_MOST };
enum mark_status { MARK_NONE, MARK_DONE, MARK_DECLINED, MARK_SKIPPED };

/* A set of days within a range: one bit for each day from `first` on; days outside the range are not known.
 */
struct day_set {
    struct day first;
    int32_t days; /* length of the range */
    uint64_t *bits;
};

struct habit_rule {
    enum habit_kind kind;
    enum target_kind target_kind;
    int64_t target; /* thousandths of the unit; measurable only */
    int count; /* frequency: `count` times per `days` days; 0 per 0 = none, the habit is due by its schedules
                */
    int days;
    struct day starts_on; /* not due before the older of it and the first mark; day_none(): no bound */
    const struct day_set
        *due_set; /* without frequency: the days its schedules name, over every day asked about */
};

/* One day's mark. Arrays of marks are sorted by day, ascending, one for each day. */
struct mark {
    struct day day;
    enum mark_status status; /* MARK_NONE: only a note */
    bool automatic; /* imported as implied by the frequency: counts for the streak, not for the score */
    bool has_value;
    int64_t value; /* thousandths; read only for measurable habits, never of a skipped day */
};

/* An empty set over [first, last] in the arena; last < first gives a set over no day. At most 1,000,000 days.
 */
struct day_set day_set_new(struct arena *a, struct day first, struct day last);
/* d must lie in the range. */
void day_set_add(struct day_set *s, struct day d);
/* d must lie in the range. */
bool day_set_has(const struct day_set *s, struct day d);

/* Frequency n = m, n > m or none: no day is implied by others. False: n < m and yes/no, Loop's intervals
 * apply. */
bool habit_rule_daily_like(const struct habit_rule *r);
/* The day's own mark makes it done: yes/no by its status, measurable by its value against the target. */
bool mark_done(const struct habit_rule *r, const struct mark *m);
/* The day's own mark makes it count for a streak: done or skipped. */
bool mark_counts(const struct habit_rule *r, const struct mark *m);
/* There is an answer: a status, or a value of a measurable habit. A note alone is none. */
bool mark_answered(const struct habit_rule *r, const struct mark *m);
/* The mark of that day or NULL. */
const struct mark *mark_find(const struct mark *marks, size_t n, struct day d);

/*
 * Days of logs before `day` that due, score and streak of that day can need at once: load marks from day −
 * this + 1 on. (Streaks may ask for more: score_state_read.)
 */
int32_t habit_rule_window(const struct habit_rule *r);

/*
 * CONTRACT "Due". With n < m: fewer than n done days among the m − 1 before `d`, so that the day's own answer
 * does not make it vanish; the day after n dones it is not due, and a weekly habit done on Monday is due
 * again on Monday. Pausing and archiving are the caller's. `marks` must hold at least (d − days, d]; `first`
 * is the first mark's day, or day_none().
 */
bool habit_due(const struct habit_rule *r, const struct mark *marks, size_t n, struct day first,
               struct day d);

#endif
