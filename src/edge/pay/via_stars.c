#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "domain/payment/plan.h"
#include "domain/payment/stars.h"
#include "edge/pay/work.h"
#include "net/telegram_pay.h"

/*
 * Telegram Stars. What was paid and given back comes to the bot as updates; here invoices are made and Stars
 * are given back. A link to an invoice may be made twice: an order is paid once (pre-checkout).
 */
#define BODY_MAX 8192
#define URL_MAX 4096
#define MONTH_DAYS 30
#define SLACK_MS 3600000LL /* how far two clocks may be apart */
#define OFFSET_MAX ((int64_t)1 << 40)
#define PAGES_MAX 20

static struct provider_answer fetch(struct pay_work *w, const char *method, struct buf *params,
                                    struct tg_answer *out)
{
    static const enum provider_verdict verdicts[] = {
        [TG_SENT] = PROVIDER_DONE,
        [TG_ALREADY] = PROVIDER_DONE,
        [TG_RETRY_AFTER] = PROVIDER_LATER,
        [TG_BLOCKED] = PROVIDER_REFUSED,
        [TG_GONE] = PROVIDER_GONE,
        [TG_REFUSED] = PROVIDER_REFUSED,
        [TG_UNAUTHORIZED] = PROVIDER_UNAUTHORIZED,
        [TG_CONFLICT] = PROVIDER_LATER,
        [TG_SERVER_ERROR] = PROVIDER_LATER,
        [TG_NOT_SENT] = PROVIDER_LATER,
        [TG_UNKNOWN] = PROVIDER_UNKNOWN,
    };
    struct buf url;
    buf_init(&url, URL_MAX);
    tg_url(&url, w->pay->o.telegram.api_url, work_secret(w, &w->pay->o.telegram), method);
    struct pay_request r = {
        .method = HTTP_POST, .url = work_text(w, &url), .body = work_text(w, params), .n_headers = 0};
    const struct http_call *call = work_fetch(w, &r);
    enum tg_verdict v = tg_judge(w->arena, call, out);
    return (struct provider_answer){.verdict = verdicts[v],
                                    .status = out->error_code,
                                    .code = out->description,
                                    .said = "",
                                    .retry_after_ms =
                                        out->retry_after_s >= 0 ? out->retry_after_s * 1000 : -1};
}

/* Telegram charges again every thirty days; a plan of another length is paid each time by hand. */
static bool renews_itself(const struct pay_work *w)
{
    const struct payment *p = &w->errand.payment;
    const struct plan *plan = p->plan ? plan_find(w->pay->o.plans, p->plan) : NULL;
    return w->errand.save_method && plan && (plan->months == 1 || plan->days == MONTH_DAYS) &&
           p->amount <= TG_SUBSCRIPTION_STARS_MAX;
}

