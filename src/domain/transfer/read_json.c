#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_read.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include "domain/transfer/read.h"

/*
 * Our own JSON (docs/formats.md): {"format": "habitd", "version": 1, "habits": [{…, "schedules": [], "logs":
 * []}]}. The file is walked, and each habit without its logs, each schedule and each log is parsed by itself.
 */

#define VERSION_KNOWN 1
#define ITEM_BYTES_MAX (128u * 1024) /* of one habit, schedule or log */
#define SCRATCH_BYTES (4u * 1024 * 1024)

static const char *const paused_by_names[] = {"person", "tier", NULL};

struct json_file {
    struct transfer_set *set;
    struct arena *scratch; /* one item's tree */
    const char *data;
};

struct habit_fields {
    struct uuid id;
    const char *name, *description, *emoji, *color, *unit, *import_format, *import_ref;
    int kind, target_kind, paused_by;
    int64_t target_value, position;
    json_t *frequency;
    struct day starts_on;
    struct instant created_at, updated_at, archived_at, paused_at;
};
enum {
    HF_ID,
    HF_NAME,
    HF_DESCRIPTION,
    HF_EMOJI,
    HF_COLOR,
    HF_KIND,
    HF_TARGET_KIND,
    HF_TARGET_VALUE,
    HF_UNIT,
    HF_FREQUENCY,
    HF_STARTS_ON,
    HF_POSITION,
    HF_ARCHIVED_AT,
    HF_PAUSED_AT,
    HF_PAUSED_BY,
    HF_IMPORT_FORMAT,
    HF_IMPORT_REF,
    HF_CREATED_AT,
    HF_UPDATED_AT,
    HF_COUNT
};
#define HF(member) JSON_MEMBER(struct habit_fields, member)
static const char *const kinds[] = {"yes_no", "measurable", NULL};
static const char *const target_kinds[] = {"at_least", "at_most", NULL};
static const struct json_field habit_rows[HF_COUNT] = {
    [HF_ID] = {HF(id), FIELD_UUID, FIELD_REQUIRED},
    [HF_NAME] = {HF(name), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 4096},
    [HF_DESCRIPTION] = {HF(description), FIELD_STRING, .max = 65536},
    [HF_EMOJI] = {HF(emoji), FIELD_STRING, FIELD_NULLABLE, .max = 256},
    [HF_COLOR] = {HF(color), FIELD_STRING, .max = 16},
    [HF_KIND] = {HF(kind), FIELD_ENUM, .names = kinds},
    [HF_TARGET_KIND] = {HF(target_kind), FIELD_ENUM, .names = target_kinds},
    [HF_TARGET_VALUE] = {HF(target_value), FIELD_MILLI, .max = HABIT_TARGET_MAX},
    [HF_UNIT] = {HF(unit), FIELD_STRING, .max = 1024},
    [HF_FREQUENCY] = {HF(frequency), FIELD_OBJECT, FIELD_NULLABLE},
    [HF_STARTS_ON] = {HF(starts_on), FIELD_DAY, FIELD_REQUIRED},
    [HF_POSITION] = {HF(position), FIELD_I64, .max = INT32_MAX},
    [HF_ARCHIVED_AT] = {HF(archived_at), FIELD_INSTANT, FIELD_NULLABLE},
    [HF_PAUSED_AT] = {HF(paused_at), FIELD_INSTANT, FIELD_NULLABLE},
    [HF_PAUSED_BY] = {HF(paused_by), FIELD_ENUM, FIELD_NULLABLE, .names = paused_by_names},
    [HF_IMPORT_FORMAT] = {HF(import_format), FIELD_STRING, FIELD_NULLABLE, .max = 32},
    [HF_IMPORT_REF] = {HF(import_ref), FIELD_STRING, FIELD_NULLABLE, .max = IMPORT_REF_MAX + 64},
    [HF_CREATED_AT] = {HF(created_at), FIELD_INSTANT, FIELD_REQUIRED},
    [HF_UPDATED_AT] = {HF(updated_at), FIELD_INSTANT},
};

struct frequency_fields {
    int64_t count, days;
};
static const struct json_field frequency_rows[] = {
    {JSON_MEMBER(struct frequency_fields, count), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = 366},
    {JSON_MEMBER(struct frequency_fields, days), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = 366},
};

