#include "edge/bot/import_report.h"

#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json_read.h"
#include "base/json_write.h"

#define JSON_BYTES_MAX (64u * 1024)
#define TEXT_BYTES_MAX 4096

static const char *finish(struct arena *a, struct buf *b, struct json_writer *w)
{
    json_object_end(w);
    json_writer_finish(w);
    CHECK(!buf_overflowed(b));
    const char *json = arena_strdup(a, buf_text(b));
    buf_release(b);
    return json;
}

static bool read(struct arena *a, const char *json, const struct json_field *rows, size_t n, void *out)
{
    struct err err;
    struct json_seen seen;
    json_t *root;
    return json && json_read(a, json, strlen(json), true, &root, &err) == E_OK &&
           json_object_read(a, root, "", rows, n, JSON_WHOLE, out, &seen, &err) == E_OK;
}

const char *import_errand_write(struct arena *a, const struct import_errand *e)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, JSON_BYTES_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "file_id", e->file_id);
    json_field_string(&w, "name", e->name);
    json_field_bool(&w, "real", e->real);
    json_field_bool(&w, "restore", e->restore);
    json_field_i64(&w, "message_id", e->message_id);
    return finish(a, &b, &w);
}

bool import_errand_read(struct arena *a, const char *json, struct import_errand *out)
{
    static const struct json_field rows[] = {
        {JSON_MEMBER(struct import_errand, file_id), FIELD_STRING, FIELD_REQUIRED, .min = 1,
         .max = TEXT_BYTES_MAX},
        {JSON_MEMBER(struct import_errand, name), FIELD_STRING, FIELD_REQUIRED, .max = TEXT_BYTES_MAX},
        {JSON_MEMBER(struct import_errand, real), FIELD_BOOL, FIELD_REQUIRED},
        {JSON_MEMBER(struct import_errand, restore), FIELD_BOOL, FIELD_REQUIRED},
        {JSON_MEMBER(struct import_errand, message_id), FIELD_I64, FIELD_REQUIRED, .max = INT64_MAX},
    };
    struct import_errand e = {.file_id = NULL};
    if (!read(a, json, rows, ARRAY_LEN(rows), &e))
        return false;
    *out = e;
    return true;
}

/* --- reports ------------------------------------------------------------------------------------------- */

void import_report_fill(const struct import_result *from, const char *name, struct import_report *out)
{
    *out = (struct import_report){
        .name = name,
        .format = from->format,
        .habits_new = from->habits_new,
        .habits_known = from->habits_known,
        .habits_skipped = from->habits_skipped,
        .habits_archived = from->habits_archived,
        .logs_new = from->logs_new,
        .logs_existing = from->logs_existing,
        .first = from->first,
        .last = from->last,
        .detail = "",
    };
    memcpy(out->losses, from->losses, sizeof out->losses);
}

const char *import_report_write(struct arena *a, const struct import_report *r)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, JSON_BYTES_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "name", r->name);
    json_field_i64(&w, "format", (int64_t)r->format);
    json_field_i64(&w, "habits_new", r->habits_new);
    json_field_i64(&w, "habits_known", r->habits_known);
    json_field_i64(&w, "habits_skipped", r->habits_skipped);
    json_field_i64(&w, "habits_archived", r->habits_archived);
    json_field_i64(&w, "logs_new", r->logs_new);
    json_field_i64(&w, "logs_existing", r->logs_existing);
    if (!day_is_none(r->first)) {
        json_field_day(&w, "first", r->first);
        json_field_day(&w, "last", r->last);
    }
    json_key(&w, "losses");
    json_array_begin(&w);
    for (int i = 0; i < LOSSES; i++)
        json_put_i64(&w, r->losses[i]);
    json_array_end(&w);
    json_field_string(&w, "detail", r->detail);
    return finish(a, &b, &w);
}

/* As it is read, before it is checked. */
struct report_body {
    struct import_report r;
    int64_t format;
    json_t *losses;
};

bool import_report_read(struct arena *a, const char *json, struct import_report *out)
{
#define NUMBER(member)                                                                                       \
    {                                                                                                        \
        .name = #member, offsetof(struct report_body, r.member), sizeof(int64_t), FIELD_I64,                 \
        .max = INT64_MAX                                                                                     \
    }
    static const struct json_field rows[] = {
        {.name = "name",
         offsetof(struct report_body, r.name),
         sizeof(char *),
         FIELD_STRING,
         .max = TEXT_BYTES_MAX},
        {JSON_MEMBER(struct report_body, format), FIELD_I64, .max = FORMATS - 1},
        NUMBER(habits_new),
        NUMBER(habits_known),
        NUMBER(habits_skipped),
        NUMBER(habits_archived),
        NUMBER(logs_new),
        NUMBER(logs_existing),
        {.name = "first", offsetof(struct report_body, r.first), sizeof(struct day), FIELD_DAY},
        {.name = "last", offsetof(struct report_body, r.last), sizeof(struct day), FIELD_DAY},
        {JSON_MEMBER(struct report_body, losses), FIELD_ARRAY},
        {.name = "detail",
         offsetof(struct report_body, r.detail),
         sizeof(char *),
         FIELD_STRING,
         .max = TEXT_BYTES_MAX},
    };
#undef NUMBER
    struct report_body body = {.r = {.name = "", .detail = "", .first = day_none(), .last = day_none()}};
    if (!read(a, json, rows, ARRAY_LEN(rows), &body))
        return false;
    body.r.format = (enum transfer_format)body.format;
    for (size_t i = 0; i < json_array_size(body.losses) && i < LOSSES; i++)
        body.r.losses[i] = json_integer_value(json_array_get(body.losses, i));
    *out = body.r;
    return true;
}
