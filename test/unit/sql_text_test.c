#include "test.h"

#include <string.h>
#include "base/buf.h"
#include "store/sql_text.h"

/* The statements of a text, joined with '|'. */
static void assert_split(enum db_engine engine, const char *sql, const char *expected)
{
    struct buf b;
    buf_init(&b, 1u << 16);
    const char *at = sql, *start;
    size_t len;
    while (sql_split(&at, engine, &start, &len)) {
        buf_add(&b, start, len);
        buf_char(&b, '|');
    }
    assert_string_equal(buf_text(&b), expected);
    buf_release(&b);
}

static void test_split(void **state)
{
    for (int e = 0; e < DB_ENGINES; e++) {
        enum db_engine engine = (enum db_engine)e;
        assert_split(engine, "", "");
        assert_split(engine, " ;; -- nothing\n /* at all; */ ;", "");
        assert_split(engine, "SELECT 1; SELECT 2", "SELECT 1|SELECT 2|");
        assert_split(engine, "-- first;\nSELECT ';' || \"a;b\" /* ; */ ; SELECT 'it''s;'; ",
                     "SELECT ';' || \"a;b\"|SELECT 'it''s;'|");
        assert_split(engine, "SELECT 1 -- tail", "SELECT 1|");
        assert_split(engine, "SELECT 'open; never ended", "SELECT 'open; never ended|");
    }
}

static void test_split_postgres(void **state)
{
    assert_split(DB_POSTGRES, "CREATE FUNCTION f() AS $x$ BEGIN; $$;$$ END; $x$; SELECT $1",
                 "CREATE FUNCTION f() AS $x$ BEGIN; $$;$$ END; $x$|SELECT $1|");
    assert_split(DB_POSTGRES, "SELECT E'a\\';b'; SELECT 'a\\'; SELECT 2",
                 "SELECT E'a\\';b'|SELECT 'a\\'|SELECT 2|");
    assert_split(DB_POSTGRES, "/* a /* b; */ c; */ SELECT 1;", "SELECT 1|");
}

static void test_split_sqlite_trigger(void **state)
{
    assert_split(DB_SQLITE,
                 "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM "
                 "b; END; SELECT 1",
                 "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM "
                 "b; END|SELECT 1|");
    assert_split(DB_SQLITE, "SELECT [a;b]; SELECT `c;d`", "SELECT [a;b]|SELECT `c;d`|");
}

static void assert_canonical(const char *sql, const char *expected)
{
    struct buf b;
    buf_init(&b, 1u << 16);
    sql_canonical(&b, sql, strlen(sql));
    assert_string_equal(buf_text(&b), expected);
    buf_release(&b);
}

static void test_canonical(void **state)
{
    assert_canonical("CREATE  TABLE \"Notes\"(\n a TEXT -- why\n , b INTEGER)",
                     "create table notes (a text, b integer)");
    assert_canonical("CREATE TABLE notes ( a TEXT, b INTEGER )", "create table notes (a text, b integer)");
    assert_canonical("CHECK(x>=10 AND y<>'A b')", "check (x >= 10 and y <> 'A b')");
    assert_canonical("\"two words\" 1.50 x'AB'", "\"two words\" 1.50 x'AB'");
}

static void test_names(void **state)
{
    struct buf b;
    buf_init(&b, 100);
    sql_add_name(&b, "a\"b");
    sql_add_string(&b, "it's");
    assert_string_equal(buf_text(&b), "\"a\"\"b\"'it''s'");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_postgres),
        cmocka_unit_test(test_split_sqlite_trigger),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
