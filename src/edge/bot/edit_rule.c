/* How often a habit is due and when it reminds, changed on its rows. */
#include "domain/user/user.h"
#include "edge/bot/edit.h"

enum ecode edit_schedule(struct turn *t, const struct schedule *s, struct schedule_change c)
{
    struct schedule changed;
    c.habit_id = s->habit_id;
    c.id = s->id;
    return turn_op(t, &OP_schedule_update, &c, &changed);
}

static enum ecode delete_schedule(struct turn *t, const struct schedule *s)
{
    struct schedule_change c = {.habit_id = s->habit_id, .id = s->id};
    return turn_op(t, &OP_schedule_delete, &c, NULL);
}

/* On the same days as `like`; NULL: every day. */
static enum ecode create_schedule(struct turn *t, const struct habit *h, const struct schedule *like,
                                  int minute)
{
    struct schedule made;
    struct schedule_change c = {
        .habit_id = h->id,
        .has_type = true,
        .has_reminder = true,
        .value = {.type = SCHEDULE_DAILY, .reminder_minute = minute},
    };
    if (like) {
        c.value.type = like->type;
        c.value.weekdays = like->weekdays;
        c.value.rrule = like->rrule;
        c.value.starts_on = like->starts_on;
        c.has_weekdays = like->type == SCHEDULE_WEEKLY;
        c.has_rrule = like->type == SCHEDULE_CUSTOM;
        c.has_starts_on = true;
    }
    return turn_op(t, &OP_schedule_create, &c, &made);
}

static bool same_rule(const struct schedule *a, const struct schedule *b)
{
    return a->type == b->type && a->weekdays == b->weekdays && !a->rrule && !b->rrule;
}

/* --- how often -------------------------------------------------------------------------------------------
 */

/* Whether an earlier one that stays reminds at the same time. */
static bool repeats(const struct habit *h, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (h->schedules[k].enabled && h->schedules[k].reminder_minute == h->schedules[i].reminder_minute)
            return true;
    }
    return false;
}

enum ecode edit_often(struct turn *t, const struct habit *h, const struct often *o)
{
    struct habit want = {.name = NULL}, changed;
    often_apply(t->ctx->arena, o, NULL, 0, &want);
    struct habit_change c = {.id = h->id,
                             .has_frequency = true,
                             .frequency_count = want.frequency_count,
                             .frequency_days = want.frequency_days};
    bool by_days = o->kind == OFTEN_DAYS, timed = false, some = false;
    enum ecode rc = turn_op(t, &OP_habit_update, &c, &changed);
    for (size_t i = 0; i < h->schedules_count; i++)
        timed |= h->schedules[i].enabled && h->schedules[i].reminder_minute != MINUTE_NONE;
    for (size_t i = 0; i < h->schedules_count && rc == E_OK; i++) {
        const struct schedule *s = &h->schedules[i];
        bool silent = s->reminder_minute == MINUTE_NONE;
        if (!s->enabled) /* switched off: it stays as it is */
            continue;
        if (repeats(h, i) || (silent && (timed || !by_days))) {
            rc = delete_schedule(t, s);
            continue;
        }
        some = true;
        rc = edit_schedule(t, s,
                           (struct schedule_change){
                               .has_type = true,
                               .has_weekdays = by_days,
                               .value = {.type = by_days ? SCHEDULE_WEEKLY : SCHEDULE_DAILY,
                                         .weekdays = by_days ? (uint8_t)o->days : 0},
                           });
    }
    if (rc == E_OK && by_days && !some)
        rc = create_schedule(
            t, h,
            &(struct schedule){.type = SCHEDULE_WEEKLY, .weekdays = (uint8_t)o->days, .starts_on = t->today},
            MINUTE_NONE);
    return rc;
}

/* --- reminders --------------------------------------------------------------------------------------------
 */

static bool reminds_at(const struct habit *h, int minute)
{
    for (size_t i = 0; i < h->schedules_count; i++) {
        if (h->schedules[i].enabled && h->schedules[i].reminder_minute == minute)
            return true;
    }
    return false;
}

enum ecode edit_add_times(struct turn *t, const struct habit *h, const int *times, size_t n)
{
    const struct schedule *like = NULL, *silent = NULL;
    enum ecode rc = E_OK;
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct schedule *s = &h->schedules[i];
        if (!s->enabled)
            continue;
        like = like ? like : s;
        silent = s->reminder_minute == MINUTE_NONE && !silent ? s : silent;
    }
    for (size_t i = 0; i < n && rc == E_OK; i++) {
        if (reminds_at(h, times[i]))
            continue;
        if (silent)
            rc = edit_schedule(
                t, silent,
                (struct schedule_change){.has_reminder = true, .value = {.reminder_minute = times[i]}});
        else
            rc = create_schedule(t, h, like, times[i]);
        silent = NULL;
    }
    return rc;
}

enum ecode edit_remove_time(struct turn *t, const struct habit *h, const struct schedule *s)
{
    bool needed = s->enabled && h->frequency_days == 0; /* for the days it names */
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct schedule *other = &h->schedules[i];
        if (other != s && other->enabled && same_rule(other, s))
            needed = false;
    }
    if (!needed)
        return delete_schedule(t, s);
    return edit_schedule(
        t, s, (struct schedule_change){.has_reminder = true, .value = {.reminder_minute = MINUTE_NONE}});
}
