#ifndef HABITD_EDGE_HTTP_EDGE_H
#define HABITD_EDGE_HTTP_EDGE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/json_read.h"
#include "domain/service.h"
#include "edge/http/http_edge.h"
#include "net/http_server.h"
#include "net/rate.h"

/*
 * Inside of the HTTP edge: what its files share. An exchange is one request under way; it lives in the
 * request's arena.
 */
struct route;
struct metrics;
struct payment_wait;
struct readiness;
struct token_cache;

struct http_edge {
    struct http_server *server; /* edge_server() */
    struct service *service;
    const char *engine;
    struct rate *rate_user, *rate_addr; /* NULL: off */
    uint32_t addr_burst;
    struct token_cache *tokens; /* NULL: no limit by person */
    struct webhook_sink telegram, yookassa, cryptobot;
    struct name_source bot_name;
    struct secret *bot_token; /* NULL: no bot */
    bool demo_sign_in;
    struct metrics_source more_metrics[HTTP_METRICS_SOURCES];
    struct metrics *metrics;
    struct readiness *readiness;
    struct payment_wait *payments;
    struct doctor_runner *doctor;
    atomic_size_t calls; /* submitted and not resumed yet */
    atomic_bool stopping;
    pthread_mutex_t lock; /* for idle and server */
    pthread_cond_t idle;  /* calls has become 0 while stopping */
};

#define EXCHANGE_VARS 2

struct segment { /* of the path, decoded; not NUL-terminated */
    const char *text;
    size_t len;
};

struct exchange {
    struct http_edge *edge;
    struct http_request *request;
    const struct route *route;          /* NULL: none was found */
    struct segment vars[EXCHANGE_VARS]; /* what {…} of the route's pattern matched */
    const char *token;                  /* of the Authorization header; NULL: none */
    size_t token_len;
    bool token_known; /* it was proved before */
    json_t *body;     /* NULL: there was none */
    void *extra;      /* the route's own, from parse or its handler to the answer */
    struct call call;
    struct err err;
    bool refused; /* err says what is wrong with the request, for whoever may know that there is such a route
                   */
    int problem_status; /* instead of the one err's code stands for; 0: that one */
    bool rated;
    struct rate_result rate; /* the tightest limit that was drawn from */
    struct exchange *next;   /* readiness: list of those who wait */
};

/* --- exchange.c: one request from its header to its answer; the server's callbacks
 * --------------------------------- */

void exchange_admit(void *cls, struct http_request *r, struct http_admission *a);
void exchange_handle(void *cls, struct http_request *r);
void exchange_resumed(void *cls, struct http_request *r);
void exchange_complete(void *cls, struct http_request *r, const struct http_outcome *o);
/* Counts a call that is about to leave the network thread. false: the edge is stopping, nothing was counted.
 */
bool edge_call_begin(struct http_edge *e);
/* The call was answered and resumed. Any thread. */
void edge_call_end(struct http_edge *e);
/* For requests, which may come while the server is still being made. */
struct http_server *edge_server(struct http_edge *e);

/* --- problem.c
 * ------------------------------------------------------------------------------------------------------- */

/* The status that stands for the code. */
int problem_status(enum ecode code);
/* Answers with the problem document of x->err. */
void problem_answer(struct exchange *x);
/* The server's render_error callback. */
void problem_render_server(void *cls, struct http_request *r, int status, const struct err *e);

/* --- limits.c: rates and credentials, before anything costs
 * ---------------------------------------------------------- */

/* Reads the Authorization header into x. E_UNAUTHENTIC when it is there and is no bearer token. */
enum ecode limits_read_token(struct exchange *x);
/* Draws from the buckets. E_RATE when one is empty. */
enum ecode limits_draw(struct exchange *x);
/* The operation's verdict on the token: a proved one is remembered, a refused one forgotten and paid for. */
void limits_note_verdict(struct exchange *x, bool proved);
/* RateLimit-* and Retry-After. */
void limits_put_headers(struct exchange *x);

/* --- system.c: handlers that run no operation
 * ------------------------------------------------------------------------ */

void system_healthz(struct exchange *x);
void system_readyz(struct exchange *x);
void system_metrics(struct exchange *x);
void system_openapi(struct exchange *x);

/* --- api_auth.c
 * ------------------------------------------------------------------------------------------------------- */

/* Which ways to sign in there are here. */
void auth_ways(struct exchange *x);

/* --- web.c
 * -----------------------------------------------------------------------------------------------------------
 */

/* The file of the web that is served at the request's path. */
void web_asset(struct exchange *x);

/* --- webhook.c
 * ------------------------------------------------------------------------------------------------------- */

enum ecode webhook_admit_telegram(struct exchange *x);
void webhook_telegram(struct exchange *x);
enum ecode webhook_admit_yookassa(struct exchange *x);
void webhook_yookassa(struct exchange *x);
enum ecode webhook_admit_cryptobot(struct exchange *x);
void webhook_cryptobot(struct exchange *x);
void webhook_resumed(struct exchange *x);

#endif
