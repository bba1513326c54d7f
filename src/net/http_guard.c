#include "net/http_internal.h"

#include <string.h>
#include <strings.h>
#include "base/check.h"

/*
 * The guard against requests that two readers could understand differently (RFC 9112 §11.2).
 *
 * libmicrohttpd 0.9.75–0.9.77 reads the header in place: it puts NUL over each colon, blank and line end, and
 * hands out C strings. It accepts bare LF, cuts values at NUL, glues a folded line to the header's *name*,
 * and lets blanks stand before the colon. None of that shows in the strings, so the block they lie in is
 * walked once more, byte by byte: every line must be name NUL value NUL NUL, nothing more and nothing less,
 * and the strings that libmicrohttpd believes must be the ones found here. The build file admits no other
 * version.
 */

struct walk {
    struct http_header *found;
    size_t n;
};

#define HEADERS_MAX 64

static bool is_token_char(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *s)
{
    const char *p = s;
    while (is_token_char((unsigned char)*p))
        p++;
    return p > s && *p == '\0';
}

static int refuse(struct err *err, int status, enum ecode code, const char *reason, const char *text)
{
    err_reason(err, code, reason, "%s", text);
    return status;
}

static int malformed(struct err *err, const char *text)
{
    return refuse(err, 400, E_MALFORMED, "bad_request", text);
}

/*
 * Reads one line at p: name, NUL, blanks, value, NUL NUL. Returns the start of the next line, NULL when the
 * bytes are anything else.
 */
static char *read_line(char *p, const char *end, struct http_header *out)
{
    char *name = p;
    while (p < end && is_token_char((unsigned char)*p))
        p++;
    if (p == name || p >= end || *p != '\0')
        return NULL;
    p++;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    char *value = p;
    while (p < end && *p != '\0') {
        unsigned char c = (unsigned char)*p++;
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return NULL;
    }
    if (end - p < 2 || p[1] != '\0')
        return NULL;
    *out = (struct http_header){.name = name, .value = value};
    return p + 2;
}

/* Walks the header block from behind the version to its end. 0, or the status to refuse with. */
static int walk_block(struct http_exchange *x, char *p, const char *end, struct err *err)
{
    struct http_header found[HEADERS_MAX];
    size_t n = 0;
    while (end - p > 2) {
        if (n == HEADERS_MAX)
            return refuse(err, 431, E_TOO_LARGE, "header_too_large", "more than 64 header lines");
        p = read_line(p, end, &found[n++]);
        if (!p)
            return malformed(err, "a header line is not name, colon, value and CR LF");
    }
    if (end - p != 2 || p[0] != '\0' || p[1] != '\0')
        return malformed(err, "the header does not end with an empty line");
    struct http_header *headers = arena_array(x->pub.arena, n + 1, sizeof *headers);
    memcpy(headers, found, n * sizeof *headers);
    x->pub.headers = headers;
    x->pub.n_headers = n;
    return 0;
}

struct comparison {
    const struct http_request *r;
    size_t n;
    bool same;
};

static enum MHD_Result compare(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                               const char *value, size_t value_len)
{
    struct comparison *c = cls;
    const struct http_header *h = c->n < c->r->n_headers ? &c->r->headers[c->n] : NULL;
    c->n++;
    c->same = c->same && h && h->name == name && h->value == value && strlen(name) == name_len &&
              strlen(value) == value_len;
    return MHD_YES;
}

static int check_layout(struct http_exchange *x, const char *method, const char *version, struct err *err)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t size = info ? info->header_size : 0,
           line = strlen(method) + 1 + x->target_len + 1 + strlen(version);
    if (x->target_at != method + strlen(method) + 1 || version != x->target_at + x->target_len + 1)
        return malformed(err, "the request line is not method, blank, target, blank, version");
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return refuse(err, 505, E_MALFORMED, "http_version", "only HTTP/1.1 and HTTP/1.0 are spoken here");
    if (size > HEADER_BLOCK_MAX)
        return refuse(err, 431, E_TOO_LARGE, "header_too_large", "the header is longer than 8192 bytes");
    char *block = (char *)(uintptr_t)method, *p = block + line;
    if (size < line + 4 || p[0] != '\0' || p[1] != '\0')
        return malformed(err, "the request line does not end with CR LF");
    int status = walk_block(x, p + 2, block + size, err);
    if (status)
        return status;
    /* a slip of the walk by a byte would read other names than the library: both must have seen the same */
    struct comparison c = {.r = &x->pub, .same = true};
    MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, compare, &c);
    if (!c.same || c.n != x->pub.n_headers)
        return malformed(err, "a header line is ambiguous");
    return 0;
}

