#include "base/buf.h"
#include "base/check.h"
#include "edge/bot/ending.h"
#include "edge/bot/runtime.h"

/* What the bot shows of itself, as Prometheus reads it. */

static const char *const lanes[LANES] = {"payment", "reply", "reminder", "broadcast"};
static const char *const outcomes[COUNTED_OUTCOMES] = {"known", "done", "pending", "parked", "refused"};
static const char *const reminders[COUNTED_REMINDERS] = {"claimed", "missed", "quiet", "skipped"};

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct buf *b, const char *name, const char *type, const char *help, uint64_t v)
{
    head(b, name, type, help);
    buf_printf(b, "%s %llu\n", name, (unsigned long long)v);
}

static void labelled(struct buf *b, const char *name, const char *label, const char *value, uint64_t v)
{
    buf_printf(b, "%s{%s=\"%s\"} %llu\n", name, label, value, (unsigned long long)v);
}

static void write_counters(const struct counters *c, struct buf *b)
{
    head(b, "habitd_bot_updates_total", "counter", "Updates that came in, by what became of them.");
    for (size_t i = 0; i < COUNTED_OUTCOMES; i++)
        labelled(b, "habitd_bot_updates_total", "outcome", outcomes[i], counted(&c->updates[i]));
    head(b, "habitd_bot_sends_total", "counter", "Messages that were tried, by lane and end.");
    for (size_t lane = 0; lane < LANES; lane++)
        for (int end = 0; end < COUNTED_ENDS; end++)
            buf_printf(b, "habitd_bot_sends_total{lane=\"%s\",end=\"%s\"} %llu\n", lanes[lane],
                       ending_name((enum outbox_end)end), (unsigned long long)counted(&c->sends[lane][end]));
    one(b, "habitd_bot_unknown_total", "counter",
        "Messages cut off while they were sent, those of an instance that ended included.",
        counted(&c->cut_off));
    one(b, "habitd_bot_unknown_resent_total", "counter", "Of them, those that were sent again.",
        counted(&c->resent));
    one(b, "habitd_bot_rate_limited_total", "counter", "Messages that Telegram refused with 429.",
        counted(&c->refused));
    one(b, "habitd_bot_conflicts_total", "counter", "Polls that Telegram refused with 409.",
        counted(&c->conflicts));
    head(b, "habitd_bot_toasts_total", "counter",
         "Answers to pressed buttons while polling, and those dropped.");
    labelled(b, "habitd_bot_toasts_total", "end", "sent", counted(&c->toasts));
    labelled(b, "habitd_bot_toasts_total", "end", "dropped", counted(&c->toasts_lost));
    head(b, "habitd_bot_checkouts_total", "counter", "Pre-checkout queries, by how they were judged.");
    for (int i = 0; i <= STARS_VERDICTS; i++)
        labelled(b, "habitd_bot_checkouts_total", "verdict",
                 i < STARS_VERDICTS ? stars_verdict_names[i] : "trouble", counted(&c->checkouts[i]));
    one(b, "habitd_bot_checkouts_lost_total", "counter",
        "Answers to pre-checkout queries that did not arrive while polling.", counted(&c->checkouts_lost));
    head(b, "habitd_bot_reminders_total", "counter",
         "Reminders that became due: claimed (queued), missed (too late), quiet, skipped.");
    for (size_t i = 0; i < COUNTED_REMINDERS; i++)
        labelled(b, "habitd_bot_reminders_total", "event", reminders[i], counted(&c->reminders[i]));
    one(b, "habitd_bot_lease_takes_total", "counter", "Times this instance took the bot's lease.",
        counted(&c->takes));
    one(b, "habitd_bot_in_flight", "gauge", "Messages being sent now by this instance.",
        atomic_load_explicit(&c->in_flight, memory_order_relaxed));
}

/* What waits in the database, as the holder saw it some seconds ago. */
static void write_gauges(struct bot *bot, struct buf *b)
{
    struct bot_gauges *g = &bot->gauges;
    pthread_mutex_lock(&g->lock);
    bool known = g->known;
    struct outbox_stats outbox = g->outbox;
    struct inbox_stats inbox = g->inbox;
    struct instant at = g->at;
    pthread_mutex_unlock(&g->lock);
    if (!known)
        return;
    head(b, "habitd_bot_queued", "gauge", "Messages that wait, by lane.");
    for (size_t lane = 0; lane < LANES; lane++)
        labelled(b, "habitd_bot_queued", "lane", lanes[lane], (uint64_t)outbox.queued[lane]);
    head(b, "habitd_bot_queued_oldest_seconds", "gauge",
         "For how long the oldest of them has been due, by lane.");
    for (size_t lane = 0; lane < LANES; lane++) {
        int64_t ms = outbox.queued[lane] > 0 ? instant_diff(at, outbox.oldest[lane]).ms : 0;
        labelled(b, "habitd_bot_queued_oldest_seconds", "lane", lanes[lane],
                 ms > 0 ? (uint64_t)ms / 1000 : 0);
    }
    head(b, "habitd_bot_stored", "gauge", "Messages of the last days, by status.");
    labelled(b, "habitd_bot_stored", "status", "held", (uint64_t)outbox.held);
    labelled(b, "habitd_bot_stored", "status", "sending", (uint64_t)outbox.sending);
    labelled(b, "habitd_bot_stored", "status", "failed", (uint64_t)outbox.failed);
    labelled(b, "habitd_bot_stored", "status", "unknown", (uint64_t)outbox.unknown);
    head(b, "habitd_bot_inbox", "gauge", "Updates and webhooks that were not acted on, by status.");
    labelled(b, "habitd_bot_inbox", "status", "pending", (uint64_t)inbox.pending);
    labelled(b, "habitd_bot_inbox", "status", "parked", (uint64_t)inbox.parked);
}

void bot_write_metrics(void *arg, struct buf *out)
{
    struct bot *b = arg;
    one(out, "habitd_bot_lease_held", "gauge", "Whether this instance has the bot's lease.",
        hold_fence(&b->hold) != 0);
    write_counters(&b->counters, out);
    write_gauges(b, out);
}
