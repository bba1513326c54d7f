#include "domain/transfer/apply.h"

#include <stdlib.h>
#include <string.h>
#include "domain/habit/habit_rows.h"
#include "domain/user/user.h"
#include "habit.sql.h"
#include "transfer.sql.h"

#define ID_SPACE "habitd import"
#define PROGRESS_ROWS 4096

/* A habit the person has, or had until it is purged. */
struct known {
    struct uuid id;
    const char *format, *ref; /* NULL: not imported */
    bool deleted, active;
    int64_t position;
};

struct apply {
    struct ctx *ctx;
    const struct transfer_set *set;
    const struct import_request *in;
    struct import_result *out;
    struct known *known;
    size_t known_count, known_room;
    struct plan_item *plan;
    size_t *order; /* indexes of the set's habits by their position in the file */
    int64_t total, active, next_position;
    size_t rows_done;
};

/* --- what the person has
 * ------------------------------------------------------------------------------------------------ */

static struct known *known_room(struct apply *a)
{
    if (a->known_count == a->known_room) {
        size_t room = a->known_room ? a->known_room * 2 : 64;
        struct known *more = arena_array(a->ctx->arena, room, sizeof *more);
        if (a->known_count > 0)
            memcpy(more, a->known, a->known_count * sizeof *more);
        a->known = more;
        a->known_room = room;
    }
    return &a->known[a->known_count++];
}

static enum ecode load_known(struct apply *a)
{
    enum stmt_step step;
    struct stmt *q = db_query(a->ctx->db, &Q_transfer_known);
    a->known_count = 0;
    a->total = a->active = a->next_position = 0;
    stmt_bind_uuid(q, 1, &a->ctx->actor.user_id);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct known *k = known_room(a);
        *k = (struct known){
            .id = stmt_uuid(q, 0),
            .format = arena_strdup(a->ctx->arena, stmt_text(q, 1)),
            .ref = arena_strdup(a->ctx->arena, stmt_text(q, 2)),
            .deleted = !stmt_is_null(q, 3),
            .active = stmt_is_null(q, 4) && stmt_is_null(q, 5),
            .position = stmt_i64(q, 6),
        };
        a->total += !k->deleted;
        a->active += !k->deleted && k->active;
        if (k->position >= a->next_position)
            a->next_position = k->position + 1;
    }
    return step == STMT_ERROR ? a->ctx->err.code : E_OK;
}

static const struct known *find_id(const struct apply *a, const struct uuid *id)
{
    for (size_t i = 0; i < a->known_count; i++)
        if (uuid_cmp(&a->known[i].id, id) == 0)
            return &a->known[i];
    return NULL;
}

static const struct known *find_ref(const struct apply *a, const char *format, const char *ref)
{
    for (size_t i = 0; i < a->known_count; i++)
        if (a->known[i].ref && strcmp(a->known[i].ref, ref) == 0 && strcmp(a->known[i].format, format) == 0)
            return &a->known[i];
    return NULL;
}

/* The id of an own export's habit whose id is somebody else's: the same at every import of this person. */
static struct uuid derived_id(const struct ctx *ctx, const struct uuid *id)
{
    uint8_t name[2 * sizeof(struct uuid)];
    memcpy(name, &ctx->actor.user_id, sizeof(struct uuid));
    memcpy(name + sizeof(struct uuid), id, sizeof(struct uuid));
    return uuid_from_name(ID_SPACE, name, sizeof name);
}

static const struct known *find_known(const struct apply *a, const struct transfer_habit *h)
{
    const struct known *k = NULL;
    if (!uuid_is_zero(&h->id)) {
        struct uuid other = derived_id(a->ctx, &h->id);
        k = find_id(a, &h->id);
        if (!k)
            k = find_id(a, &other);
    }
    if (!k && h->origin)
        k = find_ref(a, h->origin, h->origin_ref);
    return k ? k : find_ref(a, format_names[a->set->format], h->ref);
}

/* --- the plan
 * ------------------------------------------------------------------------------------------------------------
 */

/* An own export keeps its ids where nobody has them. */
static enum ecode choose_id(struct apply *a, const struct transfer_habit *h, struct uuid *out)
{
    if (a->set->format != FORMAT_JSON) {
        *out = ctx_new_id(a->ctx);
        return E_OK;
    }
    struct stmt *q = db_query(a->ctx->db, &Q_transfer_id_taken);
    stmt_bind_uuid(q, 1, &h->id);
    enum ecode code = stmt_row(q);
    if (code == E_OK) {
        stmt_end(q);
        *out = derived_id(a->ctx, &h->id);
        return E_OK;
    }
    if (code != E_NOT_FOUND)
        return code;
    *out = h->id;
    return E_OK;
}

static bool position_free(const struct apply *a, int64_t position, size_t planned)
{
    for (size_t i = 0; i < a->known_count; i++)
        if (a->known[i].position == position && !a->known[i].deleted)
            return false;
    for (size_t i = 0; i < planned; i++) {
        const struct plan_item *p = &a->plan[a->order[i]];
        if (p->kind == PLAN_NEW && p->position == position)
            return false;
    }
    return true;
}

