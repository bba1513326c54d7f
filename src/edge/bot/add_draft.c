#include "edge/bot/add_draft.h"

#include <string.h>
#include "base/check.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"

static const char *const step_names[ADD_STEPS + 1] = {
    [ADD_START] = "start",   [ADD_NAME] = "name",   [ADD_OFTEN] = "often",
    [ADD_DAYS] = "days",     [ADD_WEEK] = "week",   [ADD_KIND] = "kind",
    [ADD_TARGET] = "target", [ADD_TIMES] = "times", [ADD_SUM] = "sum",
};

static const char *const often_names[OFTEN_KINDS + 1] = {
    [OFTEN_DAILY] = "daily", [OFTEN_DAYS] = "days", [OFTEN_WEEK] = "week"};

/* As it lies in dialogs.data. */
struct stored {
    int64_t id, days, count, ticked, target;
    bool review, ready, measurable, at_most;
    const char *name, *emoji, *unit;
    int often;
    json_t *times;
};
enum { ID, REVIEW, READY, NAME, EMOJI, OFTEN, DAYS, COUNT, TICKED, MEASURABLE, AT_MOST, TARGET, UNIT, TIMES };
static const struct json_field fields[] = {
    [ID] = {JSON_MEMBER(struct stored, id), FIELD_I64, FIELD_REQUIRED},
    [REVIEW] = {JSON_MEMBER(struct stored, review), FIELD_BOOL},
    [READY] = {JSON_MEMBER(struct stored, ready), FIELD_BOOL},
    [NAME] = {JSON_MEMBER(struct stored, name), FIELD_STRING, .max = HABIT_NAME_BYTES_MAX},
    [EMOJI] = {JSON_MEMBER(struct stored, emoji), FIELD_STRING, .max = HABIT_EMOJI_BYTES_MAX},
    [OFTEN] = {JSON_MEMBER(struct stored, often), FIELD_ENUM, .names = often_names},
    [DAYS] = {JSON_MEMBER(struct stored, days), FIELD_I64, .min = 0, .max = OFTEN_ALL_DAYS},
    [COUNT] = {JSON_MEMBER(struct stored, count), FIELD_I64, .min = 0, .max = OFTEN_WEEK_MAX},
    [TICKED] = {JSON_MEMBER(struct stored, ticked), FIELD_I64, .min = 0, .max = OFTEN_ALL_DAYS},
    [MEASURABLE] = {JSON_MEMBER(struct stored, measurable), FIELD_BOOL},
    [AT_MOST] = {JSON_MEMBER(struct stored, at_most), FIELD_BOOL},
    [TARGET] = {JSON_MEMBER(struct stored, target), FIELD_I64, .min = 0, .max = HABIT_TARGET_MAX},
    [UNIT] = {JSON_MEMBER(struct stored, unit), FIELD_STRING, .max = HABIT_UNIT_BYTES_MAX},
    [TIMES] = {JSON_MEMBER(struct stored, times), FIELD_ARRAY, .min = 0, .max = INPUT_TIMES_MAX},
};

static bool read_times(const json_t *list, struct add_draft *out)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        int64_t minute = json_is_integer(item) ? json_integer_value(item) : -1;
        if (minute < 0 || minute > 1439)
            return false;
        out->times[out->n_times++] = (int)minute;
    }
    return true;
}

bool add_draft_read(struct ctx *ctx, const struct dialog *d, struct add_draft *out)
{
    struct stored s = {.unit = ""};
    struct json_seen seen;
    json_t *root;
    if (!d->flow || strcmp(d->flow, "add") != 0)
        return false;
    int step = name_index(step_names, d->step);
    if (step < 0 || json_read(ctx->arena, d->data, strlen(d->data), true, &root, &ctx->err) != E_OK ||
        json_object_read(ctx->arena, root, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &s, &seen, &ctx->err) !=
            E_OK)
        return false;
    *out = (struct add_draft){
        .step = (enum add_step)step,
        .id = s.id,
        .review = s.review,
        .ready = s.ready,
        .name = s.name,
        .emoji = s.emoji,
        .often = {(enum often_kind)s.often, (unsigned)s.days, (int)s.count},
        .ticked = (unsigned)s.ticked,
        .measurable = s.measurable,
        .at_most = s.at_most,
        .has_target = json_seen_value(&seen, TARGET),
        .target = s.target,
        .unit = s.unit,
    };
    return read_times(s.times, out);
}

