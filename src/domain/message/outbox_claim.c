#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/alert/alert.h"
#include "domain/broadcast/broadcast.h"
#include "domain/lease/lease.h"
#include "domain/message/outbox_rows.h"
#include "store/fault.h"
#include "outbox.sql.h"

#define FIRST_PAGE 32
#define PAGE_MAX 256
#define PAGES_MAX 20    /* of one lane; what lies behind waits for the next claim */
#define HOGS_MAX 4      /* chats that a lane is read without; as many as the query takes */
#define ENDINGS_MAX 200 /* rows that end in one claim, so that thousands of expired ones hold nobody up */

/* What a window shows of a row. */
struct candidate {
    struct uuid user_id, id;
    int64_t chat_id, message_id;
    const char *what; /* view or method */
    struct instant due_at;
    bool expired, superseded;
};

/*
 * How far a lane was read. A chat that fills a page and has to wait (a second a message) would hide everybody
 * behind it, however many pages there are: the rest is read without it.
 */
struct window {
    enum outbox_lane lane;
    const struct candidate *after; /* NULL: from the beginning */
    size_t limit;
    int64_t hogs[HOGS_MAX];
    size_t n_hogs;
};

struct claim {
    struct ctx *ctx;
    const struct outbox_claim_query *query;
    const char *channel;
    int64_t *busy; /* ascending */
    struct outbox_key keys[OUTBOX_CLAIM_MAX];
    int64_t chats[OUTBOX_CLAIM_MAX];
    size_t picked, max_all;
    size_t endings;
    struct uuid broadcast_id; /* whose text that is */
    const char *broadcast;    /* NULL: none yet */
    struct outbox_claimed result;
};

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Provider calls have no chat, and are never in each other's way. */
static bool chat_taken(const struct claim *c, int64_t chat_id)
{
    if (chat_id == 0)
        return false;
    for (size_t i = 0; i < c->picked; i++) {
        if (c->chats[i] == chat_id)
            return true;
    }
    return c->query->busy_count &&
           bsearch(&chat_id, c->busy, c->query->busy_count, sizeof chat_id, by_value) != NULL;
}

static enum ecode load_page(struct claim *c, const struct window *w, struct candidate *page, size_t *n)
{
    static const struct uuid zero;
    enum stmt_step step;
    struct stmt *q = db_query(c->ctx->db, &Q_outbox_window);
    stmt_bind_text(q, 1, c->channel);
    stmt_bind_i64(q, 2, w->lane);
    stmt_bind_time(q, 3, c->ctx->now);
    stmt_bind_time(q, 4, w->after ? w->after->due_at : instant_from_ms(0));
    stmt_bind_uuid(q, 5, w->after ? &w->after->user_id : &zero);
    stmt_bind_uuid(q, 6, w->after ? &w->after->id : &zero);
    stmt_bind_i64(q, 7, (int64_t)w->limit);
    for (int i = 0; i < HOGS_MAX; i++)
        stmt_bind_i64(q, 8 + i, (size_t)i < w->n_hogs ? w->hogs[i] : INT64_MIN);
    for (*n = 0; (step = stmt_step(q)) == STMT_ROW; ++*n) {
        page[*n] = (struct candidate){
            .user_id = stmt_uuid(q, 0),
            .id = stmt_uuid(q, 1),
            .chat_id = stmt_i64(q, 2),
            .message_id = stmt_i64(q, 3),
            .what = arena_strdup(c->ctx->arena, stmt_text(q, 4)),
            .due_at = stmt_time(q, 5),
            .expired = !stmt_is_null(q, 6) && instant_cmp(stmt_time(q, 6), c->ctx->now) <= 0,
        };
    }
    return step == STMT_ERROR ? c->ctx->err.code : E_OK;
}

