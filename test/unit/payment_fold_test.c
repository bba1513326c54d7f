#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/rng.h"
#include "domain/payment/payment_fold.h"
#include "test.h"

/* The fold of a payment's events: pure. */

#define FACT(k, r, c, a)                                                                                     \
    {                                                                                                        \
        .kind = FACT_##k, .ref = (r), .charge = (c), .amount = (a), .currency = (a) ? "RUB" : ""             \
    }

static const struct payment_terms terms = {.amount = 1000, .currency = "RUB"};

#define EVENTS_MAX 6

struct scenario {
    const char *name;
    struct payment_fact facts[EVENTS_MAX];
    size_t n;
    enum payment_status status;
    int64_t refunded;
    const char *charge;
    size_t surplus;
    bool mismatch, contradiction, too_much;
};

#define F(k, r, c, a) FACT(k, r, c, a)
static const struct scenario scenarios[] = {
    {"ordered", {F(CREATED, "", "", 0)}, 1, PAYMENT_CREATED, 0, ""},
    {"waits", {F(CREATED, "", "", 0), F(PENDING, "A", "", 0)}, 2, PAYMENT_PENDING, 0, "A"},
    {"no answer", {F(CREATED, "", "", 0), F(UNKNOWN, "", "", 0)}, 2, PAYMENT_UNKNOWN, 0, ""},
    {"no answer, then found",
     {F(CREATED, "", "", 0), F(UNKNOWN, "", "", 0), F(PENDING, "A", "", 0)},
     3,
     PAYMENT_PENDING,
     0,
     "A"},
    {"no answer, then refused",
     {F(CREATED, "", "", 0), F(UNKNOWN, "", "", 0), F(FAILED, "", "", 0)},
     3,
     PAYMENT_FAILED,
     0,
     ""},
    {"paid",
     {F(CREATED, "", "", 0), F(PENDING, "A", "", 0), F(SUCCEEDED, "A", "", 1000)},
     3,
     PAYMENT_SUCCEEDED,
     0,
     "A"},
    {"canceled",
     {F(CREATED, "", "", 0), F(PENDING, "A", "", 0), F(CANCELED, "A", "", 0)},
     3,
     PAYMENT_CANCELED,
     0,
     "A"},
    {"expired, another try waits",
     {F(PENDING, "A", "", 0), F(EXPIRED, "A", "", 0), F(PENDING, "B", "", 0)},
     3,
     PAYMENT_PENDING,
     0,
     "A"},
    {"paid after all",
     {F(PENDING, "A", "", 0), F(EXPIRED, "A", "", 0), F(FAILED, "A", "", 0), F(SUCCEEDED, "A", "", 1000)},
     4,
     PAYMENT_SUCCEEDED,
     0,
     "A"},
    {"refunded in parts",
     {F(CREATED, "", "", 0), F(SUCCEEDED, "A", "", 1000), F(REFUNDED, "r1", "A", 300),
      F(REFUNDED, "r2", "A", 200)},
     4,
     PAYMENT_PARTIALLY_REFUNDED,
     500,
     "A"},
    {"refunded",
     {F(PENDING, "A", "", 0), F(SUCCEEDED, "A", "", 1000), F(REFUNDED, "r1", "A", 300),
      F(REFUNDED, "r2", "A", 700)},
     4,
     PAYMENT_REFUNDED,
     1000,
     "A"},
    {"reversal alone", {F(CREATED, "", "", 0), F(REFUNDED, "r1", "A", 1000)}, 2, PAYMENT_UNKNOWN, 0, ""},
    {"disputed", {F(SUCCEEDED, "A", "", 1000), F(DISPUTED, "d", "A", 0)}, 2, PAYMENT_DISPUTED, 0, "A"},
    {"dispute won",
     {F(SUCCEEDED, "A", "", 1000), F(DISPUTED, "d", "A", 0), F(DISPUTE_WON, "d", "A", 0)},
     3,
     PAYMENT_SUCCEEDED,
     0,
     "A"},
    {"dispute lost after a part was refunded",
     {F(SUCCEEDED, "A", "", 1000), F(REFUNDED, "r", "A", 400), F(DISPUTED, "d", "A", 0),
      F(DISPUTE_LOST, "d", "A", 0)},
     4,
     PAYMENT_CHARGED_BACK,
     400,
     "A"},
    {"won, and disputed again",
     {F(SUCCEEDED, "A", "", 1000), F(DISPUTED, "d", "A", 0), F(DISPUTE_WON, "d", "A", 0),
      F(DISPUTED, "e", "A", 0)},
     4,
     PAYMENT_DISPUTED,
     0,
     "A"},
    {"won and lost",
     {F(SUCCEEDED, "A", "", 1000), F(DISPUTED, "d", "A", 0), F(DISPUTE_WON, "d", "A", 0),
      F(DISPUTE_LOST, "d", "A", 0)},
     4,
     PAYMENT_CHARGED_BACK,
     0,
     "A",
     .contradiction = true},
    {"paid twice",
     {F(CREATED, "", "", 0), F(SUCCEEDED, "A", "", 1000), F(SUCCEEDED, "B", "", 1000)},
     3,
     PAYMENT_SUCCEEDED,
     0,
     "A",
     .surplus = 1},
    {"paid twice, the second given back",
     {F(SUCCEEDED, "A", "", 1000), F(SUCCEEDED, "B", "", 1000), F(REFUNDED, "r", "B", 1000)},
     3,
     PAYMENT_SUCCEEDED,
     0,
     "A"},
    {"paid twice, the second is asked for",
     {F(SUCCEEDED, "A", "", 1000), F(SUCCEEDED, "B", "", 1000), F(REFUND_ASKED, "s", "B", 1000)},
     3,
     PAYMENT_SUCCEEDED,
     0,
     "A"},
    {"paid twice, the asking failed",
     {F(SUCCEEDED, "A", "", 1000), F(SUCCEEDED, "B", "", 1000), F(REFUND_ASKED, "s", "B", 1000),
      F(REFUND_FAILED, "s", "", 0)},
     4,
     PAYMENT_SUCCEEDED,
     0,
     "A",
     .surplus = 1},
    {"paid twice, the first given back: the second stands",
     {F(SUCCEEDED, "A", "", 1000), F(REFUNDED, "r", "A", 1000), F(SUCCEEDED, "B", "", 1000)},
     3,
     PAYMENT_SUCCEEDED,
     0,
     "B"},
    {"paid three times, all given back",
     {F(SUCCEEDED, "A", "", 1000), F(REFUNDED, "r", "A", 1000), F(SUCCEEDED, "B", "", 1000),
      F(REFUNDED, "q", "B", 1000), F(SUCCEEDED, "C", "", 1000), F(REFUNDED, "p", "C", 1000)},
     6,
     PAYMENT_REFUNDED,
     1000,
     "A"},
    {"wrong amount",
     {F(CREATED, "", "", 0), F(SUCCEEDED, "A", "", 999)},
     2,
     PAYMENT_UNKNOWN,
     0,
     "A",
     .mismatch = true},
    {"wrong amount, then right",
     {F(SUCCEEDED, "A", "", 999), F(SUCCEEDED, "B", "", 1000)},
     2,
     PAYMENT_SUCCEEDED,
     0,
     "B",
     .mismatch = true},
    {"one charge with two amounts",
     {F(SUCCEEDED, "A", "", 1), F(SUCCEEDED, "A", "", 1000), F(SUCCEEDED, "A", "", 5000)},
     3,
     PAYMENT_SUCCEEDED,
     0,
     "A",
     .contradiction = true},
    {"wrong amount given back",
     {F(PENDING, "A", "", 0), F(CANCELED, "A", "", 0), F(SUCCEEDED, "X", "", 5), F(REFUNDED, "r", "X", 5)},
     4,
     PAYMENT_CANCELED,
     0,
     "A"},
    {"wrong currency",
     {{.kind = FACT_SUCCEEDED, .ref = "A", .charge = "", .amount = 1000, .currency = "USD"}},
     1,
     PAYMENT_UNKNOWN,
     0,
     "A",
     .mismatch = true},
    {"refund in another currency",
     {F(SUCCEEDED, "A", "", 1000),
      {.kind = FACT_REFUNDED, .ref = "r", .charge = "A", .amount = 1000, .currency = "USD"}},
     2,
     PAYMENT_SUCCEEDED,
     0,
     "A",
     .mismatch = true},
    {"refunded more than was paid",
     {F(SUCCEEDED, "A", "", 1000), F(REFUNDED, "r", "A", 800), F(REFUNDED, "q", "A", 300)},
     3,
     PAYMENT_REFUNDED,
     1000,
     "A",
     .too_much = true},
    {"one refund with two amounts",
     {F(SUCCEEDED, "A", "", 1000), F(REFUNDED, "r", "A", 300), F(REFUNDED, "r", "A", 200)},
     3,
     PAYMENT_PARTIALLY_REFUNDED,
     300,
     "A",
     .contradiction = true},
    {"lost, then refunded all the same",
     {F(SUCCEEDED, "A", "", 1000), F(DISPUTED, "d", "A", 0), F(DISPUTE_LOST, "d", "A", 0),
      F(REFUNDED, "r", "A", 1000)},
     4,
     PAYMENT_REFUNDED,
     1000,
     "A"},
};

