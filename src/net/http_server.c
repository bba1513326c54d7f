#include "net/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/check.h"
#include "base/hash.h"
#include "base/rng.h"
#include "net/http_internal.h"

/* Life of the server: options, libmicrohttpd's daemon, the orderly end. What happens to a request is in
 * http_exchange.c. */

#define SURPLUS_MAX 32 /* connections over the limit that still get an answer */
#define DESCRIPTORS_ELSE                                                                                     \
    256 /* what the program needs beside connections: databases, logs, lingering sockets */
#define RESUME_WAIT_MS 5000 /* how long http_server_free waits for a thread that is just resuming */

void http_server_options_init(struct http_server_options *o)
{
    *o = (struct http_server_options){
        .listen = "127.0.0.1:8080",
        .threads = 1,
        .connections_max = 1024,
        .connections_per_addr = 256,
        .connection_memory = 12288,
        .body_max = 1 << 20,
        .bodies_max = 128 << 20,
        .answer_max = 64 << 20,
        .header_ms = 10000,
        .body_ms = 30000,
        .idle_ms = 60000,
        .send_ms = 60000,
        .request_ms = 300000,
    };
}

struct range {
    const char *field;
    long long value, min, max;
};

static enum ecode check_options(const struct http_server_options *o, struct err *err)
{
    const struct range ranges[] = {
        {"threads", o->threads, 1, 16},
        {"connections_max", (long long)o->connections_max, 1, 100000},
        {"connections_per_addr", (long long)o->connections_per_addr, 1, 100000},
        {"connection_memory", (long long)o->connection_memory, HEADER_BLOCK_MAX + 4096, 1 << 20},
        {"body_max", (long long)o->body_max, 0, 1 << 30},
        {"bodies_max", (long long)o->bodies_max, 0, 1LL << 40},
        {"answer_max", (long long)o->answer_max, 65536, 1 << 30},
        {"header_ms", o->header_ms, 10, 3600000},
        {"body_ms", o->body_ms, 10, 3600000},
        {"idle_ms", o->idle_ms, 10, 3600000},
        {"send_ms", o->send_ms, 10, 3600000},
        {"request_ms", o->request_ms, 10, 86400000},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        if (ranges[i].value < ranges[i].min || ranges[i].value > ranges[i].max)
            return err_field(err, ranges[i].field, "%s must be %lld to %lld", ranges[i].field, ranges[i].min,
                             ranges[i].max);
    CHECK(o->cb.handle != NULL);
    return E_OK;
}

/* The guard relies on how these versions lay out a header in memory. */
static enum ecode check_library(struct err *err)
{
    const char *v = MHD_get_version();
    if (strcmp(v, "0.9.75") == 0 || strcmp(v, "0.9.76") == 0 || strcmp(v, "0.9.77") == 0)
        return E_OK;
    return err_set(err, E_INTERNAL,
                   "libmicrohttpd %s is not one of the versions the request guard knows (0.9.75–0.9.77)", v);
}

/* A connection is a descriptor: the soft limit is raised as far as it must, or the setting is refused. */
static enum ecode allow_descriptors(const struct http_server_options *o, struct err *err)
{
    struct rlimit l;
    rlim_t need = o->connections_max + SURPLUS_MAX + DESCRIPTORS_ELSE;
    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= need)
        return E_OK;
    if (l.rlim_max != RLIM_INFINITY && l.rlim_max < need)
        return err_field(err, "connections_max",
                         "%zu connections need %llu open files, the system allows %llu", o->connections_max,
                         (unsigned long long)need, (unsigned long long)l.rlim_max);
    l.rlim_cur = need;
    if (setrlimit(RLIMIT_NOFILE, &l) != 0)
        return err_set(err, E_INTERNAL, "cannot raise the limit of open files to %llu",
                       (unsigned long long)need);
    return E_OK;
}

/* The sweeper looks at least eight times in the shortest deadline, at most every 5 ms, at least every 250 ms.
 */
static int tick_of(const struct http_server_options *o)
{
    int least = o->header_ms;
    const int others[] = {o->body_ms, o->idle_ms, o->send_ms, o->request_ms};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        least = others[i] < least ? others[i] : least;
    int tick = least / 8;
    return tick < 5 ? 5 : tick > 250 ? 250 : tick;
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *s = cls;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        conns_close(s->conns, *context);
        *context = NULL;
        return;
    }
    struct ip peer = {0};
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    ip_from_sockaddr(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, &peer);
    *context = conns_open(s->conns, fd, &peer);
}

/* The target is decoded by target.c, from its raw form. */
static size_t leave_escaped(void *cls, struct MHD_Connection *mhd, char *text)
{
    return strlen(text);
}

