#include "domain/message/inbox.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/alert/alert.h"
#include "inbox.sql.h"
#include "store/fault.h"

/* Seconds after each failure until the next try; one more failure parks it. */
static const int back_off_s[] = {1, 5, 30, 120};
#define FAILURES_MAX ((int)ARRAY_LEN(back_off_s) + 1)
#define CUT_OFF_FAILURES 3 /* so many count when the program ended: twice is too often */
#define RECOVER_MAX 100

static void bind_key(struct stmt *q, const struct inbox_item *item)
{
    stmt_bind_text(q, 1, item->source);
    stmt_bind_text(q, 2, item->external_id);
}

enum ecode inbox_add(struct ctx *ctx, const struct inbox_item *item, bool *is_new)
{
    CHECK(item->body && item->len <= INBOX_BODY_MAX);
    struct stmt *q = db_query(ctx->db, &Q_inbox_add);
    bind_key(q, item);
    if (item->chat_id)
        stmt_bind_i64(q, 3, item->chat_id);
    stmt_bind_bytes(q, 4, item->body, item->len);
    stmt_bind_time(q, 5, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK)
        *is_new = stmt_changes(q) > 0;
    return rc;
}

enum ecode inbox_add_many(struct ctx *ctx, const struct inbox_item *const *items, size_t n)
{
    enum ecode rc = E_OK;
    bool is_new;
    if (db_engine(ctx->db) == DB_SQLITE) {
        for (size_t i = 0; rc == E_OK && i < n; i++)
            rc = inbox_add(ctx, items[i], &is_new);
        return rc;
    }
    const char **sources = arena_array(ctx->arena, n, sizeof *sources);
    const char **ids = arena_array(ctx->arena, n, sizeof *ids);
    struct db_bytes *bodies = arena_array(ctx->arena, n, sizeof *bodies);
    for (size_t i = 0; i < n; i++) {
        CHECK(items[i]->body && items[i]->len <= INBOX_BODY_MAX && items[i]->chat_id == 0);
        sources[i] = items[i]->source;
        ids[i] = items[i]->external_id;
        bodies[i] = (struct db_bytes){items[i]->body, items[i]->len};
    }
    struct stmt *q = db_query(ctx->db, &Q_inbox_add_many);
    stmt_bind_array(q, 1, sources, NULL, n);
    stmt_bind_array(q, 2, ids, NULL, n);
    stmt_bind_array(q, 3, bodies, NULL, n);
    stmt_bind_time(q, 4, ctx->now);
    return stmt_run(q);
}

static enum ecode chat_waits(struct ctx *ctx, int64_t chat_id, bool *waits)
{
    *waits = false;
    if (chat_id == 0)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_inbox_waits);
    stmt_bind_i64(q, 1, chat_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *waits = true;
        stmt_end(q);
    }
    return rc == E_NOT_FOUND ? E_OK : rc;
}

static enum ecode alert_parked(struct ctx *ctx, const struct inbox_item *item, int attempts,
                               const char *error)
{
    struct alert_draft alert = {
        .fingerprint = arena_printf(ctx->arena, "inbox.parked:%s", item->source),
        .severity = ALERT_WARNING,
        .title = arena_printf(ctx->arena, "What came from %s could not be handled", item->source),
        .detail =
            arena_printf(ctx->arena, "Given up after %d tries: %s, %s", attempts, item->external_id, error),
    };
    return alert_raise(ctx, &alert);
}

/* Stores that acting on it failed: once more later, or no more. */
static enum ecode put_off(struct ctx *ctx, const struct inbox_item *item, enum inbox_outcome *out)
{
    int attempts = item->attempts + 1;
    bool again = attempts < FAILURES_MAX;
    const char *error = arena_strdup(ctx->arena, ctx->err.text);
    err_clear(&ctx->err);
    struct stmt *q = db_query(ctx->db, &Q_inbox_put_off);
    bind_key(q, item);
    if (item->chat_id)
        stmt_bind_i64(q, 3, item->chat_id);
    stmt_bind_bytes(q, 4, item->body, item->len);
    stmt_bind_text(q, 5, again ? "pending" : "parked");
    stmt_bind_i64(q, 6, attempts);
    if (again)
        stmt_bind_time(q, 7, instant_add(ctx->now, duration_seconds(back_off_s[attempts - 1])));
    stmt_bind_text(q, 8, error);
    if (!again)
        stmt_bind_time(q, 9, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK && !again)
        rc = alert_parked(ctx, item, attempts, error);
    if (rc == E_OK)
        *out = again ? INBOX_PENDING : INBOX_PARKED;
    return rc;
}

/* As the program itself, and as whoever it was afterwards. */
static enum ecode call_handler(struct ctx *ctx, const struct inbox_item *item, inbox_handler *handler,
                               void *arg)
{
    struct actor actor = ctx->actor;
    bool locked = ctx->locked;
    fault_poison(item->body, item->len);
    ctx->actor = (struct actor){.role = ROLE_SYSTEM};
    ctx->locked = false;
    enum ecode rc = handler(ctx, item, arg);
    ctx->actor = actor;
    ctx->locked = locked;
    return rc;
}

