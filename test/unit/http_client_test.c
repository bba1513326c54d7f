#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "http_peer.h"
#include "net/http_client.h"

/*
 * What the client says became of a request, against a server that misbehaves (http_peer.h). The server counts
 * what it read: that is what decides between "not sent" and "unknown", and whether anything went out twice.
 * Runs under ThreadSanitizer too.
 */

#define SECRET "bot42:SECRET"

struct bed {
    struct peer *peer;
    struct http_client *client;
    char url[256];
};

static const char *url(struct bed *b, const char *what)
{
    snprintf(b->url, sizeof b->url, "http://127.0.0.1:%d/" SECRET "/%s", peer_port(b->peer), what);
    return b->url;
}

static struct http_client *client(int connections_max, int waiting_max, const char *ca_file)
{
    struct http_client_options o;
    struct http_client *c = NULL;
    struct err err;
    http_client_options_init(&o);
    o.connections_max = connections_max;
    o.waiting_max = waiting_max;
    o.ca_file = ca_file;
    assert_int_equal(http_client_new(&o, &c, &err), E_OK);
    return c;
}

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);
    b->peer = peer_new(PEER_PLAIN);
    b->client = client(2, 16, NULL);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bed *b = *state;
    http_client_free(b->client);
    peer_free(b->peer);
    free(b);
    return 0;
}

/* A call made and waited for; no error ever shows the URL. */
static void make(struct http_client *c, struct http_call *call)
{
    struct err err;
    assert_int_equal(http_client_wait(c, call, &err), E_OK);
    assert_null(strstr(call->err.text, "SECRET"));
    assert_int_equal(call->err.code == E_OK, call->outcome == HTTP_CALL_ANSWERED);
    assert_int_equal(call->err.text[0] == '\0', call->outcome == HTTP_CALL_ANSWERED);
}

static void get(struct bed *b, const char *what, struct http_call *call)
{
    http_call_init(call);
    call->url = url(b, what);
    make(b->client, call);
}

static void expect_answer(struct bed *b, const char *what, int status, const char *body)
{
    struct http_call call;
    get(b, what, &call);
    assert_int_equal(call.outcome, HTTP_CALL_ANSWERED);
    assert_int_equal(call.status, status);
    assert_string_equal(buf_text(&call.answer), body);
    http_call_release(&call);
}

static void expect_unknown(struct bed *b, const char *what, enum ecode code, const char *text)
{
    struct http_call call;
    unsigned before = peer_requests(b->peer);
    get(b, what, &call);
    assert_int_equal(call.outcome, HTTP_CALL_UNKNOWN);
    assert_int_equal(call.err.code, code);
    assert_non_null(strstr(call.err.text, text));
    assert_int_equal(call.answer.len, 0);
    assert_int_equal(peer_requests(b->peer), before + 1);
    http_call_release(&call);
}

static void expect_not_sent(struct http_client *c, const char *to, enum ecode code)
{
    struct http_call call;
    http_call_init(&call);
    call.url = to;
    call.connect_timeout_ms = 5000;
    make(c, &call);
    assert_int_equal(call.outcome, HTTP_CALL_NOT_SENT);
    assert_int_equal(call.err.code, code);
    assert_int_equal(call.status, 0);
    http_call_release(&call);
}

static void answers(void **state)
{
    struct bed *b = *state;
    struct http_call call;
    expect_answer(b, "ok", 200, "hello");
    expect_answer(b, "moved", 302, "");
    get(b, "wait", &call);
    assert_int_equal(call.outcome, HTTP_CALL_ANSWERED);
    assert_int_equal(call.status, 429);
    assert_int_equal(call.retry_after_s, 7);
    call.url = url(b, "ok"); /* nothing is left from the last time */
    make(b->client, &call);
    assert_int_equal(call.status, 200);
    assert_int_equal(call.retry_after_s, -1);
    http_call_release(&call);
    assert_int_equal(peer_requests(b->peer), 4);
    assert_int_equal(peer_connections(b->peer), 1); /* used again */
}

static bool has(const struct http_call *call, const char *text)
{
    return memmem(call->answer.data, call->answer.len, text, strlen(text)) != NULL;
}

