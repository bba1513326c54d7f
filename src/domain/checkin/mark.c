#include "domain/checkin/mark.h"

#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "domain/report/daily.h"
#include "checkin.sql.h"

#define MARKED_AHEAD_MAX_MS (5 * 60 * 1000)

const char *const log_status_names[] = {
    [LOG_NONE] = "", [LOG_DONE] = "done", [LOG_DECLINED] = "declined", [LOG_SKIPPED] = "skipped", NULL};
const char *const decline_preset_names[] = {
    [PRESET_NONE] = "",     [PRESET_TIRED] = "tired", [PRESET_SICK] = "sick",
    [PRESET_BUSY] = "busy", [PRESET_OTHER] = "other", NULL};

static enum ecode check_note(struct ctx *ctx, const struct log_mark *m)
{
    const char *start;
    size_t len, max = m->status == LOG_DECLINED ? DECLINE_NOTE_VISIBLE_MAX : LOG_NOTE_VISIBLE_MAX;
    if (!m->note)
        return E_OK;
    size_t bytes = strlen(m->note);
    bool too_long = bytes > LOG_NOTE_BYTES_MAX;
    if (!too_long && !utf8_clean_text(m->note, bytes, &start, &len))
        return err_field(&ctx->err, "note", "must be UTF-8 text without control characters");
    if (too_long || utf8_visible_length(m->note, bytes) > max)
        return err_field(&ctx->err, "note", "must be at most %zu characters", max);
    return E_OK;
}

static enum ecode check_value(struct ctx *ctx, const struct log_mark *m, enum habit_kind kind)
{
    if (m->has_value && kind == HABIT_YES_NO)
        return err_field(&ctx->err, "value", "belongs to measurable habits only");
    if (m->has_value && m->status != LOG_DONE)
        return err_field(&ctx->err, "value", "belongs to done only");
    if (!m->has_value && kind == HABIT_MEASURABLE && m->status == LOG_DONE)
        return err_field(&ctx->err, "value", "is required for a measurable habit");
    if (m->has_value && (m->value < 0 || m->value > LOG_VALUE_MAX))
        return err_field(&ctx->err, "value", "must be between 0 and %lld", LOG_VALUE_MAX / 1000LL);
    return E_OK;
}

enum ecode mark_check(struct ctx *ctx, const struct log_mark *m, enum habit_kind kind,
                      struct instant *marked_at)
{
    if (m->day.n < DAY_FIRST_LOG)
        return err_field(&ctx->err, "day", "must not be before 2000-01-01");
    if (day_cmp(m->day, ctx_today(ctx)) > 0)
        return err_field(&ctx->err, "day", "must not be after the local today");
    if (m->status == LOG_NONE)
        return err_field(&ctx->err, "status", "is required: done, declined or skipped");
    if (m->preset != PRESET_NONE && m->status != LOG_DECLINED)
        return err_field(&ctx->err, "preset", "belongs to declined only");
    enum ecode rc = check_value(ctx, m, kind);
    if (rc == E_OK)
        rc = check_note(ctx, m);
    if (rc != E_OK)
        return rc;
    struct instant at = m->has_marked_at ? m->marked_at : ctx->now;
    if (at.ms > ctx->now.ms + MARKED_AHEAD_MAX_MS)
        return err_field(&ctx->err, "marked_at", "must not be in the future");
    *marked_at = instant_cmp(at, ctx->now) > 0 ? ctx->now : at;
    return E_OK;
}

