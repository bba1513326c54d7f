#include "domain/report/daily.h"

#include "daily.sql.h"

#define MS_PER_DAY 86400000LL
#define OPEN_DAYS 2   /* today and yesterday: a writer names only older days */
#define CLOSED_DAYS 3 /* and a row is made a day later still: that writer has ended */

static struct day day_at(struct instant t)
{
    int64_t n = t.ms / MS_PER_DAY;
    return day_of((int32_t)(n - (t.ms % MS_PER_DAY < 0)));
}

static struct instant begin_of(struct day d)
{
    return instant_from_ms((int64_t)d.n * MS_PER_DAY);
}

static struct day earlier(struct day a, struct day b)
{
    return day_cmp(a, b) < 0 ? a : b;
}

static struct day later(struct day a, struct day b)
{
    return day_cmp(a, b) > 0 ? a : b;
}

void daily_span_add(struct daily_span *span, struct instant marked_at, enum source source)
{
    if (source == SOURCE_IMPORT || source == SOURCE_AUTO)
        return;
    if (!span->any || instant_cmp(marked_at, span->first) < 0)
        span->first = marked_at;
    if (!span->any || instant_cmp(marked_at, span->last) > 0)
        span->last = marked_at;
    span->any = true;
}

enum ecode daily_changed(struct ctx *ctx, const struct daily_span *span)
{
    struct day open = day_add(day_at(ctx->now), 1 - OPEN_DAYS);
    if (!span->any || day_cmp(day_at(span->first), open) >= 0)
        return E_OK;
    struct uuid id = ctx_new_id(ctx);
    struct stmt *q = db_query(ctx->db, &Q_daily_change_add);
    stmt_bind_uuid(q, 1, &id);
    stmt_bind_day(q, 2, day_at(span->first));
    stmt_bind_day(q, 3, earlier(day_at(span->last), day_add(open, -1)));
    return stmt_run(q);
}

enum ecode daily_forget(struct ctx *ctx, const struct uuid *user_id)
{
    struct daily_span span = {.any = false};
    struct stmt *q = db_query(ctx->db, &Q_daily_of_person);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    if (!stmt_is_null(q, 0))
        span = (struct daily_span){true, stmt_time(q, 0), stmt_time(q, 1)};
    stmt_end(q);
    return daily_changed(ctx, &span);
}

/* Counts one day in the marks. */
static enum ecode count_day(struct ctx *ctx, struct day day, struct daily *out)
{
    struct stmt *q = db_query(ctx->db, &Q_daily_count);
    stmt_bind_time(q, 1, begin_of(day));
    stmt_bind_time(q, 2, begin_of(day_add(day, 1)));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = (struct daily){day, stmt_i64(q, 0), stmt_i64(q, 1), stmt_i64(q, 2), stmt_i64(q, 3)};
    stmt_end(q);
    return E_OK;
}

/* The rows of these days that hold; known[i] says whether day from + i has one. */
static enum ecode read_rows(struct ctx *ctx, struct day from, struct day to, struct daily *out, bool *known)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_daily_rows);
    stmt_bind_day(q, 1, from);
    stmt_bind_day(q, 2, to);
    while ((step = stmt_step(q)) == STMT_ROW) {
        int32_t i = day_diff(stmt_day(q, 0), from);
        out[i] =
            (struct daily){stmt_day(q, 0), stmt_i64(q, 1), stmt_i64(q, 2), stmt_i64(q, 3), stmt_i64(q, 4)};
        known[i] = true;
    }
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    q = db_query(ctx->db, &Q_daily_changes);
    stmt_bind_day(q, 1, from);
    stmt_bind_day(q, 2, to);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct day last = earlier(stmt_day(q, 2), to);
        for (struct day d = later(stmt_day(q, 1), from); day_cmp(d, last) <= 0; d = day_add(d, 1))
            known[day_diff(d, from)] = false;
    }
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode daily_read(struct ctx *ctx, struct day from, struct day to, struct daily *out)
{
    size_t n = (size_t)day_diff(to, from) + 1;
    bool *known = arena_array(ctx->arena, n, sizeof *known);
    enum ecode rc = read_rows(ctx, from, to, out, known);
    for (size_t i = 0; rc == E_OK && i < n; i++)
        if (!known[i])
            rc = count_day(ctx, day_add(from, (int32_t)i), &out[i]);
    return rc;
}

struct bounds {
    struct day first, last;
    int64_t count;
};

static enum ecode read_bounds(struct ctx *ctx, struct bounds *b)
{
    struct stmt *q = db_query(ctx->db, &Q_daily_bounds);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *b = (struct bounds){stmt_day(q, 0), stmt_day(q, 1), stmt_i64(q, 2)};
    stmt_end(q);
    return E_OK;
}

/* The first day without a row: behind the newest row, or that of the first mark. day_none(): no mark at all.
 */
