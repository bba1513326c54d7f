#ifndef HABITD_EDGE_PAY_WEBHOOK_H
#define HABITD_EDGE_PAY_WEBHOOK_H

#include "domain/message/inbox.h"
#include "edge/pay/runtime.h"

/*
 * What a provider's webhook says. Crypto Pay's are signed and tell all; YooKassa's are believed for the
 * object's id alone, and leave a call that fetches it.
 */
extern const char *const webhook_sources[PAY_SOURCES]; /* the inbox's names of them */

/*
 * The inbox's names of one: item->source, and item->external_id so that the same thing twice is one. body and
 * len are set. *user_id: whose it is, zero when it does not say. Memory is the arena's.
 * E_MALFORMED, E_INVALID: it cannot be read.
 */
enum ecode webhook_name(const struct pay *p, enum pay_source source, struct arena *arena,
                        struct inbox_item *item, struct uuid *user_id, struct err *err);
/* Acts on one; its argument is the struct pay. */
inbox_handler *webhook_handler(enum pay_source source);

#endif
