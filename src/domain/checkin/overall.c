#include "base/check.h"
#include "domain/checkin/mark.h"
#include "checkin.sql.h"

/* Marks of all habits together: by day, and by habit. */

static void add(struct overall_counts *c, const char *status, int64_t n)
{
    switch ((enum log_status)name_index(log_status_names, status)) {
    case LOG_DONE:
        c->done += n;
        break;
    case LOG_DECLINED:
        c->declined += n;
        break;
    case LOG_SKIPPED:
        c->skipped += n;
        break;
    default:
        break;
    }
}

static struct stmt *start(struct ctx *ctx, const struct query *query, const struct overall *o)
{
    struct stmt *q = db_query(ctx->db, query);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_day(q, 2, o->from);
    stmt_bind_day(q, 3, o->to);
    return q;
}

static enum ecode load_days(struct ctx *ctx, struct overall *o)
{
    enum stmt_step step;
    struct stmt *q = start(ctx, &Q_checkin_count_days, o);
    o->days_count = (size_t)day_diff(o->to, o->from) + 1;
    o->days = arena_array(ctx->arena, o->days_count, sizeof *o->days);
    while ((step = stmt_step(q)) == STMT_ROW)
        add(&o->days[day_diff(stmt_day(q, 0), o->from)], stmt_text(q, 1), stmt_i64(q, 2));
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* The rows are by habit. */
static enum ecode load_habits(struct ctx *ctx, struct overall *o)
{
    enum stmt_step step;
    struct stmt *q = start(ctx, &Q_checkin_count_habits, o);
    o->habits = arena_array(ctx->arena, HABITS_PER_USER_MAX, sizeof *o->habits);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid id = stmt_uuid(q, 0);
        if (o->habits_count == 0 || uuid_cmp(&o->habits[o->habits_count - 1].habit_id, &id) != 0) {
            if (o->habits_count == HABITS_PER_USER_MAX)
                continue;
            o->habits[o->habits_count++].habit_id = id;
        }
        add(&o->habits[o->habits_count - 1].counts, stmt_text(q, 1), stmt_i64(q, 2));
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode overall_get(struct ctx *ctx, const struct overall_query *in, struct overall *out)
{
    struct overall o = {.to = ctx_today(ctx)};
    if (!day_is_none(in->to) && day_cmp(in->to, o.to) < 0)
        o.to = in->to;
    o.from = day_is_none(in->from) ? day_add(o.to, -29) : in->from;
    if (o.from.n < DAY_FIRST_LOG || day_cmp(o.from, o.to) > 0 || day_diff(o.to, o.from) >= YEAR_DAYS_MAX)
        return err_field(&ctx->err, "from", "must be at most a year before the last day");
    enum ecode rc = load_days(ctx, &o);
    if (rc == E_OK)
        rc = load_habits(ctx, &o);
    if (rc == E_OK)
        *out = o;
    return rc;
}
