#ifndef HABITD_CLI_RELOAD_H
#define HABITD_CLI_RELOAD_H

#include "cli/cli.h"

struct service;

/*
 * Reads the settings again and takes over the secrets that differ: those of the file, for the environment and
 * the command line stay what they are. All of them or none: when one is missing or wrong, in a file that
 * everybody may read, or of another bot, the old ones go on, the log names the setting, and one alert says so
 * until they are read.
 */
void reload_secrets(struct cli *cli, struct service *s);

#endif
