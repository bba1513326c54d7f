#ifndef HABITD_EDGE_HTTP_API_SYSTEM_LOG_H
#define HABITD_EDGE_HTTP_API_SYSTEM_LOG_H

#include "edge/http/route.h"

/* The program's own warnings and errors: parse and render. */
enum ecode parse_system_logs(struct exchange *x, void *in);
enum ecode render_system_logs(struct exchange *x, const void *out, struct json_writer *w);

#endif
