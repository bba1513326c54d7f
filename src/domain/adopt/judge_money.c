#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/decimal.h"
#include "base/utf8.h"
#include "domain/adopt/judge.h"
#include "domain/payment/plan.h"
#include "domain/subscription/subscription_rule.h"

#define MS_PER_DAY 86400000LL
#define STILL_ASKED_DAYS 5 /* what waits for longer is asked about no more */
#define MONTHS_MAX 120
#define REFERENCE_CHARACTERS 100

/* What the judging of one person's money passes around. */
struct money {
    const struct older_source *s;
    const struct older_person *p;
    struct arena *a;
    struct judged_person *out;
    int64_t *amounts;   /* of the postings there, signed as the wallet sees them; 0: left out */
    bool *rewards;      /* of the postings there: a referral's reward that stands */
    bool *debts;        /* of the postings there: it takes the wallet below zero */
    int64_t *linked_to; /* of the payments there: the subscription that they pay for, or 0 */
    bool *taken;        /* of the payments there: written */
    bool *posted;       /* of the payments there: its postings are those that habitd would have made */
    struct reward_match *matches; /* rewards that stand */
    size_t matches_count;
};

/* --- amounts
 * ------------------------------------------------------------------------------------------------- */

/* The code in upper case as habitd writes it, or NULL: it is not one. */
static const char *judge_currency(const char *text, struct arena *a)
{
    size_t n = text ? strlen(text) : 0;
    if (n < 3 || n > 8)
        return NULL;
    char *code = arena_memdup(a, text, n);
    for (char *c = code; *c; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
        if (*c < 'A' || *c > 'Z')
            return NULL;
    }
    return code;
}

bool judge_amount(const struct older_source *s, const char *text, const char *currency, int64_t *out)
{
    bool negative = text && *text == '-';
    if (!text || !decimal_parse(text + negative, strlen(text + negative),
                                currency_digits(s->policy->plans, currency), out))
        return false;
    *out = negative ? -*out : *out;
    return *out <= LEDGER_AMOUNT_MAX && *out >= -LEDGER_AMOUNT_MAX;
}

/* The wallets' currency; a column that is not there or empty means it. */
static bool is_wallets(const struct money *m, const char *currency)
{
    return !currency || !*currency || strcasecmp(currency, m->s->policy->currency) == 0;
}

/* --- postings, as the wallet sees them
 * ---------------------------------------------------------------------------- */

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* Credits are positive and debits negative, whatever sign they are stored with; a refund has its own. */
static void judge_posting(struct money *m, size_t i)
{
    const struct older_posting *row = &m->p->postings[i];
    int64_t amount;
    const char *why = NULL;
    if (!is_wallets(m, row->currency))
        why = "its currency is not HABITD_CURRENCY";
    else if (!judge_amount(m->s, row->amount, m->s->policy->currency, &amount) || amount == 0)
        why = "its amount is not a sum of money that moves";
    else if (is(row->type, "credit") || is(row->type, "referral_reward"))
        m->amounts[i] = llabs(amount);
    else if (is(row->type, "debit") || is(row->type, "subscription"))
        m->amounts[i] = -llabs(amount);
    else if (is(row->type, "refund"))
        m->amounts[i] = amount;
    else
        why = "its type is not known";
    if (why)
        judge_find(m->out, m->a, ADOPT_POSTINGS, row->id, ADOPT_LEFT_OUT, "%s (%.20s %.10s, %.20s)", why,
                   row->amount ? row->amount : "no amount", row->currency ? row->currency : "",
                   row->type ? row->type : "no type");
}

/* What a posting is if it belongs to the payment it names; POSTING_KINDS: nothing that a payment posts. */
static int linked_kind(const struct money *m, size_t i)
{
    const char *type = m->p->postings[i].type;
    if (is(type, "credit"))
        return POSTING_TOPUP;
    if (is(type, "debit") || is(type, "subscription"))
        return m->debts[i] ? POSTING_KINDS : POSTING_SUBSCRIPTION;
    return is(type, "refund") ? POSTING_REFUND : POSTING_KINDS;
}

