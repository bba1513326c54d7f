#ifndef HABITD_EDGE_BOT_APP_H
#define HABITD_EDGE_BOT_APP_H

#include <stdint.h>
#include "domain/service.h"

struct board;

/* What every part of the bot needs to know; made once by the runtime, read-only but for the name and the
 * board. */
struct bot_app {
    struct service *service;
    const char *_Atomic username; /* the bot's, without @; "" until Telegram has told it */
    const char *public_url;       /* NULL: none */
    int64_t alert_chat_id;        /* 0: none */
    struct board *board;          /* what admins see; NULL: read where it is drawn */
};

#endif
