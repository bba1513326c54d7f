#include "domain/transfer/apply.h"

#include "domain/checkin/checkpoint.h"
#include "domain/habit/habit_rows.h"
#include "domain/transfer/plan.h"
#include "domain/user/user.h"
#include "transfer.sql.h"

#define PROGRESS_ROWS 4096
#define WINDOW_ROWS 16384 /* marks in one window of days */

/* How far a habit's marks are written. */
struct cursor {
    size_t entry, taken;
    bool written; /* any was new */
};

struct apply {
    struct ctx *ctx;
    struct transfer_set *set;
    const struct import_request *in;
    struct import_result *out;
    const struct plan_item *plan; /* one for each habit of the set */
    const size_t *order;          /* their indexes by position */
    struct cursor *cursors;
    size_t rows_done;
};

/* The first day of a habit whose source does not name one: its first mark's, or today. */
static struct day first_day(const struct apply *a, const struct transfer_habit *h)
{
    if (!day_is_none(h->starts_on))
        return h->starts_on;
    return h->entries_count > 0 ? a->set->entries[h->first_entry].day : a->set->today;
}

/* The habit as the domain checks it. */
static void draft(struct apply *a, const struct transfer_habit *h, const struct plan_item *p,
                  struct habit *out)
{
    struct instant now = a->ctx->now;
    *out = (struct habit){
        .id = p->id,
        .name = h->name,
        .description = h->description,
        .emoji = h->emoji,
        .color = h->color,
        .kind = h->kind,
        .target_kind = h->target_kind,
        .target_value = h->target_value,
        .unit = h->unit,
        .frequency_count = h->frequency_count,
        .frequency_days = h->frequency_days,
        .starts_on = first_day(a, h),
        .position = p->position,
        .archived = h->archived || p->archive,
        .archived_at = h->archived && h->has_times ? h->archived_at : now,
        .paused = h->paused,
        .paused_by_tier = h->paused_by_tier,
        .paused_at = h->has_times ? h->paused_at : now,
        .created_at = h->has_times ? h->created_at : now,
    };
    out->schedules = arena_array(a->ctx->arena, h->schedules_count, sizeof *out->schedules);
    out->schedules_count = h->schedules_count;
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct transfer_schedule *s = &h->schedules[i];
        out->schedules[i] = (struct schedule){
            .id = uuid_is_zero(&s->id) ? ctx_new_id(a->ctx) : s->id,
            .habit_id = p->id,
            .type = s->type,
            .reminder_minute = s->reminder_minute,
            .weekdays = s->weekdays,
            .rrule = s->rrule,
            .starts_on = day_is_none(s->starts_on) ? out->starts_on : s->starts_on,
            .enabled = s->enabled,
        };
    }
}

static enum ecode insert_habit(struct apply *a, const struct transfer_habit *h, const struct habit *row)
{
    struct ctx *ctx = a->ctx;
    bool own = a->set->format == FORMAT_JSON;
    /* An own export brings its origin along; it is known again by its id. */
    struct habit_origin origin = {
        .format = own ? h->origin : format_names[a->set->format],
        .ref = own ? h->origin_ref : h->ref,
        .updated_at = h->has_times ? h->updated_at : ctx->now,
    };
    return habit_insert_row(ctx, row, &origin);
}

static enum ecode insert_schedule(struct apply *a, const struct transfer_schedule *from,
                                  const struct schedule *s)
{
    struct ctx *ctx = a->ctx;
    struct stmt *q = db_query(ctx->db, &Q_transfer_schedule_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &s->id);
    stmt_bind_uuid(q, 3, &s->habit_id);
    stmt_bind_text(q, 4, schedule_type_names[s->type]);
    if (s->reminder_minute != MINUTE_NONE)
        stmt_bind_i64(q, 5, s->reminder_minute);
    if (s->type == SCHEDULE_WEEKLY)
        stmt_bind_i64(q, 6, s->weekdays);
    stmt_bind_text(q, 7, s->rrule);
    stmt_bind_day(q, 8, s->starts_on);
    stmt_bind_bool(q, 9, s->enabled);
    stmt_bind_time(q, 10, from->has_times ? from->created_at : ctx->now);
    stmt_bind_time(q, 11, from->has_times ? from->updated_at : ctx->now);
    return stmt_run(q);
}