static void check_state(const struct scenario *s, const struct payment_state *got)
{
    if (got->status != s->status)
        fail_msg("%s: %s, not %s", s->name, payment_status_names[got->status],
                 payment_status_names[s->status]);
    if (got->refunded != s->refunded || strcmp(got->charge, s->charge) != 0 ||
        got->surplus_count != s->surplus || got->mismatch != s->mismatch ||
        got->contradiction != s->contradiction || got->reversed_too_much != s->too_much)
        fail_msg("%s: refunded %d charge \"%s\" surplus %zu mismatch %d contradiction %d too much %d",
                 s->name, (int)got->refunded, got->charge, got->surplus_count, got->mismatch,
                 got->contradiction, got->reversed_too_much);
}

static bool next_permutation(int *p, int n)
{
    int i = n - 2, j = n - 1;
    while (i >= 0 && p[i] >= p[i + 1])
        i--;
    if (i < 0)
        return false;
    while (p[j] <= p[i])
        j--;
    int swap = p[i];
    p[i] = p[j];
    p[j] = swap;
    for (int a = i + 1, b = n - 1; a < b; a++, b--) {
        swap = p[a];
        p[a] = p[b];
        p[b] = swap;
    }
    return true;
}

/* Every order, and every step of it is a move that the table allows. */
static void test_order_does_not_matter(void **state)
{
    struct rng rng;
    size_t orders = 0;
    rng_init(&rng, 3);
    for (size_t k = 0; k < ARRAY_LEN(scenarios); k++) {
        const struct scenario *s = &scenarios[k];
        int p[EVENTS_MAX] = {0, 1, 2, 3, 4, 5};
        do {
            struct payment_fact facts[EVENTS_MAX * 2];
            struct payment_state got = {.status = PAYMENT_CREATED};
            for (size_t i = 0; i < s->n; i++) {
                enum payment_status before = got.status;
                facts[i] = s->facts[p[i]];
                payment_fold(&terms, facts, i + 1, &got);
                if (got.status != before && !payment_may(before, got.status))
                    fail_msg("%s: moves from %s to %s", s->name, payment_status_names[before],
                             payment_status_names[got.status]);
            }
            check_state(s, &got);
            orders++;
        } while (next_permutation(p, (int)s->n));
    }
    print_message("%zu orders\n", orders);
}

