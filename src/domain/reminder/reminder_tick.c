#include <string.h>
#include "base/check.h"
#include "domain/habit/habit_rows.h"
#include "domain/lease/lease.h"
#include "domain/reminder/reminder_rows.h"
#include "reminder.sql.h"

#define MS_PER_DAY 86400000LL
/* New time zone data can move a moment that was worked out before; schedules ring at most once a day. */
#define LOOK_BACK_MS (3 * 3600 * 1000LL)
#define MISSED_DAYS_MAX 90 /* deliveries are not kept longer */

struct upcoming {
    bool has_schedule, has_summary, has_nudge, has_any;
    struct instant schedule, summary, nudge, first;
};

static void note_first(struct upcoming *u, bool has, struct instant t)
{
    if (has && (!u->has_any || instant_cmp(t, u->first) < 0))
        u->first = t;
    u->has_any |= has;
}

static enum ecode look_ahead(struct ctx *ctx, struct upcoming *out)
{
    struct stmt *q = db_query(ctx->db, &Q_reminder_next);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    struct upcoming u = {.has_schedule = !stmt_is_null(q, 0),
                         .has_summary = !stmt_is_null(q, 1),
                         .has_nudge = !stmt_is_null(q, 2),
                         .schedule = stmt_time(q, 0),
                         .summary = stmt_time(q, 1),
                         .nudge = stmt_time(q, 2)};
    stmt_end(q);
    note_first(&u, u.has_schedule, u.schedule);
    note_first(&u, u.has_summary, u.summary);
    note_first(&u, u.has_nudge, u.nudge);
    *out = u;
    return E_OK;
}

enum ecode reminder_first_due(struct ctx *ctx, struct instant *at)
{
    struct upcoming u;
    enum ecode rc = look_ahead(ctx, &u);
    if (rc != E_OK)
        return rc;
    if (!u.has_any)
        return err_set(&ctx->err, E_NOT_FOUND, "no reminder waits");
    *at = u.first;
    return E_OK;
}

/* One schedule of a row of reminder_due. */
struct due_schedule {
    struct schedule schedule;
    struct schedule_rule rule;
    struct reminder_person person;
    struct uuid user_id;
};

/* Adds every occasion of the schedule up to now; the first one after now is its next. */
static void add_occasions(struct ctx *ctx, const struct due_schedule *d, struct reminder_batch *b,
                          struct reminder_advance *advance)
{
    struct reminder_clock clock = {d->person.hours.zone, d->person.hours.day_starts_at,
                                   d->schedule.reminder_minute};
    struct instant oldest = instant_from_ms(ctx->now.ms - MISSED_DAYS_MAX * MS_PER_DAY);
    struct occasion o = {
        .key = {d->user_id, "reminder", d->schedule.id, day_none(), d->schedule.reminder_minute},
        .at = instant_from_ms(advance->was_due.ms - LOOK_BACK_MS),
        .jitter = reminder_jitter(&d->user_id, &d->schedule.id)};
    if (instant_cmp(o.at, oldest) < 0)
        o.at = oldest;
    if (!d->person.reachable)
        o.at = ctx->now;
    while (schedule_rule_next_reminder(&d->rule, &clock, o.at, REMINDER_HORIZON_DAYS, &o.day, &o.at)) {
        if (instant_cmp(o.at, ctx->now) > 0) {
            advance->has_next = true;
            advance->next = o.at;
            return;
        }
        o.key.local_date = o.day;
        reminder_batch_add(ctx, b, &d->person, &o);
    }
}

