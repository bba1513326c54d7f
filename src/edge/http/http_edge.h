#ifndef HABITD_EDGE_HTTP_HTTP_EDGE_H
#define HABITD_EDGE_HTTP_HTTP_EDGE_H

#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "net/http_server.h"

/*
 * The HTTP API: routes, credentials, limits, problem documents, metrics and the access log, on top of one
 * HTTP server and one service. Each route parses its request, submits one operation and renders the answer.
 */
struct http_edge;
struct service;
struct arena;
struct buf;
struct secret;

/* The body of a webhook on its way to whoever acts on it. The edge's, except from submit until done(). */
struct webhook_event {
    const char *body; /* as it came */
    size_t len;
    const char *signature; /* of the sender, in the sink's signature_header; NULL: none came */
    struct arena *arena;   /* the answer's memory */
    void (*done)(struct webhook_event *e);
    void *owner; /* the edge's */
    /* the answer */
    enum ecode code; /* E_OK: it is stored; E_UNAUTHENTIC, E_MALFORMED, E_INVALID: it is refused for good */
    const char *answer; /* JSON; NULL: none */
};

/* Whoever acts on webhooks: edges do not know each other, cli wires them. */
struct webhook_sink {
    /* Whether the sender is who it should be by what it repeats in a header; NULL: it repeats nothing. Any
     * thread. */
    bool (*knows)(void *arg, const char *given);
    const char *signature_header; /* the header that goes into the event; NULL: none */
    /* E_OK: done is called once, on any thread, also before this returns. Else not: E_BUSY, too many
     * wait; those of webhook_event.code. */
    enum ecode (*submit)(void *arg, struct webhook_event *e);
    void *arg;
    void (*forged)(void *arg); /* one came with a wrong secret; NULL: nobody minds. Any thread, cheap */
};

/* More lines for /metrics. */
struct metrics_source {
    void (*write)(void *arg, struct buf *out);
    void *arg;
};

#define HTTP_METRICS_SOURCES 3

/* A name that becomes known while the program runs; "" until then. */
struct name_source {
    const char *(*get)(void *arg); /* any thread */
    void *arg;
};

struct http_edge_options {
    struct http_server_options server; /* without callbacks: those are the edge's */
    struct service *service;           /* outlives the edge */
    const char *engine;                /* "sqlite", "postgres": shown in metrics; a constant */
    uint32_t rate_user_per_min;        /* requests of one person, 0 = off */
    uint32_t rate_addr_per_min;        /* requests of one client address (IPv6: /64), 0 = off */
    struct duration ready_limit;       /* how long /readyz waits for the database */
    struct duration payment_limit;     /* how long an order waits for its provider's answer */
    /* submit NULL: there is no such account, its address answers 404 */
    struct webhook_sink telegram, yookassa, cryptobot;
    struct name_source bot_name; /* the bot's user name, for links; get NULL: there is no bot */
    struct secret *bot_token;    /* proves initData; outlives the edge; NULL: there is no bot */
    bool demo_sign_in;           /* anybody may enter as a demo person, or as an operator */
    struct metrics_source metrics[HTTP_METRICS_SOURCES]; /* write NULL: none */
};

/* The server's defaults as http_server_options_init sets them, both rates off, 1 s for /readyz, 10 s for
 * orders. */
void http_edge_options_init(struct http_edge_options *o);

/*
 * Listens and serves. E_INVALID: an option (field names it); E_IO: the address cannot be had. Copies o.
 */
enum ecode http_edge_new(const struct http_edge_options *o, struct http_edge **out, struct err *err);
/* The port that is listened on. */
int http_edge_port(const struct http_edge *e);
/*
 * The orderly end: accepts no more, lets requests that were begun end for at most `limit`, then waits until
 * the service has answered all that it accepted. Call it before service_free.
 */
void http_edge_stop(struct http_edge *e, struct duration limit);
/* Stops at once when it was not stopped; the service must still be there. NULL-safe. */
void http_edge_free(struct http_edge *e);

#endif
