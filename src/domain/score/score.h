#ifndef HABITD_DOMAIN_SCORE_SCORE_H
#define HABITD_DOMAIN_SCORE_SCORE_H

#include "domain/score/habit_rule.h"

/*
 * Full evaluation: score, streaks and completion of a habit from its whole history. CONTRACT "Score" and
 * "Streak"; the formulas are Loop Habit Tracker's. The incremental way to the same numbers is state.h.
 */

struct streak {
    struct day from;
    struct day to;  /* first and last counting day */
    int32_t length; /* counting days; to − from + 1 except when schedules name the days */
};

struct habit_stats {
    double score; /* 0–1 as of `on` */
    int32_t current_streak;
    int32_t best_streak;
    struct streak *streaks; /* newest first, in the arena */
    size_t streak_count;
    int32_t total_done;
    bool has_completion; /* false: no day of the last 30 was due (null) */
    double completion_30d;
};

/* 0, or 1 for measurable at_most. */
double score_start(const struct habit_rule *r);

/*
 * The score of every day from `from` to `on` (inclusive, on − from + 1 numbers into `out`); days before the
 * first mark have the start value. `marks` is the whole history; marks after `on` are ignored.
 */
void score_series(const struct habit_rule *r, const struct mark *marks, size_t n, struct day from,
                  struct day on, double *out);

/*
 * Everything as of day `on`, marks after it ignored. With schedules instead of a frequency, due_set must hold
 * every day from the first mark (and from on − 29) to `on`. O(days of history + marks).
 */
void habit_stats(struct arena *a, const struct habit_rule *r, const struct mark *marks, size_t n,
                 struct day on, struct habit_stats *out);

#endif
