/* A new habit, step by step in one message; the steps' picture is in add_draft.h, what they say in
 * add_view.c. */
#include <string.h>
#include "base/check.h"
#include "edge/bot/add_draft.h"
#include "edge/bot/screens.h"

static enum ecode go(struct turn *t, struct add_draft *d, enum add_step step)
{
    d->step = step;
    if (step == ADD_SUM)
        d->review = true;
    enum ecode rc = turn_ask(t, "add", add_draft_step(d), add_draft_write(t->ctx->arena, d));
    return rc == E_OK ? turn_show(t, "add", NULL) : rc;
}

/* A step is answered: on to the next one, or back to the sum. */
static enum ecode next(struct turn *t, struct add_draft *d, enum add_step step)
{
    return go(t, d, d->review ? ADD_SUM : step);
}

/* --- beginning ------------------------------------------------------------------------------------------ */

/* The tier's limit is said before the questions, not after them. */
static enum ecode begin(struct turn *t)
{
    struct user_view me;
    struct add_draft d = {.id = t->ctx->now.ms, .unit = ""};
    enum ecode rc = turn_end(t);
    if (rc == E_OK)
        rc = turn_op(t, &OP_me_get, NULL, &me);
    if (rc != E_OK)
        return rc;
    if (me.habit_limit > 0 && me.habits_active >= me.habit_limit)
        return turn_show(t, "add_limit", NULL);
    return go(t, &d, ADD_START);
}

enum ecode on_add(struct turn *t, const char *arg)
{
    return begin(t);
}

/* --- buttons: "a:<dialog>:<what>:…" --------------------------------------------------------------------- */

/* "t:<n>": a template */
static enum ecode press_template(struct turn *t, struct add_draft *d, const struct args *a)
{
    struct add_draft ready;
    int64_t n;
    if (!args_int(a, 3, 0, (int64_t)add_template_count() - 1, &n))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    add_template(t->ctx->arena, t->lang, (size_t)n, &ready);
    ready.id = d->id;
    return go(t, &ready, ADD_SUM);
}

/* "g:<step>": there, in the order of the steps; "e:<step>": there and back to the sum */
static enum ecode press_go(struct turn *t, struct add_draft *d, const struct args *a)
{
    enum add_step step = add_step_find(a, 3);
    if (step == ADD_STEPS || (!d->name && step != ADD_START))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    d->review = args_is(a, 2, "e");
    if (step == ADD_DAYS)
        d->ticked = d->often.days;
    return go(t, d, step);
}

/* "f:…": how often */
static enum ecode press_often(struct turn *t, struct add_draft *d, const struct args *a)
{
    struct often often;
    switch (often_read(a, 3, &often)) {
    case OFTEN_CHOSEN:
        d->often = often;
        return next(t, d, ADD_KIND);
    case OFTEN_ASK_DAYS:
        d->ticked = a->n > 4 ? often.days : d->often.days;
        return go(t, d, ADD_DAYS);
    case OFTEN_ASK_COUNT:
        return go(t, d, ADD_WEEK);
    case OFTEN_NO_DAYS:
        turn_toast(t, TEXT_OFTEN_NO_DAYS, NULL);
        return E_OK;
    case OFTEN_BAD:
        break;
    }
    return turn_say(t, TEXT_ERROR_STALE, NULL);
}

/* "k:0": yes or no; "k:1": a number */
static enum ecode press_kind(struct turn *t, struct add_draft *d, const struct args *a)
{
    int64_t number;
    if (!args_int(a, 3, 0, 1, &number))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (number)
        return go(t, d, ADD_TARGET);
    d->measurable = false;
    return next(t, d, ADD_TIMES);
}

/* "m:<0|1>": at least, at most */
static enum ecode press_at_most(struct turn *t, struct add_draft *d, const struct args *a)
{
    int64_t at_most;
    if (!args_int(a, 3, 0, 1, &at_most))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    d->at_most = at_most;
    return go(t, d, ADD_TARGET);
}

/* "y": the target stays as it is */
static enum ecode press_target(struct turn *t, struct add_draft *d, const struct args *a)
{
    if (!d->has_target || (d->target == 0 && !d->at_most))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    d->measurable = true;
    return next(t, d, ADD_TIMES);
}

/* "r:<minute>": one reminder a day; "r": none */
static enum ecode press_times(struct turn *t, struct add_draft *d, const struct args *a)
{
    int64_t minute;
    d->n_times = 0;
    if (a->n > 3) {
        if (!args_int(a, 3, 0, 1439, &minute))
            return turn_say(t, TEXT_ERROR_STALE, NULL);
        d->times[d->n_times++] = (int)minute;
    }
    return go(t, d, ADD_SUM);
}

