/* Statistics: the habits to choose from, and one's year as a picture. */
#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"
#include "edge/bot/screens.h"
#include "edge/bot/year_picture.h"

#define PAGE_HABITS 8
#define PAGES_MAX 1000
#define PNG_BYTES_MAX (1u << 20)

enum ecode on_stats(struct turn *t, const char *arg)
{
    return turn_send(t, "stats", NULL);
}

/* "st", "st:p:<page>": the list; "st:<habit>": its picture; "st:all": the list below a picture. */
enum ecode press_stats(struct turn *t, const struct args *a)
{
    struct uuid id;
    struct habit h;
    char habit[ARG_ID];
    int64_t page;
    if (a->n == 1)
        return turn_show(t, "stats", NULL);
    if (args_is(a, 1, "all"))
        return turn_send(t, "stats", NULL);
    if (args_is(a, 1, "p") && args_int(a, 2, 0, PAGES_MAX, &page))
        return turn_show(t, "stats", turn_data(t, "%lld", (long long)page));
    if (!args_uuid(a, 1, &id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_op(t, &OP_habit_get, &(struct habit_ref){id}, &h);
    return rc == E_OK ? turn_send(t, "year", arg_id(&id, habit)) : rc;
}

/* --- the list ------------------------------------------------------------------------------------------ */

/* All habits that are not archived, by position. */
static enum ecode load_habits(struct view *v, struct habit **out, size_t *n)
{
    struct habit_query q = {.archived = ARCHIVED_NO, .limit = 200};
    struct habit_page page = {.more = true};
    struct habit *all = NULL;
    size_t count = 0;
    while (page.more) {
        enum ecode rc = habit_list(v->ctx, &q, &page);
        if (rc != E_OK)
            return rc;
        struct habit *longer = arena_array(v->ctx->arena, count + page.count, sizeof *longer);
        if (count > 0)
            memcpy(longer, all, count * sizeof *longer);
        if (page.count > 0)
            memcpy(longer + count, page.items, page.count * sizeof *longer);
        all = longer;
        count += page.count;
        page.more = page.more && page.count > 0;
        if (page.more) {
            q.has_after = true;
            q.after_position = all[count - 1].position;
            q.after_id = all[count - 1].id;
        }
    }
    *out = all;
    *n = count;
    return E_OK;
}

/* args: the page */
enum ecode draw_stats(struct view *v)
{
    struct habit *habits;
    size_t n;
    char id[ARG_ID];
    int64_t page = 0;
    enum ecode rc = load_habits(v, &habits, &n);
    if (rc != E_OK)
        return rc;
    int64_t pages = ((int64_t)n + PAGE_HABITS - 1) / PAGE_HABITS;
    args_int(&v->args, 0, 0, PAGES_MAX, &page);
    page = page < pages ? page : 0;
    view_put(v, n ? TEXT_STATS_CHOOSE : TEXT_STATS_EMPTY, NULL);
    for (size_t i = (size_t)page * PAGE_HABITS; i < n && i < (size_t)(page + 1) * PAGE_HABITS; i++) {
        view_row(v);
        view_button_label(v, view_data(v, "st:%s", arg_id(&habits[i].id, id)), view_title(v, &habits[i]));
    }
    view_pager(v, "st:p:", page, pages);
    view_row(v);
    if (n == 0)
        view_button(v, "a", TEXT_BUTTON_ADD, NULL);
    view_button(v, "ho", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

/* --- a year -------------------------------------------------------------------------------------------- */

static void put_caption(struct view *v, const struct year *y)
{
    const struct stats *s = &y->stats;
    buf_str(&v->text, "<b>");
    text_put_value(&v->text, v->lang, text_str("name", view_title(v, &y->habit)));
    buf_str(&v->text, "</b>\n");
    view_gap(v);
    if (s->current_streak > 0)
        view_line(v, TEXT_STATS_CURRENT, TEXT_ARGS(text_num("n", s->current_streak)));
    if (s->best_streak > 0)
        view_line(v, TEXT_STATS_BEST, TEXT_ARGS(text_num("n", s->best_streak)));
    view_line(v, TEXT_STATS_SCORE, TEXT_ARGS(text_percent("share", s->score)));
    if (s->has_completion)
        view_line(v, TEXT_STATS_RATE, TEXT_ARGS(text_percent("share", s->completion_30d)));
    view_line(v, TEXT_STATS_TOTAL, TEXT_ARGS(text_num("n", s->total_done)));
    if (y->habit.paused)
        view_line(v, TEXT_STATS_PAUSED, NULL);
}

/* args: the habit */
enum ecode draw_year(struct view *v)
{
    struct year_query q = {.to = day_none()};
    struct year year;
    struct buf png;
    v->nothing = !args_uuid(&v->args, 0, &q.habit_id);
    if (v->nothing)
        return E_OK;
    q.from = year_picture_from(v->today, v->me.week_starts_on);
    enum ecode rc = year_get(v->ctx, &q, &year);
    if (rc != E_OK)
        return rc;
    buf_init(&png, PNG_BYTES_MAX);
    rc = year_picture(&year, v->lang, v->me.week_starts_on, v->ctx->arena, &png, &v->ctx->err);
    if (rc == E_OK) {
        put_caption(v, &year);
        v->file = (struct view_file){.name = "year.png",
                                     .content_type = "image/png",
                                     .data = arena_memdup(v->ctx->arena, png.data, png.len),
                                     .len = png.len,
                                     .photo = true};
        view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
        view_button(v, "st:all", TEXT_BUTTON_STATS, NULL);
    }
    buf_release(&png);
    return rc;
}
