#ifndef HABITD_DOMAIN_WATCH_H
#define HABITD_DOMAIN_WATCH_H

#include "domain/ctx.h"

/*
 * Conditions that the operator must hear of while they last, each an alert with a fingerprint of its own:
 *
 *   health.bot         no instance does the bot's work, or something hinders the one that does
 *   reminders.late     a reminder has been due for two minutes and nobody claimed it
 *   outbox.stuck       a receipt or a reply has waited for five minutes
 *   inbox.stuck        an update or a webhook has waited for ten minutes
 *   partitions.behind  the partitions of the next time are not there
 *   disk.low           little room is left where the database file is
 *   clock.stepped      the machine's clock was set
 */
enum watch_condition {
    WATCH_BOT,
    WATCH_REMINDERS,
    WATCH_OUTBOX,
    WATCH_INBOX,
    WATCH_PARTITIONS,
    WATCH_DISK,
    WATCH_CLOCK,
    WATCH_CONDITIONS
};

struct watch_query {
    bool bot;              /* a bot is configured */
    int64_t disk_free_mib; /* where the database file is; below 0: not known */
    int disk_free_percent;
    int64_t clock_step_s; /* by how much the clock was set a short while ago; 0: it was not */
};

struct watch_findings {
    const char *detail[WATCH_CONDITIONS]; /* NULL: all is well; arena */
};

#define WATCH_MESSAGE_MS 300000
#define WATCH_ARRIVAL_MS 600000
#define WATCH_DISK_MIB 256
#define WATCH_DISK_PERCENT 5

/* Looks at all of them. Any transaction. */
enum ecode watch_look(struct ctx *ctx, const struct watch_query *in, struct watch_findings *out);

#define LEASE_WATCH "watch" /* of several instances one tells */
/*
 * Takes the lease "watch" for the holder, or keeps it; when it has it, raises what was found twice in a row
 * (`before` are the findings of the last look) and clears what is over. *fence: 0 when another has the lease.
 * In a write transaction.
 */
enum ecode watch_tell(struct ctx *ctx, const struct uuid *holder, struct duration lease_ttl,
                      const struct watch_findings *before, const struct watch_findings *now, int64_t *fence);
/* All is well. */
bool watch_is_calm(const struct watch_findings *f);

#endif
