/* A habit's day answered: done, declined with a reason, skipped, a number, later, and undone. */
#include <string.h>
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/checkin/checkin.h"
#include "domain/reminder/reminder.h"
#include "edge/bot/input.h"
#include "edge/bot/screens.h"
#include "edge/bot/target.h"

#define DATA_BYTES_MAX 1024

/* The list or the card once more. */
static enum ecode show_again(struct turn *t, const struct target *g)
{
    const char *args, *view = target_view(t->ctx->arena, g, &args);
    return turn_show(t, view, args);
}

static enum ecode mark(struct turn *t, const struct target *g, const struct log_mark *m)
{
    struct log_mark full = *m;
    struct log_result result;
    full.habit_id = g->habit_id;
    full.day = g->day;
    return turn_op(t, &OP_log_put, &full, &result);
}

static enum ecode mark_status(struct turn *t, const struct args *a, enum log_status status,
                              enum text_id toast)
{
    struct target g;
    if (!target_read(a, &g))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = mark(t, &g, &(struct log_mark){.status = status});
    if (rc != E_OK)
        return rc;
    turn_toast(t, toast, NULL);
    return show_again(t, &g);
}

enum ecode press_done(struct turn *t, const struct args *a)
{
    return mark_status(t, a, LOG_DONE, TEXT_TOAST_DONE);
}

enum ecode press_skip(struct turn *t, const struct args *a)
{
    return mark_status(t, a, LOG_SKIPPED, TEXT_TOAST_SKIPPED);
}

enum ecode press_undo(struct turn *t, const struct args *a)
{
    struct target g;
    if (!target_read(a, &g))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    struct log_ref ref = {g.habit_id, g.day};
    enum ecode rc = turn_op(t, &OP_log_delete, &ref, NULL);
    if (rc != E_OK)
        return rc;
    turn_toast(t, TEXT_TOAST_UNDONE, NULL);
    return show_again(t, &g);
}

/* "k:…": back to the card or the list. */
enum ecode press_card(struct turn *t, const struct args *a)
{
    struct target g;
    if (!target_read(a, &g))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_end(t);
    return rc == E_OK ? show_again(t, &g) : rc;
}

/* --- declined, and why --------------------------------------------------------------------------------- */

/* "x:…": declined at once; why is asked after, and need not be answered. */
enum ecode press_decline(struct turn *t, const struct args *a)
{
    struct target g;
    if (!target_read(a, &g))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = mark(t, &g, &(struct log_mark){.status = LOG_DECLINED});
    return rc == E_OK ? turn_show(t, "decline", target_data(t->ctx->arena, &g)) : rc;
}

/* "r:…:<preset>"; preset "w": in words. */
enum ecode press_reason(struct turn *t, const struct args *a)
{
    struct target g;
    int64_t preset;
    if (!target_read(a, &g))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (args_is(a, 4, "w")) {
        struct buf b;
        struct json_writer w;
        buf_init(&b, DATA_BYTES_MAX);
        json_writer_init(&w, &b);
        json_object_begin(&w);
        json_field_string(&w, "target", turn_data(t, "r:%s", target_data(t->ctx->arena, &g)));
        json_object_end(&w);
        json_writer_finish(&w);
        enum ecode rc = turn_ask(t, "reason", "words", arena_strdup(t->ctx->arena, buf_text(&b)));
        buf_release(&b);
        return rc == E_OK ? turn_show(t, "decline", turn_data(t, "%s:w", target_data(t->ctx->arena, &g)))
                          : rc;
    }
    if (!args_int(a, 4, PRESET_TIRED, PRESETS - 1, &preset))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc =
        mark(t, &g, &(struct log_mark){.status = LOG_DECLINED, .preset = (enum decline_preset)preset});
    if (rc != E_OK)
        return rc;
    turn_toast(t, TEXT_TOAST_DECLINED, NULL);
    return show_again(t, &g);
}

/* What the dialog is about: the data of a button, kept as {"target": "…"}. */
static bool dialog_target(struct turn *t, struct target *out)
{
    struct {
        const char *target;
    } data = {NULL};
    static const struct json_field fields[] = {
        {.name = "target", .offset = 0, .size = sizeof(const char *), .type = FIELD_STRING, .max = 100}};
    struct json_seen seen;
    struct args a;
    json_t *root;
    return json_read(t->ctx->arena, t->dialog.data, strlen(t->dialog.data), true, &root, &t->ctx->err) ==
               E_OK &&
           json_object_read(t->ctx->arena, root, "", fields, 1, JSON_WHOLE, &data, &seen, &t->ctx->err) ==
               E_OK &&
           data.target && args_split(data.target, &a) && target_read(&a, out);
}

