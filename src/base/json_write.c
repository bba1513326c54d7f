#include "base/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include "base/buf.h"
#include "base/check.h"

void json_writer_init(struct json_writer *w, struct buf *buf)
{
    *w = (struct json_writer){.buf = buf};
}

void json_writer_finish(const struct json_writer *w)
{
    CHECK(w->done && w->depth == 0);
}

static uint32_t level(const struct json_writer *w)
{
    return 1u << (w->depth - 1);
}

static bool in_object(const struct json_writer *w)
{
    return w->depth > 0 && (w->objects & level(w));
}

/* Puts the comma that belongs before an item of the open container. */
static void comma(struct json_writer *w)
{
    if (w->filled & level(w))
        buf_char(w->buf, ',');
    w->filled |= level(w);
}

/* Every value passes here first. */
static void before_value(struct json_writer *w)
{
    CHECK(!w->done && in_object(w) == w->keyed);
    if (w->depth > 0 && !w->keyed)
        comma(w);
    w->keyed = false;
}

static void after_value(struct json_writer *w)
{
    w->done = w->depth == 0;
}

static void begin(struct json_writer *w, bool object)
{
    before_value(w);
    CHECK(w->depth < JSON_DEPTH_MAX);
    w->depth++;
    w->filled &= ~level(w);
    w->objects = object ? w->objects | level(w) : w->objects & ~level(w);
    buf_char(w->buf, object ? '{' : '[');
}

static void end(struct json_writer *w, bool object)
{
    CHECK(w->depth > 0 && in_object(w) == object && !w->keyed);
    w->depth--;
    buf_char(w->buf, object ? '}' : ']');
    after_value(w);
}

void json_object_begin(struct json_writer *w)
{
    begin(w, true);
}

void json_object_end(struct json_writer *w)
{
    end(w, true);
}

void json_array_begin(struct json_writer *w)
{
    begin(w, false);
}

void json_array_end(struct json_writer *w)
{
    end(w, false);
}

static void escape(struct buf *b, unsigned char c)
{
    static const char short_forms[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};
    if (c < sizeof short_forms && short_forms[c]) {
        buf_char(b, '\\');
        buf_char(b, short_forms[c]);
    } else {
        buf_printf(b, "\\u%04x", c);
    }
}

static void quoted(struct buf *b, const char *s, size_t len)
{
    size_t plain = 0; /* where the run of bytes that stand for themselves begins */
    buf_char(b, '"');
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)s[i];
        utf8proc_int32_t decoded;
        utf8proc_ssize_t n = 1;
        if (c >= 0x80)
            n = utf8proc_iterate((const utf8proc_uint8_t *)s + i,
                                 len - i < 4 ? (utf8proc_ssize_t)(len - i) : 4, &decoded);
        if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
            i += (size_t)n;
            continue;
        }
        buf_add(b, s + plain, i - plain);
        if (n > 0)
            escape(b, c);
        else
            buf_str(b, "\xef\xbf\xbd");
        plain = ++i;
    }
    buf_add(b, s + plain, len - plain);
    buf_char(b, '"');
}

void json_key(struct json_writer *w, const char *key)
{
    CHECK(in_object(w) && !w->keyed);
    comma(w);
    quoted(w->buf, key, strlen(key));
    buf_char(w->buf, ':');
    w->keyed = true;
}

/* A value that is JSON already. */
static void put_raw(struct json_writer *w, const char *json, size_t len)
{
    before_value(w);
    buf_add(w->buf, json, len);
    after_value(w);
}

void json_put_text(struct json_writer *w, const char *s, size_t len)
{
    before_value(w);
    quoted(w->buf, s, len);
    after_value(w);
}

void json_put_null(struct json_writer *w)
{
    put_raw(w, "null", 4);
}

void json_put_bool(struct json_writer *w, bool v)
{
    put_raw(w, v ? "true" : "false", v ? 4 : 5);
}

void json_put_raw(struct json_writer *w, const char *json, size_t len)
{
    put_raw(w, json, len);
}

