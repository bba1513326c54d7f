#include "net/cryptopay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/json_write.h"

/* Crypto Pay: what goes out, and the signature of what comes in. */

void cp_url(struct buf *out, const char *base, const char *method)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    buf_add(out, base, len);
    buf_char(out, '/');
    buf_str(out, method);
}

void cp_invoice_body(struct buf *out, const struct cp_order *o)
{
    char amount[DECIMAL_TEXT];
    struct json_writer w;
    CHECK(o->amount > 0 && strlen(o->payload) <= CP_PAYLOAD_BYTES_MAX);
    CHECK(o->expires_s >= 1 && o->expires_s <= CP_EXPIRES_MAX_S);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_string(&w, "currency_type", "crypto");
    json_field_string(&w, "asset", o->asset);
    json_field_string(&w, "amount", decimal_format(o->amount, o->digits, amount));
    json_field_cut(&w, "description", o->description, CP_DESCRIPTION_MAX);
    json_field_string(&w, "payload", o->payload);
    if (o->back_url) {
        json_field_string(&w, "paid_btn_name", "callback");
        json_field_string(&w, "paid_btn_url", o->back_url);
    }
    json_field_bool(&w, "allow_comments", false);
    json_field_bool(&w, "allow_anonymous", false);
    json_field_i64(&w, "expires_in", o->expires_s);
    json_object_end(&w);
    json_writer_finish(&w);
}

void cp_transfer_body(struct buf *out, const struct cp_transfer_order *o)
{
    char amount[DECIMAL_TEXT];
    struct json_writer w;
    CHECK(o->amount > 0 && strlen(o->spend_id) <= CP_SPEND_ID_BYTES_MAX);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_i64(&w, "user_id", o->user_id);
    json_field_string(&w, "asset", o->asset);
    json_field_string(&w, "amount", decimal_format(o->amount, o->digits, amount));
    json_field_string(&w, "spend_id", o->spend_id);
    json_field_cut(&w, "comment", o->comment, CP_DESCRIPTION_MAX);
    json_object_end(&w);
    json_writer_finish(&w);
}

void cp_get_invoice_body(struct buf *out, int64_t invoice_id)
{
    char id[24];
    struct json_writer w;
    snprintf(id, sizeof id, "%" PRId64, invoice_id);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_string(&w, "invoice_ids", id);
    json_object_end(&w);
    json_writer_finish(&w);
}

void cp_get_invoices_body(struct buf *out, int offset, int count)
{
    struct json_writer w;
    CHECK(offset >= 0 && count >= 1 && count <= CP_LIST_MAX);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_i64(&w, "offset", offset);
    json_field_i64(&w, "count", count);
    json_object_end(&w);
    json_writer_finish(&w);
}

void cp_get_transfers_body(struct buf *out, const char *spend_id)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_string(&w, "spend_id", spend_id);
    json_object_end(&w);
    json_writer_finish(&w);
}

bool cp_signature_fits(const char *token, const void *body, size_t len, const char *header)
{
    uint8_t key[SHA256_LEN], mac[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    sha256(token, strlen(token), key);
    hmac_sha256(key, sizeof key, body, len, mac);
    hex_encode(mac, sizeof mac, hex);
    return header && strlen(header) == 2 * SHA256_LEN && bytes_equal_secret(hex, header, 2 * SHA256_LEN);
}
