#include "domain/adopt/adopt.h"

#include <stdlib.h>
#include <string.h>
#include "adopt.sql.h"
#include "base/check.h"
#include "domain/adopt/adopt_write.h"
#include "domain/adopt/digest.h"

#define PERSON_BYTES (512u << 20)

struct adopt {
    struct ctx *ctx;
    struct foreign_db *from;
    const struct adopt_options *o;
    struct older_source source;
    struct older_key *people; /* oldest first */
    struct arena *keep;       /* for the whole run */
    struct adopt_result *out;
    bool write; /* else only judged */
};

/* --- the source
 * ------------------------------------------------------------------------------------------------ */

static enum ecode take_version(void *arg, const char *const *values)
{
    const char **version = arg;
    static const char *const known[] = {"001", "002", "003"};
    for (size_t i = 0; values[0] && i < sizeof known / sizeof *known; i++)
        if (strcmp(values[0], known[i]) == 0)
            *version = known[i];
    return E_OK;
}

enum ecode adopt_check_source(struct foreign_db *from, struct err *err)
{
    static const struct foreign_db_column column = {.name = "version_num", .required = true};
    struct foreign_db_query q = {.table = "alembic_version", .columns = &column, .n = 1};
    const char *version = NULL;
    enum ecode rc = foreign_db_expect(from, q.table, &column, 1, err);
    if (rc == E_OK)
        rc = foreign_db_read(from, &q, take_version, &version, err);
    if (rc == E_OK && !version)
        rc = err_set(err, E_CONFLICT, "its alembic_version is none of 001, 002 and 003");
    return rc == E_OK ? older_check(from, err) : rc;
}

static int compare_keys(const void *a, const void *b)
{
    const struct older_key *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static enum ecode read_source(struct adopt *a)
{
    struct older_source *s = &a->source;
    struct arena *keep = a->keep;
    struct err *err = &a->ctx->err;
    *s = (struct older_source){.db = a->from,
                               .policy = a->ctx->policy,
                               .now = a->ctx->now,
                               .has_postings = foreign_db_has_table(a->from, "balance_transactions")};
    enum ecode rc = older_people(a->from, keep, &a->people, &s->people_count, err);
    if (rc == E_OK)
        rc = foreign_db_repeated(a->from, "users", "telegram_id", NULL, keep, &s->same_telegram,
                                 &s->same_telegram_count, err);
    if (rc == E_OK)
        rc = foreign_db_repeated(a->from, "users", "referral_code", NULL, keep, &s->same_code,
                                 &s->same_code_count, err);
    if (rc == E_OK)
        rc = foreign_db_repeated(a->from, "payments", "provider", "provider_payment_id", keep,
                                 &s->same_charge, &s->same_charge_count, err);
    if (rc != E_OK)
        return rc;
    s->people = arena_array(keep, s->people_count, sizeof *s->people);
    if (s->people_count > 0)
        memcpy(s->people, a->people, s->people_count * sizeof *s->people);
    qsort(s->people, s->people_count, sizeof *s->people, compare_keys);
    return E_OK;
}

/* --- findings
 * ---------------------------------------------------------------------------------------------------- */

static enum ecode keep_row(struct adopt *a, const struct adopt_finding *f, const struct uuid *user_id)
{
    const char *row;
    struct ctx *ctx = a->ctx;
    const char *table =
        strcmp(f->table, older_tables[ADOPT_NOTES]) == 0 ? older_notes_table(a->from) : f->table;
    enum ecode rc = foreign_db_json(a->from, table, f->id, ctx->arena, &row, &ctx->err);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_adopt_quarantine);
    stmt_bind_text(q, 1, table);
    stmt_bind_i64(q, 2, f->id);
    stmt_bind_text(q, 3, f->text);
    stmt_bind_text(q, 4, f->outcome == ADOPT_LEFT_OUT ? "left_out" : "changed");
    stmt_bind_uuid(q, 5, user_id);
    stmt_bind_text(q, 6, row);
    stmt_bind_time(q, 7, ctx->now);
    return stmt_run(q);
}

