#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/doctor/doctor.h"
#include "domain/ledger/ledger.h"
#include "domain/ledger/ledger_check.h"
#include "domain/op.h"
#include "domain/user/user.h"
#include "domain_bed.h"
#include "test.h"

/* The ledger, on both engines. */

static struct posting_request request(const struct uuid *user, enum posting_kind kind, int64_t amount,
                                      const char *key)
{
    return (struct posting_request){.user_id = *user, .kind = kind, .amount = amount, .key = key};
}

static struct posting post(struct domain_bed *b, const struct uuid *user, enum posting_kind kind,
                           int64_t amount, const char *key)
{
    struct posting p = {0};
    struct posting_request r = request(user, kind, amount, key);
    domain_bed_ok(b, ledger_post(&b->ctx, &r, &p));
    return p;
}

static int64_t balance(struct domain_bed *b)
{
    struct wallet w;
    domain_bed_ok(b, wallet_get(&b->ctx, NULL, &w));
    return w.balance;
}

static void test_postings_follow_one_another(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        struct wallet w;
        struct posting_page page;
        domain_bed_ok(&b, wallet_get(&b.ctx, NULL, &w));
        assert_int_equal(w.amount, 0);
        assert_string_equal(w.currency, "RUB");
        struct posting p = post(&b, &u, POSTING_TOPUP, 1000, "a");
        assert_int_equal(p.outcome, POSTED_NEW);
        assert_int_equal(p.seq, 1);
        p = post(&b, &u, POSTING_SUBSCRIPTION, -300, "b");
        assert_int_equal(p.seq, 2);
        assert_int_equal(p.balance_after, 700);
        p = post(&b, &u, POSTING_REFUND, -1000, "c");
        assert_int_equal(p.balance_after, -300);
        domain_bed_ok(&b, wallet_get(&b.ctx, NULL, &w));
        assert_int_equal(w.amount, 0);
        assert_int_equal(w.debt, 300);
        p = post(&b, &u, POSTING_TOPUP, 100, "d"); /* pays in, and still owes */
        assert_int_equal(p.balance_after, -200);
        domain_bed_ok(&b, posting_list(&b.ctx, &(struct posting_query){.list.limit = 3}, &page));
        assert_int_equal(page.count, 3);
        assert_true(page.rest.more);
        assert_int_equal(page.items[0].seq, 4);
        assert_int_equal(page.items[2].kind, POSTING_SUBSCRIPTION);
        domain_bed_ok(&b, posting_list(&b.ctx,
                                       &(struct posting_query){
                                           .list = {.limit = 3, .has_after = true, .after = page.rest.next}},
                                       &page));
        assert_int_equal(page.count, 1);
        assert_false(page.rest.more);
        domain_bed_doctor(&b);
    }
}

static void test_a_key_does_one_thing(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC"), payment = {{1}};
        struct posting p;
        post(&b, &u, POSTING_TOPUP, 500, "k");
        domain_bed_clock(&b, "2026-03-16T12:00:00Z");
        p = post(&b, &u, POSTING_TOPUP, 500, "k");
        assert_int_equal(p.outcome, POSTED_BEFORE);
        assert_int_equal(p.seq, 1);
        assert_int_equal(p.balance_after, 500);
        assert_true(p.created_at.ms < b.ctx.now.ms);
        struct posting_request others[] = {
            request(&u, POSTING_TOPUP, 501, "k"),
            request(&u, POSTING_REFERRAL_REWARD, 500, "k"),
            request(&u, POSTING_TOPUP, 500, "k"),
            request(&u, POSTING_TOPUP, 500, "k"),
        };
        others[2].payment_id = payment;
        others[3].reason = "because";
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
            assert_int_equal(ledger_post(&b.ctx, &others[i], &p), E_CONFLICT);
            assert_string_equal(b.ctx.err.reason, "idempotency_key_reused");
        }
        assert_int_equal(balance(&b), 500);
        struct uuid other = domain_bed_person(&b, 2, "UTC"); /* a key belongs to its wallet */
        p = post(&b, &other, POSTING_TOPUP, 7, "k");
        assert_int_equal(p.outcome, POSTED_NEW);
    }
}

