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

enum ecode parse_year(struct exchange *x, void *in)
{
    struct year_query *q = in;
    q->from = q->to = day_none();
    enum ecode rc = path_uuid(x, 0, &q->habit_id);
    if (rc == E_OK)
        rc = query_day(x, "from", &q->from);
    if (rc == E_OK)
        rc = query_day(x, "to", &q->to);
    if (rc == E_OK && day_is_none(q->from))
        rc = err_field(&x->err, "from", "is needed");
    return rc;
}

/* A letter for each day: a year is 371 bytes instead of as many objects. */
static void render_levels(struct json_writer *w, const struct year *y)
{
    static const char letters[] = {
        [DAY_BEFORE] = '-', [DAY_NOT_DUE] = '.', [DAY_OPEN] = 'o',    [DAY_DONE] = 'd',
        [DAY_PARTLY] = 'p', [DAY_SKIPPED] = 's', [DAY_DECLINED] = 'x'};
    char text[YEAR_DAYS_MAX + 1];
    for (size_t i = 0; i < y->count; i++)
        text[i] = letters[year_day_level(y, &y->days[i])];
    text[y->count] = '\0';
    json_field_string(w, "levels", text);
}

enum ecode render_year(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct year *y = out;
    json_object_begin(w);
    json_field_day(w, "from", y->first);
    json_field_day(w, "to", day_add(y->first, (int32_t)y->count - 1));
    render_levels(w, y);
    json_key(w, "scores");
    json_array_begin(w);
    for (size_t i = 0; i < y->count; i++) {
        double score = y->days[i].score;
        if (score == score)
            json_put_f64(w, (double)(int64_t)(score * 1e4 + 0.5) / 1e4);
        else
            json_put_null(w);
    }
    json_array_end(w);
    json_object_end(w);
    return E_OK;
}

enum ecode parse_overall(struct exchange *x, void *in)
{
    struct overall_query *q = in;
    q->from = q->to = day_none();
    enum ecode rc = query_day(x, "from", &q->from);
    return rc != E_OK ? rc : query_day(x, "to", &q->to);
}

static void render_counts(struct json_writer *w, const struct overall_counts *c)
{
    json_field_i64(w, "done", c->done);
    json_field_i64(w, "declined", c->declined);
    json_field_i64(w, "skipped", c->skipped);
    json_object_end(w);
}

enum ecode render_overall(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct overall *o = out;
    json_object_begin(w);
    json_field_day(w, "from", o->from);
    json_field_day(w, "to", o->to);
    json_key(w, "days");
    json_array_begin(w);
    for (size_t i = 0; i < o->days_count; i++) {
        json_object_begin(w);
        json_field_day(w, "day", day_add(o->from, (int32_t)i));
        render_counts(w, &o->days[i]);
    }
    json_array_end(w);
    json_key(w, "habits");
    json_array_begin(w);
    for (size_t i = 0; i < o->habits_count; i++) {
        json_object_begin(w);
        json_field_uuid(w, "habit_id", &o->habits[i].habit_id);
        render_counts(w, &o->habits[i].counts);
    }
    json_array_end(w);
    json_object_end(w);
    return E_OK;
}
