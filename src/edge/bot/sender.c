#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "edge/bot/sender_jobs.h"
#include "edge/bot/sender_priv.h"

#define PEEK_MS 1000    /* how often it looks for what others queued */
#define TROUBLE_MS 1000 /* between tries when the database does not answer */
#define PAUSE_MS 20     /* the shortest sleep */
#define STALE_MS 2000   /* what is left of the lease when a claimed message may still leave */
#define SETTLE_TRIES 3  /* when the bot stops */
#define CAREFUL 200     /* a claim takes the oldest, so that what ended the last holder is among the first */

static struct monotime sooner(struct monotime a, struct monotime b)
{
    return a.ns < b.ns ? a : b;
}

static const struct monotime never = {INT64_MAX};

/* --- transactions ------------------------------------------------------------------------------------ */

/* A drawing may be what ended the last holder: the first messages are marked, and drawn one by one then. */
static bool must_be_careful(struct sender *s, int64_t fence)
{
    if (s->careful_fence != fence) {
        s->careful_fence = fence;
        s->careful = CAREFUL;
    }
    return s->careful > 0 && hold_wary(s->o.hold);
}

static struct batch *claim_begin(struct sender *s, struct claim_job *job, struct pace_room room, bool careful,
                                 int64_t fence, struct monotime now)
{
    struct batch *b = calloc(1, sizeof *b);
    CHECK(b != NULL);
    b->arena = arena_new(CLAIM_ARENA_BYTES);
    b->fence = fence;
    if (careful)
        room = (struct pace_room){.all = 1, .mass = room.mass > 0};
    *job = (struct claim_job){
        .asked = now,
        .query = {.fence = fence,
                  .lease_ttl = s->o.lease_ttl,
                  .max_all = room.all,
                  .max = {room.all, room.all, room.mass, room.mass},
                  .busy_chats = s->busy,
                  .busy_count = pace_busy(&s->pace, now, s->busy),
                  .draw = s->o.draw,
                  .arg = s->o.draw_arg,
                  .draw_apart = careful},
    };
    task_start(&job->task, s->o.service, &kind_claim, b->arena, job);
    return b;
}

/* Whether rows were left because of their chats, not because as many were taken as may leave. */
static bool blocked_by_chats(const struct claim_job *job)
{
    const struct outbox_claimed *c = &job->claimed;
    size_t mass = job->query.max[LANE_REMINDER];
    return c->more && c->count < job->query.max_all && (mass == 0 || c->count < mass);
}

/* When to claim again, after a claim that saw what is due. */
static struct monotime next_look(struct sender *s, const struct claim_job *job, struct monotime now)
{
    const struct outbox_claimed *c = &job->claimed;
    struct monotime at = never;
    if (c->has_next) {
        int64_t ms = instant_diff(c->next_at, instant_now()).ms;
        at = after_ms(now, ms > 0 ? ms : 0);
    }
    if (job->query.max[LANE_REMINDER] == 0) /* what waits in those lanes was not looked at */
        at = sooner(at, pace_room_at(&s->pace, true, now));
    if (!c->more)
        return at;
    if (c->count >= job->query.max_all)
        return sooner(at, pace_room_at(&s->pace, false, now));
    if (c->expired + c->superseded + c->unwanted + c->failed > 0)
        return now; /* it made way for others */
    if (c->count >= job->query.max[LANE_REMINDER])
        at = sooner(at, pace_room_at(&s->pace, true, now));
    struct monotime chat = pace_chat_at(&s->pace, now);
    return sooner(at, chat.ns > now.ns ? chat : after_ms(now, PAUSE_MS));
}

/* What was claimed with draw_apart. */
static enum ecode draw_apart(struct sender *s, struct batch *b, struct claim_job *job, struct err *err)
{
    struct draw_job draw = {.claim = job};
    s->careful--;
    enum ecode rc = task_run(s->o.service, &kind_draw, b->arena, &draw, err);
    if (rc == E_OK)
        job->claimed = draw.drawn;
    else
        s->uncertain = job->query.fence; /* the rows stand as being sent */
    return rc;
}

static void claim_end(struct sender *s, struct batch *b, struct claim_job *job)
{
    struct err err = {.code = E_OK};
    enum ecode rc = task_wait(&job->task, &err);
    if (rc == E_UNCERTAIN)
        s->uncertain = job->query.fence;
    if (rc == E_OK && job->query.draw_apart && job->claimed.count > 0)
        rc = draw_apart(s, b, job, &err);
    struct monotime now = monotime_now();
    if (rc != E_OK) {
        arena_free(b->arena);
        free(b);
        s->retry = after_ms(now, TROUBLE_MS);
        s->look = now;
        if (rc == E_CONFLICT)
            s->o.lost(s->o.arg, job->query.fence);
        else
            log_event(LOG_WARN, "messages cannot be claimed", log_err(&err));
        return;
    }
    hold_extend(s->o.hold, b->fence, after_ms(job->asked, s->o.lease_ttl.ms));
    b->stale = monotime_diff(now, job->asked).ms > s->o.lease_ttl.ms - STALE_MS;
    flight_begin(s, b, &job->claimed);
    s->blocked = blocked_by_chats(job);
    s->look = next_look(s, job, monotime_now());
    s->peek = after_ms(now, PEEK_MS);
}

