#ifndef HABITD_TEST_MIGRATE_RENAME_H
#define HABITD_TEST_MIGRATE_RENAME_H

#include "store/db.h"

/*
 * The rename of the source document's risk 6 on the older bot's tables: decline_notes becomes
 * habit_decline_notes, or the other way round when that is already done. One transaction.
 */
enum ecode rename_notes(struct db *db);
/* The step alone, inside the caller's transaction; `spoil` is SQL that runs behind CREATE TABLE, to see the
 * proof fail. */
enum ecode rename_notes_step(struct db *db, bool back, const char *spoil);
/* Makes users, decline_notes and habit_logs with n rows each that point to one another. */
enum ecode rename_notes_fill(struct db *db, int n);
/* Which tables exist: 1 the old one, 2 the new one, 3 both. */
enum ecode rename_notes_tables(struct db *db, int *out);

#endif
