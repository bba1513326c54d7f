#include "domain/checkin/checkpoint.h"

#include <string.h>
#include "base/check.h"
#include "domain/habit/habit_rows.h"
#include "checkpoint.sql.h"

static enum mark_status status_of(const char *text)
{
    if (!text)
        return MARK_NONE;
    return text[1] == 'o'   ? MARK_DONE
           : text[1] == 'e' ? MARK_DECLINED
                            : MARK_SKIPPED; /* done declined skipped */
}

void mark_list_add(struct ctx *ctx, struct mark_list *l, struct day day, const char *status,
                   const char *source, bool has_value, int64_t value)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        struct mark *items = arena_array(ctx->arena, room, sizeof *items);
        if (l->count)
            memcpy(items, l->items, l->count * sizeof *items);
        l->items = items;
        l->room = room;
    }
    l->items[l->count++] = (struct mark){
        .day = day,
        .status = status_of(status),
        .automatic = strcmp(source, source_names[SOURCE_AUTO]) == 0,
        .has_value = has_value,
        .value = value,
    };
}

void checkpoint_state_from_row(struct ctx *ctx, struct stmt *q, int first, struct score_state *out)
{
    size_t len;
    const void *starts = stmt_bytes(q, first + 7, &len);
    *out = (struct score_state){
        .last_date = stmt_day(q, first),
        .first_date = stmt_day(q, first + 2),
        .score = stmt_f64(q, first + 3),
        .run_from = stmt_day(q, first + 4),
        .interval_from = stmt_day(q, first + 5),
        .interval_done = stmt_day(q, first + 6),
        .run_starts = starts ? (const uint8_t *)arena_memdup(ctx->arena, starts, len) : NULL,
        .run_starts_len = starts ? len : 0,
    };
}

static enum ecode load_schedule_rules(struct ctx *ctx, const struct habit *h, struct checkpoint *c)
{
    if (h->frequency_days)
        return E_OK;
    c->schedules = arena_array(ctx->arena, h->schedules_count, sizeof *c->schedules);
    for (size_t i = 0; i < h->schedules_count; i++) {
        if (!h->schedules[i].enabled)
            continue;
        enum ecode rc = schedule_as_rule(ctx, &h->schedules[i], &c->schedules[c->schedules_count]);
        if (rc != E_OK)
            return rc;
        c->schedules_count++;
    }
    return E_OK;
}

enum ecode checkpoint_rule(struct ctx *ctx, const struct habit *h, struct checkpoint *out)
{
    *out = (struct checkpoint){
        .rule = {.kind = h->kind,
                 .target_kind = h->target_kind,
                 .target = h->target_value,
                 .count = h->frequency_count,
                 .days = h->frequency_days,
                 .starts_on = h->starts_on},
        .state = score_state_init(),
    };
    return load_schedule_rules(ctx, h, out);
}

enum ecode checkpoint_load(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *out)
{
    struct checkpoint c;
    struct habit h = {.id = *habit_id};
    struct score_state state = score_state_init();
    struct stmt *q = db_query(ctx->db, &Q_checkpoint_habit);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, habit_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_reason(&ctx->err, E_NOT_FOUND, "habit_not_found", "there is no such habit");
    if (rc != E_OK)
        return rc;
    h.kind = (enum habit_kind)name_index(habit_kind_names, stmt_text(q, 0));
    h.target_kind = (enum target_kind)name_index(target_kind_names, stmt_text(q, 1));
    h.target_value = stmt_i64(q, 2);
    h.frequency_count = (int)stmt_i64(q, 3);
    h.frequency_days = (int)stmt_i64(q, 4);
    h.starts_on = stmt_day(q, 5);
    if (!stmt_is_null(q, 6))
        checkpoint_state_from_row(ctx, q, 6, &state);
    stmt_end(q);
    if (!h.frequency_days)
        rc = schedules_load_one(ctx, &h);
    if (rc == E_OK)
        rc = checkpoint_rule(ctx, &h, &c);
    if (rc != E_OK)
        return rc;
    c.state = state;
    *out = c;
    return E_OK;
}

