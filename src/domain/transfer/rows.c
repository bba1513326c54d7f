#include "domain/transfer/apply.h"

#include "domain/report/daily.h"
#include "transfer.sql.h"

#define BATCH 1000 /* rows of one array statement */
#define ROWS 8     /* of transfer_log_insert_8 */
#define ROW_PARAMS 8
#define NOON 720 /* minutes */

/* Columns of a batch; arrays of pointers and plain values as stmt_bind_array takes them. */
struct row_writer {
    struct ctx *ctx;
    size_t n, declines;
    const struct transfer_entry *entry[BATCH];
    struct uuid habit[BATCH], decline_note[BATCH];
    struct day day[BATCH];
    const char *status[BATCH], *note[BATCH], *source[BATCH];
    int64_t value[BATCH], version[BATCH];
    bool no_value[BATCH], no_decline[BATCH];
    struct instant marked_at[BATCH];
    struct daily_span changed; /* the days of what was added since the last flush */
    /* decline notes of the batch */
    struct uuid decline_id[BATCH];
    const char *preset[BATCH], *decline_text[BATCH];
    struct instant declined_at[BATCH];
};

struct row_writer *row_writer_new(struct ctx *ctx, struct arena *a)
{
    struct row_writer *w = arena_alloc(a, sizeof *w);
    w->ctx = ctx;
    return w;
}

/* The moment of a mark whose source does not say: noon of its day, but not the future. */
static struct instant marked_at(const struct ctx *ctx, const struct transfer_entry *e)
{
    struct instant t = e->has_marked_at ? e->marked_at : zone_from_local(ctx->actor.zone, e->day, NOON);
    return instant_cmp(t, ctx->now) > 0 ? ctx->now : t;
}

/* When the reason was given: with the mark, unless the source says. */
static struct instant declined_at(const struct transfer_entry *e, struct instant at)
{
    return e->decline->created_at.ms ? e->decline->created_at : at;
}

static const char *status_text(const struct transfer_entry *e)
{
    return e->status == LOG_NONE ? NULL : log_status_names[e->status];
}

static const char *preset_text(const struct transfer_decline *d)
{
    return d->preset == PRESET_NONE ? NULL : decline_preset_names[d->preset];
}

static enum ecode write_decline(struct ctx *ctx, const struct uuid *id, const struct transfer_decline *d,
                                struct instant at)
{
    struct stmt *q = db_query(ctx->db, &Q_transfer_decline_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, id);
    stmt_bind_text(q, 3, preset_text(d));
    stmt_bind_text(q, 4, d->note);
    stmt_bind_time(q, 5, at);
    return stmt_run(q);
}

static enum ecode write_one(struct ctx *ctx, const struct uuid *habit_id, const struct transfer_entry *e,
                            const struct uuid *decline, struct instant at)
{
    struct stmt *q = db_query(ctx->db, &Q_transfer_log_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, habit_id);
    stmt_bind_day(q, 3, e->day);
    stmt_bind_text(q, 4, status_text(e));
    if (e->has_value)
        stmt_bind_i64(q, 5, e->value);
    stmt_bind_text(q, 6, e->note);
    stmt_bind_text(q, 7, source_names[e->source]);
    stmt_bind_uuid(q, 8, decline);
    stmt_bind_i64(q, 9, e->version);
    stmt_bind_time(q, 10, at);
    return stmt_run(q);
}

static void collect(struct row_writer *w, const struct uuid *habit_id, const struct transfer_entry *e,
                    const struct uuid *decline, struct instant at)
{
    size_t i = w->n++;
    w->entry[i] = e;
    w->habit[i] = *habit_id;
    w->day[i] = e->day;
    w->status[i] = status_text(e);
    w->no_value[i] = !e->has_value;
    w->value[i] = e->value;
    w->note[i] = e->note;
    w->source[i] = source_names[e->source];
    w->no_decline[i] = decline == NULL;
    if (decline) {
        w->decline_note[i] = *decline;
        size_t d = w->declines++;
        w->decline_id[d] = *decline;
        w->preset[d] = preset_text(e->decline);
        w->decline_text[d] = e->decline->note;
        w->declined_at[d] = declined_at(e, at);
    }
    w->version[i] = e->version;
    w->marked_at[i] = at;
}

