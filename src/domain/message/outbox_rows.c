#include "domain/message/outbox_rows.h"

#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "domain/alert/alert.h"
#include "domain/broadcast/broadcast.h"
#include "outbox.sql.h"

#define ERROR_BYTES_MAX 500
#define RESEND_WITHIN_MS (10 * 60000LL)

const char *const outbox_lane_names[LANES] = {
    [LANE_PAYMENT] = "payments",
    [LANE_REPLY] = "replies",
    [LANE_REMINDER] = "reminders",
    [LANE_BROADCAST] = "broadcasts",
};

const char *const outbox_channel_names[OUTBOX_CHANNELS] = {"telegram",  "stars",   "yookassa",
                                                           "cryptobot", "sandbox", "files"};

const char *const outbox_status_names[] = {
    [OUTBOX_HELD] = "held",       [OUTBOX_QUEUED] = "queued", [OUTBOX_SENDING] = "sending",
    [OUTBOX_SENT] = "sent",       [OUTBOX_FAILED] = "failed", [OUTBOX_UNKNOWN] = "unknown",
    [OUTBOX_DROPPED] = "dropped", [OUTBOX_STATUSES] = NULL,
};

/* The picture in outbox.h; sent, failed, unknown and dropped are ends. */
static const unsigned moves[OUTBOX_STATUSES] = {
    [OUTBOX_HELD] = 1u << OUTBOX_QUEUED | 1u << OUTBOX_DROPPED,
    [OUTBOX_QUEUED] = 1u << OUTBOX_SENDING | 1u << OUTBOX_HELD | 1u << OUTBOX_DROPPED,
    [OUTBOX_SENDING] = 1u << OUTBOX_SENT | 1u << OUTBOX_QUEUED | 1u << OUTBOX_FAILED | 1u << OUTBOX_UNKNOWN |
                       1u << OUTBOX_DROPPED,
};

bool outbox_may(enum outbox_status from, enum outbox_status to)
{
    return moves[from] & 1u << to;
}

static enum ecode may(struct ctx *ctx, enum outbox_status from, enum outbox_status to)
{
    if (outbox_may(from, to))
        return E_OK;
    return err_reason(&ctx->err, E_CONFLICT, "outbox_move_refused", "a message that is %s cannot become %s",
                      outbox_status_names[from], outbox_status_names[to]);
}

