#include "net/http_conn.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/check.h"

#define ADDRESS_BUCKETS 256
#define LINGER_MAX 64 /* sockets lingered over at once; more are closed hard */
#define LINGER_MS 2000
#define LINGER_BYTES (4u << 20) /* read and thrown away from each */
#define LINGER_TICK_MS 20
#define DRAIN_NEW_MS 300 /* what a connection that sent nothing yet gets when the server ends */

struct address {
    struct address *next;
    struct ip key;
    size_t open;
};

struct lingerer {
    int fd;
    int64_t deadline_ns;
    size_t left;
};

struct conns {
    struct conns_options o;
    pthread_t sweeper;
    pthread_mutex_t lock; /* over everything below */
    pthread_cond_t wake;  /* the sweeper: something to do now */
    pthread_cond_t empty;
    bool stopping, draining;
    struct conn *first;
    struct address *addresses[ADDRESS_BUCKETS];
    struct lingerer lingering[LINGER_MAX];
    size_t n_lingering;
    struct conns_stats stats;
};

static int64_t now_ns(void)
{
    return monotime_now().ns;
}

static struct timespec later(int64_t ms)
{
    int64_t ns = now_ns() + ms * 1000000;
    return (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
}

static struct address **address_at(struct conns *cs, const struct ip *key)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < sizeof key->b; i++)
        h = (h ^ key->b[i]) * 16777619u;
    struct address **at = &cs->addresses[h % ADDRESS_BUCKETS];
    while (*at && !ip_equal(&(*at)->key, key))
        at = &(*at)->next;
    return at;
}

static void address_leave(struct conns *cs, const struct ip *key)
{
    struct address **at = address_at(cs, key), *a = *at;
    CHECK(a != NULL && a->open > 0);
    if (--a->open == 0) {
        *at = a->next;
        free(a);
    }
}

/* Counts one more for the address; false when that is one too many (it is counted all the same). */
static bool address_enter(struct conns *cs, const struct ip *key)
{
    struct address **at = address_at(cs, key);
    if (!*at) {
        struct address *a = calloc(1, sizeof *a);
        CHECK(a != NULL);
        a->key = *key;
        *at = a;
    }
    return ++(*at)->open <= cs->o.per_addr;
}

struct conn *conns_open(struct conns *cs, int fd, const struct ip *peer)
{
    struct conn *c = calloc(1, sizeof *c);
    CHECK(c != NULL);
    c->fd = fd;
    c->peer = *peer;
    c->trusted = cidr_list_contains(cs->o.trusted, peer);
    conn_phase(c, CONN_NEW, now_ns() + (int64_t)cs->o.new_ms * 1000000);
    struct ip key = ip_limit_key(peer);

    pthread_mutex_lock(&cs->lock);
    c->next = cs->first;
    if (cs->first)
        cs->first->prev = c;
    cs->first = c;
    cs->stats.opened++;
    cs->stats.open++;
    c->surplus = cs->stats.open > cs->o.max;
    cs->stats.refused_surplus += c->surplus;
    bool welcome = c->trusted || address_enter(cs, &key);
    cs->stats.refused_address += !welcome;
    pthread_mutex_unlock(&cs->lock);
    if (!welcome) {
        conn_phase(c, CONN_NEW, INT64_MAX);
        shutdown(fd, SHUT_RDWR);
    }
    return c;
}

/* A second descriptor keeps the socket alive while its first one is closed. */
static void start_lingering(struct conns *cs, int fd)
{
    int copy = cs->n_lingering < LINGER_MAX ? dup(fd) : -1;
    if (copy < 0)
        return;
    cs->lingering[cs->n_lingering++] = (struct lingerer){
        .fd = copy, .deadline_ns = now_ns() + (int64_t)LINGER_MS * 1000000, .left = LINGER_BYTES};
    pthread_cond_signal(&cs->wake);
}

