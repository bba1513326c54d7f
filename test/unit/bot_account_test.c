#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/message/outbox.h"
#include "domain/payment/payment.h"
#include "domain/subscription/subscription.h"
#include "domain/user/user.h"
#include "test.h"
#include "turn_bed.h"

/* What is paid for, the wallet, invitations, terms, and the end. On both engines. */

static void show(struct turn_bed *b)
{
    if (getenv("HABITD_SHOW"))
        printf("%s\n", turn_bed_screen(b));
}

static void sells(struct turn_bed *b)
{
    b->domain.policy.plans = plans_builtin();
    b->domain.policy.providers = 1u << PROVIDER_STARS;
    b->domain.policy.referral_reward = 10000;
}

static void fill(struct turn_bed *b, int64_t amount)
{
    struct posting p;
    struct ctx *ctx = turn_bed_ctx(b);
    struct posting_request in = {
        .user_id = b->user_id, .kind = POSTING_TOPUP, .amount = amount, .key = "fill"};
    domain_bed_ok(&b->domain, ledger_post(ctx, &in, &p));
}

static const char *data_of(struct turn_bed *b, const char *label)
{
    const struct turn_bed_button *button = turn_bed_button(b, label);
    if (!button)
        fail_msg("no button %s on\n%s", label, turn_bed_screen(b));
    return button->data;
}

static void test_premium_from_the_wallet(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct wallet w;
        sells(&b);
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/premium");
        show(&b);
        turn_bed_sees(&b, "Вы пробуете Премиум до 22 марта");
        turn_bed_presses(&b, "1 месяц — 250");
        assert_null(turn_bed_button(&b, "из кошелька")); /* empty, and nothing fills it here */
        fill(&b, 50000);
        turn_bed_presses(&b, "Назад");
        turn_bed_presses(&b, "1 месяц — 250");
        int64_t screen = turn_bed_last(&b)->id;
        show(&b);
        turn_bed_sees(&b, "Начнётся, когда закончится пробный период");
        turn_bed_presses(&b, "👛 299");
        turn_bed_sees(&b, "останется 201");
        const char *buy = data_of(&b, "Купить и продлевать");
        turn_bed_presses_data(&b, buy, screen);
        turn_bed_sees_toast(&b, "Спасибо");
        assert_non_null(strstr(turn_bed_screen(&b), "продлится сам из кошелька"));
        turn_bed_presses_data(&b, buy, screen); /* twice is once */
        show(&b);
        domain_bed_ok(&b.domain, wallet_get(turn_bed_ctx(&b), NULL, &w));
        assert_int_equal(w.amount, 20100);
        turn_bed_presses_data(&b, "pb:month:29800:2:1", screen); /* not the price that was shown */
        turn_bed_sees_toast(&b, "Цена изменилась");
        turn_bed_presses_data(&b, "pb:month:29900:1:1", screen);
        turn_bed_presses_data(&b, "pb:month:29900:2:1", screen);
        turn_bed_sees_toast(&b, "не хватает");
        turn_bed_sees(&b, "а в кошельке 201");
        turn_bed_presses_data(&b, "pb:gold:1:2:1", screen);
        turn_bed_sees_toast(&b, "устарела");
    }
}

static void test_renewal_is_turned_off(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        sells(&b);
        turn_bed_settle_in(&b, "Europe/Moscow");
        fill(&b, 50000);
        turn_bed_says(&b, "/premium");
        turn_bed_presses_data(&b, "pb:month:29900:1:1", 0);
        turn_bed_says(&b, "/premium");
        turn_bed_presses(&b, "Отключить продление");
        show(&b);
        turn_bed_sees(&b, "Оплаченное будет действовать до 22 апреля");
        turn_bed_presses(&b, "Отключить продление");
        turn_bed_sees(&b, "Продление отключено: оплаченное действует до конца");
        turn_bed_presses_data(&b, "pc:y", 0);
        turn_bed_sees(&b, "Продление отключено");
        turn_bed_presses_data(&b, "pc", 0); /* nothing to ask */
        turn_bed_sees_not(&b, "Отключить");
        turn_bed_presses(&b, "👛 Кошелёк");
        show(&b);
        turn_bed_sees(&b, "В кошельке: 201");
        turn_bed_sees(&b, "15 марта  +500");
        turn_bed_sees(&b, "−299");
    }
}