static void find_debts(struct money *m)
{
    int64_t balance = 0;
    for (size_t i = 0; i < m->p->postings_count; i++) {
        balance += m->amounts[i];
        m->debts[i] = m->amounts[i] < 0 && balance < 0;
        if (m->debts[i])
            judge_find(m->out, m->a, ADOPT_POSTINGS, m->p->postings[i].id, ADOPT_CHANGED,
                       "it takes the wallet below zero; it stands as an adjustment");
    }
}

/* --- payments
 * -------------------------------------------------------------------------------------------------------- */

static int provider_of(const char *name)
{
    static const struct {
        const char *there;
        enum payment_provider here;
    } names[] = {
        {"stars", PROVIDER_STARS},         {"telegram_stars", PROVIDER_STARS}, {"telegram", PROVIDER_STARS},
        {"yookassa", PROVIDER_YOOKASSA},   {"cryptobot", PROVIDER_CRYPTOBOT},  {"crypto", PROVIDER_CRYPTOBOT},
        {"cryptopay", PROVIDER_CRYPTOBOT}, {"balance", PROVIDER_BALANCE},      {"wallet", PROVIDER_BALANCE},
    };
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i].there) == 0)
            return (int)names[i].here;
    return -1;
}

static void add_fact(struct payment_past *h, enum payment_fact_kind kind, const char *ref, const char *charge,
                     struct instant at)
{
    h->facts[h->n] = (struct payment_fact){
        .kind = kind, .ref = ref, .charge = charge, .amount = h->terms.amount, .currency = h->terms.currency};
    if (kind == FACT_FAILED || kind == FACT_CANCELED || kind == FACT_EXPIRED || kind == FACT_PENDING) {
        h->facts[h->n].amount = 0;
        h->facts[h->n].currency = "";
    }
    h->at[h->n++] = at;
}

/* The life of a payment as facts. false: its status is not known. */
static bool add_life(const struct money *m, const struct older_payment *row, struct payment_past *h)
{
    const char *charge =
        row->charge && *row->charge ? row->charge : arena_printf(m->a, "older:%lld", (long long)row->id);
    struct instant done = row->has_completed_at ? row->completed_at : row->updated_at;
    bool recent = instant_diff(m->s->now, row->created_at).ms < STILL_ASKED_DAYS * MS_PER_DAY;
    if (is(row->status, "succeeded") || is(row->status, "refunded")) {
        add_fact(h, FACT_SUCCEEDED, charge, "", done);
        if (is(row->status, "refunded"))
            add_fact(h, FACT_REFUNDED, arena_printf(m->a, "older:%lld", (long long)row->id), charge,
                     row->updated_at);
    } else if (is(row->status, "pending")) {
        if (recent && row->charge && *row->charge)
            add_fact(h, FACT_PENDING, charge, "", row->created_at);
        else
            add_fact(h, FACT_EXPIRED, "", "", row->updated_at);
    } else if (is(row->status, "failed")) {
        add_fact(h, FACT_FAILED, "", "", row->updated_at);
    } else if (is(row->status, "cancelled") || is(row->status, "canceled")) {
        add_fact(h, FACT_CANCELED, "", "", row->updated_at);
    } else {
        return false;
    }
    return true;
}

static const struct older_subscription *find_subscription(const struct money *m, int64_t id)
{
    for (size_t i = 0; id && i < m->p->subscriptions_count; i++)
        if (m->p->subscriptions[i].id == id)
            return &m->p->subscriptions[i];
    return NULL;
}

/* How long a subscription there runs: whole months when it is, else days, begun ones counted. */
static void judge_length(const struct older_subscription *row, struct instant end, int *months, int *days)
{
    *months = *days = 0;
    for (int n = 1; n <= MONTHS_MAX; n++)
        if (llabs(instant_diff(add_months(row->started_at, n), end).ms) < MS_PER_DAY / 24) {
            *months = n;
            return;
        }
    int64_t ms = instant_diff(end, row->started_at).ms;
    *days = (int)((ms + MS_PER_DAY - 1) / MS_PER_DAY);
}