void conns_close(struct conns *cs, struct conn *c)
{
    pthread_mutex_lock(&cs->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        cs->first = c->next;
    if (c->next)
        c->next->prev = c->prev;
    if (!c->trusted) {
        struct ip key = ip_limit_key(&c->peer);
        address_leave(cs, &key);
    }
    if (c->linger && !cs->stopping)
        start_lingering(cs, c->fd);
    if (--cs->stats.open == 0)
        pthread_cond_broadcast(&cs->empty);
    pthread_mutex_unlock(&cs->lock);
    free(c);
}

void conn_phase(struct conn *c, enum conn_phase phase, int64_t deadline_ns)
{
    atomic_store_explicit(&c->deadline_ns, deadline_ns, memory_order_relaxed);
    atomic_store_explicit(&c->phase, (int)phase, memory_order_release);
}

/* Under the lock, so that the descriptor is still this connection's. */
static void sweep(struct conns *cs, int64_t now)
{
    for (struct conn *c = cs->first; c; c = c->next) {
        int phase = atomic_load_explicit(&c->phase, memory_order_acquire);
        int_fast64_t deadline = atomic_load_explicit(&c->deadline_ns, memory_order_relaxed);
        if (deadline == INT64_MAX)
            continue;
        if (cs->draining && phase == CONN_IDLE) {
            /* what already lies in the socket can still be read, and is then answered */
            shutdown(c->fd, SHUT_RD);
        } else if (now > deadline && atomic_compare_exchange_strong(&c->deadline_ns, &deadline, INT64_MAX)) {
            cs->stats.timeouts[phase]++;
            shutdown(c->fd, SHUT_RDWR);
        }
    }
}

/* Reads and forgets; false when the socket has nothing more to give, or has had enough. */
static bool linger_on(struct lingerer *l, int64_t now)
{
    char waste[16384];
    while (l->left > 0 && now < l->deadline_ns) {
        ssize_t n = recv(l->fd, waste, sizeof waste, MSG_DONTWAIT);
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (n == 0)
            return false;
        l->left -= (size_t)n < l->left ? (size_t)n : l->left;
    }
    return false;
}

static void linger(struct conns *cs, int64_t now)
{
    for (size_t i = 0; i < cs->n_lingering;) {
        if (linger_on(&cs->lingering[i], now)) {
            i++;
            continue;
        }
        close(cs->lingering[i].fd);
        cs->lingering[i] = cs->lingering[--cs->n_lingering];
    }
}

static void *sweeper_main(void *p)
{
    struct conns *cs = p;
    pthread_mutex_lock(&cs->lock);
    int64_t next_sweep = 0;
    while (!cs->stopping) {
        int64_t now = now_ns();
        if (now >= next_sweep || cs->draining) {
            sweep(cs, now);
            next_sweep = now + (int64_t)cs->o.tick_ms * 1000000;
        }
        linger(cs, now);
        bool hurry = (cs->n_lingering || cs->draining) && cs->o.tick_ms > LINGER_TICK_MS;
        struct timespec until = later(hurry ? LINGER_TICK_MS : cs->o.tick_ms);
        pthread_cond_timedwait(&cs->wake, &cs->lock, &until);
    }
    pthread_mutex_unlock(&cs->lock);
    return NULL;
}

static void cond_init(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attr);
    pthread_condattr_destroy(&attr);
}

enum ecode conns_new(const struct conns_options *o, struct conns **out, struct err *err)
{
    struct conns *cs = calloc(1, sizeof *cs);
    CHECK(cs != NULL);
    cs->o = *o;
    pthread_mutex_init(&cs->lock, NULL);
    cond_init(&cs->wake);
    cond_init(&cs->empty);
    int rc = pthread_create(&cs->sweeper, NULL, sweeper_main, cs);
    if (rc != 0) {
        free(cs);
        return err_set(err, E_INTERNAL, "cannot start a thread: %s", strerror(rc));
    }
    pthread_setname_np(cs->sweeper, "http-deadlines");
    *out = cs;
    return E_OK;
}

void conns_free(struct conns *cs)
{
    if (!cs)
        return;
    pthread_mutex_lock(&cs->lock);
    CHECK(cs->stats.open == 0);
    cs->stopping = true;
    pthread_cond_signal(&cs->wake);
    pthread_mutex_unlock(&cs->lock);
    pthread_join(cs->sweeper, NULL);
    for (size_t i = 0; i < cs->n_lingering; i++)
        close(cs->lingering[i].fd);
    pthread_cond_destroy(&cs->wake);
    pthread_cond_destroy(&cs->empty);
    pthread_mutex_destroy(&cs->lock);
    free(cs);
}

void conns_drain(struct conns *cs)
{
    int64_t soon = now_ns() + (int64_t)DRAIN_NEW_MS * 1000000;
    pthread_mutex_lock(&cs->lock);
    cs->draining = true;
    for (struct conn *c = cs->first; c; c = c->next) {
        int_fast64_t deadline = atomic_load(&c->deadline_ns);
        if (atomic_load(&c->phase) == CONN_NEW && deadline > soon && deadline != INT64_MAX)
            atomic_compare_exchange_strong(&c->deadline_ns, &deadline, soon);
    }
    pthread_cond_signal(&cs->wake);
    pthread_mutex_unlock(&cs->lock);
}

bool conns_wait_empty(struct conns *cs, struct duration limit)
{
    struct timespec until = later(limit.ms);
    pthread_mutex_lock(&cs->lock);
    while (cs->stats.open > 0 && pthread_cond_timedwait(&cs->empty, &cs->lock, &until) != ETIMEDOUT)
        continue;
    bool empty = cs->stats.open == 0;
    pthread_mutex_unlock(&cs->lock);
    return empty;
}

void conns_get_stats(struct conns *cs, struct conns_stats *out)
{
    pthread_mutex_lock(&cs->lock);
    *out = cs->stats;
    pthread_mutex_unlock(&cs->lock);
}
