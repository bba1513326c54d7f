/* For those whom the operator named: the service in figures, and people. */
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/admin/admin.h"
#include "domain/stats/figures.h"
#include "domain/user/people.h"
#include "edge/bot/board.h"
#include "edge/bot/screens.h"

#define LOOK_MS 400       /* how often figures that are being read are looked for */
#define PATIENCE_MS 60000 /* how long */
#define ID_DIGITS_MAX 18

/* With the role that the audit's row names. */
static enum ecode as_admin(struct turn *t, const struct op *op, const void *in, void *out)
{
    enum role role = t->ctx->actor.role;
    CHECK(t->me.is_admin);
    t->ctx->actor.role = ROLE_ADMIN;
    enum ecode rc = turn_op(t, op, in, out);
    t->ctx->actor.role = role;
    return rc;
}

/* --- people -------------------------------------------------------------------------------------------- */

/* "123456789", "@name", "name" */
static bool read_query(const char *text, struct person_query *out)
{
    size_t digits = strspn(text, "0123456789");
    *out = (struct person_query){.username = text + (*text == '@')};
    if (digits > 0 && digits <= ID_DIGITS_MAX && text[digits] == '\0') {
        out->telegram_id = strtoll(text, NULL, 10);
        return out->telegram_id > 0;
    }
    return *out->username && strspn(out->username, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                   "0123456789_") == strlen(out->username);
}

static enum ecode look_up(struct turn *t, const char *text)
{
    struct person_query q;
    struct person p;
    char id[ARG_ID];
    if (!text || !read_query(text, &q))
        return turn_say(t, TEXT_ADMIN_NOBODY, NULL);
    enum ecode rc = as_admin(t, &OP_person_find, &q, &p);
    if (rc == E_NOT_FOUND) {
        err_clear(&t->ctx->err);
        return turn_say(t, TEXT_ADMIN_NOBODY, NULL);
    }
    if (rc == E_OK)
        rc = turn_send(t, "person", arg_id(&p.user.id, id));
    return rc == E_OK ? turn_end(t) : rc;
}

/* "/admin", "/admin @name" */
enum ecode on_admin(struct turn *t, const char *arg)
{
    return *arg ? look_up(t, arg) : turn_send(t, "admin", NULL);
}

/* "ad" */
enum ecode press_admin(struct turn *t, const struct args *a)
{
    enum ecode rc = turn_end(t);
    return rc == E_OK ? turn_show(t, "admin", NULL) : rc;
}

/* "au": who? */
enum ecode press_person(struct turn *t, const struct args *a)
{
    enum ecode rc = turn_ask(t, "person", "who", NULL);
    return rc == E_OK ? turn_show(t, "person_ask", NULL) : rc;
}

enum ecode say_person(struct turn *t)
{
    return t->me.is_admin ? look_up(t, turn_text(t)) : turn_end(t);
}

/* "<person>:<0|1>" from word `first` on */
static bool read_block(const struct args *a, size_t first, struct admin_block *out)
{
    int64_t blocked;
    if (!args_uuid(a, first, &out->user_id) || !args_int(a, first + 1, 0, 1, &blocked))
        return false;
    out->blocked = blocked == 1;
    return true;
}

/* "ab:<person>": the card; "ab:<person>:<0|1>": why is somebody to be blocked, or let in again? */
enum ecode press_block(struct turn *t, const struct args *a)
{
    struct admin_block in;
    char id[ARG_ID];
    if (a->n == 2 && args_uuid(a, 1, &in.user_id)) {
        enum ecode rc = turn_end(t);
        return rc == E_OK ? turn_show(t, "person", arg_id(&in.user_id, id)) : rc;
    }
    if (!read_block(a, 1, &in))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    const char *what = turn_data(t, "%s:%d", arg_id(&in.user_id, id), in.blocked);
    enum ecode rc = turn_ask(t, "block", what, NULL);
    return rc == E_OK ? turn_show(t, "person_why", what) : rc;
}

/* The reason, which the audit's row keeps. */
enum ecode say_block(struct turn *t)
{
    struct admin_block in;
    struct admin_card card;
    struct args a;
    char id[ARG_ID];
    in.reason = turn_text(t);
    if (!t->me.is_admin || !args_split(t->dialog.step, &a) || !read_block(&a, 0, &in))
        return turn_end(t);
    if (!in.reason || strlen(in.reason) > REASON_BYTES_MAX)
        return turn_say(t, TEXT_ADMIN_WHY_WORDS, NULL);
    enum ecode rc = as_admin(t, &OP_admin_block, &in, &card);
    if (rc == E_CONFLICT && strcmp(t->ctx->err.reason, "cannot_block_oneself") == 0) {
        err_clear(&t->ctx->err);
        rc = turn_say(t, TEXT_ADMIN_NOT_YOURSELF, NULL);
        return rc == E_OK ? turn_end(t) : rc;
    }
    if (rc == E_OK)
        rc = turn_send(t, "person", arg_id(&in.user_id, id));
    return rc == E_OK ? turn_end(t) : rc;
}

