#include "domain/system_log/system_log.h"

#include "system_log.sql.h"

static const struct instant end_of_time = {253402300799999}; /* of the year 9999 */

enum ecode system_log_add(struct ctx *ctx, const struct system_log *items, size_t n)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; i < n && rc == E_OK; i++) {
        const struct system_log *l = &items[i];
        struct stmt *q = db_query(ctx->db, &Q_system_log_add);
        stmt_bind_time(q, 1, l->created_at);
        stmt_bind_uuid(q, 2, &l->id);
        stmt_bind_text(q, 3, log_level_names[l->level]);
        stmt_bind_text(q, 4, l->source);
        stmt_bind_text(q, 5, l->fingerprint);
        stmt_bind_text(q, 6, l->message);
        stmt_bind_text(q, 7, l->context);
        rc = stmt_run(q);
    }
    return rc;
}

enum ecode system_log_count(struct ctx *ctx, int64_t *out)
{
    struct stmt *q = db_query(ctx->db, &Q_system_log_count);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = stmt_i64(q, 0);
    stmt_end(q);
    return E_OK;
}

enum ecode system_log_drop_oldest(struct ctx *ctx, int max, int64_t *dropped)
{
    struct stmt *q = db_query(ctx->db, &Q_system_log_drop_oldest);
    stmt_bind_i64(q, 1, max);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK)
        *dropped = stmt_changes(q);
    return rc;
}

/* The time that is left of what was asked for when the list goes on at that moment. */
static void bind_span(struct list *l, const struct system_log_query *in, struct instant at)
{
    bool down = l->rest.next.order & 1;
    struct instant from = in->from, to = in->to.ms ? in->to : end_of_time;
    if (in->list.has_after && down && instant_cmp(at, to) < 0)
        to = instant_from_ms(at.ms + 1); /* of that moment there may be more */
    if (in->list.has_after && !down && instant_cmp(at, from) > 0)
        from = at;
    stmt_bind_time(l->q, 4, from);
    stmt_bind_time(l->q, 5, to);
}

enum ecode system_log_list(struct ctx *ctx, const struct system_log_query *in, struct system_log_page *out)
{
    struct arena *a = ctx->arena;
    struct list l;
    enum ecode rc =
        list_begin(ctx, &in->list, in->fingerprint ? &Q_system_log_list_of : &Q_system_log_list, &l);
    if (rc != E_OK)
        return rc;
    struct system_log_page page = {.items = arena_array(a, (size_t)in->list.limit, sizeof *page.items)};
    bind_span(&l, in, instant_from_ms(in->list.after.value));
    stmt_bind_text(l.q, 6, in->level >= 0 ? log_level_names[in->level] : NULL);
    stmt_bind_text(l.q, 7, in->source);
    if (in->fingerprint)
        stmt_bind_text(l.q, 8, in->fingerprint);
    while (list_row(&l))
        page.items[page.count++] = (struct system_log){
            .created_at = stmt_time(l.q, 0),
            .id = stmt_uuid(l.q, 1),
            .level = (enum log_level)name_index(log_level_names, stmt_text(l.q, 2)),
            .source = arena_strdup(a, stmt_text(l.q, 3)),
            .fingerprint = arena_strdup(a, stmt_text(l.q, 4)),
            .message = arena_strdup(a, stmt_text(l.q, 5)),
            .context = arena_strdup(a, stmt_text(l.q, 6)),
        };
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}
