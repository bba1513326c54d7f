#include "base/buf.h"
#include "base/check.h"
#include "edge/pay/runtime.h"

/* What the payments' part shows of itself, as Prometheus reads it. */

static unsigned long long counted(const atomic_uint_fast64_t *counter)
{
    return (unsigned long long)atomic_load_explicit(counter, memory_order_relaxed);
}

static void head(struct buf *b, const char *name, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
}

static void one(struct buf *b, const char *name, const char *help, const atomic_uint_fast64_t *counter)
{
    head(b, name, help);
    buf_printf(b, "%s %llu\n", name, counted(counter));
}

void pay_write_metrics(void *arg, struct buf *out)
{
    static const char *const sources[PAY_SOURCES] = {"yookassa", "cryptobot"};
    static const char *const taken[] = {"taken", "refused"};
    struct pay *p = arg;
    const struct pay_counters *c = &p->counters;
    head(out, "habitd_pay_calls_total", "Calls to payment providers, by what their answers meant.");
    for (int i = 0; i < PROVIDERS; i++)
        for (int v = 0; v < PROVIDER_VERDICTS && pay_serves(p, (enum payment_provider)i); v++)
            buf_printf(out, "habitd_pay_calls_total{provider=\"%s\",verdict=\"%s\"} %llu\n",
                       payment_provider_names[i], provider_verdict_name((enum provider_verdict)v),
                       counted(&c->calls[i][v]));
    head(out, "habitd_pay_webhooks_total", "Webhooks of payment providers.");
    for (size_t i = 0; i < PAY_SOURCES; i++)
        for (size_t k = 0; k < ARRAY_LEN(taken); k++)
            buf_printf(out, "habitd_pay_webhooks_total{source=\"%s\",end=\"%s\"} %llu\n", sources[i],
                       taken[k], counted(&c->webhooks[i][k]));
    one(out, "habitd_pay_asked_total", "Waiting payments that providers were asked about.", &c->asked);
    one(out, "habitd_pay_acts_total", "People whose subscription or referral had something due.", &c->acted);
    one(out, "habitd_pay_books_checked_total", "Proofs of the books of what changed.", &c->checked);
    one(out, "habitd_pay_books_broken_total", "Rows of the books that were found broken.", &c->broken);
    one(out, "habitd_pay_reconciled_total", "Payments and refunds in Stars that only the nightly look found.",
        &c->reconciled);
}
