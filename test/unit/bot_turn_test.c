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

/* Telegram counts the messages of all private chats of a bot together. */
static void test_a_busy_bot_edits_in_place_all_the_same(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        int64_t mine = turn_bed_last(&b)->id;
        b.last_message_id += 1000;
        turn_bed_says(&b, "Read");
        turn_bed_sees(&b, "How often?");
        assert_int_equal(turn_bed_last(&b)->id, mine);
    }
}

/* What stands between is not written over, and the dialog goes on below it. */
static void test_a_dialog_waits_while_something_else_is_done(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        turn_bed_presses(&b, "Read");
        turn_bed_presses(&b, "Create");
        turn_bed_says(&b, "/today");
        const struct turn_bed_message *today = turn_bed_last(&b);
        turn_bed_says(&b, "/add");
        const struct turn_bed_message *add = turn_bed_last(&b);
        turn_bed_presses_data(&b, today->buttons[0].data, today->id); /* Done, on another message */
        assert_non_null(strstr(today->text, "All done"));
        turn_bed_says(&b, "Swim");
        assert_ptr_equal(turn_bed_last(&b), add);
        turn_bed_sees(&b, "Swim");
        assert_non_null(strstr(today->text, "All done"));

        turn_bed_says(&b, "/today");
        today = turn_bed_last(&b);
        turn_bed_says(&b, "3"); /* times a week */
        turn_bed_sees(&b, "What shall I note down?");
        assert_non_null(strstr(today->text, "All done"));
        const struct turn_bed_message *below = turn_bed_last(&b);
        assert_true(below->id > today->id);

        turn_bed_says(&b, "nothing"); /* a hint stands below it now */
        turn_bed_sees(&b, "What shall I note down?");
        below = turn_bed_last(&b);
        turn_bed_presses(&b, "Done");
        assert_ptr_equal(turn_bed_last(&b), below);
        turn_bed_says(&b, "never");
        turn_bed_sees(&b, "I need times");
        turn_bed_says(&b, "9");
        turn_bed_sees(&b, "Does this look right?");
        assert_true(turn_bed_last(&b)->id > below->id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_newcomer_finds_the_place),
        cmocka_unit_test(test_an_unknown_button_is_answered),
        cmocka_unit_test(test_a_busy_bot_edits_in_place_all_the_same),
        cmocka_unit_test(test_a_dialog_waits_while_something_else_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
