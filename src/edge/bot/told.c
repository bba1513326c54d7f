/* What people are told without having asked: milestones, the week in numbers, a nudge. */
#include "base/check.h"
#include "domain/reminder/reminder.h"
#include "edge/bot/screens.h"

#define SUMMARY_LINES_MAX 25

/* Whether the occasion that this row is for is still wanted; false: the view is dropped or waits. */
static enum ecode wanted(struct view *v, struct reminder_now *now)
{
    struct delivery_key key = {v->me.id, v->item->view, v->item->ref_id, v->item->ref_date,
                               v->item->ref_number};
    enum ecode rc = reminder_check(v->ctx, &key, now);
    if (rc == E_OK && now->verdict != REMINDER_SEND)
        rc = view_unwanted(v, now);
    return rc;
}

/* --- a milestone --------------------------------------------------------------------------------------- */

static enum text_id praise(int length)
{
    static const struct {
        int length;
        enum text_id text;
    } praises[] = {{7, TEXT_MILESTONE_WEEK},   {14, TEXT_MILESTONE_FORTNIGHT}, {30, TEXT_MILESTONE_MONTH},
                   {60, TEXT_MILESTONE_SIXTY}, {100, TEXT_MILESTONE_HUNDRED},  {365, TEXT_MILESTONE_YEAR}};
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(praises) && praises[i].length < length)
        i++;
    return praises[i].text;
}

enum ecode draw_milestone(struct view *v)
{
    struct reminder_now now;
    char id[ARG_ID];
    enum ecode rc = wanted(v, &now);
    if (rc != E_OK || v->nothing)
        return rc;
    view_line(v, TEXT_MILESTONE_TITLE,
              TEXT_ARGS(text_str("name", view_title(v, &now.habit)), text_num("n", v->item->ref_number)));
    view_gap(v);
    view_put(v, praise(v->item->ref_number), NULL);
    view_button(v, view_data(v, "st:%s", arg_id(&now.habit.id, id)), TEXT_BUTTON_STATS, NULL);
    view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
    return E_OK;
}

/* --- the week ------------------------------------------------------------------------------------------ */

static void put_habits(struct view *v, const struct summary *s)
{
    for (size_t i = 0; i < s->count && i < SUMMARY_LINES_MAX; i++) {
        const struct summary_item *item = &s->items[i];
        view_put(v, TEXT_SUMMARY_HABIT,
                 TEXT_ARGS(text_str("name", view_title(v, &item->habit)), text_num("done", item->done),
                           text_num("due", item->due)));
        if (item->current_streak > 1)
            buf_printf(&v->text, " · 🔥 %d", item->current_streak);
        buf_char(&v->text, '\n');
    }
    if (s->count > SUMMARY_LINES_MAX)
        view_line(v, TEXT_SUMMARY_MORE, TEXT_ARGS(text_num("n", (int64_t)s->count - SUMMARY_LINES_MAX)));
}

static void put_total(struct view *v, const struct summary *s)
{
    int64_t done = 0, due = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct summary_item *item = &s->items[i];
        due += item->due;
        done += item->done < item->due ? item->done : item->due;
    }
    if (due == 0)
        return;
    view_gap(v);
    view_put(v, done == due ? TEXT_SUMMARY_ALL : TEXT_SUMMARY_TOTAL,
             TEXT_ARGS(text_percent("share", (double)done / (double)due)));
}

enum ecode draw_summary(struct view *v)
{
    struct reminder_now now;
    struct summary s;
    enum ecode rc = wanted(v, &now);
    if (rc != E_OK || v->nothing)
        return rc;
    rc = summary_get(v->ctx, &(struct summary_query){v->item->ref_date}, &s);
    if (rc != E_OK)
        return rc;
    v->nothing = s.count == 0; /* no habit had anything to do */
    view_line(v, TEXT_SUMMARY_TITLE,
              TEXT_ARGS(text_day("first", s.first, v->today, TEXT_DAY_DATE),
                        text_day("last", s.last, v->today, TEXT_DAY_DATE)));
    view_gap(v);
    put_habits(v, &s);
    put_total(v, &s);
    view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
    view_button(v, "st:all", TEXT_BUTTON_STATS, NULL);
    view_row(v);
    view_button(v, "se:sum:0:t", TEXT_BUTTON_SUMMARY_OFF, NULL);
    return E_OK;
}

/* --- a nudge ------------------------------------------------------------------------------------------- */

enum ecode draw_nudge(struct view *v)
{
    struct reminder_now now;
    enum ecode rc = wanted(v, &now);
    if (rc != E_OK || v->nothing)
        return rc;
    view_put(v, TEXT_NUDGE_TEXT, NULL);
    view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
    view_row(v);
    view_button(v, "se:nudge:0:t", TEXT_BUTTON_NUDGE_OFF, NULL);
    return E_OK;
}
