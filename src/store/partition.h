#ifndef HABITD_STORE_PARTITION_H
#define HABITD_STORE_PARTITION_H

#include "base/day.h"
#include "base/err.h"
#include "store/db.h"

/*
 * PostgreSQL partitions, made ahead by the clock: habit_logs by year from 2000 to the year after `today`'s,
 * system_logs by day from yesterday to a week ahead. Each is created standalone and attached under a
 * lock_timeout with retries, so that it never queues behind a long reader. A no-op on SQLite. Safe to run
 * from several processes at once. *made: how many were new.
 */
enum ecode partition_ensure(struct db *db, struct day today, int *made);
/* Whether those that are needed next are there: system_logs of tomorrow, habit_logs of a month from now.
 * Always on SQLite. Any transaction. */
enum ecode partition_is_ahead(struct db *db, struct day today, bool *ahead);
/* Drops system_logs partitions that end on or before `before`; on SQLite deletes those rows in small batches.
 */
enum ecode partition_drop_system_logs(struct db *db, struct day before, int *dropped);

#endif
