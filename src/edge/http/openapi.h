#ifndef HABITD_EDGE_HTTP_OPENAPI_H
#define HABITD_EDGE_HTTP_OPENAPI_H

#include <stddef.h>

/* docs/openapi.yaml as JSON; made at build time by script/embed-openapi.py. */
extern const unsigned char openapi_json[];
extern const size_t openapi_json_len;

#endif
