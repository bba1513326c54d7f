#ifndef HABITD_DOMAIN_SCORE_INTERNAL_H
#define HABITD_DOMAIN_SCORE_INTERNAL_H

#include "domain/score/habit_rule.h"

/* Shared by the full and the incremental evaluation; nobody outside this folder includes it. */

/* Feeds the score day by day; both evaluations step it, so their floating-point operations are the same ones.
 */
struct score_walk {
    const struct habit_rule *rule;
    const struct mark *marks;
    size_t n;
    size_t in;      /* next mark to enter the window */
    size_t out;     /* next mark to leave it */
    int32_t window; /* days */
    int64_t sum;    /* dones, or values, inside the window */
    double multiplier;
    double score;
};

/* Stands behind day `last` with `score`; the marks of the window before must be among `marks`. */
void score_walk_init(struct score_walk *w, const struct habit_rule *r, const struct mark *marks, size_t n,
                     struct day last, double score);
/* Goes on to day d, the one after the day it stood behind. */
void score_walk_step(struct score_walk *w, struct day d);

/*
 * One interval that n dones within m days imply (n < m): [b, b + m − 1], centre c; `shift` days it was moved
 * back. e − c is the most it can move.
 */
struct interval {
    struct day b, c, e;
    int32_t shift;
};

/* The interval of a group from b to c. */
struct interval interval_of(const struct habit_rule *r, struct day b, struct day c);
static inline int32_t interval_room(const struct interval *i)
{
    return i->e.n - i->c.n;
}
/* How far `older` moves back for `newer`, which has moved already. */
int32_t interval_push(const struct interval *older, const struct interval *newer);
/*
 * The intervals, oldest first, whose centre lies after `after` (day_none(): all), unmoved; in the arena.
 * Groups reach back before `after`.
 */
size_t intervals_build(struct arena *a, const struct habit_rule *r, const struct mark *marks, size_t n,
                       struct day after, struct interval **out);
/* Moves all, beginning with the second newest. */
void intervals_snap(struct interval *list, size_t n);

#endif
