/* First contact, and what the bot is. */
#include <string.h>
#include "edge/bot/screens.h"

/*
 * A newcomer is asked for the place at once: without it no reminder comes at the right time. Somebody who is
 * known gets the way on.
 */
enum ecode on_start(struct turn *t, const char *arg)
{
    enum ecode rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    if (arg && strcmp(arg, "web") == 0 && !t->is_new)
        return on_web(t, NULL);
    if (!t->is_new)
        return turn_send(t, arg && strcmp(arg, "premium") == 0 ? "premium" : "home", NULL);
    rc = turn_send(t, "welcome", NULL);
    return rc == E_OK ? on_zone(t, NULL) : rc;
}

enum ecode on_help(struct turn *t, const char *arg)
{
    return turn_send(t, "help", NULL);
}

/* "he" */
enum ecode press_help(struct turn *t, const struct args *a)
{
    return turn_show(t, "help", NULL);
}

enum ecode on_cancel(struct turn *t, const char *arg)
{
    bool was = t->dialog.flow && *t->dialog.flow;
    enum ecode rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    return was ? turn_send(t, "cancelled", NULL) : turn_say(t, TEXT_ANSWER_NOTHING_TO_CANCEL, NULL);
}

enum ecode draw_cancelled(struct view *v)
{
    view_put(v, TEXT_ANSWER_CANCELLED, NULL);
    v->removes_keyboard = true; /* the question for the place had one */
    return E_OK;
}

enum ecode press_home(struct turn *t, const struct args *a)
{
    enum ecode rc = turn_end(t);
    return rc == E_OK ? turn_show(t, "home", NULL) : rc;
}

/* "lw:<language>": the welcome in another language. */
enum ecode press_welcome_language(struct turn *t, const struct args *a)
{
    struct user_view me;
    for (size_t i = 0; i < lang_count(); i++) {
        if (!args_is(a, 1, lang_code(lang_at(i))))
            continue;
        struct user_change change = {.has_language_code = true, .language_code = lang_code(lang_at(i))};
        enum ecode rc = turn_op(t, &OP_me_update, &change, &me);
        if (rc != E_OK)
            return rc;
        t->lang = lang_at(i);
        rc = turn_show(t, "welcome", NULL);
        return rc == E_OK ? on_zone(t, NULL) : rc;
    }
    return turn_say(t, TEXT_ERROR_STALE, NULL);
}

enum ecode draw_welcome(struct view *v)
{
    const char *name = v->me.first_name ? v->me.first_name : "";
    view_put(v, *name ? TEXT_WELCOME_NAMED : TEXT_WELCOME_PLAIN, TEXT_ARGS(text_str("name", name)));
    for (size_t i = 0; i < lang_count(); i++)
        view_button_label(v, view_data(v, "lw:%s", lang_code(lang_at(i))), lang_native_name(lang_at(i)));
    return E_OK;
}

enum ecode draw_home(struct view *v)
{
    int active;
    enum ecode rc = habit_count_active(v->ctx, &active);
    if (rc != E_OK)
        return rc;
    if (active == 0) {
        view_put(v, TEXT_HOME_EMPTY, NULL);
        view_button(v, "a", TEXT_BUTTON_ADD, NULL);
        view_row(v);
        view_button(v, "im", TEXT_BUTTON_IMPORT, NULL);
        view_button(v, "he", TEXT_BUTTON_HELP, NULL);
        return E_OK;
    }
    view_put(v, TEXT_HOME_HABITS, TEXT_ARGS(text_num("n", active)));
    view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
    view_row(v);
    view_button(v, "a", TEXT_BUTTON_ADD, NULL);
    view_button(v, "h:0", TEXT_BUTTON_HABITS, NULL);
    view_row(v);
    view_button(v, "st", TEXT_BUTTON_STATS, NULL);
    view_button(v, "se", TEXT_BUTTON_SETTINGS, NULL);
    return E_OK;
}

enum ecode draw_help(struct view *v)
{
    view_put(v, TEXT_HELP_TEXT, NULL);
    view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
    view_button(v, "a", TEXT_BUTTON_ADD, NULL);
    return E_OK;
}