static void requests(void **state)
{
    struct bed *b = *state;
    struct http_call call;
    const struct http_header headers[] = {{"Authorization", "Basic c2VjcmV0"}, {"X-Empty", ""}};
    get(b, "echo", &call);
    assert_true(has(&call, "GET /" SECRET "/echo HTTP/1.1\r\n"));
    assert_true(has(&call, "User-Agent: habitd/" HABITD_VERSION "\r\n"));
    call.method = HTTP_POST;
    call.body = "{\"a\":1}";
    call.body_len = 7;
    call.content_type = "application/json";
    call.headers = headers;
    call.n_headers = 2;
    make(b->client, &call);
    assert_true(has(&call, "POST "));
    assert_true(has(&call, "Content-Type: application/json\r\n"));
    assert_true(has(&call, "Authorization: Basic c2VjcmV0\r\n"));
    assert_true(has(&call, "X-Empty:\r\n"));
    assert_true(has(&call, "\r\n\r\n{\"a\":1}"));
    assert_false(has(&call, "Expect:"));
    call.method = HTTP_PUT;
    make(b->client, &call);
    assert_true(has(&call, "PUT ") && has(&call, "\r\n\r\n{\"a\":1}"));
    call.method = HTTP_DELETE;
    call.body = NULL;
    call.body_len = 0;
    make(b->client, &call);
    assert_true(has(&call, "DELETE "));
    call.method = HTTP_POST;
    make(b->client, &call);
    assert_true(has(&call, "POST ") && has(&call, "Content-Length: 0\r\n"));
    call.method = HTTP_HEAD;
    call.url = url(b, "half");
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_ANSWERED);
    http_call_release(&call);
}

static void multipart(void **state)
{
    struct bed *b = *state;
    struct http_call call;
    size_t len = 3 << 20;
    char *file = malloc(len);
    for (size_t i = 0; i < len; i++)
        file[i] = (char)(i * 7 >> 3);
    const struct http_part parts[] = {
        {.name = "chat_id", .data = "42", .len = 2},
        {.name = "photo", .data = file, .len = len, .filename = "a\"b\r\n.png", .content_type = "image/png"},
        {.name = "empty", .data = "", .len = 0},
    };
    http_call_init(&call);
    call.method = HTTP_POST;
    call.url = url(b, "echo");
    call.parts = parts;
    call.n_parts = 3;
    call.answer_max = 4 << 20;
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_ANSWERED);
    assert_true(has(&call, "Content-Type: multipart/form-data; boundary="));
    assert_true(has(&call, "name=\"chat_id\"\r\n\r\n42\r\n"));
    assert_true(
        has(&call, "name=\"photo\"; filename=\"a%22b%0D%0A.png\"\r\nContent-Type: image/png\r\n\r\n"));
    assert_false(has(&call, "Expect:"));
    assert_non_null(memmem(call.answer.data, call.answer.len, file, len));
    http_call_release(&call);
    free(file);
}

static void not_sent(void **state)
{
    struct bed *b = *state;
    struct peer *gone = peer_new(PEER_PLAIN), *deaf = peer_new(PEER_DEAF);
    struct http_call call;
    char to[128];
    const struct http_header split[] = {{"X-A", "1\r\nX-B: 2"}};
    snprintf(to, sizeof to, "http://127.0.0.1:%d/" SECRET, peer_port(gone));
    peer_free(gone);
    expect_not_sent(b->client, to, E_UNAVAILABLE); /* refused */
    expect_not_sent(b->client, "http://name.invalid/" SECRET, E_UNAVAILABLE);
    expect_not_sent(b->client, "ftp://127.0.0.1/" SECRET, E_INVALID);
    expect_not_sent(b->client, "file:///etc/passwd", E_INVALID);
    expect_not_sent(b->client, "http://127.0.0.1:99999/" SECRET, E_INVALID);
    expect_not_sent(b->client, "http://127.0.0.1/" SECRET "\r\nX: 1", E_INVALID);
    snprintf(to, sizeof to, "https://127.0.0.1:%d/" SECRET, peer_port(b->peer));
    http_call_init(&call); /* a server without TLS waits for the end of the "request" */
    call.url = to;
    call.connect_timeout_ms = 100;
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_NOT_SENT);
    assert_string_equal(call.err.reason, "timeout");
    snprintf(to, sizeof to, "https://127.0.0.1:%d/" SECRET, peer_port(deaf));
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_NOT_SENT);
    assert_string_equal(call.err.reason, "timeout");
    call.url = url(b, "ok");
    call.headers = split;
    call.n_headers = 1;
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_NOT_SENT);
    assert_int_equal(call.err.code, E_INVALID);
    http_call_release(&call);
    peer_free(deaf);
    assert_int_equal(peer_requests(b->peer), 0);
}

