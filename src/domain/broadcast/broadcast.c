#include "domain/broadcast/broadcast.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "domain/message/outbox.h"
#include "broadcast.sql.h"

#define PAYLOAD_MAX (256u * 1024)

const char *const broadcast_status_names[] = {
    [BROADCAST_DRAFT] = "draft", [BROADCAST_RUNNING] = "running", [BROADCAST_STOPPED] = "stopped",
    [BROADCAST_DONE] = "done",   [BROADCAST_STATUSES] = NULL,
};

/* The picture in broadcast.h. */
static const unsigned moves[BROADCAST_STATUSES] = {
    [BROADCAST_DRAFT] = 1u << BROADCAST_RUNNING | 1u << BROADCAST_STOPPED,
    [BROADCAST_RUNNING] = 1u << BROADCAST_DONE | 1u << BROADCAST_STOPPED,
    [BROADCAST_DONE] = 1u << BROADCAST_STOPPED,
};

bool broadcast_may(enum broadcast_status from, enum broadcast_status to)
{
    return moves[from] & 1u << to;
}

enum ecode broadcast_draft(struct ctx *ctx, const char *body, struct uuid *id)
{
    enum ecode rc = broadcast_check_text(ctx, body);
    if (rc != E_OK)
        return rc;
    struct uuid new_id = ctx_new_id(ctx);
    struct stmt *q = db_query(ctx->db, &Q_broadcast_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &new_id);
    stmt_bind_text(q, 3, body);
    stmt_bind_time(q, 4, ctx->now);
    rc = stmt_run(q);
    if (rc == E_OK)
        *id = new_id;
    return rc;
}

enum ecode broadcast_get(struct ctx *ctx, const struct uuid *id, struct broadcast *out)
{
    struct stmt *q = db_query(ctx->db, &Q_broadcast_get);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such broadcast");
    if (rc != E_OK)
        return rc;
    *out = (struct broadcast){
        .user_id = ctx->actor.user_id,
        .id = *id,
        .body = arena_strdup(ctx->arena, stmt_text(q, 0)),
        .status = (enum broadcast_status)name_index(broadcast_status_names, stmt_text(q, 1)),
        .people = stmt_i64(q, 2),
        .queued = stmt_i64(q, 3),
        .sent = stmt_i64(q, 4),
        .failed = stmt_i64(q, 5),
        .created_at = stmt_time(q, 6),
        .updated_at = stmt_time(q, 7),
    };
    stmt_end(q);
    return E_OK;
}

static enum ecode refuse_move(struct ctx *ctx, enum broadcast_status from, enum broadcast_status to)
{
    return err_reason(&ctx->err, E_CONFLICT, "broadcast_move_refused",
                      "a broadcast that is %s cannot become %s", broadcast_status_names[from],
                      broadcast_status_names[to]);
}

static enum ecode move(struct ctx *ctx, struct broadcast *b, enum broadcast_status to)
{
    if (!broadcast_may(b->status, to))
        return refuse_move(ctx, b->status, to);
    struct stmt *q = db_query(ctx->db, &Q_broadcast_move);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_uuid(q, 2, &b->id);
    stmt_bind_text(q, 3, broadcast_status_names[b->status]);
    stmt_bind_text(q, 4, broadcast_status_names[to]);
    stmt_bind_i64(q, 5, b->people);
    stmt_bind_time(q, 6, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK && stmt_changes(q) == 0) /* somebody was faster: what is there now is not known here */
        return err_set(&ctx->err, E_RETRY, "the broadcast changed meanwhile");
    if (rc == E_OK)
        b->status = to;
    return rc;
}

enum ecode broadcast_start(struct ctx *ctx, const struct uuid *id, struct broadcast *out)
{
    struct broadcast b;
    enum ecode rc = broadcast_get(ctx, id, &b);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_broadcast_count_people);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    b.people = stmt_i64(q, 0);
    stmt_end(q);
    rc = move(ctx, &b, BROADCAST_RUNNING);
    if (rc == E_OK)
        *out = b;
    return rc;
}

/* --- its way into the outbox ---------------------------------------------------------------------- */

