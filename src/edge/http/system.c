#include "edge/http/route.h"

#include "edge/http/metrics.h"
#include "edge/http/openapi.h"
#include "edge/http/readiness.h"

/* The routes that run no operation of a person: probes, metrics, the API's description. */

void system_healthz(struct exchange *x)
{
    static const char body[] = "{\"status\":\"ok\"}";
    buf_add(http_answer_body(x->request), body, sizeof body - 1);
    http_answer(x->request, 200, "application/json");
}

void system_readyz(struct exchange *x)
{
    readiness_ask(x->edge->readiness, x);
}

void system_metrics(struct exchange *x)
{
    metrics_write(x->edge, http_answer_body(x->request));
    http_answer(x->request, 200, "text/plain; version=0.0.4; charset=utf-8");
}

void system_openapi(struct exchange *x)
{
    limits_put_headers(x);
    http_answer_header(x->request, "Cache-Control", "public, max-age=300");
    buf_add(http_answer_body(x->request), openapi_json, openapi_json_len);
    http_answer(x->request, 200, "application/json");
}