static void create(struct pay_work *w)
{
    struct err err = {.code = E_OK};
    struct tg_answer answer;
    const char *link;
    struct buf params;
    struct tg_invoice invoice = {
        .title = work_title(w),
        .description = work_title(w),
        .payload = work_payload(w),
        .stars = w->errand.payment.amount,
        .subscription = renews_itself(w),
    };
    buf_init(&params, BODY_MAX);
    tg_invoice_params(&params, &invoice);
    struct provider_answer a = fetch(w, "createInvoiceLink", &params, &answer);
    work_not_created(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    if (!tg_text_parse(w->arena, answer.result, &link, &err))
        work_learn(w, FACT_PENDING)->pay_url = link;
    else
        work_unreadable(w, &err);
}

static void create_or_read(struct pay_work *w)
{
    const struct payment *p = &w->errand.payment;
    bool over = work_order_age_ms(w) >= STARS_OFFER_HOURS * 3600000LL;
    if (payment_was_paid(p->status) || p->status >= PAYMENT_FAILED)
        work_end(w, END_SENT, NULL);
    else if (over) /* nobody can pay it any more: the pre-checkout refuses */
        work_learn(w, FACT_EXPIRED);
    else if (!p->pay_url)
        create(w);
    else
        work_end(w, END_SENT, NULL);
}

/* ---- who paid a charge, when the payer was erased ----
 *
 * Telegram's list of transactions knows it. The list is in order of time: its first transaction of the time
 * of the order is searched for by doubling and halving, and read on from there. */

static bool list(struct pay_work *w, int64_t offset, int limit, struct tg_star_transactions *out)
{
    struct tg_answer answer;
    struct err err = {.code = E_OK};
    struct buf params;
    buf_init(&params, BODY_MAX);
    tg_star_transactions_params(&params, offset, limit);
    struct provider_answer a = fetch(w, "getStarTransactions", &params, &answer);
    work_judge(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return false;
    if (tg_star_transactions_parse(w->arena, answer.result, out, &err) == E_OK)
        return true;
    work_unreadable(w, &err);
    return false;
}

/* Whether there is a transaction at the offset that is older than the order. false in *ok: that cannot be
 * known now. */
static bool is_before(struct pay_work *w, int64_t offset, struct tg_star_transactions *page, bool *ok)
{
    struct instant from = instant_add(w->errand.payment.created_at, duration_ms(-SLACK_MS));
    *ok = *ok && list(w, offset, 1, page);
    return *ok && page->n > 0 && instant_cmp(page->items[0].date, from) < 0;
}

/* Where the transactions of the order's time begin. */
static int64_t first_offset(struct pay_work *w, struct tg_star_transactions *page, bool *ok)
{
    int64_t low = -1, high = 0; /* low is older, high is not */
    while (high < OFFSET_MAX && is_before(w, high, page, ok)) {
        low = high;
        high = high * 2 + 1;
    }
    while (high - low > 1 && *ok) {
        int64_t middle = low + (high - low) / 2;
        if (is_before(w, middle, page, ok))
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The payer of the errand's charge, 0: not found. false: that cannot be known now, and the row's end says so.
 */
static bool find_payer(struct pay_work *w, int64_t *out)
{
    struct tg_star_transactions *page = arena_alloc(w->arena, sizeof *page);
    bool ok = true;
    int64_t at = first_offset(w, page, &ok);
    *out = 0;
    for (int pages = 0; ok && pages < PAGES_MAX; pages++, at += TG_TRANSACTIONS_MAX) {
        ok = list(w, at, TG_TRANSACTIONS_MAX, page);
        for (size_t i = 0; ok && i < page->n; i++) {
            const struct tg_star_transaction *t = &page->items[i];
            if (t->kind == TG_STAR_PAYMENT && strcmp(t->id, w->errand.charge) == 0) {
                *out = t->user_id;
                return true;
            }
        }
        if (ok && page->n + page->unreadable < TG_TRANSACTIONS_MAX)
            return true;
    }
    return ok;
}

static void refund(struct pay_work *w)
{
    static const struct provider_answer nobody = {
        .verdict = PROVIDER_REFUSED, .code = "the payer is not known any more", .said = ""};
    static const struct provider_answer part = {
        .verdict = PROVIDER_REFUSED, .code = "Stars are given back as a whole", .said = ""};
    const struct payment *p = &w->errand.payment;
    struct tg_answer answer;
    struct buf params;
    if (w->errand.telegram_id == 0 && !find_payer(w, &w->errand.telegram_id))
        return;
    if (w->errand.telegram_id == 0 || w->errand.amount != p->amount) {
        work_not_refunded(w, w->errand.telegram_id == 0 ? &nobody : &part);
        return;
    }
    buf_init(&params, BODY_MAX);
    tg_star_refund_params(&params, w->errand.telegram_id, w->errand.charge);
    struct provider_answer a = fetch(w, "refundStarPayment", &params, &answer);
    work_not_refunded(w, &a);
    if (a.verdict != PROVIDER_DONE)
        return;
    struct payment_notice *n = work_learn(w, FACT_REFUNDED); /* as stars_refunded says it */
    n->ref = w->errand.charge;
    n->charge = w->errand.charge;
    n->amount = w->errand.amount;
    n->currency = p->currency;
}

static void stop(struct pay_work *w)
{
    struct tg_answer answer;
    struct buf params;
    if (w->errand.telegram_id == 0 || !*w->errand.charge) {
        work_end(w, END_FAILED, "the payer or the charge is not known");
        w->alert = "A subscription in Stars could not be ended; its person has to end it in Telegram";
        return;
    }
    buf_init(&params, BODY_MAX);
    tg_star_subscription_params(&params, w->errand.telegram_id, w->errand.charge, true);
    struct provider_answer a = fetch(w, "editUserStarSubscription", &params, &answer);
    work_judge(w, &a);
    if (w->result.end == END_FAILED)
        w->alert = "A subscription in Stars could not be ended; its person has to end it in Telegram";
}

void via_stars(struct pay_work *w)
{
    switch (w->errand.call) {
    case CALL_CREATE:
    case CALL_READ:
        create_or_read(w);
        break;
    case CALL_REFUND:
        refund(w);
        break;
    case CALL_STOP:
        stop(w);
        break;
    default:
        work_end(w, END_SENT, NULL);
    }
}
