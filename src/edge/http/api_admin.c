#include "edge/http/route.h"

#include <string.h>
#include "base/check.h"
#include "domain/admin/admin.h"
#include "domain/alert/alert.h"

/* What operators look up, people, and alerts. */

static void end_page(struct json_writer *w, char kind, const struct list_rest *rest)
{
    json_array_end(w);
    render_rest(w, kind, rest);
}

static void begin_page(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
}

/* --- people -------------------------------------------------------------------------------------- */

enum ecode parse_admin_people(struct exchange *x, void *in)
{
    static const char *const erased[] = {"false", "true"};
    struct admin_people_query *q = in;
    int choice = -1;
    enum ecode rc = query_list(x, 'U', &q->list);
    if (rc == E_OK)
        rc = query_i64(x, "telegram_id", 1, INT64_MAX, &q->telegram_id);
    if (rc == E_OK)
        rc = query_text(x, "username", 64, &q->username);
    if (rc == E_OK)
        rc = query_text(x, "referral_code", 32, &q->referral_code);
    if (rc == E_OK)
        rc = query_days(x, "from", "to", &q->came);
    if (rc == E_OK)
        rc = query_days(x, "marked_from", "marked_to", &q->marked);
    if (rc == E_OK)
        rc = query_choice(x, "erased", erased, ARRAY_LEN(erased), &choice);
    q->has_erased = choice >= 0;
    q->erased = choice == 1;
    return rc;
}

static void render_person_members(struct json_writer *w, const struct admin_person *p)
{
    json_field_uuid(w, "id", &p->id);
    if (p->telegram_id != 0)
        json_field_i64(w, "telegram_id", p->telegram_id);
    else
        json_field_null(w, "telegram_id");
    json_field_string(w, "username", p->username);
    json_field_string(w, "first_name", p->first_name);
    json_field_string(w, "language_code", p->language_code);
    json_field_string(w, "timezone", p->timezone);
    json_field_string(w, "tier", tier_names[p->tier]);
    json_field_string(w, "referral_code", p->referral_code);
    json_field_bool(w, "admin", p->is_admin);
    json_field_bool(w, "blocked", p->is_blocked);
    json_field_bool(w, "erased", p->is_erased);
    json_field_bool(w, "unreachable", p->is_unreachable);
    json_field_instant(w, "created_at", p->created_at);
}

enum ecode render_admin_people(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_people_page *page = out;
    begin_page(w);
    for (size_t i = 0; i < page->count; i++) {
        json_object_begin(w);
        render_person_members(w, &page->items[i]);
        json_object_end(w);
    }
    end_page(w, 'U', &page->rest);
    return E_OK;
}

enum ecode parse_admin_person(struct exchange *x, void *in)
{
    return path_uuid(x, 0, &((struct admin_person_ref *)in)->user_id);
}

enum ecode render_admin_card(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_card *card = out;
    json_object_begin(w);
    render_person_members(w, &card->person);
    json_key(w, "balance");
    render_wallet(x, &card->wallet, w);
    json_key(w, "subscription");
    if (card->has_subscription)
        render_subscription(x, &card->subscription, w);
    else
        json_put_null(w);
    json_object_end(w);
    return E_OK;
}

/* A body that is {"reason"}. */
static enum ecode read_reason(struct exchange *x, const char **out)
{
    static const struct json_field fields[] = {
        {.name = "reason", .offset = 0, .size = sizeof(const char *), REASON_FIELD}};
    struct json_seen seen;
    return json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, out, &seen,
                            &x->err);
}

static enum ecode read_block(struct exchange *x, bool blocked, struct admin_block *out)
{
    out->blocked = blocked;
    enum ecode rc = path_uuid(x, 0, &out->user_id);
    return rc != E_OK ? rc : read_reason(x, &out->reason);
}

enum ecode parse_admin_block(struct exchange *x, void *in)
{
    return read_block(x, true, in);
}

enum ecode parse_admin_unblock(struct exchange *x, void *in)
{
    return read_block(x, false, in);
}

/* --- alerts -------------------------------------------------------------------------------------- */

enum ecode parse_alert_list(struct exchange *x, void *in)
{
    struct alert_query *q = in;
    enum ecode rc = query_list(x, 'A', &q->list);
    return rc != E_OK ? rc : query_flag(x, "resolved", &q->resolved);
}

