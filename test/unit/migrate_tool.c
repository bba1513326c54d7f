#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "migrate_rename.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/partition.h"

/*
 * What the migration tests start, many at once, and kill: migrate_tool COMMAND URL [ARGUMENT]
 *   up V · down V    migrates (V empty: the newest); exit 10 + the number of steps
 *   rename           decline_notes to habit_decline_notes, or back
 *   partition DAY    ensures the partitions; exit 0
 */
static int fail(const struct err *err)
{
    fprintf(stderr, "migrate_tool: %s: %s\n", ecode_name(err->code), err->text);
    return 1;
}

static int migrate(struct db *db, bool up, const char *to)
{
    struct migrate_options o = {.to = to[0] != '\0' ? (int)strtol(to, NULL, 10) : -1,
                                .lose_data = true,
                                .wait = duration_seconds(120),
                                .now = instant_from_ms(1764000000123)};
    int steps;
    enum ecode e = up ? migrate_up(db, migration_set_embedded(), &o, &steps)
                      : migrate_down(db, migration_set_embedded(), &o, &steps);
    return e == E_OK ? 10 + steps : fail(db_err(db));
}

static int ensure_partitions(struct db *db, const char *text)
{
    struct day day;
    int made;
    CHECK(day_parse(text, strlen(text), &day));
    return partition_ensure(db, day, &made) == E_OK ? 0 : fail(db_err(db));
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    struct err err;
    struct db *db;
    if (db_open(argv[2], DB_READWRITE, &db, &err) != E_OK)
        return fail(&err);
    int code = 2;
    if (strcmp(argv[1], "up") == 0 || strcmp(argv[1], "down") == 0)
        code = migrate(db, argv[1][0] == 'u', argv[3]);
    else if (strcmp(argv[1], "rename") == 0)
        code = rename_notes(db) == E_OK ? 0 : fail(&err);
    else if (strcmp(argv[1], "partition") == 0)
        code = ensure_partitions(db, argv[3]);
    db_close(db);
    return code;
}