/* Checks the habit as habitd checks its own; a file's error is the file's, not a field of the request. */
static enum ecode check_habit(struct apply *a, const struct transfer_habit *h, struct habit *row)
{
    enum ecode code = habit_validate(a->ctx, row);
    if (code == E_INVALID)
        return err_set(&a->ctx->err, E_MALFORMED, "the habit '%.60s': %s %s", h->name, a->ctx->err.field,
                       a->ctx->err.text);
    return code;
}

static enum ecode write_habit(struct apply *a, const struct transfer_habit *h, const struct plan_item *p)
{
    struct habit row;
    struct ctx *ctx = a->ctx;
    if (p->kind == PLAN_RESTORE && !a->in->dry_run) {
        struct stmt *q = db_query(ctx->db, &Q_transfer_undelete);
        stmt_bind_uuid(q, 1, &ctx->actor.user_id);
        stmt_bind_uuid(q, 2, &p->id);
        if (p->archive)
            stmt_bind_time(q, 3, ctx->now);
        stmt_bind_time(q, 4, ctx->now);
        return stmt_run(q);
    }
    if (p->kind != PLAN_NEW)
        return E_OK;
    draft(a, h, p, &row);
    enum ecode code = check_habit(a, h, &row);
    if (code != E_OK || a->in->dry_run)
        return code;
    code = insert_habit(a, h, &row);
    for (size_t i = 0; code == E_OK && i < row.schedules_count; i++)
        code = insert_schedule(a, &h->schedules[i], &row.schedules[i]);
    return code;
}

static void tell_progress(struct apply *a, bool always)
{
    if (a->in->progress && (always || a->rows_done % PROGRESS_ROWS == 0))
        a->in->progress(a->in->progress_arg, a->rows_done, a->set->entries_count);
}

/* A measurable habit's done day needs an amount, a yes/no habit's has none: an error of an own file. */
static enum ecode check_value(struct apply *a, const struct transfer_habit *h, const struct transfer_entry *e)
{
    bool wrong = h->kind == HABIT_YES_NO ? e->has_value : e->status == LOG_DONE && !e->has_value;
    if (!wrong)
        return E_OK;
    char day[DAY_TEXT];
    return err_set(&a->ctx->err, E_MALFORMED, "the habit '%.60s', %s: %s", h->name, day_format(e->day, day),
                   h->kind == HABIT_YES_NO ? "a yes/no habit has no amounts" : "an amount is missing");
}

/*
 * A known habit can be of another kind than the file's (CSV files do not say, it is inferred): a yes/no habit
 * takes any amount for a yes and none for a no, a measurable one a yes for the amount 1.
 */
static void fit_kind(struct transfer_set *s, struct transfer_entry *e, enum habit_kind here)
{
    if (here == HABIT_YES_NO && e->has_value) {
        if (e->status == LOG_DONE && e->value == 0)
            e->status = LOG_DECLINED;
        e->has_value = false;
        e->value = 0;
        s->losses[LOSS_KIND]++;
    } else if (here == HABIT_MEASURABLE && e->status == LOG_DONE && !e->has_value) {
        e->has_value = true;
        e->value = 1000;
        s->losses[LOSS_KIND]++;
    }
}

/* The habit's next marks up to a day, without those of days that have one. */
static enum ecode write_marks(struct apply *a, struct row_writer *w, size_t index, struct day to)
{
    const struct transfer_habit *h = &a->set->habits[index];
    const struct plan_item *p = &a->plan[index];
    struct cursor *c = &a->cursors[index];
    for (; c->entry < h->entries_count; c->entry++, a->rows_done++) {
        struct transfer_entry *e = &a->set->entries[h->first_entry + c->entry];
        if (day_cmp(e->day, to) > 0)
            break;
        tell_progress(a, false);
        while (c->taken < p->taken_count && day_cmp(p->taken[c->taken], e->day) < 0)
            c->taken++;
        if (c->taken < p->taken_count && p->taken[c->taken].n == e->day.n) {
            a->out->logs_existing++;
            continue;
        }
        enum ecode code = check_value(a, h, e);
        if (p->kind_here != h->kind)
            fit_kind(a->set, e, p->kind_here);
        if (code == E_OK && !a->in->dry_run)
            code = row_writer_add(w, &p->id, e);
        if (code != E_OK)
            return code;
        c->written = true;
        a->out->logs_new++;
        a->out->notes_new += e->note != NULL || (e->decline && e->decline->note);
    }
    return E_OK;
}

