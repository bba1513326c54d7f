#ifndef HABITD_NET_HTTP_CONN_H
#define HABITD_NET_HTTP_CONN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "net/cidr.h"

/*
 * The open connections: who they belong to, what they wait for and until when. One thread sweeps them and
 * shuts down the sockets whose time is over (the owner of the socket then sees its end), and lingers over
 * closed ones, so that an answer given before the whole body was read is not lost in a reset.
 */
enum conn_phase { CONN_NEW, CONN_IDLE, CONN_HEADER, CONN_BODY, CONN_HANDLE, CONN_SEND, CONN_PHASES };

/* Phase and deadline are written by the network thread, read by the sweeper. */
struct conn {
    struct conn *prev, *next;
    int fd;
    struct ip peer;
    bool trusted; /* a proxy of ours: not counted by address */
    bool surplus; /* over connections_max: answered 503 */
    bool linger;  /* set before it closes: read on for a while */
    atomic_int phase;
    atomic_int_fast64_t deadline_ns; /* monotonic; INT64_MAX once it was shut down */
};

struct conns_options {
    size_t max;                      /* beyond it a connection is `surplus` */
    size_t per_addr;                 /* beyond it a connection is shut down at once */
    int new_ms;                      /* deadline of a connection that was just accepted */
    int tick_ms;                     /* how often the sweeper looks */
    const struct cidr_list *trusted; /* outlives the table */
};

struct conns_stats {
    uint64_t opened, refused_surplus, refused_address;
    uint64_t timeouts[CONN_PHASES];
    size_t open;
};

struct conns;

/* Starts the sweeper. E_INTERNAL when there is no thread to be had. */
enum ecode conns_new(const struct conns_options *o, struct conns **out, struct err *err);
/* All connections must be closed. Stops the sweeper, closes what lingers. NULL-safe. */
void conns_free(struct conns *cs);
/* A socket was accepted. Never NULL; the socket may have been shut down because its address has too many. */
struct conn *conns_open(struct conns *cs, int fd, const struct ip *peer);
/* Before the socket is closed by its owner; frees c. */
void conns_close(struct conns *cs, struct conn *c);
/* The connection waits for something else now. */
void conn_phase(struct conn *c, enum conn_phase phase, int64_t deadline_ns);
/* Idle connections are shut down now and whenever they become idle; new ones get a moment to send their
 * request. */
void conns_drain(struct conns *cs);
/* Waits until none is open, at most `limit`. */
bool conns_wait_empty(struct conns *cs, struct duration limit);
void conns_get_stats(struct conns *cs, struct conns_stats *out);

#endif
