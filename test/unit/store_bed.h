#ifndef HABITD_TEST_STORE_BED_H
#define HABITD_TEST_STORE_BED_H

#include <stdbool.h>
#include "store/db.h"

/*
 * A place for store tests: a fresh SQLite file in a temporary folder, or a schema of its own in the
 * PostgreSQL database that HABITD_TEST_PG_URL names. The tables of test/store are there.
 */
struct bed {
    enum db_engine engine;
    char dir[64];
    char schema[64];
    char url[1024];
};

/* False when the engine is PostgreSQL and HABITD_TEST_PG_URL is not set; any failure ends the test. */
bool bed_init(struct bed *b, enum db_engine engine);
void bed_release(struct bed *b);
/* A connection; a failure ends the test. The error slot belongs to the caller. */
struct db *bed_connect(const struct bed *b, enum db_mode mode, struct err *err);
/* One text value of one row, "" for none; static storage. */
const char *bed_value(struct db *db, const char *sql);

#endif
