#include "domain/admin/admin.h"

#include <stdlib.h>
#include <string.h>
#include "admin.sql.h"
#include "base/check.h"

/* The rows behind the queues' figures, for operators. */

/* --- what goes out ----------------------------------------------------------------------------------- */

/*
 * Each state of a row has an index of its own, and what waits one for each lane of each channel. So a page is
 * put together from the first rows of each of them: it costs its own length, however many wait.
 */
struct gathering {
    struct ctx *ctx;
    const struct admin_outbox_query *in;
    struct admin_outbox_row *rows;
    size_t count;
    bool more;
    int64_t order; /* of the places */
};

static int by_due(const void *a, const void *b)
{
    const struct admin_outbox_row *x = a, *y = b;
    int cmp = instant_cmp(x->due_at, y->due_at);
    return cmp != 0 ? cmp : uuid_cmp(&x->id, &y->id);
}

static int by_due_down(const void *a, const void *b)
{
    return by_due(b, a);
}

static struct admin_outbox_row read_outbox(struct ctx *ctx, struct stmt *q)
{
    struct arena *a = ctx->arena;
    return (struct admin_outbox_row){
        .due_at = stmt_time(q, 0),
        .id = stmt_uuid(q, 1),
        .user_id = stmt_uuid(q, 2),
        .channel = arena_strdup(a, stmt_text(q, 3)),
        .lane = (enum outbox_lane)stmt_i64(q, 4),
        .status = (enum outbox_status)name_index(outbox_status_names, stmt_text(q, 5)),
        .kind = arena_strdup(a, stmt_text(q, 6)),
        .chat_id = stmt_i64(q, 7),
        .attempts = (int)stmt_i64(q, 8),
        .unknowns = (int)stmt_i64(q, 9),
        .created_at = stmt_time(q, 10),
        .expires_at = stmt_time(q, 11),
        .attempted_at = stmt_time(q, 12),
        .done_at = stmt_time(q, 13),
        .error = arena_strdup(a, stmt_text(q, 14)),
    };
}

/* Of those that were gathered and a list's, the first ones. */
static enum ecode gather(struct gathering *g, struct list *l)
{
    size_t limit = (size_t)g->in->list.limit;
    struct list_rest rest;
    g->order = l->rest.next.order;
    while (list_row(l))
        g->rows[g->count++] = read_outbox(g->ctx, l->q);
    enum ecode rc = list_end(l, &rest);
    if (rc != E_OK)
        return rc;
    qsort(g->rows, g->count, sizeof *g->rows, g->order & 1 ? by_due_down : by_due);
    g->more = g->more || rest.more || g->count > limit;
    g->count = g->count < limit ? g->count : limit;
    return E_OK;
}

/* lane and channel below 0: any. */
static enum ecode begin(struct gathering *g, const struct query_orders *orders, int lane, int channel,
                        struct list *l)
{
    enum ecode rc = list_begin(g->ctx, &g->in->list, orders, l);
    if (rc != E_OK)
        return rc;
    stmt_bind_text(l->q, 4, g->in->kind);
    if (lane >= 0)
        stmt_bind_i64(l->q, 5, lane);
    if (channel >= 0)
        stmt_bind_text(l->q, 6, outbox_channel_names[channel]);
    return E_OK;
}

static enum ecode gather_queued(struct gathering *g)
{
    const struct admin_outbox_query *in = g->in;
    enum ecode rc = E_OK;
    for (int c = 0; rc == E_OK && c < OUTBOX_CHANNELS; c++) {
        for (int lane = 0; rc == E_OK && lane < LANES; lane++) {
            struct list l;
            if ((in->channel >= 0 && in->channel != c) || (in->lane >= 0 && in->lane != lane))
                continue;
            rc = begin(g, &Q_admin_outbox_queued, lane, c, &l);
            if (rc == E_OK)
                rc = gather(g, &l);
        }
    }
    return rc;
}

static enum ecode gather_state(struct gathering *g, enum outbox_status status)
{
    struct list l;
    bool trouble = status == OUTBOX_FAILED || status == OUTBOX_UNKNOWN;
    if (status == OUTBOX_QUEUED)
        return gather_queued(g);
    enum ecode rc = begin(g,
                          trouble                 ? &Q_admin_outbox_trouble
                          : status == OUTBOX_HELD ? &Q_admin_outbox_held
                                                  : &Q_admin_outbox_sending,
                          g->in->lane, g->in->channel, &l);
    if (rc != E_OK)
        return rc;
    if (trouble)
        stmt_bind_text(l.q, 7, outbox_status_names[status]);
    return gather(g, &l);
}

static enum ecode gather_person(struct gathering *g)
{
    struct list l;
    enum ecode rc = begin(g, &Q_admin_outbox_of, g->in->lane, g->in->channel, &l);
    if (rc != E_OK)
        return rc;
    stmt_bind_uuid(l.q, 7, &g->in->user_id);
    stmt_bind_text(l.q, 8, g->in->status >= 0 ? outbox_status_names[g->in->status] : NULL);
    return gather(g, &l);
}

