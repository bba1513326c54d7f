#ifndef HABITD_DOMAIN_HEALTH_H
#define HABITD_DOMAIN_HEALTH_H

#include "domain/ctx.h"

/* Whether this program can work on its database now. */
struct health {
    bool current; /* the schema is of this program's version */
    int version;  /* the schema's */
    int state;    /* enum migrate_state, for health_schema_name */
};

/* Asks the database. Its own errors when it does not answer. */
enum ecode health_check(struct ctx *ctx, const void *unused, struct health *out);
/* "current", "empty", "older", "newer", "changed". */
const char *health_schema_name(const struct health *h);

#endif
