#include <stdlib.h>
#include "domain/checkin/checkpoint.h"
#include "domain/checkin/mark.h"
#include "domain/habit/habit_rows.h"
#include "domain/score/score.h"
#include "checkpoint.sql.h"

/* One habit of the person while the day is put together. */
struct line {
    const struct habit *habit;
    struct checkpoint checkpoint;
    struct day window_from;
    struct mark_list marks;
    struct today_item item;
    bool due, marked;
};

static int by_habit(const void *a, const void *b)
{
    const struct line *const *x = a, *const *y = b;
    return uuid_cmp(&(*x)->habit->id, &(*y)->habit->id);
}

struct lines {
    struct line *items;  /* by position */
    struct line **by_id; /* by habit id */
    size_t count;
};

static struct line *find(const struct lines *l, const struct uuid *habit_id)
{
    struct habit habit = {.id = *habit_id};
    struct line key = {.habit = &habit}, *p = &key;
    struct line **hit = bsearch(&p, l->by_id, l->count, sizeof(struct line *), by_habit);
    return hit ? *hit : NULL;
}

/* The person's active habits. */
static enum ecode load_habits(struct ctx *ctx, struct lines *out)
{
    struct habit *habits;
    size_t n;
    enum ecode rc = habits_load_all(ctx, ARCHIVED_NO, &habits, &n);
    if (rc != E_OK)
        return rc;
    *out = (struct lines){arena_array(ctx->arena, n, sizeof *out->items),
                          arena_array(ctx->arena, n, sizeof(struct line *)), 0};
    for (size_t i = 0; i < n; i++) {
        if (habits[i].paused)
            continue;
        struct line *l = &out->items[out->count];
        l->habit = &habits[i];
        l->window_from = day_none();
        rc = checkpoint_rule(ctx, &habits[i], &l->checkpoint);
        if (rc != E_OK)
            return rc;
        out->by_id[out->count++] = l;
    }
    qsort(out->by_id, out->count, sizeof *out->by_id, by_habit);
    return E_OK;
}

static enum ecode load_checkpoints(struct ctx *ctx, const struct lines *lines)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_checkpoint_list);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid id = stmt_uuid(q, 0);
        struct line *l = find(lines, &id);
        if (!l)
            continue;
        checkpoint_state_from_row(ctx, q, 1, &l->checkpoint.state);
        l->window_from = stmt_day(q, 2);
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* What was marked on the day asked about. */
static void set_item(struct ctx *ctx, struct line *l, const char *status, bool has_value, int64_t value,
                     const char *note)
{
    l->marked = status != NULL;
    l->item.status = status ? (enum log_status)name_index(log_status_names, status) : LOG_NONE;
    l->item.has_value = has_value;
    l->item.value = value;
    l->item.note = arena_strdup(ctx->arena, note);
}

/* The oldest day behind which the checkpoints need marks; `on` when none needs any. */
static struct day oldest_window(const struct lines *lines, struct day on)
{
    struct day oldest = on;
    for (size_t i = 0; i < lines->count; i++) {
        struct day from = lines->items[i].window_from;
        if (!day_is_none(from) && day_cmp(from, oldest) < 0)
            oldest = from;
    }
    return oldest;
}

static enum ecode load_marks(struct ctx *ctx, const struct lines *lines, struct day on)
{
    enum stmt_step step;
    struct line *l = NULL;
    struct stmt *q = db_query(ctx->db, &Q_checkpoint_marks);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_day(q, 2, on);
    stmt_bind_day(q, 3, oldest_window(lines, on));
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid id = stmt_uuid(q, 0);
        struct day day = stmt_day(q, 1);
        if (!l || uuid_cmp(&l->habit->id, &id) != 0)
            l = find(lines, &id);
        if (!l)
            continue;
        mark_list_add(ctx, &l->marks, day, stmt_text(q, 2), stmt_text(q, 3), !stmt_is_null(q, 4),
                      stmt_i64(q, 4));
        if (day_cmp(day, on) == 0)
            set_item(ctx, l, stmt_text(q, 2), !stmt_is_null(q, 4), stmt_i64(q, 4),
                     stmt_text(q, 6) ? stmt_text(q, 6) : stmt_text(q, 5));
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* A day that lies behind a checkpoint's window is not among those marks. */
static bool day_is_behind(const struct lines *lines, struct day on)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct day from = lines->items[i].window_from;
        if (!day_is_none(from) && day_cmp(on, from) <= 0)
            return true;
    }
    return false;
}

