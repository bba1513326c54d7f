#ifndef HABITD_DOMAIN_DIALOG_H
#define HABITD_DOMAIN_DIALOG_H

#include "domain/ctx.h"

/*
 * Where a person's conversation stands: one row each, so that a restart loses nothing. All for the actor, in
 * a write transaction (dialog_get in any).
 */
#define DIALOG_MESSAGE_NONE (-1)
#define DIALOG_DATA_MAX 16384

struct dialog {
    const char *flow, *step; /* 1 to 40 characters */
    const char *data; /* a JSON object, at most DIALOG_DATA_MAX bytes; may come back spaced otherwise */
    int64_t chat_id;
    int64_t message_id; /* the message that is edited in place; 0: none yet */
    int64_t version;    /* one more with every change */
    struct instant updated_at;
};

/* E_NOT_FOUND when there is none. */
enum ecode dialog_get(struct ctx *ctx, struct dialog *out);
/*
 * Begins one or moves it on. message_id 0 keeps the message there is in that chat, DIALOG_MESSAGE_NONE
 * forgets it: the next one is a new message. *version (may be NULL) is the new one.
 */
enum ecode dialog_set(struct ctx *ctx, const struct dialog *d, int64_t *version);
/* Forgets the message that is edited in place, nothing else: the next one is a new message. Harmless when
 * there is no dialog. */
enum ecode dialog_forget_message(struct ctx *ctx);
/* Harmless when there is none. */
enum ecode dialog_end(struct ctx *ctx);

#endif
