#include <string.h>
#include "base/check.h"
#include "domain/transfer/loop_palette.h"
#include "domain/transfer/read.h"

/*
 * Loop Habit Tracker's backup: an SQLite file whose user_version counts its schemas, 9 to 25 so far. Old ones
 * lack columns: no value (every repetition is a yes), no uuid, no type, the question stands in `description`.
 * Marks are UTC midnights in ms. Facts from Loop's own migrations.
 */

#define NEWEST_KNOWN 25
#define DAY_MS 86400000

enum { VALUE_UNKNOWN = -1, VALUE_NO = 0, VALUE_YES_AUTO = 1, VALUE_YES = 2, VALUE_SKIP = 3 };
enum { TYPE_YES_NO = 0, TYPE_NUMERICAL = 1 };

enum {
    H_ID,
    H_NAME,
    H_DESCRIPTION,
    H_QUESTION,
    H_FREQ_NUM,
    H_FREQ_DEN,
    H_COLOR,
    H_POSITION,
    H_ARCHIVED,
    H_REMINDER_HOUR,
    H_REMINDER_MIN,
    H_REMINDER_DAYS,
    H_TYPE,
    H_TARGET_TYPE,
    H_TARGET_VALUE,
    H_UNIT,
    H_UUID,
    H_COLUMNS
};
static const struct foreign_column habit_columns[H_COLUMNS] = {
    [H_ID] = {"Id", true},
    [H_NAME] = {"name", true},
    [H_DESCRIPTION] = {"description", false},
    [H_QUESTION] = {"question", false},
    [H_FREQ_NUM] = {"freq_num", true},
    [H_FREQ_DEN] = {"freq_den", true},
    [H_COLOR] = {"color", false},
    [H_POSITION] = {"position", false},
    [H_ARCHIVED] = {"archived", false},
    [H_REMINDER_HOUR] = {"reminder_hour", false},
    [H_REMINDER_MIN] = {"reminder_min", false},
    [H_REMINDER_DAYS] = {"reminder_days", false},
    [H_TYPE] = {"type", false},
    [H_TARGET_TYPE] = {"target_type", false},
    [H_TARGET_VALUE] = {"target_value", false},
    [H_UNIT] = {"unit", false},
    [H_UUID] = {"uuid", false},
};
enum { R_ID, R_HABIT, R_TIMESTAMP, R_VALUE, R_NOTES, R_COLUMNS };
static const struct foreign_column repetition_columns[R_COLUMNS] = {
    [R_ID] = {"Id", false},       [R_HABIT] = {"habit", true},  [R_TIMESTAMP] = {"timestamp", true},
    [R_VALUE] = {"value", false}, [R_NOTES] = {"notes", false},
};

struct loop {
    struct transfer_set *set;
    int64_t version;
    struct id_map ids;
};

/* Bit 0 is Saturday, bit 1 Sunday, bit 2 Monday: Loop's weekday lists start with Saturday. */
static uint8_t weekdays_from_loop(int64_t mask)
{
    uint8_t out = 0;
    for (int i = 0; i < 7; i++)
        if (mask >> i & 1)
            out |= (uint8_t)(1u << ((i + 5) % 7));
    return out;
}

static enum ecode read_reminder(struct loop *l, struct transfer_habit *h, const struct cell *c,
                                const struct foreign_value *v)
{
    int64_t hour, minute, days;
    enum ecode code = cell_i64(c, "reminder_hour", &v[H_REMINDER_HOUR], -1, &hour);
    if (code == E_OK)
        code = cell_i64(c, "reminder_min", &v[H_REMINDER_MIN], -1, &minute);
    if (code == E_OK)
        code = cell_i64(c, "reminder_days", &v[H_REMINDER_DAYS], 127, &days);
    if (code != E_OK || hour == -1 || minute == -1)
        return code;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || days < 0 || days > 127) {
        l->set->losses[LOSS_REMINDER]++;
        return E_OK;
    }
    if (days == 0)
        return E_OK; /* on no day: there is none */
    return transfer_schedule_add(l->set, h, weekdays_from_loop(days), (int)(hour * 60 + minute));
}

