#include "edge/http/route.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"

/*
 * Many marks at once. What is wrong with one mark is that mark's result and stops no other; a body that is no
 * list of objects is refused whole.
 */
struct batch_body {
    json_t *logs;
};
static const struct json_field batch_fields[] = {
    {JSON_MEMBER(struct batch_body, logs), FIELD_ARRAY, FIELD_REQUIRED, .min = 0, .max = LOG_BATCH_MAX},
};

struct batch_plan { /* from parse to render */
    json_t *logs;
    const struct err **refused; /* what parsing said about each item; NULL: it went to the operation */
};

static enum ecode read_items(struct exchange *x, struct batch_plan *plan, struct log_mark *marks,
                             size_t *count)
{
    size_t n = json_array_size(plan->logs);
    for (size_t i = 0; i < n; i++) {
        char path[16];
        snprintf(path, sizeof path, "logs[%zu]", i);
        json_t *item = json_array_get(plan->logs, i);
        if (!json_is_object(item))
            return err_field(&x->err, path, "must be an object");
        if (read_mark(x, item, path, true, &marks[*count]) == E_OK) {
            (*count)++;
            continue;
        }
        struct err *refused = arena_alloc(x->request->arena, sizeof *refused);
        *refused = x->err;
        plan->refused[i] = refused;
        err_clear(&x->err);
    }
    return E_OK;
}

enum ecode parse_log_batch(struct exchange *x, void *in)
{
    struct log_batch *batch = in;
    struct batch_body body = {0};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, x->body, "", batch_fields, ARRAY_LEN(batch_fields),
                                     JSON_WHOLE, &body, &seen, &x->err);
    if (rc != E_OK)
        return rc;
    size_t n = json_array_size(body.logs), count = 0;
    struct batch_plan *plan = arena_alloc(x->request->arena, sizeof *plan);
    *plan = (struct batch_plan){body.logs, arena_array(x->request->arena, n, sizeof *plan->refused)};
    struct log_mark *marks = arena_array(x->request->arena, n, sizeof *marks);
    rc = read_items(x, plan, marks, &count);
    *batch = (struct log_batch){marks, count};
    x->extra = plan;
    return rc;
}

/* The item as the client named it. */
static void render_ref(struct json_writer *w, const json_t *item, const char *key)
{
    const char *text = json_string_value(json_object_get(item, key));
    json_field_string(w, key, text != NULL && strlen(text) <= 64 ? text : NULL);
}

static void render_refusal(struct json_writer *w, const struct err *e)
{
    int status = problem_status(e->code);
    json_field_i64(w, "status", status);
    json_field_string(w, "code", e->reason[0] != '\0' ? e->reason : ecode_name(e->code));
    json_key(w, "problem");
    render_problem(w, status, e, NULL);
}

enum ecode render_log_batch(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct log_batch_result *result = out;
    const struct batch_plan *plan = x->extra;
    size_t n = json_array_size(plan->logs), done = 0;
    json_object_begin(w);
    json_key(w, "results");
    json_array_begin(w);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(plan->logs, i);
        const struct err *refusal = plan->refused[i];
        const struct log_result *accepted = NULL;
        if (refusal == NULL) {
            CHECK(done < result->count);
            const struct log_batch_item *answer = &result->items[done++];
            refusal = answer->code != E_OK ? &answer->err : NULL;
            accepted = &answer->result;
        }
        json_object_begin(w);
        render_ref(w, item, "habit_id");
        render_ref(w, item, "day");
        if (refusal != NULL) {
            render_refusal(w, refusal);
        } else {
            json_field_i64(w, "status", status_log_put(accepted));
            json_key(w, "log");
            render_log_object(w, &accepted->entry);
        }
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    return E_OK;
}
