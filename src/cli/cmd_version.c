#include <stdio.h>
#include "cli/cli.h"
#include "store/migrate.h"

static int run(struct cli *cli)
{
    if (cli->argc > 1)
        return cli_usage(cli, "takes no arguments");
    printf("habitd %s\nengines: sqlite, postgresql\nschema version: %d\n", HABITD_VERSION,
           migrations[migrations_count - 1].version);
    return EXIT_DONE;
}

const struct command cmd_version = {
    .name = "version",
    .summary = "prints the version, the engines and the schema version",
    .help = "usage: habitd version\n\nPrints the program's version, its database engines and its schema "
            "version.\n",
    .run = run,
};
