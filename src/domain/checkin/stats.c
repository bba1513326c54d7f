#include <math.h>
#include "domain/checkin/checkpoint.h"
#include "domain/checkin/mark.h"
#include "domain/score/score.h"

#define NAMED_DAYS 31 /* before the day asked about: completion of the last thirty */

/* A habit with its marks up to the last day that counts. */
struct history {
    struct habit habit;
    struct checkpoint checkpoint;
    struct mark_list marks;
    struct day on, first; /* first: the first mark's day, day_none() without marks */
    struct habit_stats stats;
};

/* The last day that counts for a habit: a paused one's streak stays as it was when it was paused. */
static struct day last_counting_day(struct ctx *ctx, const struct habit *h, struct day on)
{
    if (!h->paused)
        return on;
    struct day paused = zone_local_day(ctx->actor.zone, h->paused_at, ctx->actor.day_starts_at);
    return day_cmp(paused, on) < 0 ? paused : on;
}

static struct day older(struct day a, struct day b)
{
    return day_cmp(b, a) < 0 ? b : a;
}

/* The whole history as of `on`, with the days its schedules name from the first mark and from `from` on. */
static enum ecode load(struct ctx *ctx, const struct uuid *habit_id, struct day from, struct day on,
                       struct history *h)
{
    enum ecode rc = habit_get(ctx, &(struct habit_ref){*habit_id}, &h->habit);
    if (rc == E_OK)
        rc = checkpoint_rule(ctx, &h->habit, &h->checkpoint);
    if (rc != E_OK)
        return rc;
    h->on = last_counting_day(ctx, &h->habit, on);
    rc = checkpoint_marks(ctx, habit_id, day_none(), day_none(), h->on, &h->marks);
    if (rc != E_OK)
        return rc;
    h->first = h->marks.count ? h->marks.items[0].day : day_none();
    struct day named = older(day_add(h->on, -NAMED_DAYS), from);
    if (!day_is_none(h->first))
        named = older(named, h->first);
    checkpoint_name_days(ctx, &h->checkpoint, named, h->on);
    habit_stats(ctx->arena, &h->checkpoint.rule, h->marks.items, h->marks.count, h->on, &h->stats);
    return E_OK;
}

static void fill_stats(struct ctx *ctx, const struct habit_stats *found, struct stats *out)
{
    out->score = found->score;
    out->current_streak = found->current_streak;
    out->best_streak = found->best_streak;
    out->total_done = found->total_done;
    out->has_completion = found->has_completion;
    out->completion_30d = found->completion_30d;
    out->streaks_count = found->streak_count;
    out->streaks = arena_array(ctx->arena, found->streak_count, sizeof *out->streaks);
    for (size_t i = 0; i < found->streak_count; i++)
        out->streaks[i] =
            (struct stats_streak){found->streaks[i].from, found->streaks[i].to, found->streaks[i].length};
}

enum ecode stats_get(struct ctx *ctx, const struct stats_query *in, struct stats *out)
{
    struct stats s = {.streaks = NULL};
    struct history h;
    enum ecode rc = checkin_day(ctx, in->on, "on", &s.on);
    if (rc == E_OK)
        rc = load(ctx, &in->habit_id, s.on, s.on, &h);
    if (rc != E_OK)
        return rc;
    fill_stats(ctx, &h.stats, &s);
    *out = s;
    return E_OK;
}

/* --- a year, day by day -------------------------------------------------------------------------------- */

/* How much of a measurable day's target its value is; of a limit, how far it was kept. */
static double share_of_target(const struct habit_rule *r, int64_t value)
{
    double v = (double)value, target = (double)r->target;
    if (r->target <= 0)
        return 0;
    return r->target_kind == TARGET_AT_LEAST ? fmin(1.0, v / target)
                                             : fmax(0.0, fmin(1.0, 1.0 - (v - target) / target));
}

static void fill_day(const struct history *h, struct day d, struct year_day *out)
{
    const struct habit_rule *r = &h->checkpoint.rule;
    const struct mark *m = mark_find(h->marks.items, h->marks.count, d);
    struct day begins = day_is_none(h->first) ? h->habit.starts_on : older(h->habit.starts_on, h->first);
    out->began = day_cmp(d, begins) >= 0;
    out->due = !h->habit.archived && habit_due(r, h->marks.items, h->marks.count, h->first, d);
    if (!m)
        return;
    out->status = (enum log_status)m->status;
    out->done = m->status != MARK_SKIPPED && mark_done(r, m);
    if (r->kind == HABIT_MEASURABLE && m->has_value && m->status != MARK_SKIPPED)
        out->share = out->done ? 1.0 : share_of_target(r, m->value);
}

static void fill_year(struct ctx *ctx, const struct history *h, struct year *out)
{
    size_t counted = day_cmp(h->on, out->first) < 0 ? 0 : (size_t)day_diff(h->on, out->first) + 1;
    double *scores = arena_array(ctx->arena, counted, sizeof *scores);
    out->days = arena_array(ctx->arena, out->count, sizeof *out->days);
    if (counted > 0)
        score_series(&h->checkpoint.rule, h->marks.items, h->marks.count, out->first, h->on, scores);
    for (size_t i = 0; i < out->count; i++) {
        struct day d = day_add(out->first, (int32_t)i);
        out->days[i] = (struct year_day){.status = LOG_NONE, .began = true, .score = (double)NAN};
        if (i >= counted) /* paused since */
            continue;
        fill_day(h, d, &out->days[i]);
        if (!day_is_none(h->first) && day_cmp(d, h->first) >= 0)
            out->days[i].score = scores[i];
    }
}

enum ecode year_get(struct ctx *ctx, const struct year_query *in, struct year *out)
{
    struct history h;
    struct year y = {.first = in->from, .stats.on = ctx_today(ctx)};
    struct day to = day_is_none(in->to) ? y.stats.on : older(in->to, y.stats.on);
    if (in->from.n < DAY_FIRST_LOG || day_cmp(in->from, to) > 0 || day_diff(to, in->from) >= YEAR_DAYS_MAX)
        return err_field(&ctx->err, "from", "must be at most a year before the last day");
    enum ecode rc = load(ctx, &in->habit_id, in->from, y.stats.on, &h);
    if (rc != E_OK)
        return rc;
    y.habit = h.habit;
    y.count = (size_t)day_diff(to, in->from) + 1;
    fill_stats(ctx, &h.stats, &y.stats);
    fill_year(ctx, &h, &y);
    *out = y;
    return E_OK;
}

enum day_level year_day_level(const struct year *y, const struct year_day *d)
{
    if (!d->began)
        return DAY_BEFORE;
    if (d->status == LOG_SKIPPED)
        return DAY_SKIPPED;
    if (d->done)
        return DAY_DONE;
    if (y->habit.kind == HABIT_MEASURABLE && d->share > 0)
        return DAY_PARTLY;
    if (d->status == LOG_DECLINED)
        return DAY_DECLINED;
    return d->due ? DAY_OPEN : DAY_NOT_DUE;
}