static void test_a_refusal_stays(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        struct posting p = post(&b, &u, POSTING_SUBSCRIPTION, -100, "buy"); /* no wallet at all */
        assert_int_equal(p.outcome, POSTED_REFUSED);
        assert_int_equal(p.balance_after, 0);
        assert_int_equal(p.seq, 0);
        post(&b, &u, POSTING_TOPUP, 1000, "in");
        p = post(&b, &u, POSTING_SUBSCRIPTION, -100, "buy");
        assert_int_equal(p.outcome, POSTED_REFUSED);
        struct posting_request r = request(&u, POSTING_SUBSCRIPTION, -99, "buy");
        assert_int_equal(ledger_post(&b.ctx, &r, &p), E_CONFLICT);
        p = post(&b, &u, POSTING_SUBSCRIPTION, -100, "buy again");
        assert_int_equal(p.outcome, POSTED_NEW);
        p = post(&b, &u, POSTING_SUBSCRIPTION, -901, "too much");
        assert_int_equal(p.outcome, POSTED_REFUSED);
        assert_int_equal(p.balance_after, 900);
        assert_int_equal(balance(&b), 900);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM ledger_refusals"), 2);
        domain_bed_doctor(&b);
    }
}

static void test_bad_postings_name_their_field(void **state)
{
    struct domain_bed b;
    char long_key[LEDGER_KEY_BYTES_MAX + 2];
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        struct posting p;
        const struct {
            struct posting_request r;
            const char *field;
        } cases[] = {
            {request(&u, POSTING_TOPUP, 0, "k"), "amount"},
            {request(&u, POSTING_TOPUP, -1, "k"), "amount"},
            {request(&u, POSTING_SUBSCRIPTION, 1, "k"), "amount"},
            {request(&u, POSTING_TOPUP, LEDGER_AMOUNT_MAX + 1, "k"), "amount"},
            {request(&u, POSTING_REFUND, INT64_MIN, "k"), "amount"},
            {request(&u, POSTING_TOPUP, 1, ""), "key"},
            {request(&u, POSTING_TOPUP, 1, long_key), "key"},
            {request(&u, POSTING_ADJUSTMENT, 1, "k"), "reason"},
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            assert_int_equal(ledger_post(&b.ctx, &cases[i].r, &p), E_INVALID);
            assert_string_equal(b.ctx.err.field, cases[i].field);
        }
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM balances"), 0);
        post(&b, &u, POSTING_TOPUP, 1, "k");
        b.policy.currency = "USD";
        struct posting_request r = request(&u, POSTING_TOPUP, 1, "dollar");
        assert_int_equal(ledger_post(&b.ctx, &r, &p), E_CONFLICT);
        assert_string_equal(b.ctx.err.reason, "wallet_currency");
        b.policy.currency = "RUB";
    }
}

static void test_the_range_ends_before_overflow(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        struct posting p;
        post(&b, &u, POSTING_TOPUP, 1, "a");
        migrate_bed_sql(&b.base, "UPDATE balances SET amount = 4000000000000000001");
        struct posting_request r = request(&u, POSTING_TOPUP, LEDGER_AMOUNT_MAX, "b");
        assert_int_equal(ledger_post(&b.ctx, &r, &p), E_LIMIT);
        struct posting_call call = {.request = r};
        domain_bed_ok(&b, ledger_post_many(&b.ctx, &call, 1));
        assert_int_equal(call.code, E_LIMIT);
    }
}

/* The program never tries; whoever does all the same is refused by the engine. */
static void test_the_books_only_grow(void **state)
{
    static const char *const attacks[] = {
        "UPDATE balance_transactions SET amount = 5",
        "DELETE FROM balance_transactions",
        "UPDATE balance_transactions SET balance_after = 7 WHERE seq = 1",
    };
    /* user, seq 2, then: kind, amount, balance_after, reason */
    static const char *const rows[] = {
        "'subscription', -20, -10, NULL", "'topup', -1, 9, NULL",  "'subscription', 1, 11, NULL",
        "'adjustment', 5, 15, NULL",      "'topup', 0, 10, NULL",  "'gift', 5, 15, NULL",
        "'refund', -20, -10, NULL",       "'topup', 5, -10, NULL",
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        post(&b, &u, POSTING_TOPUP, 10, "a");
        for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
            domain_bed_ok(&b, db_savepoint(b.base.db));
            assert_int_equal(db_exec(b.base.db, attacks[i]), E_CHECK);
            assert_non_null(strstr(b.ctx.err.text, "only grows"));
            domain_bed_ok(&b, db_rollback_to(b.base.db));
        }
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            char sql[700];
            snprintf(sql, sizeof sql,
                     "INSERT INTO balance_transactions (user_id, seq, idempotency_key, body_hash, actor, "
                     "created_at, kind, amount, balance_after, reason) "
                     "SELECT user_id, 2, 'x', body_hash, 'system', created_at, %s FROM balance_transactions",
                     rows[i]);
            domain_bed_ok(&b, db_savepoint(b.base.db));
            assert_int_equal(db_exec(b.base.db, sql), i < ARRAY_LEN(rows) - 2 ? E_CHECK : E_OK);
            domain_bed_ok(&b, db_rollback_to(b.base.db));
        }
    }
}

