#include "domain/ctx.h"

#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"
#include "domain/user/user.h"
#include "ctx.sql.h"

const char *const source_names[] = {
    [SOURCE_API] = "api",   [SOURCE_BOT] = "bot",   [SOURCE_WEB] = "web", [SOURCE_IMPORT] = "import",
    [SOURCE_AUTO] = "auto", [SOURCE_DEMO] = "demo", [SOURCES] = NULL,
};

const char *const tier_names[] = {
    [TIER_TRIAL] = "trial",
    [TIER_FREE] = "free",
    [TIER_PREMIUM] = "premium",
    [TIERS] = NULL,
};

int name_index(const char *const *names, const char *name)
{
    for (int i = 0; name && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

void ctx_init(struct ctx *ctx, struct db *db, struct arena *arena, const struct policy *policy,
              struct rng *rng, struct instant now, const char *request_id)
{
    *ctx = (struct ctx){
        .db = db,
        .arena = arena,
        .policy = policy,
        .rng = rng,
        .now = now,
        .request_id = request_id ? request_id : "",
    };
    db_set_err(db, &ctx->err);
}

enum ecode ctx_act_as(struct ctx *ctx, const struct uuid *user_id)
{
    struct stmt *q = db_query(ctx->db, &Q_ctx_user);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such person");
    if (rc != E_OK)
        return rc;
    struct actor actor = {.role = ROLE_SYSTEM, .user_id = *user_id, .day_starts_at = (int)stmt_i64(q, 1)};
    const char *zone = arena_strdup(ctx->arena, stmt_text(q, 0));
    actor.tier = user_effective_tier((enum tier)name_index(tier_names, stmt_text(q, 2)), !stmt_is_null(q, 3),
                                     stmt_time(q, 3), ctx->now);
    stmt_end(q);
    rc = zone_get(zone, &actor.zone, &ctx->err);
    if (rc != E_OK)
        return rc;
    ctx->actor = actor;
    return E_OK;
}

enum ecode ctx_try(struct ctx *ctx, enum ecode (*f)(struct ctx *ctx, void *arg), void *arg)
{
    struct actor actor = ctx->actor;
    enum ecode rc = db_savepoint(ctx->db);
    if (rc != E_OK)
        return rc;
    rc = f(ctx, arg);
    if (rc == E_OK)
        rc = db_release(ctx->db);
    if (rc == E_OK)
        return E_OK;
    struct err why = ctx->err;
    ctx->actor = actor;
    enum ecode undone = db_rollback_to(ctx->db);
    if (undone != E_OK && !db_is_lost(ctx->db))
        return undone;
    ctx->err = why;
    return rc;
}

struct day ctx_today(const struct ctx *ctx)
{
    return zone_local_day(ctx->actor.zone, ctx->now, ctx->actor.day_starts_at);
}

bool ctx_ends_transaction(enum ecode code)
{
    return code == E_RETRY || code == E_BUSY || code == E_UNAVAILABLE || code == E_UNCERTAIN;
}

enum ecode ctx_check_reason(struct ctx *ctx, const char *reason)
{
    size_t len = reason ? strlen(reason) : 0;
    if (len == 0 || len > REASON_BYTES_MAX || !utf8_valid(reason, len))
        return err_field(&ctx->err, "reason", "is required, at most %d bytes", REASON_BYTES_MAX);
    return E_OK;
}

struct uuid ctx_new_id(struct ctx *ctx)
{
    return uuid_v7(ctx->now, ctx->rng);
}

/* The random half of a UUIDv7: two people with the same one would only wait for each other needlessly. */
static int64_t lock_key(const struct uuid *user)
{
    int64_t key;
    memcpy(&key, user->b + sizeof user->b - sizeof key, sizeof key);
    return key;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum ecode ctx_lock_people(struct ctx *ctx, const struct uuid *users, size_t n)
{
    if (db_engine(ctx->db) == DB_SQLITE)
        return E_OK; /* a write transaction is alone there */
    int64_t *keys = arena_array(ctx->arena, n, sizeof *keys);
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!uuid_is_zero(&users[i]))
            keys[count++] = lock_key(&users[i]);
    }
    qsort(keys, count, sizeof *keys, by_value);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || keys[kept - 1] != keys[i])
            keys[kept++] = keys[i];
    }
    if (kept == 0)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_people_lock);
    stmt_bind_array(q, 1, keys, NULL, kept);
    return stmt_ride(q); /* before whatever is read next */
}
