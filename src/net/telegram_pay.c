#include "net/telegram_pay.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "net/json_shape.h"
#include "net/telegram_priv.h"

/* ---- parameters ---- */

void tg_invoice_params(struct buf *out, const struct tg_invoice *invoice)
{
    struct json_writer w;
    CHECK(invoice->stars > 0 && strlen(invoice->payload) <= TG_PAYLOAD_BYTES_MAX && *invoice->payload);
    CHECK(!(invoice->subscription && invoice->start_parameter));
    CHECK(!invoice->subscription || invoice->stars <= TG_SUBSCRIPTION_STARS_MAX);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_cut(&w, "title", invoice->title, TG_INVOICE_TITLE_MAX);
    json_field_cut(&w, "description", invoice->description, TG_INVOICE_DESCRIPTION_MAX);
    json_field_string(&w, "payload", invoice->payload);
    json_field_string(&w, "currency", TG_STARS);
    json_key(&w, "prices");
    json_array_begin(&w);
    json_object_begin(&w);
    json_field_cut(&w, "label", invoice->title, TG_INVOICE_TITLE_MAX);
    json_field_i64(&w, "amount", invoice->stars);
    json_object_end(&w);
    json_array_end(&w);
    if (invoice->start_parameter)
        json_field_string(&w, "start_parameter", invoice->start_parameter);
    if (invoice->subscription)
        json_field_i64(&w, "subscription_period", TG_SUBSCRIPTION_PERIOD_S);
    json_object_end(&w);
    json_writer_finish(&w);
}

void tg_checkout_params(struct buf *out, const char *query_id, const char *refusal)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_string(&w, "pre_checkout_query_id", query_id);
    json_field_bool(&w, "ok", !refusal);
    if (refusal)
        json_field_string(&w, "error_message", refusal);
    json_object_end(&w);
    json_writer_finish(&w);
}

static void charge_begin(struct json_writer *w, struct buf *out, int64_t user_id, const char *charge_id)
{
    json_writer_init(w, out);
    json_object_begin(w);
    json_field_i64(w, "user_id", user_id);
    json_field_string(w, "telegram_payment_charge_id", charge_id);
}

void tg_star_refund_params(struct buf *out, int64_t user_id, const char *charge_id)
{
    struct json_writer w;
    charge_begin(&w, out, user_id, charge_id);
    json_object_end(&w);
    json_writer_finish(&w);
}

void tg_star_subscription_params(struct buf *out, int64_t user_id, const char *charge_id, bool canceled)
{
    struct json_writer w;
    charge_begin(&w, out, user_id, charge_id);
    json_field_bool(&w, "is_canceled", canceled);
    json_object_end(&w);
    json_writer_finish(&w);
}

void tg_star_transactions_params(struct buf *out, int64_t offset, int limit)
{
    struct json_writer w;
    CHECK(offset >= 0 && limit >= 1 && limit <= TG_TRANSACTIONS_MAX);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_i64(&w, "offset", offset);
    json_field_i64(&w, "limit", limit);
    json_object_end(&w);
    json_writer_finish(&w);
}

/* ---- results ---- */

enum ecode tg_text_parse(struct arena *a, struct json_span result, const char **out, struct err *err)
{
    struct buf b;
    json_t *root = NULL;
    struct json_seen seen;
    struct {
        const char *text;
    } body = {NULL};
    const struct json_field row = {.name = "result",
                                   .offset = 0,
                                   .size = sizeof body.text,
                                   FIELD_STRING,
                                   FIELD_REQUIRED,
                                   .min = 1,
                                   .max = 4096};
    buf_init(&b, result.len + 16);
    buf_str(&b, "{\"result\":");
    buf_add(&b, result.text, result.len);
    buf_char(&b, '}');
    enum ecode rc = json_read(a, buf_text(&b), b.len, true, &root, err);
    buf_release(&b);
    if (rc)
        return err_set(err, E_MALFORMED, "Telegram's answer cannot be read");
    rc = json_object_read(a, root, "", &row, 1, JSON_WHOLE, &body, &seen, err);
    if (!rc)
        *out = body.text;
    return rc;
}

struct partner_user_body {
    int64_t id;
};
static const struct json_field partner_user_rows[] = {
    {JSON_MEMBER(struct partner_user_body, id), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = TG_ID_MAX},
};
static const struct json_shape partner_user_shape = {partner_user_rows, ARRAY_LEN(partner_user_rows), NULL};

