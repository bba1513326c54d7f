#ifndef HABITD_BASE_LOG_FINGERPRINT_H
#define HABITD_BASE_LOG_FINGERPRINT_H

#include <stddef.h>
#include "base/log.h"

/*
 * What kind of event it is: the rule's version, a colon, 16 hexadecimal digits. Events of one severity,
 * source and message have the same, whatever numbers, ids and quoted text stand in the message: those are
 * told apart by their context, not by their kind.
 */
#define LOG_FINGERPRINT_TEXT 19
#define LOG_FINGERPRINT_VERSION "1"
void log_fingerprint(enum log_level level, const char *source, const char *message,
                     char out[LOG_FINGERPRINT_TEXT]);

/*
 * The message without what changes: text between "…", '…' (not an apostrophe inside of a word), `…` and «…»
 * becomes ?, so do words of digits, hexadecimal digits (8 and more of them, dashes allowed) and signs with at
 * least one digit. Cut to what fits, NUL-terminated; returns its length.
 */
size_t log_template(const char *message, char *out, size_t size);

#endif