/* CONTRACT "Local day": a date a zone skipped counts as skipped. From the first mark on, that is. */
void checkpoint_add_zone_skips(struct ctx *ctx, struct mark_list *l, struct day first, struct day after,
                               struct day to)
{
    struct day d = day_is_none(after) ? day_of(DAY_FIRST_LOG - 1) : after;
    if (day_is_none(first) && l->count)
        first = l->items[0].day;
    if (day_is_none(first))
        return;
    for (d = zone_skipped_day(ctx->actor.zone, d); !day_is_none(d) && day_cmp(d, to) <= 0;
         d = zone_skipped_day(ctx->actor.zone, d)) {
        size_t i = l->count;
        while (i > 0 && day_cmp(l->items[i - 1].day, d) > 0)
            i--;
        bool noted = i > 0 && day_cmp(l->items[i - 1].day, d) == 0;
        if (day_cmp(d, first) < 0 || (noted && l->items[i - 1].status != MARK_NONE))
            continue;
        if (noted) {
            l->items[i - 1].status = MARK_SKIPPED;
            continue;
        }
        mark_list_add(ctx, l, d, log_status_names[LOG_SKIPPED], source_names[SOURCE_AUTO], false, 0);
        struct mark added = l->items[l->count - 1];
        memmove(&l->items[i + 1], &l->items[i], (l->count - 1 - i) * sizeof added);
        l->items[i] = added;
    }
}

enum ecode checkpoint_marks(struct ctx *ctx, const struct uuid *habit_id, struct day first, struct day after,
                            struct day to, struct mark_list *out)
{
    struct mark_list l = {.items = NULL};
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_checkpoint_habit_marks);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, habit_id);
    stmt_bind_day(q, 3, day_is_none(after) ? day_of(DAY_FIRST_LOG - 1) : after);
    stmt_bind_day(q, 4, to);
    while ((step = stmt_step(q)) == STMT_ROW)
        mark_list_add(ctx, &l, stmt_day(q, 0), stmt_text(q, 1), stmt_text(q, 2), !stmt_is_null(q, 3),
                      stmt_i64(q, 3));
    if (step == STMT_ERROR)
        return ctx->err.code;
    checkpoint_add_zone_skips(ctx, &l, first, after, to);
    *out = l;
    return E_OK;
}

void checkpoint_name_days(struct ctx *ctx, struct checkpoint *c, struct day first, struct day last)
{
    if (c->rule.days)
        return;
    struct day_set *set = arena_alloc(ctx->arena, sizeof *set);
    *set = day_set_new(ctx->arena, first, last);
    for (size_t i = 0; i < c->schedules_count; i++)
        schedule_rule_days(&c->schedules[i], set);
    c->rule.due_set = set;
}

static enum ecode save(struct ctx *ctx, const struct uuid *habit_id, const struct checkpoint *c)
{
    const struct score_state *s = &c->state;
    struct day window = score_state_window(s, &c->rule);
    struct stmt *q = db_query(ctx->db, &Q_checkpoint_save);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, habit_id);
    stmt_bind_day(q, 3, s->last_date);
    stmt_bind_day(q, 4, day_is_none(window) ? day_of(DAY_FIRST_LOG - 1) : window);
    stmt_bind_day(q, 5, s->first_date);
    stmt_bind_f64(q, 6, s->score);
    stmt_bind_day(q, 7, s->run_from);
    stmt_bind_day(q, 8, s->interval_from);
    stmt_bind_day(q, 9, s->interval_done);
    stmt_bind_bytes(q, 10, s->run_starts, s->run_starts_len);
    return stmt_run(q);
}

/* The days a rule without frequency may be asked about: from the first mark or behind the checkpoint up to
 * `to`. */
static struct day first_named(const struct checkpoint *c, const struct mark_list *l, struct day to)
{
    struct day first = day_add(to, -31);
    if (l->count && day_cmp(l->items[0].day, first) < 0)
        first = l->items[0].day;
    if (!day_is_none(c->state.last_date) && day_cmp(c->state.last_date, first) < 0)
        first = c->state.last_date;
    return first;
}

/* Moves the checkpoint to `to`, loading as many marks as that needs. */
static enum ecode move_state(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *c,
                             struct day to)
{
    struct day after = score_state_window(&c->state, &c->rule);
    for (;;) {
        struct mark_list l;
        enum ecode rc = checkpoint_marks(ctx, habit_id, c->state.first_date, after, to, &l);
        if (rc != E_OK)
            return rc;
        checkpoint_name_days(ctx, c, first_named(c, &l, to), to);
        struct mark_window w = {after, l.items, l.count};
        if (score_state_advance(&c->state, ctx->arena, &c->rule, &w, to, &after) == SCORE_OK)
            return E_OK;
    }
}

enum ecode checkpoint_recompute(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *c,
                                struct day to, struct score_state *out)
{
    struct checkpoint fresh = *c;
    fresh.state = score_state_init();
    enum ecode rc = move_state(ctx, habit_id, &fresh, to);
    if (rc == E_OK)
        *out = fresh.state;
    return rc;
}

