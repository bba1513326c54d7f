#include <stdlib.h>
#include <string.h>
#include "domain/checkin/checkin.h"
#include "domain/habit/habit_rows.h"
#include "domain/user/user.h"
#include "schedule.sql.h"

static void from_row(struct ctx *ctx, struct stmt *q, struct schedule *out)
{
    *out = (struct schedule){
        .id = stmt_uuid(q, 0),
        .habit_id = stmt_uuid(q, 1),
        .type = (enum schedule_type)name_index(schedule_type_names, stmt_text(q, 2)),
        .reminder_minute = stmt_is_null(q, 3) ? MINUTE_NONE : (int)stmt_i64(q, 3),
        .weekdays = (uint8_t)stmt_i64(q, 4),
        .rrule = arena_strdup(ctx->arena, stmt_text(q, 5)),
        .starts_on = stmt_day(q, 6),
        .enabled = stmt_bool(q, 7),
    };
}

/* Reads the rows of a started schedule query; at most `max`, which the caller sized the array for. */
static enum ecode read_all(struct ctx *ctx, struct stmt *q, struct schedule *out, size_t max, size_t *n)
{
    enum stmt_step step;
    *n = 0;
    while ((step = stmt_step(q)) == STMT_ROW && *n < max)
        from_row(ctx, q, &out[(*n)++]);
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode schedules_load_one(struct ctx *ctx, struct habit *h)
{
    h->schedules = arena_array(ctx->arena, SCHEDULES_PER_HABIT_MAX, sizeof *h->schedules);
    struct stmt *q = db_query(ctx->db, &Q_schedule_of_habit);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &h->id);
    return read_all(ctx, q, h->schedules, SCHEDULES_PER_HABIT_MAX, &h->schedules_count);
}

static int by_id(const void *a, const void *b)
{
    const struct habit *const *x = a, *const *y = b;
    return uuid_cmp(&(*x)->id, &(*y)->id);
}

/* Both lists are by habit id: one walk hands every schedule to its habit. */
static void distribute(struct habit **sorted, size_t n, struct schedule *all, size_t count)
{
    for (size_t i = 0, s = 0; i < n; i++) {
        while (s < count && uuid_cmp(&all[s].habit_id, &sorted[i]->id) < 0)
            s++;
        sorted[i]->schedules = all + s;
        for (sorted[i]->schedules_count = 0; s < count && uuid_cmp(&all[s].habit_id, &sorted[i]->id) == 0;
             s++)
            sorted[i]->schedules_count++;
    }
}

enum ecode schedules_load(struct ctx *ctx, struct habit *habits, size_t n)
{
    size_t room = 64, count = 0;
    enum stmt_step step;
    struct schedule *all = arena_array(ctx->arena, room, sizeof *all);
    struct habit **sorted = arena_array(ctx->arena, n, sizeof(struct habit *));
    if (n == 0)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_schedule_list);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    while ((step = stmt_step(q)) == STMT_ROW) {
        if (count == room) {
            struct schedule *more = arena_array(ctx->arena, room * 2, sizeof *more);
            memcpy(more, all, room * sizeof *all);
            all = more;
            room *= 2;
        }
        from_row(ctx, q, &all[count++]);
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &habits[i];
    qsort(sorted, n, sizeof *sorted, by_id);
    distribute(sorted, n, all, count);
    return E_OK;
}

enum ecode schedule_reminder_rule(struct ctx *ctx, const struct schedule *s, struct day habit_starts_on,
                                  struct schedule_rule *out)
{
    enum ecode rc = schedule_as_rule(ctx, s, out);
    if (rc == E_OK && day_cmp(out->starts_on, habit_starts_on) < 0 && out->type != SCHEDULE_CUSTOM)
        out->starts_on = habit_starts_on; /* a custom rule's own start is its anchor */
    return rc;
}

/* The next reminder of a schedule after now; false: none (off, no time, the habit is not active). */
static enum ecode next_due(struct ctx *ctx, const struct habit *h, const struct schedule *s, bool *has,
                           struct instant *at)
{
    struct schedule_rule rule;
    struct day day;
    *has = false;
    if (!s->enabled || s->reminder_minute == MINUTE_NONE || h->archived || h->paused || h->deleted)
        return E_OK;
    enum ecode rc = schedule_reminder_rule(ctx, s, h->starts_on, &rule);
    if (rc != E_OK)
        return rc;
    struct reminder_clock clock = {ctx->actor.zone, ctx->actor.day_starts_at, s->reminder_minute};
    *has = schedule_rule_next_reminder(&rule, &clock, ctx->now, REMINDER_HORIZON_DAYS, &day, at);
    return E_OK;
}

static void bind_fields(struct stmt *q, int first, const struct schedule *s)
{
    stmt_bind_text(q, first, schedule_type_names[s->type]);
    if (s->reminder_minute != MINUTE_NONE)
        stmt_bind_i64(q, first + 1, s->reminder_minute);
    if (s->type == SCHEDULE_WEEKLY)
        stmt_bind_i64(q, first + 2, s->weekdays);
    stmt_bind_text(q, first + 3, s->rrule);
    stmt_bind_day(q, first + 4, s->starts_on);
    stmt_bind_bool(q, first + 5, s->enabled);
}

enum ecode schedule_insert_row(struct ctx *ctx, const struct habit *h, const struct schedule *s)
{
    bool has;
    struct instant at;
    enum ecode rc = next_due(ctx, h, s, &has, &at);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_schedule_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &s->id);
    stmt_bind_uuid(q, 3, &h->id);
    bind_fields(q, 4, s);
    if (has)
        stmt_bind_time(q, 10, at);
    stmt_bind_time(q, 11, ctx->now);
    return stmt_run(q);
}

