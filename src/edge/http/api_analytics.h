#ifndef HABITD_API_ANALYTICS_H
#define HABITD_API_ANALYTICS_H

#include "edge/http/route.h"

/* The operator's reports, /v1/admin/analytics/…: parse and render functions for the table of routes. */
enum ecode parse_analytics(struct exchange *x, void *in);
enum ecode render_analytics_overview(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_analytics_grid(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_analytics_revenue(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_analytics_business(struct exchange *x, const void *out, struct json_writer *w);

#endif
