#include "domain/reminder/reminder_rows.h"

#include <string.h>
#include "base/check.h"
#include "reminder.sql.h"

enum ecode reminder_person_from_row(struct ctx *ctx, struct stmt *q, int first, struct reminder_person *out)
{
    struct reminder_person p = {
        .telegram_id = stmt_i64(q, first),
        .hours = {.day_starts_at = (int)stmt_i64(q, first + 2),
                  .week_starts_on = (int)stmt_i64(q, first + 3),
                  .quiet = {stmt_is_null(q, first + 4) ? MINUTE_NONE : (int)stmt_i64(q, first + 4),
                            stmt_is_null(q, first + 5) ? MINUTE_NONE : (int)stmt_i64(q, first + 5)}},
        .reachable = !stmt_is_null(q, first) && stmt_bool(q, first + 6) && stmt_is_null(q, first + 7) &&
                     stmt_is_null(q, first + 8),
    };
    enum ecode rc = zone_get(stmt_text(q, first + 1), &p.hours.zone, &ctx->err);
    if (rc == E_INVALID) {
        err_clear(&ctx->err);
        p.reachable = false;
        rc = zone_get("UTC", &p.hours.zone, &ctx->err);
    }
    if (rc == E_OK)
        *out = p;
    return rc;
}

enum ecode reminder_person_load(struct ctx *ctx, struct reminder_person *out)
{
    struct stmt *q = db_query(ctx->db, &Q_reminder_person);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such person");
    if (rc != E_OK)
        return rc;
    rc = reminder_person_from_row(ctx, q, 0, out);
    stmt_end(q);
    return rc;
}

/* --- occasions ------------------------------------------------------------------------------------- */

/* Room for one more. */
static void *grow(struct arena *a, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room ? *room * 2 : 64;
    void *more = arena_array(a, *room, size);
    if (count)
        memcpy(more, items, count * size);
    return more;
}

static void add_silent(struct ctx *ctx, struct reminder_batch *b, const struct occasion *o,
                       enum delivery_status status)
{
    b->silent = grow(ctx->arena, b->silent, b->silent_count, &b->silent_room, sizeof *b->silent);
    b->silent[b->silent_count++] = (struct delivery){.key = o->key, .status = status, .due_at = o->at};
}

void reminder_batch_add(struct ctx *ctx, struct reminder_batch *b, const struct reminder_person *p,
                        const struct occasion *o)
{
    CHECK(instant_cmp(o->at, ctx->now) <= 0);
    if (instant_diff(ctx->now, o->at).ms >= REMINDER_LATE_MS) {
        add_silent(ctx, b, o, DELIVERY_MISSED);
        return;
    }
    /* The jitter stays within the minute, which is wholly quiet or not. */
    struct instant due = instant_add(o->at, o->jitter),
                   late = instant_add(o->at, duration_ms(REMINDER_LATE_MS));
    if (instant_cmp(due, ctx->now) < 0)
        due = ctx->now;
    struct instant told;
    if (!moment_outside_quiet(&p->hours, o->day, due, &told)) {
        add_silent(ctx, b, o, DELIVERY_QUIET);
        return;
    }
    if (instant_cmp(told, due) > 0) {
        late = instant_add(told, duration_ms(REMINDER_LATE_MS));
        told = instant_add(told, o->jitter);
    }
    b->told = grow(ctx->arena, b->told, b->told_count, &b->told_room, sizeof *b->told);
    b->told[b->told_count++] = (struct outbox_draft){
        .user_id = o->key.user_id,
        .lane = LANE_REMINDER,
        .chat_id = p->telegram_id,
        .view = o->key.kind,
        .ref_id = o->key.ref_id,
        .ref_date = o->key.local_date,
        .ref_number = o->key.occasion,
        .due_at = told,
        .expires_at = late,
    };
}

enum ecode reminder_batch_write(struct ctx *ctx, struct reminder_batch *b, struct reminder_tick *counts)
{
    bool *added = arena_array(ctx->arena, b->told_count + b->silent_count, sizeof *added);
    enum ecode rc = b->told_count ? outbox_add_once(ctx, b->told, b->told_count, added) : E_OK;
    for (size_t i = 0; rc == E_OK && i < b->told_count; i++)
        counts->claimed += added[i];
    if (rc == E_OK && b->silent_count)
        rc = delivery_add_many(ctx, b->silent, b->silent_count, added);
    for (size_t i = 0; rc == E_OK && i < b->silent_count; i++) {
        counts->missed += added[i] && b->silent[i].status == DELIVERY_MISSED;
        counts->quiet += added[i] && b->silent[i].status == DELIVERY_QUIET;
    }
    return rc;
}

/* --- when they are due next ------------------------------------------------------------------------ */

static enum ecode advance_one(struct ctx *ctx, const struct query *one, const struct reminder_advance *row)
{
    int i = 1;
    bool schedule = one->nparams == 5;
    struct stmt *q = db_query(ctx->db, one);
    stmt_bind_uuid(q, i++, &row->user_id);
    if (schedule)
        stmt_bind_uuid(q, i++, &row->id);
    if (row->has_next)
        stmt_bind_time(q, i, row->next);
    i++;
    stmt_bind_time(q, i++, row->was_due);
    if (schedule)
        stmt_bind_time(q, i, row->was_updated);
    return stmt_run(q);
}

static enum ecode advance_array(struct ctx *ctx, const struct query *many,
                                const struct reminder_advance *rows, size_t n)
{
    struct arena *a = ctx->arena;
    struct uuid *users = arena_array(a, n, sizeof *users), *ids = arena_array(a, n, sizeof *ids);
    struct instant *next = arena_array(a, n, sizeof *next), *due = arena_array(a, n, sizeof *due),
                   *updated = arena_array(a, n, sizeof *updated);
    bool *none = arena_array(a, n, sizeof *none), schedules = many->nparams == 5;
    for (size_t i = 0; i < n; i++) {
        users[i] = rows[i].user_id;
        ids[i] = rows[i].id;
        next[i] = rows[i].next;
        none[i] = !rows[i].has_next;
        due[i] = rows[i].was_due;
        updated[i] = rows[i].was_updated;
    }
    int i = 1;
    struct stmt *q = db_query(ctx->db, many);
    stmt_bind_array(q, i++, users, NULL, n);
    if (schedules)
        stmt_bind_array(q, i++, ids, NULL, n);
    stmt_bind_array(q, i++, next, none, n);
    stmt_bind_array(q, i++, due, NULL, n);
    if (schedules)
        stmt_bind_array(q, i, updated, NULL, n);
    return stmt_run(q);
}

enum ecode reminder_advance_rows(struct ctx *ctx, const struct query *one, const struct query *many,
                                 const struct reminder_advance *rows, size_t n)
{
    enum ecode rc = E_OK;
    if (n > 0 && db_engine(ctx->db) == DB_POSTGRES)
        return advance_array(ctx, many, rows, n);
    for (size_t i = 0; rc == E_OK && i < n; i++)
        rc = advance_one(ctx, one, &rows[i]);
    return rc;
}
