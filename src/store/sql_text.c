#include "store/sql_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "base/check.h"

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Behind a comment of either kind that starts at p, or p itself when none does. */
static const char *skip_comment(const char *p, bool nested)
{
    if (p[0] == '-' && p[1] == '-') {
        while (*p != '\0' && *p != '\n')
            p++;
        return p;
    }
    if (p[0] != '/' || p[1] != '*')
        return p;
    size_t depth = 1;
    p += 2;
    while (*p != '\0' && depth > 0) {
        if (p[0] == '*' && p[1] == '/') {
            depth--;
            p += 2;
        } else if (nested && p[0] == '/' && p[1] == '*') {
            depth++;
            p += 2;
        } else {
            p++;
        }
    }
    return p;
}

/* Behind a quotation that p stands at; the quote doubled is one of the text's own, and a backslash escapes
 * when asked. */
static const char *skip_quoted(const char *p, char end, bool backslash)
{
    for (p++; *p != '\0'; p++) {
        if (backslash && *p == '\\' && p[1] != '\0')
            p++;
        else if (*p == end && p[1] == end && end != ']')
            p++;
        else if (*p == end)
            return p + 1;
    }
    return p;
}

/* Behind $tag$ … $tag$, or NULL when no dollar quote starts at p. */
static const char *skip_dollar(const char *p)
{
    const char *tag_end = p + 1;
    if (isdigit((unsigned char)*tag_end))
        return NULL;
    while (word_char(*tag_end))
        tag_end++;
    if (*tag_end != '$')
        return NULL;
    size_t n = (size_t)(tag_end + 1 - p);
    for (const char *q = tag_end + 1; *q != '\0'; q++)
        if (strncmp(q, p, n) == 0)
            return q + n;
    return p + strlen(p);
}

static const char *skip_punct(const char *p)
{
    static const char *const longer[] = {"->>", "<>", "<=", ">=", "!=", "==", "||", "<<", ">>", "->", "::"};
    for (size_t i = 0; i < ARRAY_LEN(longer); i++)
        if (strncmp(p, longer[i], strlen(longer[i])) == 0)
            return p + strlen(longer[i]);
    return p + 1;
}

static struct sql_token token(enum sql_token_kind kind, const char **at, const char *start, const char *end)
{
    *at = end;
    return (struct sql_token){kind, start, (size_t)(end - start)};
}

struct sql_token sql_next(const char **at, enum db_engine engine)
{
    const char *p = *at;
    for (;;) {
        const char *before = p;
        while (isspace((unsigned char)*p))
            p++;
        p = skip_comment(p, engine == DB_POSTGRES);
        if (p == before)
            break;
    }
    if (*p == '\0')
        return token(SQL_END, at, p, p);
    if (*p == '\'')
        return token(SQL_STRING, at, p, skip_quoted(p, '\'', false));
    if (strchr("eExXbB", *p) != NULL && p[1] == '\'')
        return token(SQL_STRING, at, p, skip_quoted(p + 1, '\'', *p == 'e' || *p == 'E'));
    if (*p == '"' || *p == '`')
        return token(SQL_QUOTED, at, p, skip_quoted(p, *p, false));
    if (*p == '[' && engine == DB_SQLITE)
        return token(SQL_QUOTED, at, p, skip_quoted(p, ']', false));
    if (*p == '$' && engine == DB_POSTGRES) {
        const char *end = skip_dollar(p);
        if (end != NULL)
            return token(SQL_STRING, at, p, end);
    }
    if (!word_char(*p) && *p != '$')
        return token(SQL_PUNCT, at, p, skip_punct(p));
    const char *end = p + 1;
    bool number = isdigit((unsigned char)*p);
    while (word_char(*end) || *end == '$' || (number && *end == '.'))
        end++;
    return token(SQL_WORD, at, p, end);
}

bool sql_is(struct sql_token t, const char *word)
{
    return (t.kind == SQL_WORD || t.kind == SQL_PUNCT) && strlen(word) == t.len &&
           strncasecmp(t.start, word, t.len) == 0;
}

/* Whether the statement that starts with `first` makes a trigger, whose body holds semicolons. */
static bool makes_trigger(struct sql_token first, const char *rest, enum db_engine engine)
{
    if (engine != DB_SQLITE || !sql_is(first, "create"))
        return false;
    struct sql_token t = sql_next(&rest, engine);
    if (sql_is(t, "temp") || sql_is(t, "temporary"))
        t = sql_next(&rest, engine);
    return sql_is(t, "trigger");
}

bool sql_split(const char **at, enum db_engine engine, const char **start, size_t *len)
{
    struct sql_token t;
    do
        t = sql_next(at, engine);
    while (sql_is(t, ";"));
    if (t.kind == SQL_END)
        return false;
    bool trigger = makes_trigger(t, *at, engine);
    const char *first = t.start, *end = t.start + t.len;
    struct sql_token before = t, last = t;
    for (;;) {
        t = sql_next(at, engine);
        if (t.kind == SQL_END)
            break;
        if (sql_is(t, ";") && (!trigger || (sql_is(last, "end") && sql_is(before, ";"))))
            break;
        before = last;
        last = t;
        end = t.start + t.len;
    }
    *start = first;
    *len = (size_t)(end - first);
    return true;
}

static void add_lower(struct buf *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_char(b, (char)tolower((unsigned char)s[i]));
}

/* A quoted name bare when it could have been written so, else in double quotes. */
static void add_unquoted(struct buf *b, struct sql_token t)
{
    const char *inner = t.start + 1;
    size_t n = t.len >= 2 ? t.len - 2 : 0;
    bool plain = n > 0 && !isdigit((unsigned char)inner[0]);
    for (size_t i = 0; i < n && plain; i++)
        plain = word_char(inner[i]);
    if (plain) {
        add_lower(b, inner, n);
        return;
    }
    buf_char(b, '"');
    buf_add(b, inner, n);
    buf_char(b, '"');
}

void sql_canonical(struct buf *b, const char *sql, size_t len)
{
    const char *at = sql;
    bool glue = true; /* no space before the first token, nor behind an opening parenthesis */
    for (;;) {
        struct sql_token t = sql_next(&at, DB_SQLITE);
        if (t.kind == SQL_END || t.start >= sql + len)
            return;
        bool closes = sql_is(t, ")") || sql_is(t, ",");
        if (!glue && !closes)
            buf_char(b, ' ');
        if (t.kind == SQL_WORD)
            add_lower(b, t.start, t.len);
        else if (t.kind == SQL_QUOTED)
            add_unquoted(b, t);
        else
            buf_add(b, t.start, t.len);
        glue = sql_is(t, "(");
    }
}

static void add_quoted(struct buf *b, const char *s, char quote)
{
    buf_char(b, quote);
    for (; *s != '\0'; s++) {
        if (*s == quote)
            buf_char(b, quote);
        buf_char(b, *s);
    }
    buf_char(b, quote);
}

void sql_add_name(struct buf *b, const char *name)
{
    add_quoted(b, name, '"');
}

void sql_add_string(struct buf *b, const char *text)
{
    add_quoted(b, text, '\'');
}