struct schedule_fields {
    struct uuid id;
    int schedule_type, reminder_time;
    unsigned days_of_week;
    const char *rrule;
    struct day starts_on;
    bool is_enabled;
    struct instant created_at, updated_at;
};
enum {
    SF_ID,
    SF_TYPE,
    SF_REMINDER,
    SF_WEEKDAYS,
    SF_RRULE,
    SF_STARTS_ON,
    SF_ENABLED,
    SF_CREATED_AT,
    SF_UPDATED_AT,
    SF_COUNT
};
#define SF(member) JSON_MEMBER(struct schedule_fields, member)
static const char *const schedule_types[] = {"daily", "weekly", "custom", NULL};
static const struct json_field schedule_rows[SF_COUNT] = {
    [SF_ID] = {SF(id), FIELD_UUID, FIELD_REQUIRED},
    [SF_TYPE] = {SF(schedule_type), FIELD_ENUM, FIELD_REQUIRED, .names = schedule_types},
    [SF_REMINDER] = {SF(reminder_time), FIELD_MINUTE, FIELD_NULLABLE},
    [SF_WEEKDAYS] = {SF(days_of_week), FIELD_WEEKDAYS, FIELD_NULLABLE},
    [SF_RRULE] = {SF(rrule), FIELD_STRING, FIELD_NULLABLE, .max = 500},
    [SF_STARTS_ON] = {SF(starts_on), FIELD_DAY, FIELD_REQUIRED},
    [SF_ENABLED] = {SF(is_enabled), FIELD_BOOL},
    [SF_CREATED_AT] = {SF(created_at), FIELD_INSTANT, FIELD_REQUIRED},
    [SF_UPDATED_AT] = {SF(updated_at), FIELD_INSTANT},
};

struct log_fields {
    struct day day;
    int status, source;
    int64_t value, version;
    const char *note;
    json_t *decline;
    struct instant marked_at;
};
enum { LF_DAY, LF_STATUS, LF_VALUE, LF_NOTE, LF_DECLINE, LF_SOURCE, LF_VERSION, LF_MARKED_AT, LF_COUNT };
#define LF(member) JSON_MEMBER(struct log_fields, member)
static const char *const statuses[] = {"done", "declined", "skipped", NULL}; /* log_status less one */
static const char *const sources[] = {"api", "bot", "web", "import", "auto", "demo", NULL};
static const struct json_field log_rows[LF_COUNT] = {
    [LF_DAY] = {LF(day), FIELD_DAY, FIELD_REQUIRED},
    [LF_STATUS] = {LF(status), FIELD_ENUM, FIELD_NULLABLE, .names = statuses},
    [LF_VALUE] = {LF(value), FIELD_MILLI, FIELD_NULLABLE, .max = LOG_VALUE_MAX},
    [LF_NOTE] = {LF(note), FIELD_STRING, FIELD_NULLABLE, .max = 65536},
    [LF_DECLINE] = {LF(decline), FIELD_OBJECT, FIELD_NULLABLE},
    [LF_SOURCE] = {LF(source), FIELD_ENUM, .names = sources},
    [LF_VERSION] = {LF(version), FIELD_I64, .min = 1, .max = INT32_MAX},
    [LF_MARKED_AT] = {LF(marked_at), FIELD_INSTANT, FIELD_REQUIRED},
};

struct decline_fields {
    struct uuid id;
    int preset;
    const char *note;
    struct instant created_at;
};
enum { DF_ID, DF_PRESET, DF_NOTE, DF_CREATED_AT, DF_COUNT };
#define DF(member) JSON_MEMBER(struct decline_fields, member)
static const char *const presets[] = {"tired", "sick", "busy", "other", NULL}; /* decline_preset less one */
static const struct json_field decline_rows[DF_COUNT] = {
    [DF_ID] = {DF(id), FIELD_UUID, FIELD_REQUIRED},
    [DF_PRESET] = {DF(preset), FIELD_ENUM, FIELD_NULLABLE, .names = presets},
    [DF_NOTE] = {DF(note), FIELD_STRING, FIELD_NULLABLE, .max = 65536},
    [DF_CREATED_AT] = {DF(created_at), FIELD_INSTANT, FIELD_REQUIRED},
};
_Static_assert(LOG_DONE == 1 && LOG_DECLINED == 2 && LOG_SKIPPED == 3, "the order of `statuses`");
_Static_assert(PRESET_TIRED == 1 && PRESET_OTHER == 4, "the order of `presets`");
_Static_assert(SOURCE_API == 0 && SOURCE_DEMO == 5, "the order of `sources`");

/* Parses one item by a table; errors get the line and become E_MALFORMED: the file is wrong, not a field of
 * the request. */
