#include "net/http_internal.h"

#include <string.h>
#include "base/check.h"

/* One request on its way: what libmicrohttpd calls, and what is done at each stage (diagram in
 * http_internal.h). */

/* now + ms, but never past the end of the whole request. */
static int64_t deadline(const struct http_exchange *x, int64_t now_ns, int ms)
{
    int64_t t = now_ns + (int64_t)ms * 1000000;
    return t < x->request_deadline_ns ? t : x->request_deadline_ns;
}

void *http_on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct http_server *s = cls;
    if (!atomic_load_explicit(&s->started, memory_order_acquire)) {
        pthread_mutex_lock(&s->starting); /* a client was quicker than http_server_new's return */
        pthread_mutex_unlock(&s->starting);
    }
    struct arena *arena = arena_new(REQUEST_ARENA_MAX);
    struct http_exchange *x = arena_alloc(arena, sizeof *x);
    x->server = s;
    x->mhd = mhd;
    x->conn = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    x->stage = STAGE_TARGET;
    x->target_at = target;
    x->target_len = strlen(target);
    x->pub.arena = arena;
    x->pub.raw_target = arena_memdup(arena, target, x->target_len);
    x->pub.path = x->pub.host = x->pub.body = "";
    x->pub.scheme = "http";
    x->pub.received = monotime_now();
    x->request_deadline_ns = x->pub.received.ns + (int64_t)s->o.request_ms * 1000000;
    buf_init(&x->answer, s->o.answer_max);
    conn_phase(x->conn, CONN_HEADER, deadline(x, x->pub.received.ns, s->o.header_ms));
    atomic_fetch_add_explicit(&s->requests, 1, memory_order_relaxed);
    /*
     * libmicrohttpd would now split the query into its small memory for connections, and mishandles running
     * out of it. It has been copied: show it an empty one.
     */
    char *query = strchr((char *)(uintptr_t)target, '?');
    if (query)
        query[1] = '\0';
    return x;
}

static enum MHD_Result send_now(struct http_exchange *x)
{
    conn_phase(x->conn, CONN_SEND, deadline(x, monotime_now().ns, x->server->o.send_ms));
    return http_send_answer(x);
}

/*
 * The request is answered before its body was read. A short body is read all the same, for the connection's
 * sake; otherwise the connection ends with the answer.
 */
static enum MHD_Result refuse_early(struct http_exchange *x)
{
    if (!x->closing && (!x->has_body || (x->length <= SWALLOW_MAX && !x->expects))) {
        x->stage = STAGE_SWALLOW;
        return MHD_YES;
    }
    x->closing = true;
    x->conn->linger = true;
    return send_now(x);
}

/* A busy server says when to come back. */
static void say_when(struct http_exchange *x, int status)
{
    if (status == 503)
        http_answer_header(&x->pub, "Retry-After", "1");
}

static enum MHD_Result refuse(struct http_exchange *x, atomic_uint_fast64_t *counter, int status,
                              const struct err *e)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    http_render_error(x, status, e);
    say_when(x, status);
    return refuse_early(x);
}

/* The header is there: the first call. */
static enum MHD_Result begin(struct http_exchange *x, const char *method, const char *version)
{
    struct http_server *s = x->server;
    struct http_admission a = {.body_max = s->o.body_max, .body_ms = s->o.body_ms};
    struct err e;
    int status = http_guard(x, method, version, &e);
    http_identify(x);
    x->seen = true;
    if (status) {
        x->closing = true;
        return refuse(x, &s->refused_guard, status, &e);
    }
    if (x->conn->surplus) {
        x->closing = true;
        err_reason(&e, E_BUSY, "too_many_connections", "too many connections are open");
        return refuse(x, &s->refused_busy, 503, &e);
    }
    if (s->o.cb.admit)
        s->o.cb.admit(s->o.cb.cls, &x->pub, &a);
    if (x->answered)
        return refuse_early(x);
    x->lax = a.body_lax;
    if (!x->lax && x->length != UINT64_MAX && x->length > a.body_max) {
        err_reason(&e, E_TOO_LARGE, "body_too_large", "the body is longer than %zu bytes", a.body_max);
        return refuse(x, &s->refused_size, 413, &e);
    }
    x->stage = STAGE_BODY;
    buf_init(&x->body, a.body_max);
    if (x->has_body)
        conn_phase(x->conn, CONN_BODY, deadline(x, monotime_now().ns, a.body_ms));
    return MHD_YES;
}

/* In the middle of a body no answer can be queued: it is written past libmicrohttpd, and the connection ends.
 */
