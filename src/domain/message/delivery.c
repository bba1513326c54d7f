#include "domain/message/delivery.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "delivery.sql.h"

const char *const delivery_status_names[] = {
    [DELIVERY_QUEUED] = "queued",   [DELIVERY_SENT] = "sent",         [DELIVERY_FAILED] = "failed",
    [DELIVERY_UNKNOWN] = "unknown", [DELIVERY_ANSWERED] = "answered", [DELIVERY_QUIET] = "quiet",
    [DELIVERY_MISSED] = "missed",   [DELIVERY_CANCELED] = "canceled", [DELIVERY_STATUSES] = NULL,
};

const char *const delivery_kinds[] = {"reminder", "snooze", "milestone", "summary", "nudge", "notice", NULL};

/* Only what is queued moves, and never back. */
static const unsigned moves[DELIVERY_STATUSES] = {
    [DELIVERY_QUEUED] = 1u << DELIVERY_SENT | 1u << DELIVERY_FAILED | 1u << DELIVERY_UNKNOWN |
                        1u << DELIVERY_ANSWERED | 1u << DELIVERY_QUIET | 1u << DELIVERY_MISSED |
                        1u << DELIVERY_CANCELED,
};

bool delivery_may(enum delivery_status from, enum delivery_status to)
{
    return moves[from] & 1u << to;
}

static void bind_key(struct stmt *q, const struct delivery_key *key)
{
    stmt_bind_uuid(q, 1, &key->user_id);
    stmt_bind_text(q, 2, key->kind);
    stmt_bind_uuid(q, 3, &key->ref_id);
    stmt_bind_day(q, 4, key->local_date);
    stmt_bind_i64(q, 5, key->occasion);
}

static enum ecode add_one(struct ctx *ctx, const struct delivery *d, bool *added)
{
    struct stmt *q = db_query(ctx->db, &Q_delivery_add);
    bind_key(q, &d->key);
    stmt_bind_text(q, 6, delivery_status_names[d->status]);
    stmt_bind_time(q, 7, d->due_at);
    if (!uuid_is_zero(&d->outbox_id))
        stmt_bind_uuid(q, 8, &d->outbox_id);
    stmt_bind_time(q, 9, ctx->now);
    if (d->status != DELIVERY_QUEUED)
        stmt_bind_time(q, 10, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK)
        *added = stmt_changes(q) > 0;
    return rc;
}

static int compare_keys(const struct delivery_key *x, const struct delivery_key *y)
{
    int c = uuid_cmp(&x->user_id, &y->user_id);
    if (c == 0)
        c = strcmp(x->kind, y->kind);
    if (c == 0)
        c = uuid_cmp(&x->ref_id, &y->ref_id);
    if (c == 0)
        c = day_cmp(x->local_date, y->local_date);
    return c ? c : (x->occasion > y->occasion) - (x->occasion < y->occasion);
}

/* The first of equal keys comes first: they stand in the order of the call. */
static int by_key(const void *a, const void *b)
{
    const struct delivery *x = *(const struct delivery *const *)a, *y = *(const struct delivery *const *)b;
    int c = compare_keys(&x->key, &y->key);
    return c ? c : (x > y) - (x < y);
}

