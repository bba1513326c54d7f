#include "domain/maintain/maintain.h"

#include <stddef.h>
#include "base/check.h"
#include "domain/habit/habit.h"
#include "domain/report/daily.h"
#include "maintain.sql.h"

#define MS_PER_DAY 86400000LL
#define HABITS_STEP 10

static struct instant days_ago(const struct ctx *ctx, int days)
{
    return instant_from_ms(ctx->now.ms - days * MS_PER_DAY);
}

struct habit_key {
    struct uuid user_id, id;
};

static enum ecode drop_habit(struct ctx *ctx, const struct habit_key *key)
{
    static const struct query *const steps[] = {&Q_maintain_drop_logs, &Q_maintain_drop_streak,
                                                &Q_maintain_drop_schedules, &Q_maintain_drop_habit};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct stmt *q = db_query(ctx->db, steps[i]);
        stmt_bind_uuid(q, 1, &key->user_id);
        stmt_bind_uuid(q, 2, &key->id);
        enum ecode rc = stmt_run(q);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

static enum ecode drop_dead_habits(struct ctx *ctx, int64_t *count)
{
    struct habit_key keys[HABITS_STEP];
    size_t n = 0;
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_maintain_dead_habits);
    stmt_bind_time(q, 1, days_ago(ctx, HABIT_UNDO_DAYS));
    stmt_bind_i64(q, 2, HABITS_STEP);
    while ((step = stmt_step(q)) == STMT_ROW && n < HABITS_STEP)
        keys[n++] = (struct habit_key){stmt_uuid(q, 0), stmt_uuid(q, 1)};
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    for (size_t i = 0; i < n; i++) {
        enum ecode rc = daily_forget(ctx, &keys[i].user_id);
        if (rc == E_OK)
            rc = drop_habit(ctx, &keys[i]);
        if (rc != E_OK)
            return rc;
    }
    *count = (int64_t)n;
    return E_OK;
}

static enum ecode drop_decline_notes(struct ctx *ctx, int64_t *count)
{
    struct uuid users[HABITS_STEP];
    size_t n = 0;
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_maintain_orphan_notes);
    stmt_bind_time(q, 1, days_ago(ctx, 1));
    stmt_bind_i64(q, 2, HABITS_STEP);
    while ((step = stmt_step(q)) == STMT_ROW && n < HABITS_STEP)
        users[n++] = stmt_uuid(q, 0);
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        q = db_query(ctx->db, &Q_maintain_drop_decline_notes);
        stmt_bind_uuid(q, 1, &users[i]);
        stmt_bind_time(q, 2, days_ago(ctx, 1));
        enum ecode rc = stmt_run(q);
        if (rc != E_OK)
            return rc;
        *count += stmt_changes(q);
    }
    return E_OK;
}

/* What goes by age alone: rows older than so many days, a few at a time. */
static const struct {
    const struct query *query;
    int days, step;
    size_t count; /* where in struct maintain_counts */
} by_age[] = {
    {&Q_maintain_drop_idempotency, 30, 1000, offsetof(struct maintain_counts, idempotency)},
    {&Q_maintain_drop_sessions, 30, 1000, offsetof(struct maintain_counts, sessions)},
    {&Q_maintain_drop_sign_in_links, 1, 1000, offsetof(struct maintain_counts, sign_in_links)},
    {&Q_maintain_drop_inbox, 2, 1000, offsetof(struct maintain_counts, inbox)},
    {&Q_maintain_drop_outbox, 7, 500, offsetof(struct maintain_counts, outbox)},
    {&Q_maintain_drop_deliveries, 90, 500, offsetof(struct maintain_counts, deliveries)},
    {&Q_maintain_drop_alerts, 365, 100, offsetof(struct maintain_counts, alerts)},
};

static enum ecode drop_old(struct ctx *ctx, struct maintain_counts *c, bool *more)
{
    for (size_t i = 0; i < ARRAY_LEN(by_age); i++) {
        struct stmt *q = db_query(ctx->db, by_age[i].query);
        stmt_bind_time(q, 1, days_ago(ctx, by_age[i].days));
        stmt_bind_i64(q, 2, by_age[i].step);
        enum ecode rc = stmt_run(q);
        if (rc != E_OK)
            return rc;
        *(int64_t *)(void *)((char *)c + by_age[i].count) = stmt_changes(q);
        *more |= stmt_changes(q) == by_age[i].step;
    }
    return E_OK;
}

enum ecode maintain_step(struct ctx *ctx, struct maintain_counts *done, bool *more)
{
    struct maintain_counts c = {0};
    bool left = false;
    enum ecode rc = drop_dead_habits(ctx, &c.habits);
    if (rc == E_OK)
        rc = drop_decline_notes(ctx, &c.decline_notes);
    if (rc == E_OK)
        rc = drop_old(ctx, &c, &left);
    if (rc != E_OK)
        return rc;
    *done = c;
    *more = left || c.habits == HABITS_STEP;
    return E_OK;
}
