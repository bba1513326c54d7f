#ifndef HABITD_DOMAIN_DOCTOR_RUNNER_H
#define HABITD_DOMAIN_DOCTOR_RUNNER_H

#include <stdbool.h>
#include "base/err.h"
#include "base/uuid.h"

/*
 * The doctor beside a program that serves: one examination at a time of this program's, on a read connection.
 * What came of it is a row of audit_log, operation DOCTOR_OPERATION, of whoever asked for it:
 *
 *   {"ok": false, "checks": 26, "broken": [{"name", "about", "count", "rows": [the first ten]}], "error":
 * null}
 *
 * What is broken is an alert, "doctor.broken", until an examination finds nothing.
 */
struct doctor_runner;
struct service;

#define DOCTOR_OPERATION "doctor.run"

struct doctor_runner *doctor_runner_new(struct service *s);
/* Begins; who zero: the program itself, of which no row is kept. E_CONFLICT reason "doctor_runs": one is
 * under way; E_BUSY: the queue is full. Any thread. */
enum ecode doctor_runner_begin(struct doctor_runner *r, const struct uuid *who, struct err *err);
/* Whether one is under way. Any thread. */
bool doctor_runner_is_busy(struct doctor_runner *r);
/* Ends the one that is under way, in the middle of a check too, and waits for that. Before the service.
 * NULL-safe. */
void doctor_runner_free(struct doctor_runner *r);

#endif
