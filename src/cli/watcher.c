#include "cli/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/alert/alert.h"
#include "domain/doctor/doctor_runner.h"
#include "domain/lease/lease.h"
#include "domain/task.h"
#include "domain/watch/watch.h"
#include "edge/bot/bot.h"
#include "net/http_client.h"

#define LOOK_MS 10000
#define TROUBLE_MS 2000     /* between looks while the database does not answer */
#define FAILURES 3          /* in a row before that is an alert */
#define SLOW_MS 3000        /* a look that takes so much longer counts as one more that failed */
#define CLOCK_STEP_MS 30000 /* the clock goes that much otherwise than time */
#define CLOCK_STEP_KEPT_MS 60000
#define LEASE_TTL_MS 30000
#define HEARTBEAT_MS 60000
#define DOCTOR_HOUR 3 /* of the UTC day, in which everything is examined */
#define HOUR_MS 3600000
#define HEARTBEAT_TIMEOUT_MS 10000
#define ARENA_BYTES (4u * 1024 * 1024)
#define DOWN_TITLE "The database does not answer"

struct watcher {
    struct cli *cli;
    struct service *service;
    struct bot *bot;
    struct http_client *client; /* of the heartbeat; NULL: no URL */
    pthread_t thread;
    struct pause pause;
    /* the thread's own */
    struct uuid holder;
    struct arena *arenas[2]; /* of this look and of the last one */
    int turn;
    struct watch_findings before;
    int64_t fence; /* of the lease, when it was last known; 0: another instance's */
    int failures;
    struct monotime down_since, down_told; /* ns 0: it answers */
    struct monotime beaten;
    struct doctor_runner *doctor;
    int64_t examined_day; /* since 1970 */
    struct instant clock; /* of the last look */
    struct monotime clock_at, stepped_at;
    int64_t step_ms;
};

/* --- looking ----------------------------------------------------------------------------------------- */

struct look_job {
    struct watch_query query;
    struct watch_findings findings;
};

struct tell_job {
    const struct watcher *watcher;
    const struct watch_findings *findings;
    int64_t fence;
};

static enum ecode run_look(struct job *j, struct ctx *ctx)
{
    struct look_job *l = j->owner;
    return watch_look(ctx, &l->query, &l->findings);
}

static enum ecode run_tell(struct job *j, struct ctx *ctx)
{
    struct tell_job *t = j->owner;
    return watch_tell(ctx, &t->watcher->holder, duration_ms(LEASE_TTL_MS), &t->watcher->before, t->findings,
                      &t->fence);
}

static enum ecode run_drop(struct job *j, struct ctx *ctx)
{
    const struct watcher *w = j->owner;
    return lease_drop(ctx, LEASE_WATCH, w->fence);
}

static const struct job_kind kind_look = {"watch.look", JOB_READ, run_look, NULL, task_done};
static const struct job_kind kind_tell = {"watch.tell", JOB_WRITE, run_tell, NULL, task_done};
static const struct job_kind kind_drop = {"watch.drop", JOB_WRITE, run_drop, NULL, task_done};

/* What is left where the SQLite file is. */
static void look_at_disk(const struct watcher *w, struct watch_query *q)
{
    const char *url = config_string(w->cli->config, SETTING_DATABASE_URL);
    struct statvfs s;
    char path[4096];
    q->disk_free_mib = -1;
    if (strncmp(url, "sqlite:", 7) != 0 || strlen(url + 7) >= sizeof path)
        return;
    memcpy(path, url + 7, strlen(url + 7) + 1);
    if (statvfs(dirname(path), &s) != 0 || s.f_blocks == 0)
        return;
    q->disk_free_mib = (int64_t)((uint64_t)s.f_bavail * s.f_frsize >> 20);
    q->disk_free_percent = (int)((uint64_t)s.f_bavail * 100 / s.f_blocks);
}

/* --- what cannot be stored --------------------------------------------------------------------------- */