static enum ecode parse_item(struct json_file *j, struct json_span item, const char *where,
                             const struct json_field *rows, size_t n, void *out, struct json_seen *seen)
{
    json_t *tree;
    struct err *err = j->set->err;
    enum ecode code;
    arena_reset(j->scratch);
    if (item.len > ITEM_BYTES_MAX)
        code = err_set(err, E_TOO_LARGE, "an item of %zu bytes", item.len);
    else
        code = json_read(j->scratch, item.text, item.len, true, &tree, err);
    if (code == E_OK)
        code = json_object_read(j->scratch, tree, "", rows, n, JSON_WHOLE, out, seen, err);
    if (code == E_OK)
        return E_OK;
    if (err->field[0])
        err_wrap(err, "%s", err->field);
    return err_set(err, code == E_TOO_LARGE ? E_TOO_LARGE : E_MALFORMED, "line %zu: %s",
                   json_scan_line(j->data, where), err->text);
}

static enum ecode item_wrong(struct json_file *j, struct json_span item, const char *what)
{
    return err_set(j->set->err, E_MALFORMED, "line %zu: %s", json_scan_line(j->data, item.text), what);
}

static enum ecode text_of(struct json_file *j, const char *text, const char **out)
{
    *out = NULL;
    return text ? transfer_text(j->set, text, strlen(text), out) : E_OK;
}

static enum ecode line_of(struct json_file *j, const char *text, size_t visible, const char **out)
{
    return transfer_line(j->set, text ? text : "", text ? strlen(text) : 0, visible, out);
}

/* --- logs
 * ----------------------------------------------------------------------------------------------------------------
 */

static enum ecode take_decline(struct json_file *j, json_t *object, const struct transfer_decline **out)
{
    struct decline_fields f = {.preset = -1};
    struct json_seen seen;
    enum ecode code = json_object_read(j->scratch, object, "decline", decline_rows, DF_COUNT, JSON_WHOLE, &f,
                                       &seen, j->set->err);
    if (code != E_OK)
        return code;
    struct transfer_decline *d = arena_alloc(j->set->arena, sizeof *d);
    d->id = f.id;
    d->preset = (enum decline_preset)(f.preset + 1);
    d->created_at = f.created_at;
    code = text_of(j, f.note, &d->note);
    if (code == E_OK && !d->note && d->preset == PRESET_NONE)
        return err_set(j->set->err, E_MALFORMED, "decline has neither preset nor note");
    *out = d;
    return code;
}

static enum ecode take_log(struct json_file *j, struct transfer_habit *h, struct json_span item)
{
    struct log_fields f = {.status = -1, .source = SOURCE_IMPORT, .version = 1};
    struct json_seen seen;
    struct transfer_entry *e;
    enum ecode code = parse_item(j, item, item.text, log_rows, LF_COUNT, &f, &seen);
    if (code != E_OK)
        return code;
    code = transfer_entry_add(j->set, h, f.day, &e);
    if (code == E_OK && e) {
        e->status = (enum log_status)(f.status + 1);
        e->source = (enum source)f.source;
        e->version = (int32_t)f.version;
        e->has_value = json_seen_value(&seen, LF_VALUE);
        e->value = e->has_value ? f.value : 0;
        e->has_marked_at = true;
        e->marked_at = f.marked_at;
        code = text_of(j, f.note, &e->note);
        if (code == E_OK && f.decline)
            code = take_decline(j, f.decline, &e->decline);
        if (code == E_OK && e->status == LOG_NONE && !e->note)
            return item_wrong(j, item, "a log has neither status nor note");
        if (code == E_OK && e->decline && e->status != LOG_DECLINED)
            return item_wrong(j, item, "only declined logs have a reason");
    }
    if (code == E_OK)
        return E_OK;
    return err_set(j->set->err, code == E_TOO_LARGE ? code : E_MALFORMED, "line %zu: %s",
                   json_scan_line(j->data, item.text), j->set->err->text);
}

/* --- schedules and habits
 * -------------------------------------------------------------------------------------------------- */

