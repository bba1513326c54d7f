/* Buying a plan: the ways to pay, the invoice, the link. */
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/payment/stars.h"
#include "edge/bot/money.h"
#include "edge/bot/screens.h"
#include "net/telegram_pay.h"

#define PAY_LOOK_MS 300   /* how often a link to pay is looked for */
#define PAY_WAIT_MS 30000 /* how long */
#define ORDERS_MAX 100    /* of one kind under one message */
#define AGAIN_MS 5000     /* a button that is pressed again so soon was pressed twice */
#define LABEL_BYTES_MAX 256
#define INVOICE_BYTES_MAX 8192
#define START_PARAMETER "premium" /* a forwarded invoice leads whoever presses it to /premium */

/* --- ordering ------------------------------------------------------------------------------------------ */

static bool still_open(const struct ctx *ctx, const struct payment *p)
{
    bool young = ctx->now.ms - p->created_at.ms < STARS_OFFER_HOURS * 3600000LL;
    return (p->status == PAYMENT_CREATED || p->status == PAYMENT_PENDING) && young;
}

enum ecode order_place(struct turn *t, struct payment_order *o, const char *what, struct payment *out)
{
    o->payer = turn_data(t, "%lld", (long long)t->me.telegram_id);
    for (int n = 1; n <= ORDERS_MAX; n++) {
        o->key = turn_data(t, "chat:%lld:%s:%lld:%d", (long long)t->update->message_id, what,
                           (long long)o->amount, n);
        enum ecode rc = turn_op(t, &OP_payment_create, o, out);
        if (rc != E_OK || still_open(t->ctx, out))
            return rc;
    }
    return err_set(&t->ctx->err, E_LIMIT, "too many orders under one message");
}

/* "pp:<plan>": the ways to pay for it. */
enum ecode press_plan(struct turn *t, const struct args *a)
{
    const struct plan *plan = arg_plan(t->ctx, a, 1);
    return plan ? turn_show(t, "plan", plan->name) : turn_say(t, TEXT_ERROR_STALE, NULL);
}

/* What is charged is what was shown; else it is shown anew. */
static enum ecode show_new_price(struct turn *t, const struct plan *plan)
{
    enum ecode rc = turn_say(t, TEXT_PREMIUM_PRICE_CHANGED, NULL);
    return rc == E_OK ? turn_show(t, "plan", plan->name) : rc;
}

/* Whether it would be a second subscription in Stars. */
static enum ecode is_second(struct turn *t, enum way way, bool *out)
{
    struct subscription s;
    *out = false;
    if (way != WAY_STARS_RENEWING)
        return E_OK;
    enum ecode rc = subscription_get(t->ctx, NULL, &s);
    if (rc == E_OK)
        *out = stars_renew(&s);
    if (rc == E_NOT_FOUND) {
        err_clear(&t->ctx->err);
        rc = E_OK;
    }
    return rc;
}

/* "po:<way>:<plan>:<price>" */
enum ecode press_order(struct turn *t, const struct args *a)
{
    struct payment p;
    enum way way;
    char id[ARG_ID];
    int64_t price;
    bool second;
    const struct plan *plan = arg_plan(t->ctx, a, 2);
    if (!plan || !arg_way(a, 1, &way) || !args_int(a, 3, 1, PRICE_MAX, &price))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    int64_t now = way_price(t->ctx, way, plan);
    if (now != price)
        return now > 0 ? show_new_price(t, plan) : turn_say(t, TEXT_ERROR_STALE, NULL);
    if (way == WAY_BALANCE)
        return turn_show(t, "buy", plan->name);
    enum ecode rc = is_second(t, way, &second);
    if (rc != E_OK || second)
        return rc == E_OK ? turn_say(t, TEXT_CHECKOUT_RENEWING, NULL) : rc;
    struct payment_order order = {.provider = ways[way].provider,
                                  .purpose = PURPOSE_SUBSCRIPTION,
                                  .plan = plan->name,
                                  .amount = price,
                                  .save_method = ways[way].renews};
    rc = order_place(t, &order, turn_data(t, "%s:%c", plan->name, ways[way].letter), &p);
    if (contact_is_missing(t, rc))
        return contact_ask(t);
    if (rc != E_OK)
        return rc;
    if (way != WAY_STARS) {
        turn_toast(t, TEXT_PAY_PREPARING, NULL);
        return turn_show(t, "pay", arg_id(&p.id, id));
    }
    int64_t age_ms = t->ctx->now.ms - p.created_at.ms;
    return age_ms > 0 && age_ms < AGAIN_MS ? E_OK : turn_send(t, "invoice", arg_id(&p.id, id));
}

