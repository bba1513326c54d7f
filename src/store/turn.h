#ifndef HABITD_STORE_TURN_H
#define HABITD_STORE_TURN_H

#include "base/err.h"

/*
 * The order in which connections, also of different processes, write to one SQLite file. SQLite's busy
 * handler sleeps and polls, so a lane that begins its next transaction right after a commit would keep
 * everybody else out for ever. A writer therefore holds the gate (flock on PATH-turn) while it waits for
 * SQLite's write lock and lets it go once it has that lock: who waits closes the gate behind himself, and the
 * lane queues up before it. Without a waiter it costs two system calls a transaction.
 */

/* Opens (and makes, mode 0600) the side file of a database file. *fd on success; E_UNAVAILABLE. */
enum ecode turn_open(const char *path, int *fd, struct err *err);
/* Waits for the gate, at most timeout_ms: E_BUSY when it stays closed. Any thread; one descriptor belongs to
 * one connection. */
enum ecode turn_take(int fd, int timeout_ms, struct err *err);
void turn_leave(int fd);

#endif
