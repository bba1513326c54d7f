#include "domain/checkin/checkin.h"

#include "domain/checkin/checkpoint.h"
#include "domain/checkin/mark.h"
#include "domain/report/daily.h"
#include "checkin.sql.h"

#define RANGE_DAYS_MAX 36600
#define PAGE_MAX 1000

static enum ecode no_habit(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_NOT_FOUND, "habit_not_found", "there is no such habit");
}

/* The habit's kind, its checkpoint's day and the row of that day. */
static enum ecode load_target(struct ctx *ctx, const struct uuid *habit_id, struct day day,
                              enum habit_kind *kind, struct day *last_date, struct stored_mark *old)
{
    struct stmt *q = db_query(ctx->db, &Q_checkin_target);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, habit_id);
    stmt_bind_day(q, 3, day);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? no_habit(ctx) : rc;
    *kind = (enum habit_kind)name_index(habit_kind_names, stmt_text(q, 0));
    *last_date = stmt_day(q, 1);
    mark_from_row(q, 2, habit_id, ctx->arena, old);
    stmt_end(q);
    return E_OK;
}

enum ecode log_put(struct ctx *ctx, const struct log_mark *in, struct log_result *out)
{
    struct pending_mark p = {.mark = in, .source = ctx->source};
    enum habit_kind kind;
    struct day last_date;
    struct log_result result;
    enum ecode rc = load_target(ctx, &in->habit_id, in->day, &kind, &last_date, &p.old);
    if (rc == E_OK)
        rc = mark_check(ctx, in, kind, &p.marked_at);
    if (rc == E_OK)
        rc = mark_write(ctx, &p, &result);
    if (rc == E_OK && !mark_is_outdated(&p))
        rc = checkpoint_touch(ctx, &in->habit_id, last_date, in->day);
    if (rc == E_OK)
        *out = result;
    return rc;
}

enum ecode log_delete(struct ctx *ctx, const struct log_ref *in, void *none)
{
    enum habit_kind kind;
    struct day last_date;
    struct stored_mark old;
    enum ecode rc = load_target(ctx, &in->habit_id, in->day, &kind, &last_date, &old);
    if (rc != E_OK || !old.exists)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_log_delete);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &in->habit_id);
    stmt_bind_day(q, 3, in->day);
    rc = stmt_run(q);
    if (rc == E_OK) {
        struct daily_span span = {.any = false};
        daily_span_add(&span, old.entry.marked_at, old.entry.source);
        rc = daily_changed(ctx, &span);
    }
    if (rc == E_OK && !uuid_is_zero(&old.decline_note_id)) {
        q = db_query(ctx->db, &Q_decline_note_drop);
        stmt_bind_uuid(q, 1, &ctx->actor.user_id);
        stmt_bind_uuid(q, 2, &old.decline_note_id);
        rc = stmt_run(q);
    }
    return rc == E_OK ? checkpoint_touch(ctx, &in->habit_id, last_date, in->day) : rc;
}

static enum ecode check_range(struct ctx *ctx, const struct log_range *in)
{
    if (day_cmp(in->from, in->to) > 0)
        return err_field(&ctx->err, "from", "must not be after \"to\"");
    if (day_diff(in->to, in->from) > RANGE_DAYS_MAX)
        return err_field(&ctx->err, "from", "must be at most %d days before \"to\"", RANGE_DAYS_MAX);
    if (in->limit < 1 || in->limit > PAGE_MAX)
        return err_field(&ctx->err, "limit", "must be between 1 and %d", PAGE_MAX);
    return E_OK;
}

enum ecode log_list(struct ctx *ctx, const struct log_range *in, struct log_page *out)
{
    struct log_page page = {.items = NULL};
    enum habit_kind kind;
    struct day last_date;
    struct stored_mark mark;
    enum stmt_step step;
    enum ecode rc = check_range(ctx, in);
    if (rc == E_OK)
        rc = load_target(ctx, &in->habit_id, in->from, &kind, &last_date, &mark);
    if (rc != E_OK)
        return rc;
    struct day from = in->from;
    if (!day_is_none(in->after) && day_cmp(in->after, from) >= 0)
        from = day_add(in->after, 1);
    page.items = arena_array(ctx->arena, (size_t)in->limit + 1, sizeof *page.items);
    struct stmt *q = db_query(ctx->db, &Q_checkin_page);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &in->habit_id);
    stmt_bind_day(q, 3, from);
    stmt_bind_day(q, 4, in->to);
    stmt_bind_i64(q, 5, in->limit + 1);
    while ((step = stmt_step(q)) == STMT_ROW) {
        mark_from_row(q, 0, &in->habit_id, ctx->arena, &mark);
        page.items[page.count++] = mark.entry;
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    page.more = page.count > (size_t)in->limit;
    page.count -= page.more;
    *out = page;
    return E_OK;
}
