#include "domain/demo/demo.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/checkin/mark.h"
#include "domain/habit/habit_rows.h"
#include "domain/user/user.h"

#define MS_PER_DAY 86400000LL
#define MS_PER_MINUTE 60000LL

/* A habit people have; chance is that of an ordinary day, weekend what Saturday and Sunday add to it. */
struct template
{
    const char *name, *name_ru, *emoji, *color;
    enum habit_kind kind;
    enum target_kind target_kind;
    int64_t target; /* thousandths */
    const char *unit, *unit_ru;
    int count, days;  /* 0/0: the weekdays below */
    uint8_t weekdays; /* bit 0 = Monday */
    int reminder_minute;
    double chance, weekend;
};

static const struct template templates[] = {
    {"Drink water", "Пить воду", "💧", "#3d9be9", HABIT_MEASURABLE, TARGET_AT_LEAST, 8000, "glasses",
     "стаканов", 1, 1, 0, 9 * 60, 0.86, -0.10},
    {"Morning exercise", "Зарядка", "🤸", "#f2784b", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 1, 1, 0,
     7 * 60 + 15, 0.78, -0.18},
    {"Read", "Читать", "📚", "#8e6bd1", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 1, 1, 0, 21 * 60 + 30, 0.72,
     0.08},
    {"Gym", "Спортзал", "🏋️", "#d64550", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 3, 7, 0, 18 * 60,
     0.44, -0.12},
    {"Meditate", "Медитация", "🧘", "#4bb39a", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 1, 1, 0, 8 * 60,
     0.66, 0.05},
    {"No sugar", "Без сахара", "🍬", "#c98a2b", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 5, 7, 0, MINUTE_NONE,
     0.70, -0.25},
    {"Learn a language", "Учить язык", "🗣️", "#2f8f5b", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 0, 0,
     0x1f, 19 * 60 + 30, 0.81, 0},
    {"Screen time", "Время в телефоне", "📱", "#7a7f8a", HABIT_MEASURABLE, TARGET_AT_MOST, 120000, "min",
     "мин", 1, 1, 0, 22 * 60, 0.83, -0.05},
    {"Call parents", "Позвонить родителям", "📞", "#e0659b", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 1, 7, 0,
     12 * 60, 0.17, 0.30},
    {"Walk", "Прогулка", "🚶", "#5aa832", HABIT_MEASURABLE, TARGET_AT_LEAST, 8000000, "steps", "шагов", 1, 1,
     0, MINUTE_NONE, 0.80, 0.06},
    {"Journal", "Дневник", "✍️", "#4c5fd7", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 2, 3, 0,
     22 * 60 + 15, 0.58, 0.04},
    {"Clean the flat", "Уборка", "🧹", "#9a6b3f", HABIT_YES_NO, TARGET_AT_LEAST, 0, "", "", 0, 0, 0x20,
     11 * 60, 0.74, 0},
};

static const struct {
    const char *first_name, *username, *language, *zone;
} people[] = {
    {"Анна", "anna", "ru", "Europe/Moscow"},         {"Liam", "liam", "en", "America/New_York"},
    {"Дмитрий", "dima", "ru", "Asia/Yekaterinburg"}, {"Emma", "emma", "en", "Europe/London"},
    {"Мария", "masha", "ru", "Asia/Almaty"},         {"Noah", "noah", "en", "America/Los_Angeles"},
    {"Nivi", "nivi", "en", "America/Nuuk"},          {"Иван", "ivan", "ru", "Asia/Novosibirsk"},
    {"Priya", "priya", "en", "Asia/Kolkata"},        {"Олег", "oleg", "ru", "Asia/Vladivostok"},
    {"Sofia", "sofia", "en", "Europe/Madrid"},       {"Екатерина", "katya", "ru", "Europe/Samara"},
    {"Lucas", "lucas", "en", "America/Sao_Paulo"},   {"Юлия", "julia", "ru", "Asia/Tbilisi"},
    {"Mia", "mia", "en", "Australia/Sydney"},        {"Сергей", "sergey", "ru", "Europe/Kaliningrad"},
};

static const char *const notes[] = {"felt great", "short but done", "with a friend",
                                    "hard day",   "новый рекорд",   "через силу"};

/* One person while the data is made. */
struct person {
    struct rng rng;
    double diligence;        /* shifts every chance */
    int32_t days, stays;     /* joined so many days ago; marked their habits for so many days */
    int32_t holiday_from[8]; /* days since the first, each some days long */
    int32_t holiday_days[8];
    size_t holidays;
    bool russian;
};

