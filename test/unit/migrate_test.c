#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sqlite3.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "migrate_bed.h"
#include "migrate_rename.h"
#include "store/migrate_internal.h"

/* Three small versions: a table; a second one with a column more in the first; a rebuild of the first. */
static const struct migration small[] = {
    {1,
     "people",
     {[DB_SQLITE] =
          {"CREATE TABLE people (id INTEGER NOT NULL, name TEXT NOT NULL DEFAULT 'x',"
           " CONSTRAINT people_pk PRIMARY KEY (id), CONSTRAINT people_name CHECK (name <> '')) STRICT;"
           "CREATE INDEX people_by_name ON people (name);",
           "DROP TABLE people;"},
      [DB_POSTGRES] = {"CREATE TABLE people (id bigint NOT NULL, name text NOT NULL DEFAULT 'x',"
                       " CONSTRAINT people_pk PRIMARY KEY (id), CONSTRAINT people_name CHECK (name <> ''));"
                       "CREATE INDEX people_by_name ON people (name); COMMENT ON TABLE people IS 'People.';"
                       "COMMENT ON COLUMN people.name IS 'What; they are called.';",
                       "DROP TABLE people;"}}},
    {2,
     "pets",
     {[DB_SQLITE] =
          {"CREATE TABLE pets (id INTEGER NOT NULL, owner INTEGER NOT NULL, CONSTRAINT pets_pk PRIMARY KEY "
           "(id),"
           " CONSTRAINT pets_owner_fk FOREIGN KEY (owner) REFERENCES people (id)) STRICT;"
           "ALTER TABLE people ADD COLUMN nick TEXT;"
           "CREATE TRIGGER pets_guard BEFORE DELETE ON pets BEGIN SELECT RAISE(ABORT, 'pets; stay'); END;",
           "DROP TABLE pets; ALTER TABLE people DROP COLUMN nick;"},
      [DB_POSTGRES] =
          {"CREATE TABLE pets (id bigint NOT NULL, owner bigint NOT NULL, CONSTRAINT pets_pk PRIMARY KEY "
           "(id),"
           " CONSTRAINT pets_owner_fk FOREIGN KEY (owner) REFERENCES people (id));"
           "ALTER TABLE people ADD COLUMN nick text;"
           "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END; $$;"
           "CREATE TRIGGER pets_guard BEFORE DELETE ON pets FOR EACH ROW EXECUTE FUNCTION stay();",
           "DROP TABLE pets; DROP FUNCTION stay(); ALTER TABLE people DROP COLUMN nick;"}}},
    {3,
     "longer_names",
     {[DB_SQLITE] =
          {"CREATE TABLE people_new (id INTEGER NOT NULL, name TEXT NOT NULL DEFAULT 'x', nick TEXT,"
           " CONSTRAINT people_pk PRIMARY KEY (id), CONSTRAINT people_name CHECK (length(name) > 1)) STRICT;"
           "INSERT INTO people_new SELECT id, name || '!', nick FROM people; DROP TABLE people;"
           "ALTER TABLE people_new RENAME TO people; CREATE INDEX people_by_name ON people (name);",
           "CREATE TABLE people_old (id INTEGER NOT NULL, name TEXT NOT NULL DEFAULT 'x', nick TEXT,"
           " CONSTRAINT people_pk PRIMARY KEY (id), CONSTRAINT people_name CHECK (name <> '')) STRICT;"
           "INSERT INTO people_old SELECT id, name, nick FROM people; DROP TABLE people;"
           "ALTER TABLE people_old RENAME TO people; CREATE INDEX people_by_name ON people (name);"},
      [DB_POSTGRES] = {"UPDATE people SET name = name || '!'; ALTER TABLE people DROP CONSTRAINT people_name;"
                       "ALTER TABLE people ADD CONSTRAINT people_name CHECK (length(name) > 1);",
                       "ALTER TABLE people DROP CONSTRAINT people_name;"
                       "ALTER TABLE people ADD CONSTRAINT people_name CHECK (name <> '');"}}},
};

