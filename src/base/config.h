#ifndef HABITD_BASE_CONFIG_H
#define HABITD_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "base/secret.h"
#include "base/toml.h"

/*
 * The settings of habitd (CONTRACT "Settings"): one table in config_table.c says what each is called, means,
 * may be and is by default. A value comes from the command line, else the environment (empty counts as
 * unset), else the file, else the default. Every value is checked when it is loaded, wherever it came from,
 * so the getters cannot fail. Read-only after config_load, but for secrets (config_secret): safe to share.
 *
 * HABITD_TRIAL_DAYS is `--trial-days` on the command line and `trial_days` in the file; names without HABITD_
 * keep their first word (`--telegram-bot-token`).
 */
enum setting {
    SETTING_DATABASE_URL,
    SETTING_LISTEN,
    SETTING_PUBLIC_URL,
    SETTING_TRUSTED_PROXIES,
    SETTING_ADMIN_IDS,
    SETTING_ALERT_CHAT_ID,
    SETTING_HEARTBEAT_URL,
    SETTING_ALERT_FILE,
    SETTING_LOG_LEVEL,
    SETTING_LOG_FORMAT,
    SETTING_LOG_DAYS,
    SETTING_LOG_ROWS,
    SETTING_DEFAULT_TIMEZONE,
    SETTING_CURRENCY,
    SETTING_EXTERNAL_PAYMENTS,
    SETTING_RATE_USER_PER_MIN,
    SETTING_RATE_IP_PER_MIN,
    SETTING_TELEGRAM_BOT_TOKEN,
    SETTING_TELEGRAM_API_URL,
    SETTING_TELEGRAM_WEBHOOK_SECRET,
    SETTING_TELEGRAM_RATE_PER_S,
    SETTING_YOOKASSA_SHOP_ID,
    SETTING_YOOKASSA_SECRET_KEY,
    SETTING_YOOKASSA_API_URL,
    SETTING_CRYPTOBOT_TOKEN,
    SETTING_CRYPTOBOT_API_URL,
    SETTING_YOOKASSA_VAT_CODE,
    SETTING_YOOKASSA_RECEIPT_EMAIL,
    SETTING_SANDBOX_PAYMENTS,
    SETTING_DEMO_SIGN_IN,
    SETTING_TRIAL_DAYS,
    SETTING_LIMIT_TRIAL,
    SETTING_LIMIT_FREE,
    SETTING_LIMIT_PREMIUM,
    SETTING_REFERRAL_REWARD,
#ifdef HABITD_TEST_BUILD
    SETTING_NOW,
#endif
    SETTINGS
};

enum setting_kind {
    KIND_STRING,   /* printable text; min, max: bytes */
    KIND_INT,      /* from min to max */
    KIND_BOOL,     /* 0, 1, false, true, no, yes, off, on */
    KIND_ENUM,     /* one of names */
    KIND_INT_LIST, /* integers from min to max, commas between them; an array in the file */
    KIND_CIDRS,    /* networks, commas between them; an array in the file */
    KIND_URL,      /* http:// or https:// */
    KIND_DATABASE, /* sqlite:PATH or postgresql://… */
    KIND_LISTEN,   /* ADDRESS:PORT, [IPv6]:PORT or :PORT */
    KIND_ZONE,     /* an IANA time zone */
    KIND_CURRENCY, /* three to five capital letters */
    KIND_INSTANT,  /* RFC 3339 */
};

struct setting_info {
    const char *name; /* as in the environment */
    enum setting_kind kind;
    bool secret;               /* never shown */
    bool rotates;              /* config_take_secrets replaces it; KIND_STRING, at most SECRET_BYTES_MAX */
    bool env_only;             /* neither an option nor a key of the file */
    int64_t min, max;          /* of numbers, and of the bytes of strings */
    const char *const *names;  /* of KIND_ENUM, NULL-terminated */
    const char *default_value; /* NULL: not set */
    const char *help;          /* one sentence */
};
extern const struct setting_info setting_table[SETTINGS];

/* Values of HABITD_SANDBOX_PAYMENTS. */
enum sandbox_mode { SANDBOX_OFF, SANDBOX_INSTANT, SANDBOX_PAGE };

struct config;

/*
 * Takes every `--name=value` and `--name value` that is a setting, and `--config FILE`, out of argv (argv[0]
 * stays, what is left moves up, *argc shrinks; everything behind `--` is left alone), reads the environment
 * and the file (`--config`, else ./habitd.toml if there is one) and checks everything. E_INVALID: `field` is
 * the setting's name, the text says where the value came from and what is allowed; E_MALFORMED or E_IO: the
 * file. `env` is environ's form, NULL: none. Free with config_free.
 */
enum ecode config_load(int *argc, char **argv, char *const *env, struct config **out, struct err *err);
void config_free(struct config *c);

/* The value of a setting that rotates, NULL when not set. Any thread; as long as c. */
struct secret *config_secret(const struct config *c, enum setting s);

/*
 * Reads again what c was made of: the same command line and environment, and the file as it is now.
 * E_INVALID, E_MALFORMED, E_IO as config_load; also E_INVALID when a secret that c has is in no place any
 * more, or is in a file that everybody may read. Free with config_free.
 */
enum ecode config_load_again(const struct config *c, char *const *env, struct config **out, struct err *err);
/* Takes over the secrets that differ and that c has; returns how many. One thread. */
int config_take_secrets(const struct config *c, const struct config *fresh);

/* The value as text as it was at the start, NULL when not set. Any kind. */
const char *config_string(const struct config *c, enum setting s);
/* Of KIND_INT; 0 when not set. */
int64_t config_i64(const struct config *c, enum setting s);
/* Of KIND_BOOL; false when not set. */
bool config_bool(const struct config *c, enum setting s);
/* The index into the table's names. */
int config_enum(const struct config *c, enum setting s);
/* Of KIND_INT_LIST; NULL and 0 when empty. Owned by c. */
const int64_t *config_i64_list(const struct config *c, enum setting s, size_t *n);

/* "127.0.0.1:8080", "[::1]:8080", ":8080" (every address). */
struct listen_address {
    char host[64]; /* numeric or a name, without brackets; "" means every address */
    uint16_t port; /* 0: any free one */
};
struct listen_address config_listen(const struct config *c, enum setting s);
bool listen_parse(const char *text, struct listen_address *out);

/* The file's whole tree, for tables that other modules read (plans, currencies); NULL when there is no file.
 */
const struct toml_value *config_file(const struct config *c);
/* A remark for the operator (the file holds secrets and others may read it), NULL: none. */
const char *config_warning(const struct config *c);

/* What `habitd config` prints. `value` is "" when not set; secrets are "****", passwords in URLs too. Valid
 * as long as c. */
struct config_entry {
    const char *name, *value,
        *origin; /* origin: "command line", "environment", "habitd.toml:12", "default" */
};
struct config_entry config_describe(const struct config *c, enum setting s);
/* The option's name, "--database-url", into out. */
char *setting_option(enum setting s, char out[64]);
/* The key in habitd.toml, "database_url", into out. */
char *setting_key(enum setting s, char out[64]);

/* A URL with "****" in place of its password, and of a `password=` parameter. Free with free(). */
char *url_masked(const char *url);

#endif
