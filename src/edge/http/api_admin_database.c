#include "edge/http/api_admin_lists.h"

#include "domain/admin/admin.h"
#include "domain/doctor/doctor_runner.h"

static void render_migration(struct json_writer *w, const struct migrate_row *m)
{
    json_object_begin(w);
    json_field_i64(w, "version", m->version);
    json_field_string(w, "name", m->name);
    json_field_string(w, "state",
                      m->changed   ? "changed"
                      : m->unknown ? "unknown"
                      : m->applied ? "applied"
                                   : "waiting");
    if (m->applied)
        json_field_instant(w, "applied_at", m->applied_at);
    else
        json_field_null(w, "applied_at");
    json_object_end(w);
}

static enum ecode render_doctor(struct exchange *x, const struct admin_database *d, struct json_writer *w)
{
    enum ecode rc = E_OK;
    json_key(w, "doctor");
    json_object_begin(w);
    json_field_bool(w, "running", doctor_runner_is_busy(x->edge->doctor));
    if (d->doctor != NULL) {
        json_field_uuid(w, "user_id", &d->doctor_by);
        json_field_instant(w, "at", d->doctor_at);
    } else {
        json_field_null(w, "user_id");
        json_field_null(w, "at");
    }
    rc = render_object(x, "found", d->doctor, w);
    json_object_end(w);
    return rc;
}

enum ecode render_admin_database(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_database *d = out;
    json_object_begin(w);
    json_field_string(w, "engine", d->engine);
    json_field_i64(w, "bytes", d->bytes);
    json_field_string(w, "schema", d->schema);
    json_key(w, "migrations");
    json_array_begin(w);
    for (size_t i = 0; i < d->migrations_count; i++)
        render_migration(w, &d->migrations[i]);
    json_array_end(w);
    json_field_bool(w, "partitions_ahead", d->partitions_ahead);
    json_key(w, "partitions");
    json_array_begin(w);
    for (size_t i = 0; i < d->partitions_count; i++) {
        json_object_begin(w);
        json_field_string(w, "table", d->partitions[i].table);
        json_field_string(w, "name", d->partitions[i].name);
        json_field_i64(w, "bytes", d->partitions[i].bytes);
        json_object_end(w);
    }
    json_array_end(w);
    enum ecode rc = render_doctor(x, d, w);
    json_object_end(w);
    return rc;
}

enum ecode render_doctor_begun(struct exchange *x, const void *out, struct json_writer *w)
{
    enum ecode rc = doctor_runner_begin(x->edge->doctor, &x->call.user_id, &x->err);
    if (rc != E_OK)
        return rc;
    json_object_begin(w);
    json_field_bool(w, "running", true);
    json_object_end(w);
    return E_OK;
}

static void render_queue(struct json_writer *w, const char *name, int64_t waiting, struct instant oldest)
{
    json_object_begin(w);
    json_field_string(w, "queue", name);
    json_field_i64(w, "waiting", waiting);
    if (waiting > 0)
        json_field_instant(w, "oldest_at", oldest);
    else
        json_field_null(w, "oldest_at");
    json_object_end(w);
}

enum ecode render_admin_queues(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct admin_queues *q = out;
    json_object_begin(w);
    json_key(w, "queues");
    json_array_begin(w);
    render_queue(w, "arrivals", q->inbox.pending, q->inbox.oldest);
    for (int i = 0; i < LANES; i++)
        render_queue(w, outbox_lane_names[i], q->outbox.queued[i], q->outbox.oldest[i]);
    json_array_end(w);
    json_field_i64(w, "parked", q->inbox.parked);
    json_field_i64(w, "held", q->outbox.held);
    json_field_i64(w, "sending", q->outbox.sending);
    json_field_i64(w, "failed", q->outbox.failed);
    json_field_i64(w, "unknown", q->outbox.unknown);
    json_object_end(w);
    return E_OK;
}
