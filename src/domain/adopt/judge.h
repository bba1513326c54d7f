#ifndef HABITD_DOMAIN_ADOPT_JUDGE_H
#define HABITD_DOMAIN_ADOPT_JUDGE_H

#include "domain/adopt/adopt.h"
#include "domain/adopt/older.h"
#include "domain/ledger/ledger.h"
#include "domain/payment/payment_adopt.h"
#include "domain/referral/referral.h"
#include "domain/subscription/subscription_adopt.h"
#include "domain/transfer/set.h"

/* The judging stage: a person's rows there to what is to be written here, and what was found on the way.
 * Reads the source and no database of habitd. */

/* What is known of the source as a whole. */
struct older_source {
    struct foreign_db *db;
    const struct policy *policy;
    struct instant now;
    struct older_key *people; /* in the order of their ids */
    size_t people_count;
    bool has_postings; /* there is a table of them */
    /* ids, ascending, of rows that repeat what has to be unique */
    int64_t *same_telegram, *same_code, *same_charge;
    size_t same_telegram_count, same_code_count, same_charge_count;
};
/* NULL when there is nobody with that id, or nobody who can be taken over. */
const struct older_key *older_person_key(const struct older_source *s, int64_t id);
bool older_is_among(const int64_t *ids, size_t n, int64_t id);

/* The id here of a row there. */
struct uuid adopted_id(enum adopt_table table, int64_t id);

struct judged_posting {
    struct posting_request request;
    struct instant at;
};
struct judged_referral {
    bool found;
    struct uuid referrer;
    enum referral_status status;
    int64_t reward;
    const char *reasons; /* NULL: none */
    struct instant created_at, rewarded_at;
};
struct judged_person {
    bool out; /* cannot be taken over; every row is a finding */
    struct uuid id;
    struct older_user user; /* its texts as they are to be written */
    const struct zone *zone;
    struct transfer_set *habits; /* finished; the caller's to give back: free(entries) */
    struct payment_past *payments;
    struct judged_posting *postings;
    struct period_history *periods;
    size_t payments_count, postings_count, periods_count;
    struct judged_referral referral;
    struct adopt_finding *findings;
    size_t findings_count, findings_room;
    int64_t there[ADOPT_TABLES], changed[ADOPT_TABLES], left_out[ADOPT_TABLES]; /* rows */
};

/* Judges a person. E_OK also for one who cannot be taken over. Everything is in the arena. */
enum ecode judge_person(const struct older_source *s, const struct older_person *p, struct arena *a,
                        struct judged_person *out, struct err *err);

/* --- shared by the files of the stage ------------------------------------------------------------------- */

/* A finding about a row; one row may have several, and counts once as left out or changed. */
void judge_find(struct judged_person *j, struct arena *a, enum adopt_table table, int64_t id,
                enum adopt_outcome outcome, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
bool judge_is_out(const struct judged_person *j, enum adopt_table table, int64_t id);
/* Habits, schedules, marks and reasons. */
enum ecode judge_habits(const struct older_source *s, const struct older_person *p, struct arena *a,
                        struct judged_person *out, struct err *err);
/* Wallet, payments, subscriptions. */
enum ecode judge_money(const struct older_source *s, const struct older_person *p, struct arena *a,
                       struct judged_person *out, struct err *err);
/* Who invited the person. */
enum ecode judge_referral(const struct older_source *s, const struct older_person *p, struct arena *a,
                          struct judged_person *out, struct err *err);
/*
 * The rewards of a person that stand: each with the posting there, or 0 when no ledger was kept there. The
 * same answer from either side.
 */
struct reward_match {
    int64_t posting_id, referral_id, amount;
    struct instant at;
};
enum ecode judge_rewards(const struct older_source *s, int64_t referrer_id, struct arena *a,
                         struct reward_match **out, size_t *n, struct err *err);
/* "-12.50" in minor units of the currency, exactly. */
bool judge_amount(const struct older_source *s, const char *text, const char *currency, int64_t *out);

#endif
