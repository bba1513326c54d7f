/* What only PostgreSQL has: arrays, lost connections, COMMITs without an answer, the session's settings,
 * secrets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/instant.h"
#include "store/fault.h"
#include "store_bed.h"
#include "types.sql.h"

static struct bed bed;
static struct err err, other_err;
static struct db *db, *other;

static void ok(enum ecode code)
{
    if (code)
        print_error("%s: %s / %s\n", ecode_name(code), err.text, other_err.text);
    assert_int_equal(code, E_OK);
}

static int set_up(void **state)
{
    db = bed_connect(&bed, DB_READWRITE, &err);
    other = bed_connect(&bed, DB_READWRITE, &other_err);
    ok(db_exec(db, "DELETE FROM child; DELETE FROM types"));
    return 0;
}

static int tear_down(void **state)
{
    for (int p = 0; p < FAULT_POINTS; p++)
        fault_arm((enum fault_point)p, 0, E_OK);
    db_close(db);
    db_close(other);
    return 0;
}

static enum ecode put_id(int64_t id)
{
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, id);
    return stmt_run(s);
}

/* Ends db's session from the other connection, and waits until it is gone. */
static void kill_session(int pid)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 60000)", pid);
    assert_string_equal(bed_value(other, sql), "t");
}

static int session_pid(void)
{
    return (int)strtol(bed_value(db, "SELECT pg_backend_pid()"), NULL, 10);
}

static const char *rows(void)
{
    return bed_value(other, "SELECT count(*) FROM types");
}

/* --- arrays -------------------------------------------------------------------------------------- */

static void arrays_arrive(void **state)
{
    enum { N = 3 };
    const int64_t i[N] = {INT64_MIN, 0, INT64_MAX};
    const bool b[N] = {true, false, true};
    const double f[N] = {0.1, -1e300, 5e-324};
    const char *const t[N] = {"", NULL, "{\"a\",NULL} ж"};
    const struct db_bytes y[N] = {{"\0\1", 2}, {NULL, 0}, {"", 0}};
    const struct uuid u[N] = {{{1}}, {{2}}, {{3}}};
    const struct instant m[N] = {instant_from_ms(-1), instant_from_ms(0), instant_from_ms(1763913600123)};
    const struct day d[N] = {day_of(-719162), day_none(), day_of(20000)};
    const bool nulls[N] = {false, true, false};
    struct stmt *s = db_query(db, &Q_arrays);
    stmt_bind_array(s, 1, i, nulls, N);
    stmt_bind_array(s, 2, b, NULL, N);
    stmt_bind_array(s, 3, f, NULL, N);
    stmt_bind_array(s, 4, t, NULL, N);
    stmt_bind_array(s, 5, y, NULL, N);
    stmt_bind_array(s, 6, u, NULL, N);
    stmt_bind_array(s, 7, m, NULL, N);
    stmt_bind_array(s, 8, d, NULL, N);
    for (int k = 0; k < N; k++) {
        assert_int_equal(stmt_step(s), STMT_ROW);
        assert_int_equal(stmt_is_null(s, 0), k == 1);
        assert_true(stmt_i64(s, 0) == (k == 1 ? 0 : i[k]));
        assert_int_equal(stmt_bool(s, 1), b[k]);
        assert_true(stmt_f64(s, 2) == f[k]);
        if (t[k])
            assert_string_equal(stmt_text(s, 3), t[k]);
        else
            assert_true(stmt_is_null(s, 3));
        size_t len;
        const void *bytes = stmt_bytes(s, 4, &len);
        assert_int_equal(bytes == NULL, y[k].data == NULL);
        assert_int_equal(len, y[k].len);
        assert_int_equal(stmt_uuid(s, 5).b[0], k + 1);
        assert_true(stmt_time(s, 6).ms == m[k].ms);
        assert_int_equal(stmt_day(s, 7).n, d[k].n);
    }
    assert_int_equal(stmt_step(s), STMT_DONE);
}

static void empty_arrays_give_no_rows(void **state)
{
    struct stmt *s = db_query(db, &Q_arrays);
    for (int p = 1; p <= 8; p++)
        stmt_bind_array(s, p, &p, NULL, 0);
    assert_int_equal(stmt_row(s), E_NOT_FOUND);
}

static void narrow_integers_are_read(void **state)
{
    struct stmt *s = db_query(db, &Q_small_ints);
    ok(stmt_row(s));
    assert_true(stmt_i64(s, 0) == -2);
    assert_true(stmt_i64(s, 1) == -70000);
    assert_true(stmt_i64(s, 2) == -5000000000);
    stmt_end(s);
}

