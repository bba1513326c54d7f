#include <string.h>
#include "base/check.h"
#include "domain/message/outbox_rows.h"
#include "domain/user/user.h"
#include "outbox.sql.h"

#define STEP 500
#define WAITING_MAX 200 /* queued messages dropped at once for one person */

/* Attempts that failed for a reason that may pass: seconds until the next one. */
static const int back_off_s[] = {1, 5, 30, 120, 600, 3600};

static enum ecode finish(struct ctx *ctx, struct outbox_row *row, enum outbox_status to,
                         enum delivery_status delivery, const struct outbox_result *r, bool *moved)
{
    struct outbox_finish f = {to, delivery, to == OUTBOX_SENT ? r->message_id : 0, r->error};
    return outbox_row_finish(ctx, row, &f, moved);
}

static enum ecode settle_sent(struct ctx *ctx, struct outbox_row *row, const struct outbox_result *r,
                              struct outbox_tally *tally)
{
    bool moved = false;
    enum ecode rc = finish(ctx, row, OUTBOX_SENT, DELIVERY_SENT, r, &moved);
    tally->sent += moved;
    if (rc != E_OK || !moved || !row->for_dialog || !r->message_id)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_outbox_dialog_message);
    stmt_bind_uuid(q, 1, &row->user_id);
    stmt_bind_i64(q, 2, row->chat_id);
    stmt_bind_i64(q, 3, r->message_id);
    return stmt_run(q);
}

static enum ecode settle_failed(struct ctx *ctx, struct outbox_row *row, const struct outbox_result *r,
                                struct outbox_tally *tally)
{
    bool moved = false;
    enum ecode rc = finish(ctx, row, OUTBOX_FAILED, DELIVERY_FAILED, r, &moved);
    tally->failed += moved;
    return rc;
}

static enum ecode settle_dropped(struct ctx *ctx, struct outbox_row *row, const struct outbox_result *r,
                                 struct outbox_tally *tally)
{
    bool moved = false;
    enum ecode rc = finish(ctx, row, OUTBOX_DROPPED, DELIVERY_CANCELED, r, &moved);
    tally->dropped += moved;
    return rc;
}

/* An edit that would come after a newer one of the same message must not come at all. */
static enum ecode has_newer_edit(struct ctx *ctx, const struct outbox_row *row, bool *newer)
{
    *newer = false;
    if (row->message_id == 0)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_outbox_newer_edit);
    stmt_bind_uuid(q, 1, &row->user_id);
    stmt_bind_uuid(q, 2, &row->id);
    stmt_bind_i64(q, 3, row->chat_id);
    stmt_bind_i64(q, 4, row->message_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *newer = true;
        stmt_end(q);
    }
    return rc == E_NOT_FOUND ? E_OK : rc;
}

static enum ecode settle_retry(struct ctx *ctx, struct outbox_row *row, const struct outbox_result *r,
                               struct outbox_tally *tally)
{
    bool newer, moved = false;
    size_t step = (size_t)row->attempts - 1; /* this attempt counted when it was claimed */
    enum ecode rc = has_newer_edit(ctx, row, &newer);
    if (rc != E_OK)
        return rc;
    if (newer)
        return settle_dropped(ctx, row, r, tally);
    if (!r->no_fault && row->attempts >= OUTBOX_ATTEMPTS_MAX)
        return settle_failed(ctx, row, r, tally);
    if (step >= ARRAY_LEN(back_off_s))
        step = ARRAY_LEN(back_off_s) - 1;
    row->due_at = r->at.ms ? r->at : instant_add(ctx->now, duration_seconds(back_off_s[step]));
    row->attempts -= r->no_fault;
    rc = outbox_row_requeue(ctx, row, OUTBOX_QUEUED, r->error, &moved);
    tally->retried += moved;
    return rc;
}

static enum ecode settle_unknown(struct ctx *ctx, struct outbox_row *row, const struct outbox_result *r,
                                 struct outbox_tally *tally)
{
    bool newer;
    enum ecode rc = has_newer_edit(ctx, row, &newer);
    if (rc != E_OK)
        return rc;
    return newer ? settle_dropped(ctx, row, r, tally) : outbox_row_cut_off(ctx, row, r->error, tally);
}

static enum ecode settle_replace(struct ctx *ctx, struct outbox_row *row, const struct outbox_result *r,
                                 struct outbox_tally *tally)
{
    bool moved = false;
    if (row->message_id == 0 || (row->method && strcmp(row->method, "editMessageText") != 0))
        return settle_failed(ctx, row, r, tally); /* nothing that a new message could stand for */
    if (row->method)
        row->method = "sendMessage";
    row->message_id = 0;
    row->due_at = ctx->now;
    enum ecode rc = outbox_row_requeue(ctx, row, OUTBOX_QUEUED, r->error, &moved);
    tally->retried += moved;
    return rc;
}

