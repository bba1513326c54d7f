#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "net/telegram.h"
#include "net/json_shape.h"
#include "net/telegram_priv.h"

/* Updates: what each object holds that is read, as tables, and from there into the public structs. */

struct reader {
    struct arena *arena;
    struct err *err;
};

/* ---- users and chats ---- */

static const struct json_field user_rows[] = {
    {JSON_MEMBER(struct tg_user, id), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = TG_ID_MAX},
    {JSON_MEMBER(struct tg_user, is_bot), FIELD_BOOL},
    {JSON_MEMBER(struct tg_user, first_name), FIELD_STRING, .max = 1024},
    {JSON_MEMBER(struct tg_user, username), FIELD_STRING, .max = 256},
    {JSON_MEMBER(struct tg_user, language_code), FIELD_STRING, .max = 64},
};
static const struct json_shape user_shape = {user_rows, ARRAY_LEN(user_rows), NULL};

struct chat_body {
    int64_t id;
    const char *type;
};
static const struct json_field chat_rows[] = {
    {JSON_MEMBER(struct chat_body, id), FIELD_I64, FIELD_REQUIRED, .min = -TG_ID_MAX, .max = TG_ID_MAX},
    {JSON_MEMBER(struct chat_body, type), FIELD_STRING, FIELD_REQUIRED, .max = 64},
};
static const struct json_shape chat_shape = {chat_rows, ARRAY_LEN(chat_rows), NULL};

static enum ecode read_object(const struct reader *r, json_t *object, const char *path,
                              const struct json_shape *shape, void *out)
{
    struct json_seen seen;
    return json_object_read(r->arena, object, path, shape->rows, shape->n, JSON_WHOLE, out, &seen, r->err);
}

/* NULL leaves nobody. */
static enum ecode read_user(const struct reader *r, json_t *object, const char *path, struct tg_user *out)
{
    struct tg_user u = {.first_name = ""};
    enum ecode rc = object ? read_object(r, object, path, &user_shape, &u) : E_OK;
    if (!rc)
        *out = u;
    return rc;
}

static enum ecode read_chat(const struct reader *r, json_t *object, const char *path, struct tg_chat *out)
{
    static const char *const types[] = {
        [TG_PRIVATE] = "private",
        [TG_GROUP] = "group",
        [TG_SUPERGROUP] = "supergroup",
        [TG_CHANNEL] = "channel",
    };
    struct chat_body c = {.id = 0};
    int type = 0;
    enum ecode rc = read_object(r, object, path, &chat_shape, &c);
    if (rc)
        return rc;
    if (c.id == 0)
        return err_field(r->err, path, "has the id 0");
    while (type < TG_CHAT_OTHER && strcmp(types[type], c.type) != 0)
        type++;
    *out = (struct tg_chat){c.id, (enum tg_chat_type)type};
    return E_OK;
}

/* ---- parts of messages ---- */

struct location_body {
    json_t *latitude, *longitude;
};
static const struct json_field location_rows[] = {
    {JSON_MEMBER(struct location_body, latitude), FIELD_JSON, FIELD_REQUIRED},
    {JSON_MEMBER(struct location_body, longitude), FIELD_JSON, FIELD_REQUIRED},
};
static const struct json_shape location_shape = {location_rows, ARRAY_LEN(location_rows), NULL};

static enum ecode read_location(const struct reader *r, json_t *object, const char *path,
                                const struct tg_location **out)
{
    struct location_body b = {NULL, NULL};
    enum ecode rc = read_object(r, object, path, &location_shape, &b);
    if (rc)
        return rc;
    struct tg_location *l = arena_alloc(r->arena, sizeof *l);
    *l = (struct tg_location){json_number_value(b.latitude), json_number_value(b.longitude)};
    if (!json_is_number(b.latitude) || !json_is_number(b.longitude) || !(fabs(l->latitude) <= 90) ||
        !(fabs(l->longitude) <= 180))
        return err_field(r->err, path, "is no place on Earth");
    *out = l;
    return E_OK;
}