/* Of edits of one message that draw the same only the newest in the page is worth sending. */
static void mark_superseded(struct candidate *page, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; page[i].message_id && k < n && !page[i].superseded; k++)
            page[i].superseded = page[k].message_id == page[i].message_id && !page[k].expired &&
                                 page[k].chat_id == page[i].chat_id &&
                                 uuid_cmp(&page[k].user_id, &page[i].user_id) == 0 &&
                                 strcmp(page[k].what, page[i].what) == 0;
    }
}

static enum ecode end_candidate(struct claim *c, const struct candidate *row)
{
    struct outbox_row full;
    bool moved;
    struct outbox_finish f = {.to = OUTBOX_DROPPED,
                              .delivery = row->expired ? DELIVERY_MISSED : DELIVERY_CANCELED,
                              .error = row->expired ? "expired" : "a newer edit follows"};
    enum ecode rc = outbox_row_load(c->ctx, &row->user_id, &row->id, &full);
    if (rc == E_OK)
        rc = outbox_row_finish(c->ctx, &full, &f, &moved);
    if (rc != E_OK)
        return rc;
    c->endings++;
    ++*(row->expired ? &c->result.expired : &c->result.superseded);
    return E_OK;
}

static enum ecode look_at_page(struct claim *c, enum outbox_lane lane, const struct candidate *page, size_t n,
                               size_t *of_lane)
{
    for (size_t i = 0; i < n; i++) {
        const struct candidate *row = &page[i];
        if ((row->expired || row->superseded) && c->endings < ENDINGS_MAX) {
            enum ecode rc = end_candidate(c, row);
            if (rc != E_OK)
                return rc;
        } else if (row->expired || row->superseded || *of_lane == c->query->max[lane] ||
                   c->picked == c->max_all || chat_taken(c, row->chat_id)) {
            c->result.more = true;
        } else {
            c->keys[c->picked] = (struct outbox_key){row->user_id, row->id};
            c->chats[c->picked++] = row->chat_id;
            ++*of_lane;
        }
    }
    return E_OK;
}

/* Chats that have to wait and fill a quarter of the page. */
static void find_hogs(struct claim *c, struct window *w, const struct candidate *page, size_t n)
{
    for (size_t i = 0; i < n && w->n_hogs < HOGS_MAX; i++) {
        size_t rows = 0;
        bool known = false;
        for (size_t k = 0; k < w->n_hogs; k++)
            known |= w->hogs[k] == page[i].chat_id;
        if (known || !chat_taken(c, page[i].chat_id))
            continue;
        for (size_t k = i; k < n; k++)
            rows += page[k].chat_id == page[i].chat_id;
        if (rows * 4 >= n)
            w->hogs[w->n_hogs++] = page[i].chat_id;
    }
}

static enum ecode pick_lane(struct claim *c, enum outbox_lane lane)
{
    struct candidate *page = arena_array(c->ctx->arena, PAGE_MAX, sizeof *page);
    struct candidate last;
    size_t max = c->query->max[lane], of_lane = 0, n;
    struct window w = {.lane = lane, .limit = max * 4 < FIRST_PAGE ? FIRST_PAGE : max * 4};
    for (int k = 0; max > 0 && k < PAGES_MAX; k++) {
        enum ecode rc = load_page(c, &w, page, &n);
        if (rc != E_OK)
            return rc;
        mark_superseded(page, n);
        rc = look_at_page(c, lane, page, n, &of_lane);
        if (rc != E_OK || n < w.limit)
            return rc;
        if (of_lane == max || c->picked == c->max_all)
            break;
        find_hogs(c, &w, page, n);
        last = page[n - 1];
        w.after = &last;
        w.limit = PAGE_MAX;
    }
    c->result.more |= max > 0;
    return E_OK;
}

/* --- marking -------------------------------------------------------------------------------------- */

