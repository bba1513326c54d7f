#include <stdlib.h>
#include <string.h>
#include "domain/transfer/write.h"
#include "transfer.sql.h"

#define EXPORT_BYTES_MAX (256u * 1024 * 1024)
#define ANY_DAY 2932896 /* 9999-12-31: a mark is exported whatever its day */

static enum ecode load_habits(struct ctx *ctx, struct transfer_set *s)
{
    enum stmt_step step;
    struct arena *a = s->arena;
    struct stmt *q = db_query(ctx->db, &Q_transfer_habits);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    while ((step = stmt_step(q)) == STMT_ROW && s->habits_count < HABITS_PER_USER_MAX) {
        const char *paused_by = stmt_text(q, 15);
        s->habits[s->habits_count++] = (struct transfer_habit){
            .id = stmt_uuid(q, 0),
            .name = arena_strdup(a, stmt_text(q, 1)),
            .description = arena_strdup(a, stmt_text(q, 2)),
            .emoji = arena_strdup(a, stmt_text(q, 3)),
            .color = arena_strdup(a, stmt_text(q, 4)),
            .kind = (enum habit_kind)name_index(habit_kind_names, stmt_text(q, 5)),
            .target_kind = (enum target_kind)name_index(target_kind_names, stmt_text(q, 6)),
            .target_value = stmt_i64(q, 7),
            .unit = arena_strdup(a, stmt_text(q, 8)),
            .frequency_count = (int)stmt_i64(q, 9),
            .frequency_days = (int)stmt_i64(q, 10),
            .starts_on = stmt_day(q, 11),
            .position = stmt_i64(q, 12),
            .archived = !stmt_is_null(q, 13),
            .archived_at = stmt_time(q, 13),
            .paused = !stmt_is_null(q, 14),
            .paused_at = stmt_time(q, 14),
            .paused_by_tier = paused_by && strcmp(paused_by, "tier") == 0,
            .origin = arena_strdup(a, stmt_text(q, 16)),
            .origin_ref = arena_strdup(a, stmt_text(q, 17)),
            .has_times = true,
            .created_at = stmt_time(q, 18),
            .updated_at = stmt_time(q, 19),
        };
    }
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static enum ecode load_schedules(struct ctx *ctx, struct transfer_set *s, struct transfer_habit *h)
{
    enum stmt_step step;
    struct transfer_schedule *to;
    struct stmt *q = db_query(ctx->db, &Q_transfer_schedules);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &h->id);
    while ((step = stmt_step(q)) == STMT_ROW) {
        enum ecode code = transfer_schedule_new(s, h, &to);
        if (code != E_OK) {
            stmt_end(q);
            return code;
        }
        *to = (struct transfer_schedule){
            .id = stmt_uuid(q, 0),
            .type = (enum schedule_type)name_index(schedule_type_names, stmt_text(q, 1)),
            .reminder_minute = stmt_is_null(q, 2) ? -1 : (int)stmt_i64(q, 2),
            .weekdays = (uint8_t)stmt_i64(q, 3),
            .rrule = arena_strdup(s->arena, stmt_text(q, 4)),
            .starts_on = stmt_day(q, 5),
            .enabled = stmt_bool(q, 6),
            .has_times = true,
            .created_at = stmt_time(q, 7),
            .updated_at = stmt_time(q, 8),
        };
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static const struct transfer_decline *decline_of(struct transfer_set *s, struct stmt *q)
{
    if (stmt_is_null(q, 7))
        return NULL;
    struct transfer_decline *d = arena_alloc(s->arena, sizeof *d);
    int preset = name_index(decline_preset_names, stmt_text(q, 8));
    d->id = stmt_uuid(q, 7);
    d->preset = preset > 0 ? (enum decline_preset)preset : PRESET_NONE;
    d->note = arena_strdup(s->arena, stmt_text(q, 9));
    d->created_at = stmt_time(q, 10);
    return d;
}

static void entry_from_row(struct transfer_set *s, struct stmt *q, struct transfer_entry *e)
{
    int status = name_index(log_status_names, stmt_text(q, 1));
    int source = name_index(source_names, stmt_text(q, 4));
    e->status = status > 0 ? (enum log_status)status : LOG_NONE;
    e->has_value = !stmt_is_null(q, 2);
    e->value = stmt_i64(q, 2);
    e->note = arena_strdup(s->arena, stmt_text(q, 3));
    e->source = source >= 0 ? (enum source)source : SOURCE_IMPORT;
    e->version = (int32_t)stmt_i64(q, 5);
    e->has_marked_at = true;
    e->marked_at = stmt_time(q, 6);
    e->decline = decline_of(s, q);
}

static enum ecode load_logs(struct ctx *ctx, struct transfer_set *s, struct transfer_habit *h)
{
    enum stmt_step step;
    struct transfer_entry *e;
    struct stmt *q = db_query(ctx->db, &Q_transfer_logs);
    h->first_entry = s->entries_count;
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &h->id);
    while ((step = stmt_step(q)) == STMT_ROW) {
        enum ecode code = transfer_entry_add(s, h, stmt_day(q, 0), &e);
        if (code != E_OK) {
            stmt_end(q);
            return code;
        }
        if (e)
            entry_from_row(s, q, e);
    }
    h->entries_count = s->entries_count - h->first_entry;
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static enum ecode load(struct ctx *ctx, struct transfer_set *s)
{
    enum ecode code = load_habits(ctx, s);
    for (size_t i = 0; code == E_OK && i < s->habits_count; i++) {
        code = load_schedules(ctx, s, &s->habits[i]);
        if (code == E_OK)
            code = load_logs(ctx, s, &s->habits[i]);
    }
    return code;
}

static const struct {
    const char *type, *name;
} files[FORMATS] = {
    [FORMAT_JSON] = {"application/json", "habitd-%s.json"},
    [FORMAT_CSV] = {"text/csv; charset=utf-8", "habitd-%s.csv"},
    [FORMAT_LOOP_CSV] = {"application/zip", "Loop Habits CSV %s.zip"},
    [FORMAT_ICS] = {"text/calendar; charset=utf-8", "habitd-%s.ics"},
};

/* The file's bytes, malloc'ed. */
static enum ecode render(struct ctx *ctx, const struct transfer_set *s, enum transfer_format format,
                         void **data, size_t *len)
{
    if (format == FORMAT_LOOP_CSV)
        return write_loop_csv(ctx, s, data, len);
    struct buf b;
    enum ecode code = E_OK;
    buf_init(&b, EXPORT_BYTES_MAX);
    if (format == FORMAT_JSON)
        write_json(s, &b);
    else if (format == FORMAT_CSV)
        write_csv(s, &b);
    else
        write_ics(s, ctx->now, &b);
    if (buf_overflowed(&b))
        code = err_set(&ctx->err, E_TOO_LARGE, "the export is larger than %u MiB", EXPORT_BYTES_MAX >> 20);
    if (code == E_OK)
        *data = buf_steal(&b, len);
    buf_release(&b);
    return code;
}

enum ecode export_run(struct ctx *ctx, const struct export_request *in, struct export_result *out)
{
    void *data;
    size_t len;
    char day[DAY_TEXT];
    if ((unsigned)in->format >= FORMATS || !files[in->format].type)
        return err_field(&ctx->err, "format", "must be json, csv, loop-csv or ics");
    struct arena *answer = ctx->arena;
    ctx->arena = arena_new(IMPORT_ARENA_BYTES);
    struct transfer_set *s = transfer_set_new(ctx->arena, in->format, day_of(ANY_DAY), &ctx->err);
    enum ecode code = load(ctx, s);
    if (code == E_OK)
        code = render(ctx, s, in->format, &data, &len);
    arena_free(ctx->arena);
    ctx->arena = answer;
    if (code != E_OK)
        return code;
    arena_defer(answer, free, data); /* as large as it is: not of the request's own memory */
    day_format(ctx_today(ctx), day);
    const char *gap = strstr(files[in->format].name, "%s");
    *out = (struct export_result){
        .data = data,
        .len = len,
        .content_type = files[in->format].type,
        .file_name = arena_printf(answer, "%.*s%s%s", (int)(gap - files[in->format].name),
                                  files[in->format].name, day, gap + 2),
    };
    return E_OK;
}
