#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"
#include "domain/session/sign_in.h"
#include "domain/user/user.h"

#define LIFETIME_DAYS 365

struct request {
    int64_t telegram_id;
    bool admin, link;
    const char *name;
    char token[TOKEN_TEXT], code[LINK_CODE_TEXT];
};

static enum ecode create(struct ctx *ctx, void *arg)
{
    struct request *r = arg;
    struct uuid user;
    bool created;
    enum ecode rc = user_ensure(ctx, &(struct user_contact){.telegram_id = r->telegram_id}, &user, &created);
    if (rc == E_OK && r->admin)
        rc = user_make_admin(ctx, &user);
    if (rc != E_OK)
        return rc;
    if (r->link)
        return sign_in_link_make(ctx, &user, r->admin, r->code);
    struct session_draft draft = {.user_id = user,
                                  .name = r->name,
                                  .is_admin = r->admin,
                                  .origin = ORIGIN_TOKEN,
                                  .lifetime = duration_seconds((int64_t)LIFETIME_DAYS * 86400)};
    return session_create(ctx, &draft, r->token);
}

static int parse(struct cli *cli, struct request *r)
{
    static const struct option options[] = {{"telegram-id", required_argument, NULL, 't'},
                                            {"admin", no_argument, NULL, 'a'},
                                            {"link", no_argument, NULL, 'l'},
                                            {"name", required_argument, NULL, 'n'},
                                            {0}};
    struct err err;
    bool has_id = false;
    if (cli->argc < 2 || strcmp(cli->argv[1], "create") != 0)
        return cli_usage(cli, "say `token create`");
    opterr = 0;
    for (int c; (c = getopt_long(cli->argc - 1, cli->argv + 1, "", options, NULL)) != -1;) {
        if (c == 't' && !cli_telegram_id(optarg, &r->telegram_id, &err))
            return cli_fail(&err);
        has_id |= c == 't';
        r->admin |= c == 'a';
        r->link |= c == 'l';
        if (c == 'n')
            r->name = optarg;
        if (c == '?')
            return cli_usage(cli, "\"%s\" is not an option, or lacks its value", cli->argv[optind]);
    }
    if (optind != cli->argc - 1)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[optind + 1]);
    return has_id ? EXIT_DONE : cli_usage(cli, "--telegram-id is missing");
}

/* Where this machine listens when nothing is known of the world outside. */
static const char *own_address(struct cli *cli)
{
    struct listen_address a = config_listen(cli->config, SETTING_LISTEN);
    const char *host =
        a.host[0] && strcmp(a.host, "0.0.0.0") != 0 && strcmp(a.host, "::") != 0 ? a.host : "127.0.0.1";
    bool v6 = strchr(host, ':') != NULL;
    return arena_printf(cli->arena, "http://%s%s%s:%d", v6 ? "[" : "", host, v6 ? "]" : "", a.port);
}

static void print_link(struct cli *cli, const struct request *r)
{
    printf("%s%s#signin=%s\n", cli_public_address(cli, own_address(cli)), r->admin ? "/admin" : "/", r->code);
}

static int run(struct cli *cli)
{
    struct request r = {.name = "command line"};
    struct err err;
    struct db *db;
    int code = parse(cli, &r);
    if (code != EXIT_DONE)
        return code;
    if (cli_open_current(cli, DB_READWRITE, &db, &err) != E_OK)
        return cli_fail(&err);
    enum ecode rc = cli_transaction(cli, db, create, &r, &err);
    db_close(db);
    if (rc != E_OK)
        return cli_fail(&err);
    if (r.link)
        print_link(cli, &r);
    else
        printf("%s\n", r.token);
    return EXIT_DONE;
}

const struct command cmd_token = {
    .name = "token",
    .summary = "makes a bearer token for a person",
    .help =
        "usage: habitd token create --telegram-id N [--admin] [--link] [--name TEXT]\n"
        "\n"
        "Prints a bearer token for the HTTP API, alone on stdout. The person is made when nobody has "
        "that Telegram id yet.\n"
        "The token is shown this once; the database keeps only its hash. It is valid for a year.\n"
        "\n"
        "  --telegram-id N   whose token, the Telegram user id\n"
        "  --admin           may use the operator's routes; the person becomes an operator\n"
        "  --link            prints a link instead that opens the web page signed in, once, for 15 minutes\n"
        "  --name TEXT       what the token is for, shown in the list of sessions\n",
    .run = run,
};