static void read_item(struct claim *c, struct stmt *q, int at, const struct outbox_key *key,
                      struct outbox_item *out)
{
    struct arena *a = c->ctx->arena;
    *out = (struct outbox_item){
        .user_id = key->user_id,
        .id = key->id,
        .channel = arena_strdup(a, stmt_text(q, at)),
        .lane = (enum outbox_lane)stmt_i64(q, at + 1),
        .chat_id = stmt_i64(q, at + 2),
        .message_id = stmt_i64(q, at + 3),
        .method = arena_strdup(a, stmt_text(q, at + 4)),
        .payload = arena_strdup(a, stmt_text(q, at + 5)),
        .view = arena_strdup(a, stmt_text(q, at + 6)),
        .args = arena_strdup(a, stmt_text(q, at + 7)),
        .ref_id = stmt_uuid(q, at + 8),
        .ref_date = stmt_day(q, at + 9),
        .ref_number = (int)stmt_i64(q, at + 10),
        .attempts = (int)stmt_i64(q, at + 11),
        .unknowns = (int)stmt_i64(q, at + 12),
        .due_at = stmt_time(q, at + 13),
        .created_at = stmt_time(q, at + 14),
    };
}

/* taken[i]: the row was still queued. */
static enum ecode take_all(struct claim *c, struct outbox_item *items, bool *taken)
{
    enum stmt_step step;
    int64_t index[OUTBOX_CLAIM_MAX];
    struct uuid users[OUTBOX_CLAIM_MAX], ids[OUTBOX_CLAIM_MAX];
    for (size_t i = 0; i < c->picked; i++) {
        index[i] = (int64_t)i;
        users[i] = c->keys[i].user_id;
        ids[i] = c->keys[i].id;
    }
    struct stmt *q = db_query(c->ctx->db, &Q_outbox_take_many);
    stmt_bind_array(q, 1, index, NULL, c->picked);
    stmt_bind_array(q, 2, users, NULL, c->picked);
    stmt_bind_array(q, 3, ids, NULL, c->picked);
    stmt_bind_i64(q, 4, c->query->fence);
    stmt_bind_time(q, 5, c->ctx->now);
    while ((step = stmt_step(q)) == STMT_ROW) {
        size_t i = (size_t)stmt_i64(q, 0);
        CHECK(i < c->picked);
        read_item(c, q, 1, &c->keys[i], &items[i]);
        taken[i] = true;
    }
    return step == STMT_ERROR ? c->ctx->err.code : E_OK;
}

static enum ecode take_each(struct claim *c, struct outbox_item *items, bool *taken)
{
    for (size_t i = 0; i < c->picked; i++) {
        struct stmt *q = db_query(c->ctx->db, &Q_outbox_take);
        stmt_bind_uuid(q, 1, &c->keys[i].user_id);
        stmt_bind_uuid(q, 2, &c->keys[i].id);
        stmt_bind_i64(q, 3, c->query->fence);
        stmt_bind_time(q, 4, c->ctx->now);
        enum ecode rc = stmt_row(q);
        if (rc != E_OK && rc != E_NOT_FOUND)
            return rc;
        if (rc == E_OK) {
            read_item(c, q, 0, &c->keys[i], &items[i]);
            taken[i] = true;
            stmt_end(q);
        }
    }
    return E_OK;
}

/* --- drawing -------------------------------------------------------------------------------------- */

/* Ends a row that was just marked as being sent. */
static enum ecode end_item(struct claim *c, const struct outbox_item *item, const struct outbox_finish *f)
{
    struct outbox_row row;
    bool moved;
    enum ecode rc = outbox_row_load(c->ctx, &item->user_id, &item->id, &row);
    return rc == E_OK ? outbox_row_finish(c->ctx, &row, f, &moved) : rc;
}

static enum ecode postpone_item(struct claim *c, const struct outbox_item *item, struct instant later)
{
    struct outbox_row row;
    enum ecode rc = outbox_row_load(c->ctx, &item->user_id, &item->id, &row);
    if (rc != E_OK)
        return rc;
    return outbox_row_postpone(c->ctx, &row, later, outbox_expiry(item->lane, later));
}

