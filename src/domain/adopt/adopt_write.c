#include "domain/adopt/adopt_write.h"

#include "adopt.sql.h"
#include "domain/habit/habit.h"
#include "domain/transfer/apply.h"
#include "domain/user/people.h"

static enum ecode add_key(struct ctx *ctx, const char *key, const struct uuid *user_id)
{
    struct stmt *q = db_query(ctx->db, &Q_adopt_directory_insert);
    stmt_bind_text(q, 1, key);
    stmt_bind_uuid(q, 2, user_id);
    stmt_bind_time(q, 3, ctx->now);
    return stmt_run(q);
}

static enum ecode write_user(struct ctx *ctx, const struct judged_person *j)
{
    const struct older_user *u = &j->user;
    struct day day = day_of((int32_t)(u->created_at.ms / 86400000));
    bool trial = u->has_trial_end && instant_cmp(u->trial_ends_at, ctx->now) > 0;
    struct stmt *q = db_query(ctx->db, &Q_adopt_user_insert);
    stmt_bind_uuid(q, 1, &j->id);
    stmt_bind_i64(q, 2, u->telegram_id);
    stmt_bind_text(q, 3, u->username);
    stmt_bind_text(q, 4, u->first_name);
    stmt_bind_text(q, 5, u->language_code);
    stmt_bind_text(q, 6, u->timezone);
    stmt_bind_bool(q, 7, !u->silent);
    stmt_bind_text(q, 8, tier_names[trial ? TIER_TRIAL : TIER_FREE]);
    if (u->has_trial_end)
        stmt_bind_time(q, 9, u->trial_ends_at);
    stmt_bind_text(q, 10, u->referral_code);
    if (j->referral.found)
        stmt_bind_uuid(q, 11, &j->referral.referrer);
    if (u->blocked)
        stmt_bind_time(q, 12, u->updated_at);
    stmt_bind_day(q, 13, day);
    stmt_bind_day(q, 14, day_add(day, 1 - day_weekday(day)));
    stmt_bind_time(q, 15, u->created_at);
    stmt_bind_time(q, 16, u->updated_at);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK)
        rc = add_key(ctx, arena_printf(ctx->arena, "tg:%lld", (long long)u->telegram_id), &j->id);
    if (rc == E_OK)
        rc = add_key(ctx, arena_printf(ctx->arena, "ref:%s", u->referral_code), &j->id);
    return rc == E_OK ? person_remember_name(ctx, &j->id, u->username) : rc;
}

/* As an import of the person's own, which no tier limits. */
static enum ecode write_habits(struct ctx *ctx, struct judged_person *j)
{
    struct import_request in = {.format = FORMAT_JSON};
    struct import_result done = {.habits_new = 0};
    const struct policy *policy = ctx->policy;
    struct policy unlimited = *policy;
    for (int i = 0; i < TIERS; i++)
        unlimited.habit_limit[i] = 0;
    ctx->policy = &unlimited;
    enum ecode rc = transfer_apply(ctx, j->habits, &in, &done);
    ctx->policy = policy;
    return rc;
}

static enum ecode write_posting(struct ctx *ctx, const struct judged_posting *p)
{
    struct posting done;
    struct instant now = ctx->now;
    ctx->now = p->at;
    enum ecode rc = ledger_post(ctx, &p->request, &done);
    ctx->now = now;
    if (rc == E_OK && done.outcome != POSTED_NEW)
        rc = err_set(&ctx->err, E_INTERNAL, "the posting %s was not taken", p->request.key);
    return rc;
}

static enum ecode write_money(struct ctx *ctx, const struct judged_person *j)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; rc == E_OK && i < j->payments_count; i++)
        rc = payment_take_over(ctx, &j->payments[i]);
    for (size_t i = 0; rc == E_OK && i < j->postings_count; i++)
        rc = write_posting(ctx, &j->postings[i]);
    struct subscription_history h = {.created_at = j->user.created_at,
                                     .has_trial = j->user.has_trial_end,
                                     .trial_ends_at = j->user.trial_ends_at,
                                     .periods = j->periods,
                                     .count = j->periods_count};
    return rc == E_OK ? subscription_take_over(ctx, &j->id, &h) : rc;
}

static enum ecode write_referral(struct ctx *ctx, const struct judged_person *j)
{
    const struct judged_referral *r = &j->referral;
    struct stmt *q = db_query(ctx->db, &Q_adopt_referral_insert);
    if (!r->found)
        return E_OK;
    stmt_bind_uuid(q, 1, &r->referrer);
    stmt_bind_uuid(q, 2, &j->id);
    stmt_bind_text(q, 3, referral_status_names[r->status]);
    stmt_bind_i64(q, 4, r->reward);
    stmt_bind_text(q, 5, r->reasons);
    if (r->status == REFERRAL_REWARDED)
        stmt_bind_time(q, 6, r->rewarded_at);
    stmt_bind_time(q, 7, r->created_at);
    return stmt_run(q);
}

enum ecode adopt_write(struct ctx *ctx, struct judged_person *j)
{
    enum ecode rc = write_user(ctx, j);
    if (rc == E_OK)
        rc = ctx_act_as(ctx, &j->id);
    if (rc == E_OK)
        rc = write_habits(ctx, j);
    if (rc == E_OK)
        rc = write_money(ctx, j);
    if (rc == E_OK)
        rc = write_referral(ctx, j);
    if (rc == E_OK)
        rc = ctx_act_as(ctx, &j->id); /* the tier may be another one now */
    return rc == E_OK ? habit_follow_limit(ctx) : rc;
}
