#ifndef HABITD_NET_HTTP_INTERNAL_H
#define HABITD_NET_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include "net/http_conn.h"
#include "net/http_server.h"

/* What the files of the HTTP server share; nobody else includes it. */

#define ANSWER_HEADERS_MAX 24
#define HEADER_BLOCK_MAX                                                                                     \
    8192 /* request line and headers; libmicrohttpd's memory for a connection must be larger */
#define SWALLOW_MAX 65536 /* a refused body up to this length is read, so that the connection can be kept */
#define REQUEST_ARENA_MAX (64u << 20)

/*
 *            guard, admit               the end of it        http_request_suspend
 *  TARGET ───────────────────► BODY ──────────────────► HANDLE ─────────────────► SUSPENDED
 *     │ refused                 │ refused                 │ answered                 │ resumed
 *     ├──────────► SWALLOW ─────┼────────────────────────►└────────► ANSWERED ◄──────┘
 *     └─────────────────────────┴─────────────────────────────────────►
 */
enum stage { STAGE_TARGET, STAGE_BODY, STAGE_SWALLOW, STAGE_HANDLE, STAGE_SUSPENDED, STAGE_ANSWERED };

struct http_exchange {
    struct http_request pub; /* first: a request is cast back to its exchange */
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct conn *conn;
    enum stage stage;
    bool seen;     /* passed the guard or was answered: on_complete is told */
    bool answered; /* status and type stand */
    bool closing;  /* the connection ends with this answer */
    bool has_body; /* the header announces one */
    bool lax;      /* http_admission.body_lax */
    bool expects;  /* and waits for 100 */
    int status;
    const char *content_type;
    const char *target_at; /* where the raw target stood, to check the layout */
    size_t target_len;
    uint64_t length; /* Content-Length; UINT64_MAX when chunked */
    struct buf body, answer;
    struct http_header answer_headers[ANSWER_HEADERS_MAX];
    size_t n_answer_headers;
    size_t sent_bytes;
    bool sent_raw; /* past libmicrohttpd, whole */
    int64_t request_deadline_ns;
};

struct http_server {
    struct http_server_options o;
    char listen[256];
    struct MHD_Daemon *daemon;
    int listen_fd; /* ours once it is quiesced */
    int port;
    struct conns *conns;
    atomic_bool draining;
    atomic_bool started;
    pthread_mutex_t starting; /* held until http_server_new's caller can see the server */
    char id_prefix[16];
    atomic_uint_fast64_t next_id;
    atomic_uint_fast64_t requests, completed, aborted, refused_guard, refused_size, refused_busy;
    atomic_size_t suspended, body_bytes;
};

static inline struct http_exchange *exchange_of(const struct http_request *r)
{
    return (struct http_exchange *)(uintptr_t)r;
}

/* http_exchange.c: what libmicrohttpd calls when the request line is there, for each piece of a request, and
 * at its end. */
void *http_on_target(void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                const char *version, const char *data, size_t *size, void **context);
void http_on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                       enum MHD_RequestTerminationCode how);

/*
 * http_guard.c. Looks at the whole header before anything believes it: fills headers, method, target, host,
 * length. Returns 0, or the status to refuse with; the connection must then be closed, because where the next
 * request begins is not known.
 */
int http_guard(struct http_exchange *x, const char *method, const char *version, struct err *err);

/* http_listen.c: a listening socket for "host:port"; E_INVALID (field "listen") or E_IO. */
enum ecode http_listen(const char *text, int *fd, int *port, struct err *err);

/* http_identity.c: client address, scheme and request id, after the guard (also when it refused). */
void http_identify(struct http_exchange *x);

/* http_answer.c */
/* Lets the callback, or http_answer_problem, make the answer to an error of this layer. */
void http_render_error(struct http_exchange *x, int status, const struct err *e);
/* Hands the answer to libmicrohttpd. MHD_NO: the connection cannot be saved. */
enum MHD_Result http_send_answer(struct http_exchange *x);
/*
 * Writes the answer straight to the socket, for the one moment in which libmicrohttpd takes none: in the
 * middle of a body. The connection is closed afterwards.
 */
void http_send_raw(struct http_exchange *x);

#endif
