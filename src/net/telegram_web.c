#include "net/telegram_web.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/json_read.h"
#include "net/target.h"

static enum ecode refused(struct err *err, const char *why)
{
    return err_reason(err, E_UNAUTHENTIC, "init_data_invalid", "initData %s", why);
}

static int by_name(const void *a, const void *b)
{
    const struct http_param *p = a, *q = b;
    return strcmp(p->name, q->name);
}

/* Members by name, each once: two readers of one that comes twice could differ. */
static enum ecode read_members(struct arena *a, const char *text, size_t len, struct http_param **out,
                               size_t *n, struct err *err)
{
    struct http_target target;
    const char *query = arena_printf(a, "/?%.*s", (int)len, text);
    if (len > TARGET_MAX || memchr(text, '\0', len) != NULL ||
        http_target_parse(a, query, len + 2, &target, err) != E_OK)
        return refused(err, "is no query string");
    struct http_param *p = arena_array(a, target.n_params, sizeof *p);
    if (target.n_params > 0)
        memcpy(p, target.params, target.n_params * sizeof *p);
    qsort(p, target.n_params, sizeof *p, by_name);
    for (size_t i = 1; i < target.n_params; i++)
        if (strcmp(p[i - 1].name, p[i].name) == 0)
            return refused(err, "has a member twice");
    *out = p;
    *n = target.n_params;
    return E_OK;
}

static const char *member(const struct http_param *p, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, name) == 0)
            return p[i].value;
    return NULL;
}

static bool hash_fits(const char *token, const struct http_param *p, size_t n, const char *hash)
{
    struct buf lines;
    uint8_t key[SHA256_LEN], mac[SHA256_LEN];
    char hex[SHA256_LEN * 2 + 1];
    buf_init(&lines, (size_t)TARGET_MAX * 2);
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, "hash") != 0)
            buf_printf(&lines, "%s%s=%s", lines.len > 0 ? "\n" : "", p[i].name, p[i].value);
    hmac_sha256("WebAppData", 10, token, strlen(token), key);
    hmac_sha256(key, sizeof key, buf_text(&lines), lines.len, mac);
    buf_release(&lines);
    hex_encode(mac, sizeof mac, hex);
    return strlen(hash) == sizeof hex - 1 && bytes_equal_secret(hex, hash, sizeof hex - 1);
}

static bool read_seconds(const char *text, struct instant *out)
{
    int64_t value = 0;
    size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 || len > 11)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    out->ms = value * 1000;
    return true;
}

static enum ecode read_user(struct arena *a, const char *text, struct tg_init_data *out, struct err *err)
{
    json_t *user;
    if (text == NULL || json_read(a, text, strlen(text), true, &user, err) != E_OK)
        return refused(err, "names no person");
    out->user_id = json_integer_value(json_object_get(user, "id"));
    out->first_name = arena_strdup(a, json_string_value(json_object_get(user, "first_name")));
    out->username = arena_strdup(a, json_string_value(json_object_get(user, "username")));
    out->language_code = arena_strdup(a, json_string_value(json_object_get(user, "language_code")));
    return out->user_id > 0 ? E_OK : refused(err, "names no person");
}

enum ecode tg_init_data_read(struct arena *a, const char *token, const char *text, size_t len,
                             struct tg_init_data *out, struct err *err)
{
    struct http_param *p = NULL;
    size_t n = 0;
    struct tg_init_data d = {0};
    enum ecode rc = read_members(a, text, len, &p, &n, err);
    if (rc != E_OK)
        return rc;
    const char *hash = member(p, n, "hash");
    if (hash == NULL || !hash_fits(token, p, n, hash))
        return refused(err, "is not Telegram's word to this bot");
    if (!read_seconds(member(p, n, "auth_date"), &d.auth_date))
        return refused(err, "has no date");
    rc = read_user(a, member(p, n, "user"), &d, err);
    d.start_param = member(p, n, "start_param");
    if (rc == E_OK)
        *out = d;
    return rc;
}
