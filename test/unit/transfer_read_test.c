#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/transfer/read.h"
#include "domain/transfer/zip_file.h"
#include "test.h"
#include "transfer_bed.h"

/* The parse stage: what each format says, and what hostile files get for an answer. */

#define TODAY 20782 /* 2026-11-25 */

static struct arena *arena;
static struct err err;

static int setup(void **state)
{
    arena = arena_new(IMPORT_ARENA_BYTES);
    return 0;
}

static int teardown(void **state)
{
    arena_free(arena);
    return 0;
}

static struct day day(const char *text)
{
    struct day d;
    assert_true(day_parse(text, strlen(text), &d));
    return d;
}

static struct transfer_set *must_read(const struct sample *s, enum transfer_format format)
{
    struct transfer_set *set;
    assert_int_equal(transfer_recognise(s->data, s->len), format);
    enum ecode code = transfer_read(arena, s->data, s->len, format, day_of(TODAY), &set, &err);
    if (code != E_OK)
        fail_msg("%s: %s", s->name, err.text);
    return set;
}

static const struct transfer_habit *habit(const struct transfer_set *s, const char *name)
{
    for (size_t i = 0; i < s->habits_count; i++)
        if (strcmp(s->habits[i].name, name) == 0)
            return &s->habits[i];
    fail_msg("there is no habit %s", name);
    return NULL;
}

static const struct transfer_entry *entry(const struct transfer_set *s, const char *name, const char *date)
{
    const struct transfer_habit *h = habit(s, name);
    for (size_t i = 0; i < h->entries_count; i++)
        if (s->entries[h->first_entry + i].day.n == day(date).n)
            return &s->entries[h->first_entry + i];
    return NULL;
}

static void test_loop_old(void **state)
{
    struct sample f = sample_load(arena, "loop-old.sql");
    struct transfer_set *s = must_read(&f, FORMAT_LOOP);
    assert_int_equal(s->habits_count, 3);
    const struct transfer_habit *h = habit(s, "Wake up early");
    assert_string_equal(h->ref, "id:3");
    assert_string_equal(h->color, "#00897b");
    assert_string_equal(h->description, "Did you get up at six?");
    assert_int_equal(h->frequency_count, 3);
    assert_int_equal(h->frequency_days, 7);
    assert_int_equal(h->entries_count, 3);
    assert_int_equal(h->schedules_count, 0);
    assert_int_equal(entry(s, "Wake up early", "2016-01-08")->status, LOG_DONE);
    assert_null(entry(s, "Wake up early", "1999-01-01"));
    h = habit(s, "Бегать утром");
    assert_string_equal(h->color, "#e64a19");
    assert_int_equal(h->schedules_count, 1);
    assert_int_equal(h->schedules[0].type, SCHEDULE_WEEKLY);
    assert_int_equal(h->schedules[0].weekdays, 0x1f); /* 124 from Saturday on: Monday to Friday */
    assert_int_equal(h->schedules[0].reminder_minute, 7 * 60 + 30);
    assert_true(habit(s, "Diet")->archived);
    assert_int_equal(s->losses[LOSS_ORPHAN], 1);
    assert_int_equal(s->losses[LOSS_EMPTY_ROW], 1);
    assert_int_equal(s->losses[LOSS_DAY_RANGE], 1);
    assert_int_equal(s->first.n, day("2016-01-01").n);
}

