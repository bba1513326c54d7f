#ifndef HABITD_EDGE_BOT_SENDER_H
#define HABITD_EDGE_BOT_SENDER_H

#include "domain/message/outbox.h"
#include "edge/bot/counters.h"
#include "domain/lease/hold.h"
#include "edge/bot/request.h"
#include "net/http_client.h"

/*
 * The sender: one thread that takes from the outbox what may leave now, hands it to the HTTP client, and
 * stores what came back.
 *
 *      claim (transaction) ──► in flight ──► over ──► settle (transaction)
 *
 * Only what is in flight is marked as being sent, at most SENDER_SLOTS messages: that is what a crash leaves
 * unknown, and all the memory that it needs, however much waits. It sleeps until something is due, a chat or
 * the pace lets the next one go, or sender_wake says that something was queued; once a second it looks
 * whether another instance queued something.
 */
struct sender;
struct service;

#define SENDER_SLOTS 64

struct sender_options {
    struct service *service; /* all outlive the sender */
    struct http_client *client;
    struct endpoint endpoint;
    struct hold *hold;
    struct counters *counters;
    struct duration lease_ttl;
    int rate_per_s;
    outbox_draw *draw; /* hands over a struct view_file as what it has `drawn`, or NULL */
    void *draw_arg;
    /* What hinders everybody, for people (a token that is not valid); NULL: nothing any more. Its thread. */
    void (*problem)(void *arg, const char *text);
    void (*lost)(void *arg, int64_t fence); /* a claim found the lease with somebody else */
    void *arg;
};

/* Starts its thread. Copies o. */
struct sender *sender_new(const struct sender_options *o);
/* Something was queued. Any thread; cheap. */
void sender_wake(struct sender *s);
/*
 * Claims nothing more, waits at most `limit` for what is in flight, cuts off the rest, and stores every end.
 */
void sender_stop(struct sender *s, struct duration limit);
/* Stops at once when it was not stopped. The HTTP client is gone already. NULL-safe. */
void sender_free(struct sender *s);

#endif
