#include "domain/report/report.h"

#include <string.h>
#include "base/check.h"
#include "report.sql.h"

#define WEEKS 8
#define DAYS_PER_WEEK 7

static const struct grid_shape cohorts = {
    "cohorts",
    "week",
    {"people", "week_1", "week_2", "week_3", "week_4", "week_5", "week_6", "week_7", "week_8", NULL},
};
static const struct grid_shape retention = {"retention", "day", {"people", "day_1", "day_7", "day_30", NULL}};
static const struct grid_shape habits = {
    "habits",
    "kind",
    {"habits", "active", "paused", "archived", "new", "done", "declined", "skipped", NULL},
};
static const int32_t retention_days[] = {1, 7, 30};

static enum ecode begin(struct ctx *ctx, const struct report_span *span, const struct grid_shape *shape,
                        struct grid *g)
{
    *g = (struct grid){.shape = shape};
    enum ecode rc = report_complete(ctx, span, &g->from, &g->to);
    if (rc == E_OK)
        g->rows = arena_array(ctx->arena, REPORT_DAYS_MAX, sizeof *g->rows);
    return rc;
}

static struct grid_row *add_day(struct ctx *ctx, struct grid *g, struct day day)
{
    char text[DAY_TEXT];
    CHECK(g->count < REPORT_DAYS_MAX);
    struct grid_row *row = &g->rows[g->count++];
    *row = (struct grid_row){.label = arena_strdup(ctx->arena, day_format(day, text))};
    return row;
}

/* Who came in [from, to], ends included. */
static enum ecode came(struct ctx *ctx, struct day from, struct day to, int64_t *out)
{
    struct stmt *q = db_query(ctx->db, &Q_report_came);
    stmt_bind_time(q, 1, report_begin(from));
    stmt_bind_time(q, 2, report_begin(day_add(to, 1)));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = stmt_i64(q, 0);
    stmt_end(q);
    return E_OK;
}

/* Of them, who made a mark in the `days` days from `since` on. */
static enum ecode came_back(struct ctx *ctx, struct day from, struct day to, struct day since, int32_t days,
                            int64_t *out)
{
    struct stmt *q = db_query(ctx->db, &Q_report_came_back);
    stmt_bind_time(q, 1, report_begin(from));
    stmt_bind_time(q, 2, report_begin(day_add(to, 1)));
    stmt_bind_time(q, 3, report_begin(since));
    stmt_bind_time(q, 4, report_begin(day_add(since, days)));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = stmt_i64(q, 0);
    stmt_end(q);
    return E_OK;
}

static bool has_begun(const struct ctx *ctx, struct day d)
{
    return instant_cmp(report_begin(d), ctx->now) <= 0;
}

enum ecode report_retention(struct ctx *ctx, const struct report_span *span, struct grid *out)
{
    struct grid g;
    enum ecode rc = begin(ctx, span, &retention, &g);
    for (struct day d = g.from; rc == E_OK && day_cmp(d, g.to) <= 0; d = day_add(d, 1)) {
        struct grid_row *row = add_day(ctx, &g, d);
        rc = came(ctx, d, d, &row->n[0]);
        for (size_t i = 0; rc == E_OK && i < ARRAY_LEN(retention_days); i++) {
            struct day since = day_add(d, retention_days[i]);
            if (!has_begun(ctx, since))
                row->n[i + 1] = GRID_UNKNOWN;
            else if (row->n[0] > 0)
                rc = came_back(ctx, d, d, since, 1, &row->n[i + 1]);
        }
    }
    if (rc == E_OK)
        *out = g;
    return rc;
}

static struct day monday(struct day d)
{
    return day_add(d, 1 - day_weekday(d));
}

enum ecode report_cohorts(struct ctx *ctx, const struct report_span *span, struct grid *out)
{
    struct grid g;
    int64_t people;
    enum ecode rc = begin(ctx, span, &cohorts, &g);
    for (struct day week = monday(g.from); rc == E_OK && day_cmp(week, g.to) <= 0;
         week = day_add(week, DAYS_PER_WEEK)) {
        struct day last = day_add(week, DAYS_PER_WEEK - 1);
        rc = came(ctx, week, last, &people);
        if (rc != E_OK || people == 0)
            continue;
        struct grid_row *row = add_day(ctx, &g, week);
        row->n[0] = people;
        for (int k = 1; rc == E_OK && k <= WEEKS; k++) {
            struct day since = day_add(week, k * DAYS_PER_WEEK);
            if (has_begun(ctx, since))
                rc = came_back(ctx, week, last, since, DAYS_PER_WEEK, &row->n[k]);
            else
                row->n[k] = GRID_UNKNOWN;
        }
    }
    if (rc == E_OK)
        *out = g;
    return rc;
}

static struct grid_row *row_of(struct ctx *ctx, struct grid *g, const char *kind)
{
    for (size_t i = 0; i < g->count; i++)
        if (strcmp(g->rows[i].label, kind) == 0)
            return &g->rows[i];
    CHECK(g->count < REPORT_DAYS_MAX);
    g->rows[g->count] = (struct grid_row){.label = arena_strdup(ctx->arena, kind)};
    return &g->rows[g->count++];
}

static enum ecode add_by_kind(struct ctx *ctx, struct grid *g, const struct query *query, int first, int n)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, query);
    stmt_bind_time(q, 1, report_begin(g->from));
    stmt_bind_time(q, 2, report_begin(day_add(g->to, 1)));
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct grid_row *row = row_of(ctx, g, stmt_text(q, 0));
        for (int i = 0; i < n; i++)
            row->n[first + i] = stmt_i64(q, 1 + i);
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode report_habits(struct ctx *ctx, const struct report_span *span, struct grid *out)
{
    struct grid g;
    enum ecode rc = begin(ctx, span, &habits, &g);
    if (rc == E_OK)
        rc = add_by_kind(ctx, &g, &Q_report_habit_kinds, 0, 5);
    if (rc == E_OK)
        rc = add_by_kind(ctx, &g, &Q_report_habit_marks, 5, 3);
    if (rc == E_OK)
        *out = g;
    return rc;
}
