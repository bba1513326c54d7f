#ifndef HABITD_DOMAIN_TRANSFER_APPLY_H
#define HABITD_DOMAIN_TRANSFER_APPLY_H

#include "domain/transfer/set.h"

/*
 * The apply stage: a transfer_set to rows of ctx->actor, in the caller's transaction. What is to happen to
 * each habit is planned first, from reads alone; a dry run ends there, so it cannot say anything else than
 * what a real run does.
 */

/* Applies a finished set. Fills *out but for its warnings. Uses ctx->arena for the plan. */
enum ecode transfer_apply(struct ctx *ctx, struct transfer_set *set, const struct import_request *in,
                          struct import_result *out);

/* Writes marks in batches, engine by engine the fastest way; a day that got one meanwhile keeps it. */
struct row_writer;
struct row_writer *row_writer_new(struct ctx *ctx, struct arena *a);
/* One mark of the actor's habit. `e` and what it points to stay as they are until row_writer_flush. */
enum ecode row_writer_add(struct row_writer *w, const struct uuid *habit_id, const struct transfer_entry *e);
/* Writes what still waits; every run of adds ends with it. */
enum ecode row_writer_flush(struct row_writer *w);

#endif
