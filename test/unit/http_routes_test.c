#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/secret.h"
#include "edge/http/openapi.h"
#include "edge/http/route.h"

/* The table of routes and docs/openapi.yaml say the same, in both directions. */

static json_t *document;

static int load(void **state)
{
    json_error_t e;
    document = json_loadb((const char *)openapi_json, openapi_json_len, JSON_REJECT_DUPLICATES, &e);
    if (document == NULL)
        printf("openapi.json: %d:%d: %s\n", e.line, e.column, e.text);
    return document == NULL;
}

static int unload(void **state)
{
    json_decref(document);
    return 0;
}

static json_t *resolve(json_t *v)
{
    const char *ref = json_string_value(json_object_get(v, "$ref"));
    if (ref == NULL)
        return v;
    assert_int_equal(strncmp(ref, "#/", 2), 0);
    json_t *at = document;
    for (const char *p = ref + 2; *p != '\0';) {
        size_t len = strcspn(p, "/");
        json_t *next = json_object_getn(at, p, len);
        if (next == NULL)
            fail_msg("%s leads nowhere", ref);
        at = next;
        p += len + (p[len] == '/');
    }
    return resolve(at);
}

static const char *method_key(const struct route *r)
{
    static const char *const keys[] = {[HTTP_GET] = "get",
                                       [HTTP_POST] = "post",
                                       [HTTP_PUT] = "put",
                                       [HTTP_PATCH] = "patch",
                                       [HTTP_DELETE] = "delete"};
    return keys[r->method];
}

static json_t *path_item(const struct route *r)
{
    return json_object_get(json_object_get(document, "paths"), r->pattern);
}

static json_t *operation(const struct route *r)
{
    return json_object_get(path_item(r), method_key(r));
}

static void test_every_route_is_described(void **state)
{
    for (size_t i = 0; i < routes_count; i++)
        if (operation(&routes[i]) == NULL)
            fail_msg("%s %s is not in docs/openapi.yaml", method_key(&routes[i]), routes[i].pattern);
}

static void test_every_description_is_a_route(void **state)
{
    static const char *const methods[] = {"get",    "post", "put",     "patch",
                                          "delete", "head", "options", "trace"};
    const char *path;
    json_t *item;
    size_t described = 0;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        for (size_t m = 0; m < ARRAY_LEN(methods); m++) {
            bool found = json_object_get(item, methods[m]) == NULL;
            described += !found;
            for (size_t i = 0; i < routes_count && !found; i++)
                found =
                    strcmp(routes[i].pattern, path) == 0 && strcmp(method_key(&routes[i]), methods[m]) == 0;
            if (!found)
                fail_msg("%s %s is described and no route", methods[m], path);
        }
    }
    assert_int_equal(described, routes_count);
}

/* The parameters of an operation and of its path that lie in `in`. */
static size_t parameters(const struct route *r, const char *in, const char *names[16])
{
    json_t *lists[] = {json_object_get(path_item(r), "parameters"),
                       json_object_get(operation(r), "parameters")};
    size_t n = 0;
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < json_array_size(lists[l]); i++) {
            json_t *p = resolve(json_array_get(lists[l], i));
            assert_non_null(json_object_get(p, "schema"));
            if (strcmp(json_string_value(json_object_get(p, "in")), in) == 0)
                names[n++] = json_string_value(json_object_get(p, "name"));
        }
    }
    return n;
}

static bool among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void test_query_parameters_agree(void **state)
{
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        const char *names[16];
        size_t n = parameters(r, "query", names), known = 0;
        for (; r->params != NULL && r->params[known] != NULL; known++)
            if (!among(r->params[known], names, n))
                fail_msg("%s %s: parameter %s is not described", method_key(r), r->pattern, r->params[known]);
        if (known != n)
            fail_msg("%s %s: %zu parameters described, %zu known", method_key(r), r->pattern, n, known);
    }
}

