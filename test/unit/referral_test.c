#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/admin/admin.h"
#include "domain/ledger/ledger.h"
#include "domain/op.h"
#include "domain/referral/referral.h"
#include "domain/user/user.h"
#include "payment_bed.h"
#include "test.h"

/* Referrals, on both engines: person 1 invites. */

#define REWARD 5000

struct scene {
    struct domain_bed b;
    struct plan_table plans;
    struct uuid referrer;
    const char *code;
};

static struct uuid enter(struct scene *s, int64_t telegram_id, const char *code)
{
    struct uuid id;
    bool created;
    struct user_contact c = {.telegram_id = telegram_id, .first_name = "Ян", .referral_code = code};
    s->b.ctx.now = instant_from_ms(s->b.ctx.now.ms + 1000);
    domain_bed_ok(&s->b, user_ensure(&s->b.ctx, &c, &id, &created));
    domain_bed_ok(&s->b, ctx_act_as(&s->b.ctx, &id));
    return id;
}

static bool scene_init(struct scene *s, enum db_engine engine)
{
    struct referral_summary r;
    memset(s, 0, sizeof *s);
    if (!domain_bed_init(&s->b, engine))
        return false;
    s->plans = *plans_builtin();
    s->b.policy.plans = &s->plans;
    s->b.policy.referral_reward = REWARD;
    s->referrer = enter(s, 1, NULL);
    domain_bed_ok(&s->b, referral_get(&s->b.ctx, NULL, &r));
    s->code = r.code;
    return true;
}

#define FOR_EACH_SCENE(s)                                                                                    \
    for (int engine_ = 0; engine_ < DB_ENGINES; engine_++)                                                   \
        for (bool once_ = scene_init(&(s), (enum db_engine)engine_); once_;                                  \
             once_ = false, domain_bed_release(&(s).b))

static struct payment_change receive(struct scene *s, const struct payment *p, enum payment_fact_kind kind,
                                     const char *ref, const char *charge, int64_t amount, const char *payer)
{
    struct payment_notice n = payment_bed_notice(p, kind, ref, charge, amount);
    n.payer = payer;
    return payment_bed_receive(&s->b, &n);
}

/* The actor pays for a plan. */
static struct payment pay(struct scene *s, const char *charge, const char *payer)
{
    struct payment p = payment_bed_order(&s->b, PROVIDER_YOOKASSA, 0, "month");
    return receive(s, &p, FACT_SUCCEEDED, charge, NULL, p.amount, payer).payment;
}

/* Days later; does what is due and returns what came of the last one. */
static enum referral_act days_later(struct scene *s, int days)
{
    struct referral_ref due[20];
    enum referral_act act = REFERRAL_NOTHING;
    size_t n;
    s->b.ctx.now = instant_from_ms(s->b.ctx.now.ms + days * 86400000LL);
    domain_bed_ok(&s->b, referral_due(&s->b.ctx, ARRAY_LEN(due), due, &n));
    for (size_t i = 0; i < n; i++) {
        domain_bed_ok(&s->b, referral_act(&s->b.ctx, &due[i], &act));
        enum referral_act again;
        domain_bed_ok(&s->b, referral_act(&s->b.ctx, &due[i], &again)); /* once is enough */
        assert_int_equal(again, REFERRAL_NOTHING);
    }
    return act;
}

static int64_t balance(struct scene *s)
{
    struct wallet w;
    struct actor actor = s->b.ctx.actor;
    domain_bed_ok(&s->b, ctx_act_as(&s->b.ctx, &s->referrer));
    domain_bed_ok(&s->b, wallet_get(&s->b.ctx, NULL, &w));
    s->b.ctx.actor = actor;
    return w.balance;
}

static void status_is(struct scene *s, const char *status, const char *reasons)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM referrals WHERE status = '%s' AND reasons %s%s%s", status,
             reasons ? "= '" : "IS NULL", reasons ? reasons : "", reasons ? "'" : "");
    if (domain_bed_count(&s->b, sql) != 1)
        fail_msg("no referral that is %s for %s", status, reasons ? reasons : "nothing");
}