static void unknown(void **state)
{
    struct bed *b = *state;
    struct http_call call;
    expect_unknown(b, "close", E_UNCERTAIN, "before an answer came");
    expect_unknown(b, "half", E_UNCERTAIN, "in the middle of the answer");
    expect_unknown(b, "headers", E_UNCERTAIN, "header");
    http_call_init(&call);
    call.url = url(b, "silent");
    call.timeout_ms = 150;
    unsigned before = peer_requests(b->peer);
    for (make(b->client, &call); call.outcome == HTTP_CALL_NOT_SENT; make(b->client, &call)) {
        /* A slow machine had not sent it yet: more time, until the peer has it. */
        assert_int_equal(peer_requests(b->peer), before);
        assert_string_equal(call.err.reason, "timeout");
        call.timeout_ms *= 2;
        assert_true(call.timeout_ms < 60000);
    }
    assert_int_equal(call.outcome, HTTP_CALL_UNKNOWN);
    assert_int_equal(call.err.code, E_UNCERTAIN);
    assert_string_equal(call.err.reason, "timeout");
    http_call_release(&call);
}

static void limits_the_answer(void **state)
{
    struct bed *b = *state;
    struct http_call call;
    expect_unknown(b, "endless", E_TOO_LARGE, "more than 1048576 bytes");
    http_call_init(&call);
    call.url = url(b, "large");
    call.answer_max = 4999;
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_UNKNOWN);
    assert_int_equal(call.err.code, E_TOO_LARGE);
    assert_int_equal(call.status, 200);
    call.answer_max = 5000;
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_ANSWERED);
    assert_int_equal(call.answer.len, 5000);
    http_call_release(&call);
}

/* The server reads a request on a kept connection and closes: libcurl alone would send it again, a POST too.
 */
static void lost_kept_connection(void **state)
{
    struct bed *b = *state;
    struct http_call call;
    expect_answer(b, "last", 200, "hello");
    http_call_init(&call);
    call.method = HTTP_POST;
    call.url = url(b, "ok");
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_UNKNOWN);
    assert_int_equal(call.err.code, E_UNCERTAIN);
    assert_int_equal(peer_requests(b->peer), 2);
    expect_answer(b, "last", 200, "hello");
    call.repeatable = true;
    make(b->client, &call);
    assert_int_equal(call.outcome, HTTP_CALL_ANSWERED);
    assert_int_equal(peer_requests(b->peer), 5); /* read twice, as allowed */
    http_call_release(&call);
}

static void idle_connection_closed(void **state)
{
    struct bed *b = *state;
    for (int i = 0; i < 5; i++) {
        expect_answer(b, "bye", 200, "hello");
        peer_await_open(b->peer, 0);
    }
    assert_int_equal(peer_requests(b->peer), 5);
}

static void tls(void **state)
{
    struct peer *p = peer_new(PEER_TLS);
    struct http_client *trusting = client(2, 2, peer_certificate(p)), *c = client(2, 2, NULL);
    struct http_call call;
    char to[128];
    snprintf(to, sizeof to, "https://127.0.0.1:%d/" SECRET "/ok", peer_port(p));
    expect_not_sent(c, to, E_UNAVAILABLE);
    http_call_init(&call);
    call.url = to;
    make(c, &call);
    assert_non_null(strstr(call.err.text, "certificate"));
    for (int i = 0; i < 2; i++) {
        make(trusting, &call);
        assert_int_equal(call.outcome, HTTP_CALL_ANSWERED);
        assert_string_equal(buf_text(&call.answer), "hello");
    }
    assert_int_equal(peer_connections(p), 3);
    snprintf(to, sizeof to, "https://localhost:%d/" SECRET "/ok", peer_port(p)); /* not its name */
    expect_not_sent(trusting, to, E_UNAVAILABLE);
    snprintf(to, sizeof to, "https://127.0.0.1:%d/" SECRET "/close", peer_port(p));
    make(trusting, &call);
    assert_int_equal(call.outcome, HTTP_CALL_UNKNOWN);
    assert_int_equal(peer_requests(p), 3);
    http_call_release(&call);
    http_client_free(trusting);
    http_client_free(c);
    peer_free(p);
}