static enum ecode fail_item(struct claim *c, const struct outbox_item *item)
{
    struct ctx *ctx = c->ctx;
    const char *error = arena_strdup(ctx->arena, ctx->err.text);
    struct alert_draft alert = {
        .fingerprint = arena_printf(ctx->arena, "outbox.view:%s", item->view),
        .severity = ALERT_WARNING,
        .title = arena_printf(ctx->arena, "The message \"%s\" cannot be drawn", item->view),
        .detail = error,
    };
    err_clear(&ctx->err);
    c->result.failed++;
    enum ecode rc = end_item(c, item, &(struct outbox_finish){OUTBOX_FAILED, DELIVERY_FAILED, 0, error});
    return rc == E_OK ? alert_raise(ctx, &alert) : rc;
}

static enum ecode draw_as_user(struct claim *c, const struct outbox_item *item, struct outbox_drawing *out)
{
    enum ecode rc = E_OK;
    if (!uuid_is_zero(&item->user_id))
        rc = ctx_act_as(c->ctx, &item->user_id);
    if (rc == E_NOT_FOUND) { /* erased meanwhile */
        err_clear(&c->ctx->err);
        *out = (struct outbox_drawing){.verdict = DRAWN_NOTHING, .why = DELIVERY_CANCELED};
        return E_OK;
    }
    if (rc == E_OK)
        rc = c->query->draw(c->ctx, item, c->query->arg, out);
    if (rc == E_OK && out->payload)
        fault_poison(out->payload, strlen(out->payload));
    return rc;
}

/* *keep: it goes out. */
static enum ecode draw(struct claim *c, struct outbox_item *item, bool *keep)
{
    struct ctx *ctx = c->ctx;
    struct actor actor = ctx->actor;
    struct outbox_drawing d = {.verdict = DRAWN};
    *keep = false;
    enum ecode rc = db_savepoint(ctx->db);
    if (rc != E_OK)
        return rc;
    enum ecode drawn = draw_as_user(c, item, &d);
    ctx->actor = actor;
    if (ctx_ends_transaction(drawn))
        return drawn;
    if (drawn == E_OK) {
        rc = db_release(ctx->db);
    } else {
        struct err why = ctx->err;
        rc = db_rollback_to(ctx->db);
        if (rc == E_OK) {
            ctx->err = why;
            return fail_item(c, item);
        }
    }
    if (rc == E_OK && d.verdict == DRAWN_NOTHING) {
        CHECK(delivery_may(DELIVERY_QUEUED, d.why));
        c->result.unwanted++;
        return end_item(c, item, &(struct outbox_finish){OUTBOX_DROPPED, d.why, 0, "not wanted any more"});
    }
    if (rc == E_OK && d.verdict == DRAWN_LATER)
        return postpone_item(c, item, d.later);
    item->method = d.method;
    item->payload = d.payload;
    item->drawn = d.drawn;
    *keep = true;
    return rc;
}

/* The text of a broadcast stands once, beside its thousands of rows. */
static enum ecode fill_in_broadcast(struct claim *c, struct outbox_item *item, bool *keep)
{
    struct ctx *ctx = c->ctx;
    enum ecode rc = E_OK;
    if (!c->broadcast || uuid_cmp(&c->broadcast_id, &item->ref_id) != 0)
        rc = broadcast_payload(ctx, &item->ref_id, &c->broadcast);
    if (rc == E_NOT_FOUND) {
        const char *error = arena_strdup(ctx->arena, ctx->err.text);
        err_clear(&ctx->err);
        c->result.failed++;
        *keep = false;
        return end_item(c, item, &(struct outbox_finish){OUTBOX_FAILED, DELIVERY_FAILED, 0, error});
    }
    if (rc == E_OK) {
        c->broadcast_id = item->ref_id;
        item->payload = c->broadcast;
    }
    return rc;
}

