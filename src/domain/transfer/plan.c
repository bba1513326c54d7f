#include "domain/transfer/plan.h"

#include <string.h>
#include "transfer.sql.h"

#define ID_SPACE "habitd import"

/* A habit the person has, or had until it is purged. */
struct known {
    struct uuid id;
    const char *format, *ref; /* NULL: not imported */
    bool deleted, active;
    enum habit_kind kind;
    int64_t position;
};

struct planner {
    struct ctx *ctx;
    const struct transfer_set *set;
    bool restore;
    struct known *known;
    size_t known_count, known_room;
    struct plan plan;
    int64_t total, active, next_position;
};

/* --- what the person has
 * ------------------------------------------------------------------------------------------------ */

static struct known *known_room(struct planner *a)
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

static enum ecode load_known(struct planner *a)
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
            .kind = (enum habit_kind)name_index(habit_kind_names, stmt_text(q, 7)),
        };
        a->total += !k->deleted;
        a->active += !k->deleted && k->active;
        if (k->position >= a->next_position)
            a->next_position = k->position + 1;
    }
    return step == STMT_ERROR ? a->ctx->err.code : E_OK;
}

static const struct known *find_id(const struct planner *a, const struct uuid *id)
{
    for (size_t i = 0; i < a->known_count; i++)
        if (uuid_cmp(&a->known[i].id, id) == 0)
            return &a->known[i];
    return NULL;
}

static const struct known *find_ref(const struct planner *a, const char *format, const char *ref)
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

static const struct known *find_known(const struct planner *a, const struct transfer_habit *h)
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
static enum ecode choose_id(struct planner *a, const struct transfer_habit *h, struct uuid *out)
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

static bool position_free(const struct planner *a, int64_t position, size_t planned)
{
    for (size_t i = 0; i < a->known_count; i++)
        if (a->known[i].position == position && !a->known[i].deleted)
            return false;
    for (size_t i = 0; i < planned; i++) {
        const struct plan_item *p = &a->plan.items[a->plan.order[i]];
        if (p->kind == PLAN_NEW && p->position == position)
            return false;
    }
    return true;
}

/* A habit that becomes active takes a place of the tier's; without one it comes in archived. */
static void take_place(struct planner *a, struct plan_item *p, bool active)
{
    int limit = a->ctx->policy->habit_limit[a->ctx->actor.tier];
    if (!active)
        return;
    if (limit > 0 && a->active >= limit) {
        p->archive = true;
        a->plan.habits_archived++;
    } else {
        a->active++;
    }
}

static enum ecode count_habit(struct planner *a)
{
    if (++a->total > HABITS_PER_USER_MAX)
        return err_reason(&a->ctx->err, E_LIMIT, "habit_limit_reached",
                          "with this file the person would have more than %d habits", HABITS_PER_USER_MAX);
    return E_OK;
}

static enum ecode plan_new(struct planner *a, const struct transfer_habit *h, struct plan_item *p,
                           size_t planned)
{
    enum ecode code = choose_id(a, h, &p->id);
    if (code != E_OK)
        return code;
    code = count_habit(a);
    if (code != E_OK)
        return code;
    if (a->set->format == FORMAT_JSON && position_free(a, h->position, planned)) {
        p->position = h->position;
        if (p->position >= a->next_position)
            a->next_position = p->position + 1;
    } else {
        p->position = a->next_position++;
    }
    p->kind = PLAN_NEW;
    p->kind_here = h->kind;
    a->plan.habits_new++;
    take_place(a, p, !h->archived && !h->paused);
    return E_OK;
}

static enum ecode load_taken(struct planner *a, struct plan_item *p)
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

static enum ecode plan_habit(struct planner *a, size_t planned)
{
    const struct transfer_habit *h = &a->set->habits[a->plan.order[planned]];
    struct plan_item *p = &a->plan.items[a->plan.order[planned]];
    const struct known *k = find_known(a, h);
    *p = (struct plan_item){0};
    if (!k)
        return plan_new(a, h, p, planned);
    p->id = k->id;
    p->kind_here = k->kind;
    if (k->deleted && !a->restore) {
        p->kind = PLAN_SKIP;
        a->plan.habits_skipped++;
        return E_OK;
    }
    a->plan.habits_known++;
    p->kind = k->deleted ? PLAN_RESTORE : PLAN_KNOWN;
    if (k->deleted) {
        enum ecode code = count_habit(a);
        if (code != E_OK)
            return code;
        take_place(a, p, k->active);
    }
    return h->entries_count > 0 ? load_taken(a, p) : E_OK;
}

/* The file's habits by their position there, equal ones as they stand. */
static void sort_order(struct planner *a)
{
    const struct transfer_habit *habits = a->set->habits;
    for (size_t i = 0; i < a->set->habits_count; i++) {
        size_t j = i;
        for (; j > 0 && habits[a->plan.order[j - 1]].position > habits[i].position; j--)
            a->plan.order[j] = a->plan.order[j - 1];
        a->plan.order[j] = i;
    }
}

enum ecode plan_make(struct ctx *ctx, const struct transfer_set *set, bool restore, struct plan *out)
{
    struct planner a = {.ctx = ctx, .set = set, .restore = restore};
    a.plan.items = arena_array(ctx->arena, set->habits_count, sizeof *a.plan.items);
    a.plan.order = arena_array(ctx->arena, set->habits_count, sizeof *a.plan.order);
    sort_order(&a);
    enum ecode code = load_known(&a);
    for (size_t i = 0; code == E_OK && i < set->habits_count; i++)
        code = plan_habit(&a, i);
    if (code == E_OK)
        *out = a.plan;
    return code;
}
