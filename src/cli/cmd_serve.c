#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "cli/cli.h"
#include "cli/log_writer.h"
#include "cli/notify.h"
#include "cli/reload.h"
#include "cli/upkeep.h"
#include "cli/watcher.h"
#include "domain/service.h"
#include "draw/picture.h"
#include "edge/bot/bot.h"
#include "edge/http/http_edge.h"
#include "edge/pay/pay.h"
#include "net/cryptopay.h"

#define QUEUE_MAX 512 /* below the number of connections, so that the queue is what refuses */
#define READ_THREADS 2
#define DRAIN_SECONDS 30
#define SENDS_SECONDS 10 /* how long messages that are on their way are waited for */

/* An empty database is migrated; any other must be of this program's version. */
static enum ecode prepare(struct cli *cli, struct err *err)
{
    struct db *db;
    enum ecode rc = cli_open_current(cli, DB_READWRITE, &db, err);
    if (rc != E_OK)
        return rc;
    log_event(LOG_INFO, "database", log_str("engine", db_version(db)));
    db_close(db);
    return E_OK;
}

/* --- the bot, when a token is set ----------------------------------------------------------------- */

static const char *engine_name(struct cli *cli)
{
    return strncmp(config_string(cli->config, SETTING_DATABASE_URL), "sqlite:", 7) == 0 ? "sqlite"
                                                                                        : "postgres";
}

static enum ecode open_bot(struct cli *cli, struct service *service, struct bot **out, struct err *err)
{
    const struct config *c = cli->config;
    struct bot_options o = {.service = service,
                            .engine = engine_name(cli),
                            .api_url = config_string(c, SETTING_TELEGRAM_API_URL),
                            .token = config_secret(c, SETTING_TELEGRAM_BOT_TOKEN),
                            .public_url = cli_public_address(cli, NULL),
                            .webhook_secret = config_secret(c, SETTING_TELEGRAM_WEBHOOK_SECRET),
                            .rate_per_s = (int)config_i64(c, SETTING_TELEGRAM_RATE_PER_S),
                            .alert_chat_id = config_i64(c, SETTING_ALERT_CHAT_ID)};
    const char *webhook_secret = config_string(c, SETTING_TELEGRAM_WEBHOOK_SECRET);
    if (o.token == NULL)
        return E_OK;
    if (webhook_secret != NULL && bot_webhook_secret_check(webhook_secret, err) != E_OK)
        return err->code;
    return bot_new(&o, out, err);
}

/* An update on its way from the HTTP edge to the bot: each has its own idea of it. */
struct passage {
    struct bot_event taken;
    struct webhook_event *given;
};

static void passage_done(struct bot_event *taken)
{
    struct passage *p = taken->owner;
    struct webhook_event *given = p->given;
    given->code = taken->code;
    given->answer = arena_strdup(given->arena, taken->answer);
    given->done(given);
}

static enum ecode pass_update(void *bot, struct webhook_event *given)
{
    struct passage *p = arena_alloc(given->arena, sizeof *p);
    *p = (struct passage){.taken = {.body = given->body, .len = given->len, .done = passage_done, .owner = p},
                          .given = given};
    return bot_take(bot, &p->taken);
}

/* --- payment providers ------------------------------------------------------------------------------- */

static enum ecode open_pay(struct cli *cli, struct service *service, struct pay **out, struct err *err)
{
    static const enum pay_sandbox modes[] = {[SANDBOX_OFF] = PAY_SANDBOX_OFF,
                                             [SANDBOX_INSTANT] = PAY_SANDBOX_INSTANT,
                                             [SANDBOX_PAGE] = PAY_SANDBOX_PAGE};
    const struct config *c = cli->config;
    struct pay_options o = {
        .service = service,
        .yookassa = {config_string(c, SETTING_YOOKASSA_API_URL), config_string(c, SETTING_YOOKASSA_SHOP_ID),
                     config_secret(c, SETTING_YOOKASSA_SECRET_KEY)},
        .cryptobot = {config_string(c, SETTING_CRYPTOBOT_API_URL), NULL,
                      config_secret(c, SETTING_CRYPTOBOT_TOKEN)},
        .telegram = {config_string(c, SETTING_TELEGRAM_API_URL), NULL,
                     config_secret(c, SETTING_TELEGRAM_BOT_TOKEN)},
        .sandbox = modes[config_enum(c, SETTING_SANDBOX_PAYMENTS)],
        .plans = cli->policy.plans,
        .vat_code = (int)config_i64(c, SETTING_YOOKASSA_VAT_CODE),
        .receipt_contact = config_string(c, SETTING_YOOKASSA_RECEIPT_EMAIL),
    };
    return pay_new(&o, out, err);
}

