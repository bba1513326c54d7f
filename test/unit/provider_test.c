#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/decimal.h"
#include "base/hash.h"
#include "net/cryptopay.h"
#include "net/http_client.h"
#include "net/telegram_pay.h"
#include "net/yookassa.h"

/* The payment providers' protocols: requests as bytes, answers as structs, and what is refused, by name. */

static struct arena *arena;
static struct buf out;

static int digits_of(const void *arg, const char *currency)
{
    return strcmp(currency, "USDT") == 0 ? 6 : strcmp(currency, "JPY") == 0 ? 0 : 2;
}
static const struct decimal_scale scale = {digits_of, NULL};

static int setup(void **state)
{
    arena = arena_new(CP_ARENA_BYTES);
    buf_init(&out, 65536);
    return 0;
}

static int teardown(void **state)
{
    buf_release(&out);
    arena_free(arena);
    return 0;
}

static const char *text(void)
{
    CHECK(!buf_overflowed(&out));
    return arena_strdup(arena, buf_text(&out));
}

/* What `statement` wrote to `out`. */
#define WRITES(statement, expected)                                                                          \
    do {                                                                                                     \
        buf_clear(&out);                                                                                     \
        statement;                                                                                           \
        assert_string_equal(text(), expected);                                                               \
    } while (0)

static struct http_call answered(int status, const char *body)
{
    struct http_call call;
    http_call_init(&call);
    call.outcome = HTTP_CALL_ANSWERED;
    call.status = status;
    call.retry_after_s = -1;
    buf_init(&call.answer, 65536);
    buf_str(&call.answer, body);
    return call;
}

/* ---- amounts ---- */

static void reads_and_writes_amounts(void **state)
{
    static const struct {
        const char *text;
        int digits;
        int64_t minor; /* -1: refused */
    } cases[] = {
        {"299.00", 2, 29900},
        {"299", 2, 29900},
        {"299.5", 2, 29950},
        {"0.01", 2, 1},
        {"299.010000000000", 2, 29901},
        {"299.001", 2, -1},
        {"1.5", 6, 1500000},
        {"0.0000001", 6, -1},
        {"100", 0, 100},
        {"100.0", 0, 100},
        {"100.5", 0, -1},
        {"", 2, -1},
        {".", 2, -1},
        {"1.", 2, -1},
        {".5", 2, -1},
        {"-1", 2, -1},
        {"+1", 2, -1},
        {"1e3", 2, -1},
        {"1,5", 2, -1},
        {" 1", 2, -1},
        {"1.2.3", 2, -1},
        {"00012.30", 2, 1230},
        {"10000000000000000.00", 2, 1000000000000000000},
        {"10000000000000000.01", 2, -1},
        {"99999999999999999999999999", 2, -1},
        {"999999999999999999999", 0, -1},
    };
    char back[DECIMAL_TEXT];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t v = -1;
        bool ok = decimal_parse(cases[i].text, strlen(cases[i].text), cases[i].digits, &v);
        if (ok != (cases[i].minor >= 0) || v != cases[i].minor)
            fail_msg("%s with %d digits: %lld", cases[i].text, cases[i].digits, (long long)v);
    }
    assert_string_equal(decimal_format(29900, 2, back), "299.00");
    assert_string_equal(decimal_format(5, 2, back), "0.05");
    assert_string_equal(decimal_format(1500000, 6, back), "1.500000");
    assert_string_equal(decimal_format(250, 0, back), "250");
    assert_string_equal(decimal_format(INT64_MAX, 9, back), "9223372036.854775807");
}

/* ---- YooKassa ---- */

