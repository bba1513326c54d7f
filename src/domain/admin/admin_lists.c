#include "domain/admin/admin_list.h"
#include "admin.sql.h"

/* Subscriptions, referrals and broadcasts of everybody, for operators. */

/* Reads at most limit + 1 rows: with the one too many there is more behind them. */
static void cut(size_t *count, bool *more, int limit)
{
    *more = *count > (size_t)limit;
    *count -= *more;
}

enum ecode admin_subscriptions(struct ctx *ctx, const struct admin_list_query *in,
                               struct admin_subscriptions_page *out)
{
    enum stmt_step step;
    enum ecode rc = admin_check_limit(ctx, in->limit);
    if (rc != E_OK)
        return rc;
    struct admin_subscriptions_page page = {
        .items = arena_array(ctx->arena, (size_t)in->limit + 1, sizeof *page.items)};
    struct stmt *q = db_query(ctx->db, &Q_admin_subscriptions);
    admin_bind_place(q, in->has_after, &in->after);
    stmt_bind_text(q, 3, in->status >= 0 ? subscription_status_names[in->status] : NULL);
    stmt_bind_i64(q, 4, in->limit + 1);
    while ((step = stmt_step(q)) == STMT_ROW)
        page.items[page.count++] = (struct admin_subscription){
            .user_id = stmt_uuid(q, 0),
            .subscription = {
                .id = stmt_uuid(q, 1),
                .plan = arena_strdup(ctx->arena, stmt_text(q, 2)),
                .status = (enum subscription_status)name_index(subscription_status_names, stmt_text(q, 3)),
                .renews_by = (enum renews_by)name_index(renews_by_names, stmt_text(q, 4)),
                .canceled = !stmt_is_null(q, 5),
                .starts_at = stmt_time(q, 6),
                .ends_at = stmt_time(q, 7)}};
    if (step == STMT_ERROR)
        return ctx->err.code;
    cut(&page.count, &page.more, in->limit);
    *out = page;
    return E_OK;
}

enum ecode admin_referrals(struct ctx *ctx, const struct admin_list_query *in,
                           struct admin_referrals_page *out)
{
    enum stmt_step step;
    enum ecode rc = admin_check_limit(ctx, in->limit);
    if (rc != E_OK)
        return rc;
    struct admin_referrals_page page = {
        .items = arena_array(ctx->arena, (size_t)in->limit + 1, sizeof *page.items)};
    bool held = in->status == REFERRAL_HELD;
    struct stmt *q = db_query(ctx->db, held ? &Q_admin_referrals_held : &Q_admin_referrals);
    admin_bind_place(q, in->has_after, &in->after);
    if (!held)
        stmt_bind_text(q, 3, in->status >= 0 ? referral_status_names[in->status] : NULL);
    stmt_bind_i64(q, held ? 3 : 4, in->limit + 1);
    while ((step = stmt_step(q)) == STMT_ROW)
        page.items[page.count++] = (struct referral){
            .ref = {stmt_uuid(q, 0), stmt_uuid(q, 1)},
            .status = (enum referral_status)name_index(referral_status_names, stmt_text(q, 2)),
            .reasons = arena_strdup(ctx->arena, stmt_text(q, 3)),
            .reward = stmt_i64(q, 4),
            .created_at = stmt_time(q, 5)};
    if (step == STMT_ERROR)
        return ctx->err.code;
    cut(&page.count, &page.more, in->limit);
    *out = page;
    return E_OK;
}

enum ecode admin_broadcasts(struct ctx *ctx, const struct admin_list_query *in,
                            struct admin_broadcasts_page *out)
{
    enum stmt_step step;
    enum ecode rc = admin_check_limit(ctx, in->limit);
    if (rc != E_OK)
        return rc;
    struct admin_broadcasts_page page = {
        .items = arena_array(ctx->arena, (size_t)in->limit + 1, sizeof *page.items)};
    struct stmt *q = db_query(ctx->db, &Q_admin_broadcasts);
    admin_bind_place(q, in->has_after, &in->after);
    stmt_bind_i64(q, 3, in->limit + 1);
    while ((step = stmt_step(q)) == STMT_ROW)
        page.items[page.count++] = (struct broadcast){
            .user_id = stmt_uuid(q, 0),
            .id = stmt_uuid(q, 1),
            .body = arena_strdup(ctx->arena, stmt_text(q, 2)),
            .status = (enum broadcast_status)name_index(broadcast_status_names, stmt_text(q, 3)),
            .people = stmt_i64(q, 4),
            .queued = stmt_i64(q, 5),
            .sent = stmt_i64(q, 6),
            .failed = stmt_i64(q, 7),
            .created_at = stmt_time(q, 8),
            .updated_at = stmt_time(q, 9)};
    if (step == STMT_ERROR)
        return ctx->err.code;
    cut(&page.count, &page.more, in->limit);
    *out = page;
    return E_OK;
}
