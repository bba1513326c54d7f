#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/lease/lease.h"
#include "domain/message/outbox.h"
#include "domain/user/user.h"
#include "edge/bot/fetch_jobs.h"
#include "edge/bot/import_report.h"
#include "edge/bot/view.h"
#include "test.h"
#include "transfer_bed.h"
#include "turn_bed.h"

/* Files in and out, as people see it; the fetcher's transactions without its network. On both engines. */

static void show(struct turn_bed *b)
{
    if (getenv("HABITD_SHOW"))
        printf("%s\n", turn_bed_screen(b));
}

static void sends(struct turn_bed *b, const char *name, int64_t size)
{
    turn_bed_update(
        b, arena_printf(
               b->domain.base.arena,
               "\"message\":{\"message_id\":%lld,\"date\":1,\"from\":{\"id\":7,\"is_bot\":false,"
               "\"first_name\":\"N\",\"language_code\":\"%s\"},\"chat\":{\"id\":7,\"type\":\"private\"},"
               "\"document\":{\"file_id\":\"F-1_x\",\"file_unique_id\":\"u\",\"file_name\":\"%s\","
               "\"file_size\":%lld}}",
               (long long)++b->last_message_id, b->language, name, (long long)size));
}

static struct fetch_lease lease(const struct turn_bed *b)
{
    return (struct fetch_lease){b->fence, duration_seconds(15)};
}

static struct ctx *system_ctx(struct turn_bed *b)
{
    b->domain.ctx.actor = (struct actor){.role = ROLE_SYSTEM};
    b->domain.ctx.locked = false;
    return &b->domain.ctx;
}

static bool claims(struct turn_bed *b, struct outbox_item *item)
{
    struct fetch_lease l = lease(b);
    enum ecode rc = fetch_claim(system_ctx(b), &l, item);
    if (rc != E_NOT_FOUND)
        domain_bed_ok(&b->domain, rc);
    return rc == E_OK;
}

/* The fetcher gets the file and does what it was sent for. */
static void fetches(struct turn_bed *b, const struct sample *file)
{
    struct fetch_lease l = lease(b);
    struct outbox_item item;
    assert_true(claims(b, &item));
    assert_string_equal(item.method, "getFile");
    assert_non_null(strstr(item.payload, "F-1_x"));
    domain_bed_ok(&b->domain, fetch_import(system_ctx(b), &l, &item, file->data, file->len));
    turn_bed_send(b);
}

static void test_a_backup_comes_in(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct outbox_item item;
        turn_bed_settle_in(&b, "Europe/Moscow");
        struct sample loop = sample_loop_csv(b.domain.base.arena);
        turn_bed_says(&b, "/start");
        turn_bed_presses(&b, "Импорт");
        turn_bed_sees(&b, "Loop Habit Tracker");
        sends(&b, "Loop Habits CSV.zip", 1000);
        turn_bed_sees(&b, "читаю");
        fetches(&b, &loop);
        show(&b);
        turn_bed_sees(&b, "Loop Habits CSV.zip");
        turn_bed_sees(&b, "2 новые привычки");
        turn_bed_ctx(&b);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM habits"), 0);
        int64_t asks = turn_bed_last(&b)->id;
        size_t n = b.n_messages;
        turn_bed_presses(&b, "Перенести");
        turn_bed_sees(&b, "Переношу…");
        turn_bed_presses_data(&b, "iy:AAAAAAAAAAAAAAAAAAAAAA", asks);
        turn_bed_sees_toast(&b, "слишком давно");
        fetches(&b, &loop);
        show(&b);
        assert_int_equal(b.n_messages, n); /* one message, edited */
        turn_bed_sees(&b, "Ваша история здесь");
        turn_bed_ctx(&b);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM habits"), 2);
        assert_false(claims(&b, &item));
        /* once more: nothing is new */
        sends(&b, "a.zip", 0);
        fetches(&b, &loop);
        turn_bed_sees(&b, "уже есть");
        assert_int_equal(turn_bed_last(&b)->n_buttons, 0);
    }
}

static void test_pressed_twice_is_once(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct outbox_item item;
        turn_bed_settle_in(&b, "Europe/London");
        struct sample loop = sample_loop_csv(b.domain.base.arena);
        sends(&b, "x.zip", 10);
        fetches(&b, &loop);
        show(&b);
        const char *yes = turn_bed_button(&b, "Import")->data, *no = turn_bed_button(&b, "Cancel")->data;
        int64_t id = turn_bed_last(&b)->id;
        turn_bed_presses_data(&b, yes, id);
        turn_bed_presses_data(&b, yes, id);
        turn_bed_presses_data(&b, no, id);
        turn_bed_sees(&b, "Importing…");
        fetches(&b, &loop);
        assert_false(claims(&b, &item));
        turn_bed_presses_data(&b, no, id);
        turn_bed_sees(&b, "Your history is here");
    }
}