static struct migration_set first(size_t n)
{
    return (struct migration_set){small, n};
}

static enum ecode verify(struct migrate_bed *b, struct migration_set set, const char **drift)
{
    return migrate_verify(b->db, set, duration_seconds(5), b->arena, drift);
}

static void assert_up_down_up(struct migrate_bed *b, struct migration_set set)
{
    const char *at[16];
    CHECK(set.count < ARRAY_LEN(at));
    at[0] = migrate_bed_describe(b);
    for (int v = 1; v <= (int)set.count; v++) {
        if (migrate_bed_up(b, set, v) != E_OK)
            fail_msg("%s", b->err.text);
        at[v] = migrate_bed_describe(b);
        assert_string_not_equal(at[v], at[v - 1]);
        assert_int_equal(migrate_bed_down(b, set, v - 1, false), E_OK);
        assert_string_equal(migrate_bed_describe(b), at[v - 1]);
        if (migrate_bed_up(b, set, v) != E_OK)
            fail_msg("%s", b->err.text);
        assert_string_equal(migrate_bed_describe(b), at[v]);
    }
    const char *drift;
    assert_int_equal(verify(b, set, &drift), E_OK);
    assert_string_equal(drift, "");
    assert_int_equal(migrate_bed_down(b, set, 0, false), E_OK);
    assert_string_equal(migrate_bed_describe(b), at[0]);
}

static void test_up_down_up(void **state)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        assert_string_equal(migrate_bed_describe(&b), "");
        assert_up_down_up(&b, first(3));
    }
    FOR_EACH_ENGINE(b)
    {
        assert_up_down_up(&b, migration_set_embedded());
    }
}

static enum migrate_state state_of(struct migrate_bed *b, struct migration_set set)
{
    enum migrate_state state;
    int version;
    if (migrate_state(b->db, set, &state, &version) != E_OK)
        fail_msg("%s", b->err.text);
    return state;
}

static void test_states(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        struct migrate_row *rows;
        size_t n;
        assert_int_equal(state_of(&b, first(3)), MIGRATE_EMPTY);
        assert_int_equal(migrate_bed_up(&b, first(3), 2), E_OK);
        assert_int_equal(state_of(&b, first(3)), MIGRATE_OLDER);
        assert_int_equal(state_of(&b, first(2)), MIGRATE_CURRENT);
        assert_int_equal(state_of(&b, first(1)), MIGRATE_NEWER);
        assert_int_equal(migrate_status(b.db, first(3), b.arena, &rows, &n), E_OK);
        assert_int_equal(n, 3);
        assert_true(rows[1].applied && !rows[1].changed && !rows[1].unknown && !rows[2].applied);
        assert_string_equal(rows[1].name, "pets");
        assert_int_equal(rows[1].applied_at.ms, 1764000000123);
        assert_int_equal(migrate_status(b.db, first(1), b.arena, &rows, &n), E_OK);
        assert_true(n == 2 && rows[1].unknown && rows[1].version == 2);
        assert_int_equal(migrate_bed_up(&b, first(1), -1), E_CONFLICT);
        assert_non_null(strstr(b.err.text, "version 2"));
        assert_non_null(strstr(b.err.text, "newer"));
        assert_int_equal(migrate_bed_up(&b, first(3), 1), E_INVALID);
        assert_int_equal(migrate_bed_up(&b, first(3), 4), E_INVALID);
        assert_int_equal(migrate_bed_down(&b, first(3), 3, false), E_INVALID);
        migrate_bed_sql(&b, "DELETE FROM schema_migrations WHERE version = 1");
        assert_int_equal(migrate_bed_up(&b, first(3), -1), E_CORRUPT);
        assert_string_equal(b.err.reason, "history_gap");
        migrate_bed_sql(&b, "UPDATE schema_migrations SET version = 999");
        assert_int_equal(state_of(&b, first(3)), MIGRATE_NEWER);
    }
}