static const struct delivery *find(const struct delivery *const *sorted, size_t n,
                                   const struct delivery_key *key)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(&sorted[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && compare_keys(&sorted[low]->key, key) == 0 ? sorted[low] : NULL;
}

static struct stmt *bind_many(struct ctx *ctx, const struct delivery *const *d, size_t n)
{
    struct arena *a = ctx->arena;
    struct uuid *users = arena_array(a, n, sizeof *users), *refs = arena_array(a, n, sizeof *refs),
                *ids = arena_array(a, n, sizeof *ids);
    const char **kinds = arena_array(a, n, sizeof(char *)), **statuses = arena_array(a, n, sizeof(char *));
    struct day *days = arena_array(a, n, sizeof *days);
    int64_t *occasions = arena_array(a, n, sizeof *occasions);
    struct instant *due = arena_array(a, n, sizeof *due);
    bool *no_id = arena_array(a, n, sizeof *no_id);
    for (size_t i = 0; i < n; i++) {
        users[i] = d[i]->key.user_id;
        kinds[i] = d[i]->key.kind;
        refs[i] = d[i]->key.ref_id;
        days[i] = d[i]->key.local_date;
        occasions[i] = d[i]->key.occasion;
        statuses[i] = delivery_status_names[d[i]->status];
        due[i] = d[i]->due_at;
        ids[i] = d[i]->outbox_id;
        no_id[i] = uuid_is_zero(&ids[i]);
    }
    struct stmt *q = db_query(ctx->db, &Q_delivery_add_many);
    stmt_bind_array(q, 1, users, NULL, n);
    stmt_bind_array(q, 2, kinds, NULL, n);
    stmt_bind_array(q, 3, refs, NULL, n);
    stmt_bind_array(q, 4, days, NULL, n);
    stmt_bind_array(q, 5, occasions, NULL, n);
    stmt_bind_array(q, 6, statuses, NULL, n);
    stmt_bind_array(q, 7, due, NULL, n);
    stmt_bind_array(q, 8, ids, no_id, n);
    stmt_bind_time(q, 9, ctx->now);
    return q;
}

static enum ecode add_array(struct ctx *ctx, const struct delivery *d, size_t n, bool *added)
{
    const struct delivery **sorted = arena_array(ctx->arena, n, sizeof(struct delivery *));
    bool *found = arena_array(ctx->arena, n, sizeof *found);
    enum stmt_step step;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &d[i];
    qsort(sorted, n, sizeof(struct delivery *), by_key);
    struct stmt *q = bind_many(ctx, sorted, n);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct delivery_key key = {.user_id = stmt_uuid(q, 0),
                                   .kind = stmt_text(q, 1),
                                   .ref_id = stmt_uuid(q, 2),
                                   .local_date = stmt_day(q, 3),
                                   .occasion = (int)stmt_i64(q, 4)};
        const struct delivery *hit = find(sorted, n, &key);
        CHECK(hit != NULL);
        found[hit - d] = true;
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    memcpy(added, found, n * sizeof *added);
    return E_OK;
}

enum ecode delivery_add_many(struct ctx *ctx, const struct delivery *d, size_t n, bool *added)
{
    for (size_t i = 0; i < n; i++)
        CHECK(name_index(delivery_kinds, d[i].key.kind) >= 0 && !day_is_none(d[i].key.local_date));
    if (n > 0 && db_engine(ctx->db) == DB_POSTGRES)
        return add_array(ctx, d, n, added);
    enum ecode rc = E_OK;
    for (size_t i = 0; rc == E_OK && i < n; i++)
        rc = add_one(ctx, &d[i], &added[i]);
    return rc;
}

enum ecode delivery_get(struct ctx *ctx, const struct delivery_key *key, struct delivery *out)
{
    struct stmt *q = db_query(ctx->db, &Q_delivery_get);
    bind_key(q, key);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such delivery");
    if (rc != E_OK)
        return rc;
    *out =
        (struct delivery){.key = *key,
                          .status = (enum delivery_status)name_index(delivery_status_names, stmt_text(q, 0)),
                          .due_at = stmt_time(q, 1),
                          .outbox_id = stmt_uuid(q, 2),
                          .message_id = stmt_i64(q, 3)};
    stmt_end(q);
    return E_OK;
}

enum ecode delivery_move(struct ctx *ctx, const struct delivery_key *key, enum delivery_status to,
                         int64_t message_id)
{
    struct delivery d;
    enum ecode rc = delivery_get(ctx, key, &d);
    if (rc != E_OK)
        return rc;
    if (!delivery_may(d.status, to))
        return err_reason(&ctx->err, E_CONFLICT, "delivery_move_refused",
                          "a delivery that is %s cannot become %s", delivery_status_names[d.status],
                          delivery_status_names[to]);
    struct stmt *q = db_query(ctx->db, &Q_delivery_move);
    bind_key(q, key);
    stmt_bind_text(q, 6, delivery_status_names[to]);
    stmt_bind_time(q, 7, ctx->now);
    if (message_id)
        stmt_bind_i64(q, 8, message_id);
    return stmt_run(q);
}
