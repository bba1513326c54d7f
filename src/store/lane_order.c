#include <stdlib.h>
#include "store/lane_priv.h"

static int by_user(const void *a, const void *b)
{
    const struct lane_command *x = *(struct lane_command *const *)a, *y = *(struct lane_command *const *)b;
    int c = uuid_cmp(&x->user_id, &y->user_id);
    return c ? c : (x->order > y->order) - (x->order < y->order);
}

/*
 * Round by round: the kind of the first command that is left, and of every person the commands of that kind
 * that stand before any other of his. One person's commands are neighbours in `in`, so one pass sees where he
 * is blocked.
 */
static void by_kind(struct lane_command **in, struct lane_command **out, size_t n)
{
    size_t first = 0;
    for (size_t filled = 0; filled < n;) {
        while (!in[first])
            first++;
        const struct lane_kind *kind = in[first]->kind;
        const struct lane_command *blocked = NULL;
        for (size_t i = first; i < n; i++) {
            struct lane_command *c = in[i];
            if (!c || (blocked && uuid_cmp(&blocked->user_id, &c->user_id) == 0))
                continue;
            if (c->kind != kind) {
                blocked = c;
                continue;
            }
            out[filled++] = c;
            in[i] = NULL;
        }
    }
}

void lane_order(struct lane_command **in, struct lane_command **out, size_t n)
{
    qsort(in, n, sizeof *in, by_user);
    by_kind(in, out, n);
}