static void test_cancelled(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct outbox_item item;
        turn_bed_settle_in(&b, "Europe/London");
        struct sample loop = sample_loop_csv(b.domain.base.arena);
        sends(&b, "x.zip", 10);
        fetches(&b, &loop);
        turn_bed_presses(&b, "Cancel");
        turn_bed_sees(&b, "Nothing was imported.");
        assert_false(claims(&b, &item));
        turn_bed_ctx(&b);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM habits"), 0);
    }
}

static void test_what_cannot_be_imported_is_said(void **state)
{
    static const struct {
        const char *data, *says;
    } cases[] = {{"hello", "do not know this kind of file"},
                 {"{\"habitd\": 1, \"habits\": [", "damaged"},
                 {"SQLite format 3", "do not know this kind of file"}};
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        sends(&b, "big.db", 20 * 1024 * 1024 + 1);
        turn_bed_sees(&b, "up to 20 MB");
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            char *data = arena_strdup(b.domain.base.arena, cases[i].data);
            struct sample file = {"x", data, strlen(data)};
            sends(&b, "x<b>.db", 100);
            fetches(&b, &file);
            show(&b);
            turn_bed_sees(&b, cases[i].says);
        }
    }
}

static void test_a_file_that_does_not_come(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct outbox_item item;
        struct fetch_lease l = {0};
        turn_bed_settle_in(&b, "Europe/London");
        l = lease(&b);
        sends(&b, "x.zip", 10);
        size_t n = b.n_messages;
        for (int i = 1; i <= FETCH_TRIES; i++) {
            b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(4000));
            assert_true(claims(&b, &item));
            assert_false(fetch_is_hopeless(&item));
            assert_int_equal(b.n_messages, n);
            domain_bed_ok(&b.domain, fetch_retry(system_ctx(&b), &l, &item, "unavailable"));
            turn_bed_send(&b);
        }
        turn_bed_sees(&b, "I could not finish this");
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(4000));
        assert_false(claims(&b, &item));
        sends(&b, "x.zip", 10);
        assert_true(claims(&b, &item));
        domain_bed_ok(&b.domain, fetch_fail(system_ctx(&b), &l, &item, "gone"));
        turn_bed_send(&b);
        turn_bed_sees(&b, "once more");
    }
}

/* Another instance took over: what this one does later changes nothing. */
static void test_a_take_over_undoes_the_slow_one(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct outbox_item item, again;
        struct outbox_tally tally;
        bool more;
        turn_bed_settle_in(&b, "Europe/London");
        struct fetch_lease old = lease(&b);
        struct sample loop = sample_loop_csv(b.domain.base.arena);
        sends(&b, "x.zip", 10);
        assert_true(claims(&b, &item));
        domain_bed_clock(&b.domain, "2026-03-15T12:10:00Z");
        struct uuid other = {{9}};
        domain_bed_ok(&b.domain,
                      lease_take(system_ctx(&b), LEASE_BOT, &other, duration_seconds(15), &b.fence));
        domain_bed_ok(&b.domain, outbox_recover(system_ctx(&b), NULL, b.fence, &tally, &more));
        assert_true(claims(&b, &again));
        assert_memory_equal(&again.id, &item.id, sizeof item.id);
        domain_bed_ok(&b.domain, db_savepoint(b.domain.base.db));
        assert_int_equal(fetch_import(system_ctx(&b), &old, &item, loop.data, loop.len), E_CONFLICT);
        domain_bed_ok(&b.domain, db_rollback_to(b.domain.base.db));
        struct fetch_lease l = lease(&b);
        domain_bed_ok(&b.domain, fetch_import(system_ctx(&b), &l, &again, loop.data, loop.len));
        turn_bed_send(&b);
        turn_bed_sees(&b, "This is what would come");
    }
}

static void test_exports_are_files(void **state)
{
    static const struct {
        const char *label, *name, *begins;
    } cases[] = {{"JSON", ".json", "{"},
                 {"CSV", ".csv", ""},
                 {"Loop", ".zip", "PK"},
                 {"iCalendar", ".ics", "BEGIN:VCALENDAR"}};
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_ctx(&b);
        struct uuid run = domain_bed_habit(&b.domain, "Бег", 1, 1);
        domain_bed_ok(&b.domain, domain_bed_put(&b.domain, &run, ctx_today(&b.domain.ctx).n, LOG_DONE, &r));
        turn_bed_says(&b, "/export");
        int64_t menu = turn_bed_last(&b)->id;
        show(&b);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            turn_bed_presses(&b, cases[i].label);
            const struct turn_bed_message *m = turn_bed_last(&b);
            const struct view_file *f = m->file;
            assert_string_equal(m->method, "sendDocument");
            assert_non_null(strstr(f->name, cases[i].name));
            assert_memory_equal(f->data, cases[i].begins, strlen(cases[i].begins));
        }
        show(&b);
        turn_bed_presses_data(&b, "ex:tickmate", menu);
        turn_bed_sees_toast(&b, "устарела");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_backup_comes_in),
        cmocka_unit_test(test_pressed_twice_is_once),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_what_cannot_be_imported_is_said),
        cmocka_unit_test(test_a_file_that_does_not_come),
        cmocka_unit_test(test_a_take_over_undoes_the_slow_one),
        cmocka_unit_test(test_exports_are_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