static const struct json_field document_rows[] = {
    {JSON_MEMBER(struct tg_document, file_id), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 1024},
    {JSON_MEMBER(struct tg_document, file_name), FIELD_STRING, .max = 4096},
    {JSON_MEMBER(struct tg_document, mime_type), FIELD_STRING, .max = 1024},
    {JSON_MEMBER(struct tg_document, file_size), FIELD_I64, .min = 0, .max = TG_ID_MAX},
};
static const struct json_shape document_shape = {document_rows, ARRAY_LEN(document_rows), NULL};

struct payment_body {
    const char *id;
    json_t *from;
    const char *currency, *invoice_payload, *telegram_payment_charge_id, *provider_payment_charge_id;
    int64_t total_amount, subscription_expiration_date;
    bool is_recurring, is_first_recurring;
};
#define PAYMENT_ROWS                                                                                         \
    {JSON_MEMBER(struct payment_body, currency), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 16},         \
        {JSON_MEMBER(struct payment_body, total_amount), FIELD_I64, FIELD_REQUIRED, .min = 0,                \
         .max = TG_ID_MAX},                                                                                  \
    {                                                                                                        \
        JSON_MEMBER(struct payment_body, invoice_payload), FIELD_STRING, FIELD_REQUIRED, .max = 1024         \
    }
static const struct json_field paid_rows[] = {
    PAYMENT_ROWS,
    {JSON_MEMBER(struct payment_body, telegram_payment_charge_id), FIELD_STRING, FIELD_REQUIRED, .min = 1,
     .max = 1024},
    {JSON_MEMBER(struct payment_body, provider_payment_charge_id), FIELD_STRING, .max = 1024},
    {JSON_MEMBER(struct payment_body, subscription_expiration_date), FIELD_I64, .min = 1,
     .max = TG_ID_MAX / 1000},
    {JSON_MEMBER(struct payment_body, is_recurring), FIELD_BOOL},
    {JSON_MEMBER(struct payment_body, is_first_recurring), FIELD_BOOL},
};
static const struct json_shape paid_shape = {paid_rows, ARRAY_LEN(paid_rows), NULL};

static struct tg_payment payment_of(const struct payment_body *b)
{
    return (struct tg_payment){
        .currency = b->currency,
        .total_amount = b->total_amount,
        .payload = b->invoice_payload,
        .telegram_charge_id = b->telegram_payment_charge_id,
        .provider_charge_id = b->provider_payment_charge_id,
        .subscribed = b->subscription_expiration_date > 0,
        .subscription_expires_at = instant_from_ms(b->subscription_expiration_date * 1000),
        .recurring = b->is_recurring,
        .first_recurring = b->is_first_recurring,
    };
}

static enum ecode read_payment(const struct reader *r, json_t *object, const char *path,
                               const struct tg_payment **out)
{
    struct payment_body b = {.id = NULL};
    enum ecode rc = read_object(r, object, path, &paid_shape, &b);
    if (rc)
        return rc;
    struct tg_payment *p = arena_alloc(r->arena, sizeof *p);
    *p = payment_of(&b);
    *out = p;
    return E_OK;
}

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t word_length(const char *s)
{
    size_t n = 0;
    while (word_char(s[n]))
        n++;
    return n;
}

/* "/name", "/name@bot", then white space or the end; anything else is text. */
static struct tg_command read_command(struct arena *a, const char *text)
{
    static const char blank[] = " \t\r\n";
    struct tg_command c = {NULL, NULL, ""};
    if (text[0] != '/')
        return c;
    size_t n = word_length(text + 1);
    const char *p = text + 1 + n, *bot = NULL;
    if (*p == '@') {
        bot = p + 1;
        p = bot + word_length(bot);
    }
    if (n == 0 || n > 32 || p == bot || (*p && !strchr(blank, *p)))
        return c;
    char *name = arena_memdup(a, text + 1, n);
    for (size_t i = 0; i < n; i++)
        if (name[i] >= 'A' && name[i] <= 'Z')
            name[i] = (char)(name[i] - 'A' + 'a');
    c.name = name;
    c.bot = bot ? arena_memdup(a, bot, (size_t)(p - bot)) : NULL;
    p += strspn(p, blank);
    size_t len = strlen(p);
    while (len > 0 && strchr(blank, p[len - 1]))
        len--;
    c.argument = arena_memdup(a, p, len);
    return c;
}