static void test_the_doctor_names_what_was_tampered_with(void **state)
{
    static const struct {
        const char *sql, *says;
        int64_t count;
    } cases[] = {
        {"UPDATE balance_transactions SET amount = 11 WHERE seq = 2", "posting 2 of 11 leaves 21, not 20", 2},
        {"UPDATE balance_transactions SET balance_after = 21 WHERE seq = 2", "posting 2 of 10 leaves 20", 2},
        {"DELETE FROM balance_transactions WHERE seq = 2", "posting 3 follows 1", 3},
        {"DELETE FROM balance_transactions WHERE seq = 3", "is not the sum of its transactions, 20", 2},
        {"UPDATE balances SET amount = 31", "balance 31 is not the sum of its transactions, 30", 1},
        {"UPDATE balances SET seq = 4", "numbered 4, its newest posting 3", 1},
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        post(&b, &u, POSTING_TOPUP, 10, "a");
        post(&b, &u, POSTING_TOPUP, 10, "b");
        post(&b, &u, POSTING_TOPUP, 10, "c");
        if (b.base.engine == DB_SQLITE)
            migrate_bed_sql(&b.base, "DROP TRIGGER balance_transactions_no_update; DROP TRIGGER "
                                     "balance_transactions_no_delete");
        else
            migrate_bed_sql(&b.base, "DROP TRIGGER balance_transactions_no_change ON balance_transactions");
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct doctor_result all = {0}, changed = {0}, old = {0};
            domain_bed_ok(&b, db_savepoint(b.base.db));
            migrate_bed_sql(&b.base, cases[i].sql);
            domain_bed_ok(&b, ledger_check_all(&b.ctx, &all));
            domain_bed_ok(&b, ledger_check_changed(&b.ctx, b.ctx.now, &changed));
            domain_bed_ok(&b, ledger_check_changed(&b.ctx, instant_from_ms(b.ctx.now.ms + 1), &old));
            domain_bed_ok(&b, db_rollback_to(b.base.db));
            bool said = false;
            for (size_t k = 0; k < all.rows_count; k++)
                said = said || strstr(all.rows[k], cases[i].says) != NULL;
            if (!said)
                fail_msg("%s: %s", cases[i].sql, all.rows_count ? all.rows[0] : "nothing");
            assert_int_equal(all.violations, cases[i].count);
            assert_int_equal(changed.violations, cases[i].count);
            assert_int_equal(old.violations, 0);
        }
    }
}

/* More postings than a page of the check, in more wallets than a page. */
static void test_the_check_turns_pages(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        char key[32];
        struct posting p;
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        for (int i = 0; i < 2100; i++) {
            snprintf(key, sizeof key, "k%d", i);
            struct posting_request r = request(&u, POSTING_TOPUP, 1 + i % 7, key);
            domain_bed_ok(&b, ledger_post(&b.ctx, &r, &p));
        }
        for (int i = 0; i < 510; i++) {
            bool created;
            struct user_contact contact = {.telegram_id = 1000 + i};
            domain_bed_ok(&b, user_ensure(&b.ctx, &contact, &u, &created));
            post(&b, &u, POSTING_TOPUP, 5, "k");
        }
        struct doctor_result r = {0};
        domain_bed_ok(&b, ledger_check_all(&b.ctx, &r));
        assert_int_equal(r.violations, 0);
        domain_bed_ok(&b, ledger_check_changed(&b.ctx, instant_from_ms(0), &r));
        assert_int_equal(r.violations, 0);
        migrate_bed_sql(&b.base, "UPDATE balances SET amount = amount + 1");
        domain_bed_ok(&b, ledger_check_all(&b.ctx, &r));
        assert_int_equal(r.violations, 511);
    }
}