/* The plan that is nearest to it. */
static const char *plan_of(const struct money *m, int months, int days)
{
    const struct plan_table *t = m->s->policy->plans;
    for (size_t i = 0; i < t->count; i++)
        if (t->plans[i].months == months && t->plans[i].days == days)
            return t->plans[i].name;
    return t->count > 0 ? t->plans[0].name : "month";
}

static const char *plan_of_subscription(const struct money *m, const struct older_subscription *row)
{
    int months, days;
    judge_length(row, row->expires_at, &months, &days);
    return plan_of(m, months, days);
}

/* What the postings that name the payment sum up to. */
static struct payment_target posted_for(const struct money *m, int64_t payment_id)
{
    struct payment_target t = {0};
    for (size_t i = 0; i < m->p->postings_count; i++)
        if (m->p->postings[i].payment_id == payment_id)
            payment_target_add(&t, linked_kind(m, i), m->amounts[i]);
    return t;
}

/* Why the payment cannot be taken over; NULL: it can, and *h is it. */
static const char *judge_payment(struct money *m, size_t i, struct payment_past *h)
{
    static const struct payment_target nothing;
    const struct older_payment *row = &m->p->payments[i];
    const struct older_subscription *sub = find_subscription(m, m->linked_to[i]);
    int provider = provider_of(row->provider);
    const char *currency =
        row->currency && *row->currency ? judge_currency(row->currency, m->a) : m->s->policy->currency;
    bool buys = sub || (row->type && strstr(row->type, "subscription"));
    int64_t amount;
    if (provider < 0)
        return "its provider is none of habitd's";
    if (!currency)
        return "its currency is not a code of letters";
    if (!judge_amount(m->s, row->amount, currency, &amount) || amount <= 0 || amount > PAYMENT_AMOUNT_MAX)
        return "its amount is not a sum above 0";
    if (older_is_among(m->s->same_charge, m->s->same_charge_count, row->id))
        return "its provider_payment_id is another payment's too";
    if (row->charge && strlen(row->charge) > PAYMENT_REF_BYTES_MAX)
        return "its provider_payment_id is too long";
    *h = (struct payment_past){
        .user_id = m->out->id,
        .id = adopted_id(ADOPT_PAYMENTS, row->id),
        .provider = (enum payment_provider)provider,
        .purpose = buys ? PURPOSE_SUBSCRIPTION : PURPOSE_TOPUP,
        .plan = sub    ? plan_of_subscription(m, sub)
                : buys ? plan_of(m, 1, 0)
                       : NULL,
        .key = arena_printf(m->a, "older:%lld", (long long)row->id),
        .terms = {.amount = amount, .currency = currency},
        .created_at = row->created_at,
    };
    if (!add_life(m, row, h))
        return "its status is not known";
    struct payment_state state;
    payment_past_fold(h, &state);
    if (buys && !sub && payment_was_paid(state.status))
        return "it paid for a subscription that is not there";
    struct payment_target want = payment_past_target(h), have = posted_for(m, row->id);
    m->posted[i] = memcmp(&want, &have, sizeof want) == 0;
    if (!m->s->has_postings) /* they are made of the payments */
        return want.subscription ? "no ledger shows what was bought from the wallet" : NULL;
    if (!m->posted[i] && memcmp(&want, &nothing, sizeof want) != 0)
        return "its balance_transactions do not give what it paid";
    return NULL;
}

/* A subscription without a payment_id is paid by the payment for one that came within a day of its start. */
static void link_payments(struct money *m)
{
    for (size_t k = 0; k < m->p->subscriptions_count; k++) {
        const struct older_subscription *sub = &m->p->subscriptions[k];
        for (size_t i = 0; i < m->p->payments_count && is(sub->tier, "premium"); i++) {
            const struct older_payment *row = &m->p->payments[i];
            struct instant at = row->has_completed_at ? row->completed_at : row->created_at;
            bool named = sub->payment_id == row->id;
            bool near = !sub->payment_id && row->type && strstr(row->type, "subscription") &&
                        llabs(instant_diff(at, sub->started_at).ms) <= MS_PER_DAY;
            if ((named || near) && !m->linked_to[i]) {
                m->linked_to[i] = sub->id;
                break;
            }
        }
    }
}

