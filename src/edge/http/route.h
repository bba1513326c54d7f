#ifndef HABITD_EDGE_HTTP_ROUTE_H
#define HABITD_EDGE_HTTP_ROUTE_H

#include "base/json_write.h"
#include "domain/list.h"
#include "edge/http/edge.h"

/* The table of routes: everything the API answers, one row each. docs/openapi.yaml says the same, and a test
 * compares. */

enum body_kind {
    BODY_NONE, /* none, or an empty JSON object */
    BODY_JSON, /* one JSON object */
    BODY_FILE, /* bytes of any type, up to IMPORT_BYTES_MAX */
    BODY_RAW   /* bytes of any type, up to the server's limit; the handler's matter */
};

#define ROUTE_UNLIMITED 1u /* no rate limits: probes, and files that lie in memory */
/* The operation needs so little memory that the request's arena is enough: the check-in. */
#define ROUTE_SMALL 4u
#define ROUTE_PUBLIC 2u /* no token needed */
#define ROUTE_JUDGED 8u /* a webhook that may be refused for what it holds: 400, 401, 422 */

struct route {
    enum http_method method;
    const char *pattern;                 /* "/v1/habits/{id}": a segment {…} matches one path segment */
    void (*handler)(struct exchange *x); /* answers by itself, or NULL: runs op */
    const struct op *op;
    size_t in_size, out_size; /* of the operation's structs; 0: none */
    /* Fills `in` (zeroed). Errors go to x->err. NULL: nothing to read. */
    enum ecode (*parse)(struct exchange *x, void *in);
    /* Writes the answer's JSON value. Errors go to x->err. NULL: an answer without a body. */
    enum ecode (*render)(struct exchange *x, const void *out, struct json_writer *w);
    /* Answers something else than JSON, instead of render. */
    enum ecode (*answer)(struct exchange *x, const void *out);
    int status;                        /* of success */
    int (*status_of)(const void *out); /* instead of status, when it depends */
    enum body_kind body;
    unsigned flags;
    const char *const *params; /* query parameters, NULL-ended; NULL: none */
    bool created;              /* answers Location: the path + "/" + the answer's id */
    /* Of a route with a handler: refuses before the body is read (errors go to x->err); NULL: no. */
    enum ecode (*admit)(struct exchange *x);
    /*
     * After the operation succeeded, on a worker's thread: true, somebody keeps the exchange suspended,
     * resumes it and ends its call. NULL: no.
     */
    bool (*hold)(struct exchange *x);
    /* Of a handler that suspends and is answered on the network thread; NULL: whoever resumes answers. */
    void (*resumed)(struct exchange *x);
};

extern const struct route routes[];
extern const size_t routes_count;
#define ROUTES_MAX 128

/*
 * The route of a request; HEAD finds GET's. NULL when there is none: *allow is then what the path can do
 * ("GET, HEAD, PUT"; in the arena), or NULL when nothing is there.
 */
const struct route *route_find(struct exchange *x, const char **allow);

/* --- what parse functions read with (query.c) --- */
/* {…} number i of the path as an id. E_NOT_FOUND when it is none: no such thing exists then. */
enum ecode path_uuid(struct exchange *x, int i, struct uuid *out);
/* {…} number i as a day. E_INVALID field "day". */
enum ecode path_day(struct exchange *x, int i, struct day *out);
/* Query parameters; a missing one leaves *out alone. E_INVALID names the parameter. */
enum ecode query_limit(struct exchange *x, int max, int *out);
enum ecode query_day(struct exchange *x, const char *name, struct day *out);
enum ecode query_days(struct exchange *x, const char *from, const char *to, struct list_days *out);
enum ecode query_instant(struct exchange *x, const char *name, struct instant *out);
/* "1", "true" or nothing behind the name; "0", "false". */
enum ecode query_flag(struct exchange *x, const char *name, bool *out);
enum ecode query_i64(struct exchange *x, const char *name, int64_t min, int64_t max, int64_t *out);
enum ecode query_uuid(struct exchange *x, const char *name, struct uuid *out);
/* 1 to max bytes. */
enum ecode query_text(struct exchange *x, const char *name, size_t max, const char **out);
/* The index of one of `names` (NULL entries are skipped). */
enum ecode query_choice(struct exchange *x, const char *name, const char *const *names, size_t n, int *out);
/*
 * The cursor: `len` bytes behind a byte `kind` that says which list it is of, in base64url. *found tells
 * whether there was one.
 */
