#include <string.h>
#include "base/check.h"
#include "domain/habit/habit.h"
#include "domain/subscription/subscription_internal.h"
#include "subscription.sql.h"

/*
 * A person's subscription as a function of what it follows from: loaded whole, worked out whole, written
 * where it changed.
 */
static enum ecode load_person(struct ctx *ctx, const struct uuid *user_id, struct subscription_book *b)
{
    struct stmt *q = db_query(ctx->db, &Q_subscription_person);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_NOT_FOUND, "there is no such person") : rc;
    *b = (struct subscription_book){
        .user_id = *user_id,
        .tier = (enum tier)name_index(tier_names, stmt_text(q, 0)),
        .has_trial_end = !stmt_is_null(q, 1),
        .trial_ends_at = stmt_time(q, 1),
        .erased = !stmt_is_null(q, 2),
        .telegram_id = stmt_i64(q, 3),
        .balance = stmt_i64(q, 4),
    };
    stmt_end(q);
    return E_OK;
}

static enum ecode load_row(struct ctx *ctx, struct subscription_book *b)
{
    struct stmt *q = db_query(ctx->db, &Q_subscription_current);
    stmt_bind_uuid(q, 1, &b->user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return E_OK;
    if (rc != E_OK)
        return rc;
    b->found = true;
    b->sub = (struct subscription_row){
        .id = stmt_uuid(q, 0),
        .plan = arena_strdup(ctx->arena, stmt_text(q, 1)),
        .status = (enum subscription_status)name_index(subscription_status_names, stmt_text(q, 2)),
        .renews_by = (enum renews_by)name_index(renews_by_names, stmt_text(q, 3)),
        .payment_id = stmt_uuid(q, 4),
        .starts_at = stmt_time(q, 5),
        .ends_at = stmt_time(q, 6),
        .trial = stmt_bool(q, 7),
        .canceled = !stmt_is_null(q, 8),
        .canceled_at = stmt_time(q, 8),
        .acted_until = stmt_time(q, 9),
        .has_next_action = !stmt_is_null(q, 10),
        .next_action_at = stmt_time(q, 10),
        .created_at = stmt_time(q, 11),
    };
    stmt_end(q);
    return E_OK;
}

static enum ecode load_periods(struct ctx *ctx, struct subscription_book *b)
{
    enum stmt_step step;
    size_t room = 0;
    struct stmt *q = db_query(ctx->db, &Q_subscription_periods);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_uuid(q, 2, &b->sub.id);
    stmt_bind_i64(q, 3, PERIODS_MAX + 1);
    while ((step = stmt_step(q)) == STMT_ROW && b->count < PERIODS_MAX) {
        if (b->count == room) {
            room = room ? room * 2 : 8;
            struct period_row *grown = arena_array(ctx->arena, room, sizeof *grown);
            if (b->count)
                memcpy(grown, b->periods, b->count * sizeof *grown);
            b->periods = grown;
        }
        struct period_row *p = &b->periods[b->count++];
        const char *paid = stmt_text(q, 11), *provider = stmt_text(q, 12);
        *p = (struct period_row){
            .id = stmt_uuid(q, 0),
            .payment_id = stmt_uuid(q, 1),
            .plan = arena_strdup(ctx->arena, stmt_text(q, 2)),
            .status = (enum period_status)name_index(period_status_names, stmt_text(q, 5)),
            .revoked_by_admin = stmt_bool(q, 10),
            .payment_status =
                paid ? (enum payment_status)name_index(payment_status_names, paid) : PAYMENT_SUCCEEDED,
            .from_wallet = provider && name_index(payment_provider_names, provider) == PROVIDER_BALANCE,
            .span = {.months = (int)stmt_i64(q, 3),
                     .days = (int)stmt_i64(q, 4),
                     .bought_at = stmt_time(q, 6),
                     .stopped = !stmt_is_null(q, 7),
                     .stopped_at = stmt_time(q, 7),
                     .starts_at = stmt_time(q, 8),
                     .ends_at = stmt_time(q, 9)},
        };
    }
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode book_load(struct ctx *ctx, const struct uuid *user_id, struct subscription_book *out)
{
    enum ecode rc = load_person(ctx, user_id, out);
    if (rc == E_OK)
        rc = load_row(ctx, out);
    return rc == E_OK && out->found ? load_periods(ctx, out) : rc;
}

/* What its payment, its wallet and admins make of a period. */
static enum period_status wanted(const struct subscription_book *b, const struct period_row *p)
{
    if (p->revoked_by_admin)
        return PERIOD_REVOKED;
    if (p->payment_status == PAYMENT_DISPUTED)
        return PERIOD_SUSPENDED;
    if (!payment_stands(p->payment_status))
        return PERIOD_REVOKED;
    return p->from_wallet && b->balance < 0 ? PERIOD_SUSPENDED : PERIOD_ACTIVE;
}

static enum ecode refused(struct ctx *ctx, const struct subscription_book *b, const char *what,
                          const char *from, const char *to)
{
    char id[UUID_TEXT];
    return err_set(&ctx->err, E_CORRUPT, "user %s: a %s cannot move from %s to %s",
                   uuid_format(&b->user_id, id), what, from, to);
}

static enum ecode move_periods(struct ctx *ctx, struct subscription_book *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct period_row *p = &b->periods[i];
        enum period_status to = wanted(b, p);
        if (to == p->status)
            continue;
        if (!period_may(p->status, to))
            return refused(ctx, b, "period", period_status_names[p->status], period_status_names[to]);
        if (to == PERIOD_ACTIVE)
            p->span.stopped = false;
        else if (p->status == PERIOD_ACTIVE) {
            p->span.stopped = true;
            p->span.stopped_at = ctx->now;
        }
        p->status = to;
    }
    return E_OK;
}

static enum ecode write_period(struct ctx *ctx, const struct subscription_book *b, const struct period_row *p)
{
    struct stmt *q = db_query(ctx->db, &Q_subscription_period_update);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_uuid(q, 2, &p->id);
    stmt_bind_text(q, 3, period_status_names[p->status]);
    if (p->span.stopped)
        stmt_bind_time(q, 4, p->span.stopped_at);
    stmt_bind_time(q, 5, p->span.starts_at);
    stmt_bind_time(q, 6, p->span.ends_at);
    stmt_bind_time(q, 7, ctx->now);
    return stmt_run(q);
}

/* Lays the periods out anew and writes those that moved. */
static enum ecode lay_out(struct ctx *ctx, struct subscription_book *b)
{
    struct span *spans = arena_array(ctx->arena, b->count, sizeof *spans);
    enum period_status *before = arena_array(ctx->arena, b->count, sizeof *before);
    enum ecode rc;
    for (size_t i = 0; i < b->count; i++)
        before[i] = b->periods[i].status;
    rc = move_periods(ctx, b);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < b->count; i++)
        spans[i] = b->periods[i].span;
    spans_lay_out(spans, b->count, b->has_trial_end ? b->trial_ends_at : instant_from_ms(0));
    for (size_t i = 0; i < b->count && rc == E_OK; i++) {
        struct period_row *p = &b->periods[i];
        bool moved = p->status != before[i] || instant_cmp(p->span.starts_at, spans[i].starts_at) != 0 ||
                     instant_cmp(p->span.ends_at, spans[i].ends_at) != 0;
        p->span = spans[i];
        if (moved)
            rc = write_period(ctx, b, p);
    }
    return rc;
}

