#ifndef HABITD_BASE_UTF8_H
#define HABITD_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Text of people. Every function but utf8_valid wants valid UTF-8 and counts bytes in `len`; none needs a NUL
 * at the end. Grapheme clusters (Unicode TR 29) are what a person sees as one character: a joined family
 * emoji or a letter with its accents is one. Properties come from utf8proc.
 */

/* Strict (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. NUL is valid. */
bool utf8_valid(const char *s, size_t len);

/* Grapheme clusters in s. */
size_t utf8_visible_length(const char *s, size_t len);

/* The bytes that the first `max` grapheme clusters take; cutting there never splits one. len when there are
 * no more. */
size_t utf8_truncate(const char *s, size_t len, size_t max);

/* The bytes of the emoji that s begins with, joined ones, flags and keycaps whole; 0: it begins with
 * something else. */
size_t utf8_leading_emoji(const char *s, size_t len);

/* Nothing in s can be seen: it is empty, or all white space and zero-width characters and fillers. */
bool utf8_blank(const char *s, size_t len);

/*
 * Whether s can turn the left-to-right text that stands round it: it holds right-to-left letters or direction
 * controls (embeddings, overrides, isolates, the right-to-left marks).
 */
bool utf8_turns(const char *s, size_t len);

/*
 * What stays of s when people's spelling is compared: letters without case and accents (ё is е, é is e, wide
 * forms are plain ones), runs of white space, hyphens and underscores as one blank and none at the ends, no
 * apostrophes, full stops and invisible characters. Writes at most cap bytes, NUL included, and the length
 * into *out_len; false when that is too little or s has more than 1,000 characters.
 */
bool utf8_fold(const char *s, size_t len, char *out, size_t cap, size_t *out_len);

/* Whether one letter too many, too few, another one or two swapped neighbours at most tell a and b apart.
 * Texts of more than 64 characters are never near each other. */
bool utf8_near(const char *a, size_t a_len, const char *b, size_t b_len);

/*
 * A line as it is stored: white space at both ends (Unicode's, and the invisible U+FEFF) cut off, nothing
 * else changed. *start and *trimmed_len describe the part inside s; false when what is left holds a control
 * character (C0, DEL, C1, U+2028, U+2029) or is no valid UTF-8. An empty rest is fine.
 */
bool utf8_clean_line(const char *s, size_t len, const char **start, size_t *trimmed_len);

/* As utf8_clean_line, but line ends (LF, CR) and tabs are allowed inside: notes and descriptions. */
bool utf8_clean_text(const char *s, size_t len, const char **start, size_t *trimmed_len);

#endif