static void yookassa_requests(void **state)
{
    struct yk_receipt receipt = {.email = "a@b.ru", .item = "Премиум", .vat_code = 1};
    struct yk_order o = {.amount = 29900,
                         .currency = "RUB",
                         .digits = 2,
                         .description = "Премиум \"на месяц\"",
                         .ref = "u:p",
                         .return_url = "https://x.example/back",
                         .save_method = true,
                         .receipt = &receipt};
    WRITES(yk_order_body(&out, &o),
           "{\"amount\":{\"value\":\"299.00\",\"currency\":\"RUB\"},\"capture\":true,"
           "\"description\":\"Премиум \\\"на месяц\\\"\",\"metadata\":{\"ref\":\"u:p\"},"
           "\"confirmation\":{\"type\":\"redirect\",\"return_url\":\"https://x.example/back\"},"
           "\"save_payment_method\":true,\"receipt\":{\"customer\":{\"email\":\"a@b.ru\"},\"items\":[{"
           "\"description\":\"Премиум\",\"quantity\":\"1.00\",\"amount\":{\"value\":\"299.00\",\"currency\":"
           "\"RUB\"},\"vat_code\":1,\"payment_subject\":\"service\",\"payment_mode\":\"full_payment\"}]}}");
    struct yk_order renewal = {
        .amount = 5, .currency = "RUB", .digits = 2, .description = "d", .ref = "r", .method_id = "m-1"};
    WRITES(yk_order_body(&out, &renewal),
           "{\"amount\":{\"value\":\"0.05\",\"currency\":\"RUB\"},\"capture\":true,\"description\":\"d\","
           "\"metadata\":{\"ref\":\"r\"},\"payment_method_id\":\"m-1\"}");
    receipt = (struct yk_receipt){.phone = "79990000000", .item = "x", .vat_code = 4};
    struct yk_refund_order r = {.payment_id = "22d6d597-000f-5000-9000-145f6df21d6f",
                                .amount = 1000,
                                .currency = "RUB",
                                .digits = 2,
                                .description = "back",
                                .ref = "refund:1",
                                .receipt = &receipt};
    WRITES(yk_refund_body(&out, &r),
           "{\"payment_id\":\"22d6d597-000f-5000-9000-145f6df21d6f\",\"amount\":{\"value\":\"10.00\","
           "\"currency\":\"RUB\"},\"description\":\"back\",\"metadata\":{\"ref\":\"refund:1\"},\"receipt\":{"
           "\"customer\":{\"phone\":\"79990000000\"},\"items\":[{\"description\":\"x\",\"quantity\":\"1.00\","
           "\"amount\":{\"value\":\"10.00\",\"currency\":\"RUB\"},\"vat_code\":4,\"payment_subject\":"
           "\"service\",\"payment_mode\":\"full_payment\"}]}}");
}

static void yookassa_cuts_what_is_too_long(void **state)
{
    char item[400] = "";
    for (int i = 0; i < 150; i++)
        memcpy(item + 2 * i, "ж", 3);
    struct yk_order o = {
        .amount = 1, .currency = "RUB", .digits = 2, .description = item, .ref = "r", .method_id = "m"};
    yk_order_body(&out, &o);
    const char *begin = strstr(buf_text(&out), "\"description\":\"") + 15;
    assert_int_equal(strcspn(begin, "\""), 2 * YK_DESCRIPTION_MAX);
}

static void yookassa_addresses(void **state)
{
    struct instant from = {1764100000000}, to = {1764186400000};
    WRITES(yk_payment_url(&out, "https://a/v3/", NULL), "https://a/v3/payments");
    WRITES(yk_payment_url(&out, "https://a/v3", "22d6-x/../y"), "https://a/v3/payments/22d6-x%2F..%2Fy");
    WRITES(yk_refund_url(&out, "https://a/v3", "r_1"), "https://a/v3/refunds/r_1");
    WRITES(yk_payments_url(&out, "https://a/v3", from, to, NULL),
           "https://a/v3/payments?limit=100&created_at.gte=2025-11-25T19%3A46%3A40Z&created_at.lt="
           "2025-11-26T19%3A46%3A40Z");
    WRITES(yk_refunds_url(&out, "https://a/v3", "p1", "c&1"),
           "https://a/v3/refunds?limit=100&payment_id=p1&cursor=c%261");
    assert_string_equal(yk_authorization(arena, "123", "test_key"), "Basic MTIzOnRlc3Rfa2V5");
    assert_string_equal(yk_authorization(arena, "1", "ab"), "Basic MTphYg==");
    assert_string_equal(yk_authorization(arena, "1", "\xff\xfe\xfb"), "Basic MTr//vs=");
}

#define YK_PAYMENT(status, more)                                                                             \
    "{\"id\":\"23d93cac-000f-5000-8000-126628f15141\",\"status\":\"" status "\",\"paid\":false,\"amount\":{" \
    "\"value\":\"100.00\",\"currency\":\"RUB\"},\"created_at\":\"2026-11-22T14:30:45.129Z\",\"recipient\":{" \
    "\"account_id\":\"100500\",\"gateway_id\":\"100700\"},\"refundable\":false,\"test\":false" more "}"

static struct yk_payment payment(const char *json)
{
    struct yk_payment p;
    struct err err;
    memset(&p, 0x55, sizeof p);
    if (yk_payment_parse(arena, &scale, json, strlen(json), &p, &err) != E_OK)
        fail_msg("%s: %s %s", json, err.field, err.text);
    return p;
}

