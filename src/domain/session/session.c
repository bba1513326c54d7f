#include "domain/session/session.h"

#include <string.h>
#include "base/hash.h"
#include "base/utf8.h"
#include "domain/user/people.h"
#include "domain/user/user.h"
#include "session.sql.h"

#define PREFIX "hbt_"
#define PREFIX_LEN 4
#define SECRET_LEN 16
#define SESSIONS_MAX 200
#define SESSION_NAME_BYTES_MAX 100

const char *const session_origin_names[] = {"token", "link", "telegram", "demo", NULL};

struct token_parts {
    struct uuid user_id, session_id;
    uint8_t secret[SECRET_LEN];
};

static bool token_read(const char *token, size_t len, struct token_parts *out)
{
    return len == TOKEN_TEXT - 1 && memcmp(token, PREFIX, PREFIX_LEN) == 0 &&
           base64url_decode(token + PREFIX_LEN, len - PREFIX_LEN, out, sizeof *out);
}

bool session_token_user(const char *token, size_t len, struct uuid *out)
{
    struct token_parts parts;
    if (!token_read(token, len, &parts))
        return false;
    *out = parts.user_id;
    return true;
}

static enum ecode may_have_sessions(struct ctx *ctx, const struct uuid *user_id)
{
    struct stmt *q = db_query(ctx->db, &Q_session_owner);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_NOT_FOUND, "there is no such person") : rc;
    bool blocked = !stmt_is_null(q, 0);
    stmt_end(q);
    return blocked ? err_reason(&ctx->err, E_FORBIDDEN, "blocked", "this person is blocked") : E_OK;
}

enum ecode session_create(struct ctx *ctx, const struct session_draft *in, char token[TOKEN_TEXT])
{
    size_t name_len = strlen(in->name);
    if (name_len > SESSION_NAME_BYTES_MAX || !utf8_valid(in->name, name_len))
        return err_field(&ctx->err, "name", "must be at most %d bytes of UTF-8", SESSION_NAME_BYTES_MAX);
    struct token_parts parts = {.user_id = in->user_id, .session_id = ctx_new_id(ctx)};
    uint8_t hash[SHA256_LEN];
    char text[TOKEN_TEXT] = PREFIX;
    enum ecode rc = may_have_sessions(ctx, &in->user_id);
    if (rc != E_OK)
        return rc;
    rng_bytes(ctx->rng, parts.secret, sizeof parts.secret);
    base64url_encode(&parts, sizeof parts, text + PREFIX_LEN);
    sha256(text, TOKEN_TEXT - 1, hash);
    struct stmt *q = db_query(ctx->db, &Q_session_insert);
    stmt_bind_uuid(q, 1, &in->user_id);
    stmt_bind_uuid(q, 2, &parts.session_id);
    stmt_bind_bytes(q, 3, hash, sizeof hash);
    stmt_bind_text(q, 4, in->name);
    stmt_bind_bool(q, 5, in->is_admin);
    stmt_bind_text(q, 6, session_origin_names[in->origin]);
    stmt_bind_time(q, 7, ctx->now);
    stmt_bind_time(q, 8, instant_add(ctx->now, in->lifetime));
    rc = stmt_run(q);
    if (rc == E_OK)
        memcpy(token, text, sizeof text);
    return rc;
}

static enum ecode refused(struct ctx *ctx)
{
    return err_set(&ctx->err, E_UNAUTHENTIC, "the token is not valid or has expired");
}

bool session_token_ids(const char *token, size_t len, struct uuid *user_id, struct uuid *session_id)
{
    struct token_parts parts;
    if (!token_read(token, len, &parts))
        return false;
    *user_id = parts.user_id;
    *session_id = parts.session_id;
    return true;
}

