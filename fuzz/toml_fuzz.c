#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every member of a tree is found under its own name. */
static int walk(const struct toml_value *v)
{
    int n = 1;
    for (const struct toml_value *m = v->kind == TOML_TABLE || v->kind == TOML_ARRAY ? v->v.first : NULL; m;
         m = m->next) {
        CHECK(v->kind == TOML_TABLE ? toml_get(v, m->key) == m : m->key == NULL);
        n += walk(m);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(TOML_ARENA_MAX);
    const struct toml_value *root = NULL;
    struct err err;
    if (toml_parse(a, (const char *)data, size, &root, &err) == E_OK)
        CHECK(walk(root) <= TOML_VALUES_MAX + TOML_DEPTH_MAX + 2);
    else
        CHECK(err.code == E_MALFORMED && strncmp(err.text, "line ", 5) == 0);
    arena_free(a);
    return 0;
}