static size_t settle_begin(struct sender *s, struct settle_job *job, struct slot **slots)
{
    size_t n = 0;
    for (struct slot *slot = s->ended; slot != NULL; slot = slot->next) {
        slots[n] = slot;
        job->results[n++] = slot->result;
    }
    job->count = n;
    job->fence = n > 0 ? slots[0]->batch->fence : 0;
    for (size_t i = 0; i < n; i++) /* a fence at a time: two meet only when the lease was lost in between */
        if (slots[i]->batch->fence != job->fence) {
            job->count = i;
            break;
        }
    if (n > 0)
        task_start(&job->task, s->o.service, &kind_settle, job->arena, job);
    return job->count;
}

static bool settle_end(struct sender *s, struct settle_job *job, struct slot **slots)
{
    struct err err = {.code = E_OK};
    enum ecode rc = task_wait(&job->task, &err);
    if (rc != E_OK) { /* their rows are still being sent: it can be repeated, also after E_UNCERTAIN */
        s->retry = after_ms(monotime_now(), TROUBLE_MS);
        log_event(LOG_WARN, "the ends of messages cannot be stored", log_err(&err));
        return false;
    }
    for (size_t i = 0; i < job->count; i++) {
        CHECK(s->ended == slots[i]);
        flight_land(s);
    }
    count(&s->o.counters->cut_off, (uint64_t)job->tally.unknown);
    count(&s->o.counters->resent, (uint64_t)job->tally.resent);
    /* What waited for these chats, or was queued again, may go now. */
    if (s->blocked || job->tally.retried + job->tally.resent > 0)
        s->look = sooner(s->look, monotime_now());
    return true;
}

/* --- the loop ---------------------------------------------------------------------------------------- */

/* Whether it is time to claim, and how much. */
static struct pace_room room_now(struct sender *s, int64_t fence, bool stopping, struct monotime now)
{
    if (stopping || fence == 0 || s->uncertain != 0 || s->look.ns > now.ns || s->retry.ns > now.ns)
        return (struct pace_room){0, 0};
    size_t slots = SENDER_SLOTS - s->in_flight;
    struct pace_room room = pace_room(&s->pace, slots < OUTBOX_CLAIM_MAX ? slots : OUTBOX_CLAIM_MAX, now);
    if (room.all == 0 && slots > 0) {
        struct monotime at = pace_room_at(&s->pace, false, now);
        s->look = at.ns > now.ns ? at : after_ms(now, PAUSE_MS);
    }
    return room;
}

/* Whether what an uncertain claim may have marked can be told from what is in flight: nothing is. */
static bool may_take_back(const struct sender *s, int64_t fence)
{
    return s->uncertain != 0 && fence != 0 && s->in_flight == 0 && s->ended == NULL;
}

/* Rows that stand as being sent and are not. Those of another fence are the next holder's. */
static void take_back(struct sender *s, int64_t fence, struct monotime now)
{
    struct take_back_job job = {.fence = fence, .more = s->uncertain == fence};
    struct err err = {.code = E_OK};
    enum ecode rc = E_OK;
    while (job.more && rc == E_OK) {
        struct arena *arena = arena_new(SETTLE_ARENA_BYTES);
        rc = task_run(s->o.service, &kind_take_back, arena, &job, &err);
        arena_free(arena);
    }
    if (rc == E_OK) {
        s->uncertain = 0;
        s->look = now;
    } else {
        s->retry = after_ms(now, TROUBLE_MS);
        log_event(LOG_WARN, "messages that were not sent cannot be taken back", log_err(&err));
    }
}

/* Looks, without writing, whether anything is due. */
static void peek(struct sender *s, struct monotime now)
{
    struct peek_job job = {.found = false};
    struct err err = {.code = E_OK};
    struct arena *arena = arena_new(PEEK_ARENA_BYTES);
    enum ecode rc = task_run(s->o.service, &kind_peek, arena, &job, &err);
    arena_free(arena);
    s->peek = after_ms(now, PEEK_MS);
    if (rc != E_OK) {
        log_event(LOG_WARN, "the outbox cannot be read", log_err(&err));
        return;
    }
    if (!job.found)
        return;
    int64_t ms = instant_diff(job.due_at, instant_now()).ms;
    if (ms < PEEK_MS)
        s->look = sooner(s->look, after_ms(now, ms > 0 ? ms : 0));
}