enum ecode session_accept(struct ctx *ctx, const char *token, size_t len, const struct session_row *row,
                          struct actor *out)
{
    struct token_parts parts;
    uint8_t hash[SHA256_LEN];
    sha256(token, len, hash);
    if (!token_read(token, len, &parts) || row->token_hash_len != sizeof hash ||
        !bytes_equal_secret(hash, row->token_hash, sizeof hash) ||
        instant_cmp(ctx->now, row->expires_at) >= 0)
        return refused(ctx);
    struct actor actor = {
        .role = row->is_admin ? ROLE_ADMIN : ROLE_USER,
        .user_id = parts.user_id,
        .session_id = parts.session_id,
        .origin = (enum session_origin)name_index(session_origin_names, row->origin),
        .day_starts_at = row->day_starts_at,
        .tier = user_effective_tier((enum tier)name_index(tier_names, row->tier), row->has_trial_end,
                                    row->trial_ends_at, ctx->now),
    };
    enum ecode rc = zone_get(row->timezone, &actor.zone, &ctx->err);
    if (rc != E_OK)
        return err_set(&ctx->err, E_CORRUPT, "the stored time zone %s is not known to this machine",
                       row->timezone);
    *out = actor;
    return E_OK;
}

/* An operator's session is worth no more than its owner is now; a demo's owner is nobody. */
static bool is_operators(const struct ctx *ctx, struct stmt *q)
{
    return stmt_bool(q, 8) || person_is_admin(ctx->policy, stmt_i64(q, 9)) ||
           strcmp(stmt_text(q, 7), session_origin_names[ORIGIN_DEMO]) == 0;
}

enum ecode session_authenticate(struct ctx *ctx, const char *token, size_t len)
{
    struct token_parts parts;
    if (!token_read(token, len, &parts))
        return refused(ctx);
    struct stmt *q = db_query(ctx->db, &Q_session_load);
    stmt_bind_uuid(q, 1, &parts.user_id);
    stmt_bind_uuid(q, 2, &parts.session_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? refused(ctx) : rc;
    struct session_row row = {
        .is_admin = stmt_bool(q, 1) && is_operators(ctx, q),
        .expires_at = stmt_time(q, 2),
        .timezone = stmt_text(q, 3),
        .day_starts_at = (int)stmt_i64(q, 4),
        .tier = stmt_text(q, 5),
        .has_trial_end = !stmt_is_null(q, 6),
        .trial_ends_at = stmt_time(q, 6),
        .origin = stmt_text(q, 7),
    };
    row.token_hash = stmt_bytes(q, 0, &row.token_hash_len);
    rc = session_accept(ctx, token, len, &row, &ctx->actor);
    stmt_end(q);
    if (rc == E_OK)
        ctx->source = session_source(ctx->source, &ctx->actor);
    return rc;
}

enum source session_source(enum source came, const struct actor *actor)
{
    return came == SOURCE_API && actor->origin != ORIGIN_TOKEN ? SOURCE_WEB : came;
}

enum ecode session_list(struct ctx *ctx, const void *unused, struct session_list *out)
{
    struct session_list list = {.items = arena_array(ctx->arena, SESSIONS_MAX, sizeof *list.items)};
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_session_list);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_time(q, 2, ctx->now);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct session *s = &list.items[list.count++];
        s->id = stmt_uuid(q, 0);
        s->name = arena_strdup(ctx->arena, stmt_text(q, 1));
        s->is_admin = stmt_bool(q, 2);
        s->origin = (enum session_origin)name_index(session_origin_names, stmt_text(q, 3));
        s->created_at = stmt_time(q, 4);
        s->expires_at = stmt_time(q, 5);
        s->current = uuid_cmp(&s->id, &ctx->actor.session_id) == 0;
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    *out = list;
    return E_OK;
}

enum ecode session_end_all(struct ctx *ctx, const struct uuid *user_id)
{
    struct stmt *q = db_query(ctx->db, &Q_session_delete_all);
    stmt_bind_uuid(q, 1, user_id);
    return stmt_run(q);
}

enum ecode session_delete(struct ctx *ctx, const struct session_selector *in, void *none)
{
    struct stmt *q = db_query(ctx->db, in->all ? &Q_session_delete_all : &Q_session_delete);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    if (!in->all)
        stmt_bind_uuid(q, 2, &in->id);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK && stmt_changes(q) == 0)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such session");
    return rc;
}