static void append_to_file(const struct watcher *w, const char *text)
{
    const char *path = config_string(w->cli->config, SETTING_ALERT_FILE);
    char time[INSTANT_TEXT], line[1024];
    int n = snprintf(line, sizeof line, "%s %s\n", instant_format(instant_now(), time), text);
    for (char *p = line; n > 0 && p < line + n - 1; p++)
        if (*p == '\n')
            *p = ' ';
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, strnlen(line, sizeof line - 1)) < 0)
        log_event(LOG_WARN, "the alert file cannot be written", log_str("path", path),
                  log_str("error", strerror(errno)));
    if (fd >= 0)
        close(fd);
}

/* Straight to the operator; only the instance that told before does, so that he hears it once. */
static void alarm_operator(struct watcher *w, const char *text)
{
    if (w->fence == 0)
        return;
    if (w->bot == NULL || !bot_alarm(w->bot, text))
        append_to_file(w, text);
}

static void database_failed(struct watcher *w, int failures, const struct err *err, struct monotime now)
{
    w->failures += failures;
    if (w->failures < FAILURES)
        return;
    if (w->down_since.ns == 0) {
        w->down_since = now;
        log_event(LOG_ERROR, "the database does not answer", log_err(err));
    } else if (monotime_diff(now, w->down_told).ms < ALERT_REPEAT_CRITICAL_S * 1000) {
        return;
    }
    w->down_told = now;
    alarm_operator(w, "🔴 " DOWN_TITLE ": nothing can be stored or sent until it does.");
}

static void database_answered(struct watcher *w, struct monotime now)
{
    char text[160];
    w->failures = 0;
    if (w->down_since.ns == 0)
        return;
    int64_t s = monotime_diff(now, w->down_since).ms / 1000;
    w->down_since = (struct monotime){0};
    log_event(LOG_WARN, "the database answers again", log_i64("after_s", s));
    snprintf(text, sizeof text, "🟢 [RECOVERED] " DOWN_TITLE "\nIt lasted %lld s.", (long long)s);
    alarm_operator(w, text);
}

/* --- one look ---------------------------------------------------------------------------------------- */

static void beat(struct watcher *w, struct monotime now)
{
    struct http_call call;
    struct err err;
    if (w->client == NULL || (w->beaten.ns != 0 && monotime_diff(now, w->beaten).ms < HEARTBEAT_MS))
        return;
    w->beaten = now;
    http_call_init(&call);
    call.method = HTTP_GET;
    call.url = config_string(w->cli->config, SETTING_HEARTBEAT_URL);
    call.timeout_ms = HEARTBEAT_TIMEOUT_MS;
    enum ecode rc = http_client_wait(w->client, &call, &err);
    if (rc != E_OK || call.outcome != HTTP_CALL_ANSWERED || call.status >= 300)
        log_event(LOG_WARN, "the heartbeat did not arrive", log_i64("status", call.status));
    http_call_release(&call);
}

/* Whoever reads the file hears of a bot that does not work, too: what is queued for the chat waits with it.
 */
static void tell_file(const struct watcher *w, const struct watch_findings *now)
{
    if (now->detail[WATCH_BOT] && w->before.detail[WATCH_BOT] == NULL) {
        char text[300];
        snprintf(text, sizeof text, "The bot does not work: %s", now->detail[WATCH_BOT]);
        append_to_file(w, text);
    }
}

/* The clock is compared with time itself; seconds by which it was set, as long as that is news. */
static int64_t look_at_clock(struct watcher *w)
{
    struct instant clock = instant_now();
    struct monotime now = monotime_now();
    int64_t step =
        w->clock_at.ns == 0 ? 0 : instant_diff(clock, w->clock).ms - monotime_diff(now, w->clock_at).ms;
    if (step > CLOCK_STEP_MS || step < -CLOCK_STEP_MS) {
        w->step_ms = step;
        w->stepped_at = now;
    }
    w->clock = clock;
    w->clock_at = now;
    bool news = w->step_ms != 0 && monotime_diff(now, w->stepped_at).ms < CLOCK_STEP_KEPT_MS;
    return news ? w->step_ms / 1000 : 0;
}

