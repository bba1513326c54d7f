#include "edge/bot/often.h"

#include "base/check.h"
#include "domain/user/user.h"

/* "d" every day, "w" working days, "m[:<ticked>]" asks for days, "s:<ticked>" these, "n" asks how many times,
 * "n:<count>" so many. */
enum often_answer often_read(const struct args *a, size_t i, struct often *out)
{
    int64_t v;
    bool alone = i + 1 >= a->n;
    *out = (struct often){.kind = OFTEN_DAILY};
    if (args_is(a, i, "d") && alone)
        return OFTEN_CHOSEN;
    if (args_is(a, i, "n") && alone)
        return OFTEN_ASK_COUNT;
    if (args_is(a, i, "n")) {
        if (!args_int(a, i + 1, 1, OFTEN_WEEK_MAX, &v))
            return OFTEN_BAD;
        *out = (struct often){.kind = OFTEN_WEEK, .count = (int)v};
        return OFTEN_CHOSEN;
    }
    out->kind = OFTEN_DAYS;
    if (args_is(a, i, "w") && alone) {
        out->days = OFTEN_WORKING_DAYS;
        return OFTEN_CHOSEN;
    }
    if (args_is(a, i, "m") && alone)
        return OFTEN_ASK_DAYS;
    if ((!args_is(a, i, "m") && !args_is(a, i, "s")) || !args_int(a, i + 1, 0, OFTEN_ALL_DAYS, &v))
        return OFTEN_BAD;
    out->days = (unsigned)v;
    if (args_is(a, i, "m"))
        return OFTEN_ASK_DAYS;
    if (v == 0)
        return OFTEN_NO_DAYS;
    if (v == OFTEN_ALL_DAYS)
        *out = (struct often){.kind = OFTEN_DAILY};
    return OFTEN_CHOSEN;
}

void often_put_choices(struct view *v, const char *prefix)
{
    view_row(v);
    view_button(v, view_data(v, "%s:d", prefix), TEXT_OFTEN_DAILY, NULL);
    view_button(v, view_data(v, "%s:w", prefix), TEXT_OFTEN_WORKING, NULL);
    view_row(v);
    view_button(v, view_data(v, "%s:m", prefix), TEXT_OFTEN_DAYS, NULL);
    view_row(v);
    view_button(v, view_data(v, "%s:n", prefix), TEXT_OFTEN_WEEK, NULL);
}

/* Each button carries the days as they are after it, so that pressing twice is as once. */
void often_put_days(struct view *v, const char *prefix, unsigned ticked, enum text_id save)
{
    for (int i = 0; i < 7; i++) {
        int bit = (v->me.week_starts_on - 1 + i) % 7;
        bool on = ticked >> bit & 1;
        struct buf label;
        buf_init(&label, 64);
        buf_str(&label, on ? "✅ " : "▫️ ");
        text_plain(&label, v->lang, (enum text_id)(TEXT_WEEKDAY_SHORT_1 + bit), NULL);
        if (i == 0 || i == 4)
            view_row(v);
        view_button_label(v, view_data(v, "%s:m:%u", prefix, ticked ^ 1u << bit), buf_text(&label));
        buf_release(&label);
    }
    view_row(v);
    view_button(v, view_data(v, "%s:s:%u", prefix, ticked), save, NULL);
}

void often_put_counts(struct view *v, const char *prefix)
{
    for (int n = 1; n <= OFTEN_WEEK_MAX; n++) {
        if (n % 3 == 1)
            view_row(v);
        view_button(v, view_data(v, "%s:n:%d", prefix, n), TEXT_OFTEN_TIMES, TEXT_ARGS(text_num("n", n)));
    }
}

void often_apply(struct arena *a, const struct often *o, const int *times, size_t n_times, struct habit *h)
{
    bool by_days = o->kind == OFTEN_DAYS;
    h->frequency_count = by_days ? 0 : o->kind == OFTEN_WEEK ? o->count : 1;
    h->frequency_days = by_days ? 0 : o->kind == OFTEN_WEEK ? 7 : 1;
    /* A habit without frequency is due on the days of its schedules: it needs one even without a reminder. */
    size_t n = by_days && n_times == 0 ? 1 : n_times;
    h->schedules = arena_array(a, n, sizeof *h->schedules);
    h->schedules_count = n;
    for (size_t i = 0; i < n; i++)
        h->schedules[i] = (struct schedule){
            .type = by_days ? SCHEDULE_WEEKLY : SCHEDULE_DAILY,
            .weekdays = by_days ? (uint8_t)o->days : 0,
            .reminder_minute = i < n_times ? times[i] : MINUTE_NONE,
            .starts_on = day_none(),
            .enabled = true,
        };
}

unsigned often_days(const struct habit *h)
{
    unsigned days = 0;
    for (size_t i = 0; i < h->schedules_count; i++) {
        if (h->schedules[i].enabled && h->schedules[i].type == SCHEDULE_WEEKLY)
            days |= h->schedules[i].weekdays;
    }
    return days;
}

void often_copy(const struct habit *h, struct habit_change *out)
{
    *out = (struct habit_change){
        .has_name = true,
        .name = h->name,
        .has_description = true,
        .description = h->description,
        .has_emoji = true,
        .emoji = h->emoji,
        .has_color = h->color != NULL,
        .color = h->color,
        .has_kind = true,
        .kind = h->kind,
        .has_target_kind = true,
        .target_kind = h->target_kind,
        .has_target_value = h->kind == HABIT_MEASURABLE,
        .target_value = h->target_value,
        .has_unit = true,
        .unit = h->unit,
        .has_frequency = true,
        .frequency_count = h->frequency_count,
        .frequency_days = h->frequency_days,
        .schedules = h->schedules,
        .schedules_count = h->schedules_count,
    };
}
