/* Lanes and the read pool on both engines: nothing acknowledged is lost or done twice, whatever happens to
 * neighbours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/instant.h"
#include "base/rng.h"
#include "store/fault.h"
#include "store/lane.h"
#include "store/lane_priv.h"
#include "store_bed.h"
#include "types.sql.h"

#define LOAD_THREADS 64
#define LOAD_EACH 60

static struct bed bed;
static struct err err;
static struct db *db; /* beside the lane, for looking */

/* --- commands ----------------------------------------------------------------------------------- */

struct command {
    struct lane_command base;
    struct uuid other;
    int64_t amount;
    int ran;
    sem_t *finished;
};

static atomic_long sequence;
static sem_t gate_entered, gate_open;

static struct command *of(struct lane_command *c)
{
    return (struct command *)c;
}

static enum ecode add_to(struct db *d, const struct uuid *user, int64_t amount)
{
    struct stmt *s = db_query(d, &Q_counter_add);
    stmt_bind_uuid(s, 1, user);
    stmt_bind_i64(s, 2, amount);
    return stmt_run(s);
}

static enum ecode add_run(struct lane_command *c, struct db *d)
{
    return add_to(d, &c->user_id, of(c)->amount);
}

static enum ecode add_run_many(struct lane_command **c, size_t n, struct db *d)
{
    struct uuid users[512];
    int64_t amounts[512];
    assert_true(n <= 512);
    for (size_t i = 0; i < n; i++) {
        users[i] = c[i]->user_id;
        amounts[i] = of(c[i])->amount;
    }
    if (db_engine(d) == DB_SQLITE) {
        enum ecode code = E_OK;
        for (size_t i = 0; i < n && !code; i++)
            code = add_to(d, &users[i], amounts[i]);
        return code;
    }
    struct stmt *s = db_query(d, &Q_counter_add_many);
    stmt_bind_array(s, 1, users, NULL, n);
    stmt_bind_array(s, 2, amounts, NULL, n);
    return stmt_run(s);
}

static enum ecode journal_run(struct lane_command *c, struct db *d)
{
    struct stmt *s = db_query(d, &Q_journal_put);
    stmt_bind_uuid(s, 1, &c->user_id);
    stmt_bind_i64(s, 2, of(c)->amount);
    stmt_bind_i64(s, 3, atomic_fetch_add(&sequence, 1));
    return stmt_run(s);
}

/* Notes the order in which the array form was given its commands. */
static enum ecode journal_run_many(struct lane_command **c, size_t n, struct db *d)
{
    enum ecode code = E_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = journal_run(c[i], d);
    return code;
}

/* Writes, then refuses: the write must be gone. */
static enum ecode refuse_run(struct lane_command *c, struct db *d)
{
    enum ecode code = add_to(d, &c->user_id, 1000000);
    return code ? code : err_set(&c->err, E_CONFLICT, "refused after writing");
}

static enum ecode break_run(struct lane_command *c, struct db *d)
{
    enum ecode code = add_to(d, &c->user_id, 1000000);
    if (code)
        return code;
    struct stmt *s = db_query(d, &Q_child_put);
    stmt_bind_i64(s, 1, 1);
    stmt_bind_i64(s, 3, 0);
    stmt_bind_text(s, 4, "x");
    return stmt_run(s);
}

/* As break, and hides the error. */
static enum ecode hide_run(struct lane_command *c, struct db *d)
{
    break_run(c, d);
    return E_OK;
}

/* Its deferred constraint fails in COMMIT, alone of all the batch. */
static enum ecode late_run(struct lane_command *c, struct db *d)
{
    struct stmt *s = db_query(d, &Q_child_late_put);
    stmt_bind_i64(s, 1, of(c)->amount);
    stmt_bind_i64(s, 2, 4242);
    return stmt_run(s);
}

