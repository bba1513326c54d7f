/* What people are told about money without having asked: receipts, what ends and renews, rewards. */
#include <string.h>
#include "base/check.h"
#include "base/json_read.h"
#include "domain/ledger/ledger.h"
#include "edge/bot/money.h"
#include "edge/bot/screens.h"

#define STATUS_BYTES_MAX 64

/* --- receipts ------------------------------------------------------------------------------------------ */

/* Until when a payment's own period runs. */
static struct instant period_end(const struct subscription *s, const struct payment *p)
{
    for (size_t i = 0; i < s->periods_count; i++) {
        if (uuid_cmp(&s->periods[i].payment_id, &p->id) == 0)
            return s->periods[i].ends_at;
    }
    return s->ends_at;
}

static enum ecode put_bought(struct view *v, const struct payment *p)
{
    struct subscription s;
    bool found;
    enum ecode rc = view_subscription(v, &s, &found);
    if (rc != E_OK || !found)
        return rc;
    view_line(v, TEXT_RECEIPT_PLAN,
              TEXT_ARGS(text_str("plan", plan_length_of(v->ctx, v->lang, p->plan)),
                        until_arg(v, period_end(&s, p))));
    put_renewal(v, &s);
    return E_OK;
}

/* What is left of it after money went back. */
static enum ecode put_left(struct view *v)
{
    struct subscription s;
    bool found;
    enum ecode rc = view_subscription(v, &s, &found);
    if (rc != E_OK)
        return rc;
    if (found && subscription_entitles(s.status)) {
        view_line(v, TEXT_PREMIUM_UNTIL, TEXT_ARGS(until_arg(v, s.ends_at)));
    } else {
        view_line(v, TEXT_RECEIPT_OVER, NULL);
        put_free_plan(v, true);
    }
    return E_OK;
}

static enum ecode put_wallet(struct view *v)
{
    struct wallet w;
    enum ecode rc = wallet_get(v->ctx, NULL, &w);
    if (rc == E_OK)
        view_line(v, TEXT_RECEIPT_BALANCE, TEXT_ARGS(money_arg(v->ctx, "balance", w.balance, w.currency)));
    return rc;
}

/* won: a dispute is over. */
static void put_heading(struct view *v, const struct payment *p, bool won)
{
    struct text_arg amount = money_arg(v->ctx, "amount", p->amount, p->currency);
    struct text_arg back = money_arg(v->ctx, "back", p->refunded, p->currency);
    if (won) {
        view_line(v, TEXT_RECEIPT_DISPUTE_WON, TEXT_ARGS(amount));
        return;
    }
    switch (p->status) {
    case PAYMENT_SUCCEEDED:
        view_line(v, p->purpose == PURPOSE_TOPUP ? TEXT_RECEIPT_TOPUP : TEXT_RECEIPT_PAID, TEXT_ARGS(amount));
        break;
    case PAYMENT_PARTIALLY_REFUNDED:
        view_line(v, TEXT_RECEIPT_PARTLY, TEXT_ARGS(back, amount));
        break;
    case PAYMENT_REFUNDED:
        view_line(v, TEXT_RECEIPT_REFUNDED, TEXT_ARGS(amount));
        break;
    case PAYMENT_DISPUTED:
        view_line(v, TEXT_RECEIPT_DISPUTED, TEXT_ARGS(amount));
        break;
    default:
        view_line(v, TEXT_RECEIPT_CHARGED_BACK, TEXT_ARGS(amount));
    }
}

/* args: "<status>:<refunded>[:won]" that this tells of; what came after it is told by a message of its own.
 */
enum ecode draw_receipt(struct view *v)
{
    struct payment_ref ref = {v->item->ref_id};
    struct payment p;
    char id[UUID_TEXT];
    int64_t refunded;
    enum ecode rc = payment_get(v->ctx, &ref, &p);
    if (rc != E_OK)
        return rc;
    v->nothing = !payment_was_paid(p.status) || !args_is(&v->args, 0, payment_status_names[p.status]) ||
                 !args_int(&v->args, 1, 0, PAYMENT_AMOUNT_MAX, &refunded) || refunded != p.refunded;
    if (v->nothing)
        return E_OK;
    put_heading(v, &p, args_is(&v->args, 2, "won"));
    if (p.purpose == PURPOSE_SUBSCRIPTION)
        rc = p.status == PAYMENT_SUCCEEDED ? put_bought(v, &p) : put_left(v);
    if (rc == E_OK && (p.purpose == PURPOSE_TOPUP || p.provider == PROVIDER_BALANCE))
        rc = put_wallet(v);
    view_gap(v);
    view_line(v, TEXT_RECEIPT_NUMBER, TEXT_ARGS(text_str("id", uuid_format(&p.id, id))));
    if (p.purpose == PURPOSE_TOPUP)
        view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    else
        view_button(v, "pr", TEXT_BUTTON_PREMIUM, NULL);
    return rc;
}

/* --- what ends, and what renews itself ----------------------------------------------------------------- */

struct notice {
    int occasion, renews_by;
    const char *status;
    struct instant ends_at;
};

