#ifndef HABITD_BASE_JSON_SCAN_H
#define HABITD_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

/*
 * Walks the members of a JSON object or the items of an array without building a tree: a large file is parsed
 * item by item in bounded memory, and of what others send only the members that matter, however odd or deep
 * the rest is. It only finds where values begin and end; each value's own syntax is checked by whoever parses
 * it (base/json_read.h).
 */
struct json_span {
    const char *text;
    size_t len;
};

struct json_scan {
    const char *begin; /* of the whole file, for line numbers */
    const char *p, *end;
    char close; /* '}' or ']' */
    bool first;
};

/* Over one object (open '{') or array ('['). E_MALFORMED, with the line, when the value is not one. */
enum ecode json_scan_init(struct json_scan *s, const char *file, struct json_span value, char open,
                          struct err *err);
/* The next item; false at the end or on an error (*code). For objects `key` gets the member's name, without
 * quotes; names with escapes are refused. */
bool json_scan_next(struct json_scan *s, struct json_span *key, struct json_span *value, enum ecode *code,
                    struct err *err);
/* The one value of a whole file. */
enum ecode json_scan_file(const char *data, size_t len, struct json_span *out, struct err *err);
/* The line a place stands in, from 1. */
size_t json_scan_line(const char *file, const char *p);
bool json_span_is(struct json_span s, const char *text);

#endif
