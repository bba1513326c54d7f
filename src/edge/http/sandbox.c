#include "base/buf.h"
#include "base/decimal.h"
#include "domain/payment/sandbox.h"
#include "edge/http/route.h"

/* The sandbox's page: what is to be paid or was, and what can be decided. Plain HTML without a script. */

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
    *(struct sandbox_decision *)in = (struct sandbox_decision){.payload = payload(x), .choice = SANDBOX_PAY};
    return E_OK;
}

enum ecode parse_sandbox_decline(struct exchange *x, void *in)
{
    *(struct sandbox_decision *)in =
        (struct sandbox_decision){.payload = payload(x), .choice = SANDBOX_GIVE_UP};
    return E_OK;
}

enum ecode parse_sandbox_dispute(struct exchange *x, void *in)
{
    static const enum sandbox_choice choices[] = {
        [DISPUTE_OPENED] = SANDBOX_DISPUTE, [DISPUTE_WON] = SANDBOX_WIN, [DISPUTE_LOST] = SANDBOX_LOSE};
    int turn =
        name_index(dispute_turn_names, arena_memdup(x->request->arena, x->vars[1].text, x->vars[1].len));
    if (turn < 0)
        return err_set(&x->err, E_NOT_FOUND, "there is no such page");
    *(struct sandbox_decision *)in =
        (struct sandbox_decision){.payload = payload(x), .choice = choices[turn]};
    return E_OK;
}

static void put_button(struct buf *b, const char *order, const char *path, const char *label)
{
    buf_printf(b, "<button formaction=\"/sandbox/%s/%s\">%s</button>", order, path, label);
}

/* How it stands, and what can be decided. */
static void put_state(struct buf *b, const struct payment *p, const char *order)
{
    bool disputed = p->status == PAYMENT_DISPUTED;
    if (p->status != PAYMENT_PENDING)
        buf_printf(b, "<p>%s. You can close this page.</p>",
                   payment_stands(p->status) ? "Paid" : payment_status_names[p->status]);
    buf_str(b, "<form method=\"post\">");
    if (p->status == PAYMENT_PENDING) {
        put_button(b, order, "pay", "Pay");
        put_button(b, order, "decline", "Decline");
    } else if (p->status == PAYMENT_SUCCEEDED) {
        put_button(b, order, "dispute/opened", "Ask the bank for it back");
    } else if (disputed) {
        put_button(b, order, "dispute/won", "The bank leaves it to the shop");
        put_button(b, order, "dispute/lost", "The bank gives it back");
    }
    buf_str(b, "</form>");
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
    put_state(b, p, order);
    http_answer(x->request, 200, "text/html; charset=utf-8");
    return E_OK;
}