/* args: "<person>:<0|1>" */
enum ecode draw_person_why(struct view *v)
{
    struct admin_block in;
    char id[ARG_ID];
    v->nothing = !v->me.is_admin || !read_block(&v->args, 0, &in);
    if (v->nothing)
        return E_OK;
    view_put(v, in.blocked ? TEXT_ADMIN_WHY_BLOCK : TEXT_ADMIN_WHY_UNBLOCK, NULL);
    view_button(v, view_data(v, "ab:%s", arg_id(&in.user_id, id)), TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

enum ecode draw_person_ask(struct view *v)
{
    view_put(v, TEXT_ADMIN_WHO, NULL);
    view_button(v, "ad", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

static void put_person(struct view *v, const struct person *p)
{
    static const enum text_id tiers[TIERS] = {[TIER_TRIAL] = TEXT_ADMIN_TIER_TRIAL,
                                              [TIER_FREE] = TEXT_ADMIN_TIER_FREE,
                                              [TIER_PREMIUM] = TEXT_ADMIN_TIER_PREMIUM};
    const struct user *u = &p->user;
    char id[UUID_TEXT];
    struct day since = zone_local_day(v->ctx->actor.zone, u->created_at, 0);
    view_line(v, TEXT_ADMIN_PERSON,
              TEXT_ARGS(text_str("name", u->first_name ? view_name(v, u->first_name) : "—"),
                        text_str("username", u->username ? view_data(v, "@%s", u->username) : "—"),
                        text_str("telegram", view_data(v, "%lld", (long long)u->telegram_id)),
                        text_str("id", uuid_format(&u->id, id))));
    view_line(v, TEXT_ADMIN_PERSON_PLACE,
              TEXT_ARGS(text_str("language", u->language_code), text_str("zone", u->timezone)));
    view_line(v, tiers[u->tier], NULL);
    view_line(v, TEXT_ADMIN_PERSON_MARKS,
              TEXT_ARGS(text_day("since", since, v->today, TEXT_DAY_DATE), text_num("habits", p->habits),
                        text_num("marks", p->marks)));
    if (!day_is_none(p->last))
        view_line(v, TEXT_ADMIN_PERSON_LAST,
                  TEXT_ARGS(text_day("day", p->last, v->today, TEXT_DAY_RELATIVE)));
    if (p->unreachable)
        view_line(v, TEXT_ADMIN_PERSON_AWAY, NULL);
    if (u->is_blocked)
        view_line(v, TEXT_ADMIN_PERSON_BLOCKED, NULL);
}

/* args: the person */
enum ecode draw_person(struct view *v)
{
    struct person_query q = {.telegram_id = 0};
    struct person p;
    char id[ARG_ID];
    v->nothing = !v->me.is_admin || !args_uuid(&v->args, 0, &q.id);
    if (v->nothing)
        return E_OK;
    enum ecode rc = op_run(v->ctx, &OP_person_find, &q, &p);
    if (rc != E_OK)
        return rc;
    put_person(v, &p);
    view_button(v, view_data(v, "ab:%s:%d", arg_id(&q.id, id), !p.user.is_blocked),
                p.user.is_blocked ? TEXT_BUTTON_UNBLOCK : TEXT_BUTTON_BLOCK, NULL);
    view_row(v);
    view_button(v, "au", TEXT_BUTTON_PERSON, NULL);
    view_button(v, "ad", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

/* --- figures ------------------------------------------------------------------------------------------- */

static void put_figures(struct view *v, const struct figures *f)
{
    struct walltime at = zone_to_local(v->ctx->actor.zone, f->at);
    view_line(v, TEXT_ADMIN_TITLE, TEXT_ARGS(text_time("time", at.ms / 60000)));
    view_gap(v);
    view_line(v, TEXT_ADMIN_PEOPLE,
              TEXT_ARGS(text_num("people", f->people), text_num("reachable", f->reachable),
                        text_num("premium", f->premium)));
    view_line(v, TEXT_ADMIN_NEW, TEXT_ARGS(text_num("day", f->new_day), text_num("week", f->new_week)));
    view_line(v, TEXT_ADMIN_ACTIVE,
              TEXT_ARGS(text_num("day", f->active_day), text_num("week", f->active_week),
                        text_num("month", f->active_month)));
    view_line(v, TEXT_ADMIN_HABITS,
              TEXT_ARGS(text_num("habits", f->habits), text_num("marks", f->marks_today)));
    view_gap(v);
    view_line(v, TEXT_ADMIN_REMINDERS,
              TEXT_ARGS(text_num("sent", f->reminders_sent), text_num("missed", f->reminders_missed),
                        text_num("waiting", f->reminders_waiting)));
    view_line(v, TEXT_ADMIN_QUEUE,
              TEXT_ARGS(text_num("payments", f->outbox.queued[LANE_PAYMENT]),
                        text_num("replies", f->outbox.queued[LANE_REPLY]),
                        text_num("reminders", f->outbox.queued[LANE_REMINDER]),
                        text_num("broadcasts", f->outbox.queued[LANE_BROADCAST])));
    view_line(v, TEXT_ADMIN_TROUBLE,
              TEXT_ARGS(text_num("unknown", f->outbox.unknown), text_num("failed", f->outbox.failed),
                        text_num("held", f->outbox.held), text_num("parked", f->inbox.parked)));
    view_line(v, TEXT_ADMIN_BROADCASTS, TEXT_ARGS(text_num("n", f->broadcasts_running)));
}

enum ecode draw_admin(struct view *v)
{
    struct figures f;
    v->nothing = !v->me.is_admin;
    if (v->nothing)
        return E_OK;
    if (!v->app->board) {
        enum ecode rc = op_run(v->ctx, &OP_figures_get, NULL, &f);
        if (rc != E_OK)
            return rc;
    } else if (!board_read(v->app->board, &f)) {
        v->nothing = true;
        if (v->ctx->now.ms - v->item->created_at.ms < PATIENCE_MS)
            v->later = instant_add(v->ctx->now, duration_ms(LOOK_MS));
        return E_OK;
    }
    put_figures(v, &f);
    view_button(v, "ad", TEXT_BUTTON_REFRESH, NULL);
    view_row(v);
    view_button(v, "au", TEXT_BUTTON_PERSON, NULL);
    view_button(v, "bc", TEXT_BUTTON_BROADCAST, NULL);
    return E_OK;
}
