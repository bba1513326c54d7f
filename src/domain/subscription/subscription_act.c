#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "domain/message/outbox.h"
#include "domain/payment/payment_internal.h"
#include "domain/subscription/subscription_internal.h"
#include "subscription.sql.h"

/* What the clock does to subscriptions. */

#define LATE_MS (6 * 3600000LL)         /* a notice that is later than this is not told any more */
#define NOTICE_LIFE_MS (24 * 3600000LL) /* nor one that lay unsent so long */

enum ecode subscription_due(struct ctx *ctx, size_t max, struct uuid *users, size_t *n)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_subscription_due);
    stmt_bind_time(q, 1, ctx->now);
    stmt_bind_i64(q, 2, (int64_t)max);
    for (*n = 0; (step = stmt_step(q)) == STMT_ROW && *n < max; (*n)++)
        users[*n] = stmt_uuid(q, 0);
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static bool is_renewal(enum occasion_kind k)
{
    return k == OCCASION_RENEW_1 || k == OCCASION_RENEW_2;
}

/* The first occasion that is due and not dealt with. */
static bool next_due(const struct ctx *ctx, const struct subscription_book *b, struct occasion *out)
{
    struct occasion all[OCCASIONS_MAX];
    size_t n = subscription_occasions(b->sub.status, b->sub.renews_by, b->sub.starts_at, b->sub.ends_at, all);
    for (size_t i = 0; i < n; i++) {
        if (instant_cmp(all[i].at, b->sub.acted_until) > 0 && instant_cmp(all[i].at, ctx->now) <= 0) {
            *out = all[i];
            return true;
        }
    }
    return false;
}

/* One charge of the saved means: an order like the last one, without the person. */
static enum ecode charge_saved(struct ctx *ctx, const struct subscription_book *b, const char *key)
{
    struct payment last, p;
    if (uuid_is_zero(&b->sub.payment_id))
        return E_OK;
    enum ecode rc = payment_load(ctx, &b->user_id, &b->sub.payment_id, &last);
    if (rc != E_OK || !last.method || !(ctx->policy->providers >> last.provider & 1))
        return rc;
    const struct plan *plan = plan_find(ctx->policy->plans, b->sub.plan);
    if (!plan || plan_price(plan, payment_currency(ctx, last.provider)) == 0)
        return E_OK; /* no longer sold: it ends */
    struct payment_order order = {.provider = last.provider,
                                  .purpose = PURPOSE_SUBSCRIPTION,
                                  .plan = b->sub.plan,
                                  .key = key,
                                  .save_method = true,
                                  .method = last.method};
    return payment_create(ctx, &order, &p);
}

/* Tries to renew; each attempt has a key of its own, so that a repetition is none. */
static enum ecode renew(struct ctx *ctx, const struct subscription_book *b, enum occasion_kind kind,
                        struct subscription_acts *acts)
{
    char id[UUID_TEXT];
    struct purchase_result r;
    const char *key = arena_printf(ctx->arena, "renew:%s:%lld:%d", uuid_format(&b->sub.id, id),
                                   (long long)b->sub.ends_at.ms, kind == OCCASION_RENEW_1 ? 1 : 2);
    if (b->sub.renews_by == RENEWS_SAVED_METHOD)
        return charge_saved(ctx, b, key);
    const struct plan *plan = plan_find(ctx->policy->plans, b->sub.plan);
    if (!plan || plan_price(plan, ctx->policy->currency) == 0)
        return E_OK;
    struct purchase in = {.plan = b->sub.plan, .key = key, .renew = true};
    enum ecode rc = subscription_buy(ctx, &in, &r);
    if (rc == E_OK && r.outcome == PURCHASE_DONE)
        acts->renewed++;
    else if (rc == E_OK)
        acts->failed++;
    return rc;
}

/* {"occasion", "ends_at", "renews_by", "status"} for the view that draws it. */
static const char *notice_args(struct ctx *ctx, const struct subscription_book *b, enum occasion_kind kind)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, 1024);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_field_string(&w, "occasion", occasion_names[kind]);
    json_field_string(&w, "status", subscription_status_names[b->sub.status]);
    json_field_string(&w, "renews_by", renews_by_names[b->sub.renews_by]);
    json_field_instant(&w, "ends_at", b->sub.ends_at);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&text));
    const char *args = arena_strdup(ctx->arena, buf_text(&text));
    buf_release(&text);
    return args;
}

static enum ecode tell(struct ctx *ctx, const struct subscription_book *b, const struct occasion *o,
                       struct subscription_acts *acts)
{
    bool added = false;
    if (b->telegram_id == 0 || ctx->now.ms - o->at.ms > LATE_MS)
        return E_OK;
    struct outbox_draft draft = {
        .user_id = b->user_id,
        .lane = LANE_PAYMENT,
        .chat_id = b->telegram_id,
        .view = "notice",
        .args = notice_args(ctx, b, o->kind),
        .ref_id = b->sub.id,
        .ref_date = zone_local_day(ctx->actor.zone, o->at, ctx->actor.day_starts_at),
        .ref_number = (int)o->kind,
        .expires_at = instant_from_ms(ctx->now.ms + NOTICE_LIFE_MS),
    };
    enum ecode rc = outbox_add_once(ctx, &draft, 1, &added);
    acts->notices += added;
    return rc;
}

enum ecode subscription_act(struct ctx *ctx, const struct uuid *user_id, struct subscription_acts *out)
{
    struct subscription_book b;
    struct occasion o, notice = {.kind = OCCASION_KINDS};
    struct subscription_acts acts = {0};
    enum ecode rc = payment_act_for(ctx, user_id);
    if (rc == E_OK)
        rc = book_load(ctx, user_id, &b);
    for (size_t i = 0; rc == E_OK && b.found && i < OCCASIONS_MAX && next_due(ctx, &b, &o); i++) {
        int renewed = acts.renewed;
        b.sub.acted_until = o.at;
        rc = book_write(ctx, &b); /* before the purchase, which works with rows of its own */
        if (rc == E_OK && is_renewal(o.kind))
            rc = renew(ctx, &b, o.kind, &acts);
        else
            notice = o;
        if (rc == E_OK)
            rc = book_load(ctx, user_id, &b);
        if (acts.renewed > renewed)
            notice.kind = OCCASION_KINDS; /* it does not end */
    }
    if (rc == E_OK)
        rc = book_settle(ctx, &b);
    if (rc == E_OK && notice.kind != OCCASION_KINDS && !b.erased)
        rc = tell(ctx, &b, &notice, &acts);
    if (rc == E_OK)
        *out = acts;
    return rc;
}
