#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/admin/admin.h"
#include "domain/session/session.h"
#include "domain/user/people.h"
#include "domain/user/user.h"
#include "admin.sql.h"

/* People, for operators. */

static struct admin_person read_person(struct ctx *ctx, struct stmt *q)
{
    struct arena *a = ctx->arena;
    return (struct admin_person){
        .created_at = stmt_time(q, 0),
        .id = stmt_uuid(q, 1),
        .telegram_id = stmt_i64(q, 2),
        .username = arena_strdup(a, stmt_text(q, 3)),
        .first_name = arena_strdup(a, stmt_text(q, 4)),
        .language_code = arena_strdup(a, stmt_text(q, 5)),
        .timezone = arena_strdup(a, stmt_text(q, 6)),
        .tier = user_effective_tier((enum tier)name_index(tier_names, stmt_text(q, 7)), !stmt_is_null(q, 8),
                                    stmt_time(q, 8), ctx->now),
        .referral_code = arena_strdup(a, stmt_text(q, 9)),
        .is_admin = stmt_bool(q, 10) || person_is_admin(ctx->policy, stmt_i64(q, 2)),
        .is_blocked = !stmt_is_null(q, 11),
        .is_erased = !stmt_is_null(q, 12),
        .is_unreachable = !stmt_is_null(q, 13),
    };
}

/* Whom the exact identifiers of a query lead to; *found false: nobody. */
static enum ecode by_identifier(struct ctx *ctx, const struct admin_people_query *in, struct uuid *id,
                                bool *found)
{
    const char *key = in->telegram_id ? arena_printf(ctx->arena, "tg:%lld", (long long)in->telegram_id)
                                      : arena_printf(ctx->arena, "ref:%s", in->referral_code);
    struct stmt *q = db_query(ctx->db, &Q_admin_by_directory);
    stmt_bind_text(q, 1, key);
    enum ecode rc = stmt_row(q);
    *found = rc == E_OK;
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? E_OK : rc;
    *id = stmt_uuid(q, 0);
    stmt_end(q);
    return E_OK;
}

/* Nobody or one, by the key of an index: a list would be walked to its end for them. */
static enum ecode one_person(struct ctx *ctx, const struct admin_people_query *in,
                             struct admin_people_page *out)
{
    struct uuid id;
    bool found;
    struct admin_people_page page = {.items = arena_alloc(ctx->arena, sizeof *page.items)};
    enum ecode rc = by_identifier(ctx, in, &id, &found);
    if (rc == E_OK && found) {
        struct stmt *q = db_query(ctx->db, &Q_admin_person);
        stmt_bind_uuid(q, 1, &id);
        rc = stmt_row(q);
        if (rc == E_OK) {
            page.items[0] = read_person(ctx, q);
            const char *name = page.items[0].username;
            page.count = in->username == NULL || (name != NULL && strcmp(name, in->username) == 0);
            stmt_end(q);
        }
    }
    if (rc == E_OK || rc == E_NOT_FOUND) {
        err_clear(&ctx->err);
        *out = page;
        return E_OK;
    }
    return rc;
}

enum ecode admin_present(struct ctx *ctx, const void *in, void *out)
{
    return E_OK;
}

static const struct query_orders *people_orders(const struct admin_people_query *in)
{
    return in->username != NULL         ? &Q_admin_people_named
           : list_days_any(&in->marked) ? &Q_admin_people_marked
                                        : &Q_admin_people;
}

enum ecode admin_people(struct ctx *ctx, const struct admin_people_query *in, struct admin_people_page *out)
{
    struct list l;
    struct admin_people_page page = {0};
    bool days = list_days_any(&in->came) || list_days_any(&in->marked) || in->has_erased;
    if (days && (in->telegram_id || in->username || in->referral_code))
        return err_field(&ctx->err, "from", "days are not asked for beside somebody's identifier");
    enum ecode rc = list_begin(ctx, &in->list, people_orders(in), &l); /* it knows a wrong cursor or order */
    if (rc != E_OK)
        return rc;
    if (in->telegram_id || in->referral_code) {
        stmt_end(l.q);
        return one_person(ctx, in, out);
    }
    page.items = arena_array(ctx->arena, (size_t)in->list.limit, sizeof *page.items);
    list_bind_days(l.q, 4, &in->came);
    if (in->has_erased)
        stmt_bind_bool(l.q, 6, in->erased);
    if (in->username != NULL)
        stmt_bind_text(l.q, 7, in->username);
    else if (list_days_any(&in->marked))
        list_bind_days(l.q, 7, &in->marked);
    while (list_row(&l))
        page.items[page.count++] = read_person(ctx, l.q);
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}