/* Reminders and broadcasts that wait for somebody who is not there. */
static enum ecode drop_waiting(struct ctx *ctx, const struct uuid *user_id, struct outbox_tally *tally)
{
    static const struct outbox_finish gone = {OUTBOX_DROPPED, DELIVERY_CANCELED, 0, "the bot is blocked"};
    struct uuid ids[WAITING_MAX];
    size_t n = 0;
    enum stmt_step step;
    enum ecode rc = E_OK;
    struct stmt *q = db_query(ctx->db, &Q_outbox_waiting_of);
    stmt_bind_uuid(q, 1, user_id);
    stmt_bind_i64(q, 2, WAITING_MAX);
    while ((step = stmt_step(q)) == STMT_ROW)
        ids[n++] = stmt_uuid(q, 0);
    if (step == STMT_ERROR)
        return ctx->err.code;
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        struct outbox_row row;
        bool moved = false;
        rc = outbox_row_load(ctx, user_id, &ids[i], &row);
        if (rc == E_OK)
            rc = outbox_row_finish(ctx, &row, &gone, &moved);
        tally->dropped += moved;
    }
    return rc;
}

static enum ecode settle_blocked(struct ctx *ctx, struct outbox_row *row, const struct outbox_result *r,
                                 struct outbox_tally *tally)
{
    bool moved = false;
    enum ecode rc = finish(ctx, row, OUTBOX_FAILED, DELIVERY_FAILED, r, &moved);
    tally->failed += moved;
    if (rc != E_OK || !moved || uuid_is_zero(&row->user_id))
        return rc;
    struct actor actor = ctx->actor;
    ctx->actor = (struct actor){.role = ROLE_SYSTEM, .user_id = row->user_id};
    rc = user_set_reachable(ctx, false);
    ctx->actor = actor;
    if (rc != E_OK)
        return rc;
    tally->blocked++;
    return drop_waiting(ctx, &row->user_id, tally);
}

enum ecode outbox_settle(struct ctx *ctx, int64_t fence, const struct outbox_result *results, size_t n,
                         struct outbox_tally *out)
{
    static enum ecode (*const settle[])(struct ctx * ctx, struct outbox_row * row,
                                        const struct outbox_result *r, struct outbox_tally *tally) = {
        [END_SENT] = settle_sent,       [END_RETRY] = settle_retry,     [END_FAILED] = settle_failed,
        [END_UNKNOWN] = settle_unknown, [END_BLOCKED] = settle_blocked, [END_REPLACE] = settle_replace,
        [END_DROPPED] = settle_dropped,
    };
    struct outbox_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        struct outbox_row row;
        enum ecode rc = outbox_row_load(ctx, &results[i].user_id, &results[i].id, &row);
        if (rc == E_OK && row.status == OUTBOX_SENDING && row.fence == fence)
            rc = settle[results[i].end](ctx, &row, &results[i], &tally);
        if (rc == E_NOT_FOUND) { /* its person was erased meanwhile */
            err_clear(&ctx->err);
            rc = E_OK;
        }
        if (rc != E_OK)
            return rc;
    }
    *out = tally;
    return E_OK;
}

enum ecode outbox_recover(struct ctx *ctx, const char *channel, int64_t fence, struct outbox_tally *out,
                          bool *more)
{
    static const struct outbox_result cut_off = {.end = END_UNKNOWN, .error = "cut off while it was sent"};
    struct outbox_key *keys = arena_array(ctx->arena, STEP, sizeof *keys);
    struct outbox_tally tally = {0};
    size_t n;
    struct stmt *q = db_query(ctx->db, &Q_outbox_cut_off);
    stmt_bind_text(q, 1, channel);
    stmt_bind_i64(q, 2, fence);
    stmt_bind_i64(q, 3, STEP);
    enum ecode rc = outbox_keys(ctx, q, STEP, keys, &n);
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        struct outbox_row row;
        rc = outbox_row_load(ctx, &keys[i].user_id, &keys[i].id, &row);
        if (rc == E_OK && row.status == OUTBOX_SENDING && row.fence < fence)
            rc = settle_unknown(ctx, &row, &cut_off, &tally);
        if (rc == E_NOT_FOUND) {
            err_clear(&ctx->err);
            rc = E_OK;
        }
    }
    if (rc == E_OK) {
        *out = tally;
        *more = n == STEP;
    }
    return rc;
}

enum ecode outbox_take_back(struct ctx *ctx, const char *channel, int64_t fence, bool *more)
{
    const struct outbox_result unsent = {
        .end = END_RETRY, .no_fault = true, .at = ctx->now, .error = "claimed, and never sent"};
    struct outbox_key *keys = arena_array(ctx->arena, STEP, sizeof *keys);
    struct outbox_tally tally = {0};
    size_t n;
    struct stmt *q = db_query(ctx->db, &Q_outbox_cut_off);
    stmt_bind_text(q, 1, channel);
    stmt_bind_i64(q, 2, fence + 1);
    stmt_bind_i64(q, 3, STEP);
    enum ecode rc = outbox_keys(ctx, q, STEP, keys, &n);
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        struct outbox_row row;
        rc = outbox_row_load(ctx, &keys[i].user_id, &keys[i].id, &row);
        if (rc == E_OK && row.status == OUTBOX_SENDING && row.fence == fence)
            rc = settle_retry(ctx, &row, &unsent, &tally);
    }
    if (rc == E_OK)
        *more = n == STEP;
    return rc;
}