static enum ecode look(struct watcher *w, struct err *err)
{
    struct arena *a = w->arenas[w->turn ^= 1];
    struct look_job job = {.query = {.bot = w->bot != NULL}};
    arena_reset(a);
    look_at_disk(w, &job.query);
    job.query.clock_step_s = look_at_clock(w);
    enum ecode rc = task_run(w->service, &kind_look, a, &job, err);
    struct tell_job tell = {.watcher = w, .findings = &job.findings};
    int64_t slow_ms = monotime_diff(monotime_now(), w->clock_at).ms;
    if (rc == E_OK && slow_ms > SLOW_MS)
        return err_set(err, E_BUSY, "a look took %lld s", (long long)slow_ms / 1000);
    if (rc == E_OK)
        rc = task_run(w->service, &kind_tell, a, &tell, err);
    if (rc != E_OK)
        return rc;
    w->fence = tell.fence;
    if (w->fence != 0)
        tell_file(w, &job.findings);
    w->before = job.findings;
    return E_OK;
}

/* Once a night; what it finds it tells by itself. */
static void send_for_doctor(struct watcher *w)
{
    static const struct uuid nobody;
    struct err err = {.code = E_OK};
    int64_t hours = instant_now().ms / HOUR_MS;
    if (!nights_pass() || hours % 24 != DOCTOR_HOUR || hours / 24 == w->examined_day)
        return;
    w->examined_day = hours / 24;
    if (doctor_runner_begin(w->doctor, &nobody, &err) != E_OK)
        log_event(LOG_WARN, "tonight the database is not examined", log_err(&err));
}

static void *run(void *arg)
{
    struct watcher *w = arg;
    int64_t pause_ms = TROUBLE_MS;
    while (pause_for(&w->pause, pause_ms)) {
        struct err err = {.code = E_OK};
        struct monotime begun = monotime_now();
        enum ecode rc = look(w, &err);
        struct monotime now = monotime_now();
        int failures = 1 + (int)(monotime_diff(now, begun).ms / SLOW_MS);
        pause_ms = rc == E_OK ? LOOK_MS : TROUBLE_MS;
        if (rc != E_OK) {
            database_failed(w, failures, &err, now);
            continue;
        }
        database_answered(w, now);
        if (w->fence != 0)
            send_for_doctor(w);
        if (w->fence != 0 && watch_is_calm(&w->before))
            beat(w, now);
    }
    return NULL;
}

/* --- life -------------------------------------------------------------------------------------------- */

static struct http_client *heartbeat_client(struct cli *cli)
{
    struct http_client_options o;
    struct http_client *client = NULL;
    struct err err;
    if (config_string(cli->config, SETTING_HEARTBEAT_URL) == NULL)
        return NULL;
    http_client_options_init(&o);
    o.connections_max = 1;
    if (http_client_new(&o, &client, &err) != E_OK)
        log_event(LOG_WARN, "there is no heartbeat", log_err(&err));
    return client;
}

struct watcher *watcher_new(struct cli *cli, struct service *s, struct bot *bot)
{
    struct watcher *w = calloc(1, sizeof *w);
    struct rng rng;
    CHECK(w != NULL);
    pause_init(&w->pause);
    w->cli = cli;
    w->service = s;
    w->bot = bot;
    w->client = heartbeat_client(cli);
    w->doctor = doctor_runner_new(s);
    w->arenas[0] = arena_new(ARENA_BYTES);
    w->arenas[1] = arena_new(ARENA_BYTES);
    rng_init(&rng, 0);
    w->holder = uuid_v7(instant_now(), &rng);
    CHECK(pthread_create(&w->thread, NULL, run, w) == 0);
    return w;
}

/* The next one need not wait; what is not given back runs out. */
static void give_back(struct watcher *w)
{
    struct err err = {.code = E_OK};
    if (w->fence != 0 && w->failures == 0 &&
        task_run(w->service, &kind_drop, w->arenas[w->turn], w, &err) != E_OK)
        log_event(LOG_WARN, "the watch is not given back", log_err(&err));
}

void watcher_free(struct watcher *w)
{
    if (w == NULL)
        return;
    pause_stop(&w->pause);
    pthread_join(w->thread, NULL);
    give_back(w);
    doctor_runner_free(w->doctor);
    http_client_free(w->client);
    arena_free(w->arenas[0]);
    arena_free(w->arenas[1]);
    pause_release(&w->pause);
    free(w);
}
