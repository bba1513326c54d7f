/* The plan that is paid for: what it gives, how it is bought in the chat, what is told about it. */
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_read.h"
#include "domain/ledger/ledger.h"
#include "domain/subscription/subscription.h"
#include "edge/bot/screens.h"

#define LABEL_BYTES_MAX 256
#define PAY_LOOK_MS 1000  /* how often a link to pay is looked for */
#define PAY_WAIT_MS 60000 /* how long */
#define MONTH_DAYS 30

enum ecode on_premium(struct turn *t, const char *arg)
{
    return turn_send(t, "premium", NULL);
}

/* What may be offered inside Telegram for what is used there: Stars, and money that is a game. */
static bool sold_here(const struct ctx *ctx, enum payment_provider provider)
{
    return (provider == PROVIDER_STARS || provider == PROVIDER_SANDBOX) &&
           (ctx->policy->providers >> provider & 1) != 0;
}

static const struct plan *find_plan(struct turn *t, const struct args *a, size_t word)
{
    return word < a->n ? plan_find(t->ctx->policy->plans,
                                   turn_data(t, "%.*s", (int)a->word[word].len, a->word[word].text))
                       : NULL;
}

/* --- buttons ------------------------------------------------------------------------------------------- */

/* "pr": the screen. */
enum ecode press_premium(struct turn *t, const struct args *a)
{
    return turn_show(t, "premium", NULL);
}

/*
 * "po:<provider>:<plan>:<renewing>": orders. The message that was pressed is part of the key: pressed twice
 * is ordered once.
 */
enum ecode press_order(struct turn *t, const struct args *a)
{
    struct payment p;
    char id[ARG_ID];
    int64_t provider, renewing;
    const struct plan *plan = find_plan(t, a, 2);
    if (!plan || !args_int(a, 1, 0, PROVIDERS - 1, &provider) || !args_int(a, 3, 0, 1, &renewing) ||
        !sold_here(t->ctx, (enum payment_provider)provider))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    struct payment_order order = {
        .provider = (enum payment_provider)provider,
        .purpose = PURPOSE_SUBSCRIPTION,
        .plan = plan->name,
        .key = turn_data(t, "chat:%lld:%s:%d:%d", (long long)t->update->message_id, plan->name, (int)provider,
                         (int)renewing),
        .save_method = renewing == 1,
    };
    enum ecode rc = turn_op(t, &OP_payment_create, &order, &p);
    return rc == E_OK ? turn_send(t, "pay", arg_id(&p.id, id)) : rc;
}

/* "pb:<plan>:<seq>": from the wallet, as it was when the button was drawn: pressed twice is bought once. */
enum ecode press_buy(struct turn *t, const struct args *a)
{
    struct purchase_result r;
    int64_t seq;
    const struct plan *plan = find_plan(t, a, 1);
    if (!plan || !args_int(a, 2, 0, INT64_MAX / 2, &seq))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    struct purchase in = {
        .plan = plan->name, .key = turn_data(t, "chat:%s:%lld", plan->name, (long long)seq), .renew = true};
    enum ecode rc = turn_op(t, &OP_subscription_buy, &in, &r);
    if (rc != E_OK)
        return rc;
    if (r.outcome == PURCHASE_NO_FUNDS)
        return turn_say(t, TEXT_PREMIUM_NO_FUNDS, NULL);
    turn_toast(t, TEXT_PREMIUM_BOUGHT, NULL);
    return turn_show(t, "premium", NULL);
}

/* "pc": no renewal. */
enum ecode press_cancel_renewal(struct turn *t, const struct args *a)
{
    struct subscription s;
    enum ecode rc = turn_op(t, &OP_subscription_cancel, NULL, &s);
    if (rc == E_CONFLICT || rc == E_NOT_FOUND) { /* it is off already */
        err_clear(&t->ctx->err);
        rc = E_OK;
    }
    return rc == E_OK ? turn_show(t, "premium", NULL) : rc;
}

/* --- the screen ---------------------------------------------------------------------------------------- */

static struct day local_day(const struct view *v, struct instant at)
{
    return zone_local_day(v->ctx->actor.zone, at, 0);
}