static void test_loop_new(void **state)
{
    struct sample f = sample_load(arena, "loop-new.sql");
    struct transfer_set *s = must_read(&f, FORMAT_LOOP);
    const struct transfer_habit *h = habit(s, "Meditate");
    assert_string_equal(h->ref, "a2f9c4e1d00b4f5b8f6c7d8e9f0a1b2c");
    assert_string_equal(h->description, "Did you meditate?\n\nTwenty minutes");
    assert_string_equal(h->color, "#00897b");
    assert_int_equal(h->schedules[0].type, SCHEDULE_DAILY);
    assert_int_equal(h->entries_count, 5); /* unknown without a note says nothing */
    const struct transfer_entry *e = entry(s, "Meditate", "2025-01-02");
    assert_int_equal(e->status, LOG_DECLINED);
    assert_null(e->decline);
    assert_string_equal(e->note, "ill");
    assert_int_equal(entry(s, "Meditate", "2025-01-03")->status, LOG_SKIPPED);
    e = entry(s, "Meditate", "2025-01-04");
    assert_int_equal(e->status, LOG_NONE);
    assert_string_equal(e->note, "only a note");
    assert_int_equal(entry(s, "Meditate", "2025-01-06")->source, SOURCE_AUTO);
    assert_int_equal(habit(s, "Swim")->schedules[0].weekdays,
                     0x44); /* 18: Sunday is bit 1, Wednesday bit 4 */
    h = habit(s, "Run");
    assert_int_equal(h->kind, HABIT_MEASURABLE);
    assert_int_equal(h->target_value, 15500);
    assert_string_equal(h->unit, "km");
    e = entry(s, "Run", "2025-01-01");
    assert_true(e->has_value);
    assert_int_equal(e->value, 5250);
    assert_int_equal(entry(s, "Run", "2025-01-02")->value, 0);
    assert_int_equal(entry(s, "Run", "2025-01-02")->status, LOG_DONE);
    assert_int_equal(entry(s, "Run", "2025-01-03")->status, LOG_SKIPPED);
    assert_int_equal(habit(s, "Coffee")->target_kind, TARGET_AT_MOST);
}

static void test_loop_csv(void **state)
{
    struct sample f = sample_loop_csv(arena);
    struct transfer_set *s = must_read(&f, FORMAT_LOOP_CSV);
    assert_int_equal(s->habits_count, 2);
    const struct transfer_habit *h = habit(s, "Meditate");
    assert_string_equal(h->color, "#ff8f00");
    assert_int_equal(h->frequency_count, 2);
    assert_int_equal(h->entries_count, 4);
    assert_int_equal(entry(s, "Meditate", "2025-01-02")->source, SOURCE_AUTO);
    assert_string_equal(entry(s, "Meditate", "2025-01-01")->note, "first");
    assert_int_equal(entry(s, "Meditate", "2024-12-31")->status, LOG_DECLINED);
    h = habit(s, "Run");
    assert_true(h->archived);
    assert_string_equal(h->description, "Far, far");
    assert_int_equal(h->target_value, 2500);
    assert_int_equal(entry(s, "Run", "2025-01-02")->value, 5250);
}

/* Loop up to 2.2: other columns, numbers instead of words, 0 for every day without a mark. */
static void test_loop_csv_old(void **state)
{
    static const struct sample_file files[] = {
        {"Habits.csv", "Position,Name,Question,Description,NumRepetitions,Interval,Color\n"
                       "001,Meditate,,,1,1,#FF8F00\n002,Run,,,1,7,#E64A19\n"},
        {"001 Meditate/Checkmarks.csv", "2016-03-18,2\n2016-03-17,0\n2016-03-16,1\n"},
        {"002 Run/Checkmarks.csv", "2016-03-18,5250\n"},
    };
    struct sample f = sample_zip(arena, files, ARRAY_LEN(files));
    struct transfer_set *s = must_read(&f, FORMAT_LOOP_CSV);
    assert_int_equal(habit(s, "Meditate")->entries_count, 2);
    assert_null(entry(s, "Meditate", "2016-03-17"));
    assert_int_equal(habit(s, "Run")->kind, HABIT_MEASURABLE);
    assert_int_equal(habit(s, "Run")->frequency_days, 7);
}

