#include <libical/ical.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"
#include "domain/habit/habit.h"
#include "domain/transfer/transfer.h"
#include "domain_bed.h"
#include "test.h"
#include "transfer_bed.h"

/* Import and export against both engines: what rows come of a file, and back. */

static int64_t count(struct domain_bed *b, const char *sql)
{
    return migrate_bed_number(&b->base, sql);
}

static struct import_result import(struct domain_bed *b, const struct sample *f, bool dry_run, bool restore)
{
    struct import_result r;
    struct import_request in = {.data = f->data, .len = f->len, .dry_run = dry_run, .restore = restore};
    domain_bed_ok(b, import_run(&b->ctx, &in, &r));
    return r;
}

static struct sample export(struct domain_bed *b, enum transfer_format format)
{
    struct export_result r;
    struct export_request in = {.format = format};
    domain_bed_ok(b, export_run(&b->ctx, &in, &r));
    return (struct sample){"export", arena_memdup(b->ctx.arena, r.data, r.len), r.len};
}

static void assert_same(const struct sample *a, const struct sample *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);
}

static void test_a_second_import_changes_nothing(void **state)
{
    static const char *const names[] = {"loop-old.sql", "loop-new.sql",  "tickmate.sql",
                                        "rewire.sql",   "habitbull.csv", "own.csv"};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            struct sample f = sample_load(b.ctx.arena, names[i]);
            struct import_result dry = import(&b, &f, true, false);
            int64_t before = count(&b, "SELECT count(*) FROM habits");
            struct import_result first = import(&b, &f, false, false);
            assert_int_equal(first.habits_new, dry.habits_new);
            assert_int_equal(first.logs_new, dry.logs_new);
            assert_int_equal(first.notes_new, dry.notes_new);
            assert_int_equal(first.warnings_count, dry.warnings_count);
            assert_int_equal(count(&b, "SELECT count(*) FROM habits"), before + first.habits_new);
            struct sample rows = export(&b, FORMAT_JSON);
            struct import_result again = import(&b, &f, false, false);
            assert_int_equal(again.habits_new, 0);
            assert_int_equal(again.habits_known, first.habits_new);
            assert_int_equal(again.logs_new, 0);
            assert_int_equal(again.logs_existing, first.logs_new);
            struct sample same = export(&b, FORMAT_JSON);
            assert_same(&rows, &same);
        }
        assert_int_equal(
            count(&b, "SELECT count(*) FROM habits h WHERE EXISTS (SELECT 1 FROM habit_logs l WHERE "
                      "l.user_id = h.user_id AND l.habit_id = h.id) AND NOT EXISTS (SELECT 1 FROM streaks s "
                      "WHERE s.user_id = h.user_id AND s.habit_id = h.id)"),
            0);
    }
}

static void test_loop_rows(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "Europe/Moscow");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        struct sample f = sample_load(b.ctx.arena, "loop-new.sql");
        struct import_result r = import(&b, &f, false, false);
        assert_int_equal(r.habits_new, 4);
        assert_int_equal(r.logs_new, 10);
        assert_int_equal(r.notes_new, 4);
        assert_int_equal(r.format, FORMAT_LOOP);
        assert_int_equal(
            count(&b, "SELECT count(*) FROM habit_logs WHERE status = 'declined' AND note = 'ill' AND "
                      "decline_note_id IS NULL"),
            1);
        assert_int_equal(
            count(&b, "SELECT count(*) FROM habit_logs WHERE status IS NULL AND note = 'only a note'"), 1);
        assert_int_equal(count(&b, "SELECT count(*) FROM habit_logs WHERE source = 'auto'"), 1);
        assert_int_equal(count(&b, "SELECT count(*) FROM habit_logs WHERE status = 'skipped'"), 2);
        assert_int_equal(count(&b, "SELECT count(*) FROM habits WHERE archived_at IS NOT NULL"), 1);
        assert_int_equal(count(&b, "SELECT count(*) FROM habit_schedules WHERE next_due_at IS NOT NULL"), 2);
    }
}

static void test_existing_days_stay(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        static const char first[] = "habit,day,status,note\nRead,2026-01-01,declined,mine\n";
        static const char second[] =
            "habit,day,status,note\nRead,2026-01-01,done,theirs\nRead,2026-01-02,done,\n";
        struct sample f = {"csv", arena_strdup(b.ctx.arena, first), sizeof first - 1};
        import(&b, &f, false, false);
        f = (struct sample){"csv", arena_strdup(b.ctx.arena, second), sizeof second - 1};
        struct import_result r = import(&b, &f, false, false);
        assert_int_equal(r.logs_new, 1);
        assert_int_equal(r.logs_existing, 1);
        assert_int_equal(count(&b, "SELECT count(*) FROM habit_logs l JOIN habit_decline_notes n ON n.id = "
                                   "l.decline_note_id WHERE l.status = 'declined' AND n.note = 'mine'"),
                         1);
    }
}

