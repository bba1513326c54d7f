#include "test.h"
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/utf8.h"

#define FAMILY                                                                                               \
    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x91\xa6"

static void strictly_valid(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       FAMILY};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2 ",
                                      "\xe0\x9f\xbf",
                                      "\xe0\xa0",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x90\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xfe",
                                      "ok\xc3"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (utf8_valid(bad[i], strlen(bad[i])))
            fail_msg("bad[%zu] was taken", i);
    assert_true(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("\xd0\x94", 1)); /* the length decides, not the bytes behind it */
}

static size_t visible(const char *s)
{
    return utf8_visible_length(s, strlen(s));
}

static void counts_what_a_person_sees(void **state)
{
    assert_int_equal(visible(""), 0);
    assert_int_equal(visible("abc"), 3);
    assert_int_equal(visible("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"), 6);
    assert_int_equal(visible(FAMILY), 1);
    assert_int_equal(visible("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"), 1); /* a skin tone */
    assert_int_equal(visible("\xf0\x9f\x87\xac\xf0\x9f\x87\xb1\xf0\x9f\x87\xb7\xf0\x9f\x87\xba"),
                     2); /* two flags */
    assert_int_equal(visible("e\xcc\x81o"), 2);
    assert_int_equal(visible("1\xef\xb8\x8f\xe2\x83\xa3"), 1); /* keycap */
    assert_int_equal(visible("\r\n"), 1);
}

static void cuts_between_characters(void **state)
{
    const char *s = "a" FAMILY "e\xcc\x81z";
    assert_int_equal(utf8_truncate(s, strlen(s), 0), 0);
    assert_int_equal(utf8_truncate(s, strlen(s), 1), 1);
    assert_int_equal(utf8_truncate(s, strlen(s), 2), 1 + strlen(FAMILY));
    assert_int_equal(utf8_truncate(s, strlen(s), 3), 1 + strlen(FAMILY) + 3);
    assert_int_equal(utf8_truncate(s, strlen(s), 4), strlen(s));
    assert_int_equal(utf8_truncate(s, strlen(s), 99), strlen(s));
}

static void cleans(bool (*f)(const char *, size_t, const char **, size_t *), const char *s, const char *want)
{
    const char *start = NULL;
    size_t len = 99;
    bool ok = f(s, strlen(s), &start, &len);
    if (ok != (want != NULL) || (ok && (len != strlen(want) || memcmp(start, want, len) != 0)))
        fail_msg("\"%s\" gave %d, \"%.*s\"", s, ok, ok ? (int)len : 0, ok ? start : "");
}

static void cleans_lines(void **state)
{
    cleans(utf8_clean_line, "", "");
    cleans(utf8_clean_line, " \t\n ", "");
    cleans(utf8_clean_line, " a b\t\r\n", "a b");
    cleans(utf8_clean_line,
           "\xc2\xa0\xe3\x80\x80\xef\xbb\xbf"
           "a\xe2\x80\xa8",
           "a"); /* NBSP, ideographic space, BOM; U+2028 */
    cleans(utf8_clean_line, "a\nb", NULL);
    cleans(utf8_clean_line, "a\tb", NULL);
    cleans(utf8_clean_line,
           "\x01"
           "a",
           NULL);
    cleans(utf8_clean_line, "a\x7f", NULL);
    cleans(utf8_clean_line, "a\xc2\x9f", NULL);
    cleans(utf8_clean_line,
           "a\xe2\x80\xa8"
           "b",
           NULL);
    cleans(utf8_clean_line, "a\xff", NULL);
    cleans(utf8_clean_line, FAMILY " ", FAMILY);
    cleans(utf8_clean_text, "\n a\r\n\tb \n", "a\r\n\tb");
    cleans(utf8_clean_text,
           "a\x0b"
           "b",
           NULL);
    const char *start;
    size_t len;
    assert_false(utf8_clean_line("a\0b", 3, &start, &len));
}

static void knows_what_cannot_be_seen(void **state)
{
    static const char *const blank[] = {"", " \t", "\u200b", "\u200d\u2060\u202e", "\u3164", "\u2800 \ufe0f"};
    static const char *const seen[] = {"a", "\u200ba", FAMILY, "\u05d0", "\u0301", "."};
    for (size_t i = 0; i < ARRAY_LEN(blank); i++)
        assert_true(utf8_blank(blank[i], strlen(blank[i])));
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        assert_false(utf8_blank(seen[i], strlen(seen[i])));
}

static void folds(const char *s, const char *want)
{
    char out[64];
    size_t len = 99;
    bool ok = utf8_fold(s, strlen(s), out, sizeof out, &len);
    if (ok != (want != NULL) || (ok && (strcmp(out, want) != 0 || len != strlen(want))))
        fail_msg("\"%s\" gave %d, \"%s\"", s, ok, ok ? out : "");
}

