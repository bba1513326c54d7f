#include <stdlib.h>
#include <string.h>
#include "domain/checkin/checkpoint.h"
#include "domain/checkin/mark.h"
#include "checkin.sql.h"

/* logs:batch: marks grouped by habit, folded by day, written in the order of the primary key. */

struct batch_line {
    struct pending_mark pending;
    struct log_batch_item *item;
    size_t index; /* place in the request */
};

static int by_key(const void *a, const void *b)
{
    const struct batch_line *x = a, *y = b;
    int c = uuid_cmp(&x->pending.mark->habit_id, &y->pending.mark->habit_id);
    if (c == 0)
        c = day_cmp(x->pending.mark->day, y->pending.mark->day);
    return c ? c : (x->index > y->index) - (x->index < y->index);
}

static void refuse(struct ctx *ctx, struct batch_line *line)
{
    line->item->code = ctx->err.code;
    line->item->err = ctx->err;
    err_clear(&ctx->err);
}

/* A refusal belongs to its mark; anything else ends the whole batch. */
static bool is_refusal(enum ecode rc)
{
    return rc == E_INVALID || rc == E_NOT_FOUND;
}

static enum ecode load_habit(struct ctx *ctx, const struct uuid *id, enum habit_kind *kind,
                             struct day *last_date)
{
    struct stmt *q = db_query(ctx->db, &Q_checkin_target);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_reason(&ctx->err, E_NOT_FOUND, "habit_not_found", "there is no such habit");
    if (rc != E_OK)
        return rc;
    *kind = (enum habit_kind)name_index(habit_kind_names, stmt_text(q, 0));
    *last_date = stmt_day(q, 1);
    stmt_end(q);
    return E_OK;
}

/* Gives every line of one habit (by day) the row that is stored for its day. */
static enum ecode load_existing(struct ctx *ctx, struct batch_line *lines, size_t n)
{
    const struct uuid *habit = &lines[0].pending.mark->habit_id;
    struct stored_mark old;
    enum stmt_step step;
    size_t i = 0;
    struct stmt *q = db_query(ctx->db, &Q_checkin_existing);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, habit);
    stmt_bind_day(q, 3, lines[0].pending.mark->day);
    stmt_bind_day(q, 4, lines[n - 1].pending.mark->day);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct day day = stmt_day(q, 0);
        while (i < n && day_cmp(lines[i].pending.mark->day, day) < 0)
            i++;
        if (i == n || day_cmp(lines[i].pending.mark->day, day) != 0)
            continue;
        mark_from_row(q, 0, habit, ctx->arena, &old);
        for (size_t k = i; k < n && day_cmp(lines[k].pending.mark->day, day) == 0; k++)
            lines[k].pending.old = old;
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* Of the accepted lines of one day the one that counts: the latest marked_at, of equals the last. NULL: all
 * refused. */
static struct batch_line *winner(struct batch_line *lines, size_t n)
{
    struct batch_line *best = NULL;
    for (size_t i = 0; i < n; i++) {
        if (lines[i].item->code == E_OK &&
            (!best || instant_cmp(lines[i].pending.marked_at, best->pending.marked_at) >= 0))
            best = &lines[i];
    }
    return best;
}

/* How many of the lines are of the first one's day. */
static size_t same_day(const struct batch_line *lines, size_t n)
{
    size_t same = 1;
    while (same < n && day_cmp(lines[0].pending.mark->day, lines[same].pending.mark->day) == 0)
        same++;
    return same;
}

/* Everybody folded into a winner gets its answer; the day is new to the first of them only. */
static void answer_folded(struct batch_line *lines, size_t n)
{
    const struct batch_line *w = winner(lines, n);
    if (!w)
        return;
    struct log_result result = w->item->result;
    for (size_t i = 0; i < n; i++) {
        if (lines[i].item->code != E_OK)
            continue;
        lines[i].item->result = result;
        if (result.outcome == MARK_NEW)
            result.outcome = MARK_CHANGED;
    }
}

