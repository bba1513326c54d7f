#include "edge/http/api_analytics.h"

#include "domain/report/report.h"

/* The operator's reports: what `habitd report` prints. */

enum ecode parse_analytics(struct exchange *x, void *in)
{
    struct report_span *span = in;
    span->from = span->to = day_none();
    enum ecode rc = query_day(x, "from", &span->from);
    return rc != E_OK ? rc : query_day(x, "to", &span->to);
}

enum ecode render_analytics_overview(struct exchange *x, const void *out, struct json_writer *w)
{
    (void)x;
    report_overview_json(w, out);
    return E_OK;
}

enum ecode render_analytics_grid(struct exchange *x, const void *out, struct json_writer *w)
{
    (void)x;
    report_grid_json(w, out);
    return E_OK;
}

enum ecode render_analytics_revenue(struct exchange *x, const void *out, struct json_writer *w)
{
    (void)x;
    report_revenue_json(w, out);
    return E_OK;
}

enum ecode render_analytics_business(struct exchange *x, const void *out, struct json_writer *w)
{
    (void)x;
    report_business_json(w, out);
    return E_OK;
}
