#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "cli/cli.h"
#include "store/migrate.h"

#define WAIT_SECONDS 30
#define WAIT_MAX 3600
#define TEXT_MAX (8u << 20)

struct request {
    const char *what;     /* the subcommand */
    const char *argument; /* of sql, stamp, new; NULL: none given */
    const char *to;       /* NULL: not given */
    int wait_seconds;
    bool json, lose_data;
};

static bool number(const char *text, int max, int *out)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno != 0 || !isdigit((unsigned char)*text) || *end != '\0' || v > max)
        return false;
    *out = (int)v;
    return true;
}

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"to", required_argument, NULL, 't'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"lose-data", no_argument, NULL, 'l'},
                                            {"wait", required_argument, NULL, 'w'},
                                            {0}};
    *r = (struct request){.wait_seconds = WAIT_SECONDS};
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "", options, NULL)) != -1;) {
        if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind - 1]);
        if (c == 'w' && !number(optarg, WAIT_MAX, &r->wait_seconds))
            return cli_usage(cli, "--wait \"%s\" is not 0 to %d seconds", optarg, WAIT_MAX);
        if (c == 't')
            r->to = optarg;
        r->json |= c == 'j';
        r->lose_data |= c == 'l';
    }
    if (optind == cli->argc)
        return cli_usage(cli, "say what to do: up, down, status, verify, sql, stamp or new");
    r->what = cli->argv[optind++];
    if (optind < cli->argc)
        r->argument = cli->argv[optind++];
    if (optind < cli->argc)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind]);
    return EXIT_DONE;
}

/* The exit codes of the contract. */
static int fail(const struct err *err)
{
    int code = cli_fail(err);
    if (strcmp(err->reason, "checksum_changed") == 0)
        return EXIT_CHANGED;
    return err->code == E_BUSY                           ? EXIT_LOCKED
           : code == EXIT_USAGE && err->field[0] == '\0' ? EXIT_FAILED
                                                         : code;
}

static void print_step(void *arg, int version, const char *name, bool up)
{
    printf("%s %04d %s\n", up ? "applied" : "reverted", version, name);
    fflush(stdout);
}

static int move(struct cli *cli, const struct request *r)
{
    bool up = strcmp(r->what, "up") == 0;
    struct migrate_options o = {.to = -1,
                                .lose_data = r->lose_data,
                                .wait = duration_seconds(r->wait_seconds),
                                .progress = print_step,
                                .now = instant_now()};
    struct err err;
    struct db *db;
    int steps = 0;
    if (r->argument != NULL)
        return cli_usage(cli, "\"%s\" is one argument too many", r->argument);
    if (!up && r->to == NULL)
        return cli_usage(cli, "down needs --to VERSION");
    if (r->to != NULL && !number(r->to, INT32_MAX, &o.to))
        return cli_usage(cli, "--to \"%s\" is not a version", r->to);
    if (cli_open(cli, DB_READWRITE, &db, &err) != E_OK)
        return fail(&err);
    enum ecode e = up ? migrate_up(db, migration_set_embedded(), &o, &steps)
                      : migrate_down(db, migration_set_embedded(), &o, &steps);
    if (e == E_OK && steps == 0)
        puts("nothing to do");
    db_close(db);
    return e == E_OK ? EXIT_DONE : fail(&err);
}

/* A look at a database, which must not make the SQLite file that is not there: that reads as an empty one. */
static enum ecode open_to_look(struct cli *cli, enum db_mode mode, struct db **out, struct err *err)
{
    const char *url = config_string(cli->config, SETTING_DATABASE_URL);
    if (strncmp(url, "sqlite:", 7) == 0 && url[7] != ':' && access(url + 7, F_OK) != 0 && errno == ENOENT)
        return db_open("sqlite::memory:", DB_READWRITE, out, err);
    return cli_open(cli, mode, out, err);
}

static const char *const state_names[] = {
    [MIGRATE_CURRENT] = "current", [MIGRATE_EMPTY] = "empty",     [MIGRATE_OLDER] = "older",
    [MIGRATE_NEWER] = "newer",     [MIGRATE_CHANGED] = "changed",
};

static const char *row_word(const struct migrate_row *row)
{
    return row->unknown ? "unknown here" : row->changed ? "changed" : row->applied ? "applied" : "pending";
}

static void print_table(enum migrate_state state, int version, const struct migrate_row *rows, size_t n)
{
    char text[INSTANT_TEXT];
    printf("schema version %d of %zu: %s\n", version, migrations_count, state_names[state]);
    for (size_t i = 0; i < n; i++)
        printf("%04d  %-24s %-12s %s\n", rows[i].version, rows[i].name, row_word(&rows[i]),
               rows[i].applied ? instant_format(rows[i].applied_at, text) : "");
}

static void print_json(enum db_engine engine, enum migrate_state state, int version,
                       const struct migrate_row *rows, size_t n)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, TEXT_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "engine", db_engine_name(engine));
    json_field_string(&w, "state", state_names[state]);
    json_field_i64(&w, "version", version);
    json_field_i64(&w, "latest", (int64_t)migrations_count);
    json_key(&w, "migrations");
    json_array_begin(&w);
    for (size_t i = 0; i < n; i++) {
        json_object_begin(&w);
        json_field_i64(&w, "version", rows[i].version);
        json_field_string(&w, "name", rows[i].name);
        json_field_bool(&w, "applied", rows[i].applied);
        json_field_bool(&w, "changed", rows[i].changed);
        json_field_bool(&w, "unknown", rows[i].unknown);
        if (rows[i].applied)
            json_field_instant(&w, "applied_at", rows[i].applied_at);
        else
            json_field_null(&w, "applied_at");
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    json_writer_finish(&w);
    puts(buf_text(&b));
    buf_release(&b);
}

