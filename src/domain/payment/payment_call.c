#include "domain/payment/payment_call.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/payment/payment_internal.h"
#include "payment_call.sql.h"

#define ARGS_MAX 4096

static const char *const call_names[] = {
    [CALL_CREATE] = "payment.create",  [CALL_READ] = "payment.read", [CALL_REFUND] = "payment.refund",
    [CALL_STOP] = "subscription.stop", [CALL_LOOK] = "object.look",  [CALLS] = NULL,
};

const char *payment_channel(enum payment_provider provider)
{
    static const char *const channels[PROVIDERS] = {
        [PROVIDER_STARS] = "stars",
        [PROVIDER_YOOKASSA] = "yookassa",
        [PROVIDER_CRYPTOBOT] = "cryptobot",
        [PROVIDER_SANDBOX] = "sandbox",
    };
    CHECK(provider < PROVIDERS);
    return channels[provider];
}

static const char *args_text(struct ctx *ctx, const struct payment_call_args *args)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, ARGS_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    if (args->charge)
        json_field_string(&w, "charge", args->charge);
    if (args->amount)
        json_field_i64(&w, "amount", args->amount);
    if (args->ref)
        json_field_string(&w, "ref", args->ref);
    if (args->payer)
        json_field_i64(&w, "payer", args->payer);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

enum ecode payment_ask(struct ctx *ctx, const struct payment *p, enum payment_call call,
                       const struct payment_call_args *args)
{
    CHECK(payment_channel(p->provider) != NULL);
    struct outbox_draft draft = {
        .user_id = p->user_id,
        .channel = payment_channel(p->provider),
        .lane = LANE_PAYMENT,
        .method = call_names[call],
        .payload = args_text(ctx, args),
        .ref_id = p->id,
    };
    return outbox_add(ctx, &draft, NULL);
}

enum ecode payment_look(struct ctx *ctx, enum payment_provider provider, const char *what, const char *id)
{
    struct outbox_draft draft = {
        .channel = payment_channel(provider),
        .lane = LANE_PAYMENT,
        .method = call_names[CALL_LOOK],
        .payload = args_text(ctx, &(struct payment_call_args){.charge = id, .ref = what}),
    };
    return outbox_add(ctx, &draft, NULL);
}

/* --- reading ----------------------------------------------------------------------------------------- */

static const struct json_field args_rows[] = {
    {JSON_MEMBER(struct payment_call_args, charge), FIELD_STRING, .max = PAYMENT_REF_BYTES_MAX},
    {JSON_MEMBER(struct payment_call_args, amount), FIELD_I64, .min = 1, .max = INT64_MAX},
    {JSON_MEMBER(struct payment_call_args, ref), FIELD_STRING, .max = PAYMENT_REF_BYTES_MAX},
    {JSON_MEMBER(struct payment_call_args, payer), FIELD_I64, .min = 1, .max = INT64_MAX},
};

static enum ecode read_args(struct ctx *ctx, const struct outbox_item *item, struct payment_call_args *out)
{
    struct json_seen seen;
    json_t *root;
    const char *text = item->payload ? item->payload : "{}";
    enum ecode rc = json_read(ctx->arena, text, strlen(text), true, &root, &ctx->err);
    if (rc == E_OK)
        rc = json_object_read(ctx->arena, root, "", args_rows, ARRAY_LEN(args_rows), JSON_WHOLE, out, &seen,
                              &ctx->err);
    return rc == E_OK ? rc : err_set(&ctx->err, E_CORRUPT, "a call to a provider has unreadable arguments");
}

/* Who pays; of an erased person nothing is known. */
static enum ecode load_payer(struct ctx *ctx, const struct uuid *user_id, struct payment_errand *out)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_call_payer);
    stmt_bind_uuid(q, 1, user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    out->telegram_id = stmt_i64(q, 0); /* NULL reads as 0 */
    out->language_code = arena_strdup(ctx->arena, stmt_text(q, 1));
    out->contact = arena_strdup(ctx->arena, stmt_text(q, 2));
    stmt_end(q);
    return E_OK;
}

enum ecode payment_errand_load(struct ctx *ctx, const struct outbox_item *item, struct payment_errand *out)
{
    struct payment_row row;
    struct payment_call_args args = {.charge = "", .ref = ""};
    struct payment_errand e = {.call = (enum payment_call)name_index(call_names, item->method)};
    if ((int)e.call < 0)
        return err_set(&ctx->err, E_CORRUPT, "a row on a provider's channel is no call to it");
    enum ecode rc = read_args(ctx, item, &args);
    if (rc != E_OK)
        return rc;
    e.charge = args.charge;
    e.ref = args.ref;
    e.amount = args.amount;
    e.language_code = "";
    if (e.call != CALL_LOOK) {
        rc = payment_row_load(ctx, &item->user_id, &item->ref_id, &row);
        if (rc == E_OK)
            rc = load_payer(ctx, &item->user_id, &e);
        if (rc != E_OK)
            return rc;
        if (e.telegram_id == 0)
            e.telegram_id = args.payer;
        e.payment = row.p;
        e.save_method = row.save_method;
    }
    *out = e;
    return E_OK;
}
