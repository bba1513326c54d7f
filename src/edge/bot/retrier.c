#include <stdlib.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/message/inbox.h"
#include "edge/bot/runtime.h"
#include "domain/task.h"
#include "edge/bot/update.h"

/*
 * Updates that wait in the inbox: those that other instances stored, those on which acting failed, and all
 * that come after a program has ended without notice. Of each chat the oldest first; a page of them at a
 * time, all of it in transactions that may share a commit. That they are begun is stored before: an update
 * that ends the program is known afterwards.
 */
#define PAGE_MAX 32
#define PAGE_ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define LOOK_MS 250
#define TROUBLE_MS 1000

struct retrier {
    struct bot *bot;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool woken, started, stopping;
};

struct page_job {
    struct inbox_page page;
    int64_t fence;
};

struct again {
    const struct inbox_item *item;
    struct bot_update_retry retry;
    enum inbox_outcome outcome;
    struct task task;
};

struct recover_job {
    int64_t fence;
    size_t parked;
    bool more;
};

static enum ecode run_page(struct job *j, struct ctx *ctx)
{
    struct page_job *p = j->owner;
    return inbox_due(ctx, "telegram", PAGE_MAX, &p->page);
}

static enum ecode run_begin(struct job *j, struct ctx *ctx)
{
    struct page_job *p = j->owner;
    return inbox_mark_begun(ctx, p->page.items, p->page.count, p->fence);
}

static enum ecode run_again(struct job *j, struct ctx *ctx)
{
    struct again *a = j->owner;
    a->retry.answer = NULL;
    return inbox_again(ctx, a->item, bot_update_again, &a->retry, &a->outcome);
}

static enum ecode run_recover(struct job *j, struct ctx *ctx)
{
    struct recover_job *r = j->owner;
    return inbox_recover(ctx, "telegram", r->fence, &r->parked, &r->more);
}

static const struct job_kind kind_page = {"inbox.due", JOB_READ, run_page, NULL, task_done};
static const struct job_kind kind_begin = {"inbox.begin", JOB_WRITE, run_begin, NULL, task_done};
static const struct job_kind kind_again = {"inbox.again", JOB_WRITE, run_again, NULL, task_done};
static const struct job_kind kind_recover = {"inbox.recover", JOB_WRITE, run_recover, NULL, task_done};

/* --- one page ---------------------------------------------------------------------------------------- */

static void tell(struct bot *b, const struct again *a)
{
    if (a->outcome == INBOX_PARKED)
        log_event(LOG_ERROR, "an update was parked", log_str("update_id", a->item->external_id));
    if (a->outcome == INBOX_DONE && a->retry.answer != NULL)
        toasts_send(b->toasts, a->retry.answer);
}

static enum ecode act_on(struct bot *b, const struct inbox_page *page, size_t *done, struct err *err)
{
    struct again *all = calloc(page->count, sizeof *all);
    struct arena **arenas = calloc(page->count, sizeof(struct arena *));
    enum ecode rc = E_OK;
    CHECK(all != NULL && arenas != NULL);
    for (size_t i = 0; i < page->count; i++) {
        all[i] = (struct again){.item = &page->items[i], .retry = {.app = &b->app}};
        arenas[i] = arena_new(BOT_UPDATE_ARENA_BYTES);
        task_start(&all[i].task, b->o.service, &kind_again, arenas[i], &all[i]);
    }
    *done = 0;
    for (size_t i = 0; i < page->count; i++) {
        enum ecode one = task_wait(&all[i].task, err);
        if (one == E_OK) {
            tell(b, &all[i]);
            *done += all[i].outcome == INBOX_DONE || all[i].outcome == INBOX_PARKED;
        } else {
            rc = one;
        }
        arena_free(arenas[i]);
    }
    free(arenas);
    free(all);
    return rc;
}

/* *more: what waited behind them in their chats, and the next page. */
static enum ecode step(struct bot *b, int64_t fence, bool *more, struct err *err)
{
    struct page_job job = {.page = {.count = 0}, .fence = fence};
    struct arena *arena = arena_new(PAGE_ARENA_BYTES);
    size_t done = 0;
    enum ecode rc = task_run(b->o.service, &kind_page, arena, &job, err);
    if (rc == E_OK && job.page.count > 0) {
        hold_alone(&b->hold);
        rc = task_run(b->o.service, &kind_begin, arena, &job, err);
        if (rc == E_OK)
            rc = act_on(b, &job.page, &done, err);
        hold_alone_end(&b->hold);
    }
    arena_free(arena);
    *more = done > 0;
    return rc;
}

enum ecode retrier_recover(struct bot *b, int64_t fence)
{
    struct err err = {.code = E_OK};
    struct recover_job job = {.fence = fence, .more = true};
    struct arena *arena = arena_new(PAGE_ARENA_BYTES);
    enum ecode rc = E_OK;
    while (job.more && rc == E_OK) {
        arena_reset(arena);
        rc = task_run(b->o.service, &kind_recover, arena, &job, &err);
        if (rc == E_OK && job.parked > 0)
            log_event(LOG_ERROR, "updates that ended the program were parked",
                      log_i64("count", (int64_t)job.parked));
    }
    if (rc != E_OK)
        log_event(LOG_WARN, "updates that were cut off cannot be put right", log_err(&err));
    arena_free(arena);
    return rc;
}

/* --- the thread -------------------------------------------------------------------------------------- */

static void doze(struct retrier *r, int64_t ms)
{
    struct monotime at = {monotime_now().ns + ms * 1000000};
    pthread_mutex_lock(&r->lock);
    while (!r->woken && !r->stopping && monotime_now().ns < at.ns)
        cond_wait_until(&r->changed, &r->lock, at);
    r->woken = false;
    pthread_mutex_unlock(&r->lock);
}

static void *run(void *arg)
{
    struct retrier *r = arg;
    struct hold *hold = &r->bot->hold;
    int64_t fence;
    while ((fence = hold_wait(hold)) != 0) {
        while (hold_sleep(hold, fence, 0)) {
            struct err err = {.code = E_OK};
            bool more;
            if (step(r->bot, fence, &more, &err) != E_OK) {
                log_event(LOG_WARN, "stored updates cannot be acted on", log_err(&err));
                hold_sleep(hold, fence, TROUBLE_MS);
            } else if (!more) {
                doze(r, LOOK_MS);
            }
        }
    }
    return NULL;
}

void retrier_wake(struct retrier *r)
{
    pthread_mutex_lock(&r->lock);
    r->woken = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* --- life -------------------------------------------------------------------------------------------- */

struct retrier *retrier_new(struct bot *b)
{
    struct retrier *r = calloc(1, sizeof *r);
    CHECK(r != NULL && pthread_mutex_init(&r->lock, NULL) == 0);
    cond_init_monotonic(&r->changed);
    r->bot = b;
    return r;
}

void retrier_start(struct retrier *r)
{
    r->started = true;
    CHECK(pthread_create(&r->thread, NULL, run, r) == 0);
}

void retrier_stop(struct retrier *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
}

void retrier_free(struct retrier *r)
{
    if (r == NULL)
        return;
    CHECK(!r->started || r->stopping);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
