#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "base/uuid.h"
#include "migrate_bed.h"
#include "store/partition.h"

static struct day day(const char *text)
{
    struct day d;
    CHECK(day_parse(text, strlen(text), &d));
    return d;
}

#define CHILDREN(parent)                                                                                     \
    "SELECT count(*) FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname = '" parent   \
    "' AND p.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"

static bool init(struct migrate_bed *b, enum db_engine engine)
{
    if (!migrate_bed_init(b, engine))
        return false;
    if (migrate_bed_up(b, migration_set_embedded(), -1) != E_OK) /* of 2025-11-24 */
        fail_msg("%s", b->err.text);
    return true;
}

static void test_years_and_days(void **state)
{
    struct migrate_bed b;
    int made = -1;
    if (!init(&b, DB_POSTGRES))
        skip();
    assert_int_equal(migrate_bed_number(&b, CHILDREN("habit_logs")), 2026 - 2000 + 1);
    assert_int_equal(migrate_bed_number(&b, CHILDREN("system_logs")), 1 + 1 + 7);
    const char *schema = migrate_bed_describe(&b);
    assert_int_equal(partition_ensure(b.db, day("2025-11-24"), &made), E_OK);
    assert_int_equal(made, 0);
    assert_int_equal(partition_ensure(b.db, day("2025-12-31"), &made), E_OK);
    assert_int_equal(made, 9);
    assert_int_equal(partition_ensure(b.db, day("2026-01-01"), &made), E_OK);
    assert_int_equal(made, 2); /* the year 2027 and one more day */
    assert_string_equal(migrate_bed_describe(&b), schema);
    const char *drift;
    assert_int_equal(migrate_verify(b.db, migration_set_embedded(), duration_seconds(1), b.arena, &drift),
                     E_OK);
    assert_string_equal(drift, "");
    /* what the parent has, the partitions have: keys, checks, foreign keys, indexes, comments; the helper
     * CHECK is gone */
    assert_int_equal(
        migrate_bed_number(&b, "SELECT count(*) FROM pg_constraint WHERE conname LIKE '%bounds'"), 0);
    assert_int_equal(
        migrate_bed_number(
            &b, "SELECT count(*) FROM pg_constraint WHERE conrelid = CAST('habit_logs_2027' AS regclass)"),
        migrate_bed_number(
            &b, "SELECT count(*) FROM pg_constraint WHERE conrelid = CAST('habit_logs' AS regclass)"));
    assert_int_equal(
        migrate_bed_number(
            &b, "SELECT count(*) FROM pg_index WHERE indrelid = CAST('habit_logs_2027' AS regclass)"),
        migrate_bed_number(&b,
                           "SELECT count(*) FROM pg_index WHERE indrelid = CAST('habit_logs' AS regclass)"));
    assert_int_equal(
        migrate_bed_number(
            &b, "SELECT count(*) FROM pg_description WHERE objoid = CAST('habit_logs_2027' AS regclass)"),
        migrate_bed_number(
            &b, "SELECT count(*) FROM pg_description WHERE objoid = CAST('habit_logs' AS regclass)"));
    migrate_bed_release(&b);
}

static void test_bounds(void **state)
{
    struct migrate_bed b;
    if (!init(&b, DB_POSTGRES))
        skip();
    migrate_bed_sql(&b, "SET TIME ZONE 'Asia/Tokyo'");
    int made;
    assert_int_equal(partition_ensure(b.db, day("2026-03-01"), &made), E_OK);
    /* cut at UTC midnight, whatever the session's zone */
    migrate_bed_sql(&b, "INSERT INTO system_logs VALUES (TIMESTAMPTZ '2026-03-01 23:59:59.999+00', "
                        "'018f0000-0000-7000-8000-000000000001', 'info', 's', 'f', 'm', NULL),"
                        "(TIMESTAMPTZ '2026-03-02 00:00:00+00', '018f0000-0000-7000-8000-000000000002', "
                        "'info', 's', 'f', 'm', NULL)");
    assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM system_logs_20260301"), 1);
    assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM system_logs_20260302"), 1);
    migrate_bed_release(&b);
}

static void test_sqlite_has_none(void **state)
{
    struct migrate_bed b;
    int n = -1;
    CHECK(init(&b, DB_SQLITE));
    assert_int_equal(partition_ensure(b.db, day("2026-01-01"), &n), E_OK);
    assert_int_equal(n, 0);
    migrate_bed_sql(
        &b, "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 2999) "
            "INSERT INTO system_logs SELECT n * 86400, randomblob(16), 'info', 's', 'f', 'm', NULL FROM s");
    assert_int_equal(partition_drop_system_logs(b.db, day("1970-01-03"), &n), E_OK); /* n * 86.4 s */
    assert_int_equal(n, 2000);
    assert_int_equal(migrate_bed_number(&b, "SELECT min(created_at) FROM system_logs"), 2 * 86400000);
    migrate_bed_release(&b);
}