static void test_changed_file(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        const char *drift;
        assert_int_equal(migrate_bed_up(&b, first(3), 2), E_OK);
        migrate_bed_sql(&b, "UPDATE schema_migrations SET sha256 = 'other' WHERE version = 1");
        assert_int_equal(state_of(&b, first(3)), MIGRATE_CHANGED);
        assert_int_equal(migrate_bed_up(&b, first(3), -1), E_CORRUPT);
        assert_string_equal(b.err.reason, "checksum_changed");
        assert_int_equal(verify(&b, first(3), &drift), E_CORRUPT);
        assert_int_equal(migrate_stamp(b.db, first(3), 2, duration_seconds(1), instant_from_ms(5)), E_OK);
        assert_int_equal(state_of(&b, first(3)), MIGRATE_OLDER);
        assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM schema_migrations"), 2);
        assert_int_equal(migrate_bed_up(&b, first(3), -1), E_OK);
    }
}

static void test_stamp(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        struct duration wait = duration_seconds(1);
        assert_int_equal(migrate_stamp(b.db, first(3), 4, wait, instant_from_ms(5)), E_INVALID);
        assert_int_equal(migrate_stamp(b.db, first(3), 3, wait, instant_from_ms(5)), E_OK);
        assert_int_equal(migrate_bed_version(&b, first(3)), 3);
        assert_int_equal(migrate_stamp(b.db, first(3), 1, wait, instant_from_ms(5)), E_OK);
        assert_int_equal(migrate_bed_version(&b, first(3)), 1);
        assert_int_equal(migrate_stamp(b.db, first(3), 0, wait, instant_from_ms(5)), E_OK);
        assert_int_equal(state_of(&b, first(3)), MIGRATE_EMPTY);
    }
}

/* A migration that fails in its middle, and one that leaves rows without their parents. */
static void test_failure_leaves_nothing(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        struct migration set[3];
        memcpy(set, small, sizeof set);
        set[2].sql[b.engine].up = "CREATE TABLE half (id BIGINT); CREATE TABLE people (id BIGINT); SELECT 1";
        if (b.engine == DB_SQLITE)
            set[2].sql[b.engine].up =
                "CREATE TABLE half (id INTEGER); CREATE TABLE people (id INTEGER); SELECT 1";
        assert_int_equal(migrate_bed_up(&b, first(3), 2), E_OK);
        const char *before = migrate_bed_describe(&b);
        assert_int_not_equal(migrate_bed_up(&b, (struct migration_set){set, 3}, -1), E_OK);
        assert_non_null(strstr(b.err.text, "0003_longer_names up: statement 2 (CREATE TABLE people"));
        assert_string_equal(migrate_bed_describe(&b), before);
        assert_int_equal(migrate_bed_version(&b, first(3)), 2);
        migrate_bed_sql(&b, "INSERT INTO people (id) VALUES (1)");
        migrate_bed_sql(&b, "INSERT INTO pets VALUES (1, 1)");
        set[2].sql[b.engine].up = "DELETE FROM people";
        assert_int_equal(migrate_bed_up(&b, (struct migration_set){set, 3}, -1), E_FOREIGN);
        assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM people"), 1);
        /* enforcement is on again, and the rebuild keeps the rows */
        assert_int_equal(db_exec(b.db, "INSERT INTO pets VALUES (2, 99)"), E_FOREIGN);
        assert_int_equal(migrate_bed_up(&b, first(3), -1), E_OK);
        assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM people WHERE name = 'x!'"), 1);
        assert_int_equal(db_exec(b.db, "INSERT INTO pets VALUES (2, 99)"), E_FOREIGN);
    }
}