static enum ecode press_create(struct turn *t, struct add_draft *d, const struct args *a)
{
    struct habit draft, made;
    struct habit_change change;
    char id[ARG_ID];
    if (d->step != ADD_SUM || !d->name)
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    add_draft_habit(t->ctx->arena, d, &draft);
    often_copy(&draft, &change);
    enum ecode rc = turn_op(t, &OP_habit_create, &change, &made);
    if (rc == E_OK)
        rc = turn_end(t);
    return rc == E_OK ? turn_show(t, "habit_made", arg_id(&made.id, id)) : rc;
}

static enum ecode press_cancel(struct turn *t, struct add_draft *d, const struct args *a)
{
    enum ecode rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    turn_toast(t, TEXT_ANSWER_CANCELLED, NULL);
    return turn_show(t, "home", NULL);
}

static const struct {
    const char *what;
    enum ecode (*run)(struct turn *t, struct add_draft *d, const struct args *a);
} presses[] = {
    {"t", press_template}, {"g", press_go},     {"e", press_go},    {"f", press_often},  {"k", press_kind},
    {"m", press_at_most},  {"y", press_target}, {"r", press_times}, {"c", press_create}, {"x", press_cancel},
};

enum ecode press_add(struct turn *t, const struct args *a)
{
    struct add_draft d;
    int64_t id;
    if (a->n == 1)
        return begin(t);
    if (!args_int(a, 1, 0, INT64_MAX, &id))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (!add_draft_read(t->ctx, &t->dialog, &d) || d.id != id) {
        turn_toast(t, TEXT_ADD_OVER, NULL); /* also what the second of two quick taps on Create gets */
        return E_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(presses); i++) {
        if (args_is(a, 2, presses[i].what))
            return presses[i].run(t, &d, a);
    }
    return turn_say(t, TEXT_ERROR_STALE, NULL);
}

/* --- words ---------------------------------------------------------------------------------------------- */

static enum ecode say_name(struct turn *t, struct add_draft *d, const char *text)
{
    if (d->step == ADD_START) /* whatever was chosen before Back */
        *d = (struct add_draft){.id = d->id, .unit = ""};
    if (!text || !add_draft_set_name(t->ctx->arena, d, text))
        return turn_say(t, TEXT_NAME_BAD, TEXT_ARGS(text_num("n", HABIT_NAME_VISIBLE_MAX)));
    return next(t, d, ADD_OFTEN);
}

static enum ecode say_target(struct turn *t, struct add_draft *d, const char *text)
{
    if (!text || !add_draft_set_target(t->ctx->arena, d, text))
        return turn_say(t, TEXT_TARGET_BAD, TEXT_ARGS(text_num("n", HABIT_UNIT_VISIBLE_MAX)));
    return next(t, d, ADD_TIMES);
}

static enum ecode say_times(struct turn *t, struct add_draft *d, const char *text)
{
    if (!text || !input_times(text, d->times, &d->n_times))
        return turn_say(t, TEXT_TIMES_BAD, TEXT_ARGS(text_num("n", INPUT_TIMES_MAX)));
    return go(t, d, ADD_SUM);
}

/* Where buttons are asked for, a number can only be how many times a week, or the target. */
static enum ecode say_choice(struct turn *t, struct add_draft *d, const char *text)
{
    int64_t n;
    bool count = d->step == ADD_WEEK || d->step == ADD_OFTEN;
    if (text && count && input_number(text, OFTEN_WEEK_MAX * 1000, &n) && n >= 1000 && n % 1000 == 0) {
        d->often = (struct often){.kind = OFTEN_WEEK, .count = (int)(n / 1000)};
        return next(t, d, ADD_KIND);
    }
    if (text && d->step == ADD_KIND && add_draft_set_target(t->ctx->arena, d, text))
        return next(t, d, ADD_TIMES);
    enum ecode rc = turn_say(t, TEXT_ADD_CHOOSE, NULL);
    return rc == E_OK ? turn_send(t, "add", NULL) : rc;
}

enum ecode say_add(struct turn *t)
{
    struct add_draft d;
    if (!add_draft_read(t->ctx, &t->dialog, &d))
        return turn_end(t);
    const char *text = turn_text(t);
    switch (d.step) {
    case ADD_START:
    case ADD_NAME:
        return say_name(t, &d, text);
    case ADD_TARGET:
        return say_target(t, &d, text);
    case ADD_TIMES:
        return say_times(t, &d, text);
    default:
        return say_choice(t, &d, text);
    }
}
