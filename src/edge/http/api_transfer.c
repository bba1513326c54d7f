#include "edge/http/route.h"

#include <stdio.h>
#include "domain/transfer/transfer.h"

enum ecode parse_import(struct exchange *x, void *in)
{
    struct import_request *request = in;
    int format = FORMAT_UNKNOWN;
    enum ecode rc = query_choice(x, "format", format_names, FORMAT_ICS, &format);
    if (rc == E_OK)
        rc = query_flag(x, "dry_run", &request->dry_run);
    if (rc == E_OK)
        rc = query_flag(x, "restore", &request->restore);
    if (rc == E_OK && x->request->body_len == 0)
        rc = err_set(&x->err, E_MALFORMED, "the file to import must be the body");
    request->data = x->request->body;
    request->len = x->request->body_len;
    request->format = (enum transfer_format)format;
    return rc;
}

enum ecode render_import(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct import_result *r = out;
    json_object_begin(w);
    json_field_string(w, "format", format_names[r->format]);
    json_field_bool(w, "dry_run", r->dry_run);
    json_field_i64(w, "habits_new", r->habits_new);
    json_field_i64(w, "habits_known", r->habits_known);
    json_field_i64(w, "habits_skipped", r->habits_skipped);
    json_field_i64(w, "habits_archived", r->habits_archived);
    json_field_i64(w, "logs_new", r->logs_new);
    json_field_i64(w, "logs_existing", r->logs_existing);
    json_field_i64(w, "notes_new", r->notes_new);
    json_field_day(w, "first", r->first);
    json_field_day(w, "last", r->last);
    json_key(w, "losses");
    json_array_begin(w);
    for (int i = 0; i < LOSSES; i++)
        if (r->losses[i] > 0) {
            json_object_begin(w);
            json_field_string(w, "what", transfer_loss_names[i]);
            json_field_i64(w, "count", r->losses[i]);
            json_object_end(w);
        }
    json_array_end(w);
    json_key(w, "warnings");
    json_array_begin(w);
    for (size_t i = 0; i < r->warnings_count; i++)
        json_put_string(w, r->warnings[i]);
    json_array_end(w);
    json_object_end(w);
    return E_OK;
}

enum ecode parse_export(struct exchange *x, void *in)
{
    static const char *const formats[FORMATS] = {
        [FORMAT_LOOP_CSV] = "loop-csv", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json", [FORMAT_ICS] = "ics"};
    int format = FORMAT_JSON;
    enum ecode rc = query_choice(x, "format", formats, FORMATS, &format);
    ((struct export_request *)in)->format = (enum transfer_format)format;
    return rc;
}

enum ecode answer_export(struct exchange *x, const void *out)
{
    const struct export_result *r = out;
    char disposition[160];
    snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", r->file_name);
    http_answer_header(x->request, "Content-Disposition", disposition);
    buf_add(http_answer_body(x->request), r->data, r->len);
    http_answer(x->request, 200, r->content_type);
    return E_OK;
}