/* Tells, and keeps the rows when there is a transaction to keep them in; user_id NULL: nobody's. */
static enum ecode report(struct adopt *a, const struct adopt_finding *found, size_t n, bool tell,
                         const struct uuid *user_id)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        if (tell) {
            a->out->findings++;
            a->o->found(a->o->arg, &found[i]);
        }
        if (db_in_txn(a->ctx->db))
            rc = keep_row(a, &found[i], user_id);
    }
    return rc;
}

static enum ecode leave_out(struct adopt *a, enum adopt_table table, int64_t id, const char *text)
{
    struct adopt_finding f = {
        .table = older_tables[table], .id = id, .outcome = ADOPT_LEFT_OUT, .text = text};
    a->out->figures[table].there++;
    a->out->figures[table].left_out++;
    return report(a, &f, 1, true, NULL);
}

/* What belongs to habits that nobody has. */
static enum ecode leave_out_with_habits(struct adopt *a, const int64_t *habits, size_t n)
{
    struct ctx *ctx = a->ctx;
    struct older_person p = {.schedules_count = 0};
    enum ecode rc = older_of_habits(a->from, habits, n, ctx->arena, &p, &ctx->err);
    for (size_t i = 0; rc == E_OK && i < p.schedules_count; i++)
        rc = leave_out(a, ADOPT_SCHEDULES, p.schedules[i].id, "its habit is nobody's");
    for (size_t i = 0; rc == E_OK && i < p.logs_count; i++)
        rc = leave_out(a, ADOPT_LOGS, p.logs[i].id, "its habit is nobody's");
    return rc;
}

/* Rows that belong to nobody: what each of these names is not there. */
static enum ecode judge_orphans(struct adopt *a)
{
    static const struct {
        enum adopt_table table;
        const char *column, *parent;
    } links[] = {
        {ADOPT_HABITS, "user_id", "users"},        {ADOPT_SCHEDULES, "habit_id", "habits"},
        {ADOPT_LOGS, "habit_id", "habits"},        {ADOPT_BALANCES, "user_id", "users"},
        {ADOPT_PAYMENTS, "user_id", "users"},      {ADOPT_POSTINGS, "user_id", "users"},
        {ADOPT_SUBSCRIPTIONS, "user_id", "users"}, {ADOPT_REFERRALS, "referred_id", "users"},
    };
    struct ctx *ctx = a->ctx;
    enum ecode rc = E_OK;
    int64_t *ids;
    size_t n;
    for (size_t i = 0; rc == E_OK && i < sizeof links / sizeof *links; i++) {
        rc = foreign_db_orphans(a->from, older_tables[links[i].table], links[i].column, links[i].parent, "id",
                                ctx->arena, &ids, &n, &ctx->err);
        const char *text =
            arena_printf(ctx->arena, "its %s names no row of %s", links[i].column, links[i].parent);
        for (size_t k = 0; rc == E_OK && k < n; k++)
            rc = leave_out(a, links[i].table, ids[k], text);
        if (rc == E_OK && links[i].table == ADOPT_HABITS)
            rc = leave_out_with_habits(a, ids, n);
    }
    if (rc == E_OK)
        rc = foreign_db_unnamed(a->from, older_notes_table(a->from), "habit_logs", "decline_note_id",
                                ctx->arena, &ids, &n, &ctx->err);
    for (size_t k = 0; rc == E_OK && k < n; k++)
        rc = leave_out(a, ADOPT_NOTES, ids[k], "no mark has this reason");
    return rc;
}

/* --- one person
 * ---------------------------------------------------------------------------------------------------- */

static enum ecode compare(struct ctx *ctx, const struct judged_person *j, const struct adopt_digest *want,
                          const struct adopt_digest *have)
{
    for (int i = 0; i < ADOPT_TABLES; i++)
        if (want->rows[i] != have->rows[i] || memcmp(want->sum[i], have->sum[i], sizeof want->sum[i]) != 0)
            return err_reason(
                &ctx->err, E_CORRUPT, "adopt_differs",
                "%s of user %lld: %lld rows were to be written and %lld were read back, or they "
                "differ",
                older_tables[i], (long long)j->user.id, (long long)want->rows[i], (long long)have->rows[i]);
    return E_OK;
}

