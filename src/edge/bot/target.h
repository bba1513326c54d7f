#ifndef HABITD_EDGE_BOT_TARGET_H
#define HABITD_EDGE_BOT_TARGET_H

#include "base/arena.h"
#include "edge/bot/args.h"

/* Which habit and day a button means, and what is shown after it: "<verb>:<habit>:<day>:<from>". */
#define TARGET_FROM_MAX 8
struct target {
    struct uuid habit_id;
    struct day day;
    char from[TARGET_FROM_MAX]; /* "c": the habit's card; "t<page>": the list of the day */
};

/* From words 1, 2 and 3. false: it is none. */
bool target_read(const struct args *a, struct target *out);
/* "<habit>:<day>:<from>" */
char *target_data(struct arena *a, const struct target *g);
/* The view that shows what became of it: returns its name. */
const char *target_view(struct arena *a, const struct target *g, const char **args);

#endif
