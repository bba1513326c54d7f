#ifndef HABITD_EDGE_BOT_MONEY_H
#define HABITD_EDGE_BOT_MONEY_H

#include "domain/payment/payment.h"
#include "domain/subscription/subscription.h"
#include "edge/bot/turn.h"
#include "edge/bot/view.h"

/* What the screens about money share: amounts, plans, and the ways to pay that are open in the chat. */

/* Ways to pay, each a letter in a button's data. */
enum way {
    WAY_STARS,          /* an invoice in the chat */
    WAY_STARS_RENEWING, /* a subscription that Telegram charges every thirty days */
    WAY_CARD,
    WAY_CARD_RENEWING, /* the card is kept */
    WAY_CRYPTO,
    WAY_SANDBOX,
    WAY_BALANCE,
    WAYS
};
struct way_info {
    char letter;
    enum payment_provider provider;
    bool renews;
    enum text_id label; /* of its button; {price} */
};
extern const struct way_info ways[WAYS];

/* Word i as a way; false: it is none. */
bool arg_way(const struct args *a, size_t i, enum way *out);
/*
 * The price of a plan by that way, 0: it cannot be paid so here (payment_is_open). The wallet always pays.
 */
int64_t way_price(const struct ctx *ctx, enum way way, const struct plan *plan);
/* Whether the wallet can be filled from the chat by that way; by any. */
bool way_fills_wallet(const struct ctx *ctx, enum way way);
bool wallet_can_be_filled(const struct ctx *ctx);

/* purchase.c: the open order for `what` (and o->amount) under the pressed message, or a new one: pressed
 * twice is ordered once, and what was paid or has passed is ordered again. Sets o->key and o->payer. */
enum ecode order_place(struct turn *t, struct payment_order *o, const char *what, struct payment *out);

/* contact.c: whether an order came to nothing because nobody knows where its receipt goes; then asks the
 * person, and orders anew by the same button. */
bool contact_is_missing(const struct turn *t, enum ecode rc);
enum ecode contact_ask(struct turn *t);

struct text_arg money_arg(const struct ctx *ctx, const char *name, int64_t amount, const char *currency);
/* "300 ₽", plain text; arena. */
const char *money_label(const struct view *v, int64_t amount, const char *currency);
/* The plan that word i names; NULL: it is none. */
const struct plan *arg_plan(const struct ctx *ctx, const struct args *a, size_t i);
/* "1 month", "1 year", "10 days"; arena. */
const char *plan_length(const struct ctx *ctx, const struct lang *l, const struct plan *p);
/* The same of a plan by name, which may be sold no more, or be a gift. */
const char *plan_length_of(const struct ctx *ctx, const struct lang *l, const char *name);
/* {when}: "today at 14:00" where the person is; {until}: "24 Dec, 14:00". Arena. */
struct text_arg when_arg(const struct view *v, struct instant at);
struct text_arg until_arg(const struct view *v, struct instant at);
/* The person's subscription; *found false: they never had one. */
enum ecode view_subscription(const struct view *v, struct subscription *out, bool *found);
/* A line about what happens at the end: by what it renews itself, or that it does not. */
void put_renewal(struct view *v, const struct subscription *s);
/* What goes on without it, from now or afterwards: how many habits stay active. */
void put_free_plan(struct view *v, bool now);

#endif
