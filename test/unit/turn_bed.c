#include "turn_bed.h"

#include <jansson.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "domain/lease/lease.h"
#include "domain/message/outbox.h"
#include "domain/user/user.h"
#include "edge/bot/turn.h"
#include "edge/bot/view.h"
#include "test.h"

#define SCREEN_BYTES_MAX (4u << 20)
#define ROUNDS_MAX 200 /* of claims after one update: more is a loop */

static const struct uuid holder = {{7}};

static struct arena *arena(struct turn_bed *b)
{
    return b->domain.base.arena;
}

bool turn_bed_init(struct turn_bed *b, enum db_engine engine, const char *language)
{
    memset(b, 0, sizeof *b);
    if (!domain_bed_init(&b->domain, engine))
        return false;
    b->app = (struct bot_app){.username = "habitd_test_bot"};
    b->telegram_id = 7;
    b->update_id = 1000;
    b->last_message_id = 100;
    b->language = language;
    b->first_name = strcmp(language, "ru") == 0 ? "Нина" : "Nina";
    b->chat = arena_array(arena(b), TURN_BED_MESSAGES_MAX, sizeof *b->chat);
    domain_bed_ok(&b->domain,
                  lease_take(&b->domain.ctx, LEASE_BOT, &holder, duration_seconds(15), &b->fence));
    return true;
}

void turn_bed_release(struct turn_bed *b)
{
    domain_bed_release(&b->domain);
}

struct ctx *turn_bed_ctx(struct turn_bed *b)
{
    domain_bed_ok(&b->domain, ctx_act_as(&b->domain.ctx, &b->user_id));
    return &b->domain.ctx;
}

void turn_bed_settle_in(struct turn_bed *b, const char *zone)
{
    struct user_view me;
    struct user_change change = {.has_timezone = true, .timezone = zone};
    turn_bed_says(b, "/start");
    turn_bed_says(b, "/cancel");
    domain_bed_ok(&b->domain, user_update(turn_bed_ctx(b), &change, &me));
    b->n_messages = b->seen = 0;
}

/* --- the chat ------------------------------------------------------------------------------------------ */

static struct turn_bed_message *find(struct turn_bed *b, int64_t id)
{
    for (size_t i = 0; i < b->n_messages; i++) {
        if (b->chat[i].id == id)
            return &b->chat[i];
    }
    return NULL;
}

static struct turn_bed_message *add(struct turn_bed *b, bool mine, const char *text)
{
    CHECK(b->n_messages < TURN_BED_MESSAGES_MAX);
    struct turn_bed_message *m = &b->chat[b->n_messages++];
    *m = (struct turn_bed_message){.id = ++b->last_message_id, .mine = mine, .text = text};
    return m;
}

static void put_buttons(struct buf *out, const struct turn_bed_message *m)
{
    for (size_t i = 0; i < m->n_buttons; i++)
        buf_printf(out, "%s[%s]", m->buttons[i].new_row ? "\n    " : " ", m->buttons[i].label);
    buf_char(out, '\n');
}

const char *turn_bed_screen(struct turn_bed *b)
{
    struct buf out;
    buf_init(&out, SCREEN_BYTES_MAX);
    for (size_t i = 0; i < b->n_messages; i++) {
        const struct turn_bed_message *m = &b->chat[i];
        buf_printf(&out, "%s%lld%s\n", m->mine ? "> " : "", (long long)m->id, m->edits ? " (edited)" : "");
        for (const char *p = m->text; *p;) {
            size_t n = strcspn(p, "\n");
            buf_printf(&out, "    %.*s\n", (int)n, p);
            p += n + (p[n] == '\n');
        }
        if (m->n_buttons)
            put_buttons(&out, m);
    }
    if (b->toast)
        buf_printf(&out, "(%s) %s\n", b->toast_alert ? "window" : "toast", b->toast);
    const char *text = arena_strdup(arena(b), buf_text(&out));
    buf_release(&out);
    return text;
}

const struct turn_bed_message *turn_bed_last(struct turn_bed *b)
{
    const struct turn_bed_message *last = NULL;
    for (size_t i = 0; i < b->n_messages; i++) {
        if (!b->chat[i].mine && (!last || b->chat[i].changed > last->changed))
            last = &b->chat[i];
    }
    if (!last)
        fail_msg("the bot has said nothing");
    return last;
}

