/* What the editing of a habit shows: the menu and its pages. */
#include <string.h>
#include <strings.h>
#include "base/check.h"
#include "domain/user/user.h"
#include "edge/bot/edit.h"
#include "edge/bot/habit_text.h"
#include "edge/bot/screens.h"

#define DESCRIPTION_UNITS 1000
#define COLORS_IN_A_ROW 4
#define TIMES_IN_A_ROW 3
#define LABEL_BYTES_MAX 64

/* "e:<habit>:<what>" */
static const char *data(struct view *v, const struct habit *h, const char *what)
{
    char id[ARG_ID];
    return view_data(v, *what ? "e:%s:%s" : "e:%s", arg_id(&h->id, id), what);
}

static void put(struct view *v, const struct habit *h, const char *what, enum text_id label)
{
    view_button(v, data(v, h, what), label, NULL);
}

static void put_back(struct view *v, const struct habit *h, const char *what)
{
    view_row(v);
    put(v, h, what, TEXT_BUTTON_BACK);
}

/* The swatch of a colour; one that came from elsewhere has none. */
static const char *swatch(const char *hex)
{
    for (size_t i = 0; i < EDIT_COLORS; i++) {
        if (strcasecmp(edit_colors[i].hex, hex) == 0)
            return edit_colors[i].sign;
    }
    return NULL;
}

static void draw_menu(struct view *v, const struct habit *h)
{
    char id[ARG_ID];
    const char *sign = swatch(h->color);
    if (*h->description) {
        text_put_value(&v->text, v->lang, text_str("text", view_cut(v, h->description, DESCRIPTION_UNITS)));
        buf_str(&v->text, "\n\n");
    }
    habit_put_rule(v, h);
    view_line(v, TEXT_EDIT_COLOR_IS, TEXT_ARGS(text_str("color", sign ? sign : h->color)));
    view_gap(v);
    view_put(v, TEXT_EDIT_ASK, NULL);
    put(v, h, "name", TEXT_EDIT_NAME);
    put(v, h, "text", TEXT_EDIT_TEXT);
    view_row(v);
    put(v, h, "icon", TEXT_EDIT_ICON);
    put(v, h, "color", TEXT_EDIT_COLOR);
    view_row(v);
    put(v, h, "often", TEXT_EDIT_OFTEN);
    put(v, h, "goal", TEXT_EDIT_TARGET);
    view_row(v);
    put(v, h, "times", TEXT_EDIT_TIMES);
    if (!h->archived)
        view_button(v, view_data(v, "hn:%s", arg_id(&h->id, id)), TEXT_EDIT_ANEW, NULL);
    view_row(v);
    view_button(v, view_data(v, "hv:%s", arg_id(&h->id, id)), TEXT_BUTTON_BACK, NULL);
}

static void draw_name(struct view *v, const struct habit *h)
{
    view_put(v, TEXT_NAME_ASK, TEXT_ARGS(text_num("n", HABIT_NAME_VISIBLE_MAX)));
    put_back(v, h, "");
}

static void draw_text(struct view *v, const struct habit *h)
{
    if (*h->description) {
        text_put_value(&v->text, v->lang, text_str("text", view_cut(v, h->description, DESCRIPTION_UNITS)));
        buf_str(&v->text, "\n\n");
        put(v, h, "text:0", TEXT_EDIT_TEXT_NONE);
    }
    view_put(v, TEXT_EDIT_TEXT_ASK, NULL);
    put_back(v, h, "");
}

static void draw_icon(struct view *v, const struct habit *h)
{
    view_put(v, TEXT_EDIT_ICON_ASK, NULL);
    if (h->emoji)
        put(v, h, "icon:0", TEXT_EDIT_ICON_NONE);
    put_back(v, h, "");
}

static void draw_color(struct view *v, const struct habit *h)
{
    view_put(v, TEXT_EDIT_COLOR_ASK, NULL);
    for (size_t i = 0; i < EDIT_COLORS; i++) {
        bool on = strcasecmp(edit_colors[i].hex, h->color) == 0;
        if (i % COLORS_IN_A_ROW == 0)
            view_row(v);
        view_button_label(v, data(v, h, view_data(v, "color:%zu", i)),
                          view_data(v, "%s%s", edit_colors[i].sign, on ? " ✓" : ""));
    }
    put_back(v, h, "");
}

static void draw_often(struct view *v, const struct habit *h)
{
    view_put(v, TEXT_OFTEN_ASK, NULL);
    often_put_choices(v, data(v, h, "often"));
    put_back(v, h, "");
}

/* args "<habit>:days:<ticked>" */
static void draw_days(struct view *v, const struct habit *h)
{
    int64_t ticked = 0;
    args_int(&v->args, 2, 0, OFTEN_ALL_DAYS, &ticked);
    view_put(v, TEXT_OFTEN_ASK_DAYS, NULL);
    often_put_days(v, data(v, h, "often"), (unsigned)ticked, TEXT_BUTTON_SAVE);
    put_back(v, h, "often");
}

static void draw_week(struct view *v, const struct habit *h)
{
    view_put(v, TEXT_OFTEN_ASK_COUNT, NULL);
    often_put_counts(v, data(v, h, "often"));
    put_back(v, h, "often");
}

