#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "domain/dialog/dialog.h"
#include "domain/habit/habit.h"
#include "domain/user/user.h"
#include "test.h"
#include "turn_bed.h"

/* Habits made, listed and changed in conversations. On both engines. */

#define FAMILY "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" /* one visible character */

/* The person's habit of that name; fails when there is none. */
static struct habit habit_of(struct turn_bed *b, const char *name)
{
    struct habit_page page;
    struct habit_query q = {.archived = ARCHIVED_ALL, .limit = 200};
    domain_bed_ok(&b->domain, habit_list(turn_bed_ctx(b), &q, &page));
    for (size_t i = page.count; i-- > 0;) {
        if (strcmp(page.items[i].name, name) == 0)
            return page.items[i];
    }
    fail_msg("there is no habit \"%s\":\n%s", name, turn_bed_screen(b));
    return (struct habit){.name = NULL};
}

static int64_t habits(struct turn_bed *b)
{
    return domain_bed_count(&b->domain, "SELECT count(*) FROM habits WHERE deleted_at IS NULL");
}

static bool in_dialog(struct turn_bed *b)
{
    struct dialog d;
    return dialog_get(turn_bed_ctx(b), &d) == E_OK;
}

/* A habit made outside of the conversation. */
static struct habit make(struct turn_bed *b, const char *name)
{
    struct habit h;
    domain_bed_ok(&b->domain,
                  habit_create(turn_bed_ctx(b), &(struct habit_change){.has_name = true, .name = name}, &h));
    return h;
}

static void press_all(struct turn_bed *b, const char *const *labels)
{
    for (; *labels; labels++)
        turn_bed_presses(b, *labels);
}
#define PRESSES(b, ...) press_all(b, (const char *const[]){__VA_ARGS__, NULL})

/* --- /add ----------------------------------------------------------------------------------------------- */

static void test_a_template_takes_two_taps(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/add");
        turn_bed_sees(&b, "Новая привычка");
        PRESSES(&b, "💧 Пить воду", "Создать");
        turn_bed_sees(&b, "Готово");
        assert_int_equal(b.n_messages, 2); /* the command and one message, edited */
        struct habit h = habit_of(&b, "Пить воду");
        assert_string_equal(h.emoji, "💧");
        assert_int_equal(h.kind, HABIT_MEASURABLE);
        assert_int_equal(h.target_value, 8000);
        assert_string_equal(h.unit, "стаканов");
        assert_int_equal(h.frequency_count, 1);
        assert_int_equal(h.schedules_count, 3);
        assert_int_equal(h.schedules[0].type, SCHEDULE_DAILY);
        assert_false(in_dialog(&b));
        turn_bed_says(&b, "/today");
        turn_bed_sees(&b, "💧 Пить воду · 0 из 8 стаканов");
        domain_bed_doctor(&b.domain);
    }
}

static void test_every_template_can_be_made(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        for (int i = 0; i < 10; i++) {
            turn_bed_says(&b, "/add");
            const struct turn_bed_message *m = turn_bed_last(&b);
            turn_bed_presses_data(&b, m->buttons[i].data, m->id);
            turn_bed_presses(&b, "Create");
            turn_bed_sees(&b, "Here we go");
        }
        assert_int_equal(habits(&b), 10);
        domain_bed_doctor(&b.domain);
    }
}