/* Calls that are submitted and counted. */
struct batch {
    struct http_call calls[64];
    atomic_int done[64];
    atomic_int total;
};

static void counted(struct http_call *call)
{
    struct batch *t = call->user;
    t->done[call - t->calls]++;
    t->total++;
}

static void submit(struct http_client *c, struct batch *t, size_t i, const char *to)
{
    struct err err;
    http_call_init(&t->calls[i]);
    t->calls[i].url = to;
    t->calls[i].done = counted;
    t->calls[i].user = t;
    assert_int_equal(http_client_submit(c, &t->calls[i], &err), E_OK);
}

static void release_batch(struct batch *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t->done[i], 1);
        http_call_release(&t->calls[i]);
    }
    free(t);
}

static void is_bounded(void **state)
{
    struct bed *b = *state;
    struct batch *t = calloc(1, sizeof *t);
    struct http_call extra;
    struct err err;
    const char *to = url(b, "held");
    submit(b->client, t, 0, to);
    submit(b->client, t, 1, to);
    peer_await_requests(b->peer, 2);
    for (size_t i = 2; i < 18; i++)
        submit(b->client, t, i, to);
    http_call_init(&extra);
    extra.url = to;
    extra.done = counted;
    assert_int_equal(http_client_submit(b->client, &extra, &err), E_BUSY);
    assert_int_equal(http_client_wait(b->client, &extra, &err), E_BUSY);
    assert_int_equal(peer_connections(b->peer), 2);
    peer_let_go(b->peer);
    peer_await_requests(b->peer, 18);
    assert_true(http_client_drain(b->client, duration_seconds(60)));
    for (size_t i = 0; i < 18; i++)
        assert_int_equal(t->calls[i].outcome, HTTP_CALL_ANSWERED);
    assert_int_equal(peer_connections(b->peer), 2);
    release_batch(t, 18);
}

static void *cancel_main(void *arg)
{
    struct bed *b = ((void **)arg)[0];
    struct http_call *call = ((void **)arg)[1];
    peer_await_requests(b->peer, 1);
    http_client_cancel(b->client, call);
    return NULL;
}

static void cancels(void **state)
{
    struct bed *b = *state;
    struct batch *t = calloc(1, sizeof *t);
    struct http_call call;
    pthread_t thread;
    http_call_init(&call);
    call.url = url(b, "silent");
    void *arg[] = {b, &call};
    assert_int_equal(pthread_create(&thread, NULL, cancel_main, arg), 0);
    make(b->client, &call);
    pthread_join(thread, NULL);
    assert_int_equal(call.outcome, HTTP_CALL_UNKNOWN);
    assert_string_equal(call.err.reason, "canceled");
    make(b->client, &call); /* the mark stays, so that nobody can come too early */
    assert_int_equal(call.outcome, HTTP_CALL_NOT_SENT);
    assert_string_equal(call.err.reason, "canceled");
    assert_int_equal(peer_requests(b->peer), 1);
    http_call_release(&call);
    for (size_t i = 0; i < 4; i++)
        submit(b->client, t, i, b->url);
    peer_await_requests(b->peer, 3);
    http_client_cancel(b->client, &t->calls[3]);
    http_client_cancel(b->client, &t->calls[0]);
    while (t->total < 2) /* as long as the client's thread takes */
        sched_yield();
    http_client_cancel(b->client, &t->calls[0]); /* over already: nothing happens */
    assert_int_equal(t->calls[3].outcome, HTTP_CALL_NOT_SENT);
    assert_int_equal(t->calls[0].outcome, HTTP_CALL_UNKNOWN);
    peer_await_requests(b->peer, 4); /* the third took its place */
    http_client_cancel(b->client, &t->calls[1]);
    http_client_cancel(b->client, &t->calls[2]);
    while (t->total < 4)
        sched_yield();
    release_batch(t, 4);
}