/* Both transactions at once, so that they can share a commit. */
static void work(struct sender *s, struct pace_room room, int64_t fence, struct monotime now)
{
    struct slot *slots[SENDER_SLOTS];
    struct settle_job settle = {.arena = NULL};
    struct claim_job claim;
    struct batch *batch = NULL;
    size_t ends = 0;
    if (s->ended != NULL && s->retry.ns <= now.ns) {
        settle.arena = arena_new(SETTLE_ARENA_BYTES);
        ends = settle_begin(s, &settle, slots);
    }
    bool careful = room.all > 0 && must_be_careful(s, fence);
    if (careful)
        hold_alone(s->o.hold);
    if (room.all > 0)
        batch = claim_begin(s, &claim, room, careful, fence, now);
    if (ends > 0)
        settle_end(s, &settle, slots);
    arena_free(settle.arena);
    if (batch != NULL)
        claim_end(s, batch, &claim);
    if (careful)
        hold_alone_end(s->o.hold);
}

/* Until when there is nothing to do, as far as it is known. */
static struct monotime idle_until(const struct sender *s, int64_t fence, bool stopping, struct monotime now)
{
    struct monotime at = after_ms(now, PEEK_MS);
    if (s->ended != NULL)
        at = sooner(at, s->retry);
    if (stopping)
        return s->cut ? at : sooner(at, s->stop_at);
    if (may_take_back(s, fence))
        at = sooner(at, s->retry);
    if (fence != 0 && s->uncertain == 0 && s->in_flight < SENDER_SLOTS) {
        struct monotime look = s->look.ns > s->retry.ns ? s->look : s->retry;
        at = sooner(at, sooner(look, s->peek));
    }
    return at;
}

/* Takes what ended since, and whether somebody woke it. */
static struct slot *take_over(struct sender *s, bool *stopping)
{
    pthread_mutex_lock(&s->lock);
    struct slot *over = s->over;
    s->over = NULL;
    if (s->woken)
        s->look = sooner(s->look, monotime_now());
    s->woken = false;
    *stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return over;
}

static void judge_all(struct sender *s, struct slot *over)
{
    while (over != NULL) {
        struct slot *next = over->next;
        flight_judge(s, over);
        over = next;
    }
}

/* The stop's end has come: what is in flight is cut off, and ends as unknown. */
static void cut_off(struct sender *s)
{
    if (s->cut)
        return;
    s->cut = true;
    for (size_t i = 0; i < SENDER_SLOTS; i++)
        if (s->slots[i].batch != NULL)
            http_client_cancel(s->o.client, &s->slots[i].request.call);
}

static void wait_for_work(struct sender *s, struct monotime until)
{
    pthread_mutex_lock(&s->lock);
    if (s->over == NULL && !s->woken && monotime_now().ns < until.ns)
        cond_wait_until(&s->changed, &s->lock, until);
    pthread_mutex_unlock(&s->lock);
}

static void *run(void *arg)
{
    struct sender *s = arg;
    bool stopping = false;
    for (int tries = 0; tries < SETTLE_TRIES;) {
        judge_all(s, take_over(s, &stopping));
        if (stopping && s->in_flight == 0)
            break;
        struct monotime now = monotime_now();
        int64_t fence = hold_fence(s->o.hold);
        if (stopping && now.ns >= s->stop_at.ns) {
            tries += s->cut && s->ended != NULL && s->retry.ns <= now.ns;
            cut_off(s);
        }
        if (!stopping && may_take_back(s, fence) && s->retry.ns <= now.ns)
            take_back(s, fence, now);
        if (!stopping && fence != 0 && s->look.ns > now.ns && s->peek.ns <= now.ns)
            peek(s, now);
        struct pace_room room = room_now(s, fence, stopping, now);
        bool settles = s->ended != NULL && s->retry.ns <= now.ns;
        if (settles || room.all > 0)
            work(s, room, fence, now);
        else
            wait_for_work(s, idle_until(s, fence, stopping, now));
    }
    return NULL;
}

/* --- life -------------------------------------------------------------------------------------------- */

struct sender *sender_new(const struct sender_options *o)
{
    struct sender *s = calloc(1, sizeof *s);
    CHECK(s != NULL);
    s->o = *o;
    s->look = never;
    CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
    cond_init_monotonic(&s->changed);
    pace_init(&s->pace, o->rate_per_s);
    rng_init(&s->rng, 0);
    flight_init(s);
    CHECK(pthread_create(&s->thread, NULL, run, s) == 0);
    return s;
}

void sender_wake(struct sender *s)
{
    pthread_mutex_lock(&s->lock);
    s->woken = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void sender_stop(struct sender *s, struct duration limit)
{
    pthread_mutex_lock(&s->lock);
    bool first = !s->stopping;
    if (first)
        s->stop_at = after_ms(monotime_now(), limit.ms);
    s->stopping = true;
    s->woken = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (first)
        pthread_join(s->thread, NULL);
}

void sender_free(struct sender *s)
{
    if (s == NULL)
        return;
    sender_stop(s, duration_ms(0));
    flight_release(s);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
