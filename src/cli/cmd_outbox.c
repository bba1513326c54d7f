#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/json_write.h"
#include "cli/cli.h"
#include "domain/message/outbox.h"

#define REPORT_MAX 4096

struct request {
    bool release, json, has_since;
    struct instant since;
    int64_t queued, dropped; /* of one step */
};

static enum ecode load(struct cli *cli, struct db *db, struct outbox_stats *out, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    ctx_init(&ctx, db, cli->arena, &cli->policy, &rng, instant_now(), "cli");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = outbox_stats(&ctx, out);
    db_rollback(db);
    *err = ctx.err;
    db_set_err(db, err);
    return rc;
}

static void print_json(const struct outbox_stats *s)
{
    struct buf buf;
    struct json_writer w;
    buf_init(&buf, REPORT_MAX);
    json_writer_init(&w, &buf);
    json_object_begin(&w);
    json_field_i64(&w, "held", s->held);
    json_key(&w, "queued");
    json_object_begin(&w);
    for (int lane = 0; lane < LANES; lane++) {
        json_key(&w, outbox_lane_names[lane]);
        json_object_begin(&w);
        json_field_i64(&w, "count", s->queued[lane]);
        if (s->queued[lane])
            json_field_instant(&w, "oldest", s->oldest[lane]);
        else
            json_field_null(&w, "oldest");
        json_object_end(&w);
    }
    json_object_end(&w);
    json_field_i64(&w, "sending", s->sending);
    json_field_i64(&w, "failed", s->failed);
    json_field_i64(&w, "unknown", s->unknown);
    json_field_i64(&w, "cut_off", s->cut_off);
    json_object_end(&w);
    json_writer_finish(&w);
    printf("%s\n", buf_text(&buf));
    buf_release(&buf);
}

static void print_text(const struct outbox_stats *s)
{
    char due[INSTANT_TEXT];
    printf("%-12s %8lld   until `habitd outbox release`\n", "held", (long long)s->held);
    for (int lane = 0; lane < LANES; lane++) {
        printf("%-12s %8lld   queued", outbox_lane_names[lane], (long long)s->queued[lane]);
        if (s->queued[lane])
            printf(", the first due %s", instant_format(s->oldest[lane], due));
        printf("\n");
    }
    printf("%-12s %8lld   on its way\n", "sending", (long long)s->sending);
    printf("%-12s %8lld   in the last 7 days\n", "failed", (long long)s->failed);
    printf("%-12s %8lld   nobody knows whether they arrived\n", "unknown", (long long)s->unknown);
    printf("%-12s %8lld   cut off by a crash or a lost connection, sent again or not\n", "cut off",
           (long long)s->cut_off);
}

static int status(struct cli *cli, bool json)
{
    struct outbox_stats s;
    struct err err = {.code = E_OK};
    struct db *db;
    if (cli_open_current(cli, DB_READONLY, &db, &err) != E_OK)
        return cli_fail(&err);
    enum ecode rc = load(cli, db, &s, &err);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    if (json)
        print_json(&s);
    else
        print_text(&s);
    return EXIT_DONE;
}

static enum ecode release_step(struct ctx *ctx, void *arg)
{
    struct request *r = arg;
    return outbox_release(ctx, r->since, &r->queued, &r->dropped);
}

static int release(struct cli *cli, struct request *r)
{
    struct err err = {.code = E_OK};
    struct db *db;
    int64_t queued = 0, dropped = 0;
    if (cli_open_current(cli, DB_READWRITE, &db, &err) != E_OK)
        return cli_fail(&err);
    enum ecode rc;
    do {
        r->queued = r->dropped = 0;
        arena_reset(cli->arena);
        rc = cli_transaction(cli, db, release_step, r, &err);
        queued += rc == E_OK ? r->queued : 0;
        dropped += rc == E_OK ? r->dropped : 0;
    } while (rc == E_OK && r->queued + r->dropped > 0);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    printf("queued %lld, dropped %lld\n", (long long)queued, (long long)dropped);
    return EXIT_DONE;
}

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"drop-before", required_argument, NULL, 'd'}, {0}};
    const char *verb = cli->argc > 1 ? cli->argv[1] : "";
    r->release = strcmp(verb, "release") == 0;
    if (!r->release && strcmp(verb, "status") != 0)
        return cli_usage(cli, "say `outbox status` or `outbox release`");
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc - 1, cli->argv + 1, "", options, NULL)) != -1;) {
        if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind]);
        if (c == 'd' && !instant_parse(optarg, strlen(optarg), &r->since))
            return cli_usage(cli, "--drop-before \"%s\" is no time such as 2026-03-15T12:00:00Z", optarg);
        r->json |= c == 'j';
        r->has_since |= c == 'd';
    }
    if (optind != cli->argc - 1)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind + 1]);
    if (r->release ? r->json : r->has_since)
        return cli_usage(cli, "%s does not go with `outbox %s`", r->json ? "--json" : "--drop-before", verb);
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    struct request r = {0};
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    return r.release ? release(cli, &r) : status(cli, r.json);
}

const struct command cmd_outbox = {
    .name = "outbox",
    .summary = "shows what waits to be sent; releases what is held",
    .help =
        "usage: habitd outbox status [--json]\n"
        "       habitd outbox release [--drop-before TIME]\n"
        "\n"
        "After a restore or a copy, everything that waited to be sent is held: nobody gets a message twice "
        "because of it.\n"
        "release sends it on its way, once it is clear what the database before has sent.\n"
        "\n"
        "  status               how much is held, waits, is on its way, failed\n"
        "  --json               the same as one JSON object\n"
        "  release              ends the hold; what became too old meanwhile is dropped when its turn comes\n"
        "  --drop-before TIME   drops held messages made before that time (2026-03-15T12:00:00Z): others "
        "were\n"
        "                       sent already; calls to payment providers are kept, they know their own\n",
    .run = run,
};
