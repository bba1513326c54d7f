#include "domain/dialog/dialog.h"

#include <string.h>
#include "base/check.h"
#include "dialog.sql.h"

#define WORD_MAX 40

enum ecode dialog_get(struct ctx *ctx, struct dialog *out)
{
    struct arena *a = ctx->arena;
    struct stmt *q = db_query(ctx->db, &Q_dialog_get);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "no conversation is under way");
    if (rc != E_OK)
        return rc;
    *out = (struct dialog){
        .flow = arena_strdup(a, stmt_text(q, 0)),
        .step = arena_strdup(a, stmt_text(q, 1)),
        .data = arena_strdup(a, stmt_text(q, 2)),
        .chat_id = stmt_i64(q, 3),
        .message_id = stmt_i64(q, 4),
        .version = stmt_i64(q, 5),
        .updated_at = stmt_time(q, 6),
    };
    stmt_end(q);
    return E_OK;
}

static bool word_fits(const char *s)
{
    return s[0] && strlen(s) <= WORD_MAX;
}

enum ecode dialog_set(struct ctx *ctx, const struct dialog *d, int64_t *version)
{
    CHECK(word_fits(d->flow) && word_fits(d->step) && d->data[0] == '{');
    if (strlen(d->data) > DIALOG_DATA_MAX)
        return err_set(&ctx->err, E_TOO_LARGE, "the conversation has more to remember than fits");
    struct stmt *q = db_query(ctx->db, &Q_dialog_set);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_text(q, 2, d->flow);
    stmt_bind_text(q, 3, d->step);
    stmt_bind_text(q, 4, d->data);
    stmt_bind_i64(q, 5, d->chat_id);
    if (d->message_id)
        stmt_bind_i64(q, 6, d->message_id);
    stmt_bind_time(q, 7, ctx->now);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    if (version)
        *version = stmt_i64(q, 0);
    stmt_end(q);
    return E_OK;
}

enum ecode dialog_forget_message(struct ctx *ctx)
{
    struct stmt *q = db_query(ctx->db, &Q_dialog_forget_message);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    return stmt_run(q);
}

enum ecode dialog_end(struct ctx *ctx)
{
    struct stmt *q = db_query(ctx->db, &Q_dialog_end);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    return stmt_run(q);
}