enum ecode schedules_refresh_habit(struct ctx *ctx, const struct habit *h)
{
    for (size_t i = 0; i < h->schedules_count; i++) {
        bool has;
        struct instant at;
        enum ecode rc = next_due(ctx, h, &h->schedules[i], &has, &at);
        if (rc != E_OK)
            return rc;
        struct stmt *q = db_query(ctx->db, &Q_schedule_set_due);
        stmt_bind_uuid(q, 1, &ctx->actor.user_id);
        stmt_bind_uuid(q, 2, &h->schedules[i].id);
        if (has)
            stmt_bind_time(q, 3, at);
        rc = stmt_run(q);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

enum ecode schedule_refresh_due(struct ctx *ctx)
{
    struct habit *habits;
    size_t n;
    enum ecode rc = habits_load_all(ctx, ARCHIVED_NO, &habits, &n);
    for (size_t i = 0; rc == E_OK && i < n; i++)
        rc = schedules_refresh_habit(ctx, &habits[i]);
    return rc;
}

/* A habit without frequency is due on the days its schedules name: its checkpoint follows them. */
static enum ecode days_changed(struct ctx *ctx, const struct habit *h)
{
    return h->frequency_days ? E_OK : checkin_rebuild(ctx, &h->id);
}

static void merge(const struct schedule_change *in, struct schedule *s)
{
    if (in->has_type && in->value.type != s->type) {
        s->type = in->value.type;
        s->weekdays = 0;
        s->rrule = NULL;
    }
    if (in->has_weekdays)
        s->weekdays = in->value.weekdays;
    if (in->has_rrule)
        s->rrule = in->value.rrule;
    if (in->has_reminder)
        s->reminder_minute = in->value.reminder_minute;
    if (in->has_starts_on)
        s->starts_on = in->value.starts_on;
    if (in->has_enabled)
        s->enabled = in->value.enabled;
}

enum ecode schedules_check_room(struct ctx *ctx, size_t n)
{
    struct stmt *q = db_query(ctx->db, &Q_schedule_count);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    int64_t count = stmt_i64(q, 0);
    stmt_end(q);
    if (count + (int64_t)n > SCHEDULES_PER_USER_MAX)
        return err_reason(&ctx->err, E_LIMIT, "schedule_limit_reached", "one person can have %d schedules",
                          SCHEDULES_PER_USER_MAX);
    return E_OK;
}

enum ecode schedule_create(struct ctx *ctx, const struct schedule_change *in, struct schedule *out)
{
    struct habit h;
    struct schedule s = {.reminder_minute = MINUTE_NONE, .starts_on = ctx_today(ctx), .enabled = true};
    enum ecode rc = habit_get(ctx, &(struct habit_ref){in->habit_id}, &h);
    if (rc != E_OK)
        return rc;
    merge(in, &s);
    if (!in->has_type)
        s.type = s.rrule ? SCHEDULE_CUSTOM : s.weekdays ? SCHEDULE_WEEKLY : SCHEDULE_DAILY;
    s.id = ctx_new_id(ctx);
    s.habit_id = h.id;
    if (h.schedules_count >= SCHEDULES_PER_HABIT_MAX)
        return err_reason(&ctx->err, E_LIMIT, "schedule_limit_reached", "a habit can have %d schedules",
                          SCHEDULES_PER_HABIT_MAX);
    rc = schedule_validate(ctx, &s);
    if (rc == E_OK)
        rc = schedules_check_room(ctx, 1);
    if (rc == E_OK)
        rc = schedule_insert_row(ctx, &h, &s);
    if (rc == E_OK)
        rc = days_changed(ctx, &h);
    if (rc == E_OK)
        *out = s;
    return rc;
}

static enum ecode no_schedule(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_NOT_FOUND, "schedule_not_found", "the habit has no such schedule");
}

static enum ecode update_row(struct ctx *ctx, const struct habit *h, const struct schedule *s)
{
    bool has;
    struct instant at;
    enum ecode rc = next_due(ctx, h, s, &has, &at);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_schedule_update);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &s->id);
    bind_fields(q, 3, s);
    if (has)
        stmt_bind_time(q, 9, at);
    stmt_bind_time(q, 10, ctx->now);
    return stmt_run(q);
}

enum ecode schedule_update(struct ctx *ctx, const struct schedule_change *in, struct schedule *out)
{
    struct habit h;
    enum ecode rc = habit_get(ctx, &(struct habit_ref){in->habit_id}, &h);
    for (size_t i = 0; rc == E_OK && i < h.schedules_count; i++) {
        struct schedule s = h.schedules[i];
        if (uuid_cmp(&s.id, &in->id) != 0)
            continue;
        merge(in, &s);
        rc = schedule_validate(ctx, &s);
        if (rc == E_OK)
            rc = update_row(ctx, &h, &s);
        if (rc == E_OK)
            rc = days_changed(ctx, &h);
        if (rc == E_OK)
            *out = s;
        return rc;
    }
    return rc == E_OK ? no_schedule(ctx) : rc;
}

enum ecode schedule_delete(struct ctx *ctx, const struct schedule_change *in, void *none)
{
    struct habit h;
    enum ecode rc = habit_get(ctx, &(struct habit_ref){in->habit_id}, &h);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_schedule_delete);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &in->habit_id);
    stmt_bind_uuid(q, 3, &in->id);
    rc = stmt_run(q);
    if (rc == E_OK && stmt_changes(q) == 0)
        return no_schedule(ctx);
    return rc == E_OK ? days_changed(ctx, &h) : rc;
}
