#ifndef HABITD_DOMAIN_ADOPT_H
#define HABITD_DOMAIN_ADOPT_H

#include "domain/ctx.h"
#include "store/foreign_db.h"

/*
 * Takes over the database of the older bot: the twelve tables as its Alembic revisions 001–003 made them,
 * with whole numbers as ids, users.id the Telegram id, and numeric money. It is read in one snapshot and
 * never written. Person by person, each in one transaction, read back and compared before it is committed.
 * Ids here are made of the ids there, so a run that was cut off goes on where it was.
 *
 *   read ──► judge ──► (refuse: only told) ──► write ──► read back, compare ──► commit
 *
 * What cannot be taken as it is becomes a finding, row by row: changed (taken with the change that its text
 * names) or left out. Found rows are kept whole in the table quarantine.
 */
enum adopt_outcome { ADOPT_CHANGED, ADOPT_LEFT_OUT };
struct adopt_finding {
    const char *table;
    int64_t id; /* there */
    enum adopt_outcome outcome;
    const char *text;
};

enum adopt_table {
    ADOPT_USERS,
    ADOPT_HABITS,
    ADOPT_SCHEDULES,
    ADOPT_NOTES,
    ADOPT_LOGS,
    ADOPT_BALANCES,
    ADOPT_PAYMENTS,
    ADOPT_POSTINGS,
    ADOPT_SUBSCRIPTIONS,
    ADOPT_REFERRALS,
    ADOPT_TABLES
};
/* Of one table: there = taken + left_out, and changed of the taken ones are not as they were. */
struct adopt_figures {
    const char *table;
    int64_t there, taken, changed, left_out;
    uint64_t checksum[2]; /* over what was written, equal here and as it was read back */
};

struct adopt_options {
    bool quarantine; /* otherwise one finding is enough to write nothing */
    void (*found)(void *arg, const struct adopt_finding *f);
    void (*progress)(void *arg, size_t done, size_t total); /* people; may be NULL */
    void *arg;
};
struct adopt_result {
    struct adopt_figures figures[ADOPT_TABLES];
    int64_t findings;
    int64_t people_before; /* who were there already, of a run that was cut off */
    int64_t money;         /* minor units in all wallets */
    struct {
        const char *table; /* arena */
        int64_t rows;
    } left_behind[64]; /* tables that are none of the older bot's ten, or nothing for habitd */
    size_t left_behind_count;
};

/*
 * What the source is: E_CONFLICT when it has no alembic_version of 001–003, or lacks a table or column that
 * is needed.
 */
enum ecode adopt_check_source(struct foreign_db *from, struct err *err);
/* Whether anybody is in the database. */
enum ecode adopt_has_people(struct ctx *work, bool *out);
/* Whether everybody who can be taken over is here already. The database holds people. */
enum ecode adopt_is_done(struct ctx *work, struct foreign_db *from, struct arena *results, bool *done);
/*
 * Takes everything over into a database of this program that nobody else works on. `work` is a context of
 * ROLE_SYSTEM whose transactions are made here; its arena is used up person by person. E_CONFLICT reason
 * "adopt_refused": there are findings and they are not to be quarantined; nothing was written. E_CORRUPT:
 * what was read back is not what was written; that person is not written.
 */
enum ecode adopt_run(struct ctx *work, struct foreign_db *from, const struct adopt_options *o,
                     struct arena *results, struct adopt_result *out);

#endif
