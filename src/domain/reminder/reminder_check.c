#include <string.h>
#include "base/check.h"
#include "domain/habit/habit_rows.h"
#include "domain/reminder/reminder_rows.h"
#include "reminder.sql.h"

#define MS_PER_DAY 86400000LL

/* An occasion whose turn to be sent has come. */
struct look {
    const struct delivery_key *key;
    struct reminder_person person;
    struct reminder_now now;
};

static void answer(struct look *l, enum reminder_verdict verdict)
{
    l->now.verdict = verdict;
}

/* The habit with its schedules; a missing one cancels. */
static enum ecode load_habit(struct ctx *ctx, struct look *l, const struct uuid *habit_id)
{
    enum ecode rc = habit_get(ctx, &(struct habit_ref){*habit_id}, &l->now.habit);
    if (rc == E_NOT_FOUND) {
        err_clear(&ctx->err);
        answer(l, REMINDER_CANCELED);
        return E_OK;
    }
    if (rc == E_OK && (l->now.habit.archived || l->now.habit.paused))
        answer(l, REMINDER_CANCELED);
    return rc;
}

/* The day has its answer, or the habit was done as often as its frequency wants (CONTRACT "Due"). */
static enum ecode look_at_day(struct ctx *ctx, struct look *l)
{
    struct checkpoint c;
    struct mark_list marks = {.items = NULL};
    struct day day = l->key->local_date;
    enum ecode rc = checkpoint_load(ctx, &l->now.habit.id, &c);
    if (rc == E_OK)
        rc = checkpoint_marks(ctx, &l->now.habit.id, c.state.first_date,
                              day_add(day, -habit_rule_window(&c.rule)), day, &marks);
    if (rc != E_OK)
        return rc;
    const struct mark *mark = mark_find(marks.items, marks.count, day);
    if ((mark && mark_answered(&c.rule, mark)) ||
        (c.rule.days && !habit_due(&c.rule, marks.items, marks.count, c.state.first_date, day)))
        answer(l, REMINDER_ANSWERED);
    return E_OK;
}

/* The schedule still has that time on that day, which the person's clock has reached. */
static enum ecode look_at_schedule(struct ctx *ctx, struct look *l)
{
    const struct person_hours *hours = &l->person.hours;
    const struct habit *h = &l->now.habit;
    const struct schedule *s = NULL;
    struct schedule_rule rule;
    struct day named, day = l->key->local_date;
    for (size_t i = 0; i < h->schedules_count; i++) {
        if (uuid_cmp(&h->schedules[i].id, &l->key->ref_id) == 0)
            s = &h->schedules[i];
    }
    if (!s || !s->enabled || s->reminder_minute != l->key->occasion) {
        answer(l, REMINDER_CANCELED);
        return E_OK;
    }
    enum ecode rc = schedule_reminder_rule(ctx, s, h->starts_on, &rule);
    if (rc != E_OK)
        return rc;
    if (!schedule_rule_next(&rule, day_add(day, -1), day, &named)) {
        answer(l, REMINDER_CANCELED);
        return E_OK;
    }
    struct instant at = zone_reminder_at(hours->zone, day, s->reminder_minute, hours->day_starts_at);
    if (instant_cmp(at, ctx->now) > 0) {
        answer(l, REMINDER_LATER);
        l->now.later = instant_add(at, reminder_jitter(&l->key->user_id, &s->id));
    }
    return E_OK;
}

static enum ecode look_at_reminder(struct ctx *ctx, struct look *l)
{
    struct stmt *q = db_query(ctx->db, &Q_reminder_schedule_habit);
    stmt_bind_uuid(q, 1, &l->key->user_id);
    stmt_bind_uuid(q, 2, &l->key->ref_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND) {
        answer(l, REMINDER_CANCELED);
        return E_OK;
    }
    if (rc != E_OK)
        return rc;
    struct uuid habit_id = stmt_uuid(q, 0);
    stmt_end(q);
    rc = load_habit(ctx, l, &habit_id);
    if (rc == E_OK && l->now.verdict == REMINDER_SEND)
        rc = look_at_schedule(ctx, l);
    if (rc == E_OK && l->now.verdict == REMINDER_SEND)
        rc = look_at_day(ctx, l);
    return rc;
}

