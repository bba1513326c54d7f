#include "edge/http/api_admin_lists.h"

#include "domain/admin/admin.h"

/* What waits to be sent and to be acted on, row by row, for operators. */

static void begin_page(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
}

/* 0: null. */
static void render_moment(struct json_writer *w, const char *key, struct instant at)
{
    if (at.ms != 0)
        json_field_instant(w, key, at);
    else
        json_field_null(w, key);
}

static void render_chat(struct json_writer *w, int64_t chat_id)
{
    if (chat_id != 0)
        json_field_i64(w, "chat_id", chat_id);
    else
        json_field_null(w, "chat_id");
}

enum ecode parse_admin_outbox(struct exchange *x, void *in)
{
    struct admin_outbox_query *q = in;
    q->lane = q->status = q->channel = -1;
    enum ecode rc = query_list(x, 'O', &q->list);
    if (rc == E_OK)
        rc = query_choice(x, "status", outbox_status_names, OUTBOX_STATUSES, &q->status);
    if (rc == E_OK)
        rc = query_choice(x, "lane", outbox_lane_names, LANES, &q->lane);
    if (rc == E_OK)
        rc = query_choice(x, "channel", outbox_channel_names, OUTBOX_CHANNELS, &q->channel);
    if (rc == E_OK)
        rc = query_text(x, "kind", 64, &q->kind);
    if (rc == E_OK)
        rc = query_uuid(x, "user_id", &q->user_id);
    return rc;
}

static void render_outbox_row(struct json_writer *w, const struct admin_outbox_row *r)
{
    json_object_begin(w);
    json_field_uuid(w, "id", &r->id);
    if (uuid_is_zero(&r->user_id))
        json_field_null(w, "user_id");
    else
        json_field_uuid(w, "user_id", &r->user_id);
    json_field_string(w, "channel", r->channel);
    json_field_string(w, "lane", outbox_lane_names[r->lane]);
    json_field_string(w, "status", outbox_status_names[r->status]);
    json_field_string(w, "kind", r->kind);
    render_chat(w, r->chat_id);
    json_field_i64(w, "attempts", r->attempts);
    json_field_i64(w, "unknowns", r->unknowns);
    json_field_string(w, "error", r->error);
    json_field_instant(w, "created_at", r->created_at);
    json_field_instant(w, "due_at", r->due_at);
    render_moment(w, "expires_at", r->expires_at);
    render_moment(w, "attempted_at", r->attempted_at);
    render_moment(w, "done_at", r->done_at);
    json_object_end(w);
}

enum ecode render_admin_outbox(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_outbox_page *page = out;
    begin_page(w);
    for (size_t i = 0; i < page->count; i++)
        render_outbox_row(w, &page->items[i]);
    json_array_end(w);
    render_rest(w, 'O', &page->rest);
    return E_OK;
}

enum ecode parse_admin_inbox(struct exchange *x, void *in)
{
    struct admin_inbox_query *q = in;
    *q = (struct admin_inbox_query){.limit = LIST_PAGE, .status = -1, .source = -1};
    enum ecode rc = query_limit(x, LIST_MAX, &q->limit);
    if (rc == E_OK)
        rc = query_text(x, "sort", 64, &q->sort);
    if (rc == E_OK)
        rc = query_cursor(x, 'I', &q->after, sizeof q->after, &q->has_after);
    if (rc == E_OK)
        rc = query_choice(x, "status", admin_inbox_status_names, ADMIN_INBOX_STATUSES, &q->status);
    if (rc == E_OK)
        rc = query_choice(x, "source", admin_inbox_source_names, ADMIN_INBOX_SOURCES, &q->source);
    return rc;
}

static void render_inbox_row(struct json_writer *w, const struct admin_inbox_row *r)
{
    json_object_begin(w);
    json_field_string(w, "source", r->source);
    json_field_string(w, "external_id", r->external_id);
    json_field_string(w, "status", r->status);
    json_field_bool(w, "begun", r->begun);
    render_chat(w, r->chat_id);
    json_field_i64(w, "bytes", r->bytes);
    json_field_i64(w, "attempts", r->attempts);
    json_field_string(w, "error", r->error);
    json_field_instant(w, "received_at", r->received_at);
    render_moment(w, "next_at", r->next_at);
    render_moment(w, "processed_at", r->processed_at);
    json_object_end(w);
}

enum ecode render_admin_inbox(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_inbox_page *page = out;
    begin_page(w);
    for (size_t i = 0; i < page->count; i++)
        render_inbox_row(w, &page->items[i]);
    json_array_end(w);
    render_next(w, 'I', &page->next, page->more ? sizeof page->next : 0);
    return E_OK;
}