static void test_days_number_and_times_of_ones_own(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, " " FAMILY " Гулять с <детьми> & псом ");
        turn_bed_sees(&b, FAMILY " Гулять с &lt;детьми&gt; &amp; псом");
        PRESSES(&b, "По дням недели", "Далее");
        turn_bed_sees_toast(&b, "хотя бы один");
        PRESSES(&b, "сб", "вс", "пн", "пн", "Далее", "Количество", "Не больше", "Не меньше");
        turn_bed_says(&b, "2,5 км");
        turn_bed_sees(&b, "Когда напоминать");
        turn_bed_says(&b, "8:30 и 14");
        turn_bed_sees(&b, "🔁 по выходным");
        turn_bed_sees(&b, "🎯 не меньше 2,5 км");
        turn_bed_sees(&b, "⏰ 08:30, 14:00");
        turn_bed_presses(&b, "Создать");
        struct habit h = habit_of(&b, "Гулять с <детьми> & псом");
        assert_string_equal(h.emoji, FAMILY);
        assert_int_equal(h.target_value, 2500);
        assert_int_equal(h.target_kind, TARGET_AT_LEAST);
        assert_string_equal(h.unit, "км");
        assert_int_equal(h.frequency_days, 0);
        assert_int_equal(h.schedules_count, 2);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(h.schedules[i].type, SCHEDULE_WEEKLY);
            assert_int_equal(h.schedules[i].weekdays, 0x60);
        }
    }
}

static void test_so_many_times_a_week_without_reminders(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, "Swim");
        PRESSES(&b, "A few times a week", "3 times", "Done", "No reminders");
        turn_bed_sees(&b, "🔁 3 times a week\n🔕 no reminders");
        turn_bed_presses(&b, "Create");
        struct habit h = habit_of(&b, "Swim");
        assert_null(h.emoji);
        assert_int_equal(h.frequency_count, 3);
        assert_int_equal(h.frequency_days, 7);
        assert_int_equal(h.schedules_count, 0);
        /* Chosen days without a reminder are a schedule all the same: the habit is due on them. */
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, "Call home");
        PRESSES(&b, "On chosen days", "Sun", "Next", "Done", "No reminders", "Create");
        h = habit_of(&b, "Call home");
        assert_int_equal(h.schedules_count, 1);
        assert_int_equal(h.schedules[0].reminder_minute, MINUTE_NONE);
        turn_bed_says(&b, "/today"); /* a Sunday */
        turn_bed_sees(&b, "Call home");
    }
}

static void test_all_days_are_every_day_and_words_choose_too(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, "Sing");
        PRESSES(&b, "On chosen days", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Next");
        turn_bed_says(&b, "10 min"); /* where Done or An amount is asked */
        PRESSES(&b, "09:00", "Create");
        struct habit h = habit_of(&b, "Sing");
        assert_int_equal(h.frequency_count, 1);
        assert_int_equal(h.target_value, 10000);
        assert_int_equal(h.schedules[0].type, SCHEDULE_DAILY);
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, "Dance");
        turn_bed_says(&b, "hm"); /* a button is wanted */
        assert_int_equal(b.n_messages - b.seen, 2);
        turn_bed_sees(&b, "How often");
        turn_bed_says(&b, "2");
        PRESSES(&b, "Done", "21:00", "Create");
        assert_int_equal(habit_of(&b, "Dance").frequency_count, 2);
    }
}

static void test_back_from_every_step(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, "Run");
        PRESSES(&b, "On chosen days", "Back");
        turn_bed_sees(&b, "How often?");
        PRESSES(&b, "A few times", "Back");
        turn_bed_sees(&b, "How often?");
        PRESSES(&b, "A few times", "2 times", "Back");
        turn_bed_sees(&b, "How many times");
        PRESSES(&b, "2 times", "An amount", "Back");
        turn_bed_sees(&b, "What shall I note down");
        turn_bed_presses(&b, "An amount");
        turn_bed_says(&b, "5 km");
        turn_bed_presses(&b, "Back");
        turn_bed_sees(&b, "What is the target");
        PRESSES(&b, "5 km ›", "13:00", "Back");
        turn_bed_sees(&b, "When shall I remind");
        PRESSES(&b, "Back", "Back", "Back", "Back", "Back");
        turn_bed_sees(&b, "Pick one");
        /* A name begins anew: nothing of the former is left. */
        turn_bed_says(&b, "Walk");
        PRESSES(&b, "Every day", "An amount");
        assert_null(turn_bed_button(&b, "5 km"));
        PRESSES(&b, "Back", "Done", "No reminders");
        turn_bed_sees(&b, "<b>Walk</b>\n🔁 every day\n🔕 no reminders");
        /* From the sum every step leads back to it. */
        PRESSES(&b, "Name", "Back", "How often", "On weekdays", "Target", "An amount", "Back", "Back",
                "Reminders", "Back");
        turn_bed_sees(&b, "🔁 on weekdays");
        turn_bed_presses(&b, "Name");
        turn_bed_says(&b, "🚶 Stroll");
        turn_bed_sees(&b, "<b>🚶 Stroll</b>\n🔁 on weekdays");
        turn_bed_presses(&b, "Cancel");
        turn_bed_sees_toast(&b, "Cancelled");
        assert_int_equal(habits(&b), 0);
        assert_false(in_dialog(&b));
    }
}

