#include "test.h"
#include <string.h>
#include <strings.h>
#include "base/check.h"
#include "edge/bot/text.h"
#include "edge/bot/text_table.h"

/* Exact texts: the narrow space is what Russian writes between thousands and before %. */
#define THIN "\u202f"
#define NBSP "\u00a0"
#define FSI "\u2068"
#define PDI "\u2069"
#define FAMILY "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

static const struct lang *en, *ru;

/* A made-up right-to-left language with texts of its own for what is asked below. */
static unsigned one_form(uint64_t n)
{
    return 0;
}
static const char *const rtl_texts[TEXT_COUNT][TEXT_FORMS] = {
    [TEXT_NUMBER_GROUP] = {"\u066c"},
    [TEXT_NUMBER_DECIMAL] = {"\u066b"},
    [TEXT_DATE_TIME] = {"{date} <b>&lt;</b> {time}"},
    [TEXT_SPAN_MINUTES] = {"{n} דקות"},
};
static const struct lang rtl = {"xx", "xx", "", true, 0, one_form, rtl_texts};

static struct buf out;

static const char *value(const struct lang *l, struct text_arg v)
{
    buf_clear(&out);
    text_put_value(&out, l, v);
    return buf_text(&out);
}

static const char *plain(const struct lang *l, struct text_arg v)
{
    buf_clear(&out);
    text_plain_value(&out, l, v);
    return buf_text(&out);
}

static const char *text(const struct lang *l, enum text_id id, const struct text_arg *args)
{
    buf_clear(&out);
    text_put(&out, l, id, args);
    return buf_text(&out);
}

/* Whether locale/ has a file for the first two letters of the tag; others may come. */
static bool has_file(const char *tag)
{
    for (size_t i = 0; i < lang_count(); i++)
        if (strncasecmp(lang_code(lang_at(i)), tag, 2) == 0)
            return true;
    return false;
}