/* A habit that becomes active takes a place of the tier's; without one it comes in archived. */
static void take_place(struct apply *a, struct plan_item *p, bool active)
{
    int limit = a->ctx->policy->habit_limit[a->ctx->actor.tier];
    if (!active)
        return;
    if (limit > 0 && a->active >= limit) {
        p->archive = true;
        a->out->habits_archived++;
    } else {
        a->active++;
    }
}

static enum ecode plan_new(struct apply *a, const struct transfer_habit *h, struct plan_item *p,
                           size_t planned)
{
    enum ecode code = choose_id(a, h, &p->id);
    if (code != E_OK)
        return code;
    if (++a->total > HABITS_PER_USER_MAX)
        return err_reason(&a->ctx->err, E_LIMIT, "habit_limit_reached",
                          "with this file the person would have more than %d habits", HABITS_PER_USER_MAX);
    if (a->set->format == FORMAT_JSON && position_free(a, h->position, planned)) {
        p->position = h->position;
        if (p->position >= a->next_position)
            a->next_position = p->position + 1;
    } else {
        p->position = a->next_position++;
    }
    p->kind = PLAN_NEW;
    a->out->habits_new++;
    take_place(a, p, !h->archived && !h->paused);
    return E_OK;
}

static enum ecode load_taken(struct apply *a, struct plan_item *p)
{
    size_t room = 512;
    enum stmt_step step;
    struct stmt *q = db_query(a->ctx->db, &Q_transfer_days);
    stmt_bind_uuid(q, 1, &a->ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &p->id);
    p->taken = arena_array(a->ctx->arena, room, sizeof *p->taken);
    while ((step = stmt_step(q)) == STMT_ROW) {
        if (p->taken_count == room) {
            struct day *more = arena_array(a->ctx->arena, room * 2, sizeof *more);
            memcpy(more, p->taken, room * sizeof *more);
            p->taken = more;
            room *= 2;
        }
        p->taken[p->taken_count++] = stmt_day(q, 0);
    }
    return step == STMT_ERROR ? a->ctx->err.code : E_OK;
}

static enum ecode plan_habit(struct apply *a, size_t planned)
{
    const struct transfer_habit *h = &a->set->habits[a->order[planned]];
    struct plan_item *p = &a->plan[a->order[planned]];
    const struct known *k = find_known(a, h);
    *p = (struct plan_item){0};
    if (!k)
        return plan_new(a, h, p, planned);
    p->id = k->id;
    if (k->deleted && !a->in->restore) {
        p->kind = PLAN_SKIP;
        a->out->habits_skipped++;
        return E_OK;
    }
    a->out->habits_known++;
    p->kind = k->deleted ? PLAN_RESTORE : PLAN_KNOWN;
    if (k->deleted)
        take_place(a, p, k->active);
    return h->entries_count > 0 ? load_taken(a, p) : E_OK;
}

static enum ecode make_plan(struct apply *a)
{
    enum ecode code = load_known(a);
    a->out->habits_new = a->out->habits_known = a->out->habits_skipped = a->out->habits_archived = 0;
    for (size_t i = 0; code == E_OK && i < a->set->habits_count; i++)
        code = plan_habit(a, i);
    return code;
}

/* The file's habits by their position there, equal ones as they stand. */
static void sort_order(struct apply *a)
{
    const struct transfer_habit *habits = a->set->habits;
    for (size_t i = 0; i < a->set->habits_count; i++) {
        size_t j = i;
        for (; j > 0 && habits[a->order[j - 1]].position > habits[i].position; j--)
            a->order[j] = a->order[j - 1];
        a->order[j] = i;
    }
}

/* --- writing
 * --------------------------------------------------------------------------------------------------------------
 */

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
    struct stmt *q = db_query(ctx->db, &Q_habit_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &row->id);
    stmt_bind_text(q, 3, row->name);
    stmt_bind_text(q, 4, row->description);
    stmt_bind_text(q, 5, row->emoji);
    stmt_bind_text(q, 6, row->color);
    stmt_bind_text(q, 7, habit_kind_names[row->kind]);
    stmt_bind_text(q, 8, target_kind_names[row->target_kind]);
    stmt_bind_i64(q, 9, row->target_value);
    stmt_bind_text(q, 10, row->unit);
    if (row->frequency_days > 0) {
        stmt_bind_i64(q, 11, row->frequency_count);
        stmt_bind_i64(q, 12, row->frequency_days);
    }
    stmt_bind_day(q, 13, row->starts_on);
    stmt_bind_i64(q, 14, row->position);
    if (row->archived)
        stmt_bind_time(q, 15, row->archived_at);
    if (row->paused) {
        stmt_bind_time(q, 16, row->paused_at);
        stmt_bind_text(q, 17, row->paused_by_tier ? "tier" : "person");
    }
    /* An own export brings its origin along; it is known again by its id. */
    stmt_bind_text(q, 18, own ? h->origin : format_names[a->set->format]);
    stmt_bind_text(q, 19, own ? h->origin_ref : h->ref);
    stmt_bind_time(q, 20, row->created_at);
    stmt_bind_time(q, 21, h->has_times ? h->updated_at : ctx->now);
    return stmt_run(q);
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