/* What others wrote with an SQL tool: microseconds and infinity. */
static void foreign_values_are_cut(void **state)
{
    ok(db_exec(db, "INSERT INTO types (id, m, d) VALUES (1, '1969-12-31 23:59:59.999999Z', 'infinity'),"
                   " (2, '-infinity', '-infinity')"));
    struct stmt *s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_row(s));
    assert_true(stmt_time(s, 6).ms == -1);
    assert_int_equal(stmt_day(s, 7).n, 2932896);
    stmt_end(s);
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 2);
    ok(stmt_row(s));
    assert_true(stmt_time(s, 6).ms == -62135596800000);
    assert_int_equal(stmt_day(s, 7).n, -719162);
    stmt_end(s);
}

/* --- lost connections ---------------------------------------------------------------------------- */

static void a_killed_session_is_lost_and_reopened(void **state)
{
    kill_session(session_pid());
    assert_int_equal(put_id(1), E_UNAVAILABLE);
    assert_true(db_is_lost(db));
    assert_int_equal(put_id(1), E_UNAVAILABLE);
    assert_int_equal(db_begin(db, DB_TXN_WRITE), E_UNAVAILABLE);
    ok(db_reopen(db));
    ok(put_id(1));
    assert_string_equal(rows(), "1");
}

static void a_session_killed_inside_a_transaction(void **state)
{
    int pid = session_pid();
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_id(1));
    ok(db_savepoint(db));
    kill_session(pid);
    assert_int_equal(put_id(2), E_UNAVAILABLE);
    assert_int_equal(db_rollback_to(db), E_UNAVAILABLE);
    assert_int_equal(db_commit(db), E_UNAVAILABLE); /* never sent: no doubt */
    ok(db_reopen(db));
    assert_string_equal(rows(), "0");
}

static void uncertain_then(bool expected, const char *expected_rows)
{
    assert_int_equal(db_commit(db), E_UNCERTAIN);
    assert_true(db_is_lost(db));
    assert_false(db_in_txn(db));
    bool committed = !expected;
    ok(db_settle(db, 60000, &committed));
    assert_int_equal(committed, expected);
    assert_string_equal(rows(), expected_rows);
    ok(put_id(77));
    assert_int_equal(db_settle(db, 100, &committed), E_UNCERTAIN); /* nothing is open any more */
}

static void a_session_killed_before_commit_is_settled(void **state)
{
    int pid = session_pid();
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_id(1));
    kill_session(pid);
    uncertain_then(false, "0");
}

static void a_commit_that_never_left_is_settled(void **state)
{
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_id(1));
    fault_arm(FAULT_LOST_BEFORE, 1, E_IO);
    uncertain_then(false, "0");
}

static void a_commit_whose_answer_is_lost_is_settled(void **state)
{
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_id(1));
    fault_arm(FAULT_LOST_AFTER, 1, E_IO);
    uncertain_then(true, "1");
}

/* COMMIT still runs (a deferred trigger waits) when the connection goes and we ask: settle waits for it. */
static void a_commit_still_running_is_waited_for(void **state)
{
    ok(db_exec(db, "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql"
                   " SET lock_timeout = 0 AS $$BEGIN"
                   " PERFORM pg_advisory_xact_lock(hashtext(current_schema()));"
                   " PERFORM pg_sleep(1); RETURN NULL; END$$;"
                   "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON types DEFERRABLE INITIALLY DEFERRED"
                   " FOR EACH ROW EXECUTE FUNCTION slow()"));
    bed_value(other, "SELECT pg_advisory_lock(hashtext(current_schema()))");
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_id(1));
    fault_arm(FAULT_LOST_DURING, 1, E_IO);
    assert_int_equal(db_commit(db), E_UNCERTAIN); /* although nobody lets the trigger go on yet */
    bool committed = false;
    assert_int_equal(db_settle(db, 50, &committed),
                     E_UNCERTAIN); /* not long enough, and it can be asked again */
    bed_value(other, "SELECT pg_advisory_unlock(hashtext(current_schema()))");
    ok(db_settle(db, 60000, &committed));
    assert_true(committed);
    assert_string_equal(rows(), "1");
    ok(db_exec(db, "DROP TRIGGER slow ON types; DROP FUNCTION slow()"));
}

/* --- plans --------------------------------------------------------------------------------------- */

