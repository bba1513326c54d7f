#include "edge/bot/money.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"

#define LABEL_BYTES_MAX 256
#define MONTH_DAYS 30
#define STARS_SUBSCRIPTION_MAX 10000 /* Telegram's */
#define MONTHS_PER_YEAR 12

const struct way_info ways[WAYS] = {
    [WAY_STARS] = {'s', PROVIDER_STARS, false, TEXT_BUTTON_PAY_STARS},
    [WAY_STARS_RENEWING] = {'r', PROVIDER_STARS, true, TEXT_BUTTON_PAY_STARS_RENEWING},
    [WAY_CARD] = {'y', PROVIDER_YOOKASSA, false, TEXT_BUTTON_PAY_CARD},
    [WAY_CARD_RENEWING] = {'w', PROVIDER_YOOKASSA, true, TEXT_BUTTON_PAY_CARD_RENEWING},
    [WAY_CRYPTO] = {'c', PROVIDER_CRYPTOBOT, false, TEXT_BUTTON_PAY_CRYPTO},
    [WAY_SANDBOX] = {'x', PROVIDER_SANDBOX, false, TEXT_BUTTON_PAY_SANDBOX},
    [WAY_BALANCE] = {'b', PROVIDER_BALANCE, false, TEXT_BUTTON_PAY_BALANCE},
};

bool arg_way(const struct args *a, size_t i, enum way *out)
{
    for (int w = 0; w < WAYS; w++) {
        if (args_is(a, i, (char[]){ways[w].letter, '\0'})) {
            *out = (enum way)w;
            return true;
        }
    }
    return false;
}

static bool open_here(const struct ctx *ctx, enum payment_provider provider)
{
    return provider == PROVIDER_BALANCE || payment_is_open(ctx->policy, provider, true);
}

int64_t way_price(const struct ctx *ctx, enum way way, const struct plan *plan)
{
    const struct way_info *w = &ways[way];
    int64_t price = open_here(ctx, w->provider) ? plan_price(plan, payment_currency(ctx, w->provider)) : 0;
    bool thirty_days = plan->months == 1 || plan->days == MONTH_DAYS;
    if (way == WAY_STARS_RENEWING && (!thirty_days || price > STARS_SUBSCRIPTION_MAX))
        return 0;
    return price;
}

bool way_fills_wallet(const struct ctx *ctx, enum way way)
{
    return (way == WAY_CARD || way == WAY_SANDBOX) && open_here(ctx, ways[way].provider);
}

bool wallet_can_be_filled(const struct ctx *ctx)
{
    for (int w = 0; w < WAYS; w++) {
        if (way_fills_wallet(ctx, (enum way)w))
            return true;
    }
    return false;
}

struct text_arg money_arg(const struct ctx *ctx, const char *name, int64_t amount, const char *currency)
{
    return text_money(name, amount, currency_digits(ctx->policy->plans, currency), currency);
}

const char *money_label(const struct view *v, int64_t amount, const char *currency)
{
    struct buf b;
    buf_init(&b, LABEL_BYTES_MAX);
    text_plain_value(&b, v->lang, money_arg(v->ctx, "amount", amount, currency));
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

const struct plan *arg_plan(const struct ctx *ctx, const struct args *a, size_t i)
{
    return i < a->n ? plan_find(ctx->policy->plans,
                                arena_printf(ctx->arena, "%.*s", (int)a->word[i].len, a->word[i].text))
                    : NULL;
}

const char *plan_length(const struct ctx *ctx, const struct lang *l, const struct plan *p)
{
    struct buf b;
    buf_init(&b, LABEL_BYTES_MAX);
    if (p->months == 0)
        text_plain(&b, l, TEXT_PLAN_DAYS, TEXT_ARGS(text_num("n", p->days)));
    else if (p->months % MONTHS_PER_YEAR == 0)
        text_plain(&b, l, TEXT_PLAN_YEARS, TEXT_ARGS(text_num("n", p->months / MONTHS_PER_YEAR)));
    else
        text_plain(&b, l, TEXT_PLAN_MONTHS, TEXT_ARGS(text_num("n", p->months)));
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

const char *plan_length_of(const struct ctx *ctx, const struct lang *l, const char *name)
{
    const struct plan *p = name ? plan_find(ctx->policy->plans, name) : NULL;
    struct buf b;
    if (p)
        return plan_length(ctx, l, p);
    buf_init(&b, LABEL_BYTES_MAX);
    text_plain(&b, l, name && strcmp(name, "granted") == 0 ? TEXT_PLAN_GRANTED : TEXT_PLAN_OTHER, NULL);
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

static const char *moment(const struct view *v, struct instant at, enum text_id how,
                          enum text_day_style style)
{
    struct walltime wall = zone_to_local(v->ctx->actor.zone, at);
    struct buf date, b;
    buf_init(&date, LABEL_BYTES_MAX);
    buf_init(&b, LABEL_BYTES_MAX);
    text_plain_value(&date, v->lang, text_day("date", wall.day, v->today, style));
    text_plain(&b, v->lang, how,
               TEXT_ARGS(text_html("date", buf_text(&date)), text_time("time", wall.ms / 60000)));
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    buf_release(&date);
    return text;
}

struct text_arg when_arg(const struct view *v, struct instant at)
{
    return text_str("when", moment(v, at, TEXT_DATE_TIME, TEXT_DAY_RELATIVE));
}

struct text_arg until_arg(const struct view *v, struct instant at)
{
    return text_str("until", moment(v, at, TEXT_DATE_UNTIL, TEXT_DAY_DATE));
}

enum ecode view_subscription(const struct view *v, struct subscription *out, bool *found)
{
    enum ecode rc = subscription_get(v->ctx, NULL, out);
    *found = rc == E_OK;
    if (rc != E_NOT_FOUND)
        return rc;
    err_clear(&v->ctx->err);
    return E_OK;
}

void put_renewal(struct view *v, const struct subscription *s)
{
    static const enum text_id says[RENEWS] = {[RENEWS_STARS] = TEXT_PREMIUM_RENEWS_STARS,
                                              [RENEWS_SAVED_METHOD] = TEXT_PREMIUM_RENEWS_METHOD,
                                              [RENEWS_BALANCE] = TEXT_PREMIUM_RENEWS_BALANCE,
                                              [RENEWS_NONE] = TEXT_PREMIUM_RENEWS_NONE};
    view_line(v, s->canceled ? TEXT_PREMIUM_RENEWS_OFF : says[s->renews_by], NULL);
}

void put_free_plan(struct view *v, bool now)
{
    int limit = v->ctx->policy->habit_limit[TIER_FREE];
    if (limit > 0)
        view_line(v, now ? TEXT_PREMIUM_NOW : TEXT_PREMIUM_THEN, TEXT_ARGS(text_num("n", limit)));
}
