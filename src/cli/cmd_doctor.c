#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"
#include "domain/doctor/doctor.h"

static enum ecode examine(struct cli *cli, struct db *db, struct doctor_report *out, struct err *err)
{
    struct progress bar = {.what = "checking"};
    struct doctor_options o = {.progress = progress_step, .arg = &bar};
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    ctx_init(&ctx, db, cli->arena, &cli->policy, &rng, instant_now(), "cli");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = doctor_run(&ctx, &o, out);
    db_rollback(db);
    progress_end(&bar);
    *err = ctx.err;
    db_set_err(db, err);
    return rc;
}

static void print_json(const struct doctor_report *report)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_result *r = &report->checks[i];
        json_t *rows = json_array();
        for (size_t k = 0; k < r->rows_count; k++)
            json_array_append_new(rows, json_string(r->rows[k]));
        json_array_append_new(checks, json_pack("{s:s, s:s, s:b, s:I, s:o}", "name", r->name, "about",
                                                r->about, "ok", r->violations == 0, "count",
                                                (json_int_t)r->violations, "violations", rows));
    }
    json_t *root = json_pack("{s:b, s:o}", "ok", report->ok, "checks", checks);
    json_dumpf(root, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(root);
}

static void print_text(const struct doctor_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_result *r = &report->checks[i];
        printf("%-6s %-28s %s\n", r->violations ? "BROKEN" : "ok", r->name, r->about);
        for (size_t k = 0; k < r->rows_count; k++)
            printf("         %s\n", r->rows[k]);
        if (r->violations > (int64_t)r->rows_count)
            printf("         … and %lld more\n", (long long)(r->violations - (int64_t)r->rows_count));
    }
}

static int run(struct cli *cli)
{
    bool json = cli->argc == 2 && strcmp(cli->argv[1], "--json") == 0;
    struct doctor_report report;
    struct err err = {.code = E_OK};
    struct db *db;
    if (cli->argc > 1 && !json)
        return cli_usage(cli, "\"%s\" is not an option", cli->argv[1]);
    if (cli_open_current(cli, DB_READONLY, &db, &err) != E_OK)
        return cli_fail(&err);
    enum ecode rc = examine(cli, db, &report, &err);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    if (json)
        print_json(&report);
    else
        print_text(&report);
    return report.ok ? EXIT_DONE : EXIT_FAILED;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .summary = "checks every invariant of the database",
    .help = "usage: habitd doctor [--json]\n"
            "\n"
            "Checks every invariant habitd relies on and names the rows that break one. Reads only, repairs "
            "nothing, and may run\n"
            "beside a serving program. Exit status 1 when something is broken.\n"
            "\n"
            "  --json   {\"ok\": …, \"checks\": [{\"name\", \"about\", \"ok\", \"count\", \"violations\": "
            "[rows]}]}\n",
    .run = run,
};