static void test_drop(void **state)
{
    struct migrate_bed b;
    int n = -1;
    if (!init(&b, DB_POSTGRES))
        skip();
    assert_int_equal(partition_drop_system_logs(b.db, day("2025-11-23"), &n), E_OK);
    assert_int_equal(n, 0);
    assert_int_equal(partition_drop_system_logs(b.db, day("2025-11-26"), &n), E_OK);
    assert_int_equal(n, 3);
    assert_int_equal(migrate_bed_number(&b, CHILDREN("system_logs")), 6);
    assert_int_equal(
        migrate_bed_number(&b, "SELECT count(*) FROM pg_tables WHERE tablename = 'system_logs_20251126' "
                               "AND schemaname = current_schema()"),
        1);
    migrate_bed_release(&b);
}

/* Somebody who holds a lock for a while, on a connection and thread of his own. */
struct holder {
    struct db *db;
    struct err err;
    int64_t ms;
    atomic_bool lets_go; /* a moment before it does */
};

static void *let_go_later(void *arg)
{
    struct holder *h = arg;
    struct timespec t = {.tv_sec = h->ms / 1000, .tv_nsec = (h->ms % 1000) * 1000000};
    nanosleep(&t, NULL);
    h->lets_go = true;
    CHECK(db_commit(h->db) == E_OK);
    return NULL;
}

static void hold(struct holder *h, const struct migrate_bed *b, const char *sql, int64_t ms,
                 pthread_t *thread)
{
    h->db = migrate_bed_connect(b, &h->err);
    h->ms = ms;
    h->lets_go = false;
    CHECK(db_begin(h->db, DB_TXN_WRITE) == E_OK);
    CHECK(db_exec(h->db, sql) == E_OK);
    CHECK(pthread_create(thread, NULL, let_go_later, h) == 0);
}

static void let_go(struct holder *h, pthread_t thread)
{
    pthread_join(thread, NULL);
    db_close(h->db);
}

/* A long reader holds back a drop, which steps aside after each lock_timeout and gets through in the end. */
static void test_long_reader(void **state)
{
    struct migrate_bed b;
    int n = -1;
    if (!init(&b, DB_POSTGRES))
        skip();
    struct holder h;
    pthread_t thread;
    hold(&h, &b, "SELECT count(*) FROM system_logs", 2500, &thread);
    assert_int_equal(partition_drop_system_logs(b.db, day("2025-11-24"), &n), E_OK);
    assert_int_equal(n, 1);
    assert_true(h.lets_go);
    let_go(&h, thread);
    /* one who keeps out every other change of the table, as a long VACUUM does, holds back attaching */
    hold(&h, &b, "LOCK TABLE habit_logs IN SHARE UPDATE EXCLUSIVE MODE", 1500, &thread);
    assert_int_equal(partition_ensure(b.db, day("2026-02-01"), &n), E_OK);
    assert_true(n > 0);
    assert_true(h.lets_go);
    let_go(&h, thread);
    /* a reader does not hold it back at all: it is done before he lets go */
    h.db = migrate_bed_connect(&b, &h.err);
    CHECK(db_begin(h.db, DB_TXN_WRITE) == E_OK);
    CHECK(db_exec(h.db, "SELECT count(*) FROM habit_logs") == E_OK);
    assert_int_equal(partition_ensure(b.db, day("2027-02-01"), &n), E_OK);
    assert_true(n > 0);
    assert_int_equal(db_commit(h.db), E_OK);
    db_close(h.db);
    migrate_bed_release(&b);
}

static void test_two_processes(void **state)
{
    struct migrate_bed b;
    if (!init(&b, DB_POSTGRES))
        skip();
    pid_t pids[4];
    for (size_t i = 0; i < ARRAY_LEN(pids); i++)
        pids[i] = migrate_tool_start(&b, "partition", i % 2 == 0 ? "2026-05-01" : "2027-01-05", NULL);
    for (size_t i = 0; i < ARRAY_LEN(pids); i++)
        assert_int_equal(migrate_tool_wait(pids[i]), 0);
    assert_int_equal(migrate_bed_number(&b, CHILDREN("habit_logs")), 2028 - 2000 + 1);
    assert_int_equal(migrate_bed_number(&b, CHILDREN("system_logs")), 9 * 3);
    migrate_bed_release(&b);
}

/* Killed at any statement, a partition is attached or not there at all. */
static void test_killed(void **state)
{
    struct migrate_bed b;
    if (!init(&b, DB_POSTGRES))
        skip();
    const char *schema = migrate_bed_describe(&b);
    int kills = 0, code;
    do {
        char fault[64];
        snprintf(fault, sizeof fault, "statement:%d:kill", 1 + 11 * kills);
        code = migrate_tool_wait(migrate_tool_start(&b, "partition", "2026-05-01", fault));
        kills += code != 0;
        assert_string_equal(migrate_bed_describe(&b), schema);
    } while (code != 0);
    assert_true(kills > 3);
    assert_int_equal(migrate_bed_number(&b, CHILDREN("habit_logs")), 2027 - 2000 + 1);
    migrate_bed_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_years_and_days),  cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_sqlite_has_none), cmocka_unit_test(test_drop),
        cmocka_unit_test(test_long_reader),     cmocka_unit_test(test_two_processes),
        cmocka_unit_test(test_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