struct partner_body {
    const char *type, *transaction_type, *invoice_payload;
    json_t *user;
};
static const struct json_field partner_rows[] = {
    {JSON_MEMBER(struct partner_body, type), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 64},
    {JSON_MEMBER(struct partner_body, transaction_type), FIELD_STRING, .max = 64},
    {JSON_MEMBER(struct partner_body, invoice_payload), FIELD_STRING, .max = 1024},
    {JSON_MEMBER(struct partner_body, user), FIELD_OBJECT},
};
static const struct json_shape *const partner_inner[ARRAY_LEN(partner_rows)] = {NULL, NULL, NULL,
                                                                                &partner_user_shape};
static const struct json_shape partner_shape = {partner_rows, ARRAY_LEN(partner_rows), partner_inner};

struct transaction_body {
    const char *id;
    int64_t amount, date;
    json_t *source, *receiver;
};
static const struct json_field transaction_rows[] = {
    {JSON_MEMBER(struct transaction_body, id), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 1024},
    {JSON_MEMBER(struct transaction_body, amount), FIELD_I64, FIELD_REQUIRED, .min = 0, .max = TG_ID_MAX},
    {JSON_MEMBER(struct transaction_body, date), FIELD_I64, FIELD_REQUIRED, .min = 0,
     .max = TG_ID_MAX / 1000},
    {JSON_MEMBER(struct transaction_body, source), FIELD_OBJECT},
    {JSON_MEMBER(struct transaction_body, receiver), FIELD_OBJECT},
};
static const struct json_shape *const transaction_inner[ARRAY_LEN(transaction_rows)] = {
    NULL, NULL, NULL, &partner_shape, &partner_shape};
static const struct json_shape transaction_shape = {transaction_rows, ARRAY_LEN(transaction_rows),
                                                    transaction_inner};

static enum ecode read_transaction(struct arena *a, struct json_span span, struct tg_star_transaction *out,
                                   struct err *err)
{
    struct transaction_body b = {.id = NULL};
    struct partner_body p = {.type = "", .transaction_type = ""};
    struct partner_user_body user = {0};
    struct json_seen seen;
    json_t *root = NULL;
    enum ecode rc = json_shape_read(a, span.text, span, &transaction_shape, &root, err);
    if (!rc)
        rc = json_object_read(a, root, "", transaction_rows, ARRAY_LEN(transaction_rows), JSON_WHOLE, &b,
                              &seen, err);
    json_t *partner = b.source ? b.source : b.receiver;
    if (!rc && partner)
        rc = json_object_read(a, partner, b.source ? "source" : "receiver", partner_rows,
                              ARRAY_LEN(partner_rows), JSON_WHOLE, &p, &seen, err);
    if (!rc && p.user)
        rc = json_object_read(a, p.user, "user", partner_user_rows, ARRAY_LEN(partner_user_rows), JSON_WHOLE,
                              &user, &seen, err);
    if (rc)
        return rc;
    bool invoice = strcmp(p.type, "user") == 0 && strcmp(p.transaction_type, "invoice_payment") == 0;
    *out = (struct tg_star_transaction){
        .kind = !invoice || user.id == 0 || b.amount == 0 ? TG_STAR_OTHER
                : b.source                                ? TG_STAR_PAYMENT
                                                          : TG_STAR_REFUND,
        .id = b.id,
        .stars = b.amount,
        .date = instant_from_ms(b.date * 1000),
        .user_id = user.id,
        .payload = p.invoice_payload,
    };
    return E_OK;
}

enum ecode tg_star_transactions_parse(struct arena *a, struct json_span result,
                                      struct tg_star_transactions *out, struct err *err)
{
    struct json_scan s;
    struct json_span key, item, list = {NULL, 0};
    enum ecode rc = json_scan_init(&s, result.text, result, '{', err);
    out->n = out->unreadable = 0;
    while (!rc && json_scan_next(&s, &key, &item, &rc, err))
        if (json_span_is(key, "transactions"))
            list = item;
    if (!rc && list.len == 0)
        rc = err_field(err, "transactions", "is required");
    if (!rc)
        rc = json_scan_init(&s, result.text, list, '[', err);
    while (!rc && out->n < TG_TRANSACTIONS_MAX && json_scan_next(&s, NULL, &item, &rc, err)) {
        if (read_transaction(a, item, &out->items[out->n], err) == E_OK)
            out->n++;
        else
            out->unreadable++;
    }
    return rc;
}