static void judge_payments(struct money *m)
{
    struct judged_person *out = m->out;
    out->payments = arena_array(m->a, m->p->payments_count, sizeof *out->payments);
    for (size_t i = 0; i < m->p->payments_count; i++) {
        const struct older_payment *row = &m->p->payments[i];
        const char *why = judge_payment(m, i, &out->payments[out->payments_count]);
        m->taken[i] = !why;
        if (why)
            judge_find(out, m->a, ADOPT_PAYMENTS, row->id, ADOPT_LEFT_OUT, "%s (%.20s, %.20s %.10s, %.20s)",
                       why, row->provider, row->amount, row->currency ? row->currency : "", row->status);
        else
            out->payments_count++;
    }
}

/* --- the wallet
 * ---------------------------------------------------------------------------------------------------------
 */

static bool payment_is_posted(const struct money *m, int64_t payment_id)
{
    for (size_t i = 0; payment_id && i < m->p->payments_count; i++)
        if (m->p->payments[i].id == payment_id)
            return m->taken[i] && m->posted[i];
    return false;
}

static void add_posting(struct money *m, size_t i)
{
    const struct older_posting *row = &m->p->postings[i];
    struct judged_posting *out = &m->out->postings[m->out->postings_count++];
    int linked = linked_kind(m, i);
    *out = (struct judged_posting){
        .request = {.user_id = m->out->id,
                    .kind = POSTING_ADJUSTMENT,
                    .amount = m->amounts[i],
                    .key = arena_printf(m->a, "older:%lld", (long long)row->id)},
        .at = row->created_at,
    };
    if (payment_is_posted(m, row->payment_id) && linked != POSTING_KINDS) {
        out->request.kind = (enum posting_kind)linked;
        out->request.payment_id = adopted_id(ADOPT_PAYMENTS, row->payment_id);
    } else if (m->rewards[i]) {
        out->request.kind = POSTING_REFERRAL_REWARD;
    } else if (is(row->type, "subscription") && !m->debts[i]) {
        out->request.kind = POSTING_SUBSCRIPTION;
    } else {
        const char *told = row->reference ? row->reference : "";
        size_t len = utf8_truncate(told, strlen(told), REFERENCE_CHARACTERS);
        out->request.reason =
            arena_printf(m->a, "older bot: %s%s%.*s", row->type, len ? ", " : "", (int)len, told);
    }
}

static int64_t make_posting(struct money *m, enum posting_kind kind, int64_t amount,
                            const struct uuid *payment, const char *key, struct instant at)
{
    if (amount == 0)
        return 0;
    m->out->postings[m->out->postings_count++] = (struct judged_posting){
        .request = {.user_id = m->out->id, .kind = kind, .amount = amount, .key = key},
        .at = at,
    };
    if (payment)
        m->out->postings[m->out->postings_count - 1].request.payment_id = *payment;
    return amount;
}

/* Where no ledger was kept: what payments and rewards must have posted. Returns the sum. */
static int64_t make_ledger(struct money *m)
{
    int64_t sum = 0;
    for (size_t i = 0; i < m->out->payments_count; i++) {
        const struct payment_past *h = &m->out->payments[i];
        struct payment_target want = payment_past_target(h);
        char id[UUID_TEXT];
        uuid_format(&h->id, id);
        sum += make_posting(m, POSTING_TOPUP, want.topup, &h->id, arena_printf(m->a, "older:topup:%s", id),
                            h->at[0]);
        sum += make_posting(m, POSTING_REFUND, want.refund, &h->id, arena_printf(m->a, "older:refund:%s", id),
                            h->at[h->n - 1]);
    }
    for (size_t i = 0; i < m->matches_count; i++)
        sum += make_posting(m, POSTING_REFERRAL_REWARD, m->matches[i].amount, NULL,
                            arena_printf(m->a, "older:reward:%lld", (long long)m->matches[i].referral_id),
                            m->matches[i].at);
    return sum;
}

