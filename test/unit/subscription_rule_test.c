#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/rng.h"
#include "domain/subscription/subscription_rule.h"
#include "test.h"

/* The pure rules of subscriptions. */

#define HOUR 3600000LL
#define DAY (24 * HOUR)

static struct instant at(const char *text)
{
    struct instant t;
    assert_true(instant_parse(text, strlen(text), &t));
    return t;
}

static void assert_at(struct instant t, const char *text)
{
    char got[INSTANT_TEXT];
    if (t.ms != at(text).ms)
        fail_msg("%s, not %s", instant_format(t, got), text);
}

static void test_months(void **state)
{
    assert_at(add_months(at("2026-01-31T10:00:00Z"), 1), "2026-02-28T10:00:00Z");
    assert_at(add_months(at("2028-01-31T10:00:00Z"), 1), "2028-02-29T10:00:00Z");
    assert_at(add_months(at("2026-01-31T10:00:00Z"), 2), "2026-03-31T10:00:00Z");
    assert_at(add_months(at("2026-12-15T23:59:59.999Z"), 1), "2027-01-15T23:59:59.999Z");
    assert_at(add_months(at("2028-02-29T00:00:00Z"), 12), "2029-02-28T00:00:00Z");
    assert_at(add_months(at("2026-03-15T00:00:00Z"), 120), "2036-03-15T00:00:00Z");
}

static struct span months(const char *bought, int n)
{
    return (struct span){.bought_at = at(bought), .months = n};
}

static void test_periods_queue_and_keep_their_day(void **state)
{
    struct span s[] = {months("2026-01-31T10:00:00Z", 1), months("2026-02-01T00:00:00Z", 1),
                       months("2026-02-02T00:00:00Z", 1)};
    spans_lay_out(s, ARRAY_LEN(s), instant_from_ms(0));
    assert_at(s[0].ends_at, "2026-02-28T10:00:00Z");
    assert_at(s[1].starts_at, "2026-02-28T10:00:00Z");
    assert_at(s[1].ends_at, "2026-03-31T10:00:00Z");
    assert_at(s[2].ends_at, "2026-04-30T10:00:00Z");
}

static void test_a_gap_begins_anew(void **state)
{
    struct span s[] = {months("2026-01-31T10:00:00Z", 1), months("2026-05-05T05:00:00Z", 1)};
    spans_lay_out(s, 2, at("2026-02-02T00:00:00Z")); /* the trial ends first */
    assert_at(s[0].starts_at, "2026-02-02T00:00:00Z");
    assert_at(s[0].ends_at, "2026-03-02T00:00:00Z");
    assert_at(s[1].starts_at, "2026-05-05T05:00:00Z");
    assert_at(s[1].ends_at, "2026-06-05T05:00:00Z");
}

static void test_what_is_stopped_lets_the_next_move_forward(void **state)
{
    struct span s[] = {months("2026-01-01T00:00:00Z", 1),
                       months("2026-01-02T00:00:00Z", 1),
                       {.bought_at = at("2026-01-03T00:00:00Z"), .days = 30}};
    s[0].stopped = true;
    s[0].stopped_at = at("2026-01-20T00:00:00Z");
    spans_lay_out(s, 3, instant_from_ms(0));
    assert_at(s[0].ends_at, "2026-01-20T00:00:00Z");
    assert_at(s[0].full_end, "2026-02-01T00:00:00Z");
    assert_at(s[1].starts_at, "2026-01-20T00:00:00Z");
    assert_at(s[1].ends_at, "2026-02-20T00:00:00Z");
    assert_at(s[2].ends_at, "2026-03-22T00:00:00Z");
    s[0].stopped = false; /* and back */
    spans_lay_out(s, 3, instant_from_ms(0));
    assert_at(s[1].starts_at, "2026-02-01T00:00:00Z");
    s[1].stopped = true; /* before it began: as if it had not been bought */
    s[1].stopped_at = at("2026-01-10T00:00:00Z");
    spans_lay_out(s, 3, instant_from_ms(0));
    assert_at(s[1].ends_at, "2026-02-01T00:00:00Z");
    assert_at(s[2].starts_at, "2026-02-01T00:00:00Z");
}

/* A refund of something that is long over moves nothing; one before it began keeps the row's day. */
static void test_a_late_stop_moves_nothing(void **state)
{
    struct span s[] = {months("2026-01-31T00:00:00Z", 1), months("2026-02-01T00:00:00Z", 1),
                       months("2026-02-02T00:00:00Z", 1)};
    s[0].stopped = true;
    s[0].stopped_at = at("2026-06-01T00:00:00Z");
    spans_lay_out(s, 3, instant_from_ms(0));
    assert_at(s[0].ends_at, "2026-02-28T00:00:00Z");
    assert_at(s[1].ends_at, "2026-03-31T00:00:00Z");
    s[0].stopped = false;
    s[1].stopped = true;
    s[1].stopped_at = at("2026-02-05T00:00:00Z");
    spans_lay_out(s, 3, instant_from_ms(0));
    assert_at(s[2].starts_at, "2026-02-28T00:00:00Z");
    assert_at(s[2].ends_at, "2026-03-31T00:00:00Z");
}

