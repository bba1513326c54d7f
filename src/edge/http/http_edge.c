#include "edge/http/http_edge.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/doctor/doctor_runner.h"
#include "edge/http/edge.h"
#include "edge/http/metrics.h"
#include "edge/http/payment_wait.h"
#include "edge/http/readiness.h"
#include "edge/http/token_cache.h"

#define RATE_SLOTS 16384
#define TOKEN_SLOTS 16384
#define ANSWER_MAX ((size_t)1024 * 1024 * 1024) /* an export of everything */

void http_edge_options_init(struct http_edge_options *o)
{
    *o = (struct http_edge_options){
        .engine = "sqlite", .ready_limit = duration_ms(1000), .payment_limit = duration_seconds(10)};
    http_server_options_init(&o->server);
    o->server.answer_max = ANSWER_MAX;
}

bool edge_call_begin(struct http_edge *e)
{
    atomic_fetch_add(&e->calls, 1);
    if (!atomic_load(&e->stopping))
        return true;
    edge_call_end(e);
    return false;
}

void edge_call_end(struct http_edge *e)
{
    /* Under the lock, so that the edge is not freed between the two steps. */
    pthread_mutex_lock(&e->lock);
    if (atomic_fetch_sub(&e->calls, 1) == 1 && atomic_load(&e->stopping))
        pthread_cond_broadcast(&e->idle);
    pthread_mutex_unlock(&e->lock);
}

/* A minute's worth may come at once. */
static enum ecode new_rate(uint32_t per_minute, const char *field, struct rate **out, struct err *err)
{
    if (per_minute == 0)
        return E_OK;
    struct rate_options o = {.per_minute = per_minute, .burst = per_minute, .slots = RATE_SLOTS};
    enum ecode rc = rate_new(&o, out, err);
    return rc == E_INVALID ? err_field(err, field, "%s", err->text) : rc;
}

static enum ecode start(struct http_edge *e, const struct http_edge_options *o, struct err *err)
{
    struct http_server_options server = o->server;
    enum ecode rc = new_rate(o->rate_user_per_min, "HABITD_RATE_USER_PER_MIN", &e->rate_user, err);
    if (rc == E_OK)
        rc = new_rate(o->rate_addr_per_min, "HABITD_RATE_IP_PER_MIN", &e->rate_addr, err);
    if (rc == E_OK)
        rc = readiness_new(o->service, o->ready_limit, o->telegram.submit != NULL, &e->readiness, err);
    if (rc == E_OK)
        rc = payment_wait_new(o->service, o->payment_limit, &e->payments, err);
    if (rc != E_OK)
        return rc;
    if (e->rate_user != NULL)
        e->tokens = token_cache_new(TOKEN_SLOTS);
    server.cb = (struct http_callbacks){
        .cls = e,
        .admit = exchange_admit,
        .handle = exchange_handle,
        .resumed = exchange_resumed,
        .render_error = problem_render_server,
        .on_complete = exchange_complete,
    };
    /* Requests come in before it returns: whoever asks for the server waits here. */
    pthread_mutex_lock(&e->lock);
    rc = http_server_new(&server, &e->server, err);
    pthread_mutex_unlock(&e->lock);
    return rc;
}

struct http_server *edge_server(struct http_edge *e)
{
    pthread_mutex_lock(&e->lock);
    struct http_server *server = e->server;
    pthread_mutex_unlock(&e->lock);
    return server;
}

static void release(struct http_edge *e)
{
    http_server_free(e->server);
    readiness_free(e->readiness);
    payment_wait_free(e->payments);
    doctor_runner_free(e->doctor);
    rate_free(e->rate_user);
    rate_free(e->rate_addr);
    token_cache_free(e->tokens);
    metrics_free(e->metrics);
    pthread_cond_destroy(&e->idle);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

enum ecode http_edge_new(const struct http_edge_options *o, struct http_edge **out, struct err *err)
{
    struct http_edge *e = calloc(1, sizeof *e);
    CHECK(e != NULL);
    CHECK(pthread_mutex_init(&e->lock, NULL) == 0 && pthread_cond_init(&e->idle, NULL) == 0);
    e->service = o->service;
    e->engine = o->engine;
    e->telegram = o->telegram;
    e->bot_name = o->bot_name;
    e->bot_token = o->bot_token;
    e->demo_sign_in = o->demo_sign_in;
    e->yookassa = o->yookassa;
    e->cryptobot = o->cryptobot;
    memcpy(e->more_metrics, o->metrics, sizeof e->more_metrics);
    e->metrics = metrics_new();
    e->doctor = doctor_runner_new(o->service);
    enum ecode rc = start(e, o, err);
    if (rc == E_OK)
        *out = e;
    else
        release(e);
    return rc;
}

int http_edge_port(const struct http_edge *e)
{
    return http_server_port(e->server);
}

void http_edge_stop(struct http_edge *e, struct duration limit)
{
    payment_wait_stop(e->payments);
    http_server_drain(e->server, limit);
    pthread_mutex_lock(&e->lock);
    atomic_store(&e->stopping, true);
    while (atomic_load(&e->calls) > 0)
        pthread_cond_wait(&e->idle, &e->lock);
    pthread_mutex_unlock(&e->lock);
}

void http_edge_free(struct http_edge *e)
{
    if (e == NULL)
        return;
    http_edge_stop(e, duration_ms(0));
    release(e);
}
