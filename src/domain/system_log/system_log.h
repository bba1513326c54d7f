#ifndef HABITD_DOMAIN_SYSTEM_LOG_H
#define HABITD_DOMAIN_SYSTEM_LOG_H

#include "base/log.h"
#include "domain/ctx.h"

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

#define SYSTEM_LOG_LIST_MAX 200
struct system_log_place {
    struct instant at;
    struct uuid id;
};
struct system_log_query {
    int limit; /* 1–SYSTEM_LOG_LIST_MAX */
    bool has_after;
    struct system_log_place after; /* behind this one */
    /* Only those; NULL, below 0, zero: all. */
    const char *fingerprint, *source;
    int level;               /* enum log_level */
    struct instant from, to; /* from ≤ created_at < to */
};
struct system_log_page {
    struct system_log *items; /* newest first */
    size_t count;
    bool more;
};
enum ecode system_log_list(struct ctx *ctx, const struct system_log_query *in, struct system_log_page *out);

#endif