const struct turn_bed_message *turn_bed_newest(struct turn_bed *b)
{
    for (size_t i = b->n_messages; i-- > 0;) {
        if (!b->chat[i].mine)
            return &b->chat[i];
    }
    fail_msg("the bot has said nothing");
    return NULL;
}

static const struct turn_bed_button *button_of(const struct turn_bed_message *m, const char *label)
{
    for (size_t i = 0; i < m->n_buttons; i++) {
        if (strcmp(m->buttons[i].label, label) == 0)
            return &m->buttons[i];
    }
    for (size_t i = 0; i < m->n_buttons; i++) {
        if (strstr(m->buttons[i].label, label))
            return &m->buttons[i];
    }
    return NULL;
}

const struct turn_bed_button *turn_bed_button(struct turn_bed *b, const char *label)
{
    return button_of(turn_bed_last(b), label);
}

void turn_bed_sees(struct turn_bed *b, const char *text)
{
    if (!strstr(turn_bed_last(b)->text, text))
        fail_msg("the last message has no \"%s\":\n%s", text, turn_bed_screen(b));
}

void turn_bed_sees_not(struct turn_bed *b, const char *text)
{
    if (strstr(turn_bed_last(b)->text, text))
        fail_msg("the last message has \"%s\":\n%s", text, turn_bed_screen(b));
}

void turn_bed_sees_toast(struct turn_bed *b, const char *text)
{
    if (!b->toast || !strstr(b->toast, text))
        fail_msg("the press did not say \"%s\":\n%s", text, turn_bed_screen(b));
}

/* --- what the bot sends -------------------------------------------------------------------------------- */

static void read_buttons(struct turn_bed *b, struct turn_bed_message *m, json_t *markup)
{
    json_t *row, *button;
    size_t i, k;
    m->n_buttons = 0;
    m->keyboard_change = json_object_get(markup, "keyboard") || json_object_get(markup, "remove_keyboard");
    json_array_foreach(json_object_get(markup, "inline_keyboard"), i, row)
    {
        json_array_foreach(row, k, button)
        {
            CHECK(m->n_buttons < TURN_BED_BUTTONS_MAX);
            m->buttons[m->n_buttons++] = (struct turn_bed_button){
                .label = arena_strdup(arena(b), json_string_value(json_object_get(button, "text"))),
                .data = arena_strdup(arena(b), json_string_value(json_object_get(button, "callback_data"))),
                .url = arena_strdup(arena(b), json_string_value(json_object_get(button, "url"))),
                .new_row = k == 0,
            };
        }
    }
}

/* Telegram takes the request; returns the message's id. */
static int64_t take(struct turn_bed *b, const struct outbox_item *item)
{
    struct turn_bed_message *m = NULL;
    json_error_t error;
    json_t *root = json_loads(item->payload, 0, &error);
    assert_non_null(root);
    if (strcmp(item->method, "editMessageText") == 0) {
        m = find(b, item->message_id);
        if (!m)
            fail_msg("the edited message %lld is not there", (long long)item->message_id);
        m->edits++;
    } else {
        m = add(b, false, "");
    }
    m->changed = ++b->changes;
    const char *text = json_string_value(json_object_get(root, item->drawn ? "caption" : "text"));
    m->text = arena_strdup(arena(b), text ? text : "");
    m->method = arena_strdup(arena(b), item->method);
    m->file = item->drawn;
    read_buttons(b, m, json_object_get(root, "reply_markup"));
    json_decref(root);
    return m->id;
}

void turn_bed_send(struct turn_bed *b)
{
    struct ctx *ctx = &b->domain.ctx;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct outbox_claimed claimed;
        struct outbox_tally tally;
        struct outbox_claim_query q = {.fence = b->fence,
                                       .lease_ttl = duration_seconds(15),
                                       .max = {10, 10, 10, 10},
                                       .draw = view_draw_item,
                                       .arg = &b->app};
        ctx->actor = (struct actor){.role = ROLE_SYSTEM};
        domain_bed_ok(&b->domain, outbox_claim(ctx, &q, &claimed));
        assert_int_equal(claimed.failed, 0);
        for (size_t i = 0; i < claimed.count; i++) {
            const struct outbox_item *item = &claimed.items[i];
            struct outbox_result r = {.user_id = item->user_id, .id = item->id, .end = END_SENT};
            r.message_id = take(b, item);
            domain_bed_ok(&b->domain, outbox_settle(ctx, b->fence, &r, 1, &tally));
        }
        if (claimed.count == 0 && !claimed.more)
            return;
    }
    fail_msg("the bot does not stop:\n%s", turn_bed_screen(b));
}

