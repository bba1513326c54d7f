#include "domain/subscription/subscription_rule.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/check.h"
#include "base/day.h"

#define MS_PER_HOUR 3600000LL
#define MS_PER_DAY 86400000LL

const char *const subscription_status_names[] = {
    [SUBSCRIPTION_TRIALING] = "trialing",   [SUBSCRIPTION_ACTIVE] = "active",
    [SUBSCRIPTION_PAST_DUE] = "past_due",   [SUBSCRIPTION_CANCELED] = "canceled",
    [SUBSCRIPTION_SUSPENDED] = "suspended", [SUBSCRIPTION_EXPIRED] = "expired",
    [SUBSCRIPTION_REVOKED] = "revoked",     [SUBSCRIPTION_STATUSES] = NULL,
};
const char *const period_status_names[] = {
    [PERIOD_ACTIVE] = "active",
    [PERIOD_SUSPENDED] = "suspended",
    [PERIOD_REVOKED] = "revoked",
    [PERIOD_STATUSES] = NULL,
};
const char *const renews_by_names[] = {
    [RENEWS_STARS] = "stars",
    [RENEWS_SAVED_METHOD] = "saved_method",
    [RENEWS_BALANCE] = "balance",
    [RENEWS_NONE] = "none",
    [RENEWS] = NULL,
};
const char *const occasion_names[] = {
    [OCCASION_RENEW_1] = "renew_1",
    [OCCASION_RENEW_2] = "renew_2",
    [OCCASION_TRIAL_36H] = "trial_36h",
    [OCCASION_TRIAL_90H] = "trial_90h",
    [OCCASION_TRIAL_24H] = "trial_24h",
    [OCCASION_TRIAL_3H] = "trial_3h",
    [OCCASION_TRIAL_END] = "trial_end",
    [OCCASION_PAID_72H] = "paid_72h",
    [OCCASION_PAID_24H] = "paid_24h",
    [OCCASION_PAID_3H] = "paid_3h",
    [OCCASION_PAID_END] = "paid_end",
    [OCCASION_GRACE_END] = "grace_end",
    [OCCASION_KINDS] = NULL,
};

#define S(s) (1u << SUBSCRIPTION_##s)
/* The picture in the header as a table. */
static const unsigned subscription_moves[SUBSCRIPTION_STATUSES] = {
    [SUBSCRIPTION_TRIALING] = S(ACTIVE) | S(CANCELED) | S(SUSPENDED) | S(REVOKED) | S(EXPIRED),
    [SUBSCRIPTION_ACTIVE] = S(TRIALING) | S(PAST_DUE) | S(CANCELED) | S(SUSPENDED) | S(EXPIRED) | S(REVOKED),
    [SUBSCRIPTION_PAST_DUE] = S(ACTIVE) | S(EXPIRED) | S(REVOKED),
    [SUBSCRIPTION_CANCELED] = S(TRIALING) | S(ACTIVE) | S(SUSPENDED) | S(EXPIRED) | S(REVOKED),
    [SUBSCRIPTION_SUSPENDED] = S(TRIALING) | S(ACTIVE) | S(PAST_DUE) | S(CANCELED) | S(EXPIRED) | S(REVOKED),
    [SUBSCRIPTION_EXPIRED] = S(ACTIVE) | S(CANCELED) | S(SUSPENDED) | S(REVOKED),
    [SUBSCRIPTION_REVOKED] = S(ACTIVE) | S(PAST_DUE) | S(CANCELED) | S(SUSPENDED) | S(EXPIRED),
};

#define P(s) (1u << PERIOD_##s)
static const unsigned period_moves[PERIOD_STATUSES] = {
    [PERIOD_ACTIVE] = P(SUSPENDED) | P(REVOKED),
    [PERIOD_SUSPENDED] = P(ACTIVE) | P(REVOKED),
    [PERIOD_REVOKED] = P(ACTIVE) | P(SUSPENDED),
};

