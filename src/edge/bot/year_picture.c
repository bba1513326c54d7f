#include "edge/bot/year_picture.h"

#include <string.h>
#include "base/arena.h"
#include "base/utf8.h"

#define WEEKDAY_LETTERS 2

struct day year_picture_from(struct day today, int week_starts_on)
{
    int place = (day_weekday(today) - week_starts_on + 7) % 7; /* of today in its week */
    return day_add(today, -(7 * (PICTURE_WEEKS - 1) + place));
}

static const char *word(struct arena *a, const struct lang *l, enum text_id id, const struct text_arg *args)
{
    struct buf b;
    buf_init(&b, PICTURE_MAX_WORD);
    text_plain(&b, l, id, args);
    const char *text = arena_strdup(a, buf_text(&b));
    buf_release(&b);
    return text;
}

/* The beginning of a name: all rows of the heatmap in one size. */
static const char *letters(struct arena *a, const char *name)
{
    return arena_memdup(a, name, utf8_truncate(name, strlen(name), WEEKDAY_LETTERS));
}

static const char *value(struct arena *a, const struct lang *l, struct text_arg shown)
{
    struct buf b;
    buf_init(&b, PICTURE_MAX_WORD);
    text_plain_value(&b, l, shown);
    const char *text = arena_strdup(a, buf_text(&b));
    buf_release(&b);
    return text;
}

static const enum picture_level levels[] = {
    [DAY_BEFORE] = PICTURE_BEFORE,     [DAY_NOT_DUE] = PICTURE_NOT_DUE, [DAY_OPEN] = PICTURE_OPEN,
    [DAY_DONE] = PICTURE_DONE,         [DAY_PARTLY] = PICTURE_PARTLY,   [DAY_SKIPPED] = PICTURE_SKIPPED,
    [DAY_DECLINED] = PICTURE_DECLINED,
};

static void put_words(const struct year *y, const struct lang *l, struct arena *a, struct picture_words *w)
{
    for (int i = 0; i < 12; i++)
        w->months[i] = word(a, l, (enum text_id)(TEXT_MONTH_SHORT_1 + i), NULL);
    for (int i = 0; i < 7; i++)
        w->weekdays[i] = letters(a, word(a, l, (enum text_id)(TEXT_WEEKDAY_SHORT_1 + i), NULL));
    w->legend[PICTURE_DONE] = word(a, l, TEXT_PICTURE_DONE, NULL);
    if (y->habit.kind == HABIT_MEASURABLE)
        w->legend[PICTURE_PARTLY] = word(a, l, TEXT_PICTURE_PARTLY, NULL);
    w->legend[PICTURE_SKIPPED] = word(a, l, TEXT_PICTURE_SKIPPED, NULL);
    w->legend[PICTURE_DECLINED] = word(a, l, TEXT_PICTURE_DECLINED, NULL);
    w->score = word(a, l, TEXT_PICTURE_SCORE, NULL);
    w->score_now = value(a, l, text_percent("score", y->stats.score));
    w->low = value(a, l, text_num("n", 0));
    w->middle = value(a, l, text_num("n", 50));
    w->high = value(a, l, text_num("n", 100));
}

enum ecode year_picture(const struct year *y, const struct lang *l, int week_starts_on, struct arena *a,
                        struct buf *png, struct err *err)
{
    struct picture_day *days = arena_array(a, y->count, sizeof *days);
    for (size_t i = 0; i < y->count; i++) {
        days[i].level = levels[year_day_level(y, &y->days[i])];
        days[i].fraction = y->days[i].share;
        days[i].score = y->days[i].score;
    }
    struct picture p = {
        .days = days,
        .day_count = y->count,
        .today = y->stats.on,
        .week_start = week_starts_on,
        .accent = y->habit.color,
        .right_to_left = lang_is_rtl(l),
    };
    put_words(y, l, a, &p.words);
    return picture_draw(&p, png, err);
}
