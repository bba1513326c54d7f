#include "domain/lease/lease.h"

#include "lease.sql.h"

enum ecode lease_take(struct ctx *ctx, const char *name, const struct uuid *holder, struct duration ttl,
                      int64_t *fence)
{
    struct stmt *q = db_query(ctx->db, &Q_lease_take);
    stmt_bind_text(q, 1, name);
    stmt_bind_uuid(q, 2, holder);
    stmt_bind_time(q, 3, ctx->now);
    stmt_bind_time(q, 4, instant_add(ctx->now, ttl));
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_reason(&ctx->err, E_CONFLICT, "lease_held", "another instance has the lease \"%s\"", name);
    if (rc != E_OK)
        return rc;
    int64_t got = stmt_i64(q, 0);
    rc = stmt_run(q); /* to its end: only then has it happened */
    if (rc == E_OK)
        *fence = got;
    return rc;
}

static enum ecode expire(struct ctx *ctx, const char *name, int64_t fence, struct instant at, bool *ours)
{
    struct stmt *q = db_query(ctx->db, &Q_lease_expire);
    stmt_bind_text(q, 1, name);
    stmt_bind_i64(q, 2, fence);
    stmt_bind_time(q, 3, at);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK)
        *ours = stmt_changes(q) > 0;
    return rc;
}

enum ecode lease_keep(struct ctx *ctx, const char *name, int64_t fence, struct duration ttl)
{
    bool ours = false;
    enum ecode rc = expire(ctx, name, fence, instant_add(ctx->now, ttl), &ours);
    if (rc == E_OK && !ours)
        return err_reason(&ctx->err, E_CONFLICT, "lease_lost", "another instance took the lease \"%s\"",
                          name);
    return rc;
}

enum ecode lease_drop(struct ctx *ctx, const char *name, int64_t fence)
{
    struct stmt *q = db_query(ctx->db, &Q_lease_drop);
    stmt_bind_text(q, 1, name);
    stmt_bind_i64(q, 2, fence);
    return stmt_run(q);
}

enum ecode lease_problem(struct ctx *ctx, const char *name, int64_t fence, const char *text)
{
    struct stmt *q = db_query(ctx->db, &Q_lease_problem);
    stmt_bind_text(q, 1, name);
    stmt_bind_i64(q, 2, fence);
    stmt_bind_text(q, 3, text);
    return stmt_run(q);
}

enum ecode lease_get(struct ctx *ctx, const char *name, struct lease *out)
{
    struct stmt *q = db_query(ctx->db, &Q_lease_get);
    stmt_bind_text(q, 1, name);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "nobody ever had the lease \"%s\"", name);
    if (rc != E_OK)
        return rc;
    *out = (struct lease){
        .fence = stmt_i64(q, 0),
        .acquired_at = stmt_time(q, 1),
        .expires_at = stmt_time(q, 2),
        .fresh = instant_cmp(ctx->now, stmt_time(q, 2)) < 0,
        .given_back = instant_cmp(stmt_time(q, 2), stmt_time(q, 1)) <= 0,
        .problem = arena_strdup(ctx->arena, stmt_text(q, 3)),
    };
    stmt_end(q);
    return E_OK;
}

enum ecode lease_held(struct ctx *ctx, const char **name, struct instant *until)
{
    struct stmt *q = db_query(ctx->db, &Q_lease_held);
    stmt_bind_time(q, 1, ctx->now);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "nobody holds a lease");
    if (rc != E_OK)
        return rc;
    *name = arena_strdup(ctx->arena, stmt_text(q, 0));
    *until = stmt_time(q, 1);
    stmt_end(q);
    return E_OK;
}