static void yookassa_payments(void **state)
{
    struct yk_payment p = payment(YK_PAYMENT(
        "pending", ",\"confirmation\":{\"type\":\"redirect\",\"return_url\":\"https://x\",\"confirmation_"
                   "url\":\"https://yoomoney.example/1\"},\"metadata\":{\"ref\":\"u:p\",\"other\":\"x\"},"
                   "\"unknown\":[[[1,{\"a\":null}]]]"));
    assert_string_equal(p.id, "23d93cac-000f-5000-8000-126628f15141");
    assert_int_equal(p.status, YK_PENDING);
    assert_int_equal(p.amount, 10000);
    assert_int_equal(p.refunded, 0);
    assert_string_equal(p.currency, "RUB");
    assert_string_equal(p.confirmation_url, "https://yoomoney.example/1");
    assert_string_equal(p.ref, "u:p");
    assert_string_equal(p.shop_id, "100500");
    assert_null(p.method_id);
    assert_null(p.reason);
    assert_int_equal(p.created_at.ms, 1795357845129);
    assert_int_equal(p.captured_at.ms, 0);
    p = payment(YK_PAYMENT(
        "succeeded", ",\"captured_at\":\"2026-11-22T14:31:00Z\",\"refunded_amount\":{\"value\":\"0.50\","
                     "\"currency\":\"RUB\"},\"payment_method\":{\"type\":\"bank_card\",\"id\":\"m-1\","
                     "\"saved\":true,\"card\":{\"last4\":\"1026\"}}"));
    assert_int_equal(p.status, YK_SUCCEEDED);
    assert_int_equal(p.refunded, 50);
    assert_string_equal(p.method_id, "m-1");
    assert_int_equal(p.captured_at.ms, 1795357860000);
    assert_null(p.ref);
    p = payment(YK_PAYMENT("canceled", ",\"cancellation_details\":{\"party\":\"yoo_money\",\"reason\":"
                                       "\"expired_on_confirmation\"},\"payment_method\":{\"type\":\"sbp\","
                                       "\"id\":\"m-2\",\"saved\":false},\"confirmation\":null"));
    assert_int_equal(p.status, YK_CANCELED);
    assert_string_equal(p.reason, "expired_on_confirmation");
    assert_null(p.method_id);
    assert_null(p.confirmation_url);
}

