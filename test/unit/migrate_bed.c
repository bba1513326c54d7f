#include "migrate_bed.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/check.h"
#include "test.h"

static void must(enum ecode code, const struct err *err, const char *what)
{
    if (code != E_OK)
        fprintf(stderr, "%s: %s: %s\n", what, ecode_name(code), err->text);
    CHECK(code == E_OK);
}

struct db *migrate_bed_connect(const struct migrate_bed *b, struct err *err)
{
    struct db *db;
    must(db_open(b->url, DB_READWRITE, &db, err), err, "open");
    return db;
}

/* Runs SQL on a connection of its own to a URL. */
static void run_at(const char *url, const char *sql)
{
    struct err err;
    struct db *db;
    must(db_open(url, DB_READWRITE, &db, &err), &err, url);
    must(db_exec(db, sql), &err, sql);
    db_close(db);
}

/* A place between two beds, and what its tables held when they were made. */
struct migrate_bed_shape {
    bool kept;
    struct migrate_bed place;
    char held[8192];
};

static bool init_postgres(struct migrate_bed *b)
{
    static int number;
    const char *server = getenv("HABITD_TEST_PG_URL");
    char sql[128];
    if (server == NULL || server[0] == '\0')
        return false;
    snprintf(b->schema, sizeof b->schema, "migrate_test_%d_%d", (int)getpid(), ++number);
    snprintf(sql, sizeof sql, "CREATE SCHEMA %s", b->schema);
    run_at(server, sql);
    int n = snprintf(b->url, sizeof b->url, "%s%coptions=-csearch_path%%3D%s", server,
                     strchr(server, '?') != NULL ? '&' : '?', b->schema);
    CHECK(n > 0 && (size_t)n < sizeof b->url);
    return true;
}

static void open_place(struct migrate_bed *b)
{
    b->arena = arena_new(256u << 20);
    b->db = migrate_bed_connect(b, &b->err);
}

bool migrate_bed_init(struct migrate_bed *b, enum db_engine engine)
{
    memset(b, 0, sizeof *b);
    b->engine = engine;
    if (engine == DB_SQLITE) {
        snprintf(b->dir, sizeof b->dir, "%s/habitd-migrate-XXXXXX", test_tmp());
        CHECK(mkdtemp(b->dir) != NULL);
        snprintf(b->url, sizeof b->url, "sqlite:%s/test.db", b->dir);
    } else if (!init_postgres(b)) {
        return false;
    }
    open_place(b);
    return true;
}

static void remove_files(const struct migrate_bed *b)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-turn", "-migrate.lock"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/test.db%s", b->dir, ends[i]);
        unlink(path);
    }
}

static void drop_schema(const struct migrate_bed *b)
{
    char sql[128];
    snprintf(sql, sizeof sql, "DROP SCHEMA IF EXISTS %s CASCADE", b->schema);
    run_at(getenv("HABITD_TEST_PG_URL"), sql);
}

static void remove_place(const struct migrate_bed *b)
{
    if (b->engine == DB_POSTGRES) {
        drop_schema(b);
        return;
    }
    remove_files(b);
    CHECK(rmdir(b->dir) == 0); /* nothing else was left behind */
}

static struct migrate_bed_shape *shape_of(enum db_engine engine)
{
    static struct migrate_bed_shape shapes[DB_ENGINES];
    return &shapes[engine];
}

static void remove_kept(void)
{
    for (int i = 0; i < DB_ENGINES; i++) {
        struct migrate_bed_shape *s = shape_of((enum db_engine)i);
        if (s->kept)
            remove_place(&s->place);
        s->kept = false;
    }
}

struct text {
    char *at;
    size_t len, size;
};

static void append(struct text *t, const char *before, const char *word, const char *after)
{
    int n = snprintf(t->at + t->len, t->size - t->len, "%s%s%s", before, word, after);
    CHECK(n >= 0 && (size_t)n < t->size - t->len);
    t->len += (size_t)n;
}

static void count_table(void *arg, int ncols, const char *const *values)
{
    struct text *sql = arg;
    CHECK(ncols == 1);
    append(sql, sql->len > 0 ? " UNION ALL " : "", "SELECT '", values[0]);
    append(sql, " ' || count(*) FROM ", values[0], "");
}

static void keep_count(void *arg, int ncols, const char *const *values)
{
    CHECK(ncols == 1);
    append(arg, "", values[0], "\n");
}