static void folds_spelling(void **state)
{
    folds("", "");
    folds(" - _ ", "");
    folds("Нью-Йорк", "нью иорк");
    folds("ЁЖ  ёж", "еж еж");
    folds("_São\u2013Paulo_", "sao paulo");
    folds("St. John\u2019s", "st johns");
    folds("\uff34\uff2f\u212b", "toa"); /* wide letters, the sign of the angstrom */
    folds("Straße", "strasse");
    folds("a\u200bb\u00ad", "ab");
    folds(FAMILY, "\U0001f468\U0001f469\U0001f467\U0001f466");
    folds("\u05e9\u05c1", "\u05e9");
    char text[4000], out[4000];
    size_t len;
    memset(text, 'a', sizeof text);
    assert_true(utf8_fold(text, 1000, out, sizeof out, &len) && len == 1000);
    assert_false(utf8_fold(text, 1001, out, sizeof out, &len));
    assert_false(utf8_fold(text, 59, out, 63, &len) && len > 58);
    assert_false(utf8_fold("", 0, out, 0, &len));
    assert_true(utf8_fold("\xef\xb7\xba", 3, out, sizeof out, &len)); /* U+FDFA: 18 characters */
    assert_true(len > 30);
}

static bool near(const char *a, const char *b)
{
    bool is = utf8_near(a, strlen(a), b, strlen(b));
    assert_int_equal(is, utf8_near(b, strlen(b), a, strlen(a)));
    return is;
}

static void knows_near_spellings(void **state)
{
    static const char *const close[][2] = {{"", ""},
                                           {"", "я"},
                                           {"москва", "москва"},
                                           {"масква", "москва"},
                                           {"москв", "москва"},
                                           {"москваа", "москва"},
                                           {"омсква", "москва"},
                                           {"москав", "москва"},
                                           {"мoсква", "москва"},
                                           {"ab", "ba"},
                                           {"aa", "a"},
                                           {"\U0001f600x", "x"}};
    static const char *const far[][2] = {
        {"", "ab"},     {"мвскоа", "москва"}, {"москвааа", "москва"}, {"масква", "маскво2"},
        {"abc", "cba"}, {"ab", "cd"},         {"abcd", "badc"}};
    for (size_t i = 0; i < ARRAY_LEN(close); i++)
        if (!near(close[i][0], close[i][1]))
            fail_msg("%s, %s", close[i][0], close[i][1]);
    for (size_t i = 0; i < ARRAY_LEN(far); i++)
        if (near(far[i][0], far[i][1]))
            fail_msg("%s, %s", far[i][0], far[i][1]);
    char text[65];
    memset(text, 'a', sizeof text);
    assert_true(utf8_near(text, 64, text, 64));
    assert_false(utf8_near(text, 65, text, 65));
}

static void finds_the_emoji_in_front(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
    } rows[] = {
        {"\U0001f4da Book", 4},
        {FAMILY "x", sizeof FAMILY - 1},
        {"\U0001f1f7\U0001f1fa\U0001f1ec\U0001f1e7", 8}, /* the first of two flags */
        {"1\ufe0f\u20e3 one", 7},
        {"\u2764\ufe0f", 6},
        {"\u2615", 3},
        {"\u00a9\ufe0f", 5},
        {"\U0001f44d\U0001f3fd good", 8}, /* with a colour of skin */
        {"\u00a9 Book", 0},
        {"\u2764\ufe0e", 0},
        {"\U0001f1f7", 0},
        {"1 one", 0},
        {"Вода", 0},
        {" \U0001f4da", 0},
        {"", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (utf8_leading_emoji(rows[i].text, strlen(rows[i].text)) != rows[i].bytes)
            fail_msg("%s", rows[i].text);
    }
}

static void knows_what_turns(void **state)
{
    static const char *const plain[] = {"", "a1 \u2014", "Вода", FAMILY, "\u4e00\u0301", "\u200e"};
    static const char *const turning[] = {"\u05d0", "a\u0627", "\u202e", "\u2067", "\u200f", "\U0001e900"};
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        assert_false(utf8_turns(plain[i], strlen(plain[i])));
    for (size_t i = 0; i < ARRAY_LEN(turning); i++)
        assert_true(utf8_turns(turning[i], strlen(turning[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strictly_valid),
        cmocka_unit_test(counts_what_a_person_sees),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(cleans_lines),
        cmocka_unit_test(knows_what_cannot_be_seen),
        cmocka_unit_test(folds_spelling),
        cmocka_unit_test(knows_near_spellings),
        cmocka_unit_test(finds_the_emoji_in_front),
        cmocka_unit_test(knows_what_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