/* ---- messages ---- */

struct message_body {
    int64_t message_id, date;
    json_t *from, *chat, *location, *document, *photo, *successful_payment, *refunded_payment;
    const char *text, *caption;
};
static const struct json_field message_rows[] = {
    {JSON_MEMBER(struct message_body, message_id), FIELD_I64, FIELD_REQUIRED, .min = 0, .max = TG_ID_MAX},
    {JSON_MEMBER(struct message_body, date), FIELD_I64, FIELD_REQUIRED, .min = 0, .max = TG_ID_MAX / 1000},
    {JSON_MEMBER(struct message_body, chat), FIELD_OBJECT, FIELD_REQUIRED},
    {JSON_MEMBER(struct message_body, from), FIELD_OBJECT},
    {JSON_MEMBER(struct message_body, text), FIELD_STRING},
    {JSON_MEMBER(struct message_body, caption), FIELD_STRING},
    {JSON_MEMBER(struct message_body, location), FIELD_OBJECT},
    {JSON_MEMBER(struct message_body, document), FIELD_OBJECT},
    {JSON_MEMBER(struct message_body, photo), FIELD_ARRAY},
    {JSON_MEMBER(struct message_body, successful_payment), FIELD_OBJECT},
    {JSON_MEMBER(struct message_body, refunded_payment), FIELD_OBJECT},
};
static const struct json_shape *const message_inner[ARRAY_LEN(message_rows)] = {
    NULL, NULL,        &chat_shape, &user_shape, NULL, NULL, &location_shape, &document_shape,
    NULL, &paid_shape, &paid_shape,
};
static const struct json_shape message_shape = {message_rows, ARRAY_LEN(message_rows), message_inner};

static enum ecode read_parts(const struct reader *r, const struct message_body *b, const char *path,
                             struct tg_message *m)
{
    char sub[64];
    enum ecode rc = E_OK;
    if (b->location) {
        snprintf(sub, sizeof sub, "%s.location", path);
        rc = read_location(r, b->location, sub, &m->location);
    }
    if (!rc && b->document) {
        struct tg_document *d = arena_alloc(r->arena, sizeof *d);
        snprintf(sub, sizeof sub, "%s.document", path);
        d->file_size = -1;
        rc = read_object(r, b->document, sub, &document_shape, d);
        m->document = d;
    }
    if (!rc && b->successful_payment) {
        snprintf(sub, sizeof sub, "%s.successful_payment", path);
        rc = read_payment(r, b->successful_payment, sub, &m->paid);
    }
    if (!rc && b->refunded_payment) {
        snprintf(sub, sizeof sub, "%s.refunded_payment", path);
        rc = read_payment(r, b->refunded_payment, sub, &m->refunded);
    }
    return rc;
}

/* Where and when. */
static enum ecode read_head(const struct reader *r, const struct message_body *b, const char *path,
                            struct tg_update *u)
{
    char sub[64];
    snprintf(sub, sizeof sub, "%s.chat", path);
    u->message_id = b->message_id;
    u->date = instant_from_ms(b->date > 0 ? b->date * 1000 : 0);
    return read_chat(r, b->chat, sub, &u->chat);
}