/* Holds the lane until the test lets go. */
static enum ecode gate_run(struct lane_command *c, struct db *d)
{
    sem_post(&gate_entered);
    sem_wait(&gate_open);
    return E_OK;
}

static atomic_int pairs_met;

/* On PostgreSQL both have their first row before either wants the other's; SQLite lets one in at a time. */
static enum ecode pair_run(struct lane_command *c, struct db *d)
{
    of(c)->ran++;
    enum ecode code = add_to(d, &c->user_id, 1);
    if (code)
        return code;
    pairs_met++;
    for (int i = 0; i < 12000 && db_engine(d) == DB_POSTGRES && pairs_met < 2; i++)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    return add_to(d, &of(c)->other, 1);
}

/* Keeps SQLite's write lock for a while. */
static enum ecode slow_run(struct lane_command *c, struct db *d)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    return add_to(d, &c->user_id, 1);
}

static enum ecode get_run(struct lane_command *c, struct db *d)
{
    struct stmt *s = db_query(d, &Q_counter_get);
    stmt_bind_uuid(s, 1, &c->user_id);
    enum ecode code = stmt_row(s);
    if (code)
        return code;
    of(c)->amount = stmt_i64(s, 0);
    stmt_end(s);
    return E_OK;
}

static void done(struct lane_command *c)
{
    sem_post(of(c)->finished);
}

static const struct lane_kind add = {"add", add_run, add_run_many, done};
static const struct lane_kind add_single = {"add_single", add_run, NULL, done};
static const struct lane_kind journal = {"journal", journal_run, NULL, done};
static const struct lane_kind journal_many = {"journal_many", journal_run, journal_run_many, done};
static const struct lane_kind refuse = {"refuse", refuse_run, NULL, done};
static const struct lane_kind breaks = {"break", break_run, NULL, done};
static const struct lane_kind hide = {"hide", hide_run, NULL, done};
static const struct lane_kind late = {"late", late_run, NULL, done};
static const struct lane_kind gate = {"gate", gate_run, NULL, done};
static const struct lane_kind pair = {"pair", pair_run, NULL, done};
static const struct lane_kind slow = {"slow", slow_run, NULL, done};
static const struct lane_kind get = {"get", get_run, NULL, done};

static struct uuid user(unsigned n)
{
    struct uuid u = {{0}};
    u.b[0] = (uint8_t)(n >> 8);
    u.b[1] = (uint8_t)n;
    u.b[15] = 7;
    return u;
}

static struct command make(const struct lane_kind *kind, unsigned n, int64_t amount, sem_t *finished)
{
    return (struct command){
        .base = {.kind = kind, .user_id = user(n)}, .amount = amount, .finished = finished};
}

/* --- helpers ------------------------------------------------------------------------------------ */

static struct lane *open_lane(const char *url, size_t queue_max, size_t batch_max, int reconnect_ms)
{
    struct lane *l;
    struct lane_options o = {.url = url,
                             .name = "test-lane",
                             .queue_max = queue_max,
                             .batch_max = batch_max,
                             .reconnect_ms = reconnect_ms};
    assert_int_equal(lane_new(&o, &l, &err), E_OK);
    return l;
}

static enum ecode submit_and_wait(struct lane *l, struct command *c)
{
    sem_t finished;
    sem_init(&finished, 0, 0);
    c->finished = &finished;
    enum ecode code = lane_submit(l, &c->base);
    if (!code) {
        sem_wait(&finished);
        code = c->base.code;
    }
    sem_destroy(&finished);
    return code;
}

/* A command that occupies the lane, so that what is submitted meanwhile becomes one batch. */
static void close_gate(struct lane *l, struct command *g, sem_t *finished)
{
    sem_init(&gate_entered, 0, 0);
    sem_init(&gate_open, 0, 0);
    *g = make(&gate, 0, 0, finished);
    assert_int_equal(lane_submit(l, &g->base), E_OK);
    sem_wait(&gate_entered);
}

static void wait_all(sem_t *finished, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sem_wait(finished);
}