static enum ecode next_people(struct ctx *ctx, const struct uuid *after, const struct uuid *id,
                              struct outbox_draft *drafts, size_t *n)
{
    enum stmt_step step;
    size_t count = 0;
    struct stmt *q = db_query(ctx->db, &Q_broadcast_people);
    stmt_bind_uuid(q, 1, after);
    stmt_bind_i64(q, 2, BROADCAST_STEP);
    while ((step = stmt_step(q)) == STMT_ROW) {
        drafts[count++] = (struct outbox_draft){.user_id = stmt_uuid(q, 0),
                                                .lane = LANE_BROADCAST,
                                                .chat_id = stmt_i64(q, 1),
                                                .method = "sendMessage",
                                                .ref_id = *id,
                                                .ref_date = day_none()};
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    *n = count;
    return E_OK;
}

/* *running is false when it was stopped meanwhile. Locks its row: a stop comes wholly after what is queued
 * now. */
static enum ecode remember(struct ctx *ctx, const struct broadcast *b, size_t n, const struct uuid *last,
                           bool *running)
{
    struct stmt *q = db_query(ctx->db, &Q_broadcast_progress);
    stmt_bind_uuid(q, 1, &b->user_id);
    stmt_bind_uuid(q, 2, &b->id);
    stmt_bind_i64(q, 3, (int64_t)n);
    stmt_bind_uuid(q, 4, last);
    stmt_bind_text(q, 5, broadcast_status_names[n == BROADCAST_STEP ? BROADCAST_RUNNING : BROADCAST_DONE]);
    stmt_bind_time(q, 6, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK)
        *running = stmt_changes(q) > 0;
    return rc;
}

enum ecode broadcast_step(struct ctx *ctx, bool *more)
{
    struct outbox_draft *drafts = arena_array(ctx->arena, BROADCAST_STEP, sizeof *drafts);
    size_t n = 0;
    bool running = false;
    struct stmt *q = db_query(ctx->db, &Q_broadcast_running);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND) {
        *more = false;
        return E_OK;
    }
    if (rc != E_OK)
        return rc;
    struct broadcast b = {.user_id = stmt_uuid(q, 0), .id = stmt_uuid(q, 1)};
    struct uuid after = stmt_uuid(q, 2);
    stmt_end(q);
    rc = next_people(ctx, &after, &b.id, drafts, &n);
    if (rc == E_OK)
        rc = remember(ctx, &b, n, n ? &drafts[n - 1].user_id : &after, &running);
    if (rc == E_OK && running)
        rc = outbox_add_many(ctx, drafts, n);
    if (rc == E_OK)
        *more = true; /* of this one, or of the next one */
    return rc;
}

enum ecode broadcast_stop(struct ctx *ctx, const struct uuid *id, bool *more)
{
    struct broadcast b;
    CHECK(outbox_may(OUTBOX_QUEUED, OUTBOX_DROPPED));
    enum ecode rc = broadcast_get(ctx, id, &b);
    if (rc == E_OK && (b.status == BROADCAST_DRAFT || b.status == BROADCAST_RUNNING))
        rc = move(ctx, &b, BROADCAST_STOPPED);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_broadcast_drop_waiting);
    stmt_bind_uuid(q, 1, id);
    stmt_bind_i64(q, 2, BROADCAST_STEP);
    stmt_bind_time(q, 3, ctx->now);
    rc = stmt_run(q);
    int64_t dropped = rc == E_OK ? stmt_changes(q) : 0;
    if (dropped > 0)
        rc = broadcast_count(ctx, id, 0, dropped);
    if (rc == E_OK && dropped > 0 && b.status == BROADCAST_DONE)
        rc = move(ctx, &b, BROADCAST_STOPPED);
    if (rc == E_OK)
        *more = dropped == BROADCAST_STEP;
    return rc;
}

enum ecode broadcast_count(struct ctx *ctx, const struct uuid *id, int64_t sent, int64_t failed)
{
    struct stmt *q = db_query(ctx->db, &Q_broadcast_count);
    stmt_bind_uuid(q, 1, id);
    stmt_bind_i64(q, 2, sent);
    stmt_bind_i64(q, 3, failed);
    stmt_bind_time(q, 4, ctx->now);
    return stmt_run(q);
}

enum ecode broadcast_payload(struct ctx *ctx, const struct uuid *id, const char **payload)
{
    struct buf buf;
    struct json_writer w;
    struct stmt *q = db_query(ctx->db, &Q_broadcast_body);
    stmt_bind_uuid(q, 1, id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such broadcast");
    if (rc != E_OK)
        return rc;
    buf_init(&buf, PAYLOAD_MAX);
    json_writer_init(&w, &buf);
    json_object_begin(&w);
    json_field_string(&w, "text", stmt_text(q, 0));
    json_field_string(&w, "parse_mode", "HTML");
    json_object_end(&w);
    stmt_end(q);
    if (buf_overflowed(&buf))
        rc = err_set(&ctx->err, E_TOO_LARGE, "the broadcast is too long");
    else
        *payload = arena_strdup(ctx->arena, buf_text(&buf));
    buf_release(&buf);
    return rc;
}
