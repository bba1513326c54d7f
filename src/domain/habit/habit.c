#include "domain/habit/habit.h"

#include <string.h>
#include "domain/checkin/checkin.h"
#include "domain/habit/habit_rows.h"
#include "domain/user/user.h"
#include "habit.sql.h"

#define PAGE_MAX 200
#define MS_PER_DAY 86400000LL

static enum ecode no_habit(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_NOT_FOUND, "habit_not_found", "there is no such habit");
}

struct counts {
    int64_t total, active, last_position;
};

static enum ecode count_habits(struct ctx *ctx, struct counts *out)
{
    struct stmt *q = db_query(ctx->db, &Q_habit_counts);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = (struct counts){stmt_i64(q, 0), stmt_i64(q, 1), stmt_i64(q, 2)};
    stmt_end(q);
    return E_OK;
}

enum ecode habit_count_active(struct ctx *ctx, int *out)
{
    struct counts c;
    enum ecode rc = count_habits(ctx, &c);
    if (rc == E_OK)
        *out = (int)c.active;
    return rc;
}

static enum ecode check_limit(struct ctx *ctx, const struct counts *c)
{
    int limit = ctx->policy->habit_limit[ctx->actor.tier];
    if (limit > 0 && c->active >= limit)
        return err_reason(&ctx->err, E_LIMIT, "habit_limit_reached", "the %s tier allows %d active habits",
                          tier_names[ctx->actor.tier], limit);
    return E_OK;
}

static enum ecode check_total(struct ctx *ctx, const struct counts *c)
{
    if (c->total >= HABITS_PER_USER_MAX)
        return err_reason(&ctx->err, E_LIMIT, "habit_limit_reached",
                          "one person can have %d habits, archived ones too", HABITS_PER_USER_MAX);
    return E_OK;
}

static bool counts_against_limit(const struct habit *h)
{
    return !h->archived && !h->paused && !h->deleted;
}

/* Up to `limit` habits behind a place in the list, without their schedules. */
static enum ecode read_page(struct ctx *ctx, const struct habit_query *in, size_t limit, struct habit *items,
                            size_t *n)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_habit_list);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_bool(q, 2, in->archived != ARCHIVED_ONLY);
    stmt_bind_bool(q, 3, in->archived != ARCHIVED_NO);
    stmt_bind_i64(q, 4, in->has_after ? in->after_position : INT64_MIN);
    stmt_bind_uuid(q, 5, &in->after_id);
    stmt_bind_i64(q, 6, (int64_t)limit);
    for (*n = 0; (step = stmt_step(q)) == STMT_ROW;)
        habit_from_row(ctx, q, &items[(*n)++]);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode habit_list(struct ctx *ctx, const struct habit_query *in, struct habit_page *out)
{
    struct habit_page page = {.items = NULL};
    if (in->limit < 1 || in->limit > PAGE_MAX)
        return err_field(&ctx->err, "limit", "must be between 1 and %d", PAGE_MAX);
    size_t limit = (size_t)in->limit;
    page.items = arena_array(ctx->arena, limit + 1, sizeof *page.items);
    enum ecode rc = read_page(ctx, in, limit + 1, page.items, &page.count);
    page.more = page.count > limit;
    page.count -= page.more;
    if (rc == E_OK)
        rc = schedules_load(ctx, page.items, page.count);
    if (rc == E_OK)
        *out = page;
    return rc;
}

enum ecode habits_load_all(struct ctx *ctx, enum archived_filter archived, struct habit **out, size_t *n)
{
    struct counts counts;
    size_t count;
    enum ecode rc = count_habits(ctx, &counts);
    if (rc != E_OK)
        return rc;
    /* One more may come in between on a connection without a snapshot; it is left for the next call. */
    struct habit *items = arena_array(ctx->arena, (size_t)counts.total, sizeof *items);
    rc = read_page(ctx, &(struct habit_query){.archived = archived}, (size_t)counts.total, items, &count);
    if (rc == E_OK)
        rc = schedules_load(ctx, items, count);
    if (rc == E_OK) {
        *out = items;
        *n = count;
    }
    return rc;
}

