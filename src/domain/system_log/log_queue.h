#ifndef HABITD_DOMAIN_LOG_QUEUE_H
#define HABITD_DOMAIN_LOG_QUEUE_H

#include "base/arena.h"
#include "base/rng.h"
#include "domain/system_log/system_log.h"

/*
 * Events between whoever logs and the database: bounded, so that a flood costs those who log a comparison and
 * nothing of the memory. When it is full the least important go first, of those the oldest; what is lost is
 * counted. Thread-safe.
 */
struct log_queue;

#define LOG_QUEUE_MAX 1000         /* events; about a kilobyte each */
#define LOG_QUEUE_OF_A_KIND_MAX 20 /* of one fingerprint that wait: more of the same say nothing new */

/* Takes events of at least that importance. */
struct log_queue *log_queue_new(enum log_level least);
/* NULL-safe. */
void log_queue_free(struct log_queue *q);
/* A log_sink; arg is the queue. */
void log_queue_push(void *arg, const char *source, enum log_level level, struct instant at,
                    const char *message, const struct log_field *fields);
/*
 * Takes the oldest out, at most max, into the arena. When some were lost since the last time, the last one is
 * an event that says how many. Returns how many there are.
 */
size_t log_queue_take(struct log_queue *q, struct rng *rng, struct arena *a, struct system_log *out,
                      size_t max);
/* Events that were lost, in all. */
uint64_t log_queue_lost(struct log_queue *q);

#endif