static void test_down_refuses_to_lose(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        assert_int_equal(migrate_bed_up(&b, first(2), -1), E_OK);
        migrate_bed_sql(&b, "INSERT INTO people (id, nick) VALUES (1, 'one'), (2, NULL)");
        assert_int_equal(migrate_bed_down(&b, first(2), 1, false), E_CONFLICT);
        assert_string_equal(b.err.reason, "would_lose_data");
        assert_non_null(strstr(b.err.text, "1 value of people.nick"));
        migrate_bed_sql(&b, "INSERT INTO pets VALUES (1, 1), (2, 1), (3, 2)");
        assert_int_equal(migrate_bed_down(&b, first(2), 0, false), E_CONFLICT);
        assert_non_null(strstr(b.err.text, "3 rows of pets"));
        assert_int_equal(migrate_bed_version(&b, first(2)), 2);
        assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM pets"), 3);
        assert_int_equal(migrate_bed_down(&b, first(2), 1, true), E_OK);
        assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM people"), 2);
        assert_int_equal(migrate_bed_down(&b, first(2), 0, false), E_CONFLICT);
        assert_non_null(strstr(b.err.text, "2 rows of people"));
    }
    /* A down that keeps the table and deletes rows. */
    FOR_EACH_ENGINE(b)
    {
        struct migration set[3];
        memcpy(set, small, sizeof set);
        set[2].sql[b.engine].down = "DELETE FROM people WHERE id > 1";
        assert_int_equal(migrate_bed_up(&b, (struct migration_set){set, 3}, -1), E_OK);
        migrate_bed_sql(&b, "INSERT INTO people (id, name) VALUES (1, 'one'), (2, 'two'), (3, 'three')");
        assert_int_equal(migrate_bed_down(&b, (struct migration_set){set, 3}, 2, false), E_CONFLICT);
        assert_non_null(strstr(b.err.text, "2 rows of people"));
        migrate_bed_sql(&b, "DELETE FROM people WHERE id > 1");
        assert_int_equal(migrate_bed_down(&b, (struct migration_set){set, 3}, 2, false), E_OK);
    }
}

struct drift_case {
    const char *what;
    const char *sql[DB_ENGINES]; /* NULL: the engine has no such thing */
    const char *seen;            /* in the list of differences */
};

/* SQLite changes a definition only by another table, or by its schema text. */
#define REWRITE(from, to)                                                                                    \
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '" from "', '" to              \
    "') WHERE name = 'people'; PRAGMA writable_schema = RESET"

static const struct drift_case drifts[] = {
    {"added column",
     {"ALTER TABLE people ADD COLUMN extra TEXT", "ALTER TABLE people ADD COLUMN extra text"},
     "extra text"},
    {"dropped index",
     {"DROP INDEX people_by_name", "DROP INDEX people_by_name"},
     "- index people.people_by_name"},
    {"changed type",
     {REWRITE("nick TEXT", "nick ANY"), "ALTER TABLE people ALTER nick TYPE varchar(9)"},
     "nick"},
    {"changed default",
     {REWRITE("DEFAULT ''x''", "DEFAULT ''y''"), "ALTER TABLE people ALTER name SET DEFAULT 'y'"},
     "default 'y'"},
    {"dropped constraint",
     {REWRITE(", CONSTRAINT people_name CHECK (name <> '''')", ""),
      "ALTER TABLE people DROP CONSTRAINT people_name"},
     "people_name"},
    {"added trigger",
     {"CREATE TRIGGER extra AFTER DELETE ON people BEGIN SELECT 1; END",
      "CREATE TRIGGER extra AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION stay()"},
     "+ trigger people.extra"},
    {"changed nullability",
     {REWRITE("nick TEXT", "nick TEXT NOT NULL"), "ALTER TABLE people ALTER nick SET NOT NULL"},
     "not null"},
    {"changed check",
     {REWRITE("name <> ''''", "name <> ''-''"), "ALTER TABLE people DROP CONSTRAINT people_name; ALTER TABLE "
                                                "people ADD CONSTRAINT people_name CHECK (name <> '-')"},
     "<> '-'"},
    {"changed comment",
     {NULL, "COMMENT ON COLUMN people.name IS 'Other.'"},
     "+ comment table people.name is Other."},
    {"added table", {"CREATE TABLE extra (id INTEGER)", "CREATE TABLE extra (id bigint)"}, "+ table extra"},
    {"added view",
     {"CREATE VIEW extra AS SELECT 1 AS one", "CREATE VIEW extra AS SELECT 1 AS one"},
     "+ view extra"},
    {"disabled trigger", {NULL, "ALTER TABLE pets DISABLE TRIGGER pets_guard"}, "enabled D"},
    {"changed function",
     {NULL,
      "CREATE OR REPLACE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END; $$"},
     "RETURN OLD"},
};

