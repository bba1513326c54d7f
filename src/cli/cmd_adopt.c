#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "domain/adopt/adopt.h"
#include "store/copy.h"
#include "store/migrate.h"
#include "store/partition.h"

#define WORK_BYTES (1024u << 20)
#define RESULT_BYTES (256u << 20)
#define MIGRATE_WAIT_SECONDS 30
#define MS_PER_DAY 86400000

struct request {
    const char *from, *to;
    bool quarantine;
};

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"from", required_argument, NULL, 'f'},
                                            {"to", required_argument, NULL, 't'},
                                            {"on-bad", required_argument, NULL, 'b'},
                                            {0}};
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "", options, NULL)) != -1;) {
        if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind - 1]);
        if (c == 'b') {
            r->quarantine = strcmp(optarg, "quarantine") == 0;
            if (!r->quarantine && strcmp(optarg, "refuse") != 0)
                return cli_usage(cli, "--on-bad \"%s\" is neither refuse nor quarantine", optarg);
            continue;
        }
        *(c == 'f' ? &r->from : &r->to) = optarg;
    }
    if (optind < cli->argc)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind]);
    if (!r->from)
        return cli_usage(cli, "say --from URL");
    if (!r->to)
        r->to = config_string(cli->config, SETTING_DATABASE_URL);
    if (strcmp(r->from, r->to) == 0)
        return cli_usage(cli, "--from and --to are the same database");
    return EXIT_DONE;
}

static void found(void *arg, const struct adopt_finding *f)
{
    struct progress *bar = arg;
    progress_end(bar);
    fprintf(stderr, "%s %lld: %s: %s\n", f->table, (long long)f->id,
            f->outcome == ADOPT_LEFT_OUT ? "left out" : "changed", f->text);
}

/* A database of this program that is nobody's yet may be filled; *done: everybody is there already. */
static enum ecode check_filled(struct cli *cli, struct ctx *ctx, struct foreign_db *from,
                               struct arena *results, bool *done)
{
    bool people = false;
    enum ecode rc = place_check_lease(cli, ctx->db, "--to", &ctx->err);
    if (rc == E_OK)
        rc = adopt_has_people(ctx, &people);
    if (rc != E_OK || !people)
        return rc;
    rc = adopt_is_done(ctx, from, results, done);
    if (rc == E_OK && !*done)
        rc = err_reason(
            &ctx->err, E_CONFLICT, "adopt_target",
            "--to holds people already, and not all of --from; take it over into an empty database");
    return rc;
}

/* Makes the target this program's, and nobody else's until the end. *done: everything is there already. */
static enum ecode claim(struct cli *cli, struct ctx *ctx, struct foreign_db *from, struct arena *results,
                        bool *done)
{
    struct migrate_options o = {.to = -1, .wait = duration_seconds(MIGRATE_WAIT_SECONDS), .now = ctx->now};
    enum migrate_state state;
    int version, steps, made;
    bool unfinished;
    *done = false;
    enum ecode rc = copy_is_unfinished(ctx->db, &unfinished);
    if (rc == E_OK && !unfinished) {
        rc = migrate_state(ctx->db, migration_set_embedded(), &state, &version);
        if (rc == E_OK && state != MIGRATE_EMPTY)
            rc = cli_refuse_schema(state, version, &ctx->err);
        if (rc == E_OK && state != MIGRATE_EMPTY)
            rc = check_filled(cli, ctx, from, results, done);
    }
    if (rc != E_OK || *done)
        return rc;
    rc = copy_claim(ctx->db);
    if (rc == E_OK)
        rc = migrate_up(ctx->db, migration_set_embedded(), &o, &steps);
    return rc == E_OK ? partition_ensure(ctx->db, day_of((int32_t)(ctx->now.ms / MS_PER_DAY)), &made) : rc;
}

static void print_result(const struct adopt_result *r, int64_t held, const char *currency)
{
    printf("%-22s %10s %10s %10s %10s  %s\n", "", "there", "taken", "changed", "left out", "checksum");
    for (size_t i = 0; i < ADOPT_TABLES; i++) {
        const struct adopt_figures *f = &r->figures[i];
        printf("%-22s %10lld %10lld %10lld %10lld  %016llx%016llx\n", f->table, (long long)f->there,
               (long long)f->taken, (long long)f->changed, (long long)f->left_out,
               (unsigned long long)f->checksum[0], (unsigned long long)f->checksum[1]);
    }
    for (size_t i = 0; i < r->left_behind_count; i++)
        printf("%-22s %10lld rows are of no use to habitd and stay there\n", r->left_behind[i].table,
               (long long)r->left_behind[i].rows);
    if (r->people_before)
        printf("%lld people were here from a run that was cut off\n", (long long)r->people_before);
    printf("every row was read back and is what was read there; all wallets hold %lld minor units of %s, the "
           "sum of their transactions\n",
           (long long)r->money, currency);
    if (r->findings)
        printf("%lld findings are in the table quarantine, each with its whole row\n",
               (long long)r->findings);
    printf("held %lld messages and calls until `habitd outbox release`\n", (long long)held);
}

