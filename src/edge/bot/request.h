#ifndef HABITD_EDGE_BOT_REQUEST_H
#define HABITD_EDGE_BOT_REQUEST_H

#include "base/buf.h"
#include "net/http_client.h"

struct arena;

/* Calls of the Bot API: an HTTP call made from a method, its parameters and what they are for. */

#define REQUEST_ANSWER_MAX (1024u * 1024)

struct endpoint {
    const char *api_url;
    struct secret *token;
};

struct request {
    struct http_call call; /* the owner sets done and user */
    struct buf url;        /* secret */
};

/* A file that a message carries. */
struct view_file {
    const char *name, *content_type;
    const void *data; /* NULL: none */
    size_t len;
    bool photo; /* else a document */
};

/* What a method is called with. */
struct request_spec {
    const char *method;
    int64_t chat_id;              /* 0: none */
    int64_t message_id;           /* 0: none; left out of methods that make a new message */
    const char *params;           /* a JSON object, without those two */
    const struct view_file *file; /* NULL: none; else sent as its photo or document */
    int timeout_ms;
    size_t answer_max; /* bytes; 0: REQUEST_ANSWER_MAX */
};

/*
 * The call, ready to be submitted. What is pointed to is in the arena and must outlive it. E_MALFORMED,
 * E_INVALID: the parameters are no object of JSON. Release it in any case.
 */
enum ecode request_init(struct request *r, struct arena *a, const struct endpoint *to,
                        const struct request_spec *spec, struct err *err);
void request_release(struct request *r);

#endif
