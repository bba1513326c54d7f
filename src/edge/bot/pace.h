#ifndef HABITD_EDGE_BOT_PACE_H
#define HABITD_EDGE_BOT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/instant.h"
#include "base/rng.h"

/*
 * How fast messages may leave: so many a second altogether, of which mass messages (reminders, broadcasts)
 * leave a fifth to the others; one a second to each chat and never two at once; pauses that Telegram asks for
 * and that its outages call for. Knows the clock only as an argument. Not thread-safe: one sender owns it.
 *
 * A message's way: pace_room says how many may be claimed, pace_take at its sending, pace_end when the call
 * is over, pace_release when its end is stored. From take to release, and for a second from the end on, its
 * chat is busy.
 */
#define PACE_CHATS_MAX 2048    /* busy at once; when so many are, nothing is claimed */
#define PACE_CHAT_MS 1000      /* between the end of one message to a chat and the next */
#define PACE_ALL_PAUSE_MS 1000 /* the longest that one chat's refusal stops everybody */
#define PACE_REFUSED_CHATS 3   /* refused with nothing between that arrived: it is about everybody */
#define PACE_FAILURES 5        /* failures in a row that count as an outage */
#define PACE_OUTAGE_MS 30000   /* the longest pause between tries in one */

struct pace_bucket { /* generic cell rate algorithm: one instant says it all */
    int64_t interval_ns, burst, full_at_ns;
};

struct pace_chat {
    int64_t chat;
    bool held;            /* from take to release */
    struct monotime free; /* not before */
};

struct pace {
    struct pace_bucket all, mass;
    struct pace_chat chats[PACE_CHATS_MAX];
    size_t chats_count;
    struct monotime paused;              /* nothing leaves before */
    int64_t refused[PACE_REFUSED_CHATS]; /* chats that Telegram refused since something worked */
    int refused_count;
    int failures; /* in a row */
};

/* How many may be claimed at this moment. */
struct pace_room {
    size_t all;  /* together */
    size_t mass; /* of which reminders and broadcasts */
};

/* per_second 1–1000. */
void pace_init(struct pace *p, int per_second);
/* At most `slots`. */
struct pace_room pace_room(struct pace *p, size_t slots, struct monotime now);
/* The chats that must not be sent to now, into out (PACE_CHATS_MAX); returns how many. */
size_t pace_busy(struct pace *p, struct monotime now, int64_t *out);
/*
 * A message that was claimed leaves now. false: it must not after all, a pause began since; then nothing was
 * taken. Chat 0 is nobody's.
 */
bool pace_take(struct pace *p, int64_t chat, bool mass, struct monotime now);
/* Its call is over. */
void pace_end(struct pace *p, int64_t chat, struct monotime now);
/* Nothing more to this chat before: a message of it has to be tried again then, and order is kept. */
void pace_wait(struct pace *p, int64_t chat, struct monotime until);
/* Its end is stored. */
void pace_release(struct pace *p, int64_t chat);

/*
 * Telegram said 429. The chat waits that long; everybody too, but at most PACE_ALL_PAUSE_MS as long as no
 * other chat was refused meanwhile: what one chat may not receive need not hinder the others, and when it is
 * the bot that is too fast, the next refusal shows it.
 */
void pace_refused(struct pace *p, int64_t chat, struct duration retry_after, struct monotime now);
/*
 * A call failed that says nothing against the message: no connection, 5xx. PACE_FAILURES in a row pause
 * everything for a second, each one after a pause twice as long, up to PACE_OUTAGE_MS.
 */
void pace_failed(struct pace *p, struct monotime now);
/* A call was answered: the outage, if there was one, is over. */
void pace_worked(struct pace *p);

/* From when on pace_room is more than 0; `mass`: for mass messages. Not before now. */
struct monotime pace_room_at(const struct pace *p, bool mass, struct monotime now);
/* When the next busy chat that is not held becomes free; ns INT64_MAX: there is none. Not before now. */
struct monotime pace_chat_at(const struct pace *p, struct monotime now);

/* 1, 2, 4 … 300 s by the number of tries so far (≥ 1), and up to a quarter more by chance. */
struct duration pace_backoff(int attempts, struct rng *rng);

#endif