static void test_stars_are_ordered_once(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        sells(&b);
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/premium");
        turn_bed_presses(&b, "1 month —");
        show(&b);
        int64_t screen = turn_bed_last(&b)->id;
        const char *once = data_of(&b, ", once"), *renewing = data_of(&b, "every 30 days");
        size_t n = b.n_messages;
        turn_bed_presses_data(&b, once, screen);
        assert_string_equal(turn_bed_last(&b)->method, "sendInvoice");
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(1));
        turn_bed_presses_data(&b, once, screen);
        assert_int_equal(b.n_messages, n + 1); /* pressed twice: one invoice */
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM payments"), 1);
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(60));
        turn_bed_presses_data(&b, once, screen);
        assert_int_equal(b.n_messages, n + 2); /* the same order once more */
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM payments"), 1);
        turn_bed_presses_data(&b, renewing, screen);
        turn_bed_presses_data(&b, renewing, screen);
        assert_int_equal(b.n_messages, n + 2); /* the link is waited for */
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM payments WHERE save_method"), 1);
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(86400));
        turn_bed_presses_data(&b, renewing, screen); /* the offer is over: a new one */
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM payments WHERE save_method"), 2);
        turn_bed_presses_data(&b, "po:y:month:29900", screen); /* not sold here */
        turn_bed_sees_toast(&b, "out of date");
        turn_bed_presses_data(&b, "po:s:month:251", screen);
        turn_bed_sees_toast(&b, "price has changed");
        turn_bed_presses_data(&b, "po:s:month:999999999999999999999", screen);
        turn_bed_sees_toast(&b, "out of date");
        turn_bed_presses_data(&b, "pp:month\n", screen);
        turn_bed_sees_toast(&b, "out of date");
    }
}

/* As many notices as there are occasions, in both languages; what was bought meanwhile silences them. */
static void test_notices(void **state)
{
    static const struct {
        const char *occasion, *status, *renews_by, *en, *ru;
    } cases[] = {
        {"trial_36h", "trialing", "none", "How is it going", "Как идут дела"},
        {"trial_90h", "trialing", "none", "well into your trial", "в самом разгаре"},
        {"trial_3h", "trialing", "none", "trial of Premium ends", "закончится"},
        {"trial_end", "expired", "none", "trial of Premium is over", "Пробный Премиум закончился"},
    };
    for (int ru = 0; ru < 2; ru++) {
        struct turn_bed b;
        FOR_EACH_TURN(b, ru ? "ru" : "en")
        {
            struct subscription s;
            char ends[INSTANT_TEXT];
            sells(&b);
            turn_bed_settle_in(&b, "Europe/Moscow");
            domain_bed_ok(&b.domain, subscription_get(turn_bed_ctx(&b), NULL, &s));
            for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
                bool stale = i >= ARRAY_LEN(cases);
                size_t k = i % ARRAY_LEN(cases), n = b.n_messages;
                instant_format(instant_from_ms(s.ends_at.ms + stale), ends);
                struct outbox_draft d = {
                    .user_id = b.user_id,
                    .lane = LANE_PAYMENT,
                    .chat_id = b.telegram_id,
                    .view = "notice",
                    .args = arena_printf(b.domain.base.arena,
                                         "{\"occasion\":\"%s\",\"status\":\"%s\",\"renews_by\":\"%s\","
                                         "\"ends_at\":\"%s\"}",
                                         cases[k].occasion, cases[k].status, cases[k].renews_by, ends)};
                bool added;
                d.ref_id = s.id;
                d.ref_number = (int)i;
                domain_bed_ok(&b.domain, outbox_add_once(turn_bed_ctx(&b), &d, 1, &added));
                turn_bed_send(&b);
                show(&b);
                assert_int_equal(b.n_messages, stale ? n : n + 1);
                if (!stale)
                    turn_bed_sees(&b, ru ? cases[k].ru : cases[k].en);
            }
        }
    }
}

