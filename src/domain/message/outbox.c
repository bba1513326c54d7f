#include "domain/message/outbox.h"

#include <string.h>
#include "base/check.h"
#include "domain/message/outbox_rows.h"
#include "outbox.sql.h"

#define MS_PER_HOUR 3600000LL
#define STEP 1000

/* A draft with its defaults filled in and its id drawn. */
struct line {
    struct outbox_draft draft;
    struct uuid id;
};

/* How long after its due_at a message of a lane is still worth sending; 0: always. */
static const int64_t lifetime_ms[LANES] = {
    [LANE_PAYMENT] = 0,
    [LANE_REPLY] = 24 * MS_PER_HOUR,
    [LANE_REMINDER] = 2 * MS_PER_HOUR,
    [LANE_BROADCAST] = 48 * MS_PER_HOUR,
};

struct instant outbox_expiry(enum outbox_lane lane, struct instant due_at)
{
    return instant_from_ms(lifetime_ms[lane] ? due_at.ms + lifetime_ms[lane] : 0);
}

/* Ids of one context ascend within a millisecond too (RFC 9562 §6.2, method 1): they carry the order in which
 * a chat gets its messages. */
static struct uuid ordered_id(struct ctx *ctx)
{
    struct uuid id = ctx_new_id(ctx);
    unsigned serial = ctx->serial++ & 0xfff;
    ctx->queued = true;
    id.b[6] = (uint8_t)(0x70 | serial >> 8);
    id.b[7] = (uint8_t)serial;
    return id;
}

static void prepare(struct ctx *ctx, const struct outbox_draft *draft, struct line *out)
{
    struct outbox_draft d = *draft;
    bool of_broadcast = d.lane == LANE_BROADCAST && !uuid_is_zero(&d.ref_id);
    CHECK(d.lane >= 0 && d.lane < LANES);
    CHECK((d.method == NULL) != (d.view == NULL));
    CHECK(d.view || d.payload || of_broadcast);
    if (!d.channel)
        d.channel = "telegram";
    if (d.due_at.ms < ctx->now.ms)
        d.due_at = ctx->now;
    if (d.expires_at.ms == 0)
        d.expires_at = outbox_expiry(d.lane, d.due_at);
    *out = (struct line){d, ordered_id(ctx)};
}

static enum ecode insert(struct ctx *ctx, const struct line *line)
{
    const struct outbox_draft *d = &line->draft;
    struct stmt *q = db_query(ctx->db, &Q_outbox_add);
    stmt_bind_uuid(q, 1, &d->user_id);
    stmt_bind_uuid(q, 2, &line->id);
    stmt_bind_text(q, 3, d->channel);
    stmt_bind_i64(q, 4, d->lane);
    stmt_bind_i64(q, 5, d->chat_id);
    if (d->message_id)
        stmt_bind_i64(q, 6, d->message_id);
    stmt_bind_text(q, 7, d->method);
    stmt_bind_text(q, 8, d->payload);
    stmt_bind_text(q, 9, d->view);
    stmt_bind_text(q, 10, d->args);
    if (!uuid_is_zero(&d->ref_id)) {
        stmt_bind_uuid(q, 11, &d->ref_id);
        stmt_bind_day(q, 12, d->ref_date);
        stmt_bind_i64(q, 13, d->ref_number);
    }
    stmt_bind_bool(q, 14, d->for_dialog);
    stmt_bind_time(q, 15, d->due_at);
    if (d->expires_at.ms)
        stmt_bind_time(q, 16, d->expires_at);
    stmt_bind_time(q, 17, ctx->now);
    return stmt_run(q);
}

