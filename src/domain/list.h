#ifndef HABITD_DOMAIN_LIST_H
#define HABITD_DOMAIN_LIST_H

#include "domain/ctx.h"

/*
 * Lists that are read a page after the other, in an order that is asked for. A page ends at a place: what its
 * last row has in the column that the list is sorted by, and that row's id. So rows that come or go meanwhile
 * make no other row appear twice or never.
 */
#define LIST_MAX 200
#define LIST_PAGE 50                    /* unless another limit is asked for */
#define LIST_FIRST_MS (-62135596800000) /* the year 1 begins */
#define LIST_LAST_MS 253402300799999    /* the year 9999 ends */

/* Plain bytes without a gap: it leaves the program inside of a cursor and comes back as anything. */
struct list_place {
    int64_t value; /* of a moment its milliseconds */
    int64_t order; /* the one it is a place of */
    struct uuid id;
};
/* Of the list's column i, upwards or downwards. */
#define LIST_ORDER(i, down) ((int64_t)(i)*2 + (down))

struct list_query {
    int limit;        /* 1 – LIST_MAX */
    const char *sort; /* "amount" upwards, "-amount" downwards; NULL: by the first column downwards */
    bool has_after;
    struct list_place after;
};
/* What is behind a page. */
struct list_rest {
    bool more;
    struct list_place next; /* when there is more */
};

struct list {
    struct ctx *ctx;
    struct stmt *q;
    int limit, count;
    bool is_time, failed;
    struct list_rest rest;
};

/* UTC days, both included; day_none(): without an end. */
struct list_days {
    struct day from, to;
};
static inline bool list_days_any(const struct list_days *d)
{
    return !day_is_none(d->from) || !day_is_none(d->to);
}
/* Binds the first moment of them, and the one behind the last. */
void list_bind_days(struct stmt *q, int at, const struct list_days *days);

/*
 * Begins to read a list, whose query has the place as $1 and $2 and the limit as $3, which are bound here,
 * and the column it is sorted by and the id as its columns 0 and 1. E_INVALID field "limit", "sort",
 * "cursor".
 */
enum ecode list_begin(struct ctx *ctx, const struct list_query *in, const struct query_orders *orders,
                      struct list *out);
/* The next row of the page, readable in out->q until the next call; false: there is none, or it failed. */
bool list_row(struct list *l);
/* After the last row. *rest is written on E_OK. */
enum ecode list_end(struct list *l, struct list_rest *rest);

#endif
