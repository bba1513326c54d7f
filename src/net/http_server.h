#ifndef HABITD_NET_HTTP_SERVER_H
#define HABITD_NET_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "net/cidr.h"
#include "net/http_request.h"

/*
 * An HTTP/1.1 server: framing by libmicrohttpd, and above it the guard, the deadlines, the limits and the
 * orderly end that it lacks. A request passes through, on the network thread:
 *
 *   guard ──► admit ──► body read ──► handle ──► answer sent ──► on_complete
 *     └─ refused ─┴─────────┴────────────┴► render_error
 *
 * handle answers at once, or calls http_request_suspend, publishes the request to another thread's queue and
 * returns; that thread prepares the answer and calls http_request_resume. Bytes that libmicrohttpd itself
 * cannot frame (a line without a colon, a malformed chunk size, headers over the connection's memory) are
 * answered by it with 4xx and a short HTML text, and closed.
 */
struct http_server;

/* What admit may change for one request. */
struct http_admission {
    size_t body_max; /* bytes; a longer body is answered 413 */
    bool body_lax; /* a longer body is thrown away as it comes, and the request handled: body_over says so */
    int body_ms;   /* from the end of the header to the end of the body */
};

struct http_outcome {
    int status;           /* of the answer; 0: the connection ended before there was one */
    size_t bytes;         /* of the answer's body */
    struct duration took; /* from the request line to the last byte sent */
    bool delivered;       /* all of it was handed to the kernel */
};

struct http_callbacks {
    void *cls;
    /*
     * After the header: http_answer refuses the request without reading its body; else `a` may be changed.
     * Optional.
     */
    void (*admit)(void *cls, struct http_request *r, struct http_admission *a);
    /* The whole request is there. Must http_answer or http_request_suspend before it returns. */
    void (*handle)(void *cls, struct http_request *r);
    /*
     * After http_request_resume, on the network thread, when http_answer has not been called yet: must call
     * it (so that whoever resumes need not spend its own time on rendering). Must not suspend again.
     * Optional; without it the resumer has to answer.
     */
    void (*resumed)(void *cls, struct http_request *r);
    /*
     * Every error that the server makes itself: must call http_answer with this status. `e` has code, reason
     * and text. NULL: problem+json as http_answer_problem makes it.
     */
    void (*render_error)(void *cls, struct http_request *r, int status, const struct err *e);
    /* For log and metrics, once per request that passed the guard or was answered. Optional. */
    void (*on_complete)(void *cls, struct http_request *r, const struct http_outcome *o);
};

struct http_server_options {
    const char *listen;     /* "127.0.0.1:8080", "[::1]:0", ":8080" (every address); port 0: a free one */
    int threads;            /* network threads, 1–16 */
    size_t connections_max; /* together; the next 32 are answered 503, more wait in the kernel */
    size_t connections_per_addr; /* per client address (IPv6: /64), trusted proxies exempt; more are closed */
    size_t connection_memory;    /* bytes held for each connection, idle ones too */
    size_t body_max;             /* default of http_admission */
    size_t bodies_max;           /* bytes of all request bodies held at once; then 503 */
    size_t answer_max;           /* bytes of one answer's body */
    int header_ms;               /* from accept, or from the request line, to the end of the header */
    int body_ms;                 /* default of http_admission */
    int idle_ms;                 /* between an answer and the next request line */
    int send_ms;                 /* from the answer to its last byte sent */
    int request_ms;              /* the whole request; the last resort while it is suspended */
    struct cidr_list trusted;    /* proxies whose X-Forwarded-For, -Proto and X-Request-Id are believed */
    struct http_callbacks cb;
};

/* Counters since the start, and two gauges. */
struct http_server_stats {
    uint64_t connections, requests, completed, aborted; /* aborted: ended before the answer was sent */
    uint64_t refused_guard, refused_size, refused_busy, refused_address; /* by reason */
    uint64_t timeout_header, timeout_body, timeout_idle, timeout_send, timeout_request;
    size_t open, suspended; /* now */
    size_t body_bytes;      /* now */
};

/* The defaults: 127.0.0.1:8080, 1 thread, 1024 connections, 256 per address, 12 KiB each, 1 MiB bodies,
 * 10/30/60/60/300 s. */
void http_server_options_init(struct http_server_options *o);

/*
 * Listens and serves; no request is handled before *out is written. E_INVALID: an option (field names it);
 * E_IO: the address cannot be had. Copies o.
 */
enum ecode http_server_new(const struct http_server_options *o, struct http_server **out, struct err *err);
/* The port that is listened on. */
int http_server_port(const struct http_server *s);
/*
 * Stops accepting, lets every request that was begun end (answers say Connection: close), closes idle
 * connections, and waits at most `limit`. Returns true when no connection is left. May be called again. Any
 * thread but the server's own.
 */
bool http_server_drain(struct http_server *s, struct duration limit);
/*
 * Cuts what is left, stops the threads and frees. No request may be suspended any more: whoever holds one
 * answers it first. NULL-safe.
 */
void http_server_free(struct http_server *s);
void http_server_get_stats(struct http_server *s, struct http_server_stats *out);

#endif