/* The collected rows, ROWS of them, in one statement. */
static enum ecode write_rows(struct row_writer *w)
{
    struct stmt *q = db_query(w->ctx->db, &Q_transfer_log_insert_8);
    stmt_bind_uuid(q, 1, &w->ctx->actor.user_id);
    for (int i = 0, p = 2; i < ROWS; i++, p += ROW_PARAMS) {
        stmt_bind_uuid(q, p, &w->habit[i]);
        stmt_bind_day(q, p + 1, w->day[i]);
        stmt_bind_text(q, p + 2, w->status[i]);
        if (!w->no_value[i])
            stmt_bind_i64(q, p + 3, w->value[i]);
        stmt_bind_text(q, p + 4, w->note[i]);
        stmt_bind_text(q, p + 5, w->source[i]);
        stmt_bind_i64(q, p + 6, w->version[i]);
        stmt_bind_time(q, p + 7, w->marked_at[i]);
    }
    w->n = 0;
    return stmt_run(q);
}

/* SQLite: marks with a reason one by one, the others by the eight. */
static enum ecode add_sqlite(struct row_writer *w, const struct uuid *habit_id,
                             const struct transfer_entry *e, const struct uuid *reason, struct instant at)
{
    if (!reason) {
        collect(w, habit_id, e, NULL, at);
        return w->n == ROWS ? write_rows(w) : E_OK;
    }
    enum ecode code = write_decline(w->ctx, reason, e->decline, declined_at(e, at));
    return code == E_OK ? write_one(w->ctx, habit_id, e, reason, at) : code;
}

enum ecode row_writer_add(struct row_writer *w, const struct uuid *habit_id, const struct transfer_entry *e)
{
    struct ctx *ctx = w->ctx;
    struct instant at = marked_at(ctx, e);
    struct uuid decline = {0};
    daily_span_add(&w->changed, at, e->source);
    if (e->decline)
        decline = uuid_is_zero(&e->decline->id) ? ctx_new_id(ctx) : e->decline->id;
    const struct uuid *reason = e->decline ? &decline : NULL;
    if (db_engine(ctx->db) == DB_SQLITE)
        return add_sqlite(w, habit_id, e, reason, at);
    collect(w, habit_id, e, reason, at);
    return w->n == BATCH ? row_writer_flush(w) : E_OK;
}

static enum ecode flush_declines(struct row_writer *w)
{
    struct stmt *q = db_query(w->ctx->db, &Q_transfer_decline_insert_many);
    stmt_bind_uuid(q, 1, &w->ctx->actor.user_id);
    stmt_bind_array(q, 2, w->decline_id, NULL, w->declines);
    stmt_bind_array(q, 3, w->preset, NULL, w->declines);
    stmt_bind_array(q, 4, w->decline_text, NULL, w->declines);
    stmt_bind_array(q, 5, w->declined_at, NULL, w->declines);
    return stmt_run(q);
}

/* What is left of the eight. */
static enum ecode flush_sqlite(struct row_writer *w)
{
    enum ecode code = E_OK;
    for (size_t i = 0; code == E_OK && i < w->n; i++) {
        code = write_one(w->ctx, &w->habit[i], w->entry[i], NULL, w->marked_at[i]);
    }
    w->n = 0;
    return code;
}

enum ecode row_writer_flush(struct row_writer *w)
{
    enum ecode told = daily_changed(w->ctx, &w->changed);
    w->changed.any = false;
    if (told != E_OK || w->n == 0)
        return told;
    if (db_engine(w->ctx->db) == DB_SQLITE)
        return flush_sqlite(w);
    enum ecode code = w->declines > 0 ? flush_declines(w) : E_OK;
    if (code != E_OK)
        return code;
    struct stmt *q = db_query(w->ctx->db, &Q_transfer_log_insert_many);
    stmt_bind_uuid(q, 1, &w->ctx->actor.user_id);
    stmt_bind_array(q, 2, w->habit, NULL, w->n);
    stmt_bind_array(q, 3, w->day, NULL, w->n);
    stmt_bind_array(q, 4, w->status, NULL, w->n);
    stmt_bind_array(q, 5, w->value, w->no_value, w->n);
    stmt_bind_array(q, 6, w->note, NULL, w->n);
    stmt_bind_array(q, 7, w->source, NULL, w->n);
    stmt_bind_array(q, 8, w->decline_note, w->no_decline, w->n);
    stmt_bind_array(q, 9, w->version, NULL, w->n);
    stmt_bind_array(q, 10, w->marked_at, NULL, w->n);
    w->n = w->declines = 0;
    return stmt_run(q);
}
