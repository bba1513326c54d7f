#include "net/json_shape.h"

#include <string.h>
#include "base/arena.h"
#include "base/buf.h"

static size_t find_row(const struct json_shape *shape, struct json_span key)
{
    size_t i = 0;
    while (i < shape->n && !json_span_is(key, shape->rows[i].name))
        i++;
    return i;
}

/* Writes the named members of one object. Goes as deep as the shape does. */
static enum ecode reduce(struct buf *b, const char *file, struct json_span value,
                         const struct json_shape *shape, struct err *err)
{
    struct json_scan s;
    struct json_span key, item;
    const char *comma = "";
    enum ecode rc = json_scan_init(&s, file, value, '{', err);
    if (rc)
        return rc;
    buf_char(b, '{');
    while (!rc && json_scan_next(&s, &key, &item, &rc, err)) {
        size_t i = find_row(shape, key);
        if (i == shape->n)
            continue;
        buf_printf(b, "%s\"%s\":", comma, shape->rows[i].name);
        comma = ",";
        if (shape->inner && shape->inner[i] && item.text[0] == '{')
            rc = reduce(b, file, item, shape->inner[i], err);
        else
            buf_add(b, item.text, item.len);
    }
    buf_char(b, '}');
    return rc;
}

enum ecode json_shape_read(struct arena *a, const char *file, struct json_span value,
                           const struct json_shape *shape, json_t **out, struct err *err)
{
    struct buf b;
    buf_init(&b, value.len + 2);
    enum ecode rc = reduce(&b, file, value, shape, err);
    if (!rc && json_read(a, buf_text(&b), b.len, true, out, err) != E_OK) /* its text quotes what it read */
        rc = err_set(err, E_MALFORMED, "a value in it is not valid JSON");
    buf_release(&b);
    return rc;
}
