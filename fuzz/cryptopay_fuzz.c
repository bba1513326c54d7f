#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/utf8.h"
#include "net/cryptopay.h"
#include "net/http_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever Crypto Pay, or somebody in its name, sends is refused, or is what cryptopay.h promises. */

static int digits_of(const void *arg, const char *currency)
{
    return currency[0] == 'J' ? 0 : currency[0] == 'U' ? 6 : 2;
}
static const struct decimal_scale scale = {digits_of, NULL};

static void check_invoice(const struct cp_invoice *i)
{
    CHECK(i->id > 0 && i->amount > 0 && i->currency && i->pay_url && i->status <= CP_EXPIRED);
    CHECK(utf8_valid(i->currency, strlen(i->currency)));
    CHECK(!i->payload || utf8_valid(i->payload, strlen(i->payload)));
}

static void judge(struct arena *a, const char *text, size_t size)
{
    static const int statuses[] = {200, 400, 401, 500};
    struct http_call call;
    http_call_init(&call);
    buf_init(&call.answer, size + 1);
    buf_add(&call.answer, text, size);
    call.outcome = HTTP_CALL_ANSWERED;
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        call.status = statuses[i];
        struct provider_answer answer = cp_judge(a, &call);
        CHECK(answer.code && answer.said && (answer.verdict != PROVIDER_DONE || statuses[i] == 200));
    }
    http_call_release(&call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    const char *text = (const char *)data;
    struct arena *a = arena_new(CP_ARENA_BYTES);
    struct err err;
    struct cp_invoice invoice;
    struct cp_transfer transfer;
    struct cp_invoices invoices;
    struct cp_transfers transfers;
    struct cp_update update;
    if (cp_invoice_parse(a, &scale, text, size, &invoice, &err) == E_OK)
        check_invoice(&invoice);
    if (cp_transfer_parse(a, &scale, text, size, &transfer, &err) == E_OK)
        CHECK(transfer.id > 0 && transfer.user_id > 0 && transfer.amount > 0);
    if (cp_invoices_parse(a, &scale, text, size, &invoices, &err) == E_OK)
        for (size_t i = 0; i < invoices.n; i++)
            check_invoice(&invoices.items[i]);
    if (cp_transfers_parse(a, &scale, text, size, &transfers, &err) == E_OK)
        CHECK(transfers.n <= CP_LIST_MAX);
    if (cp_update_parse(a, &scale, text, size, &update, &err) != E_OK) {
        CHECK(err.code == E_MALFORMED || err.code == E_INVALID);
    } else if (update.is_paid) {
        CHECK(update.invoice.status == CP_PAID);
        check_invoice(&update.invoice);
    }
    CHECK(!cp_signature_fits("1:a", text, size,
                             "0000000000000000000000000000000000000000000000000000000000000000"));
    judge(a, text, size);
    arena_free(a);
    return 0;
}
