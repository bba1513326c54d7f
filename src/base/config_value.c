#include "base/config_value.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/utf8.h"
#include "base/zone.h"

#define LIST_MAX 256

/* What one reader needs besides the text. */
struct reading {
    struct arena *arena;
    const struct setting_info *info;
    struct err *err;
};

static enum ecode must_be(const struct reading *r, const char *what)
{
    return err_set(r->err, E_INVALID, "must be %s", what);
}

/* A decimal integer of n bytes, nothing round it. */
static bool integer(const char *s, size_t n, int64_t *out)
{
    int64_t v = 0;
    bool negative = n > 0 && s[0] == '-';
    size_t i = negative;
    if (i == n)
        return false;
    for (; i < n; i++)
        if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, s[i] - '0', &v))
            return false;
    if (!negative && v == INT64_MIN)
        return false;
    *out = negative ? v : -v;
    return true;
}

static enum ecode read_int(const struct reading *r, const char *s, struct setting_value *out)
{
    const struct setting_info *info = r->info;
    if (!integer(s, strlen(s), &out->number) || out->number < info->min || out->number > info->max)
        return err_set(r->err, E_INVALID, "must be a whole number from %" PRId64 " to %" PRId64, info->min,
                       info->max);
    return E_OK;
}

/* The index of s in the list, -1: not there. */
static int index_of(const char *s, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], s) == 0)
            return i;
    return -1;
}

static enum ecode read_bool(const struct reading *r, const char *s, struct setting_value *out)
{
    static const char *const names[] = {"0", "1", "false", "true", "no", "yes", "off", "on", NULL};
    int i = index_of(s, names);
    if (i < 0)
        return must_be(r, "0 or 1 (false, true, no, yes, off and on are understood)");
    out->number = i % 2;
    return E_OK;
}

static enum ecode read_enum(const struct reading *r, const char *s, struct setting_value *out)
{
    out->number = index_of(s, r->info->names);
    if (out->number >= 0)
        return E_OK;
    struct buf b;
    buf_init(&b, 200);
    for (int i = 0; r->info->names[i]; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", r->info->names[i]);
    enum ecode rc = err_set(r->err, E_INVALID, "must be one of %s", buf_text(&b));
    buf_release(&b);
    return rc;
}

/* The next item of a list with commas, its blanks cut off; false: no more. */
static bool next_item(const char **at, const char **item, size_t *len)
{
    if (!*at)
        return false;
    const char *comma = strchr(*at, ',');
    size_t n = comma ? (size_t)(comma - *at) : strlen(*at);
    *item = *at + strspn(*at, " ");
    *len = n > (size_t)(*item - *at) ? n - (size_t)(*item - *at) : 0;
    while (*len && (*item)[*len - 1] == ' ')
        --*len;
    *at = comma ? comma + 1 : NULL;
    return true;
}

static enum ecode read_int_list(const struct reading *r, const char *s, struct setting_value *out)
{
    const struct setting_info *info = r->info;
    int64_t *list = arena_array(r->arena, LIST_MAX, sizeof *list);
    const char *at = s[strspn(s, " ")] ? s : NULL, *item;
    size_t len, n = 0;
    while (next_item(&at, &item, &len)) {
        if (n == LIST_MAX || !integer(item, len, &list[n]) || list[n] < info->min || list[n] > info->max)
            return err_set(r->err, E_INVALID,
                           "must be whole numbers from %" PRId64 " to %" PRId64
                           " with commas between them, at most %d",
                           info->min, info->max, LIST_MAX);
        n++;
    }
    out->list = n ? list : NULL;
    out->list_len = n;
    return E_OK;
}

/* "10.0.0.0/8", "::1"; whether the bits behind the prefix are 0 is the network layer's business. */
static bool network(const char *s, size_t len)
{
    char text[64];
    unsigned char address[16];
    const char *slash = memchr(s, '/', len);
    size_t n = slash ? (size_t)(slash - s) : len;
    int64_t bits = 0;
    if (n >= sizeof text || (slash && !integer(slash + 1, len - n - 1, &bits)))
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, address) == 1)
        return bits >= 0 && bits <= 32;
    return inet_pton(AF_INET6, text, address) == 1 && bits >= 0 && bits <= 128;
}

static enum ecode read_networks(const struct reading *r, const char *s)
{
    const char *at = s[strspn(s, " ")] ? s : NULL, *item;
    size_t len;
    while (next_item(&at, &item, &len))
        if (!network(item, len))
            return must_be(r, "networks such as 10.0.0.0/8 or ::1 with commas between them");
    return E_OK;
}

/* Visible ASCII only. */
static bool printable(const char *s)
{
    for (; *s; s++)
        if (*s <= ' ' || *s > '~')
            return false;
    return true;
}

static enum ecode read_string(const struct reading *r, const char *s)
{
    size_t n = strlen(s);
    if (n < (size_t)r->info->min || n > (size_t)r->info->max || !printable(s))
        return err_set(r->err, E_INVALID,
                       "must be %" PRId64 " to %" PRId64 " printable characters without spaces", r->info->min,
                       r->info->max);
    return E_OK;
}

