#include "edge/http/api_system_log.h"

#include "base/log.h"
#include "domain/system_log/system_log.h"

enum ecode parse_system_logs(struct exchange *x, void *in)
{
    static const char *const stored[LOG_ERROR + 1] = {[LOG_WARN] = "warn", [LOG_ERROR] = "error"};
    struct system_log_query *q = in;
    q->level = -1;
    enum ecode rc = query_list(x, 'S', &q->list);
    if (rc == E_OK)
        rc = query_choice(x, "level", stored, LOG_ERROR + 1, &q->level);
    if (rc == E_OK)
        rc = query_text(x, "source", 64, &q->source);
    if (rc == E_OK)
        rc = query_text(x, "fingerprint", 64, &q->fingerprint);
    if (rc == E_OK)
        rc = query_instant(x, "from", &q->from);
    if (rc == E_OK)
        rc = query_instant(x, "to", &q->to);
    return rc;
}

enum ecode render_system_logs(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct system_log_page *page = out;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < page->count; i++) {
        const struct system_log *l = &page->items[i];
        json_object_begin(w);
        json_field_uuid(w, "id", &l->id);
        json_field_instant(w, "created_at", l->created_at);
        json_field_string(w, "level", log_level_names[l->level]);
        json_field_string(w, "source", l->source);
        json_field_string(w, "fingerprint", l->fingerprint);
        json_field_string(w, "message", l->message);
        enum ecode rc = render_object(x, "context", l->context, w);
        if (rc != E_OK)
            return rc;
        json_object_end(w);
    }
    json_array_end(w);
    render_rest(w, 'S', &page->rest);
    return E_OK;
}