static void draw_person(struct person *p, const struct demo_options *o, int index)
{
    rng_init(&p->rng, o->seed * 1000003u + (uint64_t)index * 2 + 1);
    p->diligence = (rng_unit(&p->rng) - 0.5) * 0.3;
    p->days = p->stays = o->days;
    if (index > 0) { /* the first is the one who is shown */
        p->days = 1 + (int32_t)rng_below(&p->rng, (uint64_t)o->days);
        p->stays = rng_below(&p->rng, 3) ? p->days : 1 + (int32_t)rng_below(&p->rng, (uint64_t)p->days);
    }
    p->holidays = (size_t)p->days / 150 + 1;
    if (p->holidays > ARRAY_LEN(p->holiday_from))
        p->holidays = ARRAY_LEN(p->holiday_from);
    for (size_t i = 0; i < p->holidays; i++) {
        p->holiday_from[i] = (int32_t)rng_below(&p->rng, (uint64_t)p->days);
        p->holiday_days[i] = 5 + (int32_t)rng_below(&p->rng, 10);
    }
}

static bool on_holiday(const struct person *p, int32_t day_index)
{
    for (size_t i = 0; i < p->holidays; i++) {
        if (day_index >= p->holiday_from[i] && day_index < p->holiday_from[i] + p->holiday_days[i])
            return true;
    }
    return false;
}

static enum ecode make_user(struct ctx *ctx, struct person *p, int index, bool *created)
{
    struct uuid id;
    size_t who = (size_t)index % ARRAY_LEN(people);
    char username[32];
    struct user_contact contact = {
        .telegram_id = DEMO_TELEGRAM_ID + index,
        .first_name = people[who].first_name,
        .language_code = people[who].language,
    };
    snprintf(username, sizeof username, "%s_%d", people[who].username, index + 1);
    contact.username = username;
    enum ecode rc = user_ensure(ctx, &contact, &id, created);
    if (rc != E_OK || !*created)
        return rc;
    rc = ctx_act_as(ctx, &id);
    if (rc != E_OK)
        return rc;
    p->russian = strcmp(people[who].language, "ru") == 0;
    struct user_view view;
    struct user_change change = {
        .has_timezone = true,
        .timezone = people[who].zone,
        .has_day_starts_at = true,
        .day_starts_at = rng_below(&p->rng, 4) == 0 ? 180 : 0,
        .has_quiet = true,
        .quiet = {23 * 60, 7 * 60},
    };
    return user_update(ctx, &change, &view);
}

static enum ecode make_habit(struct ctx *ctx, struct person *p, const struct template *t, struct day first,
                             int place, struct habit *out)
{
    struct schedule s = {.type = t->weekdays ? SCHEDULE_WEEKLY : SCHEDULE_DAILY,
                         .weekdays = t->weekdays,
                         .reminder_minute = t->reminder_minute,
                         .starts_on = first,
                         .enabled = true};
    *out = (struct habit){
        .name = p->russian ? t->name_ru : t->name,
        .description = "",
        .emoji = t->emoji,
        .color = t->color,
        .kind = t->kind,
        .target_kind = t->target_kind,
        .target_value = t->target,
        .unit = p->russian ? t->unit_ru : t->unit,
        .frequency_count = t->count,
        .frequency_days = t->days,
        .starts_on = first,
        .position = place,
        .created_at = ctx->now,
    };
    out->id = uuid_v7(ctx->now, &p->rng);
    enum ecode rc = habit_validate(ctx, out);
    if (rc == E_OK)
        rc = habit_insert_row(ctx, out, NULL);
    if (rc == E_OK && (t->weekdays || t->reminder_minute != MINUTE_NONE)) {
        s.id = uuid_v7(ctx->now, &p->rng);
        s.habit_id = out->id;
        rc = schedule_insert_row(ctx, out, &s);
    }
    return rc;
}

/* Decides one day: LOG_NONE when nothing is recorded. Yesterday's answer carries over: streaks build and
 * break. */
static enum log_status decide(struct person *p, const struct template *t, struct day d, int32_t index,
                              bool *momentum)
{
    int weekday = day_weekday(d);
    if (t->weekdays && !(t->weekdays & (1u << (weekday - 1))))
        return LOG_NONE;
    if (on_holiday(p, index))
        return rng_below(&p->rng, 3) ? LOG_SKIPPED : LOG_NONE;
    double chance = t->chance + p->diligence + (weekday >= 6 ? t->weekend : 0) + (*momentum ? 0.10 : -0.14);
    *momentum = rng_unit(&p->rng) < chance;
    if (*momentum)
        return LOG_DONE;
    uint64_t x = rng_below(&p->rng, 10);
    return x < 2 ? LOG_DECLINED : x < 3 ? LOG_SKIPPED : LOG_NONE;
}

