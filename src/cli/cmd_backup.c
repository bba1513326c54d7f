#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "store/backup.h"
#include "store/migrate.h"

static int parse(struct cli *cli, const char **file, bool *force)
{
    static const struct option options[] = {{"force", no_argument, NULL, 'f'}, {0}};
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "", options, NULL)) != -1;) {
        if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option", cli->argv[optind - 1]);
        *force = true;
    }
    if (optind + 1 != cli->argc)
        return cli_usage(cli, "name one file to write");
    *file = cli->argv[optind];
    return EXIT_DONE;
}

static enum ecode write_file(struct db *db, const char *file, bool force, struct backup_facts *facts,
                             struct err *err)
{
    struct progress bar = {.what = "copying"};
    struct backup b;
    enum ecode rc = backup_begin(file, &b, err);
    if (rc != E_OK)
        return rc;
    rc = backup_copy(&b, db, progress_step, &bar, facts, err);
    progress_end(&bar);
    if (rc == E_OK)
        return backup_publish(&b, force, err);
    backup_abandon(&b);
    return rc;
}

static int run(struct cli *cli)
{
    const char *file;
    bool force = false;
    struct err err = {.code = E_OK};
    struct backup_facts facts;
    enum migrate_state state;
    int version;
    struct db *db;
    int code = parse(cli, &file, &force);
    if (code != EXIT_DONE)
        return code;
    if (cli_sqlite_file(cli, &err) == NULL)
        return cli_fail(&err);
    if (!force && access(file, F_OK) == 0) {
        err_set(&err, E_CONFLICT, "%s exists already; --force replaces it", file);
        return cli_fail(&err);
    }
    if (cli_open(cli, DB_READONLY, &db, &err) != E_OK)
        return cli_fail(&err);
    enum ecode rc = migrate_state(db, migration_set_embedded(), &state, &version);
    if (rc == E_OK && state == MIGRATE_EMPTY)
        rc = err_set(&err, E_CONFLICT, "the database is empty: there is nothing to keep");
    if (rc == E_OK)
        rc = write_file(db, file, force, &facts, &err);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    printf("%s: schema version %d, %d tables, %lld rows, %lld bytes, verified\n", file, version, facts.tables,
           (long long)facts.rows, (long long)facts.bytes);
    return EXIT_DONE;
}

const struct command cmd_backup = {
    .name = "backup",
    .summary = "writes a consistent copy of a running SQLite database",
    .help =
        "usage: habitd backup FILE [--force]\n"
        "\n"
        "Copies the SQLite database as it is at one moment, while a server may go on writing, reads the copy "
        "as a whole, and\n"
        "only then gives it its name: FILE is there whole and verified, or not at all. For PostgreSQL see "
        "docs/operations.md.\n"
        "\n"
        "  --force   replaces FILE when it exists\n",
    .run = run,
};
