#include "edge/bot/args.h"

#include <stdio.h>
#include <string.h>
#include "base/hash.h"

#define DAY_DIGITS 8

bool args_split(const char *text, struct args *out)
{
    struct args a = {.n = 0};
    for (const char *p = text; p && *p;) {
        if (a.n == ARGS_MAX)
            return false;
        const char *end = strchr(p, ':');
        a.word[a.n].text = p;
        a.word[a.n++].len = end ? (size_t)(end - p) : strlen(p);
        p = end ? end + 1 : NULL;
    }
    *out = a;
    return true;
}

bool args_is(const struct args *a, size_t i, const char *word)
{
    return i < a->n && a->word[i].len == strlen(word) && memcmp(a->word[i].text, word, a->word[i].len) == 0;
}

bool args_uuid(const struct args *a, size_t i, struct uuid *out)
{
    return i < a->n && base64url_decode(a->word[i].text, a->word[i].len, out->b, sizeof out->b);
}

bool args_int(const struct args *a, size_t i, int64_t min, int64_t max, int64_t *out)
{
    if (i >= a->n || a->word[i].len == 0 || a->word[i].len > 19)
        return false;
    const char *p = a->word[i].text, *end = p + a->word[i].len;
    bool negative = *p == '-';
    int64_t v = 0;
    if (negative && ++p == end)
        return false;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9' || v > (INT64_MAX - 9) / 10)
            return false;
        v = v * 10 + (*p - '0');
    }
    v = negative ? -v : v;
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

bool args_day(const struct args *a, size_t i, struct day *out)
{
    int64_t v;
    if (i >= a->n || a->word[i].len != DAY_DIGITS || !args_int(a, i, 0, 99999999, &v))
        return false;
    return day_from_ymd((int)(v / 10000), (int)(v / 100 % 100), (int)(v % 100), out);
}

char *arg_id(const struct uuid *id, char out[ARG_ID])
{
    return base64url_encode(id->b, sizeof id->b, out);
}

char *arg_day(struct day d, char out[ARG_DAY])
{
    int year, month, dom;
    day_to_ymd(d, &year, &month, &dom);
    snprintf(out, ARG_DAY, "%04d%02d%02d", year, month, dom);
    return out;
}