static void yookassa_refuses(void **state)
{
    static const struct {
        const char *json, *field;
    } cases[] = {
        {"", ""},
        {"[]", ""},
        {"{\"id\":\"x\"", ""},
        {YK_PAYMENT("pending", ",\"id\":\"2\""), ""}, /* twice */
        {YK_PAYMENT("pending", "} {"), ""},
        {YK_PAYMENT("paid", ""), "status"},
        {"{\"status\":\"pending\"}", "id"},
        {"{\"id\":\"\",\"status\":\"pending\"}", "id"},
        {"{\"id\":7,\"status\":\"pending\"}", "id"},
        {"{\"id\":\"1\",\"status\":\"pending\",\"created_at\":\"yesterday\"}", "created_at"},
        {"{\"id\":\"1\",\"status\":\"pending\",\"created_at\":\"2026-11-22T14:30:45Z\"}", "amount"},
#define WITH_AMOUNT(json)                                                                                    \
    "{\"id\":\"1\",\"status\":\"pending\",\"created_at\":\"2026-11-22T14:30:45Z\",\"amount\":" json "}"
        {WITH_AMOUNT("1"), "amount"},
        {WITH_AMOUNT("{\"value\":\"1.00\"}"), "amount.currency"},
        {WITH_AMOUNT("{\"value\":1.00,\"currency\":\"RUB\"}"), "amount.value"},
        {WITH_AMOUNT("{\"value\":\"1.001\",\"currency\":\"RUB\"}"), "amount.value"},
        {WITH_AMOUNT("{\"value\":\"-1.00\",\"currency\":\"RUB\"}"), "amount.value"},
        {WITH_AMOUNT("{\"value\":\"0.00\",\"currency\":\"RUB\"}"), "amount.value"},
        {WITH_AMOUNT("{\"value\":\"99999999999999999999.00\",\"currency\":\"RUB\"}"), "amount.value"},
        {YK_PAYMENT("pending", ",\"refunded_amount\":{\"value\":\"1\",\"currency\":\"USD\"}"),
         "refunded_amount.currency"},
        {YK_PAYMENT("pending", ",\"metadata\":{\"ref\":1}"), "metadata.ref"},
        {YK_PAYMENT("pending", ",\"metadata\":\"x\""), "metadata"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct yk_payment p;
        struct err err = {.code = E_OK};
        enum ecode rc = yk_payment_parse(arena, &scale, cases[i].json, strlen(cases[i].json), &p, &err);
        if (rc != (*cases[i].field ? E_INVALID : E_MALFORMED) || strcmp(err.field, cases[i].field) != 0)
            fail_msg("%s: code %d, field \"%s\", %s", cases[i].json, rc, err.field, err.text);
    }
}

#define YK_REFUND(status, more)                                                                              \
    "{\"id\":\"216749f7-0016-50be-b000-078d43a63ae4\",\"payment_id\":\"p1\",\"status\":\"" status            \
    "\",\"created_at\":\"2026-11-22T14:30:45Z\",\"amount\":{\"value\":\"2.00\",\"currency\":\"RUB\"}" more   \
    "}"

static void yookassa_refunds(void **state)
{
    struct yk_refund r;
    struct err err;
    const char *json = YK_REFUND("succeeded", ",\"metadata\":{\"ref\":\"refund:1\"}");
    assert_int_equal(yk_refund_parse(arena, &scale, json, strlen(json), &r, &err), E_OK);
    assert_string_equal(r.id, "216749f7-0016-50be-b000-078d43a63ae4");
    assert_string_equal(r.payment_id, "p1");
    assert_int_equal(r.status, YK_SUCCEEDED);
    assert_int_equal(r.amount, 200);
    assert_string_equal(r.ref, "refund:1");
    json =
        YK_REFUND("canceled", ",\"cancellation_details\":{\"party\":\"yoo_money\",\"reason\":\"rejected\"}");
    assert_int_equal(yk_refund_parse(arena, &scale, json, strlen(json), &r, &err), E_OK);
    assert_int_equal(r.status, YK_CANCELED);
    assert_string_equal(r.reason, "rejected");
    json = YK_REFUND("waiting_for_capture", "");
    assert_int_equal(yk_refund_parse(arena, &scale, json, strlen(json), &r, &err), E_INVALID);
    assert_string_equal(err.field, "status");
}

static void yookassa_lists(void **state)
{
    struct yk_payments payments;
    struct yk_refunds refunds;
    struct err err;
    const char *json = "{\"type\":\"list\",\"items\":[" YK_PAYMENT("pending", "") "," YK_PAYMENT(
        "canceled", "") "],\"next_cursor\":\"c1\"}";
    assert_int_equal(yk_payments_parse(arena, &scale, json, strlen(json), &payments, &err), E_OK);
    assert_int_equal(payments.n, 2);
    assert_int_equal(payments.items[1].status, YK_CANCELED);
    assert_string_equal(payments.next, "c1");
    json = "{\"items\":[" YK_REFUND("pending", "") "],\"type\":\"list\"}";
    assert_int_equal(yk_refunds_parse(arena, &scale, json, strlen(json), &refunds, &err), E_OK);
    assert_int_equal(refunds.n, 1);
    assert_null(refunds.next);
    json = "{\"type\":\"list\"}";
    assert_int_equal(yk_refunds_parse(arena, &scale, json, strlen(json), &refunds, &err), E_INVALID);
    assert_string_equal(err.field, "items");
    json = "{\"items\":[{}]}";
    assert_int_equal(yk_refunds_parse(arena, &scale, json, strlen(json), &refunds, &err), E_INVALID);
    buf_str(&out, "{\"items\":[");
    for (int i = 0; i <= YK_LIST_MAX; i++)
        buf_str(&out, i ? "," YK_REFUND("pending", "") : YK_REFUND("pending", ""));
    buf_str(&out, "]}");
    assert_int_equal(yk_refunds_parse(arena, &scale, text(), out.len, &refunds, &err), E_INVALID);
    assert_string_equal(err.field, "items");
}

static void yookassa_notifications(void **state)
{
    static const struct {
        const char *json;
        enum yk_about about;
    } good[] = {
        {"{\"type\":\"notification\",\"event\":\"payment.succeeded\",\"object\":" YK_PAYMENT("succeeded",
                                                                                             "") "}",
         YK_ABOUT_PAYMENT},
        {"{\"object\":{\"amount\":{\"value\":\"lies\"},\"id\":\"23d93cac-000f-5000-8000-126628f15141\"},"
         "\"event\":"
         "\"refund.succeeded\",\"type\":\"notification\"}",
         YK_ABOUT_REFUND},
        {"{\"type\":\"notification\",\"event\":\"payment_method.active\",\"object\":{\"id\":\"23d93cac-000f-"
         "5000-"
         "8000-126628f15141\"}}",
         YK_ABOUT_OTHER},
    };
    static const struct {
        const char *json, *field;
    } bad[] = {
        {"", ""},
        {"null", ""},
        {"{\"type\":\"notification\",\"event\":\"payment.succeeded\"}", "object"},
        {"{\"type\":\"notification\",\"event\":\"payment.succeeded\",\"object\":[]}", "object"},
        {"{\"type\":\"notification\",\"event\":\"payment.succeeded\",\"object\":{}}", "object.id"},
        {"{\"type\":\"notification\",\"event\":\"payment.succeeded\",\"object\":{\"id\":\"../me\"}}",
         "object.id"},
        {"{\"type\":\"x\",\"event\":\"payment.succeeded\",\"object\":{\"id\":\"1\"}}", "type"},
        {"{\"type\":\"notification\",\"object\":{\"id\":\"1\"}}", "event"},
    };
    struct yk_notification n;
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(yk_notification_parse(arena, good[i].json, strlen(good[i].json), &n, &err), E_OK);
        assert_int_equal(n.about, good[i].about);
        assert_string_equal(n.id, "23d93cac-000f-5000-8000-126628f15141");
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err_clear(&err);
        enum ecode rc = yk_notification_parse(arena, bad[i].json, strlen(bad[i].json), &n, &err);
        if (rc != (*bad[i].field ? E_INVALID : E_MALFORMED) || strcmp(err.field, bad[i].field) != 0)
            fail_msg("%s: code %d, field \"%s\"", bad[i].json, rc, err.field);
    }
}