enum ecode habit_get(struct ctx *ctx, const struct habit_ref *in, struct habit *out)
{
    struct habit h;
    struct stmt *q = db_query(ctx->db, &Q_habit_get);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &in->id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? no_habit(ctx) : rc;
    habit_from_row(ctx, q, &h);
    stmt_end(q);
    rc = schedules_load_one(ctx, &h);
    if (rc == E_OK)
        *out = h;
    return rc;
}

/* Puts the habit at a place in the list, counted from 0, and numbers the others around it. */
static enum ecode move_to(struct ctx *ctx, const struct uuid *id, int64_t place)
{
    struct uuid *ids = arena_array(ctx->arena, HABITS_PER_USER_MAX + 1, sizeof *ids);
    int64_t *positions = arena_array(ctx->arena, HABITS_PER_USER_MAX + 1, sizeof *positions), at = 0;
    size_t n = 0;
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_habit_order);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    while ((step = stmt_step(q)) == STMT_ROW && n <= HABITS_PER_USER_MAX) {
        ids[n] = stmt_uuid(q, 0);
        positions[n++] = stmt_i64(q, 1);
    }
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    if (place >= (int64_t)n)
        place = (int64_t)n - 1;
    for (size_t i = 0; i < n; i++) {
        bool self = uuid_cmp(&ids[i], id) == 0;
        if (!self && at == place)
            at++; /* the moved one's place */
        int64_t want = self ? place : at++;
        if (positions[i] == want)
            continue;
        q = db_query(ctx->db, &Q_habit_set_position);
        stmt_bind_uuid(q, 1, &ctx->actor.user_id);
        stmt_bind_uuid(q, 2, &ids[i]);
        stmt_bind_i64(q, 3, want);
        enum ecode rc = stmt_run(q);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

static enum ecode check_position(struct ctx *ctx, const struct habit_change *in)
{
    if (in->has_position && in->position < 0)
        return err_field(&ctx->err, "position", "must be 0 or more");
    return E_OK;
}

static enum ecode check_target_given(struct ctx *ctx, const struct habit_change *in)
{
    if (!in->has_target_value)
        return err_field(&ctx->err, "target_value", "is required for a measurable habit");
    return E_OK;
}

enum ecode habit_create(struct ctx *ctx, const struct habit_change *in, struct habit *out)
{
    struct habit h;
    struct counts counts;
    habit_draft(ctx, in, &h);
    enum ecode rc = check_position(ctx, in);
    if (rc == E_OK)
        rc = habit_validate(ctx, &h);
    if (rc == E_OK && h.kind == HABIT_MEASURABLE)
        rc = check_target_given(ctx, in);
    if (rc == E_OK)
        rc = count_habits(ctx, &counts);
    if (rc == E_OK && counts_against_limit(&h))
        rc = check_limit(ctx, &counts);
    if (rc == E_OK)
        rc = check_total(ctx, &counts);
    if (rc == E_OK && h.schedules_count > 0)
        rc = schedules_check_room(ctx, h.schedules_count);
    if (rc != E_OK)
        return rc;
    h.id = ctx_new_id(ctx);
    h.position = counts.last_position + 1;
    h.archived_at = h.paused_at = ctx->now;
    rc = habit_insert_row(ctx, &h, NULL);
    for (size_t i = 0; rc == E_OK && i < h.schedules_count; i++) {
        h.schedules[i].id = ctx_new_id(ctx);
        h.schedules[i].habit_id = h.id;
        rc = schedule_insert_row(ctx, &h, &h.schedules[i]);
    }
    if (rc == E_OK && in->has_position)
        rc = move_to(ctx, &h.id, in->position);
    return rc == E_OK ? habit_get(ctx, &(struct habit_ref){h.id}, out) : rc;
}

static enum ecode has_logs(struct ctx *ctx, const struct uuid *id, bool *out)
{
    struct stmt *q = db_query(ctx->db, &Q_habit_has_logs);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    stmt_end(q);
    *out = rc == E_OK;
    return E_OK;
}

/* What the change means beyond the row: the kind is fixed once there are logs, the limit holds, moments are
 * set. */
static enum ecode check_change(struct ctx *ctx, const struct habit *old, struct habit *h)
{
    struct counts counts;
    bool logs;
    enum ecode rc = E_OK;
    if (h->kind != old->kind) {
        rc = has_logs(ctx, &h->id, &logs);
        if (rc == E_OK && logs)
            rc = err_field(&ctx->err, "kind", "cannot change once days are marked");
    }
    if (rc == E_OK && counts_against_limit(h) && !counts_against_limit(old)) {
        rc = count_habits(ctx, &counts);
        if (rc == E_OK)
            rc = check_limit(ctx, &counts);
    }
    if (h->archived && !old->archived)
        h->archived_at = ctx->now;
    if (h->paused && !old->paused)
        h->paused_at = ctx->now;
    return rc;
}

static bool rule_changed(const struct habit *a, const struct habit *b)
{
    return a->kind != b->kind || a->target_kind != b->target_kind || a->target_value != b->target_value ||
           a->frequency_count != b->frequency_count || a->frequency_days != b->frequency_days;
}

enum ecode habit_update(struct ctx *ctx, const struct habit_change *in, struct habit *out)
{
    struct habit old, h;
    enum ecode rc = check_position(ctx, in);
    if (rc == E_OK)
        rc = habit_get(ctx, &(struct habit_ref){in->id}, &old);
    if (rc != E_OK)
        return rc;
    h = old;
    habit_merge(in, &h);
    if (h.kind == HABIT_YES_NO && old.kind == HABIT_MEASURABLE && !in->has_target_value)
        h.target_value = 0;
    rc = habit_validate(ctx, &h);
    if (rc == E_OK && h.kind == HABIT_MEASURABLE && old.kind == HABIT_YES_NO)
        rc = check_target_given(ctx, in);
    if (rc == E_OK)
        rc = check_change(ctx, &old, &h);
    if (rc == E_OK)
        rc = habit_update_row(ctx, &h);
    if (rc == E_OK && in->has_position)
        rc = move_to(ctx, &h.id, in->position);
    bool moved = day_cmp(old.starts_on, h.starts_on) != 0;
    if (rc == E_OK && (moved || h.archived != old.archived || h.paused != old.paused))
        rc = schedules_refresh_habit(ctx, &h);
    if (rc == E_OK && (moved || rule_changed(&old, &h)))
        rc = checkin_rebuild(ctx, &h.id);
    return rc == E_OK ? habit_get(ctx, &(struct habit_ref){h.id}, out) : rc;
}

enum ecode habit_delete(struct ctx *ctx, const struct habit_ref *in, void *none)
{
    struct habit h;
    enum ecode rc = habit_get(ctx, in, &h);
    if (rc != E_OK)
        return rc;
    h.deleted = true;
    rc = schedules_refresh_habit(ctx, &h);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_habit_delete);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &in->id);
    stmt_bind_time(q, 3, ctx->now);
    return stmt_run(q);
}

