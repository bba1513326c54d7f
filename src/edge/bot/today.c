/* The day's habits, one habit's day, and the reminder of one. */
#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"
#include "domain/reminder/reminder.h"
#include "edge/bot/screens.h"

#define PAGE_HABITS 8
#define MILESTONE_STEP 7 /* days one Done can add: what a frequency implies beside the day itself */

enum ecode on_today(struct turn *t, const char *arg)
{
    return turn_send(t, "today", NULL);
}

/* "t:<day>:<page>"; "t" is the local today. */
enum ecode press_today(struct turn *t, const struct args *a)
{
    char day[ARG_DAY];
    struct day on;
    int64_t page = 0;
    if (a->n == 1)
        return turn_show(t, "today", NULL);
    if (!args_day(a, 1, &on) || (a->n > 2 && !args_int(a, 2, 0, 1000, &page)))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    return turn_show(t, "today", turn_data(t, "%s:%lld", arg_day(on, day), (long long)page));
}

/* --- how a habit's day reads -------------------------------------------------------------------------- */

static const char *status_sign(enum log_status status)
{
    static const char *const signs[LOG_STATUSES] = {
        [LOG_NONE] = "▫️", [LOG_DONE] = "✅", [LOG_DECLINED] = "✖️", [LOG_SKIPPED] = "⏭"};
    return signs[status];
}

/* "2.5 of 8 km" for a measurable habit, nothing else. */
static void put_amount(struct view *v, const struct today_item *i)
{
    if (i->habit.kind != HABIT_MEASURABLE)
        return;
    buf_str(&v->text, " · ");
    view_put(v, i->habit.target_kind == TARGET_AT_LEAST ? TEXT_TODAY_AMOUNT : TEXT_TODAY_AMOUNT_AT_MOST,
             TEXT_ARGS(text_milli("value", i->has_value ? i->value : 0),
                       text_milli("target", i->habit.target_value),
                       text_str("unit", view_name(v, i->habit.unit))));
}

static void put_item(struct view *v, const struct today_item *i)
{
    buf_printf(&v->text, "%s ", status_sign(i->status));
    text_put_value(&v->text, v->lang, text_str("name", view_title(v, &i->habit)));
    put_amount(v, i);
    if (i->current_streak > 1)
        buf_printf(&v->text, " · 🔥 %d", i->current_streak);
    buf_char(&v->text, '\n');
}

/* Buttons of a habit's day; `from` says where they lead back to: "c" the card, "t<page>" the list. */
static void put_buttons(struct view *v, const struct today_item *i, struct day day, const char *from)
{
    char id[ARG_ID], on[ARG_DAY];
    arg_id(&i->habit.id, id);
    arg_day(day, on);
    bool list = *from == 't';
    const char *name = list ? view_title(v, &i->habit) : NULL;
    view_row(v);
    if (i->status != LOG_NONE) {
        const char *data = view_data(v, "u:%s:%s:%s", id, on, from);
        if (list)
            view_button_label(v, data, view_data(v, "↩️ %s", name));
        else
            view_button(v, data, TEXT_BUTTON_UNDO, NULL);
        return;
    }
    bool number = i->habit.kind == HABIT_MEASURABLE;
    const char *data = view_data(v, "%s:%s:%s:%s", number ? "n" : "d", id, on, from);
    if (list)
        view_button_label(v, data, view_data(v, "%s %s", number ? "🔢" : "✅", name));
    else
        view_button(v, data, number ? TEXT_BUTTON_NUMBER : TEXT_BUTTON_DONE, NULL);
    if (list) {
        view_button_label(v, view_data(v, "x:%s:%s:%s", id, on, from), "✖️");
        view_button_label(v, view_data(v, "s:%s:%s:%s", id, on, from), "⏭");
    } else {
        view_button(v, view_data(v, "x:%s:%s:%s", id, on, from), TEXT_BUTTON_DECLINE, NULL);
        view_button(v, view_data(v, "s:%s:%s:%s", id, on, from), TEXT_BUTTON_SKIP, NULL);
    }
}

/* --- the list ------------------------------------------------------------------------------------------ */

static void put_days(struct view *v, struct day day)
{
    char on[ARG_DAY];
    view_row(v);
    view_button_label(v, view_data(v, "t:%s:0", arg_day(day_add(day, -1), on)), "◀");
    if (day_cmp(day, v->today) < 0) {
        view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
        view_button_label(v, view_data(v, "t:%s:0", arg_day(day_add(day, 1), on)), "▶");
    }
}

/* What was marked from the list may have brought a streak to a milestone. */
static enum ecode note_milestones(struct view *v, const struct today *day)
{
    enum ecode rc = E_OK;
    int length;
    for (size_t i = 0; i < day->count && rc == E_OK; i++) {
        const struct today_item *item = &day->items[i];
        if (item->status == LOG_DONE && day_cmp(day->day, v->today) == 0 &&
            milestone_reached(item->current_streak - MILESTONE_STEP, item->current_streak))
            rc = reminder_milestone(v->ctx, &item->habit.id, day->day, &length);
    }
    return rc;
}

static void put_list(struct view *v, const struct today *day, int64_t page)
{
    int done = 0;
    for (size_t i = 0; i < day->count; i++)
        done += day->items[i].status == LOG_DONE;
    size_t first = (size_t)page * PAGE_HABITS;
    for (size_t i = first; i < day->count && i < first + PAGE_HABITS; i++) {
        put_item(v, &day->items[i]);
        put_buttons(v, &day->items[i], day->day, view_data(v, "t%lld", (long long)page));
    }
    view_gap(v);
    view_put(v, (size_t)done == day->count ? TEXT_TODAY_ALL_DONE : TEXT_TODAY_PROGRESS,
             TEXT_ARGS(text_num("done", done), text_num("n", (int64_t)day->count)));
}

