/* The WAL of a busy SQLite writer stays short, and nothing that was committed is lost by moving it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/check.h"
#include "store/wal_keeper.h"
#include "test.h"

#define COMMITS 3000
#define PAGES_EACH 10
#define WAL_MAX                                                                                              \
    ((int64_t)12000 * 4120) /* of the 30,000 frames that are written; the keeper begins at 4,000 */

static char folder[64], url[128];
static struct err err;

static struct db *open_with_table(void)
{
    struct db *db;
    snprintf(folder, sizeof folder, "%s/habitd-wal-XXXXXX", test_tmp());
    assert_non_null(mkdtemp(folder));
    snprintf(url, sizeof url, "sqlite:%s/keeper.db", folder);
    assert_int_equal(db_open(url, DB_READWRITE, &db, &err), E_OK);
    assert_int_equal(db_exec(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)"), E_OK);
    return db;
}

static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-turn"};
    char path[160];
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(path, sizeof path, "%s/keeper.db%s", folder, ends[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

static int64_t size_of(const char *end)
{
    char path[160];
    struct stat s;
    snprintf(path, sizeof path, "%s/keeper.db%s", folder, end);
    return stat(path, &s) == 0 ? s.st_size : 0;
}

static void commit(struct db *db, int i)
{
    char sql[200];
    snprintf(sql, sizeof sql, "INSERT INTO t (id, body) VALUES (%d, zeroblob(%d))", i, PAGES_EACH * 4000);
    assert_int_equal(db_begin(db, DB_TXN_WRITE), E_OK);
    assert_int_equal(db_exec(db, sql), E_OK);
    assert_int_equal(db_commit(db), E_OK);
}

static void take_number(void *arg, int ncols, const char *const *values)
{
    *(long *)arg = strtol(values[0], NULL, 10);
}

static long count(struct db *db)
{
    long n = -1;
    assert_int_equal(db_exec_rows(db, "SELECT count(*) FROM t", take_number, &n), E_OK);
    return n;
}

static void test_the_wal_stays_short_under_load(void **state)
{
    struct db *db = open_with_table(), *reader;
    struct wal_keeper *keeper;
    int64_t longest = 0;
    assert_int_equal(wal_keeper_new(db, &keeper, &err), E_OK);
    assert_non_null(keeper);
    for (int i = 0; i < COMMITS; i++) {
        commit(db, i);
        if (size_of("-wal") > longest)
            longest = size_of("-wal");
    }
    assert_in_range(longest, 1, WAL_MAX);
    assert_in_range(size_of(""), 12000 * 4096, INT64_MAX); /* it went where it belongs */
    assert_int_equal(db_open(url, DB_READONLY, &reader, &err), E_OK);
    assert_int_equal(count(reader), COMMITS);
    db_close(reader);
    wal_keeper_free(keeper);
    db_close(db);
    assert_int_equal(db_open(url, DB_READONLY, &reader, &err), E_OK);
    assert_int_equal(count(reader), COMMITS);
    db_close(reader);
    remove_files();
}

/* What a reader still looks at stays in the WAL; the writer goes on meanwhile, and afterwards it starts anew.
 */
static void test_a_reader_holds_it_and_lets_it_go(void **state)
{
    struct db *db = open_with_table(), *reader;
    struct wal_keeper *keeper;
    assert_int_equal(wal_keeper_new(db, &keeper, &err), E_OK);
    commit(db, 0);
    assert_int_equal(db_open(url, DB_READONLY, &reader, &err), E_OK);
    assert_int_equal(db_begin(reader, DB_TXN_SNAPSHOT), E_OK);
    assert_int_equal(count(reader), 1);
    for (int i = 1; i < COMMITS / 2; i++)
        commit(db, i);
    assert_int_equal(count(reader), 1);
    int64_t held = size_of("-wal");
    db_rollback(reader);
    db_close(reader);
    for (int i = COMMITS / 2; i < COMMITS; i++)
        commit(db, i);
    assert_in_range(size_of("-wal"), 1, held + WAL_MAX);
    assert_int_equal(count(db), COMMITS);
    wal_keeper_free(keeper);
    db_close(db);
    remove_files();
}

static void test_no_wal_no_keeper(void **state)
{
    struct db *db;
    struct wal_keeper *keeper;
    assert_int_equal(db_open("sqlite::memory:", DB_READWRITE, &db, &err), E_OK);
    assert_int_equal(wal_keeper_new(db, &keeper, &err), E_OK);
    assert_null(keeper);
    wal_keeper_free(keeper);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wal_stays_short_under_load),
        cmocka_unit_test(test_a_reader_holds_it_and_lets_it_go),
        cmocka_unit_test(test_no_wal_no_keeper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