struct judged {
    int status;
    const char *body;
    enum provider_verdict verdict;
    const char *code;
    int64_t retry_after_ms;
};

static void judges(const struct judged *cases, size_t n,
                   struct provider_answer (*judge)(struct arena *a, const struct http_call *call))
{
    for (size_t i = 0; i < n; i++) {
        struct http_call call = answered(cases[i].status, cases[i].body);
        struct provider_answer a = judge(arena, &call);
        if (a.verdict != cases[i].verdict || strcmp(a.code, cases[i].code) != 0 ||
            a.retry_after_ms != cases[i].retry_after_ms || a.status != cases[i].status)
            fail_msg("%d %s: %s, %s, %lld", cases[i].status, cases[i].body, provider_verdict_name(a.verdict),
                     a.code, (long long)a.retry_after_ms);
        http_call_release(&call);
    }
    struct http_call call;
    http_call_init(&call);
    call.retry_after_s = -1;
    call.outcome = HTTP_CALL_NOT_SENT;
    assert_int_equal(judge(arena, &call).verdict, PROVIDER_LATER);
    call.outcome = HTTP_CALL_UNKNOWN;
    assert_int_equal(judge(arena, &call).verdict, PROVIDER_UNKNOWN);
}

#define YK_ERROR(code) "{\"type\":\"error\",\"id\":\"e1\",\"code\":\"" code "\",\"description\":\"said\"}"

static void yookassa_verdicts(void **state)
{
    static const struct judged cases[] = {
        {200, "{}", PROVIDER_DONE, "", -1},
        {202, "{\"type\":\"processing\",\"description\":\"x\",\"retry_after\":1800}", PROVIDER_UNKNOWN, "",
         1800},
        {400, YK_ERROR("invalid_request"), PROVIDER_REFUSED, "invalid_request", -1},
        {401, YK_ERROR("invalid_credentials"), PROVIDER_UNAUTHORIZED, "invalid_credentials", -1},
        {403, YK_ERROR("forbidden"), PROVIDER_REFUSED, "forbidden", -1},
        {404, YK_ERROR("not_found"), PROVIDER_GONE, "not_found", -1},
        {429, YK_ERROR("too_many_requests"), PROVIDER_LATER, "too_many_requests", -1},
        {500, YK_ERROR("internal_server_error"), PROVIDER_UNKNOWN, "internal_server_error", -1},
        {502, "<html>", PROVIDER_UNKNOWN, "", -1},
        {503, "<html>", PROVIDER_LATER, "", -1},
        {504, "", PROVIDER_UNKNOWN, "", -1},
        {302, "", PROVIDER_UNKNOWN, "", -1},
        {408, "", PROVIDER_UNKNOWN, "", -1},
        {413, "too large", PROVIDER_REFUSED, "", -1},
    };
    judges(cases, ARRAY_LEN(cases), yk_judge);
}

/* ---- Crypto Pay ---- */

static void crypto_requests(void **state)
{
    struct cp_order o = {.amount = 3500000,
                         .asset = "USDT",
                         .digits = 6,
                         .description = "Premium",
                         .payload = "u:p",
                         .back_url = "https://t.me/bot",
                         .expires_s = 3600};
    WRITES(cp_invoice_body(&out, &o),
           "{\"currency_type\":\"crypto\",\"asset\":\"USDT\",\"amount\":\"3.500000\",\"description\":"
           "\"Premium\",\"payload\":\"u:p\",\"paid_btn_name\":\"callback\",\"paid_btn_url\":\"https://t.me/"
           "bot\",\"allow_comments\":false,\"allow_anonymous\":false,\"expires_in\":3600}");
    struct cp_transfer_order t = {.user_id = 5000000007,
                                  .amount = 1,
                                  .asset = "USDT",
                                  .digits = 6,
                                  .spend_id = "s1",
                                  .comment = "back"};
    WRITES(cp_transfer_body(&out, &t), "{\"user_id\":5000000007,\"asset\":\"USDT\",\"amount\":\"0.000001\","
                                       "\"spend_id\":\"s1\",\"comment\":\"back\"}");
    WRITES(cp_get_invoice_body(&out, 528890), "{\"invoice_ids\":\"528890\"}");
    WRITES(cp_get_invoices_body(&out, 100, 1000), "{\"offset\":100,\"count\":1000}");
    WRITES(cp_get_transfers_body(&out, "s\"1"), "{\"spend_id\":\"s\\\"1\"}");
    WRITES(cp_url(&out, "https://pay/api/", "getMe"), "https://pay/api/getMe");
}

/* echo -n BODY | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(echo -n TOKEN | openssl dgst -sha256 | cut
 * …) */
