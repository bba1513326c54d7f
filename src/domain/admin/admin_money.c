#include "domain/admin/admin_list.h"
#include "admin.sql.h"

/* Payments and the audit log, for operators. */

/* The ids of a page, at most limit + 1. */
static enum ecode find_payments(struct ctx *ctx, const struct admin_payments_query *in,
                                struct admin_payments_page *page)
{
    enum stmt_step step;
    bool of_one = !uuid_is_zero(&in->user_id);
    struct stmt *q = db_query(ctx->db, of_one ? &Q_admin_payments_of : &Q_admin_payments);
    admin_bind_place(q, in->has_after, &in->after);
    stmt_bind_text(q, 3, in->charge);
    stmt_bind_text(q, 4, in->provider >= 0 ? payment_provider_names[in->provider] : NULL);
    stmt_bind_text(q, 5, in->status >= 0 ? payment_status_names[in->status] : NULL);
    stmt_bind_i64(q, 6, in->limit + 1);
    if (of_one)
        stmt_bind_uuid(q, 7, &in->user_id);
    while ((step = stmt_step(q)) == STMT_ROW)
        page->items[page->count++] = (struct payment){.user_id = stmt_uuid(q, 0), .id = stmt_uuid(q, 1)};
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

enum ecode admin_payments(struct ctx *ctx, const struct admin_payments_query *in,
                          struct admin_payments_page *out)
{
    enum ecode rc = admin_check_limit(ctx, in->limit);
    if (rc != E_OK)
        return rc;
    struct admin_payments_page page = {
        .items = arena_array(ctx->arena, (size_t)in->limit + 1, sizeof *page.items)};
    rc = find_payments(ctx, in, &page);
    page.more = page.count > (size_t)in->limit;
    page.count -= page.more;
    for (size_t i = 0; rc == E_OK && i < page.count; i++) {
        struct payment found = page.items[i];
        rc = payment_load(ctx, &found.user_id, &found.id, &page.items[i]);
    }
    if (rc == E_OK)
        *out = page;
    return rc;
}

enum ecode admin_audit(struct ctx *ctx, const struct admin_audit_query *in, struct admin_audit_page *out)
{
    struct arena *a = ctx->arena;
    enum stmt_step step;
    enum ecode rc = admin_check_limit(ctx, in->limit);
    if (rc != E_OK)
        return rc;
    struct admin_audit_page page = {.items = arena_array(a, (size_t)in->limit + 1, sizeof *page.items)};
    bool of_one = !uuid_is_zero(&in->user_id);
    struct stmt *q = db_query(ctx->db, of_one ? &Q_admin_audit_of : &Q_admin_audit);
    admin_bind_place(q, in->has_after, &in->after);
    stmt_bind_text(q, 3, in->operation);
    stmt_bind_i64(q, 4, in->limit + 1);
    if (of_one)
        stmt_bind_uuid(q, 5, &in->user_id);
    while ((step = stmt_step(q)) == STMT_ROW)
        page.items[page.count++] = (struct admin_audit_row){
            .id = stmt_uuid(q, 0),
            .user_id = stmt_uuid(q, 1),
            .actor = arena_strdup(a, stmt_text(q, 2)),
            .operation = arena_strdup(a, stmt_text(q, 3)),
            .request_id = arena_strdup(a, stmt_text(q, 4)),
            .detail = arena_strdup(a, stmt_text(q, 5)),
            .created_at = stmt_time(q, 6),
        };
    if (step == STMT_ERROR)
        return ctx->err.code;
    page.more = page.count > (size_t)in->limit;
    page.count -= page.more;
    *out = page;
    return E_OK;
}