static void draw_goal(struct view *v, const struct habit *h)
{
    bool number = h->kind == HABIT_MEASURABLE, at_most = h->target_kind == TARGET_AT_MOST;
    if (number) {
        view_line(v, at_most ? TEXT_HABIT_AT_MOST : TEXT_HABIT_AT_LEAST,
                  TEXT_ARGS(text_html("amount", habit_amount(v, h->target_value, h->unit))));
        view_gap(v);
        put(v, h, "goal:0", at_most ? TEXT_TARGET_AT_LEAST : TEXT_TARGET_AT_LEAST_ON);
        put(v, h, "goal:1", at_most ? TEXT_TARGET_AT_MOST_ON : TEXT_TARGET_AT_MOST);
        view_row(v);
        put(v, h, "goal:y", TEXT_EDIT_GOAL_NONE);
    }
    view_put(v, number ? TEXT_EDIT_GOAL_ASK : TEXT_TARGET_ASK, NULL);
    put_back(v, h, "");
}

/* "⏰ 09:00" for each; the number of them */
static size_t put_schedules(struct view *v, const struct habit *h)
{
    const struct schedule **schedules = habit_schedules(v, h);
    char id[ARG_ID], schedule[ARG_ID];
    size_t n = 0;
    arg_id(&h->id, id);
    for (size_t i = 0; i < h->schedules_count; i++) {
        if (schedules[i]->reminder_minute == MINUTE_NONE)
            continue;
        if (n++ % TIMES_IN_A_ROW == 0)
            view_row(v);
        struct buf label;
        buf_init(&label, LABEL_BYTES_MAX);
        buf_str(&label, schedules[i]->enabled ? "⏰ " : "🔕 ");
        text_plain_value(&label, v->lang, text_time("time", schedules[i]->reminder_minute));
        view_button_label(v, view_data(v, "es:%s:%s", id, arg_id(&schedules[i]->id, schedule)),
                          buf_text(&label));
        buf_release(&label);
    }
    return n;
}

/* The reminders as buttons, and times to add. */
static void draw_times(struct view *v, const struct habit *h)
{
    static const int quick[] = {9 * 60, 13 * 60, 21 * 60};
    size_t n = put_schedules(v, h);
    view_put(v, n ? TEXT_EDIT_TIMES_ASK : TEXT_EDIT_TIMES_ASK_NONE, NULL);
    view_row(v);
    for (size_t i = 0; i < ARRAY_LEN(quick); i++) {
        bool there = false;
        for (size_t k = 0; k < h->schedules_count; k++)
            there |= h->schedules[k].reminder_minute == quick[i];
        if (!there)
            view_button(v, data(v, h, view_data(v, "times:%d", quick[i])), TEXT_TIMES_ADD,
                        TEXT_ARGS(text_time("time", quick[i])));
    }
    put_back(v, h, "");
}

/* args "<habit>:time:<schedule>" */
static void draw_time(struct view *v, const struct habit *h)
{
    char id[ARG_ID], schedule[ARG_ID];
    struct uuid wanted;
    const struct schedule *s = NULL;
    for (size_t i = 0; args_uuid(&v->args, 2, &wanted) && i < h->schedules_count; i++) {
        if (uuid_cmp(&h->schedules[i].id, &wanted) == 0)
            s = &h->schedules[i];
    }
    if (!s) {
        draw_times(v, h);
        return;
    }
    const char *where = view_data(v, "es:%s:%s", arg_id(&h->id, id), arg_id(&s->id, schedule));
    buf_str(&v->text, s->enabled ? "⏰ " : "🔕 ");
    text_put_value(&v->text, v->lang, text_str("reminder", habit_reminder(v, s)));
    buf_str(&v->text, "\n\n");
    view_put(v, TEXT_TIME_ASK, NULL);
    view_button(v, view_data(v, "%s:%d", where, !s->enabled), s->enabled ? TEXT_TIME_OFF : TEXT_TIME_ON,
                NULL);
    view_button(v, view_data(v, "%s:x", where), TEXT_BUTTON_DELETE, NULL);
    put_back(v, h, "times");
}

static const struct {
    const char *page;
    void (*draw)(struct view *v, const struct habit *h);
} pages[] = {
    {"ok", draw_menu},     {"name", draw_name},   {"text", draw_text}, {"icon", draw_icon},
    {"color", draw_color}, {"often", draw_often}, {"days", draw_days}, {"week", draw_week},
    {"goal", draw_goal},   {"times", draw_times}, {"time", draw_time},
};

/* args "<habit>", "<habit>:<page>" */
enum ecode draw_edit(struct view *v)
{
    struct habit_ref ref;
    struct habit h;
    v->nothing = !args_uuid(&v->args, 0, &ref.id);
    if (v->nothing)
        return E_OK;
    enum ecode rc = habit_get(v->ctx, &ref, &h);
    if (rc != E_OK)
        return rc;
    if (args_is(&v->args, 1, "ok")) {
        buf_str(&v->text, "✅ ");
        view_line(v, TEXT_ANSWER_SAVED, NULL);
        view_gap(v);
    }
    habit_put_title(v, &h);
    if (v->args.n > 1 && !args_is(&v->args, 1, "ok"))
        view_gap(v);
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (args_is(&v->args, 1, pages[i].page)) {
            pages[i].draw(v, &h);
            return E_OK;
        }
    }
    draw_menu(v, &h);
    return E_OK;
}
