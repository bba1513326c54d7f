#include "base/json_scan.h"

#include <string.h>

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

size_t json_scan_line(const char *file, const char *p)
{
    size_t line = 1;
    for (const char *c = file; c < p; c++)
        line += *c == '\n';
    return line;
}

static enum ecode malformed(const char *file, const char *p, const char *what, struct err *err)
{
    return err_set(err, E_MALFORMED, "line %zu: %s", json_scan_line(file, p), what);
}

/* The end of the string whose opening quote is at p, or NULL. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\')
            p++;
    }
    return NULL;
}

/* The end of the value at p: brackets matched outside strings, at any depth; NULL when it does not end. */
static const char *value_end(const char *p, const char *end)
{
    size_t depth = 0;
    if (p < end && *p == '"')
        return string_end(p, end);
    if (p < end && *p != '{' && *p != '[') {
        const char *q = p;
        while (q < end && strchr(",]} \t\r\n", *q) == NULL)
            q++;
        return q > p ? q : NULL;
    }
    while (p < end) {
        if (*p == '"') {
            p = string_end(p, end);
            if (!p)
                return NULL;
            continue;
        }
        if (*p == '{' || *p == '[')
            depth++;
        if ((*p == '}' || *p == ']') && --depth == 0)
            return p + 1;
        p++;
    }
    return NULL;
}

enum ecode json_scan_file(const char *data, size_t len, struct json_span *out, struct err *err)
{
    const char *end = data + len, *p = data;
    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    p = skip_space(p, end);
    const char *stop = value_end(p, end);
    if (!stop)
        return malformed(data, end, "the JSON value does not end", err);
    if (skip_space(stop, end) != end)
        return malformed(data, stop, "something follows the JSON value", err);
    *out = (struct json_span){p, (size_t)(stop - p)};
    return E_OK;
}

enum ecode json_scan_init(struct json_scan *s, const char *file, struct json_span value, char open,
                          struct err *err)
{
    char close = open == '{' ? '}' : ']';
    if (value.len < 2 || value.text[0] != open || value.text[value.len - 1] != close)
        return malformed(file, value.text, open == '{' ? "expected an object" : "expected an array", err);
    *s = (struct json_scan){file, value.text + 1, value.text + value.len - 1, close, true};
    return E_OK;
}

static enum ecode scan_key(struct json_scan *s, struct json_span *key, struct err *err)
{
    const char *stop = s->p < s->end && *s->p == '"' ? string_end(s->p, s->end) : NULL;
    if (!stop)
        return malformed(s->begin, s->p, "expected a member's name", err);
    *key = (struct json_span){s->p + 1, (size_t)(stop - s->p - 2)};
    if (memchr(key->text, '\\', key->len))
        return malformed(s->begin, s->p, "a member's name holds an escape", err);
    s->p = skip_space(stop, s->end);
    if (s->p == s->end || *s->p != ':')
        return malformed(s->begin, s->p, "expected ':'", err);
    s->p = skip_space(s->p + 1, s->end);
    return E_OK;
}

bool json_scan_next(struct json_scan *s, struct json_span *key, struct json_span *value, enum ecode *code,
                    struct err *err)
{
    *code = E_OK;
    s->p = skip_space(s->p, s->end);
    if (s->p == s->end) /* before the first item, or behind the last one */
        return false;
    if (!s->first) {
        if (*s->p != ',') {
            *code = malformed(s->begin, s->p, "expected ','", err);
            return false;
        }
        s->p = skip_space(s->p + 1, s->end);
    }
    s->first = false;
    if (s->close == '}') {
        *code = scan_key(s, key, err);
        if (*code != E_OK)
            return false;
    }
    const char *stop = value_end(s->p, s->end);
    if (!stop) {
        *code = malformed(s->begin, s->p, "expected a value", err);
        return false;
    }
    *value = (struct json_span){s->p, (size_t)(stop - s->p)};
    s->p = stop;
    return true;
}

bool json_span_is(struct json_span s, const char *text)
{
    return strlen(text) == s.len && memcmp(s.text, text, s.len) == 0;
}
