#include <stdio.h>
#include <string.h>
#include "base/json_write.h"
#include "domain/transfer/csv.h"
#include "domain/transfer/write.h"

/* Our own formats. Whatever is written here, read_json.c and read_text.c read back to the same rows. */

static void time_or_null(struct json_writer *w, const char *key, bool there, struct instant t)
{
    if (there)
        json_field_instant(w, key, t);
    else
        json_field_null(w, key);
}

static void json_schedule(struct json_writer *w, const struct transfer_schedule *s)
{
    json_object_begin(w);
    json_field_uuid(w, "id", &s->id);
    json_field_string(w, "schedule_type", schedule_type_names[s->type]);
    json_field_minute(w, "reminder_time", s->reminder_minute);
    if (s->type == SCHEDULE_WEEKLY)
        json_field_weekdays(w, "days_of_week", s->weekdays);
    if (s->type == SCHEDULE_CUSTOM)
        json_field_string(w, "rrule", s->rrule);
    json_field_day(w, "starts_on", s->starts_on);
    json_field_bool(w, "is_enabled", s->enabled);
    json_field_instant(w, "created_at", s->created_at);
    json_field_instant(w, "updated_at", s->updated_at);
    json_object_end(w);
}

static void json_log(struct json_writer *w, const struct transfer_entry *e)
{
    json_object_begin(w);
    json_field_day(w, "day", e->day);
    if (e->status != LOG_NONE)
        json_field_string(w, "status", log_status_names[e->status]);
    if (e->has_value)
        json_field_milli(w, "value", e->value);
    if (e->note)
        json_field_string(w, "note", e->note);
    if (e->decline) {
        json_key(w, "decline");
        json_object_begin(w);
        json_field_uuid(w, "id", &e->decline->id);
        if (e->decline->preset != PRESET_NONE)
            json_field_string(w, "preset", decline_preset_names[e->decline->preset]);
        if (e->decline->note)
            json_field_string(w, "note", e->decline->note);
        json_field_instant(w, "created_at", e->decline->created_at);
        json_object_end(w);
    }
    json_field_string(w, "source", source_names[e->source]);
    if (e->version != 1)
        json_field_i64(w, "version", e->version);
    json_field_instant(w, "marked_at", e->marked_at);
    json_object_end(w);
}

static void json_habit_fields(struct json_writer *w, const struct transfer_habit *h)
{
    json_field_uuid(w, "id", &h->id);
    json_field_string(w, "name", h->name);
    json_field_string(w, "description", h->description);
    json_field_string(w, "emoji", h->emoji);
    json_field_string(w, "color", h->color);
    json_field_string(w, "kind", habit_kind_names[h->kind]);
    json_field_string(w, "target_kind", target_kind_names[h->target_kind]);
    json_field_milli(w, "target_value", h->target_value);
    json_field_string(w, "unit", h->unit);
    json_key(w, "frequency");
    if (h->frequency_days > 0) {
        json_object_begin(w);
        json_field_i64(w, "count", h->frequency_count);
        json_field_i64(w, "days", h->frequency_days);
        json_object_end(w);
    } else {
        json_put_null(w);
    }
    json_field_day(w, "starts_on", h->starts_on);
    json_field_i64(w, "position", h->position);
    time_or_null(w, "archived_at", h->archived, h->archived_at);
    time_or_null(w, "paused_at", h->paused, h->paused_at);
    if (h->paused)
        json_field_string(w, "paused_by", h->paused_by_tier ? "tier" : "person");
    if (h->origin) {
        json_field_string(w, "import_format", h->origin);
        json_field_string(w, "import_ref", h->origin_ref);
    }
    json_field_instant(w, "created_at", h->created_at);
    json_field_instant(w, "updated_at", h->updated_at);
}

void write_json(const struct transfer_set *s, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_string(&w, "format", "habitd");
    json_field_i64(&w, "version", 1);
    json_key(&w, "habits");
    json_array_begin(&w);
    for (size_t i = 0; i < s->habits_count && !buf_overflowed(out); i++) {
        const struct transfer_habit *h = &s->habits[i];
        json_object_begin(&w);
        json_habit_fields(&w, h);
        json_key(&w, "schedules");
        json_array_begin(&w);
        for (size_t j = 0; j < h->schedules_count; j++)
            json_schedule(&w, &h->schedules[j]);
        json_array_end(&w);
        json_key(&w, "logs");
        json_array_begin(&w);
        for (size_t j = 0; j < h->entries_count; j++)
            json_log(&w, &s->entries[h->first_entry + j]);
        json_array_end(&w);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    json_writer_finish(&w);
    buf_char(out, '\n');
}

/* --- CSV
 * -----------------------------------------------------------------------------------------------------------------
 */

static void put_text(struct buf *b, const char *text)
{
    if (text)
        csv_put(b, text, strlen(text));
}

/* Thousandths as a plain decimal. */
static void put_milli(struct buf *b, int64_t v)
{
    buf_printf(b, "%lld", (long long)(v / 1000));
    if (v % 1000 == 0)
        return;
    char digits[8];
    snprintf(digits, sizeof digits, ".%03d", (int)(v % 1000));
    size_t n = strlen(digits);
    while (digits[n - 1] == '0')
        n--;
    buf_add(b, digits, n);
}

static void csv_row(struct buf *b, const struct transfer_habit *h, const struct transfer_entry *e)
{
    char day[DAY_TEXT], at[INSTANT_TEXT], id[UUID_TEXT];
    put_text(b, h->name);
    buf_printf(b, ",%s,", day_format(e->day, day));
    if (e->status != LOG_NONE)
        buf_str(b, log_status_names[e->status]);
    buf_char(b, ',');
    if (e->has_value)
        put_milli(b, e->value);
    buf_char(b, ',');
    put_text(b, h->unit);
    buf_char(b, ',');
    put_text(b, e->decline ? e->decline->note : e->note);
    buf_char(b, ',');
    if (e->decline && e->decline->preset != PRESET_NONE)
        buf_str(b, decline_preset_names[e->decline->preset]);
    buf_printf(b, ",%s,%s\n", instant_format(e->marked_at, at), uuid_format(&h->id, id));
}

void write_csv(const struct transfer_set *s, struct buf *out)
{
    buf_str(out, "habit,day,status,value,unit,note,preset,marked_at,habit_id\n");
    for (size_t i = 0; i < s->habits_count && !buf_overflowed(out); i++) {
        const struct transfer_habit *h = &s->habits[i];
        for (size_t j = 0; j < h->entries_count; j++)
            csv_row(out, h, &s->entries[h->first_entry + j]);
    }
}
