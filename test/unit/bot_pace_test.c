#include "test.h"

#include <string.h>
#include "base/check.h"
#include "edge/bot/pace.h"

#define MS 1000000LL
#define SECOND (1000 * MS)

static struct pace pace; /* 64 KiB */

static struct monotime at(int64_t ms)
{
    return (struct monotime){1000 * SECOND + ms * MS};
}

static int begin(void **state)
{
    pace_init(&pace, 25);
    return 0;
}

/* Sends as fast as it may for `ms`, every millisecond a look; each message to a chat of its own. */
static size_t send_for(int from, int ms, bool mass, int64_t sent_at[], size_t max)
{
    static int64_t chat = 1000;
    size_t n = 0;
    for (int t = from; t < from + ms; t++) {
        struct pace_room room = pace_room(&pace, 64, at(t));
        for (size_t left = mass ? room.mass : room.all; left > 0; left--) {
            assert_true(pace_take(&pace, ++chat, mass, at(t)));
            pace_end(&pace, chat, at(t));
            pace_release(&pace, chat);
            assert_true(n < max);
            sent_at[n++] = t;
        }
    }
    return n;
}

static void no_second_sees_more_than_thirty(void **state)
{
    static int64_t sent[1000];
    size_t n = send_for(0, 20000, false, sent, ARRAY_LEN(sent));
    assert_in_range(n, 500, 503);
    for (size_t i = 0; i < n; i++) {
        size_t in_window = 0;
        for (size_t k = i; k < n && sent[k] < sent[i] + 1000; k++)
            in_window++;
        assert_in_range(in_window, 1, 28);
    }
}

static void mass_messages_leave_a_fifth(void **state)
{
    static int64_t sent[1000];
    assert_in_range(send_for(0, 10000, true, sent, ARRAY_LEN(sent)), 200, 203);
    struct pace_room room = pace_room(&pace, 64, at(9999));
    assert_true(room.all >= 1);
    assert_int_equal(room.mass, 0);
    assert_true(pace_room_at(&pace, true, at(9999)).ns > at(9999).ns);
    assert_true(pace_room_at(&pace, true, at(9999)).ns <= at(10050).ns);
}

static void every_rate_works(void **state)
{
    static int64_t sent[12000];
    pace_init(&pace, 1000);
    assert_in_range(send_for(0, 1500, false, sent, ARRAY_LEN(sent)), 1400, 1625);
    pace_init(&pace, 1);
    assert_in_range(send_for(0, 10000, false, sent, ARRAY_LEN(sent)), 10, 10);
    pace_init(&pace, 1);
    assert_in_range(send_for(0, 10000, true, sent, ARRAY_LEN(sent)), 10, 10);
    pace_init(&pace, 25);
    assert_int_equal(pace_room(&pace, 2, at(0)).all, 2);
    assert_int_equal(pace_room(&pace, 0, at(0)).all, 0);
}

static void a_chat_waits_a_second_from_the_end(void **state)
{
    static int64_t busy[PACE_CHATS_MAX];
    assert_true(pace_take(&pace, 7, false, at(0)));
    assert_int_equal(pace_busy(&pace, at(5000), busy), 1); /* as long as it takes */
    assert_int_equal(busy[0], 7);
    assert_int_equal(pace_chat_at(&pace, at(5000)).ns, INT64_MAX);
    pace_end(&pace, 7, at(5000));
    assert_int_equal(pace_busy(&pace, at(7000), busy), 1); /* its end is not stored */
    pace_release(&pace, 7);
    assert_int_equal(pace_busy(&pace, at(5999), busy), 1);
    assert_int_equal(pace_chat_at(&pace, at(5500)).ns, at(6000).ns);
    assert_false(pace_take(&pace, 7, false, at(5999)));
    assert_int_equal(pace_busy(&pace, at(6000), busy), 0);
    assert_true(pace_take(&pace, 7, false, at(6000)));
}

static void a_chat_waits_for_what_is_tried_again(void **state)
{
    assert_true(pace_take(&pace, 7, false, at(0)));
    pace_end(&pace, 7, at(10));
    pace_wait(&pace, 7, at(4000));
    pace_release(&pace, 7);
    assert_false(pace_take(&pace, 7, false, at(3999)));
    assert_true(pace_take(&pace, 7, false, at(4000)));
    pace_wait(&pace, 0, at(9000));
    assert_true(pace_take(&pace, 0, false, at(4100)));
}

static void as_many_chats_as_fit(void **state)
{
    static int64_t busy[PACE_CHATS_MAX];
    for (int i = 1; i <= PACE_CHATS_MAX; i++)
        pace_refused(&pace, i, duration_seconds(100), at(0));
    assert_int_equal(pace_busy(&pace, at(99999), busy), PACE_CHATS_MAX);
    pace.paused = at(0);
    assert_int_equal(pace_room(&pace, 64, at(99999)).all, 0);
    assert_false(pace_take(&pace, PACE_CHATS_MAX + 1, false, at(99999)));
    assert_true(pace_room(&pace, 64, at(100000)).all > 0);
}