/* "pb:<plan>:<price>:<seq>:<renewing>": from the wallet as it was when the button was drawn, so pressed twice
 * is bought once. */
enum ecode press_buy(struct turn *t, const struct args *a)
{
    struct purchase_result r;
    int64_t price, seq, renewing;
    const struct plan *plan = arg_plan(t->ctx, a, 1);
    if (!plan || !args_int(a, 2, 1, PRICE_MAX, &price) || !args_int(a, 3, 0, INT64_MAX / 2, &seq) ||
        !args_int(a, 4, 0, 1, &renewing))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (price != way_price(t->ctx, WAY_BALANCE, plan))
        return show_new_price(t, plan);
    struct purchase in = {.plan = plan->name,
                          .key = turn_data(t, "chat:%s:%lld", plan->name, (long long)seq),
                          .renew = renewing == 1};
    enum ecode rc = turn_op(t, &OP_subscription_buy, &in, &r);
    if (rc != E_OK)
        return rc;
    if (r.outcome == PURCHASE_NO_FUNDS) {
        rc = turn_say(t, TEXT_PREMIUM_NO_FUNDS, NULL);
        return rc == E_OK ? turn_show(t, "buy", plan->name) : rc;
    }
    turn_toast(t, TEXT_PREMIUM_BOUGHT, NULL);
    return turn_show(t, "premium", NULL);
}

/* --- a plan -------------------------------------------------------------------------------------------- */

static void put_when(struct view *v, const struct subscription *s)
{
    if (s->status == SUBSCRIPTION_TRIALING)
        view_line(v, TEXT_PLAN_AFTER_TRIAL, TEXT_ARGS(when_arg(v, s->ends_at)));
    else if (s->status == SUBSCRIPTION_ACTIVE || s->status == SUBSCRIPTION_CANCELED)
        view_line(v, TEXT_PLAN_AFTER_PREMIUM, TEXT_ARGS(until_arg(v, s->ends_at)));
}

/* Without anything in it the wallet is a way only where it can be filled. */
static bool wallet_helps(const struct view *v, const struct wallet *w)
{
    return w->seq > 0 || wallet_can_be_filled(v->ctx);
}

