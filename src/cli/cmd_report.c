#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/decimal.h"
#include "base/json_write.h"
#include "cli/cli.h"
#include "domain/payment/plan.h"
#include "domain/report/report.h"

#define OUTPUT_MAX (1u << 20)

struct request {
    const struct report_maker *report;
    struct report_span span;
    bool json;
};

static void print_head(const char *name, struct day first, struct day last)
{
    char from[DAY_TEXT], to[DAY_TEXT];
    printf("%s from %s to %s (UTC)\n", name, day_format(first, from), day_format(last, to));
}

static void print_revenue(struct cli *cli, const void *report)
{
    const struct revenue_report *r = report;
    char paid[DECIMAL_TEXT], lost[DECIMAL_TEXT], net[DECIMAL_TEXT];
    print_head("revenue", r->from, r->to);
    printf("%-8s %-10s %9s %9s %16s %16s %16s\n", "currency", "provider", "payments", "payers", "paid",
           "given back", "net");
    for (size_t i = 0; i < r->count; i++) {
        const struct revenue_row *row = &r->rows[i];
        int digits = currency_digits(cli->policy.plans, row->currency);
        printf("%-8s %-10s %9lld %9lld %16s %16s %16s\n", row->currency, row->provider,
               (long long)row->payments, (long long)row->payers, decimal_format(row->amount, digits, paid),
               decimal_format(row->lost, digits, lost), decimal_format(row->amount - row->lost, digits, net));
    }
}

static void print_number(const char *name, int64_t n)
{
    printf("%-18s %12lld\n", name, (long long)n);
}

static void print_overview(struct cli *cli, const void *report)
{
    const struct overview *o = report;
    char paid[DECIMAL_TEXT], lost[DECIMAL_TEXT];
    print_head("overview", o->from, o->to);
    print_number("users", o->users);
    print_number("new", o->new_users);
    print_number("active, 1 day", o->active_1);
    print_number("active, 7 days", o->active_7);
    print_number("active, 30 days", o->active_30);
    print_number("active habits", o->active_habits);
    print_number("done", o->done);
    print_number("declined", o->declined);
    print_number("skipped", o->skipped);
    if (report_completion(o) >= 0)
        printf("%-18s %11.1f%%\n", "completion", 100 * report_completion(o));
    print_number("reminders sent", o->reminders_sent);
    print_number("reminders missed", o->reminders_missed);
    for (size_t i = 0; i < o->subscriptions_count; i++)
        printf("subscriptions %-11s %5lld\n", o->subscriptions[i].status,
               (long long)o->subscriptions[i].count);
    print_number("payers", o->payers);
    for (size_t i = 0; i < o->revenue_count; i++) {
        const struct overview_money *m = &o->revenue[i];
        int digits = currency_digits(cli->policy.plans, m->currency);
        printf("revenue %-10s %12s, given back %s\n", m->currency, decimal_format(m->amount, digits, paid),
               decimal_format(m->lost, digits, lost));
    }
}

static void print_ratio(const char *name, int64_t part, int64_t whole)
{
    if (whole > 0)
        printf("%-18s %11.1f%%\n", name, 100 * (double)part / (double)whole);
}

static void print_business(struct cli *cli, const void *report)
{
    const struct business *b = report;
    char text[DECIMAL_TEXT];
    print_head("business", b->from, b->to);
    print_number("trials ended", b->trials_ended);
    print_number("of these bought", b->trials_converted);
    print_ratio("trial conversion", b->trials_converted, b->trials_ended);
    print_number("subscribers before", b->subscribers_start);
    print_number("subscribers after", b->subscribers_end);
    print_number("left", b->subscribers_lost);
    print_ratio("churn", b->subscribers_lost, b->subscribers_start);
    for (size_t i = 0; i < b->mrr_count; i++)
        printf("MRR %-14s %12s, %lld periods\n", b->mrr[i].currency,
               decimal_format(b->mrr[i].amount, currency_digits(cli->policy.plans, b->mrr[i].currency), text),
               (long long)b->mrr[i].periods);
    print_number("invited", b->referrals_invited);
    print_number("rewarded", b->referrals_rewarded);
    print_number("rewards taken back", b->referrals_taken_back);
    printf("rewards %-10s %12s\n", b->currency,
           decimal_format(b->referrals_reward, currency_digits(cli->policy.plans, b->currency), text));
}