static enum ecode take_over(struct cli *cli, struct ctx *ctx, struct foreign_db *from,
                            const struct request *r, struct arena *results)
{
    struct progress bar = {.what = "moving in"};
    struct adopt_options o = {
        .quarantine = r->quarantine, .found = found, .progress = progress_step, .arg = &bar};
    struct adopt_result *out = arena_alloc(results, sizeof *out);
    bool done;
    int64_t held;
    enum ecode rc = claim(cli, ctx, from, results, &done);
    if (rc == E_OK && done) {
        printf("everybody of --from is here already; nothing was done\n");
        return E_OK;
    }
    if (rc == E_OK)
        rc = adopt_run(ctx, from, &o, results, out);
    progress_end(&bar);
    if (rc == E_CONFLICT && strcmp(ctx->err.reason, "adopt_refused") == 0) {
        struct err ignored;
        (void)copy_finish(ctx->db, &ignored); /* the database is empty, and anybody's again */
        db_set_err(ctx->db, &ctx->err);
    }
    if (rc == E_OK)
        rc = cli_hold_outbox(cli, ctx->db, &held, &ctx->err);
    if (rc == E_OK)
        rc = copy_finish(ctx->db, &ctx->err);
    if (rc == E_OK)
        print_result(out, held, cli->policy.currency);
    return rc;
}

static enum ecode adopt(struct cli *cli, struct db *to, struct foreign_db *from, const struct request *r,
                        struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    struct arena *work = arena_new(WORK_BYTES), *results = arena_new(RESULT_BYTES);
    rng_init(&rng, 0);
    ctx_init(&ctx, to, work, &cli->policy, &rng, instant_now(), "cli");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = take_over(cli, &ctx, from, r, results);
    *err = ctx.err;
    db_set_err(to, err);
    arena_free(work);
    arena_free(results);
    return rc;
}

static enum ecode open_source(const char *url, struct foreign_db **out, struct err *err)
{
    enum ecode rc = foreign_db_open(url, out, err);
    if (rc == E_OK)
        rc = adopt_check_source(*out, err);
    if (rc != E_OK) {
        err->field[0] = '\0';
        err_wrap(err, "--from");
    }
    return rc;
}

static int run(struct cli *cli)
{
    struct request r = {0};
    struct err err = {.code = E_OK};
    struct foreign_db *from = NULL;
    struct db *to = NULL;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    enum ecode rc = open_source(r.from, &from, &err);
    if (rc == E_OK)
        rc = place_check_file(r.to, false, &err);
    if (rc == E_OK)
        rc = place_open("--to", r.to, DB_READWRITE, &to, &err);
    if (rc == E_OK)
        rc = adopt(cli, to, from, &r, &err);
    foreign_db_close(from);
    db_close(to);
    return rc == E_OK ? EXIT_DONE : cli_fail(&err);
}

const struct command cmd_adopt = {
    .name = "adopt",
    .summary = "takes over the database of the older bot",
    .help =
        "usage: habitd adopt --from URL [--to URL] [--on-bad refuse|quarantine]\n"
        "\n"
        "Takes people, habits, marks, wallets, payments, subscriptions and referrals of the older Python bot "
        "(PostgreSQL, Alembic\n"
        "revisions 001 to 003) into an empty database, which it migrates. The source is only read. Every "
        "person is read back and\n"
        "compared, every row of the source is accounted for, and what waits to be sent is held: see `habitd "
        "outbox`. One that was\n"
        "cut off goes on when it is run again; until it is finished no other command works on the target.\n"
        "\n"
        "Rows that cannot be taken as they are (marks of one day twice, rows of nobody, balances that "
        "disagree with their\n"
        "transactions, unknown time zones …) are told one by one on stderr. See docs/moving-in.md.\n"
        "\n"
        "  --from URL     postgresql://…, the older bot's\n"
        "  --to URL       sqlite:PATH or postgresql://…; default HABITD_DATABASE_URL\n"
        "  --on-bad WHAT  refuse: one such row, and nothing is written (default)\n"
        "                 quarantine: they are changed or left out, and kept whole in the table quarantine\n",
    .run = run,
};
