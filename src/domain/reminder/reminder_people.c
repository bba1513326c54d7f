#include "base/check.h"
#include "domain/reminder/reminder_rows.h"
#include "reminder.sql.h"

/* Weekly summaries and nudges: what is due of a person, not of a schedule. */

#define MS_PER_DAY 86400000LL
#define MS_PER_HOUR 3600000LL
#define LOOK_BACK_MS (3 * MS_PER_HOUR) /* new time zone data can move a moment that was worked out before */
#define NUDGE_EVERY_DAYS 7

/* --- weekly summaries ------------------------------------------------------------------------------ */

/* The week is told on the evening of its last day. */
static void plan_summary(struct ctx *ctx, const struct reminder_person *p, struct reminder_batch *b,
                         struct reminder_advance *row)
{
    struct occasion o = {.key = {.user_id = row->user_id, .kind = "summary", .ref_id = row->user_id},
                         .jitter = reminder_jitter(&row->user_id, &row->user_id)};
    o.at = p->reachable ? instant_from_ms(row->was_due.ms - LOOK_BACK_MS) : ctx->now;
    while ((row->has_next = summary_moment(&p->hours, o.at, &o.key.local_date, &row->next)) &&
           instant_cmp(row->next, ctx->now) <= 0) {
        o.at = row->next;
        o.day = day_add(o.key.local_date, 6);
        reminder_batch_add(ctx, b, p, &o);
    }
}

enum ecode reminder_tick_summaries(struct ctx *ctx, int max, struct reminder_batch *b,
                                   struct reminder_tick *counts, int *handled)
{
    struct reminder_advance *rows = arena_array(ctx->arena, (size_t)max, sizeof *rows);
    struct reminder_person p;
    enum stmt_step step = STMT_DONE;
    enum ecode rc = E_OK;
    int n = 0;
    struct stmt *q = db_query(ctx->db, &Q_reminder_summaries_due);
    stmt_bind_time(q, 1, ctx->now);
    stmt_bind_i64(q, 2, max);
    while (rc == E_OK && n < max && (step = stmt_step(q)) == STMT_ROW) {
        rows[n] = (struct reminder_advance){.user_id = stmt_uuid(q, 0), .was_due = stmt_time(q, 1)};
        rc = reminder_person_from_row(ctx, q, 2, &p);
        if (rc == E_OK) {
            plan_summary(ctx, &p, b, &rows[n++]);
            counts->skipped += !p.reachable;
        }
    }
    stmt_end(q);
    if (rc == E_OK && step == STMT_ERROR)
        rc = ctx->err.code;
    *handled = n;
    if (rc != E_OK)
        return rc;
    return reminder_advance_rows(ctx, &Q_reminder_summary_advance, &Q_reminder_summary_advance_many, rows,
                                 (size_t)n);
}

/* --- nudges ---------------------------------------------------------------------------------------- */

/* Somebody to look at. */
struct silent_person {
    struct reminder_person person;
    struct instant heard_at; /* their newest mark, or their first contact */
    struct day nudged_on;    /* day_none(): never */
    bool has_habits;
};

static struct instant noon_of(const struct reminder_person *p, struct day d)
{
    return nudge_moment(&p->hours, instant_add(zone_from_local(p->hours.zone, d, 0), duration_ms(-1)));
}

/* Nudges, or only says when to look again: always at a noon after now. */
static void plan_nudge(struct ctx *ctx, const struct silent_person *s, struct reminder_batch *b,
                       struct reminder_advance *row)
{
    const struct reminder_person *p = &s->person;
    struct day today = zone_local_day(p->hours.zone, ctx->now, p->hours.day_starts_at);
    struct instant silent_from = instant_add(s->heard_at, duration_ms(REMINDER_SILENT_DAYS * MS_PER_DAY)),
                   told;
    struct occasion o = {.key = {row->user_id, "nudge", row->user_id, today, 0},
                         .day = today,
                         .at = row->was_due,
                         .jitter = reminder_jitter(&row->user_id, &row->user_id)};
    row->has_next = true;
    row->next = nudge_moment(&p->hours, ctx->now);
    if (!day_is_none(s->nudged_on) && day_diff(today, s->nudged_on) < NUDGE_EVERY_DAYS) {
        row->next = noon_of(p, day_add(s->nudged_on, NUDGE_EVERY_DAYS));
        return;
    }
    if (instant_cmp(silent_from, ctx->now) > 0) {
        row->next = nudge_moment(&p->hours, instant_add(silent_from, duration_ms(-1)));
        return;
    }
    if (!p->reachable || !s->has_habits || instant_diff(ctx->now, o.at).ms >= REMINDER_LATE_MS ||
        !moment_outside_quiet(&p->hours, today, ctx->now, &told))
        return;
    reminder_batch_add(ctx, b, p, &o);
    row->next = noon_of(p, day_add(today, NUDGE_EVERY_DAYS));
}

static enum ecode take_silent(struct ctx *ctx, struct stmt *q, struct reminder_batch *b,
                              struct reminder_advance *row, int *skipped)
{
    struct silent_person s = {
        .heard_at = stmt_time(q, 2), .nudged_on = stmt_day(q, 4), .has_habits = !stmt_is_null(q, 5)};
    if (!stmt_is_null(q, 3) && instant_cmp(stmt_time(q, 3), s.heard_at) > 0)
        s.heard_at = stmt_time(q, 3);
    *row = (struct reminder_advance){.user_id = stmt_uuid(q, 0), .was_due = stmt_time(q, 1)};
    enum ecode rc = reminder_person_from_row(ctx, q, 6, &s.person);
    if (rc != E_OK)
        return rc;
    *skipped += !s.person.reachable;
    plan_nudge(ctx, &s, b, row);
    return E_OK;
}

enum ecode reminder_tick_nudges(struct ctx *ctx, int max, struct reminder_batch *b,
                                struct reminder_tick *counts, int *handled)
{
    struct reminder_advance *rows = arena_array(ctx->arena, (size_t)max, sizeof *rows);
    enum stmt_step step = STMT_DONE;
    enum ecode rc = E_OK;
    int n = 0;
    struct stmt *q = db_query(ctx->db, &Q_reminder_nudges_due);
    stmt_bind_time(q, 1, ctx->now);
    stmt_bind_i64(q, 2, max);
    stmt_bind_day(q, 3, day_of((int32_t)(ctx->now.ms / MS_PER_DAY) - REMINDER_MARKS_DAYS));
    while (rc == E_OK && n < max && (step = stmt_step(q)) == STMT_ROW)
        rc = take_silent(ctx, q, b, &rows[n++], &counts->skipped);
    stmt_end(q);
    if (rc == E_OK && step == STMT_ERROR)
        rc = ctx->err.code;
    *handled = n;
    if (rc != E_OK)
        return rc;
    return reminder_advance_rows(ctx, &Q_reminder_nudge_advance, &Q_reminder_nudge_advance_many, rows,
                                 (size_t)n);
}