/* Random batches leave what the same postings leave one by one. */
static void test_many_at_once_are_as_one_by_one(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid users[6];
        struct posting_call calls[40];
        static char keys[40][16];
        for (int i = 0; i < 6; i++)
            users[i] = domain_bed_person(&b, 10 + i, "UTC");
        for (int round = 0; round < 30; round++) {
            size_t n = 1 + rng_below(&b.rng, ARRAY_LEN(calls));
            memset(calls, 0, sizeof calls);
            for (size_t i = 0; i < n; i++) { /* few keys: many meet again, some with another body */
                snprintf(keys[i], sizeof keys[i], "k%d", (int)rng_below(&b.rng, 120));
                enum posting_kind kind = (enum posting_kind)rng_below(&b.rng, 3);
                int64_t amount = (int64_t)rng_below(&b.rng, 3) * 50;
                calls[i].request = request(&users[rng_below(&b.rng, round % 2 ? 6 : 1)], kind,
                                           kind == POSTING_TOPUP ? amount : -amount, keys[i]);
            }
            domain_bed_ok(&b, db_savepoint(b.base.db));
            struct posting_call single[40];
            memcpy(single, calls, sizeof calls);
            for (size_t i = 0; i < n; i++)
                single[i].code = ledger_post(&b.ctx, &single[i].request, &single[i].posting);
            int64_t sum = domain_bed_count(&b, "SELECT COALESCE(sum(amount * seq), 0) FROM balances");
            domain_bed_ok(&b, db_rollback_to(b.base.db));
            domain_bed_ok(&b, ledger_post_many(&b.ctx, calls, n));
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(calls[i].code, single[i].code);
                if (calls[i].code != E_OK)
                    continue;
                assert_int_equal(calls[i].posting.outcome, single[i].posting.outcome);
                assert_int_equal(calls[i].posting.seq, single[i].posting.seq);
                assert_int_equal(calls[i].posting.balance_after, single[i].posting.balance_after);
            }
            assert_int_equal(domain_bed_count(&b, "SELECT COALESCE(sum(amount * seq), 0) FROM balances"),
                             sum);
        }
        domain_bed_doctor(&b);
    }
}

static void test_an_adjustment_is_audited(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 1, "UTC"), nobody = {{7}};
        struct adjusted p;
        domain_bed_person(&b, 2, "UTC");
        struct adjustment a = {.user_id = user, .amount = -70, .reason = "counted twice"};
        b.ctx.actor.role = ROLE_USER;
        assert_int_equal(op_run(&b.ctx, &OP_balance_adjust, &a, &p), E_FORBIDDEN);
        b.ctx.actor.role = ROLE_ADMIN;
        domain_bed_ok(&b, op_run(&b.ctx, &OP_balance_adjust, &a, &p));
        assert_int_equal(p.posting.balance_after, -70);
        assert_int_equal(p.wallet.debt, 70); /* a debt that somebody answers for */
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM audit_log a JOIN users u ON u.id = "
                                              "a.user_id WHERE u.telegram_id = 1 AND a.operation = "
                                              "'balance.adjust' AND a.detail IS NOT NULL"),
                         1);
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM balance_transactions WHERE actor = 'admin'"), 1);
        a.reason = NULL;
        assert_int_equal(op_run(&b.ctx, &OP_balance_adjust, &a, &p), E_INVALID);
        a = (struct adjustment){.user_id = nobody, .amount = 1, .reason = "x"};
        assert_int_equal(op_run(&b.ctx, &OP_balance_adjust, &a, &p), E_NOT_FOUND);
    }
}

static void test_the_books_outlive_their_person(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        post(&b, &u, POSTING_TOPUP, 10, "a");
        post(&b, &u, POSTING_SUBSCRIPTION, -50, "b");
        domain_bed_ok(&b, op_run(&b.ctx, &OP_me_erase, NULL, NULL));
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM balance_transactions"), 1);
        assert_int_equal(domain_bed_count(&b, "SELECT amount FROM balances"), 10);
        domain_bed_doctor(&b);
    }
}

#define CLIENTS 20
#define ROUNDS 15

struct client {
    const struct migrate_bed *bed;
    const struct policy *policy;
    struct uuid user;
    int number;
    bool many, locks;
    int posted, refused;
};

