#include <string.h>
#include "domain/transfer/csv.h"
#include "domain/transfer/read.h"

/* The two CSV files: HabitBull's, and our own. */

#define HABITBULL_HEADER "HabitName,HabitDescription,HabitCategory"

enum { B_NAME, B_DESCRIPTION, B_CATEGORY, B_DATE, B_VALUE, B_COMMENT };

bool habitbull_recognise(const char *data, size_t len)
{
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        len -= 3;
    }
    return len >= sizeof HABITBULL_HEADER - 1 &&
           memcmp(data, HABITBULL_HEADER, sizeof HABITBULL_HEADER - 1) == 0;
}

/* Up to four digits; false: something else, or nothing. */
static bool digits(const char *text, size_t len, int *out)
{
    int v = 0;
    if (len == 0 || len > 4)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        v = v * 10 + (text[i] - '0');
    }
    *out = v;
    return true;
}

/* "2016-03-18", or American "3/18/2016" as some versions of HabitBull write. */
static bool habitbull_day(struct csv_field f, struct day *out)
{
    if (day_parse(f.text, f.len, out))
        return true;
    const char *a = memchr(f.text, '/', f.len);
    const char *b = a ? memchr(a + 1, '/', (size_t)(f.text + f.len - a - 1)) : NULL;
    int month, dom, year;
    return b && digits(f.text, (size_t)(a - f.text), &month) && digits(a + 1, (size_t)(b - a - 1), &dom) &&
           digits(b + 1, (size_t)(f.text + f.len - b - 1), &year) && day_from_ymd(year, month, dom, out);
}

/*
 * A value as HabitBull has it: 0 no, 1 yes, larger an amount. The habit's kind is known only at the file's
 * end, so 0 and 1 keep their amount, too. Empty or negative says nothing.
 */
static enum ecode habitbull_value(struct transfer_set *s, struct transfer_habit *h, struct transfer_entry *e,
                                  struct csv_field f, size_t line)
{
    int64_t milli;
    if (f.len == 0)
        return E_OK;
    if (f.text[0] == '-') {
        s->losses[LOSS_VALUE]++;
        return E_OK;
    }
    if (!transfer_milli(f.text, f.len, &milli))
        return err_set(s->err, E_MALFORMED, "line %zu: the value '%.*s' is not an amount", line,
                       (int)(f.len < 40 ? f.len : 40), f.text);
    if (milli != 0 && milli != 1000)
        h->kind = HABIT_MEASURABLE;
    e->status = milli == 0 ? LOG_DECLINED : LOG_DONE;
    e->has_value = true;
    e->value = milli;
    return E_OK;
}

static enum ecode habitbull_row(struct transfer_set *s, const struct csv_reader *r)
{
    struct csv_field name = csv_field(r, B_NAME), text = csv_field(r, B_DESCRIPTION),
                     note = csv_field(r, B_COMMENT);
    struct day day;
    enum ecode code = E_OK;
    if (!habitbull_day(csv_field(r, B_DATE), &day))
        return err_set(s->err, E_MALFORMED, "line %zu: '%.*s' is not a date", r->line,
                       (int)(csv_field(r, B_DATE).len < 40 ? csv_field(r, B_DATE).len : 40),
                       csv_field(r, B_DATE).text);
    struct transfer_habit *h = transfer_habit_find(s, name.text, name.len);
    if (!h) {
        code = transfer_habit_add(s, name.text, name.len, name.text, name.len, &h);
        if (code == E_OK)
            code = transfer_description(s, text.text, text.len, &h->description);
        if (code != E_OK)
            return err_wrap(s->err, "line %zu", r->line);
    }
    struct transfer_entry *e;
    code = transfer_entry_add(s, h, day, &e);
    if (code == E_OK && e) {
        code = habitbull_value(s, h, e, csv_field(r, B_VALUE), r->line);
        return code == E_OK ? transfer_text(s, note.text, note.len, &e->note) : code;
    }
    return code == E_OK ? E_OK : err_wrap(s->err, "line %zu", r->line);
}

