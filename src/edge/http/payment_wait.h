#ifndef HABITD_EDGE_HTTP_PAYMENT_WAIT_H
#define HABITD_EDGE_HTTP_PAYMENT_WAIT_H

#include <stdbool.h>
#include "base/err.h"
#include "base/instant.h"

/*
 * Orders whose provider has not answered yet: the exchange stays suspended, on no lane and no worker, and is
 * looked at now and then through the read pool until there is an answer or the time is over. It does not
 * matter which instance carries the provider's answer home. One thread of its own, asleep but for that.
 */
struct exchange;
struct payment_wait;
struct service;

/* limit: how long an exchange waits at most. */
enum ecode payment_wait_new(struct service *service, struct duration limit, struct payment_wait **out,
                            struct err *err);
/* Nobody waits for the rest of the time any more. Any thread. */
void payment_wait_stop(struct payment_wait *w);
/* Nobody may be waiting. NULL-safe. */
void payment_wait_free(struct payment_wait *w);
/*
 * A route's hold for answers that are a struct payment. true: the exchange is answered within the limit. On a
 * worker's thread.
 */
bool payment_wait_hold(struct exchange *x);

#endif
