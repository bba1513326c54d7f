#include "edge/http/edge.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "edge/http/route.h"
#include "edge/http/token_cache.h"

/* What a refused token costs beside the request itself: guessing them is slow. */
#define FAILURE_COST 5
#define TOKEN_LEN_MAX 256

enum ecode limits_read_token(struct exchange *x)
{
    const char *value = http_request_header(x->request, "Authorization");
    if (value == NULL)
        return E_OK;
    if (http_request_header_count(x->request, "Authorization") != 1 || strncasecmp(value, "Bearer ", 7) != 0)
        return err_set(&x->err, E_UNAUTHENTIC, "Authorization must be \"Bearer\" and one token");
    value += 7;
    value += strspn(value, " ");
    size_t len = strlen(value);
    if (len == 0 || len > TOKEN_LEN_MAX || strcspn(value, " \t,") != len)
        return err_set(&x->err, E_UNAUTHENTIC, "Authorization must be \"Bearer\" and one token");
    x->token = value;
    x->token_len = len;
    return E_OK;
}

/* Draws one and keeps the result when it is the tightest so far. */
static bool draw(struct exchange *x, struct rate *rate, const void *key, size_t len)
{
    struct rate_result r = rate_take(rate, key, len, 1, x->request->received);
    if (!x->rated || !r.allowed || r.remaining < x->rate.remaining)
        x->rate = r;
    x->rated = true;
    return r.allowed;
}

enum ecode limits_draw(struct exchange *x)
{
    struct http_edge *e = x->edge;
    if (e->rate_addr != NULL) {
        struct ip key = ip_limit_key(&x->request->client);
        if (!draw(x, e->rate_addr, &key, sizeof key))
            return err_set(&x->err, E_RATE, "too many requests from this address");
    }
    struct uuid user;
    x->token_known =
        e->tokens != NULL && x->token != NULL && token_cache_find(e->tokens, x->token, x->token_len, &user);
    if (x->token_known && !draw(x, e->rate_user, &user, sizeof user))
        return err_set(&x->err, E_RATE, "too many requests of this person");
    return E_OK;
}

void limits_note_verdict(struct exchange *x, bool proved)
{
    struct http_edge *e = x->edge;
    if (proved && e->tokens != NULL && !x->token_known && !uuid_is_zero(&x->call.user_id))
        token_cache_add(e->tokens, x->token, x->token_len, &x->call.user_id);
    if (proved)
        return;
    if (x->token_known)
        token_cache_remove(e->tokens, x->token, x->token_len);
    if (e->rate_addr == NULL)
        return;
    struct ip key = ip_limit_key(&x->request->client);
    for (int i = 0; i < FAILURE_COST; i++)
        draw(x, e->rate_addr, &key, sizeof key);
}

/* Whole seconds, upwards: a client that waits that long is not too early. */
static void put_seconds(struct exchange *x, const char *name, struct duration d)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)((d.ms + 999) / 1000));
    http_answer_header(x->request, name, text);
}

void limits_put_headers(struct exchange *x)
{
    if (!x->rated)
        return;
    char text[16];
    snprintf(text, sizeof text, "%u", (unsigned)x->rate.limit);
    http_answer_header(x->request, "RateLimit-Limit", text);
    snprintf(text, sizeof text, "%u", (unsigned)x->rate.remaining);
    http_answer_header(x->request, "RateLimit-Remaining", text);
    put_seconds(x, "RateLimit-Reset", x->rate.reset);
    if (x->err.code == E_RATE)
        put_seconds(x, "Retry-After", x->rate.retry_after);
}
