#include "edge/bot/pace.h"

#include <string.h>
#include "base/check.h"

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000
#define BACKOFF_MAX_S 300

static struct monotime later_by(struct monotime t, int64_t ms)
{
    return (struct monotime){t.ns + ms * NS_PER_MS};
}

static struct monotime earlier(struct monotime a, struct monotime b)
{
    return a.ns < b.ns ? a : b;
}

static void push_back(struct monotime *at, struct monotime until)
{
    if (until.ns > at->ns)
        *at = until;
}

/* --- buckets ----------------------------------------------------------------------------------------- */

/*
 * What may come at once is an eighth of a second's worth, so that no second sees more than 9/8 of the rate:
 * Telegram counts in windows of its own.
 */
static struct pace_bucket bucket(int per_second)
{
    return (struct pace_bucket){.interval_ns = NS_PER_S / per_second,
                                .burst = per_second / 8 > 0 ? per_second / 8 : 1};
}

static size_t tokens(const struct pace_bucket *b, struct monotime now)
{
    int64_t used = b->full_at_ns > now.ns ? b->full_at_ns - now.ns : 0;
    int64_t left = b->interval_ns * b->burst - used;
    return left > 0 ? (size_t)(left / b->interval_ns) : 0;
}

static void take(struct pace_bucket *b, struct monotime now)
{
    b->full_at_ns = (b->full_at_ns > now.ns ? b->full_at_ns : now.ns) + b->interval_ns;
}

/* When it holds a token. */
static struct monotime token_at(const struct pace_bucket *b)
{
    return (struct monotime){b->full_at_ns - b->interval_ns * (b->burst - 1)};
}

/* --- chats ------------------------------------------------------------------------------------------- */

static struct pace_chat *find(struct pace *p, int64_t chat)
{
    for (size_t i = 0; i < p->chats_count; i++)
        if (p->chats[i].chat == chat)
            return &p->chats[i];
    return NULL;
}

/* Its row, a new one when it has none; NULL when there is no room. */
static struct pace_chat *row(struct pace *p, int64_t chat)
{
    struct pace_chat *c = find(p, chat);
    if (c != NULL || p->chats_count == PACE_CHATS_MAX)
        return c;
    c = &p->chats[p->chats_count++];
    *c = (struct pace_chat){.chat = chat};
    return c;
}

/* Forgets the chats that are free again. */
static void sweep(struct pace *p, struct monotime now)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->chats_count; i++)
        if (p->chats[i].held || p->chats[i].free.ns > now.ns)
            p->chats[kept++] = p->chats[i];
    p->chats_count = kept;
}

/* --- the way of a message ---------------------------------------------------------------------------- */

void pace_init(struct pace *p, int per_second)
{
    CHECK(per_second >= 1 && per_second <= 1000);
    memset(p, 0, sizeof *p);
    p->all = bucket(per_second);
    p->mass = bucket(per_second * 4 / 5 > 0 ? per_second * 4 / 5 : 1);
}

struct pace_room pace_room(struct pace *p, size_t slots, struct monotime now)
{
    sweep(p, now);
    size_t all = tokens(&p->all, now), mass = tokens(&p->mass, now), chats = PACE_CHATS_MAX - p->chats_count;
    if (p->paused.ns > now.ns)
        return (struct pace_room){0, 0};
    all = all < slots ? all : slots;
    all = all < chats ? all : chats;
    return (struct pace_room){all, mass < all ? mass : all};
}

size_t pace_busy(struct pace *p, struct monotime now, int64_t *out)
{
    sweep(p, now);
    for (size_t i = 0; i < p->chats_count; i++)
        out[i] = p->chats[i].chat;
    return p->chats_count;
}

bool pace_take(struct pace *p, int64_t chat, bool mass, struct monotime now)
{
    if (p->paused.ns > now.ns)
        return false;
    struct pace_chat *c = chat != 0 ? row(p, chat) : NULL;
    if (chat != 0 && (c == NULL || c->free.ns > now.ns))
        return false;
    if (c != NULL) {
        CHECK(!c->held);
        c->held = true;
    }
    take(&p->all, now);
    if (mass)
        take(&p->mass, now);
    return true;
}

void pace_end(struct pace *p, int64_t chat, struct monotime now)
{
    struct pace_chat *c = find(p, chat);
    if (c != NULL)
        push_back(&c->free, later_by(now, PACE_CHAT_MS));
}

void pace_wait(struct pace *p, int64_t chat, struct monotime until)
{
    struct pace_chat *c = chat != 0 ? row(p, chat) : NULL;
    if (c != NULL)
        push_back(&c->free, until);
}

void pace_release(struct pace *p, int64_t chat)
{
    struct pace_chat *c = find(p, chat);
    if (c != NULL)
        c->held = false;
}

/* --- refusals and outages ---------------------------------------------------------------------------- */

/* Telegram does not say whose limit it was. One that is everybody's lets nothing through. */
static bool is_about_everybody(struct pace *p, int64_t chat)
{
    for (int i = 0; i < p->refused_count; i++)
        if (p->refused[i] == chat)
            return p->refused_count == PACE_REFUSED_CHATS;
    if (p->refused_count < PACE_REFUSED_CHATS)
        p->refused[p->refused_count++] = chat;
    return p->refused_count == PACE_REFUSED_CHATS;
}

void pace_refused(struct pace *p, int64_t chat, struct duration retry_after, struct monotime now)
{
    struct monotime until = later_by(now, retry_after.ms);
    bool everybody = chat == 0 || is_about_everybody(p, chat);
    pace_wait(p, chat, until);
    push_back(&p->paused, everybody ? until : earlier(until, later_by(now, PACE_ALL_PAUSE_MS)));
}

void pace_failed(struct pace *p, struct monotime now)
{
    if (p->paused.ns > now.ns) /* those that were under way when it began */
        return;
    int beyond = ++p->failures - PACE_FAILURES;
    if (beyond < 0)
        return;
    int64_t pause = beyond < 5 ? 1000LL << beyond : PACE_OUTAGE_MS;
    push_back(&p->paused, later_by(now, pause < PACE_OUTAGE_MS ? pause : PACE_OUTAGE_MS));
}

void pace_worked(struct pace *p)
{
    p->failures = 0;
    p->refused_count = 0;
}

struct monotime pace_room_at(const struct pace *p, bool mass, struct monotime now)
{
    struct monotime at = now;
    push_back(&at, token_at(&p->all));
    if (mass)
        push_back(&at, token_at(&p->mass));
    push_back(&at, p->paused);
    return at;
}

struct monotime pace_chat_at(const struct pace *p, struct monotime now)
{
    struct monotime first = {INT64_MAX};
    for (size_t i = 0; i < p->chats_count; i++)
        if (!p->chats[i].held)
            first = earlier(first, p->chats[i].free);
    push_back(&first, now);
    return first;
}

struct duration pace_backoff(int attempts, struct rng *rng)
{
    CHECK(attempts >= 1);
    int64_t s = attempts <= 9 ? INT64_C(1) << (attempts - 1) : BACKOFF_MAX_S;
    int64_t ms = (s < BACKOFF_MAX_S ? s : BACKOFF_MAX_S) * 1000;
    return duration_ms(ms + (int64_t)rng_below(rng, (uint64_t)ms / 4 + 1));
}
