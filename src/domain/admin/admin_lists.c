#include "domain/admin/admin.h"
#include "admin.sql.h"

/* Subscriptions, referrals and broadcasts of everybody, for operators. */

enum ecode admin_subscriptions(struct ctx *ctx, const struct admin_list_query *in,
                               struct admin_subscriptions_page *out)
{
    struct list l;
    enum ecode rc = list_begin(ctx, &in->list, &Q_admin_subscriptions, &l);
    if (rc != E_OK)
        return rc;
    struct admin_subscriptions_page page = {
        .items = arena_array(ctx->arena, (size_t)in->list.limit, sizeof *page.items)};
    stmt_bind_text(l.q, 4, in->status >= 0 ? subscription_status_names[in->status] : NULL);
    while (list_row(&l))
        page.items[page.count++] = (struct admin_subscription){
            .user_id = stmt_uuid(l.q, 2),
            .subscription = {
                .id = stmt_uuid(l.q, 1),
                .plan = arena_strdup(ctx->arena, stmt_text(l.q, 3)),
                .status = (enum subscription_status)name_index(subscription_status_names, stmt_text(l.q, 4)),
                .renews_by = (enum renews_by)name_index(renews_by_names, stmt_text(l.q, 5)),
                .canceled = !stmt_is_null(l.q, 6),
                .starts_at = stmt_time(l.q, 7),
                .ends_at = stmt_time(l.q, 8)}};
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}

enum ecode admin_referrals(struct ctx *ctx, const struct admin_list_query *in,
                           struct admin_referrals_page *out)
{
    struct list l;
    bool held = in->status == REFERRAL_HELD;
    enum ecode rc = list_begin(ctx, &in->list, held ? &Q_admin_referrals_held : &Q_admin_referrals, &l);
    if (rc != E_OK)
        return rc;
    struct admin_referrals_page page = {
        .items = arena_array(ctx->arena, (size_t)in->list.limit, sizeof *page.items)};
    if (!held)
        stmt_bind_text(l.q, 4, in->status >= 0 ? referral_status_names[in->status] : NULL);
    while (list_row(&l))
        page.items[page.count++] = (struct referral){
            .ref = {.referrer = stmt_uuid(l.q, 2), .referred = stmt_uuid(l.q, 1)},
            .status = (enum referral_status)name_index(referral_status_names, stmt_text(l.q, 3)),
            .reasons = arena_strdup(ctx->arena, stmt_text(l.q, 4)),
            .reward = stmt_i64(l.q, 5),
            .created_at = stmt_time(l.q, 6)};
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}

enum ecode admin_broadcasts(struct ctx *ctx, const struct admin_list_query *in,
                            struct admin_broadcasts_page *out)
{
    struct list l;
    enum ecode rc = list_begin(ctx, &in->list, &Q_admin_broadcasts, &l);
    if (rc != E_OK)
        return rc;
    struct admin_broadcasts_page page = {
        .items = arena_array(ctx->arena, (size_t)in->list.limit, sizeof *page.items)};
    stmt_bind_text(l.q, 4, in->status >= 0 ? broadcast_status_names[in->status] : NULL);
    while (list_row(&l))
        page.items[page.count++] = (struct broadcast){
            .id = stmt_uuid(l.q, 1),
            .user_id = stmt_uuid(l.q, 2),
            .body = arena_strdup(ctx->arena, stmt_text(l.q, 3)),
            .status = (enum broadcast_status)name_index(broadcast_status_names, stmt_text(l.q, 4)),
            .people = stmt_i64(l.q, 5),
            .queued = stmt_i64(l.q, 6),
            .sent = stmt_i64(l.q, 7),
            .failed = stmt_i64(l.q, 8),
            .created_at = stmt_time(l.q, 9),
            .updated_at = stmt_time(l.q, 10)};
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}