static enum ecode client_round(struct client *c, struct db *db, struct ctx *ctx, int round)
{
    char own[32], shared[32];
    struct posting p;
    snprintf(own, sizeof own, "own %d %d", c->number, round);
    snprintf(shared, sizeof shared, "shared %d", round);
    struct posting_call calls[] = {
        {.request = request(&c->user, POSTING_SUBSCRIPTION, -30, own)},
        {.request = request(&c->user, POSTING_TOPUP, 100, shared)}, /* one of twenty has an effect */
    };
    enum ecode rc = db_begin(db, DB_TXN_WRITE);
    if (rc == E_OK && c->locks)
        rc = ctx_lock_people(ctx, &c->user, 1);
    if (rc == E_OK && c->many)
        rc = ledger_post_many(ctx, calls, ARRAY_LEN(calls));
    for (size_t i = 0; i < ARRAY_LEN(calls) && rc == E_OK && !c->many; i++)
        rc = ledger_post(ctx, &calls[i].request, &calls[i].posting);
    p = calls[0].posting;
    if (rc == E_OK)
        rc = db_commit(db);
    if (rc != E_OK) {
        db_rollback(db);
        return rc;
    }
    c->posted += p.outcome == POSTED_NEW;
    c->refused += p.outcome == POSTED_REFUSED;
    return E_OK;
}

static void *client_run(void *arg)
{
    struct client *c = arg;
    struct err err;
    struct db *db = migrate_bed_connect(c->bed, &err);
    struct arena *arena = arena_new(16u << 20);
    struct rng rng;
    struct ctx ctx;
    rng_init(&rng, 0);
    for (int round = 0; round < ROUNDS;) {
        arena_reset(arena);
        ctx_init(&ctx, db, arena, c->policy, &rng, instant_now(), "client");
        enum ecode rc = client_round(c, db, &ctx, round);
        CHECK(rc == E_OK || rc == E_RETRY || rc == E_BUSY);
        round += rc == E_OK;
    }
    db_close(db);
    arena_free(arena);
    return NULL;
}

static void run_clients(struct domain_bed *b, bool many, bool locks)
{
    struct client clients[CLIENTS];
    pthread_t threads[CLIENTS];
    struct uuid u = domain_bed_person(b, 1, "UTC");
    int64_t posted = 0, refused = 0;
    domain_bed_ok(b, db_commit(b->base.db));
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){
            .bed = &b->base, .policy = &b->policy, .user = u, .number = i, .many = many, .locks = locks};
        assert_int_equal(pthread_create(&threads[i], NULL, client_run, &clients[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        posted += clients[i].posted;
        refused += clients[i].refused;
    }
    domain_bed_ok(b, db_begin(b->base.db, DB_TXN_WRITE));
    assert_int_equal(posted + refused, CLIENTS * ROUNDS);
    assert_true(refused > 0 && posted > 0);
    assert_int_equal(
        domain_bed_count(b, "SELECT count(*) FROM balance_transactions WHERE kind = 'subscription'"), posted);
    assert_int_equal(domain_bed_count(b, "SELECT count(*) FROM ledger_refusals"), refused);
    assert_int_equal(domain_bed_count(b, "SELECT count(*) FROM balance_transactions WHERE kind = 'topup'"),
                     ROUNDS);
    assert_int_equal(domain_bed_count(b, "SELECT amount FROM balances"), ROUNDS * 100 - posted * 30);
    assert_int_equal(domain_bed_count(b, "SELECT min(balance_after) FROM balance_transactions") < 0, 0);
    domain_bed_doctor(b);
}

static void test_twenty_clients_on_one_wallet(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        run_clients(&b, false, true);
    }
    FOR_EACH_DOMAIN(b)
    {
        run_clients(&b, true, true);
    }
}

/* Without the lock of the person the key (user_id, seq) alone keeps them apart. */
static void test_the_key_alone_keeps_writers_apart(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        run_clients(&b, false, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_postings_follow_one_another),
        cmocka_unit_test(test_a_key_does_one_thing),
        cmocka_unit_test(test_a_refusal_stays),
        cmocka_unit_test(test_bad_postings_name_their_field),
        cmocka_unit_test(test_the_range_ends_before_overflow),
        cmocka_unit_test(test_the_books_only_grow),
        cmocka_unit_test(test_the_doctor_names_what_was_tampered_with),
        cmocka_unit_test(test_the_check_turns_pages),
        cmocka_unit_test(test_many_at_once_are_as_one_by_one),
        cmocka_unit_test(test_an_adjustment_is_audited),
        cmocka_unit_test(test_the_books_outlive_their_person),
        cmocka_unit_test(test_twenty_clients_on_one_wallet),
        cmocka_unit_test(test_the_key_alone_keeps_writers_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
