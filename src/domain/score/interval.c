#include "domain/score/internal.h"

#include "base/check.h"

/* CONTRACT "Streak": m of 30 or 31 means a calendar month from b. */
static int32_t interval_length(const struct habit_rule *r, struct day b)
{
    if (r->days != 30 && r->days != 31)
        return r->days;
    /* On a month's last day the next day is in the following month; on any other it is in b's own. */
    return day_month_length(day_add(b, 1));
}

struct interval interval_of(const struct habit_rule *r, struct day b, struct day c)
{
    return (struct interval){.b = b, .c = c, .e = day_add(b, interval_length(r, b) - 1)};
}

int32_t interval_push(const struct interval *older, const struct interval *newer)
{
    int32_t room = interval_room(older);
    int32_t wanted = older->e.n - (newer->b.n - newer->shift) + 1;
    return wanted < 0 ? 0 : wanted > room ? room : wanted;
}

size_t intervals_build(struct arena *a, const struct habit_rule *r, const struct mark *marks, size_t n,
                       struct day after, struct interval **out)
{
    CHECK(!habit_rule_daily_like(r) && r->count > 0);
    size_t count = (size_t)r->count, dones = 0, found = 0;
    struct day *ring = arena_array(a, count, sizeof *ring); /* the last `count` done days */
    struct interval *list = arena_array(a, n, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        if (!mark_done(r, &marks[i]) || marks[i].automatic)
            continue;
        ring[dones++ % count] = marks[i].day;
        if (dones < count || (!day_is_none(after) && marks[i].day.n <= after.n))
            continue;
        struct interval in = interval_of(r, ring[dones % count], marks[i].day);
        if (in.c.n <= in.e.n)
            list[found++] = in;
    }
    *out = list;
    return found;
}

void intervals_snap(struct interval *list, size_t n)
{
    for (size_t i = n; i-- > 1;)
        list[i - 1].shift = interval_push(&list[i - 1], &list[i]);
}
