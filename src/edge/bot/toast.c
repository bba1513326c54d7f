#include <stdlib.h>
#include "base/check.h"
#include "edge/bot/runtime.h"
#include "edge/bot/update_priv.h"

/*
 * What a pressed button says. It is worth something only at once, so it is no row: it leaves beside the
 * outbox, and when too many are on their way it is dropped. (A webhook carries it in its answer.)
 */
#define TOASTS_MAX 256
#define TOAST_ARENA_BYTES 65536
#define TOAST_TIMEOUT_MS 10000

struct toasts {
    struct bot *bot;
    atomic_int under_way;
};

struct toast {
    struct request request;
    struct arena *arena;
    struct toasts *toasts;
};

static void toast_free(struct toast *t)
{
    atomic_fetch_sub(&t->toasts->under_way, 1);
    request_release(&t->request);
    arena_free(t->arena);
    free(t);
}

/* On the HTTP client's thread. Nobody minds how it ended. */
static void toast_done(struct http_call *call)
{
    toast_free(call->user);
}

struct toasts *toasts_new(struct bot *b)
{
    struct toasts *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    t->bot = b;
    return t;
}

void toasts_send(struct toasts *toasts, const char *json)
{
    struct request_spec spec = {.timeout_ms = TOAST_TIMEOUT_MS};
    struct err err;
    if (atomic_fetch_add(&toasts->under_way, 1) >= TOASTS_MAX) {
        atomic_fetch_sub(&toasts->under_way, 1);
        count(&toasts->bot->counters.toasts_lost, 1);
        return;
    }
    struct toast *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    t->toasts = toasts;
    t->arena = arena_new(TOAST_ARENA_BYTES);
    http_call_init(&t->request.call);
    update_call_cut(t->arena, json, &spec);
    enum ecode rc = request_init(&t->request, t->arena, &toasts->bot->endpoint, &spec, &err);
    t->request.call.done = toast_done;
    t->request.call.user = t;
    if (rc == E_OK)
        rc = http_client_submit(toasts->bot->client, &t->request.call, &err);
    if (rc != E_OK)
        toast_free(t);
    count(rc == E_OK ? &toasts->bot->counters.toasts : &toasts->bot->counters.toasts_lost, 1);
}

void toasts_free(struct toasts *t)
{
    if (t == NULL)
        return;
    CHECK(atomic_load(&t->under_way) == 0);
    free(t);
}