static void test_only_at_first_contact_and_from_somebody_older(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        bool created;
        struct uuid id;
        assert_int_equal(strlen(s.code), 10);
        enter(&s, 2, s.code);
        assert_int_equal(domain_bed_count(&s.b, "SELECT count(*) FROM referrals"), 1);
        assert_int_equal(domain_bed_count(&s.b, "SELECT count(*) FROM users WHERE referred_by IS NOT NULL"),
                         1);
        struct user_contact again = {.telegram_id = 1, .referral_code = s.code}; /* one's own link */
        domain_bed_ok(&s.b, user_ensure(&s.b.ctx, &again, &id, &created));
        enter(&s, 3, NULL);
        enter(&s, 3, s.code); /* too late */
        static const char *const odd[] = {"",           "short",         "0OIl0OIl00",
                                          "ABCDEFGHJK", "'; DROP TABLE", "2345678923456789"};
        for (size_t i = 0; i < ARRAY_LEN(odd); i++)
            enter(&s, 10 + (int64_t)i, odd[i]);
        struct user_contact same = {.telegram_id = 30, .referral_code = NULL}; /* in the same millisecond */
        struct referral_summary r;
        domain_bed_ok(&s.b, user_ensure(&s.b.ctx, &same, &id, &created));
        domain_bed_ok(&s.b, ctx_act_as(&s.b.ctx, &id));
        domain_bed_ok(&s.b, referral_get(&s.b.ctx, NULL, &r));
        struct user_contact twin = {.telegram_id = 31, .referral_code = r.code};
        domain_bed_ok(&s.b, user_ensure(&s.b.ctx, &twin, &id, &created));
        assert_true(created);
        assert_int_equal(domain_bed_count(&s.b, "SELECT count(*) FROM referrals"), 1);
        domain_bed_doctor(&s.b);
    }
}

static void test_a_reward_matures(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        struct referral_summary r;
        enter(&s, 2, s.code);
        assert_int_equal(days_later(&s, 20), REFERRAL_NOTHING); /* nothing was paid */
        pay(&s, "A", "anna");
        assert_int_equal(days_later(&s, 13), REFERRAL_NOTHING);
        assert_int_equal(balance(&s), 0);
        assert_int_equal(days_later(&s, 1), REFERRAL_PAID);
        assert_int_equal(balance(&s), REWARD);
        pay(&s, "B", "anna"); /* the second payment earns nothing */
        assert_int_equal(days_later(&s, 100), REFERRAL_NOTHING);
        assert_int_equal(balance(&s), REWARD);
        domain_bed_ok(&s.b, ctx_act_as(&s.b.ctx, &s.referrer));
        domain_bed_ok(&s.b, referral_get(&s.b.ctx, NULL, &r));
        assert_int_equal(r.invited, 1);
        assert_int_equal(r.rewarded, 1);
        assert_int_equal(r.earned, REWARD);
        domain_bed_doctor(&s.b);
    }
}

static void test_a_reward_comes_back_with_its_refund(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        enter(&s, 2, s.code);
        struct payment p = pay(&s, "A", NULL);
        days_later(&s, 14);
        receive(&s, &p, FACT_DISPUTED, "d", "A", 0, NULL);
        assert_int_equal(days_later(&s, 1), REFERRAL_NOTHING); /* not decided */
        receive(&s, &p, FACT_DISPUTE_WON, "d", "A", 0, NULL);
        receive(&s, &p, FACT_REFUNDED, "r", "A", 1, NULL); /* a part */
        assert_int_equal(days_later(&s, 1), REFERRAL_NOTHING);
        receive(&s, &p, FACT_REFUNDED, "q", "A", p.amount - 1, NULL);
        assert_int_equal(balance(&s), REWARD);
        assert_int_equal(days_later(&s, 0), REFERRAL_BACK);
        assert_int_equal(balance(&s), 0);
        status_is(&s, "taken_back", NULL);
        pay(&s, "B", NULL);
        assert_int_equal(days_later(&s, 30), REFERRAL_NOTHING);
        assert_int_equal(balance(&s), 0);
        domain_bed_doctor(&s.b);
    }
}