static enum ecode take_schedule(struct json_file *j, struct transfer_habit *h, struct json_span item)
{
    struct schedule_fields f = {.reminder_time = -1, .is_enabled = true};
    struct json_seen seen;
    struct transfer_schedule *s;
    enum ecode code = parse_item(j, item, item.text, schedule_rows, SF_COUNT, &f, &seen);
    if (code == E_OK)
        code = transfer_schedule_new(j->set, h, &s);
    if (code != E_OK)
        return code;
    if ((f.schedule_type == SCHEDULE_WEEKLY) != (f.days_of_week != 0) ||
        (f.schedule_type == SCHEDULE_CUSTOM) != (f.rrule != NULL))
        return item_wrong(
            j, item,
            "weekly schedules, and only they, have days_of_week; custom ones, and only they, an rrule");
    *s = (struct transfer_schedule){
        .id = f.id,
        .type = (enum schedule_type)f.schedule_type,
        .reminder_minute = f.reminder_time,
        .weekdays = (uint8_t)f.days_of_week,
        .rrule = arena_strdup(j->set->arena, f.rrule),
        .starts_on = f.starts_on,
        .enabled = f.is_enabled,
        .has_times = true,
        .created_at = f.created_at,
        .updated_at = json_seen_has(&seen, SF_UPDATED_AT) ? f.updated_at : f.created_at,
    };
    return E_OK;
}

static enum ecode take_frequency(struct json_file *j, struct transfer_habit *h, const struct habit_fields *f,
                                 const struct json_seen *seen)
{
    struct frequency_fields frequency;
    struct json_seen ignored;
    if (json_seen_null(seen, HF_FREQUENCY))
        h->frequency_count = h->frequency_days = 0;
    if (!f->frequency)
        return E_OK;
    enum ecode code =
        json_object_read(j->scratch, f->frequency, "frequency", frequency_rows, ARRAY_LEN(frequency_rows),
                         JSON_WHOLE, &frequency, &ignored, j->set->err);
    if (code != E_OK)
        return code;
    if (frequency.count > frequency.days)
        return err_set(j->set->err, E_MALFORMED, "frequency has more times than days");
    h->frequency_count = (int)frequency.count; /* as it stands: 7 in 7 is not 1 in 1 */
    h->frequency_days = (int)frequency.days;
    return E_OK;
}

static enum ecode fill_habit(struct json_file *j, struct transfer_habit *h, const struct habit_fields *f,
                             const struct json_seen *seen)
{
    const char *text = f->description ? f->description : "";
    enum ecode code = transfer_description(j->set, text, strlen(text), &h->description);
    if (code == E_OK)
        code = line_of(j, f->unit, HABIT_UNIT_VISIBLE_MAX, &h->unit);
    if (code == E_OK && json_seen_value(seen, HF_EMOJI))
        code = line_of(j, f->emoji, 1, &h->emoji);
    if (code == E_OK)
        code = take_frequency(j, h, f, seen);
    if (code != E_OK)
        return code;
    if (json_seen_value(seen, HF_PAUSED_AT) != json_seen_value(seen, HF_PAUSED_BY))
        return err_set(j->set->err, E_MALFORMED, "paused_at and paused_by go together");
    if (json_seen_value(seen, HF_IMPORT_FORMAT) != json_seen_value(seen, HF_IMPORT_REF))
        return err_set(j->set->err, E_MALFORMED, "import_format and import_ref go together");
    h->id = f->id;
    h->color = transfer_color(j->set, f->color ? f->color : "", f->color ? strlen(f->color) : 0);
    h->kind = (enum habit_kind)f->kind;
    h->target_kind = (enum target_kind)f->target_kind;
    h->target_value = f->target_value;
    h->starts_on = f->starts_on;
    h->position = f->position;
    h->archived = json_seen_value(seen, HF_ARCHIVED_AT);
    h->paused = json_seen_value(seen, HF_PAUSED_AT);
    h->paused_by_tier = h->paused && f->paused_by == 1;
    h->origin = arena_strdup(j->set->arena, f->import_format);
    h->origin_ref = arena_strdup(j->set->arena, f->import_ref);
    h->has_times = true;
    h->created_at = f->created_at;
    h->updated_at = json_seen_has(seen, HF_UPDATED_AT) ? f->updated_at : f->created_at;
    h->archived_at = f->archived_at;
    h->paused_at = f->paused_at;
    return E_OK;
}

/* The habit's own members as an object by themselves; its lists apart. */
static enum ecode split_habit(struct json_file *j, struct json_span item, struct buf *own,
                              struct json_span *schedules, struct json_span *logs)
{
    struct json_scan scan;
    struct json_span key, value;
    enum ecode code = json_scan_init(&scan, j->data, item, '{', j->set->err);
    if (code != E_OK)
        return code;
    buf_clear(own);
    buf_char(own, '{');
    while (json_scan_next(&scan, &key, &value, &code, j->set->err)) {
        struct json_span *list = json_span_is(key, "schedules") ? schedules
                                 : json_span_is(key, "logs")    ? logs
                                                                : NULL;
        if (list && list->text)
            return item_wrong(j, key, "a list appears twice");
        if (list) {
            *list = value;
            continue;
        }
        if (own->len > 1)
            buf_char(own, ',');
        buf_char(own, '"');
        buf_add(own, key.text, key.len);
        buf_str(own, "\":");
        buf_add(own, value.text, value.len);
    }
    buf_char(own, '}');
    if (code == E_OK && buf_overflowed(own))
        return err_set(j->set->err, E_TOO_LARGE, "line %zu: a habit of more than %u bytes",
                       json_scan_line(j->data, item.text), ITEM_BYTES_MAX);
    return code;
}