/* A webhook on its way from the HTTP edge to the payments' part. */
struct pay_passage {
    struct pay_event taken;
    struct webhook_event *given;
};

static void pay_passage_done(struct pay_event *taken)
{
    struct pay_passage *p = taken->owner;
    struct webhook_event *given = p->given;
    given->code = taken->code;
    given->done(given);
}

static enum ecode pass_webhook(struct pay *pay, enum pay_source source, struct webhook_event *given)
{
    struct pay_passage *p = arena_alloc(given->arena, sizeof *p);
    *p = (struct pay_passage){.taken = {.source = source,
                                        .body = given->body,
                                        .len = given->len,
                                        .signature = given->signature,
                                        .done = pay_passage_done,
                                        .owner = p},
                              .given = given};
    return pay_take(pay, &p->taken);
}

static enum ecode pass_yookassa(void *pay, struct webhook_event *given)
{
    return pass_webhook(pay, PAY_FROM_YOOKASSA, given);
}

static enum ecode pass_cryptobot(void *pay, struct webhook_event *given)
{
    return pass_webhook(pay, PAY_FROM_CRYPTOBOT, given);
}

/* --- HTTP ------------------------------------------------------------------------------------------ */

static enum ecode open_edge(struct cli *cli, struct service *service, struct bot *bot, struct pay *pay,
                            struct log_writer *logs, struct http_edge **out, struct err *err)
{
    struct http_edge_options o;
    http_edge_options_init(&o);
    o.server.listen = config_string(cli->config, SETTING_LISTEN);
    o.service = service;
    o.engine = engine_name(cli);
    if (bot != NULL) {
        o.telegram = (struct webhook_sink){

            .knows = bot_knows_secret, .submit = pass_update, .forged = bot_forged, .arg = bot};
        o.bot_name = (struct name_source){.get = bot_name, .arg = bot};
        o.metrics[0] = (struct metrics_source){.write = bot_write_metrics, .arg = bot};
    }
    if (pay_takes(pay, PAY_FROM_YOOKASSA))
        o.yookassa = (struct webhook_sink){.submit = pass_yookassa, .arg = pay};
    if (pay_takes(pay, PAY_FROM_CRYPTOBOT))
        o.cryptobot = (struct webhook_sink){
            .signature_header = CP_SIGNATURE_HEADER, .submit = pass_cryptobot, .arg = pay};
    o.metrics[1] = (struct metrics_source){.write = pay_write_metrics, .arg = pay};
    o.metrics[2] = (struct metrics_source){.write = log_writer_metrics, .arg = logs};
    o.bot_token = config_secret(cli->config, SETTING_TELEGRAM_BOT_TOKEN);
    o.demo_sign_in = config_bool(cli->config, SETTING_DEMO_SIGN_IN);
    if (o.demo_sign_in && bot != NULL)
        return err_field(err, "HABITD_DEMO_SIGN_IN", "is for demonstrations: not with TELEGRAM_BOT_TOKEN");
    o.rate_user_per_min = (uint32_t)config_i64(cli->config, SETTING_RATE_USER_PER_MIN);
    o.rate_addr_per_min = (uint32_t)config_i64(cli->config, SETTING_RATE_IP_PER_MIN);
    const char *proxies = config_string(cli->config, SETTING_TRUSTED_PROXIES);
    if (proxies && cidr_list_parse(proxies, &o.server.trusted, err) != E_OK)
        return err->code;
    return http_edge_new(&o, out, err);
}

