#ifndef HABITD_EDGE_BOT_BOARD_H
#define HABITD_EDGE_BOT_BOARD_H

#include <pthread.h>
#include "domain/stats/figures.h"

/*
 * The figures that admins see. Views are drawn on the lane that everybody waits for, and these figures look
 * at every person: so a thread of their own reads them on a read connection when somebody wants them.
 * Thread-safe.
 */
#define BOARD_FRESH_MS 5000

struct service;

struct board {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool wanted, stopping, known;
    struct monotime at;
    struct figures figures;
    struct service *service;
    pthread_t thread;
};

/* At rest. */
void board_init(struct board *b, struct service *service);
void board_start(struct board *b);
/* Ends its thread; once. The service must still be there. */
void board_stop(struct board *b);
void board_release(struct board *b);

/* false: they are not fresh, and are being read; ask again soon. */
bool board_read(struct board *b, struct figures *out);

#endif