/* A measurable habit's done day needs an amount, a yes/no habit's has none: a known habit may be of the other
 * kind than the file says. */
static enum ecode check_value(struct apply *a, const struct transfer_habit *h, const struct transfer_entry *e)
{
    bool wrong = h->kind == HABIT_YES_NO ? e->has_value : e->status == LOG_DONE && !e->has_value;
    if (!wrong)
        return E_OK;
    char day[DAY_TEXT];
    return err_set(&a->ctx->err, E_MALFORMED, "the habit '%.60s', %s: %s", h->name, day_format(e->day, day),
                   h->kind == HABIT_YES_NO ? "a yes/no habit has no amounts" : "an amount is missing");
}

/* The habit's marks, without those of days that have one. `written` says whether any was new. */
static enum ecode write_marks(struct apply *a, struct row_writer *w, size_t index, bool *written)
{
    const struct transfer_habit *h = &a->set->habits[index];
    const struct plan_item *p = &a->plan[index];
    size_t t = 0;
    for (size_t i = h->first_entry; i < h->first_entry + h->entries_count; i++, a->rows_done++) {
        const struct transfer_entry *e = &a->set->entries[i];
        tell_progress(a, false);
        while (t < p->taken_count && day_cmp(p->taken[t], e->day) < 0)
            t++;
        if (t < p->taken_count && p->taken[t].n == e->day.n) {
            a->out->logs_existing++;
            continue;
        }
        enum ecode code = check_value(a, h, e);
        if (code == E_OK && !a->in->dry_run)
            code = row_writer_add(w, &p->id, e);
        if (code != E_OK)
            return code;
        *written = true;
        a->out->logs_new++;
        a->out->notes_new += e->note != NULL || (e->decline && e->decline->note);
    }
    return E_OK;
}

/* Checkpoints from the habit's whole history; each with memory of its own, a history can be long. */
static enum ecode rebuild(struct apply *a, const bool *written)
{
    struct ctx *ctx = a->ctx;
    struct arena *keep = ctx->arena;
    enum ecode code = E_OK;
    ctx->arena = arena_new(IMPORT_ARENA_BYTES);
    for (size_t i = 0; code == E_OK && i < a->set->habits_count; i++) {
        if (!written[i] && a->plan[i].kind != PLAN_RESTORE)
            continue;
        arena_reset(ctx->arena);
        code = checkin_rebuild(ctx, &a->plan[i].id);
    }
    arena_free(ctx->arena);
    ctx->arena = keep;
    return code;
}

static enum ecode write_all(struct apply *a)
{
    bool *written = arena_array(a->ctx->arena, a->set->habits_count, sizeof *written);
    bool schedules = false;
    enum ecode code = E_OK;
    struct row_writer *w = row_writer_new(a->ctx, a->ctx->arena);
    for (size_t i = 0; code == E_OK && i < a->set->habits_count; i++) {
        code = write_habit(a, &a->set->habits[a->order[i]], &a->plan[a->order[i]]);
        schedules =
            schedules || a->plan[a->order[i]].kind == PLAN_RESTORE || a->set->habits[i].schedules_count > 0;
    }
    for (size_t i = 0; code == E_OK && i < a->set->habits_count; i++)
        if (a->plan[i].kind != PLAN_SKIP)
            code = write_marks(a, w, i, &written[i]);
        else
            a->rows_done += a->set->habits[i].entries_count;
    if (code != E_OK || a->in->dry_run)
        return code;
    code = row_writer_flush(w);
    if (code == E_OK)
        code = rebuild(a, written);
    if (code == E_OK && schedules && a->out->habits_new + a->out->habits_known > 0)
        code = schedule_refresh_due(a->ctx);
    tell_progress(a, true);
    return code;
}

static enum ecode lock_owner(struct ctx *ctx)
{
    struct stmt *q = db_query(ctx->db, &Q_habit_lock_owner);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_time(q, 2, ctx->now);
    return stmt_run(q);
}

/* Some habit is made or brought back. */
static bool changes_habits(const struct apply *a)
{
    for (size_t i = 0; i < a->set->habits_count; i++)
        if (a->plan[i].kind == PLAN_NEW || a->plan[i].kind == PLAN_RESTORE)
            return true;
    return false;
}

enum ecode transfer_apply(struct ctx *ctx, const struct transfer_set *set, const struct import_request *in,
                          struct import_result *out)
{
    struct apply a = {.ctx = ctx, .set = set, .in = in, .out = out};
    a.plan = arena_array(ctx->arena, set->habits_count, sizeof *a.plan);
    a.order = arena_array(ctx->arena, set->habits_count, sizeof *a.order);
    sort_order(&a);
    enum ecode code = make_plan(&a);
    if (code == E_OK && !in->dry_run && changes_habits(&a)) {
        /* Two imports at once must not both find a habit new: the second waits here, and plans again. */
        code = lock_owner(ctx);
        if (code == E_OK)
            code = make_plan(&a);
    }
    return code == E_OK ? write_all(&a) : code;
}
