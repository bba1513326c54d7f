#ifndef HABITD_NET_HTTP_CLIENT_H
#define HABITD_NET_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "net/http_request.h"

/*
 * An HTTP/1.1 client over libcurl with one thread of its own. A call is embedded by its owner, submitted from
 * any thread, and handed back once to done() on the client's thread:
 *
 *     struct http_call call;
 *     http_call_init(&call);
 *     call.method = HTTP_POST, call.url = url, call.body = json, call.body_len = n;
 *     call.content_type = "application/json", call.done = sent, call.user = message;
 *     rc = http_client_submit(client, &call, &err);          … sent() looks at call->outcome
 *
 * Connections are kept and used again, TLS is verified, no redirect is followed, proxies of the environment
 * are not used, cookies and compression neither. A request goes out at most once, unless the call is
 * `repeatable`.
 */
struct http_client;

/*
 * What became of a call. Exactly-once work rests on the difference between the last two: NOT_SENT is said
 * only when no connection (TLS included) was there to write to; as soon as there was one, and no whole answer
 * came back, it is UNKNOWN.
 */
enum http_call_outcome {
    HTTP_CALL_ANSWERED, /* status, answer and retry_after_s stand, whatever the status is */
    HTTP_CALL_NOT_SENT, /* the request certainly did not reach the peer: it may be tried again */
    HTTP_CALL_UNKNOWN,  /* it was or may have been sent */
};

/* One part of a multipart/form-data body. */
struct http_part {
    const char *name;
    const void *data;
    size_t len;
    const char *filename;     /* NULL: a plain field */
    const char *content_type; /* NULL: none is named */
};

struct http_transfer;

struct http_call {
    /* The request. What is pointed to is borrowed until done(). */
    enum http_method method;
    const char *url; /* http or https; secret: it appears in no log and no error */
    const struct http_header *headers;
    size_t n_headers;
    const void *body; /* NULL: none */
    size_t body_len;
    const char *content_type;      /* of the body */
    const struct http_part *parts; /* instead of a body; POST only */
    size_t n_parts;
    int connect_timeout_ms; /* name, connection and TLS together; default 10,000 */
    int timeout_ms;         /* all of it, from the moment a connection is looked for; default 60,000 */
    size_t answer_max;      /* bytes of the answer's body; default 1 MiB */
    bool repeatable;        /* may go out twice when a kept connection is lost before an answer came */
    void (*done)(struct http_call *call); /* see http_client_submit */
    void *user;                           /* the owner's own */

    /* What came of it; readable in done() and after it. */
    enum http_call_outcome outcome;
    int status;            /* of the answer; also known when an answer was cut off; 0: none */
    struct buf answer;     /* the body; given back by http_call_release */
    int64_t retry_after_s; /* the answer's Retry-After; -1: none */
    /*
     * E_OK when answered. NOT_SENT: E_UNAVAILABLE, or E_INVALID for an URL or a header that cannot be used.
     * UNKNOWN: E_UNCERTAIN, or E_TOO_LARGE for an answer over answer_max. reason is "timeout", "canceled" or
     * empty.
     */
    struct err err;

    struct { /* the client's */
        struct http_call *prev, *next;
        struct http_transfer *transfer;
        int stage;
        bool waited_for, canceled;
    } own;
};

struct http_client_options {
    int connections_max; /* calls under way at once, and connections kept; 1–256 */
    int waiting_max;     /* calls that wait for one of them */
    int idle_ms;         /* an unused connection older than this is not used again */
    const char *ca_file; /* PEM; NULL: the system's authorities */
};

/* 16 connections, 1,024 waiting, 30 s, the system's authorities. */
void http_client_options_init(struct http_client_options *o);

/* E_INVALID: an option (field names it); E_INTERNAL: no thread or no libcurl. Copies o. */
enum ecode http_client_new(const struct http_client_options *o, struct http_client **out, struct err *err);
/*
 * Takes no new calls, hands back those that wait (NOT_SENT), and waits at most `limit` for those under way;
 * true when none is left. May be called again. Any thread but the client's own.
 */
bool http_client_drain(struct http_client *c, struct duration limit);
/* Cancels whatever is under way (each gets its done()), stops the thread and frees. NULL-safe. Any thread but
 * the client's own. */
void http_client_free(struct http_client *c);

/* The defaults named above, and nothing else. Before every first use; not while the call is submitted. */
void http_call_init(struct http_call *call);
/* Frees the answer. The call may be submitted again, its request as it stands. */
void http_call_release(struct http_call *call);

/*
 * Any thread, done() included. E_OK: call->done is called exactly once, on the client's thread, with no lock
 * held; it must not wait for anything, and may submit again or free the call. Else done is not called:
 * E_BUSY, too many wait (waiting_max); E_UNAVAILABLE, the client is draining. Calls are taken up in order;
 * while one waits for a free connection, its timeouts do not run.
 */
enum ecode http_client_submit(struct http_client *c, struct http_call *call, struct err *err);
/*
 * As http_client_submit, and waits until it is over; done is not used. Errors as there; how the call ended is
 * in call->outcome. Any thread but the client's own.
 */
enum ecode http_client_wait(struct http_client *c, struct http_call *call, struct err *err);
/*
 * Ends a call soon, with reason "canceled" (NOT_SENT or UNKNOWN as ever), if it is not over yet. A call that
 * is not submitted yet, or again, is marked as well: until http_call_init it ends as soon as it is submitted,
 * so whoever stops a loop of http_client_wait cannot come too early. Any thread; the call must be alive.
 */
void http_client_cancel(struct http_client *c, struct http_call *call);

#endif
