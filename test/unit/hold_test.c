#include <pthread.h>
#include <stdatomic.h>
#include "domain/lease/hold.h"
#include "test.h"

#define MS 1000000
#define FENCE 7

struct waiter {
    struct hold *hold;
    pthread_t thread;
    _Atomic int64_t got; /* -1: still waiting */
};

static void *wait_for_it(void *arg)
{
    struct waiter *w = arg;
    w->got = hold_wait(w->hold);
    return NULL;
}

static struct monotime in_ms(int64_t ms)
{
    return (struct monotime){monotime_now().ns + ms * MS};
}

static void begin_waiting(struct waiter *w, struct hold *h)
{
    w->hold = h;
    w->got = -1;
    assert_int_equal(pthread_create(&w->thread, NULL, wait_for_it, w), 0);
    hold_sleep_any(h, 20);
    assert_int_equal(w->got, -1);
}

static bool got_within(struct waiter *w, struct hold *h, int64_t fence, int ms)
{
    for (int i = 0; i < ms && w->got != fence; i++)
        hold_sleep_any(h, 1);
    return w->got == fence;
}

static void test_it_ends_by_itself(void **state)
{
    struct hold h;
    hold_init(&h);
    assert_int_equal(hold_fence(&h), 0);
    hold_begin(&h, FENCE, in_ms(60000));
    assert_int_equal(hold_fence(&h), FENCE);
    assert_true(hold_sleep(&h, FENCE, 1));
    hold_begin(&h, FENCE, in_ms(40));
    assert_false(hold_sleep(&h, FENCE, 60));
    assert_int_equal(hold_fence(&h), 0);
    assert_true(hold_end(&h, FENCE)); /* somebody has to say so */
    assert_false(hold_end(&h, FENCE));
    hold_release(&h);
}

/* A database that is slow for a while: the lease was kept after all, said too late to keep the hold going. */
static void test_what_ran_out_and_is_extended_is_held_again(void **state)
{
    struct hold h;
    struct waiter w;
    hold_init(&h);
    hold_begin(&h, FENCE, in_ms(1));
    hold_sleep_any(&h, 5);
    begin_waiting(&w, &h);
    hold_extend(&h, FENCE + 1, in_ms(60000)); /* another's */
    assert_false(got_within(&w, &h, FENCE, 20));
    hold_extend(&h, FENCE, in_ms(60000));
    bool woken = got_within(&w, &h, FENCE, 60000);
    hold_stop(&h);
    pthread_join(w.thread, NULL);
    assert_true(woken);
    hold_release(&h);
}

static void test_wary_while_not_held_and_after_an_accident(void **state)
{
    struct hold h;
    hold_init(&h);
    assert_true(hold_wary(&h));
    hold_begin(&h, FENCE, in_ms(60000));
    assert_false(hold_wary(&h));
    hold_be_wary(&h, in_ms(60000));
    assert_true(hold_wary(&h));
    hold_be_wary(&h, in_ms(-1));
    assert_false(hold_wary(&h));
    hold_release(&h);
}

static void test_stopping_wakes_everybody(void **state)
{
    struct hold h;
    struct waiter w;
    hold_init(&h);
    begin_waiting(&w, &h);
    hold_stop(&h);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.got, 0);
    assert_false(hold_sleep_any(&h, 60000));
    hold_release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wary_while_not_held_and_after_an_accident),
        cmocka_unit_test(test_it_ends_by_itself),
        cmocka_unit_test(test_what_ran_out_and_is_extended_is_held_again),
        cmocka_unit_test(test_stopping_wakes_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
