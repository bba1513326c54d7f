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

#define VARIATION_TEXT 0xfe0e
#define VARIATION_EMOJI 0xfe0f
#define KEYCAP 0x20e3
#define PICTURES_FIRST                                                                                       \
    0x2300 /* pictographs below (the copyright sign, arrows) are text unless the writer says so */

size_t utf8_leading_emoji(const char *s, size_t len)
{
    size_t n = utf8_truncate(s, len, 1), step;
    int32_t first = 0, c;
    bool asked = false;
    for (size_t i = 0, count = 0; i < n; i += step, count++) {
        step = decode(s + i, n - i, &c);
        CHECK(step > 0);
        if (c == VARIATION_TEXT)
            return 0;
        if (i == 0)
            first = c;
        asked |=
            c == KEYCAP || c == VARIATION_EMOJI ||
            (count == 1 && utf8proc_get_property(c)->boundclass == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR);
    }
    if (n == 0)
        return 0;
    bool picture = utf8proc_get_property(first)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
    return asked || (picture && first >= PICTURES_FIRST) ? n : 0;
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

/* Hyphens and dashes, underscores. */
static bool joins_words(int32_t c)
{
    return space(c) || c == '_' || utf8proc_category(c) == UTF8PROC_CATEGORY_PD;
}

bool utf8_fold(const char *s, size_t len, char *out, size_t cap, size_t *out_len)
{
    utf8proc_int32_t folded[1000];
    utf8proc_ssize_t count = utf8proc_decompose(
        (const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len, folded, ARRAY_LEN(folded),
        UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    if (count < 0 || (size_t)count > ARRAY_LEN(folded) || cap == 0)
        return false;
    size_t n = 0;
    bool blank = false;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        int32_t c = folded[i];
        if (joins_words(c)) {
            blank = n > 0;
            continue;
        }
        if (c == '.' || c == '\'' || c == 0x2019 || c == 0x2bc || invisible(c))
            continue;
        if (n + 6 > cap) /* a blank, a character of four bytes, the NUL */
            return false;
        if (blank)
            out[n++] = ' ';
        blank = false;
        n += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)out + n);
    }
    out[n] = '\0';
    *out_len = n;
    return true;
}

#define NEAR_MAX 64

/* The characters of s; NEAR_MAX + 1 when there are more. */
static size_t spell(const char *s, size_t len, int32_t out[NEAR_MAX])
{
    size_t count = 0;
    for (size_t i = 0, n; i < len; i += n) {
        if (count == NEAR_MAX)
            return NEAR_MAX + 1;
        n = decode(s + i, len - i, &out[count++]);
        CHECK(n > 0);
    }
    return count;
}

bool utf8_near(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int32_t x[NEAR_MAX], y[NEAR_MAX];
    size_t m = spell(a, a_len, x), n = spell(b, b_len, y), from = 0, tail = 0;
    if (m > NEAR_MAX || n > NEAR_MAX || m > n + 1 || n > m + 1)
        return false;
    while (from < m && from < n && x[from] == y[from])
        from++;
    while (tail < m - from && tail < n - from && x[m - 1 - tail] == y[n - 1 - tail])
        tail++;
    size_t rest_x = m - from - tail, rest_y = n - from - tail;
    if (rest_x == 2 && rest_y == 2)
        return x[from] == y[from + 1] && x[from + 1] == y[from];
    return rest_x <= 1 && rest_y <= 1;
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
