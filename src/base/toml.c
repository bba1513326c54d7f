#include "base/toml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/utf8.h"

struct parser {
    struct arena *arena;
    const char *p, *end;
    int line, values;
    struct err *err;
};

__attribute__((format(printf, 2, 3))) static enum ecode fail(struct parser *t, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(t->err, E_MALFORMED, "line %d: %s", t->line, text);
}

static bool at(const struct parser *t, char c)
{
    return t->p < t->end && *t->p == c;
}

static bool starts(const struct parser *t, const char *what)
{
    size_t n = strlen(what);
    return (size_t)(t->end - t->p) >= n && memcmp(t->p, what, n) == 0;
}

static bool take(struct parser *t, char c)
{
    if (!at(t, c))
        return false;
    t->p++;
    return true;
}

static void skip_blanks(struct parser *t)
{
    while (at(t, ' ') || at(t, '\t'))
        t->p++;
}

static bool newline(struct parser *t)
{
    if (starts(t, "\r\n"))
        t->p++;
    if (!take(t, '\n'))
        return false;
    t->line++;
    return true;
}

static enum ecode skip_comment(struct parser *t)
{
    skip_blanks(t);
    if (!take(t, '#'))
        return E_OK;
    for (; t->p < t->end && *t->p != '\n' && !starts(t, "\r\n"); t->p++)
        if (((unsigned char)*t->p < ' ' && *t->p != '\t') || *t->p == 0x7f)
            return fail(t, "a control character in a comment");
    return E_OK;
}

/* Blanks, a comment, and the line's end or the file's. */
static enum ecode end_of_line(struct parser *t)
{
    enum ecode rc = skip_comment(t);
    if (!rc && t->p < t->end && !newline(t))
        rc = fail(t, "expected the end of the line");
    return rc;
}

static struct toml_value *value_new(struct parser *t, enum toml_kind kind)
{
    struct toml_value *v = arena_alloc(t->arena, sizeof *v);
    v->kind = kind;
    v->line = t->line;
    t->values++;
    return v;
}

static void append(struct toml_value *parent, struct toml_value *v)
{
    if (parent->last)
        parent->last->next = v;
    else
        parent->v.first = v;
    parent->last = v;
}

static struct toml_value *find(const struct toml_value *table, const char *key)
{
    struct toml_value *v = table->v.first;
    while (v && strcmp(v->key, key) != 0)
        v = v->next;
    return v;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \uXXXX and \UXXXXXXXX: appends the character's UTF-8 at *out. */
static enum ecode unicode_escape(struct parser *t, int digits, char **out)
{
    uint32_t c = 0;
    for (int i = 0; i < digits; i++, t->p++) {
        int d = t->p < t->end ? hex_digit(*t->p) : -1;
        if (d < 0 || c > 0x10ffff)
            return fail(t, "\\%c wants %d hexadecimal digits", digits == 4 ? 'u' : 'U', digits);
        c = c << 4 | (uint32_t)d;
    }
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return fail(t, "the escape names no character that may stand here");
    char *o = *out;
    if (c < 0x80) {
        *o++ = (char)c;
    } else {
        int rest = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* continuation bytes */
        static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
        *o++ = (char)(lead[rest] | c >> (6 * rest));
        while (rest-- > 0)
            *o++ = (char)(0x80 | (c >> (6 * rest) & 0x3f));
    }
    *out = o;
    return E_OK;
}

static enum ecode escape(struct parser *t, char **out)
{
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
    char c = t->p < t->end ? *t->p++ : '\0';
    if (c == 'u' || c == 'U')
        return unicode_escape(t, c == 'u' ? 4 : 8, out);
    const char *which = c ? strchr(from, c) : NULL;
    if (!which)
        return fail(t, "unknown escape in a string");
    *(*out)++ = to[which - from];
    return E_OK;
}

/* A basic ("…") or literal ('…') string on one line. */
static enum ecode parse_string(struct parser *t, const char **out)
{
    char quote = *t->p;
    if (starts(t, "\"\"\"") || starts(t, "'''"))
        return fail(t, "strings over several lines are not supported");
    t->p++;
    const char *close = t->p;
    while (close < t->end && *close != quote && *close != '\n')
        close += *close == '\\' && quote == '"' && close + 1 < t->end && close[1] != '\n' ? 2 : 1;
    if (close >= t->end || *close != quote)
        return fail(t, "a string is not closed");
    char *text = arena_alloc(t->arena, (size_t)(close - t->p) + 1), *o = text; /* escapes only shrink */
    while (t->p < close) {
        unsigned char c = (unsigned char)*t->p++;
        if (c == '\\' && quote == '"') {
            enum ecode rc = escape(t, &o);
            if (rc)
                return rc;
        } else if ((c < ' ' && c != '\t') || c == 0x7f) {
            return fail(t, "a control character in a string");
        } else {
            *o++ = (char)c;
        }
    }
    t->p = close + 1;
    *out = text;
    return E_OK;
}

static bool bare_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static enum ecode parse_key(struct parser *t, const char **out)
{
    skip_blanks(t);
    if (at(t, '"') || at(t, '\''))
        return parse_string(t, out);
    const char *from = t->p;
    while (t->p < t->end && bare_char(*t->p))
        t->p++;
    if (t->p == from)
        return fail(t, "expected a key");
    *out = arena_memdup(t->arena, from, (size_t)(t->p - from));
    return E_OK;
}

static enum ecode parse_int(struct parser *t, int64_t *out)
{
    static const char wanted[] = "expected a string, a decimal integer, true, false or an array";
    bool negative = take(t, '-');
    int64_t v = 0;
    int digits = 0;
    if (!negative)
        take(t, '+');
    const char *from = t->p;
    for (; t->p < t->end && ((*t->p >= '0' && *t->p <= '9') || *t->p == '_'); t->p++) {
        if (*t->p == '_') {
            if (t->p == from || t->p[-1] == '_')
                return fail(t, "an underscore must stand between digits");
            continue;
        }
        int d = *t->p - '0';
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, d, &v)) /* negative, to reach the smallest */
            return fail(t, "the integer does not fit into 64 bits");
        digits++;
    }
    if (digits && t->p[-1] == '_')
        return fail(t, "an underscore must stand between digits");
    if (digits && t->p < t->end &&
        (*t->p == '.' || *t->p == 'e' || *t->p == 'E' || *t->p == '-' || *t->p == ':'))
        return fail(t, "floats and dates are not supported");
    if (!digits || (t->p < t->end && bare_char(*t->p)))
        return fail(t, wanted);
    if (*from == '0' && digits > 1)
        return fail(t, "an integer must not begin with 0");
    if (!negative && v == INT64_MIN)
        return fail(t, "the integer does not fit into 64 bits");
    *out = negative ? v : -v;
    return E_OK;
}