static void one_chats_refusal_does_not_stop_everybody_for_long(void **state)
{
    assert_true(pace_take(&pace, 7, false, at(0)));
    pace_refused(&pace, 7, duration_seconds(40), at(100));
    pace_end(&pace, 7, at(100));
    pace_release(&pace, 7);
    assert_int_equal(pace_room(&pace, 64, at(1099)).all, 0);
    assert_false(pace_take(&pace, 8, false, at(1099)));
    assert_int_equal(pace_room_at(&pace, false, at(200)).ns, at(1100).ns);
    assert_true(pace_room(&pace, 64, at(1100)).all > 0);
    assert_true(pace_take(&pace, 8, false, at(1100)));
    assert_false(pace_take(&pace, 7, false, at(40099)));
    assert_true(pace_take(&pace, 7, false, at(40100)));
}

static void chats_that_are_refused_wait_alone_while_others_are_served(void **state)
{
    for (int chat = 1; chat <= 10; chat++) {
        int64_t t = chat * 2000;
        pace_refused(&pace, chat, duration_seconds(300), at(t));
        assert_true(pace_room(&pace, 64, at(t + 1000)).all > 0);
        assert_true(pace_take(&pace, 1000 + chat, false, at(t + 1000)));
        pace_worked(&pace);
        assert_false(pace_take(&pace, chat, false, at(t + 1500)));
    }
}

static void refusals_with_nothing_between_are_about_everybody(void **state)
{
    pace_refused(&pace, 7, duration_seconds(40), at(0));
    pace_refused(&pace, 7, duration_seconds(40), at(1000)); /* the same chat's */
    pace_refused(&pace, 8, duration_seconds(40), at(1500));
    assert_true(pace_room(&pace, 64, at(2500)).all > 0);
    pace_refused(&pace, 9, duration_seconds(40), at(2600));
    assert_int_equal(pace_room(&pace, 64, at(42599)).all, 0);
    assert_true(pace_room(&pace, 64, at(42600)).all > 0);
    pace_worked(&pace);
    pace_refused(&pace, 9, duration_seconds(40), at(50000)); /* it is about the chat again */
    assert_true(pace_room(&pace, 64, at(51000)).all > 0);
    pace_refused(&pace, 0, duration_seconds(20), at(100000)); /* no chat: about everybody */
    assert_int_equal(pace_room(&pace, 64, at(119999)).all, 0);
}

static void an_outage_is_not_hammered(void **state)
{
    for (int i = 0; i < PACE_FAILURES - 1; i++)
        pace_failed(&pace, at(i));
    assert_true(pace_room(&pace, 64, at(10)).all > 0);
    for (int i = 0; i < 60; i++) /* one more, and those that were under way */
        pace_failed(&pace, at(10));
    static const int64_t pauses[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    int64_t t = 10;
    for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
        assert_int_equal(pace_room(&pace, 64, at(t + pauses[i] - 1)).all, 0);
        assert_true(pace_room(&pace, 64, at(t + pauses[i])).all > 0);
        t += pauses[i];
        pace_failed(&pace, at(t));
    }
    t += PACE_OUTAGE_MS;
    pace_worked(&pace);
    pace_failed(&pace, at(t));
    assert_true(pace_room(&pace, 64, at(t)).all > 0);
}

static void backing_off(void **state)
{
    static const int64_t base_s[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300};
    struct rng rng;
    rng_init(&rng, 1);
    for (int i = 0; i < (int)ARRAY_LEN(base_s); i++) {
        int64_t least = INT64_MAX, most = 0;
        for (int k = 0; k < 1000; k++) {
            int64_t ms = pace_backoff(i + 1, &rng).ms;
            least = ms < least ? ms : least;
            most = ms > most ? ms : most;
        }
        assert_in_range(least, base_s[i] * 1000, base_s[i] * 1020);
        assert_in_range(most, base_s[i] * 1230, base_s[i] * 1250);
    }
    assert_in_range(pace_backoff(INT32_MAX, &rng).ms, 300000, 375000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_second_sees_more_than_thirty, begin),
        cmocka_unit_test_setup(mass_messages_leave_a_fifth, begin),
        cmocka_unit_test(every_rate_works),
        cmocka_unit_test_setup(a_chat_waits_a_second_from_the_end, begin),
        cmocka_unit_test_setup(a_chat_waits_for_what_is_tried_again, begin),
        cmocka_unit_test_setup(as_many_chats_as_fit, begin),
        cmocka_unit_test_setup(one_chats_refusal_does_not_stop_everybody_for_long, begin),
        cmocka_unit_test_setup(chats_that_are_refused_wait_alone_while_others_are_served, begin),
        cmocka_unit_test_setup(refusals_with_nothing_between_are_about_everybody, begin),
        cmocka_unit_test_setup(an_outage_is_not_hammered, begin),
        cmocka_unit_test_setup(backing_off, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