static void test_habitbull(void **state)
{
    struct sample f = sample_load(arena, "habitbull.csv");
    struct transfer_set *s = must_read(&f, FORMAT_HABITBULL);
    assert_int_equal(s->habits_count, 3);
    assert_string_equal(habit(s, "Breed dragons")->description, "with love and fire");
    assert_int_equal(entry(s, "Breed dragons", "2016-03-18")->status, LOG_DONE);
    assert_false(entry(s, "Breed dragons", "2016-03-18")->has_value);
    assert_int_equal(entry(s, "Breed dragons", "2016-03-19")->status, LOG_DECLINED);
    assert_string_equal(entry(s, "Breed dragons", "2016-03-21")->note, "two\nlines, \"quoted\"");
    assert_int_equal(habit(s, "Pushups")->kind, HABIT_MEASURABLE);
    assert_int_equal(entry(s, "Pushups", "2021-09-01")->value, 30000);
    assert_int_equal(entry(s, "Pushups", "2022-01-08")->status, LOG_DONE);
    assert_null(entry(s, "Pushups", "2022-01-09"));
    assert_int_equal(s->losses[LOSS_VALUE], 1);
    assert_int_equal(s->losses[LOSS_DAY_TWICE], 1);
    assert_int_equal(habit(s, "Grow, spiritually")->entries_count, 1);
}

static void test_tickmate(void **state)
{
    struct sample f = sample_load(arena, "tickmate.sql");
    struct transfer_set *s = must_read(&f, FORMAT_TICKMATE);
    assert_int_equal(s->habits_count, 2);
    assert_int_equal(habit(s, "Vegan")->entries_count, 2);
    assert_non_null(entry(s, "Vegan", "2016-02-29"));
    assert_non_null(entry(s, "Vegan", "2016-12-31"));
    assert_true(habit(s, "Sport")->archived);
    assert_int_equal(s->losses[LOSS_ORPHAN], 1);
    assert_int_equal(s->losses[LOSS_DAY_TWICE], 1);
}

static void test_rewire(void **state)
{
    struct sample f = sample_load(arena, "rewire.sql");
    struct transfer_set *s = must_read(&f, FORMAT_REWIRE);
    const struct transfer_habit *h = habit(s, "Wake up early");
    assert_int_equal(h->frequency_days, 0); /* fixed weekdays are the rule */
    assert_int_equal(h->schedules_count, 1);
    assert_int_equal(h->schedules[0].weekdays, 0x15); /* Monday, Wednesday, Friday */
    assert_int_equal(h->schedules[0].reminder_minute, 390);
    assert_int_equal(h->starts_on.n, day("2016-01-01").n);
    assert_int_equal(entry(s, "Wake up early", "2016-01-06")->status, LOG_DECLINED);
    assert_string_equal(entry(s, "Wake up early", "2016-01-06")->note, "overslept");
    assert_int_equal(entry(s, "Wake up early", "2016-01-08")->status, LOG_SKIPPED);
    h = habit(s, "Brush teeth");
    assert_int_equal(h->frequency_count, 3);
    assert_int_equal(h->frequency_days, 7);
    assert_int_equal(h->schedules[0].weekdays, 0x1f);
    h = habit(s, "Call home");
    assert_int_equal(h->frequency_count, 1);
    assert_int_equal(h->frequency_days, 5);
    assert_true(h->archived);
}

static void test_own_csv(void **state)
{
    struct sample f = sample_load(arena, "own.csv");
    struct transfer_set *s = must_read(&f, FORMAT_CSV);
    const struct transfer_entry *e = entry(s, "Read", "2026-01-01");
    assert_string_equal(e->note, "one chapter");
    assert_true(e->has_marked_at);
    e = entry(s, "Read", "2026-01-02");
    assert_int_equal(e->decline->preset, PRESET_SICK);
    assert_string_equal(e->decline->note, "headache");
    assert_int_equal(entry(s, "Read", "2026-01-04")->status, LOG_NONE);
    assert_int_equal(entry(s, "Water", "2026-01-02")->value, 1750);
    assert_int_equal(entry(s, "Water", "2026-01-02")->status, LOG_DONE);
    assert_string_equal(habit(s, "Water")->unit, "l");
}

