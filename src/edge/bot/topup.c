/* Filling the wallet from the chat, where the operator allows other providers than Stars. */
#include "base/check.h"
#include "edge/bot/input.h"
#include "edge/bot/money.h"
#include "edge/bot/screens.h"

#define HUNDRED 100

static const int64_t sums[] = {1, 3, 5, 10}; /* of hundreds of the currency's main unit, as buttons */

static int64_t one_unit(const struct ctx *ctx)
{
    int64_t unit = 1;
    for (int i = currency_digits(ctx->policy->plans, ctx->policy->currency); i > 0; i--)
        unit *= 10;
    return unit;
}

/* "bt": asks how much; "bt:<amount>": by what; "bt:<amount>:<way>": orders. */
enum ecode press_topup(struct turn *t, const struct args *a)
{
    struct payment p;
    enum way way;
    char id[ARG_ID];
    int64_t amount;
    if (!wallet_can_be_filled(t->ctx))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (a->n == 1) {
        enum ecode rc = turn_ask(t, "topup", "amount", NULL);
        return rc == E_OK ? turn_show(t, "topup", NULL) : rc;
    }
    if (!args_int(a, 1, 1, PAYMENT_AMOUNT_MAX, &amount) ||
        (a->n > 2 && (!arg_way(a, 2, &way) || !way_fills_wallet(t->ctx, way))))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_end(t);
    if (rc != E_OK || a->n == 2)
        return rc == E_OK ? turn_show(t, "topup", turn_data(t, "%lld", (long long)amount)) : rc;
    struct payment_order order = {.provider = ways[way].provider, .purpose = PURPOSE_TOPUP, .amount = amount};
    rc = order_place(t, &order, turn_data(t, "topup:%c", ways[way].letter), &p);
    if (contact_is_missing(t, rc))
        return contact_ask(t);
    if (rc != E_OK)
        return rc;
    turn_toast(t, TEXT_PAY_PREPARING, NULL);
    return turn_show(t, "pay", arg_id(&p.id, id));
}

/* How much, as it was typed: in the main unit. */
enum ecode say_topup(struct turn *t)
{
    int64_t milli, unit = one_unit(t->ctx);
    const char *text = turn_text(t);
    if (!text || !input_number(text, PAYMENT_AMOUNT_MAX / unit * 1000, &milli) || milli * unit < 1000)
        return turn_say(t, TEXT_TOPUP_NOT_UNDERSTOOD, NULL);
    enum ecode rc = turn_show(t, "topup", turn_data(t, "%lld", (long long)(milli * unit / 1000)));
    return rc == E_OK ? turn_end(t) : rc;
}

/* args: "": how much; "<amount>": by what */
enum ecode draw_topup(struct view *v)
{
    const char *currency = v->ctx->policy->currency;
    int64_t amount = 0;
    if (!args_int(&v->args, 0, 1, PAYMENT_AMOUNT_MAX, &amount)) {
        view_line(v, TEXT_TOPUP_ASK, NULL);
        for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
            int64_t sum = sums[i] * HUNDRED * one_unit(v->ctx);
            view_button_label(v, view_data(v, "bt:%lld", (long long)sum), money_label(v, sum, currency));
        }
    } else {
        view_line(v, TEXT_TOPUP_HOW, TEXT_ARGS(money_arg(v->ctx, "amount", amount, currency)));
        for (int i = 0; i < WAYS; i++) {
            if (!way_fills_wallet(v->ctx, (enum way)i))
                continue;
            view_row(v);
            view_button(v, view_data(v, "bt:%lld:%c", (long long)amount, ways[i].letter), ways[i].label,
                        TEXT_ARGS(money_arg(v->ctx, "price", amount, currency)));
        }
    }
    view_row(v);
    view_button(v, "ba", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}
