#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/alert/alert.h"
#include "domain/user/user.h"
#include "edge/bot/args.h"
#include "test.h"
#include "turn_bed.h"

/* What no button of the bot says and no person of good will does. On both engines. */

static const char *new_habit(struct turn_bed *b, char id[ARG_ID])
{
    struct habit made;
    struct habit_change c = {.has_name = true,
                             .name = "Run",
                             .has_kind = true,
                             .kind = HABIT_MEASURABLE,
                             .has_target_value = true,
                             .target_value = HABIT_TARGET_MAX,
                             .has_frequency = true,
                             .frequency_count = 1,
                             .frequency_days = 1};
    domain_bed_ok(&b->domain, habit_create(turn_bed_ctx(b), &c, &made));
    return arg_id(&made.id, id);
}

static size_t open_alerts(struct turn_bed *b)
{
    struct alert *list;
    size_t n;
    domain_bed_alerts(&b->domain, 10, &list, &n);
    return n;
}

/* Where a button leads back to goes on into other buttons and into what a dialog remembers. */
static void test_where_a_button_leads_back_to_is_nothing_else(void **state)
{
    static const char *const froms[] = {"\"",  "\\",  "t1\"}", "{", "",          "t",
                                        "ct1", "t-1", "t1 ",   "😀", "t12345678", "C"};
    static const char verbs[] = "dsxrnuk";
    struct turn_bed b;
    char id[ARG_ID], data[256], day[ARG_DAY];
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        new_habit(&b, id);
        arg_day(ctx_today(turn_bed_ctx(&b)), day);
        turn_bed_says(&b, "/today");
        for (const char *verb = verbs; *verb; verb++)
            for (size_t i = 0; i < ARRAY_LEN(froms); i++) {
                snprintf(data, sizeof data, "%c:%s:%s:%s:1", *verb, id, day, froms[i]);
                turn_bed_presses_data(&b, data, 0);
                turn_bed_sees_toast(&b, "out of date");
            }
        snprintf(data, sizeof data, "n:%s:%s:t1234", id, day);
        turn_bed_presses_data(&b, data, 0);
        turn_bed_sees(&b, "Run");
    }
}

/* It cannot be shown, and that is nothing an operator has to know. */
static void test_a_day_to_come_is_no_day(void **state)
{
    struct turn_bed b;
    char id[ARG_ID], data[256];
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        new_habit(&b, id);
        turn_bed_says(&b, "/today");
        snprintf(data, sizeof data, "k:%s:99991231:c", id);
        turn_bed_presses_data(&b, data, 0);
        assert_int_equal(open_alerts(&b), 0);
    }
}

#define FROM "\"from\":{\"id\":%d,\"is_bot\":false,\"first_name\":\"X\",\"language_code\":\"en\"}"
#define CHAT "\"chat\":{\"id\":%d,\"type\":\"private\"}"

static void assert_stranger(struct turn_bed *b, int telegram_id)
{
    struct uuid id;
    assert_int_equal(user_find_telegram(&b->domain.ctx, telegram_id, &id), E_NOT_FOUND);
    err_clear(&b->domain.ctx.err);
}

/* An erased person blocks the bot, or presses what still stands in the chat. */
static void test_who_does_not_write_is_not_met(void **state)
{
    struct turn_bed b;
    char json[1024];
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        for (int i = 0; i < 2; i++) {
            snprintf(json, sizeof json,
                     "\"my_chat_member\":{\"date\":1," FROM "," CHAT
                     ",\"new_chat_member\":{\"status\":\"%s\"}}",
                     99, 99, i ? "member" : "kicked");
            turn_bed_update(&b, json);
            assert_stranger(&b, 99);
        }
        snprintf(json, sizeof json,
                 "\"edited_message\":{\"message_id\":1,\"date\":1," FROM "," CHAT ",\"text\":\"/start\"}", 99,
                 99);
        turn_bed_update(&b, json);
        assert_stranger(&b, 99);
        snprintf(json, sizeof json,
                 "\"callback_query\":{\"id\":\"1\",\"data\":\"t\"," FROM
                 ",\"message\":{\"message_id\":1,\"date\":1," CHAT "}}",
                 99, 99);
        turn_bed_update(&b, json);
        turn_bed_sees_toast(&b, "out of date");
        assert_stranger(&b, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_a_button_leads_back_to_is_nothing_else),
        cmocka_unit_test(test_a_day_to_come_is_no_day),
        cmocka_unit_test(test_who_does_not_write_is_not_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
