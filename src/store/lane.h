#ifndef HABITD_STORE_LANE_H
#define HABITD_STORE_LANE_H

#include <stddef.h>
#include "base/err.h"
#include "base/uuid.h"

/*
 * Lanes: where writes wait their turn, and the read pool beside them.
 *
 * A lane is one thread with one connection and a bounded queue. It takes what waits (at most batch_max),
 * orders it by user id (stable), runs it in one transaction, commits once, and only then answers all of it:
 * one fsync serves many people. Nothing is answered before it is durable.
 *
 * Each command runs under a savepoint: one that fails is undone alone. Neighbours with the same `kind` that
 * has a run_many are given to it together; an error of it rolls the whole batch back and replays it one
 * command per transaction. E_RETRY is replayed (at most 10 times, with
 * jitter), E_UNAVAILABLE after a reconnect (up to reconnect_ms in all), E_UNCERTAIN settled with db_settle
 * and replayed only when it is proved that nothing was written.
 */
struct db;
struct lane;
struct lane_command;

struct lane_kind {
    const char *name; /* for logs and metrics */
    /*
     * Runs one command inside the open transaction. E_OK: its writes stay. Any other code: its writes are
     * undone and it is answered with that code; E_UNAVAILABLE, E_UNCERTAIN and E_RETRY are handled by the
     * lane instead. May be called again for the same command (replay): it must not keep anything from an
     * earlier call.
     */
    enum ecode (*run)(struct lane_command *c, struct db *db);
    /*
     * Optional. Runs n ≥ 1 commands at once; sets each command's code (refusals that wrote nothing are codes,
     * not errors). Returns E_OK, or the error after which the batch is rolled back and replayed through run.
     */
    enum ecode (*run_many)(struct lane_command **c, size_t n, struct db *db);
    /* On the lane's thread, after the commit (or the final refusal); the command is not touched afterwards.
     */
    void (*done)(struct lane_command *c);
};

/* Embedded in the caller's own struct; zeroed but for kind and user_id. Owned by the lane from submit until
 * done. */
struct lane_command {
    const struct lane_kind *kind;
    struct uuid user_id;
    enum ecode code;           /* the answer */
    struct err err;            /* and its words */
    struct lane_command *next; /* the lane's */
    size_t order; /* the lane's: place in the queue, to keep a person's commands in their order */
};

struct lane_options {
    const char *url;
    const char *name; /* thread and metrics name, at most 15 characters */
    size_t queue_max; /* commands waiting; more are refused with E_BUSY */
    size_t batch_max; /* commands in one transaction */
    int reconnect_ms; /* how long a lost database is waited for before commands are answered E_UNAVAILABLE */
};

struct lane_stats {
    uint64_t commands, batches, replays, reconnects, refused;
    size_t waiting;
};

/* Opens its connection before it returns. */
enum ecode lane_new(const struct lane_options *o, struct lane **out, struct err *err);
/* E_OK: done() will be called, once, from the lane's thread. E_BUSY (queue full or stopping): it will not.
 * Any thread. */
enum ecode lane_submit(struct lane *l, struct lane_command *c);
/* Finishes what was accepted, refuses the rest, joins the thread, frees. NULL-safe. */
void lane_free(struct lane *l);
void lane_get_stats(struct lane *l, struct lane_stats *out);

/*
 * The read pool: `threads` threads, each with a read-only connection, taking commands from one bounded queue.
 * run is called outside a transaction (open a snapshot when one moment matters); a lost connection is
 * reopened and the command run once more.
 */
struct pool;
struct pool_options {
    const char *url;
    const char *name;
    size_t threads;
    size_t queue_max;
};
enum ecode pool_new(const struct pool_options *o, struct pool **out, struct err *err);
enum ecode pool_submit(struct pool *p, struct lane_command *c);
void pool_free(struct pool *p);
size_t pool_waiting(struct pool *p);

#endif