/* What a balance holds beyond what the postings made of payments and rewards explain. */
static void close_gap(struct money *m, int64_t gap)
{
    make_posting(m, POSTING_ADJUSTMENT, gap, NULL, "older:balance", m->s->now);
    if (gap != 0)
        m->out->postings[m->out->postings_count - 1].request.reason =
            "older bot: the rest of the balance, whose transactions were not kept";
}

static void judge_balances(struct money *m, int64_t sum)
{
    for (size_t i = 0; i < m->p->balances_count; i++) {
        const struct older_balance *row = &m->p->balances[i];
        int64_t amount;
        if (i > 0)
            judge_find(m->out, m->a, ADOPT_BALANCES, row->id, ADOPT_LEFT_OUT,
                       "the user has another one, %lld", (long long)m->p->balances[0].id);
        else if (!is_wallets(m, row->currency))
            judge_find(m->out, m->a, ADOPT_BALANCES, row->id, ADOPT_LEFT_OUT,
                       "its currency %.10s is not HABITD_CURRENCY, %s", row->currency,
                       m->s->policy->currency);
        else if (!judge_amount(m->s, row->amount, m->s->policy->currency, &amount))
            judge_find(m->out, m->a, ADOPT_BALANCES, row->id, ADOPT_LEFT_OUT,
                       "its amount %.30s is not a sum of money", row->amount ? row->amount : "");
        else if (!m->s->has_postings)
            close_gap(m, amount - sum);
        else if (amount != sum) {
            char text[DECIMAL_TEXT];
            int digits = currency_digits(m->s->policy->plans, m->s->policy->currency);
            judge_find(m->out, m->a, ADOPT_BALANCES, row->id, ADOPT_LEFT_OUT,
                       "it says %.30s, its transactions give %s%s; the wallet is their sum", row->amount,
                       sum < 0 ? "-" : "", decimal_format(llabs(sum), digits, text));
        }
    }
}

static void judge_wallet(struct money *m)
{
    int64_t balance = 0;
    m->out->postings =
        arena_array(m->a, m->p->postings_count + 2 * m->p->payments_count + m->matches_count + 1,
                    sizeof *m->out->postings);
    if (!m->s->has_postings)
        balance = make_ledger(m);
    for (size_t i = 0; i < m->p->postings_count; i++) {
        if (m->amounts[i] != 0) {
            add_posting(m, i);
            balance += m->amounts[i];
        }
    }
    judge_balances(m, balance);
}

/* --- subscriptions
 * -------------------------------------------------------------------------------------------------------- */

/* The payment that pays for it and was taken over; its place there, or -1. */
static int payer_of(const struct money *m, int64_t subscription_id)
{
    for (size_t i = 0; i < m->p->payments_count; i++)
        if (m->linked_to[i] == subscription_id && m->taken[i])
            return (int)i;
    return -1;
}

static const struct payment_past *history_of(const struct money *m, int64_t payment_id)
{
    struct uuid id = adopted_id(ADOPT_PAYMENTS, payment_id);
    for (size_t i = 0; i < m->out->payments_count; i++)
        if (uuid_cmp(&m->out->payments[i].id, &id) == 0)
            return &m->out->payments[i];
    return NULL;
}

static void add_period(struct money *m, const struct older_subscription *row, struct instant end)
{
    struct period_history *d = &m->out->periods[m->out->periods_count++];
    int i = payer_of(m, row->id);
    *d = (struct period_history){.bought_at = row->started_at};
    judge_length(row, end, &d->months, &d->days);
    d->plan = plan_of(m, d->months, d->days);
    d->reason = "older bot: a subscription without its payment";
    const struct payment_past *h = i < 0 ? NULL : history_of(m, m->p->payments[i].id);
    struct payment_state state = {.status = PAYMENT_CREATED};
    if (h)
        payment_past_fold(h, &state);
    if (h && payment_was_paid(state.status)) {
        d->payment_id = h->id;
        d->plan = h->plan;
        d->reason = NULL;
        if (!payment_stands(state.status))
            d->reversed_at =
                instant_cmp(h->at[h->n - 1], row->started_at) > 0 ? h->at[h->n - 1] : row->started_at;
    }
}