static void test_path_parameters_agree(void **state)
{
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        const char *names[16];
        size_t n = parameters(r, "path", names), found = 0;
        for (const char *p = strchr(r->pattern, '{'); p != NULL; p = strchr(p + 1, '{'), found++) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 1, "}"), p + 1);
            if (!among(name, names, n))
                fail_msg("%s: {%s} is not described", r->pattern, name);
        }
        assert_int_equal(found, n);
        assert_true(found <= EXCHANGE_VARS);
    }
}

static bool may_reach_limit(const struct route *r)
{
    return r->op == &OP_habit_create || r->op == &OP_habit_update || r->op == &OP_habit_restore ||
           r->op == &OP_schedule_create;
}

/* The statuses of success, and of what an operation answers although it could not do it. */
static bool may_answer(const struct route *r, int status)
{
    if (r->status_of == NULL)
        return status == r->status;
    if (r->op == &OP_subscription_buy)
        return status == 201 || status == 402;
    if (r->op == &OP_payment_create)
        return status == 201 || status == 202;
    if (r->op == &OP_payment_refund)
        return status == 200 || status == 202;
    return status == 200 || status == 201;
}

/* For whoever is no operator it does not exist. */
static bool is_hidden(const struct route *r)
{
    return r->op != NULL && r->op->role == ROLE_ADMIN;
}

/* Whether the route can answer with that status, from what the table says about it. */
static bool answers(const struct route *r, int status)
{
    switch (status) {
    case 200:
    case 201:
    case 202:
    case 204:
    case 402:
        return may_answer(r, status);
    case 304:
        return r->handler == web_asset;
    case 400:
        return (r->body != BODY_NONE && r->body != BODY_RAW) || r->flags & ROUTE_JUDGED;
    case 413:
        return r->method != HTTP_GET;
    case 401:
        return (!(r->flags & ROUTE_PUBLIC) && !is_hidden(r)) || r->op == &OP_sign_in_telegram ||
               r->op == &OP_sign_in_link || r->admit == webhook_admit_telegram ||
               r->admit == webhook_admit_cryptobot;
    case 403:
        return may_reach_limit(r) || r->parse == parse_sign_in_telegram || r->parse == parse_sign_in_link ||
               r->parse == parse_sign_in_demo;
    case 404:
        return is_hidden(r) || strstr(r->pattern, "_id}") != NULL || strstr(r->pattern, "{file}") != NULL ||
               r->admit != NULL || r->op == &OP_subscription_get || r->op == &OP_subscription_cancel;
    case 409:
        return r->method == HTTP_POST && r->op != NULL;
    case 415:
        return r->body == BODY_JSON;
    case 422:
        return r->op != NULL /* at least for a query parameter that is not known */
               || r->handler == auth_ways || r->flags & ROUTE_JUDGED;
    case 429:
        return !(r->flags & ROUTE_UNLIMITED);
    case 503:
        return r->op != NULL || r->handler == system_readyz || r->resumed != NULL;
    default:
        return false;
    }
}

static void test_statuses_agree(void **state)
{
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        json_t *responses = json_object_get(operation(r), "responses");
        for (int status = 200; status < 600; status++) {
            char key[8];
            snprintf(key, sizeof key, "%d", status);
            bool described = json_object_get(responses, key) != NULL;
            if (described != answers(r, status))
                fail_msg("%s %s: status %d is %s described", method_key(r), r->pattern, status,
                         described ? "wrongly" : "not");
        }
    }
}

static void test_references_resolve(void **state)
{
    for (size_t i = 0; i < routes_count; i++) {
        const char *status;
        json_t *response, *media, *schema;
        json_object_foreach(json_object_get(operation(&routes[i]), "responses"), status, response)
        {
            const char *type;
            json_object_foreach(json_object_get(resolve(response), "content"), type, media)
            {
                schema = json_object_get(media, "schema");
                if (schema != NULL)
                    assert_non_null(resolve(schema));
            }
        }
    }
}