static enum ecode first_missing(struct ctx *ctx, struct day *out)
{
    struct bounds b;
    enum ecode rc = read_bounds(ctx, &b);
    if (rc != E_OK)
        return rc;
    *out = day_is_none(b.last) ? day_none() : day_add(b.last, 1);
    if (!day_is_none(*out))
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_daily_first_mark);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    if (!stmt_is_null(q, 0))
        *out = day_at(stmt_time(q, 0));
    stmt_end(q);
    return E_OK;
}

static enum ecode count_days(struct ctx *ctx, struct day from, struct day to, struct daily_batch *b)
{
    enum ecode rc = E_OK;
    for (struct day d = from; rc == E_OK && day_cmp(d, to) <= 0 && b->count < DAILY_STEP; d = day_add(d, 1)) {
        rc = count_day(ctx, d, &b->days[b->count]);
        b->count += rc == E_OK;
    }
    return rc;
}

/* The oldest change, as far as it lies among days that have rows: the others are counted in their turn. */
static enum ecode plan_change(struct ctx *ctx, struct daily_batch *b)
{
    struct bounds bounds;
    enum ecode rc = read_bounds(ctx, &bounds);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_daily_change_next);
    enum stmt_step step = stmt_step(q);
    if (step != STMT_ROW)
        return step == STMT_ERROR ? ctx->err.code : E_OK;
    b->has_change = true;
    b->change = stmt_uuid(q, 0);
    b->change_rest = day_none();
    struct day first = stmt_day(q, 1), last = stmt_day(q, 2);
    stmt_end(q);
    if (day_is_none(bounds.last))
        return E_OK;
    last = earlier(last, bounds.last);
    rc = count_days(ctx, first, last, b);
    if (rc == E_OK && b->count > 0 && day_cmp(b->days[b->count - 1].day, last) < 0)
        b->change_rest = day_add(b->days[b->count - 1].day, 1);
    return rc;
}

enum ecode daily_plan(struct ctx *ctx, struct daily_batch *out)
{
    struct daily_batch b = {.count = 0};
    struct day from;
    enum ecode rc = plan_change(ctx, &b);
    if (rc == E_OK && !b.has_change) {
        rc = first_missing(ctx, &from);
        if (rc == E_OK && !day_is_none(from))
            rc = count_days(ctx, from, day_add(day_at(ctx->now), -CLOSED_DAYS), &b);
    }
    if (rc == E_OK)
        *out = b;
    return rc;
}

/* *mine: no other instance was quicker. */
static enum ecode settle_change(struct ctx *ctx, const struct daily_batch *b, bool *mine)
{
    struct stmt *q =
        db_query(ctx->db, day_is_none(b->change_rest) ? &Q_daily_change_drop : &Q_daily_change_cut);
    stmt_bind_uuid(q, 1, &b->change);
    if (!day_is_none(b->change_rest))
        stmt_bind_day(q, 2, b->change_rest);
    enum ecode rc = stmt_run(q);
    *mine = rc == E_OK && stmt_changes(q) == 1;
    return rc;
}

enum ecode daily_store(struct ctx *ctx, const struct daily_batch *batch)
{
    bool mine = true;
    enum ecode rc = batch->has_change ? settle_change(ctx, batch, &mine) : E_OK;
    for (size_t i = 0; rc == E_OK && mine && i < batch->count; i++) {
        const struct daily *d = &batch->days[i];
        struct stmt *q = db_query(ctx->db, &Q_daily_upsert);
        stmt_bind_day(q, 1, d->day);
        stmt_bind_i64(q, 2, d->active);
        stmt_bind_i64(q, 3, d->done);
        stmt_bind_i64(q, 4, d->declined);
        stmt_bind_i64(q, 5, d->skipped);
        rc = stmt_run(q);
    }
    return rc;
}

static bool same(const struct daily *a, const struct daily *b)
{
    return a->active == b->active && a->done == b->done && a->declined == b->declined &&
           a->skipped == b->skipped;
}

enum ecode daily_verify(struct ctx *ctx, int max, void (*wrong)(void *arg, const struct daily *row),
                        void *arg)
{
    struct bounds b;
    enum ecode rc = read_bounds(ctx, &b);
    if (rc != E_OK || b.count == 0)
        return rc;
    int32_t span = day_diff(b.last, b.first), stride = span / max + 1;
    for (struct day d = b.last; rc == E_OK && day_cmp(d, b.first) >= 0; d = day_add(d, -stride)) {
        struct daily row, fresh = {0};
        bool known = false;
        rc = read_rows(ctx, d, d, &row, &known);
        if (rc == E_OK && known)
            rc = count_day(ctx, d, &fresh);
        if (rc == E_OK && known && !same(&row, &fresh))
            wrong(arg, &row);
    }
    return rc;
}