enum ecode say_reason(struct turn *t)
{
    struct target g;
    const char *text = turn_text(t);
    if (!dialog_target(t, &g))
        return turn_end(t);
    if (!text || utf8_visible_length(text, strlen(text)) > DECLINE_NOTE_VISIBLE_MAX)
        return turn_say(t, TEXT_DECLINE_TOO_LONG, TEXT_ARGS(text_num("n", DECLINE_NOTE_VISIBLE_MAX)));
    enum ecode rc = mark(t, &g, &(struct log_mark){.status = LOG_DECLINED, .note = text});
    if (rc == E_OK)
        rc = show_again(t, &g);
    return rc == E_OK ? turn_end(t) : rc;
}

/* args "<habit>:<day>:<from>", and ":w" while the reason is awaited in words */
enum ecode draw_decline(struct view *v)
{
    static const enum text_id labels[PRESETS] = {[PRESET_TIRED] = TEXT_REASON_TIRED,
                                                 [PRESET_SICK] = TEXT_REASON_SICK,
                                                 [PRESET_BUSY] = TEXT_REASON_BUSY,
                                                 [PRESET_OTHER] = TEXT_REASON_OTHER};
    struct uuid id;
    struct habit h;
    v->nothing = !args_uuid(&v->args, 0, &id) || v->args.n < 3;
    if (v->nothing)
        return E_OK;
    enum ecode rc = habit_get(v->ctx, &(struct habit_ref){id}, &h);
    if (rc != E_OK)
        return rc;
    bool words = args_is(&v->args, 3, "w");
    const char *where = view_data(v, "%.*s:%.*s:%.*s", (int)v->args.word[0].len, v->args.word[0].text,
                                  (int)v->args.word[1].len, v->args.word[1].text, (int)v->args.word[2].len,
                                  v->args.word[2].text);
    view_put(v, words ? TEXT_DECLINE_WORDS : TEXT_DECLINE_WHY,
             TEXT_ARGS(text_str("name", h.name), text_num("n", DECLINE_NOTE_VISIBLE_MAX)));
    for (int p = PRESET_TIRED; !words && p < PRESETS; p++) {
        if (p % 2 == 1)
            view_row(v);
        view_button(v, view_data(v, "r:%s:%d", where, p), labels[p], NULL);
    }
    view_row(v);
    if (!words)
        view_button(v, view_data(v, "r:%s:w", where), TEXT_REASON_WORDS, NULL);
    view_button(v, view_data(v, "k:%s", where), TEXT_REASON_NONE, NULL);
    return E_OK;
}

/* --- a number ------------------------------------------------------------------------------------------ */

/* "n:…": asks for the number; "n:…:<thousandths>": that is it. */
enum ecode press_value(struct turn *t, const struct args *a)
{
    struct target g;
    struct log_mark m = {.status = LOG_DONE, .has_value = true};
    if (!target_read(a, &g))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (a->n == 4) {
        const char *data = target_data(t->ctx->arena, &g);
        enum ecode rc = turn_ask(t, "value", "number", turn_data(t, "{\"target\":\"n:%s\"}", data));
        return rc == E_OK ? turn_show(t, "value", data) : rc;
    }
    if (!args_int(a, 4, 0, LOG_VALUE_MAX, &m.value))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = mark(t, &g, &m);
    if (rc == E_OK)
        rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    turn_toast(t, TEXT_TOAST_DONE, NULL);
    return show_again(t, &g);
}

enum ecode say_value(struct turn *t)
{
    struct target g;
    struct log_mark m = {.status = LOG_DONE, .has_value = true};
    const char *text = turn_text(t);
    if (!dialog_target(t, &g))
        return turn_end(t);
    if (!text || !input_number(text, LOG_VALUE_MAX, &m.value))
        return turn_say(t, TEXT_VALUE_NOT_A_NUMBER, NULL);
    enum ecode rc = mark(t, &g, &m);
    if (rc == E_OK)
        rc = show_again(t, &g);
    return rc == E_OK ? turn_end(t) : rc;
}

