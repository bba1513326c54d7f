/* Settings: one message, edited in place; every button carries the value it sets, so pressing twice is once.
 */
#include <string.h>
#include "base/check.h"
#include "edge/bot/app.h"
#include "edge/bot/input.h"
#include "edge/bot/place.h"
#include "edge/bot/screens.h"

#define CITY_BYTES_MAX 256
#define HOUR 60

enum ecode on_settings(struct turn *t, const char *arg)
{
    return turn_send(t, "settings", NULL);
}

/* Changes the profile; shows the settings again, unless the button belongs to another message. */
static enum ecode change(struct turn *t, const struct user_change *c, bool elsewhere)
{
    struct user_view me;
    enum ecode rc = turn_op(t, &OP_me_update, c, &me);
    if (rc == E_OK)
        rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    t->lang = lang_find(me.user.language_code);
    turn_toast(t, TEXT_ANSWER_SAVED, NULL);
    return elsewhere ? E_OK : turn_show(t, "settings", NULL);
}

/* --- what a button sets -------------------------------------------------------------------------------- */

static bool read_language(const struct args *a, struct user_change *out)
{
    for (size_t i = 0; i < lang_count(); i++) {
        if (args_is(a, 2, lang_code(lang_at(i)))) {
            *out = (struct user_change){.has_language_code = true, .language_code = lang_code(lang_at(i))};
            return true;
        }
    }
    return false;
}

static bool read_quiet(const struct args *a, struct user_change *out)
{
    int64_t from, to;
    *out = (struct user_change){.has_quiet = true, .quiet = {MINUTE_NONE, MINUTE_NONE}};
    if (args_is(a, 2, "off"))
        return true;
    if (!args_int(a, 2, 0, 1439, &from) || !args_int(a, 3, 0, 1439, &to))
        return false;
    out->quiet = (struct quiet_hours){(int)from, (int)to};
    return true;
}

static bool read_number(const struct args *a, struct user_change *out)
{
    int64_t n;
    if (args_is(a, 1, "day") && args_int(a, 2, 0, 6 * HOUR, &n))
        *out = (struct user_change){.has_day_starts_at = true, .day_starts_at = (int)n};
    else if (args_is(a, 1, "week") && args_int(a, 2, 1, 7, &n))
        *out = (struct user_change){.has_week_starts_on = true, .week_starts_on = (int)n};
    else if (args_is(a, 1, "note") && args_int(a, 2, 0, 1, &n))
        *out = (struct user_change){.has_notifications_enabled = true, .notifications_enabled = n == 1};
    else if (args_is(a, 1, "sum") && args_int(a, 2, 0, 1, &n))
        *out = (struct user_change){.has_weekly_summary = true, .weekly_summary = n == 1};
    else if (args_is(a, 1, "nudge") && args_int(a, 2, 0, 1, &n))
        *out = (struct user_change){.has_nudges = true, .nudges = n == 1};
    else
        return false;
    return true;
}

/* "se": the screen; "se:<part>": a part's choice; "se:<part>:<value>": sets it; with ":t" behind it only
 * that. */
enum ecode press_settings(struct turn *t, const struct args *a)
{
    static const char *const parts[] = {"lang", "day", "quiet", "week"};
    struct user_change c;
    enum ecode rc = E_OK;
    if (a->n > 2) {
        bool known = args_is(a, 1, "lang")    ? read_language(a, &c)
                     : args_is(a, 1, "quiet") ? read_quiet(a, &c)
                                              : read_number(a, &c);
        return known ? change(t, &c, args_is(a, 3, "t")) : turn_say(t, TEXT_ERROR_STALE, NULL);
    }
    const char *part = NULL;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (args_is(a, 1, parts[i]))
            part = parts[i];
    }
    if (part && strcmp(part, "quiet") == 0)
        rc = turn_ask(t, "quiet", "hours", NULL);
    else
        rc = turn_end(t);
    return rc == E_OK ? turn_show(t, "settings", part) : rc;
}

/* Quiet hours as they were typed. */
enum ecode say_quiet(struct turn *t)
{
    struct user_view me;
    struct user_change c = {.has_quiet = true};
    const char *text = turn_text(t);
    if (!text || !input_span(text, &c.quiet.from, &c.quiet.to))
        return turn_say(t, TEXT_QUIET_NOT_UNDERSTOOD, NULL);
    enum ecode rc = turn_op(t, &OP_me_update, &c, &me);
    if (rc == E_OK)
        rc = turn_show(t, "settings", NULL);
    return rc == E_OK ? turn_end(t) : rc;
}

/* --- the screen ---------------------------------------------------------------------------------------- */

static void put_zone(struct view *v)
{
    struct buf city;
    buf_init(&city, CITY_BYTES_MAX);
    place_name(&city, v->lang, v->me.timezone);
    view_line(v, TEXT_SETTINGS_ZONE,
              TEXT_ARGS(text_str("city", buf_text(&city)),
                        text_time("time", zone_to_local(v->ctx->actor.zone, v->ctx->now).ms / 60000)));
    buf_release(&city);
}

static void put_quiet(struct view *v)
{
    const struct quiet_hours *q = &v->me.quiet;
    if (q->from == MINUTE_NONE)
        view_line(v, TEXT_SETTINGS_QUIET_OFF, NULL);
    else
        view_line(v, TEXT_SETTINGS_QUIET, TEXT_ARGS(text_time("from", q->from), text_time("to", q->to)));
}

