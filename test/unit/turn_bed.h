#ifndef HABITD_TEST_TURN_BED_H
#define HABITD_TEST_TURN_BED_H

#include "domain_bed.h"
#include "edge/bot/app.h"

/*
 * A person who talks to the bot, without any network: what is written or pressed becomes an update as
 * Telegram sends it, goes through the parser and turn_act; what that queued is claimed, drawn with
 * view_draw_item and settled as sent, as the sender does. The person's chat is kept: messages are edited in
 * place.
 *
 *     FOR_EACH_TURN(b, "ru")
 *     {
 *         turn_bed_says(&b, "/add");
 *         turn_bed_sees(&b, "Новая привычка");
 *         turn_bed_presses(&b, "💧 Вода");
 *     }
 *
 * Whatever is not as expected fails the test and prints the chat.
 */
#define TURN_BED_MESSAGES_MAX 200
#define TURN_BED_BUTTONS_MAX 100

struct turn_bed_button {
    const char *label, *data, *url; /* data or url */
    bool new_row;
};

struct turn_bed_message {
    int64_t id;
    bool mine; /* the person wrote it */
    const char *text;
    const char *method;   /* of the last request */
    const void *file;     /* struct view_file; NULL: none */
    bool keyboard_change; /* it set or took away a keyboard below the input */
    int edits;
    int64_t changed; /* grows with every message that comes or is edited */
    struct turn_bed_button buttons[TURN_BED_BUTTONS_MAX];
    size_t n_buttons;
};

struct turn_bed {
    struct domain_bed domain;
    struct bot_app app;
    struct uuid user_id; /* known after the first contact */
    int64_t telegram_id, update_id, last_message_id, changes, fence;
    const char *language, *first_name;
    struct turn_bed_message *chat; /* in the order they came */
    size_t n_messages;
    size_t seen;       /* messages that were there before the last act */
    const char *toast; /* what the last press said; NULL: nothing */
    bool toast_alert;
    enum ecode code; /* of the last turn */
};

/* On that engine, with a person of that language who has not written yet. False: as domain_bed_init. */
bool turn_bed_init(struct turn_bed *b, enum db_engine engine, const char *language);
void turn_bed_release(struct turn_bed *b);
/* /start, and that place: the person has a zone, the chat is empty again. */
void turn_bed_settle_in(struct turn_bed *b, const char *zone);

/* The person writes, and gets what comes of it. */
void turn_bed_says(struct turn_bed *b, const char *text);
/* Presses a button whose label is or contains the text: the newest message's that has one. */
void turn_bed_presses(struct turn_bed *b, const char *label);
/* Presses with any data under that message, as a changed client could; 0: under turn_bed_last. */
void turn_bed_presses_data(struct turn_bed *b, const char *data, int64_t message_id);
/* Any update with an update_id of its own: the inside of its JSON object. */
void turn_bed_update(struct turn_bed *b, const char *json);
/* Sends what is queued and due; done by all of the above. */
void turn_bed_send(struct turn_bed *b);

/* The bot's message that came or was edited last. */
const struct turn_bed_message *turn_bed_last(struct turn_bed *b);
/* The bot's message that came last, whatever was edited since. */
const struct turn_bed_message *turn_bed_newest(struct turn_bed *b);
/* A button of that message whose label is or contains the text; NULL: none. */
const struct turn_bed_button *turn_bed_button(struct turn_bed *b, const char *label);
/* That message contains the text. */
void turn_bed_sees(struct turn_bed *b, const char *text);
void turn_bed_sees_not(struct turn_bed *b, const char *text);
/* The last press said something that contains the text. */
void turn_bed_sees_toast(struct turn_bed *b, const char *text);
/* The chat as a person sees it, without markup; arena. */
const char *turn_bed_screen(struct turn_bed *b);
/* Acts as the person, for domain functions that a test calls itself. */
struct ctx *turn_bed_ctx(struct turn_bed *b);

#define FOR_EACH_TURN(b, language)                                                                           \
    for (int engine_ = 0; engine_ < DB_ENGINES; engine_++)                                                   \
        for (bool once_ = turn_bed_init(&(b), (enum db_engine)engine_, language); once_;                     \
             once_ = false, turn_bed_release(&(b)))

#endif
