#ifndef HABITD_STORE_WAL_KEEPER_H
#define HABITD_STORE_WAL_KEEPER_H

#include "store/db.h"

/*
 * Moves an SQLite file's WAL into the file beside its busiest writer. With SQLite's own checkpoint the commit
 * that reaches the limit moves the whole WAL, and everybody who waits for the next commit waits for that too.
 * Left to another thread alone the WAL is never moved to its end, so never starts anew, and grows without
 * bound. So both take part: a thread moves nearly all of it while commits go on, then one commit moves the
 * rest.
 *
 *   IDLE ──a commit finds KEEP_FRAMES more──▶ WORKING ──thread: little is left──▶ REST ──next commit moves
 * it──▶ IDLE
 *
 * Durability is SQLite's: a frame counts as moved when the file was synced (synchronous=FULL).
 */
struct wal_keeper;

/*
 * Starts the thread, with a connection of its own, and takes over the checkpoints of `writer`, whose commits
 * must come from one thread. NULL for databases without a WAL (PostgreSQL, :memory:). When the writer is
 * reopened (db_reopen) its checkpoints are SQLite's own again.
 */
enum ecode wal_keeper_new(struct db *writer, struct wal_keeper **out, struct err *err);
/* Ends the thread. After the last commit of the writer, before it is closed. NULL-safe. */
void wal_keeper_free(struct wal_keeper *k);

#endif
