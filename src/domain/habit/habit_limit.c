#include "domain/habit/habit.h"
#include "domain/habit/habit_rows.h"
#include "habit.sql.h"

/* What a change of tier does to habits: nothing is lost, the newest are paused. */

struct candidate {
    struct uuid id;
    bool paused; /* by the tier */
};

/* Habits that are active or paused by the tier, those created first first. */
static enum ecode read_candidates(struct ctx *ctx, struct candidate *out, size_t *n)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_habit_limited);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_i64(q, 2, HABITS_PER_USER_MAX);
    for (*n = 0; (step = stmt_step(q)) == STMT_ROW && *n < HABITS_PER_USER_MAX; (*n)++)
        out[*n] = (struct candidate){stmt_uuid(q, 0), !stmt_is_null(q, 1)};
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static enum ecode set_paused(struct ctx *ctx, const struct uuid *id, bool paused)
{
    struct habit h;
    enum ecode rc = habit_get(ctx, &(struct habit_ref){*id}, &h);
    if (rc != E_OK)
        return rc;
    h.paused = h.paused_by_tier = paused;
    h.paused_at = ctx->now;
    rc = habit_update_row(ctx, &h);
    return rc == E_OK ? schedules_refresh_habit(ctx, &h) : rc;
}

enum ecode habit_follow_limit(struct ctx *ctx)
{
    struct candidate *all = arena_array(ctx->arena, HABITS_PER_USER_MAX, sizeof *all);
    size_t n, limit = (size_t)ctx->policy->habit_limit[ctx->actor.tier];
    enum ecode rc = read_candidates(ctx, all, &n);
    for (size_t i = 0; i < n && rc == E_OK; i++) {
        bool pause = limit > 0 && i >= limit;
        if (pause != all[i].paused)
            rc = set_paused(ctx, &all[i].id, pause);
    }
    return rc;
}