static void test_wrong_words_keep_the_dialog(void **state)
{
    struct turn_bed b;
    char name[101 * sizeof FAMILY];
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        for (size_t i = 0; i < 101; i++)
            memcpy(name + i * (sizeof FAMILY - 1), FAMILY, sizeof FAMILY);
        turn_bed_says(&b, arena_printf(b.domain.base.arena, "x%s", name));
        turn_bed_sees(&b, "one line of up to 100 characters");
        turn_bed_says(&b, "two\nlines");
        turn_bed_sees(&b, "one line of up to 100 characters");
        turn_bed_says(&b, name); /* an icon and a hundred */
        turn_bed_sees(&b, "How often?");
        PRESSES(&b, "Every day", "An amount");
        static const char *const targets[] = {"a lot", "0", "-5", "5 kilometresandeverything",
                                              "99999999999999"};
        for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
            turn_bed_says(&b, targets[i]);
            turn_bed_sees(&b, "a number above zero");
        }
        turn_bed_presses(&b, "At most");
        turn_bed_says(&b, "0 cigarettes"); /* as a limit it makes sense */
        turn_bed_sees(&b, "When shall I remind");
        static const char *const times[] = {"noon", "25:00", "8:3", "1 2 3 4 5 6 7 8 9 10 11 12 13"};
        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
            turn_bed_says(&b, times[i]);
            turn_bed_sees(&b, "8:30");
        }
        turn_bed_says(&b, "7");
        turn_bed_presses(&b, "Create");
        struct habit h = habit_of(&b, name + sizeof FAMILY - 1);
        assert_string_equal(h.emoji, FAMILY);
        assert_int_equal(h.target_kind, TARGET_AT_MOST);
        assert_int_equal(h.target_value, 0);
        assert_int_equal(h.schedules[0].reminder_minute, 420);
    }
}

static void test_buttons_of_another_dialog(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        const struct turn_bed_message *old = turn_bed_last(&b);
        const char *template = old->buttons[0].data;
        b.domain.ctx.now.ms += 1000;
        turn_bed_says(&b, "/add");
        assert_int_not_equal(turn_bed_last(&b)->id, old->id); /* a message of its own */
        turn_bed_says(&b, "Read");
        turn_bed_presses_data(&b, template, old->id);
        turn_bed_sees_toast(&b, "That conversation is over");
        assert_false(b.toast_alert);
        turn_bed_sees(&b, "Read"); /* the newer one goes on */
        PRESSES(&b, "Every day", "Done", "21:00");
        const struct turn_bed_message *m = turn_bed_last(&b);
        const char *create = turn_bed_button(&b, "Create")->data;
        turn_bed_presses_data(&b, create, m->id);
        turn_bed_presses_data(&b, create, m->id); /* a double tap */
        turn_bed_sees_toast(&b, "That conversation is over");
        turn_bed_sees(&b, "Here we go");
        assert_int_equal(habits(&b), 1);
        static const char *const bad[] = {"a:x", "a:1:c", "a:1:t:99", "a:99999999999999999999:c"};
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
            turn_bed_presses_data(&b, bad[i], 0);
            assert_non_null(b.toast);
        }
        turn_bed_says(&b, "/add");
        create = arena_printf(b.domain.base.arena, "a:%lld:", (long long)b.domain.ctx.now.ms);
        static const char *const early[] = {"c",       "t:99", "g:sum",  "g:nowhere", "f:n:7",
                                            "f:s:128", "k:2",  "r:1440", "y",         "what"};
        for (size_t i = 0; i < ARRAY_LEN(early); i++) {
            turn_bed_presses_data(&b, arena_printf(b.domain.base.arena, "%s%s", create, early[i]), 0);
            turn_bed_sees_toast(&b, "out of date");
        }
        assert_int_equal(habits(&b), 1);
    }
}

