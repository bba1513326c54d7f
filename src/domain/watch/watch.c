#include "domain/watch/watch.h"

#include <stdlib.h>
#include "base/check.h"
#include "domain/alert/alert.h"
#include "domain/health/health.h"
#include "domain/lease/lease.h"
#include "store/partition.h"
#include "watch.sql.h"

static const struct {
    const char *fingerprint, *title;
    enum alert_severity severity;
    bool at_once; /* nothing that passes by itself */
} conditions[WATCH_CONDITIONS] = {
    [WATCH_BOT] = {"health.bot", "The bot does not work", ALERT_CRITICAL, false},
    [WATCH_REMINDERS] = {"reminders.late", "Reminders are late", ALERT_CRITICAL, false},
    [WATCH_OUTBOX] = {"outbox.stuck", "Messages do not leave", ALERT_CRITICAL, false},
    [WATCH_INBOX] = {"inbox.stuck", "What comes in is not acted on", ALERT_CRITICAL, false},
    [WATCH_PARTITIONS] = {"partitions.behind", "The partitions of the next time are missing", ALERT_WARNING,
                          false},
    [WATCH_DISK] = {"disk.low", "The disk is nearly full", ALERT_CRITICAL, true},
    [WATCH_CLOCK] = {"clock.stepped", "The clock was set", ALERT_WARNING, true},
};

static const char *seconds(struct ctx *ctx, const char *what, int64_t ms)
{
    return arena_printf(ctx->arena, "%s %lld s", what, (long long)(ms / 1000));
}

static enum ecode look_at_bot(struct ctx *ctx, struct watch_findings *f)
{
    struct health_query q = {.bot = true};
    struct health h;
    enum ecode rc = health_check(ctx, &q, &h);
    if (rc != E_OK || !h.current)
        return rc;
    if (!h.bot_held)
        f->detail[WATCH_BOT] = "no instance has its lease";
    else if (h.bot_problem)
        f->detail[WATCH_BOT] = h.bot_problem;
    if (h.remind_lag.ms > HEALTH_LAG_MAX_MS)
        f->detail[WATCH_REMINDERS] = seconds(ctx, "the oldest has been due for", h.remind_lag.ms);
    return E_OK;
}

/* Column i of the query's row is a moment; how long ago that is, 0: it is NULL. */
static int64_t age(struct ctx *ctx, struct stmt *q, int i)
{
    return stmt_is_null(q, i) ? 0 : instant_diff(ctx->now, stmt_time(q, i)).ms;
}

static enum ecode look_at_queues(struct ctx *ctx, struct watch_findings *f)
{
    struct stmt *q = db_query(ctx->db, &Q_watch_oldest_message);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    int64_t payment = age(ctx, q, 0), reply = age(ctx, q, 1), oldest = payment > reply ? payment : reply;
    stmt_end(q);
    if (oldest > WATCH_MESSAGE_MS)
        f->detail[WATCH_OUTBOX] = seconds(ctx, "the oldest has waited for", oldest);
    q = db_query(ctx->db, &Q_watch_oldest_arrival);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    int64_t arrival = age(ctx, q, 0);
    stmt_end(q);
    if (arrival > WATCH_ARRIVAL_MS)
        f->detail[WATCH_INBOX] = seconds(ctx, "the oldest has waited for", arrival);
    return E_OK;
}

static enum ecode look_at_partitions(struct ctx *ctx, struct watch_findings *f)
{
    bool ahead;
    enum ecode rc = partition_is_ahead(ctx->db, day_of((int32_t)(ctx->now.ms / 86400000)), &ahead);
    if (rc == E_OK && !ahead)
        f->detail[WATCH_PARTITIONS] = "habitd makes them every hour; its log says what hinders it";
    return rc;
}

enum ecode watch_look(struct ctx *ctx, const struct watch_query *in, struct watch_findings *out)
{
    struct watch_findings f = {{NULL}};
    enum ecode rc = in->bot ? look_at_bot(ctx, &f) : E_OK;
    if (rc == E_OK)
        rc = look_at_queues(ctx, &f);
    if (rc == E_OK)
        rc = look_at_partitions(ctx, &f);
    if (in->disk_free_mib >= 0 &&
        (in->disk_free_mib < WATCH_DISK_MIB || in->disk_free_percent < WATCH_DISK_PERCENT))
        f.detail[WATCH_DISK] = arena_printf(ctx->arena, "%lld MiB are left, %d %%",
                                            (long long)in->disk_free_mib, in->disk_free_percent);
    if (in->clock_step_s != 0)
        f.detail[WATCH_CLOCK] =
            arena_printf(ctx->arena, "by %lld s %s", (long long)llabs((long long)in->clock_step_s),
                         in->clock_step_s > 0 ? "forward" : "back");
    if (rc == E_OK)
        *out = f;
    return rc;
}

bool watch_is_calm(const struct watch_findings *f)
{
    for (int i = 0; i < WATCH_CONDITIONS; i++)
        if (f->detail[i])
            return false;
    return true;
}

enum ecode watch_tell(struct ctx *ctx, const struct uuid *holder, struct duration lease_ttl,
                      const struct watch_findings *before, const struct watch_findings *now, int64_t *fence)
{
    *fence = 0;
    enum ecode rc = lease_take(ctx, LEASE_WATCH, holder, lease_ttl, fence);
    if (rc == E_CONFLICT) {
        err_clear(&ctx->err);
        return E_OK;
    }
    for (int i = 0; i < WATCH_CONDITIONS && rc == E_OK; i++) {
        struct alert_draft draft = {.fingerprint = conditions[i].fingerprint,
                                    .severity = conditions[i].severity,
                                    .title = conditions[i].title,
                                    .detail = now->detail[i]};
        if (!now->detail[i])
            rc = alert_clear(ctx, draft.fingerprint);
        else if (before->detail[i] || conditions[i].at_once)
            rc = alert_raise(ctx, &draft);
    }
    return rc;
}
