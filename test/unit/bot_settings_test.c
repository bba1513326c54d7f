#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/message/outbox.h"
#include "domain/reminder/reminder.h"
#include "domain/user/user.h"
#include "draw/picture.h"
#include "edge/bot/input.h"
#include "edge/bot/view.h"
#include "test.h"
#include "turn_bed.h"

/* Settings, statistics, and what people are told: as people see them. On both engines. */

static void show(struct turn_bed *b)
{
    if (getenv("HABITD_SHOW"))
        printf("%s\n", turn_bed_screen(b));
}

static struct user me(struct turn_bed *b)
{
    struct user_view v;
    domain_bed_ok(&b->domain, user_get(turn_bed_ctx(b), NULL, &v));
    return v.user;
}

static void test_settings_are_one_message(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/settings");
        size_t n = b.n_messages;
        show(&b);
        turn_bed_sees(&b, "Moscow, 15:00 now");
        turn_bed_presses(&b, "Language");
        turn_bed_presses(&b, "Русский");
        turn_bed_sees_toast(&b, "Сохранено");
        turn_bed_sees(&b, "Москва, сейчас 15:00");
        turn_bed_presses(&b, "Начало дня");
        show(&b);
        turn_bed_presses(&b, "03:00");
        turn_bed_presses(&b, "Тихие часы");
        turn_bed_presses(&b, "22:00–08:00");
        turn_bed_presses(&b, "Первый день недели");
        turn_bed_presses(&b, "воскресенье");
        turn_bed_presses(&b, "✅ Напоминания");
        turn_bed_presses(&b, "Итоги недели");
        turn_bed_presses(&b, "Подбадривание");
        show(&b);
        assert_int_equal(b.n_messages, n);
        struct user u = me(&b);
        assert_string_equal(u.language_code, "ru");
        assert_int_equal(u.day_starts_at, 180);
        assert_int_equal(u.quiet.from, 22 * 60);
        assert_int_equal(u.quiet.to, 8 * 60);
        assert_int_equal(u.week_starts_on, 7);
        assert_false(u.notifications_enabled);
        assert_true(u.weekly_summary);
        assert_true(u.nudges);
        turn_bed_presses_data(&b, "se:nudge:1", 0); /* the same again */
        assert_true(me(&b).nudges);
        turn_bed_presses_data(&b, "se:day:361", 0);
        turn_bed_sees_toast(&b, "устарела");
        turn_bed_presses_data(&b, "se:lang:xx", 0);
        turn_bed_sees_toast(&b, "устарела");
        assert_int_equal(me(&b).day_starts_at, 180);
    }
}

static void test_quiet_hours_may_be_typed(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/settings");
        turn_bed_presses(&b, "Тихие часы");
        turn_bed_says(&b, "ночью");
        turn_bed_sees(&b, "23:00-7:30");
        turn_bed_says(&b, "с 23 до 7:30");
        show(&b);
        assert_non_null(strstr(turn_bed_screen(&b), "с 23:00 до 07:30"));
        assert_int_equal(me(&b).quiet.from, 23 * 60);
        turn_bed_presses(&b, "Тихие часы");
        turn_bed_presses(&b, "Без тихих часов");
        assert_int_equal(me(&b).quiet.from, MINUTE_NONE);
    }
}