enum ecode render_alert(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct alert *a = out;
    json_object_begin(w);
    json_field_uuid(w, "id", &a->id);
    json_field_string(w, "fingerprint", a->fingerprint);
    json_field_string(w, "severity", alert_severity_names[a->severity]);
    json_field_string(w, "status", alert_status_names[a->status]);
    json_field_string(w, "title", a->title);
    json_field_string(w, "detail", a->detail);
    json_field_i64(w, "occurrences", a->occurrences);
    json_field_instant(w, "first_seen_at", a->first_seen_at);
    json_field_instant(w, "last_seen_at", a->last_seen_at);
    if (uuid_is_zero(&a->acknowledged_by))
        json_field_null(w, "acknowledged_by");
    else
        json_field_uuid(w, "acknowledged_by", &a->acknowledged_by);
    json_object_end(w);
    return E_OK;
}

enum ecode render_alert_list(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct alert_page *page = out;
    begin_page(w);
    for (size_t i = 0; i < page->count; i++)
        render_alert(x, &page->items[i], w);
    end_page(w, 'A', &page->rest);
    return E_OK;
}

struct alert_body {
    const char *reason;
};

static enum ecode read_alert_order(struct exchange *x, enum alert_status to, struct alert_order *out)
{
    static const struct json_field fields[] = {{JSON_MEMBER(struct alert_body, reason), REASON_FIELD}};
    struct alert_body body = {NULL};
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &out->id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    out->to = to;
    out->reason = body.reason;
    return rc;
}

enum ecode parse_alert_acknowledge(struct exchange *x, void *in)
{
    return read_alert_order(x, ALERT_ACKNOWLEDGED, in);
}

enum ecode parse_alert_silence(struct exchange *x, void *in)
{
    return read_alert_order(x, ALERT_SILENCED, in);
}

enum ecode parse_alert_resolve(struct exchange *x, void *in)
{
    return read_alert_order(x, ALERT_RESOLVED, in);
}

/* --- the audit log ------------------------------------------------------------------------------- */

enum ecode parse_admin_audit(struct exchange *x, void *in)
{
    struct admin_audit_query *q = in;
    enum ecode rc = query_list(x, 'L', &q->list);
    if (rc == E_OK)
        rc = query_uuid(x, "user_id", &q->user_id);
    if (rc == E_OK)
        rc = query_text(x, "operation", 64, &q->operation);
    return rc;
}

/* As it was read, which bounds its depth; habitd writes no fractions into such rows. */
static void render_value(struct json_writer *w, json_t *v)
{
    const char *name;
    json_t *member;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        json_object_begin(w);
        json_object_foreach(v, name, member)
        {
            json_key(w, name);
            render_value(w, member);
        }
        json_object_end(w);
        return;
    case JSON_ARRAY:
        json_array_begin(w);
        for (size_t i = 0; i < json_array_size(v); i++)
            render_value(w, json_array_get(v, i));
        json_array_end(w);
        return;
    case JSON_STRING:
        json_put_string(w, json_string_value(v));
        return;
    case JSON_INTEGER:
        json_put_i64(w, json_integer_value(v));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        json_put_bool(w, json_is_true(v));
        return;
    default:
        json_put_null(w);
        return;
    }
}

enum ecode render_object(struct exchange *x, const char *key, const char *text, struct json_writer *w)
{
    json_t *object;
    json_key(w, key);
    if (text == NULL) {
        json_put_null(w);
        return E_OK;
    }
    enum ecode rc = json_read(x->call.arena, text, strlen(text), true, &object, &x->err);
    if (rc != E_OK)
        return err_set(&x->err, E_CORRUPT, "a row holds what is no JSON object");
    render_value(w, object);
    return E_OK;
}

enum ecode render_admin_audit(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_audit_page *page = out;
    begin_page(w);
    for (size_t i = 0; i < page->count; i++) {
        const struct admin_audit_row *r = &page->items[i];
        json_object_begin(w);
        json_field_uuid(w, "id", &r->id);
        json_field_uuid(w, "user_id", &r->user_id);
        json_field_string(w, "actor", r->actor);
        json_field_string(w, "operation", r->operation);
        json_field_string(w, "request_id", r->request_id);
        enum ecode rc = render_object(x, "detail", r->detail, w);
        if (rc != E_OK)
            return rc;
        json_field_instant(w, "created_at", r->created_at);
        json_object_end(w);
    }
    end_page(w, 'L', &page->rest);
    return E_OK;
}
