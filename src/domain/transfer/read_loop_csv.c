#include <stdlib.h>
#include <string.h>
#include "domain/transfer/csv.h"
#include "domain/transfer/read.h"
#include "domain/transfer/zip_file.h"

/*
 * Loop's zip of CSV files: Habits.csv, one line a habit, and "NNN Name/Checkmarks.csv" for each, NNN its
 * position. Older versions name fewer columns in Habits.csv and write marks as numbers without a header.
 * Scores and the tables over all habits are derived and not read.
 */

enum {
    C_POSITION,
    C_NAME,
    C_TYPE,
    C_QUESTION,
    C_DESCRIPTION,
    C_NUMERATOR,
    C_DENOMINATOR,
    C_COLOR,
    C_UNIT,
    C_TARGET_TYPE,
    C_TARGET_VALUE,
    C_ARCHIVED,
    C_COLUMNS
};
/* What each column is called, now and in older versions. */
static const char *const columns[C_COLUMNS][2] = {
    {"Position"},
    {"Name"},
    {"Type"},
    {"Question"},
    {"Description"},
    {"FrequencyNumerator", "NumRepetitions"},
    {"FrequencyDenominator", "Interval"},
    {"Color"},
    {"Unit"},
    {"Target Type"},
    {"Target Value"},
    {"Archived?"},
};

struct loop_csv {
    struct transfer_set *set;
    struct zip_reader *zip;
    struct csv_reader reader;
    int column[C_COLUMNS];
    bool typed; /* Habits.csv says which habits are numerical */
    int64_t positions[HABITS_PER_USER_MAX];
};

static struct csv_field field(const struct loop_csv *l, int which)
{
    return l->column[which] < 0 ? (struct csv_field){"", 0} : csv_field(&l->reader, (size_t)l->column[which]);
}

/* A whole number of at most nine digits; `absent` when the field is empty, -1 when it is something else. */
static int64_t whole(struct csv_field f, int64_t absent)
{
    int64_t v = 0;
    if (f.len == 0)
        return absent;
    if (f.len > 9)
        return -1;
    for (size_t i = 0; i < f.len; i++) {
        if (f.text[i] < '0' || f.text[i] > '9')
            return -1;
        v = v * 10 + (f.text[i] - '0');
    }
    return v;
}

static enum ecode habit_line(struct loop_csv *l)
{
    struct transfer_set *s = l->set;
    struct csv_field name = field(l, C_NAME), question = field(l, C_QUESTION), text = field(l, C_DESCRIPTION),
                     color = field(l, C_COLOR), unit = field(l, C_UNIT), target = field(l, C_TARGET_VALUE);
    struct transfer_habit *h;
    const char *ref = transfer_ref_unique(s, name.text, name.len);
    enum ecode code = transfer_habit_add(s, ref, strlen(ref), name.text, name.len, &h);
    if (code != E_OK)
        return code;
    size_t index = s->habits_count - 1;
    h->position = l->positions[index] = whole(field(l, C_POSITION), (int64_t)index + 1);
    transfer_habit_frequency(s, h, whole(field(l, C_NUMERATOR), 1), whole(field(l, C_DENOMINATOR), 1));
    h->color = transfer_color(s, color.text, color.len);
    h->archived = csv_is(field(l, C_ARCHIVED), "true");
    h->kind = csv_is(field(l, C_TYPE), "NUMERICAL") ? HABIT_MEASURABLE : HABIT_YES_NO;
    h->target_kind = csv_is(field(l, C_TARGET_TYPE), "AT_MOST") ? TARGET_AT_MOST : TARGET_AT_LEAST;
    if (target.len > 0 && (!transfer_milli(target.text, target.len, &h->target_value) || h->target_value < 0))
        return err_set(s->err, E_MALFORMED, "the target value is no amount");
    code = transfer_line(s, unit.text, unit.len, HABIT_UNIT_VISIBLE_MAX, &h->unit);
    if (code != E_OK)
        return code;
    const char *gap = question.len > 0 && text.len > 0 ? "\n\n" : "";
    const char *both =
        arena_printf(s->arena, "%.*s%s%.*s", (int)question.len, question.text, gap, (int)text.len, text.text);
    code = transfer_description(s, both, strlen(both), &h->description);
    return code;
}

static enum ecode read_habits(struct loop_csv *l, const char *data, size_t len)
{
    enum ecode code;
    csv_reader_init(&l->reader, l->set->arena, data, len);
    if (!csv_next(&l->reader, &code, l->set->err))
        return code != E_OK ? code : err_set(l->set->err, E_MALFORMED, "it is empty");
    for (int i = 0; i < C_COLUMNS; i++) {
        l->column[i] = csv_find(&l->reader, columns[i][0]);
        if (l->column[i] < 0 && columns[i][1])
            l->column[i] = csv_find(&l->reader, columns[i][1]);
    }
    if (l->column[C_NAME] < 0)
        return err_set(l->set->err, E_MALFORMED, "line 1: there is no column Name");
    l->typed = l->column[C_TYPE] >= 0;
    while (csv_next(&l->reader, &code, l->set->err)) {
        code = habit_line(l);
        if (code != E_OK)
            return err_wrap(l->set->err, "line %zu", l->reader.line);
    }
    return code;
}

/* Names of the states; everything else is a number. */
enum { STATE_UNKNOWN = -1, STATE_NO = 0, STATE_YES_AUTO = 1, STATE_YES = 2, STATE_SKIP = 3, STATE_NUMBER };
static int state_of(struct csv_field f)
{
    static const char *const names[] = {"UNKNOWN", "NO", "YES_AUTO", "YES_MANUAL", "SKIP"};
    for (int i = 0; i < 5; i++)
        if (csv_is(f, names[i]))
            return i - 1;
    return STATE_NUMBER;
}

