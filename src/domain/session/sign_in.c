#include "domain/session/sign_in.h"

#include <string.h>
#include "base/hash.h"
#include "domain/demo/demo.h"
#include "domain/user/people.h"
#include "sign_in.sql.h"

#define HOURS(n) ((int64_t)(n)*3600)
#define CLOCKS_APART_S 300 /* how far Telegram's clock may be ahead of ours */

static const struct lifetime {
    int64_t life_s, most_s;
} lifetimes[] = {
    [ORIGIN_TOKEN] = {0, 0},
    [ORIGIN_LINK] = {HOURS(7 * 24), HOURS(90 * 24)},
    [ORIGIN_TELEGRAM] = {HOURS(24), HOURS(7 * 24)},
    [ORIGIN_DEMO] = {HOURS(24), HOURS(7 * 24)},
};
static const struct lifetime of_admins = {HOURS(12), HOURS(7 * 24)};

static const struct lifetime *lifetime_of(enum session_origin origin, bool admin)
{
    return admin && origin != ORIGIN_TOKEN ? &of_admins : &lifetimes[origin];
}

static enum ecode begin(struct ctx *ctx, const struct uuid *user_id, enum session_origin origin, bool admin,
                        struct signed_in *out)
{
    static const char *const names[] = {
        [ORIGIN_LINK] = "web", [ORIGIN_TELEGRAM] = "Telegram", [ORIGIN_DEMO] = "demo"};
    struct session_draft draft = {
        .user_id = *user_id,
        .name = names[origin],
        .is_admin = admin,
        .origin = origin,
        .lifetime = duration_seconds(lifetime_of(origin, admin)->life_s),
    };
    enum ecode rc = session_create(ctx, &draft, out->token);
    if (rc == E_OK)
        rc = ctx_act_as(ctx, user_id);
    if (rc != E_OK)
        return rc;
    out->expires_at = instant_add(ctx->now, draft.lifetime);
    out->is_admin = admin;
    return user_get(ctx, NULL, &out->user);
}

/* Named in the settings, or made an operator by `habitd token create --admin`. */
static enum ecode check_operator(struct ctx *ctx, const struct uuid *user_id, int64_t telegram_id)
{
    struct user_view v = {.user.is_admin = true};
    if (person_is_admin(ctx->policy, telegram_id))
        return E_OK;
    enum ecode rc = ctx_act_as(ctx, user_id);
    if (rc == E_OK)
        rc = user_get(ctx, NULL, &v);
    return rc == E_OK && !v.user.is_admin ? err_set(&ctx->err, E_FORBIDDEN, "this needs an operator") : rc;
}

enum ecode sign_in_telegram(struct ctx *ctx, const struct telegram_sign_in *in, struct signed_in *out)
{
    struct uuid id;
    bool created;
    struct instant oldest = instant_add(ctx->now, duration_seconds(-INIT_DATA_MAX_AGE_S));
    struct instant newest = instant_add(ctx->now, duration_seconds(CLOCKS_APART_S));
    if (instant_cmp(in->auth_date, oldest) < 0)
        return err_reason(&ctx->err, E_UNAUTHENTIC, "init_data_expired",
                          "Telegram's word is older than a day");
    if (instant_cmp(in->auth_date, newest) > 0)
        return err_reason(&ctx->err, E_UNAUTHENTIC, "init_data_invalid",
                          "Telegram's word is from the future");
    enum ecode rc = user_admit(ctx, &in->contact, &id, &created);
    if (rc == E_OK && in->admin)
        rc = check_operator(ctx, &id, in->contact.telegram_id);
    return rc == E_OK ? begin(ctx, &id, ORIGIN_TELEGRAM, in->admin, out) : rc;
}

/* What a code is: base64url of the two. */
struct code_parts {
    struct uuid user_id;
    uint8_t secret[16];
};

static void hash_code(const char *code, uint8_t hash[SHA256_LEN])
{
    sha256(code, strlen(code), hash);
}

static enum ecode link_refused(struct ctx *ctx)
{
    return err_reason(&ctx->err, E_UNAUTHENTIC, "link_invalid", "this link was used, or its time is over");
}

enum ecode sign_in_link(struct ctx *ctx, const struct link_sign_in *in, struct signed_in *out)
{
    struct code_parts parts;
    uint8_t hash[SHA256_LEN];
    if (!base64url_decode(in->code, strlen(in->code), &parts, sizeof parts))
        return link_refused(ctx);
    enum ecode rc = ctx_lock_people(ctx, &parts.user_id, 1);
    if (rc != E_OK)
        return rc;
    hash_code(in->code, hash);
    struct stmt *q = db_query(ctx->db, &Q_sign_in_link_take);
    stmt_bind_uuid(q, 1, &parts.user_id);
    stmt_bind_bytes(q, 2, hash, sizeof hash);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? link_refused(ctx) : rc;
    bool admin = stmt_bool(q, 0), over = instant_cmp(ctx->now, stmt_time(q, 1)) >= 0;
    stmt_end(q);
    return over ? link_refused(ctx) : begin(ctx, &parts.user_id, ORIGIN_LINK, admin, out);
}

enum ecode sign_in_demo(struct ctx *ctx, const struct demo_sign_in *in, struct signed_in *out)
{
    struct uuid id;
    enum ecode rc = user_find_telegram(ctx, DEMO_TELEGRAM_ID, &id);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there are no demo people here; `habitd demo` makes them");
    if (rc == E_OK)
        rc = ctx_lock_people(ctx, &id, 1);
    return rc == E_OK ? begin(ctx, &id, ORIGIN_DEMO, in->admin, out) : rc;
}

enum ecode sign_in_prolong(struct ctx *ctx, const void *unused, struct prolonged *out)
{
    struct stmt *q = db_query(ctx->db, &Q_session_life);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &ctx->actor.session_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    enum session_origin origin = (enum session_origin)name_index(session_origin_names, stmt_text(q, 0));
    const struct lifetime *life = lifetime_of(origin, stmt_bool(q, 1));
    struct instant most = instant_add(stmt_time(q, 2), duration_seconds(life->most_s));
    struct instant until = instant_add(ctx->now, duration_seconds(life->life_s));
    struct instant is = stmt_time(q, 3);
    stmt_end(q);
    if (instant_cmp(until, most) > 0)
        until = most;
    if (instant_cmp(until, is) <= 0) {
        out->expires_at = is;
        return E_OK;
    }
    q = db_query(ctx->db, &Q_session_prolong);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &ctx->actor.session_id);
    stmt_bind_time(q, 3, until);
    out->expires_at = until;
    return stmt_run(q);
}

enum ecode sign_in_link_make(struct ctx *ctx, const struct uuid *user_id, bool admin,
                             char code[LINK_CODE_TEXT])
{
    struct code_parts parts = {.user_id = *user_id};
    uint8_t hash[SHA256_LEN];
    rng_bytes(ctx->rng, parts.secret, sizeof parts.secret);
    base64url_encode(&parts, sizeof parts, code);
    hash_code(code, hash);
    struct stmt *q = db_query(ctx->db, &Q_sign_in_link_insert);
    stmt_bind_uuid(q, 1, user_id);
    stmt_bind_bytes(q, 2, hash, sizeof hash);
    stmt_bind_bool(q, 3, admin);
    stmt_bind_time(q, 4, ctx->now);
    stmt_bind_time(q, 5, instant_add(ctx->now, duration_seconds(LINK_LIFETIME_S)));
    return stmt_run(q);
}
