/* A habit changed: the menu, what is pressed in it, and what is written. */
#include "edge/bot/edit.h"

#include <string.h>
#include "base/check.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "domain/checkin/checkin.h"
#include "edge/bot/add_draft.h"
#include "edge/bot/input.h"
#include "edge/bot/screens.h"

#define DATA_VISIBLE_MAX 100

const struct edit_color edit_colors[EDIT_COLORS] = {
    {"🔴", "#e5484d"}, {"🟠", "#f76b15"}, {"🟡", "#e2a203"}, {"🟢", "#30a46c"},
    {"🔵", "#4c8bf5"}, {"🟣", "#8e4ec6"}, {"🟤", "#a16a46"}, {"⚫", "#6b7280"},
};

/* A page of the editing: "edit" with args "<habit>:<page>". */
static enum ecode edit_show(struct turn *t, const struct uuid *habit_id, const char *page)
{
    char id[ARG_ID];
    return turn_show(t, "edit", turn_data(t, *page ? "%s:%s" : "%s", arg_id(habit_id, id), page));
}

/* A press says it in a toast, a message has none. */
static enum ecode edit_saved(struct turn *t, const struct uuid *habit_id)
{
    bool pressed = t->update->kind == TG_CALLBACK;
    if (pressed)
        turn_toast(t, TEXT_ANSWER_SAVED, NULL);
    enum ecode rc = edit_show(t, habit_id, pressed ? "" : "ok");
    return rc == E_OK ? turn_end(t) : rc;
}

static enum ecode update(struct turn *t, struct habit_change c)
{
    struct habit changed;
    return turn_op(t, &OP_habit_update, &c, &changed);
}

static enum ecode update_and_show(struct turn *t, struct habit_change c)
{
    enum ecode rc = update(t, c);
    return rc == E_OK ? edit_saved(t, &c.id) : rc;
}

/* Kinds do not change once days are marked. */
static enum ecode update_kind(struct turn *t, struct habit_change c)
{
    enum ecode rc = update_and_show(t, c);
    if (rc == E_INVALID && strcmp(t->ctx->err.field, "kind") == 0)
        return turn_say(t, TEXT_EDIT_KIND_FIXED, NULL);
    return rc;
}

/* Asks for words: the dialog knows which habit, and which of its reminders. */
static enum ecode ask(struct turn *t, const struct uuid *habit_id, const char *step,
                      const struct uuid *schedule_id)
{
    char id[ARG_ID], schedule[ARG_ID];
    const char *about = arg_id(habit_id, id), *page = step;
    if (schedule_id) {
        about = turn_data(t, "%s:%s", about, arg_id(schedule_id, schedule));
        page = turn_data(t, "%s:%s", step, schedule);
    }
    enum ecode rc = turn_ask(t, "edit", step, turn_data(t, "{\"about\":\"%s\"}", about));
    return rc == E_OK ? edit_show(t, habit_id, page) : rc;
}

/* --- buttons: "e:<habit>:<what>:…"; the words of `what` are the steps of the dialog and the pages of the
 * view */

static enum ecode press_name(struct turn *t, const struct habit *h, const struct args *a)
{
    return ask(t, &h->id, "name", NULL);
}

/* "text", "text:0": none */
static enum ecode press_text(struct turn *t, const struct habit *h, const struct args *a)
{
    if (a->n == 3)
        return ask(t, &h->id, "text", NULL);
    return update_and_show(t, (struct habit_change){.id = h->id, .has_description = true, .description = ""});
}

/* "icon", "icon:0": none */
static enum ecode press_icon(struct turn *t, const struct habit *h, const struct args *a)
{
    if (a->n == 3)
        return ask(t, &h->id, "icon", NULL);
    return update_and_show(t, (struct habit_change){.id = h->id, .has_emoji = true});
}

/* "color", "color:<n>" */
static enum ecode press_color(struct turn *t, const struct habit *h, const struct args *a)
{
    int64_t n;
    if (a->n == 3)
        return edit_show(t, &h->id, "color");
    if (!args_int(a, 3, 0, EDIT_COLORS - 1, &n))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    return update_and_show(
        t, (struct habit_change){.id = h->id, .has_color = true, .color = edit_colors[n].hex});
}

/* "often", "often:…" */
static enum ecode press_often(struct turn *t, const struct habit *h, const struct args *a)
{
    struct often o;
    enum ecode rc;
    if (a->n == 3)
        return edit_show(t, &h->id, "often");
    switch (often_read(a, 3, &o)) {
    case OFTEN_CHOSEN:
        rc = edit_often(t, h, &o);
        return rc == E_OK ? edit_saved(t, &h->id) : rc;
    case OFTEN_ASK_DAYS:
        return edit_show(t, &h->id, turn_data(t, "days:%u", a->n > 4 ? o.days : often_days(h)));
    case OFTEN_ASK_COUNT:
        return edit_show(t, &h->id, "week");
    case OFTEN_NO_DAYS:
        turn_toast(t, TEXT_OFTEN_NO_DAYS, NULL);
        return E_OK;
    case OFTEN_BAD:
        break;
    }
    return turn_say(t, TEXT_ERROR_STALE, NULL);
}