/* Runs a read of somebody's own as that person. */
static enum ecode their_subscription(struct ctx *ctx, const struct uuid *user_id, struct admin_card *card)
{
    struct actor admin = ctx->actor;
    ctx->actor.user_id = *user_id;
    enum ecode rc = subscription_get(ctx, NULL, &card->subscription);
    ctx->actor = admin;
    card->has_subscription = rc == E_OK;
    if (rc != E_NOT_FOUND)
        return rc;
    err_clear(&ctx->err);
    return E_OK;
}

enum ecode admin_person(struct ctx *ctx, const struct admin_person_ref *in, struct admin_card *out)
{
    struct admin_card card = {0};
    struct stmt *q = db_query(ctx->db, &Q_admin_person);
    stmt_bind_uuid(q, 1, &in->user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_NOT_FOUND, "there is no such person") : rc;
    card.person = read_person(ctx, q);
    stmt_end(q);
    rc = wallet_of(ctx, &in->user_id, &card.wallet);
    if (rc == E_OK)
        rc = their_subscription(ctx, &in->user_id, &card);
    if (rc == E_OK)
        *out = card;
    return rc;
}

enum ecode admin_postings(struct ctx *ctx, const struct admin_postings_query *in, struct posting_page *out)
{
    struct actor admin = ctx->actor;
    ctx->actor.user_id = in->user_id;
    enum ecode rc = posting_list(ctx, &in->page, out);
    ctx->actor = admin;
    return rc;
}

static const char *audit_text(struct ctx *ctx, const struct admin_block *in)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 8192);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_bool(&w, "blocked", in->blocked);
    json_field_string(&w, "reason", in->reason);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

/* Nothing is charged any more for what they cannot use. */
static enum ecode end_renewal(struct ctx *ctx, const struct uuid *user_id)
{
    struct subscription s;
    struct actor admin = ctx->actor;
    ctx->actor.user_id = *user_id;
    enum ecode rc = subscription_cancel(ctx, NULL, &s);
    ctx->actor = admin;
    if (rc != E_CONFLICT && rc != E_NOT_FOUND)
        return rc;
    err_clear(&ctx->err); /* nothing renewed itself */
    return E_OK;
}

enum ecode admin_block(struct ctx *ctx, const struct admin_block *in, struct admin_card *out)
{
    struct admin_person_ref ref = {in->user_id};
    enum ecode rc = ctx_check_reason(ctx, in->reason);
    if (rc != E_OK)
        return rc;
    if (uuid_cmp(&in->user_id, &ctx->actor.user_id) == 0)
        return err_reason(&ctx->err, E_CONFLICT, "cannot_block_oneself", "that would be yourself");
    rc = ctx_lock_people(ctx, &in->user_id, 1);
    if (rc == E_OK)
        rc = admin_person(ctx, &ref, out);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_admin_block);
    stmt_bind_uuid(q, 1, &in->user_id);
    if (in->blocked)
        stmt_bind_time(q, 2, ctx->now);
    stmt_bind_time(q, 3, ctx->now);
    rc = stmt_run(q);
    if (rc == E_OK && in->blocked)
        rc = session_end_all(ctx, &in->user_id);
    if (rc == E_OK && in->blocked)
        rc = end_renewal(ctx, &in->user_id);
    if (rc != E_OK)
        return rc;
    out->person.is_blocked = in->blocked;
    ctx->subject = in->user_id;
    ctx->audit_detail = audit_text(ctx, in);
    return E_OK;
}