static int64_t draw_value(struct person *p, const struct template *t)
{
    double share =
        t->target_kind == TARGET_AT_LEAST ? 0.7 + 0.6 * rng_unit(&p->rng) : 0.4 + 0.8 * rng_unit(&p->rng);
    int64_t step = t->target > 1000000 ? 100000 : t->target > 60000 ? 5000 : 1000;
    return (int64_t)(share * (double)t->target) / step * step;
}

static enum ecode make_logs(struct ctx *ctx, struct person *p, const struct template *t,
                            const struct habit *h, struct day first, struct day last, int64_t *logs)
{
    size_t days = (size_t)day_diff(last, first) + 1, n = 0;
    struct log_mark *marks = arena_array(ctx->arena, days, sizeof *marks);
    struct pending_mark *pending = arena_array(ctx->arena, days, sizeof *pending);
    struct pending_mark **list = arena_array(ctx->arena, days, sizeof(struct pending_mark *));
    struct uuid *owners = arena_array(ctx->arena, days, sizeof *owners);
    bool momentum = true;
    for (struct day d = first; day_cmp(d, last) <= 0; d = day_add(d, 1)) {
        struct log_mark m = {.habit_id = h->id, .day = d};
        m.status = decide(p, t, d, day_diff(d, first), &momentum);
        if (m.status == LOG_NONE)
            continue;
        m.has_value = t->kind == HABIT_MEASURABLE && m.status == LOG_DONE;
        m.value = m.has_value ? draw_value(p, t) : 0;
        if (m.status == LOG_DONE && rng_below(&p->rng, 60) == 0)
            m.note = notes[rng_below(&p->rng, ARRAY_LEN(notes))];
        int64_t minute = 8 * 60 + (int64_t)rng_below(&p->rng, 12 * 60);
        marks[n] = m;
        pending[n] =
            (struct pending_mark){.mark = &marks[n],
                                  .source = SOURCE_DEMO,
                                  .marked_at = instant_from_ms(d.n * MS_PER_DAY + minute * MS_PER_MINUTE)};
        owners[n] = ctx->actor.user_id;
        list[n] = &pending[n];
        n++;
    }
    *logs += (int64_t)n;
    enum ecode rc = mark_write_many(ctx, owners, list, n);
    return rc == E_OK ? checkin_rebuild(ctx, &h->id) : rc;
}

static enum ecode make_habits(struct ctx *ctx, struct person *p, struct instant joined,
                              struct demo_counts *counts)
{
    struct instant now = ctx->now;
    struct day first = day_add(ctx_today(ctx), -p->days), last = day_add(first, p->stays - 1);
    size_t habits = 2 + (size_t)rng_below(&p->rng, 4),
           from = (size_t)rng_below(&p->rng, ARRAY_LEN(templates));
    for (size_t i = 0; i < habits; i++) {
        const struct template *t = &templates[(from + i * 5) % ARRAY_LEN(templates)];
        struct habit h;
        struct day start =
            i == 0 ? first : day_add(first, (int32_t)rng_below(&p->rng, (uint64_t)p->days / 4 + 1));
        ctx->now = joined;
        enum ecode rc = make_habit(ctx, p, t, start, (int)i, &h);
        ctx->now = now;
        if (rc == E_OK && day_cmp(start, last) <= 0)
            rc = make_logs(ctx, p, t, &h, start, last, &counts->logs);
        if (rc != E_OK)
            return rc;
        counts->habits++;
    }
    return schedule_refresh_due(ctx);
}

enum ecode demo_person(struct ctx *ctx, const struct demo_options *o, int index, struct demo_counts *counts)
{
    struct person p = {.russian = false};
    struct instant now = ctx->now;
    struct rng *rng = ctx->rng;
    bool created;
    draw_person(&p, o, index);
    ctx->rng = &p.rng;
    /* From the day, not the moment: the program's own speed must not show in the data. */
    int64_t today_ms = now.ms - now.ms % MS_PER_DAY;
    ctx->now = instant_from_ms(today_ms - p.days * MS_PER_DAY - (int64_t)rng_below(&p.rng, MS_PER_DAY));
    enum ecode rc = make_user(ctx, &p, index, &created);
    struct instant joined = ctx->now;
    ctx->now = now;
    if (rc == E_OK && created) {
        counts->users++;
        rc = make_habits(ctx, &p, joined, counts);
    }
    ctx->rng = rng;
    return rc;
}