static void crypto_signatures(void **state)
{
    static const char token[] = "12345:AAzQcZWQqQAbsfgPnOLr4FHC8Doa4L7KryC";
    static const char body[] = "{\"update_id\":1,\"update_type\":\"invoice_paid\"}";
    uint8_t key[SHA256_LEN], mac[SHA256_LEN];
    char hex[65], changed[65];
    sha256(token, strlen(token), key);
    hmac_sha256(key, sizeof key, body, strlen(body), mac);
    hex_encode(mac, sizeof mac, hex);
    assert_string_equal(hex, "954224e79a704f9bb66a2701d59a96493a3cb5e70f40b327a86bd7221abc5d82");
    assert_true(cp_signature_fits(token, body, strlen(body), hex));
    assert_false(cp_signature_fits(token, body, strlen(body) - 1, hex));
    assert_false(cp_signature_fits("12345:other", body, strlen(body), hex));
    assert_false(cp_signature_fits(token, body, strlen(body), NULL));
    assert_false(cp_signature_fits(token, body, strlen(body), ""));
    for (size_t i = 0; i < 64; i++) {
        memcpy(changed, hex, sizeof hex);
        changed[i] = changed[i] == '0' ? '1' : '0';
        assert_false(cp_signature_fits(token, body, strlen(body), changed));
    }
}

#define CP_INVOICE(status, more)                                                                             \
    "{\"invoice_id\":528890,\"hash\":\"IVDoTcNBYEfk\",\"currency_type\":\"crypto\",\"asset\":\"USDT\","      \
    "\"amount\":\"3.5\",\"bot_invoice_url\":\"https://t.me/"                                                 \
    "CryptoBot?start=IVDoTcNBYEfk\",\"status\":\"" status                                                    \
    "\",\"created_at\":\"2026-11-22T14:30:45.129Z\",\"allow_comments\":false" more "}"

static void crypto_invoices(void **state)
{
    struct cp_invoice i;
    struct cp_invoices list;
    struct err err;
    const char *json = "{\"ok\":true,\"result\":" CP_INVOICE(
        "active", ",\"payload\":\"u:p\",\"web_app_invoice_url\":\"https://"
                  "app\",\"paid_at\":null,\"new\":{\"x\":[1]}") "}";
    assert_int_equal(cp_invoice_parse(arena, &scale, json, strlen(json), &i, &err), E_OK);
    assert_int_equal(i.id, 528890);
    assert_int_equal(i.status, CP_ACTIVE);
    assert_int_equal(i.amount, 3500000);
    assert_string_equal(i.currency, "USDT");
    assert_string_equal(i.payload, "u:p");
    assert_string_equal(i.pay_url, "https://t.me/CryptoBot?start=IVDoTcNBYEfk");
    assert_string_equal(i.web_url, "https://app");
    assert_int_equal(i.paid_at.ms, 0);
    json = "{\"ok\":true,\"result\":{\"items\":[" CP_INVOICE(
        "paid",
        ",\"paid_at\":\"2026-11-22T14:31:00Z\"") ",{},"
                                                 "{\"invoice_id\":7,\"status\":\"expired\",\"currency_type\":"
                                                 "\"fiat\",\"fiat\":\"EUR\",\"amount\":\"5\","
                                                 "\"pay_url\":\"https://"
                                                 "old\",\"created_at\":\"2026-11-22T14:30:45Z\"}]}}";
    assert_int_equal(cp_invoices_parse(arena, &scale, json, strlen(json), &list, &err), E_OK);
    assert_int_equal(list.n, 2);
    assert_int_equal(list.unreadable, 1);
    assert_int_equal(list.items[0].paid_at.ms, 1795357860000);
    assert_string_equal(list.items[1].currency, "EUR");
    assert_int_equal(list.items[1].amount, 500);
    assert_string_equal(list.items[1].pay_url, "https://old");
    assert_null(list.items[1].payload);
    json = "{\"ok\":true,\"result\":{\"items\":[]}}";
    assert_int_equal(cp_invoices_parse(arena, &scale, json, strlen(json), &list, &err), E_OK);
    assert_int_equal(list.n, 0);
}

static void crypto_transfers(void **state)
{
    struct cp_transfer t;
    struct cp_transfers list;
    struct err err;
#define CP_TRANSFER                                                                                          \
    "{\"transfer_id\":1,\"user_id\":5000000007,\"asset\":\"USDT\",\"amount\":\"0.25\",\"status\":"           \
    "\"completed\",\"completed_at\":\"2026-11-22T14:30:45Z\",\"comment\":\"x\"}"
    const char *json = "{\"ok\":true,\"result\":" CP_TRANSFER "}";
    assert_int_equal(cp_transfer_parse(arena, &scale, json, strlen(json), &t, &err), E_OK);
    assert_int_equal(t.id, 1);
    assert_int_equal(t.user_id, 5000000007);
    assert_int_equal(t.amount, 250000);
    assert_string_equal(t.currency, "USDT");
    json = "{\"ok\":true,\"result\":{\"items\":[" CP_TRANSFER "]}}";
    assert_int_equal(cp_transfers_parse(arena, &scale, json, strlen(json), &list, &err), E_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.items[0].amount, 250000);
}

