#include "edge/bot/board.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/op.h"
#include "domain/task.h"

#define ARENA_BYTES ((size_t)1024 * 1024)
#define PAUSE_NS 1000000000 /* between two readings, however often they are wanted */

static enum ecode run_read(struct job *j, struct ctx *ctx)
{
    return op_run(ctx, &OP_figures_get, NULL, j->owner);
}

static const struct job_kind kind_read = {"figures", JOB_READ, run_read, NULL, task_done};

void board_init(struct board *b, struct service *service)
{
    *b = (struct board){.service = service};
    CHECK(pthread_mutex_init(&b->lock, NULL) == 0);
    cond_init_monotonic(&b->changed);
}

void board_release(struct board *b)
{
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
}

static bool is_fresh(const struct board *b)
{
    return b->known && monotime_now().ns - b->at.ns < (int64_t)BOARD_FRESH_MS * 1000000;
}

bool board_read(struct board *b, struct figures *out)
{
    pthread_mutex_lock(&b->lock);
    bool fresh = is_fresh(b);
    if (fresh)
        *out = b->figures;
    else
        b->wanted = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    return fresh;
}

static void read_figures(struct board *b)
{
    struct err err = {.code = E_OK};
    struct figures f;
    struct arena *arena = arena_new(ARENA_BYTES);
    enum ecode rc = task_run(b->service, &kind_read, arena, &f, &err);
    arena_free(arena);
    pthread_mutex_lock(&b->lock);
    b->wanted = rc != E_OK;
    if (rc == E_OK) {
        b->known = true;
        b->figures = f;
        b->at = monotime_now();
    }
    pthread_mutex_unlock(&b->lock);
    if (rc != E_OK)
        log_event(LOG_WARN, "the figures cannot be read", log_err(&err));
}

static bool wait_wanted(struct board *b)
{
    pthread_mutex_lock(&b->lock);
    while (!b->wanted && !b->stopping)
        pthread_cond_wait(&b->changed, &b->lock);
    bool go_on = !b->stopping;
    pthread_mutex_unlock(&b->lock);
    return go_on;
}

/* For a database that does not answer, and because nobody needs them more often. */
static void rest(struct board *b)
{
    struct monotime until = {monotime_now().ns + PAUSE_NS};
    pthread_mutex_lock(&b->lock);
    while (!b->stopping && monotime_now().ns < until.ns)
        cond_wait_until(&b->changed, &b->lock, until);
    pthread_mutex_unlock(&b->lock);
}

static void *run(void *arg)
{
    struct board *b = arg;
    while (wait_wanted(b)) {
        read_figures(b);
        rest(b);
    }
    return NULL;
}

void board_start(struct board *b)
{
    CHECK(pthread_create(&b->thread, NULL, run, b) == 0);
}

void board_stop(struct board *b)
{
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
}