/* Random sets beyond the scenarios: order never matters, every step is allowed. */
static void test_random_sets(void **state)
{
    static const char *const charges[] = {"A", "B", "C"};
    static const char *const refs[] = {"r", "q", "d"};
    struct rng rng;
    rng_init(&rng, 11);
    for (int round = 0; round < 20000; round++) {
        struct payment_fact facts[9], mixed[9];
        struct payment_state first, got = {.status = PAYMENT_CREATED};
        size_t n = 1 + rng_below(&rng, ARRAY_LEN(facts));
        for (size_t i = 0; i < n; i++) {
            enum payment_fact_kind kind = (enum payment_fact_kind)rng_below(&rng, FACT_KINDS);
            bool about = kind >= FACT_REFUNDED;
            facts[i] = (struct payment_fact){
                .kind = kind,
                .ref = about ? refs[rng_below(&rng, 3)] : charges[rng_below(&rng, 3)],
                .charge = about ? charges[rng_below(&rng, 3)] : "",
                .amount =
                    kind == FACT_SUCCEEDED && rng_below(&rng, 8) ? 1000 : 1 + (int64_t)rng_below(&rng, 1000),
                .currency = rng_below(&rng, 20) ? "RUB" : "USD",
            };
        }
        payment_fold(&terms, facts, n, &first);
        memcpy(mixed, facts, sizeof facts);
        for (size_t i = n; i > 1; i--) {
            size_t k = rng_below(&rng, i);
            struct payment_fact swap = mixed[i - 1];
            mixed[i - 1] = mixed[k];
            mixed[k] = swap;
        }
        for (size_t i = 0; i < n; i++) {
            enum payment_status before = got.status;
            payment_fold(&terms, mixed, i + 1, &got);
            if (got.status != before && !payment_may(before, got.status))
                fail_msg("round %d moves from %s to %s", round, payment_status_names[before],
                         payment_status_names[got.status]);
            if (payment_was_paid(before))
                assert_true(payment_was_paid(got.status));
            assert_in_range(got.refunded, 0, 1000);
        }
        assert_int_equal(first.status, got.status);
        assert_int_equal(first.refunded, got.refunded);
        assert_int_equal(first.refund_asked, got.refund_asked);
        assert_int_equal(first.surplus_count, got.surplus_count);
        assert_int_equal(first.mismatch, got.mismatch);
        assert_int_equal(first.contradiction, got.contradiction);
        assert_int_equal(first.reversed_too_much, got.reversed_too_much);
        assert_string_equal(first.charge, got.charge);
    }
}

