#include "base/json_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/day.h"
#include "base/instant.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include "base/uuid.h"

#define DEPTH_MAX 32
#define BYTES_MAX 65536
#define MILLI_MAX 1000000000000000.0 /* 10^15: doubles still tell thousandths apart */

/* Whether brackets outside strings nest deeper than allowed: asked before the parser recurses. */
static bool too_deep(const char *s, size_t len)
{
    int depth = 0;
    bool string = false;
    for (size_t i = 0; i < len; i++) {
        if (string) {
            if (s[i] == '\\')
                i++;
            else if (s[i] == '"')
                string = false;
        } else if (s[i] == '"') {
            string = true;
        } else if (s[i] == '{' || s[i] == '[') {
            if (++depth > DEPTH_MAX)
                return true;
        } else if (s[i] == '}' || s[i] == ']') {
            depth--;
        }
    }
    return false;
}

static void release(void *p)
{
    json_decref(p);
}

/* What the parser could not read. A number of more than 64 bits in a member of an object is that field's
 * error. */
static enum ecode unreadable(const char *data, size_t len, const json_error_t *e, struct err *err)
{
    struct json_span whole = {data, len}, key, value;
    struct json_scan scan;
    struct err ignored;
    enum ecode rc = E_OK;
    const char *at = data + e->position;
    if (json_error_code(e) == json_error_numeric_overflow &&
        json_scan_init(&scan, data, whole, '{', &ignored) == E_OK) {
        while (json_scan_next(&scan, &key, &value, &rc, &ignored)) {
            char name[sizeof err->field];
            if (at < value.text || at > value.text + value.len)
                continue;
            snprintf(name, sizeof name, "%.*s", (int)key.len, key.text);
            return err_field(err, name, "is a number beyond 64 bits");
        }
    }
    return err_set(err, E_MALFORMED, "not valid JSON at line %d, column %d: %s", e->line, e->column, e->text);
}

enum ecode json_read(struct arena *a, const char *data, size_t len, bool object, json_t **out,
                     struct err *err)
{
    json_error_t e;
    if (len == 0)
        return err_set(err, E_MALFORMED, "expected JSON, found nothing");
    if (too_deep(data, len))
        return err_set(err, E_MALFORMED, "the JSON is nested deeper than %d levels", DEPTH_MAX);
    json_t *root = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (!root)
        return unreadable(data, len, &e, err);
    arena_defer(a, release, root);
    if (object && !json_is_object(root))
        return err_set(err, E_INVALID, "the JSON must be an object");
    *out = root;
    return E_OK;
}

/* What a reader of one value needs. */
struct reading {
    struct arena *arena;
    const struct json_field *row;
    const char *path; /* "" or what leads to the object */
    struct err *err;
};

static enum ecode refuse(struct err *err, const char *path, const char *name, const char *text)
{
    char field[sizeof err->field];
    snprintf(field, sizeof field, "%s%s%s", path, path[0] ? "." : "", name[0] ? name : "\"\"");
    return err_field(err, field, "%s", text);
}