static void crypto_refuses(void **state)
{
    static const struct {
        const char *json, *field;
    } cases[] = {
        {"", ""},
        {"{}", "update_id"},
        {"{\"update_id\":1}", "update_type"},
        {"{\"update_id\":-1,\"update_type\":\"invoice_paid\"}", "update_id"},
        {"{\"update_id\":1,\"update_type\":\"invoice_paid\"}", "payload"},
        {"{\"update_id\":1,\"update_type\":\"invoice_paid\",\"payload\":[]}", ""},
#define PAID(json) "{\"update_id\":1,\"update_type\":\"invoice_paid\",\"payload\":" json "}"
        {PAID("{}"), "payload.invoice_id"},
        {PAID("{\"invoice_id\":0}"), "payload.invoice_id"},
        {PAID(CP_INVOICE("active", "")), "payload.status"},
        {PAID(CP_INVOICE("gone", "")), "payload.status"},
        {PAID(CP_INVOICE("paid", ",\"amount\":\"4\"")), ""},
#define PRICED(amount)                                                                                       \
    PAID("{\"invoice_id\":1,\"status\":\"paid\",\"asset\":\"USDT\",\"amount\":" amount                       \
         ",\"pay_url\":\"x\",\"created_at\":\"2026-11-22T14:30:45Z\"}")
        {PRICED("1"), "payload.amount"},
        {PRICED("\"0\""), "amount"},
        {PRICED("\"-5\""), "amount"},
        {PRICED("\"0.0000001\""), "amount"},
        {PRICED("\"1e9\""), "amount"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct cp_update u;
        struct err err = {.code = E_OK};
        enum ecode rc = cp_update_parse(arena, &scale, cases[i].json, strlen(cases[i].json), &u, &err);
        if (rc != (*cases[i].field ? E_INVALID : E_MALFORMED) || strcmp(err.field, cases[i].field) != 0)
            fail_msg("%s: code %d, field \"%s\", %s", cases[i].json, rc, err.field, err.text);
    }
}

static void crypto_updates(void **state)
{
    struct cp_update u;
    struct err err;
    const char *json = PAID(CP_INVOICE("paid", ",\"payload\":\"u:p\""));
    assert_int_equal(cp_update_parse(arena, &scale, json, strlen(json), &u, &err), E_OK);
    assert_true(u.is_paid);
    assert_int_equal(u.update_id, 1);
    assert_int_equal(u.invoice.id, 528890);
    assert_string_equal(u.invoice.payload, "u:p");
    json = "{\"update_id\":2,\"update_type\":\"something_new\",\"payload\":7}";
    assert_int_equal(cp_update_parse(arena, &scale, json, strlen(json), &u, &err), E_OK);
    assert_false(u.is_paid);
}

#define CP_ERROR(code, name) "{\"ok\":false,\"error\":{\"code\":" #code ",\"name\":\"" name "\"}}"

static void crypto_verdicts(void **state)
{
    static const struct judged cases[] = {
        {200, "{\"ok\":true,\"result\":{}}", PROVIDER_DONE, "", -1},
        {401, CP_ERROR(401, "UNAUTHORIZED"), PROVIDER_UNAUTHORIZED, "UNAUTHORIZED", -1},
        {200, CP_ERROR(401, "UNAUTHORIZED"), PROVIDER_UNAUTHORIZED, "UNAUTHORIZED", -1},
        {400, CP_ERROR(400, "AMOUNT_TOO_SMALL"), PROVIDER_REFUSED, "AMOUNT_TOO_SMALL", -1},
        {200, CP_ERROR(400, "AMOUNT_TOO_SMALL"), PROVIDER_REFUSED, "AMOUNT_TOO_SMALL", -1},
        {400, CP_ERROR(400, "NOT_ENOUGH_COINS"), PROVIDER_LATER, "NOT_ENOUGH_COINS", -1},
        {500, CP_ERROR(500, "INTERNAL_ERROR"), PROVIDER_UNKNOWN, "INTERNAL_ERROR", -1},
        {405, CP_ERROR(405, "METHOD_NOT_FOUND"), PROVIDER_REFUSED, "METHOD_NOT_FOUND", -1},
        {429, "", PROVIDER_LATER, "", -1},
        {200, "<html>", PROVIDER_UNKNOWN, "", -1},
        {502, "<html>", PROVIDER_UNKNOWN, "", -1},
    };
    judges(cases, ARRAY_LEN(cases), cp_judge);
}

/* ---- Telegram Stars ---- */

static void stars_requests(void **state)
{
    struct tg_invoice i = {.title = "Премиум на месяц, очень длинное имя",
                           .description = "d",
                           .payload = "u:p",
                           .stars = 250,
                           .start_parameter = "pay"};
    WRITES(
        tg_invoice_params(&out, &i),
        "{\"title\":\"Премиум на месяц, очень длинное \",\"description\":\"d\",\"payload\":\"u:p\","
        "\"currency\":\"XTR\",\"prices\":[{\"label\":\"Премиум на месяц, очень длинное \",\"amount\":250}],"
        "\"start_parameter\":\"pay\"}");
    i = (struct tg_invoice){
        .title = "t", .description = "d", .payload = "u:p", .stars = 1, .subscription = true};
    WRITES(tg_invoice_params(&out, &i),
           "{\"title\":\"t\",\"description\":\"d\",\"payload\":\"u:p\",\"currency\":\"XTR\",\"prices\":[{"
           "\"label\":\"t\",\"amount\":1}],\"subscription_period\":2592000}");
    WRITES(tg_checkout_params(&out, "q1", NULL), "{\"pre_checkout_query_id\":\"q1\",\"ok\":true}");
    WRITES(tg_checkout_params(&out, "q1", "Too late"),
           "{\"pre_checkout_query_id\":\"q1\",\"ok\":false,\"error_message\":\"Too late\"}");
    WRITES(tg_star_refund_params(&out, 7, "stx1"), "{\"user_id\":7,\"telegram_payment_charge_id\":\"stx1\"}");
    WRITES(tg_star_subscription_params(&out, 7, "stx1", true),
           "{\"user_id\":7,\"telegram_payment_charge_id\":\"stx1\",\"is_canceled\":true}");
    WRITES(tg_star_transactions_params(&out, 200, 100), "{\"offset\":200,\"limit\":100}");
}

static struct json_span span_of(const char *json)
{
    return (struct json_span){json, strlen(json)};
}

static void stars_results(void **state)
{
    struct tg_star_transactions t;
    const char *link;
    struct err err;
    assert_int_equal(tg_text_parse(arena, span_of("\"https:\\/\\/t.me\\/$abc\""), &link, &err), E_OK);
    assert_string_equal(link, "https://t.me/$abc");
    assert_int_equal(tg_text_parse(arena, span_of("true"), &link, &err), E_INVALID);
    assert_int_equal(tg_text_parse(arena, span_of("\"x"), &link, &err), E_MALFORMED);
    assert_int_equal(tg_text_parse(arena, span_of("\"x\",\"result\":\"y\""), &link, &err), E_MALFORMED);
    const char *json =
        "{\"transactions\":[{\"id\":\"stx1\",\"amount\":250,\"date\":1764100000,\"source\":{\"type\":"
        "\"user\","
        "\"transaction_type\":\"invoice_payment\",\"user\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
        "\"invoice_payload\":\"u:p\",\"subscription_period\":2592000}},"
        "{\"id\":\"stx1\",\"amount\":250,\"date\":1764100100,\"receiver\":{\"type\":\"user\",\"transaction_"
        "type\":\"invoice_payment\",\"user\":{\"id\":7},\"invoice_payload\":\"u:p\"}},"
        "{\"id\":\"w1\",\"amount\":1000,\"nanostar_amount\":5,\"date\":1764100200,\"receiver\":{\"type\":"
        "\"fragment\",\"withdrawal_state\":{\"type\":\"pending\"}}},"
        "{\"id\":\"g1\",\"amount\":15,\"date\":1764100200,\"receiver\":{\"type\":\"user\",\"transaction_"
        "type\":"
        "\"gift_purchase\",\"user\":{\"id\":7}}},"
        "{\"id\":\"x\"}]}";
    assert_int_equal(tg_star_transactions_parse(arena, span_of(json), &t, &err), E_OK);
    assert_int_equal(t.n, 4);
    assert_int_equal(t.unreadable, 1);
    assert_int_equal(t.items[0].kind, TG_STAR_PAYMENT);
    assert_string_equal(t.items[0].id, "stx1");
    assert_int_equal(t.items[0].stars, 250);
    assert_int_equal(t.items[0].user_id, 7);
    assert_string_equal(t.items[0].payload, "u:p");
    assert_int_equal(t.items[0].date.ms, 1764100000000);
    assert_int_equal(t.items[1].kind, TG_STAR_REFUND);
    assert_int_equal(t.items[2].kind, TG_STAR_OTHER);
    assert_int_equal(t.items[3].kind, TG_STAR_OTHER);
    assert_int_equal(tg_star_transactions_parse(arena, span_of("{}"), &t, &err), E_INVALID);
    assert_int_equal(tg_star_transactions_parse(arena, span_of("[]"), &t, &err), E_MALFORMED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(reads_and_writes_amounts),
        TEST(yookassa_requests),
        TEST(yookassa_cuts_what_is_too_long),
        TEST(yookassa_addresses),
        TEST(yookassa_payments),
        TEST(yookassa_refuses),
        TEST(yookassa_refunds),
        TEST(yookassa_lists),
        TEST(yookassa_notifications),
        TEST(yookassa_verdicts),
        TEST(crypto_requests),
        TEST(crypto_signatures),
        TEST(crypto_invoices),
        TEST(crypto_transfers),
        TEST(crypto_refuses),
        TEST(crypto_updates),
        TEST(crypto_verdicts),
        TEST(stars_requests),
        TEST(stars_results),
    };
    return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
