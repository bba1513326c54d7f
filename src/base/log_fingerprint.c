#include "base/log_fingerprint.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/hash.h"

#define TEMPLATE_MAX 512
#define ID_MIN 8 /* fewer hexadecimal digits may be a word: "added" */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Of a word: letters of any script (bytes above ASCII), digits, and what ties numbers and ids together. */
static bool is_inside(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) || c == '_';
}

/* The bytes from an opening quote to behind the closing one; 0: it does not open anything. */
static size_t quoted(const char *p, bool after_word)
{
    static const struct {
        const char *open, *close;
    } pairs[] = {{"\"", "\""}, {"'", "'"}, {"`", "`"}, {"«", "»"}, {"“", "”"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        size_t n = strlen(pairs[i].open);
        if (strncmp(p, pairs[i].open, n) != 0 || (p[0] == '\'' && after_word))
            continue;
        const char *end = strstr(p + n, pairs[i].close);
        return end != NULL ? (size_t)(end - p) + strlen(pairs[i].close) : 0;
    }
    return 0;
}

/* The length of the word at p, and whether it is a number or an id. */
static size_t word(const char *p, bool *changes)
{
    size_t n = 0, hex = 0, digits = 0;
    bool only_hex = true;
    for (; is_inside(p[n]) || ((p[n] == '-' || p[n] == '.' || p[n] == ':' || p[n] == ',') && n > 0 &&
                               is_hex(p[n - 1]) && is_hex(p[n + 1]));
         n++) {
        digits += is_digit(p[n]);
        hex += is_hex(p[n]);
        only_hex &= is_hex(p[n]) || !is_inside(p[n]);
    }
    *changes = digits > 0 && (is_digit(p[0]) || (only_hex && hex >= ID_MIN));
    return n;
}

size_t log_template(const char *message, char *out, size_t size)
{
    size_t len = 0;
    bool after_word = false;
    for (const char *p = message; *p != '\0' && len + 2 < size;) {
        bool changes = false;
        size_t n = quoted(p, after_word);
        if (n > 0) {
            changes = true;
        } else if (is_inside(*p)) {
            n = word(p, &changes);
        }
        after_word = n > 0;
        if (changes) {
            out[len++] = '?';
            p += n;
            continue;
        }
        for (n = n > 0 ? n : 1; n > 0 && len + 2 < size; n--)
            out[len++] = *p++;
    }
    out[len] = '\0';
    return len;
}

void log_fingerprint(enum log_level level, const char *source, const char *message,
                     char out[LOG_FINGERPRINT_TEXT])
{
    char text[TEMPLATE_MAX + 128];
    uint8_t hash[SHA256_LEN];
    int n = snprintf(text, 128, "%s\n%.100s\n", log_level_names[level], source);
    size_t len = (size_t)n + log_template(message, text + n, TEMPLATE_MAX);
    sha256(text, len, hash);
    size_t at = (size_t)snprintf(out, LOG_FINGERPRINT_TEXT, LOG_FINGERPRINT_VERSION ":");
    for (int i = 0; i < 8; i++)
        at += (size_t)snprintf(out + at, LOG_FINGERPRINT_TEXT - at, "%02x", hash[i]);
}