static enum ecode derive(struct ctx *ctx, struct subscription_book *b)
{
    struct span *spans = arena_array(ctx->arena, b->count, sizeof *spans);
    enum period_status *periods = arena_array(ctx->arena, b->count, sizeof *periods);
    struct occasion occasions[OCCASIONS_MAX];
    struct subscription_row *s = &b->sub;
    for (size_t i = 0; i < b->count; i++) {
        spans[i] = b->periods[i].span;
        periods[i] = b->periods[i].status;
        if (periods[i] == PERIOD_ACTIVE && !uuid_is_zero(&b->periods[i].payment_id))
            s->payment_id = b->periods[i].payment_id; /* the newest paying one */
    }
    struct subscription_facts facts = {.trial = s->trial && b->has_trial_end,
                                       .trial_starts_at = s->created_at,
                                       .trial_ends_at = b->trial_ends_at,
                                       .spans = spans,
                                       .periods = periods,
                                       .count = b->count,
                                       .canceled = s->canceled,
                                       .renews_by = s->renews_by};
    enum subscription_status to = subscription_derive(&facts, ctx->now, &s->starts_at, &s->ends_at);
    if (to != s->status && !subscription_may(s->status, to))
        return refused(ctx, b, "subscription", subscription_status_names[s->status],
                       subscription_status_names[to]);
    s->status = to;
    size_t n = b->erased ? 0 : subscription_occasions(to, s->renews_by, s->starts_at, s->ends_at, occasions);
    s->has_next_action = false;
    for (size_t i = 0; i < n && !s->has_next_action; i++) {
        s->has_next_action = instant_cmp(occasions[i].at, s->acted_until) > 0;
        s->next_action_at = occasions[i].at;
    }
    return E_OK;
}