static int64_t counter(unsigned n)
{
    struct stmt *s = db_query(db, &Q_counter_get);
    struct uuid u = user(n);
    stmt_bind_uuid(s, 1, &u);
    if (stmt_row(s))
        return 0;
    int64_t v = stmt_i64(s, 0);
    stmt_end(s);
    return v;
}

static int set_up(void **state)
{
    db = bed_connect(&bed, DB_READWRITE, &err);
    assert_int_equal(
        db_exec(db, "DELETE FROM counter; DELETE FROM journal; DELETE FROM child; DELETE FROM child_late"),
        E_OK);
    return 0;
}

static int tear_down(void **state)
{
    db_close(db);
    return 0;
}

/* --- load --------------------------------------------------------------------------------------- */

struct load {
    struct lane *lane;
    unsigned number;
    const struct lane_kind *kind;
    int64_t acknowledged;
    int refused, uncertain;
};

static atomic_bool disturbing;

static void *load_run(void *arg)
{
    struct load *load = arg;
    struct rng rng;
    rng_init(&rng, load->number + 1);
    for (int i = 0; i < LOAD_EACH || disturbing; i++) {
        struct command c = make(load->kind, load->number, 1 + (int64_t)rng_below(&rng, 9), NULL);
        enum ecode code = submit_and_wait(load->lane, &c);
        if (code == E_OK)
            load->acknowledged += c.amount;
        else if (code == E_UNCERTAIN)
            load->uncertain++;
        else
            load->refused++;
    }
    return NULL;
}

/* Closed loops of many threads; disturb runs beside them. Every acknowledged addition is there, once; returns
 * how many were refused. */
static int run_load(struct lane *l, const struct lane_kind *kind, void (*disturb)(void))
{
    static struct load loads[LOAD_THREADS];
    pthread_t threads[LOAD_THREADS];
    disturbing = disturb != NULL;
    for (unsigned i = 0; i < LOAD_THREADS; i++) {
        loads[i] = (struct load){.lane = l, .number = i, .kind = kind};
        assert_int_equal(pthread_create(&threads[i], NULL, load_run, &loads[i]), 0);
    }
    if (disturb)
        disturb();
    disturbing = false;
    for (unsigned i = 0; i < LOAD_THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int p = 0; p < FAULT_POINTS; p++)
        fault_arm((enum fault_point)p, 0, E_OK);
    int refused = 0;
    for (unsigned i = 0; i < LOAD_THREADS; i++) {
        refused += loads[i].refused;
        assert_int_equal(loads[i].uncertain, 0);
        assert_int_equal(counter(i), loads[i].acknowledged);
    }
    return refused;
}

static void every_acknowledged_write_is_there(void **state)
{
    struct lane *l = open_lane(bed.url, 1000, 256, 60000);
    assert_int_equal(run_load(l, &add, NULL), 0);
    struct lane_stats stats;
    lane_get_stats(l, &stats);
    assert_int_equal(stats.commands, LOAD_THREADS * LOAD_EACH);
    assert_true(stats.batches < stats.commands / 4); /* commits are shared */
    assert_int_equal(stats.waiting, 0);
    lane_free(l);
}

static void disturb_with_faults(void)
{
    for (int i = 0; i < 12; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 15000000}, NULL);
        switch (i % 4) {
        case 0:
            fault_arm(FAULT_COMMIT, 1, E_IO);
            break;
        case 1:
            fault_arm(FAULT_STATEMENT, 5, E_RETRY);
            break;
        case 2:
            fault_arm(FAULT_COMMIT, 1, E_RETRY);
            break;
        case 3:
            fault_arm(FAULT_STATEMENT, 3, E_RETRY);
            break;
        }
    }
}