/* A mark of a yes/no habit. Older versions write numbers, and 0 for every day without a mark. */
static enum ecode yes_no_mark(struct transfer_set *s, struct transfer_entry *e, int state, int64_t number)
{
    bool named = state != STATE_NUMBER;
    int64_t v = named ? state : number;
    if (v == STATE_YES || v == STATE_YES_AUTO) {
        e->status = LOG_DONE;
        e->source = v == STATE_YES_AUTO ? SOURCE_AUTO : SOURCE_IMPORT;
    } else if (v == STATE_SKIP) {
        e->status = LOG_SKIPPED;
    } else if (v == STATE_NO && named) {
        e->status = LOG_DECLINED;
    } else if (v != STATE_NO && v != STATE_UNKNOWN) {
        return err_set(s->err, E_MALFORMED, "the value %lld is not known", (long long)number);
    }
    return E_OK;
}

static enum ecode mark_line(struct loop_csv *l, struct transfer_habit *h, const struct csv_reader *r,
                            bool first)
{
    struct transfer_set *s = l->set;
    struct csv_field date = csv_field(r, 0), value = csv_field(r, 1), note = csv_field(r, 2);
    struct day day;
    struct transfer_entry *e;
    int64_t number = 0;
    if (!day_parse(date.text, date.len, &day))
        return first ? E_OK
                     : err_set(s->err, E_MALFORMED, "'%.*s' is not a day",
                               (int)(date.len < 40 ? date.len : 40), date.text);
    int state = state_of(value);
    if (state == STATE_NUMBER) {
        bool negative_one = value.len == 2 && memcmp(value.text, "-1", 2) == 0;
        number = negative_one ? -1 : whole(value, -2);
        if (number < -1 || (negative_one ? false : number == -1))
            return err_set(s->err, E_MALFORMED, "'%.*s' is not a value",
                           (int)(value.len < 40 ? value.len : 40), value.text);
    }
    if (!l->typed && number > STATE_SKIP)
        h->kind = HABIT_MEASURABLE;
    enum ecode code = transfer_entry_add(s, h, day, &e);
    if (code != E_OK || !e)
        return code;
    if (h->kind == HABIT_YES_NO) {
        code = yes_no_mark(s, e, state, number);
    } else if (state == STATE_SKIP) {
        e->status = LOG_SKIPPED;
    } else if (state != STATE_UNKNOWN && number >= 0) {
        e->status = LOG_DONE;
        e->has_value = true;
        e->value = state == STATE_NUMBER ? number : state;
    }
    return code == E_OK ? transfer_text(s, note.text, note.len, &e->note) : code;
}

static enum ecode read_marks(struct loop_csv *l, struct transfer_habit *h, const char *data, size_t len)
{
    struct csv_reader r;
    enum ecode code;
    bool first = true;
    csv_reader_init(&r, l->set->arena, data, len);
    while (csv_next(&r, &code, l->set->err)) {
        code = mark_line(l, h, &r, first);
        if (code != E_OK)
            return err_wrap(l->set->err, "line %zu", r.line);
        first = false;
    }
    return code;
}

/* The habit of "NNN Name/Checkmarks.csv", NULL for other names. */
static struct transfer_habit *habit_of(struct loop_csv *l, const char *name)
{
    static const char tail[] = "/Checkmarks.csv";
    size_t len = strlen(name), digits = strspn(name, "0123456789");
    if (len < sizeof tail || strcmp(name + len - (sizeof tail - 1), tail) != 0 || digits == 0)
        return NULL;
    int64_t position = whole((struct csv_field){name, digits}, -1);
    for (size_t i = 0; i < l->set->habits_count; i++)
        if (l->positions[i] == position)
            return &l->set->habits[i];
    return NULL;
}

static enum ecode read_entry(struct loop_csv *l, size_t i, struct transfer_habit *h)
{
    char *data = NULL;
    size_t len = 0;
    enum ecode code = zip_reader_read(l->zip, i, &data, &len, l->set->err);
    if (code == E_OK) {
        code = h ? read_marks(l, h, data, len) : read_habits(l, data, len);
        if (code != E_OK)
            err_wrap(l->set->err, "%.100s", zip_reader_name(l->zip, i));
    }
    free(data);
    return code;
}

static enum ecode read_archive(struct loop_csv *l)
{
    size_t n = zip_reader_count(l->zip);
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        if (strcmp(zip_reader_name(l->zip, i), "Habits.csv") != 0)
            continue;
        found = true;
        enum ecode code = read_entry(l, i, NULL);
        if (code != E_OK)
            return code;
    }
    if (!found)
        return err_set(l->set->err, E_MALFORMED, "the zip file has no Habits.csv");
    for (size_t i = 0; i < n; i++) {
        struct transfer_habit *h = habit_of(l, zip_reader_name(l->zip, i));
        enum ecode code = h ? read_entry(l, i, h) : E_OK;
        if (code != E_OK)
            return code;
    }
    return E_OK;
}

enum ecode read_loop_csv(struct transfer_set *s, const void *data, size_t len)
{
    struct loop_csv *l = arena_alloc(s->arena, sizeof *l);
    l->set = s;
    enum ecode code = zip_reader_open(data, len, &l->zip, s->err);
    if (code == E_OK)
        code = read_archive(l);
    zip_reader_free(l->zip);
    return code;
}
