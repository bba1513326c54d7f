/*
 * A server for the tests of src/net: answers with what it understood, at once or from another thread.
 * Settings are key=value arguments named like the fields of struct http_server_options. Prints "listening
 * PORT"; SIGTERM drains (drain_ms) and exits 0 when nothing was left, 3 when something was cut.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "net/http_server.h"

#define QUEUE_MAX 4096

struct job {
    struct http_request *request;
    int64_t due_ns;
};

/* One worker thread and its queue, as a lane would be. */
struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job jobs[QUEUE_MAX];
    size_t n;
    bool stopping;
};

struct app {
    struct http_server *server;
    struct worker worker;
    pthread_mutex_t lock;
    uint64_t completions, undelivered;
};

static void text(struct http_request *r, int status, const char *s)
{
    buf_str(http_answer_body(r), s);
    http_answer(r, status, "text/plain");
}

static void json_text(struct buf *b, const char *name, const char *value)
{
    buf_printf(b, "%s\"%s\":\"", b->len > 1 ? "," : "", name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buf_char(b, '\\');
        buf_char(b, *value);
    }
    buf_char(b, '"');
}

/* Everything the layer says about the request, as JSON. */
static void describe(struct http_request *r)
{
    struct buf *b = http_answer_body(r);
    char ip[IP_TEXT];
    buf_char(b, '{');
    json_text(b, "method", http_method_name(r->method));
    json_text(b, "path", r->path);
    json_text(b, "host", r->host);
    json_text(b, "scheme", r->scheme);
    json_text(b, "id", r->id);
    json_text(b, "client", ip_format(&r->client, ip));
    const char *probe = http_request_header(r, "X-Probe");
    json_text(b, "probe", probe ? probe : "");
    buf_str(b, ",\"params\":[");
    for (size_t i = 0; i < r->n_params; i++) {
        buf_str(b, i ? ",{" : "{");
        buf_str(b, "\"name\":\"");
        buf_str(b, r->params[i].name);
        buf_str(b, "\",\"value\":\"");
        buf_str(b, r->params[i].value);
        buf_str(b, "\"}");
    }
    size_t sum = 0;
    for (size_t i = 0; i < r->body_len; i++)
        sum += (unsigned char)r->body[i];
    buf_printf(b, "],\"body_len\":%zu,\"body_sum\":%zu}", r->body_len, sum);
    http_answer(r, 200, "application/json");
}

static void stats(struct app *app, struct http_request *r)
{
    struct http_server_stats s;
    pthread_mutex_lock(&app->lock);
    http_server_get_stats(app->server, &s);
    buf_printf(
        http_answer_body(r),
        "{\"connections\":%llu,\"requests\":%llu,\"completed\":%llu,\"aborted\":%llu,\"refused_guard\":%llu,"
        "\"refused_size\":%llu,\"refused_busy\":%llu,\"refused_address\":%llu,\"timeout_header\":%llu,"
        "\"timeout_body\":%llu,\"timeout_idle\":%llu,\"timeout_send\":%llu,\"timeout_request\":%llu,\"open\":"
        "%zu,"
        "\"suspended\":%zu,\"body_bytes\":%zu,\"completions\":%llu,\"undelivered\":%llu}",
        (unsigned long long)s.connections, (unsigned long long)s.requests, (unsigned long long)s.completed,
        (unsigned long long)s.aborted, (unsigned long long)s.refused_guard,
        (unsigned long long)s.refused_size, (unsigned long long)s.refused_busy,
        (unsigned long long)s.refused_address, (unsigned long long)s.timeout_header,
        (unsigned long long)s.timeout_body, (unsigned long long)s.timeout_idle,
        (unsigned long long)s.timeout_send, (unsigned long long)s.timeout_request, s.open, s.suspended,
        s.body_bytes, (unsigned long long)app->completions, (unsigned long long)app->undelivered);
    pthread_mutex_unlock(&app->lock);
    http_answer(r, 200, "application/json");
}

static long param(struct http_request *r, const char *name)
{
    const char *value;
    struct err e;
    return http_request_param(r, name, &value, &e) == E_OK && value ? strtol(value, NULL, 10) : 0;
}

