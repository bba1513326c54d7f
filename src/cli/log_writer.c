#include "cli/log_writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/system_log/log_queue.h"
#include "domain/task.h"

#define PERIOD_MS 1000
#define BATCH_MAX 250
#define ARENA_BYTES (4u * 1024 * 1024)

struct log_writer {
    struct log_queue *queue;
    struct service *service;
    pthread_t thread;
    struct pause pause;
    bool started;
    /* the thread's own */
    struct arena *arena; /* of the batch */
    struct rng rng;
    struct system_log batch[BATCH_MAX];
    size_t count;     /* of the batch, until it is stored */
    int64_t rows;     /* in the table, on SQLite; below 0: not counted yet */
    int64_t max_rows; /* 0: partitions go by age alone */
    bool troubled;
    _Atomic uint64_t stored;
};

/* --- the transaction --------------------------------------------------------------------------------- */

struct store_job {
    const struct log_writer *writer;
    int64_t rows; /* afterwards */
};

static enum ecode run_store(struct job *j, struct ctx *ctx)
{
    struct store_job *s = j->owner;
    const struct log_writer *w = s->writer;
    int64_t rows = w->rows, dropped = 0;
    enum ecode rc = E_OK;
    if (w->max_rows > 0 && rows < 0)
        rc = system_log_count(ctx, &rows);
    if (rc == E_OK)
        rc = system_log_add(ctx, w->batch, w->count);
    rows += (int64_t)w->count;
    /* As many as came and as many again: it comes down to its size, and no batch deletes for long. */
    if (rc == E_OK && w->max_rows > 0 && rows > w->max_rows) {
        int64_t over = rows - w->max_rows, most = 2 * (int64_t)w->count;
        rc = system_log_drop_oldest(ctx, (int)(over < most ? over : most), &dropped);
    }
    s->rows = rows - dropped;
    return rc;
}

static const struct job_kind kind_store = {"log.store", JOB_BULK, run_store, NULL, task_done};

/* false: it is tried again; said once. */
static bool store(struct log_writer *w)
{
    struct err err = {.code = E_OK};
    struct store_job job = {.writer = w};
    struct arena *arena = arena_new(ARENA_BYTES);
    enum ecode rc = task_run(w->service, &kind_store, arena, &job, &err);
    arena_free(arena);
    if (rc != E_OK) {
        w->rows = w->max_rows > 0 ? -1 : 0;
        if (!w->troubled)
            log_event(LOG_WARN, "events cannot be stored", log_err(&err));
        w->troubled = true;
        return false;
    }
    w->troubled = false;
    w->rows = job.rows;
    atomic_fetch_add(&w->stored, w->count);
    return true;
}

/* One batch; false: the database did not take it. */
static bool step(struct log_writer *w)
{
    if (w->count == 0) {
        arena_reset(w->arena);
        w->count = log_queue_take(w->queue, &w->rng, w->arena, w->batch, BATCH_MAX);
    }
    if (w->count == 0)
        return true;
    bool done = store(w);
    if (done)
        w->count = 0;
    return done;
}

/* --- the thread -------------------------------------------------------------------------------------- */

static void *run(void *arg)
{
    struct log_writer *w = arg;
    while (pause_for(&w->pause, PERIOD_MS))
        step(w);
    for (int i = 0; i < LOG_QUEUE_MAX / BATCH_MAX + 1 && step(w); i++)
        ;
    return NULL;
}

struct log_writer *log_writer_new(struct cli *cli)
{
    struct log_writer *w = calloc(1, sizeof *w);
    CHECK(w != NULL);
    pause_init(&w->pause);
    bool sqlite = strncmp(config_string(cli->config, SETTING_DATABASE_URL), "sqlite:", 7) == 0;
    w->max_rows = sqlite ? config_i64(cli->config, SETTING_LOG_ROWS) : 0;
    w->rows = sqlite ? -1 : 0;
    w->queue = log_queue_new(LOG_WARN);
    w->arena = arena_new(ARENA_BYTES);
    rng_init(&w->rng, 0);
    log_set_sink(log_queue_push, w->queue);
    return w;
}

void log_writer_start(struct log_writer *w, struct service *s)
{
    w->service = s;
    CHECK(pthread_create(&w->thread, NULL, run, w) == 0);
    w->started = true;
}

void log_writer_stop(struct log_writer *w)
{
    if (w == NULL || !w->started)
        return;
    pause_stop(&w->pause);
    pthread_join(w->thread, NULL);
    w->started = false;
}

void log_writer_free(struct log_writer *w)
{
    if (w == NULL)
        return;
    CHECK(!w->started);
    log_set_sink(NULL, NULL);
    log_queue_free(w->queue);
    arena_free(w->arena);
    pause_release(&w->pause);
    free(w);
}

void log_writer_metrics(void *arg, struct buf *out)
{
    struct log_writer *w = arg;
    buf_printf(out,
               "# HELP habitd_log_stored_total Warnings and errors that were stored.\n"
               "# TYPE habitd_log_stored_total counter\n"
               "habitd_log_stored_total %llu\n"
               "# HELP habitd_log_lost_total Warnings and errors that were too many to be stored.\n"
               "# TYPE habitd_log_lost_total counter\n"
               "habitd_log_lost_total %llu\n",
               (unsigned long long)atomic_load(&w->stored), (unsigned long long)log_queue_lost(w->queue));
}
