/* What is done to a habit with one press: paused, archived, moved, deleted and brought back. */
#include <string.h>
#include "base/hash.h"
#include "edge/bot/habit_text.h"
#include "edge/bot/often.h"
#include "edge/bot/habits.h"
#include "edge/bot/screens.h"

static enum ecode change(struct turn *t, const struct habit_change *c, enum text_id toast)
{
    struct habit h;
    char id[ARG_ID];
    enum ecode rc = turn_op(t, &OP_habit_update, c, &h);
    if (rc != E_OK)
        return rc;
    turn_toast(t, toast, NULL);
    return turn_show(t, "habit", arg_id(&c->id, id));
}

/* "hp:<habit>:<0|1>" */
enum ecode press_pause(struct turn *t, const struct args *a)
{
    struct habit_change c = {.has_paused = true};
    int64_t on;
    if (!args_uuid(a, 1, &c.id) || !args_int(a, 2, 0, 1, &on))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    c.paused = on;
    return change(t, &c, on ? TEXT_TOAST_PAUSED : TEXT_TOAST_RESUMED);
}

/* "ha:<habit>:<0|1>" */
enum ecode press_archive(struct turn *t, const struct args *a)
{
    struct habit_change c = {.has_archived = true};
    int64_t on;
    if (!args_uuid(a, 1, &c.id) || !args_int(a, 2, 0, 1, &on))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    c.archived = on;
    return change(t, &c, on ? TEXT_TOAST_ARCHIVED : TEXT_TOAST_UNARCHIVED);
}

/* "hm:<habit>:<place>" */
enum ecode press_move(struct turn *t, const struct args *a)
{
    struct habit_change c = {.has_position = true};
    if (!args_uuid(a, 1, &c.id) || !args_int(a, 2, 0, HABITS_PER_USER_MAX, &c.position))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    return change(t, &c, TEXT_TOAST_MOVED);
}

/* --- deleted, and brought back ---------------------------------------------------------------------------
 */

/* Its name travels in the arguments of the view: once it is deleted nobody tells it any more. */
static const char *deleted_args(struct turn *t, const struct habit *h)
{
    char id[ARG_ID];
    const char *title = h->emoji ? turn_data(t, "%s %s", h->emoji, h->name) : h->name;
    size_t len = strlen(title);
    char *name = arena_alloc(t->ctx->arena, len * 4 / 3 + 4);
    return turn_data(t, "%s:%s", arg_id(&h->id, id), base64url_encode(title, len, name));
}

