#include "edge/http/api_analytics.h"

#include "domain/report/stored.h"

/* The operator's reports: what `habitd report` prints, the slow ones as they were last counted. */

enum ecode parse_analytics(struct exchange *x, void *in)
{
    struct report_span *span = in;
    span->from = span->to = day_none();
    enum ecode rc = query_day(x, "from", &span->from);
    return rc != E_OK ? rc : query_day(x, "to", &span->to);
}

enum ecode render_analytics(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct report_answer *a = out;
    json_put_raw(w, a->json, a->len);
    return E_OK;
}
