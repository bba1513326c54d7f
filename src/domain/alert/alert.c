#include "domain/alert/alert.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
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
static enum ecode send_to_operator(struct ctx *ctx, const struct uuid *id, const char *text)
{
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
                                 .payload = buf_text(&buf),
                                 .ref_id = *id};
    enum ecode rc = buf_overflowed(&buf) ? err_set(&ctx->err, E_TOO_LARGE, "the alert's text is too long")
                                         : outbox_add(ctx, &draft, NULL);
    buf_release(&buf);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_alert_notified);
    stmt_bind_uuid(q, 1, id);
    stmt_bind_time(q, 2, ctx->now);
    return stmt_run(q);
}

/* For how long it has been so: "45 s", "12 min", "3 h", "2 d". */
static const char *since(struct ctx *ctx, struct instant first)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    int64_t s = instant_diff(ctx->now, first).ms / 1000;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (s >= 2 * units[i].seconds)
            return arena_printf(ctx->arena, "%lld %s", (long long)(s / units[i].seconds), units[i].unit);
    }
    return "1 s";
}

/* *out: the last message about it has not left, or just now: another one would say nothing new. */
static enum ecode still_waits(struct ctx *ctx, const struct uuid *id, int64_t peace_ms, bool *out)
{
    struct stmt *q = db_query(ctx->db, &Q_alert_waits);
    stmt_bind_i64(q, 1, LANE_PAYMENT);
    stmt_bind_i64(q, 2, ctx->policy->alert_chat_id);
    stmt_bind_uuid(q, 3, id);
    stmt_bind_time(q, 4, instant_from_ms(ctx->now.ms - peace_ms));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = stmt_bool(q, 0);
    stmt_end(q);
    return E_OK;
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
    id = stmt_uuid(q, 0);
    int64_t occurrences = stmt_i64(q, 1);
    bool open = strcmp(stmt_text(q, 2), alert_status_names[ALERT_OPEN]) == 0;
    bool critical = strcmp(stmt_text(q, 3), alert_severity_names[ALERT_CRITICAL]) == 0;
    struct instant first = stmt_time(q, 4), told = stmt_time(q, 5);
    bool fresh = stmt_is_null(q, 5);
    stmt_end(q);
    int64_t peace_ms = 1000LL * (critical ? ALERT_REPEAT_CRITICAL_S : ALERT_REPEAT_WARNING_S);
    if (!ctx->policy->alert_chat_id || !open || (!fresh && instant_diff(ctx->now, told).ms < peace_ms))
        return E_OK;
    if (!fresh) {
        bool waits;
        rc = still_waits(ctx, &id, peace_ms, &waits);
        if (rc != E_OK || waits)
            return rc;
    }
    const char *again = occurrences > 1 ? arena_printf(ctx->arena, "\n%lld times, for %s",
                                                       (long long)occurrences, since(ctx, first))
                                        : "";
    return send_to_operator(
        ctx, &id,
        arena_printf(ctx->arena, "%s %s\n%s%s", critical ? "🔴" : "🟡", draft->title, draft->detail, again));
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
    const char *title = arena_strdup(ctx->arena, stmt_text(q, 1));
    struct instant first = stmt_time(q, 2);
    bool told = !stmt_is_null(q, 3),
         silenced = strcmp(stmt_text(q, 4), alert_status_names[ALERT_SILENCED]) == 0;
    stmt_end(q);
    rc = move(ctx, &id, ALERT_RESOLVED, &nobody);
    if (rc != E_OK || !told || silenced || !ctx->policy->alert_chat_id)
        return rc;
    return send_to_operator(
        ctx, &id, arena_printf(ctx->arena, "🟢 [RECOVERED] %s\nIt lasted %s.", title, since(ctx, first)));
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

/* Of a row whose column 0 is the list's. */
static struct alert read_alert(struct ctx *ctx, struct stmt *q)
{
    struct arena *a = ctx->arena;
    return (struct alert){
        .id = stmt_uuid(q, 1),
        .fingerprint = arena_strdup(a, stmt_text(q, 2)),
        .severity = (enum alert_severity)name_index(alert_severity_names, stmt_text(q, 3)),
        .status = (enum alert_status)name_index(alert_status_names, stmt_text(q, 4)),
        .title = arena_strdup(a, stmt_text(q, 5)),
        .detail = arena_strdup(a, stmt_text(q, 6)),
        .occurrences = stmt_i64(q, 7),
        .first_seen_at = stmt_time(q, 8),
        .last_seen_at = stmt_time(q, 9),
        .acknowledged_by = stmt_uuid(q, 10),
    };
}

enum ecode alert_list(struct ctx *ctx, const struct alert_query *in, struct alert_page *out)
{
    struct list l;
    enum ecode rc = list_begin(ctx, &in->list, &Q_alert_list, &l);
    if (rc != E_OK)
        return rc;
    struct alert_page page = {.items = arena_array(ctx->arena, (size_t)in->list.limit, sizeof *page.items)};
    stmt_bind_bool(l.q, 4, in->resolved);
    while (list_row(&l))
        page.items[page.count++] = read_alert(ctx, l.q);
    rc = list_end(&l, &page.rest);
    if (rc == E_OK)
        *out = page;
    return rc;
}

static const char *audit_text(struct ctx *ctx, const struct alert *a, const char *reason)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, PAYLOAD_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_uuid(&w, "alert_id", &a->id);
    json_field_cut(&w, "fingerprint", a->fingerprint, 200);
    json_field_string(&w, "status", alert_status_names[a->status]);
    json_field_string(&w, "reason", reason);
    json_object_end(&w);
    json_writer_finish(&w);
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

enum ecode alert_handle(struct ctx *ctx, const struct alert_order *in, struct alert *out)
{
    enum ecode rc = ctx_check_reason(ctx, in->reason);
    if (rc == E_OK)
        rc = alert_move(ctx, &in->id, in->to);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_alert_load);
    stmt_bind_uuid(q, 1, &in->id);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = read_alert(ctx, q);
    stmt_end(q);
    ctx->audit_detail = audit_text(ctx, out, in->reason);
    return E_OK;
}