__attribute__((format(printf, 2, 3))) static enum ecode wrong(const struct reading *r, const char *fmt, ...)
{
    char text[sizeof r->err->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return refuse(r->err, r->path, r->row->name, text);
}

static enum ecode must_be(const struct reading *r, const char *what)
{
    return wrong(r, "must be %s", what);
}

static bool limited(const struct json_field *row)
{
    return row->min != 0 || row->max != 0;
}

static enum ecode check_range(const struct reading *r, const char *what, int64_t v)
{
    const struct json_field *row = r->row;
    if (!limited(row) || (v >= row->min && v <= row->max))
        return E_OK;
    return wrong(r, "must be %s from %" PRId64 " to %" PRId64, what, row->min, row->max);
}

/* The length limits of a string, counted in `unit`. */
static enum ecode check_length(const struct reading *r, size_t count, const char *unit)
{
    const struct json_field *row = r->row;
    if (!limited(row))
        return E_OK;
    if (count == 0 && row->min > 0)
        return must_be(r, "a string that is not empty");
    if (count < (size_t)row->min)
        return wrong(r, "must have at least %" PRId64 " %s", row->min, unit);
    if (count > (size_t)row->max)
        return wrong(r, "must have at most %" PRId64 " %s", row->max, unit);
    return E_OK;
}

static enum ecode read_string(const struct reading *r, json_t *v, const char **out)
{
    const struct json_field *row = r->row;
    if (!json_is_string(v))
        return must_be(r, "a string");
    const char *s = json_string_value(v);
    size_t len = json_string_length(v);
    size_t most = row->max_bytes                          ? row->max_bytes
                  : row->type != FIELD_STRING && row->max ? (size_t)row->max * 16
                                                          : BYTES_MAX;
    enum ecode rc;
    if (row->type != FIELD_STRING) {
        bool line = row->type == FIELD_LINE;
        if (!(line ? utf8_clean_line : utf8_clean_text)(s, len, &s, &len))
            return must_be(r,
                           line ? "one line without control characters" : "text without control characters");
    }
    if (len > most) /* before the characters are counted: it is what bounds the work */
        return wrong(r, "must have at most %zu bytes", most);
    if (row->type == FIELD_STRING)
        rc = check_length(r, len, "bytes");
    else
        rc = check_length(r, utf8_visible_length(s, len), "characters");
    if (!rc)
        *out = arena_memdup(r->arena, s, len);
    return rc;
}

static enum ecode read_i64(const struct reading *r, json_t *v, int64_t *out)
{
    if (!json_is_integer(v))
        return must_be(r, "a whole number");
    int64_t n = json_integer_value(v);
    enum ecode rc = check_range(r, "a whole number", n);
    if (!rc)
        *out = n;
    return rc;
}

static enum ecode read_milli(const struct reading *r, json_t *v, int64_t *out)
{
    if (!json_is_number(v))
        return must_be(r, "a number");
    double scaled = json_number_value(v) * 1000;
    if (!(fabs(scaled) <= MILLI_MAX))
        return must_be(r, "a number between -1000000000000 and 1000000000000");
    int64_t n = llround(scaled);
    if (fabs(scaled - (double)n) > fabs(scaled) * 4e-16)
        return must_be(r, "a number with at most three decimals");
    if (limited(r->row) && (n < r->row->min || n > r->row->max))
        return wrong(r, "must be a number from %g to %g", (double)r->row->min / 1000,
                     (double)r->row->max / 1000);
    *out = n;
    return E_OK;
}

/* "HH:MM", 00:00–23:59, in minutes since midnight; false: not one. */
static bool minute_parse(const char *s, size_t len, int *out)
{
    for (size_t i = 0; i < 5; i++)
        if (len != 5 || (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9'))
            return false;
    int hour = (s[0] - '0') * 10 + (s[1] - '0'), minute = (s[3] - '0') * 10 + (s[4] - '0');
    if (hour > 23 || minute > 59)
        return false;
    *out = hour * 60 + minute;
    return true;
}

static enum ecode read_minute(const struct reading *r, json_t *v, int *out)
{
    const struct json_field *row = r->row;
    int minute;
    if (!json_is_string(v) || !minute_parse(json_string_value(v), json_string_length(v), &minute))
        return must_be(r, "a time of day \"HH:MM\"");
    if (limited(row) && (minute < row->min || minute > row->max))
        return wrong(r, "must be a time of day from %02d:%02d to %02d:%02d", (int)row->min / 60,
                     (int)row->min % 60, (int)row->max / 60, (int)row->max % 60);
    *out = minute;
    return E_OK;
}

static enum ecode read_enum(const struct reading *r, json_t *v, int *out)
{
    char list[400];
    struct buf b;
    const char *s = json_string_value(v);
    for (int i = 0; s && r->row->names[i]; i++)
        if (strcmp(s, r->row->names[i]) == 0) {
            *out = i;
            return E_OK;
        }
    buf_init(&b, sizeof list - 1);
    for (int i = 0; r->row->names[i]; i++)
        buf_printf(&b, "%s\"%s\"", i ? ", " : "", r->row->names[i]);
    snprintf(list, sizeof list, "%s", buf_text(&b));
    buf_release(&b);
    return wrong(r, "must be one of %s", list);
}

static enum ecode read_weekdays(const struct reading *r, json_t *v, unsigned *out)
{
    static const char expected[] = "a list of different weekdays, 1 (Monday) to 7 (Sunday)";
    unsigned mask = 0;
    if (!json_is_array(v) || json_array_size(v) == 0 || json_array_size(v) > 7)
        return must_be(r, expected);
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *item = json_array_get(v, i);
        json_int_t day = json_integer_value(item);
        if (!json_is_integer(item) || day < 1 || day > 7 || mask & 1u << (day - 1))
            return must_be(r, expected);
        mask |= 1u << (day - 1);
    }
    *out = mask;
    return E_OK;
}

/* Types that are one string in a fixed form. */
static enum ecode read_formatted(const struct reading *r, json_t *v, void *member)
{
    const char *s = json_is_string(v) ? json_string_value(v) : "";
    size_t len = strlen(s);
    switch (r->row->type) {
    case FIELD_DAY:
        return day_parse(s, len, member) ? E_OK : must_be(r, "a date \"YYYY-MM-DD\"");
    case FIELD_INSTANT:
        return instant_parse(s, len, member) ? E_OK
                                             : must_be(r, "a time as in RFC 3339, \"2026-11-23T16:48:52Z\"");
    default:
        return uuid_parse(s, len, member) ? E_OK : must_be(r, "a UUID");
    }
}

static enum ecode read_tree(const struct reading *r, json_t *v, json_t **out)
{
    if (r->row->type == FIELD_OBJECT && !json_is_object(v))
        return must_be(r, "an object");
    if (r->row->type == FIELD_ARRAY) {
        if (!json_is_array(v))
            return must_be(r, "a list");
        enum ecode rc = check_range(r, "a list with a number of items", (int64_t)json_array_size(v));
        if (rc)
            return rc;
    }
    *out = v;
    return E_OK;
}

static enum ecode read_value(const struct reading *r, json_t *v, void *member)
{
    switch (r->row->type) {
    case FIELD_LINE:
    case FIELD_TEXT:
    case FIELD_STRING:
        return read_string(r, v, member);
    case FIELD_BOOL:
        if (!json_is_boolean(v))
            return must_be(r, "true or false");
        *(bool *)member = json_is_true(v);
        return E_OK;
    case FIELD_I64:
        return read_i64(r, v, member);
    case FIELD_MILLI:
        return read_milli(r, v, member);
    case FIELD_DAY:
    case FIELD_INSTANT:
    case FIELD_UUID:
        return read_formatted(r, v, member);
    case FIELD_MINUTE:
        return read_minute(r, v, member);
    case FIELD_ENUM:
        return read_enum(r, v, member);
    case FIELD_WEEKDAYS:
        return read_weekdays(r, v, member);
    case FIELD_OBJECT:
    case FIELD_ARRAY:
    case FIELD_JSON:
        break;
    }
    return read_tree(r, v, member);
}

static size_t member_size(enum json_field_type type)
{
    static const size_t sizes[] = {
        [FIELD_LINE] = sizeof(char *),      [FIELD_TEXT] = sizeof(char *),
        [FIELD_STRING] = sizeof(char *),    [FIELD_BOOL] = sizeof(bool),
        [FIELD_I64] = sizeof(int64_t),      [FIELD_MILLI] = sizeof(int64_t),
        [FIELD_DAY] = sizeof(struct day),   [FIELD_INSTANT] = sizeof(struct instant),
        [FIELD_UUID] = sizeof(struct uuid), [FIELD_MINUTE] = sizeof(int),
        [FIELD_ENUM] = sizeof(int),         [FIELD_WEEKDAYS] = sizeof(unsigned),
        [FIELD_OBJECT] = sizeof(json_t *),  [FIELD_ARRAY] = sizeof(json_t *),
        [FIELD_JSON] = sizeof(json_t *),
    };
    return sizes[type];
}

static enum ecode read_row(const struct reading *r, json_t *v, unsigned index, void *out,
                           struct json_seen *seen)
{
    seen->present |= 1ull << index;
    if (!json_is_null(v))
        return read_value(r, v, (char *)out + r->row->offset);
    seen->null |= 1ull << index;
    return r->row->flags & FIELD_NULLABLE ? E_OK : wrong(r, "must not be null");
}

enum ecode json_object_read(struct arena *a, json_t *object, const char *path, const struct json_field *rows,
                            size_t n, enum json_mode mode, void *out, struct json_seen *seen, struct err *err)
{
    CHECK(n <= JSON_FIELDS_MAX);
    struct json_seen got = {0};
    if (!json_is_object(object))
        return path[0] ? err_field(err, path, "must be an object")
                       : err_set(err, E_INVALID, "the JSON must be an object");
    size_t matched = 0;
    for (size_t i = 0; i < n; i++) {
        CHECK(rows[i].size == member_size(rows[i].type));
        json_t *v = json_object_get(object, rows[i].name);
        struct reading r = {a, &rows[i], path, err};
        enum ecode rc = E_OK;
        if (v)
            rc = read_row(&r, v, (unsigned)i, out, &got);
        else if (mode == JSON_WHOLE && rows[i].flags & FIELD_REQUIRED)
            rc = wrong(&r, "is required");
        if (rc)
            return rc;
        matched += v != NULL;
    }
    const char *key;
    json_t *value;
    if (matched < json_object_size(object))
        json_object_foreach(object, key, value)
        {
            size_t i = 0;
            while (i < n && strcmp(rows[i].name, key) != 0)
                i++;
            if (i == n)
                return refuse(err, path, key, "is not a known field");
        }
    *seen = got;
    return E_OK;
}
