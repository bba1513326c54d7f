#include "edge/http/metrics.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/check.h"
#include "domain/service.h"
#include "edge/http/route.h"

/* Upper bounds of the histogram's buckets, milliseconds. */
static const int64_t bounds_ms[] = {1, 2, 5, 10, 20, 30, 50, 100, 250, 1000, 5000};
#define BUCKETS (ARRAY_LEN(bounds_ms) + 1) /* the last one: more */
static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

struct route_metrics {
    _Atomic uint64_t by_class[ARRAY_LEN(classes)];
    _Atomic uint64_t by_time[BUCKETS];
    _Atomic uint64_t sum_ms;
};

struct metrics {
    struct route_metrics route[ROUTES_MAX + 1]; /* the last: no route */
};

struct metrics *metrics_new(void)
{
    struct metrics *m = calloc(1, sizeof *m);
    CHECK(m != NULL);
    return m;
}

void metrics_free(struct metrics *m)
{
    free(m);
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_count(struct metrics *m, const struct route *route, int status, struct duration took)
{
    struct route_metrics *r = &m->route[route != NULL ? (size_t)(route - routes) : ROUTES_MAX];
    size_t bucket = 0, class = status >= 100 && status <= 599 ? (size_t)status / 100 : 0;
    while (bucket < ARRAY_LEN(bounds_ms) && took.ms > bounds_ms[bucket])
        bucket++;
    add(&r->by_class[class], 1);
    add(&r->by_time[bucket], 1);
    add(&r->sum_ms, took.ms > 0 ? (uint64_t)took.ms : 0);
}

/* --- the text
 * ------------------------------------------------------------------------------------------------------ */

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct buf *b, const char *name, const char *type, const char *help, uint64_t v)
{
    head(b, name, type, help);
    buf_printf(b, "%s %llu\n", name, (unsigned long long)v);
}

static void labels(struct buf *b, size_t i)
{
    const struct route *r = i < ROUTES_MAX ? &routes[i] : NULL;
    buf_printf(b, "method=\"%s\",route=\"%s\"", r != NULL ? http_method_name(r->method) : "",
               r != NULL ? r->pattern : "none");
}

static bool counted(const struct route_metrics *r)
{
    for (size_t c = 0; c < ARRAY_LEN(classes); c++)
        if (get(&r->by_class[c]) > 0)
            return true;
    return false;
}

static void write_requests(const struct metrics *m, struct buf *b)
{
    head(b, "habitd_http_requests_total", "counter",
         "Requests that have ended, by route and class of status.");
    for (size_t i = 0; i <= ROUTES_MAX; i++) {
        for (size_t c = 0; c < ARRAY_LEN(classes); c++) {
            uint64_t n = get(&m->route[i].by_class[c]);
            if (n == 0)
                continue;
            buf_str(b, "habitd_http_requests_total{");
            labels(b, i);
            buf_printf(b, ",status=\"%s\"} %llu\n", classes[c], (unsigned long long)n);
        }
    }
}

static void write_times(const struct metrics *m, struct buf *b)
{
    static const char name[] = "habitd_http_request_seconds";
    head(b, name, "histogram", "Time from the request line to the last byte of the answer.");
    for (size_t i = 0; i <= ROUTES_MAX; i++) {
        const struct route_metrics *r = &m->route[i];
        uint64_t sum = 0;
        if (!counted(r))
            continue;
        for (size_t k = 0; k < BUCKETS; k++) {
            sum += get(&r->by_time[k]);
            buf_printf(b, "%s_bucket{", name);
            labels(b, i);
            if (k < ARRAY_LEN(bounds_ms))
                buf_printf(b, ",le=\"%g\"} %llu\n", (double)bounds_ms[k] / 1000, (unsigned long long)sum);
            else
                buf_printf(b, ",le=\"+Inf\"} %llu\n", (unsigned long long)sum);
        }
        buf_printf(b, "%s_sum{", name);
        labels(b, i);
        buf_printf(b, "} %.3f\n%s_count{", (double)get(&r->sum_ms) / 1000, name);
        labels(b, i);
        buf_printf(b, "} %llu\n", (unsigned long long)sum);
    }
}

