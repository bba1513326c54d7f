#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/cli.h"
#include "domain/demo/demo.h"

#define PEOPLE_STEP 25 /* in one transaction */

struct step {
    const struct demo_options *options;
    int from, to;
    struct demo_counts counts;
};

static enum ecode make_people(struct ctx *ctx, void *arg)
{
    struct step *s = arg;
    enum ecode rc = E_OK;
    s->counts = (struct demo_counts){0};
    for (int i = s->from; rc == E_OK && i < s->to; i++) {
        arena_reset(ctx->arena);
        rc = demo_person(ctx, s->options, i, &s->counts);
    }
    return rc;
}

static bool number(const char *text, long long max, long long *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return !errno && *end == '\0' && end != text && *out >= 1 && *out <= max;
}

static int parse(struct cli *cli, struct demo_options *o)
{
    static const struct option options[] = {{"users", required_argument, NULL, 'u'},
                                            {"days", required_argument, NULL, 'd'},
                                            {"seed", required_argument, NULL, 's'},
                                            {0}};
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc, cli->argv, "", options, NULL)) != -1;) {
        long long v;
        if (c == 'u' && number(optarg, DEMO_USERS_MAX, &v))
            o->users = (int)v;
        else if (c == 'd' && number(optarg, DEMO_DAYS_MAX, &v))
            o->days = (int)v;
        else if (c == 's' && number(optarg, INT64_MAX, &v))
            o->seed = (uint64_t)v;
        else if (c == 'u')
            return cli_usage(cli, "--users must be between 1 and %d", DEMO_USERS_MAX);
        else if (c == 'd')
            return cli_usage(cli, "--days must be between 1 and %d", DEMO_DAYS_MAX);
        else if (c == 's')
            return cli_usage(cli, "--seed must be a whole number above 0");
        else
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind - 1]);
    }
    if (optind != cli->argc)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind]);
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    struct demo_options o = {.users = 50, .days = 200, .seed = 1};
    struct demo_counts all = {0};
    struct progress bar = {.what = "making people"};
    struct err err = {.code = E_OK};
    struct db *db;
    int code = parse(cli, &o);
    if (code != EXIT_DONE)
        return code;
    if (cli_open_current(cli, DB_READWRITE, &db, &err) != E_OK)
        return cli_fail(&err);
    enum ecode rc = E_OK;
    for (int i = 0; rc == E_OK && i < o.users; i += PEOPLE_STEP) {
        struct step s = {
            .options = &o, .from = i, .to = i + PEOPLE_STEP < o.users ? i + PEOPLE_STEP : o.users};
        rc = cli_transaction(cli, db, make_people, &s, &err);
        all.users += s.counts.users;
        all.habits += s.counts.habits;
        all.logs += s.counts.logs;
        progress_step(&bar, (size_t)s.to, (size_t)o.users);
    }
    progress_end(&bar);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    printf("%lld people, %lld habits, %lld marks; Telegram ids from %d\n", (long long)all.users,
           (long long)all.habits, (long long)all.logs, DEMO_TELEGRAM_ID);
    return EXIT_DONE;
}

const struct command cmd_demo = {
    .name = "demo",
    .summary = "fills the database with believable people",
    .help = "usage: habitd demo [--users N] [--days D] [--seed S]\n"
            "\n"
            "Adds demo people with habits and D days of marks up to yesterday: streaks, misses, holidays, "
            "several time zones and\n"
            "languages. The same seed gives the same people; those who are there already are left alone.\n"
            "\n"
            "  --users N   how many people (default 50)\n"
            "  --days D    how many days of marks (default 200)\n"
            "  --seed S    another population (default 1)\n",
    .run = run,
};
