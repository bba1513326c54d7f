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
    struct report_span span;
    bool json;
};

static enum ecode load(struct cli *cli, struct db *db, const struct report_span *span,
                       struct revenue_report *out, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    ctx_init(&ctx, db, cli->arena, &cli->policy, &rng, instant_now(), "cli");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = report_revenue(&ctx, span, out);
    db_rollback(db);
    *err = ctx.err;
    db_set_err(db, err);
    return rc;
}

static void print_json(const struct revenue_report *r)
{
    struct buf buf;
    struct json_writer w;
    buf_init(&buf, OUTPUT_MAX);
    json_writer_init(&w, &buf);
    json_object_begin(&w);
    json_field_day(&w, "from", r->from);
    json_field_day(&w, "to", r->to);
    json_key(&w, "revenue");
    json_array_begin(&w);
    for (size_t i = 0; i < r->count; i++) {
        const struct revenue_row *row = &r->rows[i];
        json_object_begin(&w);
        json_field_string(&w, "currency", row->currency);
        json_field_string(&w, "provider", row->provider);
        json_field_i64(&w, "payments", row->payments);
        json_field_i64(&w, "payers", row->payers);
        json_field_i64(&w, "amount", row->amount);
        json_field_i64(&w, "lost", row->lost);
        json_field_i64(&w, "net", row->amount - row->lost);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&buf));
    printf("%s\n", buf_text(&buf));
    buf_release(&buf);
}

static void print_text(struct cli *cli, const struct revenue_report *r)
{
    char from[DAY_TEXT], to[DAY_TEXT], paid[DECIMAL_TEXT], lost[DECIMAL_TEXT], net[DECIMAL_TEXT];
    printf("revenue from %s to %s (UTC)\n", day_format(r->from, from), day_format(r->to, to));
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

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"from", required_argument, NULL, 'f'},
                                            {"to", required_argument, NULL, 't'},
                                            {"json", no_argument, NULL, 'j'},
                                            {0}};
    if (cli->argc < 2 || strcmp(cli->argv[1], "revenue") != 0)
        return cli_usage(cli, "say which report: revenue");
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
    struct revenue_report report;
    struct err err = {.code = E_OK};
    struct db *db;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    if (cli_open_current(cli, DB_READONLY, &db, &err) != E_OK)
        return cli_fail(&err);
    enum ecode rc = load(cli, db, &r.span, &report, &err);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    if (r.json)
        print_json(&report);
    else
        print_text(cli, &report);
    return EXIT_DONE;
}

const struct command cmd_report = {
    .name = "report",
    .summary = "figures for the operator",
    .help =
        "usage: habitd report revenue [--from DAY] [--to DAY] [--json]\n"
        "\n"
        "What was paid in these UTC days, by currency and provider, and what of it was given back or lost "
        "in disputes since.\n"
        "Plans bought from a wallet are no revenue: the top-up was.\n"
        "\n"
        "  --from DAY   the first day, YYYY-MM-DD; default the 30 days up to the last\n"
        "  --to DAY     the last day; default that of the newest log\n"
        "  --json       {\"from\", \"to\", \"revenue\": [{\"currency\", \"provider\", \"payments\", "
        "\"payers\", \"amount\", \"lost\", \"net\"}]}, minor units\n",
    .run = run,
};
