#include "test.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json_read.h"
#include "base/json_write.h"

static void writes_every_kind(void **state)
{
    struct buf b;
    struct json_writer w;
    const struct uuid id = {{0x01, 0x9a, [15] = 0xff}};
    buf_init(&b, 4096);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "s", "a\"b\\c\n\t\x01/\x7f\xd0\x94");
    json_field_string(&w, "none", NULL);
    json_field_bool(&w, "t", true);
    json_field_i64(&w, "min", INT64_MIN);
    json_field_f64(&w, "f", 0.1);
    json_field_milli(&w, "m", -2500);
    json_field_uuid(&w, "id", &id);
    json_field_instant(&w, "at", instant_from_ms(1000));
    json_field_day(&w, "day", day_of(0));
    json_field_day(&w, "no_day", day_none());
    json_field_minute(&w, "hm", 9 * 60 + 5);
    json_field_minute(&w, "no_hm", -1);
    json_field_weekdays(&w, "wd", 0x41);
    json_field_null(&w, "n");
    json_key(&w, "list");
    json_array_begin(&w);
    json_array_begin(&w);
    json_array_end(&w);
    json_object_begin(&w);
    json_object_end(&w);
    json_put_bool(&w, false);
    json_array_end(&w);
    json_object_end(&w);
    json_writer_finish(&w);
    assert_string_equal(
        buf_text(&b),
        "{\"s\":\"a\\\"b\\\\c\\n\\t\\u0001/"
        "\x7f\xd0\x94\",\"none\":null,\"t\":true,\"min\":-9223372036854775808,\"f\":0.1,\"m\":-2.5,"
        "\"id\":\"019a0000-0000-0000-0000-0000000000ff\",\"at\":\"1970-01-01T00:00:01Z\",\"day\":\"1970-01-"
        "01\",\"no_day\":null,"
        "\"hm\":\"09:05\",\"no_hm\":null,\"wd\":[1,7],\"n\":null,\"list\":[[],{},false]}");
    buf_release(&b);
}

static void writes_alone(void (*put)(struct json_writer *, const void *), const void *arg, const char *want)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 4096);
    json_writer_init(&w, &b);
    put(&w, arg);
    json_writer_finish(&w);
    assert_string_equal(buf_text(&b), want);
    buf_release(&b);
}

static void put_f64(struct json_writer *w, const void *v)
{
    json_put_f64(w, *(const double *)v);
}

static void put_milli(struct json_writer *w, const void *v)
{
    json_put_milli(w, *(const int64_t *)v);
}

static void put_text(struct json_writer *w, const void *v)
{
    json_put_string(w, v);
}

static void numbers_are_short_and_exact(void **state)
{
    static const struct {
        double v;
        const char *text;
    } doubles[] = {{0, "0"},
                   {1, "1"},
                   {0.655747, "0.655747"},
                   {0.1 + 0.2, "0.30000000000000004"},
                   {1e21, "1e+21"},
                   {-0.5, "-0.5"},
                   {5e-324, "4.94065645841247e-324"},
                   {DBL_MAX, "1.7976931348623157e+308"},
                   {1.0 / 3, "0.3333333333333333"}};
    static const struct {
        int64_t v;
        const char *text;
    } millis[] = {{0, "0"},      {1, "0.001"},      {10, "0.01"},   {1000, "1"},
                  {10000, "10"}, {100500, "100.5"}, {-1, "-0.001"}, {INT64_MIN, "-9223372036854775.808"}};
    for (size_t i = 0; i < ARRAY_LEN(doubles); i++)
        writes_alone(put_f64, &doubles[i].v, doubles[i].text);
    for (size_t i = 0; i < ARRAY_LEN(millis); i++)
        writes_alone(put_milli, &millis[i].v, millis[i].text);
}

static void bad_utf8_is_replaced(void **state)
{
    writes_alone(put_text,
                 "a\xff"
                 "b",
                 "\"a\xef\xbf\xbd"
                 "b\"");
    writes_alone(put_text, "\xd0", "\"\xef\xbf\xbd\"");
    writes_alone(put_text, "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    writes_alone(put_text, "\xf0\x9f\x8e\x89", "\"\xf0\x9f\x8e\x89\"");
}