static void judge_subscription(struct money *m, const struct older_subscription *row)
{
    struct instant end = row->expires_at;
    if (!is(row->tier, "premium")) {
        if (is(row->tier, "trial") && !m->out->user.has_trial_end &&
            instant_cmp(end, m->out->user.created_at) > 0) {
            m->out->user.has_trial_end = true;
            m->out->user.trial_ends_at = end;
        }
        return; /* the trial is the user's own; free is what is left without one */
    }
    if (!row->active && instant_cmp(end, m->s->now) > 0) {
        end = instant_cmp(row->updated_at, row->started_at) > 0 ? row->updated_at : row->started_at;
        judge_find(m->out, m->a, ADOPT_SUBSCRIPTIONS, row->id, ADOPT_CHANGED,
                   "it is not active and ends later; it ended with its last change");
    }
    if (instant_cmp(end, row->started_at) <= 0 || row->started_at.ms <= 0 ||
        instant_diff(end, row->started_at).ms > MONTHS_MAX * 31 * MS_PER_DAY ||
        instant_cmp(row->started_at, m->s->now) > 0) {
        if (payer_of(m, row->id) < 0) {
            judge_find(m->out, m->a, ADOPT_SUBSCRIPTIONS, row->id, ADOPT_LEFT_OUT,
                       "it does not run from a moment of the past to a later one");
            return;
        }
        end = instant_add(row->started_at, (struct duration){MS_PER_DAY}); /* what was paid has its period */
        judge_find(m->out, m->a, ADOPT_SUBSCRIPTIONS, row->id, ADOPT_CHANGED,
                   "it does not run from a moment of the past to a later one; it ran for a day");
    }
    add_period(m, row, end);
}

static void judge_subscriptions(struct money *m)
{
    const struct older_user *u = &m->out->user;
    bool runs = false;
    m->out->periods = arena_array(m->a, m->p->subscriptions_count, sizeof *m->out->periods);
    for (size_t i = 0; i < m->p->subscriptions_count; i++) {
        const struct older_subscription *row = &m->p->subscriptions[i];
        judge_subscription(m, row);
        runs =
            runs || (is(row->tier, "premium") && row->active && instant_cmp(row->expires_at, m->s->now) > 0);
    }
    if (is(u->tier, "premium") && !runs)
        judge_find(m->out, m->a, ADOPT_USERS, u->id, ADOPT_CHANGED,
                   "its tier is premium, and no subscription runs; it is what its subscriptions give");
}

enum ecode judge_money(const struct older_source *s, const struct older_person *p, struct arena *a,
                       struct judged_person *out, struct err *err)
{
    struct money m = {.s = s, .p = p, .a = a, .out = out};
    m.amounts = arena_array(a, p->postings_count, sizeof *m.amounts);
    m.rewards = arena_array(a, p->postings_count, sizeof *m.rewards);
    m.debts = arena_array(a, p->postings_count, sizeof *m.debts);
    m.linked_to = arena_array(a, p->payments_count, sizeof *m.linked_to);
    m.taken = arena_array(a, p->payments_count, sizeof *m.taken);
    m.posted = arena_array(a, p->payments_count, sizeof *m.posted);
    enum ecode rc = judge_rewards(s, p->user.id, a, &m.matches, &m.matches_count, err);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < p->postings_count; i++) {
        judge_posting(&m, i);
        for (size_t k = 0; k < m.matches_count; k++)
            m.rewards[i] = m.rewards[i] || m.matches[k].posting_id == p->postings[i].id;
    }
    find_debts(&m);
    link_payments(&m);
    judge_payments(&m);
    judge_wallet(&m);
    judge_subscriptions(&m);
    return E_OK;
}
