#include <string.h>
#include "test.h"
#include "turn_bed.h"

/* The bot's conversations as people have them. On both engines. */

static void test_a_newcomer_finds_the_place(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        turn_bed_says(&b, "/start");
        assert_int_equal(b.n_messages, 3);
        turn_bed_sees(&b, "Где вы живёте?");
        turn_bed_says(&b, "Москва");
        turn_bed_sees(&b, "На ваших часах столько же?");
        turn_bed_presses(&b, "Да, это моё время");
        assert_string_equal(zone_name(turn_bed_ctx(&b)->actor.zone), "Europe/Moscow");
        assert_non_null(strstr(turn_bed_screen(&b), "Привычек пока нет"));
    }
}

static void test_an_unknown_button_is_answered(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/today");
        turn_bed_sees(&b, "Nothing is due");
        turn_bed_presses_data(&b, "nonsense:1:2", 0);
        turn_bed_sees_toast(&b, "out of date");
        assert_true(b.toast_alert);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_newcomer_finds_the_place),
        cmocka_unit_test(test_an_unknown_button_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