static enum ecode read_url(const struct reading *r, const char *s, struct setting_value *out)
{
    size_t n = strlen(s), scheme = strncmp(s, "https://", 8) == 0 ? 8 : strncmp(s, "http://", 7) == 0 ? 7 : 0;
    if (scheme == 0 || !s[scheme] || strchr("/?:@", s[scheme]) || n > 2048 || !printable(s) || strchr(s, '#'))
        return must_be(r, "a URL that begins with https:// or http://");
    while (s[n - 1] == '/')
        n--;
    out->text = arena_memdup(r->arena, s, n);
    return E_OK;
}

static enum ecode read_database(const struct reading *r, const char *s)
{
    const char *start;
    size_t n = strlen(s), len;
    bool sqlite = strncmp(s, "sqlite:", 7) == 0 && n > 7;
    bool postgres =
        (strncmp(s, "postgresql://", 13) == 0 || strncmp(s, "postgres://", 11) == 0) && printable(s);
    if ((!sqlite && !postgres) || n > 4096 || !utf8_clean_line(s, n, &start, &len))
        return must_be(r, "sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    return E_OK;
}

bool listen_parse(const char *text, struct listen_address *out)
{
    struct listen_address l = {.port = 0};
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || !integer(colon + 1, strlen(colon + 1), &port) || port < 0 || port > 65535)
        return false;
    const char *host = text;
    size_t n = (size_t)(colon - text);
    bool brackets = n >= 2 && host[0] == '[' && host[n - 1] == ']';
    if (brackets) {
        host++;
        n -= 2;
    }
    if (n >= sizeof l.host)
        return false;
    memcpy(l.host, host, n);
    unsigned char address[16];
    for (size_t i = 0; i < n && !brackets; i++)
        if (!(host[i] == '.' || host[i] == '-' || (host[i] >= '0' && host[i] <= '9') ||
              (host[i] >= 'a' && host[i] <= 'z') || (host[i] >= 'A' && host[i] <= 'Z')))
            return false;
    if (brackets && inet_pton(AF_INET6, l.host, address) != 1)
        return false;
    l.port = (uint16_t)port;
    *out = l;
    return true;
}

static enum ecode read_currency(const struct reading *r, const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return n >= 3 && n <= 5 && !s[n] ? E_OK
                                     : must_be(r, "a currency of three to five capital letters, such as RUB");
}

static enum ecode read_zone(const struct reading *r, const char *s)
{
    const struct zone *z;
    enum ecode rc = zone_get(s, &z, r->err);
    return rc == E_INVALID ? must_be(r, "a time zone of the IANA database, such as Europe/Moscow") : rc;
}

enum ecode setting_value_parse(struct arena *a, const struct setting_info *info, const char *text,
                               struct setting_value *out, struct err *err)
{
    struct reading r = {a, info, err};
    struct instant t;
    struct setting_value v = {.text = arena_strdup(a, text)};
    enum ecode rc = E_OK;
    switch (info->kind) {
    case KIND_STRING:
        rc = read_string(&r, text);
        break;
    case KIND_INT:
        rc = read_int(&r, text, &v);
        break;
    case KIND_BOOL:
        rc = read_bool(&r, text, &v);
        break;
    case KIND_ENUM:
        rc = read_enum(&r, text, &v);
        break;
    case KIND_INT_LIST:
        rc = read_int_list(&r, text, &v);
        break;
    case KIND_CIDRS:
        rc = read_networks(&r, text);
        break;
    case KIND_URL:
        rc = read_url(&r, text, &v);
        break;
    case KIND_DATABASE:
        rc = read_database(&r, text);
        break;
    case KIND_LISTEN:
        rc = listen_parse(text, &v.listen)
                 ? E_OK
                 : must_be(&r, "ADDRESS:PORT, such as 127.0.0.1:8080, with a port from 0 to 65535");
        break;
    case KIND_ZONE:
        rc = read_zone(&r, text);
        break;
    case KIND_CURRENCY:
        rc = read_currency(&r, text);
        break;
    case KIND_INSTANT:
        rc =
            instant_parse(text, strlen(text), &t) ? E_OK : must_be(&r, "a time such as 2026-11-23T16:48:52Z");
        break;
    }
    if (!rc)
        *out = v;
    return rc;
}

/* Appends s with every value of a parameter that ends with "password=" hidden. */
static void mask_parameters(struct buf *b, const char *s)
{
    static const char name[] = "password=";
    for (const char *found; (found = strstr(s, name)); s = found + strcspn(found, "&")) {
        found += sizeof name - 1;
        buf_add(b, s, (size_t)(found - s));
        buf_str(b, "****");
    }
    buf_str(b, s);
}

char *url_masked(const char *url)
{
    struct buf b;
    buf_init(&b, 2 * strlen(url) + 16);
    const char *scheme = strstr(url, "://"), *user = scheme ? scheme + 3 : url, *at = strrchr(url, '@');
    bool path = strncmp(url, "sqlite:", 7) == 0;
    const char *colon = at && at > user && !path ? memchr(user, ':', (size_t)(at - user)) : NULL;
    if (colon) { /* up to the last @: a password that was not escaped must not show either */
        buf_add(&b, url, (size_t)(colon - url));
        buf_str(&b, ":****");
        url = at;
    }
    mask_parameters(&b, url);
    return buf_steal(&b, NULL);
}
