#include "test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/toml.h"

static struct arena *arena;

static int setup(void **state)
{
    arena = arena_new(TOML_ARENA_MAX);
    return 0;
}

static int teardown(void **state)
{
    arena_free(arena);
    return 0;
}

static const struct toml_value *parsed(const char *text)
{
    const struct toml_value *root = NULL;
    struct err err;
    if (toml_parse(arena, text, strlen(text), &root, &err))
        fail_msg("%s: %s", text, err.text);
    return root;
}

static const char *string_at(const struct toml_value *table, const char *key)
{
    const struct toml_value *v = toml_get(table, key);
    assert_non_null(v);
    assert_int_equal(v->kind, TOML_STRING);
    return v->v.string;
}

static int64_t int_at(const struct toml_value *table, const char *key)
{
    const struct toml_value *v = toml_get(table, key);
    assert_non_null(v);
    assert_int_equal(v->kind, TOML_INT);
    return v->v.integer;
}

static void scalars(void **state)
{
    const struct toml_value *t = parsed("# a comment\r\n"
                                        "a = \"x\\t\\\"\\\\\\u00e9\\U0001F389 # no comment\" # one\n"
                                        "'b c' = 'C:\\path\\'\n"
                                        "\"d\\u0065\"=+1_000\n"
                                        "min = -9223372036854775808\n"
                                        "max = 9223372036854775807\n"
                                        "zero = -0\n"
                                        "on = true\noff = false\n"
                                        "  1-2_x   =   ''");
    assert_string_equal(string_at(t, "a"), "x\t\"\\\xc3\xa9\xf0\x9f\x8e\x89 # no comment");
    assert_string_equal(string_at(t, "b c"), "C:\\path\\");
    assert_int_equal(int_at(t, "de"), 1000);
    assert_true(int_at(t, "min") == INT64_MIN && int_at(t, "max") == INT64_MAX && int_at(t, "zero") == 0);
    assert_true(toml_get(t, "on")->v.boolean);
    assert_false(toml_get(t, "off")->v.boolean);
    assert_string_equal(string_at(t, "1-2_x"), "");
    assert_int_equal(toml_get(t, "max")->line, 6);
    assert_null(toml_get(t, "none"));
    assert_null(parsed("")->v.first);
}

static void arrays(void **state)
{
    const struct toml_value *t = parsed("none = []\nids = [ 1, # first\n\n 2,\n\t3, ]\nnames = ['a', \"b\"]");
    assert_null(toml_get(t, "none")->v.first);
    const struct toml_value *id = toml_get(t, "ids")->v.first;
    for (int i = 1; i <= 3; i++, id = id->next)
        assert_int_equal(id->v.integer, i);
    assert_null(id);
    assert_string_equal(toml_get(t, "names")->v.first->next->v.string, "b");
}

static void tables(void **state)
{
    const struct toml_value *t = parsed("top = 1\n"
                                        "[currencies]\nRUB = 2\n"
                                        "[plans.month]\ntitle = 'Month'\n"
                                        "[plans.month.prices]\nRUB = 9900\n"
                                        "[plans]\ncount = 2\n" /* after its child: its first header */
                                        "[[item]]\nn = 1\n[item.sub]\nm = 10\n[[item]]\nn = 2\n[item . "
                                        "sub]\nm = 20\n[[item.list]]\n[[item.list]]\n");
    assert_int_equal(int_at(toml_get(t, "currencies"), "RUB"), 2);
    const struct toml_value *month = toml_get(toml_get(t, "plans"), "month");
    assert_string_equal(string_at(month, "title"), "Month");
    assert_int_equal(int_at(toml_get(month, "prices"), "RUB"), 9900);
    assert_int_equal(int_at(toml_get(t, "plans"), "count"), 2);
    const struct toml_value *item = toml_get(t, "item")->v.first;
    assert_int_equal(int_at(item, "n"), 1);
    assert_int_equal(int_at(toml_get(item, "sub"), "m"), 10);
    assert_int_equal(int_at(toml_get(item->next, "sub"), "m"), 20);
    assert_null(item->next->next);
    assert_non_null(toml_get(item->next, "list")->v.first->next);
    assert_null(toml_get(item, "list"));
}

