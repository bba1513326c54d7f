#include "net/http_client.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "net/http_client_internal.h"

#define POLL_MS 1000

/*
 *           submit            a handle is free           libcurl is done, or canceled
 *   IDLE ──────────► WAITING ──────────────────► ACTIVE ──────────────────────────────► done(), IDLE
 *                       └──────────── canceled ─────────────────────────────────────────►
 */
enum stage { IDLE, WAITING, ACTIVE };

struct call_list {
    struct http_call *first, *last;
    size_t n;
};

struct http_client {
    struct http_client_options o;
    char *ca_file;
    CURLM *multi;
    pthread_t thread;
    struct http_transfer *free; /* the thread's */

    pthread_mutex_t lock; /* over everything below, and own of every call */
    pthread_cond_t over;  /* a call ended */
    struct call_list waiting, active;
    size_t unfinished; /* submitted, and done() has not returned */
    bool draining;     /* no new calls; those that wait are canceled */
    bool canceling;    /* some call may be marked */
    bool stopping;     /* everything is canceled, then the thread ends */
};

static void list_add(struct call_list *l, struct http_call *call)
{
    call->own.next = NULL;
    call->own.prev = l->last;
    *(l->last ? &l->last->own.next : &l->first) = call;
    l->last = call;
    l->n++;
}

static void list_remove(struct call_list *l, struct http_call *call)
{
    *(call->own.prev ? &call->own.prev->own.next : &l->first) = call->own.next;
    *(call->own.next ? &call->own.next->own.prev : &l->last) = call->own.prev;
    call->own.prev = call->own.next = NULL;
    l->n--;
}

/* The call is in no list any more and its results stand: hands it back. Without the lock. */
static void hand_back(struct http_client *c, struct http_call *call)
{
    void (*done)(struct http_call *) = call->done;
    pthread_mutex_lock(&c->lock);
    bool waited_for = call->own.waited_for;
    call->own.stage = IDLE;
    if (waited_for)
        c->unfinished--;
    pthread_cond_broadcast(&c->over);
    pthread_mutex_unlock(&c->lock);
    if (waited_for)
        return; /* it may be gone already */
    done(call);
    pthread_mutex_lock(&c->lock);
    c->unfinished--;
    pthread_cond_broadcast(&c->over);
    pthread_mutex_unlock(&c->lock);
}

/* Takes an active call off libcurl and hands it back. */
static void finish(struct http_client *c, struct http_transfer *t, CURLcode code, bool canceled)
{
    struct http_call *call = t->call;
    curl_multi_remove_handle(c->multi, t->easy);
    http_transfer_end(t, code, canceled);
    t->next_free = c->free;
    c->free = t;
    pthread_mutex_lock(&c->lock);
    list_remove(&c->active, call);
    call->own.transfer = NULL;
    pthread_mutex_unlock(&c->lock);
    hand_back(c, call);
}

/* A call that waits and is to end: out of the list; NULL when there is none. Under the lock. */
static struct http_call *canceled_waiting(struct http_client *c)
{
    struct http_call *call = c->waiting.first;
    while (call && !c->draining && !call->own.canceled)
        call = call->own.next;
    if (call)
        list_remove(&c->waiting, call);
    return call;
}

static struct http_call *canceled_active(struct http_client *c)
{
    struct http_call *call = c->active.first;
    while (call && !c->stopping && !call->own.canceled)
        call = call->own.next;
    return call;
}

/* Ends what is marked, or everything when the client stops. */
static void sweep(struct http_client *c)
{
    for (;;) {
        pthread_mutex_lock(&c->lock);
        bool look = c->canceling || c->draining;
        struct http_call *waiting = look ? canceled_waiting(c) : NULL;
        struct http_call *active = look && !waiting ? canceled_active(c) : NULL;
        if (!waiting && !active)
            c->canceling = false;
        pthread_mutex_unlock(&c->lock);
        if (waiting) {
            waiting->outcome = HTTP_CALL_NOT_SENT;
            (void)err_reason(&waiting->err, E_UNAVAILABLE, "canceled", "the request was canceled");
            hand_back(c, waiting);
        } else if (active) {
            finish(c, active->own.transfer, CURLE_OK, true);
        } else {
            return;
        }
    }
}

