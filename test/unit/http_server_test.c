#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/check.h"
#include "net/http_server.h"

/*
 * The layer in one process with its users: what the callbacks see, and requests answered by other threads
 * while connections come and go. Bytes on the wire are tested by test/blackbox/net_*.test.mjs; this one runs
 * under ThreadSanitizer too.
 */

#define WORKERS 2
#define CLIENTS 4
#define ROUNDS 300

struct bed {
    struct http_server *server;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct http_request *queue[256];
    size_t queued;
    bool stopping, hold;
    pthread_t workers[WORKERS];
    unsigned completed, undelivered, errors;
    int last_status;
    size_t last_bytes;
};

static void *worker_main(void *p)
{
    struct bed *b = p;
    pthread_mutex_lock(&b->lock);
    for (;;) {
        while ((b->queued == 0 || b->hold) && !b->stopping)
            pthread_cond_wait(&b->wake, &b->lock);
        if (b->queued == 0)
            break;
        struct http_request *r = b->queue[--b->queued];
        pthread_mutex_unlock(&b->lock);
        if (strcmp(r->path, "/later/rendered") != 0) {
            buf_printf(http_answer_body(r), "later %s", r->path);
            http_answer(r, 200, "text/plain");
        }
        http_request_resume(r);
        pthread_mutex_lock(&b->lock);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void admit(void *cls, struct http_request *r, struct http_admission *a)
{
    r->user = cls;
    assert_int_equal(r->body_len, 0);
    if (strcmp(r->path, "/tiny") == 0)
        a->body_max = 2;
}

static void handle(void *cls, struct http_request *r)
{
    struct bed *b = cls;
    CHECK(r->user == cls);
    if (strncmp(r->path, "/later", 6) != 0) {
        buf_printf(http_answer_body(r), "%s %s %zu %s", http_method_name(r->method), r->path, r->body_len,
                   r->body);
        http_answer(r, 200, "text/plain");
        return;
    }
    http_request_suspend(r); /* first */
    pthread_mutex_lock(&b->lock);
    CHECK(b->queued < ARRAY_LEN(b->queue));
    b->queue[b->queued++] = r; /* then publish */
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
}

static void resumed(void *cls, struct http_request *r)
{
    struct bed *b = cls;
    CHECK(strcmp(r->path, "/later/rendered") == 0);
    buf_printf(http_answer_body(r), "rendered %s",
               pthread_equal(pthread_self(), b->workers[0]) ? "by a worker" : "here");
    http_answer(r, 200, "text/plain");
}

static void render_error(void *cls, struct http_request *r, int status, const struct err *e)
{
    struct bed *b = cls;
    pthread_mutex_lock(&b->lock);
    b->errors++;
    pthread_mutex_unlock(&b->lock);
    buf_printf(http_answer_body(r), "rendered %s", e->reason);
    http_answer(r, status, "text/x-error");
}

static void on_complete(void *cls, struct http_request *r, const struct http_outcome *o)
{
    struct bed *b = cls;
    pthread_mutex_lock(&b->lock);
    b->completed++;
    b->undelivered += !o->delivered;
    b->last_status = o->status;
    b->last_bytes = o->bytes;
    pthread_cond_broadcast(&b->wake);
    pthread_mutex_unlock(&b->lock);
}

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);
    struct http_server_options o;
    struct err e;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->wake, NULL);
    http_server_options_init(&o);
    o.listen = "127.0.0.1:0";
    o.cb = (struct http_callbacks){.cls = b,
                                   .admit = admit,
                                   .handle = handle,
                                   .resumed = resumed,
                                   .render_error = render_error,
                                   .on_complete = on_complete};
    assert_int_equal(http_server_new(&o, &b->server, &e), E_OK);
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&b->workers[i], NULL, worker_main, b), 0);
    *state = b;
    return 0;
}

static void stop_workers(struct bed *b)
{
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_broadcast(&b->wake);
    pthread_mutex_unlock(&b->lock);
    for (size_t i = 0; i < WORKERS; i++)
        pthread_join(b->workers[i], NULL);
}

static int teardown(void **state)
{
    struct bed *b = *state;
    stop_workers(b);
    http_server_free(b->server);
    pthread_cond_destroy(&b->wake);
    pthread_mutex_destroy(&b->lock);
    free(b);
    return 0;
}

static int dial(const struct bed *b)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_server_port(b->server))};
    struct timeval limit = {.tv_sec = 60};
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    CHECK(connect(fd, (const struct sockaddr *)&sa, sizeof sa) == 0);
    return fd;
}

/* Sends the request and reads one answer of at most 4 KiB; "" when the connection ended. */
static void talk(int fd, const char *request, char out[4096])
{
    size_t n = 0;
    out[0] = '\0';
    CHECK(send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request));
    for (;;) {
        const char *end = strstr(out, "\r\n\r\n"), *length = strstr(out, "Content-Length: ");
        if (end && length && n >= (size_t)(end + 4 - out) + strtoul(length + 16, NULL, 10))
            return;
        ssize_t got = recv(fd, out + n, 4095 - n, 0);
        if (got <= 0)
            return;
        n += (size_t)got;
        out[n] = '\0';
    }
}