/* args "<habit>:<day>:<from>" */
enum ecode draw_value(struct view *v)
{
    struct uuid id;
    struct habit h;
    v->nothing = !args_uuid(&v->args, 0, &id) || v->args.n < 3;
    if (v->nothing)
        return E_OK;
    enum ecode rc = habit_get(v->ctx, &(struct habit_ref){id}, &h);
    if (rc != E_OK)
        return rc;
    struct text_arg unit = text_str("unit", view_name(v, h.unit));
    view_put(v, *h.unit ? TEXT_VALUE_ASK_UNIT : TEXT_VALUE_ASK, TEXT_ARGS(text_str("name", h.name), unit));
    const int64_t quick[] = {h.target_value / 2000 * 1000, h.target_value};
    for (size_t i = 0; i < ARRAY_LEN(quick); i++) {
        if (quick[i] > 0)
            view_button(v, view_data(v, "n:%s:%lld", v->item->args, (long long)quick[i]), TEXT_VALUE_QUICK,
                        TEXT_ARGS(text_milli("value", quick[i]), unit));
    }
    view_row(v);
    view_button(v, view_data(v, "k:%s", v->item->args), TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

/* --- later --------------------------------------------------------------------------------------------- */

/* "z:<habit>:<day>": when? "z:<habit>:<day>:<choice>": then. */
enum ecode press_snooze(struct turn *t, const struct args *a)
{
    struct snooze_request request;
    struct snooze snooze;
    char id[ARG_ID], day[ARG_DAY];
    int64_t choice;
    if (!args_uuid(a, 1, &request.habit_id) || !args_day(a, 2, &request.day))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    const char *where = turn_data(t, "%s:%s", arg_id(&request.habit_id, id), arg_day(request.day, day));
    if (a->n == 3)
        return turn_show(t, "snoozes", where);
    if (!args_int(a, 3, 0, SNOOZE_CHOICES - 1, &choice))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    request.choice = (enum snooze_choice)choice;
    enum ecode rc = turn_op(t, &OP_reminder_snooze, &request, &snooze);
    if (rc == E_CONFLICT) /* answered, over, quiet hours: the card says how the day stands */
        return turn_show(t, "card", where);
    if (rc != E_OK)
        return rc;
    int minute = zone_to_local(t->ctx->actor.zone, snooze.at).ms / 60000;
    turn_toast(t, TEXT_TOAST_SNOOZED, TEXT_ARGS(text_time("time", minute)));
    return turn_show(t, "snoozes", turn_data(t, "%s:%d", where, minute));
}

/* args "<habit>:<day>", and ":<minute of the day>" once it is chosen */
enum ecode draw_snooze(struct view *v)
{
    static const int minutes[SNOOZE_EVENING] = {
        [SNOOZE_15_MIN] = 15, [SNOOZE_30_MIN] = 30, [SNOOZE_60_MIN] = 60};
    int64_t minute;
    struct uuid id;
    struct day day;
    struct habit h;
    v->nothing = !args_uuid(&v->args, 0, &id) || !args_day(&v->args, 1, &day);
    if (v->nothing)
        return E_OK;
    enum ecode rc = habit_get(v->ctx, &(struct habit_ref){id}, &h);
    if (rc != E_OK)
        return rc;
    char habit[ARG_ID], on[ARG_DAY];
    const char *where = view_data(v, "%s:%s", arg_id(&id, habit), arg_day(day, on));
    if (args_int(&v->args, 2, 0, 1439, &minute)) {
        view_put(v, TEXT_SNOOZE_SET, TEXT_ARGS(text_str("name", h.name), text_time("time", (int)minute)));
        view_button(v, view_data(v, "k:%s:c", where), TEXT_BUTTON_BACK, NULL);
        return E_OK;
    }
    view_put(v, TEXT_SNOOZE_ASK, TEXT_ARGS(text_str("name", h.name)));
    for (int choice = 0; choice < SNOOZE_EVENING; choice++)
        view_button(v, view_data(v, "z:%s:%d", where, choice), TEXT_SNOOZE_MINUTES,
                    TEXT_ARGS(text_num("n", minutes[choice])));
    view_row(v);
    view_button(v, view_data(v, "z:%s:%d", where, SNOOZE_EVENING), TEXT_SNOOZE_EVENING, NULL);
    view_button(v, view_data(v, "k:%s:c", where), TEXT_BUTTON_BACK, NULL);
    return E_OK;
}