/* On a connection that does not defend the schema table of SQLite, as a stranger's would. */
static void drift_apart(struct migrate_bed *b, const char *sql)
{
    if (b->engine == DB_POSTGRES) {
        migrate_bed_sql(b, sql);
        return;
    }
    sqlite3 *raw;
    CHECK(sqlite3_open(b->url + strlen("sqlite:"), &raw) == SQLITE_OK);
    int code = sqlite3_exec(raw, sql, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(raw));
    sqlite3_close(raw);
}

static void test_verify(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        for (size_t i = 0; i < ARRAY_LEN(drifts); i++) {
            const char *drift;
            if (drifts[i].sql[b.engine] == NULL)
                continue;
            assert_int_equal(migrate_bed_up(&b, first(2), -1), E_OK);
            assert_int_equal(verify(&b, first(3), &drift), E_OK);
            assert_string_equal(drift, "");
            drift_apart(&b, drifts[i].sql[b.engine]);
            assert_int_equal(verify(&b, first(3), &drift), E_OK);
            if (strstr(drift, drifts[i].seen) == NULL)
                fail_msg("%s: %s, not seen in \"%s\"", db_engine_name(b.engine), drifts[i].what, drift);
            migrate_bed_empty(&b);
        }
        if (b.engine == DB_POSTGRES)
            assert_int_equal(
                migrate_bed_number(&b,
                                   "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'habitd_scratch%'"),
                0);
    }
}

static void test_lock(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        struct migrate_lock lock;
        struct err err;
        struct db *other = migrate_bed_connect(&b, &err);
        struct migrate_options o = {.to = -1, .wait = duration_ms(60), .now = instant_from_ms(1)};
        int steps = -1;
        assert_int_equal(migrate_lock_take(other, duration_ms(0), &lock), E_OK);
        assert_int_equal(migrate_up(b.db, first(3), &o, &steps), E_BUSY);
        assert_string_equal(b.err.reason, "migration_locked");
        migrate_lock_drop(&lock);
        assert_int_equal(migrate_up(b.db, first(3), &o, &steps), E_OK);
        assert_int_equal(steps, 3);
        assert_int_equal(migrate_up(b.db, first(3), &o, &steps), E_OK);
        assert_int_equal(steps, 0);
        db_close(other);
    }
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL && fputs(text, f) >= 0);
    CHECK(fclose(f) == 0);
}

/* Runs a program without a shell; its output goes to /dev/null. */
static int run(char *const argv[])
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        execvp(argv[0], argv);
        _exit(127);
    }
    return migrate_tool_wait(pid);
}

/* Runs the file in the engine's own shell, as an administrator would. */
static int run_in_shell(const struct migrate_bed *b, const char *file)
{
    char shell_sqlite[] = "sqlite3", shell_pg[] = "psql", quiet[] = "-qXf", read[200], target[1200],
         path[160];
    snprintf(read, sizeof read, ".read %s", file);
    snprintf(path, sizeof path, "%s", file);
    snprintf(target, sizeof target, "%s", b->engine == DB_SQLITE ? b->url + strlen("sqlite:") : b->url);
    char *sqlite[] = {shell_sqlite, target, read, NULL}, *pg[] = {shell_pg, target, quiet, path, NULL};
    return run(b->engine == DB_SQLITE ? sqlite : pg);
}

static void make_sql(const struct migrate_bed *b, struct migration_set set, int from, int to,
                     const char *path)
{
    struct buf text;
    struct err err;
    buf_init(&text, 1u << 20);
    assert_int_equal(migrate_sql(b->engine, set, from, to, &text, &err), E_OK);
    write_text(path, buf_text(&text));
    buf_release(&text);
}

