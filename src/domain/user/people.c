#include "domain/user/people.h"

#include <string.h>
#include "base/utf8.h"
#include "user.sql.h"

#define USERNAME_BYTES_MAX 256

bool person_is_admin(const struct policy *policy, int64_t telegram_id)
{
    for (size_t i = 0; i < policy->admin_ids_count; i++) {
        if (policy->admin_ids[i] == telegram_id)
            return true;
    }
    return false;
}

/* Names do not mind case. NULL: that is none. */
static const char *username_key(struct ctx *ctx, const char *username)
{
    char folded[USERNAME_BYTES_MAX];
    size_t len;
    if (!utf8_fold(username, strlen(username), folded, sizeof folded, &len) || len == 0)
        return NULL;
    return arena_printf(ctx->arena, "name:%.*s", (int)len, folded);
}

enum ecode person_remember_name(struct ctx *ctx, const struct uuid *id, const char *username)
{
    const char *key = username ? username_key(ctx, username) : NULL;
    if (!key)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_user_name_known);
    stmt_bind_text(q, 1, key);
    stmt_bind_uuid(q, 2, id);
    stmt_bind_time(q, 3, ctx->now);
    return stmt_run(q);
}

static enum ecode find_id(struct ctx *ctx, const struct person_query *in, struct uuid *out)
{
    if (!uuid_is_zero(&in->id)) {
        *out = in->id;
        return E_OK;
    }
    if (in->telegram_id)
        return user_find_telegram(ctx, in->telegram_id, out);
    const char *key = username_key(ctx, in->username);
    if (!key)
        return E_NOT_FOUND;
    struct stmt *q = db_query(ctx->db, &Q_user_by_key);
    stmt_bind_text(q, 1, key);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *out = stmt_uuid(q, 0);
        stmt_end(q);
    }
    return rc;
}

static enum ecode load(struct ctx *ctx, struct person *out)
{
    struct user_view view;
    struct stmt *q = db_query(ctx->db, &Q_user_counts);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    struct person p = {.unreachable = !stmt_is_null(q, 0),
                       .habits = stmt_i64(q, 1),
                       .marks = stmt_i64(q, 2),
                       .last = stmt_day(q, 3)};
    stmt_end(q);
    rc = user_get(ctx, NULL, &view);
    if (rc != E_OK)
        return rc;
    p.user = view.user;
    *out = p;
    return E_OK;
}

/* As that person, and back. */
static enum ecode load_as(struct ctx *ctx, const struct uuid *id, struct person *out)
{
    struct actor actor = ctx->actor;
    enum ecode rc = ctx_act_as(ctx, id);
    if (rc == E_OK)
        rc = load(ctx, out);
    ctx->actor = actor;
    return rc;
}

enum ecode person_find(struct ctx *ctx, const struct person_query *in, struct person *out)
{
    struct uuid id;
    enum ecode rc = find_id(ctx, in, &id);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "nobody is known by that");
    return rc == E_OK ? load_as(ctx, &id, out) : rc;
}
