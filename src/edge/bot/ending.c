#include "edge/bot/ending.h"

#include <string.h>
#include "base/check.h"
#include "edge/bot/pace.h"

#define STOPPED_S 30

static bool edits(const struct outbox_item *item)
{
    return item->message_id != 0 && strncmp(item->method, "edit", 4) == 0;
}

struct ending ending_of(enum tg_verdict verdict, const struct tg_answer *answer,
                        const struct outbox_item *item, struct rng *rng)
{
    switch (verdict) {
    case TG_SENT:
    case TG_ALREADY:
        return (struct ending){END_SENT, false, {0}, ENDING_WORKED};
    case TG_RETRY_AFTER:
        return (struct ending){END_RETRY, true, duration_seconds(answer->retry_after_s), ENDING_REFUSED};
    case TG_BLOCKED:
        return (struct ending){END_BLOCKED, false, {0}, ENDING_WORKED};
    case TG_GONE: /* what was to be edited; a method about something else that is gone has nothing to do */
        return (struct ending){edits(item) ? END_REPLACE : END_FAILED, false, {0}, ENDING_WORKED};
    case TG_REFUSED:
        return (struct ending){END_FAILED, false, {0}, ENDING_WORKED};
    case TG_UNAUTHORIZED:
    case TG_CONFLICT:
        return (struct ending){END_RETRY, true, duration_seconds(STOPPED_S), ENDING_STOPPED};
    case TG_SERVER_ERROR:
        return (struct ending){END_RETRY, false, pace_backoff(item->attempts, rng), ENDING_FAILED};
    case TG_NOT_SENT: /* says nothing about the message; how long the outage is awaited is the pace's */
        return (struct ending){END_RETRY, true, pace_backoff(1, rng), ENDING_FAILED};
    case TG_UNKNOWN:
        return (struct ending){END_UNKNOWN, false, pace_backoff(item->unknowns + 1, rng), ENDING_FAILED};
    }
    CHECK(!"a verdict of tg_verdict");
    return (struct ending){END_FAILED, false, {0}, ENDING_WORKED};
}

const char *ending_name(enum outbox_end end)
{
    static const char *const names[] = {
        [END_SENT] = "sent",       [END_RETRY] = "retried",   [END_FAILED] = "failed",
        [END_UNKNOWN] = "unknown", [END_BLOCKED] = "blocked", [END_REPLACE] = "replaced",
        [END_DROPPED] = "dropped"};
    CHECK((size_t)end < ARRAY_LEN(names));
    return names[end];
}
