#include "domain/schedule/rule.h"

#include "base/check.h"
#include "domain/schedule/rrule.h"

static bool weekday_in(uint8_t mask, struct day d)
{
    return mask >> (day_weekday(d) - 1) & 1;
}

/* The first named day in [from, to]. */
static bool first_between(const struct schedule_rule *s, struct day from, struct day to, struct day *out)
{
    if (from.n < s->starts_on.n)
        from = s->starts_on;
    if (from.n > to.n)
        return false;
    if (s->type == SCHEDULE_CUSTOM)
        return rrule_first(s->rrule, from, to, out);
    uint8_t mask = s->type == SCHEDULE_DAILY ? 0x7f : s->weekdays & 0x7f;
    for (int i = 0; i < 7 && from.n <= to.n; i++, from.n++)
        if (weekday_in(mask, from)) {
            *out = from;
            return true;
        }
    return false;
}

bool schedule_rule_next(const struct schedule_rule *s, struct day after, struct day limit, struct day *out)
{
    return first_between(s, day_add(after, 1), limit, out);
}

void schedule_rule_days(const struct schedule_rule *s, struct day_set *set)
{
    if (s->type == SCHEDULE_CUSTOM) {
        rrule_fill(s->rrule, set);
        return;
    }
    uint8_t mask = s->type == SCHEDULE_DAILY ? 0x7f : s->weekdays;
    int32_t i = s->starts_on.n > set->first.n ? s->starts_on.n - set->first.n : 0;
    for (; i < set->days; i++)
        if (weekday_in(mask, day_add(set->first, i)))
            day_set_add(set, day_add(set->first, i));
}

/* The zone never had that date: its clocks jumped over it. */
static bool zone_skips(const struct zone *z, struct day d)
{
    return zone_to_local(z, zone_from_local(z, d, 0)).day.n != d.n;
}

bool schedule_rule_next_reminder(const struct schedule_rule *s, const struct reminder_clock *c,
                                 struct instant t, int32_t horizon_days, struct day *day, struct instant *at)
{
    CHECK(c->minute >= 0 && c->minute < 24 * 60 && horizon_days >= 0);
    /* Two days back: a reminder of the night belongs to the day before, and a gap can delay it. */
    struct day d = day_add(zone_local_day(c->zone, t, c->day_starts_at), -2),
               limit = day_add(d, horizon_days + 2);
    for (bool more = first_between(s, d, limit, &d); more; more = schedule_rule_next(s, d, limit, &d)) {
        struct instant fires = zone_reminder_at(c->zone, d, c->minute, c->day_starts_at);
        if (instant_cmp(fires, t) <= 0 || zone_skips(c->zone, d))
            continue;
        *day = d;
        *at = fires;
        return true;
    }
    return false;
}
