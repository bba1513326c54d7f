/* What the steps of a new habit say. */
#include "base/check.h"
#include "edge/bot/add_draft.h"
#include "edge/bot/habit_text.h"
#include "edge/bot/screens.h"

#define BUTTONS_IN_A_ROW 2

/* "a:<dialog>:<what>" */
static const char *data(struct view *v, const struct add_draft *d, const char *what)
{
    return view_data(v, "a:%lld:%s", (long long)d->id, what);
}

/* To a step, with or without the way back to the sum. */
static void put_go(struct view *v, const struct add_draft *d, bool review, enum add_step step,
                   enum text_id label)
{
    view_button(v, view_data(v, "a:%lld:%c:%s", (long long)d->id, review ? 'e' : 'g', add_step_name(step)),
                label, NULL);
}

static void put_back(struct view *v, const struct add_draft *d, enum add_step step)
{
    view_row(v);
    put_go(v, d, d->review, step, TEXT_BUTTON_BACK);
}

/* Back by one step, or to the sum when the step was taken once more from there. */
static void put_back_or_sum(struct view *v, const struct add_draft *d, enum add_step step)
{
    put_back(v, d, d->review ? ADD_SUM : step);
}

static void put_cancel(struct view *v, const struct add_draft *d)
{
    view_button(v, data(v, d, "x"), TEXT_BUTTON_CANCEL, NULL);
}

static void draw_start(struct view *v, const struct add_draft *d, const struct habit *h)
{
    view_put(v, TEXT_ADD_START, NULL);
    for (size_t i = 0; i < add_template_count(); i++) {
        struct add_draft ready;
        add_template(v->ctx->arena, v->lang, i, &ready);
        if (i % BUTTONS_IN_A_ROW == 0)
            view_row(v);
        view_button_label(v, view_data(v, "a:%lld:t:%zu", (long long)d->id, i),
                          view_data(v, "%s %s", ready.emoji, ready.name));
    }
    view_row(v);
    put_cancel(v, d);
}

static void draw_name(struct view *v, const struct add_draft *d, const struct habit *h)
{
    view_put(v, TEXT_NAME_ASK, TEXT_ARGS(text_num("n", HABIT_NAME_VISIBLE_MAX)));
    put_back_or_sum(v, d, ADD_START);
}

static void draw_often(struct view *v, const struct add_draft *d, const struct habit *h)
{
    view_put(v, TEXT_OFTEN_ASK, NULL);
    often_put_choices(v, data(v, d, "f"));
    put_back_or_sum(v, d, ADD_START);
}

static void draw_days(struct view *v, const struct add_draft *d, const struct habit *h)
{
    view_put(v, TEXT_OFTEN_ASK_DAYS, NULL);
    often_put_days(v, data(v, d, "f"), d->ticked, TEXT_BUTTON_NEXT);
    put_back(v, d, ADD_OFTEN);
}

static void draw_week(struct view *v, const struct add_draft *d, const struct habit *h)
{
    view_put(v, TEXT_OFTEN_ASK_COUNT, NULL);
    often_put_counts(v, data(v, d, "f"));
    put_back(v, d, ADD_OFTEN);
}

static void draw_kind(struct view *v, const struct add_draft *d, const struct habit *h)
{
    static const enum add_step before[OFTEN_KINDS] = {
        [OFTEN_DAILY] = ADD_OFTEN, [OFTEN_DAYS] = ADD_OFTEN, [OFTEN_WEEK] = ADD_WEEK};
    view_put(v, TEXT_KIND_ASK, NULL);
    view_row(v);
    view_button(v, data(v, d, "k:0"), TEXT_KIND_YES_NO, NULL);
    view_row(v);
    view_button(v, data(v, d, "k:1"), TEXT_KIND_NUMBER, NULL);
    put_back_or_sum(v, d, before[d->often.kind]);
}

static void draw_target(struct view *v, const struct add_draft *d, const struct habit *h)
{
    view_put(v, TEXT_TARGET_ASK, NULL);
    view_row(v);
    view_button(v, data(v, d, "m:0"), d->at_most ? TEXT_TARGET_AT_LEAST : TEXT_TARGET_AT_LEAST_ON, NULL);
    view_button(v, data(v, d, "m:1"), d->at_most ? TEXT_TARGET_AT_MOST_ON : TEXT_TARGET_AT_MOST, NULL);
    if (d->has_target && (d->target > 0 || d->at_most)) {
        view_row(v);
        view_button(v, data(v, d, "y"), TEXT_TARGET_KEEP,
                    TEXT_ARGS(text_html("amount", habit_amount(v, d->target, d->unit))));
    }
    put_back(v, d, ADD_KIND);
}