/* CSV files do not say of which kind a habit is; what comes later fits what is there. */
static void test_another_kind_than_before(void **state)
{
    static const char *const files[] = {
        "habit,day,status,value\nA,2026-01-01,done,\nB,2026-01-01,done,2.5\n",
        "habit,day,status,value\nA,2026-01-02,done,30\nA,2026-01-03,done,0\nB,2026-01-02,done,\n",
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        struct import_result r = {0};
        for (size_t i = 0; i < ARRAY_LEN(files); i++) {
            struct sample f = {"csv", arena_strdup(b.ctx.arena, files[i]), strlen(files[i])};
            r = import(&b, &f, false, false);
        }
        assert_int_equal(r.logs_new, 3);
        assert_int_equal(r.warnings_count, 1);
        assert_int_equal(count(&b,
                               "SELECT count(*) FROM habit_logs l JOIN habits h ON h.id = l.habit_id WHERE "
                               "(h.kind = 'yes_no') <> (l.value IS NULL)"),
                         0);
        assert_int_equal(count(&b, "SELECT count(*) FROM habit_logs WHERE status = 'declined'"), 1);
        assert_int_equal(count(&b, "SELECT count(*) FROM habit_logs WHERE value = 1000"), 1);
    }
}

static void test_deleted_habits_stay_deleted(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        struct sample f = sample_load(b.ctx.arena, "loop-new.sql");
        import(&b, &f, false, false);
        struct habit_page page;
        struct habit_query all = {.archived = ARCHIVED_ALL, .limit = 10};
        domain_bed_ok(&b, habit_list(&b.ctx, &all, &page));
        struct habit_ref ref = {page.items[0].id};
        domain_bed_ok(&b, habit_delete(&b.ctx, &ref, NULL));
        struct import_result r = import(&b, &f, false, false);
        assert_int_equal(r.habits_skipped, 1);
        assert_int_equal(r.habits_known, 3);
        assert_int_equal(count(&b, "SELECT count(*) FROM habits WHERE deleted_at IS NOT NULL"), 1);
        r = import(&b, &f, true, true);
        assert_int_equal(r.habits_known, 4);
        assert_int_equal(count(&b, "SELECT count(*) FROM habits WHERE deleted_at IS NOT NULL"), 1);
        r = import(&b, &f, false, true);
        assert_int_equal(r.habits_skipped, 0);
        assert_int_equal(count(&b, "SELECT count(*) FROM habits WHERE deleted_at IS NOT NULL"), 0);
    }
}

static void test_beyond_the_limit_comes_in_archived(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        b.policy.habit_limit[b.ctx.actor.tier] = 2;
        struct sample f = sample_load(b.ctx.arena, "loop-new.sql");
        struct import_result r = import(&b, &f, false, false);
        assert_int_equal(r.habits_archived, 1); /* the fourth is archived in the file */
        assert_int_equal(count(&b, "SELECT count(*) FROM habits WHERE archived_at IS NULL"), 2);
        assert_int_equal(
            count(&b, "SELECT count(*) FROM habits WHERE name = 'Run' AND archived_at IS NOT NULL"), 1);
        r = import(&b, &f, false, false);
        assert_int_equal(r.habits_archived, 0);
    }
}

