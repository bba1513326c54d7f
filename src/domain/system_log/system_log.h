#ifndef HABITD_DOMAIN_SYSTEM_LOG_H
#define HABITD_DOMAIN_SYSTEM_LOG_H

#include "base/log.h"
#include "domain/list.h"

/*
 * Warnings and errors of the program, where an operator can search them. What is logged comes here by way of
 * log_queue.h; habitd's own events alone, never what others wrote.
 */
struct system_log {
    struct instant created_at;
    struct uuid id;
    enum log_level level;
    const char *source;      /* the part of the program: "sender.c" */
    const char *fingerprint; /* of its kind: base/log_fingerprint.h */
    const char *message;
    const char *context; /* its fields as a JSON object; NULL: none */
};

/* Stores them; one that is there already stays as it is, so that it can be repeated. In a write transaction.
 */
enum ecode system_log_add(struct ctx *ctx, const struct system_log *items, size_t n);
/* How many there are: reads them all. */
enum ecode system_log_count(struct ctx *ctx, int64_t *out);
/* Deletes the oldest, at most `max`. In a write transaction. */
enum ecode system_log_drop_oldest(struct ctx *ctx, int max, int64_t *dropped);

struct system_log_query {
    struct list_query list; /* by created_at */
    /* Only those; NULL, below 0, zero: all. */
    const char *fingerprint, *source;
    int level;               /* enum log_level */
    struct instant from, to; /* from ≤ created_at < to */
};
struct system_log_page {
    struct system_log *items;
    size_t count;
    struct list_rest rest;
};
enum ecode system_log_list(struct ctx *ctx, const struct system_log_query *in, struct system_log_page *out);

#endif
