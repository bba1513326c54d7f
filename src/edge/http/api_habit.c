#include "edge/http/route.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/habit/habit.h"

#define HABITS_LIMIT 200

struct habit_cursor {
    int64_t position;
    struct uuid id;
};

enum ecode parse_habit_list(struct exchange *x, void *in)
{
    static const char *const filters[] = {
        [ARCHIVED_NO] = "false", [ARCHIVED_ONLY] = "true", [ARCHIVED_ALL] = "all"};
    struct habit_query *q = in;
    struct habit_cursor after;
    int filter = ARCHIVED_NO;
    q->limit = HABITS_LIMIT;
    enum ecode rc = query_choice(x, "archived", filters, ARRAY_LEN(filters), &filter);
    if (rc == E_OK)
        rc = query_limit(x, HABITS_LIMIT, &q->limit);
    if (rc == E_OK)
        rc = query_cursor(x, 'h', &after, sizeof after, &q->has_after);
    if (rc != E_OK)
        return rc;
    q->archived = (enum archived_filter)filter;
    if (q->has_after) {
        q->after_position = after.position;
        q->after_id = after.id;
    }
    return E_OK;
}

enum ecode render_habit_list(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct habit_page *page = out;
    struct habit_cursor next = {0};
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < page->count; i++)
        render_habit(x, &page->items[i], w);
    json_array_end(w);
    if (page->more)
        next = (struct habit_cursor){page->items[page->count - 1].position, page->items[page->count - 1].id};
    render_next(w, 'h', &next, page->more ? sizeof next : 0);
    return E_OK;
}

enum ecode parse_habit_ref(struct exchange *x, void *in)
{
    return path_uuid(x, 0, &((struct habit_ref *)in)->id);
}

/* --- a habit's JSON
 * ---------------------------------------------------------------------------------------------- */

struct frequency_body {
    int64_t count, days;
};
static const struct json_field frequency_fields[] = {
    {JSON_MEMBER(struct frequency_body, count), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = HABIT_COUNT_MAX},
    {JSON_MEMBER(struct frequency_body, days), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = HABIT_DAYS_MAX},
};

struct habit_body {
    const char *name, *description, *emoji, *color, *unit;
    int kind, target_kind;
    int64_t target_value, position;
    json_t *frequency, *schedules;
    struct day starts_on;
    bool archived, paused;
};
enum {
    HABIT_NAME,
    HABIT_DESCRIPTION,
    HABIT_EMOJI,
    HABIT_COLOR,
    HABIT_KIND,
    HABIT_TARGET_VALUE,
    HABIT_TARGET_KIND,
    HABIT_UNIT,
    HABIT_FREQUENCY,
    HABIT_STARTS_ON,
    HABIT_POSITION,
    HABIT_ARCHIVED,
    HABIT_PAUSED,
    HABIT_SCHEDULES, /* when it is made only: the last row */
    HABIT_FIELDS
};
/* Lengths and contents of texts are the domain's to check: the bot and imports pass through the same. */
static const struct json_field habit_fields[HABIT_FIELDS] = {
    [HABIT_NAME] = {JSON_MEMBER(struct habit_body, name), FIELD_STRING, FIELD_REQUIRED},
    [HABIT_DESCRIPTION] = {JSON_MEMBER(struct habit_body, description), FIELD_STRING, FIELD_NULLABLE},
    [HABIT_EMOJI] = {JSON_MEMBER(struct habit_body, emoji), FIELD_STRING, FIELD_NULLABLE},
    [HABIT_COLOR] = {JSON_MEMBER(struct habit_body, color), FIELD_STRING},
    [HABIT_KIND] = {JSON_MEMBER(struct habit_body, kind), FIELD_ENUM, .names = habit_kind_names},
    [HABIT_TARGET_VALUE] = {JSON_MEMBER(struct habit_body, target_value), FIELD_MILLI, FIELD_NULLABLE,
                            .min = 0, .max = HABIT_TARGET_MAX},
    [HABIT_TARGET_KIND] = {JSON_MEMBER(struct habit_body, target_kind), FIELD_ENUM,
                           .names = target_kind_names},
    [HABIT_UNIT] = {JSON_MEMBER(struct habit_body, unit), FIELD_STRING, FIELD_NULLABLE},
    [HABIT_FREQUENCY] = {JSON_MEMBER(struct habit_body, frequency), FIELD_OBJECT, FIELD_NULLABLE},
    [HABIT_STARTS_ON] = {JSON_MEMBER(struct habit_body, starts_on), FIELD_DAY},
    [HABIT_POSITION] = {JSON_MEMBER(struct habit_body, position), FIELD_I64, .min = 0, .max = INT32_MAX},
    [HABIT_ARCHIVED] = {JSON_MEMBER(struct habit_body, archived), FIELD_BOOL},
    [HABIT_PAUSED] = {JSON_MEMBER(struct habit_body, paused), FIELD_BOOL},
    [HABIT_SCHEDULES] = {JSON_MEMBER(struct habit_body, schedules), FIELD_ARRAY,
                         .max = SCHEDULES_PER_HABIT_MAX},
};