static void test_bodies_and_keys_agree(void **state)
{
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        const char *names[16];
        json_t *body = json_object_get(operation(r), "requestBody");
        assert_int_equal(body != NULL, r->body != BODY_NONE);
        const char *type = r->body == BODY_JSON ? "application/json" : "*/*";
        if (body != NULL)
            assert_non_null(json_object_get(json_object_get(body, "content"), type));
        size_t n = parameters(r, "header", names);
        if (among("Idempotency-Key", names, n) != (r->method == HTTP_POST && r->op != NULL))
            fail_msg("%s %s: Idempotency-Key", method_key(r), r->pattern);
        json_t *security = json_object_get(operation(r), "security");
        assert_int_equal(security != NULL && json_array_size(security) == 0, (r->flags & ROUTE_PUBLIC) != 0);
    }
}

/* --- example bodies
 * ------------------------------------------------------------------------------------------------ */

static enum ecode parse(const struct route *r, json_t *body, struct err *err)
{
    static const char id[] = "0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e4f", day[] = "2026-11-23";
    struct arena *a = arena_new(1 << 24);
    struct http_request request = {.arena = a, .method = r->method};
    struct secret token;
    struct http_edge edge = {.bot_token = &token};
    secret_init(&token, "1234567890:example"); /* what the example of initData is signed for */
    struct exchange x = {.request = &request, .route = r, .body = body, .edge = &edge};
    x.vars[0] = (struct segment){id, sizeof id - 1};
    x.vars[1] = strstr(r->pattern, "{day}") ? (struct segment){day, sizeof day - 1} : x.vars[0];
    enum ecode rc = r->parse(&x, arena_alloc(a, r->in_size));
    *err = x.err;
    arena_free(a);
    secret_release(&token);
    return rc;
}

static void expect_parsed(const struct route *r, json_t *body)
{
    struct err err;
    if (body != NULL && parse(r, body, &err) != E_OK)
        fail_msg("%s %s: its example is refused: %s %s", method_key(r), r->pattern, err.field, err.text);
}

static void test_examples_are_accepted(void **state)
{
    size_t seen = 0;
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        if (r->body != BODY_JSON)
            continue;
        json_t *media = json_object_get(
            json_object_get(json_object_get(operation(r), "requestBody"), "content"), "application/json");
        json_t *example = json_object_get(media, "example"), *named;
        const char *name;
        seen += example != NULL;
        expect_parsed(r, example);
        json_object_foreach(json_object_get(media, "examples"), name, named)
        {
            seen++;
            expect_parsed(r, json_object_get(named, "value"));
        }
    }
    assert_true(seen >= 10);
}

/* Every documented field is read, and no other. */
static void test_documented_fields_are_known(void **state)
{
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        if (r->body != BODY_JSON)
            continue;
        json_t *media = json_object_get(
            json_object_get(json_object_get(operation(r), "requestBody"), "content"), "application/json");
        json_t *schema = resolve(json_object_get(media, "schema")), *property;
        const char *name;
        struct err err;
        assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
        json_object_foreach(json_object_get(schema, "properties"), name, property)
        {
            json_t *body = json_pack("{s:{}}", name); /* an object: wrong for most, unknown for none */
            enum ecode rc = parse(r, body, &err);
            if (rc != E_OK && strstr(err.text, "known field") && strcmp(err.field, name) == 0)
                fail_msg("%s %s: field %s is documented and not known", method_key(r), r->pattern, name);
            json_decref(body);
        }
        /* Alone, or a required one that is missing would be named first. */
        json_t *example = json_object_get(media, "example");
        if (example == NULL)
            example = json_object_get(
                json_object_iter_value(json_object_iter(json_object_get(media, "examples"))), "value");
        json_t *body = json_deep_copy(example);
        json_object_set_new(body, "no_such_field", json_true());
        assert_int_equal(parse(r, body, &err), E_INVALID);
        assert_string_equal(err.field, "no_such_field");
        json_decref(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_is_described),
        cmocka_unit_test(test_every_description_is_a_route),
        cmocka_unit_test(test_query_parameters_agree),
        cmocka_unit_test(test_path_parameters_agree),
        cmocka_unit_test(test_statuses_agree),
        cmocka_unit_test(test_references_resolve),
        cmocka_unit_test(test_bodies_and_keys_agree),
        cmocka_unit_test(test_examples_are_accepted),
        cmocka_unit_test(test_documented_fields_are_known),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
