#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/check.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "store/copy.h"
#include "store/migrate.h"

#define ARENA_BYTES (16u << 20)

struct request {
    const char *from, *to;
};

/* What is shown while it works: a bar on a terminal, else a line for each table. */
struct display {
    struct progress bar;
    const char *table;
};

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {
        {"from", required_argument, NULL, 'f'}, {"to", required_argument, NULL, 't'}, {0}};
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "", options, NULL)) != -1;) {
        if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind - 1]);
        *(c == 'f' ? &r->from : &r->to) = optarg;
    }
    if (optind < cli->argc)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind]);
    if (!r->from || !r->to)
        return cli_usage(cli, "say --from URL and --to URL");
    if (strcmp(r->from, r->to) == 0)
        return cli_usage(cli, "--from and --to are the same database");
    return EXIT_DONE;
}

static enum ecode check_source(struct cli *cli, struct db *db, struct err *err)
{
    enum migrate_state state;
    int version;
    enum ecode rc = migrate_state(db, migration_set_embedded(), &state, &version);
    if (rc == E_OK)
        rc = cli_refuse_schema(state, version, err);
    if (rc != E_OK) {
        err_wrap(err, "--from");
        return rc;
    }
    return place_check_lease(cli, db, "--from", err);
}

static enum ecode check_target(struct cli *cli, struct db *db, struct err *err)
{
    enum migrate_state state;
    int version;
    enum ecode rc = migrate_state(db, migration_set_embedded(), &state, &version);
    if (rc != E_OK || state != MIGRATE_CURRENT)
        return rc; /* no server can work on it; copy_run judges the rest */
    return place_check_lease(cli, db, "--to", err);
}

static void show(void *arg, const char *table, int64_t done, int64_t total)
{
    struct display *d = arg;
    progress_step(&d->bar, (size_t)done, (size_t)total);
    if (!isatty(STDERR_FILENO) && d->table != table)
        fprintf(stderr, "%s, after %lld of %lld rows\n", table, (long long)done, (long long)total);
    d->table = table;
}

static void print_proofs(const struct copy_proof *tables, size_t n)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        const struct copy_digest *d = &tables[i].digest;
        printf("%-22s %12llu rows  sum %20lld  checksum %016llx%016llx\n", tables[i].table,
               (unsigned long long)d->rows, (long long)d->sum, (unsigned long long)d->hash[0],
               (unsigned long long)d->hash[1]);
        rows += d->rows;
    }
    printf("%zu tables, %llu rows: source and target are equal\n", n, (unsigned long long)rows);
}

static enum ecode copy(struct cli *cli, struct db *from, struct db *to, struct err *err)
{
    struct display d = {.bar = {.what = "copying"}};
    struct copy_options o = {.progress = show, .arg = &d, .now = instant_now()};
    struct arena *a = arena_new(ARENA_BYTES);
    struct copy_proof *tables;
    size_t n;
    int64_t held;
    enum ecode rc = check_source(cli, from, err);
    if (rc == E_OK)
        rc = check_target(cli, to, err);
    if (rc == E_OK) {
        rc = copy_run(from, to, &o, a, &tables, &n, err);
        progress_end(&d.bar);
    }
    if (rc == E_OK) /* one that came meanwhile has written what is not in the copy */
        rc = place_check_lease(cli, from, "--from", err);
    if (rc == E_OK)
        rc = cli_hold_outbox(cli, to, &held, err);
    if (rc == E_OK)
        rc = copy_finish(to, err);
    if (rc == E_OK) {
        print_proofs(tables, n);
        printf("held %lld messages and calls until `habitd outbox release`\n", (long long)held);
    }
    arena_free(a);
    return rc;
}

static int run(struct cli *cli)
{
    struct request r = {0};
    struct err err = {.code = E_OK};
    struct db *from = NULL, *to = NULL;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    CHECK(r.from != NULL && r.to != NULL);
    enum ecode rc = place_check_file(r.from, true, &err);
    if (rc == E_OK)
        rc = place_check_file(r.to, false, &err);
    if (rc == E_OK)
        rc = place_open("--from", r.from, DB_READONLY, &from, &err);
    if (rc == E_OK)
        rc = place_open("--to", r.to, DB_READWRITE, &to, &err);
    if (rc == E_OK)
        rc = copy(cli, from, to, &err);
    db_close(from);
    db_close(to);
    return rc == E_OK ? EXIT_DONE : cli_fail(&err);
}

const struct command cmd_copy = {
    .name = "copy",
    .summary = "moves a whole database to another engine or place",
    .help = "usage: habitd copy --from URL --to URL\n"
            "\n"
            "Copies every table into an empty database, which it migrates, and proves it: rows, sums and "
            "checksums of "
            "both are equal,\n"
            "whatever their engines. No server may work on either. A copy that was cut off goes on when it "
            "is run "
            "again; until it is\n"
            "finished no other command works on the target. What waited to be sent is held: see `habitd "
            "outbox`.\n"
            "\n"
            "  --from URL   sqlite:PATH or postgresql://…\n"
            "  --to URL     likewise\n",
    .run = run,
};
