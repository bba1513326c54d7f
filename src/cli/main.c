#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/check.h"
#include "base/log.h"
#include "cli/cli.h"
#include "domain/payment/payment.h"

#define ARENA_BYTES (2048u * 1024 * 1024)
#define TABLES_BYTES (4u * 1024 * 1024) /* plans and currencies */

static const struct command *const commands[] = {
    &cmd_serve,  &cmd_migrate, &cmd_doctor, &cmd_token, &cmd_import, &cmd_export, &cmd_demo,    &cmd_outbox,
    &cmd_backup, &cmd_restore, &cmd_copy,   &cmd_adopt, &cmd_report, &cmd_config, &cmd_version,
};

static const char intro[] = "habitd keeps people's habits: an HTTP API over one SQLite file or PostgreSQL.\n"
                            "\n"
                            "usage: habitd COMMAND [options]\n"
                            "\n";

static const char outro[] = "\n"
                            "`habitd COMMAND --help` tells more. Settings come from the command line "
                            "(--database-url URL, --listen ADDR:PORT, …),\n"
                            "else the environment (HABITD_DATABASE_URL, …), else habitd.toml, else a "
                            "default; `habitd config` shows them all.\n"
                            "Exit status: 0 done, 1 failed, 2 wrong usage.\n";

static void print_intro(FILE *f)
{
    fputs(intro, f);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(f, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    fputs(outro, f);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

/* Which providers take payments here: those whose account is configured. */
static unsigned providers(const struct config *c)
{
    unsigned found = 0;
    if (config_string(c, SETTING_TELEGRAM_BOT_TOKEN))
        found |= 1u << PROVIDER_STARS;
    if (config_string(c, SETTING_YOOKASSA_SHOP_ID) && config_string(c, SETTING_YOOKASSA_SECRET_KEY))
        found |= 1u << PROVIDER_YOOKASSA;
    if (config_string(c, SETTING_CRYPTOBOT_TOKEN))
        found |= 1u << PROVIDER_CRYPTOBOT;
    if (config_enum(c, SETTING_SANDBOX_PAYMENTS) != SANDBOX_OFF)
        found |= 1u << PROVIDER_SANDBOX;
    return found;
}

static void fill_policy(const struct config *c, struct policy *out)
{
    size_t n;
    *out = (struct policy){
        .trial_days = (int)config_i64(c, SETTING_TRIAL_DAYS),
        .habit_limit = {[TIER_TRIAL] = (int)config_i64(c, SETTING_LIMIT_TRIAL),
                        [TIER_FREE] = (int)config_i64(c, SETTING_LIMIT_FREE),
                        [TIER_PREMIUM] = (int)config_i64(c, SETTING_LIMIT_PREMIUM)},
        .default_timezone = config_string(c, SETTING_DEFAULT_TIMEZONE),
        .currency = config_string(c, SETTING_CURRENCY),
        .alert_chat_id = config_i64(c, SETTING_ALERT_CHAT_ID),
        .plans = plans_builtin(),
        .providers = providers(c),
        .referral_reward = config_i64(c, SETTING_REFERRAL_REWARD),
        .asks_receipt_contact =
            config_i64(c, SETTING_YOOKASSA_VAT_CODE) > 0 && !config_string(c, SETTING_YOOKASSA_RECEIPT_EMAIL),
        .external_payments = config_bool(c, SETTING_EXTERNAL_PAYMENTS),
    };
    out->admin_ids = config_i64_list(c, SETTING_ADMIN_IDS, &n);
    out->admin_ids_count = n;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct config *config;
    struct err err = {.code = E_OK};
    if (config_load(&argc, argv, environ, &config, &err) != E_OK) {
        fprintf(stderr, "habitd: %s\n", err.text); /* names the setting itself */
        return EXIT_USAGE;
    }
    log_configure((enum log_level)config_enum(config, SETTING_LOG_LEVEL),
                  (enum log_format)config_enum(config, SETTING_LOG_FORMAT));
    if (config_warning(config))
        log_note(LOG_WARN, config_warning(config));
    struct cli cli = {.config = config, .argc = argc, .argv = argv, .arena = arena_new(ARENA_BYTES)};
    struct arena *tables = arena_new(TABLES_BYTES);
    fill_policy(config, &cli.policy);
    int code = EXIT_USAGE;
    if (plans_load(config_file(config), tables, &cli.policy.plans, &err) == E_OK)
        code = command->run(&cli);
    else
        fprintf(stderr, "habitd: %s\n", err.text);
    arena_free(tables);
    arena_free(cli.arena);
    config_free(config);
    return code;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_intro(stdout);
        return EXIT_DONE;
    }
    if (strcmp(name, "--version") == 0)
        name = "version";
    const struct command *command = find(name);
    if (!command) {
        if (*name)
            fprintf(stderr, "habitd: there is no command \"%s\"\n\n", name);
        print_intro(stderr);
        return EXIT_USAGE;
    }
    if (wants_help(argc - 1, argv + 1)) {
        fputs(command->help, stdout);
        return EXIT_DONE;
    }
    return run_command(command, argc - 1, argv + 1);
}