static enum ecode look_at_snooze(struct ctx *ctx, struct look *l)
{
    enum ecode rc = load_habit(ctx, l, &l->key->ref_id);
    return rc == E_OK && l->now.verdict == REMINDER_SEND ? look_at_day(ctx, l) : rc;
}

/* The mark that brought it may have been taken back. */
static enum ecode look_at_milestone(struct ctx *ctx, struct look *l)
{
    struct reminder_history h;
    struct habit_stats stats;
    enum ecode rc = load_habit(ctx, l, &l->key->ref_id);
    if (rc != E_OK || l->now.verdict != REMINDER_SEND)
        return rc;
    rc = reminder_history_load(ctx, &l->key->ref_id, &h);
    if (rc != E_OK)
        return rc;
    reminder_history_stats(ctx, &h, h.today, &stats);
    if (stats.current_streak < l->key->occasion)
        answer(l, REMINDER_CANCELED);
    return E_OK;
}

static enum ecode look_at_nudge(struct ctx *ctx, struct look *l)
{
    struct stmt *q = db_query(ctx->db, &Q_reminder_marked_at);
    stmt_bind_uuid(q, 1, &l->key->user_id);
    stmt_bind_day(q, 2, day_of((int32_t)(ctx->now.ms / MS_PER_DAY) - REMINDER_MARKS_DAYS));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    if (!stmt_is_null(q, 0) && instant_diff(ctx->now, stmt_time(q, 0)).ms < REMINDER_SILENT_DAYS * MS_PER_DAY)
        answer(l, REMINDER_ANSWERED);
    stmt_end(q);
    return E_OK;
}

/* Sent late, it can meet quiet hours that began meanwhile. A milestone answers what the person just did. */
static void look_at_clock(struct ctx *ctx, struct look *l, bool is_summary)
{
    struct day day = is_summary ? day_add(l->key->local_date, 6) : l->key->local_date;
    struct instant told;
    if (!moment_outside_quiet(&l->person.hours, day, ctx->now, &told)) {
        answer(l, REMINDER_QUIET);
    } else if (instant_cmp(told, ctx->now) > 0) {
        answer(l, REMINDER_LATER);
        l->now.later = instant_add(told, reminder_jitter(&l->key->user_id, &l->key->ref_id));
    }
}

enum ecode reminder_check(struct ctx *ctx, const struct delivery_key *key, struct reminder_now *out)
{
    static const struct {
        const char *kind;
        enum ecode (*look)(struct ctx *ctx, struct look *l); /* NULL: nothing but the person */
    } kinds[] = {
        {"reminder", look_at_reminder},   {"snooze", look_at_snooze}, {"summary", NULL},
        {"milestone", look_at_milestone}, {"nudge", look_at_nudge},
    };
    struct look l = {.key = key, .now = {.verdict = REMINDER_SEND}};
    size_t k = 0;
    CHECK(uuid_cmp(&key->user_id, &ctx->actor.user_id) == 0);
    while (k < ARRAY_LEN(kinds) && strcmp(kinds[k].kind, key->kind) != 0)
        k++;
    CHECK(k < ARRAY_LEN(kinds));
    enum ecode rc = reminder_person_load(ctx, &l.person);
    if (rc != E_OK)
        return rc;
    if (!l.person.reachable)
        answer(&l, REMINDER_CANCELED);
    else if (kinds[k].look)
        rc = kinds[k].look(ctx, &l);
    if (rc != E_OK)
        return rc;
    if (l.now.verdict == REMINDER_SEND && kinds[k].look != look_at_milestone)
        look_at_clock(ctx, &l, kinds[k].look == NULL);
    *out = l.now;
    return E_OK;
}

enum ecode reminder_look_again(struct ctx *ctx)
{
    struct stmt *q = db_query(ctx->db, &Q_reminder_look_again);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_time(q, 2, ctx->now);
    return stmt_run(q);
}
