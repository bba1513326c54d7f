#include "edge/http/readiness.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "domain/health/health.h"
#include "domain/service.h"
#include "edge/http/route.h"

#define ARENA_MAX ((size_t)1024 * 1024)

struct readiness {
    struct service *service;
    struct duration limit;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct exchange *waiting; /* suspended, to be answered together */
    struct monotime asked;    /* when the first of them came */
    bool running;             /* the call is the service's */
    bool stopping;
    struct arena *arena;
    struct health_query query;
    struct health health;
    struct call call;
};

static void put_bot(struct json_writer *w, const struct health *h)
{
    const char *bot = !h->bot_held             ? "no instance holds its lease"
                      : h->bot_problem != NULL ? h->bot_problem
                                               : "ok";
    json_field_string(w, "bot", bot);
    json_field_i64(w, "oldest_due_reminder_seconds", h->remind_lag.ms / 1000);
}

/* One answer for one exchange: `verdict` NULL when the database did not say anything in time. */
static void answer(struct exchange *x, const struct call *verdict, const struct health_query *query,
                   const struct health *health)
{
    const char *database = verdict == NULL         ? "no answer in time"
                           : verdict->code == E_OK ? "ok"
                                                   : "not reachable";
    const char *schema = verdict == NULL || verdict->code != E_OK ? "unknown" : health_schema_name(health);
    bool known = verdict != NULL && verdict->code == E_OK;
    bool ready = known && health_is_good(query, health);
    struct http_edge *e = x->edge;
    struct json_writer w;
    json_writer_init(&w, http_answer_body(x->request));
    json_object_begin(&w);
    json_field_bool(&w, "ready", ready);
    json_key(&w, "checks");
    json_object_begin(&w);
    json_field_string(&w, "database", database);
    json_field_string(&w, "schema", schema);
    if (query->bot && known && health->current)
        put_bot(&w, health);
    json_object_end(&w);
    json_object_end(&w);
    json_writer_finish(&w);
    http_answer(x->request, ready ? 200 : 503, "application/json");
    http_request_resume(x->request);
    edge_call_end(e);
}

static void answer_all(const struct readiness *r, struct exchange *x, const struct call *verdict)
{
    while (x != NULL) {
        struct exchange *next = x->next; /* x is gone once it was answered */
        answer(x, verdict, &r->query, &r->health);
        x = next;
    }
}

static struct exchange *take_waiting(struct readiness *r)
{
    struct exchange *x = r->waiting;
    r->waiting = NULL;
    return x;
}

static void done(struct call *c);

/* With the lock held. False when the service takes no more. */
static bool start(struct readiness *r)
{
    arena_reset(r->arena);
    r->health = (struct health){0};
    r->call = (struct call){.op = &OP_health,
                            .in = &r->query,
                            .out = &r->health,
                            .arena = r->arena,
                            .source = SOURCE_API,
                            .request_id = "readyz",
                            .done = done,
                            .owner = r};
    r->running = service_submit(r->service, &r->call) == E_OK;
    return r->running;
}

static void done(struct call *c)
{
    struct readiness *r = c->owner;
    pthread_mutex_lock(&r->lock);
    struct exchange *x = take_waiting(r);
    pthread_mutex_unlock(&r->lock);
    answer_all(r, x, c);
    /* Only now may the call be used again, or the owner freed. Who has asked meanwhile found it in use. */
    pthread_mutex_lock(&r->lock);
    r->running = false;
    x = r->waiting != NULL && !start(r) ? take_waiting(r) : NULL;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    answer_all(r, x, NULL);
}

void readiness_ask(struct readiness *r, struct exchange *x)
{
    if (!edge_call_begin(x->edge)) {
        err_set(&x->err, E_BUSY, "the server is stopping");
        problem_answer(x);
        return;
    }
    http_request_suspend(x->request);
    struct exchange *refused = NULL;
    pthread_mutex_lock(&r->lock);
    if (r->waiting == NULL)
        r->asked = monotime_now();
    x->next = r->waiting;
    r->waiting = x;
    if (!r->running && !start(r))
        refused = take_waiting(r);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    answer_all(r, refused, NULL);
}

static void sleep_until(struct readiness *r, struct monotime since, struct duration d)
{
    int64_t ns = since.ns + d.ms * 1000000;
    struct timespec at = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    int rc = pthread_cond_timedwait(&r->changed, &r->lock, &at);
    CHECK(rc == 0 || rc == ETIMEDOUT);
}

static void *watch(void *arg)
{
    struct readiness *r = arg;
    pthread_mutex_lock(&r->lock);
    while (!r->stopping) {
        if (r->waiting == NULL) {
            pthread_cond_wait(&r->changed, &r->lock);
        } else if (monotime_diff(monotime_now(), r->asked).ms < r->limit.ms) {
            sleep_until(r, r->asked, r->limit);
        } else {
            struct exchange *late = take_waiting(r);
            pthread_mutex_unlock(&r->lock);
            answer_all(r, late, NULL);
            pthread_mutex_lock(&r->lock);
        }
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

enum ecode readiness_new(struct service *service, struct duration limit, bool bot, struct readiness **out,
                         struct err *err)
{
    struct readiness *r = calloc(1, sizeof *r);
    pthread_condattr_t attr;
    CHECK(r != NULL);
    r->service = service;
    r->limit = limit;
    r->query.bot = bot;
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
    CHECK(pthread_condattr_init(&attr) == 0 && pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&r->changed, &attr) == 0);
    pthread_condattr_destroy(&attr);
    r->arena = arena_new(ARENA_MAX);
    int rc = pthread_create(&r->thread, NULL, watch, r);
    if (rc != 0) {
        r->stopping = true;
        arena_free(r->arena);
        free(r);
        return err_set(err, E_IO, "cannot start a thread: %s", strerror(rc));
    }
    *out = r;
    return E_OK;
}

void readiness_free(struct readiness *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    CHECK(r->waiting == NULL);
    while (r->running)
        pthread_cond_wait(&r->changed, &r->lock);
    r->stopping = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    arena_free(r->arena);
    free(r);
}