static void test_a_trial_is_told_of(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        static const struct {
            const char *at, *says;
        } occasions[] = {{"2026-03-17T00:01:00Z", "Вы пробуете Премиум"},
                         {"2026-03-21T12:01:00Z", "закончится завтра в 15:00"},
                         {"2026-03-22T12:01:00Z", "Пробный Премиум закончился"}};
        sells(&b);
        turn_bed_settle_in(&b, "Europe/Moscow");
        for (size_t i = 0; i < ARRAY_LEN(occasions); i++) {
            struct subscription_acts acts;
            domain_bed_clock(&b.domain, occasions[i].at);
            b.domain.ctx.actor = (struct actor){.role = ROLE_SYSTEM};
            domain_bed_ok(&b.domain, subscription_act(&b.domain.ctx, &b.user_id, &acts));
            turn_bed_send(&b);
            show(&b);
            turn_bed_sees(&b, occasions[i].says);
            assert_non_null(turn_bed_button(&b, "Премиум"));
        }
    }
}

static void test_friends(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct user_view me;
        sells(&b);
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/invite");
        show(&b);
        domain_bed_ok(&b.domain, user_get(turn_bed_ctx(&b), NULL, &me));
        turn_bed_sees(&b, arena_printf(b.domain.base.arena, "https://t.me/habitd_test_bot?start=ref_%s",
                                       me.user.referral_code));
        turn_bed_sees(&b, "вы получите 100");
        turn_bed_sees(&b, "Пришло 0 друзей");
        assert_non_null(strstr(turn_bed_button(&b, "Отправить другу")->url, "url=https%3A%2F%2Ft.me%2F"));
    }
}

static void test_texts(void **state)
{
    struct turn_bed b;
    for (int i = 0; i < 2; i++) {
        FOR_EACH_TURN(b, i == 0 ? "ru" : "en")
        {
            turn_bed_settle_in(&b, "Europe/Moscow");
            turn_bed_says(&b, "/terms");
            turn_bed_sees(&b, "/delete_me");
            turn_bed_says(&b, "/paysupport");
            turn_bed_sees(&b, "<code>");
            turn_bed_says(&b, "/help");
            show(&b);
        }
    }
}

static void test_the_end(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_ctx(&b);
        struct uuid run = domain_bed_habit(&b.domain, "Бег", 1, 1);
        domain_bed_ok(&b.domain, domain_bed_put(&b.domain, &run, ctx_today(&b.domain.ctx).n, LOG_DONE, &r));
        turn_bed_says(&b, "/delete_me");
        show(&b);
        turn_bed_says(&b, "уронить");
        turn_bed_sees(&b, "Ничего не стёрто");
        turn_bed_presses(&b, "Ничего не удалять");
        turn_bed_says(&b, "удалить"); /* the question is over */
        turn_bed_sees_not(&b, "стёрто");
        turn_bed_says(&b, "/delete_me");
        turn_bed_says(&b, " Удалить ");
        turn_bed_sees(&b, "Всё о вас стёрто");
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM habits"), 0);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM dialogs"), 0);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM outbox"), 0);
        domain_bed_doctor(&b.domain);
        turn_bed_says(&b, "/start");
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM users"), 2);
        assert_non_null(strstr(turn_bed_screen(&b), "Где вы живёте?"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_premium_from_the_wallet),
        cmocka_unit_test(test_renewal_is_turned_off),
        cmocka_unit_test(test_stars_are_ordered_once),
        cmocka_unit_test(test_notices),
        cmocka_unit_test(test_a_trial_is_told_of),
        cmocka_unit_test(test_friends),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
