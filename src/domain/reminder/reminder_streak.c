#include <string.h>
#include "domain/habit/habit_rows.h"
#include "domain/reminder/reminder_rows.h"
#include "reminder.sql.h"

/* What streaks have people told: milestones, and the weekly summary. */

#define WEEK 7

static enum ecode load_marks(struct ctx *ctx, const struct uuid *habit_id, struct reminder_history *h)
{
    enum ecode rc = checkpoint_marks(ctx, habit_id, day_none(), day_none(), h->today, &h->marks);
    if (rc != E_OK)
        return rc;
    struct day named = day_add(h->today, -366);
    if (h->marks.count && day_cmp(h->marks.items[0].day, named) < 0)
        named = h->marks.items[0].day;
    checkpoint_name_days(ctx, &h->rule, named, h->today);
    return E_OK;
}

enum ecode reminder_history_load(struct ctx *ctx, const struct uuid *habit_id, struct reminder_history *out)
{
    struct reminder_history h = {.today = ctx_today(ctx)};
    enum ecode rc = checkpoint_load(ctx, habit_id, &h.rule);
    if (rc == E_OK)
        rc = load_marks(ctx, habit_id, &h);
    if (rc == E_OK)
        *out = h;
    return rc;
}

void reminder_history_stats(struct ctx *ctx, const struct reminder_history *h, struct day on,
                            struct habit_stats *out)
{
    habit_stats(ctx->arena, &h->rule.rule, h->marks.items, h->marks.count, on, out);
}

/* --- milestones ------------------------------------------------------------------------------------ */

/* The last done day before `day` and not before `from`; day_none(): none. */
static struct day done_before(const struct reminder_history *h, struct day from, struct day day)
{
    for (size_t i = h->marks.count; i > 0; i--) {
        const struct mark *m = &h->marks.items[i - 1];
        if (day_cmp(m->day, from) < 0)
            break;
        if (day_cmp(m->day, day) < 0 && mark_done(&h->rule.rule, m))
            return m->day;
    }
    return day_none();
}

/* The milestone that this day's done brought, and the run's first day. 0: none. */
static int reached(struct ctx *ctx, const struct reminder_history *h, struct day day, struct day *run_from)
{
    struct habit_stats now, before = {0};
    const struct mark *mark = mark_find(h->marks.items, h->marks.count, day);
    if (!mark || !mark_done(&h->rule.rule, mark))
        return 0;
    reminder_history_stats(ctx, h, h->today, &now);
    if (now.current_streak == 0 || day_cmp(now.streaks[0].from, day) > 0)
        return 0;
    *run_from = now.streaks[0].from;
    struct day previous = done_before(h, *run_from, day);
    if (!day_is_none(previous))
        reminder_history_stats(ctx, h, previous, &before);
    return milestone_reached(before.current_streak, now.current_streak);
}

static enum ecode was_told(struct ctx *ctx, const struct delivery_key *key, struct day today, bool *out)
{
    struct stmt *q = db_query(ctx->db, &Q_reminder_milestone_told);
    stmt_bind_uuid(q, 1, &key->user_id);
    stmt_bind_uuid(q, 2, &key->ref_id);
    stmt_bind_day(q, 3, key->local_date);
    stmt_bind_day(q, 4, today);
    stmt_bind_i64(q, 5, key->occasion);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = stmt_i64(q, 0) > 0;
    stmt_end(q);
    return E_OK;
}

enum ecode reminder_milestone(struct ctx *ctx, const struct uuid *habit_id, struct day day, int *length)
{
    struct reminder_history h;
    struct reminder_person p;
    struct delivery_key key = {.user_id = ctx->actor.user_id, .kind = "milestone", .ref_id = *habit_id};
    bool told = false;
    int32_t age = day_diff(ctx_today(ctx), day);
    if (age < 0 || age > 1) {
        *length = 0;
        return E_OK;
    }
    enum ecode rc = reminder_history_load(ctx, habit_id, &h);
    if (rc == E_OK)
        rc = reminder_person_load(ctx, &p);
    if (rc != E_OK)
        return rc;
    key.occasion = p.reachable ? reached(ctx, &h, day, &key.local_date) : 0;
    if (key.occasion)
        rc = was_told(ctx, &key, h.today, &told);
    if (rc == E_OK && key.occasion && !told) {
        struct outbox_draft draft = {
            .user_id = key.user_id,
            .lane = LANE_REPLY,
            .chat_id = p.telegram_id,
            .view = key.kind,
            .ref_id = key.ref_id,
            .ref_date = key.local_date,
            .ref_number = key.occasion,
        };
        bool added;
        rc = outbox_add_once(ctx, &draft, 1, &added);
        told = !added;
    }
    if (rc == E_OK)
        *length = told ? 0 : key.occasion;
    return rc;
}

/* --- the weekly summary ---------------------------------------------------------------------------- */

/* Days of the week that were done, and that were to be done. */
static void count_week(const struct reminder_history *h, const struct summary *s, struct summary_item *out)
{
    const struct habit_rule *r = &h->rule.rule;
    struct day first_mark = h->marks.count ? h->marks.items[0].day : day_none();
    bool any_due = false;
    for (struct day d = s->first; day_cmp(d, s->last) <= 0; d = day_add(d, 1)) {
        const struct mark *m = mark_find(h->marks.items, h->marks.count, d);
        bool done = m && mark_done(r, m), skipped = m && m->status == MARK_SKIPPED;
        bool due = !skipped && habit_due(r, h->marks.items, h->marks.count, first_mark, d);
        out->done += done;
        out->due += done || due;
        any_due |= done || due;
    }
    if (r->days > r->count && any_due) { /* n < m: any days of the week will do */
        out->due = (r->count * WEEK + r->days - 1) / r->days;
        if (out->due < out->done)
            out->due = out->done;
    }
}

static enum ecode add_item(struct ctx *ctx, const struct habit *habit, struct summary *s)
{
    struct reminder_history h = {.today = s->last};
    struct habit_stats stats;
    struct summary_item item = {.habit = *habit};
    enum ecode rc = checkpoint_rule(ctx, habit, &h.rule);
    if (rc == E_OK)
        rc = load_marks(ctx, &habit->id, &h);
    if (rc != E_OK)
        return rc;
    count_week(&h, s, &item);
    if (item.due == 0)
        return E_OK;
    reminder_history_stats(ctx, &h, s->last, &stats);
    item.current_streak = stats.current_streak;
    item.best_streak = stats.best_streak;
    s->items[s->count++] = item;
    return E_OK;
}

enum ecode summary_get(struct ctx *ctx, const struct summary_query *in, struct summary *out)
{
    struct summary s = {.first = in->first, .last = day_add(in->first, WEEK - 1)};
    struct day today = ctx_today(ctx);
    struct habit *habits;
    size_t n;
    if (day_cmp(s.first, today) > 0)
        return err_field(&ctx->err, "first", "must not be after the local today");
    if (day_cmp(s.last, today) > 0)
        s.last = today;
    enum ecode rc = habits_load_all(ctx, ARCHIVED_NO, &habits, &n);
    if (rc != E_OK)
        return rc;
    s.items = arena_array(ctx->arena, n, sizeof *s.items);
    struct arena *keep = ctx->arena; /* each history in memory that the next one gets again */
    ctx->arena = arena_new(HISTORY_ARENA_BYTES);
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        if (!habits[i].paused)
            rc = add_item(ctx, &habits[i], &s);
        arena_reset(ctx->arena);
    }
    arena_free(ctx->arena);
    ctx->arena = keep;
    if (rc == E_OK)
        *out = s;
    return rc;
}
