#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/check.h"
#include "cli/cli.h"
#include "store/backup.h"
#include "store/migrate.h"

#define MIGRATE_WAIT_SECONDS 60

struct request {
    const char *from, *to;
    bool force;
};

struct outcome {
    struct backup_facts facts;
    int version; /* of the file */
    bool migrated;
    int64_t held;
};

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"force", no_argument, NULL, 'f'}, {0}};
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "", options, NULL)) != -1;) {
        if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option", cli->argv[optind - 1]);
        r->force = true;
    }
    if (optind + 1 != cli->argc)
        return cli_usage(cli, "name one file to restore");
    r->from = cli->argv[optind];
    return EXIT_DONE;
}

/* What can be said before anything is read as a database. */
static enum ecode look(const struct request *r, struct err *err)
{
    struct stat from, to;
    enum ecode rc = backup_look(r->from, err);
    if (rc != E_OK)
        return rc;
    bool there = stat(r->to, &to) == 0;
    if (there && stat(r->from, &from) == 0 && from.st_dev == to.st_dev && from.st_ino == to.st_ino)
        return err_set(err, E_CONFLICT, "%s is the database itself", r->from);
    if (there && !r->force)
        return err_set(err, E_CONFLICT, "the database %s exists already; --force replaces it", r->to);
    return backup_file_free(r->to, err);
}

static enum ecode judge_version(struct db *db, const char *file, struct outcome *out, struct err *err)
{
    enum migrate_state state;
    enum ecode rc = migrate_state(db, migration_set_embedded(), &state, &out->version);
    if (rc != E_OK)
        return rc;
    out->migrated = state == MIGRATE_OLDER;
    switch (state) {
    case MIGRATE_CURRENT:
    case MIGRATE_OLDER:
        return E_OK;
    case MIGRATE_EMPTY:
        return err_set(err, E_CONFLICT, "%s is no database of habitd", file);
    case MIGRATE_NEWER:
        return err_set(err, E_CONFLICT,
                       "%s has schema version %d, newer than this program's %d; use the newer habitd", file,
                       out->version, migrations[migrations_count - 1].version);
    case MIGRATE_CHANGED:
        return err_set(err, E_CONFLICT, "%s was made by a habitd whose migrations differ from this program's",
                       file);
    }
    return err_set(err, E_INTERNAL, "unknown schema state");
}

static enum ecode prepare(struct cli *cli, const struct backup *b, struct outcome *out, struct err *err)
{
    struct migrate_options o = {
        .to = -1, .wait = duration_seconds(MIGRATE_WAIT_SECONDS), .now = instant_now()};
    struct db *db;
    int steps;
    enum ecode rc = db_open(b->url, DB_READWRITE, &db, err);
    if (rc != E_OK)
        return rc;
    if (out->migrated)
        rc = migrate_up(db, migration_set_embedded(), &o, &steps);
    if (rc == E_OK)
        rc = cli_hold_outbox(cli, db, &out->held, err);
    db_close(db);
    return rc;
}

static enum ecode fill(struct cli *cli, const struct request *r, struct db *source, struct backup *b,
                       struct outcome *out, struct err *err)
{
    struct progress bar = {.what = "restoring"};
    enum ecode rc = judge_version(source, r->from, out, err);
    if (rc != E_OK)
        return rc;
    rc = backup_copy(b, source, progress_step, &bar, &out->facts, err);
    progress_end(&bar);
    return rc == E_OK ? prepare(cli, b, out, err) : err_wrap(err, "%s", r->from);
}

static enum ecode restore(struct cli *cli, const struct request *r, struct outcome *out, struct err *err)
{
    struct backup b;
    struct db *source;
    enum ecode rc = backup_begin(r->to, &b, err);
    if (rc != E_OK)
        return rc;
    char *url = arena_printf(cli->arena, "sqlite:%s", r->from);
    rc = db_open(url, DB_READONLY, &source, err);
    if (rc != E_OK)
        err_wrap(err, "%s", r->from);
    else {
        rc = fill(cli, r, source, &b, out, err);
        db_close(source);
    }
    if (rc == E_OK && access(r->to, F_OK) == 0) {
        rc = backup_file_free(r->to, err);
        if (rc == E_OK)
            rc = backup_settle_log(r->to, err);
    }
    if (rc == E_OK)
        return backup_publish(&b, r->force, err);
    backup_abandon(&b);
    return rc;
}

static int run(struct cli *cli)
{
    struct request r = {0};
    struct outcome out = {0};
    struct err err = {.code = E_OK};
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    CHECK(r.from != NULL);
    r.to = cli_sqlite_file(cli, &err);
    if (r.to == NULL || look(&r, &err) != E_OK || restore(cli, &r, &out, &err) != E_OK)
        return cli_fail(&err);
    printf("%s: schema version %d, %d tables, %lld rows, verified\n", r.to, out.version, out.facts.tables,
           (long long)out.facts.rows);
    if (out.migrated)
        printf("migrated to schema version %d\n", migrations[migrations_count - 1].version);
    printf("held %lld messages and calls until `habitd outbox release`\n", (long long)out.held);
    return EXIT_DONE;
}

const struct command cmd_restore = {
    .name = "restore",
    .summary = "puts a backup in the place of the SQLite database",
    .help = "usage: habitd restore FILE [--force]\n"
            "\n"
            "Reads FILE as a whole, copies it beside the database, migrates the copy when it is of an older "
            "version, and "
            "only then\n"
            "puts it in the database's place. Refused while a server runs on it. What waited to be sent is "
            "held: see "
            "`habitd outbox`.\n"
            "\n"
            "  --force   replaces the database when it exists\n",
    .run = run,
};
