#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkpoint.h"
#include "domain/checkin/mark.h"
#include "domain/session/session.h"
#include "checkin.sql.h"

/* The lane's batch: many people's check-ins, on PostgreSQL with one SELECT and one INSERT. */

struct put_line {
    struct log_put_call *call;
    struct actor actor;
    struct day last_date;
    struct pending_mark pending;
    struct put_line
        *folded_into; /* the mark of the same person, habit and day that is written for this one too */
    bool again;       /* another mark of them came before this one */
};

static void refuse(struct ctx *ctx, struct put_line *line, enum ecode rc)
{
    line->call->code = rc;
    *line->call->err = ctx->err;
    err_clear(&ctx->err);
}

/* Checks a line whose person is known, from the columns `first` (the habit's kind), … of its row. */
static enum ecode accept_target(struct ctx *ctx, struct stmt *q, int first, struct put_line *line)
{
    struct log_put_call *c = line->call;
    c->user_id = ctx->actor.user_id;
    if (stmt_is_null(q, first))
        return err_reason(&ctx->err, E_NOT_FOUND, "habit_not_found", "there is no such habit");
    enum habit_kind kind = (enum habit_kind)name_index(habit_kind_names, stmt_text(q, first));
    enum ecode rc = mark_check(ctx, c->mark, kind, &line->pending.marked_at);
    if (rc != E_OK)
        return rc;
    line->actor = ctx->actor;
    line->last_date = stmt_day(q, first + 1);
    mark_from_row(q, first + 2, &c->mark->habit_id, c->arena, &line->pending.old);
    return E_OK;
}

/* Authenticates and checks one line from its row. */
static enum ecode accept_row(struct ctx *ctx, struct stmt *q, struct put_line *line)
{
    struct log_put_call *c = line->call;
    if (c->actor) {
        ctx->actor = *c->actor;
        return accept_target(ctx, q, 1, line);
    }
    struct session_row row = {
        .is_admin = stmt_bool(q, 2),
        .expires_at = stmt_time(q, 3),
        .timezone = stmt_text(q, 4),
        .day_starts_at = (int)stmt_i64(q, 5),
        .tier = stmt_text(q, 6),
        .has_trial_end = !stmt_is_null(q, 7),
        .trial_ends_at = stmt_time(q, 7),
        .origin = stmt_text(q, 8),
    };
    row.token_hash = stmt_bytes(q, 1, &row.token_hash_len);
    enum ecode rc = session_accept(ctx, c->token, c->token_len, &row, &ctx->actor);
    line->pending.source = session_source(c->source, &ctx->actor);
    return rc == E_OK ? accept_target(ctx, q, 9, line) : rc;
}

/* The keys of all lines, as arrays. */
struct line_keys {
    int64_t *index;
    struct uuid *users, *sessions, *habits;
    struct day *days, first, last;
};

static void collect_keys(struct ctx *ctx, struct put_line *lines, size_t n, struct line_keys *k)
{
    struct arena *a = ctx->arena;
    *k = (struct line_keys){arena_array(a, n, sizeof *k->index),
                            arena_array(a, n, sizeof *k->users),
                            arena_array(a, n, sizeof *k->sessions),
                            arena_array(a, n, sizeof *k->habits),
                            arena_array(a, n, sizeof *k->days),
                            lines[0].call->mark->day,
                            lines[0].call->mark->day};
    for (size_t i = 0; i < n; i++) {
        const struct log_put_call *c = lines[i].call;
        k->index[i] = (int64_t)i;
        if (c->actor)
            k->users[i] = c->actor->user_id;
        else /* zero ids for what is no token: no row */
            session_token_ids(c->token, c->token_len, &k->users[i], &k->sessions[i]);
        k->habits[i] = c->mark->habit_id;
        k->days[i] = c->mark->day;
        k->first = day_cmp(k->days[i], k->first) < 0 ? k->days[i] : k->first;
        k->last = day_cmp(k->days[i], k->last) > 0 ? k->days[i] : k->last;
    }
}

static struct stmt *target_query(struct ctx *ctx, const struct line_keys *k, size_t n, bool known)
{
    struct stmt *q = db_query(ctx->db, known ? &Q_checkin_known_many : &Q_checkin_target_many);
    int p = 1;
    stmt_bind_array(q, p++, k->index, NULL, n);
    stmt_bind_array(q, p++, k->users, NULL, n);
    if (!known)
        stmt_bind_array(q, p++, k->sessions, NULL, n);
    stmt_bind_array(q, p++, k->habits, NULL, n);
    stmt_bind_array(q, p++, k->days, NULL, n);
    stmt_bind_day(q, p++, k->first);
    stmt_bind_day(q, p, k->last);
    return q;
}

/* SQLite: people who are known, a SELECT for each line. */
static enum ecode load_each(struct ctx *ctx, struct put_line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct log_put_call *c = lines[i].call;
        CHECK(c->actor != NULL);
        c->code = E_OK;
        ctx->actor = *c->actor;
        struct stmt *q = db_query(ctx->db, &Q_checkin_target);
        stmt_bind_uuid(q, 1, &c->actor->user_id);
        stmt_bind_uuid(q, 2, &c->mark->habit_id);
        stmt_bind_day(q, 3, c->mark->day);
        enum ecode rc = stmt_row(q);
        if (rc == E_NOT_FOUND)
            rc = err_reason(&ctx->err, rc, "habit_not_found", "there is no such habit");
        else if (rc == E_OK)
            rc = accept_target(ctx, q, 0, &lines[i]);
        else
            return rc;
        stmt_end(q);
        if (rc != E_OK)
            refuse(ctx, &lines[i], rc);
    }
    return E_OK;
}

