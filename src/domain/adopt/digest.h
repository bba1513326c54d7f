#ifndef HABITD_DOMAIN_ADOPT_DIGEST_H
#define HABITD_DOMAIN_ADOPT_DIGEST_H

#include "domain/adopt/judge.h"

/*
 * What a person's rows are, whatever their order: for each table their number and the sum of pieces of the
 * SHA-256 of each row's text. Made of what was judged, and of what stands in the database: they must be
 * equal.
 */
struct adopt_digest {
    int64_t rows[ADOPT_TABLES];
    uint64_t sum[ADOPT_TABLES][2];
};

/* Of what is to be written. */
void digest_judged(const struct judged_person *j, struct instant now, struct adopt_digest *out);
/* Of what is there, in the open transaction. */
enum ecode digest_stored(struct ctx *ctx, const struct uuid *user_id, struct adopt_digest *out);

#endif