/* The row says done already; *out tells what it says afterwards. */
static enum ecode act(struct ctx *ctx, const struct inbox_item *item, inbox_handler *handler, void *arg,
                      enum inbox_outcome *out)
{
    enum ecode rc = db_savepoint(ctx->db);
    if (rc != E_OK)
        return rc;
    enum ecode handled = call_handler(ctx, item, handler, arg);
    if (ctx_ends_transaction(handled))
        return handled;
    if (handled == E_OK) {
        rc = db_release(ctx->db);
        if (rc == E_OK)
            *out = INBOX_DONE;
        return rc;
    }
    struct err why = ctx->err;
    rc = db_rollback_to(ctx->db);
    if (rc != E_OK)
        return rc;
    ctx->err = why;
    return put_off(ctx, item, out);
}

enum ecode inbox_handle(struct ctx *ctx, const struct inbox_item *item, inbox_handler *handler, void *arg,
                        enum inbox_outcome *out)
{
    bool waits, is_new;
    CHECK(item->attempts == 0 && item->body && item->len <= INBOX_BODY_MAX);
    enum ecode rc = chat_waits(ctx, item->chat_id, &waits);
    if (rc != E_OK)
        return rc;
    if (waits) {
        rc = inbox_add(ctx, item, &is_new);
        if (rc == E_OK)
            *out = is_new ? INBOX_PENDING : INBOX_KNOWN;
        return rc;
    }
    struct stmt *q = db_query(ctx->db, &Q_inbox_add_done);
    bind_key(q, item);
    stmt_bind_time(q, 3, ctx->now);
    rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    if (stmt_changes(q) == 0) {
        *out = INBOX_KNOWN;
        return E_OK;
    }
    return act(ctx, item, handler, arg, out);
}

enum ecode inbox_again(struct ctx *ctx, const struct inbox_item *item, inbox_handler *handler, void *arg,
                       enum inbox_outcome *out)
{
    struct stmt *q = db_query(ctx->db, &Q_inbox_begin);
    bind_key(q, item);
    stmt_bind_time(q, 3, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    if (stmt_changes(q) == 0) {
        *out = INBOX_KNOWN;
        return E_OK;
    }
    return act(ctx, item, handler, arg, out);
}

static enum ecode next_due(struct ctx *ctx, const char *source, struct inbox_page *page)
{
    struct stmt *q = db_query(ctx->db, &Q_inbox_next);
    stmt_bind_text(q, 1, source);
    stmt_bind_time(q, 2, ctx->now);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        page->has_next = true;
        page->next_at = stmt_time(q, 0);
        stmt_end(q);
    }
    return rc == E_NOT_FOUND ? E_OK : rc;
}

/* One that may end the program again must not take others along. */
static size_t count_together(const struct inbox_page *page)
{
    size_t n = 0;
    if (page->count > 0 && page->items[0].attempts >= CUT_OFF_FAILURES)
        return 1;
    while (n < page->count && page->items[n].attempts < CUT_OFF_FAILURES)
        n++;
    return n;
}

enum ecode inbox_due(struct ctx *ctx, const char *source, size_t max, struct inbox_page *out)
{
    struct arena *a = ctx->arena;
    struct inbox_page page = {.items = arena_array(a, max, sizeof *page.items)};
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_inbox_due);
    stmt_bind_text(q, 1, source);
    stmt_bind_time(q, 2, ctx->now);
    stmt_bind_i64(q, 3, (int64_t)max);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct inbox_item *item = &page.items[page.count++];
        const void *body = stmt_bytes(q, 2, &item->len);
        item->source = arena_strdup(a, source);
        item->external_id = arena_strdup(a, stmt_text(q, 0));
        item->chat_id = stmt_i64(q, 1);
        item->body = arena_memdup(a, body, item->len);
        item->attempts = (int)stmt_i64(q, 3);
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    page.count = count_together(&page);
    enum ecode rc = next_due(ctx, source, &page);
    if (rc == E_OK)
        *out = page;
    return rc;
}

/* --- the end of a program ------------------------------------------------------------------------ */

enum ecode inbox_mark_begun(struct ctx *ctx, const struct inbox_item *items, size_t n, int64_t fence)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; i < n && rc == E_OK; i++) {
        struct stmt *q = db_query(ctx->db, &Q_inbox_mark_begun);
        bind_key(q, &items[i]);
        stmt_bind_i64(q, 3, fence);
        rc = stmt_run(q);
    }
    return rc;
}

static enum ecode blame(struct ctx *ctx, const struct inbox_item *item, size_t *parked)
{
    static const char error[] = "the program ended while it was acted on";
    int attempts = item->attempts + CUT_OFF_FAILURES;
    bool again = attempts < FAILURES_MAX;
    struct stmt *q = db_query(ctx->db, &Q_inbox_blame);
    bind_key(q, item);
    stmt_bind_text(q, 3, again ? "pending" : "parked");
    stmt_bind_i64(q, 4, attempts);
    if (again)
        stmt_bind_time(q, 5, ctx->now);
    stmt_bind_text(q, 6, error);
    if (!again)
        stmt_bind_time(q, 7, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc != E_OK || again)
        return rc;
    ++*parked;
    return alert_parked(ctx, item, attempts, error);
}