static void assert_shell(struct migrate_bed *b, struct migration_set set, const char *path)
{
    make_sql(b, set, 0, (int)set.count, path);
    assert_int_equal(run_in_shell(b, path), 0);
    assert_int_equal(state_of(b, set), MIGRATE_CURRENT);
    const char *drift;
    assert_int_equal(verify(b, set, &drift), E_OK);
    assert_string_equal(drift, "");
    make_sql(b, set, (int)set.count, 0, path);
    assert_int_equal(run_in_shell(b, path), 0);
    assert_int_equal(state_of(b, set), MIGRATE_EMPTY);
    make_sql(b, set, 0, 1, path);
    assert_int_equal(run_in_shell(b, path), 0);
    assert_int_equal(migrate_bed_up(b, set, -1), E_OK);
}

static void test_sql(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        char path[] = "/tmp/habitd-sql-XXXXXX";
        int fd = mkstemp(path);
        CHECK(fd >= 0 && close(fd) == 0);
        assert_shell(&b, first(3), path);
        migrate_bed_empty(&b);
        assert_shell(&b, migration_set_embedded(), path);
        migrate_bed_empty(&b);
        /* a file that fails in its middle leaves the version before */
        struct migration set[3];
        memcpy(set, small, sizeof set);
        set[1].sql[b.engine].up = "CREATE TABLE half (id BIGINT); CREATE TABLE people (id BIGINT);";
        make_sql(&b, (struct migration_set){set, 3}, 0, 3, path);
        assert_int_not_equal(run_in_shell(&b, path), 0);
        assert_int_equal(migrate_bed_version(&b, first(3)), 1);
        assert_null(strstr(migrate_bed_describe(&b), "half"));
        unlink(path);
    }
    struct buf text;
    struct err err;
    buf_init(&text, 100);
    assert_int_equal(migrate_sql(DB_SQLITE, first(3), 0, 4, &text, &err), E_INVALID);
    assert_int_equal(migrate_sql(DB_SQLITE, first(3), -1, 2, &text, &err), E_INVALID);
    buf_release(&text);
}

static void test_new(void **unused)
{
    struct arena *a = arena_new(1u << 20);
    struct err err;
    const char *names[4];
    char dir[] = "/tmp/habitd-new-XXXXXX", path[128];
    CHECK(mkdtemp(dir) != NULL);
    assert_int_equal(migrate_new(dir, "more", a, names, &err), E_NOT_FOUND);
    assert_non_null(strstr(err.text, "source checkout"));
    snprintf(path, sizeof path, "%s/0003_longer_names.sqlite.up.sql", dir);
    write_text(path, "SELECT 1;\n");
    static const char *const bad[] = {"", "Upper", "two__lines", "_x", "x_", "a-b", "../x", "a b"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(migrate_new(dir, bad[i], a, names, &err), E_INVALID);
    assert_int_equal(migrate_new(dir, "more_things2", a, names, &err), E_OK);
    static const char *const ends[] = {"sqlite.up", "sqlite.down", "postgres.up", "postgres.down"};
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/0004_more_things2.%s.sql", dir, ends[i]);
        assert_string_equal(names[i], path);
        struct stat st;
        assert_true(stat(path, &st) == 0 && st.st_size > 40);
    }
    /* the version that comes next is the folder's, and a file in the way leaves nothing of the others */
    char in_the_way[128];
    snprintf(in_the_way, sizeof in_the_way, "%s/0005_again.postgres.down.sql", dir);
    write_text(in_the_way, "SELECT 1;\n");
    assert_int_equal(migrate_new(dir, "again", a, names, &err), E_CONFLICT);
    assert_int_equal(access(names[0], F_OK), -1);
    assert_int_equal(unlink(in_the_way), 0);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/0004_more_things2.%s.sql", dir, ends[i]);
        assert_int_equal(unlink(path), 0);
    }
    snprintf(path, sizeof path, "%s/0003_longer_names.sqlite.up.sql", dir);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
    arena_free(a);
}