static enum ecode parse_scalar(struct parser *t, struct toml_value **out)
{
    if (t->values >= TOML_VALUES_MAX)
        return fail(t, "more than %d values", TOML_VALUES_MAX);
    struct toml_value *v;
    enum ecode rc = E_OK;
    if (at(t, '"') || at(t, '\'')) {
        v = value_new(t, TOML_STRING);
        rc = parse_string(t, &v->v.string);
    } else if (starts(t, "true") || starts(t, "false")) {
        v = value_new(t, TOML_BOOL);
        v->v.boolean = *t->p == 't';
        t->p += v->v.boolean ? 4 : 5;
        if (t->p < t->end && bare_char(*t->p))
            rc = fail(t, "expected true or false");
    } else if (at(t, '{')) {
        return fail(t, "inline tables are not supported; use a [table]");
    } else {
        v = value_new(t, TOML_INT);
        rc = parse_int(t, &v->v.integer);
    }
    if (!rc)
        *out = v;
    return rc;
}

/* Blanks, comments and line ends inside an array. */
static enum ecode skip_lines(struct parser *t)
{
    enum ecode rc;
    do
        rc = skip_comment(t);
    while (!rc && newline(t));
    return rc;
}

static enum ecode parse_array(struct parser *t, struct toml_value **out)
{
    struct toml_value *array = value_new(t, TOML_ARRAY), *item;
    enum ecode rc;
    t->p++;
    for (;;) {
        if ((rc = skip_lines(t)))
            return rc;
        if (take(t, ']'))
            break;
        if (t->p == t->end)
            return fail(t, "an array is not closed");
        if (at(t, '['))
            return fail(t, "arrays in arrays are not supported");
        if ((rc = parse_scalar(t, &item)))
            return rc;
        if (array->v.first && array->v.first->kind != item->kind)
            return fail(t, "the items of an array must be of one kind");
        append(array, item);
        if ((rc = skip_lines(t)))
            return rc;
        if (!take(t, ',') && !at(t, ']'))
            return fail(t, "expected a comma or the end of the array");
    }
    *out = array;
    return E_OK;
}