/* Every string of bytes written is read back by a strict parser. */
static void writer_and_parser_agree(void **state)
{
    for (int c = 1; c < 256; c++) {
        char s[] = {'x', (char)c, 'y', '\0'};
        struct buf b;
        struct json_writer w;
        buf_init(&b, 100);
        json_writer_init(&w, &b);
        json_put_string(&w, s);
        json_t *v = json_loadb(b.data, b.len, JSON_DECODE_ANY, NULL);
        assert_non_null(v);
        assert_string_equal(json_string_value(v), c < 0x80 ? s : "x\xef\xbf\xbdy");
        json_decref(v);
        buf_release(&b);
    }
}

static enum ecode read(struct arena *a, const char *text, json_t **out, struct err *err)
{
    return json_read(a, text, strlen(text), true, out, err);
}

static void refuses_malformed(void **state)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "{}x",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":\"\xff\"}",
                                      "[99999999999999999999]",
                                      "[1e999]",
                                      "{'a':1}",
                                      "{\"a\":01}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":NaN}",
                                      "{\"a\":1,}",
                                      "\xef\xbb\xbf{}",
                                      "nul"};
    struct arena *a = arena_new(1 << 20);
    json_t *v = NULL;
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (read(a, bad[i], &v, &err) != E_MALFORMED)
            fail_msg("%s was read", bad[i]);
    assert_int_equal(read(a, "{\"x\":[{}],\"a\":99999999999999999999,\"b\":1}", &v, &err), E_INVALID);
    assert_string_equal(err.field, "a");
    assert_int_equal(read(a, "{\"b\":{\"a\":[1,-1e999]},\"c\":2}", &v, &err), E_INVALID);
    assert_string_equal(err.field, "b");
    assert_int_equal(read(a, "{\"a\": 1,\n \"b\" 2}", &v, &err), E_MALFORMED);
    assert_non_null(strstr(err.text, "line 2, column"));
    assert_int_equal(read(a, "[1]", &v, &err), E_INVALID);
    assert_int_equal(json_read(a, "[1]", 3, false, &v, &err), E_OK);
    char deep[200];
    for (int depth = 31; depth <= 32; depth++) {
        int n = snprintf(deep, sizeof deep, "{\"]\":\"[\\\"[\",\"a\":%.*s%.*s}", depth,
                         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", depth, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
        assert_int_equal(json_read(a, deep, (size_t)n, true, &v, &err), depth == 31 ? E_OK : E_MALFORMED);
    }
    arena_free(a);
}

struct body {
    const char *name, *note, *key;
    bool on;
    int64_t color, value;
    struct day day;
    struct instant at;
    struct uuid id;
    int minute, kind;
    unsigned weekdays;
    json_t *sub, *list, *any;
};

enum { NAME, NOTE, KEY, ON, COLOR, VALUE, DAY, AT, ID, MINUTE, KIND, WEEKDAYS, SUB, LIST, ANY };
static const char *const kinds[] = {"yes_no", "measurable", NULL};
static const struct json_field rows[] = {
    [NAME] = {JSON_MEMBER(struct body, name), FIELD_LINE, FIELD_REQUIRED, .min = 1, .max = 5},
    [NOTE] = {JSON_MEMBER(struct body, note), FIELD_TEXT, FIELD_NULLABLE, .max = 10},
    [KEY] = {JSON_MEMBER(struct body, key), FIELD_STRING, .min = 2, .max = 4},
    [ON] = {JSON_MEMBER(struct body, on), FIELD_BOOL},
    [COLOR] = {JSON_MEMBER(struct body, color), FIELD_I64, FIELD_NULLABLE, .min = 0, .max = 19},
    [VALUE] = {JSON_MEMBER(struct body, value), FIELD_MILLI, .min = -1000, .max = 1000000},
    [DAY] = {JSON_MEMBER(struct body, day), FIELD_DAY},
    [AT] = {JSON_MEMBER(struct body, at), FIELD_INSTANT},
    [ID] = {JSON_MEMBER(struct body, id), FIELD_UUID},
    [MINUTE] = {JSON_MEMBER(struct body, minute), FIELD_MINUTE, .max = 360},
    [KIND] = {JSON_MEMBER(struct body, kind), FIELD_ENUM, .names = kinds},
    [WEEKDAYS] = {JSON_MEMBER(struct body, weekdays), FIELD_WEEKDAYS},
    [SUB] = {JSON_MEMBER(struct body, sub), FIELD_OBJECT, FIELD_NULLABLE},
    [LIST] = {JSON_MEMBER(struct body, list), FIELD_ARRAY, .max = 2},
    [ANY] = {JSON_MEMBER(struct body, any), FIELD_JSON},
};