/* One SELECT for all lines; a line without a row has no valid session, or the person was erased. */
static enum ecode load_together(struct ctx *ctx, struct put_line *lines, size_t n)
{
    struct line_keys keys;
    enum stmt_step step;
    bool known = lines[0].call->actor != NULL;
    collect_keys(ctx, lines, n, &keys);
    for (size_t i = 0; i < n; i++) {
        CHECK((lines[i].call->actor != NULL) == known);
        err_set(&ctx->err, E_UNAUTHENTIC, "the token is not valid or has expired");
        refuse(ctx, &lines[i], E_UNAUTHENTIC);
    }
    /* whom the tokens claim to be; proved below */
    enum ecode rc = known ? E_OK : ctx_lock_people(ctx, keys.users, n);
    if (rc != E_OK)
        return rc;
    struct stmt *q = target_query(ctx, &keys, n, known);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct put_line *line = &lines[stmt_i64(q, 0)];
        line->call->code = E_OK;
        rc = accept_row(ctx, q, line);
        if (rc != E_OK)
            refuse(ctx, line, rc);
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct put_line *x = *(struct put_line *const *)a, *y = *(struct put_line *const *)b;
    int c = uuid_cmp(&x->actor.user_id, &y->actor.user_id);
    if (c == 0)
        c = uuid_cmp(&x->call->mark->habit_id, &y->call->mark->habit_id);
    if (c == 0)
        c = day_cmp(x->call->mark->day, y->call->mark->day);
    return c ? c : (x > y) - (x < y); /* lines stand in the order they came */
}

static bool same_key(const struct put_line *x, const struct put_line *y)
{
    return uuid_cmp(&x->actor.user_id, &y->actor.user_id) == 0 &&
           uuid_cmp(&x->call->mark->habit_id, &y->call->mark->habit_id) == 0 &&
           day_cmp(x->call->mark->day, y->call->mark->day) == 0;
}

/* Double taps: of equal keys the latest marked_at is written, of equals the last. `sorted` keeps only what is
 * written. */
static size_t fold(struct put_line **sorted, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0, same; i < n; i += same) {
        struct put_line *best = sorted[i];
        for (same = 1; i + same < n && same_key(sorted[i], sorted[i + same]); same++) {
            if (instant_cmp(sorted[i + same]->pending.marked_at, best->pending.marked_at) >= 0)
                best = sorted[i + same];
        }
        for (size_t k = i; k < i + same; k++) {
            sorted[k]->folded_into = sorted[k] == best ? NULL : best;
            sorted[k]->again = k > i;
        }
        sorted[kept++] = best;
    }
    return kept;
}

/* Writes the folded lines: plain ones together, those with a decline note or a checkpoint to move one by one.
 */
static enum ecode write_lines(struct ctx *ctx, struct put_line **lines, size_t n)
{
    struct uuid *owners = arena_array(ctx->arena, n, sizeof *owners);
    struct pending_mark **plain = arena_array(ctx->arena, n, sizeof(struct pending_mark *));
    size_t many = 0;
    for (size_t i = 0; i < n; i++) {
        struct put_line *line = lines[i];
        if (mark_is_plain(&line->pending) && !mark_is_outdated(&line->pending)) {
            owners[many] = line->actor.user_id;
            plain[many++] = &line->pending;
            mark_result(&line->pending, line->call->out);
            continue;
        }
        ctx->actor = line->actor;
        enum ecode rc = mark_write(ctx, &line->pending, line->call->out);
        if (rc != E_OK)
            return rc;
    }
    enum ecode rc = mark_write_many(ctx, owners, plain, many);
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        ctx->actor = lines[i]->actor;
        if (!mark_is_outdated(&lines[i]->pending))
            rc = checkpoint_touch(ctx, &lines[i]->call->mark->habit_id, lines[i]->last_date,
                                  lines[i]->call->mark->day);
    }
    return rc;
}

enum ecode log_put_many(struct ctx *ctx, struct log_put_call **calls, size_t n)
{
    struct put_line *lines = arena_array(ctx->arena, n, sizeof *lines);
    struct put_line **sorted = arena_array(ctx->arena, n, sizeof(struct put_line *));
    size_t accepted = 0;
    for (size_t i = 0; i < n; i++) {
        lines[i].call = calls[i];
        lines[i].pending = (struct pending_mark){.mark = calls[i]->mark, .source = calls[i]->source};
    }
    enum ecode rc =
        db_engine(ctx->db) == DB_POSTGRES ? load_together(ctx, lines, n) : load_each(ctx, lines, n);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < n; i++) {
        if (lines[i].call->code == E_OK)
            sorted[accepted++] = &lines[i];
    }
    qsort(sorted, accepted, sizeof *sorted, by_key);
    rc = write_lines(ctx, sorted, fold(sorted, accepted));
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        if (!lines[i].folded_into)
            continue;
        *lines[i].call->out =
            *lines[i].folded_into->call->out; /* the other call's memory goes with that call */
        lines[i].call->out->entry.note = arena_strdup(lines[i].call->arena, lines[i].call->out->entry.note);
    }
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        if (lines[i].again && lines[i].call->out->outcome == MARK_NEW)
            lines[i].call->out->outcome = MARK_CHANGED; /* a day is new to the first of them only */
    }
    return rc;
}
