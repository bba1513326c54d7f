#include "edge/bot/intake.h"

#include <stdlib.h>
#include <time.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "edge/bot/checkout.h"
#include "edge/bot/update.h"

#define BUSY_MS 20
#define TROUBLE_FAILURES 3

/* Updates on their way, counted down by their commits. */
struct crowd {
    struct bot *bot;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t under_way;
};

static void note_update(struct bot *b, const struct bot_update *u)
{
    size_t what = u->code == E_OK ? (size_t)u->outcome : COUNTED_OUTCOMES - 1;
    count(&b->counters.updates[what], 1);
    if (u->code == E_OK && u->outcome == INBOX_PENDING)
        retrier_wake(b->retrier);
    if (u->checkout >= 0)
        count(&b->counters.checkouts[u->checkout], 1);
}

/* --- polled ------------------------------------------------------------------------------------------ */

static void polled_done(struct bot_update *u)
{
    struct crowd *c = u->owner;
    note_update(c->bot, u);
    if (u->answer != NULL && u->checkout >= 0)
        checkouts_answer(c->bot->checkouts, u->answer);
    else if (u->answer != NULL)
        toasts_send(c->bot->toasts, u->answer);
    pthread_mutex_lock(&c->lock);
    if (--c->under_way == 0)
        pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

/* Hands over those that are not stored yet; the queue may be full for a while. */
static void submit_all(struct crowd *c, struct bot_update *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i].code == E_OK)
            continue;
        pthread_mutex_lock(&c->lock);
        c->under_way++;
        pthread_mutex_unlock(&c->lock);
        arena_reset(all[i].arena);
        all[i].append_only = hold_wary(&c->bot->hold);
        while (bot_update_submit(&c->bot->app, &all[i]) != E_OK) {
            arena_reset(all[i].arena);
            nanosleep(&(struct timespec){.tv_nsec = BUSY_MS * 1000000L}, NULL);
        }
    }
    pthread_mutex_lock(&c->lock);
    while (c->under_way > 0)
        pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

/* How many are not stored; *err: why. */
static size_t count_failed(const struct bot_update *all, size_t n, struct err *err)
{
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].code != E_OK) {
            failed++;
            *err = all[i].err;
        }
    }
    return failed;
}

bool intake_take_all(struct bot *b, int64_t fence, struct hindrance *h, const struct tg_raw_update *updates,
                     size_t n)
{
    struct crowd c = {.bot = b};
    struct bot_update *all = calloc(n, sizeof *all);
    struct err err = {.code = E_OK};
    bool going = true;
    size_t left = n;
    CHECK(all != NULL && pthread_mutex_init(&c.lock, NULL) == 0 && pthread_cond_init(&c.changed, NULL) == 0);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct bot_update){.body = updates[i].json.text,
                                     .len = updates[i].json.len,
                                     .arena = arena_new(BOT_UPDATE_ARENA_BYTES),
                                     .done = polled_done,
                                     .owner = &c,
                                     .code = E_BUSY};
    for (int failures = 0; left > 0 && going;) {
        submit_all(&c, all, n);
        left = count_failed(all, n, &err);
        if (left == 0)
            break;
        log_event(LOG_ERROR, "updates could not be stored", log_i64("count", (int64_t)left), log_err(&err));
        if (++failures >= TROUBLE_FAILURES)
            bot_hinder(b, h, fence, "updates cannot be stored");
        going = hold_sleep(&b->hold, fence, bot_backoff_ms(failures));
    }
    for (size_t i = 0; i < n; i++)
        arena_free(all[i].arena);
    pthread_cond_destroy(&c.changed);
    pthread_mutex_destroy(&c.lock);
    free(all);
    return left == 0;
}

/* --- webhooks ---------------------------------------------------------------------------------------- */

struct hooked {
    struct bot_update update;
    struct bot *bot;
    struct bot_event *event;
};

static void hooked_done(struct bot_update *u)
{
    struct hooked *h = u->owner;
    struct bot_event *e = h->event;
    note_update(h->bot, u);
    e->code = u->code;
    e->answer = u->answer;
    if (u->code != E_OK)
        log_event(LOG_WARN, "an update could not be stored", log_err(&u->err));
    e->done(e);
    arena_free(u->arena);
    free(h);
}

enum ecode bot_take(struct bot *b, struct bot_event *e)
{
    struct hooked *h = calloc(1, sizeof *h);
    CHECK(h != NULL);
    *h = (struct hooked){.bot = b, .event = e};
    h->update = (struct bot_update){.body = e->body,
                                    .len = e->len,
                                    .arena = arena_new(BOT_UPDATE_ARENA_BYTES),
                                    .append_only = hold_wary(&b->hold),
                                    .done = hooked_done,
                                    .owner = h};
    struct arena *arena = h->update.arena;
    enum ecode rc = bot_update_submit(&b->app, &h->update);
    if (rc == E_OK)
        return E_OK; /* it may be gone already */
    count(&b->counters.updates[COUNTED_OUTCOMES - 1], 1);
    arena_free(arena);
    free(h);
    return rc;
}