/* args: the plan */
enum ecode draw_plan(struct view *v)
{
    struct subscription s;
    struct wallet w;
    bool found, renewing = false;
    const struct plan *p = arg_plan(v->ctx, &v->args, 0);
    v->nothing = !p;
    if (v->nothing)
        return E_OK;
    enum ecode rc = view_subscription(v, &s, &found);
    if (rc == E_OK)
        rc = wallet_get(v->ctx, NULL, &w);
    if (rc != E_OK)
        return rc;
    view_line(v, TEXT_PLAN_TITLE, TEXT_ARGS(text_str("plan", plan_length(v->ctx, v->lang, p))));
    view_gap(v);
    if (found)
        put_when(v, &s);
    for (int i = 0; i < WAYS; i++) {
        enum way way = (enum way)i;
        int64_t price = way_price(v->ctx, way, p);
        bool second = way == WAY_STARS_RENEWING && found && stars_renew(&s);
        if (price == 0 || second || (way == WAY_BALANCE && !wallet_helps(v, &w)))
            continue;
        const char *currency = payment_currency(v->ctx, ways[i].provider);
        renewing = renewing || way == WAY_STARS_RENEWING;
        view_row(v);
        view_button(v, view_data(v, "po:%c:%s:%lld", ways[i].letter, p->name, (long long)price),
                    ways[i].label, TEXT_ARGS(money_arg(v->ctx, "price", price, currency)));
    }
    if (renewing)
        view_line(v, TEXT_PLAN_STARS_RENEW, NULL);
    view_line(v, v->n_buttons > 0 ? TEXT_PLAN_HOW : TEXT_PREMIUM_NOTHING_SOLD, NULL);
    view_row(v);
    view_button(v, "pr", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

/* args: the plan; from the wallet */
enum ecode draw_buy(struct view *v)
{
    struct wallet w;
    const struct plan *p = arg_plan(v->ctx, &v->args, 0);
    int64_t price = p ? way_price(v->ctx, WAY_BALANCE, p) : 0;
    v->nothing = price == 0;
    if (v->nothing)
        return E_OK;
    enum ecode rc = wallet_get(v->ctx, NULL, &w);
    if (rc != E_OK)
        return rc;
    view_line(v, TEXT_PLAN_TITLE, TEXT_ARGS(text_str("plan", plan_length(v->ctx, v->lang, p))));
    view_gap(v);
    if (w.balance >= price) {
        view_line(v, TEXT_BUY_ASK,
                  TEXT_ARGS(money_arg(v->ctx, "price", price, w.currency),
                            money_arg(v->ctx, "balance", w.balance, w.currency),
                            money_arg(v->ctx, "rest", w.balance - price, w.currency)));
        for (int renewing = 0; renewing < 2; renewing++) {
            view_row(v);
            view_button(
                v, view_data(v, "pb:%s:%lld:%lld:%d", p->name, (long long)price, (long long)w.seq, renewing),
                renewing ? TEXT_BUTTON_BUY_RENEWING : TEXT_BUTTON_BUY_ONCE, NULL);
        }
    } else {
        view_line(v, TEXT_BUY_TOO_LITTLE,
                  TEXT_ARGS(money_arg(v->ctx, "price", price, w.currency),
                            money_arg(v->ctx, "balance", w.balance, w.currency)));
        view_row(v);
        view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    }
    view_row(v);
    view_button(v, view_data(v, "pp:%s", p->name), TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

/* --- paying -------------------------------------------------------------------------------------------- */

static enum ecode load(struct view *v, struct payment *out)
{
    struct payment_ref ref;
    v->nothing = !args_uuid(&v->args, 0, &ref.id);
    return v->nothing ? E_OK : payment_get(v->ctx, &ref, out);
}

/* What is paid for: "Premium, 1 month". Plain text; arena. */
static const char *subject(struct view *v, const struct payment *p)
{
    struct buf b;
    buf_init(&b, LABEL_BYTES_MAX);
    if (p->purpose == PURPOSE_TOPUP)
        text_plain(&b, v->lang, TEXT_PAY_TOPUP, NULL);
    else
        text_plain(&b, v->lang, TEXT_PAY_PLAN,
                   TEXT_ARGS(text_str("plan", plan_length_of(v->ctx, v->lang, p->plan))));
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

/* args: the payment. An invoice in Stars with its own button. */
enum ecode draw_invoice(struct view *v)
{
    struct payment p;
    char payload[PAYMENT_PAYLOAD_TEXT];
    struct buf text, params;
    enum ecode rc = load(v, &p);
    if (rc != E_OK || v->nothing)
        return rc;
    v->nothing = !still_open(v->ctx, &p);
    if (v->nothing)
        return E_OK;
    buf_init(&text, LABEL_BYTES_MAX * 4);
    buf_init(&params, INVOICE_BYTES_MAX);
    text_plain(&text, v->lang, TEXT_PAY_INVOICE, NULL);
    struct tg_invoice invoice = {.title = subject(v, &p),
                                 .description = buf_text(&text),
                                 .payload = payment_payload(&p, payload),
                                 .stars = p.amount,
                                 .start_parameter = START_PARAMETER};
    tg_invoice_params(&params, &invoice);
    CHECK(!buf_overflowed(&params));
    v->method = "sendInvoice";
    v->params = arena_strdup(v->ctx->arena, buf_text(&params));
    buf_release(&text);
    buf_release(&params);
    return E_OK;
}

static void put_link(struct view *v, const struct payment *p)
{
    struct text_arg price = money_arg(v->ctx, "price", p->amount, p->currency);
    view_line(v, TEXT_PAY_READY, TEXT_ARGS(text_str("what", subject(v, p)), price));
    view_line(v, TEXT_PAY_THEN, NULL);
    view_button_url(v, p->pay_url, TEXT_BUTTON_PAY, TEXT_ARGS(price));
}

/* args: the payment. Waits for the provider's link without holding anything up. */
enum ecode draw_pay(struct view *v)
{
    struct payment p;
    enum ecode rc = load(v, &p);
    if (rc != E_OK || v->nothing)
        return rc;
    bool waits = still_open(v->ctx, &p) || p.status == PAYMENT_UNKNOWN;
    if (payment_was_paid(p.status)) {
        view_line(v, TEXT_PAY_PAID, NULL);
    } else if (waits && p.pay_url) {
        put_link(v, &p);
    } else if (waits && v->ctx->now.ms - v->item->created_at.ms < PAY_WAIT_MS) {
        v->nothing = true;
        v->later = instant_add(v->ctx->now, duration_ms(PAY_LOOK_MS));
        return E_OK;
    } else {
        view_line(v, TEXT_PAY_FAILED, NULL);
    }
    view_row(v);
    if (p.purpose == PURPOSE_TOPUP)
        view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    else
        view_button(v, "pr", TEXT_BUTTON_PREMIUM, NULL);
    return E_OK;
}