enum ecode inbox_recover(struct ctx *ctx, const char *source, int64_t fence, size_t *parked, bool *more)
{
    struct inbox_item *items = arena_array(ctx->arena, RECOVER_MAX, sizeof *items);
    size_t n = 0, given_up = 0;
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_inbox_cut_off);
    stmt_bind_text(q, 1, source);
    stmt_bind_i64(q, 2, fence);
    stmt_bind_i64(q, 3, RECOVER_MAX);
    while ((step = stmt_step(q)) == STMT_ROW)
        items[n++] = (struct inbox_item){.source = source,
                                         .external_id = arena_strdup(ctx->arena, stmt_text(q, 0)),
                                         .attempts = (int)stmt_i64(q, 1)};
    enum ecode rc = step == STMT_ERROR ? ctx->err.code : E_OK;
    for (size_t i = 0; i < n && rc == E_OK; i++)
        rc = blame(ctx, &items[i], &given_up);
    if (rc == E_OK) {
        *parked = given_up;
        *more = n == RECOVER_MAX;
    }
    return rc;
}

/* --- figures ------------------------------------------------------------------------------------- */

enum ecode inbox_stats(struct ctx *ctx, struct inbox_stats *out)
{
    struct stmt *q = db_query(ctx->db, &Q_inbox_stats);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out =
        (struct inbox_stats){.pending = stmt_i64(q, 0), .oldest = stmt_time(q, 1), .parked = stmt_i64(q, 2)};
    stmt_end(q);
    return E_OK;
}

/* --- batches ------------------------------------------------------------------------------------- */

enum ecode inbox_pending_chats(struct ctx *ctx, const int64_t *chat_ids, size_t n, bool *pending)
{
    enum ecode rc = E_OK;
    memset(pending, 0, n * sizeof *pending);
    if (db_engine(ctx->db) == DB_SQLITE || n == 0) {
        for (size_t i = 0; rc == E_OK && i < n; i++)
            rc = chat_waits(ctx, chat_ids[i], &pending[i]);
        return rc;
    }
    int64_t *index = arena_array(ctx->arena, n, sizeof *index);
    enum stmt_step step;
    for (size_t i = 0; i < n; i++)
        index[i] = (int64_t)i;
    struct stmt *q = db_query(ctx->db, &Q_inbox_waits_many);
    stmt_bind_array(q, 1, index, NULL, n);
    stmt_bind_array(q, 2, chat_ids, NULL, n);
    while ((step = stmt_step(q)) == STMT_ROW)
        pending[stmt_i64(q, 0)] = true;
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static enum ecode add_done_each(struct ctx *ctx, const char *source, const char *const *ids, size_t n,
                                bool *is_new)
{
    for (size_t i = 0; i < n; i++) {
        struct stmt *q = db_query(ctx->db, &Q_inbox_add_done);
        stmt_bind_text(q, 1, source);
        stmt_bind_text(q, 2, ids[i]);
        stmt_bind_time(q, 3, ctx->now);
        enum ecode rc = stmt_run(q);
        if (rc != E_OK)
            return rc;
        is_new[i] = stmt_changes(q) > 0;
    }
    return E_OK;
}

struct named {
    const char *id;
    size_t at;
};

/* Of equal ids the first in the call comes first. */
static int by_id(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int c = strcmp(x->id, y->id);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

static size_t find_id(const struct named *sorted, size_t n, const char *id)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    CHECK(low < n && strcmp(sorted[low].id, id) == 0);
    return sorted[low].at;
}

enum ecode inbox_insert_done_many(struct ctx *ctx, const char *source, const char *const *external_ids,
                                  size_t n, bool *is_new)
{
    if (db_engine(ctx->db) == DB_SQLITE || n == 0)
        return add_done_each(ctx, source, external_ids, n, is_new);
    struct named *sorted = arena_array(ctx->arena, n, sizeof *sorted);
    const char **ids = arena_array(ctx->arena, n, sizeof(char *));
    enum stmt_step step;
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct named){external_ids[i], i};
    qsort(sorted, n, sizeof *sorted, by_id);
    for (size_t i = 0; i < n; i++)
        ids[i] = sorted[i].id;
    memset(is_new, 0, n * sizeof *is_new);
    struct stmt *q = db_query(ctx->db, &Q_inbox_add_done_many);
    stmt_bind_text(q, 1, source);
    stmt_bind_array(q, 2, ids, NULL, n);
    stmt_bind_time(q, 3, ctx->now);
    while ((step = stmt_step(q)) == STMT_ROW)
        is_new[find_id(sorted, n, stmt_text(q, 0))] = true;
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}
