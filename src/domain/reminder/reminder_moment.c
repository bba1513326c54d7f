#include "domain/reminder/reminder_moment.h"

#include "base/check.h"
#include "domain/schedule/rule.h"

#define MS_PER_MINUTE 60000
#define MS_PER_DAY 86400000
#define EVENING (20 * 60)
#define SUMMARY_AT (19 * 60)
#define NUDGE_AT (12 * 60)
#define LOOK_AHEAD_DAYS 370

static bool is_quiet(const struct quiet_hours *q, int minute)
{
    if (q->from == MINUTE_NONE)
        return false;
    return q->from < q->to ? minute >= q->from && minute < q->to : minute >= q->from || minute < q->to;
}

/* When the wall next shows the end of the quiet hours. */
static struct instant quiet_end(const struct person_hours *p, struct instant t)
{
    struct walltime wall = zone_to_local(p->zone, t);
    struct day day = day_add(wall.day, wall.ms / MS_PER_MINUTE >= p->quiet.to);
    struct instant end = zone_from_local(p->zone, day, p->quiet.to);
    if (instant_cmp(end, t) > 0)
        return end;
    /* The second pass through an overlap: the wall showed it before and will show it again. */
    return instant_add(t, duration_ms(p->quiet.to * MS_PER_MINUTE - wall.ms));
}

bool moment_outside_quiet(const struct person_hours *p, struct day day, struct instant t, struct instant *at)
{
    /* More than once where the zone skipped the day that the hours would have ended on. */
    while (is_quiet(&p->quiet, zone_to_local(p->zone, t).ms / MS_PER_MINUTE)) {
        struct instant end = quiet_end(p, t);
        CHECK(instant_cmp(end, t) > 0);
        t = end;
        if (day_cmp(zone_local_day(p->zone, t, p->day_starts_at), day) > 0)
            return false;
    }
    *at = t;
    return true;
}

struct duration reminder_jitter(const struct uuid *user, const struct uuid *schedule)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < sizeof user->b; i++)
        h = (h ^ user->b[i]) * 1099511628211u;
    for (size_t i = 0; i < sizeof schedule->b; i++)
        h = (h ^ schedule->b[i]) * 1099511628211u;
    return duration_ms((int64_t)((h >> 16) % (REMINDER_JITTER_MS + 1)));
}

struct instant snooze_moment(const struct person_hours *p, struct instant now, enum snooze_choice choice)
{
    static const int minutes[] = {
        [SNOOZE_15_MIN] = 15, [SNOOZE_30_MIN] = 30, [SNOOZE_60_MIN] = 60, [SNOOZE_EVENING] = 60};
    CHECK(choice < SNOOZE_CHOICES);
    struct instant later = instant_add(now, duration_ms((int64_t)minutes[choice] * MS_PER_MINUTE));
    if (choice != SNOOZE_EVENING)
        return later;
    struct day today = zone_local_day(p->zone, now, p->day_starts_at);
    struct instant evening = zone_from_local(p->zone, today, EVENING);
    return instant_cmp(evening, now) > 0 ? evening : later;
}

bool summary_moment(const struct person_hours *p, struct instant t, struct day *first, struct instant *at)
{
    int last = p->week_starts_on == 1 ? 7 : p->week_starts_on - 1;
    struct schedule_rule weekly = {
        .type = SCHEDULE_WEEKLY, .starts_on = day_of(0), .weekdays = (uint8_t)(1u << (last - 1))};
    struct reminder_clock clock = {p->zone, p->day_starts_at, SUMMARY_AT};
    struct day day;
    if (!schedule_rule_next_reminder(&weekly, &clock, t, LOOK_AHEAD_DAYS, &day, at))
        return false;
    *first = day_add(day, -6);
    return true;
}

struct instant nudge_moment(const struct person_hours *p, struct instant t)
{
    struct schedule_rule daily = {.type = SCHEDULE_DAILY, .starts_on = day_of(0)};
    struct reminder_clock clock = {p->zone, p->day_starts_at, NUDGE_AT};
    struct day day;
    struct instant at = instant_add(t, duration_ms(MS_PER_DAY));
    schedule_rule_next_reminder(&daily, &clock, t, LOOK_AHEAD_DAYS, &day, &at);
    return at;
}

int milestone_reached(int before, int length)
{
    static const int milestones[] = {365, 100, 60, 30, 14, 7};
    for (size_t i = 0; i < ARRAY_LEN(milestones); i++) {
        if (milestones[i] > before && milestones[i] <= length)
            return milestones[i];
    }
    return 0;
}