static void start(struct http_client *c, struct http_call *call)
{
    struct http_transfer *t = c->free;
    c->free = t->next_free;
    bool good = http_transfer_begin(t, call, &c->o);
    pthread_mutex_lock(&c->lock);
    if (good) {
        call->own.transfer = t;
        call->own.stage = ACTIVE;
        list_add(&c->active, call);
    }
    pthread_mutex_unlock(&c->lock);
    if (good) {
        CHECK(curl_multi_add_handle(c->multi, t->easy) == CURLM_OK);
        return;
    }
    t->next_free = c->free;
    c->free = t;
    hand_back(c, call);
}

/* Starts what waits while handles are free. */
static void start_waiting(struct http_client *c)
{
    while (c->free) {
        pthread_mutex_lock(&c->lock);
        struct http_call *call = c->waiting.first;
        if (call)
            list_remove(&c->waiting, call);
        pthread_mutex_unlock(&c->lock);
        if (!call)
            return;
        start(c, call);
    }
}

/* Hands back what libcurl is done with; false: nothing was. */
static bool finish_ready(struct http_client *c)
{
    CURLMsg *m;
    int left;
    bool any = false;
    while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
        struct http_transfer *t = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result; /* m is gone with the handle */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        finish(c, t, code, false);
        any = true;
    }
    return any;
}

static bool at_the_end(struct http_client *c)
{
    pthread_mutex_lock(&c->lock);
    bool end = c->stopping && c->unfinished == 0;
    pthread_mutex_unlock(&c->lock);
    return end;
}

static void *client_main(void *arg)
{
    struct http_client *c = arg;
    int running;
    for (;;) {
        sweep(c);
        start_waiting(c);
        CHECK(curl_multi_perform(c->multi, &running) == CURLM_OK);
        if (finish_ready(c))
            continue;
        if (at_the_end(c))
            return NULL;
        CHECK(curl_multi_poll(c->multi, NULL, 0, POLL_MS, NULL) == CURLM_OK);
    }
}

void http_client_options_init(struct http_client_options *o)
{
    *o = (struct http_client_options){.connections_max = 16, .waiting_max = 1024, .idle_ms = 30000};
}

static pthread_once_t libcurl_once = PTHREAD_ONCE_INIT;
static CURLcode libcurl_state;

static void libcurl_init(void)
{
    libcurl_state = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static enum ecode check_options(const struct http_client_options *o, struct err *err)
{
    if (o->connections_max < 1 || o->connections_max > 256)
        return err_field(err, "connections_max", "must be from 1 to 256");
    if (o->waiting_max < 1)
        return err_field(err, "waiting_max", "must be at least 1");
    if (o->idle_ms < 1000)
        return err_field(err, "idle_ms", "must be at least 1000");
    pthread_once(&libcurl_once, libcurl_init);
    if (libcurl_state != CURLE_OK)
        return err_set(err, E_INTERNAL, "libcurl cannot be started: %s", curl_easy_strerror(libcurl_state));
    return E_OK;
}

/* Signals belong to other threads; and TLS writes without MSG_NOSIGNAL. libcurl's resolver threads inherit
 * it. */
static int start_thread(struct http_client *c)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&c->thread, NULL, client_main, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static void release(struct http_client *c)
{
    while (c->free) {
        struct http_transfer *t = c->free;
        c->free = t->next_free;
        http_transfer_free(t);
    }
    curl_multi_cleanup(c->multi);
    pthread_cond_destroy(&c->over);
    pthread_mutex_destroy(&c->lock);
    free(c->ca_file);
    free(c);
}

enum ecode http_client_new(const struct http_client_options *o, struct http_client **out, struct err *err)
{
    pthread_condattr_t attr;
    enum ecode rc = check_options(o, err);
    if (rc)
        return rc;
    struct http_client *c = calloc(1, sizeof *c);
    CHECK(c);
    c->o = *o;
    c->ca_file = o->ca_file ? strdup(o->ca_file) : NULL;
    CHECK(c->ca_file || !o->ca_file);
    c->o.ca_file = c->ca_file;
    c->multi = curl_multi_init();
    CHECK(c->multi);
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)o->connections_max);
    for (int i = 0; i < o->connections_max; i++) {
        struct http_transfer *t = http_transfer_new();
        t->next_free = c->free;
        c->free = t;
    }
    pthread_mutex_init(&c->lock, NULL);
    CHECK(pthread_condattr_init(&attr) == 0 && pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    pthread_cond_init(&c->over, &attr);
    pthread_condattr_destroy(&attr);
    if (start_thread(c) != 0) {
        release(c);
        return err_set(err, E_INTERNAL, "no thread could be started for the HTTP client");
    }
    *out = c;
    return E_OK;
}

