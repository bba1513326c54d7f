#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "edge/http/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * What strangers send to each route, from the body or the query to the operation's input. The first line
 * names the route ("PUT /v1/habits/{habit_id}/logs/{day}"; any other line chooses one by its first byte), the
 * rest is its JSON body, or the query of one that takes none.
 */

static const struct route *choose(const char *line, size_t len)
{
    const struct route *chosen = &routes[(uint8_t)line[0] % routes_count];
    char name[128];
    for (size_t i = 0; i < routes_count; i++) {
        int n = snprintf(name, sizeof name, "%s %s", http_method_name(routes[i].method), routes[i].pattern);
        if ((size_t)n == len && memcmp(name, line, len) == 0)
            chosen = &routes[i];
    }
    return chosen->op != NULL && chosen->parse != NULL ? chosen : NULL;
}

/* false: the request would not have come this far. */
static bool read_input(struct exchange *x, struct http_request *request, const char *data, size_t size)
{
    struct err err;
    if (x->route->body == BODY_JSON)
        return json_read(request->arena, data, size, true, &x->body, &err) == E_OK;
    const char *raw = arena_printf(request->arena, "/?%.*s", (int)size, data);
    struct http_target target;
    if (http_target_parse(request->arena, raw, strlen(raw), &target, &err) != E_OK)
        return false;
    request->params = target.params;
    request->n_params = target.n_params;
    request->body = data;
    request->body_len = size;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char id[] = "0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e4f", day[] = "2026-11-23";
    const char *line = (const char *)data, *end = size > 0 ? memchr(data, '\n', size) : NULL;
    const struct route *route = end != NULL && size <= 65536 ? choose(line, (size_t)(end - line)) : NULL;
    if (route == NULL)
        return 0;
    struct arena *a = arena_new(64u << 20);
    struct http_request request = {.arena = a, .body = ""};
    struct exchange x = {.request = &request, .route = route};
    x.vars[0] = (struct segment){id, sizeof id - 1};
    x.vars[1] = strstr(route->pattern, "{day}") ? (struct segment){day, sizeof day - 1} : x.vars[0];
    size_t rest = size - (size_t)(end + 1 - line);
    const char *text = arena_memdup(a, end + 1, rest);
    if (read_input(&x, &request, text, rest) && query_check_names(&x) == E_OK) {
        enum ecode rc = route->parse(&x, arena_alloc(a, route->in_size));
        /* A refusal says what it is about; an acceptance leaves no refusal behind. */
        CHECK(rc == x.err.code);
        CHECK(rc == E_OK || x.err.text[0] != '\0');
        CHECK(rc == E_OK || rc == E_INVALID || rc == E_NOT_FOUND || rc == E_MALFORMED);
        CHECK(rc != E_INVALID || x.err.field[0] != '\0');
    }
    arena_free(a);
    return 0;
}