/* Nothing overlaps, nothing starts before it was bought, whatever is stopped. */
static void test_random_rows(void **state)
{
    struct rng rng;
    rng_init(&rng, 5);
    for (int round = 0; round < 5000; round++) {
        struct span s[8];
        struct instant t = at("2026-01-01T00:00:00Z"), reached = t;
        size_t n = 1 + rng_below(&rng, ARRAY_LEN(s));
        for (size_t i = 0; i < n; i++) {
            t.ms += (int64_t)rng_below(&rng, 60) * DAY;
            bool by_month = rng_below(&rng, 2);
            s[i] = (struct span){.bought_at = t,
                                 .months = by_month ? 1 + (int)rng_below(&rng, 12) : 0,
                                 .days = by_month ? 0 : 1 + (int)rng_below(&rng, 60),
                                 .stopped = rng_below(&rng, 3) == 0,
                                 .stopped_at = instant_from_ms(t.ms + (int64_t)rng_below(&rng, 90) * DAY)};
        }
        spans_lay_out(s, n, instant_from_ms(0));
        for (size_t i = 0; i < n; i++) {
            assert_true(s[i].starts_at.ms >= s[i].bought_at.ms);
            assert_true(s[i].starts_at.ms == s[i].bought_at.ms || s[i].starts_at.ms == reached.ms);
            assert_true(i == 0 || s[i].starts_at.ms >= reached.ms);
            assert_true(s[i].ends_at.ms >= s[i].starts_at.ms && s[i].ends_at.ms <= s[i].full_end.ms);
            assert_true(s[i].stopped || s[i].ends_at.ms == s[i].full_end.ms);
            reached = s[i].ends_at.ms > reached.ms ? s[i].ends_at : reached;
        }
    }
}

static void test_matrix_of_subscriptions(void **state)
{
    static const char *const rows[SUBSCRIPTION_STATUSES] = {
        /* to:                      t a p c s e r */
        [SUBSCRIPTION_TRIALING] = ". 1 . 1 1 1 1",  [SUBSCRIPTION_ACTIVE] = "1 . 1 1 1 1 1",
        [SUBSCRIPTION_PAST_DUE] = ". 1 . . . 1 1",  [SUBSCRIPTION_CANCELED] = "1 1 . . 1 1 1",
        [SUBSCRIPTION_SUSPENDED] = "1 1 1 1 . 1 1", [SUBSCRIPTION_EXPIRED] = ". 1 . 1 1 . 1",
        [SUBSCRIPTION_REVOKED] = ". 1 1 1 1 1 .",
    };
    for (int from = 0; from < SUBSCRIPTION_STATUSES; from++) {
        for (int to = 0; to < SUBSCRIPTION_STATUSES; to++) {
            if (subscription_may((enum subscription_status)from, (enum subscription_status)to) !=
                (rows[from][2 * to] == '1'))
                fail_msg("%s to %s", subscription_status_names[from], subscription_status_names[to]);
        }
    }
}

static void test_matrix_of_periods(void **state)
{
    for (int from = 0; from < PERIOD_STATUSES; from++) {
        for (int to = 0; to < PERIOD_STATUSES; to++)
            assert_int_equal(period_may((enum period_status)from, (enum period_status)to), from != to);
    }
}

static enum subscription_status derive(const struct span *s, enum period_status p, bool canceled,
                                       enum renews_by r, const char *now, const char *trial_end)
{
    struct instant starts, ends;
    struct subscription_facts f = {.trial = trial_end != NULL,
                                   .trial_starts_at = at("2026-01-01T00:00:00Z"),
                                   .trial_ends_at = trial_end ? at(trial_end) : instant_from_ms(0),
                                   .spans = s,
                                   .periods = &p,
                                   .count = s ? 1 : 0,
                                   .canceled = canceled,
                                   .renews_by = r};
    return subscription_derive(&f, at(now), &starts, &ends);
}

