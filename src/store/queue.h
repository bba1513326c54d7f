#ifndef HABITD_STORE_QUEUE_H
#define HABITD_STORE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include "store/lane.h"

/* Private to src/store: the bounded queue of commands before a lane or a pool, and the threads that take from
 * it. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct lane_command *head, *tail;
    size_t waiting, max;
    size_t sleeping; /* threads in queue_take */
    size_t order;    /* of the next command */
    bool stopping;
};

void queue_init(struct queue *q, size_t max);
void queue_release(struct queue *q);
/* E_BUSY when it is full or stopping; numbers the command. Any thread. */
enum ecode queue_put(struct queue *q, struct lane_command *c);
/* Waits for commands and takes up to max of them in order; 0: stopping and empty. Any thread. */
size_t queue_take(struct queue *q, struct lane_command **out, size_t max);
/* Refuses further commands; takers get what is there, then 0. */
void queue_stop(struct queue *q);
size_t queue_waiting(struct queue *q);

/* Starts a thread that takes no signals (main handles them), with a name of at most 15 characters. E_IO. */
enum ecode worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg,
                        struct err *err);

#endif
