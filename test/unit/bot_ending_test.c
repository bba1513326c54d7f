#include "test.h"

#include <string.h>
#include "base/check.h"
#include "edge/bot/ending.h"

static struct rng rng;

static struct ending end(enum tg_verdict v, const char *method, int64_t message_id, int attempts)
{
    struct tg_answer answer = {.description = "", .retry_after_s = 7};
    struct outbox_item item = {
        .method = method, .message_id = message_id, .attempts = attempts, .unknowns = 2};
    return ending_of(v, &answer, &item, &rng);
}

static void what_a_verdict_means(void **state)
{
    static const struct {
        enum tg_verdict verdict;
        enum outbox_end end;
        bool no_fault;
        enum ending_pace pace;
        int64_t wait_s; /* at least */
    } rows[] = {
        {TG_SENT, END_SENT, false, ENDING_WORKED, 0},
        {TG_ALREADY, END_SENT, false, ENDING_WORKED, 0},
        {TG_RETRY_AFTER, END_RETRY, true, ENDING_REFUSED, 7},
        {TG_BLOCKED, END_BLOCKED, false, ENDING_WORKED, 0},
        {TG_GONE, END_FAILED, false, ENDING_WORKED, 0},
        {TG_REFUSED, END_FAILED, false, ENDING_WORKED, 0},
        {TG_UNAUTHORIZED, END_RETRY, true, ENDING_STOPPED, 30},
        {TG_CONFLICT, END_RETRY, true, ENDING_STOPPED, 30},
        {TG_SERVER_ERROR, END_RETRY, false, ENDING_FAILED, 4},
        {TG_NOT_SENT, END_RETRY, true, ENDING_FAILED, 1},
        {TG_UNKNOWN, END_UNKNOWN, false, ENDING_FAILED, 4},
    };
    assert_int_equal(ARRAY_LEN(rows), TG_UNKNOWN + 1);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ending e = end(rows[i].verdict, "sendMessage", 0, 3);
        assert_int_equal(rows[i].verdict, i);
        assert_int_equal(e.end, rows[i].end);
        assert_int_equal(e.no_fault, rows[i].no_fault);
        assert_int_equal(e.pace, rows[i].pace);
        assert_true(e.wait.ms >= rows[i].wait_s * 1000 && e.wait.ms <= rows[i].wait_s * 1250);
    }
}

static void an_edit_of_what_is_gone_becomes_a_new_message(void **state)
{
    assert_int_equal(end(TG_GONE, "editMessageText", 5, 1).end, END_REPLACE);
    assert_int_equal(end(TG_GONE, "editMessageText", 0, 1).end, END_FAILED);
    assert_int_equal(end(TG_GONE, "deleteMessage", 5, 1).end, END_FAILED);
}

static void every_end_has_a_name(void **state)
{
    for (int a = 0; a <= END_DROPPED; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(ending_name((enum outbox_end)a), ending_name((enum outbox_end)b));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_verdict_means),
        cmocka_unit_test(an_edit_of_what_is_gone_becomes_a_new_message),
        cmocka_unit_test(every_end_has_a_name),
    };
    rng_init(&rng, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