enum ecode query_cursor(struct exchange *x, char kind, void *data, size_t len, bool *found);
/* limit (by default 50), sort and the cursor of the list `kind`. */
enum ecode query_list(struct exchange *x, char kind, struct list_query *out);
/* Every parameter that the route does not know is E_INVALID. */
enum ecode query_check_names(struct exchange *x);
/* "items" is written; writes "next" and ends the list's object. len 0: the list ends here. */
void render_next(struct json_writer *w, char kind, const void *data, size_t len);
/* The same for a list of the domain. */
void render_rest(struct json_writer *w, char kind, const struct list_rest *rest);
#define CURSOR_MAX 240 /* bytes of a cursor's data */
/* A score as it is shown: at most 9 decimals. */
void render_score(struct json_writer *w, const char *key, double score);

/* --- parse and render of each route, by the file they are in --- */
/* api_auth.c */
enum ecode parse_sign_in_telegram(struct exchange *x, void *in);
enum ecode parse_sign_in_link(struct exchange *x, void *in);
enum ecode parse_sign_in_demo(struct exchange *x, void *in);
enum ecode admit_sign_in_demo(struct exchange *x);
enum ecode render_signed_in(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_prolonged(struct exchange *x, const void *out, struct json_writer *w);

/* api_me.c */
enum ecode parse_session_list(struct exchange *x, void *in);
enum ecode render_session_list(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_session_delete_all(struct exchange *x, void *in);
enum ecode parse_session_delete(struct exchange *x, void *in);
enum ecode parse_me_update(struct exchange *x, void *in);
enum ecode render_me(struct exchange *x, const void *out, struct json_writer *w);

/* api_habit.c */
struct habit;
enum ecode parse_habit_list(struct exchange *x, void *in);
enum ecode render_habit_list(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_habit_create(struct exchange *x, void *in);
enum ecode parse_habit_update(struct exchange *x, void *in);
enum ecode parse_habit_ref(struct exchange *x, void *in);
enum ecode render_habit(struct exchange *x, const void *out, struct json_writer *w);
/* The members of a habit inside an object that is open. */
void render_habit_members(struct json_writer *w, const struct habit *h);

/* api_schedule.c */
struct schedule;
enum ecode parse_schedule_create(struct exchange *x, void *in);
enum ecode parse_schedule_update(struct exchange *x, void *in);
enum ecode parse_schedule_delete(struct exchange *x, void *in);
enum ecode parse_schedule_preview(struct exchange *x, void *in);
enum ecode render_schedule_preview(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_schedule_get(struct exchange *x, void *in);
enum ecode render_schedule(struct exchange *x, const void *out, struct json_writer *w);
/* From a struct habit: all of its schedules, or the one of the path. */
enum ecode render_schedule_list(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_schedule_of_habit(struct exchange *x, const void *out, struct json_writer *w);
void render_schedule_object(struct json_writer *w, const struct schedule *s);
/* One schedule of a habit that is being made; `path` is "schedules[i]". */
enum ecode read_schedule(struct exchange *x, json_t *object, const char *path, struct schedule *out);

/* api_log.c */
struct log_entry;
enum ecode parse_log_put(struct exchange *x, void *in);
int status_log_put(const void *out);
enum ecode render_log_put(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_log_ref(struct exchange *x, void *in);
enum ecode parse_log_list(struct exchange *x, void *in);
enum ecode render_log_list(struct exchange *x, const void *out, struct json_writer *w);
void render_log_object(struct json_writer *w, const struct log_entry *e);
struct log_mark;
/* The members of a mark from a JSON object; habit and day too when `with_ref`. */
enum ecode read_mark(struct exchange *x, json_t *object, const char *path, bool with_ref,
                     struct log_mark *out);

/* api_batch.c */
enum ecode parse_log_batch(struct exchange *x, void *in);
enum ecode render_log_batch(struct exchange *x, const void *out, struct json_writer *w);

/* api_read.c */
enum ecode parse_today(struct exchange *x, void *in);
enum ecode render_today(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_year(struct exchange *x, void *in);
enum ecode render_year(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_overall(struct exchange *x, void *in);
enum ecode render_overall(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_stats(struct exchange *x, void *in);
enum ecode render_stats(struct exchange *x, const void *out, struct json_writer *w);

/* api_money.c */
struct posting;
enum ecode render_wallet(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_posting_list(struct exchange *x, void *in);
enum ecode render_posting_list(struct exchange *x, const void *out, struct json_writer *w);
void render_posting(struct json_writer *w, const struct posting *p, const char *currency);
enum ecode render_plan_list(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_subscription(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_subscription_buy(struct exchange *x, void *in);
int status_subscription_buy(const void *out);
enum ecode render_subscription_buy(struct exchange *x, const void *out, struct json_writer *w);

enum ecode render_referral(struct exchange *x, const void *out, struct json_writer *w);

/* sandbox.c */
enum ecode parse_sandbox_show(struct exchange *x, void *in);
enum ecode parse_sandbox_pay(struct exchange *x, void *in);
enum ecode parse_sandbox_decline(struct exchange *x, void *in);
enum ecode parse_sandbox_dispute(struct exchange *x, void *in);
enum ecode answer_sandbox(struct exchange *x, const void *out);

/* api_payment.c */
struct payment;
enum ecode parse_payment_create(struct exchange *x, void *in);
int status_payment_create(const void *out);
enum ecode parse_payment_get(struct exchange *x, void *in);
enum ecode render_payment(struct exchange *x, const void *out, struct json_writer *w);
/* The members of a payment inside an object that is open. */
void render_payment_members(struct json_writer *w, const struct payment *p);

/* api_admin.c */
/* An operator's reason, as a row of a body's table. */
#define REASON_FIELD                                                                                         \
    .type = FIELD_LINE, .flags = FIELD_REQUIRED, .min = 1, .max = REASON_BYTES_MAX,                          \
    .max_bytes = REASON_BYTES_MAX
enum ecode parse_admin_people(struct exchange *x, void *in);
enum ecode render_admin_people(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_person(struct exchange *x, void *in);
enum ecode render_admin_card(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_block(struct exchange *x, void *in);
enum ecode parse_admin_unblock(struct exchange *x, void *in);
enum ecode parse_alert_list(struct exchange *x, void *in);
enum ecode render_alert_list(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_alert_acknowledge(struct exchange *x, void *in);
enum ecode parse_alert_silence(struct exchange *x, void *in);
enum ecode parse_alert_resolve(struct exchange *x, void *in);
enum ecode render_alert(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_audit(struct exchange *x, void *in);
enum ecode render_admin_audit(struct exchange *x, const void *out, struct json_writer *w);
/* A member that holds a JSON object which habitd wrote itself; NULL is null. */
enum ecode render_object(struct exchange *x, const char *key, const char *text, struct json_writer *w);

/* api_admin_money.c */
enum ecode parse_admin_payments(struct exchange *x, void *in);
enum ecode render_admin_payments(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_payment(struct exchange *x, void *in);
enum ecode render_admin_payment(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_refund(struct exchange *x, void *in);
int status_admin_refund(const void *out);
enum ecode parse_admin_dispute(struct exchange *x, void *in);
enum ecode render_admin_refund(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_admin_dispute(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_postings(struct exchange *x, void *in);
enum ecode parse_admin_verdict(struct exchange *x, void *in);
enum ecode render_admin_referral(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_adjust(struct exchange *x, void *in);
enum ecode render_admin_adjusted(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_grant(struct exchange *x, void *in);
enum ecode parse_admin_revoke(struct exchange *x, void *in);

/* api_transfer.c */
enum ecode parse_import(struct exchange *x, void *in);
enum ecode render_import(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_export(struct exchange *x, void *in);
enum ecode answer_export(struct exchange *x, const void *out);

/* problem.c */
/* A problem document as one JSON value: type title status detail code field request_id (NULL: left out). */
void render_problem(struct json_writer *w, int status, const struct err *e, const char *request_id);

#endif