/* Question and description in one text: habitd has one. */
static enum ecode read_description(struct loop *l, struct transfer_habit *h, const struct cell *c,
                                   const struct foreign_value *v)
{
    const char *question, *description;
    size_t question_len, description_len;
    enum ecode code = cell_text(c, "question", &v[H_QUESTION], &question, &question_len);
    if (code == E_OK)
        code = cell_text(c, "description", &v[H_DESCRIPTION], &description, &description_len);
    if (code != E_OK)
        return code;
    const char *gap = question_len > 0 && description_len > 0 ? "\n\n" : "";
    const char *both = arena_printf(l->set->arena, "%.*s%s%.*s", (int)question_len, question, gap,
                                    (int)description_len, description);
    code = transfer_description(l->set, both, strlen(both), &h->description);
    return code;
}

static enum ecode read_numbers(struct loop *l, struct transfer_habit *h, const struct cell *c,
                               const struct foreign_value *v)
{
    int64_t numerator, denominator, color, position, archived, type, target_type;
    struct {
        int column;
        int64_t absent;
        int64_t *out;
    } want[] = {
        {H_FREQ_NUM, 1, &numerator},          {H_FREQ_DEN, 1, &denominator}, {H_COLOR, 0, &color},
        {H_POSITION, h->position, &position}, {H_ARCHIVED, 0, &archived},    {H_TYPE, TYPE_YES_NO, &type},
        {H_TARGET_TYPE, 0, &target_type},
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        enum ecode code =
            cell_i64(c, habit_columns[want[i].column].name, &v[want[i].column], want[i].absent, want[i].out);
        if (code != E_OK)
            return code;
    }
    char hex[8];
    transfer_habit_frequency(l->set, h, numerator, denominator);
    const char *rgb = loop_color(l->version, color, hex);
    if (rgb)
        h->color = arena_strdup(l->set->arena, rgb);
    h->position = position;
    h->archived = archived != 0;
    if (type != TYPE_YES_NO && type != TYPE_NUMERICAL)
        return err_set(l->set->err, E_MALFORMED, "table Habits, row %lld: type %lld is not known",
                       (long long)c->row, (long long)type);
    h->kind = type == TYPE_NUMERICAL ? HABIT_MEASURABLE : HABIT_YES_NO;
    h->target_kind = target_type == 1 ? TARGET_AT_MOST : TARGET_AT_LEAST;
    return h->kind == HABIT_MEASURABLE ? cell_milli(c, "target_value", &v[H_TARGET_VALUE], &h->target_value)
                                       : E_OK;
}

static enum ecode habit_row(void *arg, const struct foreign_value *v)
{
    struct loop *l = arg;
    struct cell c = {l->set, "Habits", (int64_t)l->ids.count + 1};
    const char *name, *unit, *ref;
    size_t name_len, unit_len, ref_len;
    int64_t id;
    struct transfer_habit *h;
    enum ecode code = cell_i64(&c, "Id", &v[H_ID], 0, &id);
    c.row = id;
    if (code == E_OK)
        code = cell_text(&c, "name", &v[H_NAME], &name, &name_len);
    if (code == E_OK)
        code = cell_text(&c, "unit", &v[H_UNIT], &unit, &unit_len);
    if (code == E_OK)
        code = cell_text(&c, "uuid", &v[H_UUID], &ref, &ref_len);
    if (code != E_OK)
        return code;
    if (ref_len == 0) { /* older versions know their habits by number */
        ref = arena_printf(l->set->arena, "id:%lld", (long long)id);
        ref_len = strlen(ref);
    }
    code = transfer_habit_add(l->set, ref, ref_len, name, name_len, &h);
    if (code != E_OK)
        return err_wrap(l->set->err, "table Habits, row %lld", (long long)id);
    id_map_add(&l->ids, id);
    code = read_numbers(l, h, &c, v);
    if (code == E_OK)
        code = transfer_line(l->set, unit, unit_len, HABIT_UNIT_VISIBLE_MAX, &h->unit);
    if (code == E_OK)
        code = read_description(l, h, &c, v);
    if (code == E_OK)
        code = read_reminder(l, h, &c, v);
    return code;
}