static void test_cancel_and_another_dialog(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, "/cancel");
        turn_bed_sees(&b, "Cancelled");
        turn_bed_presses(&b, "Drink water");
        turn_bed_sees_toast(&b, "/add begins a new one");
        turn_bed_says(&b, "Read");
        turn_bed_sees(&b, "I did not expect words");
        assert_int_equal(habits(&b), 0);
    }
}

/* The limit comes before the questions. */
static void test_the_limit_is_said_early(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        turn_bed_settle_in(&b, "Europe/Moscow");
        for (int i = 0; i < 5; i++)
            make(&b, arena_printf(b.domain.base.arena, "Привычка %d", i));
        turn_bed_says(&b, "/add");
        turn_bed_sees(&b, "Новая привычка"); /* the trial has no limit */
        turn_bed_says(&b, "Шестая");
        PRESSES(&b, "Каждый день", "Сделано", "09:00");
        domain_bed_clock(&b.domain, "2026-03-25T12:00:00Z");
        turn_bed_presses(&b, "Создать"); /* it ended meanwhile */
        turn_bed_sees_toast(&b, "/premium");
        assert_true(b.toast_alert);
        assert_true(in_dialog(&b));
        turn_bed_says(&b, "/add");
        turn_bed_sees(&b, "можно вести 5 привычек");
        turn_bed_sees(&b, "/premium");
        assert_false(in_dialog(&b));
        PRESSES(&b, "Привычки", "Привычка 2", "Пауза");
        turn_bed_sees(&b, "на паузе");
        turn_bed_says(&b, "/add");
        turn_bed_sees(&b, "Новая привычка");
        PRESSES(&b, "Читать", "Создать");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Привычка 2", "Продолжить");
        turn_bed_sees_toast(&b, "/premium");
        turn_bed_sees(&b, "на паузе");
    }
}

/* --- /habits ---------------------------------------------------------------------------------------------
 */

static void test_the_list_has_pages_and_states(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/habits");
        turn_bed_sees(&b, "No habits here yet");
        for (int i = 1; i <= 19; i++)
            make(&b, arena_printf(b.domain.base.arena, "Habit %d.", i));
        turn_bed_says(&b, "/habits");
        turn_bed_sees(&b, "Your habits: 19");
        assert_null(turn_bed_button(&b, "Habit 9."));
        PRESSES(&b, "▶", "▶");
        assert_non_null(turn_bed_button(&b, "3 / 3"));
        PRESSES(&b, "Habit 18.", "Pause", "Back");
        turn_bed_sees(&b, "⏸ paused"); /* the same page again, and what the sign means */
        turn_bed_presses(&b, "⏸ Habit 18.");
        turn_bed_sees(&b, "the streak is safe");
        PRESSES(&b, "Resume", "Archive", "Back", "Back");
        assert_non_null(turn_bed_button(&b, "Archive: 1"));
        turn_bed_sees(&b, "Your habits: 18");
        PRESSES(&b, "Archive: 1", "🗄 Habit 18.");
        turn_bed_sees(&b, "in the archive");
        assert_null(turn_bed_button(&b, "Pause"));
        PRESSES(&b, "Take out", "Back");
        turn_bed_sees(&b, "Your habits: 19");
        turn_bed_presses_data(&b, "hx:0", 0);
        turn_bed_sees(&b, "The archive is empty");
        turn_bed_presses_data(&b, "h:999", 0);
        assert_non_null(turn_bed_button(&b, "3 / 3"));
        migrate_bed_sql(&b.domain.base, "UPDATE habits SET paused_at = created_at, paused_by = 'tier' "
                                        "WHERE name = 'Habit 19.'");
        turn_bed_presses_data(&b, "h:2", 0);
        turn_bed_sees(&b, "🔒 your plan has no room");
        turn_bed_presses(&b, "🔒 Habit 19.");
        turn_bed_sees(&b, "/premium");
    }
}

