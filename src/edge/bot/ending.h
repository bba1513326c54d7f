#ifndef HABITD_EDGE_BOT_ENDING_H
#define HABITD_EDGE_BOT_ENDING_H

#include "base/rng.h"
#include "domain/message/outbox.h"
#include "net/telegram.h"

/* What Telegram's verdict on a message means for its row and for those that wait behind it. Pure. */

enum ending_pace {
    ENDING_WORKED,  /* it was answered: there is no outage */
    ENDING_FAILED,  /* perhaps there is one */
    ENDING_REFUSED, /* 429: its chat waits, and everybody for a while */
    ENDING_STOPPED  /* nothing can be sent with this token now: everybody waits */
};

struct ending {
    enum outbox_end end;
    bool no_fault;        /* END_RETRY: the attempt does not count */
    struct duration wait; /* the chat's, before its next message; 0: none beside the usual second */
    enum ending_pace pace;
};

/* The end of a call for `item`. rng: jitter of back-offs. */
struct ending ending_of(enum tg_verdict verdict, const struct tg_answer *answer,
                        const struct outbox_item *item, struct rng *rng);
/* "sent", for logs and metrics. */
const char *ending_name(enum outbox_end end);

#endif