static void drains(void **state)
{
    struct bed *b = *state;
    struct batch *t = calloc(1, sizeof *t);
    struct http_call late;
    struct err err;
    const char *to = url(b, "held");
    for (size_t i = 0; i < 4; i++)
        submit(b->client, t, i, to);
    peer_await_requests(b->peer, 2);
    assert_false(http_client_drain(b->client, duration_ms(50)));
    assert_int_equal(t->calls[2].outcome, HTTP_CALL_NOT_SENT);
    assert_int_equal(t->calls[3].outcome, HTTP_CALL_NOT_SENT);
    http_call_init(&late);
    late.url = b->url;
    assert_int_equal(http_client_wait(b->client, &late, &err), E_UNAVAILABLE);
    peer_let_go(b->peer);
    assert_true(http_client_drain(b->client, duration_seconds(60)));
    assert_int_equal(t->calls[0].outcome, HTTP_CALL_ANSWERED);
    assert_int_equal(t->calls[1].outcome, HTTP_CALL_ANSWERED);
    assert_int_equal(peer_requests(b->peer), 2);
    release_batch(t, 4);
}

static void ends_everything(void **state)
{
    struct bed *b = *state;
    struct batch *t = calloc(1, sizeof *t);
    const char *to = url(b, "silent");
    for (size_t i = 0; i < 10; i++)
        submit(b->client, t, i, to);
    peer_await_requests(b->peer, 2);
    http_client_free(b->client);
    b->client = NULL;
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(t->calls[i].outcome, i < 2 ? HTTP_CALL_UNKNOWN : HTTP_CALL_NOT_SENT);
    release_batch(t, 10);
}

struct again {
    struct http_client *client;
    int left;
    atomic_bool over;
};

static void submit_again(struct http_call *call)
{
    struct again *g = call->user;
    struct err err;
    CHECK(call->outcome == HTTP_CALL_ANSWERED && call->answer.len == 5);
    if (g->left-- > 0) {
        CHECK(http_client_submit(g->client, call, &err) == E_OK);
        return;
    }
    g->over = true;
}

static void chains(void **state)
{
    struct bed *b = *state;
    struct again g = {b->client, 100, false};
    struct http_call call;
    struct err err;
    http_call_init(&call);
    call.url = url(b, "ok");
    call.done = submit_again;
    call.user = &g;
    assert_int_equal(http_client_submit(b->client, &call, &err), E_OK);
    peer_await_requests(b->peer, 101);
    http_client_drain(b->client, duration_seconds(60));
    assert_true(g.over);
    assert_int_equal(peer_connections(b->peer), 1);
    http_call_release(&call);
}

static void *many_main(void *arg)
{
    struct bed *b = arg;
    struct http_call call;
    struct err err;
    http_call_init(&call);
    char to[256];
    snprintf(to, sizeof to, "http://127.0.0.1:%d/" SECRET "/ok", peer_port(b->peer));
    call.url = to;
    for (int i = 0; i < 100; i++) {
        CHECK(http_client_wait(b->client, &call, &err) == E_OK);
        CHECK(call.outcome == HTTP_CALL_ANSWERED && call.status == 200);
    }
    http_call_release(&call);
    return NULL;
}

static void many_threads(void **state)
{
    struct bed *b = *state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_main, b), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(peer_requests(b->peer), 400);
    assert_true(peer_connections(b->peer) <= 2);
}

static void refuses_options(void **state)
{
    struct http_client_options o;
    struct http_client *c = NULL;
    struct err err;
    http_client_options_init(&o);
    o.connections_max = 0;
    assert_int_equal(http_client_new(&o, &c, &err), E_INVALID);
    assert_string_equal(err.field, "connections_max");
    http_client_options_init(&o);
    o.waiting_max = 0;
    assert_int_equal(http_client_new(&o, &c, &err), E_INVALID);
    http_client_options_init(&o);
    o.idle_ms = 10;
    assert_int_equal(http_client_new(&o, &c, &err), E_INVALID);
    assert_null(c);
    http_client_free(NULL);
}

#define WITH_BED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(answers),
        WITH_BED(requests),
        WITH_BED(multipart),
        WITH_BED(not_sent),
        WITH_BED(unknown),
        WITH_BED(limits_the_answer),
        WITH_BED(lost_kept_connection),
        WITH_BED(idle_connection_closed),
        cmocka_unit_test(tls),
        WITH_BED(is_bounded),
        WITH_BED(cancels),
        WITH_BED(drains),
        WITH_BED(ends_everything),
        WITH_BED(chains),
        WITH_BED(many_threads),
        cmocka_unit_test(refuses_options),
    };
    return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