/* The numbers of the real backups, counted by hand from the files. */
static void test_real_files(void **state)
{
    static const struct {
        const char *name;
        enum transfer_format format;
        size_t habits, entries;
    } want[] = {
        {"loop.db", FORMAT_LOOP, 9, 164},
        {"rewire.db", FORMAT_REWIRE, 3, 61},
        {"tickmate.db", FORMAT_TICKMATE, 3, 68},
        {"habitbull.csv", FORMAT_HABITBULL, 4, 14},
        {"habitbull3.csv", FORMAT_HABITBULL, 2, 10},
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        struct sample f;
        if (!sample_real(arena, want[i].name, &f))
            continue; /* a clone of the project has no such files */
        struct transfer_set *s = must_read(&f, want[i].format);
        assert_int_equal(s->habits_count, want[i].habits);
        assert_int_equal(s->entries_count, want[i].entries);
    }
}

/* --- hostile files
 * ------------------------------------------------------------------------------------------ */

static enum ecode try_read(const char *data, size_t len, enum transfer_format format)
{
    struct transfer_set *s;
    struct arena *a = arena_new(IMPORT_ARENA_BYTES);
    err_clear(&err);
    enum ecode code = transfer_read(a, data, len, format, day_of(TODAY), &s, &err);
    assert_true(code == E_OK || err.text[0] != '\0');
    arena_free(a);
    return code;
}

static void assert_refused(enum ecode want, const struct sample *f, enum transfer_format format,
                           const char *words)
{
    assert_int_equal(try_read(f->data, f->len, format), want);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
}

/* Cut at every length, and with every byte of the first pages turned over: an answer, never a crash. */
static void mutilate(const struct sample *f, enum transfer_format format, size_t step)
{
    bool text =
        format == FORMAT_HABITBULL || format == FORMAT_CSV; /* a table that ends early is a shorter table */
    for (size_t len = 0; len < f->len; len += step) {
        char *cut = malloc(len ? len : 1); /* exactly as long: a read behind its end is seen */
        memcpy(cut, f->data, len);
        enum ecode code = try_read(cut, len, format);
        if (code == E_OK && !text)
            fail_msg("%s: %zu of %zu bytes were taken for the whole", f->name, len, f->len);
        free(cut);
    }
    char *turned = malloc(f->len);
    for (size_t i = 0; i < f->len; i += step) {
        memcpy(turned, f->data, f->len);
        turned[i] = (char)~turned[i];
        try_read(turned, f->len, format);
    }
    free(turned);
}

static void test_mutilated_files(void **state)
{
    struct sample f = sample_load(arena, "loop-new.sql");
    mutilate(&f, FORMAT_LOOP, 13);
    f = sample_load(arena, "rewire.sql");
    mutilate(&f, FORMAT_REWIRE, 29);
    f = sample_load(arena, "tickmate.sql");
    mutilate(&f, FORMAT_TICKMATE, 29);
    f = sample_loop_csv(arena);
    mutilate(&f, FORMAT_LOOP_CSV, 1);
    f = sample_load(arena, "habitbull.csv");
    mutilate(&f, FORMAT_HABITBULL, 1);
    f = sample_load(arena, "own.csv");
    mutilate(&f, FORMAT_CSV, 1);
}

#define LOOP_TABLES                                                                                          \
    "CREATE TABLE Habits (id, name, freq_num, freq_den, position, type);"                                    \
    "CREATE TABLE Repetitions (id integer primary key, habit, timestamp, value, notes);"
#define ONE_HABIT "INSERT INTO Habits VALUES (1, 'A', 1, 1, 0, 0);"

