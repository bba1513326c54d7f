#include "net/provider.h"

#include "base/check.h"
#include "net/http_client.h"

const char *provider_verdict_name(enum provider_verdict v)
{
    static const char *const names[PROVIDER_VERDICTS] = {
        [PROVIDER_DONE] = "done",
        [PROVIDER_LATER] = "later",
        [PROVIDER_REFUSED] = "refused",
        [PROVIDER_GONE] = "gone",
        [PROVIDER_UNAUTHORIZED] = "unauthorized",
        [PROVIDER_UNKNOWN] = "unknown",
    };
    CHECK((unsigned)v < PROVIDER_VERDICTS);
    return names[v];
}

static enum provider_verdict strange(const struct http_call *call)
{
    if (call->outcome == HTTP_CALL_NOT_SENT)
        return PROVIDER_LATER;
    if (call->outcome == HTTP_CALL_UNKNOWN)
        return PROVIDER_UNKNOWN;
    switch (call->status) {
    case 401:
        return PROVIDER_UNAUTHORIZED;
    case 404:
        return PROVIDER_GONE;
    case 408:
        return PROVIDER_UNKNOWN;
    case 429:
    case 503:
        return PROVIDER_LATER;
    default:
        return call->status >= 400 && call->status < 500 ? PROVIDER_REFUSED : PROVIDER_UNKNOWN;
    }
}

struct provider_answer provider_judge(const struct http_call *call)
{
    return (struct provider_answer){
        .verdict = strange(call),
        .status = call->status,
        .code = "",
        .said = "",
        .retry_after_ms = call->retry_after_s >= 0 ? call->retry_after_s * 1000 : -1,
    };
}
