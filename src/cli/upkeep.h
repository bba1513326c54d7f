#ifndef HABITD_CLI_UPKEEP_H
#define HABITD_CLI_UPKEEP_H

#include "cli/cli.h"

/*
 * The thread that keeps a serving database in shape: once at the start and then every hour it makes
 * partitions ahead and runs maintain_step until nothing is left, and every minute it counts the reports that
 * take long (stored.h), on a connection of its own. Harmless beside the same thread of other instances.
 */
struct upkeep;
struct upkeep *upkeep_new(struct cli *cli);
/* Stops it within one step. NULL-safe. */
void upkeep_free(struct upkeep *u);

#endif