static void a_changed_schema_is_prepared_anew(void **state)
{
    ok(put_id(1));
    struct stmt *s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_run(s));
    /* "cached plan must not change result type" */
    ok(db_exec(other, "ALTER TABLE types ALTER COLUMN t TYPE varchar(20)"));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_run(s));
    ok(db_exec(other, "ALTER TABLE types ALTER COLUMN t TYPE text"));
    ok(db_begin(db, DB_TXN_WRITE));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    assert_int_equal(stmt_run(s), E_RETRY); /* a lane replays that */
    assert_int_equal(db_commit(db), E_RETRY);
    ok(db_begin(db, DB_TXN_WRITE));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_run(s));
    ok(db_commit(db));
    ok(db_exec(db, "DEALLOCATE ALL"));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_run(s));
}

/* --- the session --------------------------------------------------------------------------------- */

static void the_session_is_set_up(void **state)
{
    assert_string_equal(bed_value(db, "SHOW synchronous_commit"), "on");
    assert_string_equal(bed_value(db, "SHOW TimeZone"), "UTC");
    assert_string_equal(bed_value(db, "SHOW application_name"), "habitd");
    assert_string_equal(bed_value(db, "SHOW statement_timeout"), "1min");
    assert_string_equal(bed_value(db, "SHOW lock_timeout"), "10s");
    assert_non_null(strstr(db_version(db), "PostgreSQL 1"));
    char url[1100];
    snprintf(url, sizeof url, "%s%%20-c%%20lock_timeout%%3D50%%20-c%%20synchronous_commit%%3Doff", bed.url);
    struct db *quick;
    ok(db_open(url, DB_READWRITE, &quick, &other_err));
    assert_string_equal(bed_value(quick, "SHOW lock_timeout"), "50ms");
    assert_string_equal(bed_value(quick, "SHOW synchronous_commit"), "on"); /* durability is not a setting */
    ok(put_id(1));
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_id(1));
    struct stmt *s = db_query(quick, &Q_types_delete);
    stmt_bind_i64(s, 1, 1);
    assert_int_equal(stmt_run(s), E_BUSY);
    ok(db_commit(db));
    db_close(quick);
}

static void passwords_stay_out_of_errors(void **state)
{
    static const char *const urls[] = {
        "postgresql://u:s3cr3t@127.0.0.1:1/x",
        "postgresql://u:s3cr3t@nowhere.invalid/x",
        "postgresql://u:pw@s3cr3t@127.0.0.1:1/x",
        "postgresql://u:a/s3cr3t@127.0.0.1:1/x",
        "postgresql://u:12/s3cr3t@127.0.0.1:1/x",
        "postgresql://u:s3cr3t%zz@127.0.0.1:1/x",
        "postgresql://u:s3cr3t@127.0.0.1:s3cr3t/x",
        "postgresql://[u:s3cr3t",
        "postgresql://u@127.0.0.1:1/x?password=s3cr3t&bogus=1",
        "postgresql://u@127.0.0.1:1/x?password=s3cr3t&sslmode=nonsense",
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct db *none;
        enum ecode code = db_open(urls[i], DB_READWRITE, &none, &err);
        assert_true(code == E_UNAVAILABLE || code == E_INVALID);
        assert_null(strstr(err.text, "s3cr3t"));
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Its statements are planned once, perhaps while a queue is empty: reading all of it must not look cheap. */
static void a_lane_plans_by_index(void **state)
{
    static const char *const off[] = {"enable_seqscan", "enable_hashjoin", "enable_mergejoin",
                                      "enable_bitmapscan", "jit"};
    char show[60];
    struct db *lane = bed_connect(&bed, DB_LANE, &err);
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
        snprintf(show, sizeof show, "SHOW %s", off[i]);
        assert_string_equal(bed_value(lane, show), "off");
        assert_string_equal(bed_value(db, show), "on"); /* reports and the doctor read whole tables */
    }
    assert_string_equal(bed_value(lane, "SHOW default_transaction_read_only"), "off");
    db_close(lane);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(arrays_arrive),
        TEST(empty_arrays_give_no_rows),
        TEST(narrow_integers_are_read),
        TEST(foreign_values_are_cut),
        TEST(a_killed_session_is_lost_and_reopened),
        TEST(a_session_killed_inside_a_transaction),
        TEST(a_session_killed_before_commit_is_settled),
        TEST(a_commit_that_never_left_is_settled),
        TEST(a_commit_whose_answer_is_lost_is_settled),
        TEST(a_commit_still_running_is_waited_for),
        TEST(a_changed_schema_is_prepared_anew),
        TEST(the_session_is_set_up),
        TEST(a_lane_plans_by_index),
        TEST(passwords_stay_out_of_errors),
    };
    if (!bed_init(&bed, DB_POSTGRES)) {
        print_message("HABITD_TEST_PG_URL is not set\n");
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bed_release(&bed);
    return failed ? 1 : 0;
}