static enum ecode load_day(struct ctx *ctx, const struct lines *lines, struct day on)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_checkpoint_day);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_day(q, 2, on);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid id = stmt_uuid(q, 0);
        struct line *l = find(lines, &id);
        if (l)
            set_item(ctx, l, stmt_text(q, 1), !stmt_is_null(q, 2), stmt_i64(q, 2),
                     stmt_text(q, 4) ? stmt_text(q, 4) : stmt_text(q, 3));
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* A day behind the checkpoint is worked out from the whole history. */
static enum ecode evaluate_history(struct ctx *ctx, struct line *l, struct day on)
{
    struct habit_stats stats;
    struct mark_list all;
    enum ecode rc = checkpoint_marks(ctx, &l->habit->id, day_none(), day_none(), on, &all);
    if (rc != E_OK)
        return rc;
    struct day first = all.count ? all.items[0].day : day_none();
    struct day named = day_is_none(first) || day_cmp(first, day_add(on, -31)) > 0 ? day_add(on, -31) : first;
    checkpoint_name_days(ctx, &l->checkpoint, named, on);
    habit_stats(ctx->arena, &l->checkpoint.rule, all.items, all.count, on, &stats);
    l->item.score = stats.score;
    l->item.current_streak = stats.current_streak;
    l->due = habit_due(&l->checkpoint.rule, all.items, all.count, first, on);
    return E_OK;
}

static enum ecode evaluate(struct ctx *ctx, struct line *l, struct day on)
{
    struct score_now now;
    struct day last = l->checkpoint.state.last_date;
    if (!day_is_none(last) && day_cmp(on, last) < 0)
        return evaluate_history(ctx, l, on);
    checkpoint_add_zone_skips(ctx, &l->marks, l->checkpoint.state.first_date, l->window_from, on);
    enum ecode rc = checkpoint_read(ctx, &l->habit->id, &l->checkpoint, &l->marks, l->window_from, on, &now);
    if (rc != E_OK)
        return rc;
    l->item.score = now.score;
    l->item.current_streak = now.current_streak;
    l->due = now.due;
    return E_OK;
}

/* Each habit in memory that the next one gets again: a past day reads whole histories. */
static enum ecode evaluate_all(struct ctx *ctx, const struct lines *lines, struct day on)
{
    struct arena *keep = ctx->arena;
    enum ecode rc = E_OK;
    ctx->arena = arena_new(HISTORY_ARENA_BYTES);
    for (size_t i = 0; rc == E_OK && i < lines->count; i++) {
        rc = evaluate(ctx, &lines->items[i], on);
        arena_reset(ctx->arena);
    }
    arena_free(ctx->arena);
    ctx->arena = keep;
    return rc;
}

enum ecode checkin_day(struct ctx *ctx, struct day asked, const char *field, struct day *out)
{
    struct day today = ctx_today(ctx);
    *out = day_is_none(asked) ? today : asked;
    if (out->n < DAY_FIRST_LOG)
        return err_field(&ctx->err, field, "must not be before 2000-01-01");
    if (day_cmp(*out, today) > 0)
        return err_field(&ctx->err, field, "must not be after the local today");
    return E_OK;
}

enum ecode today_get(struct ctx *ctx, const struct today_query *in, struct today *out)
{
    struct today t = {.items = NULL};
    struct lines lines;
    enum ecode rc = checkin_day(ctx, in->day, "day", &t.day);
    if (rc == E_OK)
        rc = load_habits(ctx, &lines);
    if (rc == E_OK)
        rc = load_checkpoints(ctx, &lines);
    if (rc == E_OK)
        rc = load_marks(ctx, &lines, t.day);
    if (rc == E_OK && day_is_behind(&lines, t.day))
        rc = load_day(ctx, &lines, t.day);
    if (rc != E_OK)
        return rc;
    rc = evaluate_all(ctx, &lines, t.day);
    if (rc != E_OK)
        return rc;
    t.items = arena_array(ctx->arena, lines.count, sizeof *t.items);
    for (size_t i = 0; i < lines.count; i++) {
        const struct line *l = &lines.items[i];
        if (!l->due && !l->marked)
            continue;
        t.items[t.count] = l->item;
        t.items[t.count++].habit = *l->habit;
    }
    *out = t;
    return E_OK;
}
