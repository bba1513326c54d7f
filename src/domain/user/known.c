/* Many people at once, for batches. */
#include "base/check.h"
#include "domain/user/user.h"
#include "user.sql.h"

/* From a row whose columns from `first` on are those of user_known. */
static enum ecode from_row(struct ctx *ctx, struct stmt *q, int first, struct known_person *out)
{
    out->found = true;
    out->actor = (struct actor){
        .role = ROLE_SYSTEM, .user_id = stmt_uuid(q, first), .day_starts_at = (int)stmt_i64(q, first + 2)};
    out->actor.tier = user_effective_tier((enum tier)name_index(tier_names, stmt_text(q, first + 3)),
                                          !stmt_is_null(q, first + 4), stmt_time(q, first + 4), ctx->now);
    out->language_code = arena_strdup(ctx->arena, stmt_text(q, first + 5));
    return zone_get(stmt_text(q, first + 1), &out->actor.zone, &ctx->err);
}

static enum ecode find_each(struct ctx *ctx, const int64_t *ids, size_t n, struct known_person *out)
{
    for (size_t i = 0; i < n; i++) {
        struct stmt *q = db_query(ctx->db, &Q_user_known);
        stmt_bind_i64(q, 1, ids[i]);
        enum ecode rc = stmt_row(q);
        if (rc == E_NOT_FOUND)
            continue;
        if (rc == E_OK)
            rc = from_row(ctx, q, 0, &out[i]);
        stmt_end(q);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

static enum ecode find_together(struct ctx *ctx, const int64_t *ids, size_t n, struct known_person *out)
{
    int64_t *index = arena_array(ctx->arena, n, sizeof *index);
    enum stmt_step step;
    enum ecode rc = E_OK;
    for (size_t i = 0; i < n; i++)
        index[i] = (int64_t)i;
    struct stmt *q = db_query(ctx->db, &Q_user_known_many);
    stmt_bind_array(q, 1, index, NULL, n);
    stmt_bind_array(q, 2, ids, NULL, n);
    while ((step = stmt_step(q)) == STMT_ROW && rc == E_OK)
        rc = from_row(ctx, q, 1, &out[stmt_i64(q, 0)]);
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : rc;
}

enum ecode user_find_telegram_many(struct ctx *ctx, const int64_t *ids, size_t n, struct known_person *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (struct known_person){.found = false};
    if (n == 0)
        return E_OK;
    enum ecode rc =
        db_engine(ctx->db) == DB_POSTGRES ? find_together(ctx, ids, n, out) : find_each(ctx, ids, n, out);
    struct uuid *users = arena_array(ctx->arena, n, sizeof *users);
    for (size_t i = 0; i < n; i++)
        users[i] = out[i].actor.user_id; /* zero: nobody */
    return rc == E_OK ? ctx_lock_people(ctx, users, n) : rc;
}