static enum ecode read_message(const struct reader *r, json_t *object, const char *path, struct tg_update *u)
{
    struct message_body b = {.message_id = 0};
    char sub[64];
    enum ecode rc = read_object(r, object, path, &message_shape, &b);
    if (!rc)
        rc = read_head(r, &b, path, u);
    snprintf(sub, sizeof sub, "%s.from", path);
    if (!rc)
        rc = read_user(r, b.from, sub, &u->from);
    if (rc)
        return rc;
    struct tg_message *m = arena_alloc(r->arena, sizeof *m);
    *m = (struct tg_message){.text = b.text, .caption = b.caption, .photo = json_array_size(b.photo) > 0};
    m->command = read_command(r->arena, b.text ? b.text : "");
    u->message = m;
    return read_parts(r, &b, path, m);
}

/* ---- the other kinds ---- */

/* The message under a button: where it is, and whether it carries a file. */
static const struct json_field under_rows[] = {
    {JSON_MEMBER(struct message_body, message_id), FIELD_I64, .min = 0, .max = TG_ID_MAX},
    {JSON_MEMBER(struct message_body, date), FIELD_I64, .min = 0, .max = TG_ID_MAX / 1000},
    {JSON_MEMBER(struct message_body, chat), FIELD_OBJECT, FIELD_REQUIRED},
    {JSON_MEMBER(struct message_body, document), FIELD_OBJECT},
    {JSON_MEMBER(struct message_body, photo), FIELD_ARRAY},
};
static const struct json_shape *const under_inner[ARRAY_LEN(under_rows)] = {NULL, NULL, &chat_shape,
                                                                            &document_shape, NULL};
static const struct json_shape under_shape = {under_rows, ARRAY_LEN(under_rows), under_inner};

struct callback_body {
    const char *id, *data;
    json_t *from, *message;
};
static const struct json_field callback_rows[] = {
    {JSON_MEMBER(struct callback_body, id), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 128},
    {JSON_MEMBER(struct callback_body, data), FIELD_STRING, .max = 256},
    {JSON_MEMBER(struct callback_body, from), FIELD_OBJECT, FIELD_REQUIRED},
    {JSON_MEMBER(struct callback_body, message), FIELD_OBJECT},
};
static const struct json_shape *const callback_inner[ARRAY_LEN(callback_rows)] = {NULL, NULL, &user_shape,
                                                                                  &under_shape};
static const struct json_shape callback_shape = {callback_rows, ARRAY_LEN(callback_rows), callback_inner};

static enum ecode read_callback(const struct reader *r, json_t *object, const char *path, struct tg_update *u)
{
    struct callback_body b = {.id = NULL};
    struct message_body under = {.date = -1};
    enum ecode rc = read_object(r, object, path, &callback_shape, &b);
    if (!rc)
        rc = read_user(r, b.from, "callback_query.from", &u->from);
    if (!rc && b.message)
        rc = read_object(r, b.message, "callback_query.message", &under_shape, &under);
    if (!rc && b.message)
        rc = read_head(r, &under, "callback_query.message", u);
    if (rc)
        return rc;
    struct tg_callback *c = arena_alloc(r->arena, sizeof *c);
    *c = (struct tg_callback){.id = b.id,
                              .data = b.data,
                              .accessible = b.message && under.date != 0, /* 0: inaccessible */
                              .media = under.document || under.photo};
    u->callback = c;
    return E_OK;
}

struct member_body {
    json_t *chat, *from, *new_chat_member;
    int64_t date;
};
struct status_body {
    const char *status;
    bool is_member;
};
static const struct json_field status_rows[] = {
    {JSON_MEMBER(struct status_body, status), FIELD_STRING, FIELD_REQUIRED, .max = 64},
    {JSON_MEMBER(struct status_body, is_member), FIELD_BOOL},
};
static const struct json_shape status_shape = {status_rows, ARRAY_LEN(status_rows), NULL};
static const struct json_field member_rows[] = {
    {JSON_MEMBER(struct member_body, chat), FIELD_OBJECT, FIELD_REQUIRED},
    {JSON_MEMBER(struct member_body, from), FIELD_OBJECT, FIELD_REQUIRED},
    {JSON_MEMBER(struct member_body, new_chat_member), FIELD_OBJECT, FIELD_REQUIRED},
    {JSON_MEMBER(struct member_body, date), FIELD_I64, FIELD_REQUIRED, .min = 0, .max = TG_ID_MAX / 1000},
};
static const struct json_shape *const member_inner[ARRAY_LEN(member_rows)] = {&chat_shape, &user_shape,
                                                                              &status_shape, NULL};
