#ifndef HABITD_DOMAIN_TRANSFER_ZIP_FILE_H
#define HABITD_DOMAIN_TRANSFER_ZIP_FILE_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"

/* Zip archives in memory, over libzip. Reading is bounded: entries, bytes of one entry and of all entries
 * together, counted as they come out. */

#define ZIP_ENTRIES_MAX 4096
#define ZIP_BYTES_MAX (64u * 1024 * 1024) /* unpacked, of everything that is read */

struct zip_reader;

/* E_MALFORMED for a damaged archive, E_TOO_LARGE for too many entries. `data` must outlive the reader. */
enum ecode zip_reader_open(const void *data, size_t len, struct zip_reader **out, struct err *err);
/* NULL-safe. */
void zip_reader_free(struct zip_reader *z);
size_t zip_reader_count(const struct zip_reader *z);
/* The entry's name, "" when it has none. */
const char *zip_reader_name(const struct zip_reader *z, size_t i);
/* Unpacks an entry; *data is malloc'ed and the caller's. E_MALFORMED for damage or encryption, E_TOO_LARGE
 * past ZIP_BYTES_MAX in all. */
enum ecode zip_reader_read(struct zip_reader *z, size_t i, char **data, size_t *len, struct err *err);

struct zip_entry {
    const char *name;
    const char *data;
    size_t len;
};
/* Packs entries, all of them dated `when` (DOS time, UTC); *out is malloc'ed and the caller's. */
enum ecode zip_pack(const struct zip_entry *entries, size_t n, struct instant when, void **out, size_t *len,
                    struct err *err);

#endif
