#ifndef HABITD_STORE_BACKUP_H
#define HABITD_STORE_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "store/db.h"

/*
 * A copy of an SQLite database as one file that appears under its name whole and verified, or not at all:
 *
 *   backup_begin ──► backup_copy ──► (the caller may work on backup_url) ──► backup_publish
 *        │                │                                                       │
 *        └────────────────┴──────────────── backup_abandon ◄──────────────────────┘ on an error
 *
 * Until then it is FILE.partial, locked by the process that writes it; one that a killed process left is
 * written anew by the next.
 */
struct backup {
    char *path, *partial, *url; /* url: of the partial file */
    int fd;                     /* holds the lock; -1: ended */
};

struct backup_facts {
    int tables;
    int64_t rows, bytes;
};

/* E_CONFLICT: another process writes that file. E_IO: the folder refuses it. */
enum ecode backup_begin(const char *path, struct backup *out, struct err *err);
/*
 * Copies what the source (SQLite; no open transaction) holds at one moment, while others write to it, with
 * constant memory. Then reads the copy as a whole: E_CORRUPT when pages or references are damaged or a
 * table's rows are not as many as in the source. progress (may be NULL) gets pages. The copy is in no WAL
 * mode: a single file that can be read from a medium that cannot be written.
 */
enum ecode backup_copy(struct backup *b, struct db *source, void (*progress)(void *, size_t, size_t),
                       void *arg, struct backup_facts *out, struct err *err);
/*
 * Gives the file its name, durably; every connection to backup_url is closed before. E_CONFLICT when there is
 * a file of that name and it may not be replaced. Ends the backup.
 */
enum ecode backup_publish(struct backup *b, bool replace, struct err *err);
/* Removes the partial file. Harmless after the end. */
void backup_abandon(struct backup *b);

/*
 * Looks at a file before it is opened: E_NOT_FOUND, or E_MALFORMED with what is wrong with it when it is no
 * SQLite database or ends too early.
 */
enum ecode backup_look(const char *path, struct err *err);
/*
 * E_CONFLICT, naming the process, when another one has the SQLite file open. The caller may not have it open
 * itself. A file that is not there is free.
 */
enum ecode backup_file_free(const char *path, struct err *err);
/*
 * Puts a database's write-ahead log away before another file takes its name, which would else be read
 * together with it. E_BUSY: somebody has the database open. A database that cannot be read loses its log.
 */
enum ecode backup_settle_log(const char *path, struct err *err);

#endif
