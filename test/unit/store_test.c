/* One suite for both engines: types, error codes, poison, savepoints. The answers must not differ. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/instant.h"
#include "store/db.h"
#include "store/fault.h"
#include "store_bed.h"
#include "types.sql.h"

static struct bed bed;
static struct err err;
static struct db *db;

static void ok(enum ecode code)
{
    if (code)
        print_error("%s: %s\n", ecode_name(code), err.text);
    assert_int_equal(code, E_OK);
}

static int set_up(void **state)
{
    db = bed_connect(&bed, DB_READWRITE, &err);
    ok(db_exec(db, "DELETE FROM child; DELETE FROM child_late; DELETE FROM types; DELETE FROM counter"));
    return 0;
}

static int tear_down(void **state)
{
    db_close(db);
    return 0;
}

static void put_id(int64_t id)
{
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, id);
    ok(stmt_run(s));
}

static enum ecode put_child(int64_t id, int64_t parent, int64_t positive, const char *name)
{
    struct stmt *s = db_query(db, &Q_child_put);
    stmt_bind_i64(s, 1, id);
    if (parent >= 0)
        stmt_bind_i64(s, 2, parent);
    stmt_bind_i64(s, 3, positive);
    stmt_bind_text(s, 4, name);
    return stmt_run(s);
}

static int64_t count_children(void)
{
    struct stmt *s = db_query(db, &Q_child_count);
    ok(stmt_row(s));
    int64_t n = stmt_i64(s, 0);
    stmt_end(s);
    return n;
}

/* --- types -------------------------------------------------------------------------------------- */

struct row {
    bool b;
    double f;
    const char *t;
    const char *y;
    size_t y_len;
    struct uuid u;
    struct instant m;
    struct day d;
    int64_t id;
};

static void round_trip(const struct row *r)
{
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, r->id);
    stmt_bind_bool(s, 2, r->b);
    stmt_bind_f64(s, 3, r->f);
    stmt_bind_text(s, 4, r->t);
    stmt_bind_bytes(s, 5, r->y, r->y_len);
    stmt_bind_uuid(s, 6, &r->u);
    stmt_bind_time(s, 7, r->m);
    stmt_bind_day(s, 8, r->d);
    stmt_bind_text(s, 9, "{\"k\": [1, \"я\"]}");
    ok(stmt_run(s));
    assert_int_equal(stmt_changes(s), 1);

    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, r->id);
    ok(stmt_row(s));
    assert_true(stmt_i64(s, 0) == r->id);
    assert_int_equal(stmt_bool(s, 1), r->b);
    double f = stmt_f64(s, 2);
    assert_memory_equal(&f, &r->f, sizeof f);
    assert_string_equal(stmt_text(s, 3), r->t);
    size_t len;
    const void *y = stmt_bytes(s, 4, &len);
    assert_non_null(y);
    assert_int_equal(len, r->y_len);
    assert_memory_equal(y, r->y, len);
    struct uuid u = stmt_uuid(s, 5);
    assert_memory_equal(&u, &r->u, sizeof u);
    assert_true(stmt_time(s, 6).ms == r->m.ms);
    assert_int_equal(stmt_day(s, 7).n, r->d.n);
    assert_string_equal(stmt_text(s, 8), "{\"k\": [1, \"я\"]}");
    for (int c = 0; c < 9; c++)
        assert_false(stmt_is_null(s, c));
    assert_int_equal(stmt_step(s), STMT_DONE);
    assert_int_equal(stmt_changes(s), 0);
}

static struct day ymd(int y, int m, int d)
{
    struct day day = day_none();
    assert_true(day_from_ymd(y, m, d, &day));
    return day;
}