static void test_wrong_types(void **state)
{
    static const struct {
        const char *sql, *words;
    } bad[] = {
        {LOOP_TABLES "INSERT INTO Habits VALUES ('x', 'A', 1, 1, 0, 0)", "Id is not a whole number"},
        {LOOP_TABLES "INSERT INTO Habits VALUES (1, x'00ff', 1, 1, 0, 0)", "name is not a text"},
        {LOOP_TABLES "INSERT INTO Habits VALUES (1, CAST(x'ff41' AS TEXT), 1, 1, 0, 0)", "not valid UTF-8"},
        {LOOP_TABLES "INSERT INTO Habits VALUES (1, '  ', 1, 1, 0, 0)", "no name"},
        {LOOP_TABLES "INSERT INTO Habits VALUES (1, 'A', 1, 1, 0, 7)", "type 7"},
        {LOOP_TABLES ONE_HABIT "INSERT INTO Habits VALUES (1, 'B', 1, 1, 0, 0)", "two habits"},
        {LOOP_TABLES ONE_HABIT "INSERT INTO Repetitions VALUES (5, 1, 'yesterday', 2, NULL)",
         "row 5: timestamp"},
        {LOOP_TABLES ONE_HABIT "INSERT INTO Repetitions VALUES (5, 1, 9e300, 2, NULL)", "timestamp"},
        {LOOP_TABLES ONE_HABIT "INSERT INTO Repetitions VALUES (5, 1, 9223372036854775807, 2, NULL)",
         "absurd"},
        {LOOP_TABLES ONE_HABIT "INSERT INTO Repetitions VALUES (5, 1, -9223372036854775808, 2, NULL)",
         "absurd"},
        {LOOP_TABLES ONE_HABIT "INSERT INTO Repetitions VALUES (5, 1, 7289568000000, 2, NULL)", "absurd"},
        {LOOP_TABLES ONE_HABIT "INSERT INTO Repetitions VALUES (5, 1, 1735689600000, 99, NULL)", "value 99"},
        {LOOP_TABLES ONE_HABIT "UPDATE Habits SET type = 1;"
                               "INSERT INTO Repetitions VALUES (5, 1, 1735689600000, 9000000000000000, NULL)",
         "out of range"},
        {"CREATE TABLE Habits (name); CREATE TABLE Repetitions (id)", "no column Id"},
        {LOOP_TABLES "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) "
                     "INSERT INTO Habits SELECT i, 'h', 1, 1, 0, 0 FROM n",
         "1000"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct sample f = sample_sqlite(arena, bad[i].sql);
        enum ecode want = strcmp(bad[i].words, "1000") == 0 ? E_TOO_LARGE : E_MALFORMED;
        assert_refused(want, &f, FORMAT_LOOP, bad[i].words);
    }
}

/* Nothing of the file's schema may act: a view or a trigger is not a table, a virtual table neither. */
static void test_schema_is_not_trusted(void **state)
{
    struct sample f =
        sample_sqlite(arena, "CREATE TABLE x (id); CREATE VIEW Habits AS SELECT 1 AS Id, 'A' AS name, 1 AS "
                             "freq_num, 1 AS freq_den; CREATE TABLE Repetitions (habit, timestamp)");
    assert_refused(E_MALFORMED, &f, FORMAT_LOOP, "no table Habits");
    f = sample_sqlite(arena,
                      "CREATE TABLE Habits (Id, freq_num, freq_den, name AS (hex(zeroblob(100000))));"
                      "CREATE TABLE Repetitions (habit, timestamp); INSERT INTO Habits (Id) VALUES (1)");
    assert_refused(E_MALFORMED, &f, FORMAT_LOOP, "computed columns");
    f = sample_sqlite(arena, LOOP_TABLES
                      "INSERT INTO Habits VALUES (1, CAST(zeroblob(2000000) AS TEXT), 1, 1, 0, 0)");
    assert_refused(E_TOO_LARGE, &f, FORMAT_LOOP, "1048576 bytes");
}

static void test_bad_csv(void **state)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"habit,day,status\nA,2026-01-01,maybe\n", "line 2, column status"},
        {"habit,day,status\nA,2026-02-30,done\n", "line 2, column day"},
        {"habit,day,status\nA,0001-01-01,done\n", "absurd"},
        {"habit,day,status\nA,9999-12-31,done\n", "absurd"},
        {"habit,day,status\n,2026-01-01,done\n", "no name"},
        {"habit,day,status,mood\nA,2026-01-01,done,x\n", "'mood' is not known"},
        {"habit,day,status,value\nA,2026-01-01,done,99999999999999999999\n", "column value"},
        {"habit,day,status,value\nA,2026-01-01,done,-1\n", "column value"},
        {"habit,day,status,value\nA,2026-01-01,done,1e5\n", "column value"},
        {"habit,day,status\n\"A,2026-01-01,done\n", "never closed"},
        {"habit,day,status\n\"A\"x,2026-01-01,done\n", "closing quote"},
        {"habit,day,status\n\xff,2026-01-01,done\n", "UTF-8"},
        {"habit,day,status,habit_id\nA,2026-01-01,done,17\n", "habit_id"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct sample f = {"csv", arena_strdup(arena, bad[i].text), strlen(bad[i].text)};
        assert_refused(E_MALFORMED, &f, FORMAT_CSV, bad[i].words);
    }
}

