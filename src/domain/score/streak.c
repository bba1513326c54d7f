#include "domain/score/score.h"

#include "base/check.h"
#include "domain/score/internal.h"

#define COMPLETION_DAYS 30

/* What is known of each day of a history: first … on. */
struct history {
    struct day first, on;
    uint8_t *flags;
};

enum { DAY_COUNTS = 1, DAY_DONE = 2 };

static uint8_t history_flags(const struct history *h, struct day d)
{
    return d.n < h->first.n || d.n > h->on.n ? 0 : h->flags[d.n - h->first.n];
}

/*
 * Marks the days inside the intervals, newest first: each ends before the newer one does, so what lies at or
 * above the lowest day marked so far is marked already and every day is touched once.
 */
static void history_cover(struct history *h, const struct interval *list, size_t n)
{
    int32_t low = h->on.n + 1;
    for (size_t i = n; i-- > 0;) {
        int32_t from = list[i].b.n - list[i].shift, to = list[i].e.n - list[i].shift;
        for (int32_t d = from; d <= to && d < low; d++)
            h->flags[d - h->first.n] |= DAY_COUNTS;
        if (from < low)
            low = from;
    }
}

static void history_build(struct arena *a, const struct habit_rule *r, const struct mark *marks, size_t n,
                          struct day on, struct history *h)
{
    struct interval *list = NULL;
    size_t intervals = 0;
    struct day first = marks[0].day;
    if (!habit_rule_daily_like(r)) {
        intervals = intervals_build(a, r, marks, n, day_none(), &list);
        intervals_snap(list, intervals);
    }
    for (size_t i = 0; i < intervals; i++) /* an interval can be moved to before the first mark */
        if (list[i].b.n - list[i].shift < first.n)
            first = day_add(list[i].b, -list[i].shift);
    *h = (struct history){.first = first, .on = on};
    h->flags = arena_alloc(a, (size_t)(on.n - first.n) + 1);
    history_cover(h, list, intervals);
    for (size_t i = 0; i < n; i++) {
        uint8_t *f = &h->flags[marks[i].day.n - first.n];
        *f |= (mark_counts(r, &marks[i]) ? DAY_COUNTS : 0) | (mark_done(r, &marks[i]) ? DAY_DONE : 0);
    }
}

/* The runs, oldest first; *open: the last one reaches `on`, or the day before while that day is unanswered.
 */
static size_t runs_collect(const struct habit_rule *r, const struct history *h, bool answered,
                           struct streak *out, bool *open)
{
    size_t count = 0;
    struct streak run = {.length = 0};
    bool done = false;
    for (struct day d = h->first; d.n <= h->on.n; d.n++) {
        if (r->days == 0 && !day_set_has(r->due_set, d))
            continue;
        uint8_t f = history_flags(h, d);
        if (f & DAY_COUNTS) {
            if (run.length++ == 0)
                run.from = d;
            run.to = d;
            done |= (f & DAY_DONE) != 0;
        } else if (d.n < h->on.n || answered) {
            if (done)
                out[count++] = run;
            run.length = 0;
            done = false;
        }
    }
    *open = done;
    if (done)
        out[count++] = run;
    return count;
}

static void streaks_reverse(struct streak *s, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct streak t = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = t;
    }
}

static void completion(const struct habit_rule *r, const struct history *h, const struct mark *marks,
                       size_t n, struct day on, struct habit_stats *out)
{
    int due = 0, counting = 0;
    for (struct day d = day_add(on, 1 - COMPLETION_DAYS); d.n <= on.n; d.n++) {
        const struct mark *m = mark_find(marks, n, d);
        if ((m && m->status == MARK_SKIPPED) || !habit_due(r, marks, n, n ? marks[0].day : day_none(), d))
            continue;
        due++;
        counting += n && (history_flags(h, d) & DAY_COUNTS) != 0;
    }
    out->has_completion = due > 0;
    out->completion_30d = due > 0 ? (double)counting / due : 0.0;
}

void habit_stats(struct arena *a, const struct habit_rule *r, const struct mark *marks, size_t n,
                 struct day on, struct habit_stats *out)
{
    while (n > 0 && marks[n - 1].day.n > on.n)
        n--;
    struct habit_stats s = {.score = score_start(r)};
    struct history h = {.first = day_add(on, 1), .on = on};
    if (n > 0) {
        history_build(a, r, marks, n, on, &h);
        const struct mark *today = mark_find(marks, n, on);
        bool open;
        s.streaks = arena_array(a, n, sizeof *s.streaks); /* every run holds a done day */
        s.streak_count = runs_collect(r, &h, today && mark_answered(r, today), s.streaks, &open);
        s.current_streak = open ? s.streaks[s.streak_count - 1].length : 0;
        streaks_reverse(s.streaks, s.streak_count);
        score_series(r, marks, n, on, on, &s.score);
    }
    for (size_t i = 0; i < s.streak_count; i++)
        if (s.streaks[i].length > s.best_streak)
            s.best_streak = s.streaks[i].length;
    for (size_t i = 0; i < n; i++)
        s.total_done += mark_done(r, &marks[i]);
    completion(r, &h, marks, n, on, &s);
    *out = s;
}
