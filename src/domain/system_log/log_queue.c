#include "domain/system_log/log_queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/log_fingerprint.h"
#include "base/utf8.h"

#define LEVELS (LOG_ERROR + 1)
#define MESSAGE_MAX 256
#define CONTEXT_MAX 1024
#define SOURCE_MAX 48
#define KINDS 512 /* counters of what waits; kinds that share one share its limit */

struct event {
    struct event *next;
    struct instant at;
    enum log_level level;
    char fingerprint[LOG_FINGERPRINT_TEXT];
    char source[SOURCE_MAX], message[MESSAGE_MAX], context[CONTEXT_MAX];
};

struct fifo {
    struct event *first, *last;
};

struct log_queue {
    enum log_level least;
    pthread_mutex_t lock;
    struct event *events, *unused;
    struct fifo waiting[LEVELS];
    uint16_t of_kind[KINDS]; /* how many wait */
    uint64_t told;           /* of the lost ones */
    _Atomic uint64_t lost;   /* read by the metrics */
};

static struct event *fifo_pop(struct fifo *f)
{
    struct event *e = f->first;
    if (e != NULL && (f->first = e->next) == NULL)
        f->last = NULL;
    return e;
}

static void fifo_push(struct fifo *f, struct event *e)
{
    e->next = NULL;
    if (f->last != NULL)
        f->last->next = e;
    else
        f->first = e;
    f->last = e;
}

struct log_queue *log_queue_new(enum log_level least)
{
    struct log_queue *q = calloc(1, sizeof *q);
    CHECK(q != NULL && pthread_mutex_init(&q->lock, NULL) == 0);
    q->least = least;
    q->events = calloc(LOG_QUEUE_MAX, sizeof *q->events);
    CHECK(q->events != NULL);
    for (size_t i = 0; i < LOG_QUEUE_MAX; i++) {
        q->events[i].next = q->unused;
        q->unused = &q->events[i];
    }
    return q;
}

void log_queue_free(struct log_queue *q)
{
    if (q == NULL)
        return;
    pthread_mutex_destroy(&q->lock);
    free(q->events);
    free(q);
}

static uint16_t *kind_of(struct log_queue *q, const struct event *e)
{
    uint32_t h = 2166136261u; /* FNV-1a; the digits are a hash already */
    for (const char *p = e->fingerprint; *p != '\0'; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    return &q->of_kind[h % KINDS];
}

/* With the lock held: room for an event of that importance; NULL: none. */
static struct event *make_room(struct log_queue *q, enum log_level level)
{
    struct event *e = q->unused;
    if (e != NULL) {
        q->unused = e->next;
        return e;
    }
    for (int less = LOG_DEBUG; less < (int)level && e == NULL; less++)
        e = fifo_pop(&q->waiting[less]);
    if (e != NULL) {
        atomic_fetch_add(&q->lost, 1);
        --*kind_of(q, e);
    }
    return e;
}

static void write_context(char out[CONTEXT_MAX], const struct log_field *fields)
{
    struct buf b;
    struct json_writer w;
    out[0] = '\0';
    if (fields->key == NULL)
        return;
    buf_init(&b, CONTEXT_MAX - 1);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    log_put_fields(&w, fields);
    json_object_end(&w);
    json_writer_finish(&w);
    if (!buf_overflowed(&b)) /* half an object would be no JSON */
        memcpy(out, buf_text(&b), b.len + 1);
    buf_release(&b);
}

static void copy_text(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n >= size)
        for (n = size - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
            n--;
    memcpy(out, text, n);
    out[n] = '\0';
}

void log_queue_push(void *arg, const char *source, enum log_level level, struct instant at,
                    const char *message, const struct log_field *fields)
{
    struct log_queue *q = arg;
    struct event e = {.at = at, .level = level};
    if (level < q->least)
        return;
    log_fingerprint(level, source, message, e.fingerprint);
    pthread_mutex_lock(&q->lock);
    uint16_t *of_kind = kind_of(q, &e);
    struct event *room = *of_kind < LOG_QUEUE_OF_A_KIND_MAX ? make_room(q, level) : NULL;
    if (room != NULL) {
        ++*of_kind;
        *room = e;
        copy_text(room->source, sizeof room->source, source);
        copy_text(room->message, sizeof room->message, message);
        write_context(room->context, fields);
        fifo_push(&q->waiting[level], room);
    } else {
        atomic_fetch_add(&q->lost, 1);
    }
    pthread_mutex_unlock(&q->lock);
}

/* With the lock held: the oldest of any level. */
static struct event *take_oldest(struct log_queue *q)
{
    struct fifo *oldest = NULL;
    for (int level = 0; level < LEVELS; level++) {
        struct fifo *f = &q->waiting[level];
        if (f->first != NULL && (oldest == NULL || instant_cmp(f->first->at, oldest->first->at) < 0))
            oldest = f;
    }
    return oldest != NULL ? fifo_pop(oldest) : NULL;
}

static struct system_log give_out(const struct event *e, struct rng *rng, struct arena *a)
{
    return (struct system_log){
        .created_at = e->at,
        .id = uuid_v7(e->at, rng),
        .level = e->level,
        .source = arena_strdup(a, e->source),
        .fingerprint = arena_strdup(a, e->fingerprint),
        .message = arena_strdup(a, e->message),
        .context = e->context[0] ? arena_strdup(a, e->context) : NULL,
    };
}

size_t log_queue_take(struct log_queue *q, struct rng *rng, struct arena *a, struct system_log *out,
                      size_t max)
{
    static const char lost_message[] = "events were not stored: too many at once";
    size_t n = 0;
    CHECK(max >= 2);
    pthread_mutex_lock(&q->lock);
    for (struct event *e; n + 1 < max && (e = take_oldest(q)) != NULL;) {
        out[n++] = give_out(e, rng, a);
        --*kind_of(q, e);
        e->next = q->unused;
        q->unused = e;
    }
    uint64_t lost = atomic_load(&q->lost) - q->told;
    q->told += lost;
    pthread_mutex_unlock(&q->lock);
    if (lost > 0) {
        struct event e = {.at = instant_now(), .level = LOG_WARN};
        log_fingerprint(e.level, LOG_SOURCE, lost_message, e.fingerprint);
        copy_text(e.source, sizeof e.source, LOG_SOURCE);
        copy_text(e.message, sizeof e.message, lost_message);
        write_context(e.context, (const struct log_field[]){log_i64("count", (int64_t)lost), {.key = NULL}});
        out[n++] = give_out(&e, rng, a);
    }
    return n;
}

uint64_t log_queue_lost(struct log_queue *q)
{
    return atomic_load(&q->lost);
}