static const struct json_shape member_shape = {member_rows, ARRAY_LEN(member_rows), member_inner};

static enum ecode read_member(const struct reader *r, json_t *object, const char *path, struct tg_update *u)
{
    struct member_body b = {.date = 0};
    struct status_body s = {.is_member = true};
    enum ecode rc = read_object(r, object, path, &member_shape, &b);
    if (!rc)
        rc = read_chat(r, b.chat, "my_chat_member.chat", &u->chat);
    if (!rc)
        rc = read_user(r, b.from, "my_chat_member.from", &u->from);
    if (!rc)
        rc = read_object(r, b.new_chat_member, "my_chat_member.new_chat_member", &status_shape, &s);
    if (rc)
        return rc;
    u->date = instant_from_ms(b.date * 1000);
    u->membership = strcmp(s.status, "kicked") == 0 ? TG_KICKED
                    : strcmp(s.status, "left") == 0 || (strcmp(s.status, "restricted") == 0 && !s.is_member)
                        ? TG_LEFT
                        : TG_IN;
    return E_OK;
}

static const struct json_field checkout_rows[] = {
    {JSON_MEMBER(struct payment_body, id), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 128},
    {JSON_MEMBER(struct payment_body, from), FIELD_OBJECT, FIELD_REQUIRED},
    PAYMENT_ROWS,
};
static const struct json_shape *const checkout_inner[ARRAY_LEN(checkout_rows)] = {NULL, &user_shape};
static const struct json_shape checkout_shape = {checkout_rows, ARRAY_LEN(checkout_rows), checkout_inner};

static enum ecode read_checkout(const struct reader *r, json_t *object, const char *path, struct tg_update *u)
{
    struct payment_body b = {.id = NULL};
    enum ecode rc = read_object(r, object, path, &checkout_shape, &b);
    if (!rc)
        rc = read_user(r, b.from, "pre_checkout_query.from", &u->from);
    if (rc)
        return rc;
    struct tg_pre_checkout *c = arena_alloc(r->arena, sizeof *c);
    *c = (struct tg_pre_checkout){b.id, payment_of(&b)};
    u->checkout = c;
    return E_OK;
}

struct subscription_body {
    json_t *user;
    const char *invoice_payload, *state;
};
static const struct json_field subscription_rows[] = {
    {JSON_MEMBER(struct subscription_body, user), FIELD_OBJECT, FIELD_REQUIRED},
    {JSON_MEMBER(struct subscription_body, invoice_payload), FIELD_STRING, FIELD_REQUIRED, .max = 1024},
    {JSON_MEMBER(struct subscription_body, state), FIELD_STRING, FIELD_REQUIRED, .max = 64},
};
static const struct json_shape *const subscription_inner[ARRAY_LEN(subscription_rows)] = {&user_shape};
static const struct json_shape subscription_shape = {subscription_rows, ARRAY_LEN(subscription_rows),
                                                     subscription_inner};

static enum ecode read_subscription(const struct reader *r, json_t *object, const char *path,
                                    struct tg_update *u)
{
    static const char *const states[] = {
        [TG_SUB_CANCELED] = "canceled", [TG_SUB_ACTIVE] = "active", [TG_SUB_FAILED] = "failed"};
    struct subscription_body b = {.user = NULL};
    int state = 0;
    enum ecode rc = read_object(r, object, path, &subscription_shape, &b);
    if (!rc)
        rc = read_user(r, b.user, "subscription.user", &u->from);
    if (rc)
        return rc;
    while (state < TG_SUB_OTHER && strcmp(states[state], b.state) != 0)
        state++;
    u->subscription = (enum tg_subscription_state)state;
    u->payload = b.invoice_payload;
    return E_OK;
}

