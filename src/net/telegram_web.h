#ifndef HABITD_NET_TELEGRAM_WEB_H
#define HABITD_NET_TELEGRAM_WEB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"

/*
 * Telegram's word for who opened a Mini App: initData, a query string whose member "hash" is the
 * HMAC-SHA256 of the others, sorted, a line each, under HMAC-SHA256("WebAppData", the bot's token).
 */
struct tg_init_data {
    int64_t user_id;
    const char *first_name, *username, *language_code; /* NULL: not told */
    const char *start_param;                           /* of the link that was followed; NULL: none */
    struct instant auth_date;                          /* how old it may be is the reader's to decide */
};

/*
 * E_UNAUTHENTIC reason "init_data_invalid": it was not made by Telegram for the bot of this token, or names
 * no person. Texts live in the arena.
 */
enum ecode tg_init_data_read(struct arena *a, const char *token, const char *text, size_t len,
                             struct tg_init_data *out, struct err *err);

#endif
