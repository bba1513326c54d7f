#ifndef HABITD_EDGE_BOT_SENDER_PRIV_H
#define HABITD_EDGE_BOT_SENDER_PRIV_H

#include "edge/bot/ending.h"
#include "edge/bot/pace.h"
#include "edge/bot/sender.h"

/* Inside of the sender: sender.c is its thread and its transactions, flight.c what leaves and what comes
 * back. */

/* The rows of one claim; freed with the last of them. */
struct batch {
    struct arena *arena;
    size_t pending;
    int64_t fence;
    bool stale; /* the claim took so long that the lease may be somebody else's: nothing of it leaves */
};

/* One message in flight. */
struct slot {
    struct request request;
    struct sender *sender;
    struct batch *batch;
    const struct outbox_item *item;
    struct outbox_result result;
    struct slot *next; /* of a list: free, over, or to be settled */
};

struct sender {
    struct sender_options o;
    pthread_t thread;
    /* shared with the HTTP client and whoever wakes it */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct slot *over; /* calls that ended */
    bool woken, stopping;
    struct monotime stop_at;
    /* the thread's own */
    struct slot slots[SENDER_SLOTS];
    struct slot *unused;
    struct slot *ended; /* judged, their end is not stored yet */
    size_t in_flight;
    bool cut;          /* what was left was canceled */
    bool blocked;      /* the last claim left rows behind because of chats that are in flight */
    int64_t uncertain; /* a claim's commit was, under that fence: nothing is claimed till all has landed */
    int64_t careful_fence; /* the hold that `careful` is about */
    int careful;   /* so many messages are still drawn apart: what ended the last holder is among them */
    bool hindered; /* the problem callback was told something */
    struct monotime look;  /* when to claim; INT64_MAX: not known that anything is due */
    struct monotime peek;  /* when to look whether something is due */
    struct monotime retry; /* not before: the database is in trouble */
    struct pace pace;
    int64_t busy[PACE_CHATS_MAX]; /* of the claim under way */
    struct rng rng;
};

static inline struct monotime after_ms(struct monotime t, int64_t ms)
{
    return (struct monotime){t.ns + ms * 1000000};
}

/* --- flight.c: on the sender's thread */

void flight_init(struct sender *s);
/* What was claimed leaves, each in a slot; there are enough of them. Takes the batch over. */
void flight_begin(struct sender *s, struct batch *b, const struct outbox_claimed *claimed);
/* A call that ended: what it means, for its row and for the pace. The slot is in s->ended then. */
void flight_judge(struct sender *s, struct slot *slot);
/* The end of the first of s->ended is stored: its slot is free again. */
void flight_land(struct sender *s);
/* Gives back the slots whose ends could not be stored. The HTTP client is gone. */
void flight_release(struct sender *s);

#endif
