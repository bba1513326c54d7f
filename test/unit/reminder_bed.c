#include "reminder_bed.h"

#include <string.h>
#include "domain/lease/lease.h"
#include "domain/user/user.h"
#include "test.h"

static int64_t fence;

void reminder_bed_lease(struct domain_bed *b)
{
    struct uuid holder = ctx_new_id(&b->ctx);
    domain_bed_ok(b, lease_take(&b->ctx, LEASE_BOT, &holder, duration_seconds(15), &fence));
}

struct uuid reminder_bed_person(struct domain_bed *b, int64_t telegram_id, const char *zone)
{
    domain_bed_person(b, telegram_id, zone);
    return domain_bed_habit(b, "Читать", 1, 1);
}

struct uuid reminder_bed_schedule(struct domain_bed *b, const struct uuid *habit, const char *time)
{
    struct schedule s;
    assert_int_equal(strlen(time), 5);
    int minute = HM((time[0] - '0') * 10 + time[1] - '0', (time[3] - '0') * 10 + time[4] - '0');
    struct schedule_change change = {.habit_id = *habit,
                                     .has_reminder = true,
                                     .has_starts_on = true,
                                     .value = {.reminder_minute = minute, .starts_on = day_of(11000)}};
    domain_bed_ok(b, schedule_create(&b->ctx, &change, &s));
    return s.id;
}

void reminder_bed_set(struct domain_bed *b, const struct user_change *change)
{
    struct user_view view;
    domain_bed_ok(b, user_update(&b->ctx, change, &view));
}

struct reminder_tick reminder_bed_tick(struct domain_bed *b, const char *now)
{
    struct reminder_claim claim = {fence, duration_seconds(15), 500};
    struct reminder_tick sum = {0}, t = {.more = true};
    domain_bed_clock(b, now);
    for (int i = 0; t.more; i++) {
        assert_true(i < 100);
        domain_bed_ok(b, reminder_tick(&b->ctx, &claim, &t));
        sum.claimed += t.claimed;
        sum.missed += t.missed;
        sum.quiet += t.quiet;
        sum.skipped += t.skipped;
        sum.has_next = t.has_next;
        sum.next = t.next;
    }
    return sum;
}

struct delivery_key reminder_bed_key(const struct domain_bed *b, const char *kind, const struct uuid *ref,
                                     const char *day, int occasion)
{
    return (struct delivery_key){b->ctx.actor.user_id, kind, *ref, reminder_bed_day(day), occasion};
}

struct instant reminder_bed_told(struct domain_bed *b, const struct delivery_key *key,
                                 enum delivery_status status)
{
    struct delivery d;
    domain_bed_ok(b, delivery_get(&b->ctx, key, &d));
    if (d.status != status)
        fail_msg("%s instead of %s", delivery_status_names[d.status], delivery_status_names[status]);
    return d.due_at;
}

enum reminder_verdict reminder_bed_check(struct domain_bed *b, const struct delivery_key *key,
                                         const char *now)
{
    struct reminder_now r;
    domain_bed_clock(b, now);
    domain_bed_ok(b, reminder_check(&b->ctx, key, &r));
    return r.verdict;
}

struct instant reminder_bed_instant(const char *text)
{
    struct instant t;
    if (!instant_parse(text, strlen(text), &t))
        fail_msg("%s is no moment", text);
    return t;
}

struct day reminder_bed_day(const char *text)
{
    struct day d;
    if (!day_parse(text, strlen(text), &d))
        fail_msg("%s is no day", text);
    return d;
}
