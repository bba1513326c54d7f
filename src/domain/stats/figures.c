#include "domain/stats/figures.h"

#include "stats.sql.h"

#define DAY_MS 86400000LL

static struct instant ago(const struct ctx *ctx, int days)
{
    return instant_from_ms(ctx->now.ms - days * DAY_MS);
}

static enum ecode read_people(struct ctx *ctx, struct figures *f)
{
    struct stmt *q = db_query(ctx->db, &Q_figures_people);
    stmt_bind_time(q, 1, ago(ctx, 1));
    stmt_bind_time(q, 2, ago(ctx, 7));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    f->people = stmt_i64(q, 0);
    f->reachable = stmt_i64(q, 1);
    f->new_day = stmt_i64(q, 2);
    f->new_week = stmt_i64(q, 3);
    f->premium = stmt_i64(q, 4);
    stmt_end(q);
    return E_OK;
}

static enum ecode read_marks(struct ctx *ctx, struct figures *f)
{
    struct day today = day_of((int32_t)(ctx->now.ms / DAY_MS));
    struct stmt *q = db_query(ctx->db, &Q_figures_active);
    stmt_bind_day(q, 1, today);
    stmt_bind_day(q, 2, day_add(today, -6));
    stmt_bind_day(q, 3, day_add(today, -29));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    f->active_day = stmt_i64(q, 0);
    f->active_week = stmt_i64(q, 1);
    f->active_month = stmt_i64(q, 2);
    stmt_end(q);
    q = db_query(ctx->db, &Q_figures_marks);
    stmt_bind_day(q, 1, today);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    f->marks_today = stmt_i64(q, 0);
    stmt_end(q);
    return E_OK;
}

static enum ecode read_number(struct stmt *q, int64_t *out)
{
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = stmt_i64(q, 0);
    stmt_end(q);
    return E_OK;
}

static enum ecode read_deliveries(struct ctx *ctx, struct figures *f)
{
    struct stmt *q = db_query(ctx->db, &Q_figures_deliveries);
    stmt_bind_time(q, 1, ago(ctx, 1));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    f->reminders_sent = stmt_i64(q, 0);
    f->reminders_missed = stmt_i64(q, 1);
    f->reminders_waiting = stmt_i64(q, 2);
    stmt_end(q);
    return E_OK;
}

enum ecode figures_get(struct ctx *ctx, const void *unused, struct figures *out)
{
    struct figures f = {.at = ctx->now};
    enum ecode rc = read_people(ctx, &f);
    if (rc == E_OK)
        rc = read_marks(ctx, &f);
    if (rc == E_OK)
        rc = read_number(db_query(ctx->db, &Q_figures_habits), &f.habits);
    if (rc == E_OK)
        rc = read_deliveries(ctx, &f);
    if (rc == E_OK)
        rc = read_number(db_query(ctx->db, &Q_figures_broadcasts), &f.broadcasts_running);
    if (rc == E_OK)
        rc = outbox_stats(ctx, &f.outbox);
    if (rc == E_OK)
        rc = inbox_stats(ctx, &f.inbox);
    if (rc == E_OK)
        *out = f;
    return rc;
}
