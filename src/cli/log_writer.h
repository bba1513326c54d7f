#ifndef HABITD_CLI_LOG_WRITER_H
#define HABITD_CLI_LOG_WRITER_H

#include "base/buf.h"
#include "cli/cli.h"
#include "domain/service.h"

/*
 * Warnings and errors of this program on their way to system_logs: from the queue that everything that is
 * logged goes through, once a second in one small transaction. While the database does not answer they wait,
 * as many as the queue takes; stderr has them in any case.
 */
struct log_writer;

/* Before other threads run: what is logged from now on is taken. */
struct log_writer *log_writer_new(struct cli *cli);
/* Begins to store. */
void log_writer_start(struct log_writer *w, struct service *s);
/* Stores what is left, if that is possible at once. Before the service ends. NULL-safe. */
void log_writer_stop(struct log_writer *w);
/* Nothing logs in other threads any more. NULL-safe. */
void log_writer_free(struct log_writer *w);
/* Lines for /metrics; arg is the writer. */
void log_writer_metrics(void *arg, struct buf *out);

#endif