/* Labels of the days by ISO weekday. */
static enum text_id weekday_name(int iso)
{
    return (enum text_id)(TEXT_WEEKDAY_LONG_1 + iso - 1);
}

static const char *plain(struct view *v, enum text_id id)
{
    struct buf b;
    buf_init(&b, CITY_BYTES_MAX);
    text_plain(&b, v->lang, id, NULL);
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

static void put_switch(struct view *v, const char *what, bool on, enum text_id label)
{
    view_row(v);
    view_button_label(v, view_data(v, "se:%s:%d", what, !on),
                      view_data(v, "%s %s", on ? "✅" : "◻️", plain(v, label)));
}

static void draw_main(struct view *v)
{
    view_line(v, TEXT_SETTINGS_TITLE, NULL);
    view_gap(v);
    put_zone(v);
    view_line(v, TEXT_SETTINGS_LANGUAGE, TEXT_ARGS(text_str("language", lang_native_name(v->lang))));
    view_line(v, TEXT_SETTINGS_DAY, TEXT_ARGS(text_time("time", v->me.day_starts_at)));
    put_quiet(v);
    view_line(v, TEXT_SETTINGS_WEEK,
              TEXT_ARGS(text_str("weekday", plain(v, weekday_name(v->me.week_starts_on)))));
    view_gap(v);
    view_put(v, TEXT_SETTINGS_SWITCHES, NULL);
    view_button(v, "zo", TEXT_BUTTON_ZONE, NULL);
    view_button(v, "se:lang", TEXT_BUTTON_LANGUAGE, NULL);
    view_row(v);
    view_button(v, "se:day", TEXT_BUTTON_DAY_START, NULL);
    view_button(v, "se:quiet", TEXT_BUTTON_QUIET, NULL);
    view_row(v);
    view_button(v, "se:week", TEXT_BUTTON_WEEK, NULL);
    put_switch(v, "note", v->me.notifications_enabled, TEXT_BUTTON_NOTIFICATIONS);
    put_switch(v, "sum", v->me.weekly_summary, TEXT_BUTTON_SUMMARY);
    put_switch(v, "nudge", v->me.nudges, TEXT_BUTTON_NUDGES);
    view_row(v);
    if (v->app->public_url != NULL)
        view_button(v, "wb", TEXT_BUTTON_WEB, NULL);
    view_button(v, "ho", TEXT_BUTTON_BACK, NULL);
}

/* --- its parts ----------------------------------------------------------------------------------------- */

/* A choice, with a sign before the one that holds. */
static void put_choice(struct view *v, const char *data, const char *label, bool holds)
{
    view_button_label(v, data, holds ? view_data(v, "✓ %s", label) : label);
}

static void draw_languages(struct view *v)
{
    view_put(v, TEXT_SETTINGS_LANGUAGE_ASK, NULL);
    for (size_t i = 0; i < lang_count(); i++) {
        const struct lang *l = lang_at(i);
        if (i % 2 == 0)
            view_row(v);
        put_choice(v, view_data(v, "se:lang:%s", lang_code(l)), lang_native_name(l), l == v->lang);
    }
}

static void draw_day_starts(struct view *v)
{
    view_put(v, TEXT_SETTINGS_DAY_ASK, NULL);
    for (int hour = 0; hour <= 6; hour++) {
        if (hour % 4 == 0)
            view_row(v);
        put_choice(v, view_data(v, "se:day:%d", hour * HOUR), view_data(v, "%02d:00", hour),
                   v->me.day_starts_at == hour * HOUR);
    }
}

static void draw_quiet(struct view *v)
{
    static const struct quiet_hours presets[] = {{21 * HOUR, 8 * HOUR}, {22 * HOUR, 7 * HOUR},
                                                 {22 * HOUR, 8 * HOUR}, {23 * HOUR, 7 * HOUR},
                                                 {23 * HOUR, 8 * HOUR}, {0, 9 * HOUR}};
    const struct quiet_hours *mine = &v->me.quiet;
    put_quiet(v);
    view_gap(v);
    view_put(v, TEXT_QUIET_ASK, NULL);
    for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
        const struct quiet_hours *q = &presets[i];
        if (i % 2 == 0)
            view_row(v);
        put_choice(v, view_data(v, "se:quiet:%d:%d", q->from, q->to),
                   view_data(v, "%02d:00–%02d:00", q->from / HOUR, q->to / HOUR),
                   mine->from == q->from && mine->to == q->to);
    }
    view_row(v);
    put_choice(v, "se:quiet:off", plain(v, TEXT_BUTTON_QUIET_OFF), mine->from == MINUTE_NONE);
}

static void draw_week(struct view *v)
{
    static const int first[] = {1, 6, 7}; /* in some country each is the first */
    view_put(v, TEXT_SETTINGS_WEEK_ASK, NULL);
    for (size_t i = 0; i < ARRAY_LEN(first); i++)
        put_choice(v, view_data(v, "se:week:%d", first[i]), plain(v, weekday_name(first[i])),
                   v->me.week_starts_on == first[i]);
}

/* args: the part; none: all */
enum ecode draw_settings(struct view *v)
{
    static const struct {
        const char *name;
        void (*draw)(struct view *v);
    } parts[] = {
        {"lang", draw_languages}, {"day", draw_day_starts}, {"quiet", draw_quiet}, {"week", draw_week}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!args_is(&v->args, 0, parts[i].name))
            continue;
        parts[i].draw(v);
        view_row(v);
        view_button(v, "se", TEXT_BUTTON_BACK, NULL);
        return E_OK;
    }
    draw_main(v);
    return E_OK;
}