/* Marks what was picked as being sent. */
static enum ecode take(struct claim *c)
{
    struct outbox_item *items = arena_array(c->ctx->arena, c->picked, sizeof *items);
    bool taken[OUTBOX_CLAIM_MAX] = {false};
    size_t n = 0;
    enum ecode rc =
        db_engine(c->ctx->db) == DB_POSTGRES ? take_all(c, items, taken) : take_each(c, items, taken);
    for (size_t i = 0; i < c->picked; i++) {
        if (taken[i])
            items[n++] = items[i];
    }
    c->result.items = items;
    c->result.count = n;
    return rc;
}

/* Gives each its text; what is not wanted ends. */
static enum ecode draw_all(struct claim *c)
{
    enum ecode rc = E_OK;
    size_t n = 0;
    for (size_t i = 0; rc == E_OK && i < c->result.count; i++) {
        struct outbox_item *item = &c->result.items[i];
        bool keep = true;
        if (item->view)
            rc = draw(c, item, &keep);
        else if (!item->payload)
            rc = fill_in_broadcast(c, item, &keep);
        if (rc == E_OK && keep)
            c->result.items[n++] = *item;
    }
    c->result.count = n;
    return rc;
}

static enum ecode find_next(struct claim *c)
{
    struct stmt *q = db_query(c->ctx->db, &Q_outbox_next_due);
    stmt_bind_text(q, 1, c->channel);
    stmt_bind_time(q, 2, c->ctx->now);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    for (int lane = 0; lane < LANES; lane++) {
        struct instant at = stmt_time(q, lane);
        if (stmt_is_null(q, lane) || (c->result.has_next && instant_cmp(at, c->result.next_at) >= 0))
            continue;
        c->result.has_next = true;
        c->result.next_at = at;
    }
    stmt_end(q);
    return E_OK;
}

enum ecode outbox_claim(struct ctx *ctx, const struct outbox_claim_query *query, struct outbox_claimed *out)
{
    struct claim c = {.ctx = ctx,
                      .query = query,
                      .channel = query->channel ? query->channel : "telegram",
                      .max_all = query->max_all ? query->max_all : OUTBOX_CLAIM_MAX};
    CHECK(c.max_all <= OUTBOX_CLAIM_MAX);
    enum ecode rc = lease_keep(ctx, query->lease ? query->lease : LEASE_BOT, query->fence, query->lease_ttl);
    if (rc != E_OK)
        return rc;
    c.busy = arena_array(ctx->arena, query->busy_count, sizeof *c.busy);
    if (query->busy_count)
        memcpy(c.busy, query->busy_chats, query->busy_count * sizeof *c.busy);
    qsort(c.busy, query->busy_count, sizeof *c.busy, by_value);
    for (int lane = 0; rc == E_OK && lane < LANES; lane++)
        rc = pick_lane(&c, (enum outbox_lane)lane);
    if (rc == E_OK && c.picked)
        rc = take(&c);
    if (rc == E_OK && !query->draw_apart)
        rc = draw_all(&c);
    if (rc == E_OK && c.result.count < c.picked)
        c.result.more = true; /* there was room for others */
    if (rc == E_OK)
        rc = find_next(&c);
    if (rc == E_OK)
        *out = c.result;
    return rc;
}

enum ecode outbox_draw_claimed(struct ctx *ctx, const struct outbox_claim_query *query,
                               const struct outbox_claimed *claimed, struct outbox_claimed *out)
{
    struct claim c = {.ctx = ctx, .query = query, .result = *claimed};
    enum ecode rc = lease_keep(ctx, query->lease ? query->lease : LEASE_BOT, query->fence, query->lease_ttl);
    if (rc != E_OK)
        return rc;
    c.result.items = arena_array(ctx->arena, claimed->count, sizeof *claimed->items);
    if (claimed->count)
        memcpy(c.result.items, claimed->items, claimed->count * sizeof *claimed->items);
    rc = draw_all(&c);
    c.result.more |= c.result.count < claimed->count;
    if (rc == E_OK)
        *out = c.result;
    return rc;
}
