#include "edge/http/api_admin_lists.h"

#include "domain/admin/admin.h"

#define LIST_LIMIT 50

static enum ecode read_list(struct exchange *x, char kind, struct admin_list_query *q)
{
    q->limit = LIST_LIMIT;
    q->status = -1;
    enum ecode rc = query_limit(x, ADMIN_LIST_MAX, &q->limit);
    return rc != E_OK ? rc : query_cursor(x, kind, &q->after, sizeof q->after, &q->has_after);
}

static void begin_list(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
}

/* The list goes on behind that moment and id. */
static void end_list(struct json_writer *w, char kind, bool more, struct instant at, struct uuid id)
{
    struct admin_place place = {at, id};
    json_array_end(w);
    render_next(w, kind, &place, more ? sizeof place : 0);
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
    struct admin_subscription last = {0};
    begin_list(w);
    for (size_t i = 0; i < page->count; i++) {
        last = page->items[i];
        const struct subscription *s = &last.subscription;
        json_object_begin(w);
        json_field_uuid(w, "id", &s->id);
        json_field_uuid(w, "user_id", &last.user_id);
        json_field_string(w, "plan", s->plan);
        json_field_string(w, "status", subscription_status_names[s->status]);
        json_field_string(w, "renews_by", renews_by_names[s->renews_by]);
        json_field_bool(w, "canceled", s->canceled);
        json_field_instant(w, "starts_at", s->starts_at);
        json_field_instant(w, "ends_at", s->ends_at);
        json_object_end(w);
    }
    end_list(w, 'T', page->more, last.subscription.ends_at, last.subscription.id);
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
    struct referral last = {0};
    begin_list(w);
    for (size_t i = 0; i < page->count; i++) {
        last = page->items[i];
        render_admin_referral(x, &last, w);
    }
    end_list(w, 'R', page->more, last.created_at, last.ref.referred);
    return E_OK;
}

enum ecode parse_admin_broadcasts(struct exchange *x, void *in)
{
    return read_list(x, 'B', in);
}

enum ecode render_admin_broadcasts(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_broadcasts_page *page = out;
    struct broadcast last = {0};
    begin_list(w);
    for (size_t i = 0; i < page->count; i++) {
        last = page->items[i];
        json_object_begin(w);
        json_field_uuid(w, "id", &last.id);
        json_field_uuid(w, "user_id", &last.user_id);
        json_field_string(w, "body", last.body);
        json_field_string(w, "status", broadcast_status_names[last.status]);
        json_field_i64(w, "people", last.people);
        json_field_i64(w, "queued", last.queued);
        json_field_i64(w, "sent", last.sent);
        json_field_i64(w, "failed", last.failed);
        json_field_instant(w, "created_at", last.created_at);
        json_field_instant(w, "updated_at", last.updated_at);
        json_object_end(w);
    }
    end_list(w, 'B', page->more, last.created_at, last.id);
    return E_OK;
}
