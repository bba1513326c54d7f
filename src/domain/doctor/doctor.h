#ifndef HABITD_DOMAIN_DOCTOR_H
#define HABITD_DOMAIN_DOCTOR_H

#include "domain/ctx.h"

/*
 * The doctor checks every invariant that habitd relies on and names the rows that break one. It repairs
 * nothing. Most checks are one query that returns a line of text for each offending row; those that need the
 * mathematics are functions.
 */
#define DOCTOR_NAMED_MAX 100 /* rows named for each check; the others are counted */

struct doctor_result {
    const char *name;  /* "habit_logs.future" */
    const char *about; /* what is checked, one sentence */
    int64_t violations;
    const char **rows; /* the first DOCTOR_NAMED_MAX, arena */
    size_t rows_count;
};

struct doctor_report {
    bool ok;
    struct doctor_result *checks;
    size_t count;
};

struct doctor_options {
    void (*progress)(void *arg, size_t done, size_t total); /* checks; may be NULL */
    bool (*stop)(void *arg); /* asked before each check: true ends it with E_BUSY; may be NULL */
    void *arg;
};

/*
 * Runs every check on a read connection, each over one moment. Damage to the files is a violation and ends
 * the report. Fails only when the database cannot be read.
 */
enum ecode doctor_run(struct ctx *ctx, const struct doctor_options *o, struct doctor_report *out);

/* Adds an offending row to a check's result. */
void doctor_name(struct ctx *ctx, struct doctor_result *r, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