static void test_a_refund_before_maturity_waits_for_another_payment(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        enter(&s, 2, s.code);
        struct payment p = pay(&s, "A", NULL);
        days_later(&s, 10);
        receive(&s, &p, FACT_REFUNDED, "r", "A", p.amount, NULL);
        assert_int_equal(days_later(&s, 10), REFERRAL_NOTHING);
        p = pay(&s, "B", NULL);
        receive(&s, &p, FACT_DISPUTED, "d", "B", 0, NULL);
        assert_int_equal(days_later(&s, 14), REFERRAL_WAITS);
        receive(&s, &p, FACT_DISPUTE_WON, "d", "B", 0, NULL);
        assert_int_equal(days_later(&s, 1), REFERRAL_PAID);
        assert_int_equal(balance(&s), REWARD);
        domain_bed_doctor(&s.b);
    }
}

static void test_suspicious_ones_are_held(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        struct admin_referrals_page held;
        struct referral out;
        domain_bed_ok(&s.b, ctx_act_as(&s.b.ctx, &s.referrer));
        pay(&s, "own", "one card");
        enter(&s, 2, s.code);
        pay(&s, "A", "one card");
        assert_int_equal(days_later(&s, 14), REFERRAL_HOLD);
        status_is(&s, "held", "same_payer");
        assert_int_equal(balance(&s), 0);
        assert_int_equal(
            domain_bed_count(&s.b, "SELECT count(*) FROM admin_alerts WHERE fingerprint = 'referral.held'"),
            1);
        domain_bed_ok(&s.b,
                      admin_referrals(&s.b.ctx,
                                      &(struct admin_list_query){.list.limit = 10, .status = REFERRAL_HELD},
                                      &held));
        assert_int_equal(held.count, 1);
        struct referral_verdict v = {.ref = held.items[0].ref, .approve = true, .reason = "a couple"};
        assert_int_equal(
            op_run(&s.b.ctx, &OP_referral_review, &(struct referral_verdict){.ref = v.ref}, &out), E_INVALID);
        s.b.ctx.actor.role = ROLE_USER;
        assert_int_equal(op_run(&s.b.ctx, &OP_referral_review, &v, &out), E_FORBIDDEN);
        s.b.ctx.actor.role = ROLE_ADMIN;
        domain_bed_ok(&s.b, op_run(&s.b.ctx, &OP_referral_review, &v, &out));
        assert_int_equal(out.status, REFERRAL_PENDING);
        assert_int_equal(op_run(&s.b.ctx, &OP_referral_review, &v, &out), E_CONFLICT);
        assert_int_equal(days_later(&s, 0), REFERRAL_PAID);
        assert_int_equal(balance(&s), REWARD);
        enter(&s, 3, s.code); /* another of theirs with the card of the first */
        pay(&s, "B", "one card");
        assert_int_equal(days_later(&s, 14), REFERRAL_HOLD);
        domain_bed_ok(&s.b,
                      admin_referrals(&s.b.ctx,
                                      &(struct admin_list_query){.list.limit = 10, .status = REFERRAL_HELD},
                                      &held));
        v = (struct referral_verdict){.ref = held.items[0].ref, .approve = false, .reason = "no"};
        s.b.ctx.actor.role = ROLE_ADMIN;
        domain_bed_ok(&s.b, op_run(&s.b.ctx, &OP_referral_review, &v, &out));
        status_is(&s, "rejected", "same_payer");
        assert_int_equal(days_later(&s, 30), REFERRAL_NOTHING);
        assert_int_equal(
            domain_bed_count(&s.b, "SELECT count(*) FROM audit_log WHERE operation = 'referral.review'"), 2);
        domain_bed_doctor(&s.b);
    }
}

