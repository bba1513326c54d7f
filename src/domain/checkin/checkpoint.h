#ifndef HABITD_DOMAIN_CHECKIN_CHECKPOINT_H
#define HABITD_DOMAIN_CHECKIN_CHECKPOINT_H

#include "domain/checkin/checkin.h"
#include "domain/score/state.h"

/*
 * Checkpoints: a habit's score and streak as of a day some weeks back (table streaks), so that marks of the
 * last weeks cost nothing and readers roll forward from a short window. A habit that has logs has a
 * checkpoint.
 *
 * The checkpoint stays CHECKPOINT_LAG days behind the person's today, and is moved up when it is twice as far
 * behind. A change at or before its day makes it anew from the whole history.
 */
#define CHECKPOINT_LAG 32
/* Memory for one habit's whole history. */
#define HISTORY_ARENA_BYTES (64u * 1024 * 1024)

/* A habit as the mathematics wants it, with the checkpoint it has. */
struct checkpoint {
    struct habit_rule rule;
    struct schedule_rule *schedules; /* habits without frequency: the enabled ones */
    size_t schedules_count;
    struct score_state state; /* score_state_init() when there is none */
};

/* Marks of one habit, ascending. */
struct mark_list {
    struct mark *items;
    size_t count, room;
};

/* Adds a mark made of the text columns of a row. */
void mark_list_add(struct ctx *ctx, struct mark_list *l, struct day day, const char *status,
                   const char *source, bool has_value, int64_t value);
/* The rule of a habit whose schedules are loaded. */
enum ecode checkpoint_rule(struct ctx *ctx, const struct habit *h, struct checkpoint *out);
/* Columns `first`, first + 1, … of a row that holds last_date, window_from, … as in checkpoint_list. */
void checkpoint_state_from_row(struct ctx *ctx, struct stmt *q, int first, struct score_state *out);
/* The actor's habit with rule, schedules and checkpoint, deleted ones too. E_NOT_FOUND. */
enum ecode checkpoint_load(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *out);
/*
 * Marks of a habit with after < day ≤ to; after day_none(): from the first one on. Dates that the person's
 * zone skipped are in as skipped ones. `first` is the habit's first mark as the checkpoint knows it, or
 * day_none().
 */
enum ecode checkpoint_marks(struct ctx *ctx, const struct uuid *habit_id, struct day first, struct day after,
                            struct day to, struct mark_list *out);
/* Puts those dates into a list that was read otherwise. */
void checkpoint_add_zone_skips(struct ctx *ctx, struct mark_list *l, struct day first, struct day after,
                               struct day to);
/* Names the days of [first, last] that the schedules give, for a rule without frequency; nothing otherwise.
 */
void checkpoint_name_days(struct ctx *ctx, struct checkpoint *c, struct day first, struct day last);
/*
 * checkin_rebuild for a caller that holds the habit's whole history, ascending, and need not read it back: an
 * import. (On PostgreSQL the reading of a history that was just written goes by indexes that have no
 * statistics yet.)
 */
enum ecode checkpoint_rebuild_from(struct ctx *ctx, const struct uuid *habit_id, struct mark *marks,
                                   size_t n);
/*
 * After marks of the habit were written or deleted, the oldest at `oldest`: keeps the checkpoint true.
 * last_date is the checkpoint's as it was read with the habit, day_none() when it had none.
 */
enum ecode checkpoint_touch(struct ctx *ctx, const struct uuid *habit_id, struct day last_date,
                            struct day oldest);
/* The state as of a day from the whole history; c is changed only in its named days. */
enum ecode checkpoint_recompute(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *c,
                                struct day to, struct score_state *out);
/* Score, streak and due on a day from the checkpoint, loading older marks when they are needed. `l` holds the
 * marks after w_after. */
enum ecode checkpoint_read(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *c,
                           struct mark_list *l, struct day w_after, struct day on, struct score_now *out);

#endif
