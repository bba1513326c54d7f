#include "edge/bot/sender.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "edge/bot/ending.h"
#include "edge/bot/pace.h"
#include "edge/bot/sender_jobs.h"

#define PEEK_MS 1000    /* how often it looks for what others queued */
#define TROUBLE_MS 1000 /* between tries when the database does not answer */
#define PAUSE_MS 20     /* the shortest sleep */
#define STALE_MS 2000   /* what is left of the lease when a claimed message may still leave */
#define TEXT_TIMEOUT_MS 30000
#define FILE_TIMEOUT_MS 120000
#define SETTLE_TRIES 3 /* when the bot stops */

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
    bool woken, stopping, joined;
    struct monotime stop_at;
    /* the thread's own */
    struct slot slots[SENDER_SLOTS];
    struct slot *unused;
    struct slot *ended; /* judged, their end is not stored yet */
    size_t in_flight;
    bool cut;              /* what was left was canceled */
    bool blocked;          /* the last claim left rows behind because of chats that are in flight */
    bool hindered;         /* the problem callback was told something */
    struct monotime look;  /* when to claim; INT64_MAX: not known that anything is due */
    struct monotime peek;  /* when to look whether something is due */
    struct monotime retry; /* not before: the database is in trouble */
    struct pace pace;
    int64_t busy[PACE_CHATS_MAX]; /* of the claim under way */
    struct rng rng;
};

static struct monotime after_ms(struct monotime t, int64_t ms)
{
    return (struct monotime){t.ns + ms * 1000000};
}

static struct monotime sooner(struct monotime a, struct monotime b)
{
    return a.ns < b.ns ? a : b;
}

static const struct monotime never = {INT64_MAX};

/* --- slots ------------------------------------------------------------------------------------------- */

static bool is_mass(const struct outbox_item *item)
{
    return item->lane == LANE_REMINDER || item->lane == LANE_BROADCAST;
}

static void push(struct slot **list, struct slot *slot)
{
    slot->next = *list;
    *list = slot;
}

static void batch_unref(struct batch *b)
{
    if (--b->pending > 0)
        return;
    arena_free(b->arena);
    free(b);
}

static void count_in_flight(struct sender *s, int change)
{
    s->in_flight += (size_t)change;
    atomic_store_explicit(&s->o.counters->in_flight, s->in_flight, memory_order_relaxed);
}

static void slot_free(struct sender *s, struct slot *slot)
{
    request_release(&slot->request);
    batch_unref(slot->batch);
    slot->batch = NULL;
    push(&s->unused, slot);
}

/* --- what came back ---------------------------------------------------------------------------------- */