static void print_grid(struct cli *cli, const void *report)
{
    const struct grid *g = report;
    (void)cli;
    print_head(g->shape->name, g->from, g->to);
    printf("%-12s", g->shape->label);
    for (size_t c = 0; g->shape->columns[c] != NULL; c++)
        printf(" %9s", g->shape->columns[c]);
    printf("\n");
    for (size_t i = 0; i < g->count; i++) {
        printf("%-12s", g->rows[i].label);
        for (size_t c = 0; g->shape->columns[c] != NULL; c++) {
            if (g->rows[i].n[c] == GRID_UNKNOWN)
                printf(" %9s", "-");
            else
                printf(" %9lld", (long long)g->rows[i].n[c]);
        }
        printf("\n");
    }
}

static void (*const texts[REPORT_KINDS])(struct cli *cli, const void *report) = {
    [REPORT_OVERVIEW] = print_overview, [REPORT_COHORTS] = print_grid,    [REPORT_RETENTION] = print_grid,
    [REPORT_HABITS] = print_grid,       [REPORT_REVENUE] = print_revenue, [REPORT_BUSINESS] = print_business,
};

static enum ecode load(struct cli *cli, struct db *db, const struct request *r, void *out, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    ctx_init(&ctx, db, cli->arena, &cli->policy, &rng, instant_now(), "cli");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = r->report->make(&ctx, &r->span, out);
    db_rollback(db);
    *err = ctx.err;
    db_set_err(db, err);
    return rc;
}

static void print_json(const struct report_maker *r, const void *report)
{
    struct buf buf;
    struct json_writer w;
    buf_init(&buf, OUTPUT_MAX);
    json_writer_init(&w, &buf);
    r->json(&w, report, instant_from_ms(0));
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&buf));
    printf("%s\n", buf_text(&buf));
    buf_release(&buf);
}

static const struct report_maker *find(const char *name)
{
    for (int i = 0; i < REPORT_KINDS; i++)
        if (strcmp(report_makers[i].name, name) == 0)
            return &report_makers[i];
    return NULL;
}

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"from", required_argument, NULL, 'f'},
                                            {"to", required_argument, NULL, 't'},
                                            {"json", no_argument, NULL, 'j'},
                                            {0}};
    r->report = cli->argc < 2 ? NULL : find(cli->argv[1]);
    if (r->report == NULL)
        return cli_usage(cli, "say which report: overview, cohorts, retention, habits, revenue or business");
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc - 1, cli->argv + 1, "", options, NULL)) != -1;) {
        if (c == 'j')
            r->json = true;
        else if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind]);
        else if (!day_parse(optarg, strlen(optarg), c == 'f' ? &r->span.from : &r->span.to))
            return cli_usage(cli, "\"%s\" is not a day like 2026-11-23", optarg);
    }
    if (optind != cli->argc - 1)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind + 1]);
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    struct request r = {.span = {day_none(), day_none()}};
    struct err err = {.code = E_OK};
    struct db *db;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    if (cli_open_current(cli, DB_READONLY, &db, &err) != E_OK)
        return cli_fail(&err);
    void *report = arena_alloc(cli->arena, r.report->size);
    enum ecode rc = load(cli, db, &r, report, &err);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    if (r.json)
        print_json(r.report, report);
    else
        texts[r.report - report_makers](cli, report);
    return EXIT_DONE;
}

const struct command cmd_report = {
    .name = "report",
    .summary = "figures for the operator",
    .help =
        "usage: habitd report NAME [--from DAY] [--to DAY] [--json]\n"
        "\n"
        "Figures over UTC days, at most 366. A mark belongs to the day on which it was made; imports are "
        "left out.\n"
        "\n"
        "  overview     people, activity, habits, marks, reminders, subscriptions, revenue\n"
        "  cohorts      who came in each week, and who of them made a mark in the eight weeks after it\n"
        "  retention    who came on each day, and who of them made a mark 1, 7 and 30 days later\n"
        "  habits       habits of each kind, and what was marked\n"
        "  revenue      what was paid, by currency and provider, and what of it was given back or lost "
        "since;\n"
        "               plans bought from a wallet are left out: the top-up was counted\n"
        "  business     trials that became customers, customers who left, monthly recurring revenue, "
        "referrals\n"
        "\n"
        "  --from DAY   the first day, YYYY-MM-DD; default the 30 days up to the last\n"
        "  --to DAY     the last day; default that of the newest log\n"
        "  --json       the same as JSON, as GET /v1/admin/analytics/NAME answers; money in minor units\n",
    .run = run,
};
