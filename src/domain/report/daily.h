#ifndef HABITD_DOMAIN_DAILY_H
#define HABITD_DOMAIN_DAILY_H

#include "domain/ctx.h"

/*
 * daily_stats: what was marked on each UTC day, counted once it is over. A mark belongs to the UTC day on
 * which it was made (marked_at), imports left out. A row is a cache of that count, never more: reports count
 * the days that have none, and those that daily_changes names, in the marks themselves.
 *
 *   a mark of today or yesterday      writes nothing here: those days have no row yet
 *   a mark of an older day, or the    leaves a row in daily_changes, in the same transaction, that names the
 * days end of one upkeep                            counts days that are over and days that were named:
 * daily_plan, daily_store
 *
 * A day gets its row two whole days after its end: whoever still writes into it then has seen it as an older
 * day.
 */
struct daily {
    struct day day;
    int64_t active; /* people with at least one mark */
    int64_t done, declined, skipped;
};

/* The days that what is written now belongs to. */
struct daily_span {
    bool any;
    struct instant first, last;
};
void daily_span_add(struct daily_span *span, struct instant marked_at, enum source source);
/* Names those of the span's days that may have a row. In the transaction that writes or deletes the marks. */
enum ecode daily_changed(struct ctx *ctx, const struct daily_span *span);
/* The same for everything a person has marked, before it is deleted. */
enum ecode daily_forget(struct ctx *ctx, const struct uuid *user_id);

/* The days [from, to], in order: from their rows where those hold, else counted. In one snapshot. */
enum ecode daily_read(struct ctx *ctx, struct day from, struct day to, struct daily *out);

/* What upkeep does next: counted in a snapshot, so that no check-in waits for it, and stored afterwards. */
#define DAILY_STEP 31
struct daily_batch {
    struct daily days[DAILY_STEP];
    size_t count;
    bool has_change;
    struct uuid change;     /* the row of daily_changes that is being worked off */
    struct day change_rest; /* its first day afterwards; day_none(): it goes */
};
/* In a snapshot. A batch without days and change: there is nothing to do. */
enum ecode daily_plan(struct ctx *ctx, struct daily_batch *out);
/* In a write transaction after it. */
enum ecode daily_store(struct ctx *ctx, const struct daily_batch *batch);

/* Rows that hold and are not what the marks give: up to `max` days, spread over all of them. */
enum ecode daily_verify(struct ctx *ctx, int max, void (*wrong)(void *arg, const struct daily *row),
                        void *arg);

#endif
