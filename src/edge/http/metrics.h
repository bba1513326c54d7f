#ifndef HABITD_EDGE_HTTP_METRICS_H
#define HABITD_EDGE_HTTP_METRICS_H

#include "base/buf.h"
#include "base/instant.h"

/*
 * Counters in Prometheus' text format (version 0.0.4). Labels come from tables of the program, never from
 * requests, so their number is bounded. Counting is thread-safe and takes no lock.
 */
struct http_edge;
struct metrics;
struct route;

struct metrics *metrics_new(void);
/* NULL-safe. */
void metrics_free(struct metrics *m);
/* One request that has ended; route NULL: none was found. status 0: no answer was sent. */
void metrics_count(struct metrics *m, const struct route *route, int status, struct duration took);
/* Everything that is known about the edge, its server, its service and the process. */
void metrics_write(struct http_edge *e, struct buf *out);

#endif
