#include "edge/http/payment_wait.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "domain/payment/payment.h"
#include "edge/http/route.h"

#define HELD_MAX 256 /* at once; more are answered without waiting */
#define FIRST_LOOK_MS 20
#define LAST_LOOK_MS 500 /* between two looks, which double until then */

/* One exchange that waits; in its request's arena. */
struct held {
    struct payment_wait *wait;
    struct exchange *x;
    struct held *next;
    struct monotime since, look_at;
    int64_t pause_ms;
    bool looking; /* the call is the service's */
    struct call call;
    struct payment_ref ref;
    struct payment payment;
};

struct payment_wait {
    struct service *service;
    struct duration limit;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct held *first;
    size_t count;
    bool stopping;
};

static struct monotime later(struct monotime t, int64_t ms)
{
    return (struct monotime){t.ns + ms * 1000000};
}

static bool is_over(const struct payment_wait *w, const struct held *h)
{
    return w->stopping || monotime_diff(monotime_now(), h->since).ms >= w->limit.ms;
}

static void take_out(struct payment_wait *w, struct held *h)
{
    for (struct held **p = &w->first; *p != NULL; p = &(*p)->next) {
        if (*p == h) {
            *p = h->next;
            w->count--;
            return;
        }
    }
    CHECK(!"it waits");
}

/* It is gone after this. */
static void resume(struct held *h)
{
    struct exchange *x = h->x;
    struct http_edge *e = x->edge;
    http_request_resume(x->request);
    edge_call_end(e);
}

/* The payment as it is now replaces what the order answered, or what was stored of that under a key. */
static void looked(struct call *c)
{
    struct held *h = c->owner;
    struct payment_wait *w = h->wait;
    struct exchange *x = h->x;
    bool answered = false;
    if (c->code == E_OK) {
        memcpy(x->call.out, &h->payment, sizeof h->payment);
        x->call.answer = NULL;
        answered = payment_is_answered(&h->payment);
    }
    pthread_mutex_lock(&w->lock);
    h->looking = false;
    bool end = answered || is_over(w, h);
    if (end) {
        take_out(w, h);
    } else {
        h->look_at = later(monotime_now(), h->pause_ms);
        h->pause_ms = h->pause_ms * 2 < LAST_LOOK_MS ? h->pause_ms * 2 : LAST_LOOK_MS;
    }
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (end)
        resume(h);
}

/* With the lock held. The person's own token again: it may have ended meanwhile. */
static void look(struct payment_wait *w, struct held *h)
{
    const struct call *order = &h->x->call;
    h->call = (struct call){.op = &OP_payment_get,
                            .in = &h->ref,
                            .out = &h->payment,
                            .arena = order->arena,
                            .token = order->token,
                            .token_len = order->token_len,
                            .source = order->source,
                            .request_id = order->request_id,
                            .done = looked,
                            .owner = h};
    h->looking = true;
    if (service_submit(w->service, &h->call) == E_OK)
        return;
    h->looking = false;
    h->look_at = later(monotime_now(), h->pause_ms);
}

/* The first whose time has come, or NULL and when that will be. */
static struct held *next_due(struct payment_wait *w, struct monotime *at)
{
    *at = later(monotime_now(), INT32_MAX);
    for (struct held *h = w->first; h != NULL; h = h->next) {
        if (h->looking)
            continue;
        if (is_over(w, h) || h->look_at.ns <= monotime_now().ns)
            return h;
        if (h->look_at.ns < at->ns)
            *at = h->look_at;
    }
    return NULL;
}

static void sleep_until(struct payment_wait *w, struct monotime at)
{
    struct timespec t = {.tv_sec = (time_t)(at.ns / 1000000000), .tv_nsec = (long)(at.ns % 1000000000)};
    int rc = pthread_cond_timedwait(&w->changed, &w->lock, &t);
    CHECK(rc == 0 || rc == ETIMEDOUT);
}

static void *watch(void *arg)
{
    struct payment_wait *w = arg;
    struct monotime at;
    pthread_mutex_lock(&w->lock);
    while (!w->stopping || w->first != NULL) {
        struct held *h = next_due(w, &at);
        if (h == NULL) {
            sleep_until(w, at);
        } else if (!is_over(w, h)) {
            look(w, h);
        } else {
            take_out(w, h);
            pthread_mutex_unlock(&w->lock);
            resume(h);
            pthread_mutex_lock(&w->lock);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Whose answer it is: the order's own, or the one that was stored of it and begins with its id. */
static bool payment_of(const struct exchange *x, struct uuid *id)
{
    static const char before[] = "{\"id\":\"";
    size_t skip = sizeof before - 1;
    if (!x->call.replayed) {
        *id = ((const struct payment *)x->call.out)->id;
        return true;
    }
    return x->call.answer_len > skip + UUID_TEXT && memcmp(x->call.answer, before, skip) == 0 &&
           uuid_parse(x->call.answer + skip, UUID_TEXT - 1, id);
}

bool payment_wait_hold(struct exchange *x)
{
    struct payment_wait *w = x->edge->payments;
    struct uuid id;
    if (!payment_of(x, &id) || (!x->call.replayed && payment_is_answered(x->call.out)))
        return false;
    struct held *h = arena_alloc(x->call.arena, sizeof *h);
    *h = (struct held){
        .wait = w, .x = x, .since = monotime_now(), .pause_ms = FIRST_LOOK_MS, .ref = {.id = id}};
    h->look_at = x->call.replayed ? h->since : later(h->since, FIRST_LOOK_MS);
    pthread_mutex_lock(&w->lock);
    bool held = !w->stopping && w->count < HELD_MAX;
    if (held) {
        h->next = w->first;
        w->first = h;
        w->count++;
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return held;
}

enum ecode payment_wait_new(struct service *service, struct duration limit, struct payment_wait **out,
                            struct err *err)
{
    struct payment_wait *w = calloc(1, sizeof *w);
    pthread_condattr_t attr;
    CHECK(w != NULL);
    w->service = service;
    w->limit = limit;
    CHECK(pthread_mutex_init(&w->lock, NULL) == 0);
    CHECK(pthread_condattr_init(&attr) == 0 && pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&w->changed, &attr) == 0);
    pthread_condattr_destroy(&attr);
    int rc = pthread_create(&w->thread, NULL, watch, w);
    if (rc != 0) {
        free(w);
        return err_set(err, E_IO, "cannot start a thread: %s", strerror(rc));
    }
    *out = w;
    return E_OK;
}

void payment_wait_stop(struct payment_wait *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

void payment_wait_free(struct payment_wait *w)
{
    if (w == NULL)
        return;
    payment_wait_stop(w);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
