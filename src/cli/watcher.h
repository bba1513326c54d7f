#ifndef HABITD_CLI_WATCHER_H
#define HABITD_CLI_WATCHER_H

#include "cli/cli.h"
#include "domain/service.h"

/*
 * The thread that looks every ten seconds whether all is well (domain/watch/watch.h) and tells the operator,
 * and that calls HABITD_HEARTBEAT_URL once a minute while it is. When the database does not answer nothing of
 * that can be stored or queued: then that alone is told, once, straight to the operator's chat, again every
 * five minutes, and when it is over. What does not arrive there goes to stderr and HABITD_ALERT_FILE.
 */
struct watcher;
struct bot;

/* bot: NULL when there is none; outlives the watcher. */
struct watcher *watcher_new(struct cli *cli, struct service *s, struct bot *bot);
/* NULL-safe. */
void watcher_free(struct watcher *w);

#endif