static enum ecode fill(struct arena *a, const char *text, enum json_mode mode, struct body *body,
                       struct json_seen *seen, struct err *err)
{
    json_t *root = NULL;
    assert_int_equal(read(a, text, &root, err), E_OK);
    return json_object_read(a, root, "", rows, ARRAY_LEN(rows), mode, body, seen, err);
}

static void fills_a_struct(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct body body = {.color = 7};
    struct json_seen seen;
    struct err err;
    assert_int_equal(
        fill(a,
             "{\"name\":\"  ab\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 c "
             "\",\"note\":\"x\\n\\ty\",\"key\":\" k \",\"on\":true,\"color\":null,"
             "\"value\":2.001,\"day\":\"2024-02-29\",\"at\":\"1970-01-01T01:00:01+01:00\",\"id\":\"00000000-"
             "0000-0000-0000-0000000000Ff\","
             "\"minute\":\"03:30\",\"kind\":\"measurable\",\"weekdays\":[7,1],\"sub\":{},\"list\":[1,2],"
             "\"any\":\"q\"}",
             JSON_WHOLE, &body, &seen, &err),
        E_OK);
    assert_string_equal(body.name,
                        "ab\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 c");
    assert_string_equal(body.note, "x\n\ty");
    assert_string_equal(body.key, " k ");
    assert_true(body.on);
    assert_int_equal(body.color, 7); /* null leaves the member */
    assert_int_equal(body.value, 2001);
    assert_int_equal(body.day.n, 19782);
    assert_int_equal(body.at.ms, 1000);
    assert_int_equal(body.id.b[15], 255);
    assert_int_equal(body.minute, 210);
    assert_int_equal(body.kind, 1);
    assert_int_equal(body.weekdays, 0x41);
    assert_true(json_is_object(body.sub) && json_array_size(body.list) == 2 && json_is_string(body.any));
    assert_true(json_seen_null(&seen, COLOR) && json_seen_has(&seen, COLOR) &&
                !json_seen_value(&seen, COLOR));
    assert_true(json_seen_value(&seen, NAME) && !json_seen_null(&seen, NAME));
    arena_free(a);
}

static void patches_tell_absent_from_null(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct body body = {.name = "old"};
    struct json_seen seen;
    struct err err;
    assert_int_equal(fill(a, "{\"note\":null}", JSON_PATCH, &body, &seen, &err), E_OK);
    assert_false(json_seen_has(&seen, NAME));
    assert_true(json_seen_null(&seen, NOTE));
    assert_string_equal(body.name, "old");
    assert_int_equal(fill(a, "{\"name\":null}", JSON_PATCH, &body, &seen, &err), E_INVALID);
    assert_string_equal(err.field, "name");
    assert_string_equal(err.text, "must not be null");
    arena_free(a);
}