enum ecode admin_outbox(struct ctx *ctx, const struct admin_outbox_query *in, struct admin_outbox_page *out)
{
    struct gathering g = {.ctx = ctx, .in = in};
    enum ecode rc = E_OK;
    bool of_one = !uuid_is_zero(&in->user_id);
    if (!of_one && (in->status == OUTBOX_SENT || in->status == OUTBOX_DROPPED))
        return err_field(&ctx->err, "status", "%s ones are listed of one person: say user_id as well",
                         outbox_status_names[in->status]);
    g.rows = arena_array(ctx->arena, 2 * LIST_MAX, sizeof *g.rows);
    if (of_one)
        rc = gather_person(&g);
    for (int s = 0; !of_one && rc == E_OK && s < OUTBOX_STATUSES; s++)
        if (s != OUTBOX_SENT && s != OUTBOX_DROPPED && (in->status < 0 || in->status == s))
            rc = gather_state(&g, (enum outbox_status)s);
    if (rc != E_OK)
        return rc;
    *out = (struct admin_outbox_page){.items = g.rows, .count = g.count, .rest.more = g.more};
    if (g.count > 0)
        out->rest.next = (struct list_place){
            .value = g.rows[g.count - 1].due_at.ms, .order = g.order, .id = g.rows[g.count - 1].id};
    return E_OK;
}

/* --- what came in ------------------------------------------------------------------------------------ */

const char *const admin_inbox_status_names[ADMIN_INBOX_STATUSES] = {"pending", "parked"};
const char *const admin_inbox_source_names[ADMIN_INBOX_SOURCES] = {"telegram", "yookassa", "cryptobot"};

/* Where the page begins. */
static enum ecode inbox_place(struct ctx *ctx, const struct admin_inbox_query *in,
                              struct admin_inbox_place *out)
{
    static const char *const sorts[] = {"received_at", "-received_at"};
    int64_t down = in->sort == NULL || strcmp(in->sort, sorts[1]) == 0;
    if (in->limit < 1 || in->limit > LIST_MAX)
        return err_field(&ctx->err, "limit", "must be between 1 and %d", LIST_MAX);
    if (in->sort != NULL && strcmp(in->sort, sorts[down]) != 0)
        return err_field(&ctx->err, "sort", "must be %s or %s", sorts[0], sorts[1]);
    *out = (struct admin_inbox_place){.received_ms = down ? LIST_LAST_MS : LIST_FIRST_MS, .down = down};
    if (!in->has_after)
        return E_OK;
    const struct admin_inbox_place *p = &in->after;
    if (p->down != down || p->received_ms < LIST_FIRST_MS || p->received_ms > LIST_LAST_MS ||
        memchr(p->external_id, '\0', sizeof p->external_id) == NULL)
        return err_field(&ctx->err, "cursor",
                         "must be the \"next\" of an earlier answer of this list in this order");
    *out = *p;
    return E_OK;
}

static struct admin_inbox_row read_inbox(struct ctx *ctx, struct stmt *q)
{
    struct arena *a = ctx->arena;
    return (struct admin_inbox_row){
        .received_at = stmt_time(q, 0),
        .external_id = arena_strdup(a, stmt_text(q, 1)),
        .source = arena_strdup(a, stmt_text(q, 2)),
        .status = arena_strdup(a, stmt_text(q, 3)),
        .chat_id = stmt_i64(q, 4),
        .bytes = stmt_i64(q, 5),
        .attempts = (int)stmt_i64(q, 6),
        .next_at = stmt_time(q, 7),
        .begun = !stmt_is_null(q, 8),
        .processed_at = stmt_time(q, 9),
        .error = arena_strdup(a, stmt_text(q, 10)),
    };
}

enum ecode admin_inbox(struct ctx *ctx, const struct admin_inbox_query *in, struct admin_inbox_page *out)
{
    struct admin_inbox_place p;
    enum stmt_step step;
    enum ecode rc = inbox_place(ctx, in, &p);
    if (rc != E_OK)
        return rc;
    struct admin_inbox_page page = {.items = arena_array(ctx->arena, (size_t)in->limit, sizeof *page.items)};
    struct stmt *q = db_query(ctx->db, Q_admin_inbox.by[0][p.down]);
    stmt_bind_time(q, 1, instant_from_ms(p.received_ms));
    stmt_bind_text(q, 2, p.external_id);
    stmt_bind_i64(q, 3, in->limit + 1); /* by the one too many it is seen that there is more */
    stmt_bind_text(q, 4, in->status >= 0 ? admin_inbox_status_names[in->status] : NULL);
    stmt_bind_text(q, 5, in->source >= 0 ? admin_inbox_source_names[in->source] : NULL);
    while ((step = stmt_step(q)) == STMT_ROW && page.count < (size_t)in->limit)
        page.items[page.count++] = read_inbox(ctx, q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    page.more = step == STMT_ROW;
    stmt_end(q);
    if (page.more) {
        const struct admin_inbox_row *last = &page.items[page.count - 1];
        page.next = (struct admin_inbox_place){.received_ms = last->received_at.ms, .down = p.down};
        size_t len = strlen(last->external_id);
        CHECK(len < sizeof page.next.external_id);
        memcpy(page.next.external_id, last->external_id, len + 1);
    }
    *out = page;
    return E_OK;
}
