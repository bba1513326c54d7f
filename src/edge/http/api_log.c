#include "edge/http/route.h"

#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"

#define LOGS_LIMIT 365
#define LOGS_LIMIT_MAX 1000

struct mark_body {
    struct uuid habit_id;
    struct day day;
    int status, preset;
    int64_t value;
    const char *note;
    struct instant marked_at;
};
enum { LOG_STATUS, LOG_VALUE, LOG_NOTE, LOG_PRESET, LOG_MARKED_AT, LOG_HABIT_ID, LOG_DAY, LOG_FIELDS };
/* The name lists begin with "none", which nobody sends: index 0 here is value 1 there. */
static const struct json_field mark_fields[LOG_FIELDS] = {
    [LOG_STATUS] = {JSON_MEMBER(struct mark_body, status), FIELD_ENUM, FIELD_REQUIRED,
                    .names = log_status_names + 1},
    [LOG_VALUE] = {JSON_MEMBER(struct mark_body, value), FIELD_MILLI, FIELD_NULLABLE, .min = 0,
                   .max = LOG_VALUE_MAX},
    [LOG_NOTE] = {JSON_MEMBER(struct mark_body, note), FIELD_STRING, FIELD_NULLABLE},
    [LOG_PRESET] = {JSON_MEMBER(struct mark_body, preset), FIELD_ENUM, FIELD_NULLABLE,
                    .names = decline_preset_names + 1},
    [LOG_MARKED_AT] = {JSON_MEMBER(struct mark_body, marked_at), FIELD_INSTANT, FIELD_NULLABLE},
    /* Of a batch only: in a single mark they are the path's. */
    [LOG_HABIT_ID] = {JSON_MEMBER(struct mark_body, habit_id), FIELD_UUID, FIELD_REQUIRED},
    [LOG_DAY] = {JSON_MEMBER(struct mark_body, day), FIELD_DAY, FIELD_REQUIRED},
};

enum ecode read_mark(struct exchange *x, json_t *object, const char *path, bool with_ref,
                     struct log_mark *out)
{
    struct mark_body b = {0};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, object, path, mark_fields,
                                     with_ref ? LOG_FIELDS : LOG_HABIT_ID, JSON_WHOLE, &b, &seen, &x->err);
    if (rc != E_OK)
        return rc;
    *out = (struct log_mark){
        .habit_id = b.habit_id,
        .day = b.day,
        .status = (enum log_status)(b.status + 1),
        .has_value = json_seen_value(&seen, LOG_VALUE),
        .value = b.value,
        .note = b.note,
        .preset = json_seen_value(&seen, LOG_PRESET) ? (enum decline_preset)(b.preset + 1) : PRESET_NONE,
        .has_marked_at = json_seen_value(&seen, LOG_MARKED_AT),
        .marked_at = b.marked_at,
    };
    return E_OK;
}

enum ecode parse_log_put(struct exchange *x, void *in)
{
    struct log_mark *mark = in;
    struct uuid habit_id;
    struct day day;
    enum ecode rc = path_uuid(x, 0, &habit_id);
    if (rc == E_OK)
        rc = path_day(x, 1, &day);
    if (rc == E_OK)
        rc = read_mark(x, x->body, "", false, mark);
    if (rc != E_OK)
        return rc;
    mark->habit_id = habit_id;
    mark->day = day;
    return E_OK;
}

int status_log_put(const void *out)
{
    return ((const struct log_result *)out)->outcome == MARK_NEW ? 201 : 200;
}

void render_log_object(struct json_writer *w, const struct log_entry *e)
{
    json_object_begin(w);
    json_field_uuid(w, "habit_id", &e->habit_id);
    json_field_day(w, "day", e->day);
    json_field_string(w, "status", e->status == LOG_NONE ? NULL : log_status_names[e->status]);
    if (e->has_value)
        json_field_milli(w, "value", e->value);
    else
        json_field_null(w, "value");
    json_field_string(w, "note", e->note);
    json_field_string(w, "preset", e->preset == PRESET_NONE ? NULL : decline_preset_names[e->preset]);
    json_field_string(w, "source", source_names[e->source]);
    json_field_instant(w, "marked_at", e->marked_at);
    json_object_end(w);
}

enum ecode render_log_put(struct exchange *x, const void *out, struct json_writer *w)
{
    render_log_object(w, &((const struct log_result *)out)->entry);
    return E_OK;
}

enum ecode parse_log_ref(struct exchange *x, void *in)
{
    struct log_ref *ref = in;
    enum ecode rc = path_uuid(x, 0, &ref->habit_id);
    return rc != E_OK ? rc : path_day(x, 1, &ref->day);
}

enum ecode parse_log_list(struct exchange *x, void *in)
{
    struct log_range *range = in;
    bool more;
    enum ecode rc = path_uuid(x, 0, &range->habit_id);
    /* Nobody's local day is later than tomorrow in UTC. */
    range->from = day_of(DAY_FIRST_LOG);
    range->to = day_of((int32_t)(instant_now().ms / 86400000) + 1);
    range->limit = LOGS_LIMIT;
    range->after = day_none();
    if (rc == E_OK)
        rc = query_day(x, "from", &range->from);
    if (rc == E_OK)
        rc = query_day(x, "to", &range->to);
    if (rc == E_OK)
        rc = query_limit(x, LOGS_LIMIT_MAX, &range->limit);
    return rc != E_OK ? rc : query_cursor(x, 'l', &range->after, sizeof range->after, &more);
}

enum ecode render_log_list(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct log_page *page = out;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < page->count; i++)
        render_log_object(w, &page->items[i]);
    json_array_end(w);
    const struct day *last = page->more ? &page->items[page->count - 1].day : NULL;
    render_next(w, 'l', last, last != NULL ? sizeof *last : 0);
    return E_OK;
}