static void faults_cost_replays_and_nothing_else(void **state)
{
    struct lane *l = open_lane(bed.url, 1000, 256, 60000);
    /* Three times COMMIT fails for good: who was alone in that transaction is refused, all others are
     * replayed. */
    assert_in_range(run_load(l, &add_single, disturb_with_faults), 0, 3);
    struct lane_stats stats;
    lane_get_stats(l, &stats);
    assert_true(stats.replays > 0);
    lane_free(l);
}

/* --- neighbours and order ------------------------------------------------------------------------ */

static void a_failing_command_harms_nobody(void **state)
{
    enum { N = 40 };
    const struct lane_kind *const kinds[] = {&add, &refuse, &add_single, &breaks, &hide};
    const enum ecode expected[] = {E_OK, E_CONFLICT, E_OK, E_CHECK, E_CHECK};
    struct lane *l = open_lane(bed.url, 1000, 256, 60000);
    sem_t finished;
    sem_init(&finished, 0, 0);
    struct command g, c[N];
    close_gate(l, &g, &finished);
    for (unsigned i = 0; i < N; i++) {
        c[i] = make(kinds[i % 5], i / 5, 1, &finished);
        assert_int_equal(lane_submit(l, &c[i].base), E_OK);
    }
    sem_post(&gate_open);
    wait_all(&finished, N + 1);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(c[i].base.code, expected[i % 5]);
        assert_int_equal(c[i].base.err.code, expected[i % 5]);
    }
    for (unsigned u = 0; u < N / 5; u++)
        assert_int_equal(counter(u), 2);
    struct lane_stats stats;
    lane_get_stats(l, &stats);
    assert_true(stats.batches <= 3);
    assert_int_equal(stats.replays, 0);
    lane_free(l);
}

static void a_commit_refused_for_one_is_replayed_for_the_rest(void **state)
{
    enum { N = 20 };
    struct lane *l = open_lane(bed.url, 1000, 256, 60000);
    sem_t finished;
    sem_init(&finished, 0, 0);
    struct command g, c[N];
    close_gate(l, &g, &finished);
    for (unsigned i = 0; i < N; i++) {
        c[i] = make(i == 7 ? &late : &add, i, 1, &finished);
        assert_int_equal(lane_submit(l, &c[i].base), E_OK);
    }
    sem_post(&gate_open);
    wait_all(&finished, N + 1);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(c[i].base.code, i == 7 ? E_FOREIGN : E_OK);
        assert_int_equal(counter(i), i == 7 ? 0 : 1);
    }
    lane_free(l);
}

static void each_person_keeps_his_order(void **state)
{
    enum { USERS = 7, N = 400 };
    struct lane *l = open_lane(bed.url, 1000, 128, 60000);
    sem_t finished;
    sem_init(&finished, 0, 0);
    static struct command c[N];
    struct command g;
    struct rng rng;
    rng_init(&rng, 5);
    close_gate(l, &g, &finished);
    for (unsigned i = 0; i < N; i++) {
        const struct lane_kind *kind = rng_below(&rng, 2) ? &journal : &journal_many;
        c[i] = make(kind, (unsigned)rng_below(&rng, USERS), i, &finished);
        assert_int_equal(lane_submit(l, &c[i].base), E_OK);
    }
    sem_post(&gate_open);
    wait_all(&finished, N + 1);
    int64_t last[USERS];
    for (int u = 0; u < USERS; u++)
        last[u] = -1;
    struct stmt *s = db_query(db, &Q_journal_all);
    int rows = 0;
    while (stmt_step(s) == STMT_ROW) {
        int u = stmt_uuid(s, 0).b[1];
        assert_true(stmt_i64(s, 1) > last[u]);
        last[u] = stmt_i64(s, 1);
        rows++;
    }
    assert_int_equal(rows, N);
    lane_free(l);
}

