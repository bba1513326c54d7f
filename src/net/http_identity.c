#include "net/http_internal.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define ID_MIN 8
#define ID_MAX 64

/* All X-Forwarded-For lines as the one list they are (RFC 9110 §5.3), or NULL. */
static const char *forwarded_for(const struct http_request *r)
{
    const char *list = NULL;
    for (size_t i = 0; i < r->n_headers; i++) {
        if (strcasecmp(r->headers[i].name, "X-Forwarded-For") != 0)
            continue;
        const char *value = r->headers[i].value;
        list = list ? arena_printf(r->arena, "%s,%s", list, value) : value;
    }
    return list;
}

static bool is_sane_id(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return n >= ID_MIN && n <= ID_MAX && s[n] == '\0';
}

/* A prefix of this process and a counter: unique without asking the kernel for randomness each time. */
static const char *next_id(struct http_exchange *x)
{
    uint64_t n = atomic_fetch_add_explicit(&x->server->next_id, 1, memory_order_relaxed);
    return arena_printf(x->pub.arena, "%s-%08" PRIx64, x->server->id_prefix, n);
}

void http_identify(struct http_exchange *x)
{
    struct http_request *r = &x->pub;
    r->client = x->conn->peer;
    r->scheme = "http";
    if (x->conn->trusted) {
        const char *proto = http_request_header(r, "X-Forwarded-Proto");
        const char *id = http_request_header(r, "X-Request-Id");
        r->client = cidr_client(&x->server->o.trusted, &x->conn->peer, forwarded_for(r));
        if (proto && strcasecmp(proto, "https") == 0)
            r->scheme = "https";
        if (id && is_sane_id(id) && http_request_header_count(r, "X-Request-Id") == 1)
            r->id = arena_strdup(r->arena, id);
    }
    if (!r->id)
        r->id = next_id(x);
}