/* ---- updates ---- */

struct update_body {
    int64_t update_id;
    json_t *message, *edited_message, *callback_query, *my_chat_member, *pre_checkout_query, *subscription;
};
static const struct json_field update_rows[] = {
    {JSON_MEMBER(struct update_body, update_id), FIELD_I64, FIELD_REQUIRED, .min = 0, .max = TG_ID_MAX},
    {JSON_MEMBER(struct update_body, message), FIELD_OBJECT},
    {JSON_MEMBER(struct update_body, edited_message), FIELD_OBJECT},
    {JSON_MEMBER(struct update_body, callback_query), FIELD_OBJECT},
    {JSON_MEMBER(struct update_body, my_chat_member), FIELD_OBJECT},
    {JSON_MEMBER(struct update_body, pre_checkout_query), FIELD_OBJECT},
    {JSON_MEMBER(struct update_body, subscription), FIELD_OBJECT},
};
static const struct json_shape *const update_inner[ARRAY_LEN(update_rows)] = {
    NULL,          &message_shape,  &message_shape,      &callback_shape,
    &member_shape, &checkout_shape, &subscription_shape,
};
static const struct json_shape update_shape = {update_rows, ARRAY_LEN(update_rows), update_inner};

/* Where a kind of update is, and who reads it. */
static const struct kind {
    const char *name;
    size_t offset;
    enum tg_kind kind;
    enum ecode (*read)(const struct reader *r, json_t *object, const char *path, struct tg_update *u);
} kinds[] = {
    {"message", offsetof(struct update_body, message), TG_MESSAGE, read_message},
    {"edited_message", offsetof(struct update_body, edited_message), TG_EDITED_MESSAGE, read_message},
    {"callback_query", offsetof(struct update_body, callback_query), TG_CALLBACK, read_callback},
    {"my_chat_member", offsetof(struct update_body, my_chat_member), TG_MEMBER, read_member},
    {"pre_checkout_query", offsetof(struct update_body, pre_checkout_query), TG_PRE_CHECKOUT, read_checkout},
    {"subscription", offsetof(struct update_body, subscription), TG_SUBSCRIPTION, read_subscription},
};

static enum ecode read_update(const struct reader *r, const char *data, size_t len, struct tg_update *u)
{
    struct json_span whole;
    struct update_body b = {.update_id = 0};
    json_t *root = NULL;
    if (len > TG_UPDATE_BYTES_MAX)
        return err_set(r->err, E_TOO_LARGE, "it has more than %u bytes", TG_UPDATE_BYTES_MAX);
    enum ecode rc = json_scan_file(data, len, &whole, r->err);
    if (!rc)
        rc = json_shape_read(r->arena, data, whole, &update_shape, &root, r->err);
    if (!rc)
        rc = read_object(r, root, "", &update_shape, &b);
    u->update_id = b.update_id;
    u->kind = TG_OTHER;
    for (size_t i = 0; i < ARRAY_LEN(kinds) && !rc && u->kind == TG_OTHER; i++) {
        json_t *object = *(json_t *const *)((const char *)&b + kinds[i].offset);
        if (object) {
            u->kind = kinds[i].kind;
            rc = kinds[i].read(r, object, kinds[i].name, u);
        }
    }
    return rc;
}

enum ecode tg_update_parse(struct arena *a, const char *data, size_t len, struct tg_update *out,
                           struct err *err)
{
    struct reader r = {a, err};
    struct tg_update u = {.from.first_name = ""};
    enum ecode rc = read_update(&r, data, len, &u);
    if (!rc) {
        *out = u;
        return E_OK;
    }
    struct json_span whole = {data, len};
    struct err ignored;
    out->update_id = 0;
    if (json_scan_file(data, len, &whole, &ignored) == E_OK)
        (void)tg_update_id(whole, &out->update_id);
    return err_wrap(err, "the update cannot be read%s%s", err->field[0] ? ": " : "", err->field);
}
