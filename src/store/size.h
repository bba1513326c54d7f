#ifndef HABITD_STORE_SIZE_H
#define HABITD_STORE_SIZE_H

#include <stddef.h>
#include "store/db.h"

struct arena;

/* What the database takes on disk: all of its pages on SQLite, without the write-ahead log. Any transaction.
 */
enum ecode size_of_database(struct db *db, int64_t *bytes);

#define PARTITIONS_LISTED 400
struct partition_size {
    const char *table, *name;
    int64_t bytes; /* with its indexes */
};
/* The first PARTITIONS_LISTED partitions by table and name, in the arena; none on SQLite. Any transaction. */
enum ecode size_of_partitions(struct db *db, struct arena *a, struct partition_size **out, size_t *n);

#endif
