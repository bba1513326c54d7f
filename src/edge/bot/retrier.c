#include <stdlib.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "domain/message/inbox.h"
#include "edge/bot/runtime.h"
#include "domain/task.h"
#include "edge/bot/update.h"

/*
 * Updates that wait in the inbox: those that other instances stored, and those on which acting failed. Of
 * each chat the oldest first; a page of them at a time, all of it in transactions that may share a commit.
 */
#define PAGE_MAX 32
#define PAGE_ARENA_BYTES ((size_t)64 * 1024 * 1024)

struct page_job {
    struct inbox_page page;
};

struct again {
    struct bot *bot;
    const struct inbox_item *item;
    enum inbox_outcome outcome;
    struct task task;
};

static enum ecode run_page(struct job *j, struct ctx *ctx)
{
    struct page_job *p = j->owner;
    return inbox_due(ctx, "telegram", PAGE_MAX, &p->page);
}

static enum ecode run_again(struct job *j, struct ctx *ctx)
{
    struct again *a = j->owner;
    return inbox_again(ctx, a->item, bot_update_again, &a->bot->app, &a->outcome);
}

static const struct job_kind kind_page = {"inbox.due", JOB_READ, run_page, NULL, task_done};
static const struct job_kind kind_again = {"inbox.again", JOB_WRITE, run_again, NULL, task_done};

static enum ecode act_on(struct bot *b, const struct inbox_page *page, size_t *done, struct err *err)
{
    struct again *all = calloc(page->count, sizeof *all);
    struct arena **arenas = calloc(page->count, sizeof(struct arena *));
    enum ecode rc = E_OK;
    CHECK(all != NULL && arenas != NULL);
    for (size_t i = 0; i < page->count; i++) {
        all[i] = (struct again){.bot = b, .item = &page->items[i]};
        arenas[i] = arena_new(BOT_UPDATE_ARENA_BYTES);
        task_start(&all[i].task, b->o.service, &kind_again, arenas[i], &all[i]);
    }
    *done = 0;
    for (size_t i = 0; i < page->count; i++) {
        enum ecode one = task_wait(&all[i].task, err);
        arena_free(arenas[i]);
        if (one != E_OK) {
            rc = one;
            continue;
        }
        *done += all[i].outcome == INBOX_DONE || all[i].outcome == INBOX_PARKED;
        if (all[i].outcome == INBOX_PARKED)
            log_event(LOG_ERROR, "an update was parked", log_str("update_id", page->items[i].external_id));
    }
    free(arenas);
    free(all);
    return rc;
}

enum ecode retrier_step(struct bot *b, bool *more, struct err *err)
{
    struct page_job job = {.page = {.count = 0}};
    struct arena *arena = arena_new(PAGE_ARENA_BYTES);
    size_t done = 0;
    enum ecode rc = task_run(b->o.service, &kind_page, arena, &job, err);
    if (rc == E_OK && job.page.count > 0)
        rc = act_on(b, &job.page, &done, err);
    arena_free(arena);
    *more = done > 0; /* what waited behind them in their chats, and the next page */
    return rc;
}
