#include <string.h>
#include <strings.h>
#include "edge/http/route.h"
#include "edge/http/web_assets.h"

/*
 * The Mini App and the console: files in the binary, compressed when it was built. Pages name their assets by
 * hash, so those are kept forever and a page is asked for again each time.
 */

/* What a page may do: load and call this server alone. Of what stands in a page itself only what it was built
 * with; no form, no plug-in. */
#define POLICY                                                                                               \
    "default-src 'none'; script-src 'self'%s%s; style-src 'self'%s%s; img-src 'self' data: blob:; "          \
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "         \
    "form-action 'none'; frame-ancestors %s"
/* Where Telegram's own web clients live; they show the Mini App in a frame. */
#define TELEGRAM_FRAMES "https://web.telegram.org https://webk.telegram.org https://webz.telegram.org"

static const struct web_asset *find(const char *path)
{
    for (size_t i = 0; i < web_assets_count; i++)
        if (strcmp(web_assets[i].path, path) == 0)
            return &web_assets[i];
    return NULL;
}

/* "q=0", "q=0.000" */
static bool is_refused(const char *parameters, size_t len)
{
    const char *q = memmem(parameters, len, "q=", 2);
    if (q == NULL)
        return false;
    const char *end = parameters + len;
    for (q += 2; q < end && (*q == '0' || *q == '.'); q++)
        ;
    return q == end || *q == ' ';
}

/* Whether Accept-Encoding names the coding (or "*") and does not refuse it. */
static bool accepts(const struct http_request *r, const char *coding)
{
    const char *p = http_request_header(r, "Accept-Encoding");
    bool any = false;
    while (p != NULL && *p != '\0') {
        p += strspn(p, ", \t");
        size_t whole = strcspn(p, ","), name = strcspn(p, ",; \t");
        bool refused = is_refused(p + name, whole - name);
        if (name == strlen(coding) && strncasecmp(p, coding, name) == 0)
            return !refused;
        any = any || (name == 1 && *p == '*' && !refused);
        p += whole;
    }
    return any;
}

static const struct web_form *choose(struct exchange *x, const struct web_asset *a, const char **coding)
{
    *coding = NULL;
    if (a->brotli.data != NULL && accepts(x->request, "br"))
        *coding = "br";
    else if (a->gzip.data != NULL && accepts(x->request, "gzip"))
        *coding = "gzip";
    return *coding == NULL ? &a->raw : **coding == 'b' ? &a->brotli : &a->gzip;
}

/* If-None-Match is a list of tags, or "*". */
static bool is_known(const struct http_request *r, const char *tag)
{
    const char *known = http_request_header(r, "If-None-Match");
    return known != NULL && (strcmp(known, "*") == 0 || strstr(known, tag) != NULL);
}

static const char *policy(struct arena *arena, const struct web_asset *a)
{
    const char *frames = strcmp(a->path, "/admin") == 0 ? "'none'" : TELEGRAM_FRAMES;
    return arena_printf(arena, POLICY, *a->scripts ? " " : "", a->scripts, *a->styles ? " " : "", a->styles,
                        frames);
}

static void put_headers(struct exchange *x, const struct web_asset *a, const char *coding, const char *tag)
{
    struct http_request *r = x->request;
    if (coding != NULL)
        http_answer_header(r, "Content-Encoding", coding);
    http_answer_header(r, "Vary", "Accept-Encoding");
    http_answer_header(r, "ETag", tag);
    http_answer_header(r, "Cache-Control", a->forever ? "public, max-age=31536000, immutable" : "no-cache");
    http_answer_header(r, "Content-Security-Policy", policy(r->arena, a));
    http_answer_header(r, "Referrer-Policy", "no-referrer");
    http_answer_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    http_answer_header(r, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
}

void web_asset(struct exchange *x)
{
    const struct web_asset *a = find(x->request->path);
    if (a == NULL) {
        err_set(&x->err, E_NOT_FOUND, "there is nothing at this address");
        problem_answer(x);
        return;
    }
    const char *coding;
    const struct web_form *form = choose(x, a, &coding);
    const char *tag =
        arena_printf(x->request->arena, "\"%s%s%s\"", a->hash, coding ? "-" : "", coding ? coding : "");
    put_headers(x, a, coding, tag);
    if (is_known(x->request, tag)) {
        http_answer(x->request, 304, NULL);
        return;
    }
    buf_add(http_answer_body(x->request), form->data, form->len);
    http_answer(x->request, 200, a->type);
}