void mark_from_row(struct stmt *q, int first, const struct uuid *habit_id, struct arena *a,
                   struct stored_mark *out)
{
    *out = (struct stored_mark){.exists = !stmt_is_null(q, first)};
    if (!out->exists)
        return;
    const char *status = stmt_text(q, first + 1), *preset = stmt_text(q, first + 7),
               *reason = stmt_text(q, first + 8);
    out->decline_note_id = stmt_uuid(q, first + 6);
    out->entry = (struct log_entry){
        .habit_id = *habit_id,
        .day = stmt_day(q, first),
        .status = status ? (enum log_status)name_index(log_status_names, status) : LOG_NONE,
        .has_value = !stmt_is_null(q, first + 2),
        .value = stmt_i64(q, first + 2),
        .note = arena_strdup(a, reason ? reason : stmt_text(q, first + 3)),
        .preset = preset ? (enum decline_preset)name_index(decline_preset_names, preset) : PRESET_NONE,
        .source = (enum source)name_index(source_names, stmt_text(q, first + 4)),
        .marked_at = stmt_time(q, first + 5),
    };
}

bool mark_is_outdated(const struct pending_mark *p)
{
    return p->old.exists && instant_cmp(p->old.entry.marked_at, p->marked_at) > 0;
}

static bool has_reason(const struct log_mark *m)
{
    return m->status == LOG_DECLINED && (m->preset != PRESET_NONE || m->note);
}

bool mark_is_plain(const struct pending_mark *p)
{
    return !has_reason(p->mark) && uuid_is_zero(&p->old.decline_note_id);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_content(const struct log_mark *m, const struct log_entry *e)
{
    return m->status == e->status && m->has_value == e->has_value &&
           (!m->has_value || m->value == e->value) && m->preset == e->preset && same_text(m->note, e->note);
}

void mark_result(const struct pending_mark *p, struct log_result *out)
{
    const struct log_mark *m = p->mark;
    if (mark_is_outdated(p)) {
        *out = (struct log_result){MARK_SAME, p->old.entry};
        return;
    }
    *out = (struct log_result){
        .outcome = !p->old.exists                   ? MARK_NEW
                   : same_content(m, &p->old.entry) ? MARK_SAME
                                                    : MARK_CHANGED,
        .entry = {.habit_id = m->habit_id,
                  .day = m->day,
                  .status = m->status,
                  .has_value = m->has_value,
                  .value = m->value,
                  .note = m->note,
                  .preset = m->preset,
                  .source = p->source,
                  .marked_at = p->marked_at},
    };
}

static enum ecode insert_decline_note(struct ctx *ctx, const struct log_mark *m, const struct uuid *id)
{
    struct stmt *q = db_query(ctx->db, &Q_decline_note_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, id);
    stmt_bind_text(q, 3, m->preset == PRESET_NONE ? NULL : decline_preset_names[m->preset]);
    stmt_bind_text(q, 4, m->note);
    stmt_bind_time(q, 5, ctx->now);
    return stmt_run(q);
}

static enum ecode drop_decline_note(struct ctx *ctx, const struct uuid *id)
{
    struct stmt *q = db_query(ctx->db, &Q_decline_note_drop);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, id);
    return stmt_run(q);
}

/* What these marks change in the figures of the days on which they, and those before them, were made. */
static enum ecode tell_figures(struct ctx *ctx, const struct pending_mark *const *p, size_t n)
{
    struct daily_span span = {.any = false};
    for (size_t i = 0; i < n; i++) {
        daily_span_add(&span, p[i]->marked_at, p[i]->source);
        if (p[i]->old.exists)
            daily_span_add(&span, p[i]->old.entry.marked_at, p[i]->old.entry.source);
    }
    return daily_changed(ctx, &span);
}

static enum ecode write_row(struct ctx *ctx, const struct uuid *owner, const struct pending_mark *p,
                            const struct uuid *decline_note_id)
{
    const struct log_mark *m = p->mark;
    struct stmt *q = db_query(ctx->db, p->old.exists ? &Q_log_upsert : &Q_log_insert);
    stmt_bind_uuid(q, 1, owner);
    stmt_bind_uuid(q, 2, &m->habit_id);
    stmt_bind_day(q, 3, m->day);
    stmt_bind_text(q, 4, log_status_names[m->status]);
    if (m->has_value)
        stmt_bind_i64(q, 5, m->value);
    stmt_bind_text(q, 6, m->status == LOG_DECLINED ? NULL : m->note);
    stmt_bind_text(q, 7, source_names[p->source]);
    stmt_bind_uuid(q, 8, decline_note_id);
    stmt_bind_time(q, 9, p->marked_at);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK && stmt_changes(q) == 0)
        return err_set(&ctx->err, E_RETRY, "another mark of the same day came in between");
    return rc;
}