static void finds_languages(void **state)
{
    static const struct {
        const char *tag, *code;
    } cases[] = {
        {"en", "en"},    {"ru", "ru"},          {"ru-RU", "ru"},     {"RU_ru", "ru"},   {"en-GB", "en"},
        {"qaa", "en"},   {"qab-Hant-TW", "en"}, {"", "en"},          {"-", "en"},       {"r", "en"},
        {"rus", "en"},   {"be", "ru"},          {"be-BY", "ru"},     {"kk-Cyrl", "ru"}, {"KY", "ru"},
        {"uk-UA", "en"}, {"b", "en"},           {"ru-x-\xff", "ru"}, {"be kk", "en"},   {"--ru", "en"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (strncasecmp(cases[i].tag, cases[i].code, 2) == 0 || !has_file(cases[i].tag))
            assert_string_equal(lang_code(lang_find(cases[i].tag)), cases[i].code);
    assert_string_equal(lang_code(lang_find(NULL)), "en");
    char endless[500];
    memset(endless, '-', sizeof endless);
    memcpy(endless, "ru", 2);
    endless[sizeof endless - 1] = '\0';
    assert_string_equal(lang_code(lang_find(endless)), "en");
    assert_true(lang_count() >= 2);
    assert_string_equal(lang_code(lang_at(0)), "en");
    assert_string_equal(lang_native_name(ru), "Русский");
    for (size_t i = 0; i < lang_count(); i++)
        assert_ptr_equal(lang_find(lang_code(lang_at(i))), lang_at(i));
    assert_false(lang_is_rtl(ru));
}

static void chooses_plural_forms(void **state)
{
    static const struct {
        int64_t n;
        const char *en, *ru;
    } cases[] = {
        {0, "0 days", "0 дней"},
        {1, "1 day", "1 день"},
        {2, "2 days", "2 дня"},
        {4, "4 days", "4 дня"},
        {5, "5 days", "5 дней"},
        {11, "11 days", "11 дней"},
        {12, "12 days", "12 дней"},
        {14, "14 days", "14 дней"},
        {20, "20 days", "20 дней"},
        {21, "21 days", "21 день"},
        {22, "22 days", "22 дня"},
        {101, "101 days", "101 день"},
        {111, "111 days", "111 дней"},
        {112, "112 days", "112 дней"},
        {1000, "1000 days", "1000 дней"},
        {10001, "10,001 days", "10" THIN "001 день"},
        {-1, "\u22121 day", "\u22121 день"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(text(en, TEXT_SPAN_DAYS, TEXT_ARGS(text_num("n", cases[i].n))), cases[i].en);
        assert_string_equal(text(ru, TEXT_SPAN_DAYS, TEXT_ARGS(text_num("n", cases[i].n))), cases[i].ru);
    }
    assert_string_equal(text(ru, TEXT_SPAN_DAYS, TEXT_ARGS(text_milli("n", 2500))), "2,5 дня");
    assert_string_equal(text(en, TEXT_SPAN_DAYS, TEXT_ARGS(text_milli("n", 500))), "0.5 days");
    assert_string_equal(text(en, TEXT_SPAN_DAYS, TEXT_ARGS(text_milli("n", 1000))), "1 day");
    assert_string_equal(text(ru, TEXT_SPAN_DAYS, TEXT_ARGS(text_milli("n", 21000))), "21 день");
    assert_string_equal(text(&rtl, TEXT_SPAN_MINUTES, TEXT_ARGS(text_num("n", 1))), "1 דקות");
}

static void formats_numbers(void **state)
{
    assert_string_equal(value(en, text_num("", 0)), "0");
    assert_string_equal(value(ru, text_num("", 9999)), "9999");
    assert_string_equal(value(ru, text_num("", 10000)), "10" THIN "000");
    assert_string_equal(value(en, text_num("", 123456789)), "123,456,789");
    assert_string_equal(value(en, text_num("", INT64_MIN)), "\u22129,223,372,036,854,775,808");
    assert_string_equal(value(en, text_num("", INT64_MAX)), "9,223,372,036,854,775,807");
    assert_string_equal(value(ru, text_milli("", 2500)), "2,5");
    assert_string_equal(value(en, text_milli("", 2500)), "2.5");
    assert_string_equal(value(ru, text_milli("", 2000)), "2");
    assert_string_equal(value(ru, text_milli("", 1)), "0,001");
    assert_string_equal(value(ru, text_milli("", -50)), "\u22120,05");
    assert_string_equal(value(ru, text_milli("", 12345678010)), "12" THIN "345" THIN "678,01");
    assert_string_equal(value(&rtl, text_milli("", -1500)), "\u2066\u22121\u066b5\u2069");
    assert_string_equal(value(&rtl, text_num("", 15)), "15");
}

static void formats_shares_and_money(void **state)
{
    assert_string_equal(value(en, text_percent("", 0.871)), "87%");
    assert_string_equal(value(ru, text_percent("", 0.5)), "50" THIN "%");
    assert_string_equal(value(en, text_percent("", 0.999)), "99%");
    assert_string_equal(value(en, text_percent("", 1)), "100%");
    assert_string_equal(value(en, text_percent("", 7)), "100%");
    assert_string_equal(value(en, text_percent("", 0.0001)), "1%");
    assert_string_equal(value(en, text_percent("", 0)), "0%");
    assert_string_equal(value(en, text_percent("", -1)), "0%");
    assert_string_equal(value(ru, text_money("", 9900, 2, "RUB")), "99" NBSP "₽");
    assert_string_equal(value(ru, text_money("", 9950, 2, "RUB")), "99,50" NBSP "₽");
    assert_string_equal(value(ru, text_money("", 9905, 2, "RUB")), "99,05" NBSP "₽");
    assert_string_equal(value(en, text_money("", 150, 0, "XTR")), "150" NBSP "⭐");
    assert_string_equal(value(en, text_money("", 1500000, 6, "USDT")), "1.50" NBSP "USDT");
    assert_string_equal(value(en, text_money("", 1234567, 6, "USDT")), "1.234567" NBSP "USDT");
    assert_string_equal(value(en, text_money("", -100000000, 2, "EUR")), "\u22121,000,000" NBSP "€");
}

static struct day day_at(int y, int m, int d)
{
    struct day day;
    assert_true(day_from_ymd(y, m, d, &day));
    return day;
}

static void formats_days(void **state)
{
    struct day today = day_at(2026, 11, 25); /* a Wednesday */
    static const struct {
        int ahead;
        enum text_day_style style;
        const char *en, *ru;
    } cases[] = {
        {0, TEXT_DAY_DATE, "Nov 25", "25 ноября"},
        {0, TEXT_DAY_RELATIVE, "today", "сегодня"},
        {-1, TEXT_DAY_RELATIVE, "yesterday", "вчера"},
        {1, TEXT_DAY_RELATIVE, "tomorrow", "завтра"},
        {-2, TEXT_DAY_RELATIVE, "Nov 23", "23 ноября"},
        {2, TEXT_DAY_RELATIVE, "Nov 27", "27 ноября"},
        {0, TEXT_DAY_WEEKDAY, "Wed, Nov 25", "ср, 25 ноября"},
        {4, TEXT_DAY_LONG_WEEKDAY, "Sunday, Nov 29", "воскресенье, 29 ноября"},
        {5, TEXT_DAY_LONG_WEEKDAY, "Monday, Nov 30", "понедельник, 30 ноября"},
        {365, TEXT_DAY_DATE, "Nov 25, 2027", "25 ноября 2027"},
        {-329, TEXT_DAY_WEEKDAY, "Wed, Dec 31, 2025", "ср, 31 декабря 2025"},
        {37, TEXT_DAY_DATE, "Jan 1, 2027", "1 января 2027"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text_arg d = text_day("", day_add(today, cases[i].ahead), today, cases[i].style);
        assert_string_equal(value(en, d), cases[i].en);
        assert_string_equal(value(ru, d), cases[i].ru);
    }
    assert_string_equal(
        text(ru, TEXT_DATE_TIME,
             TEXT_ARGS(text_day("date", today, today, TEXT_DAY_RELATIVE), text_time("time", 9 * 60 + 5))),
        "сегодня в 09:05");
}

static void formats_times(void **state)
{
    assert_string_equal(value(en, text_time("", 0)), "00:00");
    assert_string_equal(value(ru, text_time("", 1439)), "23:59");
    assert_string_equal(value(ru, text_span("", 0)), "0 минут");
    assert_string_equal(value(ru, text_span("", 1)), "1 минуту");
    assert_string_equal(value(en, text_span("", 60)), "1 hour");
    assert_string_equal(value(ru, text_span("", 90)), "1 час 30 минут");
    assert_string_equal(value(ru, text_span("", 1440)), "1 день");
    assert_string_equal(value(en, text_span("", 2 * 1440 + 3 * 60 + 59)), "2 days 3 hours");
    assert_string_equal(value(en, text_span("", 1440 + 5)), "1 day");
}

static void formats_weekdays(void **state)
{
    assert_string_equal(value(en, text_weekdays("", 0x7f, 1)), "every day");
    assert_string_equal(value(ru, text_weekdays("", 0x1f, 7)), "по будням");
    assert_string_equal(value(ru, text_weekdays("", 0x60, 1)), "по выходным");
    assert_string_equal(value(ru, text_weekdays("", 0, 1)), "ни в один день");
    assert_string_equal(value(ru, text_weekdays("", 0x15, 1)), "пн, ср, пт");
    assert_string_equal(value(en, text_weekdays("", 0x41, 1)), "Mon, Sun");
    assert_string_equal(value(en, text_weekdays("", 0x41, 7)), "Sun, Mon");
    assert_string_equal(value(en, text_weekdays("", 0x23, 6)), "Sat, Mon, Tue");
}

static void escapes(void **state)
{
    const char *wild = "<b>\"Q&A\"</b> 'x' {n} " FAMILY;
    assert_string_equal(value(en, text_str("", wild)),
                        "&lt;b&gt;&quot;Q&amp;A&quot;&lt;/b&gt; 'x' {n} " FAMILY);
    assert_string_equal(plain(en, text_str("", wild)), wild);
    assert_string_equal(value(en, text_html("", "<b>a &amp; b</b>")), "<b>a &amp; b</b>");
    assert_string_equal(plain(en, text_html("", "<b>a &amp; b</b> &lt;&gt;&quot;&apos; & <")),
                        "a & b <>\"&apos; & ");
    buf_clear(&out);
    const struct text_arg *args = TEXT_ARGS(text_str("time", "<>"), text_str("date", "&"), text_num("n", 1));
    text_plain(&out, &rtl, TEXT_DATE_TIME, args);
    assert_string_equal(buf_text(&out), FSI "&" PDI " < " FSI "<>" PDI);
    assert_string_equal(text(&rtl, TEXT_DATE_TIME, args), FSI "&amp;" PDI " <b>&lt;</b> " FSI "&lt;&gt;" PDI);
}

static void isolates_what_turns(void **state)
{
    static const char *const untouched[] = {"",        "Water", "Вода",         "水を飲む",
                                            "é\u0301", FAMILY,  "1️⃣ 5 km", "a\u200bb",
                                            "\u200e",  "नमस्ते",  "⬅ ← …",        "a\nb"};
    for (size_t i = 0; i < ARRAY_LEN(untouched); i++) {
        assert_string_equal(value(ru, text_str("", untouched[i])), untouched[i]);
        assert_string_equal(plain(en, text_str("", untouched[i])), untouched[i]);
    }
    static const struct {
        const char *in, *out;
    } turning[] = {
        {"שלום", FSI "שלום" PDI},
        {"Read القرآن 5", FSI "Read القرآن 5" PDI},
        {"\u202eevil", FSI "\u202eevil" PDI},
        {"\u200f1", FSI "\u200f1" PDI},
        {PDI "a", FSI "a" PDI},                              /* may not close ours */
        {"a" PDI PDI "\u202eb", FSI "a\u202eb" PDI},         /* nor twice */
        {FSI "a" PDI "b" PDI "c", FSI FSI "a" PDI "bc" PDI}, /* its own stays */
        {"\u2066\u2067x", FSI "\u2066\u2067x" PDI PDI PDI},  /* left open: closed */
        {"\u2066<\u2069&", FSI "\u2066&lt;\u2069&amp;" PDI},
        {"\u05d0\u2014\u2026", FSI "\u05d0\u2014\u2026" PDI}, /* other characters that begin with E2 */
    };
    for (size_t i = 0; i < ARRAY_LEN(turning); i++)
        assert_string_equal(value(ru, text_str("", turning[i].in)), turning[i].out);
    assert_string_equal(value(&rtl, text_str("", "Water")), FSI "Water" PDI);
    assert_string_equal(value(&rtl, text_str("", "")), "");
}

/* An argument for every placeholder of a text, made from the text itself. */
static void fill(const char *s, char names[16][32], struct text_arg args[18])
{
    size_t count = 0;
    args[0] = text_num("n", 3);
    while ((s = strchr(s, '{')) != NULL) {
        size_t len = strcspn(++s, "}");
        assert_true(count < 16 && len < sizeof names[0]);
        memcpy(names[count], s, len);
        names[count][len] = '\0';
        args[count + 1] = text_str(names[count], "<x>");
        count++;
    }
    args[count + 1] = (struct text_arg){.kind = TEXT_ARG_END};
}

/* Every text of every language renders with what it asks for, as HTML and plain. */
static void every_text_renders(void **state)
{
    for (size_t l = 0; l < lang_count(); l++)
        for (int id = 0; id < TEXT_COUNT; id++) {
            char names[16][32];
            struct text_arg args[18];
            fill(lang_at(l)->texts[id][0], names, args);
            assert_string_not_equal(text(lang_at(l), (enum text_id)id, args), "");
            assert_null(strpbrk(buf_text(&out), "{}"));
            buf_clear(&out);
            text_plain(&out, lang_at(l), (enum text_id)id, args);
            assert_null(strpbrk(buf_text(&out), "{}"));
        }
}

int main(void)
{
    en = lang_find("en");
    ru = lang_find("ru");
    buf_init(&out, 100000);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_languages),     cmocka_unit_test(chooses_plural_forms),
        cmocka_unit_test(formats_numbers),     cmocka_unit_test(formats_shares_and_money),
        cmocka_unit_test(formats_days),        cmocka_unit_test(formats_times),
        cmocka_unit_test(formats_weekdays),    cmocka_unit_test(escapes),
        cmocka_unit_test(isolates_what_turns), cmocka_unit_test(every_text_renders),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_release(&out);
    return failed;
}