/* Every table and how many rows are in it. */
static void describe_rows(struct migrate_bed *b, char *held, size_t size)
{
    static const char *const tables[DB_ENGINES] = {
        [DB_SQLITE] =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1",
        [DB_POSTGRES] = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY 1"};
    char query[16384];
    struct text sql = {query, 0, sizeof query}, out = {held, 0, size};
    must(db_exec_rows(b->db, tables[b->engine], count_table, &sql), &b->err, "tables");
    append(&sql, " ORDER BY 1", "", "");
    must(db_exec_rows(b->db, query, keep_count, &out), &b->err, query);
}

bool migrate_bed_take(struct migrate_bed *b, enum db_engine engine, bool *shaped)
{
    struct migrate_bed_shape *s = shape_of(engine);
    *shaped = s->kept;
    if (!s->kept)
        return migrate_bed_init(b, engine);
    *b = s->place;
    s->kept = false; /* until it is released */
    open_place(b);
    return true;
}

void migrate_bed_shaped(struct migrate_bed *b)
{
    static bool asked;
    b->shape = shape_of(b->engine);
    describe_rows(b, b->shape->held, sizeof b->shape->held);
    if (!asked)
        CHECK(atexit(remove_kept) == 0);
    asked = true;
}

static bool is_as_shaped(struct migrate_bed *b)
{
    char held[sizeof b->shape->held];
    describe_rows(b, held, sizeof held);
    return strcmp(held, b->shape->held) == 0;
}

void migrate_bed_release(struct migrate_bed *b)
{
    bool keep = b->shape != NULL && !b->shape->kept && is_as_shaped(b);
    db_close(b->db);
    arena_free(b->arena);
    if (keep) {
        b->shape->place = *b;
        b->shape->kept = true;
    } else {
        remove_place(b);
    }
}

void migrate_bed_empty(struct migrate_bed *b)
{
    db_close(b->db);
    if (b->engine == DB_SQLITE) {
        remove_files(b);
    } else {
        char sql[128];
        drop_schema(b);
        snprintf(sql, sizeof sql, "CREATE SCHEMA %s", b->schema);
        run_at(getenv("HABITD_TEST_PG_URL"), sql);
    }
    b->db = migrate_bed_connect(b, &b->err);
}

void migrate_bed_sql(struct migrate_bed *b, const char *sql)
{
    must(db_exec(b->db, sql), &b->err, sql);
}

static void take_number(void *arg, int ncols, const char *const *values)
{
    CHECK(ncols == 1);
    *(int64_t *)arg = values[0] != NULL ? strtoll(values[0], NULL, 10) : INT64_MIN;
}

int64_t migrate_bed_number(struct migrate_bed *b, const char *sql)
{
    int64_t n = INT64_MIN;
    must(db_exec_rows(b->db, sql, take_number, &n), &b->err, sql);
    return n;
}

const char *migrate_bed_describe(struct migrate_bed *b)
{
    const char *text;
    must(migrate_describe(b->db, b->arena, &text), &b->err, "describe");
    return text;
}

int migrate_bed_version(struct migrate_bed *b, struct migration_set set)
{
    enum migrate_state state;
    int version;
    must(migrate_state(b->db, set, &state, &version), &b->err, "state");
    return version;
}

enum ecode migrate_bed_up(struct migrate_bed *b, struct migration_set set, int to)
{
    struct migrate_options o = {
        .to = to, .wait = duration_seconds(30), .now = instant_from_ms(1764000000123)};
    int steps;
    return migrate_up(b->db, set, &o, &steps);
}

enum ecode migrate_bed_down(struct migrate_bed *b, struct migration_set set, int to, bool lose_data)
{
    struct migrate_options o = {.to = to,
                                .wait = duration_seconds(30),
                                .now = instant_from_ms(1764000000123),
                                .lose_data = lose_data};
    int steps;
    return migrate_down(b->db, set, &o, &steps);
}

pid_t migrate_tool_start(const struct migrate_bed *b, const char *command, const char *argument,
                         const char *fault)
{
    char self[PATH_MAX], tool[PATH_MAX + 32], setting[64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    CHECK(n > 0);
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(tool, sizeof tool, "%s/migrate_tool", self);
    snprintf(setting, sizeof setting, "HABITD_FAULT=%s", fault != NULL ? fault : "");
    char program[] = "migrate_tool";
    char *copy[] = {strdup(command), strdup(b->url), strdup(argument != NULL ? argument : "")};
    char *argv[] = {program, copy[0], copy[1], copy[2], NULL};
    char leaks[] = "ASAN_OPTIONS=detect_leaks=0"; /* a child that is killed has no business with them */
    char *envp[] = {leaks, fault != NULL ? setting : NULL, NULL};
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        execve(tool, argv, envp);
        _exit(127);
    }
    for (size_t i = 0; i < ARRAY_LEN(copy); i++)
        free(copy[i]);
    return pid;
}

int migrate_tool_wait(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        CHECK(errno == EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