/* Whether a day was ever marked: then a habit that is done or not cannot be counted any more. */
static enum ecode is_marked(struct turn *t, const struct habit *h, bool *out)
{
    struct log_page page;
    struct log_range range = {
        .habit_id = h->id, .from = day_of(DAY_FIRST_LOG), .to = t->today, .limit = 1, .after = day_none()};
    enum ecode rc = turn_op(t, &OP_log_list, &range, &page);
    if (rc == E_OK)
        *out = page.count > 0;
    return rc;
}

static enum ecode ask_goal(struct turn *t, const struct habit *h)
{
    bool marked = false;
    enum ecode rc = h->kind == HABIT_YES_NO ? is_marked(t, h, &marked) : E_OK;
    if (rc != E_OK)
        return rc;
    return marked ? turn_say(t, TEXT_EDIT_KIND_FIXED, NULL) : ask(t, &h->id, "goal", NULL);
}

/* "goal", "goal:<0|1>": at least, at most; "goal:y": yes or no */
static enum ecode press_goal(struct turn *t, const struct habit *h, const struct args *a)
{
    int64_t at_most;
    if (a->n == 3)
        return ask_goal(t, h);
    if (args_is(a, 3, "y"))
        return update_kind(t, (struct habit_change){.id = h->id, .has_kind = true, .kind = HABIT_YES_NO});
    if (!args_int(a, 3, 0, 1, &at_most) || h->kind != HABIT_MEASURABLE || (!at_most && h->target_value == 0))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc =
        update(t, (struct habit_change){.id = h->id,
                                        .has_target_kind = true,
                                        .target_kind = at_most ? TARGET_AT_MOST : TARGET_AT_LEAST});
    return rc == E_OK ? edit_show(t, &h->id, "goal") : rc;
}

/* "times", "times:<minute>": one more */
static enum ecode press_reminders(struct turn *t, const struct habit *h, const struct args *a)
{
    int64_t minute;
    if (a->n > 3) {
        if (!args_int(a, 3, 0, 1439, &minute))
            return turn_say(t, TEXT_ERROR_STALE, NULL);
        enum ecode rc = edit_add_times(t, h, &(int){(int)minute}, 1);
        if (rc != E_OK)
            return rc;
    }
    return ask(t, &h->id, "times", NULL);
}

static const struct {
    const char *what;
    enum ecode (*run)(struct turn *t, const struct habit *h, const struct args *a);
} presses[] = {
    {"name", press_name},   {"text", press_text}, {"icon", press_icon},       {"color", press_color},
    {"often", press_often}, {"goal", press_goal}, {"times", press_reminders},
};

