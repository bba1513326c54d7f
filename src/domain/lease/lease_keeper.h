#ifndef HABITD_DOMAIN_LEASE_KEEPER_H
#define HABITD_DOMAIN_LEASE_KEEPER_H

#include <stdint.h>
#include "base/err.h"
#include "domain/lease/hold.h"

/*
 * Takes a lease and keeps it, on a thread of its own, for a part of the program that works only while it has
 * it. What it knows stands in the hold, which the owner's threads look at.
 */
struct lease_keeper;
struct service;

#define LEASE_TTL_MS 10000
#define LEASE_TROUBLE_MS 500 /* between tries when the database does not answer */

struct lease_keeper_options {
    struct service *service; /* outlives the keeper, like all that is pointed to */
    const char *name;        /* LEASE_BOT */
    struct hold *hold;
    /* The lease was taken, and nobody works with it yet: what the last holder left is put right. An error:
     * taken again later. */
    enum ecode (*taken)(void *arg, int64_t fence);
    void (*begun)(void *arg, int64_t fence); /* the hold has begun */
    void (*lost)(void *arg, int64_t fence);  /* it has ended before its time; any thread */
    void *arg;
};

/* A keeper at rest. Copies o. */
struct lease_keeper *lease_keeper_new(const struct lease_keeper_options *o);
/* Starts its thread. Once. */
void lease_keeper_start(struct lease_keeper *k);
/* Somebody found out that the lease is another's (fence 0: whatever was held). Any thread. */
void lease_keeper_lost(struct lease_keeper *k, int64_t fence);
/* Says what hinders the holder, for readyz; NULL: nothing any more. Waits for the commit. Any thread but the
 * keeper's. */
void lease_keeper_problem(struct lease_keeper *k, int64_t fence, const char *text);
/* Ends the thread and gives the lease to whoever wants it; the service must still be there. Once. */
void lease_keeper_stop(struct lease_keeper *k);
/* Stopped or never started. NULL-safe. */
void lease_keeper_free(struct lease_keeper *k);

#endif
