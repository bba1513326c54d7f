#ifndef HABITD_API_ANALYTICS_H
#define HABITD_API_ANALYTICS_H

#include "edge/http/route.h"

/* The operator's reports, /v1/admin/analytics/…: parse and render functions for the table of routes. */
enum ecode parse_analytics(struct exchange *x, void *in);
enum ecode render_analytics(struct exchange *x, const void *out, struct json_writer *w);

#endif
