#include "domain/list.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"

#define MS_PER_DAY 86400000LL

enum { COLUMN_VALUE, COLUMN_ID };

static enum ecode unknown_column(struct ctx *ctx, const struct query_orders *orders)
{
    char known[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < orders->count && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                 orders->columns[i]);
    return err_field(&ctx->err, "sort", "must be one of %s, with a - before it to begin with the greatest",
                     known);
}

static enum ecode choose(struct ctx *ctx, const char *sort, const struct query_orders *orders, int64_t *out)
{
    if (sort == NULL) {
        *out = LIST_ORDER(0, true);
        return E_OK;
    }
    bool down = sort[0] == '-';
    for (size_t i = 0; i < orders->count; i++) {
        if (strcmp(sort + down, orders->columns[i]) == 0) {
            *out = LIST_ORDER(i, down);
            return E_OK;
        }
    }
    return unknown_column(ctx, orders);
}

/* Before every row. */
static struct list_place beginning(int64_t order, bool is_time)
{
    bool down = order & 1;
    struct list_place p = {.order = order};
    if (is_time)
        p.value = down ? LIST_LAST_MS : LIST_FIRST_MS;
    else
        p.value = down ? INT64_MAX : INT64_MIN;
    return p;
}

void list_bind_days(struct stmt *q, int at, const struct list_days *days)
{
    int64_t from = day_is_none(days->from) ? LIST_FIRST_MS : days->from.n * MS_PER_DAY;
    int64_t to = day_is_none(days->to) ? LIST_LAST_MS : (days->to.n + 1) * MS_PER_DAY;
    stmt_bind_time(q, at, instant_from_ms(from));
    stmt_bind_time(q, at + 1, instant_from_ms(to < LIST_LAST_MS ? to : LIST_LAST_MS));
}

enum ecode list_begin(struct ctx *ctx, const struct list_query *in, const struct query_orders *orders,
                      struct list *out)
{
    int64_t order = 0;
    if (in->limit < 1 || in->limit > LIST_MAX)
        return err_field(&ctx->err, "limit", "must be between 1 and %d", LIST_MAX);
    enum ecode rc = choose(ctx, in->sort, orders, &order);
    if (rc != E_OK)
        return rc;
    const struct query *query = orders->by[order / 2][order % 2];
    bool is_time = query->params[0] == DB_TIME;
    struct list_place p = in->has_after ? in->after : beginning(order, is_time);
    if (p.order != order || (is_time && (p.value < LIST_FIRST_MS || p.value > LIST_LAST_MS)))
        return err_field(&ctx->err, "cursor",
                         "must be the \"next\" of an earlier answer of this list in this order");
    *out = (struct list){
        .ctx = ctx, .q = db_query(ctx->db, query), .limit = in->limit, .is_time = is_time, .rest.next = p};
    if (is_time)
        stmt_bind_time(out->q, 1, instant_from_ms(p.value));
    else
        stmt_bind_i64(out->q, 1, p.value);
    stmt_bind_uuid(out->q, 2, &p.id);
    stmt_bind_i64(out->q, 3, in->limit + 1); /* by the one too many it is seen that there is more */
    return E_OK;
}

bool list_row(struct list *l)
{
    enum stmt_step step = stmt_step(l->q);
    l->failed = step == STMT_ERROR;
    if (step != STMT_ROW)
        return false;
    if (l->count == l->limit) {
        stmt_end(l->q);
        l->rest.more = true;
        return false;
    }
    l->count++;
    l->rest.next.value = l->is_time ? stmt_time(l->q, COLUMN_VALUE).ms : stmt_i64(l->q, COLUMN_VALUE);
    l->rest.next.id = stmt_uuid(l->q, COLUMN_ID);
    return true;
}

enum ecode list_end(struct list *l, struct list_rest *rest)
{
    if (l->failed)
        return l->ctx->err.code;
    *rest = l->rest;
    return E_OK;
}
