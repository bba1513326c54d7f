#ifndef HABITD_NET_HTTP_REQUEST_H
#define HABITD_NET_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "net/cidr.h"
#include "net/target.h"

/*
 * One request and its answer. Belongs to the network thread, except between http_request_suspend and
 * http_request_resume, when it belongs to whoever resumes it. Gone after on_complete.
 */
enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHODS
};

struct http_header {
    const char *name;  /* as it was sent */
    const char *value; /* without the white space around it, no control bytes but tab; NUL-terminated */
};

struct http_request {
    struct arena *arena; /* for everything that lives as long as the request */
    enum http_method method;
    const char *raw_target; /* as it was sent */
    const char *path;       /* decoded, see target.h */
    size_t path_len;
    const struct http_param *params; /* of the query, in order */
    size_t n_params;
    const struct http_header *headers; /* in order */
    size_t n_headers;
    const char *body; /* not NULL; a NUL behind body_len bytes */
    size_t body_len;
    bool body_over;           /* it was longer than body_max and is not here (http_admission.body_lax) */
    const char *host;         /* host[:port], "" for HTTP/1.0 without one; clients choose it */
    const char *scheme;       /* "http", or what a trusted proxy says */
    struct ip client;         /* behind trusted proxies */
    const char *id;           /* answered as X-Request-Id */
    struct monotime received; /* when the request line was there */
    void *user;               /* the edge's own */
};

/* "GET"; never NULL. */
const char *http_method_name(enum http_method m);

/* The first header of that name (any case) or NULL. */
const char *http_request_header(const struct http_request *r, const char *name);
/* How often a header of that name came. */
size_t http_request_header_count(const struct http_request *r, const char *name);
/* The query parameter, *out NULL when it is missing. E_INVALID with its name as field when it came more than
 * once. */
enum ecode http_request_param(const struct http_request *r, const char *name, const char **out,
                              struct err *err);

/* The body of the answer, empty at first; what passes its maximum turns the answer into a 500. */
struct buf *http_answer_body(struct http_request *r);
/*
 * One header of the answer. The name is a constant; the value is copied, control bytes become '?'. At
 * most 24. Setting one of the server's own (Cache-Control "no-store", X-Content-Type-Options, X-Request-Id)
 * replaces it; Content-Length, Connection, Date and Content-Type are not set here.
 */
void http_answer_header(struct http_request *r, const char *name, const char *value);
/*
 * The answer is complete: status 200–599; content_type is a constant, or NULL for no body. Inside admit or
 * handle that is all; a suspended request goes on with http_request_resume. Calling it again replaces the
 * answer's status and type.
 */
void http_answer(struct http_request *r, int status, const char *content_type);
/* An application/problem+json document of e (type title status detail code field), replacing the body so far.
 */
void http_answer_problem(struct http_request *r, int status, const struct err *e);

/*
 * Inside handle only: the answer comes later. Call it BEFORE the request is published to another thread. A
 * suspended request neither times out (but for request_ms) nor notices that the client left.
 */
void http_request_suspend(struct http_request *r);
/* Any thread, once for each suspend, after http_answer unless the server has a `resumed` callback. The
 * request is the server's again when it is called.
 */
void http_request_resume(struct http_request *r);

#endif