/* A thousand-fold compression is fine, 64 MiB of it is not. */
static void test_zip_bomb(void **state)
{
    size_t len = ZIP_BYTES_MAX + 1;
    char *zeros = malloc(len + 1);
    memset(zeros, 'a', len);
    zeros[len] = '\0';
    struct sample_file file = {"Habits.csv", zeros};
    struct sample f = sample_zip(arena, &file, 1);
    assert_true(f.len < len / 500);
    assert_refused(E_TOO_LARGE, &f, FORMAT_LOOP_CSV, "64 MiB");
    free(zeros);
    file = (struct sample_file){"Other.csv", "a\n"};
    f = sample_zip(arena, &file, 1);
    assert_refused(E_MALFORMED, &f, FORMAT_LOOP_CSV, "no Habits.csv");
}

static void test_bad_json(void **state)
{
#define HEAD "{\"format\":\"habitd\",\"version\":1,\"habits\":["
#define HABIT                                                                                                \
    "{\"id\":\"01936a44-0000-7000-8000-000000000001\",\"name\":\"A\",\"starts_on\":\"2026-01-01\","          \
    "\"created_at\":\"2026-01-01T00:00:00Z\""
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"{}", "not an export"},
        {"{\"format\":\"habitd\",\"version\":2,\"habits\":[]}", "version 2"},
        {"{\"format\":\"habitd\",\"version\":1,\"habits\":[],\"x\":1}", "not known"},
        {HEAD "]", "does not end"},
        {HEAD "]} x", "something follows"},
        {HEAD HABIT ",\"colour\":\"red\"}]}", "colour"},
        {HEAD HABIT ",\"kind\":\"odd\"}]}", "kind"},
        {HEAD HABIT ",\"frequency\":{\"count\":9,\"days\":7}}]}", "more times than days"},
        {HEAD HABIT ",\"logs\":[{\"day\":\"2026-01-01\"}]}]}", "marked_at"},
        {HEAD HABIT ",\"logs\":[{\"day\":\"2026-01-01\",\"marked_at\":\"2026-01-01T00:00:00Z\"}]}]}",
         "neither status nor note"},
        {HEAD HABIT
         ",\"logs\":[{\"day\":\"9999-01-01\",\"status\":\"done\",\"marked_at\":\"2026-01-01T00:00:00Z\"}]}]}",
         "absurd"},
        {HEAD HABIT ",\"logs\":[],\"logs\":[]}]}", "twice"},
        {HEAD HABIT "}," HABIT "}]}", "two habits"},
        {HEAD HABIT ",\"schedules\":[{\"id\":\"01936a44-0000-7000-8000-000000000001\",\"schedule_type\":"
                    "\"weekly\",\"starts_on\":"
                    "\"2026-01-01\",\"created_at\":\"2026-01-01T00:00:00Z\"}]}]}",
         "days_of_week"},
        {HEAD "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "expected"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct sample f = {"json", arena_strdup(arena, bad[i].text), strlen(bad[i].text)};
        if (i == 14)
            assert_int_equal(try_read(f.data, f.len, FORMAT_JSON), E_MALFORMED);
        else
            assert_refused(E_MALFORMED, &f, FORMAT_JSON, bad[i].words);
    }
}

