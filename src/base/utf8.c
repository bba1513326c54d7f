#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include "base/arena.h"
#include "base/check.h"

/* Decodes one character; 0: what stands there is not valid. */
static size_t decode(const char *s, size_t len, int32_t *out)
{
    utf8proc_int32_t c;
    if (len == 0)
        return 0;
    if ((unsigned char)s[0] < 0x80) {
        *out = (unsigned char)s[0];
        return 1;
    }
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)s, len < 4 ? (utf8proc_ssize_t)len : 4, &c);
    if (n <= 0)
        return 0;
    *out = c;
    return (size_t)n;
}

bool utf8_valid(const char *s, size_t len)
{
    int32_t c;
    for (size_t i = 0; i < len;) {
        size_t n = decode(s + i, len - i, &c);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

/* Walks at most `max` clusters; returns the bytes passed and their number. */
static size_t walk(const char *s, size_t len, size_t max, size_t *clusters)
{
    utf8proc_int32_t state = 0;
    int32_t previous = 0, c;
    size_t count = 0, i = 0;
    while (i < len) {
        size_t n = decode(s + i, len - i, &c);
        CHECK(n > 0);
        if (i == 0 || utf8proc_grapheme_break_stateful(previous, c, &state)) {
            if (count == max)
                break;
            count++;
        }
        previous = c;
        i += n;
    }
    *clusters = count;
    return i;
}

size_t utf8_visible_length(const char *s, size_t len)
{
    size_t clusters;
    walk(s, len, SIZE_MAX, &clusters);
    return clusters;
}

size_t utf8_truncate(const char *s, size_t len, size_t max)
{
    size_t clusters;
    return walk(s, len, max, &clusters);
}

static bool space(int32_t c)
{
    if ((c >= '\t' && c <= '\r') || c == ' ' || c == 0x85 || c == 0xfeff)
        return true;
    utf8proc_category_t category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

/* What leaves no mark on the screen by itself: joiners, direction marks, variation selectors, fillers. */
static bool invisible(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return space(c) || category == UTF8PROC_CATEGORY_CF || (c >= 0xfe00 && c <= 0xfe0f) || c == 0x34f ||
           c == 0x115f || c == 0x1160 || c == 0x2800 || c == 0x3164 || c == 0xffa0;
}

bool utf8_blank(const char *s, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        int32_t c;
        n = decode(s + i, len - i, &c);
        CHECK(n > 0);
        if (!invisible(c))
            return false;
    }
    return true;
}

static bool turns(int32_t c)
{
    switch (utf8proc_get_property(c)->bidi_class) {
    case UTF8PROC_BIDI_CLASS_R:
    case UTF8PROC_BIDI_CLASS_AL:
    case UTF8PROC_BIDI_CLASS_LRE:
    case UTF8PROC_BIDI_CLASS_LRO:
    case UTF8PROC_BIDI_CLASS_RLE:
    case UTF8PROC_BIDI_CLASS_RLO:
    case UTF8PROC_BIDI_CLASS_PDF:
    case UTF8PROC_BIDI_CLASS_LRI:
    case UTF8PROC_BIDI_CLASS_RLI:
    case UTF8PROC_BIDI_CLASS_FSI:
    case UTF8PROC_BIDI_CLASS_PDI:
        return true;
    default:
        return false;
    }
}

bool utf8_turns(const char *s, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        int32_t c;
        n = decode(s + i, len - i, &c);
        CHECK(n > 0);
        if (c >= 0x590 && turns(c)) /* the first right-to-left letters */
            return true;
    }
    return false;
}

static bool control(int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

/* One pass: the first and the last character that are no white space, and no control character between them.
 */
static bool clean(const char *s, size_t len, bool lines, const char **start, size_t *trimmed_len)
{
    size_t from = len, to = len, controls = 0,
           pending = 0; /* pending: controls since the last visible character */
    for (size_t i = 0, n; i < len; i += n) {
        int32_t c;
        n = decode(s + i, len - i, &c);
        if (n == 0)
            return false;
        bool blank = space(c), foreign = control(c) && !(lines && (c == '\n' || c == '\r' || c == '\t'));
        if (foreign && (!blank || from < len))
            pending++;
        if (blank)
            continue;
        if (from == len)
            from = i;
        controls += pending;
        pending = 0;
        to = i + n;
    }
    if (controls)
        return false;
    *start = s + (from == len ? 0 : from);
    *trimmed_len = from == len ? 0 : to - from;
    return true;
}

bool utf8_clean_line(const char *s, size_t len, const char **start, size_t *trimmed_len)
{
    return clean(s, len, false, start, trimmed_len);
}

bool utf8_clean_text(const char *s, size_t len, const char **start, size_t *trimmed_len)
{
    return clean(s, len, true, start, trimmed_len);
}