/* Every person did one thing, two kinds in turn: two groups, each in order of people. */
static void kinds_come_together(void **state)
{
    enum { N = 60 };
    struct command c[N];
    struct lane_command *in[N], *out[N];
    for (unsigned i = 0; i < N; i++) {
        c[i] = make(i % 2 ? &add : &journal_many, (i * 7) % N, 0, NULL);
        c[i].base.order = i;
        in[i] = &c[i].base;
    }
    lane_order(in, out, N);
    int changes = 0;
    for (int i = 1; i < N; i++) {
        changes += out[i]->kind != out[i - 1]->kind;
        if (out[i]->kind == out[i - 1]->kind)
            assert_true(uuid_cmp(&out[i - 1]->user_id, &out[i]->user_id) < 0);
    }
    assert_int_equal(changes, 1);
}

/* --- queue --------------------------------------------------------------------------------------- */

static void a_full_queue_refuses(void **state)
{
    struct lane *l = open_lane(bed.url, 4, 256, 60000);
    sem_t finished;
    sem_init(&finished, 0, 0);
    struct command g, c[6];
    close_gate(l, &g, &finished);
    for (unsigned i = 0; i < 6; i++) {
        c[i] = make(&add, i, 1, &finished);
        assert_int_equal(lane_submit(l, &c[i].base), i < 4 ? E_OK : E_BUSY);
    }
    struct lane_stats stats;
    lane_get_stats(l, &stats);
    assert_int_equal(stats.refused, 2);
    assert_int_equal(stats.waiting, 4);
    sem_post(&gate_open);
    wait_all(&finished, 5);
    assert_int_equal(submit_and_wait(l, &c[5]), E_OK);
    assert_int_equal(counter(4), 0);
    assert_int_equal(counter(3), 1);
    lane_free(l);
}

static void freeing_finishes_what_was_accepted(void **state)
{
    enum { N = 500 };
    struct lane *l = open_lane(bed.url, 1000, 64, 60000);
    sem_t finished;
    sem_init(&finished, 0, 0);
    static struct command c[N];
    for (unsigned i = 0; i < N; i++) {
        c[i] = make(&add, i % 10, 1, &finished);
        assert_int_equal(lane_submit(l, &c[i].base), E_OK);
    }
    lane_free(l);
    int ready;
    sem_getvalue(&finished, &ready);
    assert_int_equal(ready, N);
    for (unsigned u = 0; u < 10; u++)
        assert_int_equal(counter(u), N / 10);
}

/* Two lanes take the same two rows in opposite order: PostgreSQL kills one, which is replayed. */
static void deadlocks_are_replayed(void **state)
{
    struct lane *a = open_lane(bed.url, 10, 10, 60000), *b = open_lane(bed.url, 10, 10, 60000);
    sem_t finished;
    sem_init(&finished, 0, 0);
    struct command x = make(&pair, 1, 0, &finished), y = make(&pair, 2, 0, &finished);
    x.other = user(2);
    y.other = user(1);
    pairs_met = 0;
    assert_int_equal(lane_submit(a, &x.base), E_OK);
    assert_int_equal(lane_submit(b, &y.base), E_OK);
    wait_all(&finished, 2);
    assert_int_equal(x.base.code, E_OK);
    assert_int_equal(y.base.code, E_OK);
    assert_int_equal(counter(1), 2);
    assert_int_equal(counter(2), 2);
    assert_true(bed.engine == DB_POSTGRES ? x.ran + y.ran > 2 : x.ran + y.ran == 2);
    lane_free(a);
    lane_free(b);
}

/* --- a lost database ----------------------------------------------------------------------------- */

