#ifndef HABITD_BASE_LOG_H
#define HABITD_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "base/uuid.h"

/*
 * Structured log on stderr: one event, one line, one write. An event has a constant message and typed fields,
 * which the compiler checks because each is made by a function:
 *
 *     log_event(LOG_INFO, "request answered", log_str("route", route), log_i64("status", 200),
 * log_ms("took_ms", took)); log_note(LOG_INFO, "stopping");
 *
 * Text: `2026-11-23T16:48:52.123Z info request answered route=/v1/today status=200`; JSON: one object with
 * time, level, message and the fields. Control characters, quotes and line ends in values are escaped, so
 * nobody can forge a line.
 *
 * Secrets (tokens, webhook bodies, passwords, init data, notes of people) are never logged: pass ids.
 * Thread-safe.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* The names as the settings spell them, in the enums' order, NULL-terminated. */
extern const char *const log_level_names[];
extern const char *const log_format_names[];

enum log_kind { LOG_KIND_STRING, LOG_KIND_I64, LOG_KIND_F64, LOG_KIND_BOOL, LOG_KIND_UUID, LOG_KIND_INSTANT };

struct log_field {
    const char *key; /* NULL ends a list */
    enum log_kind kind;
    union {
        const char *string;
        int64_t i64;
        double f64;
        bool boolean;
        struct uuid uuid;
        struct instant instant;
    } v;
};

/* NULL is logged as null; longer than 1,024 bytes is cut at a character. */
static inline struct log_field log_str(const char *key, const char *v)
{
    return (struct log_field){key, LOG_KIND_STRING, {.string = v}};
}
static inline struct log_field log_i64(const char *key, int64_t v)
{
    return (struct log_field){key, LOG_KIND_I64, {.i64 = v}};
}
static inline struct log_field log_f64(const char *key, double v)
{
    return (struct log_field){key, LOG_KIND_F64, {.f64 = v}};
}
static inline struct log_field log_bool(const char *key, bool v)
{
    return (struct log_field){key, LOG_KIND_BOOL, {.boolean = v}};
}
static inline struct log_field log_uuid(const char *key, const struct uuid *v)
{
    return (struct log_field){key, LOG_KIND_UUID, {.uuid = *v}};
}
static inline struct log_field log_instant(const char *key, struct instant v)
{
    return (struct log_field){key, LOG_KIND_INSTANT, {.instant = v}};
}
static inline struct log_field log_ms(const char *key, struct duration v)
{
    return log_i64(key, v.ms);
}
/* The error's code and text belong together: two fields, `code` and `error`. */
#define log_err(e) log_str("code", ecode_name((e)->code)), log_str("error", (e)->text)

/* Events below `level` cost one comparison. Defaults: LOG_INFO, LOG_TEXT. */
void log_configure(enum log_level level, enum log_format format);
bool log_enabled(enum log_level level);

/* Writes an event of a part of the program; `fields` ends with a NULL key. Use the macros. */
void log_write(const char *source, enum log_level level, const char *message, const struct log_field *fields);
#define LOG_SOURCE __FILE_NAME__ /* the room it comes from: "sender.c" */
#define log_event(level, message, ...)                                                                       \
    do {                                                                                                     \
        if (log_enabled(level))                                                                              \
            log_write(LOG_SOURCE, (level), (message),                                                        \
                      (const struct log_field[]){__VA_ARGS__, {.key = NULL}});                               \
    } while (0)
/* An event without fields. */
#define log_note(level, message)                                                                             \
    do {                                                                                                     \
        if (log_enabled(level))                                                                              \
            log_write(LOG_SOURCE, (level), (message), (const struct log_field[]){{.key = NULL}});            \
    } while (0)

/* The fields as members of the JSON object that is being written, as the JSON line has them. */
struct json_writer;
void log_put_fields(struct json_writer *w, const struct log_field *fields);

/*
 * Everything that is written also goes to `sink` (message and fields live only during the call), on the
 * thread that logs, with no lock held; what the sink logs itself does not come back to it. NULL: none. Set it
 * before other threads run, and take it away when they are gone.
 */
typedef void log_sink(void *arg, const char *source, enum log_level level, struct instant at,
                      const char *message, const struct log_field *fields);
void log_set_sink(log_sink *sink, void *arg);

/* For tests: another file descriptor than stderr. */
void log_set_fd(int fd);

#endif
