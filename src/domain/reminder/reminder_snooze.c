#include "domain/reminder/reminder_rows.h"
#include "reminder.sql.h"

/* Snoozes: what a person puts off. */

#define MINUTES_PER_DAY 1440
#define MS_PER_MINUTE 60000

static enum ecode check_habit(struct ctx *ctx, const struct snooze_request *in)
{
    struct habit h;
    struct mark_list marks = {.items = NULL};
    struct checkpoint c;
    int32_t age = day_diff(ctx_today(ctx), in->day);
    enum ecode rc = habit_get(ctx, &(struct habit_ref){in->habit_id}, &h);
    if (rc != E_OK)
        return rc;
    if (h.archived || h.paused)
        return err_reason(&ctx->err, E_CONFLICT, "habit_not_active", "the habit is paused or archived");
    if (age < 0 || age > 1)
        return err_reason(&ctx->err, E_CONFLICT, "day_is_over", "only today and yesterday can be put off");
    rc = checkpoint_rule(ctx, &h, &c);
    if (rc == E_OK)
        rc = checkpoint_marks(ctx, &h.id, day_none(), day_add(in->day, -1), in->day, &marks);
    if (rc != E_OK)
        return rc;
    const struct mark *mark = mark_find(marks.items, marks.count, in->day);
    if (mark && mark_answered(&c.rule, mark))
        return err_reason(&ctx->err, E_CONFLICT, "already_answered", "the day is answered");
    return E_OK;
}

static enum ecode check_room(struct ctx *ctx, const struct delivery_key *key)
{
    struct stmt *q = db_query(ctx->db, &Q_reminder_snoozes_pending);
    stmt_bind_uuid(q, 1, &key->user_id);
    stmt_bind_uuid(q, 2, &key->ref_id);
    stmt_bind_day(q, 3, key->local_date);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    int64_t pending = stmt_i64(q, 0);
    stmt_end(q);
    if (pending >= SNOOZES_PENDING_MAX)
        return err_reason(&ctx->err, E_LIMIT, "snooze_limit_reached", "at most %d snoozes of a day can wait",
                          SNOOZES_PENDING_MAX);
    return E_OK;
}

/*
 * The key of a snooze that rings at *at. *known: it waits already, pressed twice, and rings at *at then. A
 * minute that the wall shows a second time (an overlap) has a key of its own, further on.
 */
static enum ecode find_key(struct ctx *ctx, const struct reminder_person *p, struct delivery_key *key,
                           struct instant *at, bool *known)
{
    struct walltime wall = zone_to_local(p->hours.zone, *at);
    struct delivery d;
    enum ecode rc;
    key->occasion = day_diff(wall.day, key->local_date) * MINUTES_PER_DAY + wall.ms / MS_PER_MINUTE;
    while ((rc = delivery_get(ctx, key, &d)) == E_OK && d.status != DELIVERY_QUEUED)
        key->occasion += 7 * MINUTES_PER_DAY;
    *known = rc == E_OK;
    if (*known)
        *at = d.due_at;
    if (rc == E_NOT_FOUND)
        err_clear(&ctx->err);
    return rc == E_NOT_FOUND ? E_OK : rc;
}

enum ecode reminder_snooze(struct ctx *ctx, const struct snooze_request *in, struct snooze *out)
{
    struct reminder_person p;
    struct delivery_key key = {ctx->actor.user_id, "snooze", in->habit_id, in->day, 0};
    struct instant at;
    bool known = false;
    enum ecode rc = check_habit(ctx, in);
    if (rc == E_OK)
        rc = reminder_person_load(ctx, &p);
    if (rc != E_OK)
        return rc;
    if (!p.reachable)
        return err_reason(&ctx->err, E_CONFLICT, "not_reachable", "messages to this person are off");
    if (!moment_outside_quiet(&p.hours, in->day, snooze_moment(&p.hours, ctx->now, in->choice), &at))
        return err_reason(&ctx->err, E_CONFLICT, "quiet_hours", "the day is over when the quiet hours end");
    rc = find_key(ctx, &p, &key, &at, &known);
    if (rc == E_OK && !known)
        rc = check_room(ctx, &key);
    if (rc == E_OK && !known) {
        struct outbox_draft draft = {
            .user_id = key.user_id,
            .lane = LANE_REMINDER,
            .chat_id = p.telegram_id,
            .view = key.kind,
            .ref_id = key.ref_id,
            .ref_date = key.local_date,
            .ref_number = key.occasion,
            .due_at = at,
            .expires_at = instant_add(at, duration_ms(REMINDER_LATE_MS)),
        };
        rc = outbox_add_once(ctx, &draft, 1, &known);
    }
    if (rc == E_OK)
        *out = (struct snooze){at};
    return rc;
}