/* On the HTTP client's thread. */
static void call_done(struct http_call *call)
{
    struct slot *slot = call->user;
    struct sender *s = slot->sender;
    pthread_mutex_lock(&s->lock);
    push(&s->over, slot);
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void log_ending(const struct slot *slot, enum tg_verdict verdict, const struct tg_answer *answer)
{
    enum outbox_end end = slot->result.end;
    if (end == END_SENT)
        return;
    bool bad = end == END_FAILED || end == END_UNKNOWN || verdict == TG_UNAUTHORIZED;
    log_event(bad ? LOG_WARN : LOG_INFO, "message not sent", log_uuid("outbox_id", &slot->item->id),
              log_str("method", slot->item->method), log_str("end", ending_name(end)),
              log_str("verdict", tg_verdict_name(verdict)), log_i64("error_code", answer->error_code),
              log_i64("attempts", slot->item->attempts));
}

/* Whom the end concerns beside its own row. */
static void note_pace(struct sender *s, const struct slot *slot, const struct ending *e, struct monotime now)
{
    int64_t chat = slot->item->chat_id;
    pace_end(&s->pace, chat, now);
    if (e->wait.ms > 0 && e->pace != ENDING_REFUSED)
        pace_wait(&s->pace, chat, after_ms(now, e->wait.ms));
    switch (e->pace) {
    case ENDING_WORKED:
        pace_worked(&s->pace);
        break;
    case ENDING_FAILED:
        pace_failed(&s->pace, now);
        break;
    case ENDING_REFUSED:
        count(&s->o.counters->refused, 1);
        pace_refused(&s->pace, chat, e->wait, now);
        break;
    case ENDING_STOPPED:
        pace_refused(&s->pace, 0, e->wait, now);
        break;
    }
    bool hindered = e->pace == ENDING_STOPPED;
    if (hindered == s->hindered || (!hindered && e->pace != ENDING_WORKED))
        return;
    s->hindered = hindered;
    s->o.problem(s->o.arg, hindered ? "Telegram refuses the bot's token" : NULL);
}

static void judge(struct sender *s, struct slot *slot)
{
    struct tg_answer answer;
    struct arena *a = slot->batch->arena;
    struct monotime now = monotime_now();
    enum tg_verdict verdict = tg_judge(a, &slot->request.call, &answer);
    struct ending e = ending_of(verdict, &answer, slot->item, &s->rng);
    slot->result = (struct outbox_result){.user_id = slot->item->user_id,
                                          .id = slot->item->id,
                                          .end = e.end,
                                          .message_id = answer.message_id,
                                          .no_fault = e.no_fault};
    if (e.end == END_RETRY)
        slot->result.at = instant_add(instant_now(), e.wait);
    if (e.end != END_SENT)
        slot->result.error =
            arena_printf(a, "%s (%d) %s", tg_verdict_name(verdict), answer.error_code, answer.description);
    note_pace(s, slot, &e, now);
    log_ending(slot, verdict, &answer);
    push(&s->ended, slot);
}

/* --- what leaves ------------------------------------------------------------------------------------- */

/* It does not leave after all; `end` is stored instead. */
static void end_here(struct sender *s, struct slot *slot, enum outbox_end end, const char *why)
{
    slot->result = (struct outbox_result){.user_id = slot->item->user_id,
                                          .id = slot->item->id,
                                          .end = end,
                                          .no_fault = end == END_RETRY,
                                          .error = why};
    if (end == END_RETRY)
        slot->result.at = instant_now();
    push(&s->ended, slot);
}

static void send_one(struct sender *s, struct slot *slot)
{
    const struct outbox_item *item = slot->item;
    struct err err = {.code = E_OK};
    const struct view_file *file = item->drawn;
    struct request_spec spec = {.method = item->method,
                                .chat_id = item->chat_id,
                                .message_id = item->message_id,
                                .params = item->payload,
                                .file = file,
                                .timeout_ms = file != NULL ? FILE_TIMEOUT_MS : TEXT_TIMEOUT_MS};
    struct monotime now = monotime_now();
    enum ecode rc = request_init(&slot->request, slot->batch->arena, &s->o.endpoint, &spec, &err);
    if (rc != E_OK) {
        end_here(s, slot, END_FAILED, arena_strdup(slot->batch->arena, err.text));
        return;
    }
    if (slot->batch->stale || !pace_take(&s->pace, item->chat_id, is_mass(item), now)) {
        end_here(s, slot, END_RETRY, NULL);
        return;
    }
    slot->request.call.done = call_done;
    slot->request.call.user = slot;
    if (http_client_submit(s->o.client, &slot->request.call, &err) == E_OK)
        return;
    pace_end(&s->pace, item->chat_id, now);
    end_here(s, slot, END_RETRY, NULL);
}

static void send_all(struct sender *s, struct batch *b, const struct outbox_claimed *claimed)
{
    b->pending = claimed->count + 1;
    for (size_t i = 0; i < claimed->count; i++) {
        struct slot *slot = s->unused;
        CHECK(slot != NULL);
        s->unused = slot->next;
        slot->next = NULL;
        slot->batch = b;
        slot->item = &claimed->items[i];
        count_in_flight(s, 1);
        send_one(s, slot);
    }
    batch_unref(b);
}

/* --- transactions ------------------------------------------------------------------------------------ */

static struct batch *claim_begin(struct sender *s, struct claim_job *job, struct pace_room room,
                                 int64_t fence, struct monotime now)
{
    struct batch *b = calloc(1, sizeof *b);
    CHECK(b != NULL);
    b->arena = arena_new(CLAIM_ARENA_BYTES);
    b->fence = fence;
    *job = (struct claim_job){
        .asked = now,
        .query = {.fence = fence,
                  .lease_ttl = s->o.lease_ttl,
                  .max_all = room.all,
                  .max = {room.all, room.all, room.mass, room.mass},
                  .busy_chats = s->busy,
                  .busy_count = pace_busy(&s->pace, now, s->busy),
                  .draw = s->o.draw,
                  .arg = s->o.draw_arg},
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

static void claim_end(struct sender *s, struct batch *b, struct claim_job *job)
{
    struct err err = {.code = E_OK};
    enum ecode rc = task_wait(&job->task, &err);
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
    send_all(s, b, &job->claimed);
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
        struct slot *slot = slots[i];
        CHECK(s->ended == slot);
        s->ended = slot->next;
        count(&s->o.counters->sends[slot->item->lane][slot->result.end], 1);
        pace_release(&s->pace, slot->item->chat_id);
        slot_free(s, slot);
        count_in_flight(s, -1);
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
    if (stopping || fence == 0 || s->look.ns > now.ns || s->retry.ns > now.ns)
        return (struct pace_room){0, 0};
    size_t slots = SENDER_SLOTS - s->in_flight;
    struct pace_room room = pace_room(&s->pace, slots < OUTBOX_CLAIM_MAX ? slots : OUTBOX_CLAIM_MAX, now);
    if (room.all == 0 && slots > 0) {
        struct monotime at = pace_room_at(&s->pace, false, now);
        s->look = at.ns > now.ns ? at : after_ms(now, PAUSE_MS);
    }
    return room;
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
    if (room.all > 0)
        batch = claim_begin(s, &claim, room, fence, now);
    if (ends > 0)
        settle_end(s, &settle, slots);
    arena_free(settle.arena);
    if (batch != NULL)
        claim_end(s, batch, &claim);
}

/* Until when there is nothing to do, as far as it is known. */
static struct monotime idle_until(const struct sender *s, int64_t fence, bool stopping, struct monotime now)
{
    struct monotime at = after_ms(now, PEEK_MS);
    if (s->ended != NULL)
        at = sooner(at, s->retry);
    if (stopping)
        return s->cut ? at : sooner(at, s->stop_at);
    if (fence != 0 && s->in_flight < SENDER_SLOTS) {
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
        judge(s, over);
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
    for (size_t i = 0; i < SENDER_SLOTS; i++) {
        s->slots[i].sender = s;
        push(&s->unused, &s->slots[i]);
    }
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
    for (size_t i = 0; i < SENDER_SLOTS; i++) /* whose end could not be stored */
        if (s->slots[i].batch != NULL)
            slot_free(s, &s->slots[i]);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
