#include "domain/doctor/doctor_checks.h"

#include <string.h>
#include "domain/checkin/checkpoint.h"
#include "domain/report/daily.h"
#include "doctor.sql.h"

#define PAGE 200
#define DAYS_SAMPLED 31
#define MS_PER_DAY 86400000LL

enum ecode doctor_check_users(struct ctx *ctx, struct doctor_result *r)
{
    char id[UUID_TEXT];
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_doctor_users);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid user = stmt_uuid(q, 0);
        struct err unknown;
        const struct zone *zone;
        struct day day = day_of((int32_t)(stmt_time(q, 4).ms / MS_PER_DAY));
        if (zone_get(stmt_text(q, 1), &zone, &unknown) != E_OK)
            doctor_name(ctx, r, "user %s: time zone \"%s\" is not known", uuid_format(&user, id),
                        stmt_text(q, 1));
        if (day_cmp(stmt_day(q, 2), day) != 0 ||
            day_cmp(stmt_day(q, 3), day_add(day, 1 - day_weekday(day))) != 0)
            doctor_name(ctx, r, "user %s: the cohort is not that of the first contact",
                        uuid_format(&user, id));
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static bool same_state(const struct score_state *a, const struct score_state *b)
{
    return a->score - b->score < 1e-12 && b->score - a->score < 1e-12 &&
           day_cmp(a->first_date, b->first_date) == 0 && day_cmp(a->run_from, b->run_from) == 0 &&
           day_cmp(a->interval_from, b->interval_from) == 0 &&
           day_cmp(a->interval_done, b->interval_done) == 0 && a->run_starts_len == b->run_starts_len &&
           (a->run_starts_len == 0 || memcmp(a->run_starts, b->run_starts, a->run_starts_len) == 0);
}

/* One checkpoint against the whole history, in an arena of its own: histories are long and many. */
static enum ecode check_streak(struct ctx *ctx, const struct uuid *user, const struct uuid *habit,
                               struct doctor_result *r)
{
    char u[UUID_TEXT], h[UUID_TEXT];
    struct checkpoint c;
    struct score_state fresh;
    enum ecode rc = uuid_cmp(&ctx->actor.user_id, user) == 0 ? E_OK : ctx_act_as(ctx, user);
    if (rc == E_NOT_FOUND || rc == E_INVALID) /* erased, or in an unknown zone: other checks name them */
        return E_OK;
    if (rc == E_OK)
        rc = checkpoint_load(ctx, habit, &c);
    if (rc == E_OK)
        rc = checkpoint_recompute(ctx, habit, &c, c.state.last_date, &fresh);
    if (rc == E_OK && !same_state(&c.state, &fresh))
        doctor_name(ctx, r, "user %s: the checkpoint of habit %s is not what its marks give",
                    uuid_format(user, u), uuid_format(habit, h));
    return rc;
}

enum ecode doctor_check_streaks(struct ctx *ctx, struct doctor_result *r)
{
    struct uuid users[PAGE], habits[PAGE], after_user = {{0}}, after_habit = {{0}};
    struct arena *results = ctx->arena, *scratch = arena_new(HISTORY_ARENA_BYTES);
    struct actor actor = ctx->actor;
    enum ecode rc = E_OK;
    size_t n = PAGE;
    while (rc == E_OK && n == PAGE) {
        enum stmt_step step;
        struct stmt *q = db_query(ctx->db, &Q_doctor_streaks);
        stmt_bind_uuid(q, 1, &after_user);
        stmt_bind_uuid(q, 2, &after_habit);
        stmt_bind_i64(q, 3, PAGE);
        for (n = 0; (step = stmt_step(q)) == STMT_ROW; n++) {
            users[n] = stmt_uuid(q, 0);
            habits[n] = stmt_uuid(q, 1);
        }
        rc = step == STMT_ERROR ? ctx->err.code : E_OK;
        for (size_t i = 0; rc == E_OK && i < n; i++) {
            struct doctor_result one = {.name = r->name};
            ctx->arena = scratch;
            rc = check_streak(ctx, &users[i], &habits[i], &one);
            ctx->arena = results;
            if (one.violations)
                doctor_name(ctx, r, "%s", one.rows[0]);
            arena_reset(scratch);
        }
        if (n) {
            after_user = users[n - 1];
            after_habit = habits[n - 1];
        }
    }
    ctx->actor = actor;
    arena_free(scratch);
    return rc;
}

struct finding {
    struct ctx *ctx;
    struct doctor_result *result;
};

static void add_day(void *arg, const struct daily *row)
{
    struct finding *f = arg;
    char day[DAY_TEXT];
    doctor_name(f->ctx, f->result, "%s: the figures are not what the marks of that day give",
                day_format(row->day, day));
}

enum ecode doctor_check_daily(struct ctx *ctx, struct doctor_result *r)
{
    struct finding f = {ctx, r};
    return daily_verify(ctx, DAYS_SAMPLED, add_day, &f);
}

static void add_damage(void *arg, const char *what)
{
    struct finding *i = arg;
    doctor_name(i->ctx, i->result, "%s", what);
}

enum ecode doctor_check_integrity(struct ctx *ctx, struct doctor_result *r)
{
    struct finding i = {ctx, r};
    return db_check_integrity(ctx->db, add_damage, &i);
}
