#ifndef HABITD_EDGE_HTTP_WEB_ASSETS_H
#define HABITD_EDGE_HTTP_WEB_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

/* The files of the web, as web/build.mjs made them; sorted by path. */
struct web_form {
    const unsigned char *data; /* NULL: this form does not pay */
    size_t len;
};
struct web_asset {
    const char *path, *type;
    const char *hash; /* of the raw bytes */
    bool forever;     /* the path changes with the bytes */
    /* What a page's policy allows beside files of this server: the style and the script in its text, by hash.
     */
    const char *styles, *scripts;
    struct web_form raw, gzip, brotli;
};
extern const struct web_asset web_assets[];
extern const size_t web_assets_count;

#endif