/* Column by column, as arrays. */
static enum ecode insert_array(struct ctx *ctx, const struct line *lines, size_t n)
{
    struct arena *a = ctx->arena;
    struct uuid *users = arena_array(a, n, sizeof *users), *ids = arena_array(a, n, sizeof *ids),
                *refs = arena_array(a, n, sizeof *refs);
    const char **texts[5]; /* channel, method, payload, view, args */
    int64_t *numbers[4];   /* lane, chat_id, message_id, ref_number */
    struct day *dates = arena_array(a, n, sizeof *dates);
    struct instant *due = arena_array(a, n, sizeof *due), *expires = arena_array(a, n, sizeof *expires);
    bool *dialog = arena_array(a, n, sizeof *dialog), *new_message = arena_array(a, n, sizeof *dialog),
         *no_ref = arena_array(a, n, sizeof *dialog), *no_end = arena_array(a, n, sizeof *dialog);
    for (size_t k = 0; k < ARRAY_LEN(texts); k++)
        texts[k] = arena_array(a, n, sizeof(char *));
    for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
        numbers[k] = arena_array(a, n, sizeof(int64_t));
    for (size_t i = 0; i < n; i++) {
        const struct outbox_draft *d = &lines[i].draft;
        const char *const t[] = {d->channel, d->method, d->payload, d->view, d->args};
        const int64_t v[] = {d->lane, d->chat_id, d->message_id, d->ref_number};
        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            texts[k][i] = t[k];
        for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
            numbers[k][i] = v[k];
        users[i] = d->user_id;
        ids[i] = lines[i].id;
        refs[i] = d->ref_id;
        no_ref[i] = uuid_is_zero(&d->ref_id);
        dates[i] = no_ref[i] ? day_none() : d->ref_date;
        due[i] = d->due_at;
        expires[i] = d->expires_at;
        no_end[i] = d->expires_at.ms == 0;
        dialog[i] = d->for_dialog;
        new_message[i] = d->message_id == 0;
    }
    struct stmt *q = db_query(ctx->db, &Q_outbox_add_many);
    stmt_bind_array(q, 1, users, NULL, n);
    stmt_bind_array(q, 2, ids, NULL, n);
    stmt_bind_array(q, 3, texts[0], NULL, n);
    stmt_bind_array(q, 4, numbers[0], NULL, n);
    stmt_bind_array(q, 5, numbers[1], NULL, n);
    stmt_bind_array(q, 6, numbers[2], new_message, n);
    for (int k = 1; k < 5; k++)
        stmt_bind_array(q, 6 + k, texts[k], NULL, n);
    stmt_bind_array(q, 11, refs, no_ref, n);
    stmt_bind_array(q, 12, dates, NULL, n);
    stmt_bind_array(q, 13, numbers[3], no_ref, n);
    stmt_bind_array(q, 14, dialog, NULL, n);
    stmt_bind_array(q, 15, due, NULL, n);
    stmt_bind_array(q, 16, expires, no_end, n);
    stmt_bind_time(q, 17, ctx->now);
    return stmt_run(q);
}

static enum ecode insert_lines(struct ctx *ctx, const struct line *lines, size_t n)
{
    if (n > 1 && db_engine(ctx->db) == DB_POSTGRES)
        return insert_array(ctx, lines, n);
    enum ecode rc = E_OK;
    for (size_t i = 0; rc == E_OK && i < n; i++)
        rc = insert(ctx, &lines[i]);
    return rc;
}

enum ecode outbox_add(struct ctx *ctx, const struct outbox_draft *draft, struct uuid *id)
{
    struct line line;
    prepare(ctx, draft, &line);
    enum ecode rc = insert(ctx, &line);
    if (rc == E_OK && id)
        *id = line.id;
    return rc;
}

enum ecode outbox_add_many(struct ctx *ctx, const struct outbox_draft *drafts, size_t n)
{
    struct line *lines = arena_array(ctx->arena, n, sizeof *lines);
    for (size_t i = 0; i < n; i++)
        prepare(ctx, &drafts[i], &lines[i]);
    return insert_lines(ctx, lines, n);
}

enum ecode outbox_add_once(struct ctx *ctx, const struct outbox_draft *drafts, size_t n, bool *added)
{
    struct line *lines = arena_array(ctx->arena, n, sizeof *lines);
    struct delivery *deliveries = arena_array(ctx->arena, n, sizeof *deliveries);
    bool *is_new = arena_array(ctx->arena, n, sizeof *is_new);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        prepare(ctx, &drafts[i], &lines[i]);
        const struct outbox_draft *d = &lines[i].draft;
        CHECK(!uuid_is_zero(&d->ref_id));
        deliveries[i] = (struct delivery){
            .key = {d->user_id, d->view, d->ref_id, d->ref_date, d->ref_number},
            .status = DELIVERY_QUEUED,
            .due_at = d->due_at,
            .outbox_id = lines[i].id,
        };
    }
    enum ecode rc = delivery_add_many(ctx, deliveries, n, is_new);
    for (size_t i = 0; i < n; i++) {
        if (is_new[i])
            lines[kept++] = lines[i];
    }
    if (rc == E_OK)
        rc = insert_lines(ctx, lines, kept);
    if (rc == E_OK)
        memcpy(added, is_new, n * sizeof *added);
    return rc;
}

enum ecode outbox_next(struct ctx *ctx, const char *channel, struct instant *due_at)
{
    bool any = false;
    struct instant first = {0};
    struct stmt *q = db_query(ctx->db, &Q_outbox_first_due);
    stmt_bind_text(q, 1, channel ? channel : "telegram");
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    for (int lane = 0; lane < LANES; lane++) {
        if (stmt_is_null(q, lane))
            continue;
        first = !any || instant_cmp(stmt_time(q, lane), first) < 0 ? stmt_time(q, lane) : first;
        any = true;
    }
    stmt_end(q);
    if (!any)
        return err_set(&ctx->err, E_NOT_FOUND, "nothing waits to be sent");
    *due_at = first;
    return E_OK;
}