enum ecode read_habitbull(struct transfer_set *s, const char *data, size_t len)
{
    struct csv_reader r;
    enum ecode code;
    csv_reader_init(&r, s->arena, data, len);
    if (!habitbull_recognise(data, len) || !csv_next(&r, &code, s->err))
        return err_set(s->err, E_MALFORMED, "line 1: this is not HabitBull's header");
    while (csv_next(&r, &code, s->err)) {
        code = habitbull_row(s, &r);
        if (code != E_OK)
            return code;
    }
    if (code != E_OK)
        return code;
    for (size_t i = 0; i < s->entries_count; i++) {
        struct transfer_entry *e = &s->entries[i];
        if (s->habits[e->habit].kind == HABIT_YES_NO) {
            e->has_value = false;
            e->value = 0;
        } else if (e->has_value) {
            e->status = LOG_DONE; /* an amount of 0 is an amount */
        }
    }
    for (size_t i = 0; i < s->habits_count; i++)
        if (s->habits[i].kind == HABIT_MEASURABLE)
            s->habits[i].target_value = 1000; /* the file names no target: any amount counts */
    return E_OK;
}

/* --- our own
 * -------------------------------------------------------------------------------------------------------------
 */

enum { O_HABIT, O_DAY, O_STATUS, O_VALUE, O_UNIT, O_NOTE, O_PRESET, O_MARKED_AT, O_HABIT_ID, O_COLUMNS };
static const char *const own_columns[O_COLUMNS] = {"habit", "day",    "status",    "value",   "unit",
                                                   "note",  "preset", "marked_at", "habit_id"};

struct own_csv {
    struct transfer_set *set;
    struct csv_reader reader;
    int column[O_COLUMNS]; /* where each one is, -1: not there */
};

static bool own_header(struct csv_reader *r, int column[O_COLUMNS])
{
    for (int i = 0; i < O_COLUMNS; i++)
        column[i] = csv_find(r, own_columns[i]);
    return column[O_HABIT] >= 0 && column[O_DAY] >= 0 && (column[O_STATUS] >= 0 || column[O_VALUE] >= 0);
}

bool csv_recognise(const char *data, size_t len)
{
    const char *eol = memchr(data, '\n', len);
    size_t first = eol ? (size_t)(eol - data) : len;
    if (first > 1000)
        return false;
    struct arena *a = arena_new(1 << 20);
    struct csv_reader r;
    struct err ignored;
    enum ecode code;
    int column[O_COLUMNS];
    csv_reader_init(&r, a, data, first);
    bool is = csv_next(&r, &code, &ignored) && own_header(&r, column);
    arena_free(a);
    return is;
}

static struct csv_field own_field(const struct own_csv *o, int which)
{
    return o->column[which] < 0 ? (struct csv_field){"", 0} : csv_field(&o->reader, (size_t)o->column[which]);
}

static enum ecode bad_field(const struct own_csv *o, int which, const char *what)
{
    struct csv_field f = own_field(o, which);
    return err_set(o->set->err, E_MALFORMED, "line %zu, column %s: '%.*s' is not %s", o->reader.line,
                   own_columns[which], (int)(f.len < 40 ? f.len : 40), f.text, what);
}

/* The index of the field among names, `none` when it is empty, -1 when it is none of them. */
static int word_index(struct csv_field f, const char *const *names, int n, int none)
{
    if (f.len == 0)
        return none;
    for (int i = 0; i < n; i++)
        if (names[i] && csv_is(f, names[i]))
            return i;
    return -1;
}

static enum ecode own_habit(struct own_csv *o, struct transfer_habit **out)
{
    struct csv_field name = own_field(o, O_HABIT), id = own_field(o, O_HABIT_ID), unit = own_field(o, O_UNIT);
    struct csv_field ref = id.len > 0 ? id : name;
    *out = transfer_habit_find(o->set, ref.text, ref.len);
    if (*out)
        return E_OK;
    enum ecode code = transfer_habit_add(o->set, ref.text, ref.len, name.text, name.len, out);
    if (code == E_OK)
        code = transfer_line(o->set, unit.text, unit.len, HABIT_UNIT_VISIBLE_MAX, &(*out)->unit);
    if (code != E_OK)
        return err_wrap(o->set->err, "line %zu", o->reader.line);
    if (id.len > 0 && !uuid_parse(id.text, id.len, &(*out)->id))
        return bad_field(o, O_HABIT_ID, "an id");
    return E_OK;
}

