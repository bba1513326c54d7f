#include "net/target.h"

#include <string.h>
#include <strings.h>
#include "base/utf8.h"

/* UTF-8 without C0 controls and DEL. */
static bool is_clean(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
    return utf8_valid(s, len);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes one component; *out is NUL-terminated, in the arena. false when it is badly encoded or not clean.
 */
static bool percent_decode(struct arena *a, const char *s, size_t len, bool plus_is_space, char **out,
                           size_t *out_len)
{
    char *text = arena_alloc(a, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        if (c == '%') {
            bool complete = len - i > 2;
            int high = complete ? hex_digit(s[i + 1]) : -1, low = complete ? hex_digit(s[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        text[n++] = c;
    }
    text[n] = '\0';
    if (!is_clean(text, n))
        return false;
    *out = text;
    *out_len = n;
    return true;
}

/* The raw path may not hide a separator or climb: no encoded '/', no '\\' in either form, no "." and ".."
 * segments. */
static bool is_straight(const char *raw, size_t raw_len, const char *path, size_t len)
{
    for (size_t i = 0; i + 2 < raw_len; i++)
        if (raw[i] == '%' && raw[i + 1] == '2' && (raw[i + 2] == 'f' || raw[i + 2] == 'F'))
            return false;
    if (memchr(path, '\\', len))
        return false;
    for (size_t i = 0; i < len;) {
        size_t start = ++i; /* path[i - 1] is '/' */
        while (i < len && path[i] != '/')
            i++;
        size_t n = i - start;
        if ((n == 1 || n == 2) && memcmp(path + start, "..", n) == 0)
            return false;
    }
    return true;
}

static enum ecode parse_query(struct arena *a, const char *s, size_t len, struct http_target *out,
                              struct err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += s[i] == '&';
    if (n + 1 > TARGET_PARAMS_MAX)
        return err_reason(err, E_MALFORMED, "bad_target", "more than %d query parameters", TARGET_PARAMS_MAX);
    struct http_param *params = arena_array(a, n + 1, sizeof *params);
    size_t filled = 0;
    for (const char *p = s, *end = s + len; p < end;) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        const char *stop = amp ? amp : end;
        const char *eq = memchr(p, '=', (size_t)(stop - p));
        const char *name_end = eq ? eq : stop, *value_at = eq ? eq + 1 : stop;
        char *name, *value;
        size_t name_len, value_len;
        if (stop > p) {
            if (!percent_decode(a, p, (size_t)(name_end - p), true, &name, &name_len) ||
                !percent_decode(a, value_at, (size_t)(stop - value_at), true, &value, &value_len))
                return err_reason(err, E_MALFORMED, "bad_target",
                                  "the query string is not clean percent-encoded UTF-8");
            params[filled++] = (struct http_param){.name = name, .value = value, .value_len = value_len};
        }
        p = amp ? amp + 1 : end;
    }
    out->params = params;
    out->n_params = filled;
    return E_OK;
}

/* Cuts "http://authority" off an absolute-form target; what is left begins with '/' or '?', or is empty. */
static bool cut_authority(struct arena *a, const char **raw, size_t *len, struct http_target *out)
{
    size_t scheme = *len > 7 && strncasecmp(*raw, "http://", 7) == 0    ? 7
                    : *len > 8 && strncasecmp(*raw, "https://", 8) == 0 ? 8
                                                                        : 0;
    const char *at = *raw + scheme, *end = *raw + *len, *p = at;
    while (p < end && *p != '/' && *p != '?')
        p++;
    if (scheme == 0 || p == at || memchr(at, '@', (size_t)(p - at)))
        return false;
    out->authority = arena_memdup(a, at, (size_t)(p - at));
    *raw = p;
    *len = (size_t)(end - p);
    return true;
}

enum ecode http_target_parse(struct arena *a, const char *raw, size_t len, struct http_target *out,
                             struct err *err)
{
    struct http_target t = {.path = "/", .path_len = 1};
    if (len > TARGET_MAX)
        return err_reason(err, E_TOO_LARGE, "target_too_long", "the request target is longer than %d bytes",
                          TARGET_MAX);
    for (size_t i = 0; i < len; i++)
        if (raw[i] < 0x21 || raw[i] > 0x7e || raw[i] == '#')
            return err_reason(err, E_MALFORMED, "bad_target",
                              "the request target holds a byte that must be encoded");
    if ((len == 0 || raw[0] != '/') && !cut_authority(a, &raw, &len, &t))
        return err_reason(err, E_MALFORMED, "bad_target", "the request target does not begin with '/'");
    const char *mark = len ? memchr(raw, '?', len) : NULL;
    size_t path_len = mark ? (size_t)(mark - raw) : len;
    if (path_len) {
        char *path;
        if (!percent_decode(a, raw, path_len, false, &path, &t.path_len) ||
            !is_straight(raw, path_len, path, t.path_len))
            return err_reason(err, E_MALFORMED, "bad_target", "the path is ambiguous or badly encoded");
        t.path = path;
    }
    if (mark) {
        enum ecode code = parse_query(a, mark + 1, len - path_len - 1, &t, err);
        if (code != E_OK)
            return code;
    }
    *out = t;
    return E_OK;
}
