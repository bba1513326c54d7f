#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "domain/op.h"
#include "domain/transfer/transfer.h"
#include "domain/user/user.h"

struct request {
    int64_t telegram_id;
    const char *path; /* NULL: stdout */
    struct export_request in;
    struct export_result out;
};

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"user", required_argument, NULL, 'u'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"output", required_argument, NULL, 'o'},
                                            {0}};
    struct err err;
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "o:", options, NULL)) != -1;) {
        int format;
        switch (c) {
        case 'u':
            if (!cli_telegram_id(optarg, &r->telegram_id, &err))
                return cli_fail(&err);
            break;
        case 'f':
            format = name_index(format_names + 1, optarg) + 1;
            if (format != FORMAT_JSON && format != FORMAT_CSV && format != FORMAT_LOOP_CSV &&
                format != FORMAT_ICS)
                return cli_usage(cli, "--format \"%s\" is not one of json, csv, loop-csv, ics", optarg);
            r->in.format = (enum transfer_format)format;
            break;
        case 'o':
            r->path = optarg;
            break;
        default:
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind - 1]);
        }
    }
    if (optind != cli->argc)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind]);
    return r->telegram_id ? EXIT_DONE : cli_usage(cli, "--user is missing");
}

static enum ecode load(struct cli *cli, struct db *db, struct request *r, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    struct uuid user;
    rng_init(&rng, 0);
    ctx_init(&ctx, db, cli->arena, &cli->policy, &rng, instant_now(), "cli");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = user_find_telegram(&ctx, r->telegram_id, &user);
    if (rc == E_NOT_FOUND)
        rc = err_set(&ctx.err, E_NOT_FOUND, "nobody has the Telegram id %lld", (long long)r->telegram_id);
    if (rc == E_OK)
        rc = ctx_act_as(&ctx, &user);
    if (rc == E_OK)
        rc = op_run(&ctx, &OP_export, &r->in, &r->out);
    db_rollback(db);
    *err = ctx.err;
    db_set_err(db, err);
    return rc;
}

/* The file appears whole or not at all. */
static enum ecode write_file(const struct request *r, struct err *err)
{
    if (!r->path) {
        if (fwrite(r->out.data, 1, r->out.len, stdout) != r->out.len || fflush(stdout) != 0)
            return err_set(err, E_IO, "standard output: %s", strerror(errno));
        return E_OK;
    }
    char part[4096];
    if (snprintf(part, sizeof part, "%s.part", r->path) >= (int)sizeof part)
        return err_set(err, E_IO, "the path is too long");
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, E_IO, "%s: %s", part, strerror(errno));
    FILE *f = fdopen(fd, "wb");
    bool ok = f && fwrite(r->out.data, 1, r->out.len, f) == r->out.len && fflush(f) == 0 && fsync(fd) == 0;
    if (f)
        ok = fclose(f) == 0 && ok;
    else
        close(fd);
    if (!ok || rename(part, r->path) != 0) {
        err_set(err, E_IO, "%s: %s", r->path, strerror(errno));
        unlink(part);
        return E_IO;
    }
    return E_OK;
}

static int run(struct cli *cli)
{
    struct request r = {.in = {.format = FORMAT_JSON}};
    struct err err = {.code = E_OK};
    struct db *db;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    enum ecode rc = cli_open_current(cli, DB_READONLY, &db, &err);
    if (rc == E_OK) {
        rc = load(cli, db, &r, &err);
        db_close(db);
    }
    if (rc == E_OK)
        rc = write_file(&r, &err);
    if (rc != E_OK) {
        cli_fail(&err);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

const struct command cmd_export = {
    .name = "export",
    .summary = "exports a person's habits to a file",
    .help = "usage: habitd export --user TELEGRAM_ID [--format NAME] [-o FILE]\n"
            "\n"
            "Writes to standard output without -o.\n"
            "\n"
            "  --user N             whose habits, the Telegram user id\n"
            "  --format NAME        json (default; imports back to identical rows), csv, loop-csv (a zip) or "
            "ics\n"
            "  -o, --output FILE    where to; the file appears whole or not at all\n",
    .run = run,
};
