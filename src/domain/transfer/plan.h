#ifndef HABITD_DOMAIN_TRANSFER_PLAN_H
#define HABITD_DOMAIN_TRANSFER_PLAN_H

#include "domain/transfer/set.h"

/*
 * What an import will do to each habit, decided from reads alone: a dry run ends there, so it cannot say
 * anything else than what a real run does.
 */

enum plan_kind {
    PLAN_NEW,     /* the habit and its schedules are written */
    PLAN_KNOWN,   /* only days that have no mark yet */
    PLAN_RESTORE, /* deleted: brought back, then as PLAN_KNOWN */
    PLAN_SKIP     /* deleted, and stays so */
};

struct plan_item {
    enum plan_kind kind;
    struct uuid id;
    enum habit_kind
        kind_here;     /* what the habit is in the database; the file may say otherwise of a known one */
    bool archive;      /* beyond the tier's limit */
    int64_t position;  /* PLAN_NEW */
    struct day *taken; /* days the habit has marks on, ascending */
    size_t taken_count;
};

struct plan {
    struct plan_item *items; /* one for each habit of the set */
    size_t *order;           /* indexes of the set's habits by their position in the file */
    int habits_new, habits_known, habits_skipped, habits_archived;
};

/*
 * Plans a finished set for ctx->actor; everything in ctx->arena. E_LIMIT reason "habit_limit_reached" when
 * the person would have more than HABITS_PER_USER_MAX habits.
 */
enum ecode plan_make(struct ctx *ctx, const struct transfer_set *set, bool restore, struct plan *out);

#endif
