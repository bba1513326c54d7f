#ifndef HABITD_STORE_COPY_H
#define HABITD_STORE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "store/db.h"

/*
 * Moves a whole database of any engine into an empty one of any engine. It knows tables by the catalogue, and
 * no habits. What it did stands in the target's table habitd_copy, so that a run that was cut off is taken up
 * by the next:
 *
 *   (empty) ─► migrated ─► without keys ─► loaded ─► keys again ─► proved ─► copy_finish: habitd_copy is gone
 *                               ▲   │
 *                               └───┘ a batch of rows and its count are one transaction
 *
 * The target belongs to nobody else until then: everybody who opens it is told so (copy_is_unfinished).
 */
struct copy_options {
    /* When a table begins and after each batch, with rows of all tables. May be NULL. */
    void (*progress)(void *arg, const char *table, int64_t done, int64_t total);
    void *arg;
    struct instant now;
};

/* What a table holds whatever the order of its rows and the engine: their number, the sum of its whole
 * numbers, and the sum of pieces of the SHA-256 of each row's canonical form. */
struct copy_digest {
    uint64_t rows, sum, hash[2];
};

struct copy_proof {
    const char *table; /* arena */
    struct copy_digest digest;
};

/*
 * Loads and proves. Both connections are without a transaction; from's schema is this program's. Constant
 * memory. *tables (arena) are all tables in order of name. E_CONFLICT: the target is neither empty nor a half
 * one, or the source is a half one. E_CORRUPT: the proof failed, the text names the table; the target stays
 * unfinished.
 */
enum ecode copy_run(struct db *from, struct db *to, const struct copy_options *o, struct arena *a,
                    struct copy_proof **tables, size_t *n, struct err *err);
/*
 * For whoever else fills a database in many transactions: it is his alone, in the eyes of everybody who opens
 * it, until copy_finish. Harmless when it is his already. E_CONFLICT: a copy is under way.
 */
enum ecode copy_claim(struct db *to);
/* Ends the copy: from now on the target is a database like any other. */
enum ecode copy_finish(struct db *to, struct err *err);
/* Whether the database is a copy that was not finished. */
enum ecode copy_is_unfinished(struct db *db, bool *out);

#endif
