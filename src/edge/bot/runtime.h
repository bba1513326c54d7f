#ifndef HABITD_EDGE_BOT_RUNTIME_H
#define HABITD_EDGE_BOT_RUNTIME_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/uuid.h"
#include "domain/message/inbox.h"
#include "edge/bot/app.h"
#include "edge/bot/board.h"
#include "edge/bot/bot.h"
#include "edge/bot/counters.h"
#include "domain/lease/hold.h"
#include "domain/lease/lease_keeper.h"
#include "edge/bot/request.h"
#include "edge/bot/sender.h"

/*
 * Inside of the running bot: what its threads share. Each works while this instance holds the lease.
 *
 *   keeper   takes and keeps the lease                        lease_keeper.h
 *   intake   polls for updates, or keeps the webhook right    poller.c, webhook.c
 *   sender   the outbox                                       sender.c
 *   ticker   the clock                                        ticker.c
 *   retrier  updates that wait in the inbox                   retrier.c
 *   fetcher  files that are to be imported                    fetch.c
 *   board    figures that admins ask for, lease or not        board.c
 *   setup    commands and menu button                         setup.c
 */
#define BOT_CALLS 5
#define BOT_ARENA_BYTES ((size_t)64 * 1024 * 1024) /* of one task; a defect's bound */

struct toasts;
struct retrier;

/* What the ticker saw last, for metrics. */
struct bot_gauges {
    pthread_mutex_t lock;
    bool known;
    struct outbox_stats outbox;
    struct inbox_stats inbox;
    struct instant at;
};

struct bot {
    struct bot_options o;
    struct bot_app app;
    struct endpoint endpoint;
    struct http_client *client;
    struct board board;
    struct hold hold;
    struct counters counters;
    struct bot_gauges gauges;
    struct sender *sender;
    struct toasts *toasts;
    struct retrier *retrier;
    struct checkouts *checkouts;
    char username[64]; /* app.username points to it once it is known */
    struct lease_keeper *keeper;
    _Atomic int64_t forged_at; /* ns of the monotonic clock, when that was last alerted; 0: never */
    pthread_t intake, ticker, fetcher, setup;
    bool started, stopped;
    pthread_mutex_t calls_lock;
    struct http_call *calls[BOT_CALLS]; /* of bot_call, for whoever has to end them */
};

/* What the intake has told about a hold, so that only changes are stored. Zeroed for each hold. */
struct hindrance {
    bool known;
    char text[200]; /* "": nothing hinders */
};

/* --- runtime.c */

/* The lease is somebody else's, or ran out; fence 0: whatever was held. Any thread. */
void bot_lost(struct bot *b, int64_t fence);
/* Says what hinders the holder, for readyz, unless it was said before; NULL: nothing any more. */
void bot_hinder(struct bot *b, struct hindrance *h, int64_t fence, const char *text);
/*
 * Calls a method and waits: request_init, and the call. It is cut off when the lease is lost or the bot
 * stops: E_CONFLICT then. fence 0: the lease does not matter. How it ended is in r->call; release r in any
 * case.
 */
enum ecode bot_call(struct bot *b, int64_t fence, struct request *r, struct arena *a,
                    const struct request_spec *spec, struct err *err);
/* The same for any other call that is ready. */
enum ecode bot_wait(struct bot *b, int64_t fence, struct http_call *call, struct err *err);
/* 1, 2, 4 … 60 s. */
int64_t bot_backoff_ms(int failures);

/* --- poller.c: one hold's worth of polling; returns when it is over */
void poller_run(struct bot *b, int64_t fence);

/* --- webhook.c */
void webhook_run(struct bot *b, int64_t fence);

/* --- setup.c: the thread */
void *setup_run(void *bot);

/* --- ticker.c: the thread */
void *ticker_run(void *bot);

/* --- fetch.c: the thread */
void *fetch_run(void *bot);

/* --- retrier.c: acts on what waits in the inbox, on a thread of its own */
struct retrier *retrier_new(struct bot *b);
void retrier_start(struct retrier *r);
/* Something waits. Any thread; cheap. */
void retrier_wake(struct retrier *r);
/* What an earlier holder began to act on and did not end. For whoever took the lease, before it is used. */
enum ecode retrier_recover(struct bot *b, int64_t fence);
/* The hold has been stopped. */
void retrier_stop(struct retrier *r);
/* Stopped or never started. NULL-safe. */
void retrier_free(struct retrier *r);

/* --- toast.c: answers to pressed buttons when updates are polled */
struct toasts *toasts_new(struct bot *b);
/* Sends it, or drops it when too many are on their way. `json` as update.h has it, copied. Any thread. */
void toasts_send(struct toasts *t, const char *json);
/* The client is gone already. NULL-safe. */
void toasts_free(struct toasts *t);

#endif