enum ecode press_edit(struct turn *t, const struct args *a)
{
    struct habit_ref ref;
    struct habit h;
    if (!args_uuid(a, 1, &ref.id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_op(t, &OP_habit_get, &ref, &h);
    if (rc == E_OK)
        rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    if (a->n == 2)
        return edit_show(t, &h.id, "");
    for (size_t i = 0; i < ARRAY_LEN(presses); i++) {
        if (args_is(a, 2, presses[i].what))
            return presses[i].run(t, &h, a);
    }
    return turn_say(t, TEXT_ERROR_STALE, NULL);
}

/* --- one reminder: "es:<habit>:<schedule>", ":x" away, ":<0|1>" off and on
 * ---------------------------------- */

static const struct schedule *find_schedule(const struct habit *h, const struct uuid *id)
{
    for (size_t i = 0; i < h->schedules_count; i++) {
        if (uuid_cmp(&h->schedules[i].id, id) == 0)
            return &h->schedules[i];
    }
    return NULL;
}

enum ecode press_reminder(struct turn *t, const struct args *a)
{
    struct habit_ref ref;
    struct habit h;
    struct uuid id;
    int64_t on;
    if (!args_uuid(a, 1, &ref.id) || !args_uuid(a, 2, &id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_op(t, &OP_habit_get, &ref, &h);
    if (rc != E_OK)
        return rc;
    const struct schedule *s = find_schedule(&h, &id);
    if (!s) /* it is away already: the list shows what there is */
        return ask(t, &h.id, "times", NULL);
    if (a->n == 3)
        return ask(t, &h.id, "time", &id);
    if (args_is(a, 3, "x"))
        rc = edit_remove_time(t, &h, s);
    else if (args_int(a, 3, 0, 1, &on))
        rc = edit_schedule(t, s, (struct schedule_change){.has_enabled = true, .value = {.enabled = on}});
    else
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (rc != E_OK)
        return rc;
    turn_toast(t, TEXT_ANSWER_SAVED, NULL);
    return ask(t, &h.id, "times", NULL);
}

/* --- words
 * -------------------------------------------------------------------------------------------------- */

static enum ecode say_name(struct turn *t, const struct habit *h, const char *text)
{
    struct add_draft d = {.name = NULL};
    if (!text || !add_draft_set_name(t->ctx->arena, &d, text))
        return turn_say(t, TEXT_NAME_BAD, TEXT_ARGS(text_num("n", HABIT_NAME_VISIBLE_MAX)));
    return update_and_show(
        t,
        (struct habit_change){
            .id = h->id, .has_name = true, .name = d.name, .has_emoji = d.emoji != NULL, .emoji = d.emoji});
}

static enum ecode say_text(struct turn *t, const struct habit *h, const char *text)
{
    if (!text || strlen(text) > HABIT_DESCRIPTION_BYTES_MAX)
        return turn_say(t, TEXT_EDIT_TEXT_BAD, NULL);
    return update_and_show(t,
                           (struct habit_change){.id = h->id, .has_description = true, .description = text});
}

static enum ecode say_icon(struct turn *t, const struct habit *h, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (len == 0 || len > HABIT_EMOJI_BYTES_MAX || utf8_leading_emoji(text, len) != len)
        return turn_say(t, TEXT_EDIT_ICON_BAD, NULL);
    return update_and_show(t, (struct habit_change){.id = h->id, .has_emoji = true, .emoji = text});
}

static enum ecode say_goal(struct turn *t, const struct habit *h, const char *text)
{
    bool at_most = h->kind == HABIT_MEASURABLE && h->target_kind == TARGET_AT_MOST;
    struct add_draft d = {.at_most = at_most};
    if (!text || !add_draft_set_target(t->ctx->arena, &d, text))
        return turn_say(t, TEXT_TARGET_BAD, TEXT_ARGS(text_num("n", HABIT_UNIT_VISIBLE_MAX)));
    return update_kind(t,
                       (struct habit_change){
                           .id = h->id,
                           .has_kind = true,
                           .kind = HABIT_MEASURABLE,
                           .has_target_value = true,
                           .target_value = d.target,
                           .has_unit = *d.unit || h->kind == HABIT_YES_NO, /* a number alone keeps the unit */
                           .unit = d.unit,
                       });
}

static enum ecode say_times(struct turn *t, const struct habit *h, const char *text)
{
    int times[INPUT_TIMES_MAX];
    size_t n;
    if (!text || !input_times(text, times, &n))
        return turn_say(t, TEXT_TIMES_BAD, TEXT_ARGS(text_num("n", INPUT_TIMES_MAX)));
    enum ecode rc = edit_add_times(t, h, times, n);
    return rc == E_OK ? edit_show(t, &h->id, "times") : rc;
}

/* Another time for one reminder. */
static enum ecode say_time(struct turn *t, const struct habit *h, const struct schedule *s, const char *text)
{
    int times[INPUT_TIMES_MAX];
    size_t n;
    if (!text || !input_times(text, times, &n) || n != 1)
        return turn_say(t, TEXT_TIME_BAD, NULL);
    enum ecode rc = edit_schedule(
        t, s, (struct schedule_change){.has_reminder = true, .value = {.reminder_minute = times[0]}});
    return rc == E_OK ? ask(t, &h->id, "times", NULL) : rc;
}

/* What the dialog is about: {"about": "<habit>[:<schedule>]"}. */
static bool dialog_about(struct turn *t, struct args *out)
{
    struct {
        const char *about;
    } data = {NULL};
    static const struct json_field fields[] = {{.name = "about",
                                                .offset = 0,
                                                .size = sizeof(const char *),
                                                .type = FIELD_STRING,
                                                .max = DATA_VISIBLE_MAX}};
    struct json_seen seen;
    json_t *root;
    return json_read(t->ctx->arena, t->dialog.data, strlen(t->dialog.data), true, &root, &t->ctx->err) ==
               E_OK &&
           json_object_read(t->ctx->arena, root, "", fields, 1, JSON_WHOLE, &data, &seen, &t->ctx->err) ==
               E_OK &&
           data.about && args_split(data.about, out);
}

static const struct {
    const char *step;
    enum ecode (*say)(struct turn *t, const struct habit *h, const char *text);
} says[] = {
    {"name", say_name}, {"text", say_text}, {"icon", say_icon}, {"goal", say_goal}, {"times", say_times}};

enum ecode say_edit(struct turn *t)
{
    struct args about;
    struct habit_ref ref;
    struct habit h;
    struct uuid schedule_id;
    if (!dialog_about(t, &about) || !args_uuid(&about, 0, &ref.id))
        return turn_end(t);
    const char *text = turn_text(t);
    enum ecode rc = turn_op(t, &OP_habit_get, &ref, &h);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < ARRAY_LEN(says); i++) {
        if (strcmp(says[i].step, t->dialog.step) == 0)
            return says[i].say(t, &h, text);
    }
    const struct schedule *s = args_uuid(&about, 1, &schedule_id) ? find_schedule(&h, &schedule_id) : NULL;
    return s ? say_time(t, &h, s, text) : turn_end(t);
}
