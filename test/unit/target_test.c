#include "test.h"

#include <string.h>
#include "net/target.h"

static enum ecode parse(struct arena *a, const char *raw, struct http_target *out)
{
    struct err e;
    enum ecode code = http_target_parse(a, raw, strlen(raw), out, &e);
    if (code != E_OK)
        assert_true(e.reason[0] && e.text[0]);
    return code;
}

static void decodes_paths(void **state)
{
    static const struct {
        const char *raw, *path;
    } cases[] = {
        {"/", "/"},
        {"/v1/habits", "/v1/habits"},
        {"/a%20b", "/a b"},
        {"/%D0%B9", "/\xd0\xb9"},
        {"/a+b", "/a+b"},   /* a plus is a plus in a path */
        {"/%252f", "/%2f"}, /* decoded once, never twice */
        {"/a//b", "/a//b"},
        {"/...", "/..."},
        {"/.x/..y", "/.x/..y"},
        {"/v1/logs:batch", "/v1/logs:batch"},
        {"/a?b", "/a"},
        {"http://example.org", "/"},
        {"http://example.org?x=1", "/"},
        {"HTTPS://example.org:8443/a", "/a"},
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_target t;
        assert_int_equal(parse(a, cases[i].raw, &t), E_OK);
        assert_string_equal(t.path, cases[i].path);
        assert_int_equal(t.path_len, strlen(cases[i].path));
    }
    arena_free(a);
}

static void refuses_ambiguous_paths(void **state)
{
    static const char *const bad[] = {
        "",          "*",      "v1",        "/a b",    "/a%",        "/a%2",          "/a%zz",
        "/a%00",     "/a%0a",  "/a%7f",     "/a%1f",   "/../etc",    "/a/..",         "/a/../b",
        "/%2e%2e/b", "/.%2E",  "/./a",      "/a/.",    "/a%2fb",     "/a%2Fb",        "/a%5cb",
        "/a\\b",     "/a#b",   "/\xd0\xb9", "/%c0%af", "/%ed%a0%80", "/%f5%80%80%80", "/%ff",
        "/%e2%82",   "/a\x01", "/a\x7f",    "http://", "http:///a",  "ftp://h/a",     "http://user@host/",
        "//\\",      "/%80",
    };
    struct arena *a = arena_new(1 << 20);
    struct http_target t = {.path = "untouched"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (parse(a, bad[i], &t) != E_MALFORMED)
            fail_msg("accepted %s", bad[i]);
    assert_string_equal(t.path, "untouched");
    arena_free(a);
}

static void splits_the_query(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct http_target t;
    assert_int_equal(parse(a, "/x?a=1&b=two+words&c&d=%26%3D&&=e&a=%D1%8F/?", &t), E_OK);
    static const char *const want[][2] = {{"a", "1"},  {"b", "two words"}, {"c", ""},
                                          {"d", "&="}, {"", "e"},          {"a", "\xd1\x8f/?"}};
    assert_int_equal(t.n_params, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(t.params[i].name, want[i][0]);
        assert_string_equal(t.params[i].value, want[i][1]);
        assert_int_equal(t.params[i].value_len, strlen(want[i][1]));
    }
    assert_int_equal(parse(a, "/x?", &t), E_OK);
    assert_int_equal(t.n_params, 0);
    static const char *const bad[] = {"/x?a=%00", "/x?%00=a", "/x?a=%0d%0a", "/x?a=%",
                                      "/x?a=%4",  "/x?a=%fe", "/x?\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (parse(a, bad[i], &t) != E_MALFORMED)
            fail_msg("accepted %s", bad[i]);
    arena_free(a);
}

static void knows_its_limits(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct http_target t;
    char raw[TARGET_MAX + 2];
    memset(raw, 'a', sizeof raw);
    raw[0] = '/';
    raw[TARGET_MAX] = '\0';
    assert_int_equal(parse(a, raw, &t), E_OK);
    raw[TARGET_MAX] = 'a';
    raw[TARGET_MAX + 1] = '\0';
    assert_int_equal(parse(a, raw, &t), E_TOO_LARGE);

    memset(raw, '&', 2 + TARGET_PARAMS_MAX);
    memcpy(raw, "/?", 2);
    raw[2 + TARGET_PARAMS_MAX - 1] = '\0'; /* 63 separators: 64 parameters */
    assert_int_equal(parse(a, raw, &t), E_OK);
    raw[2 + TARGET_PARAMS_MAX - 1] = '&';
    raw[2 + TARGET_PARAMS_MAX] = '\0';
    assert_int_equal(parse(a, raw, &t), E_MALFORMED);
    arena_free(a);
}

static void keeps_the_authority(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct http_target t;
    assert_int_equal(parse(a, "http://example.org:81/x", &t), E_OK);
    assert_string_equal(t.authority, "example.org:81");
    assert_int_equal(parse(a, "/x", &t), E_OK);
    assert_null(t.authority);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_paths),       cmocka_unit_test(refuses_ambiguous_paths),
        cmocka_unit_test(splits_the_query),    cmocka_unit_test(knows_its_limits),
        cmocka_unit_test(keeps_the_authority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