static void types_round_trip(void **state)
{
    const struct row rows[] = {
        {.id = 1, .f = 0.1, .t = "", .y = "", .d = day_of(0), .m = instant_from_ms(0)},
        {.id = INT64_MAX,
         .b = true,
         .f = DBL_MAX,
         .t = "Привет, мир 🙂",
         .y = "\0\xff\0",
         .y_len = 3,
         .u = {{255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0}},
         .m = instant_from_ms(1763913600123),
         .d = ymd(2026, 11, 23)},
        {.id = INT64_MIN,
         .f = -DBL_MAX,
         .t = "a'b\"c\\d",
         .y = "x",
         .y_len = 1,
         .m = instant_from_ms(-1),
         .d = ymd(1999, 12, 31)},
        {.id = 4,
         .f = DBL_TRUE_MIN,
         .t = "$1",
         .y = "x",
         .y_len = 1,
         .m = instant_from_ms(-62135596800000),
         .d = ymd(1, 1, 1)},
        {.id = 5,
         .f = 9007199254740993.0,
         .t = "\n\t",
         .y = "x",
         .y_len = 1,
         .m = instant_from_ms(253402300799999),
         .d = ymd(9999, 12, 31)},
        {.id = 6,
         .f = (double)INFINITY,
         .t = "x",
         .y = "x",
         .y_len = 1,
         .m = instant_from_ms(946684800000 - 1),
         .d = ymd(2000, 1, 1)},
        {.id = 7,
         .f = 0.0,
         .t = "x",
         .y = "x",
         .y_len = 1,
         .m = instant_from_ms(946684800000),
         .d = ymd(2000, 2, 29)},
        {.id = -8,
         .f = -1.0 / 3,
         .t = "x",
         .y = "x",
         .y_len = 1,
         .m = instant_from_ms(-999),
         .d = ymd(1970, 1, 1)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        round_trip(&rows[i]);
}

static void negative_zero_loses_its_sign_alike(void **state)
{
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, 1);
    stmt_bind_f64(s, 3, -0.0);
    ok(stmt_run(s));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_row(s));
    assert_false(signbit(stmt_f64(s, 2)));
    stmt_end(s);
}

static void nulls_round_trip(void **state)
{
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, 3);
    stmt_bind_text(s, 4, NULL);
    stmt_bind_bytes(s, 5, NULL, 0);
    stmt_bind_uuid(s, 6, NULL);
    stmt_bind_day(s, 8, day_none());
    stmt_bind_text(s, 9, NULL);
    ok(stmt_run(s));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 3);
    ok(stmt_row(s));
    for (int c = 1; c < 9; c++)
        assert_true(stmt_is_null(s, c));
    size_t len = 7;
    assert_false(stmt_bool(s, 1));
    assert_true(stmt_f64(s, 2) == 0.0);
    assert_null(stmt_text(s, 3));
    assert_null(stmt_bytes(s, 4, &len));
    assert_int_equal(len, 0);
    assert_true(day_is_none(stmt_day(s, 7)));
    assert_null(stmt_text(s, 8));
    stmt_end(s);
}

static void large_values(void **state)
{
    size_t n = 3 << 20;
    char *text = malloc(n + 1);
    memset(text, 'x', n);
    text[n] = '\0';
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, 1);
    stmt_bind_text(s, 4, text);
    stmt_bind_bytes(s, 5, text, n);
    ok(stmt_run(s));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_row(s));
    size_t len;
    assert_string_equal(stmt_text(s, 3), text);
    assert_memory_equal(stmt_bytes(s, 4, &len), text, n);
    assert_int_equal(len, n);
    stmt_end(s);
    free(text);
}

/* What a savepoint may have to undo outgrows the memory the engine keeps for it, in one statement. */
static void large_statements_are_undone(void **state)
{
    ok(db_begin(db, DB_TXN_WRITE));
    ok(db_exec(db, "CREATE TABLE large (n BIGINT NOT NULL PRIMARY KEY, t TEXT NOT NULL)"));
    ok(db_exec(db,
               "INSERT INTO large WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < "
               "60000) SELECT n, 'a text of some length ' || CAST(n AS TEXT) FROM s"));
    ok(db_savepoint(db));
    ok(db_exec(db, "UPDATE large SET t = t || t"));
    ok(db_exec(db, "DELETE FROM large WHERE n % 2 = 0"));
    ok(db_rollback_to(db));
    ok(db_commit(db));
    assert_string_equal(
        bed_value(db, "SELECT count(*) FROM large WHERE t = 'a text of some length ' || CAST(n AS TEXT)"),
        "60000");
}

static enum ecode ride_types(int64_t id)
{
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, id);
    return stmt_ride(s);
}

static enum ecode find_types(int64_t id)
{
    struct stmt *s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, id);
    enum ecode code = stmt_row(s);
    stmt_end(s);
    return code;
}