const char *add_draft_step(const struct add_draft *d)
{
    return step_names[d->step];
}

const char *add_draft_write(struct arena *a, const struct add_draft *d)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, DIALOG_DATA_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_i64(&w, "id", d->id);
    json_field_bool(&w, "review", d->review);
    json_field_bool(&w, "ready", d->ready);
    if (d->name)
        json_field_string(&w, "name", d->name);
    if (d->emoji)
        json_field_string(&w, "emoji", d->emoji);
    json_field_string(&w, "often", often_names[d->often.kind]);
    json_field_i64(&w, "days", d->often.days);
    json_field_i64(&w, "count", d->often.count);
    json_field_i64(&w, "ticked", d->ticked);
    json_field_bool(&w, "measurable", d->measurable);
    json_field_bool(&w, "at_most", d->at_most);
    if (d->has_target)
        json_field_i64(&w, "target", d->target);
    json_field_string(&w, "unit", d->unit ? d->unit : "");
    json_key(&w, "times");
    json_array_begin(&w);
    for (size_t i = 0; i < d->n_times; i++)
        json_put_i64(&w, d->times[i]);
    json_array_end(&w);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b)); /* the longest name and unit fit */
    const char *text = arena_strdup(a, buf_text(&b));
    buf_release(&b);
    return text;
}

void add_draft_habit(struct arena *a, const struct add_draft *d, struct habit *out)
{
    *out = (struct habit){
        .name = d->name ? d->name : "",
        .description = "",
        .emoji = d->emoji,
        .kind = d->measurable ? HABIT_MEASURABLE : HABIT_YES_NO,
        .target_kind = d->measurable && d->at_most ? TARGET_AT_MOST : TARGET_AT_LEAST,
        .target_value = d->measurable ? d->target : 0,
        .unit = d->measurable && d->unit ? d->unit : "",
    };
    often_apply(a, &d->often, d->times, d->n_times, out);
}

/* --- steps --------------------------------------------------------------------------------------------- */

const char *add_step_name(enum add_step step)
{
    return step_names[step];
}

enum add_step add_step_find(const struct args *a, size_t i)
{
    int step = 0;
    while (step < ADD_STEPS && !args_is(a, i, step_names[step]))
        step++;
    return (enum add_step)step;
}

/* --- what people write --------------------------------------------------------------------------------- */

bool add_draft_set_name(struct arena *a, struct add_draft *d, const char *text)
{
    const char *name, *rest;
    size_t len, rest_len;
    if (!utf8_clean_line(text, strlen(text), &name, &len) || utf8_blank(name, len))
        return false;
    size_t n = utf8_leading_emoji(name, len);
    bool icon = n > 0 && n <= HABIT_EMOJI_BYTES_MAX && utf8_clean_line(name + n, len - n, &rest, &rest_len) &&
                !utf8_blank(rest, rest_len);
    if (!icon) {
        rest = name;
        rest_len = len;
    }
    if (rest_len > HABIT_NAME_BYTES_MAX || utf8_visible_length(rest, rest_len) > HABIT_NAME_VISIBLE_MAX)
        return false;
    d->emoji = icon ? arena_memdup(a, name, n) : NULL;
    d->name = arena_memdup(a, rest, rest_len);
    return true;
}

bool add_draft_set_target(struct arena *a, struct add_draft *d, const char *text)
{
    const char *unit;
    size_t len;
    int64_t target;
    if (!input_number(text, HABIT_TARGET_MAX, &target) || (target == 0 && !d->at_most))
        return false;
    const char *word = input_unit(text);
    if (!utf8_clean_line(word, strlen(word), &unit, &len) || len > HABIT_UNIT_BYTES_MAX ||
        utf8_visible_length(unit, len) > HABIT_UNIT_VISIBLE_MAX)
        return false;
    d->measurable = d->has_target = true;
    d->target = target;
    d->unit = arena_memdup(a, unit, len);
    return true;
}
