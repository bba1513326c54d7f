#ifndef HABITD_EDGE_BOT_CHECKOUT_H
#define HABITD_EDGE_BOT_CHECKOUT_H

#include "domain/service.h"

/*
 * Pre-checkout queries: somebody is about to pay, and Telegram waits ten seconds for a yes. So they keep no
 * order, wait behind no write, and are stored nowhere: what is late is worth nothing. Whatever fails is a no.
 */
struct bot;
struct bot_update;
struct tg_update;

/* The kinds of its job, which a struct bot_update owns: reads when there is room, else behind the writes. */
extern const struct job_kind checkout_reads, checkout_writes;
/* Whether the update is one. */
bool checkout_is(const struct tg_update *u);

/*
 * Answers when updates are polled: over connections of their own, and again while there is time for it.
 * `json` as in struct bot_update, copied. Any thread.
 */
struct checkouts;
enum ecode checkouts_new(struct bot *b, struct checkouts **out, struct err *err);
void checkouts_answer(struct checkouts *c, const char *json);
/* Tries nothing again, and waits at most `limit` for what is under way. Nobody calls checkouts_answer any
 * more. */
void checkouts_stop(struct checkouts *c, struct duration limit);
/* Cuts off what is under way. NULL-safe. */
void checkouts_free(struct checkouts *c);

#endif
