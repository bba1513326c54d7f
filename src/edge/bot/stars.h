#ifndef HABITD_EDGE_BOT_STARS_H
#define HABITD_EDGE_BOT_STARS_H

#include "domain/ctx.h"
#include "net/telegram.h"

/* What Telegram tells the bot about money: paid, given back, a subscription that ended or goes on. */

/* Whether the update is about that. It is acted on whoever the person is, blocked or gone: money is money. */
bool stars_tell(const struct tg_update *u);
/*
 * Records it (domain/payment/stars.h), whatever that comes to. The context is ROLE_SYSTEM; it acts for the
 * payer afterwards. Errors are for whoever tries again: nothing of it may be lost.
 */
enum ecode stars_take(struct ctx *ctx, const struct tg_update *u);

#endif