/* Suspend first, publish after: the worker may answer before this function returns. */
static void later(struct app *app, struct http_request *r)
{
    struct worker *w = &app->worker;
    http_request_suspend(r);
    pthread_mutex_lock(&w->lock);
    CHECK(w->n < QUEUE_MAX);
    w->jobs[w->n++] = (struct job){.request = r, .due_ns = monotime_now().ns + param(r, "ms") * 1000000};
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static void finish(struct http_request *r)
{
    describe(r);
    http_request_resume(r);
}

/* Takes what is due out of the queue; *next is when the next one is, INT64_MAX for none. Under the lock. */
static size_t take_due(struct worker *w, int64_t now, struct http_request **due, int64_t *next)
{
    size_t n = 0, kept = 0;
    *next = INT64_MAX;
    for (size_t i = 0; i < w->n; i++) {
        if (w->jobs[i].due_ns <= now) {
            due[n++] = w->jobs[i].request;
            continue;
        }
        *next = w->jobs[i].due_ns < *next ? w->jobs[i].due_ns : *next;
        w->jobs[kept++] = w->jobs[i];
    }
    w->n = kept;
    return n;
}

static void *worker_main(void *p)
{
    struct app *app = p;
    struct worker *w = &app->worker;
    struct http_request *due[QUEUE_MAX];
    int64_t next;
    pthread_mutex_lock(&w->lock);
    while (!w->stopping || w->n) {
        size_t n = take_due(w, monotime_now().ns, due, &next);
        if (n) {
            pthread_mutex_unlock(&w->lock);
            for (size_t i = 0; i < n; i++)
                finish(due[i]);
            pthread_mutex_lock(&w->lock);
        } else if (next == INT64_MAX) {
            pthread_cond_wait(&w->wake, &w->lock);
        } else {
            struct timespec until = {.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
            pthread_cond_timedwait(&w->wake, &w->lock, &until);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static void admit(void *cls, struct http_request *r, struct http_admission *a)
{
    struct err e;
    if (strcmp(r->path, "/private") == 0) {
        err_set(&e, E_UNAUTHENTIC, "who are you");
        http_answer_header(r, "WWW-Authenticate", "Bearer");
        http_answer_problem(r, 401, &e);
    } else if (strcmp(r->path, "/import") == 0) {
        a->body_max *= 4;
        a->body_ms *= 4;
    }
}

static void handle(void *cls, struct http_request *r)
{
    struct app *app = cls;
    if (strcmp(r->path, "/now") == 0)
        text(r, 200, "ok\n");
    else if (strcmp(r->path, "/later") == 0)
        later(app, r);
    else if (strcmp(r->path, "/stats") == 0)
        stats(app, r);
    else if (strcmp(r->path, "/never") == 0)
        return;
    else if (strcmp(r->path, "/empty") == 0)
        http_answer(r, 204, NULL);
    else if (strcmp(r->path, "/inject") == 0) {
        http_answer_header(r, "X-Copy", "a\r\nSet-Cookie: b");
        text(r, 200, "ok\n");
    } else if (strcmp(r->path, "/big") == 0) {
        for (long n = param(r, "n"); n > 0; n -= 10)
            buf_str(http_answer_body(r), "123456789\n");
        http_answer(r, 200, "text/plain");
    } else
        describe(r);
}

static void on_complete(void *cls, struct http_request *r, const struct http_outcome *o)
{
    struct app *app = cls;
    pthread_mutex_lock(&app->lock);
    app->completions++;
    app->undelivered += !o->delivered;
    pthread_mutex_unlock(&app->lock);
}

static long drain_ms = 5000;

static void set_option(struct http_server_options *o, const char *arg)
{
    const char *eq = strchr(arg, '=');
    CHECK(eq != NULL);
    size_t n = (size_t)(eq - arg);
    long v = strtol(eq + 1, NULL, 10);
    struct err e;
#define SET(field, type)                                                                                     \
    if (n == strlen(#field) && memcmp(arg, #field, n) == 0)                                                  \
    o->field = (type)v
    SET(threads, int);
    SET(connections_max, size_t);
    SET(connections_per_addr, size_t);
    SET(connection_memory, size_t);
    SET(body_max, size_t);
    SET(bodies_max, size_t);
    SET(answer_max, size_t);
    SET(header_ms, int);
    SET(body_ms, int);
    SET(idle_ms, int);
    SET(send_ms, int);
    SET(request_ms, int);
#undef SET
    if (strncmp(arg, "listen=", 7) == 0)
        o->listen = eq + 1;
    if (strncmp(arg, "trusted=", 8) == 0)
        CHECK(cidr_list_parse(eq + 1, &o->trusted, &e) == E_OK);
    if (strncmp(arg, "drain_ms=", 9) == 0)
        drain_ms = v;
}

int main(int argc, char **argv)
{
    static struct app app;
    struct http_server_options o;
    struct err e;
    sigset_t stop;
    int sig;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    http_server_options_init(&o);
    o.listen = "127.0.0.1:0";
    o.cb = (struct http_callbacks){.cls = &app, .admit = admit, .handle = handle, .on_complete = on_complete};
    for (int i = 1; i < argc; i++)
        set_option(&o, argv[i]);
    pthread_mutex_init(&app.lock, NULL);
    pthread_mutex_init(&app.worker.lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&app.worker.wake, &monotonic);
    if (http_server_new(&o, &app.server, &e) != E_OK) {
        fprintf(stderr, "%s: %s\n", e.field, e.text);
        return 1;
    }
    CHECK(pthread_create(&app.worker.thread, NULL, worker_main, &app) == 0);
    printf("listening %d\n", http_server_port(app.server));
    fflush(stdout);

    sigwait(&stop, &sig);
    bool whole = http_server_drain(app.server, duration_ms(drain_ms));
    pthread_mutex_lock(&app.worker.lock);
    app.worker.stopping = true;
    for (size_t i = 0; i < app.worker.n; i++)
        app.worker.jobs[i].due_ns = 0; /* who holds requests answers them before the server is freed */
    pthread_cond_signal(&app.worker.wake);
    pthread_mutex_unlock(&app.worker.lock);
    pthread_join(app.worker.thread, NULL);
    http_server_free(app.server);
    return whole ? 0 : 3;
}
