/* The plan that is paid for: what the person has, and what is sold. */
#include <string.h>
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "edge/bot/money.h"
#include "edge/bot/screens.h"

#define PERIODS_SHOWN 6

enum ecode on_premium(struct turn *t, const char *arg)
{
    return turn_send(t, "premium", NULL);
}

/* "pr": the screen. */
enum ecode press_premium(struct turn *t, const struct args *a)
{
    return turn_show(t, "premium", NULL);
}

/* "pc": asks whether to turn renewal off; "pc:y": turns it off. */
enum ecode press_cancel_renewal(struct turn *t, const struct args *a)
{
    struct subscription s;
    if (!args_is(a, 1, "y"))
        return turn_show(t, "premium", "off");
    enum ecode rc = turn_op(t, &OP_subscription_cancel, NULL, &s);
    if (rc == E_CONFLICT || rc == E_NOT_FOUND) { /* it is off already */
        err_clear(&t->ctx->err);
        rc = E_OK;
    }
    if (rc == E_OK)
        turn_toast(t, TEXT_PREMIUM_RENEWAL_OFF, NULL);
    return rc == E_OK ? turn_show(t, "premium", NULL) : rc;
}

/* --- what the person has ------------------------------------------------------------------------------- */

static struct text_arg day_arg(const struct view *v, const char *name, struct instant at)
{
    return text_day(name, zone_local_day(v->ctx->actor.zone, at, 0), v->today, TEXT_DAY_DATE);
}

/* What was bought and lies one behind the other. */
static void put_periods(struct view *v, const struct subscription *s)
{
    size_t ahead = 0, shown = 0;
    for (size_t i = 0; i < s->periods_count; i++)
        ahead += s->periods[i].status == PERIOD_ACTIVE && instant_cmp(s->periods[i].ends_at, v->ctx->now) > 0;
    for (size_t i = 0; ahead > 1 && i < s->periods_count && shown < PERIODS_SHOWN; i++) {
        const struct period *p = &s->periods[i];
        if (p->status != PERIOD_ACTIVE || instant_cmp(p->ends_at, v->ctx->now) <= 0)
            continue;
        view_line(v, TEXT_PREMIUM_PERIOD,
                  TEXT_ARGS(text_str("plan", plan_length_of(v->ctx, v->lang, p->plan)),
                            day_arg(v, "from", p->starts_at), day_arg(v, "to", p->ends_at)));
        shown++;
    }
}

static void put_free(struct view *v, const struct user_view *me)
{
    int limit = v->ctx->policy->habit_limit[TIER_FREE];
    if (limit > 0)
        view_line(v, TEXT_PREMIUM_FREE,
                  TEXT_ARGS(text_num("n", limit), text_num("active", me->habits_active)));
    else
        view_line(v, TEXT_PREMIUM_FREE_OPEN, NULL);
}

static void put_over(struct view *v, const struct subscription *s, bool debt)
{
    if (s->status == SUBSCRIPTION_SUSPENDED)
        view_line(v, debt ? TEXT_PREMIUM_SUSPENDED_DEBT : TEXT_PREMIUM_SUSPENDED, NULL);
    else if (s->status == SUBSCRIPTION_REVOKED)
        view_line(v, TEXT_PREMIUM_REVOKED, NULL);
    else if (s->periods_count > 0)
        view_line(v, TEXT_PREMIUM_ENDED, TEXT_ARGS(day_arg(v, "day", s->ends_at)));
}

