#include "edge/bot/text.h"

#include <string.h>
#include <strings.h>
#include "base/check.h"
#include "base/utf8.h"
#include "edge/bot/text_table.h"
#include "edge/bot/text_value.h"

#define TAG_MAX 64

/* ---- languages ---- */

static const struct lang *with_code(const char *tag, size_t len)
{
    for (size_t i = 0; i < langs_count; i++)
        if (strlen(langs[i].code) == len && strncasecmp(langs[i].code, tag, len) == 0)
            return &langs[i];
    return NULL;
}

/* Whether `list` (words with a blank between) holds the word, in any case. */
static bool list_has(const char *list, const char *word, size_t len)
{
    while (*list) {
        size_t n = strcspn(list, " ");
        if (n == len && strncasecmp(list, word, len) == 0)
            return true;
        list += n + (list[n] == ' ');
    }
    return false;
}

const struct lang *lang_find(const char *bcp47)
{
    char tag[TAG_MAX];
    size_t len = bcp47 ? strnlen(bcp47, TAG_MAX) : 0;
    if (len == TAG_MAX)
        return &langs[0];
    for (size_t i = 0; i < len; i++)
        tag[i] = bcp47[i] == '_' ? '-' : bcp47[i];
    size_t primary = 0;
    while (primary < len && tag[primary] != '-')
        primary++;
    while (len > 0) {
        const struct lang *l = with_code(tag, len);
        if (l)
            return l;
        do
            len--;
        while (len > 0 && tag[len] != '-');
    }
    for (size_t i = 0; primary > 0 && i < langs_count; i++)
        if (list_has(langs[i].fallback_for, tag, primary))
            return &langs[i];
    return &langs[0];
}

const struct lang *lang_at(size_t i)
{
    CHECK(i < langs_count);
    return &langs[i];
}

size_t lang_count(void)
{
    return langs_count;
}

const char *lang_code(const struct lang *l)
{
    return l->code;
}

const char *lang_native_name(const struct lang *l)
{
    return l->native_name;
}

bool lang_is_rtl(const struct lang *l)
{
    return l->rtl;
}

/* ---- strings ---- */

static void escape(struct buf *out, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (s[i]) {
        case '&':
            buf_str(out, "&amp;");
            break;
        case '<':
            buf_str(out, "&lt;");
            break;
        case '>':
            buf_str(out, "&gt;");
            break;
        case '"':
            buf_str(out, "&quot;");
            break;
        default:
            buf_char(out, s[i]);
        }
    }
}

#define FSI "\u2068"
#define PDI "\u2069"

/* Between isolates of its own: inner ones are closed, and one that was never opened may not close ours. */
static void isolated(struct buf *out, const char *s, bool html)
{
    size_t open = 0;
    buf_str(out, FSI);
    while (*s) {
        size_t n = strcspn(s, "\xe2"); /* LRI, RLI, FSI, PDI are E2 81 A6 to A9 */
        if (n == 0)
            n = 1;
        unsigned char last = s[0] == '\xe2' && s[1] == '\x81' ? (unsigned char)s[2] : 0;
        if (last >= 0xa6 && last <= 0xa9) {
            n = 3;
            open += last != 0xa9;
        }
        if (last != 0xa9 || open > 0) {
            if (html)
                escape(out, s, n);
            else
                buf_add(out, s, n);
            open -= last == 0xa9;
        }
        s += n;
    }
    for (open++; open > 0; open--)
        buf_str(out, PDI);
}

static void put_string(struct buf *out, const struct lang *l, const char *s, bool html)
{
    size_t len = strlen(s);
    if (len > 0 && (l->rtl || utf8_turns(s, len)))
        isolated(out, s, html);
    else if (html)
        escape(out, s, len);
    else
        buf_add(out, s, len);
}

/* HTML without its tags, its entities as what they stand for. */
static void strip(struct buf *out, const char *html, size_t len)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}};
    for (size_t i = 0; i < len;) {
        if (html[i] == '<') {
            const char *end = memchr(html + i, '>', len - i);
            i = end ? (size_t)(end - html) + 1 : len;
            continue;
        }
        char c = html[i];
        size_t taken = 1;
        for (size_t e = 0; c == '&' && e < ARRAY_LEN(entities); e++) {
            size_t n = strlen(entities[e].name);
            if (n <= len - i && memcmp(html + i, entities[e].name, n) == 0) {
                c = entities[e].c;
                taken = n;
            }
        }
        buf_char(out, c);
        i += taken;
    }
}

/* ---- texts ---- */

static void put_value(struct buf *out, const struct lang *l, const struct text_arg *a, bool html)
{
    if (a->kind == TEXT_ARG_STR)
        put_string(out, l, a->s, html);
    else if (a->kind == TEXT_ARG_HTML && html)
        buf_str(out, a->s);
    else if (a->kind == TEXT_ARG_HTML)
        strip(out, a->s, strlen(a->s));
    else
        text_value_format(out, l, a);
}

static const struct text_arg *find(const struct text_arg *args, const char *name, size_t len)
{
    for (; args && args->kind != TEXT_ARG_END; args++)
        if (strlen(args->name) == len && memcmp(args->name, name, len) == 0)
            return args;
    return NULL;
}

static unsigned plural_form(const struct lang *l, const struct text_arg *n)
{
    CHECK(n != NULL && (n->kind == TEXT_ARG_NUM || n->kind == TEXT_ARG_MILLI));
    uint64_t value = n->i < 0 ? -(uint64_t)n->i : (uint64_t)n->i;
    if (n->kind == TEXT_ARG_MILLI && value % 1000 != 0)
        return l->fraction_form;
    unsigned form = l->plural(n->kind == TEXT_ARG_MILLI ? value / 1000 : value);
    CHECK(form < TEXT_FORMS);
    return form;
}

static void render(struct buf *out, const struct lang *l, enum text_id id, const struct text_arg *args,
                   bool html)
{
    CHECK(id < TEXT_COUNT);
    const char *const *forms = l->texts[id];
    const char *s = forms[forms[1] ? plural_form(l, find(args, "n", 1)) : 0];
    CHECK(s != NULL);
    while (*s) {
        size_t n = strcspn(s, "{");
        if (html)
            buf_add(out, s, n);
        else
            strip(out, s, n);
        s += n;
        if (!*s)
            break;
        n = strcspn(++s, "}");
        const struct text_arg *a = find(args, s, n);
        CHECK(a != NULL);
        put_value(out, l, a, html);
        s += n + 1;
    }
}

void text_put(struct buf *out, const struct lang *l, enum text_id id, const struct text_arg *args)
{
    render(out, l, id, args, true);
}

void text_plain(struct buf *out, const struct lang *l, enum text_id id, const struct text_arg *args)
{
    render(out, l, id, args, false);
}

void text_put_value(struct buf *out, const struct lang *l, struct text_arg value)
{
    put_value(out, l, &value, true);
}

void text_plain_value(struct buf *out, const struct lang *l, struct text_arg value)
{
    put_value(out, l, &value, false);
}
