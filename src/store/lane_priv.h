#ifndef HABITD_STORE_LANE_PRIV_H
#define HABITD_STORE_LANE_PRIV_H

#include <stdatomic.h>
#include "base/instant.h"
#include "base/rng.h"
#include "store/db.h"
#include "store/queue.h"
#include "store/wal_keeper.h"

/* Private to lane.c (life and thread), lane_order.c (who runs beside whom) and lane_run.c (transactions and
 * replay). */
struct lane {
    struct queue queue;
    pthread_t thread;
    size_t batch_max;
    int reconnect_ms;
    struct wal_keeper *keeper; /* NULL: the database has no WAL */
    struct db *db;             /* the thread's alone, as all below */
    struct err err;
    struct rng rng;
    struct lane_command **taken, **arranged; /* batch_max each */
    bool down;
    struct monotime down_since;
    atomic_uint_fast64_t commands, batches, replays, reconnects, refused;
};

/*
 * Orders a batch: by user id, and each person's commands as they came; commands of one kind are brought
 * together as far as that keeps each person's order.
 */
void lane_order(struct lane_command **in, struct lane_command **out, size_t n);

/* Runs commands in one transaction, or each in its own when that fails; every command's code is set
 * afterwards. */
void lane_run(struct lane *l, struct lane_command **c, size_t n);

#endif
