#include "edge/http/route.h"

#include "domain/checkin/checkin.h"

enum ecode parse_today(struct exchange *x, void *in)
{
    struct today_query *q = in;
    q->day = day_none();
    return query_day(x, "day", &q->day);
}

enum ecode render_today(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct today *t = out;
    json_object_begin(w);
    json_field_day(w, "day", t->day);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < t->count; i++) {
        const struct today_item *item = &t->items[i];
        json_object_begin(w);
        json_field_uuid(w, "habit_id", &item->habit.id); /* as a log names it */
        render_habit_members(w, &item->habit);
        json_field_string(w, "status", item->status == LOG_NONE ? NULL : log_status_names[item->status]);
        if (item->has_value)
            json_field_milli(w, "value", item->value);
        else
            json_field_null(w, "value");
        json_field_string(w, "note", item->note);
        json_field_i64(w, "streak", item->current_streak);
        render_score(w, "score", item->score);
        json_object_end(w);
    }
    json_array_end(w);
    render_next(w, 't', NULL, 0);
    return E_OK;
}

enum ecode parse_stats(struct exchange *x, void *in)
{
    struct stats_query *q = in;
    q->on = day_none();
    enum ecode rc = path_uuid(x, 0, &q->habit_id);
    return rc != E_OK ? rc : query_day(x, "on", &q->on);
}

enum ecode render_stats(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct stats *s = out;
    json_object_begin(w);
    json_field_day(w, "on", s->on);
    render_score(w, "score", s->score);
    json_field_i64(w, "current_streak", s->current_streak);
    json_field_i64(w, "best_streak", s->best_streak);
    json_key(w, "streaks");
    json_array_begin(w);
    for (size_t i = 0; i < s->streaks_count; i++) {
        json_object_begin(w);
        json_field_day(w, "from", s->streaks[i].from);
        json_field_day(w, "to", s->streaks[i].to);
        json_field_i64(w, "length", s->streaks[i].length);
        json_object_end(w);
    }
    json_array_end(w);
    json_field_i64(w, "total_done", s->total_done);
    if (s->has_completion)
        render_score(w, "completion_30d", s->completion_30d);
    else
        json_field_null(w, "completion_30d");
    json_object_end(w);
    return E_OK;
}