static enum ecode each_item(struct json_file *j, struct json_span list, struct transfer_habit *h,
                            enum ecode (*take)(struct json_file *, struct transfer_habit *, struct json_span))
{
    struct json_scan scan;
    struct json_span key, item;
    if (!list.text)
        return E_OK;
    enum ecode code = json_scan_init(&scan, j->data, list, '[', j->set->err);
    while (code == E_OK && json_scan_next(&scan, &key, &item, &code, j->set->err))
        code = take(j, h, item);
    return code;
}

static enum ecode take_habit(struct json_file *j, struct json_span item, struct buf *own)
{
    struct habit_fields f = {.paused_by = -1};
    struct json_seen seen;
    struct json_span schedules = {0}, logs = {0};
    struct transfer_habit *h;
    char ref[UUID_TEXT];
    enum ecode code = split_habit(j, item, own, &schedules, &logs);
    if (code != E_OK)
        return code;
    code = parse_item(j, (struct json_span){own->data, own->len}, item.text, habit_rows, HF_COUNT, &f, &seen);
    if (code != E_OK)
        return code;
    code = transfer_habit_add(j->set, uuid_format(&f.id, ref), UUID_TEXT - 1, f.name, strlen(f.name), &h);
    if (code == E_OK)
        code = fill_habit(j, h, &f, &seen);
    if (code != E_OK)
        return err_set(j->set->err, code == E_TOO_LARGE ? code : E_MALFORMED,
                       "line %zu: the habit '%.60s': %s%s%s", json_scan_line(j->data, item.text), f.name,
                       j->set->err->field, j->set->err->field[0] ? ": " : "", j->set->err->text);
    code = each_item(j, schedules, h, take_schedule);
    return code == E_OK ? each_item(j, logs, h, take_log) : code;
}

static enum ecode take_habits(struct json_file *j, struct json_span list)
{
    struct json_scan scan;
    struct json_span key, item;
    struct buf own;
    enum ecode code = json_scan_init(&scan, j->data, list, '[', j->set->err);
    buf_init(&own, ITEM_BYTES_MAX);
    while (code == E_OK && json_scan_next(&scan, &key, &item, &code, j->set->err))
        code = take_habit(j, item, &own);
    buf_release(&own);
    return code;
}

static enum ecode read_file(struct json_file *j, struct json_span file)
{
    struct json_scan scan;
    struct json_span key, value, format = {0}, version = {0}, habits = {0};
    struct err *err = j->set->err;
    enum ecode code = json_scan_init(&scan, j->data, file, '{', err);
    while (code == E_OK && json_scan_next(&scan, &key, &value, &code, err)) {
        struct json_span *to = json_span_is(key, "format")    ? &format
                               : json_span_is(key, "version") ? &version
                               : json_span_is(key, "habits")  ? &habits
                                                              : NULL;
        if (!to || to->text)
            return item_wrong(j, key, to ? "a member appears twice" : "a member is not known");
        *to = value;
    }
    if (code != E_OK)
        return code;
    if (!format.text || !json_span_is(format, "\"habitd\"") || !version.text || !habits.text)
        return err_set(
            err, E_MALFORMED,
            "this JSON is not an export of habitd: it needs format \"habitd\", version and habits");
    if (!json_span_is(version, "1"))
        return err_set(err, E_MALFORMED, "version %.*s of the export is not known, only %d",
                       (int)(version.len < 20 ? version.len : 20), version.text, VERSION_KNOWN);
    return take_habits(j, habits);
}

enum ecode read_json(struct transfer_set *s, const char *data, size_t len)
{
    struct json_file j = {.set = s, .data = data};
    struct json_span file;
    if (!utf8_valid(data, len))
        return err_set(s->err, E_MALFORMED, "the file is not valid UTF-8");
    enum ecode code = json_scan_file(data, len, &file, s->err);
    if (code != E_OK)
        return code;
    j.scratch = arena_new(SCRATCH_BYTES);
    code = read_file(&j, file);
    arena_free(j.scratch);
    return code;
}