/* "1 month", "1 year", "10 days" */
static const char *plan_length(struct view *v, const struct plan *p)
{
    struct buf b;
    buf_init(&b, LABEL_BYTES_MAX);
    if (p->months == 0)
        text_plain(&b, v->lang, TEXT_PLAN_DAYS, TEXT_ARGS(text_num("n", p->days)));
    else if (p->months % 12 == 0)
        text_plain(&b, v->lang, TEXT_PLAN_YEARS, TEXT_ARGS(text_num("n", p->months / 12)));
    else
        text_plain(&b, v->lang, TEXT_PLAN_MONTHS, TEXT_ARGS(text_num("n", p->months)));
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

static struct text_arg price_arg(struct view *v, int64_t amount, const char *currency)
{
    return text_money("price", amount, currency_digits(v->ctx->policy->plans, currency), currency);
}

static void put_offers(struct view *v, const struct plan *p)
{
    for (int i = 0; i < PROVIDERS; i++) {
        enum payment_provider provider = (enum payment_provider)i;
        const char *currency = payment_currency(v->ctx, provider);
        int64_t price = sold_here(v->ctx, provider) ? plan_price(p, currency) : 0;
        if (price <= 0)
            continue;
        struct text_arg length = text_str("plan", plan_length(v, p)), cost = price_arg(v, price, currency);
        view_row(v);
        view_button(v, view_data(v, "po:%d:%s:0", i, p->name),
                    provider == PROVIDER_SANDBOX ? TEXT_BUTTON_BUY_SANDBOX : TEXT_BUTTON_BUY,
                    TEXT_ARGS(length, cost));
        if (provider == PROVIDER_STARS && (p->months == 1 || p->days == MONTH_DAYS))
            view_button(v, view_data(v, "po:%d:%s:1", i, p->name), TEXT_BUTTON_BUY_RENEWING,
                        TEXT_ARGS(length, cost));
    }
}

static enum ecode put_plans(struct view *v)
{
    const struct plan_table *t = v->ctx->policy->plans;
    struct wallet w;
    enum ecode rc = wallet_get(v->ctx, NULL, &w);
    for (size_t i = 0; rc == E_OK && i < t->count; i++) {
        const struct plan *p = &t->plans[i];
        int64_t price = plan_price(p, w.currency);
        put_offers(v, p);
        if (price > 0 && w.balance >= price) {
            view_row(v);
            view_button(v, view_data(v, "pb:%s:%lld", p->name, (long long)w.seq), TEXT_BUTTON_BUY_BALANCE,
                        TEXT_ARGS(text_str("plan", plan_length(v, p)), price_arg(v, price, w.currency)));
        }
    }
    return rc;
}

static void put_state(struct view *v, const struct user_view *me, const struct subscription *s)
{
    const int *limit = v->ctx->policy->habit_limit;
    if (s && subscription_entitles(s->status) && s->status != SUBSCRIPTION_TRIALING) {
        bool renews = s->renews_by != RENEWS_NONE && !s->canceled;
        struct text_arg day = text_day("day", local_day(v, s->ends_at), v->today, TEXT_DAY_DATE);
        view_line(v, renews ? TEXT_PREMIUM_RENEWS : TEXT_PREMIUM_UNTIL, TEXT_ARGS(day));
    } else if (v->me.tier == TIER_TRIAL) {
        view_line(v, TEXT_PREMIUM_TRIAL,
                  TEXT_ARGS(text_day("day", local_day(v, v->me.trial_ends_at), v->today, TEXT_DAY_DATE)));
    } else if (v->me.tier == TIER_PREMIUM) {
        view_line(v, TEXT_PREMIUM_HAVE, NULL);
    } else if (limit[TIER_FREE] > 0) {
        view_line(v, TEXT_PREMIUM_FREE,
                  TEXT_ARGS(text_num("n", limit[TIER_FREE]), text_num("active", me->habits_active)));
    }
    if (s && s->status == SUBSCRIPTION_SUSPENDED)
        view_line(v, TEXT_PREMIUM_SUSPENDED, NULL);
    view_gap(v);
    if (limit[TIER_PREMIUM] == 0)
        view_line(v, TEXT_PREMIUM_GIVES_ALL, NULL);
    else
        view_line(v, TEXT_PREMIUM_GIVES, TEXT_ARGS(text_num("n", limit[TIER_PREMIUM])));
    view_line(v, TEXT_PREMIUM_KEEPS, NULL);
}

enum ecode draw_premium(struct view *v)
{
    struct user_view me;
    struct subscription s;
    enum ecode rc = user_get(v->ctx, NULL, &me), got = rc == E_OK ? subscription_get(v->ctx, NULL, &s) : rc;
    if (rc == E_OK && got != E_OK && got != E_NOT_FOUND)
        rc = got;
    if (rc != E_OK)
        return rc;
    view_line(v, TEXT_PREMIUM_TITLE, NULL);
    view_gap(v);
    put_state(v, &me, got == E_OK ? &s : NULL);
    rc = put_plans(v);
    if (got == E_OK && s.renews_by != RENEWS_NONE && !s.canceled && subscription_entitles(s.status)) {
        view_row(v);
        view_button(v, "pc", TEXT_BUTTON_NO_RENEWAL, NULL);
    }
    view_row(v);
    view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    view_button(v, "iv", TEXT_BUTTON_INVITE, NULL);
    return rc;
}

/* --- paying -------------------------------------------------------------------------------------------- */

/* args: the payment. Waits for the provider's link without holding anything up. */
enum ecode draw_pay(struct view *v)
{
    struct payment_ref ref;
    struct payment p;
    v->nothing = !args_uuid(&v->args, 0, &ref.id);
    if (v->nothing)
        return E_OK;
    enum ecode rc = payment_get(v->ctx, &ref, &p);
    if (rc != E_OK)
        return rc;
    bool waits = p.status == PAYMENT_CREATED || p.status == PAYMENT_PENDING || p.status == PAYMENT_UNKNOWN;
    if (payment_was_paid(p.status)) {
        view_put(v, TEXT_PAY_PAID, NULL);
        view_button(v, "pr", TEXT_BUTTON_PREMIUM, NULL); /* another message orders anew */
    } else if (waits && p.pay_url) {
        view_put(v, TEXT_PAY_READY, TEXT_ARGS(price_arg(v, p.amount, p.currency)));
        view_button_url(v, p.pay_url, TEXT_BUTTON_PAY, TEXT_ARGS(price_arg(v, p.amount, p.currency)));
    } else if (waits && v->ctx->now.ms - p.created_at.ms < PAY_WAIT_MS) {
        v->nothing = true;
        v->later = instant_add(v->ctx->now, duration_ms(PAY_LOOK_MS));
    } else {
        view_put(v, TEXT_PAY_FAILED, NULL);
        view_button(v, "pr", TEXT_BUTTON_BACK, NULL);
    }
    return E_OK;
}

/* --- notices ------------------------------------------------------------------------------------------- */

struct notice {
    int occasion, renews_by;
    const char *status;
    struct instant ends_at;
};

static bool read_notice(struct view *v, struct notice *out)
{
    static const struct json_field rows[] = {
        {JSON_MEMBER(struct notice, occasion), FIELD_ENUM, FIELD_REQUIRED, .names = occasion_names},
        {JSON_MEMBER(struct notice, renews_by), FIELD_ENUM, FIELD_REQUIRED, .names = renews_by_names},
        {JSON_MEMBER(struct notice, status), FIELD_STRING, FIELD_REQUIRED, .max = LABEL_BYTES_MAX},
        {JSON_MEMBER(struct notice, ends_at), FIELD_INSTANT, FIELD_REQUIRED},
    };
    struct json_seen seen;
    struct err err;
    json_t *root;
    const char *args = v->item->args;
    return args && json_read(v->ctx->arena, args, strlen(args), true, &root, &err) == E_OK &&
           json_object_read(v->ctx->arena, root, "", rows, ARRAY_LEN(rows), JSON_WHOLE, out, &seen, &err) ==
               E_OK;
}

static enum text_id notice_text(const struct notice *n)
{
    switch ((enum occasion_kind)n->occasion) {
    case OCCASION_TRIAL_36H:
    case OCCASION_TRIAL_90H:
        return TEXT_NOTICE_TRIAL;
    case OCCASION_TRIAL_24H:
    case OCCASION_TRIAL_3H:
        return TEXT_NOTICE_TRIAL_SOON;
    case OCCASION_TRIAL_END:
        return TEXT_NOTICE_TRIAL_END;
    case OCCASION_RENEW_1:
    case OCCASION_RENEW_2:
        return TEXT_NOTICE_NOT_RENEWED;
    case OCCASION_PAID_END:
    case OCCASION_GRACE_END:
        return TEXT_NOTICE_END;
    default:
        return n->renews_by == RENEWS_NONE ? TEXT_NOTICE_SOON : TEXT_NOTICE_RENEWS;
    }
}

/* args: JSON as subscription_act writes it */
enum ecode draw_notice(struct view *v)
{
    struct notice n;
    v->nothing = !read_notice(v, &n);
    if (v->nothing)
        return E_OK;
    struct walltime at = zone_to_local(v->ctx->actor.zone, n.ends_at);
    view_put(
        v, notice_text(&n),
        TEXT_ARGS(text_day("day", at.day, v->today, TEXT_DAY_RELATIVE), text_time("time", at.ms / 60000)));
    view_button(v, "pr", TEXT_BUTTON_PREMIUM, NULL);
    return E_OK;
}
