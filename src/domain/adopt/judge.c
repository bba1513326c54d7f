#include "domain/adopt/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "domain/user/user.h"

#define ID_SPACE "habitd adopt"

struct uuid adopted_id(enum adopt_table table, int64_t id)
{
    char name[64];
    int n = snprintf(name, sizeof name, "%s:%lld", older_tables[table], (long long)id);
    return uuid_from_name(ID_SPACE, name, (size_t)n);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

bool older_is_among(const int64_t *ids, size_t n, int64_t id)
{
    return n > 0 && bsearch(&id, ids, n, sizeof *ids, compare_ids) != NULL;
}

/* An id that is no Telegram id, or whose Telegram id is another one's. */
static bool cannot_be_person(const struct older_source *s, int64_t id)
{
    return id <= 0 || older_is_among(s->same_telegram, s->same_telegram_count, id);
}

const struct older_key *older_person_key(const struct older_source *s, int64_t id)
{
    struct older_key key = {.id = id};
    if (cannot_be_person(s, id) || s->people_count == 0)
        return NULL;
    return bsearch(&key, s->people, s->people_count, sizeof key, compare_ids); /* the id comes first */
}

/* --- findings --------------------------------------------------------------------------------------------
 */

static bool was_found(const struct judged_person *j, enum adopt_table table, int64_t id, bool out_only)
{
    for (size_t i = 0; i < j->findings_count; i++) {
        const struct adopt_finding *f = &j->findings[i];
        if (f->id == id && f->table == older_tables[table] && (!out_only || f->outcome == ADOPT_LEFT_OUT))
            return true;
    }
    return false;
}

bool judge_is_out(const struct judged_person *j, enum adopt_table table, int64_t id)
{
    return was_found(j, table, id, true);
}

void judge_find(struct judged_person *j, struct arena *a, enum adopt_table table, int64_t id,
                enum adopt_outcome outcome, const char *fmt, ...)
{
    va_list ap;
    if (outcome == ADOPT_LEFT_OUT && !judge_is_out(j, table, id)) {
        j->left_out[table]++;
        j->changed[table] -= was_found(j, table, id, false);
    } else if (outcome == ADOPT_CHANGED && !was_found(j, table, id, false)) {
        j->changed[table]++;
    }
    if (j->findings_count == j->findings_room) {
        size_t room = j->findings_room ? j->findings_room * 2 : 8;
        struct adopt_finding *grown = arena_array(a, room, sizeof *grown);
        if (j->findings_count > 0)
            memcpy(grown, j->findings, j->findings_count * sizeof *grown);
        j->findings = grown;
        j->findings_room = room;
    }
    va_start(ap, fmt);
    j->findings[j->findings_count++] = (struct adopt_finding){
        .table = older_tables[table], .id = id, .outcome = outcome, .text = arena_vprintf(a, fmt, ap)};
    va_end(ap);
}

/* --- the person ------------------------------------------------------------------------------------------
 */

/* Every row of somebody who cannot be taken over. */
static void leave_all_out(const struct older_person *p, struct arena *a, struct judged_person *j,
                          const char *why)
{
    j->out = true;
    judge_find(j, a, ADOPT_USERS, p->user.id, ADOPT_LEFT_OUT, "%s", why);
#define EACH(rows, count, table)                                                                             \
    for (size_t i = 0; i < p->count; i++)                                                                    \
    judge_find(j, a, table, p->rows[i].id, ADOPT_LEFT_OUT, "user %lld is left out", (long long)p->user.id)
    EACH(habits, habits_count, ADOPT_HABITS);
    EACH(schedules, schedules_count, ADOPT_SCHEDULES);
    EACH(logs, logs_count, ADOPT_LOGS);
    EACH(notes, notes_count, ADOPT_NOTES);
    EACH(balances, balances_count, ADOPT_BALANCES);
    EACH(payments, payments_count, ADOPT_PAYMENTS);
    EACH(postings, postings_count, ADOPT_POSTINGS);
    EACH(subscriptions, subscriptions_count, ADOPT_SUBSCRIPTIONS);
    EACH(referrals, referrals_count, ADOPT_REFERRALS);
#undef EACH
}

/* Ten characters that are the same at every run. */
static const char *made_code(const struct uuid *id, struct arena *a)
{
    static const char letters[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t hash[SHA256_LEN];
    char code[11];
    sha256(id, sizeof *id, hash);
    for (size_t i = 0; i < sizeof code - 1; i++)
        code[i] = letters[hash[i] % (sizeof letters - 1)];
    code[sizeof code - 1] = '\0';
    return arena_strdup(a, code);
}

static void judge_code(const struct older_source *s, struct arena *a, struct judged_person *j)
{
    struct older_user *u = &j->user;
    if (u->referral_code && *u->referral_code) {
        if (older_is_among(s->same_code, s->same_code_count, u->id))
            judge_find(j, a, ADOPT_USERS, u->id, ADOPT_CHANGED,
                       "its referral_code \"%.40s\" is another user's too; it gets a new one",
                       u->referral_code);
        else if (!referral_is_code(u->referral_code))
            judge_find(j, a, ADOPT_USERS, u->id, ADOPT_CHANGED,
                       "its referral_code \"%.40s\" cannot stand in a link; it gets a new one",
                       u->referral_code);
        else
            return;
    }
    u->referral_code = made_code(&j->id, a);
}

static void judge_zone(const struct older_source *s, struct arena *a, struct judged_person *j)
{
    struct err ignored;
    struct older_user *u = &j->user;
    if (u->timezone && zone_get(u->timezone, &j->zone, &ignored) == E_OK)
        return;
    if (u->timezone && *u->timezone)
        judge_find(j, a, ADOPT_USERS, u->id, ADOPT_CHANGED,
                   "its timezone \"%.60s\" is not known; it is in %s now", u->timezone,
                   s->policy->default_timezone);
    u->timezone = s->policy->default_timezone;
    if (zone_get(u->timezone, &j->zone, &ignored) != E_OK)
        j->zone = NULL;
}

/* A name as it can be kept; what is there and cannot be is a finding. */
static const char *judge_name(const char *what, const char *name, struct arena *a, struct judged_person *j)
{
    const char *kept = user_name_kept(name);
    if (name && *name && !kept)
        judge_find(j, a, ADOPT_USERS, j->user.id, ADOPT_CHANGED, "its %s cannot be kept", what);
    return kept;
}

static void judge_user(const struct older_source *s, struct arena *a, struct judged_person *j)
{
    struct older_user *u = &j->user;
    u->first_name = judge_name("first_name", u->first_name, a, j);
    u->username = judge_name("username", u->username, a, j);
    if (!u->language_code || !user_language_valid(u->language_code)) {
        if (u->language_code && *u->language_code)
            judge_find(j, a, ADOPT_USERS, u->id, ADOPT_CHANGED,
                       "its language_code \"%.20s\" is no language tag; it is \"en\" now", u->language_code);
        u->language_code = "en";
    }
    if (u->created_at.ms <= 0 || instant_cmp(u->created_at, s->now) > 0) {
        judge_find(j, a, ADOPT_USERS, u->id, ADOPT_CHANGED, "its created_at is not a moment of the past");
        u->created_at = u->created_at.ms <= 0 ? instant_from_ms(1) : s->now;
    }
    if (instant_cmp(u->updated_at, u->created_at) < 0)
        u->updated_at = u->created_at;
    if (u->has_trial_end && instant_cmp(u->trial_ends_at, u->created_at) < 0) {
        judge_find(j, a, ADOPT_USERS, u->id, ADOPT_CHANGED, "its trial ends before it came; it had none");
        u->has_trial_end = false;
    }
    judge_zone(s, a, j);
    judge_code(s, a, j);
}

enum ecode judge_person(const struct older_source *s, const struct older_person *p, struct arena *a,
                        struct judged_person *out, struct err *err)
{
    *out = (struct judged_person){.id = adopted_id(ADOPT_USERS, p->user.id), .user = p->user};
    const size_t counts[ADOPT_TABLES] = {
        [ADOPT_USERS] = 1,
        [ADOPT_HABITS] = p->habits_count,
        [ADOPT_SCHEDULES] = p->schedules_count,
        [ADOPT_NOTES] = p->notes_count,
        [ADOPT_LOGS] = p->logs_count,
        [ADOPT_BALANCES] = p->balances_count,
        [ADOPT_PAYMENTS] = p->payments_count,
        [ADOPT_POSTINGS] = p->postings_count,
        [ADOPT_SUBSCRIPTIONS] = p->subscriptions_count,
        [ADOPT_REFERRALS] = p->referrals_count,
    };
    for (int i = 0; i < ADOPT_TABLES; i++)
        out->there[i] = (int64_t)counts[i];
    if (p->user.telegram_id <= 0 || p->user.id <= 0) {
        leave_all_out(p, a, out, "its telegram_id is not above 0");
        return E_OK;
    }
    if (older_is_among(s->same_telegram, s->same_telegram_count, p->user.id)) {
        leave_all_out(p, a, out, "its telegram_id is another user's too");
        return E_OK;
    }
    judge_user(s, a, out);
    if (!out->zone)
        return err_set(err, E_INVALID, "HABITD_DEFAULT_TIMEZONE is not known to this machine");
    enum ecode rc = judge_habits(s, p, a, out, err);
    if (rc == E_OK)
        rc = judge_money(s, p, a, out, err);
    return rc == E_OK ? judge_referral(s, p, a, out, err) : rc;
}