/* What a stored value says. A numerical habit stores thousandths, and keeps skip and unknown as they are. */
static enum ecode set_value(struct loop *l, const struct transfer_habit *h, struct transfer_entry *e,
                            int64_t value, const struct cell *c)
{
    if (value == VALUE_UNKNOWN)
        e->status = LOG_NONE;
    else if (value == VALUE_SKIP)
        e->status = LOG_SKIPPED;
    else if (h->kind == HABIT_MEASURABLE) {
        if (value < 0 || value > LOG_VALUE_MAX)
            return err_set(l->set->err, E_MALFORMED, "table %s, row %lld: value %lld is out of range",
                           c->table, (long long)c->row, (long long)value);
        e->status = LOG_DONE;
        e->has_value = true;
        e->value = value;
    } else if (value == VALUE_YES || value == VALUE_YES_AUTO) {
        e->status = LOG_DONE;
        e->source = value == VALUE_YES_AUTO ? SOURCE_AUTO : SOURCE_IMPORT;
    } else if (value == VALUE_NO)
        e->status = LOG_DECLINED;
    else
        return err_set(l->set->err, E_MALFORMED, "table %s, row %lld: value %lld is not known", c->table,
                       (long long)c->row, (long long)value);
    return E_OK;
}

static enum ecode repetition_row(void *arg, const struct foreign_value *v)
{
    struct loop *l = arg;
    struct transfer_set *s = l->set;
    struct cell c = {s, "Repetitions", 0};
    int64_t habit, timestamp, value;
    const char *notes;
    size_t notes_len;
    enum ecode code = cell_i64(&c, "Id", &v[R_ID], 0, &c.row);
    if (code == E_OK)
        code = cell_i64(&c, "habit", &v[R_HABIT], INT64_MIN, &habit);
    if (code == E_OK)
        code = cell_i64(&c, "timestamp", &v[R_TIMESTAMP], INT64_MIN, &timestamp);
    if (code == E_OK)
        code = cell_i64(&c, "value", &v[R_VALUE], VALUE_YES, &value);
    if (code == E_OK)
        code = cell_text(&c, "notes", &v[R_NOTES], &notes, &notes_len);
    if (code != E_OK)
        return code;
    if (v[R_HABIT].type == FOREIGN_NULL || v[R_TIMESTAMP].type == FOREIGN_NULL) {
        s->losses[LOSS_EMPTY_ROW]++;
        return E_OK;
    }
    int index = id_map_find(&l->ids, habit);
    if (index < 0) {
        s->losses[LOSS_ORPHAN]++;
        return E_OK;
    }
    struct transfer_entry *e;
    int64_t days = timestamp / DAY_MS - (timestamp % DAY_MS < 0);
    if (days < -1000000 || days > 1000000)
        return err_set(s->err, E_MALFORMED, "table Repetitions, row %lld: timestamp %lld is absurd",
                       (long long)c.row, (long long)timestamp);
    code = transfer_entry_add(s, &s->habits[index], day_of((int32_t)days), &e);
    if (code != E_OK)
        return err_wrap(s->err, "table Repetitions, row %lld", (long long)c.row);
    if (!e)
        return E_OK;
    code = set_value(l, &s->habits[index], e, value, &c);
    return code == E_OK ? transfer_text(s, notes, notes_len, &e->note) : code;
}

enum ecode read_loop(struct transfer_set *s, struct foreign *f)
{
    struct loop *l = arena_alloc(s->arena, sizeof *l);
    l->set = s;
    l->version = foreign_version(f);
    if (l->version > NEWEST_KNOWN)
        s->losses[LOSS_NEWER]++;
    enum ecode code =
        foreign_read(f, "Habits", habit_columns, H_COLUMNS, HABITS_PER_USER_MAX + 1, habit_row, l, s->err);
    if (code == E_OK)
        code = foreign_read(f, "Repetitions", repetition_columns, R_COLUMNS, IMPORT_ROWS_MAX, repetition_row,
                            l, s->err);
    return code;
}
