#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/check.h"
#include "base/rng.h"
#include "migrate_bed.h"
#include "migrate_rename.h"

#define KILLED (128 + SIGKILL)
#define STEPS(n) (10 + (n))
#define RACERS 10
/* Of the rename: a short run is a sample. */
#define ROWS (long_run() ? 200000 : 50000)
#define KILLS (long_run() ? 40 : 12)

static bool long_run(void)
{
    return getenv("HABITD_LONG") != NULL;
}

/* Ten processes start at once: one applies, nine find nothing to do. */
static void test_ten_at_once(void **state)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        pid_t pids[RACERS];
        int applied = 0, idle = 0, all = STEPS((int)migrations_count);
        for (int i = 0; i < RACERS; i++)
            pids[i] = migrate_tool_start(&b, "up", NULL, NULL);
        for (int i = 0; i < RACERS; i++) {
            int code = migrate_tool_wait(pids[i]);
            applied += code == all;
            idle += code == STEPS(0);
        }
        assert_int_equal(applied, 1);
        assert_int_equal(idle, RACERS - 1);
        assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM schema_migrations"),
                         (int)migrations_count);
    }
}

/* The schema text of every version, from one clean run. */
static void describe_versions(struct migrate_bed *b, const char **at, int newest)
{
    struct migration_set set = migration_set_embedded();
    at[0] = migrate_bed_describe(b);
    for (int v = 1; v <= newest; v++) {
        assert_int_equal(migrate_bed_up(b, set, v), E_OK);
        at[v] = migrate_bed_describe(b);
    }
    migrate_bed_empty(b);
}

/* A long run kills at every point; a short one now and then on the way up, where comments and indexes make
 * hundreds of them. */
static int stride(enum db_engine engine, bool up)
{
    if (long_run() || !up)
        return 1;
    return engine == DB_POSTGRES ? 19 : 5;
}

/* Goes from one version to the next with a kill before the n-th statement for every n; returns how many kills
 * it took. */
static int step_with_kills(struct migrate_bed *b, int from, int to, const char **at)
{
    struct migration_set set = migration_set_embedded();
    int kills = 0;
    for (int n = 1;; n += stride(b->engine, to > from)) {
        char fault[64], version[16];
        snprintf(fault, sizeof fault, "statement:%d:kill", n);
        snprintf(version, sizeof version, "%d", to);
        int code = migrate_tool_wait(migrate_tool_start(b, to > from ? "up" : "down", version, fault));
        int now = migrate_bed_version(b, set);
        assert_true(now == from || now == to);
        if (strcmp(migrate_bed_describe(b), at[now]) != 0)
            fail_msg("killed at %d on the way from %d to %d: at %d with another schema", n, from, to, now);
        if (code != KILLED) {
            assert_int_equal(code, now == to && kills > 0 ? code : -1);
            assert_true(code == STEPS(1) || code == STEPS(0));
            return kills;
        }
        kills++;
    }
}

static void test_kill_at_every_statement(void **state)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        const char *at[64];
        int newest = (int)migrations_count;
        CHECK(newest < (int)ARRAY_LEN(at));
        describe_versions(&b, at, newest);
        for (int v = 0; v < newest; v++)
            assert_true(step_with_kills(&b, v, v + 1, at) > 5);
        for (int v = newest; v > 0; v--)
            assert_true(step_with_kills(&b, v, v - 1, at) > 2);
    }
}

/* A kill instead of COMMIT leaves the old version whole. */
static void test_kill_at_commit(void **state)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        assert_int_equal(migrate_tool_wait(migrate_tool_start(&b, "up", "1", "commit:1:kill")), KILLED);
        assert_int_equal(migrate_bed_version(&b, migration_set_embedded()), 0);
        assert_string_equal(migrate_bed_describe(&b), "");
        assert_int_equal(migrate_tool_wait(migrate_tool_start(&b, "up", "1", NULL)), STEPS(1));
    }
}

/* Exactly the rows of rename_notes_fill, each with its log. */
static void assert_rows(struct migrate_bed *b)
{
    int tables;
    char sql[512];
    assert_int_equal(rename_notes_tables(b->db, &tables), E_OK);
    assert_true(tables == 1 || tables == 2);
    const char *name = tables == 1 ? "decline_notes" : "habit_decline_notes";
    snprintf(sql, sizeof sql,
             "SELECT CASE WHEN count(*) = %d THEN sum(CASE WHEN l.decline_note_id = n.id AND n.user_id = 1 + "
             "n.id %% 1000 AND "
             "n.weight = n.id * 0.25 AND length(n.body) > 0 AND (n.note = 'note ' || n.id OR (n.id %% 7 = 0 "
             "AND n.note IS NULL)) "
             "THEN 1 ELSE 0 END) ELSE -1 END FROM %s n LEFT JOIN habit_logs l ON l.id = n.id",
             ROWS, name);
    assert_int_equal(migrate_bed_number(b, sql), ROWS);
}

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static int64_t timed_rename(const struct migrate_bed *b)
{
    struct monotime start = monotime_now();
    assert_int_equal(migrate_tool_wait(migrate_tool_start(b, "rename", NULL, NULL)), 0);
    return monotime_diff(monotime_now(), start).ms;
}

/* Half of the kills come before a certain statement, half at a random moment of the run. */
static bool rename_and_kill(struct migrate_bed *b, struct rng *rng, int i, int64_t usual_ms)
{
    char fault[64];
    snprintf(fault, sizeof fault, "statement:%d:kill", 2 + i / 2);
    pid_t pid = migrate_tool_start(b, "rename", NULL, i % 2 == 0 ? fault : NULL);
    if (i % 2 == 1) {
        pause_ms((int64_t)rng_below(rng, (uint64_t)usual_ms));
        kill(pid, SIGKILL);
    }
    int code = migrate_tool_wait(pid);
    assert_true(code == 0 || code == KILLED);
    return code == KILLED;
}

static void test_rename_killed(void **state)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        struct rng rng;
        rng_init(&rng, 20261123);
        assert_int_equal(rename_notes_fill(b.db, ROWS), E_OK);
        const char *old = migrate_bed_describe(&b);
        int64_t usual_ms = timed_rename(&b);
        const char *new = migrate_bed_describe(&b);
        assert_rows(&b);
        for (int kills = 0, i = 0; kills < KILLS; i++) {
            kills += rename_and_kill(&b, &rng, i % 24, usual_ms);
            assert_true(i < 4 * KILLS);
            int tables;
            assert_int_equal(rename_notes_tables(b.db, &tables), E_OK);
            assert_string_equal(migrate_bed_describe(&b), tables == 1 ? old : new);
            assert_rows(&b);
        }
        timed_rename(&b);
        assert_rows(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_at_once),
        cmocka_unit_test(test_kill_at_every_statement),
        cmocka_unit_test(test_kill_at_commit),
        cmocka_unit_test(test_rename_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
