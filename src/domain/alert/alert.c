#include "domain/alert/alert.h"

#include <string.h>
#include "base/buf.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/message/outbox.h"
#include "alert.sql.h"

#define MESSAGE_CHARACTERS_MAX 3000 /* Telegram takes 4096 UTF-16 units */
#define PAYLOAD_MAX 65536

const char *const alert_status_names[] = {
    [ALERT_OPEN] = "open",         [ALERT_ACKNOWLEDGED] = "acknowledged",
    [ALERT_SILENCED] = "silenced", [ALERT_RESOLVED] = "resolved",
    [ALERT_STATUSES] = NULL,
};

const char *const alert_severity_names[] = {
    [ALERT_WARNING] = "warning", [ALERT_CRITICAL] = "critical", [ALERT_SEVERITIES] = NULL};

/* The picture in alert.h; resolved is the end. */
static const unsigned moves[ALERT_STATUSES] = {
    [ALERT_OPEN] = 1u << ALERT_ACKNOWLEDGED | 1u << ALERT_SILENCED | 1u << ALERT_RESOLVED,
    [ALERT_ACKNOWLEDGED] = 1u << ALERT_SILENCED | 1u << ALERT_RESOLVED,
    [ALERT_SILENCED] = 1u << ALERT_OPEN | 1u << ALERT_ACKNOWLEDGED | 1u << ALERT_RESOLVED,
};

bool alert_may(enum alert_status from, enum alert_status to)
{
    return moves[from] & 1u << to;
}

/* Plain text, no markup: details hold anything. */
static enum ecode send_to_operator(struct ctx *ctx, const struct alert_draft *a)
{
    const char *text = arena_printf(ctx->arena, "%s %s\n%s", a->severity == ALERT_CRITICAL ? "🔴" : "🟡",
                                    a->title, a->detail);
    struct buf buf;
    struct json_writer w;
    buf_init(&buf, PAYLOAD_MAX);
    json_writer_init(&w, &buf);
    json_object_begin(&w);
    json_key(&w, "text");
    json_put_text(&w, text, utf8_truncate(text, strlen(text), MESSAGE_CHARACTERS_MAX));
    json_object_end(&w);
    struct outbox_draft draft = {.lane = LANE_PAYMENT,
                                 .chat_id = ctx->policy->alert_chat_id,
                                 .method = "sendMessage",
                                 .payload = buf_text(&buf)};
    enum ecode rc = buf_overflowed(&buf) ? err_set(&ctx->err, E_TOO_LARGE, "the alert's text is too long")
                                         : outbox_add(ctx, &draft, NULL);
    buf_release(&buf);
    return rc;
}

enum ecode alert_raise(struct ctx *ctx, const struct alert_draft *draft)
{
    struct uuid id = ctx_new_id(ctx);
    struct stmt *q = db_query(ctx->db, &Q_alert_raise);
    stmt_bind_uuid(q, 1, &id);
    stmt_bind_text(q, 2, draft->fingerprint);
    stmt_bind_text(q, 3, alert_severity_names[draft->severity]);
    stmt_bind_text(q, 4, draft->title);
    stmt_bind_text(q, 5, draft->detail);
    stmt_bind_time(q, 6, ctx->now);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    bool is_new = stmt_i64(q, 0) == 1;
    stmt_end(q);
    return is_new && ctx->policy->alert_chat_id ? send_to_operator(ctx, draft) : E_OK;
}

static enum ecode move(struct ctx *ctx, const struct uuid *id, enum alert_status to, const struct uuid *who)
{
    struct stmt *q = db_query(ctx->db, &Q_alert_move);
    stmt_bind_uuid(q, 1, id);
    stmt_bind_text(q, 2, alert_status_names[to]);
    if (!uuid_is_zero(who))
        stmt_bind_uuid(q, 3, who);
    return stmt_run(q);
}

enum ecode alert_clear(struct ctx *ctx, const char *fingerprint)
{
    static const struct uuid nobody;
    struct stmt *q = db_query(ctx->db, &Q_alert_by_cause);
    stmt_bind_text(q, 1, fingerprint);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? E_OK : rc;
    struct uuid id = stmt_uuid(q, 0);
    stmt_end(q);
    return move(ctx, &id, ALERT_RESOLVED, &nobody);
}

enum ecode alert_move(struct ctx *ctx, const struct uuid *id, enum alert_status to)
{
    struct stmt *q = db_query(ctx->db, &Q_alert_get);
    stmt_bind_uuid(q, 1, id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such alert");
    if (rc != E_OK)
        return rc;
    enum alert_status from = (enum alert_status)name_index(alert_status_names, stmt_text(q, 0));
    stmt_end(q);
    if (!alert_may(from, to))
        return err_reason(&ctx->err, E_CONFLICT, "alert_move_refused", "an alert that is %s cannot become %s",
                          alert_status_names[from], alert_status_names[to]);
    return move(ctx, id, to, &ctx->actor.user_id);
}

enum ecode alert_list(struct ctx *ctx, size_t max, struct alert **out, size_t *count)
{
    struct arena *a = ctx->arena;
    struct alert *list = arena_array(a, max, sizeof *list);
    enum stmt_step step;
    size_t n = 0;
    struct stmt *q = db_query(ctx->db, &Q_alert_list);
    stmt_bind_i64(q, 1, (int64_t)max);
    while ((step = stmt_step(q)) == STMT_ROW)
        list[n++] = (struct alert){
            .id = stmt_uuid(q, 0),
            .fingerprint = arena_strdup(a, stmt_text(q, 1)),
            .severity = (enum alert_severity)name_index(alert_severity_names, stmt_text(q, 2)),
            .status = (enum alert_status)name_index(alert_status_names, stmt_text(q, 3)),
            .title = arena_strdup(a, stmt_text(q, 4)),
            .detail = arena_strdup(a, stmt_text(q, 5)),
            .occurrences = stmt_i64(q, 6),
            .first_seen_at = stmt_time(q, 7),
            .last_seen_at = stmt_time(q, 8),
            .acknowledged_by = stmt_uuid(q, 9),
        };
    if (step == STMT_ERROR)
        return ctx->err.code;
    *out = list;
    *count = n;
    return E_OK;
}