static enum MHD_Result cut(struct http_exchange *x, atomic_uint_fast64_t *counter, int status,
                           const struct err *e)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    http_render_error(x, status, e);
    say_when(x, status);
    http_send_raw(x);
    x->conn->linger = true;
    return MHD_NO;
}

/* What came of the body and what is still to come is nobody's; the connection ends as after a refusal. */
static void drop_body(struct http_exchange *x)
{
    atomic_fetch_add_explicit(&x->server->refused_size, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&x->server->body_bytes, x->body.len, memory_order_relaxed);
    buf_release(&x->body);
    x->pub.body_over = true;
    x->closing = x->closing || x->length > SWALLOW_MAX || x->expects;
}

static enum MHD_Result take_body(struct http_exchange *x, const char *data, size_t n)
{
    struct http_server *s = x->server;
    struct err e;
    if (x->stage == STAGE_SWALLOW)
        return MHD_YES;
    CHECK(x->stage == STAGE_BODY);
    if (x->pub.body_over)
        return MHD_YES;
    if (n > x->body.max - x->body.len) {
        if (x->lax) {
            drop_body(x);
            return MHD_YES;
        }
        err_reason(&e, E_TOO_LARGE, "body_too_large", "the body is longer than %zu bytes", x->body.max);
        return cut(x, &s->refused_size, 413, &e);
    }
    if (atomic_fetch_add_explicit(&s->body_bytes, n, memory_order_relaxed) + n > s->o.bodies_max) {
        atomic_fetch_sub_explicit(&s->body_bytes, n, memory_order_relaxed);
        err_reason(&e, E_BUSY, "too_many_bodies", "too many large requests are being read");
        return cut(x, &s->refused_busy, 503, &e);
    }
    buf_add(&x->body, data, n);
    return MHD_YES;
}

/* The whole request is there: the edge's turn. */
static enum MHD_Result handle(struct http_exchange *x)
{
    struct http_server *s = x->server;
    x->stage = STAGE_HANDLE;
    x->pub.body = buf_text(&x->body);
    x->pub.body_len = x->body.len;
    conn_phase(x->conn, CONN_HANDLE, x->request_deadline_ns);
    s->o.cb.handle(s->o.cb.cls, &x->pub);
    if (x->stage == STAGE_SUSPENDED)
        return MHD_YES; /* nothing of x may be looked at until it is resumed */
    if (!x->answered) {
        struct err e;
        err_reason(&e, E_INTERNAL, "no_answer", "the request was not answered");
        http_render_error(x, 500, &e);
    }
    return send_now(x);
}

enum MHD_Result http_on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                const char *version, const char *data, size_t *size, void **context)
{
    struct http_exchange *x = *context;
    CHECK(x != NULL && x->mhd == mhd);
    if (x->stage == STAGE_TARGET)
        return begin(x, method, version);
    if (*size) {
        size_t n = *size;
        *size = 0;
        return take_body(x, data, n);
    }
    if (x->stage == STAGE_BODY)
        return handle(x);
    if (!x->answered) { /* resumed by somebody who left the answer to this thread */
        x->server->o.cb.resumed(x->server->o.cb.cls, &x->pub);
        CHECK(x->answered);
    }
    return send_now(x); /* swallowed, or resumed */
}

void http_on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                       enum MHD_RequestTerminationCode how)
{
    struct http_exchange *x = *context;
    struct http_server *s = cls;
    if (!x)
        return;
    *context = NULL;
    struct monotime now = monotime_now();
    struct http_outcome o = {
        .status = x->stage == STAGE_ANSWERED ? x->status : 0,
        .bytes = x->stage == STAGE_ANSWERED ? x->sent_bytes : 0,
        .took = monotime_diff(now, x->pub.received),
        .delivered =
            x->stage == STAGE_ANSWERED && (how == MHD_REQUEST_TERMINATED_COMPLETED_OK || x->sent_raw),
    };
    if (x->seen && s->o.cb.on_complete)
        s->o.cb.on_complete(s->o.cb.cls, &x->pub, &o);
    atomic_fetch_add_explicit(o.delivered ? &s->completed : &s->aborted, 1, memory_order_relaxed);
    if (x->body.len)
        atomic_fetch_sub_explicit(&s->body_bytes, x->body.len, memory_order_relaxed);
    conn_phase(x->conn, CONN_IDLE, now.ns + (int64_t)s->o.idle_ms * 1000000);
    buf_release(&x->body);
    buf_release(&x->answer);
    arena_free(x->pub.arena);
}