bool subscription_may(enum subscription_status from, enum subscription_status to)
{
    CHECK(from < SUBSCRIPTION_STATUSES && to < SUBSCRIPTION_STATUSES);
    return subscription_moves[from] >> to & 1;
}

bool period_may(enum period_status from, enum period_status to)
{
    CHECK(from < PERIOD_STATUSES && to < PERIOD_STATUSES);
    return period_moves[from] >> to & 1;
}

struct instant add_months(struct instant t, int months)
{
    int64_t days = t.ms / MS_PER_DAY - (t.ms % MS_PER_DAY < 0);
    int year, month, dom;
    struct day first;
    day_to_ymd(day_of((int32_t)days), &year, &month, &dom);
    int index = year * 12 + month - 1 + months;
    CHECK(index >= 12 && day_from_ymd(index / 12, index % 12 + 1, 1, &first));
    int length = day_month_length(first);
    struct day d = day_add(first, (dom < length ? dom : length) - 1);
    return instant_from_ms(d.n * MS_PER_DAY + (t.ms - days * MS_PER_DAY));
}

static struct instant later(struct instant a, struct instant b)
{
    return instant_cmp(a, b) > 0 ? a : b;
}

static struct instant earlier(struct instant a, struct instant b)
{
    return instant_cmp(a, b) < 0 ? a : b;
}

/* An unbroken row of months: where it began, and how many so far. */
struct row {
    bool open;
    struct instant at;
    int months;
};

void spans_lay_out(struct span *s, size_t n, struct instant not_before)
{
    struct instant cursor = not_before;
    struct row row = {.open = false};
    for (size_t i = 0; i < n; i++) {
        struct row before = row;
        CHECK((s[i].months > 0) != (s[i].days > 0));
        s[i].starts_at = later(s[i].bought_at, cursor);
        if (s[i].months > 0) {
            if (!row.open || instant_cmp(s[i].starts_at, cursor) != 0)
                row = (struct row){.open = true, .at = s[i].starts_at};
            row.months += s[i].months;
            s[i].full_end = add_months(row.at, row.months);
        } else {
            row.open = false;
            s[i].full_end = instant_from_ms(s[i].starts_at.ms + s[i].days * MS_PER_DAY);
        }
        s[i].ends_at = s[i].full_end;
        if (s[i].stopped) {
            s[i].ends_at = later(s[i].starts_at, earlier(s[i].stopped_at, s[i].full_end));
            if (instant_cmp(s[i].ends_at, s[i].starts_at) == 0)
                row = before; /* as if it had not been there */
            else if (instant_cmp(s[i].ends_at, s[i].full_end) < 0)
                row.open = false;
        }
        cursor = later(cursor, s[i].ends_at);
    }
}

enum subscription_status subscription_derive(const struct subscription_facts *f, struct instant now,
                                             struct instant *starts_at, struct instant *ends_at)
{
    bool valid = false, suspended = false, kept = false;
    struct instant start = f->trial_starts_at, end = f->trial_ends_at, stopped_end = end, reached = end;
    for (size_t i = 0; i < f->count; i++) {
        const struct span *s = &f->spans[i];
        if (i == 0 || instant_cmp(s->starts_at, reached) > 0)
            start = s->starts_at;
        reached = i == 0 ? s->ends_at : later(reached, s->ends_at);
        stopped_end = i == 0 ? s->full_end : later(stopped_end, s->full_end);
        if (f->periods[i] == PERIOD_ACTIVE) {
            end = kept ? later(end, s->ends_at) : s->ends_at;
            kept = true;
            valid = valid || instant_cmp(s->ends_at, now) > 0;
        }
        suspended = suspended || (f->periods[i] == PERIOD_SUSPENDED && instant_cmp(s->full_end, now) > 0);
    }
    *starts_at = start;
    *ends_at = later(start, kept ? end : stopped_end);
    if (valid)
        return f->canceled ? SUBSCRIPTION_CANCELED : SUBSCRIPTION_ACTIVE;
    if (f->trial && instant_cmp(f->trial_ends_at, now) > 0) {
        *starts_at = f->trial_starts_at;
        *ends_at = f->trial_ends_at;
        return SUBSCRIPTION_TRIALING;
    }
    if (suspended) {
        *ends_at = stopped_end;
        return SUBSCRIPTION_SUSPENDED;
    }
    if (f->count > 0 && !kept)
        return SUBSCRIPTION_REVOKED;
    bool renewing = f->renews_by != RENEWS_NONE && !f->canceled && kept;
    return renewing && now.ms < end.ms + GRACE_MS ? SUBSCRIPTION_PAST_DUE : SUBSCRIPTION_EXPIRED;
}