static enum ecode own_mark(struct own_csv *o, struct transfer_habit *h, struct transfer_entry *e)
{
    struct csv_field value = own_field(o, O_VALUE), note = own_field(o, O_NOTE),
                     at = own_field(o, O_MARKED_AT);
    int status = word_index(own_field(o, O_STATUS), log_status_names, LOG_STATUSES, LOG_NONE);
    int preset = word_index(own_field(o, O_PRESET), decline_preset_names, PRESETS, PRESET_NONE);
    if (status < 0)
        return bad_field(o, O_STATUS, "done, declined or skipped");
    if (preset < 0)
        return bad_field(o, O_PRESET, "tired, sick, busy or other");
    if (value.len > 0) {
        if (!transfer_milli(value.text, value.len, &e->value) || e->value < 0)
            return bad_field(o, O_VALUE, "an amount");
        e->has_value = true;
        h->kind = HABIT_MEASURABLE;
        if (status == LOG_NONE)
            status = LOG_DONE;
    }
    e->status = (enum log_status)status;
    e->has_marked_at = at.len > 0;
    if (at.len > 0 && !instant_parse(at.text, at.len, &e->marked_at))
        return bad_field(o, O_MARKED_AT, "a time");
    const char *text;
    enum ecode code = transfer_text(o->set, note.text, note.len, &text);
    if (code != E_OK)
        return err_wrap(o->set->err, "line %zu", o->reader.line);
    if (status == LOG_DECLINED && (text || preset != PRESET_NONE)) {
        struct transfer_decline *d = arena_alloc(o->set->arena, sizeof *d);
        d->preset = (enum decline_preset)preset;
        d->note = text;
        e->decline = d;
    } else {
        e->note = text;
    }
    return E_OK;
}

static enum ecode own_row(struct own_csv *o)
{
    struct csv_field f = own_field(o, O_DAY);
    struct day day;
    struct transfer_habit *h;
    struct transfer_entry *e;
    if (!day_parse(f.text, f.len, &day))
        return bad_field(o, O_DAY, "a day YYYY-MM-DD");
    enum ecode code = own_habit(o, &h);
    if (code != E_OK)
        return code;
    code = transfer_entry_add(o->set, h, day, &e);
    if (code != E_OK)
        return err_wrap(o->set->err, "line %zu", o->reader.line);
    return e ? own_mark(o, h, e) : E_OK;
}

/* A done day of a measurable habit has an amount; one without gets the target. */
static void own_amounts(struct transfer_set *s)
{
    for (size_t i = 0; i < s->habits_count; i++)
        if (s->habits[i].kind == HABIT_MEASURABLE)
            s->habits[i].target_value = 1000;
    for (size_t i = 0; i < s->entries_count; i++) {
        struct transfer_entry *e = &s->entries[i];
        if (s->habits[e->habit].kind == HABIT_MEASURABLE && e->status == LOG_DONE && !e->has_value) {
            e->has_value = true;
            e->value = 1000;
        }
    }
}

enum ecode read_csv(struct transfer_set *s, const char *data, size_t len)
{
    struct own_csv *o = arena_alloc(s->arena, sizeof *o);
    enum ecode code = E_OK;
    o->set = s;
    csv_reader_init(&o->reader, s->arena, data, len);
    bool header = csv_next(&o->reader, &code, s->err);
    if (code != E_OK)
        return code;
    if (!header || !own_header(&o->reader, o->column))
        return err_set(s->err, E_MALFORMED, "line 1: the header needs the columns habit, day and status");
    for (size_t i = 0; i < o->reader.count; i++)
        if (word_index(o->reader.fields[i], own_columns, O_COLUMNS, -1) < 0)
            return err_set(s->err, E_MALFORMED, "line 1: the column '%.*s' is not known",
                           (int)(o->reader.fields[i].len < 40 ? o->reader.fields[i].len : 40),
                           o->reader.fields[i].text);
    while (csv_next(&o->reader, &code, s->err)) {
        code = own_row(o);
        if (code != E_OK)
            return code;
    }
    own_amounts(s);
    return code;
}
