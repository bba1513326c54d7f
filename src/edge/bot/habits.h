#ifndef HABITD_EDGE_BOT_HABITS_H
#define HABITD_EDGE_BOT_HABITS_H

#include "domain/habit/habit.h"

/* The person's habits in their order, every one, archived ones too. */
struct habits {
    struct habit *items; /* arena */
    size_t count;
};
enum ecode habits_load(struct ctx *ctx, struct habits *out);
/* Where a habit stands in such a list; count: it does not. */
size_t habits_find(const struct habits *list, const struct uuid *id);

#endif