enum ecode draw_today(struct view *v)
{
    struct today_query q = {.day = day_none()};
    struct today day;
    char on[ARG_DAY];
    int64_t page = 0;
    if (args_day(&v->args, 0, &q.day) && day_cmp(q.day, v->today) > 0)
        q.day = v->today;
    args_int(&v->args, 1, 0, 1000, &page);
    enum ecode rc = today_get(v->ctx, &q, &day);
    if (rc == E_INVALID) { /* a day before the first one */
        q.day = v->today;
        rc = today_get(v->ctx, &q, &day);
    }
    if (rc != E_OK)
        return rc;
    int64_t pages = ((int64_t)day.count + PAGE_HABITS - 1) / PAGE_HABITS;
    page = page < pages ? page : 0;
    view_line(v, TEXT_TODAY_TITLE, TEXT_ARGS(text_day("day", day.day, v->today, TEXT_DAY_LONG_WEEKDAY)));
    view_gap(v);
    if (day.count == 0)
        view_put(v, TEXT_TODAY_EMPTY, NULL);
    else
        put_list(v, &day, page);
    rc = note_milestones(v, &day);
    if (rc != E_OK)
        return rc;
    view_pager(v, view_data(v, "t:%s:", arg_day(day.day, on)), page, pages);
    put_days(v, day.day);
    if (day.count == 0)
        view_button(v, "a", TEXT_BUTTON_ADD, NULL);
    return E_OK;
}

/* --- one habit's day ----------------------------------------------------------------------------------- */

/* The habit as today_get sees it, or, when it is neither due nor marked that day, with nothing marked. */
static enum ecode find_item(struct view *v, const struct uuid *habit_id, struct day day,
                            struct today_item *out)
{
    struct today_query q = {.day = day};
    struct today list;
    enum ecode rc = today_get(v->ctx, &q, &list);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < list.count; i++) {
        if (uuid_cmp(&list.items[i].habit.id, habit_id) == 0) {
            *out = list.items[i];
            return E_OK;
        }
    }
    *out = (struct today_item){.status = LOG_NONE};
    return habit_get(v->ctx, &(struct habit_ref){*habit_id}, &out->habit);
}

static void put_card(struct view *v, const struct today_item *i, struct day day)
{
    static const enum text_id says[LOG_STATUSES] = {[LOG_NONE] = TEXT_CARD_OPEN,
                                                    [LOG_DONE] = TEXT_CARD_DONE,
                                                    [LOG_DECLINED] = TEXT_CARD_DECLINED,
                                                    [LOG_SKIPPED] = TEXT_CARD_SKIPPED};
    buf_str(&v->text, "<b>");
    text_put_value(&v->text, v->lang, text_str("name", view_title(v, &i->habit)));
    buf_str(&v->text, "</b>");
    put_amount(v, i);
    buf_char(&v->text, '\n');
    view_put(v, says[i->status], TEXT_ARGS(text_day("day", day, v->today, TEXT_DAY_RELATIVE)));
    if (i->status == LOG_DONE && i->current_streak > 1) {
        buf_char(&v->text, '\n');
        view_put(v, TEXT_CARD_STREAK, TEXT_ARGS(text_num("n", i->current_streak)));
    }
}

/* args "<habit>:<day>" */
enum ecode draw_card(struct view *v)
{
    struct uuid habit;
    struct day day;
    struct today_item item;
    v->nothing = !args_uuid(&v->args, 0, &habit) || !args_day(&v->args, 1, &day);
    if (v->nothing)
        return E_OK;
    enum ecode rc = find_item(v, &habit, day, &item);
    if (rc == E_INVALID) { /* a day that is not there, or not yet any more: the person flew west */
        v->nothing = true;
        return E_OK;
    }
    if (rc != E_OK)
        return rc;
    if (item.status == LOG_DONE) { /* drawn once for each Done: the place to see what it came to */
        int length;
        rc = reminder_milestone(v->ctx, &habit, day, &length);
        if (rc != E_OK)
            return rc;
    }
    put_card(v, &item, day);
    put_buttons(v, &item, day, "c");
    view_row(v);
    view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
    return E_OK;
}

/* --- a reminder ---------------------------------------------------------------------------------------- */

/* A reminder or a snooze: drawn only while it is wanted. */
enum ecode draw_reminder(struct view *v)
{
    struct delivery_key key = {v->me.id, v->item->view, v->item->ref_id, v->item->ref_date,
                               v->item->ref_number};
    struct reminder_now now;
    struct today_item item;
    char id[ARG_ID], on[ARG_DAY];
    enum ecode rc = reminder_check(v->ctx, &key, &now);
    if (rc != E_OK)
        return rc;
    if (now.verdict != REMINDER_SEND)
        return view_unwanted(v, &now);
    rc = find_item(v, &now.habit.id, key.local_date, &item);
    if (rc != E_OK)
        return rc;
    buf_str(&v->text, "⏰ ");
    put_card(v, &item, key.local_date);
    if (*item.habit.description) {
        buf_str(&v->text, "\n\n");
        text_put_value(&v->text, v->lang, text_str("text", view_name(v, item.habit.description)));
    }
    put_buttons(v, &item, key.local_date, "c");
    view_row(v);
    view_button(v, view_data(v, "z:%s:%s", arg_id(&item.habit.id, id), arg_day(key.local_date, on)),
                TEXT_BUTTON_LATER, NULL);
    return E_OK;
}