/* --- what the person does ------------------------------------------------------------------------------ */

void turn_bed_update(struct turn_bed *b, const char *json)
{
    struct tg_update update;
    struct ctx *ctx = &b->domain.ctx;
    const char *body = arena_printf(arena(b), "{\"update_id\":%lld,%s}", (long long)++b->update_id, json);
    b->seen = b->n_messages;
    domain_bed_ok(&b->domain, tg_update_parse(arena(b), body, strlen(body), &update, &ctx->err));
    ctx->actor = (struct actor){.role = ROLE_SYSTEM};
    ctx->locked = false;
    b->code = turn_act(ctx, &b->app, &update, &b->toast, &b->toast_alert);
    domain_bed_ok(&b->domain, b->code);
    if (uuid_is_zero(&b->user_id))
        domain_bed_ok(&b->domain, user_find_telegram(ctx, b->telegram_id, &b->user_id));
    turn_bed_send(b);
}

static const char *json_text(struct turn_bed *b, const char *text)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, SCREEN_BYTES_MAX);
    json_writer_init(&w, &out);
    json_put_string(&w, text);
    const char *json = arena_strdup(arena(b), buf_text(&out));
    buf_release(&out);
    return json;
}

/* "from" and "chat" */
static const char *people(struct turn_bed *b, bool with_from)
{
    const char *from = arena_printf(
        arena(b), "\"from\":{\"id\":%lld,\"is_bot\":false,\"first_name\":\"%s\",\"language_code\":\"%s\"}",
        (long long)b->telegram_id, b->first_name, b->language);
    return arena_printf(arena(b), "%s\"chat\":{\"id\":%lld,\"type\":\"private\",\"first_name\":\"%s\"}",
                        with_from ? arena_printf(arena(b), "%s,", from) : "", (long long)b->telegram_id,
                        b->first_name);
}

void turn_bed_says(struct turn_bed *b, const char *text)
{
    struct turn_bed_message *m = add(b, true, arena_strdup(arena(b), text));
    const char *entities = "";
    if (text[0] == '/')
        entities =
            arena_printf(arena(b), ",\"entities\":[{\"type\":\"bot_command\",\"offset\":0,\"length\":%zu}]",
                         strcspn(text, " \n"));
    turn_bed_update(b,
                    arena_printf(arena(b), "\"message\":{\"message_id\":%lld,\"date\":%lld,%s,\"text\":%s%s}",
                                 (long long)m->id, (long long)(b->domain.ctx.now.ms / 1000), people(b, true),
                                 json_text(b, text), entities));
}

void turn_bed_presses_data(struct turn_bed *b, const char *data, int64_t message_id)
{
    const struct turn_bed_message *m = message_id ? find(b, message_id) : turn_bed_last(b);
    assert_non_null(m);
    const char *from = arena_printf(
        arena(b), "\"from\":{\"id\":%lld,\"is_bot\":false,\"first_name\":\"%s\",\"language_code\":\"%s\"}",
        (long long)b->telegram_id, b->first_name, b->language);
    turn_bed_update(b,
                    arena_printf(arena(b),
                                 "\"callback_query\":{\"id\":\"%lld\",%s,\"chat_instance\":\"1\",\"data\":%s,"
                                 "\"message\":{\"message_id\":%lld,\"date\":%lld,%s,\"text\":\"x\"}}",
                                 (long long)b->update_id, from, json_text(b, data), (long long)m->id,
                                 (long long)(b->domain.ctx.now.ms / 1000), people(b, false)));
}

void turn_bed_presses(struct turn_bed *b, const char *label)
{
    for (size_t i = b->n_messages; i-- > 0;) {
        const struct turn_bed_button *button = button_of(&b->chat[i], label);
        if (!button)
            continue;
        assert_non_null(button->data);
        turn_bed_presses_data(b, button->data, b->chat[i].id);
        return;
    }
    fail_msg("there is no button \"%s\":\n%s", label, turn_bed_screen(b));
}