static void riders_travel_with_the_next_statement(void **state)
{
    for (int i = 0; i < 3; i++) { /* prepared from the second time on */
        ok(db_begin(db, DB_TXN_WRITE));
        ok(ride_types(10 * i + 1));
        ok(find_types(10 * i + 1)); /* it ran before this */
        ok(ride_types(10 * i + 2));
        ok(ride_types(10 * i + 3)); /* the same query again */
        ok(db_commit(db));          /* with one still waiting */
        ok(find_types(10 * i + 2));
        ok(find_types(10 * i + 3));
        ok(db_begin(db, DB_TXN_WRITE));
        ok(ride_types(10 * i + 4));
        db_rollback(db);
        assert_int_equal(find_types(10 * i + 4), E_NOT_FOUND);
        ok(db_begin(db, DB_TXN_WRITE));
        ok(db_savepoint(db));
        ok(ride_types(10 * i + 5));
        ok(db_rollback_to(db));
        ok(db_savepoint(db));
        struct stmt *s = db_query(db, &Q_child_put);
        stmt_bind_i64(s, 1, 1);
        stmt_bind_i64(s, 3, -1); /* not positive: its error is the next statement's */
        stmt_bind_text(s, 4, "x");
        enum ecode code = stmt_ride(s);
        assert_int_equal(code ? code : find_types(10 * i + 1), E_CHECK);
        ok(db_rollback_to(db));
        ok(db_commit(db));
        assert_int_equal(find_types(10 * i + 5), E_NOT_FOUND);
    }
}

static void parameters_by_number(void **state)
{
    struct stmt *s = db_query(db, &Q_types_swapped);
    stmt_bind_i64(s, 1, 11);
    stmt_bind_i64(s, 2, 22);
    ok(stmt_row(s));
    assert_int_equal(stmt_i64(s, 0), 22);
    assert_int_equal(stmt_i64(s, 1), 11);
    assert_int_equal(stmt_i64(s, 2), 22);
    stmt_end(s);
}

static void bindings_do_not_survive(void **state)
{
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, 1);
    stmt_bind_text(s, 4, "first");
    ok(stmt_run(s));
    s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, 2);
    ok(stmt_run(s));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 2);
    ok(stmt_row(s));
    assert_true(stmt_is_null(s, 3));
    stmt_end(s);
}

/* --- statements --------------------------------------------------------------------------------- */

static void two_statements_at_once(void **state)
{
    for (int i = 1; i <= 5; i++)
        put_id(i);
    ok(db_begin(db, DB_TXN_WRITE));
    struct stmt *ids = db_query(db, &Q_types_ids);
    stmt_bind_i64(ids, 1, 1);
    int n = 0;
    while (stmt_step(ids) == STMT_ROW) {
        char name[20];
        snprintf(name, sizeof name, "of %d", (int)stmt_i64(ids, 0));
        ok(put_child(stmt_i64(ids, 0), stmt_i64(ids, 0), 1, name));
        n++;
    }
    assert_int_equal(n, 5);
    ok(db_commit(db));
    assert_int_equal(count_children(), 5);
}

static void ending_early(void **state)
{
    for (int i = 1; i <= 5; i++)
        put_id(i);
    for (int i = 0; i < 3; i++) {
        struct stmt *s = db_query(db, &Q_types_ids);
        stmt_bind_i64(s, 1, 2);
        ok(stmt_row(s));
        assert_int_equal(stmt_i64(s, 0), 2);
        stmt_end(s);
        stmt_end(s);
    }
    struct stmt *s = db_query(db, &Q_types_ids);
    stmt_bind_i64(s, 1, 9);
    err_clear(&err);
    assert_int_equal(stmt_row(s), E_NOT_FOUND);
    assert_int_equal(err.code, E_OK);
}

static void changes_are_counted(void **state)
{
    for (int i = 1; i <= 5; i++)
        put_id(i);
    struct stmt *s = db_query(db, &Q_types_delete);
    stmt_bind_i64(s, 1, 3);
    ok(stmt_run(s));
    assert_int_equal(stmt_changes(s), 3);
    s = db_query(db, &Q_types_delete);
    stmt_bind_i64(s, 1, 3);
    ok(stmt_run(s));
    assert_int_equal(stmt_changes(s), 0);
}

static void wrong_declarations_are_errors(void **state)
{
    struct stmt *s = db_query(db, &Q_types_wrong_column);
    assert_int_equal(stmt_step(s), STMT_ERROR);
    assert_non_null(strstr(err.text, "types_wrong_column"));
    s = db_query(db, &Q_types_wrong_count);
    assert_int_equal(stmt_step(s), STMT_ERROR);
    assert_int_equal(err.code, E_INTERNAL);
    for (int i = 0; i < 2; i++) {
        s = db_query(db, &Q_types_bad_sql);
        stmt_bind_i64(s, 1, 1);
        assert_int_equal(stmt_run(s), E_INTERNAL);
        assert_non_null(strstr(err.text, "types_bad_sql"));
    }
    assert_int_equal(count_children(), 0);
}

