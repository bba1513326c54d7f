#include "net/telegram.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "net/telegram_priv.h"

static void base_url(struct buf *out, const char *base)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    buf_add(out, base, len);
}

void tg_url(struct buf *out, const char *base, const char *token, const char *method)
{
    base_url(out, base);
    buf_printf(out, "/bot%s/%s", token, method);
}

void tg_file_url(struct buf *out, const char *base, const char *token, const char *file_path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    base_url(out, base);
    buf_printf(out, "/file/bot%s/", token);
    for (const char *p = file_path; *p; p++)
        if (strchr(plain, *p))
            buf_char(out, *p);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
}

/* The bytes of the entity that s begins with; 0 when it is none of those Telegram knows. */
static size_t entity(const char *s, size_t len, size_t *units)
{
    static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
    bool hex = len > 2 && (s[2] == 'x' || s[2] == 'X');
    unsigned v = 0;
    *units = 1;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (len >= strlen(names[i]) && memcmp(s, names[i], strlen(names[i])) == 0)
            return strlen(names[i]);
    if (len < 2 || s[1] != '#')
        return 0;
    for (size_t i = hex ? 3 : 2; i < len && v <= 0x10ffff; i++) {
        const char *digits = hex ? "0123456789abcdef" : "0123456789";
        const char *d = s[i] ? strchr(digits, s[i] | 0x20) : NULL;
        if (s[i] == ';' && v > 0) {
            *units += v >= 0x10000;
            return i + 1;
        }
        if (!d || (s[i] < '0'))
            return 0;
        v = v * (hex ? 16 : 10) + (unsigned)(d - digits);
    }
    return 0;
}

size_t tg_html_units(const char *html, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)html[i];
        const char *close = c == '<' ? memchr(html + i, '>', len - i) : NULL;
        size_t units, taken = c == '&' ? entity(html + i, len - i, &units) : 0;
        if (close) {
            i = (size_t)(close - html) + 1;
        } else if (taken) {
            n += units;
            i += taken;
        } else {
            n += (c & 0xc0) != 0x80; /* one for each character, two for those beyond the BMP */
            n += c >= 0xf0;
            i++;
        }
    }
    return n;
}

bool tg_update_id(struct json_span value, int64_t *out)
{
    struct json_scan s;
    struct json_span key, item;
    struct err err;
    enum ecode rc;
    if (json_scan_init(&s, value.text, value, '{', &err) != E_OK)
        return false;
    while (json_scan_next(&s, &key, &item, &rc, &err)) {
        int64_t id = 0;
        if (!json_span_is(key, "update_id"))
            continue;
        for (size_t i = 0; i < item.len; i++) {
            if (item.text[i] < '0' || item.text[i] > '9' || id > TG_ID_MAX / 10 - 1)
                return false;
            id = id * 10 + (item.text[i] - '0');
        }
        *out = id;
        return item.len > 0;
    }
    return false;
}
