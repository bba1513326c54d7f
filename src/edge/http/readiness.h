#ifndef HABITD_EDGE_HTTP_READINESS_H
#define HABITD_EDGE_HTTP_READINESS_H

#include <stdbool.h>
#include "base/err.h"
#include "base/instant.h"

/*
 * Answers /readyz: asks the database through the read pool, once for all who ask meanwhile, and answers for
 * it when it is silent too long. One thread of its own, asleep but for that.
 */
struct exchange;
struct readiness;
struct service;

/* bot: one is configured, some instance must do its work. */
enum ecode readiness_new(struct service *service, struct duration limit, bool bot, struct readiness **out,
                         struct err *err);
/* Waits for a question under way. Nobody may be waiting for an answer any more. NULL-safe. */
void readiness_free(struct readiness *r);
/* On the network thread: suspends the exchange and answers it within the limit. */
void readiness_ask(struct readiness *r, struct exchange *x);

#endif