/* --- errors ------------------------------------------------------------------------------------- */

static void constraints_have_codes(void **state)
{
    put_id(1);
    ok(put_child(1, 1, 1, "a"));
    assert_int_equal(put_child(1, 1, 1, "b"), E_UNIQUE);
    assert_int_equal(put_child(2, 1, 1, "a"), E_UNIQUE);
    assert_int_equal(put_child(2, 99, 1, "b"), E_FOREIGN);
    assert_int_equal(put_child(2, 1, 0, "b"), E_CHECK);
    assert_int_equal(put_child(2, 1, 1, NULL), E_CHECK);
    struct stmt *s = db_query(db, &Q_types_delete);
    stmt_bind_i64(s, 1, 1);
    assert_int_equal(stmt_run(s), E_FOREIGN);
    assert_int_equal(count_children(), 1);
}

static void a_late_constraint_refuses_commit(void **state)
{
    ok(db_begin(db, DB_TXN_WRITE));
    put_id(5);
    struct stmt *s = db_query(db, &Q_child_late_put);
    stmt_bind_i64(s, 1, 1);
    stmt_bind_i64(s, 2, 99);
    ok(stmt_run(s));
    assert_int_equal(db_commit(db), E_FOREIGN);
    assert_false(db_in_txn(db));
    assert_string_equal(bed_value(db, "SELECT count(*) FROM types"), "0");
}

static void an_error_poisons_the_transaction(void **state)
{
    put_id(1);
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_child(1, 1, 1, "a"));
    assert_int_equal(put_child(1, 1, 1, "b"), E_UNIQUE);
    err_clear(&err);
    assert_int_equal(put_child(2, 1, 1, "b"), E_UNIQUE); /* the same error, nothing runs */
    assert_int_equal(err.code, E_UNIQUE);
    assert_int_equal(db_exec(db, "DELETE FROM child"), E_UNIQUE);
    assert_int_equal(db_savepoint(db), E_UNIQUE);
    assert_int_equal(db_commit(db), E_UNIQUE);
    assert_false(db_in_txn(db));
    assert_int_equal(count_children(), 0);
}

static void savepoints_undo_their_own(void **state)
{
    put_id(1);
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_child(1, 1, 1, "a"));
    ok(db_savepoint(db));
    ok(put_child(2, 1, 1, "b"));
    ok(db_savepoint(db));
    ok(put_child(3, 1, 1, "c"));
    assert_int_equal(put_child(3, 1, 1, "d"), E_UNIQUE);
    assert_int_equal(db_release(db), E_UNIQUE);
    ok(db_rollback_to(db));
    assert_int_equal(count_children(), 2);
    ok(db_release(db));
    ok(db_savepoint(db)); /* nothing happens in this one */
    ok(db_rollback_to(db));
    ok(db_savepoint(db));
    ok(put_child(4, 1, 1, "e"));
    ok(db_savepoint(db));
    ok(db_release(db));
    ok(db_rollback_to(db));
    ok(db_commit(db));
    assert_int_equal(count_children(), 2);
}

static void rolling_back_ends_statements(void **state)
{
    put_id(1);
    put_id(2);
    ok(db_begin(db, DB_TXN_WRITE));
    ok(put_child(1, 1, 1, "a"));
    struct stmt *s = db_query(db, &Q_types_ids);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_row(s));
    db_rollback(db);
    db_rollback(db);
    assert_int_equal(count_children(), 0);
    s = db_query(db, &Q_types_ids);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_run(s));
}

static void text_of_its_own_transaction_is_refused(void **state)
{
    ok(db_begin(db, DB_TXN_WRITE));
    put_id(1);
    assert_int_equal(db_exec(db, "COMMIT"), E_INTERNAL);
    db_rollback(db);
    assert_int_equal(db_exec(db, "BEGIN"), E_INTERNAL);
    ok(db_begin(db, DB_TXN_WRITE));
    ok(db_commit(db));
}

static void an_empty_transaction_is_fine(void **state)
{
    ok(db_begin(db, DB_TXN_WRITE));
    ok(db_commit(db));
    ok(db_begin(db, DB_TXN_SNAPSHOT));
    ok(db_commit(db));
    ok(db_begin(db, DB_TXN_WRITE));
    db_rollback(db);
    ok(db_exec(db, "DELETE FROM child"));
}

