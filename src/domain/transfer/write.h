#ifndef HABITD_DOMAIN_TRANSFER_WRITE_H
#define HABITD_DOMAIN_TRANSFER_WRITE_H

#include "base/buf.h"
#include "domain/transfer/set.h"

/*
 * The export stage: a transfer_set loaded from the database to the bytes of a file. Writers only add to the
 * buffer; one that is full is the caller's matter.
 */

/* Our own JSON and CSV, as docs/formats.md describes them. */
void write_json(const struct transfer_set *s, struct buf *out);
void write_csv(const struct transfer_set *s, struct buf *out);

/* An iCalendar of what is ahead: an event per reminder or rule of every active habit. `now` dates it. */
void write_ics(const struct transfer_set *s, struct instant now, struct buf *out);

/*
 * Loop's zip: Habits.csv, Checkmarks.csv and Scores.csv of every habit, and both over all habits. Scores are
 * read from the database's habits, so it needs the context. `out` is malloc'ed and the caller's.
 */
enum ecode write_loop_csv(struct ctx *ctx, const struct transfer_set *s, void **out, size_t *len);

#endif