static void test_moving_passes_the_archive(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        make(&b, "One");
        make(&b, "Two");
        make(&b, "Three");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Two", "Archive");
        turn_bed_says(&b, "/habits");
        turn_bed_presses(&b, "Three");
        assert_null(turn_bed_button(&b, "Down"));
        const char *up = turn_bed_button(&b, "Up")->data;
        turn_bed_presses_data(&b, up, 0);
        turn_bed_presses_data(&b, up, 0); /* twice is as once */
        assert_int_equal(habit_of(&b, "Three").position, 0);
        assert_int_equal(habit_of(&b, "One").position, 1);
        assert_null(turn_bed_button(&b, "Up"));
        turn_bed_presses(&b, "Down");
        assert_int_equal(habit_of(&b, "One").position, 0);
        assert_int_equal(habit_of(&b, "Three").position, 1);
    }
}

static void test_deleted_and_brought_back(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        turn_bed_settle_in(&b, "Europe/Moscow");
        make(&b, "Бег: <раз>");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Бег", "Удалить");
        turn_bed_sees(&b,
                      "Удалить <b>Бег: &lt;раз&gt;</b> со всеми отметками? Вернуть можно в течение 30 дней.");
        turn_bed_presses(&b, "Назад");
        assert_int_equal(habits(&b), 1);
        PRESSES(&b, "Удалить", "Да, удалить");
        turn_bed_sees(&b, "Привычка удалена");
        assert_int_equal(habits(&b), 0);
        const struct turn_bed_message *deleted = turn_bed_last(&b);
        const char *undo = turn_bed_button(&b, "Вернуть")->data;
        turn_bed_presses(&b, "Привычки"); /* as a new message: Undo stays */
        turn_bed_sees(&b, "пока пусто");
        assert_non_null(strstr(deleted->text, "удалена"));
        turn_bed_presses_data(&b, undo, deleted->id);
        turn_bed_presses_data(&b, undo, deleted->id);
        turn_bed_sees_toast(&b, "Возвращено");
        assert_int_equal(habits(&b), 1);
        assert_non_null(strstr(deleted->text, "Бег: &lt;раз&gt;"));
        PRESSES(&b, "Удалить", "Да, удалить");
        domain_bed_clock(&b.domain, "2026-05-01T12:00:00Z");
        turn_bed_presses_data(&b, undo, deleted->id);
        turn_bed_sees_toast(&b, "больше нет");
    }
}

static void test_started_over(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        turn_bed_says(&b, "🎸 Play");
        PRESSES(&b, "On weekdays", "An amount");
        turn_bed_says(&b, "20 min");
        PRESSES(&b, "21:00", "Create");
        struct habit old = habit_of(&b, "Play");
        make(&b, "Last");
        struct log_mark m = {.habit_id = old.id,
                             .day = ctx_today(&b.domain.ctx),
                             .status = LOG_DONE,
                             .has_value = true,
                             .value = 20000};
        domain_bed_ok(&b.domain, log_put(turn_bed_ctx(&b), &m, &r));
        PRESSES(&b, "Open", "Change", "Start over");
        turn_bed_sees(&b, "goes to the archive with all its marks");
        const char *yes = turn_bed_button(&b, "Yes, from nothing")->data;
        turn_bed_presses_data(&b, yes, 0);
        turn_bed_sees(&b, "Here we go");
        turn_bed_presses_data(&b, yes, 0);
        assert_int_equal(habits(&b), 3);
        struct habit made = habit_of(&b, "Play");
        struct habit_page page;
        domain_bed_ok(&b.domain, habit_list(turn_bed_ctx(&b), &(struct habit_query){.limit = 10}, &page));
        assert_int_equal(page.count, 2);
        made = page.items[0]; /* in its place */
        assert_string_equal(made.name, "Play");
        assert_int_not_equal(uuid_cmp(&made.id, &old.id), 0);
        assert_string_equal(made.emoji, "🎸");
        assert_int_equal(made.target_value, 20000);
        assert_int_equal(made.schedules_count, 1);
        assert_int_equal(made.schedules[0].weekdays, 0x1f);
        assert_int_equal(made.schedules[0].reminder_minute, 21 * 60);
        turn_bed_presses_data(&b, "hx:0", 0);
        turn_bed_presses(&b, "🎸 Play");
        turn_bed_sees(&b, "in the archive");
        domain_bed_doctor(&b.domain);
    }
}