/* Where this machine reaches the server. */
static const char *local_address(struct cli *cli, struct http_edge *edge)
{
    struct listen_address a = config_listen(cli->config, SETTING_LISTEN);
    const char *host = a.host[0] ? a.host : "127.0.0.1";
    bool v6 = strchr(host, ':') != NULL;
    return arena_printf(cli->arena, "http://%s%s%s:%d", v6 ? "[" : "", host, v6 ? "]" : "",
                        http_edge_port(edge));
}

/* SIGTERM and SIGINT end the program in order, SIGHUP has the secrets read again; they are blocked in every
 * thread and waited for here. */
static void wait_for_end(const sigset_t *signals, struct cli *cli, struct service *service)
{
    int signal_number = 0;
    while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP)
        reload_secrets(cli, service);
    log_event(LOG_INFO, "stopping", log_str("signal", signal_number == SIGINT ? "SIGINT" : "SIGTERM"));
    notify_manager("STOPPING=1");
}

static int run(struct cli *cli)
{
    struct err err = {.code = E_OK};
    struct service *service = NULL;
    struct http_edge *edge = NULL;
    struct bot *bot = NULL;
    struct pay *pay = NULL;
    struct upkeep *upkeep = NULL;
    struct log_writer *logs = NULL;
    struct watcher *watcher = NULL;
    sigset_t signals;
    int code = EXIT_DONE;
    if (cli->argc > 1)
        return cli_usage(cli, "takes settings only, not \"%s\"", cli->argv[1]);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    struct service_options o = {.database_url = config_string(cli->config, SETTING_DATABASE_URL),
                                .policy = &cli->policy,
                                .queue_max = QUEUE_MAX,
                                .read_threads = READ_THREADS};
    logs = log_writer_new(cli);
    enum ecode rc = prepare(cli, &err);
    if (rc == E_OK)
        rc = service_new(&o, &service, &err);
    if (rc == E_OK)
        log_writer_start(logs, service);
    if (rc == E_OK)
        rc = open_bot(cli, service, &bot, &err);
    if (rc == E_OK)
        rc = open_pay(cli, service, &pay, &err);
    if (rc == E_OK)
        rc = open_edge(cli, service, bot, pay, logs, &edge, &err);
    if (rc == E_OK) {
        const char *address = local_address(cli, edge);
        fprintf(stderr, "listening on %s\n", address);
        pay_start(pay, cli_public_address(cli, address)); /* where people come back to after they paid */
        if (bot != NULL)
            bot_start(bot);
        upkeep = upkeep_new(cli);
        watcher = watcher_new(cli, service, bot);
        notify_manager("READY=1");
        wait_for_end(&signals, cli, service);
    } else {
        code = cli_fail(&err);
    }
    watcher_free(watcher);
    upkeep_free(upkeep);
    if (edge)
        http_edge_stop(edge, duration_seconds(DRAIN_SECONDS));
    if (bot != NULL)
        bot_stop(bot, duration_seconds(SENDS_SECONDS));
    if (pay != NULL)
        pay_stop(pay, duration_seconds(SENDS_SECONDS));
    log_writer_stop(logs);
    http_edge_free(edge);
    bot_free(bot);
    pay_free(pay);
    service_free(service);
    log_writer_free(logs);
    picture_end();
    return code;
}

const struct command cmd_serve = {
    .name = "serve",
    .summary = "runs the service",
    .help =
        "usage: habitd serve [settings]\n"
        "\n"
        "Serves the HTTP API, and with a TELEGRAM_BOT_TOKEN the bot, until SIGTERM or SIGINT, then finishes "
        "what it accepted.\n"
        "SIGHUP has the secrets in the settings file read again.\n"
        "An empty database is migrated; an older or newer one is refused with what to do.\n"
        "\n"
        "  --database-url URL   sqlite:PATH or postgresql://… (default sqlite:habitd.db)\n"
        "  --listen ADDR:PORT   where to listen (default 127.0.0.1:8080; port 0 takes a free one)\n"
        "\n"
        "`habitd config` shows every setting.\n",
    .run = run,
};