enum ecode outbox_stats(struct ctx *ctx, struct outbox_stats *out)
{
    struct outbox_stats s = {0};
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_outbox_stats_queued);
    while ((step = stmt_step(q)) == STMT_ROW) {
        int64_t lane = stmt_i64(q, 0);
        CHECK(lane >= 0 && lane < LANES);
        s.queued[lane] = stmt_i64(q, 1);
        s.oldest[lane] = stmt_time(q, 2);
    }
    if (step == STMT_ERROR)
        return ctx->err.code;
    q = db_query(ctx->db, &Q_outbox_stats_other);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    s.held = stmt_i64(q, 0);
    s.sending = stmt_i64(q, 1);
    s.failed = stmt_i64(q, 2);
    s.unknown = stmt_i64(q, 3);
    s.cut_off = stmt_i64(q, 4);
    stmt_end(q);
    *out = s;
    return E_OK;
}

/* --- held after a restore ------------------------------------------------------------------------- */

enum ecode outbox_hold(struct ctx *ctx, int64_t *moved)
{
    struct outbox_key *keys = arena_array(ctx->arena, STEP, sizeof *keys);
    struct outbox_tally tally = {0};
    bool more = true;
    size_t n;
    int64_t count = 0;
    enum ecode rc = E_OK;
    while (rc == E_OK && more) /* no fence is that high: all that is being sent */
        rc = outbox_recover(ctx, NULL, INT64_MAX, &tally, &more);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_outbox_waiting);
    stmt_bind_i64(q, 1, STEP);
    rc = outbox_keys(ctx, q, STEP, keys, &n);
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        struct outbox_row row;
        bool did = false;
        rc = outbox_row_load(ctx, &keys[i].user_id, &keys[i].id, &row);
        if (rc == E_OK)
            rc = outbox_row_requeue(ctx, &row, OUTBOX_HELD, NULL, &did);
        count += did;
    }
    if (rc == E_OK)
        *moved = count;
    return rc;
}

enum ecode outbox_release(struct ctx *ctx, struct instant since, int64_t *queued, int64_t *dropped)
{
    static const struct outbox_finish too_old = {
        .to = OUTBOX_DROPPED, .delivery = DELIVERY_CANCELED, .error = "older than the copy of the database"};
    struct outbox_key *keys = arena_array(ctx->arena, STEP, sizeof *keys);
    size_t n;
    int64_t back = 0, gone = 0;
    struct stmt *q = db_query(ctx->db, &Q_outbox_held);
    stmt_bind_i64(q, 1, STEP);
    enum ecode rc = outbox_keys(ctx, q, STEP, keys, &n);
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        struct outbox_row row;
        bool did = false;
        rc = outbox_row_load(ctx, &keys[i].user_id, &keys[i].id, &row);
        if (rc != E_OK)
            break;
        bool old = instant_cmp(row.created_at, since) < 0 && strcmp(row.channel, "telegram") == 0;
        if (old)
            rc = outbox_row_finish(ctx, &row, &too_old, &did);
        else
            rc = outbox_row_requeue(ctx, &row, OUTBOX_QUEUED, NULL, &did);
        gone += did && old;
        back += did && !old;
    }
    if (rc == E_OK) {
        *queued = back;
        *dropped = gone;
    }
    return rc;
}

enum ecode outbox_get(struct ctx *ctx, const struct uuid *id, struct outbox_item *out)
{
    struct stmt *q = db_query(ctx->db, &Q_outbox_get);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = (struct outbox_item){
        .user_id = ctx->actor.user_id,
        .id = *id,
        .channel = arena_strdup(ctx->arena, stmt_text(q, 0)),
        .chat_id = stmt_i64(q, 1),
        .message_id = stmt_i64(q, 2),
        .method = arena_strdup(ctx->arena, stmt_text(q, 3)),
        .payload = arena_strdup(ctx->arena, stmt_text(q, 4)),
        .view = arena_strdup(ctx->arena, stmt_text(q, 5)),
        .args = arena_strdup(ctx->arena, stmt_text(q, 6)),
    };
    stmt_end(q);
    return E_OK;
}

enum ecode outbox_about(struct ctx *ctx, const char *channel, const struct uuid *ref_id, bool *found)
{
    struct stmt *q = db_query(ctx->db, &Q_outbox_about);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_text(q, 2, channel);
    stmt_bind_uuid(q, 3, ref_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    if (rc == E_OK)
        stmt_end(q);
    *found = rc == E_OK;
    return E_OK;
}
