#ifndef HABITD_EDGE_BOT_VIEW_H
#define HABITD_EDGE_BOT_VIEW_H

#include "domain/message/outbox.h"
#include "domain/reminder/reminder.h"
#include "domain/user/user.h"
#include "edge/bot/args.h"
#include "edge/bot/request.h"
#include "edge/bot/text.h"

/*
 * Views: what people see. A view has a name and draws one message out of what is stored, at the moment the
 * message is sent (inside the transaction that claims it), so a message that waited is never stale. Handlers
 * change rows and queue views; they never draw.
 *
 * Every view keeps its own bounds: Telegram takes 4,096 UTF-16 units of text and 100 buttons. Lists are
 * pages, and texts of people inside lists are cut with view_name.
 */
#define VIEW_BUTTONS_MAX 100
#define VIEW_NAME_UNITS 60 /* of a habit's name inside a list */

struct bot_app;

struct view_button {
    const char *label, *data, *url; /* data or url */
    bool new_row;
};

struct view {
    struct ctx *ctx; /* acting as the person */
    const struct bot_app *app;
    const struct outbox_item *item;
    struct args args;
    struct user me;
    const struct lang *lang;
    struct day today; /* the person's */
    /* what is drawn */
    struct buf text;       /* HTML as Telegram takes it */
    struct view_file file; /* sent with the text as its caption; such a message is never an edit */
    struct view_button *buttons;
    size_t n_buttons;
    bool row;                    /* the next button begins a row */
    const char *method, *params; /* another request than a message, all of it; NULL: a message */
    bool asks_location;          /* a keyboard below the input with one button that sends the location */
    bool removes_keyboard;       /* takes such a keyboard away */
    enum text_id location_label;
    bool nothing;                     /* there is nothing to say any more: the message is dropped */
    enum delivery_status why_nothing; /* for a view that is a delivery */
    struct instant later;             /* not now, not before this moment; 0: now */
};

/* Draws into v. Errors: the database's; E_NOT_FOUND when what it was about is gone (the message is dropped).
 */
typedef enum ecode view_draw(struct view *v);

/* --- what draw functions write with ------------------------------------------------------------------- */

/* Text behind what is there; view_line ends with a line break. */
void view_put(struct view *v, enum text_id id, const struct text_arg *args);
void view_line(struct view *v, enum text_id id, const struct text_arg *args);
void view_gap(struct view *v); /* an empty line */
/* The buttons that follow stand in a new row. */
void view_row(struct view *v);
/* A button; data as in args.h, copied. */
void view_button(struct view *v, const char *data, enum text_id label, const struct text_arg *args);
void view_button_label(struct view *v, const char *data, const char *label);
void view_button_url(struct view *v, const char *url, enum text_id label, const struct text_arg *args);
/* ◀ 2/5 ▶ in a row of its own when there are several pages; data: "<prefix><page>". */
void view_pager(struct view *v, const char *prefix, int64_t page, int64_t pages);
/* A text of a person cut so that it takes at most that many UTF-16 units, at a visible character. */
const char *view_cut(struct view *v, const char *text, size_t units_max);
/* The same with VIEW_NAME_UNITS. */
const char *view_name(struct view *v, const char *name);
/* The same of a habit, with its emoji. */
const char *view_title(struct view *v, const struct habit *h);
/* A reminder, a milestone and their like that reminder_check does not want sent now. */
enum ecode view_unwanted(struct view *v, const struct reminder_now *now);
/* printf into the context's arena. */
#define view_data(v, ...) arena_printf((v)->ctx->arena, __VA_ARGS__)

/* --- drawing ----------------------------------------------------------------------------------------- */

/* Whether there is a view of that name: whoever queues one promises it. */
bool view_known(const char *name);

/*
 * outbox_claim's callback: draws a row that names a view. `app` is the struct bot_app; out->drawn is a struct
 * view_file when a file goes with it. A view that is unknown, or whose person or thing is gone, is dropped.
 */
enum ecode view_draw_item(struct ctx *ctx, const struct outbox_item *item, void *app,
                          struct outbox_drawing *out);

#endif