static void await_completed(struct bed *b, unsigned n)
{
    pthread_mutex_lock(&b->lock);
    while (b->completed < n)
        pthread_cond_wait(&b->wake, &b->lock);
    pthread_mutex_unlock(&b->lock);
}

static void callbacks_see_the_whole_request(void **state)
{
    struct bed *b = *state;
    char out[4096];
    int fd = dial(b);
    talk(fd, "PUT /a%20b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz", out);
    assert_non_null(strstr(out, "PUT /a b 3 xyz"));
    await_completed(b, 1);
    assert_int_equal(b->last_status, 200);
    assert_int_equal(b->last_bytes, 14);
    talk(fd, "HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out);
    await_completed(b, 2);
    assert_int_equal(b->last_bytes, 0); /* nothing of a HEAD's body is sent */
    assert_int_equal(b->undelivered, 0);
    close(fd);
}

static void errors_are_rendered_by_the_edge(void **state)
{
    struct bed *b = *state;
    static const struct {
        const char *request, *want;
    } cases[] = {
        {"NONSENSE / HTTP/1.1\r\nHost: h\r\n\r\n", "rendered unknown_method"},
        {"GET /../x HTTP/1.1\r\nHost: h\r\n\r\n", "rendered bad_target"},
        {"POST /tiny HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz", "rendered body_too_large"},
        {"POST /tiny HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n",
         "rendered body_too_large"},
    };
    char out[4096];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int fd = dial(b);
        talk(fd, cases[i].request, out);
        assert_non_null(strstr(out, "Content-Type: text/x-error"));
        assert_non_null(strstr(out, cases[i].want));
        close(fd);
    }
    await_completed(b, 4);
    assert_int_equal(b->errors, 4);
    assert_int_equal(b->undelivered, 0);
}

struct client {
    struct bed *bed;
    pthread_t thread;
    unsigned good;
};

/* Requests at once and later, on kept connections and fresh ones, some given up while suspended. */
static void *client_main(void *p)
{
    struct client *c = p;
    char out[4096];
    int fd = dial(c->bed);
    for (int i = 0; i < ROUNDS; i++) {
        talk(fd, i % 3 ? "GET /later HTTP/1.1\r\nHost: h\r\n\r\n" : "GET /now HTTP/1.1\r\nHost: h\r\n\r\n",
             out);
        c->good += strstr(out, i % 3 ? "later /later" : "GET /now 0 ") != NULL;
        if (i % 10 == 0) {
            close(fd);
            fd = dial(c->bed);
        }
        if (i % 25 == 0) {
            int rude = dial(c->bed);
            CHECK(send(rude, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n", 32, MSG_NOSIGNAL) == 32);
            close(rude);
        }
    }
    close(fd);
    return NULL;
}

static void other_threads_answer(void **state)
{
    struct bed *b = *state;
    struct client clients[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.bed = b};
        assert_int_equal(pthread_create(&clients[i].thread, NULL, client_main, &clients[i]), 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].good, ROUNDS);
    }
    assert_true(http_server_drain(b->server, duration_seconds(60)));
    struct http_server_stats s;
    http_server_get_stats(b->server, &s);
    assert_int_equal(s.open, 0);
    assert_int_equal(s.requests, s.completed + s.aborted);
    assert_true(s.completed >= CLIENTS * ROUNDS);
    assert_int_equal(b->completed, s.requests);
}

static void a_resumed_request_may_be_rendered_here(void **state)
{
    struct bed *b = *state;
    char out[4096];
    int fd = dial(b);
    for (int i = 0; i < 3; i++) {
        talk(fd, "GET /later/rendered HTTP/1.1\r\nHost: h\r\n\r\n", out);
        assert_non_null(strstr(out, "rendered here"));
    }
    close(fd);
}

static void draining_waits_for_the_suspended(void **state)
{
    struct bed *b = *state;
    char out[4096];
    struct http_server_stats s = {.suspended = 0};
    int fd = dial(b), idle = dial(b);
    talk(idle, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", out);
    pthread_mutex_lock(&b->lock);
    b->hold = true;
    pthread_mutex_unlock(&b->lock);
    CHECK(send(fd, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n", 32, MSG_NOSIGNAL) == 32);
    while (s.suspended == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        http_server_get_stats(b->server, &s);
    }
    assert_false(http_server_drain(b->server, duration_ms(100)));
    assert_int_equal(recv(idle, out, sizeof out, 0), 0); /* idle ones are gone */
    pthread_mutex_lock(&b->lock);
    b->hold = false;
    pthread_cond_broadcast(&b->wake);
    pthread_mutex_unlock(&b->lock);
    assert_true(http_server_drain(b->server, duration_seconds(60)));
    size_t len = 0;
    for (ssize_t n; len < sizeof out - 1 && (n = recv(fd, out + len, sizeof out - 1 - len, 0)) > 0;)
        len += (size_t)n; /* head and body may come apart */
    out[len] = '\0';
    assert_non_null(strstr(out, "later /later"));
    assert_non_null(strstr(out, "Connection: close"));
    close(fd);
    close(idle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(callbacks_see_the_whole_request, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_are_rendered_by_the_edge, setup, teardown),
        cmocka_unit_test_setup_teardown(other_threads_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_resumed_request_may_be_rendered_here, setup, teardown),
        cmocka_unit_test_setup_teardown(draining_waits_for_the_suspended, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