/* "hd:<habit>": really? "hd:<habit>:y": yes */
enum ecode press_delete(struct turn *t, const struct args *a)
{
    struct habit_ref ref;
    struct habit h;
    if (!args_uuid(a, 1, &ref.id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_op(t, &OP_habit_get, &ref, &h);
    if (rc == E_NOT_FOUND && habit_deleted(t->ctx, &ref, &h) == E_OK) /* a second press */
        return turn_show(t, "habit_deleted", deleted_args(t, &h));
    if (rc != E_OK)
        return rc;
    if (a->n == 2)
        return turn_show(t, "habit_delete", deleted_args(t, &h));
    rc = turn_op(t, &OP_habit_delete, &ref, NULL);
    return rc == E_OK ? turn_show(t, "habit_deleted", deleted_args(t, &h)) : rc;
}

/* "hr:<habit>" */
enum ecode press_restore(struct turn *t, const struct args *a)
{
    struct habit_ref ref;
    struct habit h;
    char id[ARG_ID];
    if (!args_uuid(a, 1, &ref.id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_op(t, &OP_habit_get, &ref, &h);
    if (rc == E_NOT_FOUND) /* else it is back already */
        rc = turn_op(t, &OP_habit_restore, &ref, &h);
    if (rc != E_OK)
        return rc;
    turn_toast(t, TEXT_TOAST_RESTORED, NULL);
    return turn_show(t, "habit", arg_id(&ref.id, id));
}

/* args "<habit>:<name>"; the name is base64url */
static bool read_args(struct view *v, struct uuid *id, const char **name)
{
    if (!args_uuid(&v->args, 0, id) || v->args.n < 2)
        return false;
    size_t len = v->args.word[1].len * 3 / 4;
    char *text = arena_alloc(v->ctx->arena, len + 1);
    *name = text;
    return base64url_decode(v->args.word[1].text, v->args.word[1].len, text, len);
}

enum ecode draw_habit_delete(struct view *v)
{
    struct uuid habit;
    const char *name;
    char id[ARG_ID];
    v->nothing = !read_args(v, &habit, &name);
    if (v->nothing)
        return E_OK;
    arg_id(&habit, id);
    view_put(v, TEXT_DELETE_ASK,
             TEXT_ARGS(text_str("name", view_name(v, name)), text_num("n", HABIT_UNDO_DAYS)));
    view_button(v, view_data(v, "hd:%s:y", id), TEXT_DELETE_YES, NULL);
    view_row(v);
    view_button(v, view_data(v, "ha:%s:1", id), TEXT_DELETE_ARCHIVE, NULL);
    view_row(v);
    view_button(v, view_data(v, "hv:%s", id), TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

enum ecode draw_habit_deleted(struct view *v)
{
    struct uuid habit;
    const char *name;
    char id[ARG_ID];
    v->nothing = !read_args(v, &habit, &name);
    if (v->nothing)
        return E_OK;
    view_put(v, TEXT_DELETE_DONE,
             TEXT_ARGS(text_str("name", view_name(v, name)), text_num("n", HABIT_UNDO_DAYS)));
    view_button(v, view_data(v, "hr:%s", arg_id(&habit, id)), TEXT_DELETE_UNDO, NULL);
    view_button(v, "hw", TEXT_BUTTON_HABITS, NULL); /* as a new message: Undo stays */
    return E_OK;
}

/* --- from the beginning ----------------------------------------------------------------------------------
 */

/* "hn:<habit>": really? "hn:<habit>:y": the old one goes to the archive with its history, the same begins
 * anew in its place */
enum ecode press_anew(struct turn *t, const struct args *a)
{
    struct habit_ref ref;
    struct habit old, made;
    struct habits all;
    struct habit_change archived = {.has_archived = true, .archived = true}, copy;
    char id[ARG_ID];
    if (!args_uuid(a, 1, &ref.id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = turn_op(t, &OP_habit_get, &ref, &old);
    if (rc != E_OK)
        return rc;
    if (old.archived) { /* a second press */
        turn_toast(t, TEXT_HABIT_ARCHIVED, NULL);
        return E_OK;
    }
    if (a->n == 2)
        return turn_show(t, "anew", arg_id(&ref.id, id));
    rc = habits_load(t->ctx, &all);
    if (rc != E_OK)
        return rc;
    archived.id = ref.id;
    rc = turn_op(t, &OP_habit_update, &archived, &made);
    often_copy(&old, &copy);
    for (size_t i = 0; i < copy.schedules_count; i++) {
        if (copy.schedules[i].type != SCHEDULE_CUSTOM) /* whose beginning is part of its rule */
            copy.schedules[i].starts_on = day_none();
    }
    copy.has_position = true;
    copy.position = (int64_t)habits_find(&all, &ref.id);
    if (rc == E_OK)
        rc = turn_op(t, &OP_habit_create, &copy, &made);
    return rc == E_OK ? turn_show(t, "habit_made", arg_id(&made.id, id)) : rc;
}

enum ecode draw_anew(struct view *v)
{
    struct habit_ref ref;
    struct habit h;
    char id[ARG_ID];
    v->nothing = !args_uuid(&v->args, 0, &ref.id);
    if (v->nothing)
        return E_OK;
    enum ecode rc = habit_get(v->ctx, &ref, &h);
    if (rc != E_OK)
        return rc;
    arg_id(&ref.id, id);
    habit_put_title(v, &h);
    view_gap(v);
    view_put(v, TEXT_ANEW_ASK, NULL);
    view_button(v, view_data(v, "hn:%s:y", id), TEXT_ANEW_YES, NULL);
    view_row(v);
    view_button(v, view_data(v, "e:%s", id), TEXT_BUTTON_BACK, NULL);
    return E_OK;
}
