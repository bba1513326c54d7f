#ifndef HABITD_DOMAIN_HEALTH_H
#define HABITD_DOMAIN_HEALTH_H

#include "domain/ctx.h"

/* Whether this program can work on its database now, and whether some instance does the bot's work. */
struct health_query {
    bool bot; /* a bot is configured: ask for it too */
};

struct health {
    bool current; /* the schema is of this program's version */
    int version;  /* the schema's */
    int state;    /* enum migrate_state, for health_schema_name */
    /* With a bot, and a current schema: */
    bool bot_held;           /* an instance holds the lease, and it has not run out */
    const char *bot_problem; /* what hinders that instance; NULL: nothing; arena */
    struct duration
        remind_lag; /* for how long the oldest reminder that nobody claimed has been due; 0: none is */
};

/* How late a reminder may be claimed before something is wrong with the clock's work. */
#define HEALTH_LAG_MAX_MS 120000

/* Asks the database. Its own errors when it does not answer. */
enum ecode health_check(struct ctx *ctx, const struct health_query *in, struct health *out);
/* Whether all of it is as it should be. */
bool health_is_good(const struct health_query *in, const struct health *h);
/* "current", "empty", "older", "newer", "changed". */
const char *health_schema_name(const struct health *h);

#endif