static int check_method(struct http_exchange *x, const char *method, struct err *err)
{
    for (int m = 0; m < HTTP_METHODS; m++)
        if (strcmp(method, http_method_name((enum http_method)m)) == 0) {
            x->pub.method = (enum http_method)m;
            return 0;
        }
    if (!is_token(method))
        return malformed(err, "the method is not a token");
    return refuse(err, 501, E_MALFORMED, "unknown_method", "this method is not known here");
}

/* Digits alone: no sign, no blank, no list. */
static bool parse_length(const char *s, uint64_t *out)
{
    uint64_t n = 0;
    if (*s == '\0')
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9' || n > UINT64_MAX / 10 - 1)
            return false;
        n = n * 10 + (uint64_t)(*s - '0');
    }
    *out = n;
    return true;
}

/* Where the body ends must be said once and clearly (RFC 9112 §6). */
static int check_framing(struct http_exchange *x, bool http10, struct err *err)
{
    const struct http_request *r = &x->pub;
    size_t lengths = http_request_header_count(r, "Content-Length");
    size_t codings = http_request_header_count(r, "Transfer-Encoding");
    if (lengths + codings > 1)
        return malformed(err, "the length of the body is stated more than once");
    if (codings) {
        if (http10)
            return malformed(err, "HTTP/1.0 has no Transfer-Encoding");
        if (strcasecmp(http_request_header(r, "Transfer-Encoding"), "chunked") != 0)
            return refuse(err, 501, E_MALFORMED, "transfer_coding",
                          "no Transfer-Encoding but chunked is known here");
        x->length = UINT64_MAX;
    } else if (lengths && !parse_length(http_request_header(r, "Content-Length"), &x->length)) {
        return malformed(err, "Content-Length is not a number");
    }
    x->has_body = x->length > 0;
    return 0;
}

static bool is_host(const char *s)
{
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
              strchr(".-_~:[]%", *s)))
            return false;
    return true;
}

static int check_host(struct http_exchange *x, bool http10, const char *authority, struct err *err)
{
    size_t hosts = http_request_header_count(&x->pub, "Host");
    if (hosts > 1)
        return malformed(err, "there is more than one Host");
    if (hosts == 0 && !http10)
        return malformed(err, "HTTP/1.1 requires a Host");
    const char *host = hosts ? http_request_header(&x->pub, "Host") : "";
    if (!is_host(host) || (authority && !is_host(authority)))
        return malformed(err, "Host holds a byte that no host name has");
    x->pub.host = authority ? authority : host;
    return 0;
}

static int check_expect(struct http_exchange *x, bool http10, struct err *err)
{
    const char *expect = http_request_header(&x->pub, "Expect");
    if (!expect || http10)
        return 0;
    if (strcasecmp(expect, "100-continue") != 0 || http_request_header_count(&x->pub, "Expect") > 1)
        return refuse(err, 417, E_MALFORMED, "expectation", "no expectation but 100-continue is known here");
    x->expects = true;
    return 0;
}

/* libmicrohttpd keeps the blanks behind a value. The framing was judged with them, as it judges; from here on
 * they are gone. */
static void trim_values(struct http_exchange *x)
{
    for (size_t i = 0; i < x->pub.n_headers; i++) {
        struct http_header *h = (struct http_header *)(uintptr_t)&x->pub.headers[i];
        size_t len = strlen(h->value), kept = len;
        while (kept && (h->value[kept - 1] == ' ' || h->value[kept - 1] == '\t'))
            kept--;
        if (kept < len)
            h->value = arena_memdup(x->pub.arena, h->value, kept);
    }
}

int http_guard(struct http_exchange *x, const char *method, const char *version, struct err *err)
{
    int status = check_layout(x, method, version, err);
    bool http10 = strcmp(version, "HTTP/1.0") == 0;
    if (status == 0)
        status = check_framing(x, http10, err);
    if (status == 0)
        status = check_method(x, method, err);
    if (status)
        return status;
    trim_values(x);
    status = check_expect(x, http10, err);
    if (status)
        return status;
    struct http_target t;
    enum ecode code = http_target_parse(x->pub.arena, x->pub.raw_target, x->target_len, &t, err);
    if (code != E_OK)
        return code == E_TOO_LARGE ? 414 : 400;
    x->pub.path = t.path;
    x->pub.path_len = t.path_len;
    x->pub.params = t.params;
    x->pub.n_params = t.n_params;
    return check_host(x, http10, t.authority, err);
}