static void errors_name_the_field(void **state)
{
    static const struct {
        const char *text, *field, *says;
    } bad[] = {
        {"{}", "name", "is required"},
        {"{\"name\":\"a\",\"nmae\":1}", "nmae", "is not a known field"},
        {"{\"name\":1}", "name", "must be a string"},
        {"{\"name\":\"  \"}", "name", "must be a string that is not empty"},
        {"{\"name\":\"abcdef\"}", "name", "must have at most 5 characters"},
        {"{\"name\":\"a\\nb\"}", "name", "must be one line without control characters"},
        {"{\"name\":\"a\",\"note\":\"a\\u0007b\"}", "note", "must be text without control characters"},
        {"{\"name\":\"a\",\"key\":\"a\"}", "key", "must have at least 2 bytes"},
        {"{\"name\":\"a\",\"on\":1}", "on", "must be true or false"},
        {"{\"name\":\"a\",\"color\":1.5}", "color", "must be a whole number"},
        {"{\"name\":\"a\",\"color\":\"1\"}", "color", "must be a whole number"},
        {"{\"name\":\"a\",\"color\":20}", "color", "must be a whole number from 0 to 19"},
        {"{\"name\":\"a\",\"value\":1.0001}", "value", "must be a number with at most three decimals"},
        {"{\"name\":\"a\",\"value\":1000.001}", "value", "must be a number from -1 to 1000"},
        {"{\"name\":\"a\",\"value\":1e300}", "value", "must be a number between"},
        {"{\"name\":\"a\",\"day\":\"2023-02-29\"}", "day", "must be a date \"YYYY-MM-DD\""},
        {"{\"name\":\"a\",\"day\":20230101}", "day", "must be a date"},
        {"{\"name\":\"a\",\"at\":\"2023-01-01\"}", "at", "must be a time as in RFC 3339"},
        {"{\"name\":\"a\",\"id\":\"x\"}", "id", "must be a UUID"},
        {"{\"name\":\"a\",\"minute\":\"9:00\"}", "minute", "must be a time of day \"HH:MM\""},
        {"{\"name\":\"a\",\"minute\":\"24:00\"}", "minute", "must be a time of day \"HH:MM\""},
        {"{\"name\":\"a\",\"minute\":\"06:01\"}", "minute", "must be a time of day from 00:00 to 06:00"},
        {"{\"name\":\"a\",\"kind\":\"maybe\"}", "kind", "must be one of \"yes_no\", \"measurable\""},
        {"{\"name\":\"a\",\"kind\":0}", "kind", "must be one of \"yes_no\", \"measurable\""},
        {"{\"name\":\"a\",\"weekdays\":[]}", "weekdays", "must be a list of different weekdays"},
        {"{\"name\":\"a\",\"weekdays\":[0]}", "weekdays", "must be a list of different weekdays"},
        {"{\"name\":\"a\",\"weekdays\":[1,1]}", "weekdays", "must be a list of different weekdays"},
        {"{\"name\":\"a\",\"weekdays\":[\"1\"]}", "weekdays", "must be a list of different weekdays"},
        {"{\"name\":\"a\",\"sub\":[]}", "sub", "must be an object"},
        {"{\"name\":\"a\",\"list\":{}}", "list", "must be a list"},
        {"{\"name\":\"a\",\"list\":[1,2,3]}", "list", "must be a list with a number of items from 0 to 2"},
        {"{\"name\":\"a\",\"any\":null}", "any", "must not be null"},
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct body body = {0};
        struct json_seen seen;
        struct err err = {0};
        if (fill(a, bad[i].text, JSON_WHOLE, &body, &seen, &err) != E_INVALID ||
            strcmp(err.field, bad[i].field) != 0 || strncmp(err.text, bad[i].says, strlen(bad[i].says)) != 0)
            fail_msg("%s: field %s: %s", bad[i].text, err.field, err.text);
    }
    json_t *sub = NULL;
    struct body body;
    struct json_seen seen;
    struct err err;
    assert_int_equal(read(a, "{\"color\":99}", &sub, &err), E_OK);
    assert_int_equal(
        json_object_read(a, sub, "logs[3]", rows, ARRAY_LEN(rows), JSON_PATCH, &body, &seen, &err),
        E_INVALID);
    assert_string_equal(err.field, "logs[3].color");
    assert_int_equal(json_object_read(a, json_object_get(sub, "color"), "logs[3]", rows, ARRAY_LEN(rows),
                                      JSON_PATCH, &body, &seen, &err),
                     E_INVALID);
    assert_string_equal(err.field, "logs[3]");
    arena_free(a);
}

/* Every thousandth that the writer can print in this range is read back as itself. */
static void thousandths_round_trip(void **state)
{
    static const struct json_field row = {JSON_MEMBER(struct body, value), FIELD_MILLI};
    struct arena *a = arena_new(1 << 20);
    for (int64_t v = -1000000000000000; v <= 1000000000000000;
         v += v > -5000 && v < 5000 ? 1 : 499999999937) {
        char text[64];
        struct buf b;
        struct json_writer w;
        struct body body;
        struct json_seen seen;
        struct err err;
        json_t *root = NULL;
        buf_init(&b, sizeof text);
        json_writer_init(&w, &b);
        json_object_begin(&w);
        json_field_milli(&w, "value", v);
        json_object_end(&w);
        assert_int_equal(json_read(a, b.data, b.len, true, &root, &err), E_OK);
        assert_int_equal(json_object_read(a, root, "", &row, 1, JSON_WHOLE, &body, &seen, &err), E_OK);
        assert_int_equal(body.value, v);
        buf_release(&b);
        arena_reset(a);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_every_kind),
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(bad_utf8_is_replaced),
        cmocka_unit_test(writer_and_parser_agree),
        cmocka_unit_test(refuses_malformed),
        cmocka_unit_test(fills_a_struct),
        cmocka_unit_test(patches_tell_absent_from_null),
        cmocka_unit_test(errors_name_the_field),
        cmocka_unit_test(thousandths_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
