#ifndef HABITD_EDGE_BOT_BOT_H
#define HABITD_EDGE_BOT_BOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"

/*
 * The Telegram bot as a running part of the program: it takes updates (by polling, or as webhooks that
 * somebody hands over), sends what is in the outbox, and lets time pass (reminders, summaries, broadcasts).
 * Of several instances on one database the one that holds the lease "bot" does all that; the others store the
 * updates that reach them and wait.
 */
struct bot;
struct buf;
struct secret;
struct service;

struct bot_options {
    struct service *service; /* outlives the bot */
    const char *engine;      /* "sqlite", "postgres": how much one transaction may take; a constant */
    const char *api_url;     /* TELEGRAM_API_URL; the strings outlive the bot */
    struct secret *token;    /* TELEGRAM_BOT_TOKEN; outlives the bot */
    const char *public_url;  /* HABITD_PUBLIC_URL; NULL: updates are polled for */
    struct secret
        *webhook_secret;   /* TELEGRAM_WEBHOOK_SECRET; outlives the bot; NULL: derived from the token */
    int rate_per_s;        /* messages, 1–1000 */
    int64_t alert_chat_id; /* 0: none */
};

/* A bot at rest. E_INVALID: an option (field names the setting). Copies o. */
enum ecode bot_new(const struct bot_options *o, struct bot **out, struct err *err);
/* Begins to work. The service and whatever hands over webhooks should be there. */
void bot_start(struct bot *b);
/*
 * The orderly end: takes no more updates, lets messages that are on their way arrive for at most `limit`,
 * stores what became of them and gives the lease to whoever wants it. The service must still be there; nobody
 * hands over updates any more.
 */
void bot_stop(struct bot *b, struct duration limit);
/* Stopped or never started. NULL-safe. */
void bot_free(struct bot *b);

/* Whether it is what Telegram repeats in each webhook call, or was until a short while ago. arg is the struct
 * bot. Any thread. */
bool bot_knows_secret(void *arg, const char *given);
/* Whether Telegram would take it as such a secret. E_INVALID. */
enum ecode bot_webhook_secret_check(const char *text, struct err *err);

/* The bot's user name without @, "" until Telegram has told it. Fits the HTTP edge's name_source; arg is the
 * struct bot. Any thread. */
const char *bot_name(void *arg);

/*
 * Writes to the operator's chat at once, beside the outbox: for what has to be said while the database does
 * not answer. Waits for Telegram for at most ten seconds. false: it did not arrive, or there is no such chat.
 * Any thread, between bot_start and bot_stop.
 */
bool bot_alarm(struct bot *b, const char *text);

/* A webhook came with a secret that is not the bot's: an alert, one a minute. arg is the struct bot. Any
 * thread. */
void bot_forged(void *arg);

/* One update that came as a webhook. The caller's until bot_take, and again from done() on. */
struct bot_event {
    const char *body; /* as it came; not touched by the caller until done() */
    size_t len;
    void (*done)(struct bot_event *e); /* on a worker's thread */
    void *owner;
    /* the answer, during done() */
    enum ecode code;    /* E_OK: it is stored */
    const char *answer; /* JSON for the answer's body, NULL: none */
};
/* E_OK: done() is called once. E_BUSY: it is not. Any thread. */
enum ecode bot_take(struct bot *b, struct bot_event *e);

/* Prometheus' text. Fits the HTTP edge's metrics_source; arg is the struct bot. Any thread. */
void bot_write_metrics(void *arg, struct buf *out);

#endif