static void test_states_follow_from_the_periods(void **state)
{
    struct span s = months("2026-01-10T00:00:00Z", 1);
    spans_lay_out(&s, 1, instant_from_ms(0));
    const char *in = "2026-01-20T00:00:00Z", *grace = "2026-02-12T00:00:00Z", *over = "2026-02-13T00:00:00Z";
    assert_int_equal(derive(&s, PERIOD_ACTIVE, false, RENEWS_NONE, in, NULL), SUBSCRIPTION_ACTIVE);
    assert_int_equal(derive(&s, PERIOD_ACTIVE, true, RENEWS_BALANCE, in, NULL), SUBSCRIPTION_CANCELED);
    assert_int_equal(derive(&s, PERIOD_ACTIVE, false, RENEWS_NONE, grace, NULL), SUBSCRIPTION_EXPIRED);
    assert_int_equal(derive(&s, PERIOD_ACTIVE, false, RENEWS_BALANCE, grace, NULL), SUBSCRIPTION_PAST_DUE);
    assert_int_equal(derive(&s, PERIOD_ACTIVE, true, RENEWS_BALANCE, grace, NULL), SUBSCRIPTION_EXPIRED);
    assert_int_equal(derive(&s, PERIOD_ACTIVE, false, RENEWS_BALANCE, over, NULL), SUBSCRIPTION_EXPIRED);
    assert_int_equal(derive(&s, PERIOD_SUSPENDED, false, RENEWS_NONE, in, NULL), SUBSCRIPTION_SUSPENDED);
    assert_int_equal(derive(&s, PERIOD_REVOKED, false, RENEWS_BALANCE, in, NULL), SUBSCRIPTION_REVOKED);
    assert_int_equal(derive(&s, PERIOD_REVOKED, false, RENEWS_NONE, in, "2026-02-01T00:00:00Z"),
                     SUBSCRIPTION_TRIALING);
    assert_int_equal(derive(NULL, PERIOD_ACTIVE, false, RENEWS_NONE, in, "2026-02-01T00:00:00Z"),
                     SUBSCRIPTION_TRIALING);
    assert_int_equal(derive(NULL, PERIOD_ACTIVE, false, RENEWS_NONE, grace, "2026-02-01T00:00:00Z"),
                     SUBSCRIPTION_EXPIRED);
}

static void occasions_are(enum subscription_status status, enum renews_by r, const char *from, const char *to,
                          const char *expected)
{
    struct occasion o[OCCASIONS_MAX];
    char got[400] = "";
    size_t n = subscription_occasions(status, r, at(from), at(to), o);
    for (size_t i = 0, used = 0; i < n; i++) {
        used += (size_t)snprintf(got + used, sizeof got - used, "%s%s%+lld", i ? " " : "",
                                 occasion_names[o[i].kind], (long long)((o[i].at.ms - at(to).ms) / HOUR));
        assert_true(i == 0 || o[i - 1].at.ms <= o[i].at.ms);
    }
    assert_string_equal(got, expected);
}

static void test_occasions(void **state)
{
    occasions_are(SUBSCRIPTION_TRIALING, RENEWS_NONE, "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z",
                  "trial_36h-132 trial_90h-78 trial_24h-24 trial_3h-3 trial_end+0");
    occasions_are(SUBSCRIPTION_TRIALING, RENEWS_NONE, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z",
                  "trial_24h-24 trial_3h-3 trial_end+0");
    occasions_are(SUBSCRIPTION_ACTIVE, RENEWS_NONE, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
                  "paid_72h-72 paid_24h-24 paid_3h-3 paid_end+0");
    occasions_are(SUBSCRIPTION_ACTIVE, RENEWS_NONE, "2026-01-31T00:00:00Z", "2026-02-01T12:00:00Z",
                  "paid_24h-24 paid_3h-3 paid_end+0");
    occasions_are(SUBSCRIPTION_ACTIVE, RENEWS_BALANCE, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
                  "paid_72h-72 renew_1-24 paid_24h-24 paid_3h-3 paid_end+0 renew_2+48 grace_end+72");
    occasions_are(SUBSCRIPTION_ACTIVE, RENEWS_STARS, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
                  "paid_72h-72 paid_24h-24 paid_3h-3 paid_end+0 grace_end+72");
    occasions_are(SUBSCRIPTION_CANCELED, RENEWS_BALANCE, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
                  "paid_72h-72 paid_24h-24 paid_3h-3 paid_end+0");
    occasions_are(SUBSCRIPTION_PAST_DUE, RENEWS_BALANCE, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
                  "paid_72h-72 renew_1-24 paid_24h-24 paid_3h-3 paid_end+0 renew_2+48 grace_end+72");
    occasions_are(SUBSCRIPTION_SUSPENDED, RENEWS_BALANCE, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z",
                  "paid_end+0");
    occasions_are(SUBSCRIPTION_EXPIRED, RENEWS_BALANCE, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "");
    occasions_are(SUBSCRIPTION_REVOKED, RENEWS_NONE, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_periods_queue_and_keep_their_day),
        cmocka_unit_test(test_a_gap_begins_anew),
        cmocka_unit_test(test_what_is_stopped_lets_the_next_move_forward),
        cmocka_unit_test(test_a_late_stop_moves_nothing),
        cmocka_unit_test(test_random_rows),
        cmocka_unit_test(test_matrix_of_subscriptions),
        cmocka_unit_test(test_matrix_of_periods),
        cmocka_unit_test(test_states_follow_from_the_periods),
        cmocka_unit_test(test_occasions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