static void disturb_connections(void)
{
    static const enum fault_point points[] = {FAULT_LOST_BEFORE, FAULT_LOST_DURING, FAULT_LOST_AFTER};
    for (int i = 0; i < 12; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        if (i % 2)
            fault_arm(points[i / 2 % 3], 1, E_IO);
        else
            bed_value(
                db,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')");
    }
}

static void lost_connections_lose_and_repeat_nothing(void **state)
{
    if (bed.engine != DB_POSTGRES)
        return;
    struct lane *l = open_lane(bed.url, 1000, 256, 60000);
    assert_int_equal(run_load(l, &add, disturb_connections), 0);
    struct lane_stats stats;
    lane_get_stats(l, &stats);
    assert_true(stats.reconnects > 0);
    lane_free(l);
}

static void sql(const char *text)
{
    enum ecode code = db_exec(db, text);
    if (code)
        print_error("%s\n", err.text);
    assert_int_equal(code, E_OK);
}

/* A role that may not log in for a while stands for a server that is away. */
static void a_database_that_stays_away_is_unavailable(void **state)
{
    if (bed.engine != DB_POSTGRES)
        return;
    const char *at = strchr(bed.url, '@');
    char url[1100], text[400];
    assert_non_null(at);
    snprintf(url, sizeof url, "postgresql://store_test_role:secret@%s", at + 1);
    snprintf(text, sizeof text,
             "DROP ROLE IF EXISTS store_test_role; CREATE ROLE store_test_role LOGIN PASSWORD 'secret';"
             "GRANT USAGE ON SCHEMA %s TO store_test_role;"
             "GRANT ALL ON ALL TABLES IN SCHEMA %s TO store_test_role",
             bed.schema, bed.schema);
    sql(text);
    struct lane *l = open_lane(url, 100, 10, 5000);
    struct command c = make(&add, 1, 5, NULL);
    assert_int_equal(submit_and_wait(l, &c), E_OK);
    sql("ALTER ROLE store_test_role NOLOGIN");
    bed_value(
        db,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'store_test_role'");
    struct monotime start = monotime_now();
    assert_int_equal(submit_and_wait(l, &c), E_UNAVAILABLE);
    int64_t first = monotime_diff(monotime_now(), start).ms;
    assert_in_range(first, 4000, 60000);
    assert_null(strstr(c.base.err.text, "secret"));
    start = monotime_now();
    assert_int_equal(submit_and_wait(l, &c), E_UNAVAILABLE); /* known to be away: no second wait */
    assert_true(monotime_diff(monotime_now(), start).ms < 4000);
    sql("ALTER ROLE store_test_role LOGIN");
    assert_int_equal(submit_and_wait(l, &c), E_OK);
    assert_int_equal(counter(1), 10);
    lane_free(l);
    snprintf(text, sizeof text, "DROP OWNED BY store_test_role; DROP ROLE store_test_role");
    sql(text);
}

/* --- the read pool ------------------------------------------------------------------------------- */

static void the_pool_reads(void **state)
{
    enum { N = 200 };
    for (unsigned u = 0; u < 10; u++) {
        struct uuid id = user(u);
        assert_int_equal(add_to(db, &id, 100 + u), E_OK);
    }
    struct pool *p;
    struct pool_options o = {.url = bed.url, .name = "test-pool", .threads = 4, .queue_max = N};
    assert_int_equal(pool_new(&o, &p, &err), E_OK);
    sem_t finished;
    sem_init(&finished, 0, 0);
    static struct command c[N];
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < N; i++) {
            c[i] = make(&get, i % 11, 0, &finished);
            assert_int_equal(pool_submit(p, &c[i].base), E_OK);
        }
        wait_all(&finished, N);
        for (unsigned i = 0; i < N; i++) {
            assert_int_equal(c[i].base.code, i % 11 == 10 ? E_NOT_FOUND : E_OK);
            assert_int_equal(c[i].amount, i % 11 == 10 ? 0 : 100 + i % 11);
        }
        if (bed.engine == DB_POSTGRES) /* the second round finds every connection lost */
            bed_value(
                db,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')");
    }
    struct command w = make(&add_single, 1, 1, &finished);
    assert_int_equal(pool_submit(p, &w.base), E_OK);
    wait_all(&finished, 1);
    assert_int_equal(w.base.code, E_IO); /* readers cannot write */
    assert_int_equal(pool_waiting(p), 0);
    pool_free(p);
}

/* --- another process at the same file ------------------------------------------------------------ */

#define TURNS 10
#define TURN_LIMIT_COMMANDS 200 /* 25 batches; without turns it is hundreds, or never */

static int64_t commands_of_others(struct db *d)
{
    return strtoll(bed_value(d, "SELECT SUM(n) FROM counter"), NULL, 10);
}

/* The child: as a command of the CLI beside a busy server. Exit status 0 when every turn came soon. */
static int be_the_other_process(const char *url)
{
    struct err e;
    struct db *d;
    if (db_open(url, DB_READWRITE, &d, &e))
        return 2;
    struct uuid id = user(999);
    int64_t worst = 0;
    for (int i = 0; i < TURNS; i++) {
        int64_t before = commands_of_others(d);
        if (db_begin(d, DB_TXN_WRITE))
            return 3;
        int64_t passed = commands_of_others(d) - before;
        if (add_to(d, &id, 1) || db_commit(d))
            return 3;
        worst = passed > worst ? passed : worst;
    }
    db_close(d);
    printf("%d turns, the slowest after %d commands of others\n", TURNS, (int)worst);
    return worst <= TURN_LIMIT_COMMANDS ? 0 : 4;
}

static atomic_bool flooding;

/* Keeps the lane's queue full: SQLite's lock is never free for longer than a moment. */
static void *flood(void *arg)
{
    enum { N = 8 };
    struct lane *l = arg;
    sem_t finished;
    sem_init(&finished, 0, 0);
    struct command c[N];
    while (flooding) {
        for (unsigned i = 0; i < N; i++) {
            c[i] = make(&slow, i, 1, &finished);
            assert_int_equal(lane_submit(l, &c[i].base), E_OK);
        }
        wait_all(&finished, N);
    }
    return NULL;
}

static void another_process_gets_its_turn(void **state)
{
    if (bed.engine != DB_SQLITE)
        return;
    struct lane *l = open_lane(bed.url, 1000, 8, 60000);
    pthread_t floods[4];
    flooding = true;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&floods[i], NULL, flood, l), 0);
    char self[] = "/proc/self/exe", role[] = "other-process";
    char *argv[] = {self, role, bed.url, NULL};
    pid_t child;
    assert_int_equal(posix_spawn(&child, self, NULL, NULL, argv, environ), 0);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    flooding = false;
    for (int i = 0; i < 4; i++)
        pthread_join(floods[i], NULL);
    lane_free(l);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(counter(999), TURNS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    TEST(every_acknowledged_write_is_there),
    TEST(faults_cost_replays_and_nothing_else),
    TEST(a_failing_command_harms_nobody),
    TEST(a_commit_refused_for_one_is_replayed_for_the_rest),
    TEST(each_person_keeps_his_order),
    TEST(kinds_come_together),
    TEST(a_full_queue_refuses),
    TEST(freeing_finishes_what_was_accepted),
    TEST(deadlocks_are_replayed),
    TEST(lost_connections_lose_and_repeat_nothing),
    TEST(a_database_that_stays_away_is_unavailable),
    TEST(the_pool_reads),
    TEST(another_process_gets_its_turn),
};

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "other-process") == 0)
        return be_the_other_process(argv[2]);
    int failed = 0;
    for (int e = 0; e < DB_ENGINES; e++) {
        if (!bed_init(&bed, (enum db_engine)e)) {
            print_message("HABITD_TEST_PG_URL is not set: PostgreSQL left out\n");
            return failed ? 1 : 77;
        }
        if (bed.engine == DB_POSTGRES) { /* a name of its own: other tests' connections are not to be cut */
            size_t len = strlen(bed.url);
            snprintf(bed.url + len, sizeof bed.url - len, "&application_name=%s", bed.schema);
        }
        failed += cmocka_run_group_tests_name(db_engine_name((enum db_engine)e), tests, NULL, NULL);
        bed_release(&bed);
    }
    return failed ? 1 : 0;
}