static void a_snapshot_stands_still(void **state)
{
    struct err other_err;
    struct db *other = bed_connect(&bed, DB_READONLY, &other_err);
    ok(db_begin(other, DB_TXN_SNAPSHOT));
    assert_string_equal(bed_value(other, "SELECT count(*) FROM types"), "0");
    put_id(1);
    assert_string_equal(bed_value(other, "SELECT count(*) FROM types"), "0");
    ok(db_commit(other));
    assert_string_equal(bed_value(other, "SELECT count(*) FROM types"), "1");
    assert_int_equal(db_exec(other, "DELETE FROM types"), E_IO);
    db_close(other);
}

static void reopening_keeps_the_queries(void **state)
{
    put_id(1);
    ok(db_begin(db, DB_TXN_WRITE));
    put_id(2);
    ok(db_reopen(db));
    assert_false(db_in_txn(db));
    put_id(3);
    assert_string_equal(bed_value(db, "SELECT count(*) FROM types"), "2");
}

static void armed_faults_fire_once(void **state)
{
    fault_arm(FAULT_STATEMENT, 2, E_IO);
    put_id(1);
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, 2);
    assert_int_equal(stmt_run(s), E_IO);
    put_id(3);
    fault_arm(FAULT_COMMIT, 1, E_IO);
    ok(db_begin(db, DB_TXN_WRITE));
    put_id(4);
    assert_int_equal(db_commit(db), E_IO);
    assert_string_equal(bed_value(db, "SELECT count(*) FROM types"), "2");
}

static void schema_changes_are_survived(void **state)
{
    struct err other_err;
    struct db *other = bed_connect(&bed, DB_READWRITE, &other_err);
    put_id(1);
    struct stmt *s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_run(s));
    ok(db_exec(other, "ALTER TABLE types ADD COLUMN extra TEXT"));
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 1);
    ok(stmt_row(s));
    stmt_end(s);
    ok(db_exec(other, "ALTER TABLE types DROP COLUMN extra"));
    db_close(other);
}

/* A full disk, by a limit on the file's pages: the transaction is beyond saving, the next one is not. */
static void a_full_disk_is_an_io_error(void **state)
{
    if (bed.engine != DB_SQLITE)
        return;
    ok(db_exec(db, "PRAGMA max_page_count = 1"));
    size_t n = 16 << 20; /* more than earlier tests left free in the file */
    char *big = malloc(n);
    memset(big, 'x', n);
    ok(db_begin(db, DB_TXN_WRITE));
    put_id(1);
    ok(db_savepoint(db));
    struct stmt *s = db_query(db, &Q_types_put);
    stmt_bind_i64(s, 1, 2);
    stmt_bind_bytes(s, 5, big, n);
    assert_int_equal(stmt_run(s), E_IO);
    assert_non_null(strstr(err.text, "disk is full"));
    if (db_rollback_to(db) == E_OK)
        ok(db_commit(db));
    else
        assert_int_equal(db_commit(db), E_IO);
    assert_false(db_in_txn(db));
    ok(db_exec(db, "PRAGMA max_page_count = 1000000"));
    put_id(3);
    s = db_query(db, &Q_types_get);
    stmt_bind_i64(s, 1, 2);
    assert_int_equal(stmt_row(s), E_NOT_FOUND);
    free(big);
}

static void commit_with_an_open_statement(void)
{
    ok(db_begin(db, DB_TXN_WRITE));
    struct stmt *s = db_query(db, &Q_child_count);
    ok(stmt_row(s));
    db_commit(db);
}

static void bind_another_type(void)
{
    stmt_bind_i64(db_query(db, &Q_types_put), 4, 1);
}

static void bind_a_day_that_is_none(void)
{
    stmt_bind_day(db_query(db, &Q_types_put), 8, day_of(3000000));
}

static void bind_not_a_number(void)
{
    stmt_bind_f64(db_query(db, &Q_types_put), 3, (double)NAN);
}

static void use_a_query_twice(void)
{
    ok(stmt_row(db_query(db, &Q_child_count)));
    db_query(db, &Q_child_count);
}

