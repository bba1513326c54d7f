#include <string.h>
#include "domain/adopt/judge.h"

/* Whether the older bot's row can stand: both can be taken over, and who invited came first. */
static bool can_stand(const struct older_source *s, const struct older_referral *r)
{
    const struct older_key *from = older_person_key(s, r->referrer_id),
                           *to = older_person_key(s, r->referred_id);
    return from && to && from->id != to->id && instant_cmp(from->created_at, to->created_at) < 0;
}

/* One person is invited by one: the first row that can stand. Rows come by id. */
static const struct older_referral *chosen(const struct older_source *s, const struct older_referral *rows,
                                           size_t n, int64_t referred_id)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].referred_id == referred_id && can_stand(s, &rows[i]))
            return &rows[i];
    return NULL;
}

/* The reward of a row that says it was paid; 0: none. */
static int64_t reward_of(const struct older_source *s, const struct older_referral *r)
{
    int64_t amount;
    bool paid =
        r->paid && r->reward && judge_amount(s, r->reward, s->policy->currency, &amount) && amount > 0;
    return paid ? amount : 0;
}

static bool is_reward(const struct older_source *s, const struct older_posting *p, int64_t amount)
{
    int64_t posted;
    bool ours = !p->currency || !*p->currency || strcmp(p->currency, s->policy->currency) == 0;
    return ours && p->type && strcmp(p->type, "referral_reward") == 0 &&
           judge_amount(s, p->amount, s->policy->currency, &posted) &&
           (posted == amount || posted == -amount);
}

static bool is_matched(const struct reward_match *matches, size_t n, int64_t posting_id)
{
    for (size_t i = 0; i < n; i++)
        if (matches[i].posting_id == posting_id)
            return true;
    return false;
}

enum ecode judge_rewards(const struct older_source *s, int64_t referrer_id, struct arena *a,
                         struct reward_match **out, size_t *n, struct err *err)
{
    struct older_referral *mine, *all;
    struct older_posting *postings;
    size_t mine_count, all_count = 0, postings_count = 0;
    *n = 0;
    enum ecode rc = older_referrals(s->db, "referrer_id", &referrer_id, 1, a, &mine, &mine_count, err);
    if (rc != E_OK || mine_count == 0)
        return rc;
    int64_t *invited = arena_array(a, mine_count, sizeof *invited);
    for (size_t i = 0; i < mine_count; i++)
        invited[i] = mine[i].referred_id;
    rc = older_referrals(s->db, "referred_id", invited, mine_count, a, &all, &all_count, err);
    if (rc == E_OK)
        rc = older_postings(s->db, referrer_id, a, &postings, &postings_count, err);
    if (rc != E_OK)
        return rc;
    *out = arena_array(a, mine_count, sizeof **out);
    for (size_t i = 0; i < mine_count; i++) {
        const struct older_referral *row = chosen(s, all, all_count, mine[i].referred_id);
        struct reward_match m = {.referral_id = mine[i].id,
                                 .amount = reward_of(s, &mine[i]),
                                 .at = mine[i].has_paid_at ? mine[i].paid_at : mine[i].created_at};
        if (!row || row->id != mine[i].id || m.amount == 0)
            continue;
        for (size_t k = 0; k < postings_count && !m.posting_id; k++)
            if (is_reward(s, &postings[k], m.amount) && !is_matched(*out, *n, postings[k].id))
                m.posting_id = postings[k].id;
        if (m.posting_id || !s->has_postings)
            (*out)[(*n)++] = m;
    }
    return E_OK;
}

static void take(const struct older_source *s, const struct older_referral *r, bool posted, struct arena *a,
                 struct judged_person *out)
{
    out->referral = (struct judged_referral){
        .found = true,
        .referrer = adopted_id(ADOPT_USERS, r->referrer_id),
        .status = REFERRAL_PENDING,
        .created_at = r->created_at.ms > 0 ? r->created_at : out->user.created_at,
    };
    if (posted) {
        out->referral.status = REFERRAL_REWARDED;
        out->referral.reward = reward_of(s, r);
        out->referral.rewarded_at = r->has_paid_at ? r->paid_at : out->referral.created_at;
    } else if (r->paid) {
        out->referral.status = REFERRAL_REJECTED;
        out->referral.reasons = "older bot: rewarded there, and no transaction shows it";
        judge_find(out, a, ADOPT_REFERRALS, r->id, ADOPT_CHANGED,
                   "its reward is in no transaction of user %lld; it is rejected", (long long)r->referrer_id);
    } else if (r->suspicious) {
        out->referral.status = REFERRAL_HELD;
        out->referral.reasons = "older bot: suspicious";
    }
}

/* users.referred_by_id alone says it too. */
static void take_from_user(const struct older_source *s, struct arena *a, struct judged_person *out)
{
    const struct older_user *u = &out->user;
    struct older_referral told = {
        .referrer_id = u->referred_by, .referred_id = u->id, .created_at = u->created_at};
    if (!u->referred_by)
        return;
    if (can_stand(s, &told))
        take(s, &told, false, a, out);
    else
        judge_find(out, a, ADOPT_USERS, u->id, ADOPT_CHANGED,
                   "its referred_by_id %lld is nobody who came before; nobody invited it",
                   (long long)u->referred_by);
}

enum ecode judge_referral(const struct older_source *s, const struct older_person *p, struct arena *a,
                          struct judged_person *out, struct err *err)
{
    struct reward_match *matches;
    size_t n = 0;
    const struct older_referral *row = chosen(s, p->referrals, p->referrals_count, p->user.id);
    enum ecode rc = row ? judge_rewards(s, row->referrer_id, a, &matches, &n, err) : E_OK;
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < p->referrals_count; i++) {
        const struct older_referral *r = &p->referrals[i];
        if (r == row)
            continue;
        judge_find(out, a, ADOPT_REFERRALS, r->id, ADOPT_LEFT_OUT,
                   can_stand(s, r) ? "user %lld was invited by another one before"
                                   : "who invited user %lld is nobody who came before",
                   (long long)r->referred_id);
    }
    if (!row) {
        take_from_user(s, a, out);
        return E_OK;
    }
    bool posted = false;
    for (size_t i = 0; i < n; i++)
        posted = posted || matches[i].referral_id == row->id;
    if (p->user.referred_by && p->user.referred_by != row->referrer_id)
        judge_find(out, a, ADOPT_USERS, p->user.id, ADOPT_CHANGED,
                   "its referred_by_id %lld is not who the referrals name, %lld; it is the latter",
                   (long long)p->user.referred_by, (long long)row->referrer_id);
    take(s, row, posted, a, out);
    return E_OK;
}
