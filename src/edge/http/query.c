#include "edge/http/route.h"

#include <string.h>
#include "base/check.h"
#include "base/hash.h"

enum ecode path_uuid(struct exchange *x, int i, struct uuid *out)
{
    if (!uuid_parse(x->vars[i].text, x->vars[i].len, out))
        return err_set(&x->err, E_NOT_FOUND, "there is no such thing");
    return E_OK;
}

enum ecode path_day(struct exchange *x, int i, struct day *out)
{
    if (!day_parse(x->vars[i].text, x->vars[i].len, out))
        return err_field(&x->err, "day", "must be a date like 2026-11-23");
    return E_OK;
}

/* *out NULL when the parameter is missing. */
static enum ecode param(struct exchange *x, const char *name, const char **out)
{
    return http_request_param(x->request, name, out, &x->err);
}

enum ecode query_i64(struct exchange *x, const char *name, int64_t min, int64_t max, int64_t *out)
{
    const char *text;
    enum ecode rc = param(x, name, &text);
    if (rc != E_OK || text == NULL)
        return rc;
    size_t len = strlen(text);
    int64_t value = 0;
    bool ok = len > 0 && len <= 18;
    for (size_t i = 0; ok && i < len; i++) {
        ok = text[i] >= '0' && text[i] <= '9';
        value = value * 10 + (text[i] - '0');
    }
    if (!ok || value < min || value > max)
        return err_field(&x->err, name, "must be a whole number from %lld to %lld", (long long)min,
                         (long long)max);
    *out = value;
    return E_OK;
}

enum ecode query_limit(struct exchange *x, int max, int *out)
{
    int64_t value = *out;
    enum ecode rc = query_i64(x, "limit", 1, max, &value);
    *out = (int)value;
    return rc;
}

enum ecode query_uuid(struct exchange *x, const char *name, struct uuid *out)
{
    const char *text;
    enum ecode rc = param(x, name, &text);
    if (rc != E_OK || text == NULL)
        return rc;
    if (!uuid_parse(text, strlen(text), out) || uuid_is_zero(out))
        return err_field(&x->err, name, "must be an id");
    return E_OK;
}

enum ecode query_text(struct exchange *x, const char *name, size_t max, const char **out)
{
    const char *text;
    enum ecode rc = param(x, name, &text);
    if (rc != E_OK || text == NULL)
        return rc;
    if (text[0] == '\0' || strlen(text) > max)
        return err_field(&x->err, name, "must be 1 to %zu bytes", max);
    *out = text;
    return E_OK;
}

enum ecode query_day(struct exchange *x, const char *name, struct day *out)
{
    const char *text;
    enum ecode rc = param(x, name, &text);
    if (rc != E_OK || text == NULL)
        return rc;
    if (!day_parse(text, strlen(text), out))
        return err_field(&x->err, name, "must be a date like 2026-11-23");
    return E_OK;
}

enum ecode query_days(struct exchange *x, const char *from, const char *to, struct list_days *out)
{
    *out = (struct list_days){day_none(), day_none()};
    enum ecode rc = query_day(x, from, &out->from);
    return rc != E_OK ? rc : query_day(x, to, &out->to);
}

enum ecode query_instant(struct exchange *x, const char *name, struct instant *out)
{
    const char *text;
    enum ecode rc = param(x, name, &text);
    if (rc != E_OK || text == NULL)
        return rc;
    if (!instant_parse(text, strlen(text), out))
        return err_field(&x->err, name, "must be a moment like 2026-11-23T12:00:00Z");
    return E_OK;
}

enum ecode query_flag(struct exchange *x, const char *name, bool *out)
{
    const char *text;
    enum ecode rc = param(x, name, &text);
    if (rc != E_OK || text == NULL)
        return rc;
    if (text[0] == '\0' || strcmp(text, "1") == 0 || strcmp(text, "true") == 0)
        *out = true;
    else if (strcmp(text, "0") == 0 || strcmp(text, "false") == 0)
        *out = false;
    else
        return err_field(&x->err, name, "must be true or false");
    return E_OK;
}

enum ecode query_choice(struct exchange *x, const char *name, const char *const *names, size_t n, int *out)
{
    const char *text;
    enum ecode rc = param(x, name, &text);
    if (rc != E_OK || text == NULL)
        return rc;
    char known[200];
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (names[i] == NULL)
            continue;
        if (strcmp(names[i], text) == 0) {
            *out = (int)i;
            return E_OK;
        }
        int w = snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "", names[i]);
        used += (size_t)w < sizeof known - used ? (size_t)w : 0;
    }
    return err_field(&x->err, name, "must be one of %s", known);
}

enum ecode query_cursor(struct exchange *x, char kind, void *data, size_t len, bool *found)
{
    CHECK(len <= CURSOR_MAX);
    const char *text;
    *found = false;
    enum ecode rc = param(x, "cursor", &text);
    if (rc != E_OK || text == NULL)
        return rc;
    char raw[CURSOR_MAX + 1];
    if (!base64url_decode(text, strlen(text), raw, len + 1) || raw[0] != kind)
        return err_field(&x->err, "cursor", "must be the \"next\" of an earlier answer of this list");
    memcpy(data, raw + 1, len);
    *found = true;
    return E_OK;
}

enum ecode query_list(struct exchange *x, char kind, struct list_query *out)
{
    out->limit = LIST_PAGE;
    enum ecode rc = query_limit(x, LIST_MAX, &out->limit);
    if (rc == E_OK)
        rc = query_text(x, "sort", 64, &out->sort);
    if (rc == E_OK)
        rc = query_cursor(x, kind, &out->after, sizeof out->after, &out->has_after);
    return rc;
}

static bool name_known(const struct route *route, const char *name)
{
    for (const char *const *p = route->params; p != NULL && *p != NULL; p++)
        if (strcmp(*p, name) == 0)
            return true;
    return false;
}

enum ecode query_check_names(struct exchange *x)
{
    for (size_t i = 0; i < x->request->n_params; i++) {
        const char *name = x->request->params[i].name;
        if (!name_known(x->route, name))
            return err_field(&x->err, name[0] != '\0' ? name : "\"\"", "unknown query parameter");
    }
    return E_OK;
}

void render_next(struct json_writer *w, char kind, const void *data, size_t len)
{
    CHECK(len <= CURSOR_MAX);
    char raw[CURSOR_MAX + 1] = {kind}, text[CURSOR_MAX * 2];
    if (len > 0) {
        memcpy(raw + 1, data, len);
        base64url_encode(raw, len + 1, text);
    }
    json_field_string(w, "next", len > 0 ? text : NULL);
    json_object_end(w);
}

void render_rest(struct json_writer *w, char kind, const struct list_rest *rest)
{
    render_next(w, kind, &rest->next, rest->more ? sizeof rest->next : 0);
}

void render_score(struct json_writer *w, const char *key, double score)
{
    /* Both directions are exact enough: 9 decimals of a number in [0, 1] are fewer than the 15 digits a
     * double keeps. */
    json_field_f64(w, key, (double)(int64_t)(score * 1e9 + 0.5) / 1e9);
}