/* A row of reminder_due. A rule that cannot be read is due no more: it must not stop the others. */
static enum ecode take_row(struct ctx *ctx, struct stmt *q, struct reminder_batch *b,
                           struct reminder_advance *advance, int *skipped)
{
    struct due_schedule d = {
        .user_id = stmt_uuid(q, 0),
        .schedule = {.id = stmt_uuid(q, 1),
                     .type = (enum schedule_type)name_index(schedule_type_names, stmt_text(q, 2)),
                     .reminder_minute = stmt_is_null(q, 3) ? MINUTE_NONE : (int)stmt_i64(q, 3),
                     .weekdays = (uint8_t)stmt_i64(q, 4),
                     .rrule = stmt_text(q, 5),
                     .starts_on = stmt_day(q, 6),
                     .enabled = stmt_bool(q, 7)},
    };
    *advance = (struct reminder_advance){.user_id = d.user_id,
                                         .id = d.schedule.id,
                                         .was_due = stmt_time(q, 8),
                                         .was_updated = stmt_time(q, 9)};
    if (!d.schedule.enabled || d.schedule.reminder_minute == MINUTE_NONE || !stmt_is_null(q, 11) ||
        !stmt_is_null(q, 12) || !stmt_is_null(q, 13))
        return E_OK;
    enum ecode rc = schedule_reminder_rule(ctx, &d.schedule, stmt_day(q, 10), &d.rule);
    if (rc == E_INVALID) {
        err_clear(&ctx->err);
        ++*skipped;
        return E_OK;
    }
    if (rc == E_OK)
        rc = reminder_person_from_row(ctx, q, 14, &d.person);
    if (rc != E_OK)
        return rc;
    *skipped += !d.person.reachable;
    add_occasions(ctx, &d, b, advance);
    return E_OK;
}

static enum ecode tick_schedules(struct ctx *ctx, int max, struct reminder_batch *b,
                                 struct reminder_tick *counts, int *handled)
{
    struct reminder_advance *rows = arena_array(ctx->arena, (size_t)max, sizeof *rows);
    enum stmt_step step = STMT_DONE;
    enum ecode rc = E_OK;
    int n = 0;
    struct stmt *q = db_query(ctx->db, &Q_reminder_due);
    stmt_bind_time(q, 1, ctx->now);
    stmt_bind_i64(q, 2, max);
    while (rc == E_OK && n < max && (step = stmt_step(q)) == STMT_ROW)
        rc = take_row(ctx, q, b, &rows[n++], &counts->skipped);
    stmt_end(q);
    if (rc == E_OK && step == STMT_ERROR)
        rc = ctx->err.code;
    *handled = n;
    if (rc != E_OK)
        return rc;
    return reminder_advance_rows(ctx, &Q_reminder_advance, &Q_reminder_advance_many, rows, (size_t)n);
}

static bool is_due(const struct ctx *ctx, bool has, struct instant t)
{
    return has && instant_cmp(t, ctx->now) <= 0;
}

static enum ecode claim(struct ctx *ctx, const struct reminder_claim *in, const struct upcoming *u,
                        struct reminder_tick *counts)
{
    struct reminder_batch batch = {.told = NULL};
    int left = in->max, handled = 0;
    enum ecode rc = lease_keep(ctx, LEASE_BOT, in->fence, in->lease_ttl);
    if (rc == E_OK && is_due(ctx, u->has_schedule, u->schedule))
        rc = tick_schedules(ctx, left, &batch, counts, &handled);
    left -= handled;
    if (rc == E_OK && left > 0 && is_due(ctx, u->has_summary, u->summary)) {
        rc = reminder_tick_summaries(ctx, left, &batch, counts, &handled);
        left -= handled;
    }
    if (rc == E_OK && left > 0 && is_due(ctx, u->has_nudge, u->nudge))
        rc = reminder_tick_nudges(ctx, left, &batch, counts, &handled);
    return rc == E_OK ? reminder_batch_write(ctx, &batch, counts) : rc;
}

enum ecode reminder_tick(struct ctx *ctx, const struct reminder_claim *in, struct reminder_tick *out)
{
    struct reminder_tick t = {0};
    struct upcoming u;
    CHECK(in->max >= 1);
    enum ecode rc = look_ahead(ctx, &u);
    if (rc == E_OK && is_due(ctx, u.has_any, u.first)) {
        rc = claim(ctx, in, &u, &t);
        if (rc == E_OK)
            rc = look_ahead(ctx, &u);
    }
    if (rc != E_OK)
        return rc;
    t.more = is_due(ctx, u.has_any, u.first);
    t.has_next = u.has_any;
    t.next = u.first;
    *out = t;
    return E_OK;
}