/* --- changed -------------------------------------------------------------------------------------------- */

static void test_texts_and_colour(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        make(&b, "Read");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Read", "Change", "Name");
        turn_bed_says(&b, "line\nline");
        turn_bed_sees(&b, "one line of up to 100");
        turn_bed_says(&b, "📚 Read a book");
        turn_bed_sees(&b, "Saved");
        struct habit h = habit_of(&b, "Read a book");
        assert_string_equal(h.emoji, "📚");
        turn_bed_says(&b, "Not a name"); /* the question is answered */
        turn_bed_sees(&b, "I did not expect words");
        turn_bed_presses(&b, "Name");
        turn_bed_says(&b, "Read two");
        assert_string_equal(habit_of(&b, "Read two").emoji, "📚"); /* a name alone keeps it */
        turn_bed_presses(&b, "Icon");
        turn_bed_says(&b, "book");
        turn_bed_sees(&b, "exactly one emoji");
        turn_bed_says(&b, "📖📖");
        turn_bed_sees(&b, "exactly one emoji");
        turn_bed_says(&b, "📖");
        assert_string_equal(habit_of(&b, "Read two").emoji, "📖");
        PRESSES(&b, "Icon", "No icon");
        assert_null(habit_of(&b, "Read two").emoji);
        turn_bed_presses(&b, "Description");
        turn_bed_says(&b, "Because\nI <like> it");
        turn_bed_sees(&b, "Because\nI &lt;like&gt; it");
        PRESSES(&b, "Description", "No description");
        assert_string_equal(habit_of(&b, "Read two").description, "");
        PRESSES(&b, "Colour", "🟢");
        assert_string_equal(habit_of(&b, "Read two").color, "#30a46c");
        turn_bed_sees(&b, "🎨 🟢");
        turn_bed_presses(&b, "Name");
        turn_bed_says(&b, "/cancel");
        turn_bed_says(&b, "Not a name");
        assert_string_equal(habit_of(&b, "Read two").name, "Read two");
        /* Leaving the page ends the question. */
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Read two", "Change", "Name", "Back");
        turn_bed_says(&b, "Not a name");
        turn_bed_sees(&b, "I did not expect words");
    }
}

static void test_how_often_keeps_the_times(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/add");
        PRESSES(&b, "Drink water", "Create", "Open", "Change", "How often", "On chosen days", "Mon", "Wed",
                "Save");
        struct habit h = habit_of(&b, "Drink water");
        assert_int_equal(h.frequency_days, 0);
        assert_int_equal(h.schedules_count, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(h.schedules[i].weekdays, 5);
            assert_int_equal(h.schedules[i].reminder_minute % 240, 120); /* 10:00, 14:00, 18:00 */
        }
        turn_bed_presses(&b, "How often");
        turn_bed_presses(&b, "On chosen days");
        assert_non_null(turn_bed_button(&b, "✅ Wed")); /* as it is */
        PRESSES(&b, "Back", "A few times a week", "4 times");
        turn_bed_sees(&b, "4 times a week");
        h = habit_of(&b, "Drink water");
        assert_int_equal(h.frequency_count, 4);
        assert_int_equal(h.schedules[0].type, SCHEDULE_DAILY);
        assert_int_equal(h.schedules_count, 3);
        PRESSES(&b, "How often", "On weekdays", "How often", "Every day");
        assert_int_equal(habit_of(&b, "Drink water").frequency_count, 1);
        domain_bed_doctor(&b.domain);
    }
}