static void test_spans(void **state)
{
    static const struct {
        const char *text;
        int from, to; /* -1: none */
    } cases[] = {{"23:00-7:30", 1380, 450},
                 {"23–7", 1380, 420},
                 {" 22.30 — 8 ", 1350, 480},
                 {"с 23 до 7", 1380, 420},
                 {"from 23 to 7", 1380, 420},
                 {"23 7", 1380, 420},
                 {"7-7", -1, 0},
                 {"23", -1, 0},
                 {"24-7", -1, 0},
                 {"23-7 часов", -1, 0},
                 {"", -1, 0},
                 {"23:60-7", -1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int from, to;
        if (input_span(cases[i].text, &from, &to) != (cases[i].from >= 0))
            fail_msg("\"%s\"", cases[i].text);
        if (cases[i].from >= 0 && (from != cases[i].from || to != cases[i].to))
            fail_msg("\"%s\": %d %d", cases[i].text, from, to);
    }
}

/* --- statistics ---------------------------------------------------------------------------------------- */

static void mark_days(struct turn_bed *b, const struct uuid *habit, int32_t today, int days)
{
    for (int i = 0; i < days; i++) {
        struct log_result r;
        enum log_status s = i % 11 == 3 ? LOG_SKIPPED : i % 17 == 9 ? LOG_DECLINED : LOG_DONE;
        if (i % 13 != 5)
            domain_bed_ok(&b->domain, domain_bed_put(&b->domain, habit, today - i, s, &r));
    }
}

static void save(const struct view_file *f, const char *name)
{
    char path[200];
    if (!getenv("HABITD_SHOW"))
        return;
    snprintf(path, sizeof path, "%s/%s", getenv("HABITD_SHOW"), name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    fwrite(f->data, 1, f->len, out);
    fclose(out);
}

static void test_a_year_is_a_picture(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/stats");
        turn_bed_sees(&b, "Считать пока нечего");
        struct ctx *ctx = turn_bed_ctx(&b);
        struct uuid run = domain_bed_habit(&b.domain, "Бег", 1, 1);
        domain_bed_habit(&b.domain, "Вода", 3, 7);
        mark_days(&b, &run, ctx_today(ctx).n, 300);
        turn_bed_says(&b, "/stats");
        show(&b);
        turn_bed_presses(&b, "Бег");
        show(&b);
        const struct turn_bed_message *m = turn_bed_last(&b);
        const struct view_file *f = m->file;
        assert_string_equal(m->method, "sendPhoto");
        assert_non_null(f);
        assert_memory_equal(f->data, "\x89PNG", 4);
        save(f, engine_ == 0 ? "year_ru.png" : "year_ru_pg.png");
        turn_bed_sees(&b, "Серия: ");
        turn_bed_sees(&b, "Прочность");
        turn_bed_presses(&b, "Статистика");
        turn_bed_sees(&b, "О какой привычке?");
        turn_bed_presses_data(&b, "st:AAAAAAAAAAAAAAAAAAAAAA", 0); /* nobody's */
        turn_bed_sees_toast(&b, "больше нет");
    }
}

/* --- what people are told ------------------------------------------------------------------------------ */

static void let_pass(struct turn_bed *b, const char *time)
{
    struct reminder_claim c = {.fence = b->fence, .lease_ttl = duration_seconds(15), .max = 100};
    struct reminder_tick tick = {.more = true};
    domain_bed_clock(&b->domain, time);
    b->domain.ctx.actor = (struct actor){.role = ROLE_SYSTEM};
    while (tick.more)
        domain_bed_ok(&b->domain, reminder_tick(&b->domain.ctx, &c, &tick));
    turn_bed_send(b);
}

static void test_a_milestone_is_told_once(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/London");
        int32_t today = ctx_today(turn_bed_ctx(&b)).n;
        struct uuid run = domain_bed_habit(&b.domain, "Run <5 km>", 1, 1);
        for (int i = 1; i <= 6; i++)
            domain_bed_ok(&b.domain, domain_bed_put(&b.domain, &run, today - i, LOG_DONE, &r));
        turn_bed_says(&b, "/today");
        size_t before = b.n_messages;
        turn_bed_presses(&b, "✅ Run");
        show(&b);
        assert_int_equal(b.n_messages, before + 1);
        const char *told = turn_bed_newest(&b)->text;
        assert_non_null(strstr(told, "Run &lt;5 km&gt;</b>: a streak of 7 days"));
        assert_non_null(strstr(told, "A whole week."));
        turn_bed_says(&b, "/today");
        turn_bed_presses(&b, "↩️ Run");
        turn_bed_presses(&b, "✅ Run");
        assert_int_equal(b.n_messages, before + 3);
        turn_bed_presses_data(&b, "st", 0);
        turn_bed_sees(&b, "Which habit?");
    }
}

static void test_a_week_is_summed_up(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/settings");
        turn_bed_presses(&b, "◻️ Итоги недели");
        int32_t today = ctx_today(turn_bed_ctx(&b)).n; /* a Sunday */
        struct uuid run = domain_bed_habit(&b.domain, "Бег", 1, 1),
                    water = domain_bed_habit(&b.domain, "Вода", 3, 7);
        for (int i = 0; i < 5; i++)
            domain_bed_ok(&b.domain, domain_bed_put(&b.domain, &run, today - i, LOG_DONE, &r));
        domain_bed_ok(&b.domain, domain_bed_put(&b.domain, &water, today - 1, LOG_DONE, &r));
        size_t before = b.n_messages;
        let_pass(&b, "2026-03-15T15:59:00Z");
        assert_int_equal(b.n_messages, before);
        let_pass(&b, "2026-03-15T16:01:00Z");
        show(&b);
        assert_int_equal(b.n_messages, before + 1);
        turn_bed_sees(&b, "Бег: 5 из 7 · 🔥 5");
        turn_bed_sees(&b, "Вода: 1 из 3");
        turn_bed_sees(&b, "60");
        turn_bed_presses(&b, "Больше не присылать");
        turn_bed_sees_toast(&b, "Сохранено");
        assert_false(me(&b).weekly_summary);
        turn_bed_sees(&b, "Бег: 5 из 7"); /* the summary itself stays */
    }
}

static void test_a_nudge_comes_after_silence(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/settings");
        turn_bed_presses(&b, "◻️ A word");
        turn_bed_ctx(&b);
        struct uuid run = domain_bed_habit(&b.domain, "Run", 1, 1);
        domain_bed_ok(&b.domain,
                      domain_bed_put(&b.domain, &run, ctx_today(turn_bed_ctx(&b)).n, LOG_DONE, &r));
        let_pass(&b, "2026-03-16T12:01:00Z"); /* looks, and sees somebody who was there */
        size_t before = b.n_messages;
        let_pass(&b, "2026-03-18T12:01:00Z");
        show(&b);
        assert_int_equal(b.n_messages, before + 1);
        turn_bed_sees(&b, "I have not heard from you");
        turn_bed_presses(&b, "No more of these");
        assert_false(me(&b).nudges);
    }
}

/* The fonts that pictures were drawn with. */
static int give_fonts_back(void **state)
{
    picture_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_are_one_message),
        cmocka_unit_test(test_quiet_hours_may_be_typed),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_a_year_is_a_picture),
        cmocka_unit_test(test_a_milestone_is_told_once),
        cmocka_unit_test(test_a_week_is_summed_up),
        cmocka_unit_test(test_a_nudge_comes_after_silence),
    };
    return cmocka_run_group_tests(tests, NULL, give_fonts_back);
}