static int status(struct cli *cli, const struct request *r)
{
    struct err err;
    struct db *db;
    struct migrate_row *rows;
    enum migrate_state state;
    size_t n;
    int version;
    if (open_to_look(cli, DB_READONLY, &db, &err) != E_OK)
        return fail(&err);
    enum ecode e = migrate_state(db, migration_set_embedded(), &state, &version);
    if (e == E_OK)
        e = migrate_status(db, migration_set_embedded(), cli->arena, &rows, &n);
    if (e == E_OK && r->json)
        print_json(db_engine(db), state, version, rows, n);
    else if (e == E_OK)
        print_table(state, version, rows, n);
    db_close(db);
    return e != E_OK ? fail(&err) : state == MIGRATE_CHANGED ? EXIT_CHANGED : EXIT_DONE;
}

static int verify(struct cli *cli, const struct request *r)
{
    struct err err;
    struct db *db;
    const char *drift;
    if (open_to_look(cli, DB_READWRITE, &db, &err) != E_OK)
        return fail(&err);
    enum ecode e =
        migrate_verify(db, migration_set_embedded(), duration_seconds(r->wait_seconds), cli->arena, &drift);
    db_close(db);
    if (e != E_OK)
        return fail(&err);
    if (drift[0] == '\0') {
        puts("the schema is what the migrations make");
        return EXIT_DONE;
    }
    fputs(drift, stdout);
    fputs("habitd: the schema differs: - is missing, + should not be there\n", stderr);
    return EXIT_DRIFT;
}

static int print_sql(struct cli *cli, const struct request *r)
{
    const char *url = config_string(cli->config, SETTING_DATABASE_URL);
    enum db_engine engine = strncmp(url, "sqlite:", 7) == 0 ? DB_SQLITE : DB_POSTGRES;
    struct err err;
    char *pair = arena_strdup(cli->arena, r->argument ? r->argument : "");
    char *colon = strchr(pair, ':');
    int from, to;
    if (colon != NULL)
        *colon = '\0';
    if (colon == NULL || !number(pair, INT32_MAX, &from) || !number(colon + 1, INT32_MAX, &to))
        return cli_usage(cli, "say `migrate sql FROM:TO`, two versions; 0 is the empty database");
    struct buf b;
    buf_init(&b, TEXT_MAX);
    enum ecode e = migrate_sql(engine, migration_set_embedded(), from, to, &b, &err);
    if (e == E_OK)
        fputs(buf_text(&b), stdout);
    buf_release(&b);
    return e == E_OK ? EXIT_DONE : fail(&err);
}

static int stamp(struct cli *cli, const struct request *r)
{
    struct err err;
    struct db *db;
    int version;
    if (r->argument == NULL || !number(r->argument, INT32_MAX, &version))
        return cli_usage(cli, "say `migrate stamp VERSION`");
    if (cli_open(cli, DB_READWRITE, &db, &err) != E_OK)
        return fail(&err);
    enum ecode e = migrate_stamp(db, migration_set_embedded(), version, duration_seconds(r->wait_seconds),
                                 instant_now());
    db_close(db);
    if (e != E_OK)
        return fail(&err);
    printf("the history says version %d\n", version);
    return EXIT_DONE;
}

static int new_files(struct cli *cli, const struct request *r)
{
    struct err err;
    const char *names[4];
    if (r->argument == NULL)
        return cli_usage(cli, "say `migrate new NAME`, a lower_snake_case name");
    if (migrate_new("migrations", r->argument, cli->arena, names, &err) != E_OK)
        return fail(&err);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        puts(names[i]);
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *cli, const struct request *r);
    } subcommands[] = {{"up", move},       {"down", move},   {"status", status}, {"verify", verify},
                       {"sql", print_sql}, {"stamp", stamp}, {"new", new_files}};
    struct request r;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    CHECK(r.what != NULL);
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        if (strcmp(subcommands[i].name, r.what) == 0)
            return subcommands[i].run(cli, &r);
    return cli_usage(cli, "\"%s\" is none of up, down, status, verify, sql, stamp, new", r.what);
}

const struct command cmd_migrate = {
    .name = "migrate",
    .summary = "brings the database's schema to a version, checks it, shows it",
    .help =
        "usage: habitd migrate up [--to V]            apply what is missing, up to version V\n"
        "       habitd migrate down --to V [--lose-data]  take versions back; refuses to drop rows\n"
        "       habitd migrate status [--json]       every version, and whether it is applied\n"
        "       habitd migrate verify                compare the live schema with the migrations\n"
        "       habitd migrate sql FROM:TO           print the SQL for psql or sqlite3, to run by hand\n"
        "       habitd migrate stamp V               say that exactly the versions up to V are applied\n"
        "       habitd migrate new NAME              write the files of the next version (source checkout)\n"
        "\n"
        "Each version is one transaction, and one process migrates at a time. Make a backup first.\n"
        "\n"
        "  --to V         the version to reach; 0 is the empty database\n"
        "  --lose-data    let `down` drop rows and values\n"
        "  --wait S       seconds to wait for another process that migrates (30)\n"
        "  --json         status for programs\n"
        "\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 the schema differs (verify), 4 an applied file was\n"
        "changed, 5 another process is migrating.\n",
    .run = run,
};