/* Moves the checkpoint to `to` and stores it. */
static enum ecode advance(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *c, struct day to)
{
    enum ecode rc = move_state(ctx, habit_id, c, to);
    return rc == E_OK ? save(ctx, habit_id, c) : rc;
}

/* Brings the checkpoint to where it belongs; `whole`: whatever it says now. */
static enum ecode renew(struct ctx *ctx, const struct uuid *habit_id, bool whole, struct day to)
{
    struct checkpoint c;
    enum ecode rc = checkpoint_load(ctx, habit_id, &c);
    if (rc != E_OK)
        return rc;
    if (whole || score_state_check(&c.state, &c.rule, &ctx->err) != E_OK)
        c.state = score_state_init();
    return advance(ctx, habit_id, &c, to);
}

/* In memory of its own: a history is long, and a batch may touch many. */
static enum ecode renew_apart(struct ctx *ctx, const struct uuid *habit_id, bool whole, struct day to)
{
    struct arena *keep = ctx->arena;
    ctx->arena = arena_new(HISTORY_ARENA_BYTES);
    enum ecode rc = renew(ctx, habit_id, whole, to);
    arena_free(ctx->arena);
    ctx->arena = keep;
    return rc;
}

enum ecode checkin_rebuild(struct ctx *ctx, const struct uuid *habit_id)
{
    return renew_apart(ctx, habit_id, true, day_add(ctx_today(ctx), -CHECKPOINT_LAG));
}

enum ecode checkpoint_rebuild_from(struct ctx *ctx, const struct uuid *habit_id, struct mark *marks, size_t n)
{
    struct checkpoint c;
    struct day to = day_add(ctx_today(ctx), -CHECKPOINT_LAG), need;
    enum ecode rc = checkpoint_load(ctx, habit_id, &c);
    if (rc != E_OK)
        return rc;
    while (n > 0 && day_cmp(marks[n - 1].day, to) > 0)
        n--;
    struct mark_list l = {marks, n, n};
    struct mark_window w = {day_none(), marks, n};
    c.state = score_state_init();
    checkpoint_name_days(ctx, &c, first_named(&c, &l, to), to);
    CHECK(score_state_advance(&c.state, ctx->arena, &c.rule, &w, to, &need) == SCORE_OK);
    return save(ctx, habit_id, &c);
}

enum ecode checkin_rebuild_all(struct ctx *ctx)
{
    size_t n = 0, room = 64;
    enum stmt_step step;
    struct uuid *ids = arena_array(ctx->arena, room, sizeof *ids);
    struct stmt *q = db_query(ctx->db, &Q_checkpoint_habits);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    while ((step = stmt_step(q)) == STMT_ROW) {
        if (n == room) {
            struct uuid *more = arena_array(ctx->arena, room * 2, sizeof *more);
            memcpy(more, ids, n * sizeof *ids);
            ids = more;
            room *= 2;
        }
        ids[n++] = stmt_uuid(q, 0);
    }
    enum ecode rc = step == STMT_ERROR ? ctx->err.code : E_OK;
    for (size_t i = 0; rc == E_OK && i < n; i++)
        rc = checkin_rebuild(ctx, &ids[i]);
    return rc;
}

enum ecode checkpoint_touch(struct ctx *ctx, const struct uuid *habit_id, struct day last_date,
                            struct day oldest)
{
    struct day to = day_add(ctx_today(ctx), -CHECKPOINT_LAG);
    bool whole = day_is_none(last_date) || day_cmp(oldest, last_date) <= 0;
    if (!whole && day_diff(to, last_date) <= CHECKPOINT_LAG)
        return E_OK;
    return renew_apart(ctx, habit_id, whole, to);
}

enum ecode checkpoint_read(struct ctx *ctx, const struct uuid *habit_id, struct checkpoint *c,
                           struct mark_list *l, struct day w_after, struct day on, struct score_now *out)
{
    if (!day_is_none(c->state.last_date) && score_state_check(&c->state, &c->rule, &ctx->err) != E_OK) {
        c->state =
            score_state_init(); /* a checkpoint that contradicts the rule is worth nothing; doctor names it */
        w_after = day_none();
        enum ecode rc = checkpoint_marks(ctx, habit_id, c->state.first_date, w_after, on, l);
        if (rc != E_OK)
            return rc;
    }
    for (;;) {
        checkpoint_name_days(ctx, c, first_named(c, l, on), on);
        struct mark_window w = {w_after, l->items, l->count};
        if (score_state_read(&c->state, ctx->arena, &c->rule, &w, on, out, &w_after) == SCORE_OK)
            return E_OK;
        enum ecode rc = checkpoint_marks(ctx, habit_id, c->state.first_date, w_after, on, l);
        if (rc != E_OK)
            return rc;
    }
}