static void test_days_without_reminders(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        make(&b, "Read");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Read", "Change", "How often", "On weekdays");
        struct habit h = habit_of(&b, "Read");
        assert_int_equal(h.schedules_count, 1); /* what makes it due */
        assert_int_equal(h.schedules[0].reminder_minute, MINUTE_NONE);
        PRESSES(&b, "Reminders", "➕ 09:00", "➕ 13:00");
        h = habit_of(&b, "Read");
        assert_int_equal(h.schedules_count, 2);
        assert_int_equal(h.schedules[1].weekdays, 0x1f);
        assert_null(turn_bed_button(&b, "➕ 13:00"));
        turn_bed_presses(&b, "⏰ 13:00");
        turn_bed_sees(&b, "13:00 · on weekdays");
        turn_bed_presses(&b, "Delete");
        PRESSES(&b, "⏰ 09:00", "Delete");
        turn_bed_sees(&b, "No reminders yet");
        h = habit_of(&b, "Read");
        assert_int_equal(h.schedules_count, 1); /* due on the same days */
        assert_int_equal(h.schedules[0].reminder_minute, MINUTE_NONE);
        assert_int_equal(h.schedules[0].weekdays, 0x1f);
        PRESSES(&b, "Back", "How often", "Every day");
        assert_int_equal(habit_of(&b, "Read").schedules_count, 0);
        domain_bed_doctor(&b.domain);
    }
}

static void test_times_are_added_moved_and_switched(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        make(&b, "Read");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Read", "Change", "Reminders");
        turn_bed_says(&b, "7:15, 19:45");
        turn_bed_says(&b, "19:45, 21"); /* one of them is there */
        assert_int_equal(habit_of(&b, "Read").schedules_count, 3);
        turn_bed_presses(&b, "⏰ 19:45");
        turn_bed_says(&b, "20:00, 20:30");
        turn_bed_sees(&b, "one time");
        turn_bed_says(&b, "20:00");
        assert_non_null(turn_bed_button(&b, "⏰ 20:00"));
        assert_null(turn_bed_button(&b, "19:45"));
        PRESSES(&b, "⏰ 20:00", "Turn off");
        assert_non_null(turn_bed_button(&b, "🔕 20:00"));
        struct habit h = habit_of(&b, "Read");
        assert_int_equal(h.schedules_count, 3);
        turn_bed_presses(&b, "Back");
        turn_bed_sees(&b, "⏰ 07:15, 21:00");
        PRESSES(&b, "Reminders", "🔕 20:00");
        const char *away = turn_bed_button(&b, "Delete")->data;
        turn_bed_presses(&b, "Turn on");
        assert_non_null(turn_bed_button(&b, "⏰ 20:00"));
        turn_bed_presses_data(&b, away, 0);
        turn_bed_presses_data(&b, away, 0); /* away already */
        assert_int_equal(habit_of(&b, "Read").schedules_count, 2);
        turn_bed_says(&b, "soon");
        turn_bed_sees(&b, "I need times");
        turn_bed_says(&b, "0 1 2 3 4 5 6 8 9 10 11 12");
        turn_bed_says(&b, "13 14 15 16 17 18 19 22");
        assert_int_equal(habit_of(&b, "Read").schedules_count, 22);
        turn_bed_says(&b, "0:30 1:30 2:30"); /* none of them: there is room for two */
        turn_bed_sees(&b, "no room for more reminders");
        assert_int_equal(habit_of(&b, "Read").schedules_count, 22);
    }
}