static void draw_times(struct view *v, const struct add_draft *d, const struct habit *h)
{
    static const int quick[] = {9 * 60, 13 * 60, 21 * 60};
    view_put(v, TEXT_TIMES_ASK, NULL);
    view_row(v);
    for (size_t i = 0; i < ARRAY_LEN(quick); i++)
        view_button(v, view_data(v, "a:%lld:r:%d", (long long)d->id, quick[i]), TEXT_TIMES_QUICK,
                    TEXT_ARGS(text_time("time", quick[i])));
    view_row(v);
    view_button(v, data(v, d, "r"), TEXT_TIMES_NONE, NULL);
    put_back_or_sum(v, d, d->measurable ? ADD_TARGET : ADD_KIND);
}

static void draw_sum(struct view *v, const struct add_draft *d, const struct habit *h)
{
    habit_put_rule(v, h);
    view_gap(v);
    view_put(v, TEXT_ADD_SUM, NULL);
    view_row(v);
    view_button(v, data(v, d, "c"), TEXT_ADD_CREATE, NULL);
    view_row(v);
    put_go(v, d, true, ADD_NAME, TEXT_EDIT_NAME);
    put_go(v, d, true, ADD_OFTEN, TEXT_EDIT_OFTEN);
    view_row(v);
    put_go(v, d, true, ADD_KIND, TEXT_EDIT_TARGET);
    put_go(v, d, true, ADD_TIMES, TEXT_EDIT_TIMES);
    view_row(v);
    put_go(v, d, false, d->ready ? ADD_START : ADD_TIMES, TEXT_BUTTON_BACK);
    put_cancel(v, d);
}

/* The dialog's step as it stands; a dialog that is over has nothing to say. */
enum ecode draw_add(struct view *v)
{
    static void (*const steps[ADD_STEPS])(struct view *, const struct add_draft *, const struct habit *) = {
        [ADD_START] = draw_start,   [ADD_NAME] = draw_name,   [ADD_OFTEN] = draw_often,
        [ADD_DAYS] = draw_days,     [ADD_WEEK] = draw_week,   [ADD_KIND] = draw_kind,
        [ADD_TARGET] = draw_target, [ADD_TIMES] = draw_times, [ADD_SUM] = draw_sum,
    };
    struct dialog dialog;
    struct add_draft d;
    struct habit h;
    enum ecode rc = dialog_get(v->ctx, &dialog);
    if (rc != E_OK)
        return rc;
    v->nothing = !add_draft_read(v->ctx, &dialog, &d);
    if (v->nothing)
        return E_OK;
    add_draft_habit(v->ctx->arena, &d, &h);
    if (d.step != ADD_START) {
        habit_put_title(v, &h);
        if (d.step != ADD_SUM)
            view_gap(v);
    }
    steps[d.step](v, &d, &h);
    return E_OK;
}

enum ecode draw_add_limit(struct view *v)
{
    struct user_view me;
    enum ecode rc = user_get(v->ctx, NULL, &me);
    if (rc != E_OK)
        return rc;
    view_put(v, TEXT_ADD_LIMIT, TEXT_ARGS(text_num("n", me.habit_limit)));
    view_button(v, "h:0", TEXT_BUTTON_HABITS, NULL);
    return E_OK;
}

/* args "<habit>": it was made just now */
enum ecode draw_habit_made(struct view *v)
{
    struct uuid id;
    struct habit h;
    char text[ARG_ID];
    v->nothing = !args_uuid(&v->args, 0, &id);
    if (v->nothing)
        return E_OK;
    enum ecode rc = habit_get(v->ctx, &(struct habit_ref){id}, &h);
    if (rc != E_OK)
        return rc;
    view_line(v, TEXT_ADD_DONE, NULL);
    view_gap(v);
    habit_put_title(v, &h);
    habit_put_rule(v, &h);
    view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
    view_button(v, view_data(v, "hv:%s", arg_id(&id, text)), TEXT_BUTTON_OPEN, NULL);
    view_row(v);
    view_button(v, "a", TEXT_BUTTON_ADD_MORE, NULL);
    return E_OK;
}
