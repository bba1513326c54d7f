#include "domain/admin/admin.h"
#include "admin.sql.h"

/* Payments and the audit log, for operators. */

static void bind_user(struct stmt *q, int at, const struct uuid *user_id)
{
    if (!uuid_is_zero(user_id))
        stmt_bind_uuid(q, at, user_id);
}

/* The ids of a page. */
static enum ecode find_payments(struct ctx *ctx, const struct admin_payments_query *in,
                                struct admin_payments_page *page)
{
    struct list l;
    bool revenue = list_days_any(&in->revenue);
    if (revenue && in->charge != NULL)
        return err_field(&ctx->err, "revenue_from", "days are not asked for beside a charge");
    enum ecode rc = list_begin(ctx, &in->list,
                               in->charge != NULL           ? &Q_admin_payments_charged
                               : revenue                    ? &Q_admin_payments_revenue
                               : uuid_is_zero(&in->user_id) ? &Q_admin_payments
                                                            : &Q_admin_payments_of,
                               &l);
    if (rc != E_OK)
        return rc;
    page->items = arena_array(ctx->arena, (size_t)in->list.limit, sizeof *page->items);
    stmt_bind_text(l.q, 4, in->provider >= 0 ? payment_provider_names[in->provider] : NULL);
    stmt_bind_text(l.q, 5, in->status >= 0 ? payment_status_names[in->status] : NULL);
    stmt_bind_text(l.q, 6, in->currency);
    if (in->charge != NULL) {
        stmt_bind_text(l.q, 7, in->charge);
        bind_user(l.q, 8, &in->user_id);
    } else if (revenue) {
        list_bind_days(l.q, 7, &in->revenue);
        bind_user(l.q, 9, &in->user_id);
    } else {
        bind_user(l.q, 7, &in->user_id);
    }
    while (list_row(&l))
        page->items[page->count++] = (struct payment){.id = stmt_uuid(l.q, 1), .user_id = stmt_uuid(l.q, 2)};
    return list_end(&l, &page->rest);
}

enum ecode admin_payments(struct ctx *ctx, const struct admin_payments_query *in,
                          struct admin_payments_page *out)
{
    struct admin_payments_page page = {0};
    enum ecode rc = find_payments(ctx, in, &page);
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
    struct list l;
    bool of_one = !uuid_is_zero(&in->user_id);
    enum ecode rc = list_begin(ctx, &in->list, of_one ? &Q_admin_audit_of : &Q_admin_audit, &l);
    if (rc != E_OK)
        return rc;
    struct admin_audit_page page = {.items = arena_array(a, (size_t)in->list.limit, sizeof *page.items)};
    stmt_bind_text(l.q, 4, in->operation);
    if (of_one)
        stmt_bind_uuid(l.q, 5, &in->user_id);
    while (list_row(&l))
        page.items[page.count++] = (struct admin_audit_row){
            .id = stmt_uuid(l.q, 1),
            .user_id = stmt_uuid(l.q, 2),
            .actor = arena_strdup(a, stmt_text(l.q, 3)),
            .operation = arena_strdup(a, stmt_text(l.q, 4)),
            .request_id = arena_strdup(a, stmt_text(l.q, 5)),
            .detail = arena_strdup(a, stmt_text(l.q, 6)),
            .created_at = stmt_time(l.q, 7),
        };
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}
