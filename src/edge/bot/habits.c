/* The list of habits, and one habit with all that can be done to it. */
#include "edge/bot/habits.h"

#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"
#include "edge/bot/habit_text.h"
#include "edge/bot/screens.h"

#define PAGE_HABITS 8
#define LOAD_PAGE 200
#define DESCRIPTION_UNITS 1000

enum ecode habits_load(struct ctx *ctx, struct habits *out)
{
    struct habit_query q = {.archived = ARCHIVED_ALL, .limit = LOAD_PAGE};
    struct habits all = {.items = NULL};
    for (struct habit_page page = {.more = true}; page.more;) {
        enum ecode rc = habit_list(ctx, &q, &page);
        if (rc != E_OK)
            return rc;
        if (page.count == 0)
            break;
        struct habit *items = page.items;
        if (all.count > 0) { /* few people have so many */
            items = arena_array(ctx->arena, all.count + page.count, sizeof *items);
            memcpy(items, all.items, all.count * sizeof *items);
            memcpy(items + all.count, page.items, page.count * sizeof *items);
        }
        all.items = items;
        all.count += page.count;
        q.has_after = true;
        q.after_position = items[all.count - 1].position;
        q.after_id = items[all.count - 1].id;
    }
    *out = all;
    return E_OK;
}

size_t habits_find(const struct habits *list, const struct uuid *id)
{
    size_t i = 0;
    while (i < list->count && uuid_cmp(&list->items[i].id, id) != 0)
        i++;
    return i;
}

/* --- the list ------------------------------------------------------------------------------------------- */

enum ecode on_habits(struct turn *t, const char *arg)
{
    enum ecode rc = turn_end(t);
    return rc == E_OK ? turn_send(t, "habits", "0") : rc;
}

/* "h:<page>"; "hx:<page>": the archive; "hw": the list as a new message */
enum ecode press_habits(struct turn *t, const struct args *a)
{
    int64_t page;
    if (args_is(a, 0, "hw"))
        return on_habits(t, NULL);
    if (!args_int(a, 1, 0, HABITS_PER_USER_MAX, &page))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    return turn_show(t, args_is(a, 0, "hx") ? "archive" : "habits", turn_data(t, "%lld", (long long)page));
}

static const char *state_sign(const struct habit *h)
{
    return h->archived ? "🗄 " : h->paused_by_tier ? "🔒 " : h->paused ? "⏸ " : "";
}

static void put_habits(struct view *v, const struct habits *list, size_t first)
{
    bool paused = false, locked = false;
    for (size_t i = first; i < list->count && i < first + PAGE_HABITS; i++) {
        const struct habit *h = &list->items[i];
        char id[ARG_ID];
        paused |= !h->archived && h->paused && !h->paused_by_tier;
        locked |= !h->archived && h->paused_by_tier;
        view_row(v);
        view_button_label(v, view_data(v, "hv:%s", arg_id(&h->id, id)),
                          view_data(v, "%s%s", state_sign(h), view_title(v, h)));
    }
    if (paused)
        view_line(v, TEXT_HABITS_PAUSED, NULL);
    if (locked)
        view_line(v, TEXT_HABITS_LOCKED, NULL);
}

/* Those that are in the archive, or those that are not. */
static enum ecode load_half(struct view *v, bool archived, struct habits *out, size_t *others)
{
    struct habits all, half = {.items = NULL};
    enum ecode rc = habits_load(v->ctx, &all);
    if (rc != E_OK)
        return rc;
    half.items = all.items;
    for (size_t i = 0; i < all.count; i++) {
        if (all.items[i].archived == archived)
            half.items[half.count++] = all.items[i];
    }
    *others = all.count - half.count;
    *out = half;
    return E_OK;
}

static void put_list(struct view *v, const struct habits *list, const char *prefix)
{
    int64_t page = 0, pages = ((int64_t)list->count + PAGE_HABITS - 1) / PAGE_HABITS;
    args_int(&v->args, 0, 0, HABITS_PER_USER_MAX, &page);
    page = page < pages ? page : pages > 0 ? pages - 1 : 0;
    put_habits(v, list, (size_t)page * PAGE_HABITS);
    view_pager(v, prefix, page, pages);
    view_row(v);
}

/* args "<page>" */
enum ecode draw_habits(struct view *v)
{
    struct habits list;
    size_t archived;
    enum ecode rc = load_half(v, false, &list, &archived);
    if (rc != E_OK)
        return rc;
    view_line(v, list.count ? TEXT_HABITS_TITLE : TEXT_HABITS_EMPTY,
              TEXT_ARGS(text_num("n", (int64_t)list.count)));
    put_list(v, &list, "h:");
    view_button(v, "a", TEXT_BUTTON_ADD, NULL);
    if (archived)
        view_button(v, "hx:0", TEXT_BUTTON_ARCHIVED, TEXT_ARGS(text_num("n", (int64_t)archived)));
    return E_OK;
}