/* Notes are kept up to 4,096 characters, of whatever length in bytes; control characters go. */
static void test_notes_and_names(void **state)
{
    struct transfer_set *s = transfer_set_new(arena, FORMAT_CSV, day_of(TODAY), &err);
    char text[4098 * 2 + 1];
    const char *out;
    for (size_t i = 0; i < 4098; i++)
        memcpy(text + 2 * i, "я", 2);
    assert_int_equal(transfer_text(s, text, 4096 * 2, &out), E_OK);
    assert_int_equal(strlen(out), 4096 * 2);
    assert_int_equal(s->losses[LOSS_NOTE_CUT], 0);
    assert_int_equal(transfer_text(s, text, 4098 * 2, &out), E_OK);
    assert_int_equal(strlen(out), 4096 * 2);
    assert_int_equal(s->losses[LOSS_NOTE_CUT], 1);
    assert_int_equal(transfer_text(s, "a\r\nb\tc\1d", 8, &out), E_OK);
    assert_string_equal(out, "a\nb\tcd");
    assert_int_equal(s->losses[LOSS_TEXT_CLEANED], 1);
    struct transfer_habit *h;
    assert_int_equal(transfer_habit_add(s, "r", 1, text, 150 * 2, &h), E_OK);
    assert_int_equal(strlen(h->name), 100 * 2);
    assert_int_equal(s->losses[LOSS_NAME_CUT], 1);
    assert_int_equal(transfer_description(s, text, 4098 * 2, &h->description), E_OK);
    assert_int_equal(strlen(h->description), HABIT_DESCRIPTION_BYTES_MAX);
}

static void test_milli(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        {"2.5", true, 2500},      {"0", true, 0},
        {"-3", true, -3000},      {"1.000000", true, 1000},
        {"0.001", true, 1},       {"0.0001", false, 0},
        {"", false, 0},           {"-", false, 0},
        {"1.", false, 0},         {".5", false, 0},
        {"1e3", false, 0},        {"1000000000", true, 1000000000000},
        {"1000000001", false, 0}, {"99999999999999999999999", false, 0},
        {"1.2.3", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t v = -1;
        assert_int_equal(transfer_milli(cases[i].text, strlen(cases[i].text), &v), cases[i].ok);
        if (cases[i].ok)
            assert_int_equal(v, cases[i].value);
    }
}

static void test_unrecognised(void **state)
{
    static const char *const texts[] = {"", "hello", "a,b,c\n1,2,3\n", "\x89PNG\r\n", "[1]"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_int_equal(transfer_recognise(texts[i], strlen(texts[i])), FORMAT_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop_old),    cmocka_unit_test(test_loop_new),
        cmocka_unit_test(test_loop_csv),    cmocka_unit_test(test_loop_csv_old),
        cmocka_unit_test(test_habitbull),   cmocka_unit_test(test_tickmate),
        cmocka_unit_test(test_rewire),      cmocka_unit_test(test_own_csv),
        cmocka_unit_test(test_real_files),  cmocka_unit_test(test_mutilated_files),
        cmocka_unit_test(test_wrong_types), cmocka_unit_test(test_schema_is_not_trusted),
        cmocka_unit_test(test_bad_csv),     cmocka_unit_test(test_zip_bomb),
        cmocka_unit_test(test_bad_json),    cmocka_unit_test(test_notes_and_names),
        cmocka_unit_test(test_milli),       cmocka_unit_test(test_unrecognised),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
