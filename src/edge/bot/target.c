#include "edge/bot/target.h"

#include <string.h>

/* "c", or "t" and the digits of a page: it goes on into other buttons, arguments and JSON as it is. */
static bool from_fits(const char *text, size_t len)
{
    if (len == 1 && *text == 'c')
        return true;
    if (len < 2 || len >= TARGET_FROM_MAX || *text != 't')
        return false;
    for (size_t i = 1; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return true;
}

bool target_read(const struct args *a, struct target *out)
{
    struct target g;
    if (a->n < 4 || !args_uuid(a, 1, &g.habit_id) || !args_day(a, 2, &g.day) ||
        !from_fits(a->word[3].text, a->word[3].len))
        return false;
    memcpy(g.from, a->word[3].text, a->word[3].len);
    g.from[a->word[3].len] = '\0';
    *out = g;
    return true;
}

char *target_data(struct arena *a, const struct target *g)
{
    char id[ARG_ID], day[ARG_DAY];
    return arena_printf(a, "%s:%s:%s", arg_id(&g->habit_id, id), arg_day(g->day, day), g->from);
}

const char *target_view(struct arena *a, const struct target *g, const char **args)
{
    char id[ARG_ID], day[ARG_DAY];
    if (g->from[0] == 't') {
        *args = arena_printf(a, "%s:%s", arg_day(g->day, day), g->from + 1);
        return "today";
    }
    *args = arena_printf(a, "%s:%s", arg_id(&g->habit_id, id), arg_day(g->day, day));
    return "card";
}
