#include "domain/score/habit_rule.h"

#include "base/check.h"

#define DAY_SET_MAX 1000000

struct day_set day_set_new(struct arena *a, struct day first, struct day last)
{
    int64_t days = (int64_t)last.n - first.n + 1;
    if (days < 0)
        days = 0;
    CHECK(days <= DAY_SET_MAX);
    struct day_set s = {.first = first, .days = (int32_t)days};
    s.bits = arena_array(a, (size_t)days / 64 + 1, sizeof *s.bits);
    return s;
}

static bool day_set_covers(const struct day_set *s, struct day d)
{
    return d.n >= s->first.n && (int64_t)d.n - s->first.n < s->days;
}

void day_set_add(struct day_set *s, struct day d)
{
    CHECK(day_set_covers(s, d));
    uint32_t i = (uint32_t)(d.n - s->first.n);
    s->bits[i / 64] |= UINT64_C(1) << (i % 64);
}

bool day_set_has(const struct day_set *s, struct day d)
{
    CHECK(day_set_covers(s, d));
    uint32_t i = (uint32_t)(d.n - s->first.n);
    return (s->bits[i / 64] >> (i % 64)) & 1;
}

bool habit_rule_daily_like(const struct habit_rule *r)
{
    return r->kind == HABIT_MEASURABLE || r->count >= r->days;
}

bool mark_done(const struct habit_rule *r, const struct mark *m)
{
    if (r->kind == HABIT_YES_NO)
        return m->status == MARK_DONE;
    if (m->status == MARK_SKIPPED || !m->has_value)
        return false;
    return r->target_kind == TARGET_AT_LEAST ? m->value >= r->target : m->value <= r->target;
}

bool mark_counts(const struct habit_rule *r, const struct mark *m)
{
    return m->status == MARK_SKIPPED || mark_done(r, m);
}

bool mark_answered(const struct habit_rule *r, const struct mark *m)
{
    return m->status != MARK_NONE || (r->kind == HABIT_MEASURABLE && m->has_value);
}

/* The first mark with day ≥ d, n when there is none. */
static size_t lower_bound(const struct mark *marks, size_t n, struct day d)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (marks[mid].day.n < d.n)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct mark *mark_find(const struct mark *marks, size_t n, struct day d)
{
    size_t i = lower_bound(marks, n, d);
    return i < n && marks[i].day.n == d.n ? &marks[i] : NULL;
}

int32_t habit_rule_window(const struct habit_rule *r)
{
    /* Twice the frequency's days for the doubled window of the score; 31 for a month that stands as 30. */
    int32_t days = r->days > 0 ? 2 * r->days : 2;
    return r->days == 30 ? 62 : days;
}

bool habit_due(const struct habit_rule *r, const struct mark *marks, size_t n, struct day first, struct day d)
{
    if (!day_is_none(r->starts_on) && d.n < r->starts_on.n && (day_is_none(first) || d.n < first.n))
        return false;
    if (r->days == 0)
        return day_set_has(r->due_set, d);
    if (r->count >= r->days)
        return true;
    int done = 0;
    for (size_t i = lower_bound(marks, n, day_add(d, 1 - r->days)); i < n && marks[i].day.n < d.n; i++)
        done += mark_done(r, &marks[i]);
    return done < r->count;
}
