#include "test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/config.h"

/* Every test runs in an empty folder of its own. */
static char folder[64];

static int setup(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/habitd-config-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    unlink("habitd.toml");
    unlink("other.toml");
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

/* Loads with up to eight arguments and environment entries, each list ended by NULL. */
static enum ecode load(const char *const *args, const char *const *env, struct config **out, struct err *err)
{
    char *argv[10] = {(char *)(uintptr_t) "habitd"};
    int argc = 1;
    for (; args && args[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)args[argc - 1];
    return config_load(&argc, argv, (char *const *)(uintptr_t)env, out, err);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct config *loaded(const char *const *args, const char *const *env)
{
    struct config *c = NULL;
    struct err err = {0};
    if (load(args, env, &c, &err))
        fail_msg("%s", err.text);
    return c;
}

static void defaults(void **state)
{
    struct config *c = loaded(NULL, NULL);
    size_t n = 9;
    assert_string_equal(config_string(c, SETTING_DATABASE_URL), "sqlite:habitd.db");
    assert_string_equal(config_listen(c, SETTING_LISTEN).host, "127.0.0.1");
    assert_int_equal(config_listen(c, SETTING_LISTEN).port, 8080);
    assert_int_equal(config_i64(c, SETTING_TRIAL_DAYS), 7);
    assert_int_equal(config_i64(c, SETTING_LIMIT_FREE), 5);
    assert_int_equal(config_i64(c, SETTING_RATE_USER_PER_MIN), 1200);
    assert_int_equal(config_i64(c, SETTING_RATE_IP_PER_MIN), 6000);
    assert_int_equal(config_i64(c, SETTING_TELEGRAM_RATE_PER_S), 25);
    assert_string_equal(config_string(c, SETTING_EXTERNAL_PAYMENTS), "0");
    assert_int_equal(config_enum(c, SETTING_LOG_LEVEL), 1);
    assert_string_equal(config_string(c, SETTING_CURRENCY), "RUB");
    assert_null(config_i64_list(c, SETTING_ADMIN_IDS, &n));
    assert_int_equal(n, 0);
    assert_null(config_string(c, SETTING_TELEGRAM_BOT_TOKEN));
    assert_null(config_string(c, SETTING_TELEGRAM_BOT_TOKEN));
    assert_null(config_file(c));
    assert_string_equal(config_describe(c, SETTING_LISTEN).origin, "default");
    for (int s = 0; s < SETTINGS; s++)
        assert_non_null(setting_table[s].name);
    config_free(c);
}

static void the_first_source_wins(void **state)
{
    write_file("habitd.toml", "trial_days = 3\nlimit_free = 4\n# comment\nreferral_reward = 6\n", 0644);
    struct config *c = loaded(ARGS("--trial-days=1"),
                              ARGS("HABITD_TRIAL_DAYS=2", "HABITD_LIMIT_FREE=9", "HABITD_REFERRAL_REWARD="));
    assert_int_equal(config_i64(c, SETTING_TRIAL_DAYS), 1);
    assert_string_equal(config_describe(c, SETTING_TRIAL_DAYS).origin, "command line");
    assert_int_equal(config_i64(c, SETTING_LIMIT_FREE), 9);
    assert_string_equal(config_describe(c, SETTING_LIMIT_FREE).origin, "environment");
    assert_int_equal(config_i64(c, SETTING_REFERRAL_REWARD), 6);
    assert_string_equal(config_describe(c, SETTING_REFERRAL_REWARD).origin, "habitd.toml:4");
    assert_null(config_warning(c));
    config_free(c);
    write_file("other.toml", "trial_days = 30\n", 0644);
    c = loaded(ARGS("--config", "other.toml"), NULL);
    assert_int_equal(config_i64(c, SETTING_TRIAL_DAYS), 30);
    assert_int_equal(config_i64(c, SETTING_LIMIT_FREE), 5);
    config_free(c);
}

static void other_arguments_stay(void **state)
{
    char *argv[] = {(char *)(uintptr_t) "habitd",
                    (char *)(uintptr_t) "serve",
                    (char *)(uintptr_t) "--listen",
                    (char *)(uintptr_t) ":0",
                    (char *)(uintptr_t) "--json",
                    (char *)(uintptr_t) "--currency=EUR",
                    (char *)(uintptr_t) "--name",
                    (char *)(uintptr_t) "x",
                    (char *)(uintptr_t) "--",
                    (char *)(uintptr_t) "--listen",
                    NULL};
    static const char *const left[] = {"habitd", "serve", "--json", "--name", "x", "--", "--listen"};
    int argc = 10;
    struct config *c = NULL;
    struct err err;
    assert_int_equal(config_load(&argc, argv, NULL, &c, &err), E_OK);
    assert_int_equal(argc, ARRAY_LEN(left));
    for (int i = 0; i < argc; i++)
        assert_string_equal(argv[i], left[i]);
    assert_null(argv[argc]);
    assert_string_equal(config_string(c, SETTING_CURRENCY), "EUR");
    assert_string_equal(config_listen(c, SETTING_LISTEN).host, "");
    config_free(c);
}

static void every_kind_in_the_file(void **state)
{
    write_file("habitd.toml",
               "database_url = 'postgresql://me:pass@word@db/habits?sslmode=require&sslpassword=abc'\nlisten "
               "= \"[::1]:9\"\npublic_url = 'https://x.org/app//'\n"
               "trusted_proxies = ['10.0.0.0/8', '::1']\nadmin_ids = [1, 22]\nalert_chat_id = "
               "-100500\nlog_format = 'json'\n"
               "external_payments = true\ntelegram_bot_token = '1:abc'\nyookassa_shop_id = "
               "'77'\ndefault_timezone = 'Asia/Kathmandu'\n"
               "[currencies]\nXTR = 0\n[[plans]]\nname = 'month'\n[plans.prices]\nRUB = 1\n",
               0604);
    struct config *c = loaded(NULL, NULL);
    size_t n;
    assert_string_equal(config_string(c, SETTING_PUBLIC_URL), "https://x.org/app");
    assert_string_equal(config_listen(c, SETTING_LISTEN).host, "::1");
    assert_string_equal(config_string(c, SETTING_TRUSTED_PROXIES), "10.0.0.0/8,::1");
    assert_int_equal(config_i64_list(c, SETTING_ADMIN_IDS, &n)[1], 22);
    assert_int_equal(n, 2);
    assert_int_equal(config_i64(c, SETTING_ALERT_CHAT_ID), -100500);
    assert_int_equal(config_enum(c, SETTING_LOG_FORMAT), 1);
    assert_string_not_equal(config_string(c, SETTING_EXTERNAL_PAYMENTS), "0");
    assert_string_equal(config_string(c, SETTING_TELEGRAM_BOT_TOKEN), "1:abc");
    assert_string_equal(config_describe(c, SETTING_TELEGRAM_BOT_TOKEN).value, "****");
    assert_string_equal(config_describe(c, SETTING_DATABASE_URL).value,
                        "postgresql://me:****@db/habits?sslmode=require&sslpassword=****");
    assert_non_null(toml_get(config_file(c), "plans"));
    assert_non_null(strstr(config_warning(c), "chmod 600 habitd.toml"));
    config_free(c);
    assert_int_equal(chmod("habitd.toml", 0600), 0);
    c = loaded(NULL, NULL);
    assert_null(config_warning(c));
    config_free(c);
}

static void bad_values_name_the_setting_and_the_range(void **state)
{
    static const struct {
        const char *env, *field, *says;
    } bad[] = {
        {"HABITD_TRIAL_DAYS=366", "HABITD_TRIAL_DAYS",
         "HABITD_TRIAL_DAYS is \"366\" (environment); it must be a whole number from 0 to 365"},
        {"HABITD_TRIAL_DAYS=-1", "HABITD_TRIAL_DAYS", "from 0 to 365"},
        {"HABITD_TRIAL_DAYS=7 ", "HABITD_TRIAL_DAYS", "from 0 to 365"},
        {"HABITD_TRIAL_DAYS=99999999999999999999", "HABITD_TRIAL_DAYS", "from 0 to 365"},
        {"HABITD_LOG_LEVEL=loud", "HABITD_LOG_LEVEL", "must be one of debug, info, warn, error"},
        {"HABITD_LISTEN=8080", "HABITD_LISTEN", "must be ADDRESS:PORT"},
        {"HABITD_LISTEN=x:65536", "HABITD_LISTEN", "from 0 to 65535"},
        {"HABITD_LISTEN=[::g]:1", "HABITD_LISTEN", "must be ADDRESS:PORT"},
        {"HABITD_LISTEN=::1:80", "HABITD_LISTEN", "must be ADDRESS:PORT"},
        {"HABITD_DATABASE_URL=mysql://u:secret@h/d", "HABITD_DATABASE_URL", "mysql://u:****@h/d"},
        {"HABITD_DATABASE_URL=postgresql:u:secret@h", "HABITD_DATABASE_URL",
         "must be sqlite:PATH or postgresql://"},
        {"HABITD_DATABASE_URL=sqlite:", "HABITD_DATABASE_URL", "must be sqlite:PATH"},
        {"HABITD_PUBLIC_URL=ftp://x", "HABITD_PUBLIC_URL", "must be a URL"},
        {"HABITD_PUBLIC_URL=https://", "HABITD_PUBLIC_URL", "must be a URL"},
        {"HABITD_TRUSTED_PROXIES=10.0.0.0/33", "HABITD_TRUSTED_PROXIES", "must be networks"},
        {"HABITD_TRUSTED_PROXIES=10.0.0.0/8,", "HABITD_TRUSTED_PROXIES", "must be networks"},
        {"HABITD_ADMIN_IDS=1,x", "HABITD_ADMIN_IDS", "must be whole numbers from 1 to"},
        {"HABITD_ADMIN_IDS=0", "HABITD_ADMIN_IDS", "must be whole numbers from 1 to"},
        {"HABITD_DEFAULT_TIMEZONE=Mars/Base", "HABITD_DEFAULT_TIMEZONE", "must be a time zone"},
        {"HABITD_CURRENCY=rub", "HABITD_CURRENCY", "must be a currency"},
        {"HABITD_EXTERNAL_PAYMENTS=2", "HABITD_EXTERNAL_PAYMENTS", "must be 0 or 1"},
        {"TELEGRAM_BOT_TOKEN=secret token", "TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN is \"****\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct config *c = NULL;
        struct err err = {0};
        if (load(NULL, ARGS(bad[i].env), &c, &err) != E_INVALID || strcmp(err.field, bad[i].field) != 0 ||
            !strstr(err.text, bad[i].says) || strstr(err.text, "secret"))
            fail_msg("%s: %s", bad[i].env, err.text);
    }
}

static void bad_files_name_the_line(void **state)
{
    static const struct {
        const char *text;
        enum ecode code;
        const char *says;
    } bad[] = {
        {"trial_days = 3\ntrail_days = 4\n", E_MALFORMED, "habitd.toml:2: \"trail_days\" is not a setting"},
        {"HABITD_TRIAL_DAYS = 3\n", E_MALFORMED, "habitd.toml:1: \"HABITD_TRIAL_DAYS\" is not a setting"},
        {"\n[trail]\n", E_MALFORMED, "habitd.toml:2: \"trail\" is not a setting"},
        {"plans = 3\n", E_MALFORMED, "\"plans\" is not a setting"},
        {"now = '2026-11-23T00:00:00Z'\n", E_MALFORMED, "\"now\" is not a setting"},
        {"x = \n", E_MALFORMED, "habitd.toml: line 1: expected a string"},
        {"\ntrial_days = '3'\n", E_INVALID, "habitd.toml:2: trial_days cannot be a string"},
        {"listen = 8080\n", E_INVALID, "listen cannot be an integer"},
        {"admin_ids = ['1']\n", E_INVALID, "admin_ids cannot be an array"},
        {"[trial_days]\n", E_INVALID, "trial_days cannot be a table"},
        {"trial_days = 400\n", E_INVALID,
         "HABITD_TRIAL_DAYS is \"400\" (habitd.toml:1); it must be a whole number from 0 to 365"},
    };
    struct config *c = NULL;
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        write_file("habitd.toml", bad[i].text, 0600);
        if (load(NULL, NULL, &c, &err) != bad[i].code || !strstr(err.text, bad[i].says))
            fail_msg("%s: %s", bad[i].text, err.text);
    }
    assert_int_equal(load(ARGS("--config=missing.toml"), NULL, &c, &err), E_IO);
    assert_non_null(strstr(err.text, "missing.toml"));
    assert_int_equal(load(ARGS("--config=/tmp"), NULL, &c, &err), E_IO);
}

static void bad_command_lines(void **state)
{
    struct config *c = NULL;
    struct err err;
    assert_int_equal(load(ARGS("--listen"), NULL, &c, &err), E_INVALID);
    assert_string_equal(err.text, "--listen needs a value");
    assert_int_equal(load(ARGS("--listen=:1", "--listen", ":2"), NULL, &c, &err), E_INVALID);
    assert_string_equal(err.text, "--listen is given twice");
    assert_int_equal(load(ARGS("--trial-days=x"), NULL, &c, &err), E_INVALID);
    assert_non_null(strstr(err.text, "(command line)"));
}

static void passwords_are_masked(void **state)
{
    static const char *const urls[][2] = {
        {"sqlite:habitd.db", "sqlite:habitd.db"},
        {"sqlite:a:b@c.db", "sqlite:a:b@c.db"},
        {"postgresql://h/d", "postgresql://h/d"},
        {"postgresql://u@[::1]:5432/d", "postgresql://u@[::1]:5432/d"},
        {"postgresql://u:p@h/d", "postgresql://u:****@h/d"},
        {"postgresql://u:p?x@h/d", "postgresql://u:****@h/d"},
        {"postgresql:///d?user=u&password=p&host=h", "postgresql:///d?user=u&password=****&host=h"},
        {"https://u:p@h/x", "https://u:****@h/x"},
        {"u:p@h", "u:****@h"},
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        char *masked = url_masked(urls[i][0]);
        assert_string_equal(masked, urls[i][1]);
        free(masked);
    }
}

static void names_of_options_and_keys(void **state)
{
    char text[64];
    assert_string_equal(setting_option(SETTING_DATABASE_URL, text), "--database-url");
    assert_string_equal(setting_option(SETTING_TELEGRAM_BOT_TOKEN, text), "--telegram-bot-token");
    assert_string_equal(setting_key(SETTING_TRIAL_DAYS, text), "trial_days");
    assert_string_equal(setting_key(SETTING_YOOKASSA_SHOP_ID, text), "yookassa_shop_id");
}

static const char *allowed(const struct setting_info *info, char *out, size_t size)
{
    static const char *const kinds[] = {
        [KIND_BOOL] = "0 or 1",
        [KIND_CIDRS] = "networks",
        [KIND_URL] = "a URL",
        [KIND_DATABASE] = "a database URL",
        [KIND_LISTEN] = "ADDRESS:PORT",
        [KIND_ZONE] = "an IANA time zone",
        [KIND_CURRENCY] = "three to five capital letters",
        [KIND_INSTANT] = "RFC 3339",
    };
    size_t n = 0;
    if (info->kind == KIND_INT || info->kind == KIND_INT_LIST)
        snprintf(out, size, "%s from %lld to %lld",
                 info->kind == KIND_INT ? "a whole number" : "whole numbers", (long long)info->min,
                 (long long)info->max);
    else if (info->kind == KIND_STRING)
        snprintf(out, size, "%lld to %lld printable characters", (long long)info->min, (long long)info->max);
    else if (info->kind == KIND_ENUM)
        for (int i = 0; info->names[i]; i++)
            n += (size_t)snprintf(out + n, size - n, "%s`%s`", i ? ", " : "", info->names[i]);
    else
        return kinds[info->kind];
    return out;
}

/* docs/settings.md is the table in words; HABITD_UPDATE=1 writes it anew. */
static void the_document_is_the_table(void **state)
{
    struct buf b, old;
    char path[4096], text[200], option[64], key[64], c[4096];
    const char *root = getenv("HABITD_SOURCE_ROOT"), *update = getenv("HABITD_UPDATE");
    if (!root)
        skip();
    buf_init(&b, 1 << 16);
    buf_init(&old, 1 << 16);
    buf_str(&b, "# Settings\n\nMade from `src/base/config_table.c` by `test/unit/config_test.c` "
                "(`HABITD_UPDATE=1`). A value comes from the command line, else the\n"
                "environment, else `habitd.toml` (in the working directory, or `--config FILE`), else the "
                "default. `habitd config` prints them all.\n\n"
                "| environment | command line | `habitd.toml` | may be | default | |\n| --- | --- | --- | "
                "--- | --- | --- |\n");
    for (int s = 0; s < SETTINGS; s++) {
        const struct setting_info *info = &setting_table[s];
        if (!info->env_only)
            buf_printf(&b, "| `%s` | `%s` | `%s` | %s%s | %s%s%s | %s |\n", info->name,
                       setting_option((enum setting)s, option), setting_key((enum setting)s, key),
                       allowed(info, text, sizeof text), info->secret ? "; secret" : "",
                       info->default_value && *info->default_value ? "`" : "",
                       info->default_value ? info->default_value : "",
                       info->default_value && *info->default_value ? "`" : "", info->help);
    }
    snprintf(path, sizeof path, "%s/docs/settings.md", root);
    if (update && strcmp(update, "1") == 0)
        write_file(path, buf_text(&b), 0644);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (size_t n; (n = fread(c, 1, sizeof c, f)) > 0;)
        buf_add(&old, c, n);
    fclose(f);
    assert_string_equal(buf_text(&old), buf_text(&b));
    buf_release(&b);
    buf_release(&old);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(defaults),
        IN_FOLDER(the_first_source_wins),
        IN_FOLDER(other_arguments_stay),
        IN_FOLDER(every_kind_in_the_file),
        IN_FOLDER(bad_values_name_the_setting_and_the_range),
        IN_FOLDER(bad_files_name_the_line),
        IN_FOLDER(bad_command_lines),
        cmocka_unit_test(passwords_are_masked),
        cmocka_unit_test(names_of_options_and_keys),
        cmocka_unit_test(the_document_is_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
