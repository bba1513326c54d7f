#include "edge/http/route.h"

#include <string.h>
#include "base/check.h"
#include "domain/habit/habit.h"
#include "domain/user/user.h"

struct schedule_body {
    int schedule_type, reminder_time;
    unsigned days_of_week;
    const char *rrule;
    struct day starts_on;
    bool is_enabled;
};
enum {
    SCHEDULE_TYPE,
    SCHEDULE_REMINDER,
    SCHEDULE_WEEKDAYS,
    SCHEDULE_RRULE,
    SCHEDULE_STARTS_ON,
    SCHEDULE_ENABLED,
    SCHEDULE_FIELDS
};
static const struct json_field schedule_fields[SCHEDULE_FIELDS] = {
    [SCHEDULE_TYPE] = {JSON_MEMBER(struct schedule_body, schedule_type), FIELD_ENUM, FIELD_REQUIRED,
                       .names = schedule_type_names},
    [SCHEDULE_REMINDER] = {JSON_MEMBER(struct schedule_body, reminder_time), FIELD_MINUTE, FIELD_NULLABLE},
    [SCHEDULE_WEEKDAYS] = {JSON_MEMBER(struct schedule_body, days_of_week), FIELD_WEEKDAYS, FIELD_NULLABLE},
    [SCHEDULE_RRULE] = {JSON_MEMBER(struct schedule_body, rrule), FIELD_STRING, FIELD_NULLABLE, .min = 1,
                        .max = RRULE_TEXT_MAX},
    [SCHEDULE_STARTS_ON] = {JSON_MEMBER(struct schedule_body, starts_on), FIELD_DAY},
    [SCHEDULE_ENABLED] = {JSON_MEMBER(struct schedule_body, is_enabled), FIELD_BOOL},
};

static enum ecode read_change(struct exchange *x, json_t *object, const char *path, enum json_mode mode,
                              struct schedule_change *change)
{
    struct schedule_body b = {.reminder_time = MINUTE_NONE, .starts_on = day_none(), .is_enabled = true};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, object, path, schedule_fields,
                                     ARRAY_LEN(schedule_fields), mode, &b, &seen, &x->err);
    if (rc != E_OK)
        return rc;
    *change = (struct schedule_change){
        .has_type = json_seen_has(&seen, SCHEDULE_TYPE),
        .has_reminder = json_seen_has(&seen, SCHEDULE_REMINDER),
        .has_weekdays = json_seen_has(&seen, SCHEDULE_WEEKDAYS),
        .has_rrule = json_seen_has(&seen, SCHEDULE_RRULE),
        .has_starts_on = json_seen_has(&seen, SCHEDULE_STARTS_ON),
        .has_enabled = json_seen_has(&seen, SCHEDULE_ENABLED),
        .value = {.type = (enum schedule_type)b.schedule_type,
                  .reminder_minute = b.reminder_time,
                  .weekdays = (uint8_t)b.days_of_week,
                  .rrule = b.rrule,
                  .starts_on = b.starts_on,
                  .enabled = b.is_enabled},
    };
    return E_OK;
}

enum ecode read_schedule(struct exchange *x, json_t *object, const char *path, struct schedule *out)
{
    struct schedule_change change;
    enum ecode rc = read_change(x, object, path, JSON_WHOLE, &change);
    if (rc == E_OK)
        *out = change.value;
    return rc;
}

enum ecode parse_schedule_create(struct exchange *x, void *in)
{
    struct schedule_change *change = in;
    struct uuid habit_id;
    enum ecode rc = path_uuid(x, 0, &habit_id);
    if (rc == E_OK)
        rc = read_change(x, x->body, "", JSON_WHOLE, change);
    change->habit_id = habit_id;
    return rc;
}

enum ecode parse_schedule_preview(struct exchange *x, void *in)
{
    return read_change(x, x->body, "", JSON_WHOLE, in);
}

enum ecode render_schedule_preview(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct schedule_preview *p = out;
    char text[DAY_TEXT];
    json_object_begin(w);
    json_key(w, "days");
    json_array_begin(w);
    for (size_t i = 0; i < p->count; i++)
        json_put_string(w, day_format(p->days[i], text));
    json_array_end(w);
    if (p->has_reminder)
        json_field_instant(w, "reminder_at", p->reminder_at);
    else
        json_field_null(w, "reminder_at");
    json_object_end(w);
    return E_OK;
}

enum ecode parse_schedule_update(struct exchange *x, void *in)
{
    struct schedule_change *change = in;
    struct uuid habit_id, id;
    enum ecode rc = path_uuid(x, 0, &habit_id);
    if (rc == E_OK)
        rc = path_uuid(x, 1, &id);
    if (rc == E_OK)
        rc = read_change(x, x->body, "", JSON_PATCH, change);
    if (rc != E_OK)
        return rc;
    change->habit_id = habit_id;
    change->id = id;
    return E_OK;
}

enum ecode parse_schedule_delete(struct exchange *x, void *in)
{
    struct schedule_change *change = in;
    enum ecode rc = path_uuid(x, 0, &change->habit_id);
    return rc != E_OK ? rc : path_uuid(x, 1, &change->id);
}

enum ecode parse_schedule_get(struct exchange *x, void *in)
{
    struct uuid *id = arena_alloc(x->request->arena, sizeof *id);
    x->extra = id;
    enum ecode rc = path_uuid(x, 1, id);
    return rc != E_OK ? rc : parse_habit_ref(x, in);
}

void render_schedule_object(struct json_writer *w, const struct schedule *s)
{
    json_object_begin(w);
    json_field_uuid(w, "id", &s->id);
    json_field_string(w, "schedule_type", schedule_type_names[s->type]);
    json_field_minute(w, "reminder_time", s->reminder_minute);
    if (s->type == SCHEDULE_WEEKLY)
        json_field_weekdays(w, "days_of_week", s->weekdays);
    else
        json_field_null(w, "days_of_week");
    json_field_string(w, "rrule", s->rrule);
    json_field_day(w, "starts_on", s->starts_on);
    json_field_bool(w, "is_enabled", s->enabled);
    json_object_end(w);
}

enum ecode render_schedule(struct exchange *x, const void *out, struct json_writer *w)
{
    render_schedule_object(w, out);
    return E_OK;
}

enum ecode render_schedule_list(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct habit *h = out;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < h->schedules_count; i++)
        render_schedule_object(w, &h->schedules[i]);
    json_array_end(w);
    render_next(w, 'c', NULL, 0);
    return E_OK;
}

enum ecode render_schedule_of_habit(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct habit *h = out;
    const struct uuid *id = x->extra;
    for (size_t i = 0; i < h->schedules_count; i++) {
        if (uuid_cmp(&h->schedules[i].id, id) == 0) {
            render_schedule_object(w, &h->schedules[i]);
            return E_OK;
        }
    }
    return err_set(&x->err, E_NOT_FOUND, "there is no such schedule");
}