/* The same facts twice are the same facts: what would count double is met by its name. */
static void test_duplicates_do_not_matter(void **state)
{
    for (size_t k = 0; k < ARRAY_LEN(scenarios); k++) {
        const struct scenario *s = &scenarios[k];
        struct payment_fact facts[EVENTS_MAX * 2];
        struct payment_state got;
        for (size_t i = 0; i < s->n; i++)
            facts[2 * i] = facts[2 * i + 1] = s->facts[i];
        payment_fold(&terms, facts, s->n * 2, &got);
        check_state(s, &got);
    }
}

static void test_the_payer_is_compared(void **state)
{
    struct payment_terms t = {.amount = 10, .currency = "XTR", .has_payer = true, .payer = {1}};
    struct payment_fact f = {
        .kind = FACT_SUCCEEDED, .ref = "A", .charge = "", .amount = 10, .currency = "XTR"};
    struct payment_state got;
    payment_fold(&t, &f, 1, &got); /* not said */
    assert_int_equal(got.status, PAYMENT_SUCCEEDED);
    f.has_payer = true;
    f.payer[0] = 1;
    payment_fold(&t, &f, 1, &got);
    assert_int_equal(got.status, PAYMENT_SUCCEEDED);
    f.payer[0] = 2;
    payment_fold(&t, &f, 1, &got);
    assert_int_equal(got.status, PAYMENT_UNKNOWN);
    assert_true(got.mismatch);
}

/* The whole matrix, written out by hand: rows from, columns to. */
static void test_matrix(void **state)
{
    static const char *const rows[PAYMENT_STATUSES] = {
        /* to:                          c p u s P r d b f x e */
        [PAYMENT_CREATED] = ". 1 1 1 1 1 1 1 1 1 1",
        [PAYMENT_PENDING] = ". . 1 1 1 1 1 1 1 1 1",
        [PAYMENT_UNKNOWN] = ". 1 . 1 1 1 1 1 1 1 1",
        [PAYMENT_SUCCEEDED] = ". . . . 1 1 1 1 . . .",
        [PAYMENT_PARTIALLY_REFUNDED] = ". . . 1 . 1 1 1 . . .",
        [PAYMENT_REFUNDED] = ". . . 1 1 . 1 1 . . .",
        [PAYMENT_DISPUTED] = ". . . 1 1 1 . 1 . . .",
        [PAYMENT_CHARGED_BACK] = ". . . 1 1 1 1 . . . .",
        [PAYMENT_FAILED] = ". 1 1 1 1 1 1 1 . 1 .",
        [PAYMENT_CANCELED] = ". 1 1 1 1 1 1 1 . . .",
        [PAYMENT_EXPIRED] = ". 1 1 1 1 1 1 1 1 1 .",
    };
    for (int from = 0; from < PAYMENT_STATUSES; from++) {
        for (int to = 0; to < PAYMENT_STATUSES; to++) {
            if (payment_may((enum payment_status)from, (enum payment_status)to) !=
                (rows[from][2 * to] == '1'))
                fail_msg("%s to %s", payment_status_names[from], payment_status_names[to]);
        }
    }
}

static void test_targets(void **state)
{
    static const struct {
        enum payment_wallet wallet;
        enum payment_status status;
        int64_t refunded;
        struct payment_target want;
    } cases[] = {
        {WALLET_TOPPED_UP, PAYMENT_PENDING, 0, {0}},
        {WALLET_TOPPED_UP, PAYMENT_SUCCEEDED, 0, {.topup = 100}},
        {WALLET_TOPPED_UP, PAYMENT_PARTIALLY_REFUNDED, 30, {.topup = 100, .refund = -30}},
        {WALLET_TOPPED_UP, PAYMENT_REFUNDED, 100, {.topup = 100, .refund = -100}},
        {WALLET_TOPPED_UP, PAYMENT_DISPUTED, 30, {.topup = 100, .refund = -30, .chargeback = -70}},
        {WALLET_TOPPED_UP, PAYMENT_CHARGED_BACK, 0, {.topup = 100, .chargeback = -100}},
        {WALLET_SPENT, PAYMENT_SUCCEEDED, 0, {.subscription = -100}},
        {WALLET_SPENT, PAYMENT_REFUNDED, 100, {.subscription = -100, .refund = 100}},
        {WALLET_SPENT, PAYMENT_FAILED, 0, {0}},
        {WALLET_UNTOUCHED, PAYMENT_SUCCEEDED, 0, {0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct payment_state s = {.status = cases[i].status, .refunded = cases[i].refunded};
        struct payment_target t = payment_target(cases[i].wallet, 100, &s);
        assert_memory_equal(&t, &cases[i].want, sizeof t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_random_sets),
        cmocka_unit_test(test_duplicates_do_not_matter),
        cmocka_unit_test(test_the_payer_is_compared),
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
