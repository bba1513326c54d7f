#ifndef HABITD_DOMAIN_FIGURES_H
#define HABITD_DOMAIN_FIGURES_H

#include "domain/message/inbox.h"
#include "domain/message/outbox.h"

/* The state of the whole service in numbers, for its operator. */
struct figures {
    struct instant at;
    int64_t people, reachable, premium;            /* not erased; told things by Telegram; on the paid plan */
    int64_t new_day, new_week;                     /* who came in the last 24 hours, 7 days */
    int64_t active_day, active_week, active_month; /* with a mark for today (UTC), the last 7, 30 days */
    int64_t habits, marks_today;
    int64_t reminders_sent, reminders_missed, reminders_waiting; /* of the last 24 hours */
    int64_t broadcasts_running;
    struct outbox_stats outbox;
    struct inbox_stats inbox;
};
/* Looks at every person once: seconds when there are millions. For a read connection, not for a lane. */
enum ecode figures_get(struct ctx *ctx, const void *unused, struct figures *out);

#endif