static void test_the_goal(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/Moscow");
        make(&b, "Бег");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Бег", "Изменить", "Цель");
        turn_bed_says(&b, "5 км");
        turn_bed_sees(&b, "не меньше 5 км");
        turn_bed_presses(&b, "Цель");
        turn_bed_says(&b, "7,5"); /* the unit stays */
        turn_bed_sees(&b, "не меньше 7,5 км");
        PRESSES(&b, "Цель", "Не больше");
        struct habit h = habit_of(&b, "Бег");
        assert_int_equal(h.target_kind, TARGET_AT_MOST);
        turn_bed_presses(&b, "Просто");
        assert_int_equal(habit_of(&b, "Бег").kind, HABIT_YES_NO);
        domain_bed_ok(&b.domain,
                      domain_bed_put(&b.domain, &h.id, ctx_today(turn_bed_ctx(&b)).n, LOG_DONE, &r));
        turn_bed_presses(&b, "Цель");
        turn_bed_sees_toast(&b, "уже есть отметки"); /* before anything is asked */
        assert_true(b.toast_alert);
        h = make(&b, "Вода");
        turn_bed_says(&b, "/habits");
        PRESSES(&b, "Вода", "Изменить", "Цель");
        domain_bed_ok(&b.domain,
                      domain_bed_put(&b.domain, &h.id, ctx_today(turn_bed_ctx(&b)).n, LOG_SKIPPED, &r));
        turn_bed_says(&b, "8 стаканов"); /* marked meanwhile */
        turn_bed_sees(&b, "уже есть отметки");
        assert_int_equal(habit_of(&b, "Вода").kind, HABIT_YES_NO);
    }
}

/* --- whose it is ---------------------------------------------------------------------------------------- */

static void test_another_ones_habit_is_not_found(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        make(&b, "Mine");
        struct uuid me = b.user_id;
        domain_bed_person(&b.domain, 8, "UTC");
        struct uuid foreign = domain_bed_habit(&b.domain, "Hers", 1, 1);
        char id[23];
        base64url_encode(foreign.b, sizeof foreign.b, id);
        b.user_id = me;
        turn_bed_says(&b, "/habits");
        static const char *const presses[] = {
            "hv:%s",        "hp:%s:1",      "ha:%s:1",     "hm:%s:0",  "hd:%s",     "hd:%s:y",
            "hr:%s",        "hn:%s",        "hn:%s:y",     "e:%s",     "e:%s:name", "e:%s:color:1",
            "e:%s:often:d", "e:%s:times:0", "e:%s:goal:y", "es:%s:%s", "es:%s:%s:x"};
        for (size_t i = 0; i < ARRAY_LEN(presses); i++) {
            struct buf data;
            buf_init(&data, 100);
            for (const char *p = presses[i]; *p; p++) {
                if (*p == '%')
                    buf_str(&data, id), p++;
                else
                    buf_char(&data, *p);
            }
            turn_bed_presses_data(&b, buf_text(&data), 0);
            buf_release(&data);
            turn_bed_sees_toast(&b, "find that any more");
            assert_true(b.toast_alert);
        }
        domain_bed_ok(&b.domain, user_find_telegram(&b.domain.ctx, 8, &b.user_id));
        struct habit h = habit_of(&b, "Hers");
        assert_true(!h.paused && !h.archived && h.schedules_count == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_template_takes_two_taps),
        cmocka_unit_test(test_every_template_can_be_made),
        cmocka_unit_test(test_days_number_and_times_of_ones_own),
        cmocka_unit_test(test_so_many_times_a_week_without_reminders),
        cmocka_unit_test(test_all_days_are_every_day_and_words_choose_too),
        cmocka_unit_test(test_back_from_every_step),
        cmocka_unit_test(test_wrong_words_keep_the_dialog),
        cmocka_unit_test(test_buttons_of_another_dialog),
        cmocka_unit_test(test_cancel_and_another_dialog),
        cmocka_unit_test(test_the_limit_is_said_early),
        cmocka_unit_test(test_the_list_has_pages_and_states),
        cmocka_unit_test(test_moving_passes_the_archive),
        cmocka_unit_test(test_deleted_and_brought_back),
        cmocka_unit_test(test_started_over),
        cmocka_unit_test(test_texts_and_colour),
        cmocka_unit_test(test_how_often_keeps_the_times),
        cmocka_unit_test(test_days_without_reminders),
        cmocka_unit_test(test_times_are_added_moved_and_switched),
        cmocka_unit_test(test_the_goal),
        cmocka_unit_test(test_another_ones_habit_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