enum ecode outbox_row_load(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
                           struct outbox_row *out)
{
    struct stmt *q = db_query(ctx->db, &Q_outbox_row);
    stmt_bind_uuid(q, 1, user_id);
    stmt_bind_uuid(q, 2, id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such message");
    if (rc != E_OK)
        return rc;
    *out = (struct outbox_row){
        .user_id = *user_id,
        .id = *id,
        .status = (enum outbox_status)name_index(outbox_status_names, stmt_text(q, 0)),
        .lane = (enum outbox_lane)stmt_i64(q, 1),
        .chat_id = stmt_i64(q, 2),
        .message_id = stmt_i64(q, 3),
        .method = arena_strdup(ctx->arena, stmt_text(q, 4)),
        .view = arena_strdup(ctx->arena, stmt_text(q, 5)),
        .ref_id = stmt_uuid(q, 6),
        .ref_date = stmt_day(q, 7),
        .ref_number = (int)stmt_i64(q, 8),
        .for_dialog = stmt_bool(q, 9),
        .attempts = (int)stmt_i64(q, 10),
        .unknowns = (int)stmt_i64(q, 11),
        .has_fence = !stmt_is_null(q, 12),
        .fence = stmt_i64(q, 12),
        .due_at = stmt_time(q, 13),
        .attempted_at = stmt_time(q, 14),
        .created_at = stmt_time(q, 15),
        .channel = arena_strdup(ctx->arena, stmt_text(q, 16)),
        .erased = !stmt_is_null(q, 17),
    };
    stmt_end(q);
    return E_OK;
}

enum ecode outbox_keys(struct ctx *ctx, struct stmt *q, size_t max, struct outbox_key *out, size_t *n)
{
    enum stmt_step step;
    size_t count = 0;
    while ((step = stmt_step(q)) == STMT_ROW) {
        CHECK(count < max);
        out[count++] = (struct outbox_key){stmt_uuid(q, 0), stmt_uuid(q, 1)};
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    *n = count;
    return E_OK;
}

/* Names the row as it was read. */
static void bind_from(struct stmt *q, const struct outbox_row *row)
{
    stmt_bind_uuid(q, 1, &row->user_id);
    stmt_bind_uuid(q, 2, &row->id);
    stmt_bind_text(q, 3, outbox_status_names[row->status]);
    if (row->has_fence)
        stmt_bind_i64(q, 4, row->fence);
}

static void bind_error(struct ctx *ctx, struct stmt *q, int at, const char *error)
{
    if (!error)
        return;
    size_t len = strlen(error);
    while (len > ERROR_BYTES_MAX || (len > 0 && !utf8_valid(error, len)))
        len--;
    stmt_bind_text(q, at, arena_memdup(ctx->arena, error, len));
}

static enum ecode run_move(struct stmt *q, bool *moved)
{
    enum ecode rc = stmt_run(q);
    if (rc == E_OK)
        *moved = stmt_changes(q) > 0;
    return rc;
}

/* A delivery that is not there, or was ended by something else, is no error of the message. */
static enum ecode move_delivery(struct ctx *ctx, const struct outbox_row *row, enum delivery_status to,
                                int64_t message_id)
{
    struct delivery_key key = {row->user_id, row->view, row->ref_id, row->ref_date, row->ref_number};
    if (name_index(delivery_kinds, row->view) < 0 || day_is_none(row->ref_date))
        return E_OK;
    enum ecode rc = delivery_move(ctx, &key, to, message_id);
    if (rc != E_NOT_FOUND && rc != E_CONFLICT)
        return rc;
    err_clear(&ctx->err);
    return E_OK;
}

static enum ecode count_broadcast(struct ctx *ctx, const struct outbox_row *row, bool sent)
{
    if (row->lane != LANE_BROADCAST || uuid_is_zero(&row->ref_id))
        return E_OK;
    return broadcast_count(ctx, &row->ref_id, sent, !sent);
}

static enum ecode forget(struct ctx *ctx, const struct outbox_row *row, bool *moved)
{
    struct stmt *q = db_query(ctx->db, &Q_outbox_forget);
    bind_from(q, row);
    return run_move(q, moved);
}

static enum ecode store_end(struct ctx *ctx, const struct outbox_row *row, const struct outbox_finish *f,
                            bool *moved)
{
    struct stmt *q = db_query(ctx->db, &Q_outbox_finish);
    bind_from(q, row);
    stmt_bind_text(q, 5, outbox_status_names[f->to]);
    stmt_bind_i64(q, 6, row->unknowns);
    if (f->message_id)
        stmt_bind_i64(q, 7, f->message_id);
    bind_error(ctx, q, 8, f->error);
    stmt_bind_time(q, 9, ctx->now);
    return run_move(q, moved);
}

enum ecode outbox_row_finish(struct ctx *ctx, const struct outbox_row *row, const struct outbox_finish *f,
                             bool *moved)
{
    bool did = false;
    enum ecode rc = may(ctx, row->status, f->to);
    if (rc == E_OK)
        rc = row->erased ? forget(ctx, row, &did) : store_end(ctx, row, f, &did);
    if (rc == E_OK && did)
        rc = move_delivery(ctx, row, f->delivery, f->message_id);
    if (rc == E_OK && did)
        rc = count_broadcast(ctx, row, f->to == OUTBOX_SENT);
    if (rc == E_OK)
        *moved = did;
    return rc;
}

enum ecode outbox_row_requeue(struct ctx *ctx, const struct outbox_row *row, enum outbox_status to,
                              const char *error, bool *moved)
{
    CHECK(to == OUTBOX_QUEUED || to == OUTBOX_HELD);
    enum ecode rc = may(ctx, row->status, to);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_outbox_requeue);
    bind_from(q, row);
    stmt_bind_text(q, 5, outbox_status_names[to]);
    stmt_bind_i64(q, 6, row->attempts);
    stmt_bind_i64(q, 7, row->unknowns);
    if (row->message_id)
        stmt_bind_i64(q, 8, row->message_id);
    stmt_bind_text(q, 9, row->method);
    stmt_bind_time(q, 10, row->due_at);
    bind_error(ctx, q, 11, error);
    return run_move(q, moved);
}

enum ecode outbox_row_postpone(struct ctx *ctx, const struct outbox_row *row, struct instant at,
                               struct instant expires_at)
{
    bool moved;
    enum ecode rc = may(ctx, row->status, OUTBOX_QUEUED);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_outbox_postpone);
    bind_from(q, row);
    stmt_bind_i64(q, 5, row->attempts - 1);
    stmt_bind_time(q, 6, at);
    if (expires_at.ms)
        stmt_bind_time(q, 7, expires_at);
    return run_move(q, &moved);
}

/* Whether sending it once more is better than perhaps not at all. */
static bool worth_resending(const struct ctx *ctx, const struct outbox_row *row)
{
    if (row->unknowns >= OUTBOX_UNKNOWNS_MAX)
        return false;
    return row->lane == LANE_PAYMENT || row->message_id != 0 ||
           ctx->now.ms - row->attempted_at.ms < RESEND_WITHIN_MS;
}

/* A drawing or a call that ends the program, or an edge that never hears the end of it. */
static enum ecode tell_given_up(struct ctx *ctx, const struct outbox_row *row)
{
    const char *what = row->view ? row->view : row->method ? row->method : "broadcast";
    struct alert_draft alert = {
        .fingerprint = arena_printf(ctx->arena, "outbox.cut_off:%s", what),
        .severity = ALERT_WARNING,
        .title = arena_printf(ctx->arena, "The message \"%s\" is left alone", what),
        .detail = arena_printf(ctx->arena,
                               "It was cut off %d times while it was drawn or sent: it may be what ends the "
                               "program.",
                               row->unknowns),
    };
    return alert_raise(ctx, &alert);
}

enum ecode outbox_row_cut_off(struct ctx *ctx, struct outbox_row *row, const char *error,
                              struct outbox_tally *tally)
{
    bool moved = false, again = worth_resending(ctx, row);
    row->unknowns++;
    enum ecode rc;
    if (again)
        rc = outbox_row_requeue(ctx, row, OUTBOX_QUEUED, error, &moved);
    else
        rc = outbox_row_finish(ctx, row, &(struct outbox_finish){OUTBOX_UNKNOWN, DELIVERY_UNKNOWN, 0, error},
                               &moved);
    if (rc == E_OK && moved && row->unknowns > OUTBOX_UNKNOWNS_MAX)
        rc = tell_given_up(ctx, row);
    tally->unknown += moved;
    tally->resent += moved && again;
    return rc;
}
