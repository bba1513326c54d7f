#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/day.h"
#include "base/instant.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "base/uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct body {
    const char *name, *note, *key;
    bool on;
    int64_t color, value;
    struct day day;
    struct instant at;
    struct uuid id;
    int minute, kind;
    unsigned weekdays;
    json_t *sub, *list;
};

static const char *const kinds[] = {"yes_no", "measurable", NULL};
static const struct json_field rows[] = {
    {JSON_MEMBER(struct body, name), FIELD_LINE, .min = 1, .max = 64},
    {JSON_MEMBER(struct body, note), FIELD_TEXT, FIELD_NULLABLE, .max = 4096},
    {JSON_MEMBER(struct body, key), FIELD_STRING, .min = 1, .max = 100},
    {JSON_MEMBER(struct body, on), FIELD_BOOL},
    {JSON_MEMBER(struct body, color), FIELD_I64},
    {JSON_MEMBER(struct body, value), FIELD_MILLI},
    {JSON_MEMBER(struct body, day), FIELD_DAY},
    {JSON_MEMBER(struct body, at), FIELD_INSTANT},
    {JSON_MEMBER(struct body, id), FIELD_UUID},
    {JSON_MEMBER(struct body, minute), FIELD_MINUTE},
    {JSON_MEMBER(struct body, kind), FIELD_ENUM, .names = kinds},
    {JSON_MEMBER(struct body, weekdays), FIELD_WEEKDAYS},
    {JSON_MEMBER(struct body, sub), FIELD_OBJECT, FIELD_NULLABLE},
    {JSON_MEMBER(struct body, list), FIELD_ARRAY, .max = 10},
};

/* What was read is written, and the answer is JSON that reads back the same. */
static void round_trip(struct arena *a, const struct body *in)
{
    struct buf b;
    struct json_writer w;
    struct body out = *in;
    struct json_seen seen;
    struct err err;
    json_t *root = NULL;
    buf_init(&b, 1 << 20);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    if (in->note)
        json_field_string(&w, "note", in->note);
    json_field_i64(&w, "color", in->color);
    json_field_milli(&w, "value", in->value);
    json_field_day(&w, "day", in->day);
    json_field_instant(&w, "at", in->at);
    json_field_uuid(&w, "id", &in->id);
    json_field_minute(&w, "minute", in->minute);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(json_read(a, b.data, b.len, true, &root, &err) == E_OK);
    CHECK(json_object_read(a, root, "", rows, ARRAY_LEN(rows), JSON_PATCH, &out, &seen, &err) == E_OK);
    CHECK(out.color == in->color && out.value == in->value && out.day.n == in->day.n &&
          out.at.ms == in->at.ms);
    CHECK(out.minute == in->minute && uuid_cmp(&out.id, &in->id) == 0);
    CHECK(!in->note || strcmp(in->note, out.note) == 0);
    buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    struct arena *a = arena_new(16 << 20);
    struct body body = {.kind = 0};
    struct json_seen seen;
    struct err err;
    json_t *root = NULL;
    if (json_read(a, (const char *)data, size, true, &root, &err) == E_OK) {
        enum ecode rc = json_object_read(a, root, "", rows, ARRAY_LEN(rows), JSON_WHOLE, &body, &seen, &err);
        CHECK(rc == E_OK || (rc == E_INVALID && err.field[0]) || json_object_get(root, ""));
        if (rc == E_OK)
            round_trip(a, &body);
    }
    utf8_valid((const char *)data, size);
    arena_free(a);
    return 0;
}
