#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"

static const char *const names[E_CODES] = {
    [E_OK] = "ok",
    [E_INVALID] = "invalid",
    [E_MALFORMED] = "malformed",
    [E_UNAUTHENTIC] = "unauthorized",
    [E_FORBIDDEN] = "forbidden",
    [E_NOT_FOUND] = "not_found",
    [E_CONFLICT] = "conflict",
    [E_LIMIT] = "limit_reached",
    [E_TOO_LARGE] = "too_large",
    [E_RATE] = "too_many_requests",
    [E_BUSY] = "busy",
    [E_UNAVAILABLE] = "unavailable",
    [E_UNCERTAIN] = "uncertain",
    [E_UNIQUE] = "unique_violation",
    [E_FOREIGN] = "foreign_key_violation",
    [E_CHECK] = "check_violation",
    [E_RETRY] = "retry",
    [E_IO] = "io_error",
    [E_CORRUPT] = "corrupt",
    [E_INTERNAL] = "internal_error",
};

void err_clear(struct err *e)
{
    e->code = E_OK;
    e->reason[0] = e->field[0] = e->text[0] = '\0';
}

__attribute__((format(printf, 5, 0))) static void set(struct err *e, enum ecode code, const char *reason,
                                                      const char *field, const char *fmt, va_list ap)
{
    CHECK(code != E_OK);
    struct err fresh = {.code = code}; /* fmt's arguments and field may point into *e */
    vsnprintf(fresh.text, sizeof fresh.text, fmt, ap);
    snprintf(fresh.reason, sizeof fresh.reason, "%s", reason);
    snprintf(fresh.field, sizeof fresh.field, "%s", field);
    *e = fresh;
}

enum ecode err_set(struct err *e, enum ecode code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set(e, code, "", "", fmt, ap);
    va_end(ap);
    return code;
}

enum ecode err_field(struct err *e, const char *field, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set(e, E_INVALID, "", field, fmt, ap);
    va_end(ap);
    return E_INVALID;
}

enum ecode err_reason(struct err *e, enum ecode code, const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set(e, code, reason, "", fmt, ap);
    va_end(ap);
    return code;
}

enum ecode err_wrap(struct err *e, const char *fmt, ...)
{
    char text[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n + 2 < sizeof text)
        snprintf(text + n, sizeof text - (size_t)n, ": %s", e->text);
    memcpy(e->text, text, sizeof text);
    return e->code;
}

const char *ecode_name(enum ecode code)
{
    return (unsigned)code < E_CODES ? names[code] : "internal_error";
}
