/* The HTML that Telegram's messages may hold, checked before a hundred thousand of them are refused. */
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "domain/broadcast/broadcast.h"

#define DEPTH_MAX 16
#define BYTES_MAX 32768

/* https://core.telegram.org/bots/api#html-style */
static const char *const tags[] = {"a",      "b",        "blockquote", "code", "del",  "em",
                                   "i",      "ins",      "pre",        "s",    "span", "strike",
                                   "strong", "tg-emoji", "tg-spoiler", "u"};

struct reader {
    struct ctx *ctx;
    const char *at;
    const char *open[DEPTH_MAX]; /* names of tags that are not closed yet */
    size_t depth;
    size_t units; /* of text, UTF-16 */
};

static const char *tag_name(const char *s, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        if (strlen(tags[i]) == len && strncmp(tags[i], s, len) == 0)
            return tags[i];
    }
    return NULL;
}

/* Behind the attributes: at the '>' outside of quotes; NULL when there is none. */
static const char *end_of_tag(const char *s)
{
    char quote = '\0';
    for (; *s; s++) {
        if (quote)
            quote = *s == quote ? '\0' : quote;
        else if (*s == '"' || *s == '\'')
            quote = *s;
        else if (*s == '>' || *s == '<')
            return *s == '>' ? s : NULL;
    }
    return NULL;
}

static enum ecode read_tag(struct reader *r)
{
    struct err *err = &r->ctx->err;
    bool closing = r->at[1] == '/';
    const char *name = r->at + (closing ? 2 : 1), *end = end_of_tag(name);
    size_t len = strcspn(name, " \t\n/>");
    if (!end)
        return err_field(err, "body", "has a \"<\" that begins no tag: write &lt;");
    const char *known = tag_name(name, len);
    if (!known)
        return err_field(err, "body", "has a tag that Telegram does not know: <%.20s", name);
    if (!closing) {
        if (r->depth == DEPTH_MAX)
            return err_field(err, "body", "nests more than %d tags", DEPTH_MAX);
        r->open[r->depth++] = known;
    } else if (r->depth == 0 || r->open[--r->depth] != known || name[len] != '>') {
        return err_field(err, "body", "closes <%s> where it is not the last one opened", known);
    }
    r->at = end + 1;
    return E_OK;
}

/* One character, or an entity that stands for one. */
static void read_character(struct reader *r)
{
    static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
    unsigned char c = (unsigned char)*r->at;
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    r->units += len == 4 ? 2 : 1;
    for (size_t i = 0; c == '&' && i < ARRAY_LEN(entities); i++) {
        if (strncmp(r->at, entities[i], strlen(entities[i])) == 0)
            len = strlen(entities[i]);
    }
    r->at += len;
}

enum ecode broadcast_check_text(struct ctx *ctx, const char *body)
{
    struct reader r = {.ctx = ctx, .at = body};
    const char *start;
    size_t len = strlen(body), trimmed;
    bool seen = false;
    if (len > BYTES_MAX || !utf8_clean_text(body, len, &start, &trimmed))
        return err_field(&ctx->err, "body", "must be text of at most %d bytes without control characters",
                         BYTES_MAX);
    while (*r.at) {
        if (*r.at == '<') {
            enum ecode rc = read_tag(&r);
            if (rc != E_OK)
                return rc;
            continue;
        }
        const char *from = r.at;
        read_character(&r);
        seen = seen || !utf8_blank(from, (size_t)(r.at - from));
    }
    if (r.depth)
        return err_field(&ctx->err, "body", "does not close <%s>", r.open[r.depth - 1]);
    if (!seen)
        return err_field(&ctx->err, "body", "must not be blank");
    if (r.units > BROADCAST_TEXT_MAX)
        return err_field(&ctx->err, "body", "must have at most %d characters", BROADCAST_TEXT_MAX);
    return E_OK;
}