static enum ecode read_frequency(struct exchange *x, json_t *object, struct habit_change *change)
{
    struct frequency_body f = {0};
    struct json_seen seen;
    if (object == NULL)
        return E_OK;
    enum ecode rc = json_object_read(x->request->arena, object, "frequency", frequency_fields,
                                     ARRAY_LEN(frequency_fields), JSON_WHOLE, &f, &seen, &x->err);
    change->frequency_count = (int)f.count;
    change->frequency_days = (int)f.days;
    return rc;
}

static enum ecode read_schedules(struct exchange *x, json_t *list, struct habit_change *change)
{
    size_t n = json_array_size(list);
    change->schedules = arena_array(x->request->arena, n, sizeof *change->schedules);
    change->schedules_count = n;
    for (size_t i = 0; i < n; i++) {
        char path[24];
        snprintf(path, sizeof path, "schedules[%zu]", i);
        enum ecode rc = read_schedule(x, json_array_get(list, i), path, &change->schedules[i]);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

static enum ecode read_habit(struct exchange *x, size_t fields, enum json_mode mode,
                             struct habit_change *change)
{
    struct habit_body b = {0};
    struct json_seen seen;
    enum ecode rc =
        json_object_read(x->request->arena, x->body, "", habit_fields, fields, mode, &b, &seen, &x->err);
    if (rc != E_OK)
        return rc;
    /* Null takes the target away, which only a yes/no habit can do without. */
    if (mode == JSON_PATCH && json_seen_null(&seen, HABIT_TARGET_VALUE) &&
        !(json_seen_has(&seen, HABIT_KIND) && b.kind == HABIT_YES_NO))
        return err_field(&x->err, "target_value", "can be null only when kind becomes yes_no");
    *change = (struct habit_change){
        .has_name = json_seen_has(&seen, HABIT_NAME),
        .has_description = json_seen_has(&seen, HABIT_DESCRIPTION),
        .has_emoji = json_seen_has(&seen, HABIT_EMOJI),
        .has_color = json_seen_has(&seen, HABIT_COLOR),
        .has_kind = json_seen_has(&seen, HABIT_KIND),
        .has_target_kind = json_seen_has(&seen, HABIT_TARGET_KIND),
        .has_target_value = mode == JSON_PATCH ? json_seen_has(&seen, HABIT_TARGET_VALUE)
                                               : json_seen_value(&seen, HABIT_TARGET_VALUE),
        .has_unit = json_seen_has(&seen, HABIT_UNIT),
        .has_frequency = json_seen_has(&seen, HABIT_FREQUENCY),
        .has_starts_on = json_seen_has(&seen, HABIT_STARTS_ON),
        .has_position = json_seen_has(&seen, HABIT_POSITION),
        .has_archived = json_seen_has(&seen, HABIT_ARCHIVED),
        .has_paused = json_seen_has(&seen, HABIT_PAUSED),
        .name = b.name,
        .description = b.description,
        .emoji = b.emoji,
        .color = b.color,
        .unit = b.unit,
        .kind = (enum habit_kind)b.kind,
        .target_kind = (enum target_kind)b.target_kind,
        .target_value = b.target_value,
        .starts_on = b.starts_on,
        .position = b.position,
        .archived = b.archived,
        .paused = b.paused,
    };
    rc = read_frequency(x, b.frequency, change);
    return rc != E_OK ? rc : read_schedules(x, b.schedules, change);
}

enum ecode parse_habit_create(struct exchange *x, void *in)
{
    return read_habit(x, HABIT_FIELDS, JSON_WHOLE, in);
}

enum ecode parse_habit_update(struct exchange *x, void *in)
{
    struct habit_change *change = in;
    struct uuid id;
    enum ecode rc = path_uuid(x, 0, &id);
    if (rc == E_OK)
        rc = read_habit(x, HABIT_SCHEDULES, JSON_PATCH, change);
    change->id = id;
    return rc;
}

void render_habit_members(struct json_writer *w, const struct habit *h)
{
    json_field_uuid(w, "id", &h->id);
    json_field_string(w, "name", h->name);
    json_field_string(w, "description", h->description);
    json_field_string(w, "emoji", h->emoji);
    json_field_string(w, "color", h->color);
    json_field_string(w, "kind", habit_kind_names[h->kind]);
    if (h->kind == HABIT_MEASURABLE)
        json_field_milli(w, "target_value", h->target_value);
    else
        json_field_null(w, "target_value");
    json_field_string(w, "target_kind", target_kind_names[h->target_kind]);
    json_field_string(w, "unit", h->unit);
    json_key(w, "frequency");
    if (h->frequency_days == 0) {
        json_put_null(w);
    } else {
        json_object_begin(w);
        json_field_i64(w, "count", h->frequency_count);
        json_field_i64(w, "days", h->frequency_days);
        json_object_end(w);
    }
    json_field_day(w, "starts_on", h->starts_on);
    json_field_i64(w, "position", h->position);
    json_field_bool(w, "archived", h->archived);
    json_field_bool(w, "paused", h->paused);
    json_key(w, "schedules");
    json_array_begin(w);
    for (size_t i = 0; i < h->schedules_count; i++)
        render_schedule_object(w, &h->schedules[i]);
    json_array_end(w);
    json_field_instant(w, "created_at", h->created_at);
}

enum ecode render_habit(struct exchange *x, const void *out, struct json_writer *w)
{
    json_object_begin(w);
    render_habit_members(w, out);
    json_object_end(w);
    return E_OK;
}
