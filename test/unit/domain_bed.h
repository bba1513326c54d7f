#ifndef HABITD_TEST_DOMAIN_BED_H
#define HABITD_TEST_DOMAIN_BED_H

#include "domain/checkin/checkin.h"
#include "domain/ctx.h"
#include "migrate_bed.h"

/*
 * A migrated database with a context over it, for tests of the domain: the clock stands at
 * 2026-03-15T12:00:00Z until a test moves it, ids come from a seeded generator, so both engines get the same
 * rows. Everything runs in one write transaction that is open from the start.
 */
struct domain_bed {
    struct migrate_bed base;
    struct policy policy;
    struct rng rng;
    struct ctx ctx;
};

/* False when the engine is PostgreSQL and there is no server to test with. */
bool domain_bed_init(struct domain_bed *b, enum db_engine engine);
void domain_bed_release(struct domain_bed *b);
/* A new person whom the context acts for, in that zone. */
struct uuid domain_bed_person(struct domain_bed *b, int64_t telegram_id, const char *zone);
/* A habit of the actor: count times in days; 0/0 for one due by its schedules. */
struct uuid domain_bed_habit(struct domain_bed *b, const char *name, int count, int days);
/* Moves the clock: "2026-03-16T08:00:00Z". */
void domain_bed_clock(struct domain_bed *b, const char *time);
/* Fails the test with the context's error unless rc is E_OK. */
void domain_bed_ok(struct domain_bed *b, enum ecode rc);

/* The alerts that are not resolved, newest first, at most max. */
struct alert;
void domain_bed_alerts(struct domain_bed *b, int max, struct alert **out, size_t *n);

/* Marks a day of the actor's habit. */
enum ecode domain_bed_put(struct domain_bed *b, const struct uuid *habit, int32_t day, enum log_status status,
                          struct log_result *out);
/* The number that a query gives. */
int64_t domain_bed_count(struct domain_bed *b, const char *sql);
/* today reads the checkpoint, stats the whole history: after any sequence of marks they must agree. */
void domain_bed_compare(struct domain_bed *b);
/* The doctor finds nothing. */
void domain_bed_doctor(struct domain_bed *b);

#define FOR_EACH_DOMAIN(b)                                                                                   \
    for (int engine_ = 0; engine_ < DB_ENGINES; engine_++)                                                   \
        for (bool once_ = domain_bed_init(&(b), (enum db_engine)engine_); once_;                             \
             once_ = false, domain_bed_release(&(b)))

#endif