void json_put_i64(struct json_writer *w, int64_t v)
{
    char text[24], *end = text + sizeof text, *p = end;
    uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + size % 10);
    while (size /= 10);
    if (v < 0)
        *--p = '-';
    put_raw(w, p, (size_t)(end - p));
}

void json_put_f64(struct json_writer *w, double v)
{
    char text[32];
    int n = 0;
    CHECK(isfinite(v));
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    put_raw(w, text, (size_t)n);
}

void json_put_milli(struct json_writer *w, int64_t v)
{
    char text[32];
    uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
    int n = snprintf(text, sizeof text, "%s%" PRIu64 ".%03u", v < 0 ? "-" : "", size / 1000,
                     (unsigned)(size % 1000));
    while (text[n - 1] == '0')
        n--;
    put_raw(w, text, (size_t)(text[n - 1] == '.' ? n - 1 : n));
}

void json_put_string(struct json_writer *w, const char *s)
{
    if (s)
        json_put_text(w, s, strlen(s));
    else
        json_put_null(w);
}

void json_put_uuid(struct json_writer *w, const struct uuid *v)
{
    char text[UUID_TEXT];
    json_put_string(w, uuid_format(v, text));
}

void json_put_instant(struct json_writer *w, struct instant v)
{
    char text[INSTANT_TEXT];
    json_put_string(w, instant_format(v, text));
}

/* "YYYY-MM-DD"; day_none() is null. */
static void json_put_day(struct json_writer *w, struct day v)
{
    char text[DAY_TEXT];
    json_put_string(w, day_is_none(v) ? NULL : day_format(v, text));
}

/* Minutes since midnight as "HH:MM"; a negative number is null. */
static void json_put_minute(struct json_writer *w, int minute)
{
    char text[16];
    CHECK(minute < 1440);
    snprintf(text, sizeof text, "%02d:%02d", minute / 60, minute % 60);
    json_put_string(w, minute < 0 ? NULL : text);
}

/* [1..7] of a mask whose bit 0 is Monday. */
static void json_put_weekdays(struct json_writer *w, unsigned mask)
{
    CHECK(mask < 1u << 7);
    json_array_begin(w);
    for (int day = 1; day <= 7; day++)
        if (mask & 1u << (day - 1))
            json_put_i64(w, day);
    json_array_end(w);
}

void json_field_null(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_put_null(w);
}

void json_field_bool(struct json_writer *w, const char *key, bool v)
{
    json_key(w, key);
    json_put_bool(w, v);
}

void json_field_i64(struct json_writer *w, const char *key, int64_t v)
{
    json_key(w, key);
    json_put_i64(w, v);
}

void json_field_f64(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    json_put_f64(w, v);
}

void json_field_milli(struct json_writer *w, const char *key, int64_t v)
{
    json_key(w, key);
    json_put_milli(w, v);
}

void json_field_string(struct json_writer *w, const char *key, const char *s)
{
    json_key(w, key);
    json_put_string(w, s);
}

void json_field_cut(struct json_writer *w, const char *key, const char *s, size_t max)
{
    size_t len = 0;
    for (size_t chars = 0; s[len]; len++) {
        chars += ((unsigned char)s[len] & 0xc0) != 0x80;
        if (chars > max)
            break;
    }
    json_key(w, key);
    json_put_text(w, s, len);
}

void json_field_uuid(struct json_writer *w, const char *key, const struct uuid *v)
{
    json_key(w, key);
    json_put_uuid(w, v);
}

void json_field_instant(struct json_writer *w, const char *key, struct instant v)
{
    json_key(w, key);
    json_put_instant(w, v);
}

void json_field_day(struct json_writer *w, const char *key, struct day v)
{
    json_key(w, key);
    json_put_day(w, v);
}

void json_field_minute(struct json_writer *w, const char *key, int minute)
{
    json_key(w, key);
    json_put_minute(w, minute);
}

void json_field_weekdays(struct json_writer *w, const char *key, unsigned mask)
{
    json_key(w, key);
    json_put_weekdays(w, mask);
}
