#include "edge/http/api_admin_lists.h"

#include "domain/admin/admin.h"

static enum ecode read_list(struct exchange *x, char kind, struct admin_list_query *q)
{
    q->status = -1;
    return query_list(x, kind, &q->list);
}

static void begin_list(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
}

static void end_list(struct json_writer *w, char kind, const struct list_rest *rest)
{
    json_array_end(w);
    render_rest(w, kind, rest);
}

enum ecode parse_admin_subscriptions(struct exchange *x, void *in)
{
    struct admin_list_query *q = in;
    enum ecode rc = read_list(x, 'T', q);
    return rc != E_OK
               ? rc
               : query_choice(x, "status", subscription_status_names, SUBSCRIPTION_STATUSES, &q->status);
}

enum ecode render_admin_subscriptions(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_subscriptions_page *page = out;
    begin_list(w);
    for (size_t i = 0; i < page->count; i++) {
        const struct admin_subscription *of = &page->items[i];
        const struct subscription *s = &of->subscription;
        json_object_begin(w);
        json_field_uuid(w, "id", &s->id);
        json_field_uuid(w, "user_id", &of->user_id);
        json_field_string(w, "plan", s->plan);
        json_field_string(w, "status", subscription_status_names[s->status]);
        json_field_string(w, "renews_by", renews_by_names[s->renews_by]);
        json_field_bool(w, "canceled", s->canceled);
        json_field_instant(w, "starts_at", s->starts_at);
        json_field_instant(w, "ends_at", s->ends_at);
        json_object_end(w);
    }
    end_list(w, 'T', &page->rest);
    return E_OK;
}

enum ecode parse_admin_referrals(struct exchange *x, void *in)
{
    struct admin_list_query *q = in;
    enum ecode rc = read_list(x, 'R', q);
    return rc != E_OK ? rc : query_choice(x, "status", referral_status_names, REFERRAL_STATUSES, &q->status);
}

enum ecode render_admin_referrals(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_referrals_page *page = out;
    begin_list(w);
    for (size_t i = 0; i < page->count; i++)
        render_admin_referral(x, &page->items[i], w);
    end_list(w, 'R', &page->rest);
    return E_OK;
}

enum ecode parse_admin_broadcasts(struct exchange *x, void *in)
{
    struct admin_list_query *q = in;
    enum ecode rc = read_list(x, 'B', q);
    return rc != E_OK ? rc
                      : query_choice(x, "status", broadcast_status_names, BROADCAST_STATUSES, &q->status);
}

enum ecode render_admin_broadcasts(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_broadcasts_page *page = out;
    begin_list(w);
    for (size_t i = 0; i < page->count; i++) {
        const struct broadcast *b = &page->items[i];
        json_object_begin(w);
        json_field_uuid(w, "id", &b->id);
        json_field_uuid(w, "user_id", &b->user_id);
        json_field_string(w, "body", b->body);
        json_field_string(w, "status", broadcast_status_names[b->status]);
        json_field_i64(w, "people", b->people);
        json_field_i64(w, "queued", b->queued);
        json_field_i64(w, "sent", b->sent);
        json_field_i64(w, "failed", b->failed);
        json_field_instant(w, "created_at", b->created_at);
        json_field_instant(w, "updated_at", b->updated_at);
        json_object_end(w);
    }
    end_list(w, 'B', &page->rest);
    return E_OK;
}
