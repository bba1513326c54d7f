#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "edge/bot/sender_priv.h"

#define TEXT_TIMEOUT_MS 30000
#define FILE_TIMEOUT_MS 120000

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

void flight_judge(struct sender *s, struct slot *slot)
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

void flight_begin(struct sender *s, struct batch *b, const struct outbox_claimed *claimed)
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

/* --- slots from outside ------------------------------------------------------------------------------ */

void flight_init(struct sender *s)
{
    for (size_t i = 0; i < SENDER_SLOTS; i++) {
        s->slots[i].sender = s;
        push(&s->unused, &s->slots[i]);
    }
}

void flight_land(struct sender *s)
{
    struct slot *slot = s->ended;
    s->ended = slot->next;
    count(&s->o.counters->sends[slot->item->lane][slot->result.end], 1);
    pace_release(&s->pace, slot->item->chat_id);
    slot_free(s, slot);
    count_in_flight(s, -1);
}

void flight_release(struct sender *s)
{
    for (size_t i = 0; i < SENDER_SLOTS; i++)
        if (s->slots[i].batch != NULL)
            slot_free(s, &s->slots[i]);
}