static void put_state(struct view *v, const struct user_view *me, const struct subscription *s, bool debt)
{
    enum subscription_status status = s ? s->status : SUBSCRIPTION_EXPIRED;
    struct instant grace = instant_from_ms(s ? s->ends_at.ms + GRACE_MS : 0);
    switch (status) {
    case SUBSCRIPTION_ACTIVE:
    case SUBSCRIPTION_CANCELED:
        view_line(v, TEXT_PREMIUM_UNTIL, TEXT_ARGS(until_arg(v, s->ends_at)));
        put_renewal(v, s);
        put_periods(v, s);
        break;
    case SUBSCRIPTION_PAST_DUE:
        view_line(v, TEXT_PREMIUM_PAST_DUE, TEXT_ARGS(when_arg(v, s->ends_at), until_arg(v, grace)));
        break;
    case SUBSCRIPTION_TRIALING:
        view_line(v, TEXT_PREMIUM_TRIAL, TEXT_ARGS(until_arg(v, s->ends_at)));
        put_free_plan(v, false);
        break;
    default:
        if (s)
            put_over(v, s, debt);
        put_free(v, me);
    }
}

/* --- what is sold -------------------------------------------------------------------------------------- */

/* The way whose price stands on a plan's button: the first that is open. */
static bool first_way(const struct view *v, const struct plan *p, enum way *out)
{
    for (int w = 0; w < WAYS; w++) {
        if (way_price(v->ctx, (enum way)w, p) > 0) {
            *out = (enum way)w;
            return true;
        }
    }
    return false;
}

static void put_plans(struct view *v)
{
    const struct plan_table *t = v->ctx->policy->plans;
    size_t sold = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct plan *p = &t->plans[i];
        enum way w;
        if (!first_way(v, p, &w))
            continue;
        const char *currency = payment_currency(v->ctx, ways[w].provider);
        view_row(v);
        view_button(v, view_data(v, "pp:%s", p->name), TEXT_BUTTON_PLAN,
                    TEXT_ARGS(text_str("plan", plan_length(v->ctx, v->lang, p)),
                              money_arg(v->ctx, "price", way_price(v->ctx, w, p), currency)));
        sold++;
    }
    view_gap(v);
    if (v->ctx->policy->habit_limit[TIER_PREMIUM] == 0)
        view_line(v, TEXT_PREMIUM_GIVES_ALL, NULL);
    else
        view_line(v, TEXT_PREMIUM_GIVES, TEXT_ARGS(text_num("n", v->ctx->policy->habit_limit[TIER_PREMIUM])));
    view_line(v, TEXT_PREMIUM_KEEPS, NULL);
    if (sold == 0)
        view_line(v, TEXT_PREMIUM_NOTHING_SOLD, NULL);
}

static bool renews(const struct subscription *s)
{
    return s && s->renews_by != RENEWS_NONE && !s->canceled && subscription_entitles(s->status);
}

/* args: "off": whether to turn renewal off */
enum ecode draw_premium(struct view *v)
{
    struct user_view me;
    struct subscription found, *s = &found;
    struct wallet w;
    enum ecode rc = user_get(v->ctx, NULL, &me);
    if (rc == E_OK)
        rc = wallet_get(v->ctx, NULL, &w);
    if (rc == E_OK)
        rc = subscription_get(v->ctx, NULL, &found);
    if (rc == E_NOT_FOUND) {
        s = NULL;
        err_clear(&v->ctx->err);
    } else if (rc != E_OK) {
        return rc;
    }
    view_line(v, TEXT_PREMIUM_TITLE, NULL);
    view_gap(v);
    put_state(v, &me, s, w.debt > 0);
    if (args_is(&v->args, 0, "off") && renews(s)) {
        view_gap(v);
        view_line(v, TEXT_PREMIUM_OFF_ASK, TEXT_ARGS(until_arg(v, s->ends_at)));
        view_button(v, "pc:y", TEXT_BUTTON_NO_RENEWAL, NULL);
        view_button(v, "pr", TEXT_BUTTON_BACK, NULL);
        return E_OK;
    }
    put_plans(v);
    if (renews(s)) {
        view_row(v);
        view_button(v, "pc", TEXT_BUTTON_NO_RENEWAL, NULL);
    }
    view_row(v);
    view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    view_button(v, "iv", TEXT_BUTTON_INVITE, NULL);
    return E_OK;
}