static void test_a_burst_is_held(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        char charge[16];
        s.plans.referral.burst = 3;
        for (int i = 0; i < 3; i++) {
            enter(&s, 2 + i, s.code);
            snprintf(charge, sizeof charge, "c%d", i);
            pay(&s, charge, NULL);
        }
        days_later(&s, 14);
        assert_int_equal(
            domain_bed_count(&s.b, "SELECT count(*) FROM referrals WHERE status = 'held' AND reasons = "
                                   "'burst'"),
            3);
        assert_int_equal(balance(&s), 0);
    }
}

static void test_caps(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        char charge[16];
        s.plans.referral.burst = 0;
        s.plans.referral.per_day = 2;
        s.plans.referral.lifetime = 3;
        for (int i = 0; i < 5; i++) {
            enter(&s, 2 + i, s.code);
            snprintf(charge, sizeof charge, "c%d", i);
            pay(&s, charge, NULL);
        }
        days_later(&s, 14);
        assert_int_equal(balance(&s), 2 * REWARD); /* the others wait for tomorrow */
        days_later(&s, 1);
        assert_int_equal(balance(&s), 3 * REWARD);
        assert_int_equal(
            domain_bed_count(&s.b, "SELECT count(*) FROM referrals WHERE reasons = 'lifetime_cap'"), 2);
        domain_bed_doctor(&s.b);
    }
}

static void test_who_was_here_before_earns_nobody_a_reward(void **state)
{
    static struct scene s;
    FOR_EACH_SCENE(s)
    {
        enter(&s, 2, NULL);
        domain_bed_ok(&s.b, op_run(&s.b.ctx, &OP_me_erase, NULL, NULL));
        enter(&s, 2, s.code);
        status_is(&s, "rejected", "returning");
        pay(&s, "A", NULL);
        assert_int_equal(days_later(&s, 20), REFERRAL_NOTHING);
        assert_int_equal(balance(&s), 0);
    }
}

static void test_who_may_not_be_rewarded(void **state)
{
    static struct scene s;
    static const char *const reasons[] = {"no_reward", "referrer_blocked", "referrer_gone"};
    FOR_EACH_SCENE(s)
    {
        enter(&s, 2, s.code);
        pay(&s, "A", NULL);
        for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
            domain_bed_ok(&s.b, db_savepoint(s.b.base.db));
            struct instant now = s.b.ctx.now;
            s.b.policy.referral_reward = i == 0 ? 0 : REWARD;
            if (i == 1)
                migrate_bed_sql(&s.b.base, "UPDATE users SET blocked_at = updated_at WHERE telegram_id = 1");
            if (i == 2) {
                domain_bed_ok(&s.b, ctx_act_as(&s.b.ctx, &s.referrer));
                domain_bed_ok(&s.b, op_run(&s.b.ctx, &OP_me_erase, NULL, NULL));
            }
            assert_int_equal(days_later(&s, 14), REFERRAL_REFUSED);
            status_is(&s, "rejected", reasons[i]);
            s.b.ctx.now = now;
            domain_bed_ok(&s.b, db_rollback_to(s.b.base.db));
        }
    }
}

static void test_matrix(void **state)
{
    static const char *const rows[REFERRAL_STATUSES] = {
        [REFERRAL_PENDING] = ".111.",  [REFERRAL_HELD] = "1..1.",       [REFERRAL_REWARDED] = "....1",
        [REFERRAL_REJECTED] = ".....", [REFERRAL_TAKEN_BACK] = ".....",
    };
    for (int from = 0; from < REFERRAL_STATUSES; from++) {
        for (int to = 0; to < REFERRAL_STATUSES; to++)
            assert_int_equal(referral_may((enum referral_status)from, (enum referral_status)to),
                             rows[from][to] == '1');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_at_first_contact_and_from_somebody_older),
        cmocka_unit_test(test_a_reward_matures),
        cmocka_unit_test(test_a_reward_comes_back_with_its_refund),
        cmocka_unit_test(test_a_refund_before_maturity_waits_for_another_payment),
        cmocka_unit_test(test_suspicious_ones_are_held),
        cmocka_unit_test(test_a_burst_is_held),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_who_was_here_before_earns_nobody_a_reward),
        cmocka_unit_test(test_who_may_not_be_rewarded),
        cmocka_unit_test(test_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