bool subscription_entitles(enum subscription_status s)
{
    return s == SUBSCRIPTION_ACTIVE || s == SUBSCRIPTION_CANCELED || s == SUBSCRIPTION_PAST_DUE;
}

static int by_moment(const void *a, const void *b)
{
    const struct occasion *x = a, *y = b;
    int c = instant_cmp(x->at, y->at);
    return c ? c : (int)x->kind - (int)y->kind;
}

size_t subscription_occasions(enum subscription_status status, enum renews_by renews_by,
                              struct instant starts_at, struct instant ends_at,
                              struct occasion out[OCCASIONS_MAX])
{
    static const struct {
        enum occasion_kind kind;
        bool trial, from_start;
        int64_t hours;
    } notices[] = {
        {OCCASION_TRIAL_36H, true, true, 36},  {OCCASION_TRIAL_90H, true, true, 90},
        {OCCASION_TRIAL_24H, true, false, 24}, {OCCASION_TRIAL_3H, true, false, 3},
        {OCCASION_TRIAL_END, true, false, 0},  {OCCASION_PAID_72H, false, false, 72},
        {OCCASION_PAID_24H, false, false, 24}, {OCCASION_PAID_3H, false, false, 3},
        {OCCASION_PAID_END, false, false, 0},
    };
    bool trial = status == SUBSCRIPTION_TRIALING, suspended = status == SUBSCRIPTION_SUSPENDED;
    bool running = status == SUBSCRIPTION_ACTIVE || status == SUBSCRIPTION_CANCELED;
    bool renews =
        renews_by != RENEWS_NONE && (status == SUBSCRIPTION_ACTIVE || status == SUBSCRIPTION_PAST_DUE);
    size_t n = 0;
    if (!trial && !running && !suspended && status != SUBSCRIPTION_PAST_DUE)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(notices); i++) {
        int64_t at = notices[i].from_start ? starts_at.ms + notices[i].hours * MS_PER_HOUR
                                           : ends_at.ms - notices[i].hours * MS_PER_HOUR;
        bool last = notices[i].hours == 0;
        if (notices[i].trial != trial || (suspended && !last) || at < starts_at.ms || at > ends_at.ms ||
            (at == ends_at.ms && !last))
            continue;
        out[n++] = (struct occasion){instant_from_ms(at), notices[i].kind};
    }
    if (renews && (renews_by == RENEWS_BALANCE || renews_by == RENEWS_SAVED_METHOD)) {
        out[n++] = (struct occasion){instant_from_ms(ends_at.ms - 24 * MS_PER_HOUR), OCCASION_RENEW_1};
        out[n++] = (struct occasion){instant_from_ms(ends_at.ms + 48 * MS_PER_HOUR), OCCASION_RENEW_2};
    }
    if (renews)
        out[n++] = (struct occasion){instant_from_ms(ends_at.ms + GRACE_MS), OCCASION_GRACE_END};
    CHECK(n <= OCCASIONS_MAX);
    qsort(out, n, sizeof *out, by_moment);
    return n;
}
