/*
 * Request targets and X-Forwarded-For lists: what strangers write. Beyond not crashing, what is accepted must
 * be clean: the path straight, no control byte anywhere, and one decoding only (a target built from the
 * decoded path means the same again).
 */
#include <stdint.h>
#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "net/cidr.h"
#include "net/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(const char *s, size_t len)
{
    CHECK(strlen(s) == len && utf8_valid(s, len));
    for (size_t i = 0; i < len; i++)
        CHECK((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
}

static void check_target(const char *raw, size_t len)
{
    struct arena *a = arena_new(1 << 20);
    struct http_target t;
    struct err e;
    if (http_target_parse(a, raw, len, &t, &e) == E_OK) {
        CHECK(t.path[0] == '/');
        check_clean(t.path, t.path_len);
        CHECK(!strstr(t.path, "/../") && !strchr(t.path, '\\'));
        CHECK(t.n_params <= TARGET_PARAMS_MAX);
        for (size_t i = 0; i < t.n_params; i++) {
            check_clean(t.params[i].name, strlen(t.params[i].name));
            check_clean(t.params[i].value, t.params[i].value_len);
        }
    }
    arena_free(a);
}

static void check_forwarded(const char *list)
{
    struct cidr_list trusted;
    struct err e;
    CHECK(cidr_list_parse("10.0.0.0/8, 2001:db8::/32", &trusted, &e) == E_OK);
    const struct ip proxy = trusted.items[0].net; /* 10.0.0.0 is inside its own network */
    const struct ip stranger = {.b = {[15] = 9}};
    struct ip client = cidr_client(&trusted, &stranger, list);
    CHECK(ip_equal(&client, &stranger));
    cidr_client(&trusted, &proxy, list);
    cidr_list_parse(list, &trusted, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TARGET_MAX + 16)
        return 0;
    char text[TARGET_MAX + 17];
    memcpy(text, data, size);
    text[size] = '\0';
    check_target((const char *)data, size);
    check_forwarded(text);
    return 0;
}
