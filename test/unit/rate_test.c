#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "net/rate.h"

#define SECOND 1000000000LL

static struct rate *table(uint32_t per_minute, uint32_t burst, size_t slots)
{
    struct rate *r = NULL;
    struct err e;
    assert_int_equal(rate_new(&(struct rate_options){per_minute, burst, slots}, &r, &e), E_OK);
    return r;
}

static struct rate_result take(struct rate *r, const char *key, int64_t ns)
{
    return rate_take(r, key, strlen(key), 1, (struct monotime){ns});
}

static void a_bucket_empties_and_refills(void **state)
{
    struct rate *r = table(60, 3, 64); /* a token a second */
    int64_t t = 100 * SECOND;
    for (uint32_t i = 0; i < 3; i++) {
        struct rate_result x = take(r, "anna", t);
        assert_true(x.allowed);
        assert_int_equal(x.limit, 3);
        assert_int_equal(x.remaining, 2 - i);
        assert_int_equal(x.reset.ms, 1000 * (i + 1));
        assert_int_equal(x.retry_after.ms, 0);
    }
    struct rate_result x = take(r, "anna", t + SECOND / 4);
    assert_false(x.allowed);
    assert_int_equal(x.remaining, 0);
    assert_int_equal(x.retry_after.ms, 750);
    assert_int_equal(x.reset.ms, 2750);
    assert_true(take(r, "boris", t).allowed); /* another key has its own */
    assert_true(take(r, "anna", t + SECOND).allowed);
    assert_false(take(r, "anna", t + SECOND).allowed);
    x = take(r, "anna", t + 60 * SECOND); /* full again, never more than full */
    assert_int_equal(x.remaining, 2);
    rate_free(r);
}

static void refusals_cost_nothing(void **state)
{
    struct rate *r = table(60, 1, 64);
    assert_true(take(r, "k", SECOND).allowed);
    for (int i = 0; i < 1000; i++)
        assert_false(take(r, "k", SECOND + i).allowed);
    assert_true(take(r, "k", 2 * SECOND).allowed);
    rate_free(r);
}

static void a_take_may_cost_more(void **state)
{
    struct rate *r = table(600, 10, 64);
    struct rate_result x = rate_take(r, "k", 1, 7, (struct monotime){SECOND});
    assert_true(x.allowed);
    assert_int_equal(x.remaining, 3);
    x = rate_take(r, "k", 1, 4, (struct monotime){SECOND});
    assert_false(x.allowed);
    assert_int_equal(x.remaining, 3);
    assert_int_equal(x.retry_after.ms, 100);
    rate_free(r);
}

static void time_never_steps_back(void **state)
{
    struct rate *r = table(60, 1, 64);
    assert_true(take(r, "k", 100 * SECOND).allowed);
    assert_false(take(r, "k", 99 * SECOND).allowed);
    assert_int_equal(take(r, "k", 99 * SECOND).retry_after.ms, 1000);
    rate_free(r);
}

/* Whoever floods the table with new keys may crowd it, but nobody's used-up bucket is ever forgotten. */
static void a_flood_resets_nobody(void **state)
{
    struct rate *r = table(6, 5, 256); /* 10 s a token */
    char key[32];
    int64_t t = SECOND;
    for (int i = 0; i < 5; i++)
        assert_true(take(r, "victim", t).allowed);
    unsigned allowed = 0;
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "flood-%d", i);
        allowed += take(r, key, t).allowed;
        if (i % 100 == 0)
            assert_false(take(r, "victim", t).allowed);
    }
    assert_true(rate_crowded(r) > 15000);
    assert_true(allowed <= 256 * 5); /* at most each slot's burst */
    assert_true(take(r, "victim", t + 11 * SECOND).allowed);
    /* once the flood is over, its slots are free again */
    uint64_t crowded = rate_crowded(r);
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "later-%d", i);
        assert_true(take(r, key, t + 3600 * SECOND).allowed);
    }
    assert_int_equal(rate_crowded(r), crowded);
    rate_free(r);
}

static void keys_are_compared_whole(void **state)
{
    struct rate *r = table(60, 1, 1024);
    uint8_t a[RATE_KEY_MAX] = {1}, b[RATE_KEY_MAX] = {1};
    b[RATE_KEY_MAX - 1] = 1;
    assert_true(rate_take(r, a, sizeof a, 1, (struct monotime){SECOND}).allowed);
    assert_true(rate_take(r, b, sizeof b, 1, (struct monotime){SECOND}).allowed);
    assert_true(
        rate_take(r, a, sizeof a - 1, 1, (struct monotime){SECOND}).allowed); /* a zero more is another key */
    assert_false(rate_take(r, a, sizeof a, 1, (struct monotime){SECOND}).allowed);
    rate_free(r);
}

static void options_have_ranges(void **state)
{
    static const struct rate_options bad[] = {
        {0, 1, 64}, {6000001, 1, 64}, {60, 0, 64}, {60, 1, 63}, {60, 1, 1 << 25}};
    static const char *const fields[] = {"per_minute", "per_minute", "burst", "slots", "slots"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rate *r = NULL;
        struct err e;
        assert_int_equal(rate_new(&bad[i], &r, &e), E_INVALID);
        assert_string_equal(e.field, fields[i]);
        assert_null(r);
    }
    rate_free(NULL);
}

struct hammer {
    struct rate *r;
    pthread_t thread;
    unsigned allowed;
};

static void *hammer_main(void *p)
{
    struct hammer *h = p;
    for (int i = 0; i < 20000; i++)
        h->allowed += take(h->r, "one", SECOND).allowed;
    return NULL;
}

/* Threads together get exactly the burst. */
static void threads_share_one_bucket(void **state)
{
    struct rate *r = table(60, 1000, 64);
    struct hammer hammers[4];
    unsigned sum = 0;
    for (size_t i = 0; i < 4; i++) {
        hammers[i] = (struct hammer){.r = r};
        assert_int_equal(pthread_create(&hammers[i].thread, NULL, hammer_main, &hammers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(hammers[i].thread, NULL);
        sum += hammers[i].allowed;
    }
    assert_int_equal(sum, 1000);
    rate_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_empties_and_refills), cmocka_unit_test(refusals_cost_nothing),
        cmocka_unit_test(a_take_may_cost_more),         cmocka_unit_test(time_never_steps_back),
        cmocka_unit_test(a_flood_resets_nobody),        cmocka_unit_test(keys_are_compared_whole),
        cmocka_unit_test(options_have_ranges),          cmocka_unit_test(threads_share_one_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