/* The proof of the rename must be able to fail. */
static void test_rename_proof(void **unused)
{
    static const struct {
        const char *spoil, *seen;
    } cases[] = {
        {"INSERT INTO habit_decline_notes VALUES (5000, 1, 'x', 0.5, ''); ", "has 100 rows and its copy"},
        {"CREATE TRIGGER spoil AFTER INSERT ON habit_decline_notes WHEN NEW.id = 7 BEGIN"
         " UPDATE habit_decline_notes SET note = 'other' WHERE id = 7; END;",
         "checksums"},
    };
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        assert_int_equal(rename_notes_fill(b.db, 100), E_OK);
        const char *before = migrate_bed_describe(&b);
        for (size_t i = 0; i < ARRAY_LEN(cases) && b.engine == DB_SQLITE; i++) {
            migrate_bed_sql(&b, "PRAGMA foreign_keys = OFF");
            assert_int_equal(db_begin(b.db, DB_TXN_WRITE), E_OK);
            char spoil[400];
            snprintf(spoil, sizeof spoil, "%s", cases[i].spoil);
            if (i == 0)
                snprintf(spoil, sizeof spoil,
                         "INSERT INTO habit_decline_notes VALUES (5000, 1, 'x', 0.5, x'00');");
            assert_int_equal(rename_notes_step(b.db, false, spoil), E_CONFLICT);
            assert_non_null(strstr(b.err.text, cases[i].seen));
            db_rollback(b.db);
            assert_string_equal(migrate_bed_describe(&b), before);
        }
        if (b.engine == DB_POSTGRES) {
            assert_int_equal(db_begin(b.db, DB_TXN_WRITE), E_OK);
            assert_int_equal(
                rename_notes_step(b.db, false,
                                  "INSERT INTO habit_decline_notes VALUES (5000, 1, 'x', 0.5, '\\x00');"),
                E_CONFLICT);
            db_rollback(b.db);
            assert_int_equal(db_begin(b.db, DB_TXN_WRITE), E_OK);
            assert_int_equal(
                rename_notes_step(b.db, false,
                                  "ALTER TABLE habit_decline_notes ALTER weight TYPE numeric(9,1);"),
                E_CONFLICT);
            assert_non_null(strstr(b.err.text, "checksums"));
            db_rollback(b.db);
            assert_string_equal(migrate_bed_describe(&b), before);
        }
    }
    /* An orphan that was there before is found. */
    FOR_EACH_ENGINE(b)
    {
        if (b.engine == DB_POSTGRES)
            continue; /* its foreign key cannot be broken */
        assert_int_equal(rename_notes_fill(b.db, 100), E_OK);
        migrate_bed_sql(&b, "PRAGMA foreign_keys = OFF");
        migrate_bed_sql(&b, "DELETE FROM decline_notes WHERE id = 3");
        assert_int_equal(db_begin(b.db, DB_TXN_WRITE), E_OK);
        assert_int_equal(rename_notes_step(b.db, false, ""), E_CONFLICT);
        assert_non_null(strstr(b.err.text, "1 orphans"));
        db_rollback(b.db);
    }
}

/* There and back gives the schema text it started from, with the children's foreign keys moved each time. */
static void test_rename_there_and_back(void **unused)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        assert_int_equal(rename_notes_fill(b.db, 1000), E_OK);
        const char *before = migrate_bed_describe(&b);
        assert_int_equal(rename_notes(b.db), E_OK);
        const char *renamed = migrate_bed_describe(&b);
        assert_null(strstr(renamed, " decline_notes"));
        assert_non_null(strstr(renamed, "references habit_decline_notes") != NULL
                            ? renamed
                            : strstr(renamed, "REFERENCES habit_decline_notes"));
        assert_int_equal(rename_notes(b.db), E_OK);
        assert_string_equal(migrate_bed_describe(&b), before);
        assert_int_equal(migrate_bed_number(&b, "SELECT count(*) FROM decline_notes"), 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_down_up),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_changed_file),
        cmocka_unit_test(test_stamp),
        cmocka_unit_test(test_failure_leaves_nothing),
        cmocka_unit_test(test_down_refuses_to_lose),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_sql),
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_rename_proof),
        cmocka_unit_test(test_rename_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
