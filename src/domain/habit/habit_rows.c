#include "domain/habit/habit_rows.h"

#include <stdlib.h>
#include <string.h>
#include "domain/user/user.h"
#include "habit.sql.h"

void habit_from_row(struct ctx *ctx, struct stmt *q, struct habit *out)
{
    struct arena *a = ctx->arena;
    *out = (struct habit){
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
        .deleted = !stmt_is_null(q, 16),
        .created_at = stmt_time(q, 17),
    };
    const char *paused_by = stmt_text(q, 15);
    out->paused_by_tier = paused_by && strcmp(paused_by, "tier") == 0;
}

/* The parameters that habit_insert and habit_update begin with, 1 to 13. */
static void bind_habit(struct ctx *ctx, struct stmt *q, const struct habit *h)
{
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_uuid(q, 2, &h->id);
    stmt_bind_text(q, 3, h->name);
    stmt_bind_text(q, 4, h->description);
    stmt_bind_text(q, 5, h->emoji);
    stmt_bind_text(q, 6, h->color);
    stmt_bind_text(q, 7, habit_kind_names[h->kind]);
    stmt_bind_text(q, 8, target_kind_names[h->target_kind]);
    stmt_bind_i64(q, 9, h->target_value);
    stmt_bind_text(q, 10, h->unit);
    if (h->frequency_days) {
        stmt_bind_i64(q, 11, h->frequency_count);
        stmt_bind_i64(q, 12, h->frequency_days);
    }
    stmt_bind_day(q, 13, h->starts_on);
}

enum ecode habit_insert_row(struct ctx *ctx, const struct habit *h, const struct habit_origin *o)
{
    struct stmt *q = db_query(ctx->db, &Q_habit_insert);
    bind_habit(ctx, q, h);
    stmt_bind_i64(q, 14, h->position);
    if (h->archived)
        stmt_bind_time(q, 15, h->archived_at);
    if (h->paused) {
        stmt_bind_time(q, 16, h->paused_at);
        stmt_bind_text(q, 17, h->paused_by_tier ? "tier" : "person");
    }
    if (o) {
        stmt_bind_text(q, 18, o->format);
        stmt_bind_text(q, 19, o->ref);
    }
    stmt_bind_time(q, 20, h->created_at);
    stmt_bind_time(q, 21, o ? o->updated_at : ctx->now);
    return stmt_run(q);
}

enum ecode habit_update_row(struct ctx *ctx, const struct habit *h)
{
    struct stmt *q = db_query(ctx->db, &Q_habit_update);
    bind_habit(ctx, q, h);
    if (h->archived)
        stmt_bind_time(q, 14, h->archived_at);
    if (h->paused) {
        stmt_bind_time(q, 15, h->paused_at);
        stmt_bind_text(q, 16, h->paused_by_tier ? "tier" : "person");
    }
    stmt_bind_time(q, 17, ctx->now);
    return stmt_run(q);
}
