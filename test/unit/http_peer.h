#ifndef HABITD_TEST_HTTP_PEER_H
#define HABITD_TEST_HTTP_PEER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A server on a loopback socket that behaves as the last part of the path says, well or badly, with a thread
 * for each connection:
 *
 *   ok       200 "hello"                        silent   reads the request and never answers
 *   echo     200, the request's own bytes       held     answers "hello" once peer_let_go was called
 *   wait     429, Retry-After: 7                close    reads the request and closes
 *   moved    302 to ok                          half     announces 100 bytes, sends 10 and closes
 *   large    200, 5,000 bytes                   bye      "hello", then closes without having said so
 *   endless  200, chunks for ever               last     "hello", keeps the connection, reads the next
 *   headers  a header without an end                     request and closes
 */
struct peer;

enum peer_kind {
    PEER_PLAIN,
    PEER_TLS,  /* a certificate for 127.0.0.1 that it signed itself */
    PEER_DEAF, /* the kernel takes connections, nobody reads them */
};

struct peer *peer_new(enum peer_kind kind);
void peer_free(struct peer *p);
int peer_port(const struct peer *p);
/* Of PEER_TLS: a PEM file, removed by peer_free. */
const char *peer_certificate(const struct peer *p);
/* Whole requests read, connections taken, and connections open now. */
unsigned peer_requests(struct peer *p);
unsigned peer_connections(struct peer *p);
unsigned peer_open(struct peer *p);
/* Waits until so many requests were read, or so few connections are open. */
void peer_await_requests(struct peer *p, unsigned n);
void peer_await_open(struct peer *p, unsigned n);
/* Everything held is answered, now and later. */
void peer_let_go(struct peer *p);

#endif