enum ecode mark_write(struct ctx *ctx, const struct pending_mark *p, struct log_result *out)
{
    struct uuid note_id = {{0}};
    const struct uuid *old_id = &p->old.decline_note_id;
    enum ecode rc = E_OK;
    if (mark_is_outdated(p)) {
        mark_result(p, out);
        return E_OK;
    }
    if (has_reason(p->mark)) {
        if (!uuid_is_zero(old_id) && same_content(p->mark, &p->old.entry)) {
            note_id = *old_id;
        } else {
            note_id = ctx_new_id(ctx);
            rc = insert_decline_note(ctx, p->mark, &note_id);
        }
    }
    if (rc == E_OK)
        rc = write_row(ctx, &ctx->actor.user_id, p, uuid_is_zero(&note_id) ? NULL : &note_id);
    if (rc == E_OK)
        rc = tell_figures(ctx, &p, 1);
    if (rc == E_OK && !uuid_is_zero(old_id) && uuid_cmp(old_id, &note_id) != 0)
        rc = drop_decline_note(ctx, old_id);
    if (rc == E_OK)
        mark_result(p, out);
    return rc;
}

static enum ecode write_array(struct ctx *ctx, const struct uuid *owners, struct pending_mark *const *p,
                              size_t n)
{
    struct arena *a = ctx->arena;
    struct uuid *habits = arena_array(a, n, sizeof *habits);
    struct day *days = arena_array(a, n, sizeof *days);
    const char **status = arena_array(a, n, sizeof *status), **notes = arena_array(a, n, sizeof *notes),
               **sources = arena_array(a, n, sizeof *sources);
    int64_t *values = arena_array(a, n, sizeof *values);
    bool *no_value = arena_array(a, n, sizeof *no_value);
    struct instant *times = arena_array(a, n, sizeof *times);
    for (size_t i = 0; i < n; i++) {
        const struct log_mark *m = p[i]->mark;
        CHECK(mark_is_plain(p[i]));
        habits[i] = m->habit_id;
        days[i] = m->day;
        status[i] = log_status_names[m->status];
        notes[i] = m->note;
        sources[i] = source_names[p[i]->source];
        values[i] = m->value;
        no_value[i] = !m->has_value;
        times[i] = p[i]->marked_at;
    }
    struct stmt *q = db_query(ctx->db, &Q_log_upsert_many);
    stmt_bind_array(q, 1, owners, NULL, n);
    stmt_bind_array(q, 2, habits, NULL, n);
    stmt_bind_array(q, 3, days, NULL, n);
    stmt_bind_array(q, 4, status, NULL, n);
    stmt_bind_array(q, 5, values, no_value, n);
    stmt_bind_array(q, 6, notes, NULL, n);
    stmt_bind_array(q, 7, sources, NULL, n);
    stmt_bind_array(q, 8, times, NULL, n);
    enum ecode rc = stmt_run(q);
    if (rc == E_OK && stmt_changes(q) != (int64_t)n)
        return err_set(&ctx->err, E_RETRY, "a later mark of the same day came in between");
    return rc;
}

enum ecode mark_write_many(struct ctx *ctx, const struct uuid *owners, struct pending_mark *const *p,
                           size_t n)
{
    enum ecode rc = E_OK;
    if (db_engine(ctx->db) == DB_POSTGRES && n > 1)
        rc = write_array(ctx, owners, p, n);
    else
        for (size_t i = 0; rc == E_OK && i < n; i++) {
            CHECK(mark_is_plain(p[i]));
            rc = write_row(ctx, &owners[i], p[i], NULL);
        }
    return rc == E_OK ? tell_figures(ctx, (const struct pending_mark *const *)p, n) : rc;
}
