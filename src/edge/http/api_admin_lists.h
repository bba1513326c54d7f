#ifndef HABITD_EDGE_HTTP_API_ADMIN_LISTS_H
#define HABITD_EDGE_HTTP_API_ADMIN_LISTS_H

#include "edge/http/route.h"

/* Lists of everybody's subscriptions, referrals and broadcasts, for operators. */
enum ecode parse_admin_subscriptions(struct exchange *x, void *in);
enum ecode render_admin_subscriptions(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_referrals(struct exchange *x, void *in);
enum ecode render_admin_referrals(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_broadcasts(struct exchange *x, void *in);
enum ecode render_admin_broadcasts(struct exchange *x, const void *out, struct json_writer *w);

/* api_admin_database.c */
enum ecode render_admin_database(struct exchange *x, const void *out, struct json_writer *w);
/* Begins an examination: E_CONFLICT reason "doctor_runs". */
enum ecode render_doctor_begun(struct exchange *x, const void *out, struct json_writer *w);
enum ecode render_admin_queues(struct exchange *x, const void *out, struct json_writer *w);

/* api_admin_waiting.c */
enum ecode parse_admin_outbox(struct exchange *x, void *in);
enum ecode render_admin_outbox(struct exchange *x, const void *out, struct json_writer *w);
enum ecode parse_admin_inbox(struct exchange *x, void *in);
enum ecode render_admin_inbox(struct exchange *x, const void *out, struct json_writer *w);

#endif
