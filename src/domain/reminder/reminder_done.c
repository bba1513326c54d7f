#include "base/check.h"
#include "domain/reminder/reminder.h"
#include "reminder.sql.h"

/*
 * Marks that come from elsewhere than the chat, and may bring a milestone all the same. Most do not: that is
 * found out by one cheap look, so that a check-in stays one.
 */
#define DAY_MS 86400000
#define LOOK_BACK 6 /* days; a milestone is at least a week long */
#define FRESH 2     /* days: a local today anywhere in the world is not older */

static bool is_done(const struct log_result *r)
{
    return r->outcome != MARK_SAME && r->entry.status == LOG_DONE;
}

static enum ecode tell(struct ctx *ctx, const struct log_entry *e)
{
    int length;
    int32_t age = day_diff(ctx_today(ctx), e->day);
    if (age < 0 || age > 1)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_reminder_milestone_likely);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &e->habit_id);
    stmt_bind_day(q, 3, day_add(e->day, -LOOK_BACK));
    stmt_bind_day(q, 4, e->day);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return E_OK;
    if (rc != E_OK)
        return rc;
    stmt_end(q);
    return reminder_milestone(ctx, &e->habit_id, e->day, &length);
}

enum ecode log_put_and_tell(struct ctx *ctx, const struct log_mark *in, struct log_result *out)
{
    enum ecode rc = log_put(ctx, in, out);
    return rc == E_OK && is_done(out) ? tell(ctx, &out->entry) : rc;
}

enum ecode log_batch_and_tell(struct ctx *ctx, const struct log_batch *in, struct log_batch_result *out)
{
    enum ecode rc = log_batch(ctx, in, out);
    for (size_t i = 0; rc == E_OK && i < out->count; i++) {
        const struct log_batch_item *item = &out->items[i];
        if (item->code == E_OK && is_done(&item->result) &&
            day_cmp(item->result.entry.day, ctx_today(ctx)) == 0)
            rc = tell(ctx, &item->result.entry);
    }
    return rc;
}

struct dones {
    int64_t *index;
    struct uuid *users, *habits;
    struct day *from, *days;
    size_t count;
};

/* Those of the last days; the rest is known to bring none. */
static void collect(struct ctx *ctx, struct log_put_call **calls, size_t n, struct dones *d)
{
    struct arena *a = ctx->arena;
    struct day oldest = day_of((int32_t)(ctx->now.ms / DAY_MS) - FRESH);
    *d = (struct dones){arena_array(a, n, sizeof *d->index),  arena_array(a, n, sizeof *d->users),
                        arena_array(a, n, sizeof *d->habits), arena_array(a, n, sizeof *d->from),
                        arena_array(a, n, sizeof *d->days),   0};
    for (size_t i = 0; i < n; i++) {
        const struct log_put_call *c = calls[i];
        if (c->code != E_OK || !is_done(c->out) || day_cmp(c->out->entry.day, oldest) < 0)
            continue;
        d->index[d->count] = (int64_t)i;
        d->users[d->count] = c->user_id;
        d->habits[d->count] = c->out->entry.habit_id;
        d->from[d->count] = day_add(c->out->entry.day, -LOOK_BACK);
        d->days[d->count++] = c->out->entry.day;
    }
}

/* Which of them are worth a look; likely[0 … *count − 1] are places in calls. */
static enum ecode find_likely(struct ctx *ctx, const struct dones *d, size_t *likely, size_t *count)
{
    struct day first = d->from[0], last = d->days[0];
    enum stmt_step step;
    for (size_t i = 1; i < d->count; i++) {
        first = day_cmp(d->from[i], first) < 0 ? d->from[i] : first;
        last = day_cmp(d->days[i], last) > 0 ? d->days[i] : last;
    }
    struct stmt *q = db_query(ctx->db, &Q_reminder_milestone_likely_many);
    stmt_bind_array(q, 1, d->index, NULL, d->count);
    stmt_bind_array(q, 2, d->users, NULL, d->count);
    stmt_bind_array(q, 3, d->habits, NULL, d->count);
    stmt_bind_array(q, 4, d->from, NULL, d->count);
    stmt_bind_array(q, 5, d->days, NULL, d->count);
    stmt_bind_day(q, 6, day_add(first, -1));
    stmt_bind_day(q, 7, last);
    for (*count = 0; (step = stmt_step(q)) == STMT_ROW;)
        likely[(*count)++] = (size_t)stmt_i64(q, 0);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode log_put_many_and_tell(struct ctx *ctx, struct log_put_call **calls, size_t n)
{
    struct dones dones;
    size_t *likely = arena_array(ctx->arena, n, sizeof *likely), count = 0;
    enum ecode rc = log_put_many(ctx, calls, n);
    if (rc != E_OK)
        return rc;
    collect(ctx, calls, n, &dones);
    if (dones.count)
        rc = find_likely(ctx, &dones, likely, &count);
    struct actor actor = ctx->actor;
    for (size_t i = 0; rc == E_OK && i < count; i++) {
        const struct log_put_call *c = calls[likely[i]];
        int length;
        rc = ctx_act_as(ctx, &c->user_id);
        if (rc == E_OK)
            rc = reminder_milestone(ctx, &c->out->entry.habit_id, c->out->entry.day, &length);
    }
    ctx->actor = actor;
    return rc;
}
