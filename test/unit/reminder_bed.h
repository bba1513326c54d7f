#ifndef HABITD_TEST_REMINDER_BED_H
#define HABITD_TEST_REMINDER_BED_H

#include "domain/reminder/reminder.h"
#include "domain_bed.h"

/* A domain bed whose program holds the lease, for tests of what people are told. */

/* Takes the lease; the next tick carries its fence. */
void reminder_bed_lease(struct domain_bed *b);
/* A person in that zone, with a habit of once a day. */
struct uuid reminder_bed_person(struct domain_bed *b, int64_t telegram_id, const char *zone);
/* A daily schedule of the habit with a reminder at "HH:MM". */
struct uuid reminder_bed_schedule(struct domain_bed *b, const struct uuid *habit, const char *time);
/* The actor's settings. */
void reminder_bed_set(struct domain_bed *b, const struct user_change *change);
/* Moves the clock and ticks until nothing is due; the sum of what happened. */
struct reminder_tick reminder_bed_tick(struct domain_bed *b, const char *now);
/* An occasion of the actor. */
struct delivery_key reminder_bed_key(const struct domain_bed *b, const char *kind, const struct uuid *ref,
                                     const char *day, int occasion);
/* Fails unless there is such an occasion with that status; returns when it is told. */
struct instant reminder_bed_told(struct domain_bed *b, const struct delivery_key *key,
                                 enum delivery_status status);
/* What the sender would do with it at that moment. */
enum reminder_verdict reminder_bed_check(struct domain_bed *b, const struct delivery_key *key,
                                         const char *now);
struct instant reminder_bed_instant(const char *text);
struct day reminder_bed_day(const char *text);
#define HM(hour, minute) ((hour)*60 + (minute))

#endif
