#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "cli/cli.h"
#include "domain/op.h"
#include "domain/transfer/transfer.h"
#include "domain/user/user.h"

struct request {
    int64_t telegram_id;
    const char *path;
    struct import_request in;
    struct import_result out;
};

static enum ecode import(struct ctx *ctx, void *arg)
{
    struct request *r = arg;
    struct uuid user;
    enum ecode rc = user_find_telegram(ctx, r->telegram_id, &user);
    if (rc == E_NOT_FOUND)
        return err_set(
            &ctx->err, E_NOT_FOUND,
            "nobody has the Telegram id %lld; `habitd token create --telegram-id %lld` makes the person",
            (long long)r->telegram_id, (long long)r->telegram_id);
    if (rc == E_OK)
        rc = ctx_act_as(ctx, &user);
    if (rc != E_OK)
        return rc;
    ctx->source = SOURCE_IMPORT;
    return op_run(ctx, &OP_import, &r->in, &r->out);
}

static enum ecode read_file(const char *path, struct buf *out, struct err *err)
{
    char block[65536];
    size_t n;
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!f)
        return err_set(err, E_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof block, f)) > 0 && !buf_overflowed(out))
        buf_add(out, block, n);
    bool failed = ferror(f) != 0;
    if (f != stdin)
        fclose(f);
    if (failed)
        return err_set(err, E_IO, "%s: cannot be read", path);
    if (buf_overflowed(out))
        return err_set(err, E_TOO_LARGE, "%s: is larger than %u MiB", path, IMPORT_BYTES_MAX / 1048576);
    return E_OK;
}

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"user", required_argument, NULL, 'u'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"dry-run", no_argument, NULL, 'd'},
                                            {"restore", no_argument, NULL, 'r'},
                                            {0}};
    struct err err;
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "", options, NULL)) != -1;) {
        int format;
        switch (c) {
        case 'u':
            if (!cli_telegram_id(optarg, &r->telegram_id, &err))
                return cli_fail(&err);
            break;
        case 'f':
            format = name_index(format_names + 1, optarg) + 1;
            if (format == 0 || format == FORMAT_ICS)
                return cli_usage(
                    cli,
                    "--format \"%s\" is not one of loop, loop-csv, habitbull, tickmate, rewire, csv, json",
                    optarg);
            r->in.format = (enum transfer_format)format;
            break;
        case 'd':
            r->in.dry_run = true;
            break;
        case 'r':
            r->in.restore = true;
            break;
        default:
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind - 1]);
        }
    }
    if (!r->telegram_id)
        return cli_usage(cli, "--user is missing");
    if (optind != cli->argc - 1)
        return cli_usage(cli, "one FILE is needed (\"-\" reads standard input)");
    r->path = cli->argv[optind];
    return EXIT_DONE;
}

static void print_result(const struct import_result *o)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    printf("%s (%s)\n", o->dry_run ? "would import" : "imported", format_names[o->format]);
    printf("habits: %d new, %d known, %d left deleted\n", o->habits_new, o->habits_known, o->habits_skipped);
    printf("days: %lld new, %lld already there, %lld notes\n", (long long)o->logs_new,
           (long long)o->logs_existing, (long long)o->notes_new);
    if (!day_is_none(o->first))
        printf("from %s to %s\n", day_format(o->first, first), day_format(o->last, last));
    if (o->habits_archived)
        printf("%d habits came in archived: the tier allows no more active ones\n", o->habits_archived);
    for (size_t i = 0; i < o->warnings_count; i++)
        fprintf(stderr, "warning: %s\n", o->warnings[i]);
}

static int run(struct cli *cli)
{
    struct progress bar = {.what = "importing"};
    struct request r = {.path = "", .in = {.progress = progress_step, .progress_arg = &bar}};
    struct err err = {.code = E_OK};
    struct db *db = NULL;
    struct buf file;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    buf_init(&file, IMPORT_BYTES_MAX);
    enum ecode rc = read_file(r.path, &file, &err);
    if (rc == E_OK)
        rc = cli_open_current(cli, DB_READWRITE, &db, &err);
    if (rc == E_OK) {
        r.in.data = buf_text(&file);
        r.in.len = file.len;
        rc = cli_transaction(cli, db, import, &r, &err);
        progress_end(&bar);
    }
    db_close(db);
    buf_release(&file);
    if (rc != E_OK) {
        cli_fail(&err);
        return EXIT_FAILED;
    }
    print_result(&r.out);
    return EXIT_DONE;
}

const struct command cmd_import = {
    .name = "import",
    .summary = "imports a person's habits from a file",
    .help = "usage: habitd import --user TELEGRAM_ID [--format NAME] [--dry-run] [--restore] FILE\n"
            "\n"
            "Recognises the file by its content; imports all of it or nothing. A second run changes nothing: "
            "days that are there\n"
            "already are never overwritten, deleted habits stay deleted. FILE \"-\" is standard input.\n"
            "\n"
            "  --user N        whose habits, the Telegram user id\n"
            "  --format NAME   loop, loop-csv, habitbull, tickmate, rewire, csv or json\n"
            "  --dry-run       says what would come and changes nothing\n"
            "  --restore       brings deleted habits of the file back\n",
    .run = run,
};