/* Writes what counts: plain marks together, those with a decline note one by one. */
static enum ecode write_winners(struct ctx *ctx, struct pending_mark **marks, struct log_result **results,
                                size_t n)
{
    size_t many = 0;
    struct uuid *owners = arena_array(ctx->arena, n, sizeof *owners);
    struct pending_mark **plain = arena_array(ctx->arena, n, sizeof(struct pending_mark *));
    for (size_t i = 0; i < n; i++) {
        if (mark_is_plain(marks[i]) && !mark_is_outdated(marks[i])) {
            owners[many] = ctx->actor.user_id;
            plain[many++] = marks[i];
            mark_result(marks[i], results[i]);
            continue;
        }
        enum ecode rc = mark_write(ctx, marks[i], results[i]);
        if (rc != E_OK)
            return rc;
    }
    return mark_write_many(ctx, owners, plain, many);
}

/* One habit's lines, by day. */
static enum ecode run_habit(struct ctx *ctx, struct batch_line *lines, size_t n)
{
    enum habit_kind kind;
    struct day last_date, oldest = day_none();
    struct pending_mark **marks = arena_array(ctx->arena, n, sizeof(struct pending_mark *));
    struct log_result **results = arena_array(ctx->arena, n, sizeof(struct log_result *));
    size_t count = 0;
    enum ecode rc = load_habit(ctx, &lines[0].pending.mark->habit_id, &kind, &last_date);
    if (rc != E_OK && !is_refusal(rc))
        return rc;
    struct err missing = ctx->err;
    for (size_t i = 0; i < n; i++) {
        if (rc != E_OK) {
            ctx->err = missing;
            refuse(ctx, &lines[i]);
        } else if (mark_check(ctx, lines[i].pending.mark, kind, &lines[i].pending.marked_at) != E_OK) {
            refuse(ctx, &lines[i]);
        }
    }
    if (rc != E_OK)
        return E_OK;
    rc = load_existing(ctx, lines, n);
    for (size_t i = 0, same; rc == E_OK && i < n; i += same) {
        same = same_day(lines + i, n - i);
        struct batch_line *w = winner(lines + i, same);
        if (!w)
            continue;
        marks[count] = &w->pending;
        results[count++] = &w->item->result;
        if (day_is_none(oldest) && !mark_is_outdated(&w->pending))
            oldest = w->pending.mark->day;
    }
    if (rc == E_OK)
        rc = write_winners(ctx, marks, results, count);
    for (size_t i = 0, same; rc == E_OK && i < n; i += same) {
        same = same_day(lines + i, n - i);
        answer_folded(lines + i, same);
    }
    if (rc == E_OK && !day_is_none(oldest))
        rc = checkpoint_touch(ctx, &lines[0].pending.mark->habit_id, last_date, oldest);
    return rc;
}

enum ecode log_batch(struct ctx *ctx, const struct log_batch *in, struct log_batch_result *out)
{
    if (in->count > LOG_BATCH_MAX)
        return err_field(&ctx->err, "logs", "must be at most %d marks", LOG_BATCH_MAX);
    struct log_batch_result result = {arena_array(ctx->arena, in->count, sizeof *result.items), in->count};
    struct batch_line *lines = arena_array(ctx->arena, in->count, sizeof *lines);
    for (size_t i = 0; i < in->count; i++) {
        lines[i] = (struct batch_line){
            .pending = {.mark = &in->items[i], .source = ctx->source}, .item = &result.items[i], .index = i};
    }
    qsort(lines, in->count, sizeof *lines, by_key);
    for (size_t i = 0, n; i < in->count; i += n) {
        const struct uuid *habit = &lines[i].pending.mark->habit_id;
        for (n = 1; i + n < in->count && uuid_cmp(habit, &lines[i + n].pending.mark->habit_id) == 0;)
            n++;
        enum ecode rc = run_habit(ctx, lines + i, n);
        if (rc != E_OK)
            return rc;
    }
    *out = result;
    return E_OK;
}