static void count(struct adopt *a, const struct judged_person *j, const struct adopt_digest *d)
{
    for (int i = 0; i < ADOPT_TABLES; i++) {
        struct adopt_figures *f = &a->out->figures[i];
        f->there += j->there[i];
        f->changed += j->changed[i];
        f->left_out += j->left_out[i];
        f->checksum[0] += d->sum[i][0];
        f->checksum[1] += d->sum[i][1];
    }
}

/* Writes what is not there yet, and proves that what is there is what was judged. */
static enum ecode settle(struct adopt *a, struct judged_person *j, bool known,
                         const struct adopt_digest *want)
{
    struct adopt_digest have;
    struct ctx *ctx = a->ctx;
    enum ecode rc = known ? E_OK : adopt_write(ctx, j);
    if (rc == E_OK)
        rc = digest_stored(ctx, &j->id, &have);
    return rc == E_OK ? compare(ctx, j, want, &have) : rc;
}

static enum ecode is_known(struct ctx *ctx, const struct uuid *id, bool *out)
{
    struct stmt *q = db_query(ctx->db, &Q_adopt_person);
    stmt_bind_uuid(q, 1, id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    stmt_end(q);
    *out = rc == E_OK;
    return E_OK;
}

/* The whole of a person in one transaction. */
static enum ecode take_person(struct adopt *a, struct judged_person *j, struct adopt_digest *digest)
{
    struct ctx *ctx = a->ctx;
    bool known = false;
    enum ecode rc = db_begin(ctx->db, DB_TXN_WRITE);
    ctx->actor = (struct actor){.role = ROLE_SYSTEM};
    if (rc == E_OK && !j->out)
        rc = is_known(ctx, &j->id, &known);
    if (rc == E_OK && !j->out)
        rc = settle(a, j, known, digest);
    if (rc == E_OK)
        rc = report(a, j->findings, j->findings_count, !known, j->out ? NULL : &j->id);
    if (rc == E_OK)
        rc = db_commit(ctx->db);
    else
        db_rollback(ctx->db);
    a->out->people_before += rc == E_OK && known;
    return rc;
}

static enum ecode person(struct adopt *a, int64_t id)
{
    struct ctx *ctx = a->ctx;
    struct older_person *p = arena_alloc(ctx->arena, sizeof *p);
    struct judged_person *j = arena_alloc(ctx->arena, sizeof *j);
    struct adopt_digest *digest = arena_alloc(ctx->arena, sizeof *digest);
    enum ecode rc = older_read(a->from, id, ctx->arena, p, &ctx->err);
    if (rc == E_OK)
        rc = judge_person(&a->source, p, ctx->arena, j, &ctx->err);
    if (rc == E_OK && !j->out)
        digest_judged(j, ctx->now, digest);
    if (rc == E_OK)
        rc = a->write ? take_person(a, j, digest) : report(a, j->findings, j->findings_count, true, NULL);
    if (rc == E_OK)
        count(a, j, digest);
    else
        err_wrap(&ctx->err, "user %lld", (long long)id);
    return rc;
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------------
 */

static enum ecode everybody(struct adopt *a)
{
    struct ctx *ctx = a->ctx;
    enum ecode rc = E_OK;
    memset(a->out->figures, 0, sizeof a->out->figures);
    for (size_t i = 0; rc == E_OK && i < a->source.people_count; i++) {
        struct instant now = ctx->now;
        rc = person(a, a->people[i].id);
        ctx->now = now;
        arena_reset(ctx->arena);
        if (rc == E_OK && a->o->progress)
            a->o->progress(a->o->arg, i + 1, a->source.people_count);
    }
    if (rc == E_OK && a->write)
        rc = db_begin(ctx->db, DB_TXN_WRITE);
    if (rc == E_OK)
        rc = judge_orphans(a);
    if (rc == E_OK && a->write)
        rc = db_commit(ctx->db);
    db_rollback(ctx->db);
    arena_reset(ctx->arena);
    return rc;
}

/* Nothing of the source was overlooked, and the books are right. */
static enum ecode prove(struct adopt *a)
{
    struct ctx *ctx = a->ctx;
    for (int i = 0; i < ADOPT_TABLES; i++) {
        struct adopt_figures *f = &a->out->figures[i];
        int64_t rows;
        f->table = i == ADOPT_NOTES ? older_notes_table(a->from) : older_tables[i];
        enum ecode rc = foreign_db_count(a->from, f->table, &rows, &ctx->err);
        if (rc != E_OK)
            return rc;
        /* a note is read with each person that has it, and not with a mark that nobody has */
        if (i == ADOPT_NOTES)
            f->there = rows;
        else if (rows != f->there)
            return err_reason(&ctx->err, E_CORRUPT, "adopt_differs",
                              "%lld rows of %s were looked at, there are %lld", (long long)f->there, f->table,
                              (long long)rows);
        f->taken = f->there - f->left_out;
    }
    struct stmt *q = db_query(ctx->db, &Q_adopt_money);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    a->out->money = stmt_i64(q, 0);
    int64_t postings = stmt_i64(q, 1);
    stmt_end(q);
    if (postings != a->out->money)
        return err_reason(&ctx->err, E_CORRUPT, "adopt_differs",
                          "the wallets hold %lld, their transactions sum up to %lld",
                          (long long)a->out->money, (long long)postings);
    return E_OK;
}

static bool is_taken(const struct foreign_db *f, const char *table)
{
    if (strcmp(table, "alembic_version") == 0 || strcmp(table, older_notes_table(f)) == 0)
        return true;
    for (int i = 0; i < ADOPT_TABLES; i++)
        if (i != ADOPT_NOTES && strcmp(table, older_tables[i]) == 0)
            return true;
    return false;
}

static void name_left_behind(void *arg, const char *table)
{
    struct adopt *a = arg;
    size_t room = sizeof a->out->left_behind / sizeof *a->out->left_behind;
    if (!is_taken(a->from, table) && a->out->left_behind_count < room)
        a->out->left_behind[a->out->left_behind_count++].table = arena_strdup(a->keep, table);
}

static enum ecode list_left_behind(struct adopt *a)
{
    enum ecode rc = E_OK;
    foreign_db_tables(a->from, name_left_behind, a);
    for (size_t i = 0; rc == E_OK && i < a->out->left_behind_count; i++)
        rc = foreign_db_count(a->from, a->out->left_behind[i].table, &a->out->left_behind[i].rows,
                              &a->ctx->err);
    return rc;
}

enum ecode adopt_has_people(struct ctx *work, bool *out)
{
    struct stmt *q = db_query(work->db, &Q_adopt_strangers);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    *out = stmt_i64(q, 0) > 0;
    stmt_end(q);
    return E_OK;
}

enum ecode adopt_is_done(struct ctx *work, struct foreign_db *from, struct arena *results, bool *done)
{
    struct adopt a = {.ctx = work, .from = from, .keep = results};
    enum ecode rc = read_source(&a);
    *done = true;
    for (size_t i = 0; rc == E_OK && *done && i < a.source.people_count; i++) {
        struct uuid id = adopted_id(ADOPT_USERS, a.people[i].id);
        if (older_person_key(&a.source, a.people[i].id))
            rc = is_known(work, &id, done);
    }
    return rc;
}

enum ecode adopt_run(struct ctx *work, struct foreign_db *from, const struct adopt_options *o,
                     struct arena *results, struct adopt_result *out)
{
    struct adopt a = {.ctx = work, .from = from, .o = o, .keep = results, .out = out};
    CHECK(!db_in_txn(work->db));
    *out = (struct adopt_result){.findings = 0};
    work->source = SOURCE_BOT;
    enum ecode rc = read_source(&a);
    if (rc == E_OK)
        rc = list_left_behind(&a);
    if (rc == E_OK && !o->quarantine) {
        rc = everybody(&a);
        if (rc == E_OK && out->findings > 0)
            rc = err_reason(&work->err, E_CONFLICT, "adopt_refused",
                            "%lld rows cannot be taken as they are; nothing was written. Mend them there, or "
                            "run again with --on-bad quarantine",
                            (long long)out->findings);
    }
    a.write = true;
    if (rc == E_OK)
        rc = everybody(&a);
    return rc == E_OK ? prove(&a) : rc;
}
