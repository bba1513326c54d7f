#include "domain/score/score.h"

#include <math.h>
#include "base/check.h"
#include "domain/score/internal.h"

/* Largest value that enters a sum: HABIT_DAYS_MAX of them cannot overflow. */
#define VALUE_CAP (INT64_MAX / 2048)

/* 0.5^(√(count/days) / 13): the weight of the score of the day before. Without frequency: that of a daily
 * habit. */
static double score_multiplier(const struct habit_rule *r)
{
    double f = r->days > 0 ? (double)r->count / r->days : 1.0;
    return pow(0.5, sqrt(f) / 13.0);
}

double score_start(const struct habit_rule *r)
{
    return r->kind == HABIT_MEASURABLE && r->target_kind == TARGET_AT_MOST ? 1.0 : 0.0;
}

/* What one mark adds to the window's sum. */
static int64_t mark_weight(const struct habit_rule *r, const struct mark *m)
{
    if (r->kind == HABIT_YES_NO)
        return m->status == MARK_DONE && !m->automatic;
    if (m->status == MARK_SKIPPED || !m->has_value || m->value <= 0)
        return 0;
    return m->value < VALUE_CAP ? m->value : VALUE_CAP;
}

void score_walk_init(struct score_walk *w, const struct habit_rule *r, const struct mark *marks, size_t n,
                     struct day last, double score)
{
    CHECK(r->count >= 0 && r->count <= HABIT_COUNT_MAX && r->days >= 0 && r->days <= HABIT_DAYS_MAX);
    CHECK((r->count == 0) == (r->days == 0));
    *w = (struct score_walk){.rule = r, .marks = marks, .n = n, .score = score};
    bool doubled = r->kind == HABIT_YES_NO && r->count < r->days;
    w->window = r->days == 0 ? 1 : doubled ? 2 * r->days : r->days;
    w->multiplier = score_multiplier(r);
    while (w->in < n && marks[w->in].day.n <= last.n)
        w->sum += mark_weight(r, &marks[w->in++]);
    while (w->out < w->in && marks[w->out].day.n <= last.n - w->window)
        w->sum -= mark_weight(r, &marks[w->out++]);
}

static double measurable_value(const struct habit_rule *r, int64_t sum)
{
    double s = (double)sum, target = (double)r->target;
    if (r->target_kind == TARGET_AT_LEAST)
        return r->target <= 0 ? 1.0 : fmin(1.0, s / target);
    if (r->target <= 0)
        return sum == 0 ? 1.0 : 0.0;
    return fmax(0.0, fmin(1.0, 1.0 - (s - target) / target));
}

static double yes_no_value(const struct habit_rule *r, int64_t sum)
{
    int wanted = r->days == 0 ? 1 : r->count < r->days ? 2 * r->count : r->count;
    return fmin(1.0, (double)sum / wanted);
}

void score_walk_step(struct score_walk *w, struct day d)
{
    const struct habit_rule *r = w->rule;
    bool skipped = false;
    if (w->in < w->n && w->marks[w->in].day.n == d.n) {
        skipped = w->marks[w->in].status == MARK_SKIPPED;
        w->sum += mark_weight(r, &w->marks[w->in++]);
    }
    while (w->out < w->in && w->marks[w->out].day.n <= d.n - w->window)
        w->sum -= mark_weight(r, &w->marks[w->out++]);
    if (skipped || (r->days == 0 && !day_set_has(r->due_set, d)))
        return;
    double value = r->kind == HABIT_YES_NO ? yes_no_value(r, w->sum) : measurable_value(r, w->sum);
    w->score = w->score * w->multiplier + value * (1.0 - w->multiplier);
}

void score_series(const struct habit_rule *r, const struct mark *marks, size_t n, struct day from,
                  struct day on, double *out)
{
    CHECK(from.n <= on.n);
    struct day first = n ? marks[0].day : day_add(on, 1);
    for (struct day d = from; d.n <= on.n && d.n < first.n; d.n++)
        out[d.n - from.n] = score_start(r);
    struct score_walk w;
    score_walk_init(&w, r, marks, n, day_add(first, -1), score_start(r));
    for (struct day d = first; d.n <= on.n; d.n++) {
        score_walk_step(&w, d);
        if (d.n >= from.n)
            out[d.n - from.n] = w.score;
    }
}