enum ecode habit_deleted(struct ctx *ctx, const struct habit_ref *in, struct habit *out)
{
    struct stmt *q = db_query(ctx->db, &Q_habit_deleted);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &in->id);
    stmt_bind_time(q, 3, instant_from_ms(ctx->now.ms - HABIT_UNDO_DAYS * MS_PER_DAY));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? no_habit(ctx) : rc;
    *out = (struct habit){.id = in->id,
                          .emoji = arena_strdup(ctx->arena, stmt_text(q, 0)),
                          .name = arena_strdup(ctx->arena, stmt_text(q, 1))};
    stmt_end(q);
    return E_OK;
}

enum ecode habit_restore(struct ctx *ctx, const struct habit_ref *in, struct habit *out)
{
    struct counts counts;
    struct habit h;
    enum ecode rc = count_habits(ctx, &counts);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_habit_restore);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &in->id);
    stmt_bind_time(q, 3, instant_from_ms(ctx->now.ms - HABIT_UNDO_DAYS * MS_PER_DAY));
    stmt_bind_time(q, 4, ctx->now);
    rc = stmt_run(q);
    if (rc == E_OK && stmt_changes(q) == 0)
        return no_habit(ctx);
    if (rc == E_OK)
        rc = habit_get(ctx, in, &h);
    if (rc == E_OK)
        rc = check_total(ctx, &counts);
    if (rc == E_OK && counts_against_limit(&h))
        rc = check_limit(ctx, &counts);
    if (rc == E_OK)
        rc = schedules_refresh_habit(ctx, &h);
    if (rc == E_OK)
        rc = move_to(ctx, &h.id, h.position); /* another may stand there now */
    return rc == E_OK ? habit_get(ctx, in, out) : rc;
}