/* Everything an own export can hold. */
static void fill(struct domain_bed *b)
{
    struct sample f = sample_load(b->ctx.arena, "loop-new.sql");
    import(b, &f, false, false);
    f = sample_load(b->ctx.arena, "own.csv");
    import(b, &f, false, false);
    struct schedule schedules[] = {
        {.type = SCHEDULE_CUSTOM,
         .reminder_minute = 600,
         .rrule = "FREQ=MONTHLY;BYMONTHDAY=1,15",
         .starts_on = day_of(20000),
         .enabled = true},
        {.type = SCHEDULE_WEEKLY,
         .reminder_minute = -1,
         .weekdays = 65,
         .starts_on = day_of(20000),
         .enabled = false},
    };
    struct habit_change draft = {.has_name = true,
                                 .name = "Pay; the, \"rent\"\\",
                                 .has_emoji = true,
                                 .emoji = "🏠",
                                 .has_description = true,
                                 .description = "line one\nline two",
                                 .has_frequency = true,
                                 .schedules = schedules,
                                 .schedules_count = 2};
    struct habit h;
    domain_bed_ok(b, habit_create(&b->ctx, &draft, &h));
    struct habit_change pause = {.id = h.id, .has_paused = true, .paused = true};
    domain_bed_ok(b, habit_update(&b->ctx, &pause, &h));
    struct log_mark m = {
        .habit_id = h.id, .day = day_of(20500), .status = LOG_DECLINED, .preset = PRESET_BUSY};
    struct log_result r;
    domain_bed_ok(b, log_put(&b->ctx, &m, &r));
    m.preset = PRESET_NONE;
    m.note = "too late";
    m.day = day_of(20501);
    domain_bed_ok(b, log_put(&b->ctx, &m, &r));
    m.status = LOG_DONE;
    domain_bed_ok(b, log_put(&b->ctx, &m, &r)); /* a second version of the row */
}

static void test_json_brings_back_identical_rows(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid id = domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        fill(&b);
        struct sample before = export(&b, FORMAT_JSON);
        int64_t logs = count(&b, "SELECT count(*) FROM habit_logs");
        static const char versions[] = "SELECT CAST(sum(version) AS BIGINT) FROM habit_logs";
        int64_t version_sum = count(&b, versions);
        assert_true(version_sum > logs);
        struct import_result r = import(&b, &before, false, false);
        assert_int_equal(r.logs_new, 0);
        struct sample after = export(&b, FORMAT_JSON);
        assert_same(&before, &after);
        /* Everything lost, and brought back by the file: the ids are free again. */
        migrate_bed_sql(&b.base, "DELETE FROM streaks");
        migrate_bed_sql(&b.base, "DELETE FROM habit_logs");
        migrate_bed_sql(&b.base, "DELETE FROM habit_decline_notes");
        migrate_bed_sql(&b.base, "DELETE FROM habit_schedules");
        migrate_bed_sql(&b.base, "DELETE FROM habits");
        domain_bed_clock(&b, "2026-11-24T12:00:00Z");
        r = import(&b, &before, false, false);
        assert_int_equal(r.logs_new, logs);
        after = export(&b, FORMAT_JSON);
        assert_same(&before, &after);
        assert_int_equal(count(&b, versions), version_sum);
        /* Somebody else imports it: the same rows under other ids, and once only. */
        domain_bed_person(&b, 2, "UTC");
        domain_bed_clock(&b, "2026-11-24T12:00:00Z");
        r = import(&b, &before, false, false);
        assert_int_equal(r.logs_new, logs);
        r = import(&b, &before, false, false);
        assert_int_equal(r.habits_new, 0);
        assert_int_equal(r.logs_new, 0);
        after = export(&b, FORMAT_JSON);
        assert_int_equal(after.len, before.len);
        assert_int_equal(count(&b, "SELECT count(*) FROM habit_logs"), 2 * logs);
        domain_bed_ok(&b, ctx_act_as(&b.ctx, &id));
        after = export(&b, FORMAT_JSON);
        assert_same(&before, &after);
    }
}

static void test_own_csv_and_loop_csv_come_back(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        fill(&b);
        int64_t logs = count(&b, "SELECT count(*) FROM habit_logs");
        struct sample csv = export(&b, FORMAT_CSV), zip = export(&b, FORMAT_LOOP_CSV),
                      json = export(&b, FORMAT_JSON);
        struct import_result r = import(&b, &csv, false, false); /* their ids say whose days they are */
        assert_int_equal(r.habits_new, 0);
        assert_int_equal(r.logs_existing, logs);
        struct sample same = export(&b, FORMAT_JSON);
        assert_same(&json, &same);
        domain_bed_person(&b, 2, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        r = import(&b, &csv, false, false);
        assert_int_equal(r.logs_new, logs);
        struct sample again = export(&b, FORMAT_CSV);
        assert_int_equal(again.len, csv.len);
        domain_bed_person(&b, 3, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        r = import(&b, &zip, false, false);
        assert_int_equal(r.format, FORMAT_LOOP_CSV);
        assert_int_equal(r.habits_new, 7);
        struct sample zip_again = export(&b, FORMAT_LOOP_CSV);
        assert_true(zip_again.len > 0);
    }
}

/* libical reads what was written: no error in it, and the folded name comes back whole. */
static void read_calendar(const char *text, const char *name)
{
    size_t found = 0;
    icalcomponent *calendar = icalparser_parse_string(text);
    assert_non_null(calendar);
    assert_int_equal(icalcomponent_count_errors(calendar), 0);
    for (icalcomponent *e = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); e;
         e = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        icalproperty *rule = icalcomponent_get_first_property(e, ICAL_RRULE_PROPERTY);
        assert_non_null(rule);
        assert_true(icalproperty_get_rrule(rule).freq != ICAL_NO_RECURRENCE);
        assert_non_null(icalcomponent_get_uid(e));
        found += strcmp(icalcomponent_get_summary(e), name) == 0;
    }
    assert_int_equal(found, 1);
    icalcomponent_free(calendar);
}

