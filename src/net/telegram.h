#ifndef HABITD_NET_TELEGRAM_H
#define HABITD_NET_TELEGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"
#include "base/json_scan.h"

struct arena;
struct buf;
struct http_call;

/*
 * Telegram's Bot API (core.telegram.org/bots/api), as far as habitd speaks it: what comes in as plain
 * structs, where requests go, and what an answer means. Knows no habits and does no network by itself
 * (http_client.h). Only the members of an update that are read here are parsed; whatever else Telegram sends,
 * however deep or new, is passed over.
 */

/* Limits of the Bot API. Texts are counted in UTF-16 units, without their markup (tg_html_units). */
#define TG_TEXT_UNITS_MAX 4096
#define TG_CAPTION_UNITS_MAX 1024
#define TG_ALERT_UNITS_MAX 200        /* of answerCallbackQuery */
#define TG_CALLBACK_DATA_BYTES_MAX 64 /* of a button */
#define TG_PAYLOAD_BYTES_MAX 128      /* of an invoice */
#define TG_COMMANDS_MAX 100
#define TG_UPDATES_MAX 100                 /* of one getUpdates */
#define TG_DOWNLOAD_BYTES_MAX (20u << 20)  /* getFile */
#define TG_UPLOAD_BYTES_MAX (50u << 20)    /* sendDocument */
#define TG_PHOTO_BYTES_MAX (10u << 20)     /* sendPhoto */
#define TG_UPDATE_BYTES_MAX (1u << 20)     /* of one update that is read here */
#define TG_UPDATE_ARENA_BYTES (512u << 10) /* what tg_update_parse takes at most */

/* ---- what comes in ---- */

enum tg_kind {
    TG_MESSAGE,
    TG_EDITED_MESSAGE,
    TG_CALLBACK,     /* a button was pressed */
    TG_MEMBER,       /* the bot was added, removed, blocked or unblocked */
    TG_PRE_CHECKOUT, /* to be answered within ten seconds */
    TG_SUBSCRIPTION, /* a Stars subscription was canceled, taken up again, or could not be charged */
    TG_OTHER,        /* a kind that habitd does not use; only update_id is set */
};

/* The values of allowed_updates that bring all of the above, as a JSON array. */
#define TG_ALLOWED_UPDATES                                                                                   \
    "[\"message\",\"edited_message\",\"callback_query\",\"my_chat_member\",\"pre_checkout_query\","          \
    "\"subscription\"]"

enum tg_chat_type { TG_PRIVATE, TG_GROUP, TG_SUPERGROUP, TG_CHANNEL, TG_CHAT_OTHER };

/* What the bot is in a chat now. A person who blocks it makes it TG_KICKED there, unblocking TG_IN. */
enum tg_membership { TG_IN, TG_LEFT, TG_KICKED };

struct tg_user {
    int64_t id; /* 0: nobody is named */
    bool is_bot;
    const char *first_name;    /* "" when not named */
    const char *username;      /* NULL: none */
    const char *language_code; /* NULL: not told */
};

struct tg_chat {
    int64_t id; /* negative for groups and channels; 0: none is named */
    enum tg_chat_type type;
};

/* "/start@habitbot ref_x": the text's first word, when it has the form of a command. */
struct tg_command {
    const char *name;     /* "start", in lower case; NULL: no command */
    const char *bot;      /* "habitbot", NULL: none named */
    const char *argument; /* what follows, without the white space around it; "" when nothing */
};

struct tg_location {
    double latitude, longitude; /* degrees, within -90…90 and -180…180 */
};

struct tg_document {
    const char *file_id;
    const char *file_name; /* NULL, like the next: not told */
    const char *mime_type;
    int64_t file_size; /* bytes; -1: not told */
};

/* successful_payment, refunded_payment, pre_checkout_query: what the invoice said, and what it came to. */
struct tg_payment {
    const char *currency;
    int64_t total_amount; /* minor units, never negative */
    const char *payload;
    const char *telegram_charge_id; /* NULL in a pre-checkout query */
    const char *provider_charge_id; /* NULL: not told */
    bool subscribed;                /* subscription_expires_at is set */
    struct instant subscription_expires_at;
    bool recurring, first_recurring;
};

struct tg_message {
    const char *text;    /* NULL: none */
    const char *caption; /* NULL: none */
    struct tg_command command;
    const struct tg_location *location; /* NULL, like the next: the message has none */
    const struct tg_document *document;
    const struct tg_payment *paid, *refunded;
    bool photo;
};

struct tg_callback {
    const char *id;
    const char *data; /* as clients may send anything: up to 256 bytes; NULL: none */
    bool media;       /* the message is a photo or a file: no text can take its place */
    bool accessible;  /* false: there is no message to edit, or it is too old */
};

struct tg_pre_checkout {
    const char *id;
    struct tg_payment payment;
};

enum tg_subscription_state { TG_SUB_CANCELED, TG_SUB_ACTIVE, TG_SUB_FAILED, TG_SUB_OTHER };