/* key = value */
static enum ecode parse_pair(struct parser *t, struct toml_value *table)
{
    const char *key = NULL;
    struct toml_value *v = NULL;
    enum ecode rc = parse_key(t, &key);
    if (rc)
        return rc;
    skip_blanks(t);
    if (at(t, '.'))
        return fail(t, "dotted keys are not supported; use a [table]");
    if (!take(t, '='))
        return fail(t, "expected = after the key \"%.64s\"", key);
    struct toml_value *old = find(table, key);
    if (old)
        return fail(t, "\"%.64s\" is set already in line %d", key, old->line);
    if (t->values >= TOML_VALUES_MAX)
        return fail(t, "more than %d values", TOML_VALUES_MAX);
    skip_blanks(t);
    rc = at(t, '[') ? parse_array(t, &v) : parse_scalar(t, &v);
    if (rc)
        return rc;
    v->key = key;
    append(table, v);
    return end_of_line(t);
}

static struct toml_value *add_table(struct parser *t, struct toml_value *parent, const char *key)
{
    struct toml_value *v = value_new(t, TOML_TABLE);
    v->key = key;
    append(parent, v);
    return v;
}

/* A part before the last of a header's dotted name: an existing table, the newest one of an array, or a new
 * one. */
static enum ecode descend(struct parser *t, struct toml_value **table, const char *key)
{
    struct toml_value *v = find(*table, key);
    if (!v)
        v = add_table(t, *table, key);
    else if (v->kind == TOML_ARRAY && v->defined)
        v = v->last;
    if (v->kind != TOML_TABLE)
        return fail(t, "\"%.64s\" is no table (line %d)", key, v->line);
    *table = v;
    return E_OK;
}

/* The last part of a header's name. */
static enum ecode open_table(struct parser *t, struct toml_value **table, const char *key, bool array)
{
    struct toml_value *v = find(*table, key);
    if (v && (array ? v->kind != TOML_ARRAY || !v->defined : v->kind != TOML_TABLE || v->defined))
        return fail(t, "\"%.64s\" is defined already in line %d", key, v->line);
    if (array) {
        if (!v) {
            v = value_new(t, TOML_ARRAY);
            v->key = key;
            append(*table, v);
        }
        v->defined = true;
        v = add_table(t, v, NULL);
    } else if (!v) {
        v = add_table(t, *table, key);
    }
    v->defined = true;
    *table = v;
    return E_OK;
}

/* [a.b] or [[a.b]]; *table becomes the one that the next pairs belong to. */
static enum ecode parse_header(struct parser *t, struct toml_value *root, struct toml_value **table)
{
    struct toml_value *in = root;
    const char *key = NULL;
    enum ecode rc;
    t->p++;
    bool array = take(t, '[');
    for (int depth = 1;; depth++) {
        if (depth > TOML_DEPTH_MAX || t->values >= TOML_VALUES_MAX)
            return fail(t, "tables are nested too deep or there are too many");
        if ((rc = parse_key(t, &key)))
            return rc;
        skip_blanks(t);
        if (!take(t, '.'))
            break;
        if ((rc = descend(t, &in, key)))
            return rc;
    }
    if (!take(t, ']') || (array && !take(t, ']')))
        return fail(t, "expected %s after the table's name", array ? "]]" : "]");
    if ((rc = open_table(t, &in, key, array)))
        return rc;
    *table = in;
    return end_of_line(t);
}

enum ecode toml_parse(struct arena *a, const char *data, size_t len, const struct toml_value **out,
                      struct err *err)
{
    struct parser t = {a, data, data + len, 1, 0, err};
    if (len > TOML_BYTES_MAX)
        return fail(&t, "the file is larger than %d bytes", TOML_BYTES_MAX);
    if (!utf8_valid(data, len) || memchr(data, '\0', len))
        return fail(&t, "the file is not UTF-8 text");
    struct toml_value *root = value_new(&t, TOML_TABLE), *table = root;
    root->defined = true;
    while (t.p < t.end) {
        skip_blanks(&t);
        enum ecode rc;
        if (t.p == t.end || at(&t, '#') || at(&t, '\n') || starts(&t, "\r\n"))
            rc = end_of_line(&t);
        else if (at(&t, '['))
            rc = parse_header(&t, root, &table);
        else
            rc = parse_pair(&t, table);
        if (rc)
            return rc;
    }
    *out = root;
    return E_OK;
}

const struct toml_value *toml_get(const struct toml_value *table, const char *key)
{
    CHECK(table->kind == TOML_TABLE);
    return find(table, key);
}

const char *toml_kind_name(enum toml_kind kind)
{
    static const char *const names[] = {
        [TOML_STRING] = "a string", [TOML_INT] = "an integer", [TOML_BOOL] = "true or false",
        [TOML_ARRAY] = "an array",  [TOML_TABLE] = "a table",
    };
    return names[kind];
}
