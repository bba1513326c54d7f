#include "edge/bot/habit_text.h"

#include "domain/user/user.h"
#include "edge/bot/often.h"

#define LINE_BYTES_MAX 16384

void habit_put_title(struct view *v, const struct habit *h)
{
    buf_str(&v->text, "<b>");
    if (h->emoji) {
        text_put_value(&v->text, v->lang, text_str("emoji", h->emoji));
        buf_char(&v->text, ' ');
    }
    text_put_value(&v->text, v->lang, text_str("name", h->name));
    buf_str(&v->text, "</b>\n");
}

const char *habit_amount(struct view *v, int64_t thousandths, const char *unit)
{
    struct buf b;
    buf_init(&b, LINE_BYTES_MAX);
    text_put_value(&b, v->lang, text_milli("value", thousandths));
    if (*unit) {
        buf_char(&b, ' ');
        text_put_value(&b, v->lang, text_str("unit", unit));
    }
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

/* --- how often ----------------------------------------------------------------------------------------- */

static void put_times_in_days(struct view *v, int count, int days)
{
    struct buf times;
    buf_init(&times, LINE_BYTES_MAX);
    text_put(&times, v->lang, TEXT_OFTEN_TIMES, TEXT_ARGS(text_num("n", count)));
    view_put(v, TEXT_OFTEN_TIMES_IN,
             TEXT_ARGS(text_html("times", buf_text(&times)), text_span("span", (int64_t)days * 1440)));
    buf_release(&times);
}

/* "3 times a week", inside a sentence. */
static void habit_put_often(struct view *v, const struct habit *h)
{
    int count = h->frequency_count, days = h->frequency_days;
    bool custom = false;
    for (size_t i = 0; i < h->schedules_count; i++)
        custom |= h->schedules[i].enabled && h->schedules[i].type == SCHEDULE_CUSTOM;
    unsigned mask = days && count == days ? OFTEN_ALL_DAYS : often_days(h);
    for (size_t i = 0; !days && i < h->schedules_count; i++) {
        if (h->schedules[i].enabled && h->schedules[i].type == SCHEDULE_DAILY)
            mask = OFTEN_ALL_DAYS;
    }
    if (days == 0 && custom)
        view_put(v, TEXT_OFTEN_CUSTOM, NULL);
    else if (days == 0 || count == days)
        text_put_value(&v->text, v->lang, text_weekdays("days", mask, v->me.week_starts_on));
    else if (days == 7)
        view_put(v, TEXT_OFTEN_PER_WEEK, TEXT_ARGS(text_num("n", count)));
    else if (count == 1)
        view_put(v, TEXT_OFTEN_EVERY_DAYS, TEXT_ARGS(text_num("n", days)));
    else
        put_times_in_days(v, count, days);
}

/* --- reminders ----------------------------------------------------------------------------------------- */

const char *habit_reminder(struct view *v, const struct schedule *s)
{
    struct buf b;
    buf_init(&b, LINE_BYTES_MAX);
    if (s->reminder_minute == MINUTE_NONE)
        text_plain(&b, v->lang, TEXT_REMINDERS_NONE, NULL);
    else
        text_plain_value(&b, v->lang, text_time("time", s->reminder_minute));
    if (s->type == SCHEDULE_WEEKLY) {
        buf_str(&b, " · ");
        text_plain_value(&b, v->lang, text_weekdays("days", s->weekdays, v->me.week_starts_on));
    } else if (s->type == SCHEDULE_CUSTOM) {
        buf_str(&b, " · ");
        text_plain(&b, v->lang, TEXT_OFTEN_CUSTOM, NULL);
    }
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

const struct schedule **habit_schedules(struct view *v, const struct habit *h)
{
    const struct schedule **sorted = arena_array(v->ctx->arena, h->schedules_count, sizeof *sorted);
    for (size_t i = 0; i < h->schedules_count; i++) {
        size_t at = i;
        for (; at > 0 && sorted[at - 1]->reminder_minute > h->schedules[i].reminder_minute; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = &h->schedules[i];
    }
    return sorted;
}

static bool reminds(const struct schedule *s)
{
    return s->enabled && s->reminder_minute != MINUTE_NONE;
}

/* All reminders come on the same days, so that their times alone say it. */
static bool same_days(const struct habit *h)
{
    const struct schedule *first = NULL;
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct schedule *s = &h->schedules[i];
        if (!reminds(s))
            continue;
        if (first && (s->type != first->type || s->weekdays != first->weekdays))
            return false;
        first = s;
    }
    return !first || h->frequency_days == 0 || first->type == SCHEDULE_DAILY;
}

/* "⏰ 09:00, 21:00"; a line for each when they come on different days */
static void put_reminders(struct view *v, const struct habit *h)
{
    const struct schedule **schedules = habit_schedules(v, h);
    bool alike = same_days(h);
    size_t n = 0;
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct schedule *s = schedules[i];
        if (!reminds(s))
            continue;
        if (n == 0 || !alike)
            buf_str(&v->text, n ? "\n⏰ " : "⏰ ");
        else
            view_put(v, TEXT_LIST_SEPARATOR, NULL);
        text_put_value(&v->text, v->lang,
                       alike ? text_time("time", s->reminder_minute)
                             : text_str("reminder", habit_reminder(v, s)));
        n++;
    }
    if (n == 0) {
        buf_str(&v->text, "🔕 ");
        view_put(v, TEXT_REMINDERS_NONE, NULL);
    }
    buf_char(&v->text, '\n');
}

void habit_put_rule(struct view *v, const struct habit *h)
{
    buf_str(&v->text, "🔁 ");
    habit_put_often(v, h);
    buf_char(&v->text, '\n');
    if (h->kind == HABIT_MEASURABLE)
        view_line(v, h->target_kind == TARGET_AT_LEAST ? TEXT_HABIT_AT_LEAST : TEXT_HABIT_AT_MOST,
                  TEXT_ARGS(text_html("amount", habit_amount(v, h->target_value, h->unit))));
    put_reminders(v, h);
}
