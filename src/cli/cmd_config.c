#include <stdio.h>
#include "cli/cli.h"

static int run(struct cli *cli)
{
    if (cli->argc > 1)
        return cli_usage(cli, "takes no arguments");
    for (int s = 0; s < SETTINGS; s++) {
        struct config_entry e = config_describe(cli->config, (enum setting)s);
        printf("%-28s %-32s %s\n", e.name, *e.value ? e.value : "-", e.origin);
    }
    return EXIT_DONE;
}

const struct command cmd_config = {
    .name = "config",
    .summary = "prints every setting, its value and where it came from",
    .help =
        "usage: habitd config [settings]\n"
        "\n"
        "Prints every setting, its value (\"-\" when it is not set, secrets as ****) and where it came from: "
        "the command\n"
        "line, the environment, habitd.toml or the default. Wrong values are named, with what is allowed.\n",
    .run = run,
};
