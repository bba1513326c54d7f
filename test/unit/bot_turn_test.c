#include <string.h>
#include "base/hash.h"
#include "domain/reminder/reminder.h"
#include "edge/bot/args.h"
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

static void test_a_second_tap_on_delete_says_it_is_deleted(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_ctx(&b);
        struct uuid habit = domain_bed_habit(&b.domain, "Run", 1, 1);
        char id[23];
        base64url_encode(habit.b, sizeof habit.b, id);
        turn_bed_says(&b, "/habits");
        int64_t message = turn_bed_last(&b)->id;
        const char *yes = arena_printf(b.domain.base.arena, "hd:%s:y", id);
        for (int tap = 0; tap < 2; tap++) {
            turn_bed_presses_data(&b, yes, message);
            assert_null(b.toast);
            turn_bed_sees(&b, "Run");
            turn_bed_sees(&b, "deleted");
        }
        assert_int_equal(domain_bed_count(&b.domain, "SELECT count(*) FROM habits WHERE deleted_at IS NULL"),
                         0);
        turn_bed_presses(&b, "Bring it back");
        assert_int_equal(domain_bed_count(&b.domain, "SELECT count(*) FROM habits WHERE deleted_at IS NULL"),
                         1);
    }
}

static void test_too_many_snoozes_are_named(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_ctx(&b);
        struct uuid habit = domain_bed_habit(&b.domain, "Run", 1, 1);
        char id[23], day[ARG_DAY];
        base64url_encode(habit.b, sizeof habit.b, id);
        arg_day(ctx_today(turn_bed_ctx(&b)), day);
        turn_bed_says(&b, "/today");
        for (int i = 0; i <= SNOOZES_PENDING_MAX; i++) {
            b.domain.ctx.now.ms += 61000;
            turn_bed_presses_data(&b, arena_printf(b.domain.base.arena, "z:%s:%s:1", id, day), 0);
        }
        turn_bed_sees_toast(&b, "4 reminders of this day wait already");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_tap_on_delete_says_it_is_deleted),
        cmocka_unit_test(test_too_many_snoozes_are_named),
        cmocka_unit_test(test_a_newcomer_finds_the_place),
        cmocka_unit_test(test_an_unknown_button_is_answered),
        cmocka_unit_test(test_a_busy_bot_edits_in_place_all_the_same),
        cmocka_unit_test(test_a_dialog_waits_while_something_else_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