static enum ecode start_daemon(struct http_server *s, struct err *err)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    unsigned threads = s->o.threads > 1 ? (unsigned)s->o.threads : 0;
    unsigned limit = (unsigned)s->o.connections_max + SURPLUS_MAX;
    s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, http_on_request, s, MHD_OPTION_LISTEN_SOCKET,
                                 s->listen_fd, MHD_OPTION_CONNECTION_LIMIT, limit,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->o.connection_memory,
                                 MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_URI_LOG_CALLBACK,
                                 http_on_target, s, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, s,
                                 MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_UNESCAPE_CALLBACK,
                                 leave_escaped, NULL, MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_END);
    if (!s->daemon) {
        s->listen_fd = -1; /* it closed the socket it was given */
        return err_set(err, E_INTERNAL, "libmicrohttpd does not start");
    }
    return E_OK;
}

enum ecode http_server_new(const struct http_server_options *o, struct http_server **out, struct err *err)
{
    struct http_server *s = NULL;
    enum ecode code = check_options(o, err);
    if (code == E_OK)
        code = check_library(err);
    if (code == E_OK)
        code = allow_descriptors(o, err);
    if (code != E_OK)
        return code;
    s = calloc(1, sizeof *s);
    CHECK(s != NULL);
    s->o = *o;
    snprintf(s->listen, sizeof s->listen, "%s", o->listen);
    s->o.listen = s->listen;
    s->listen_fd = -1;
    pthread_mutex_init(&s->starting, NULL);
    pthread_mutex_lock(&s->starting);
    struct rng rng;
    uint8_t random[6];
    rng_init(&rng, 0);
    rng_bytes(&rng, random, sizeof random);
    hex_encode(random, sizeof random, s->id_prefix);

    struct conns_options co = {.max = o->connections_max,
                               .per_addr = o->connections_per_addr,
                               .new_ms = o->header_ms,
                               .tick_ms = tick_of(o),
                               .trusted = &s->o.trusted};
    code = http_listen(s->listen, &s->listen_fd, &s->port, err);
    if (code == E_OK)
        code = conns_new(&co, &s->conns, err);
    if (code == E_OK)
        code = start_daemon(s, err);
    if (code == E_OK) {
        *out = s;
        atomic_store_explicit(&s->started, true, memory_order_release);
    }
    pthread_mutex_unlock(&s->starting);
    if (code != E_OK) {
        if (s->listen_fd >= 0)
            close(s->listen_fd);
        conns_free(s->conns);
        pthread_mutex_destroy(&s->starting);
        free(s);
    }
    return code;
}

int http_server_port(const struct http_server *s)
{
    return s->port;
}

bool http_server_drain(struct http_server *s, struct duration limit)
{
    if (!atomic_exchange(&s->draining, true)) {
        /* libmicrohttpd forgets the socket but it must stay open until the end; connecting to it must fail
         * now, not hang */
        MHD_quiesce_daemon(s->daemon);
        shutdown(s->listen_fd, SHUT_RD);
    }
    conns_drain(s->conns);
    return conns_wait_empty(s->conns, limit);
}

void http_server_free(struct http_server *s)
{
    if (!s)
        return;
    http_server_drain(s, duration_ms(0));
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int ms = 0; atomic_load(&s->suspended) > 0 && ms < RESUME_WAIT_MS; ms++)
        nanosleep(&moment, NULL);
    CHECK(atomic_load(&s->suspended) == 0);
    MHD_stop_daemon(s->daemon);
    close(s->listen_fd);
    conns_free(s->conns);
    pthread_mutex_destroy(&s->starting);
    free(s);
}

void http_server_get_stats(struct http_server *s, struct http_server_stats *out)
{
    struct conns_stats c;
    conns_get_stats(s->conns, &c);
    *out = (struct http_server_stats){
        .connections = c.opened,
        .requests = atomic_load(&s->requests),
        .completed = atomic_load(&s->completed),
        .aborted = atomic_load(&s->aborted),
        .refused_guard = atomic_load(&s->refused_guard),
        .refused_size = atomic_load(&s->refused_size),
        .refused_busy = atomic_load(&s->refused_busy),
        .refused_address = c.refused_address,
        .timeout_header = c.timeouts[CONN_NEW] + c.timeouts[CONN_HEADER],
        .timeout_body = c.timeouts[CONN_BODY],
        .timeout_idle = c.timeouts[CONN_IDLE],
        .timeout_send = c.timeouts[CONN_SEND],
        .timeout_request = c.timeouts[CONN_HANDLE],
        .open = c.open,
        .suspended = atomic_load(&s->suspended),
        .body_bytes = atomic_load(&s->body_bytes),
    };
}