static void write_server(struct http_edge *e, struct buf *b)
{
    struct http_server_stats s;
    http_server_get_stats(edge_server(e), &s);
    const struct {
        const char *reason;
        uint64_t n;
    } refused[] =
        {
            {"guard", s.refused_guard},
            {"size", s.refused_size},
            {"busy", s.refused_busy},
            {"address", s.refused_address},
        },
      timeouts[] = {
          {"header", s.timeout_header}, {"body", s.timeout_body},       {"idle", s.timeout_idle},
          {"send", s.timeout_send},     {"request", s.timeout_request},
      };
    one(b, "habitd_http_connections_total", "counter", "Connections accepted.", s.connections);
    one(b, "habitd_http_connections", "gauge", "Connections open now.", s.open);
    one(b, "habitd_http_requests_waiting", "gauge", "Requests that wait for their operation now.",
        s.suspended);
    one(b, "habitd_http_body_bytes", "gauge", "Bytes of request bodies held now.", s.body_bytes);
    one(b, "habitd_http_aborted_total", "counter", "Requests whose client left before the answer was sent.",
        s.aborted);
    head(b, "habitd_http_refused_total", "counter",
         "Requests and connections refused by the server itself, by reason.");
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        buf_printf(b, "habitd_http_refused_total{reason=\"%s\"} %llu\n", refused[i].reason,
                   (unsigned long long)refused[i].n);
    head(b, "habitd_http_timeouts_total", "counter", "Deadlines that passed, by phase.");
    for (size_t i = 0; i < ARRAY_LEN(timeouts); i++)
        buf_printf(b, "habitd_http_timeouts_total{phase=\"%s\"} %llu\n", timeouts[i].reason,
                   (unsigned long long)timeouts[i].n);
}

static void write_service(struct http_edge *e, struct buf *b)
{
    struct service_stats s;
    service_get_stats(e->service, &s);
    one(b, "habitd_lane_commands_total", "counter", "Writes that were committed or refused.",
        s.lane.commands);
    one(b, "habitd_lane_batches_total", "counter", "Transactions that took waiting writes together.",
        s.lane.batches);
    one(b, "habitd_lane_replays_total", "counter", "Batches that were replayed one by one.", s.lane.replays);
    one(b, "habitd_lane_reconnects_total", "counter", "Times the lane's connection was made anew.",
        s.lane.reconnects);
    one(b, "habitd_lane_refused_total", "counter", "Writes refused because the queue was full.",
        s.lane.refused);
    one(b, "habitd_lane_waiting", "gauge", "Writes that wait now.", s.lane.waiting);
    one(b, "habitd_reads_waiting", "gauge", "Reads that wait now.", s.reads_waiting);
}

/* Resident memory from /proc/self/statm; 0 where there is none. */
static uint64_t resident_bytes(void)
{
    char text[128];
    unsigned long long pages = 0;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    char *p = text;
    strtoull(p, &p, 10); /* the program's size */
    pages = strtoull(p, &p, 10);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void metrics_write(struct http_edge *e, struct buf *b)
{
    head(b, "habitd_build_info", "gauge", "The version and the database engine, always 1.");
    buf_printf(b, "habitd_build_info{version=\"%s\",engine=\"%s\"} 1\n", HABITD_VERSION, e->engine);
    one(b, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
    write_requests(e->metrics, b);
    write_times(e->metrics, b);
    write_server(e, b);
    write_service(e, b);
    if (e->rate_user != NULL)
        one(b, "habitd_rate_user_crowded_total", "counter", "People who had to share a bucket.",
            rate_crowded(e->rate_user));
    if (e->rate_addr != NULL)
        one(b, "habitd_rate_address_crowded_total", "counter", "Addresses that had to share a bucket.",
            rate_crowded(e->rate_addr));
    for (size_t i = 0; i < HTTP_METRICS_SOURCES; i++)
        if (e->more_metrics[i].write != NULL)
            e->more_metrics[i].write(e->more_metrics[i].arg, b);
}
