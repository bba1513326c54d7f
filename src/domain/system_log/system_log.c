#include "domain/system_log/system_log.h"

#include "base/check.h"
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

/* Where the page begins: behind a place, and not later than asked for. */
static struct system_log_place start_of(const struct system_log_query *in)
{
    struct system_log_place p = {.at =
                                     in->to.ms ? in->to : end_of_time}; /* the least id: that moment is out */
    if (in->has_after && instant_cmp(in->after.at, p.at) < 0)
        p = in->after;
    return p;
}

enum ecode system_log_list(struct ctx *ctx, const struct system_log_query *in, struct system_log_page *out)
{
    struct arena *a = ctx->arena;
    enum stmt_step step;
    if (in->limit < 1 || in->limit > SYSTEM_LOG_LIST_MAX)
        return err_field(&ctx->err, "limit", "must be between 1 and %d", SYSTEM_LOG_LIST_MAX);
    struct system_log_place start = start_of(in);
    struct system_log_page page = {.items = arena_array(a, (size_t)in->limit + 1, sizeof *page.items)};
    struct stmt *q = db_query(ctx->db, in->fingerprint ? &Q_system_log_list_of : &Q_system_log_list);
    stmt_bind_time(q, 1, start.at);
    stmt_bind_uuid(q, 2, &start.id);
    stmt_bind_time(q, 3, in->from);
    stmt_bind_text(q, 4, in->level >= 0 ? log_level_names[in->level] : NULL);
    stmt_bind_text(q, 5, in->source);
    stmt_bind_i64(q, 6, in->limit + 1);
    if (in->fingerprint)
        stmt_bind_text(q, 7, in->fingerprint);
    while ((step = stmt_step(q)) == STMT_ROW)
        page.items[page.count++] = (struct system_log){
            .created_at = stmt_time(q, 0),
            .id = stmt_uuid(q, 1),
            .level = (enum log_level)name_index(log_level_names, stmt_text(q, 2)),
            .source = arena_strdup(a, stmt_text(q, 3)),
            .fingerprint = arena_strdup(a, stmt_text(q, 4)),
            .message = arena_strdup(a, stmt_text(q, 5)),
            .context = arena_strdup(a, stmt_text(q, 6)),
        };
    if (step == STMT_ERROR)
        return ctx->err.code;
    page.more = page.count > (size_t)in->limit;
    page.count -= page.more;
    *out = page;
    return E_OK;
}