static void programmers_errors_end_the_process(void **state)
{
    static void (*const mistakes[])(void) = {commit_with_an_open_statement, bind_another_type,
                                             bind_a_day_that_is_none, bind_not_a_number, use_a_query_twice};
    if (bed.engine != DB_SQLITE)
        return;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct sigaction plain = {.sa_handler = SIG_DFL};
            sigaction(SIGABRT, &plain, NULL);
            close(STDERR_FILENO);
            mistakes[i]();
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

/* --- addresses ---------------------------------------------------------------------------------- */

static void wrong_addresses_are_refused(void **state)
{
    struct db *none;
    static const char *const wrong[] = {"", "habitd.db", "sqlite:", "mysql://x", "postgresql:x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(db_open(wrong[i], DB_READWRITE, &none, &err), E_INVALID);
        assert_string_equal(err.field, "HABITD_DATABASE_URL");
    }
    assert_int_equal(db_open("sqlite:/nonexistent/x.db", DB_READWRITE, &none, &err), E_UNAVAILABLE);
    assert_int_equal(db_open("sqlite:/tmp/habitd-no-such-file.db", DB_READONLY, &none, &err), E_UNAVAILABLE);
}

static void the_file_is_private(void **state)
{
    if (bed.engine != DB_SQLITE)
        return;
    static const char *const ends[] = {"", "-wal", "-shm", "-turn"};
    put_id(1);
    for (size_t i = 0; i < 4; i++) {
        char path[120];
        snprintf(path, sizeof path, "%s/test.db%s", bed.dir, ends[i]);
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    assert_string_equal(bed_value(db, "PRAGMA journal_mode"), "wal");
    assert_string_equal(bed_value(db, "PRAGMA synchronous"), "2");
    assert_string_equal(bed_value(db, "PRAGMA foreign_keys"), "1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* --- ending what takes long ------------------------------------------------------------------------- */

struct interrupter {
    struct db *db;
    atomic_bool over;
};

static void *interrupt_until_over(void *arg)
{
    struct interrupter *i = arg;
    while (!atomic_load(&i->over)) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        db_interrupt(i->db);
    }
    return NULL;
}

/* What would take a minute ends at once, and the connection is as good as before. */
static void what_takes_long_is_interrupted(void **state)
{
    struct err why;
    pthread_t thread;
    struct db *own = bed_connect(&bed, DB_READWRITE, &why);
    struct interrupter i = {.db = own};
    struct monotime began = monotime_now();
    assert_int_equal(db_begin(own, DB_TXN_SNAPSHOT), E_OK);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_until_over, &i), 0);
    assert_int_equal(
        db_exec(own, bed.engine == DB_POSTGRES
                         ? "SELECT pg_sleep(50)"
                         : "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
                           "< 1000000000) SELECT COUNT(*) FROM n"),
        E_BUSY);
    atomic_store(&i.over, true);
    pthread_join(thread, NULL);
    assert_true(monotime_diff(monotime_now(), began).ms < 30000);
    assert_false(db_is_lost(own));
    db_rollback(own);
    assert_string_equal(bed_value(own, "SELECT '7'"), "7");
    db_close(own);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_takes_long_is_interrupted),
    TEST(types_round_trip),
    TEST(negative_zero_loses_its_sign_alike),
    TEST(nulls_round_trip),
    TEST(large_values),
    TEST(large_statements_are_undone),
    TEST(riders_travel_with_the_next_statement),
    TEST(parameters_by_number),
    TEST(bindings_do_not_survive),
    TEST(two_statements_at_once),
    TEST(ending_early),
    TEST(changes_are_counted),
    TEST(wrong_declarations_are_errors),
    TEST(constraints_have_codes),
    TEST(a_late_constraint_refuses_commit),
    TEST(an_error_poisons_the_transaction),
    TEST(savepoints_undo_their_own),
    TEST(rolling_back_ends_statements),
    TEST(text_of_its_own_transaction_is_refused),
    TEST(an_empty_transaction_is_fine),
    TEST(a_snapshot_stands_still),
    TEST(reopening_keeps_the_queries),
    TEST(armed_faults_fire_once),
    TEST(schema_changes_are_survived),
    TEST(a_full_disk_is_an_io_error),
    TEST(programmers_errors_end_the_process),
    TEST(wrong_addresses_are_refused),
    TEST(the_file_is_private),
};

int main(void)
{
    int failed = 0;
    for (int e = 0; e < DB_ENGINES; e++) {
        if (!bed_init(&bed, (enum db_engine)e)) {
            print_message("HABITD_TEST_PG_URL is not set: PostgreSQL left out\n");
            return failed ? 1 : 77;
        }
        failed += cmocka_run_group_tests_name(db_engine_name((enum db_engine)e), tests, NULL, NULL);
        bed_release(&bed);
    }
    return failed ? 1 : 0;
}
