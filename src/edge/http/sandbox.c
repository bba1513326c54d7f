#include "base/buf.h"
#include "base/decimal.h"
#include "domain/payment/sandbox.h"
#include "edge/http/route.h"

/* The sandbox's page: what is to be paid, and two buttons. Plain HTML without a script. */

static const char *payload(struct exchange *x)
{
    return arena_memdup(x->request->arena, x->vars[0].text, x->vars[0].len);
}

enum ecode parse_sandbox_show(struct exchange *x, void *in)
{
    *(struct sandbox_order *)in = (struct sandbox_order){.payload = payload(x)};
    return E_OK;
}

enum ecode parse_sandbox_pay(struct exchange *x, void *in)
{
    *(struct sandbox_decision *)in = (struct sandbox_decision){.payload = payload(x), .pay = true};
    return E_OK;
}

enum ecode parse_sandbox_decline(struct exchange *x, void *in)
{
    *(struct sandbox_decision *)in = (struct sandbox_decision){.payload = payload(x), .pay = false};
    return E_OK;
}

enum ecode answer_sandbox(struct exchange *x, const void *out)
{
    const struct sandbox_view *v = out;
    const struct payment *p = &v->payment;
    char amount[DECIMAL_TEXT], order[PAYMENT_PAYLOAD_TEXT];
    struct buf *b = http_answer_body(x->request);
    decimal_format(p->amount, v->digits, amount);
    payment_payload(p, order);
    http_answer_header(x->request, "Cache-Control", "no-store");
    http_answer_header(
        x->request, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'");
    buf_printf(b,
               "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
               "content=\"width=device-width\"><title>Sandbox payment</title><style>body{font:18px "
               "sans-serif;max-width:24em;margin:3em auto;padding:0 1em}button{font:inherit;padding:.5em "
               "1.5em;margin-right:1em}</style><h1>%s %s</h1><p>This is the sandbox: no money moves.</p>",
               amount, p->currency);
    if (p->status == PAYMENT_PENDING)
        buf_printf(b,
                   "<form method=\"post\"><button formaction=\"/sandbox/%s/pay\">Pay</button><button "
                   "formaction=\"/sandbox/%s/decline\">Decline</button></form>",
                   order, order);
    else
        buf_printf(b, "<p>%s. You can close this page.</p>",
                   payment_was_paid(p->status) ? "Paid" : payment_status_names[p->status]);
    http_answer(x->request, 200, "text/html; charset=utf-8");
    return E_OK;
}
