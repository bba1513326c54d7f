/* Habits that many people keep, ready to be taken. */
#include "base/check.h"
#include "edge/bot/add_draft.h"

#define AT(hour, minute) ((hour)*60 + (minute))
#define TIMES_MAX 3
#define UNIT_BYTES_MAX 256

static const struct {
    const char *emoji;
    enum text_id name;
    enum text_id unit; /* with a target */
    int64_t target;    /* thousandths; 0: yes or no */
    bool at_most;
    struct often often;
    int n_times, times[TIMES_MAX];
} templates[] = {
    {"💧",
     TEXT_TEMPLATE_WATER,
     TEXT_UNIT_GLASSES,
     8000,
     .often = {OFTEN_DAILY},
     3,
     {AT(10, 0), AT(14, 0), AT(18, 0)}},
    {"🚶", TEXT_TEMPLATE_STEPS, TEXT_UNIT_STEPS, 10000000, .often = {OFTEN_DAILY}, 1, {AT(20, 0)}},
    {"💪", TEXT_TEMPLATE_GYM, .often = {OFTEN_WEEK, .count = 3}, .n_times = 1, .times = {AT(18, 0)}},
    {"🏃", TEXT_TEMPLATE_RUN, TEXT_UNIT_KILOMETRES, 5000, .often = {OFTEN_DAYS, .days = 0x15}, 1, {AT(7, 30)}},
    {"📚", TEXT_TEMPLATE_READING, .often = {OFTEN_DAILY}, .n_times = 1, .times = {AT(21, 0)}},
    {"🗣",
     TEXT_TEMPLATE_LANGUAGE,
     TEXT_UNIT_MINUTES,
     20000,
     .often = {OFTEN_DAYS, .days = OFTEN_WORKING_DAYS},
     1,
     {AT(19, 0)}},
    {"🧘", TEXT_TEMPLATE_MEDITATION, .often = {OFTEN_DAILY}, .n_times = 1, .times = {AT(8, 0)}},
    {"😴", TEXT_TEMPLATE_SLEEP, .often = {OFTEN_DAILY}, .n_times = 1, .times = {AT(22, 30)}},
    {"🚭", TEXT_TEMPLATE_NO_SMOKING, .often = {OFTEN_DAILY}, .n_times = 1, .times = {AT(21, 0)}},
    {"☕", TEXT_TEMPLATE_COFFEE, TEXT_UNIT_CUPS, 2000, true, .often = {OFTEN_DAILY}, 1, {AT(17, 0)}},
};

size_t add_template_count(void)
{
    return ARRAY_LEN(templates);
}

static const char *plain(struct arena *a, const struct lang *l, enum text_id id)
{
    struct buf b;
    buf_init(&b, UNIT_BYTES_MAX);
    text_plain(&b, l, id, NULL);
    const char *text = arena_strdup(a, buf_text(&b));
    buf_release(&b);
    return text;
}

void add_template(struct arena *a, const struct lang *l, size_t n, struct add_draft *out)
{
    CHECK(n < ARRAY_LEN(templates));
    struct add_draft d = {
        .step = ADD_SUM,
        .ready = true,
        .emoji = templates[n].emoji,
        .name = plain(a, l, templates[n].name),
        .often = templates[n].often,
        .measurable = templates[n].target > 0,
        .has_target = templates[n].target > 0,
        .at_most = templates[n].at_most,
        .target = templates[n].target,
        .unit = "",
    };
    if (d.measurable)
        d.unit = plain(a, l, templates[n].unit);
    for (int i = 0; i < templates[n].n_times; i++)
        d.times[d.n_times++] = templates[n].times[i];
    *out = d;
}
