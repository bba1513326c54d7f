#include "cli/reload.h"

#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "domain/alert/alert.h"
#include "domain/task.h"
#include "edge/bot/bot.h"

#define ARENA_BYTES (1024u * 1024)
#define FINGERPRINT_SECRETS "secrets.refused"

struct outcome {
    const struct err *err; /* NULL: they were taken over */
};

static enum ecode run_tell(struct job *j, struct ctx *ctx)
{
    const struct outcome *o = j->owner;
    if (o->err == NULL)
        return alert_clear(ctx, FINGERPRINT_SECRETS);
    struct alert_draft draft = {.fingerprint = FINGERPRINT_SECRETS,
                                .severity = ALERT_WARNING,
                                .title = "The secrets were not read again",
                                .detail = o->err->text};
    return alert_raise(ctx, &draft);
}

static const struct job_kind kind_tell = {"secrets.tell", JOB_WRITE, run_tell, NULL, task_done};

static void tell(struct service *s, const struct err *problem)
{
    struct err err = {.code = E_OK};
    struct outcome outcome = {problem};
    struct arena *arena = arena_new(ARENA_BYTES);
    if (task_run(s, &kind_tell, arena, &outcome, &err) != E_OK)
        log_event(LOG_WARN, "no alert says how reading the secrets went", log_err(&err));
    arena_free(arena);
}

/* A token is its bot's number, a colon, and what changes. */
static enum ecode check_token(const struct config *c, const struct config *fresh, struct err *err)
{
    const char *old = config_string(c, SETTING_TELEGRAM_BOT_TOKEN);
    const char *text = config_string(fresh, SETTING_TELEGRAM_BOT_TOKEN);
    size_t n = old != NULL ? strcspn(old, ":") : 0;
    if (old == NULL || (strncmp(old, text, n) == 0 && text[n] == old[n]))
        return E_OK;
    return err_field(err, "TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN is another bot's; that takes a restart");
}

static enum ecode check(const struct config *c, const struct config *fresh, struct err *err)
{
    const char *webhook_secret = config_string(fresh, SETTING_TELEGRAM_WEBHOOK_SECRET);
    enum ecode rc = check_token(c, fresh, err);
    if (rc == E_OK && webhook_secret != NULL)
        rc = bot_webhook_secret_check(webhook_secret, err);
    return rc;
}

void reload_secrets(struct cli *cli, struct service *s)
{
    struct err err = {.code = E_OK};
    struct config *fresh = NULL;
    enum ecode rc = config_load_again(cli->config, environ, &fresh, &err);
    if (rc == E_OK)
        rc = check(cli->config, fresh, &err);
    if (rc == E_OK)
        log_event(LOG_INFO, "the secrets were read again",
                  log_i64("replaced", config_take_secrets(cli->config, fresh)));
    else
        log_event(LOG_ERROR, "the secrets were not read again", log_err(&err));
    config_free(fresh);
    tell(s, rc == E_OK ? NULL : &err);
}
