#ifndef HABITD_NET_HTTP_CLIENT_INTERNAL_H
#define HABITD_NET_HTTP_CLIENT_INTERNAL_H

#include <curl/curl.h>
#include "net/http_client.h"

/* What http_client.c (queue and thread) knows of http_transfer.c (one call on one curl handle). */

/*
 * A curl handle and what it needs for one call at a time; kept for the next one. Belongs to the client's
 * thread.
 */
struct http_transfer {
    CURL *easy;
    struct http_call *call; /* NULL: free */
    struct curl_slist *headers;
    curl_mime *mime;
    size_t header_bytes;        /* of the answer so far */
    unsigned attempts;          /* connections that were ready for the request */
    bool over;                  /* the answer passed answer_max */
    char said[CURL_ERROR_SIZE]; /* libcurl's own words; may hold the URL */
    struct http_transfer *next_free;
};

struct http_transfer *http_transfer_new(void);
/* Not while it is in a multi handle. NULL-safe. */
void http_transfer_free(struct http_transfer *t);
/* Fills the handle from the call. false: it holds what cannot be sent; its results are written. */
bool http_transfer_begin(struct http_transfer *t, struct http_call *call,
                         const struct http_client_options *o);
/* Writes the call's results and forgets it. `canceled`: it was taken out before libcurl was done. */
void http_transfer_end(struct http_transfer *t, CURLcode code, bool canceled);

#endif
