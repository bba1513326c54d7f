#ifndef HABITD_CLI_PLACE_H
#define HABITD_CLI_PLACE_H

#include "cli/cli.h"

/* A database that a command line names by an option of its own, beside the configured one. */

/* Before an SQLite file is opened, since its locks belong to the process: it is there (must_exist), and no
 * other process works on it. Harmless for other engines. */
enum ecode place_check_file(const char *url, bool must_exist, struct err *err);
/* db_open; errors begin with the option's name. */
enum ecode place_open(const char *option, const char *url, enum db_mode mode, struct db **out,
                      struct err *err);
/* E_CONFLICT reason "database_in_use": a server works on it and has a lease. The schema is current. */
enum ecode place_check_lease(struct cli *cli, struct db *db, const char *option, struct err *err);

#endif