static bool read_notice(struct view *v, struct notice *out)
{
    static const struct json_field rows[] = {
        {JSON_MEMBER(struct notice, occasion), FIELD_ENUM, FIELD_REQUIRED, .names = occasion_names},
        {JSON_MEMBER(struct notice, renews_by), FIELD_ENUM, FIELD_REQUIRED, .names = renews_by_names},
        {JSON_MEMBER(struct notice, status), FIELD_STRING, FIELD_REQUIRED, .max = STATUS_BYTES_MAX},
        {JSON_MEMBER(struct notice, ends_at), FIELD_INSTANT, FIELD_REQUIRED},
    };
    struct json_seen seen;
    struct err err;
    json_t *root;
    const char *args = v->item->args;
    return args && json_read(v->ctx->arena, args, strlen(args), true, &root, &err) == E_OK &&
           json_object_read(v->ctx->arena, root, "", rows, ARRAY_LEN(rows), JSON_WHOLE, out, &seen, &err) ==
               E_OK;
}

static bool is_trial(int occasion)
{
    return occasion >= OCCASION_TRIAL_36H && occasion <= OCCASION_TRIAL_END;
}

static void put_trial(struct view *v, const struct subscription *s, int occasion)
{
    struct text_arg when = when_arg(v, s->ends_at), until = until_arg(v, s->ends_at);
    switch ((enum occasion_kind)occasion) {
    case OCCASION_TRIAL_36H:
        view_line(v, TEXT_NOTICE_TRIAL_BEGUN, TEXT_ARGS(until));
        break;
    case OCCASION_TRIAL_90H:
        view_line(v, TEXT_NOTICE_TRIAL_MIDDLE, TEXT_ARGS(until));
        break;
    case OCCASION_TRIAL_END:
        view_line(v, TEXT_NOTICE_TRIAL_OVER, NULL);
        break;
    default:
        view_line(v, TEXT_NOTICE_TRIAL_SOON, TEXT_ARGS(when));
    }
    put_free_plan(v, occasion == OCCASION_TRIAL_END);
}

/* Before the end of what renews itself: whether it will. */
static enum ecode put_renewing(struct view *v, const struct subscription *s)
{
    struct text_arg when = when_arg(v, s->ends_at), until = until_arg(v, s->ends_at);
    const struct plan *plan = plan_find(v->ctx->policy->plans, s->plan);
    struct wallet w;
    if (s->renews_by != RENEWS_BALANCE || !plan) {
        view_line(v, s->renews_by == RENEWS_STARS ? TEXT_NOTICE_RENEWS_STARS : TEXT_NOTICE_RENEWS,
                  TEXT_ARGS(when, until));
        return E_OK;
    }
    enum ecode rc = wallet_get(v->ctx, NULL, &w);
    if (rc != E_OK)
        return rc;
    int64_t price = plan_price(plan, w.currency);
    view_line(v, w.balance < price ? TEXT_NOTICE_TOO_LITTLE : TEXT_NOTICE_RENEWS_BALANCE,
              TEXT_ARGS(when, until, money_arg(v->ctx, "price", price, w.currency),
                        money_arg(v->ctx, "balance", w.balance, w.currency)));
    view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    return E_OK;
}

static enum ecode put_paid(struct view *v, const struct subscription *s, int occasion)
{
    bool over = occasion == OCCASION_PAID_END || occasion == OCCASION_GRACE_END;
    bool grace = over && s->status == SUBSCRIPTION_PAST_DUE;
    if (grace && s->renews_by == RENEWS_STARS) {
        v->nothing = true; /* Telegram counts thirty days, and charges by itself */
    } else if (grace) {
        view_line(v, TEXT_NOTICE_GRACE, TEXT_ARGS(until_arg(v, instant_from_ms(s->ends_at.ms + GRACE_MS))));
    } else if (over) {
        view_line(v, TEXT_NOTICE_OVER, NULL);
        put_free_plan(v, true);
    } else if (s->renews_by != RENEWS_NONE && !s->canceled) {
        return put_renewing(v, s);
    } else {
        view_line(v, TEXT_NOTICE_SOON, TEXT_ARGS(when_arg(v, s->ends_at)));
        put_free_plan(v, false);
    }
    return E_OK;
}

/* args: JSON as subscription_act writes it. What was bought meanwhile makes it untrue: nothing is said. */
enum ecode draw_notice(struct view *v)
{
    struct notice n;
    struct subscription s;
    bool found;
    v->nothing = !read_notice(v, &n);
    if (v->nothing)
        return E_OK;
    enum ecode rc = view_subscription(v, &s, &found);
    if (rc != E_OK)
        return rc;
    v->nothing = !found || instant_cmp(s.ends_at, n.ends_at) != 0;
    if (v->nothing)
        return E_OK;
    if (is_trial(n.occasion))
        put_trial(v, &s, n.occasion);
    else
        rc = put_paid(v, &s, n.occasion);
    view_button(v, "pr", TEXT_BUTTON_PREMIUM, NULL);
    return rc;
}

/* --- rewards ------------------------------------------------------------------------------------------- */

/* args: "paid:<amount>" or "back:<amount>" */
enum ecode draw_reward(struct view *v)
{
    struct wallet w;
    int64_t amount;
    v->nothing = !args_int(&v->args, 1, 1, INT64_MAX / 2, &amount);
    if (v->nothing)
        return E_OK;
    enum ecode rc = wallet_get(v->ctx, NULL, &w);
    if (rc != E_OK)
        return rc;
    view_line(v, args_is(&v->args, 0, "back") ? TEXT_REWARD_BACK : TEXT_REWARD_PAID,
              TEXT_ARGS(money_arg(v->ctx, "amount", amount, w.currency)));
    view_line(v, TEXT_RECEIPT_BALANCE, TEXT_ARGS(money_arg(v->ctx, "balance", w.balance, w.currency)));
    view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    view_button(v, "iv", TEXT_BUTTON_INVITE, NULL);
    return E_OK;
}