struct tg_update {
    int64_t update_id;
    enum tg_kind kind;
    struct tg_user from;                    /* who did it; messages in channels have none */
    struct tg_chat chat;                    /* none in a pre-checkout query, or under a message sent inline */
    int64_t message_id;                     /* of the message, or of the one the button belongs to; 0: none */
    struct instant date;                    /* of the message or the change; 0: not told */
    const struct tg_message *message;       /* TG_MESSAGE, TG_EDITED_MESSAGE; else NULL, like the next */
    const struct tg_callback *callback;     /* TG_CALLBACK */
    const struct tg_pre_checkout *checkout; /* TG_PRE_CHECKOUT */
    enum tg_membership membership;          /* TG_MEMBER: from now on */
    enum tg_subscription_state subscription; /* TG_SUBSCRIPTION */
    const char *payload;                     /* TG_SUBSCRIPTION: the invoice's */
};

/*
 * Reads one update; everything lives in the arena, which must have TG_UPDATE_ARENA_BYTES left. E_MALFORMED:
 * not JSON, or text that cannot be kept (U+0000, half a surrogate pair); E_INVALID: a member is missing, of
 * another type or absurd, and err->field names it ("message.from.id"); E_TOO_LARGE. Error texts quote nothing
 * of the update. On an error out->update_id is the id when it could be read, else 0; nothing else is written.
 */
enum ecode tg_update_parse(struct arena *a, const char *data, size_t len, struct tg_update *out,
                           struct err *err);

/* One item of getUpdates, as it was sent. */
struct tg_raw_update {
    int64_t update_id;
    struct json_span json; /* lies in the answer */
};

struct tg_updates {
    struct tg_raw_update items[TG_UPDATES_MAX];
    size_t n;
    size_t unreadable; /* items without an id that can be read: they were passed over */
};

/*
 * Cuts the answer of a successful getUpdates (HTTP status 200) into its updates without reading them, so that
 * a single one that cannot be parsed keeps no other from being stored and confirmed. E_MALFORMED: the answer
 * is cut off or is none; E_INVALID: it says `"ok": false` or holds no list.
 */
enum ecode tg_updates_split(const char *data, size_t len, struct tg_updates *out, struct err *err);

/* ---- what goes out ---- */

/* BASE/botTOKEN/METHOD; the base (TELEGRAM_API_URL) may end with a slash. The result is secret. */
void tg_url(struct buf *out, const char *base, const char *token, const char *method);
/* Where a file_path of getFile is downloaded from. Secret as well. */
void tg_file_url(struct buf *out, const char *base, const char *token, const char *file_path);

/*
 * How long Telegram counts a text with parse_mode HTML: its UTF-16 units without tags, entities as what they
 * stand for. Valid UTF-8.
 */
size_t tg_html_units(const char *html, size_t len);

/* ---- what came of it ---- */

struct tg_answer {
    bool ok;
    int error_code;             /* 0 when ok */
    const char *description;    /* "" when ok; Telegram's words, which may quote what was sent */
    int64_t retry_after_s;      /* -1: not told */
    int64_t migrate_to_chat_id; /* 0: not told */
    struct json_span result;    /* any JSON, as it was sent; empty when not ok */
    int64_t message_id;         /* of a result that is a message; 0: none */
    const char *file_path;      /* of a result of getFile; NULL: none */
    int64_t file_size;          /* -1: not told */
};

/* Reads a method's answer into the arena; `result` lies in data. E_MALFORMED or E_INVALID: it is none. */
enum ecode tg_answer_parse(struct arena *a, const char *data, size_t len, struct tg_answer *out,
                           struct err *err);

enum tg_verdict {
    TG_SENT,         /* done */
    TG_ALREADY,      /* everything is as it was asked to be (message is not modified, refunded already) */
    TG_RETRY_AFTER,  /* not done: not before retry_after_s */
    TG_BLOCKED,      /* not done: this chat cannot be written to until the person comes back */
    TG_GONE,         /* not done: the message or query it refers to is gone, too old, or not ours */
    TG_REFUSED,      /* not done, and never will be: a wrong request; or migrate_to_chat_id says where */
    TG_UNAUTHORIZED, /* not done: the token is not valid */
    TG_CONFLICT,     /* not done: another program uses the token, or a webhook is set */
    TG_SERVER_ERROR, /* not done: Telegram failed; again later */
    TG_NOT_SENT,     /* not done: the request did not leave; again later */
    TG_UNKNOWN,      /* may have been done: no answer that says so came back */
};

/*
 * What became of a finished call (http_client.h) to a method. *answer is always filled, from Telegram's words
 * or, without any, from the call (retry_after_s, error_code = HTTP status); it lives as long as the arena and
 * the call. A gateway's 502 without Telegram's words, and any 504, count as unknown: the request was handed
 * on.
 */
enum tg_verdict tg_judge(struct arena *a, const struct http_call *call, struct tg_answer *answer);
/* "sent", for logs and metrics. */
const char *tg_verdict_name(enum tg_verdict v);

#endif
