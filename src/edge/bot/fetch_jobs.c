#include "edge/bot/fetch_jobs.h"

#include <string.h>
#include "domain/op.h"
#include "edge/bot/args.h"
#include "edge/bot/import_report.h"

bool fetch_is_hopeless(const struct outbox_item *item)
{
    return item->attempts > FETCH_TRIES || item->unknowns + 1 >= OUTBOX_UNKNOWNS_MAX;
}

enum ecode fetch_claim(struct ctx *ctx, const struct fetch_lease *l, struct outbox_item *out)
{
    struct outbox_claim_query q = {.channel = IMPORT_CHANNEL,
                                   .fence = l->fence,
                                   .lease_ttl = l->ttl,
                                   .max = {[LANE_PAYMENT] = 1},
                                   .max_all = 1};
    struct outbox_claimed claimed;
    enum ecode rc = outbox_claim(ctx, &q, &claimed);
    if (rc != E_OK)
        return rc;
    if (claimed.count == 0)
        return err_set(&ctx->err, E_NOT_FOUND, "no file is waited for");
    *out = claimed.items[0];
    return E_OK;
}

/* Ends the row, which is what makes all of the transaction happen once: after a take-over it is not ours. */
static enum ecode end(struct ctx *ctx, const struct fetch_lease *l, const struct outbox_item *item,
                      struct outbox_result *r)
{
    struct outbox_tally t;
    r->user_id = item->user_id;
    r->id = item->id;
    enum ecode rc = outbox_settle(ctx, l->fence, r, 1, &t);
    if (rc == E_OK && t.sent + t.retried + t.failed + t.dropped == 0)
        rc = err_set(&ctx->err, E_CONFLICT, "the errand is somebody else's by now");
    return rc;
}

static enum ecode tell(struct ctx *ctx, const struct outbox_item *item, const struct import_errand *e,
                       const char *args, const struct import_report *report)
{
    struct outbox_draft d = {
        .user_id = item->user_id,
        .lane = LANE_REPLY,
        .chat_id = item->chat_id,
        .message_id = e->message_id,
        .view = "import",
        .args = args,
        .payload = import_report_write(ctx->arena, report),
    };
    return outbox_add(ctx, &d, NULL);
}

enum ecode fetch_fail(struct ctx *ctx, const struct fetch_lease *l, const struct outbox_item *item,
                      const char *why)
{
    struct import_report report = {.name = "", .detail = "", .first = day_none(), .last = day_none()};
    struct import_errand e;
    enum ecode rc = E_OK;
    if (import_errand_read(ctx->arena, item->payload, &e))
        rc = tell(ctx, item, &e, arena_printf(ctx->arena, "failed:%s", why), &report);
    return rc == E_OK ? end(ctx, l, item, &(struct outbox_result){.end = END_FAILED, .error = why}) : rc;
}

enum ecode fetch_retry(struct ctx *ctx, const struct fetch_lease *l, const struct outbox_item *item,
                       const char *error)
{
    if (item->attempts >= FETCH_TRIES)
        return fetch_fail(ctx, l, item, "lost");
    return end(ctx, l, item, &(struct outbox_result){.end = END_RETRY, .error = error});
}

/* --- the import itself --------------------------------------------------------------------------------- */

struct work {
    struct import_request request;
    struct import_result result;
    const struct outbox_item *item;
};

static enum ecode run(struct ctx *ctx, void *arg)
{
    struct work *w = arg;
    enum ecode rc = ctx_act_as(ctx, &w->item->user_id);
    return rc == E_OK ? op_run(ctx, &OP_import, &w->request, &w->result) : rc;
}

/* What to tell when the file cannot be imported; NULL: that is no matter of the file. */
static const char *reason(const struct ctx *ctx, enum ecode rc)
{
    switch (rc) {
    case E_MALFORMED:
        return "broken";
    case E_INVALID:
        return strcmp(ctx->err.field, "format") == 0 ? "format" : "broken";
    case E_TOO_LARGE:
        return "large";
    case E_LIMIT:
        return "limit";
    default:
        return NULL;
    }
}

enum ecode fetch_import(struct ctx *ctx, const struct fetch_lease *l, const struct outbox_item *item,
                        const void *data, size_t len)
{
    struct work w = {.item = item, .request = {.data = data, .len = len}};
    struct import_report report = {.detail = "", .first = day_none(), .last = day_none()};
    struct import_errand e;
    char id[ARG_ID];
    if (!import_errand_read(ctx->arena, item->payload, &e))
        return fetch_fail(ctx, l, item, "lost");
    w.request.dry_run = !e.real;
    w.request.restore = e.restore;
    enum ecode rc = ctx_try(ctx, run, &w);
    if (rc == E_NOT_FOUND) /* the person was erased meanwhile */
        return end(ctx, l, item, &(struct outbox_result){.end = END_DROPPED});
    const char *why = rc == E_OK ? NULL : reason(ctx, rc);
    if (rc != E_OK && !why)
        return rc;
    if (rc == E_OK)
        import_report_fill(&w.result, e.name, &report);
    else
        report.detail = arena_strdup(ctx->arena, ctx->err.text);
    report.name = e.name;
    err_clear(&ctx->err);
    const char *args = why      ? arena_printf(ctx->arena, "failed:%s", why)
                       : e.real ? "done"
                                : arena_printf(ctx->arena, "check:%s", arg_id(&item->id, id));
    rc = tell(ctx, item, &e, args, &report);
    return rc == E_OK ? end(ctx, l, item, &(struct outbox_result){.end = END_SENT}) : rc;
}
