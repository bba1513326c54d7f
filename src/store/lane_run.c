/*
 * How a batch becomes durable.
 *
 *   batch ──commit──▶ answered
 *     │ error, deadlock            ▶ rolled back, each command in its own transaction
 *     │ connection lost            ▶ reconnect, the batch again
 *     └ lost while committing      ▶ settle: committed ▶ answered · not ▶ the batch again · nobody knows ▶
 * E_UNCERTAIN
 */
#include <time.h>
#include "base/check.h"
#include "store/db_driver.h"
#include "store/lane_priv.h"

#define REPLAYS_MAX 10
#define BATCH_TRIES 3
/* PostgreSQL keeps 64 subtransactions of a session in shared memory; beyond, every reader of its rows pays.
 */
#define SAVEPOINTS_MAX 60

static void pause_ms(struct lane *l, int ms)
{
    int64_t ns = (int64_t)ms * 500000;
    ns += (int64_t)rng_below(&l->rng, (uint64_t)ns + 1); /* half of it is jitter */
    nanosleep(&(struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000}, NULL);
}

static void answer(struct lane_command *c, enum ecode code, const struct err *why)
{
    c->code = code;
    if (code == E_OK)
        err_clear(&c->err);
    else if (why)
        c->err = *why;
    if (code != E_OK && c->err.code != code)
        err_set(&c->err, code, "%s", ecode_name(code));
}

static void answer_all(struct lane_command **c, size_t n, enum ecode code, const struct err *why)
{
    for (size_t i = 0; i < n; i++)
        answer(c[i], code, why);
}

/* --- the connection ----------------------------------------------------------------------------- */

/* False when the database stayed away for reconnect_ms since it was lost; later calls then try just once. */
static bool reconnect(struct lane *l)
{
    if (!l->down) {
        l->down = true;
        l->down_since = monotime_now();
    }
    for (int ms = 20;; ms = ms < 1000 ? ms * 2 : ms) {
        db_set_err(l->db, &l->err);
        if (db_reopen(l->db) == E_OK) {
            l->down = false;
            l->reconnects++;
            return true;
        }
        if (monotime_diff(monotime_now(), l->down_since).ms + ms > l->reconnect_ms)
            return false;
        pause_ms(l, ms);
    }
}

/* After a COMMIT without an answer. E_OK: written; E_RETRY: proved not to be; E_UNCERTAIN. */
static enum ecode settle(struct lane *l)
{
    bool committed;
    db_set_err(l->db, &l->err);
    if (db_settle(l->db, l->reconnect_ms, &committed))
        return E_UNCERTAIN;
    l->reconnects++;
    return committed ? E_OK : E_RETRY;
}

/* --- inside a transaction ----------------------------------------------------------------------- */

static enum ecode call_run(struct lane *l, struct lane_command *c)
{
    err_clear(&c->err);
    db_set_err(l->db, &c->err);
    return c->kind->run(c, l->db);
}

/* One command under a savepoint. An error returned is the batch's end; the command's own refusal is its
 * answer. */
static enum ecode run_guarded(struct lane *l, struct lane_command *c)
{
    db_set_err(l->db, &l->err);
    enum ecode code = db_savepoint(l->db);
    if (code)
        return code;
    code = call_run(l, c);
    if (!code)
        code = db_release(l->db);
    if (code == E_OK) {
        c->code = E_OK;
        return E_OK;
    }
    if (code == E_RETRY || db_is_lost(l->db))
        return code;
    answer(c, code, NULL);
    db_set_err(l->db, &l->err);
    return db_rollback_to(l->db);
}

static enum ecode run_together(struct lane *l, struct lane_command **c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        c[i]->code = E_OK;
        err_clear(&c[i]->err);
    }
    db_set_err(l->db, &l->err);
    enum ecode code = c[0]->kind->run_many(c, n, l->db);
    for (size_t i = 0; i < n && !code; i++)
        answer(c[i], c[i]->code, NULL);
    return code;
}

static size_t neighbours(struct lane_command **c, size_t n)
{
    size_t m = 1;
    while (c[0]->kind->run_many && m < n && c[m]->kind == c[0]->kind)
        m++;
    return m;
}