static void refused_with_a_line(void **state)
{
    static const struct {
        int line;
        const char *text;
    } bad[] = {
        {1, "a"},
        {1, "a ="},
        {1, "= 1"},
        {1, "a = 1 b = 2"},
        {1, "a = 1\rb = 2"},
        {2, "a = 1\na = 2"},
        {3, "\n\na = 1.5"},
        {1, "a = 1e3"},
        {1, "a = 2026-11-23"},
        {1, "a = 07:30"},
        {1, "a = 0x1F"},
        {1, "a = 01"},
        {1, "a = 1__0"},
        {1, "a = _1"},
        {1, "a = 1_"},
        {1, "a = +"},
        {1, "a = 9223372036854775808"},
        {1, "a = -9223372036854775809"},
        {1, "a = 99999999999999999999"},
        {1, "a = truee"},
        {1, "a = True"},
        {1, "a = inf"},
        {1, "a = \"x"},
        {1, "a = \"x\ny\""},
        {1, "a = \"x\\\""},
        {1, "a = 'x"},
        {1, "a = \"\\q\""},
        {1, "a = \"\\u12\""},
        {1, "a = \"\\ud800\""},
        {1, "a = \"\\U00110000\""},
        {1, "a = \"\\u0000\""},
        {1, "a = \"\"\"x\"\"\""},
        {1, "a = '''x'''"},
        {1, "a = \"\x01\""},
        {1, "a = '\x7f'"},
        {1, "# \x01"},
        {1, "a = {b = 1}"},
        {1, "a.b = 1"},
        {1, "a = [1"},
        {2, "a = [1,\n"},
        {1, "a = [1 2]"},
        {1, "a = [1, 'x']"},
        {1, "a = [[1]]"},
        {1, "a = [,]"},
        {1, "[a"},
        {1, "[a] b = 1"},
        {1, "[]"},
        {1, "[a.]"},
        {1, "[[a]"},
        {1, "[[a] ]"},
        {2, "[a]\n[a]"},
        {2, "a = 1\n[a]"},
        {2, "a = 1\n[a.b]"},
        {2, "a = [1]\n[[a]]"},
        {2, "a = []\n[a.b]"},
        {2, "[a]\n[[a]]"},
        {2, "[[a]]\n[a]"},
        {1, "[a.b.c.d.e.f.g.h.i]"},
        {3, "[t]\na=1\na=2"},
        {1, "a = \"\xff\""},
        {1, "\xef\xbb\xbf"
            "a = 1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct toml_value *root = NULL;
        struct err err = {0};
        char want[32];
        snprintf(want, sizeof want, "line %d: ", bad[i].line);
        if (toml_parse(arena, bad[i].text, strlen(bad[i].text), &root, &err) != E_MALFORMED ||
            strncmp(err.text, want, strlen(want)) != 0)
            fail_msg("%s: %s", bad[i].text, err.text);
    }
}

/* The most that fits stays inside the arena that the header promises. */
static void sizes_are_bounded(void **state)
{
    const struct toml_value *root;
    struct err err;
    char *big = malloc(TOML_BYTES_MAX + 1);
    size_t n = 0;
    for (int i = 0; i < TOML_VALUES_MAX; i++)
        n += (size_t)snprintf(big + n, TOML_BYTES_MAX - n, "[[k%d]]\n", i % 7);
    assert_int_equal(toml_parse(arena, big, n, &root, &err), E_MALFORMED);
    n = 0;
    for (int i = 0; i < TOML_VALUES_MAX; i++)
        n += (size_t)snprintf(big + n, TOML_BYTES_MAX - n, "k%d = []\n", i);
    assert_int_equal(toml_parse(arena, big, n, &root, &err), E_MALFORMED);
    memset(big, '#', TOML_BYTES_MAX + 1);
    assert_int_equal(toml_parse(arena, big, TOML_BYTES_MAX, &root, &err), E_OK);
    assert_int_equal(toml_parse(arena, big, TOML_BYTES_MAX + 1, &root, &err), E_MALFORMED);
    memset(big, 'k', TOML_BYTES_MAX);
    memcpy(big + TOML_BYTES_MAX - 4, "=''\n", 4);
    arena_reset(arena);
    assert_int_equal(toml_parse(arena, big, TOML_BYTES_MAX, &root, &err), E_OK);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scalars, setup, teardown),
        cmocka_unit_test_setup_teardown(arrays, setup, teardown),
        cmocka_unit_test_setup_teardown(tables, setup, teardown),
        cmocka_unit_test_setup_teardown(refused_with_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
