#ifndef HABITD_EDGE_BOT_FETCH_JOBS_H
#define HABITD_EDGE_BOT_FETCH_JOBS_H

#include "domain/message/outbox.h"

/*
 * What the fetcher (fetch.c) does in transactions. An errand is a row of the outbox's channel "files":
 * somebody sent a file to import. It is fetched outside any transaction; then one transaction imports it (or
 * only looks what would come), queues the message that says so, and ends the row. A crash before that commit
 * leaves the row as it was, and it is done again; after FETCH_TRIES the person is told that it did not work.
 */
#define FETCH_TRIES 4

struct fetch_lease {
    int64_t fence; /* of LEASE_BOT */
    struct duration ttl;
};

/* Takes the next errand that is due. E_NOT_FOUND: none. E_CONFLICT reason "lease_lost". */
enum ecode fetch_claim(struct ctx *ctx, const struct fetch_lease *l, struct outbox_item *out);
/*
 * The file is there. What is wrong with it is a message to the person, not an error. Errors: the database's;
 * E_CONFLICT when another instance took over meanwhile. With an error nothing was done.
 */
enum ecode fetch_import(struct ctx *ctx, const struct fetch_lease *l, const struct outbox_item *item,
                        const void *data, size_t len);
/* It cannot be had, why: "gone", "large" or "lost"; the person is told. */
enum ecode fetch_fail(struct ctx *ctx, const struct fetch_lease *l, const struct outbox_item *item,
                      const char *why);
/* Not now: again later, or, after FETCH_TRIES, as fetch_fail with "lost". */
enum ecode fetch_retry(struct ctx *ctx, const struct fetch_lease *l, const struct outbox_item *item,
                       const char *error);
/* It was tried too often, or was cut off in the middle too often: fetch_fail is due at once. */
bool fetch_is_hopeless(const struct outbox_item *item);

#endif
