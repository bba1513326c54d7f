#ifndef HABITD_DOMAIN_LEASE_H
#define HABITD_DOMAIN_LEASE_H

#include "domain/ctx.h"

/*
 * One holder at a time for what only one instance may do. Every new holder gets a fence that is one higher
 * than the last one's; whatever is claimed carries it, so that a holder that lost its lease without noticing
 * can be told apart. Expiry is judged by each instance's own clock: the time to live has to be long beside
 * their differences. All in a write transaction, except lease_get.
 */
#define LEASE_BOT "bot" /* polling, inbox, scheduler, sender */

struct lease {
    int64_t fence;
    struct instant acquired_at, expires_at;
    bool fresh;          /* not expired */
    bool given_back;     /* its holder ended in order */
    const char *problem; /* what hinders the holder, NULL: nothing; arena */
};

/*
 * Takes the lease when it is free, expired or the holder's own (which keeps its fence). `holder` is an id the
 * instance drew at its start. E_CONFLICT reason "lease_held" while another has it.
 */
enum ecode lease_take(struct ctx *ctx, const char *name, const struct uuid *holder, struct duration ttl,
                      int64_t *fence);
/*
 * Extends it. E_CONFLICT reason "lease_lost" when somebody took it since. Locks its row: a claim that keeps
 * the lease in its own transaction is wholly before or wholly after a take-over.
 */
enum ecode lease_keep(struct ctx *ctx, const char *name, int64_t fence, struct duration ttl);
/* The orderly end: the next one need not wait. Harmless when it is another's. */
enum ecode lease_drop(struct ctx *ctx, const char *name, int64_t fence);
/* Says what hinders the holder (shown by readyz); NULL: nothing any more. Harmless when it is another's. */
enum ecode lease_problem(struct ctx *ctx, const char *name, int64_t fence, const char *text);
/* The name (arena) of a lease that somebody holds, and until when; E_NOT_FOUND: nobody holds any. */
enum ecode lease_held(struct ctx *ctx, const char **name, struct instant *until);
/* E_NOT_FOUND when nobody ever had it. */
enum ecode lease_get(struct ctx *ctx, const char *name, struct lease *out);

#endif