static enum ecode run_inside(struct lane *l, struct lane_command **c, size_t n)
{
    enum ecode code = E_OK;
    for (size_t i = 0, m; i < n && !code; i += m) {
        m = neighbours(c + i, n - i);
        code = c[i]->kind->run_many ? run_together(l, c + i, m) : run_guarded(l, c[i]);
    }
    return code;
}

/* --- one transaction ---------------------------------------------------------------------------- */

/* *begun is false when not even BEGIN was had: nothing is wrong with the commands then. */
static enum ecode run_batch(struct lane *l, struct lane_command **c, size_t n, bool *begun)
{
    db_set_err(l->db, &l->err);
    enum ecode code = db_begin(l->db, DB_TXN_WRITE);
    *begun = code == E_OK;
    if (code)
        return code;
    code = run_inside(l, c, n);
    db_set_err(l->db, &l->err);
    if (!code)
        return db_commit(l->db);
    db_rollback(l->db);
    return code;
}

static enum ecode run_single(struct lane *l, struct lane_command *c)
{
    db_set_err(l->db, &c->err);
    enum ecode code = db_begin(l->db, DB_TXN_WRITE);
    if (code)
        return code;
    code = call_run(l, c);
    if (!code)
        return db_commit(l->db);
    db_rollback(l->db);
    return code;
}

/* One command in a transaction of its own, until it is answered. */
static void run_alone(struct lane *l, struct lane_command *c)
{
    enum ecode code;
    for (int replay = 0;; replay++) {
        code = run_single(l, c);
        bool lost = db_is_lost(l->db);
        if (code == E_UNCERTAIN)
            code = settle(l);
        else if (lost)
            code = reconnect(l) ? E_RETRY : E_UNAVAILABLE;
        if (lost && code != E_OK)
            c->err = l->err;
        if (code != E_RETRY || replay == REPLAYS_MAX)
            break;
        l->replays++;
        pause_ms(l, 1 << (replay < 6 ? replay : 6));
    }
    if (code == E_RETRY)
        code = err_set(&c->err, E_BUSY, "too many others change the same rows");
    answer(c, code, NULL);
}

/* --- one batch ---------------------------------------------------------------------------------- */

/* True when every command is answered; false: replay them one by one. */
static bool run_as_one(struct lane *l, struct lane_command **c, size_t n)
{
    for (int try = 0; try < BATCH_TRIES; try++) {
        if (db_is_lost(l->db) && !reconnect(l)) {
            answer_all(c, n, E_UNAVAILABLE, &l->err);
            return true;
        }
        bool begun;
        enum ecode code = run_batch(l, c, n, &begun);
        l->batches++;
        if (code == E_UNCERTAIN)
            code = settle(l);
        else if (code && !db_is_lost(l->db) && begun)
            return false;
        if (code == E_OK)
            return true;
        if (code == E_UNCERTAIN || (!begun && !db_is_lost(l->db))) {
            answer_all(c, n, code, &l->err);
            return true;
        }
    }
    return false;
}

/* How many of the commands one transaction may hold. */
static size_t portion(const struct lane *l, struct lane_command **c, size_t n)
{
    if (db_engine(l->db) == DB_SQLITE)
        return n;
    size_t i = 0;
    for (size_t guarded = 0; i < n && guarded < SAVEPOINTS_MAX; i++)
        guarded += !c[i]->kind->run_many;
    return i;
}

static void run_portion(struct lane *l, struct lane_command **c, size_t n)
{
    if (n > 1 || c[0]->kind->run_many) {
        if (run_as_one(l, c, n))
            return;
        l->replays += n;
    }
    for (size_t i = 0; i < n; i++) {
        if (db_is_lost(l->db) && !reconnect(l))
            answer(c[i], E_UNAVAILABLE, &l->err);
        else
            run_alone(l, c[i]);
    }
}

void lane_run(struct lane *l, struct lane_command **c, size_t n)
{
    for (size_t i = 0, m; i < n; i += m) {
        m = portion(l, c + i, n - i);
        run_portion(l, c + i, m);
        CHECK(!db_in_txn(l->db) && db_open_statements(l->db) == 0);
        for (size_t k = i; k < i + m; k++)
            c[k]->kind->done(c[k]);
    }
}