enum ecode book_write(struct ctx *ctx, const struct subscription_book *b)
{
    const struct subscription_row *s = &b->sub;
    struct stmt *q = db_query(ctx->db, &Q_subscription_update);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_uuid(q, 2, &s->id);
    stmt_bind_text(q, 3, s->plan);
    stmt_bind_text(q, 4, subscription_status_names[s->status]);
    stmt_bind_text(q, 5, renews_by_names[s->renews_by]);
    stmt_bind_uuid(q, 6, uuid_is_zero(&s->payment_id) ? NULL : &s->payment_id);
    stmt_bind_time(q, 7, s->starts_at);
    stmt_bind_time(q, 8, s->ends_at);
    if (s->canceled)
        stmt_bind_time(q, 9, s->canceled_at);
    stmt_bind_time(q, 10, s->acted_until);
    if (s->has_next_action)
        stmt_bind_time(q, 11, s->next_action_at);
    stmt_bind_time(q, 12, ctx->now);
    return stmt_run(q);
}

/* The tier, and the habits that it allows. */
static enum ecode follow_tier(struct ctx *ctx, struct subscription_book *b)
{
    bool trial = b->has_trial_end && instant_cmp(b->trial_ends_at, ctx->now) > 0;
    enum tier to = subscription_entitles(b->sub.status) ? TIER_PREMIUM : trial ? TIER_TRIAL : TIER_FREE;
    if (to == b->tier || b->erased)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_subscription_set_tier);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_text(q, 2, tier_names[to]);
    stmt_bind_time(q, 3, ctx->now);
    enum ecode rc = stmt_run(q);
    b->tier = to;
    struct actor actor = ctx->actor;
    if (rc == E_OK)
        rc = ctx_act_as(ctx, &b->user_id);
    if (rc == E_OK)
        rc = habit_follow_limit(ctx);
    ctx->actor = actor;
    if (uuid_cmp(&actor.user_id, &b->user_id) == 0)
        ctx->actor.tier = to;
    return rc;
}

enum ecode book_settle(struct ctx *ctx, struct subscription_book *b)
{
    if (!b->found)
        return E_OK;
    enum ecode rc = lay_out(ctx, b);
    if (rc == E_OK)
        rc = derive(ctx, b);
    if (rc == E_OK)
        rc = book_write(ctx, b);
    return rc == E_OK ? follow_tier(ctx, b) : rc;
}

