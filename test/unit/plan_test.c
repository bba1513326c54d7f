#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "domain/payment/plan.h"
#include "test.h"

/* The tables of plans, currencies and referral rules in habitd.toml. */

static enum ecode load(struct arena *a, const char *text, const struct plan_table **out, struct err *err)
{
    const struct toml_value *file;
    if (toml_parse(a, text, strlen(text), &file, err) != E_OK)
        fail_msg("%s", err->text);
    return plans_load(file, a, out, err);
}

static void test_without_a_file_there_are_plans(void **state)
{
    struct arena *a = arena_new(1u << 20);
    struct err err;
    const struct plan_table *t;
    assert_int_equal(plans_load(NULL, a, &t, &err), E_OK);
    assert_true(t->count >= 2);
    for (size_t i = 0; i < t->count; i++) {
        assert_true(plan_price(&t->plans[i], "RUB") > 0);
        assert_true(plan_price(&t->plans[i], "XTR") > 0);
        assert_true(plan_price(&t->plans[i], "USDT") > 0);
    }
    assert_int_equal(currency_digits(t, "RUB"), 2);
    assert_int_equal(currency_digits(t, "XTR"), 0);
    assert_int_equal(currency_digits(t, "USDT"), 6);
    assert_int_equal(currency_digits(t, "GBP"), 2);
    assert_int_equal(t->referral.mature_days, 14);
    arena_free(a);
}

static void test_a_file_replaces_them(void **state)
{
    struct arena *a = arena_new(1u << 20);
    struct err err;
    const struct plan_table *t;
    const char *text = "[[plans]]\nname = 'quarter'\nmonths = 3\n[plans.prices]\nRUB = 70000\nXTR = 600\n"
                       "[[plans]]\nname = 'stars-30'\ndays = 30\n[plans.prices]\nXTR = 200\n"
                       "[currencies]\nJPY = 0\nRUB = 3\n[referral]\nmature_days = 3\nper_day = 0\n";
    assert_int_equal(load(a, text, &t, &err), E_OK);
    assert_int_equal(t->count, 2);
    assert_null(plan_find(t, "month"));
    assert_null(plan_find(t, NULL));
    const struct plan *p = plan_find(t, "quarter");
    assert_int_equal(p->months, 3);
    assert_int_equal(plan_price(p, "XTR"), 600);
    assert_int_equal(plan_price(p, "USD"), 0);
    assert_int_equal(plan_find(t, "stars-30")->days, 30);
    assert_int_equal(currency_digits(t, "JPY"), 0);
    assert_int_equal(currency_digits(t, "RUB"), 3);
    assert_int_equal(t->referral.mature_days, 3);
    assert_int_equal(t->referral.per_day, 0);
    assert_int_equal(t->referral.lifetime, 100);
    assert_int_equal(plans_builtin()->count, 2); /* untouched */
    arena_free(a);
}

static void test_mistakes_are_named(void **state)
{
    static const struct {
        const char *text, *field;
    } cases[] = {
        {"plans = 3\n", "plans"},
        {"[[plans]]\nmonths = 1\n[plans.prices]\nRUB = 1\n", "plans.name"},
        {"[[plans]]\nname = 'Big'\nmonths = 1\n[plans.prices]\nRUB = 1\n", "plans.name"},
        {"[[plans]]\nname = 'a'\n[plans.prices]\nRUB = 1\n", "plans.months"},
        {"[[plans]]\nname = 'a'\nmonths = 1\ndays = 3\n[plans.prices]\nRUB = 1\n", "plans.months"},
        {"[[plans]]\nname = 'a'\nmonths = 0\n[plans.prices]\nRUB = 1\n", "plans.months"},
        {"[[plans]]\nname = 'a'\nmonths = 1\n", "plans.prices"},
        {"[[plans]]\nname = 'a'\nmonths = 1\n[plans.prices]\nRUB = 0\n", "plans.prices.RUB"},
        {"[[plans]]\nname = 'a'\nmonths = 1\n[plans.prices]\nrub = 1\n", "plans.prices.rub"},
        {"[[plans]]\nname = 'a'\nmonths = 1\ncolour = 1\n", "plans.colour"},
        {"[[plans]]\nname = 'a'\nmonths = 1\n[plans.prices]\nRUB = 1\n[[plans]]\nname = 'a'\n", "plans.name"},
        {"[currencies]\nRUB = 9\n", "currencies.RUB"},
        {"[referral]\nper_week = 1\n", "referral.per_week"},
        {"[referral]\nmature_days = -1\n", "referral.mature_days"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena *a = arena_new(1u << 20);
        struct err err = {.code = E_OK};
        const struct plan_table *t;
        if (load(a, cases[i].text, &t, &err) != E_INVALID || strcmp(err.field, cases[i].field) != 0)
            fail_msg("%s: %s: %s", cases[i].text, err.field, err.text);
        assert_non_null(strstr(err.text, "habitd.toml:"));
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_file_there_are_plans),
        cmocka_unit_test(test_a_file_replaces_them),
        cmocka_unit_test(test_mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