static void test_ics(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        fill(&b);
        struct habit_change draft = {
            .has_name = true,
            .name = "Очень длинное название, которое не помещается в одну строку календаря "
                    "ни при каких условиях"};
        struct habit h;
        domain_bed_ok(&b, habit_create(&b.ctx, &draft, &h));
        struct sample ics = export(&b, FORMAT_ICS);
        assert_non_null(
            strstr(ics.data, "DTSTART:20250101T181500\r\n")); /* the first Wednesday of the reminder */
        assert_non_null(strstr(ics.data, "RRULE:FREQ=WEEKLY;BYDAY=WE,SU\r\n"));
        assert_non_null(strstr(ics.data, "TRIGGER:PT0S"));
        assert_null(strstr(ics.data, "rent"));   /* paused */
        assert_null(strstr(ics.data, "Coffee")); /* archived */
        read_calendar(ics.data, draft.name);
        for (const char *line = ics.data; *line;) {
            const char *end = strstr(line, "\r\n");
            assert_non_null(end);
            assert_true(end - line <= 75);
            line = end + 2;
        }
    }
}

/* Refused at its last row: what came before is not there either (the caller rolls back), and nothing else
 * moved. */
static void test_a_bad_row_refuses_the_file(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        static const char text[] = "habit,day,status\nRead,2026-01-01,done\nRead,2026-13-01,done\n";
        struct import_request in = {.data = text, .len = sizeof text - 1};
        struct import_result r;
        assert_int_equal(import_run(&b.ctx, &in, &r), E_MALFORMED);
        assert_non_null(strstr(b.ctx.err.text, "line 3"));
        assert_int_equal(count(&b, "SELECT count(*) FROM habits"), 0);
        in.data = "nothing";
        in.len = 7;
        assert_int_equal(import_run(&b.ctx, &in, &r), E_INVALID);
        assert_string_equal(b.ctx.err.field, "format");
        in.len = 0;
        assert_int_equal(import_run(&b.ctx, &in, &r), E_MALFORMED);
        struct export_request out = {.format = FORMAT_LOOP};
        struct export_result e;
        assert_int_equal(export_run(&b.ctx, &out, &e), E_INVALID);
    }
}

/* A person cannot have more habits than HABITS_PER_USER_MAX, whatever the files say. */
static void test_too_many_habits(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-11-23T12:00:00Z");
        struct import_result r;
        struct import_request in = {0};
        char *text = arena_alloc(b.ctx.arena, 1 << 16);
        for (int round = 0; round < 2; round++) {
            int n = snprintf(text, 1 << 16, "habit,day,status\n");
            for (int i = 0; i < 600; i++)
                n += snprintf(text + n, (size_t)((1 << 16) - n), "h%d-%d,2026-01-01,done\n", round, i);
            in.data = text;
            in.len = (size_t)n;
            enum ecode code = import_run(&b.ctx, &in, &r);
            assert_int_equal(code, round == 0 ? E_OK : E_LIMIT);
        }
        assert_string_equal(b.ctx.err.reason, "habit_limit_reached");
        assert_int_equal(count(&b, "SELECT count(*) FROM habits"), 600);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_import_changes_nothing),
        cmocka_unit_test(test_loop_rows),
        cmocka_unit_test(test_existing_days_stay),
        cmocka_unit_test(test_another_kind_than_before),
        cmocka_unit_test(test_deleted_habits_stay_deleted),
        cmocka_unit_test(test_beyond_the_limit_comes_in_archived),
        cmocka_unit_test(test_json_brings_back_identical_rows),
        cmocka_unit_test(test_own_csv_and_loop_csv_come_back),
        cmocka_unit_test(test_ics),
        cmocka_unit_test(test_a_bad_row_refuses_the_file),
        cmocka_unit_test(test_too_many_habits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