/* args "<page>" */
enum ecode draw_archive(struct view *v)
{
    struct habits list;
    size_t others;
    enum ecode rc = load_half(v, true, &list, &others);
    if (rc != E_OK)
        return rc;
    view_line(v, list.count ? TEXT_HABITS_ARCHIVE : TEXT_HABITS_ARCHIVE_EMPTY, NULL);
    put_list(v, &list, "hx:");
    view_button(v, "h:0", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

/* --- one habit -------------------------------------------------------------------------------------------
 */

/* "hv:<habit>" */
enum ecode press_habit(struct turn *t, const struct args *a)
{
    struct habit_ref ref;
    struct habit h;
    char id[ARG_ID];
    if (!args_uuid(a, 1, &ref.id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_op(t, &OP_habit_get, &ref, &h);
    if (rc == E_OK)
        rc = turn_end(t);
    return rc == E_OK ? turn_show(t, "habit", arg_id(&ref.id, id)) : rc;
}

static void put_state(struct view *v, const struct habit *h)
{
    if (h->archived)
        view_line(v, TEXT_HABIT_ARCHIVED, NULL);
    else if (h->paused_by_tier)
        view_line(v, TEXT_HABIT_LOCKED, NULL);
    else if (h->paused)
        view_line(v, TEXT_HABIT_PAUSED, NULL);
    if (day_cmp(h->starts_on, v->today) > 0)
        view_line(v, TEXT_HABIT_STARTS,
                  TEXT_ARGS(text_day("day", h->starts_on, v->today, TEXT_DAY_RELATIVE)));
}

static enum ecode put_stats(struct view *v, const struct habit *h)
{
    struct stats s;
    enum ecode rc = stats_get(v->ctx, &(struct stats_query){h->id, day_none()}, &s);
    if (rc != E_OK || s.total_done == 0)
        return rc;
    if (s.current_streak > 0)
        view_line(v, TEXT_HABIT_STREAK,
                  TEXT_ARGS(text_num("n", s.current_streak), text_num("best", s.best_streak)));
    else if (s.best_streak > 0)
        view_line(v, TEXT_HABIT_BEST, TEXT_ARGS(text_num("n", s.best_streak)));
    view_line(v, TEXT_HABIT_SCORE, TEXT_ARGS(text_percent("score", s.score)));
    if (s.has_completion)
        view_line(v, TEXT_HABIT_MONTH, TEXT_ARGS(text_percent("share", s.completion_30d)));
    return E_OK;
}

/* Up and down among the habits that are not archived; a button says the place in the whole list. */
static void put_moves(struct view *v, const struct habits *all, size_t at)
{
    char id[ARG_ID];
    size_t up = at, down = at + 1;
    arg_id(&all->items[at].id, id);
    while (up > 0 && all->items[up - 1].archived)
        up--;
    while (down < all->count && all->items[down].archived)
        down++;
    if (up > 0)
        view_button(v, view_data(v, "hm:%s:%zu", id, up - 1), TEXT_BUTTON_UP, NULL);
    if (down < all->count)
        view_button(v, view_data(v, "hm:%s:%zu", id, down), TEXT_BUTTON_DOWN, NULL);
}

/* The page of the list that this habit is on. */
static void put_back(struct view *v, const struct habits *all, size_t at)
{
    bool archived = all->items[at].archived;
    size_t before = 0;
    for (size_t i = 0; i < at; i++)
        before += all->items[i].archived == archived;
    view_row(v);
    view_button(v, view_data(v, archived ? "hx:%zu" : "h:%zu", before / PAGE_HABITS), TEXT_BUTTON_BACK, NULL);
}

static enum ecode put_habit_buttons(struct view *v, const struct habit *h)
{
    struct habits all;
    char id[ARG_ID];
    enum ecode rc = habits_load(v->ctx, &all);
    if (rc != E_OK)
        return rc;
    size_t at = habits_find(&all, &h->id);
    if (at == all.count) /* deleted meanwhile */
        return E_NOT_FOUND;
    arg_id(&h->id, id);
    view_button(v, view_data(v, "e:%s", id), TEXT_BUTTON_EDIT, NULL);
    view_button(v, view_data(v, "st:%s", id), TEXT_BUTTON_STATS, NULL);
    view_row(v);
    if (!h->archived)
        view_button(v, view_data(v, "hp:%s:%d", id, !h->paused),
                    h->paused ? TEXT_BUTTON_RESUME : TEXT_BUTTON_PAUSE, NULL);
    view_button(v, view_data(v, "ha:%s:%d", id, !h->archived),
                h->archived ? TEXT_BUTTON_UNARCHIVE : TEXT_BUTTON_ARCHIVE, NULL);
    view_row(v);
    if (!h->archived)
        put_moves(v, &all, at);
    view_row(v);
    view_button(v, view_data(v, "hd:%s", id), TEXT_BUTTON_DELETE, NULL);
    put_back(v, &all, at);
    return E_OK;
}

/* args "<habit>" */
enum ecode draw_habit(struct view *v)
{
    struct habit_ref ref;
    struct habit h;
    v->nothing = !args_uuid(&v->args, 0, &ref.id);
    if (v->nothing)
        return E_OK;
    enum ecode rc = habit_get(v->ctx, &ref, &h);
    if (rc != E_OK)
        return rc;
    habit_put_title(v, &h);
    if (*h.description) {
        text_put_value(&v->text, v->lang, text_str("text", view_cut(v, h.description, DESCRIPTION_UNITS)));
        view_gap(v);
    }
    view_gap(v);
    habit_put_rule(v, &h);
    put_state(v, &h);
    rc = put_stats(v, &h);
    return rc == E_OK ? put_habit_buttons(v, &h) : rc;
}
