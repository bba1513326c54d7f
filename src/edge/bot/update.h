#ifndef HABITD_EDGE_BOT_UPDATE_H
#define HABITD_EDGE_BOT_UPDATE_H

#include "domain/message/inbox.h"
#include "edge/bot/app.h"

/*
 * One update on its way in: stored in the inbox and acted on in the same transaction, one commit for many
 * people. The caller owns it and everything it points to from bot_update_submit until done().
 */
struct bot_update {
    const char *body; /* as Telegram sent it */
    size_t len;
    struct arena *arena;                /* BOT_UPDATE_ARENA_BYTES; not touched by the caller until done */
    bool append_only;                   /* only stored: whoever acts on what waits acts on it too */
    void (*done)(struct bot_update *u); /* on a worker's thread, after the commit */
    void *owner;
    /* the answer */
    enum ecode code; /* E_OK: it is stored, and need not come again */
    struct err err;
    enum inbox_outcome outcome;
    /* A call of answerCallbackQuery or answerPreCheckoutQuery as the answer to a webhook takes it: the
     * method's name is a member. NULL: none is due. */
    const char *answer;
    int checkout;   /* how a pre-checkout query was judged, see checkout.h; −1: it is none */
    struct job job; /* the bot's */
    const struct bot_app *app;
    struct inbox_item item;
    const void *parsed; /* NULL: it could not be read */
};
#define BOT_UPDATE_ARENA_BYTES (16u * 1024 * 1024)

/* Reads it and hands it to the write lane. E_OK: done() will be called once. E_BUSY: it will not. Any thread.
 */
enum ecode bot_update_submit(const struct bot_app *app, struct bot_update *u);
struct bot_update_retry {
    const struct bot_app *app;
    const char *answer; /* as in struct bot_update; the context's arena */
};
/* The handler for inbox_again: reads a stored update and acts on it. `retry` is a struct bot_update_retry. */
enum ecode bot_update_again(struct ctx *ctx, const struct inbox_item *item, void *retry);

#endif