/*
 * All marks, in windows of days: within one, habit by habit. Whole histories one after the other would go
 * over the index on (user_id, log_date) once per habit, and strict day order would jump between habits at
 * every row; a window's pages of both trees stay in the cache.
 */
static enum ecode write_all_marks(struct apply *a, struct row_writer *w)
{
    const struct transfer_set *s = a->set;
    if (s->entries_count == 0)
        return E_OK;
    int64_t days = (int64_t)day_diff(s->last, s->first) + 1;
    int64_t window = days * WINDOW_ROWS / (int64_t)s->entries_count + 1;
    for (int64_t n = s->first.n; n <= s->last.n; n += window) {
        struct day to = day_of((int32_t)(n + window - 1));
        for (size_t i = 0; i < s->habits_count; i++) {
            if (a->plan[i].kind == PLAN_SKIP)
                continue;
            enum ecode code = write_marks(a, w, i, to);
            if (code != E_OK)
                return code;
        }
    }
    return a->in->dry_run ? E_OK : row_writer_flush(w);
}

/* A new habit's history is the file's. */
static enum ecode rebuild_new(struct apply *a, size_t index)
{
    const struct transfer_habit *h = &a->set->habits[index];
    struct mark *marks = arena_array(a->ctx->arena, h->entries_count, sizeof *marks);
    transfer_marks(a->set, h, marks);
    return checkpoint_rebuild_from(a->ctx, &a->plan[index].id, marks, h->entries_count);
}

/* Checkpoints from the habits' whole histories. */
static enum ecode rebuild(struct apply *a)
{
    enum ecode code = E_OK;
    for (size_t i = 0; code == E_OK && i < a->set->habits_count; i++) {
        if (a->plan[i].kind == PLAN_NEW && a->cursors[i].written)
            code = rebuild_new(a, i);
        else if (a->cursors[i].written || a->plan[i].kind == PLAN_RESTORE)
            code = checkin_rebuild(a->ctx, &a->plan[i].id);
    }
    return code;
}

static enum ecode write_all(struct apply *a)
{
    a->cursors = arena_array(a->ctx->arena, a->set->habits_count, sizeof *a->cursors);
    bool schedules = false;
    enum ecode code = E_OK;
    struct row_writer *w = row_writer_new(a->ctx, a->ctx->arena);
    for (size_t i = 0; code == E_OK && i < a->set->habits_count; i++) {
        code = write_habit(a, &a->set->habits[a->order[i]], &a->plan[a->order[i]]);
        schedules =
            schedules || a->plan[a->order[i]].kind == PLAN_RESTORE || a->set->habits[i].schedules_count > 0;
    }
    if (code == E_OK)
        code = write_all_marks(a, w);
    if (code != E_OK || a->in->dry_run)
        return code;
    code = rebuild(a);
    if (code == E_OK && schedules && a->out->habits_new + a->out->habits_known > 0)
        code = schedule_refresh_due(a->ctx);
    tell_progress(a, true);
    return code;
}

enum ecode transfer_apply(struct ctx *ctx, struct transfer_set *set, const struct import_request *in,
                          struct import_result *out)
{
    struct apply a = {.ctx = ctx, .set = set, .in = in, .out = out};
    struct plan plan;
    enum ecode code = plan_make(ctx, set, in->restore, &plan);
    if (code != E_OK)
        return code;
    a.plan = plan.items;
    a.order = plan.order;
    out->habits_new = plan.habits_new;
    out->habits_known = plan.habits_known;
    out->habits_skipped = plan.habits_skipped;
    out->habits_archived = plan.habits_archived;
    return write_all(&a);
}