static enum ecode insert_row(struct ctx *ctx, const struct subscription_book *b)
{
    const struct subscription_row *s = &b->sub;
    struct stmt *q = db_query(ctx->db, &Q_subscription_insert);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_uuid(q, 2, &s->id);
    stmt_bind_text(q, 3, s->plan);
    stmt_bind_text(q, 4, subscription_status_names[s->status]);
    stmt_bind_text(q, 5, renews_by_names[s->renews_by]);
    stmt_bind_time(q, 6, s->starts_at);
    stmt_bind_time(q, 7, s->ends_at);
    stmt_bind_bool(q, 8, s->trial);
    if (s->has_next_action)
        stmt_bind_time(q, 9, s->next_action_at);
    stmt_bind_time(q, 10, ctx->now);
    return stmt_run(q);
}

enum ecode book_open(struct ctx *ctx, struct subscription_book *b, const char *plan)
{
    if (b->found)
        return E_OK;
    b->found = true;
    b->sub = (struct subscription_row){.id = ctx_new_id(ctx),
                                       .plan = plan,
                                       .status = SUBSCRIPTION_EXPIRED,
                                       .renews_by = RENEWS_NONE,
                                       .starts_at = ctx->now,
                                       .ends_at = ctx->now,
                                       .acted_until = ctx->now,
                                       .created_at = ctx->now};
    return insert_row(ctx, b);
}

enum ecode subscription_start_trial(struct ctx *ctx, const struct uuid *user_id, struct instant ends_at)
{
    struct occasion occasions[OCCASIONS_MAX];
    struct subscription_book b = {.user_id = *user_id,
                                  .sub = {.id = ctx_new_id(ctx),
                                          .plan = "trial",
                                          .status = SUBSCRIPTION_TRIALING,
                                          .renews_by = RENEWS_NONE,
                                          .starts_at = ctx->now,
                                          .ends_at = ends_at,
                                          .trial = true}};
    size_t n = subscription_occasions(SUBSCRIPTION_TRIALING, RENEWS_NONE, ctx->now, ends_at, occasions);
    b.sub.has_next_action = n > 0;
    b.sub.next_action_at = occasions[0].at;
    return insert_row(ctx, &b);
}

enum ecode book_add_period(struct ctx *ctx, struct subscription_book *b, const struct period_draft *d)
{
    bool grace = b->sub.status == SUBSCRIPTION_PAST_DUE;
    struct instant from = grace ? b->sub.ends_at : ctx->now;
    struct uuid id = ctx_new_id(ctx);
    struct stmt *q = db_query(ctx->db, &Q_subscription_period_insert);
    if (b->count >= PERIODS_MAX)
        return err_set(&ctx->err, E_LIMIT, "one subscription can have %d periods", PERIODS_MAX);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_uuid(q, 2, &id);
    stmt_bind_uuid(q, 3, &b->sub.id);
    stmt_bind_uuid(q, 4, uuid_is_zero(&d->payment_id) ? NULL : &d->payment_id);
    stmt_bind_text(q, 5, d->plan);
    stmt_bind_i64(q, 6, d->months);
    stmt_bind_i64(q, 7, d->days);
    stmt_bind_time(q, 8, from);
    stmt_bind_time(q, 9, from); /* laid out at once by book_settle */
    stmt_bind_text(q, 10, d->reason);
    stmt_bind_time(q, 11, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    b->sub.plan = d->plan;
    b->count = 0;
    return load_periods(ctx, b);
}

void book_view(struct ctx *ctx, const struct subscription_book *b, struct subscription *out)
{
    struct period *periods = arena_array(ctx->arena, b->count, sizeof *periods);
    for (size_t i = 0; i < b->count; i++) {
        const struct period_row *p = &b->periods[i];
        periods[i] = (struct period){.id = p->id,
                                     .payment_id = p->payment_id,
                                     .plan = p->plan,
                                     .status = p->status,
                                     .starts_at = p->span.starts_at,
                                     .ends_at = p->span.ends_at};
    }
    *out = (struct subscription){.id = b->sub.id,
                                 .plan = b->sub.plan,
                                 .status = b->sub.status,
                                 .renews_by = b->sub.renews_by,
                                 .canceled = b->sub.canceled,
                                 .starts_at = b->sub.starts_at,
                                 .ends_at = b->sub.ends_at,
                                 .periods = periods,
                                 .periods_count = b->count};
}