bool http_client_drain(struct http_client *c, struct duration limit)
{
    struct timespec until;
    CHECK(!pthread_equal(pthread_self(), c->thread));
    CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0 && limit.ms >= 0);
    until.tv_sec += limit.ms / 1000;
    until.tv_nsec += limit.ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000)
        until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&c->lock);
    c->draining = true;
    curl_multi_wakeup(c->multi);
    int rc = 0;
    while (c->unfinished && rc == 0)
        rc = pthread_cond_timedwait(&c->over, &c->lock, &until);
    bool empty = c->unfinished == 0;
    pthread_mutex_unlock(&c->lock);
    return empty;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    CHECK(!pthread_equal(pthread_self(), c->thread));
    pthread_mutex_lock(&c->lock);
    c->draining = c->stopping = true;
    pthread_mutex_unlock(&c->lock);
    curl_multi_wakeup(c->multi);
    pthread_join(c->thread, NULL);
    release(c);
}

void http_call_init(struct http_call *call)
{
    *call = (struct http_call){
        .connect_timeout_ms = 10000, .timeout_ms = 60000, .answer_max = 1 << 20, .retry_after_s = -1};
}

void http_call_release(struct http_call *call)
{
    buf_release(&call->answer);
}

static enum ecode submit(struct http_client *c, struct http_call *call, bool waited_for, struct err *err)
{
    CHECK(call->url && call->answer_max > 0 && (waited_for || call->done));
    enum ecode rc = E_OK;
    pthread_mutex_lock(&c->lock);
    CHECK(call->own.stage == IDLE);
    if (c->draining) {
        rc = err_set(err, E_UNAVAILABLE, "habitd is stopping and sends no more requests");
    } else if (c->waiting.n >= (size_t)c->o.waiting_max) {
        rc = err_set(err, E_BUSY, "%d requests wait to be sent already", c->o.waiting_max);
    } else {
        buf_release(&call->answer);
        buf_init(&call->answer, call->answer_max);
        call->status = 0;
        call->retry_after_s = -1;
        call->own.waited_for = waited_for;
        call->own.stage = WAITING;
        c->canceling |= call->own.canceled;
        c->unfinished++;
        list_add(&c->waiting, call);
    }
    pthread_mutex_unlock(&c->lock);
    if (!rc)
        curl_multi_wakeup(c->multi);
    return rc;
}

enum ecode http_client_submit(struct http_client *c, struct http_call *call, struct err *err)
{
    return submit(c, call, false, err);
}

enum ecode http_client_wait(struct http_client *c, struct http_call *call, struct err *err)
{
    CHECK(!pthread_equal(pthread_self(), c->thread));
    enum ecode rc = submit(c, call, true, err);
    if (rc)
        return rc;
    pthread_mutex_lock(&c->lock);
    while (call->own.stage != IDLE)
        pthread_cond_wait(&c->over, &c->lock);
    pthread_mutex_unlock(&c->lock);
    return E_OK;
}

void http_client_cancel(struct http_client *c, struct http_call *call)
{
    pthread_mutex_lock(&c->lock);
    call->own.canceled = true;
    c->canceling = true;
    pthread_mutex_unlock(&c->lock);
    curl_multi_wakeup(c->multi);
}
