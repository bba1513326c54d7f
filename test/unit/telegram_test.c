#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "net/http_client.h"
#include "net/telegram.h"

/* Telegram's protocol: updates as structs, answers as verdicts, and what is refused, with the member's name.
 */

#define FROM                                                                                                 \
    "\"from\":{\"id\":5000000007,\"is_bot\":false,\"first_name\":\"Аня \\ud83c\\udf31\",\"last_name\":"   \
    "\"Б\",\"username\":\"anya\",\"language_code\":\"ru\",\"is_premium\":true}"
#define CHAT "\"chat\":{\"id\":5000000007,\"first_name\":\"Аня\",\"type\":\"private\"}"
#define MESSAGE(more) "\"message\":{\"message_id\":12," FROM "," CHAT ",\"date\":1764100000" more "}"
#define UPDATE(rest) "{\"update_id\":880000001," rest "}"

static struct arena *arena;

static int setup(void **state)
{
    arena = arena_new(TG_UPDATE_ARENA_BYTES);
    return 0;
}

static int teardown(void **state)
{
    arena_free(arena);
    return 0;
}

static struct tg_update parse(const char *json)
{
    struct tg_update u;
    struct err err;
    memset(&u, 0x55, sizeof u);
    arena_reset(arena);
    if (tg_update_parse(arena, json, strlen(json), &u, &err) != E_OK)
        fail_msg("%s: %s", json, err.text);
    return u;
}

static void reads_messages(void **state)
{
    struct tg_update u = parse(UPDATE(MESSAGE(",\"text\":\"привет \\ud83d\\udc4b\"")));
    assert_int_equal(u.update_id, 880000001);
    assert_int_equal(u.kind, TG_MESSAGE);
    assert_int_equal(u.from.id, 5000000007);
    assert_false(u.from.is_bot);
    assert_string_equal(u.from.first_name, "Аня 🌱");
    assert_string_equal(u.from.username, "anya");
    assert_string_equal(u.from.language_code, "ru");
    assert_int_equal(u.chat.id, 5000000007);
    assert_int_equal(u.chat.type, TG_PRIVATE);
    assert_int_equal(u.message_id, 12);
    assert_int_equal(u.date.ms, 1764100000000);
    assert_string_equal(u.message->text, "привет 👋");
    assert_null(u.message->command.name);
    assert_null(u.message->caption);
    assert_null(u.message->location);
    assert_null(u.message->document);
    assert_null(u.message->paid);
    assert_false(u.message->photo);
    assert_null(u.callback);
    u = parse(
        " \n" UPDATE("\"edited_message\":{\"message_id\":3,\"chat\":{\"id\":-1001234567890123,\"type\":"
                     "\"supergroup\",\"title\":\"x\"},\"date\":1,\"edit_date\":2,\"text\":\"a\"}") "\n");
    assert_int_equal(u.kind, TG_EDITED_MESSAGE);
    assert_int_equal(u.from.id, 0);
    assert_string_equal(u.from.first_name, "");
    assert_null(u.from.username);
    assert_int_equal(u.chat.id, -1001234567890123);
    assert_int_equal(u.chat.type, TG_SUPERGROUP);
}

static void reads_parts(void **state)
{
    struct tg_update u = parse(UPDATE(MESSAGE(",\"location\":{\"latitude\":-33.87,\"longitude\":151}")));
    assert_true(u.message->location->latitude < -33.86 && u.message->location->latitude > -33.88);
    assert_true(u.message->location->longitude > 150.9);
    u = parse(
        UPDATE(MESSAGE(",\"document\":{\"file_id\":\"BQAC\",\"file_unique_id\":\"u\",\"file_name\":"
                       "\"Loop Habits.db\",\"mime_type\":\"application/x-sqlite3\",\"file_size\":5000000000},"
                       "\"caption\":\"вот\"")));
    assert_string_equal(u.message->document->file_id, "BQAC");
    assert_string_equal(u.message->document->file_name, "Loop Habits.db");
    assert_string_equal(u.message->document->mime_type, "application/x-sqlite3");
    assert_int_equal(u.message->document->file_size, 5000000000);
    assert_string_equal(u.message->caption, "вот");
    assert_null(u.message->text);
    u = parse(UPDATE(MESSAGE(",\"document\":{\"file_id\":\"x\"}")));
    assert_int_equal(u.message->document->file_size, -1);
    assert_null(u.message->document->file_name);
    u = parse(UPDATE(MESSAGE(",\"photo\":[{\"file_id\":\"p\",\"width\":1,\"height\":1}]")));
    assert_true(u.message->photo);
}

static void reads_payments(void **state)
{
    struct tg_update u = parse(UPDATE(MESSAGE(
        ",\"successful_payment\":{\"currency\":\"XTR\",\"total_amount\":250,\"invoice_payload\":\"pay:1\","
        "\"telegram_payment_charge_id\":\"stxAbC\",\"provider_payment_charge_id\":\"7_1\","
        "\"subscription_expiration_date\":1766700000,\"is_recurring\":true,\"is_first_recurring\":true}")));
    const struct tg_payment *p = u.message->paid;
    assert_string_equal(p->currency, "XTR");
    assert_int_equal(p->total_amount, 250);
    assert_string_equal(p->payload, "pay:1");
    assert_string_equal(p->telegram_charge_id, "stxAbC");
    assert_string_equal(p->provider_charge_id, "7_1");
    assert_true(p->subscribed && p->recurring && p->first_recurring);
    assert_int_equal(p->subscription_expires_at.ms, 1766700000000);
    u = parse(
        UPDATE(MESSAGE(",\"refunded_payment\":{\"currency\":\"XTR\",\"total_amount\":250,\"invoice_payload\":"
                       "\"pay:1\",\"telegram_payment_charge_id\":\"stxAbC\"}")));
    assert_null(u.message->paid);
    assert_int_equal(u.message->refunded->total_amount, 250);
    assert_null(u.message->refunded->provider_charge_id);
    assert_false(u.message->refunded->subscribed);
    u = parse(UPDATE("\"pre_checkout_query\":{\"id\":\"9876543210987654321\"," FROM
                     ",\"currency\":\"XTR\",\"total_amount\":1,\"invoice_payload\":\"\"}"));
    assert_int_equal(u.kind, TG_PRE_CHECKOUT);
    assert_string_equal(u.checkout->id, "9876543210987654321");
    assert_int_equal(u.from.id, 5000000007);
    assert_int_equal(u.checkout->payment.total_amount, 1);
    assert_string_equal(u.checkout->payment.payload, "");
    assert_null(u.checkout->payment.telegram_charge_id);
    u = parse(UPDATE("\"subscription\":{\"user\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
                     "\"invoice_payload\":\"sub:1\",\"state\":\"canceled\"}"));
    assert_int_equal(u.kind, TG_SUBSCRIPTION);
    assert_int_equal(u.from.id, 7);
    assert_string_equal(u.payload, "sub:1");
    assert_int_equal(u.subscription, TG_SUB_CANCELED);
    u = parse(UPDATE("\"subscription\":{\"user\":{\"id\":7},\"invoice_payload\":\"\",\"state\":\"new\"}"));
    assert_int_equal(u.subscription, TG_SUB_OTHER);
}

static void reads_callbacks(void **state)
{
    struct tg_update u = parse(
        UPDATE("\"callback_query\":{\"id\":\"77\"," FROM ",\"message\":{\"message_id\":40," FROM "," CHAT
               ",\"date\":1764100000,\"text\":\"old\",\"reply_markup\":{\"inline_keyboard\":[[]]}},"
               "\"chat_instance\":\"-1\",\"data\":\"done:abc\"}"));
    assert_int_equal(u.kind, TG_CALLBACK);
    assert_string_equal(u.callback->id, "77");
    assert_string_equal(u.callback->data, "done:abc");
    assert_true(u.callback->accessible);
    assert_int_equal(u.chat.id, 5000000007);
    assert_int_equal(u.message_id, 40);
    assert_null(u.message);
    u = parse(UPDATE("\"callback_query\":{\"id\":\"77\"," FROM ",\"message\":{\"message_id\":40," CHAT
                     ",\"date\":0},\"chat_instance\":\"-1\",\"data\":\"x\"}"));
    assert_false(u.callback->accessible);
    assert_int_equal(u.message_id, 40);
    u = parse(UPDATE("\"callback_query\":{\"id\":\"77\"," FROM
                     ",\"inline_message_id\":\"i\",\"chat_instance\":\"1\"}"));
    assert_false(u.callback->accessible);
    assert_null(u.callback->data);
    assert_int_equal(u.chat.id, 0);
    u = parse(UPDATE("\"callback_query\":{\"id\":\"77\"," FROM ",\"message\":{\"message_id\":40," CHAT
                     ",\"date\":5,\"photo\":[{\"file_id\":\"x\"}],\"caption\":\"c\"},\"data\":\"x\"}"));
    assert_true(u.callback->accessible && u.callback->media);
    u = parse(UPDATE("\"callback_query\":{\"id\":\"1\"," FROM ",\"message\":{" CHAT "},\"data\":\"x\"}"));
    assert_true(u.callback->accessible && !u.callback->media); /* an emulator that tells no more */
    assert_int_equal(u.message_id, 0);
    assert_int_equal(u.date.ms, 0);
}

static void reads_members_and_others(void **state)
{
    static const struct {
        const char *status;
        enum tg_membership expected;
    } cases[] = {
        {"\"member\"", TG_IN},
        {"\"administrator\"", TG_IN},
        {"\"creator\"", TG_IN},
        {"\"kicked\",\"until_date\":0", TG_KICKED},
        {"\"left\"", TG_LEFT},
        {"\"restricted\",\"is_member\":true", TG_IN},
        {"\"restricted\",\"is_member\":false", TG_LEFT},
    };
    char json[1024];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(json, sizeof json,
                 UPDATE("\"my_chat_member\":{" CHAT "," FROM ",\"date\":5,\"old_chat_member\":{\"status\":"
                        "\"member\"},\"new_chat_member\":{\"user\":{\"id\":1},\"status\":%s}}"),
                 cases[i].status);
        struct tg_update u = parse(json);
        assert_int_equal(u.kind, TG_MEMBER);
        assert_int_equal(u.membership, cases[i].expected);
        assert_int_equal(u.from.id, 5000000007);
        assert_int_equal(u.date.ms, 5000);
    }
    struct tg_update u = parse(UPDATE("\"poll\":{\"id\":\"1\"}"));
    assert_int_equal(u.kind, TG_OTHER);
    assert_int_equal(u.update_id, 880000001);
    u = parse("{\"update_id\":0}");
    assert_int_equal(u.kind, TG_OTHER);
}

static void reads_commands(void **state)
{
    static const struct {
        const char *text, *name, *bot, *argument;
    } cases[] = {
        {"/start", "start", NULL, ""},
        {"/start ref_Ab1", "start", NULL, "ref_Ab1"},
        {"/start@HabitBot  ref_x \\n", "start", "HabitBot", "ref_x"},
        {"/Delete_Me", "delete_me", NULL, ""},
        {"/add\\nдва слова", "add", NULL, "два слова"},
        {"/", NULL, NULL, ""},
        {"/ start", NULL, NULL, ""},
        {"start", NULL, NULL, ""},
        {" /start", NULL, NULL, ""},
        {"/start@", NULL, NULL, ""},
        {"/start!", NULL, NULL, ""},
        {"/старт", NULL, NULL, ""},
        {"/start@bot!", NULL, NULL, ""},
        {"/abcdefghijklmnopqrstuvwxyz_123456", NULL, NULL, ""}, /* 33 characters */
        {"", NULL, NULL, ""},
    };
    char json[1024];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(json, sizeof json, UPDATE(MESSAGE(",\"text\":\"%s\"")), cases[i].text);
        struct tg_update u = parse(json);
        const struct tg_command *c = &u.message->command;
        assert_int_equal(c->name == NULL, cases[i].name == NULL);
        assert_int_equal(c->bot == NULL, cases[i].bot == NULL);
        if (c->name)
            assert_string_equal(c->name, cases[i].name);
        if (c->bot)
            assert_string_equal(c->bot, cases[i].bot);
        assert_string_equal(c->argument, cases[i].argument);
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *json;
        enum ecode code;
        const char *field;
        int64_t update_id;
    } cases[] = {
        {"", E_MALFORMED, "", 0},
        {"[]", E_MALFORMED, "", 0},
        {"{\"update_id\":1", E_MALFORMED, "", 0},
        {"{\"update_id\":1,\"message\":{}}x", E_MALFORMED, "", 0},
        {"{}", E_INVALID, "update_id", 0},
        {"{\"update_id\":\"1\"}", E_INVALID, "update_id", 0},
        {"{\"update_id\":-1}", E_INVALID, "update_id", 0},
        {"{\"update_id\":99999999999999999999}", E_MALFORMED, "", 0},
        {UPDATE("\"message\":[]"), E_INVALID, "message", 880000001},
        {UPDATE("\"message\":null"), E_INVALID, "message", 880000001},
        {UPDATE("\"message\":{\"date\":1," CHAT "}"), E_INVALID, "message.message_id", 880000001},
        {UPDATE("\"message\":{\"message_id\":1," CHAT "}"), E_INVALID, "message.date", 880000001},
        {UPDATE("\"message\":{\"message_id\":1,\"date\":1}"), E_INVALID, "message.chat", 880000001},
        {UPDATE("\"message\":{\"message_id\":1.5,\"date\":1," CHAT "}"), E_INVALID, "message.message_id",
         880000001},
        {UPDATE("\"message\":{\"message_id\":1,\"date\":99999999999999," CHAT "}"), E_INVALID, "message.date",
         880000001},
        {UPDATE("\"message\":{\"message_id\":1,\"date\":1,\"chat\":{\"id\":0,\"type\":\"private\"}}"),
         E_INVALID, "message.chat", 880000001},
        {UPDATE("\"message\":{\"message_id\":1,\"date\":1," CHAT ",\"from\":{\"id\":-5}}"), E_INVALID,
         "message.from.id", 880000001},
        {UPDATE(MESSAGE(",\"text\":5")), E_INVALID, "message.text", 880000001},
        {UPDATE(MESSAGE(",\"text\":\"SECRET\\u0000\"")), E_MALFORMED, "", 880000001},
        {UPDATE(MESSAGE(",\"text\":\"SECRET\\ud83d\"")), E_MALFORMED, "", 880000001},
        {UPDATE(MESSAGE(",\"text\":\"SECRET\xff\"")), E_MALFORMED, "", 880000001},
        {UPDATE(MESSAGE(",\"text\":\"SECRET\",\"text\":\"SECRET\"")), E_MALFORMED, "", 880000001},
        {UPDATE(MESSAGE(",\"location\":{\"latitude\":91,\"longitude\":0}")), E_INVALID, "message.location",
         880000001},
        {UPDATE(MESSAGE(",\"location\":{\"latitude\":\"1\",\"longitude\":0}")), E_INVALID, "message.location",
         880000001},
        {UPDATE(MESSAGE(",\"document\":{\"file_name\":\"a\"}")), E_INVALID, "message.document.file_id",
         880000001},
        {UPDATE(MESSAGE(",\"document\":{\"file_id\":\"a\",\"file_size\":-1}")), E_INVALID,
         "message.document.file_size", 880000001},
        {UPDATE(MESSAGE(
             ",\"successful_payment\":{\"currency\":\"XTR\",\"total_amount\":-1,\"invoice_payload\":\"\","
             "\"telegram_payment_charge_id\":\"x\"}")),
         E_INVALID, "message.successful_payment.total_amount", 880000001},
        {UPDATE(MESSAGE(
             ",\"successful_payment\":{\"currency\":\"XTR\",\"total_amount\":1,\"invoice_payload\":\"\"}")),
         E_INVALID, "message.successful_payment.telegram_payment_charge_id", 880000001},
        {UPDATE("\"callback_query\":{\"id\":\"7\"}"), E_INVALID, "callback_query.from", 880000001},
        {UPDATE("\"callback_query\":{\"id\":7," FROM "}"), E_INVALID, "callback_query.id", 880000001},
        {UPDATE("\"pre_checkout_query\":{\"id\":\"7\"," FROM "}"), E_INVALID, "pre_checkout_query.currency",
         880000001},
        {UPDATE("\"my_chat_member\":{" CHAT "," FROM ",\"date\":1}"), E_INVALID,
         "my_chat_member.new_chat_member", 880000001},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tg_update u = {.update_id = 5, .kind = TG_MEMBER};
        struct err err;
        arena_reset(arena);
        enum ecode rc = tg_update_parse(arena, cases[i].json, strlen(cases[i].json), &u, &err);
        if (rc != cases[i].code || strcmp(err.field, cases[i].field) != 0)
            fail_msg("%s: %s, field '%s': %s", cases[i].json, ecode_name(rc), err.field, err.text);
        assert_int_equal(u.update_id, cases[i].update_id);
        assert_int_equal(u.kind, TG_MEMBER);
        assert_null(strstr(err.text, "SECRET"));
        assert_non_null(strstr(err.text, "the update cannot be read"));
        assert_non_null(strstr(err.text, cases[i].field));
    }
}

/* What is not read may be anything: nested without end, with bytes nobody can keep, or far too long. */
static void passes_over_the_rest(void **state)
{
    struct buf b;
    struct tg_update u;
    struct err err;
    buf_init(&b, 2 << 20);
    buf_str(&b, "{\"update_id\":880000001,\"message\":{\"rich_message\":");
    for (int i = 0; i < 10000; i++)
        buf_str(&b, "[{\"a\":");
    buf_str(&b, "\"\xff\\ud800\"");
    for (int i = 0; i < 10000; i++)
        buf_str(&b, "}]");
    buf_str(&b, ",\"message_id\":12," FROM "," CHAT ",\"date\":1,\"text\":\"");
    for (int i = 0; i < 4096 / 2; i++)
        buf_str(&b, "\\ud83c\\udf31");
    buf_str(&b, "\"}}");
    arena_reset(arena);
    assert_int_equal(tg_update_parse(arena, b.data, b.len, &u, &err), E_OK);
    assert_int_equal(strlen(u.message->text), 8192);
    assert_true(arena_used(arena) < TG_UPDATE_ARENA_BYTES / 4);
    while (b.len <= TG_UPDATE_BYTES_MAX)
        buf_str(&b, "                                                                ");
    assert_int_equal(tg_update_parse(arena, b.data, b.len, &u, &err), E_TOO_LARGE);
    assert_int_equal(u.update_id, 880000001);
    buf_release(&b);
}

static void splits_updates(void **state)
{
    static struct tg_updates u;
    struct err err;
    const char *json = "{\"ok\":true,\"result\":[ {\"update_id\":7,\"message\":{\"text\":\"\\u0000\"}} ,\n"
                       "{\"message\":{\"update_id\":3},\"update_id\":9}, {\"poll\":{}}, 5, null,"
                       "{\"update_id\":\"8\"},{\"update_id\":10}]}";
    assert_int_equal(tg_updates_split(json, strlen(json), &u, &err), E_OK);
    assert_int_equal(u.n, 3);
    assert_int_equal(u.unreadable, 4);
    assert_int_equal(u.items[0].update_id, 7);
    assert_true(json_span_is(u.items[0].json, "{\"update_id\":7,\"message\":{\"text\":\"\\u0000\"}}"));
    assert_int_equal(u.items[1].update_id, 9);
    assert_int_equal(u.items[2].update_id, 10);
    json = "{\"ok\":true,\"result\":[]}";
    assert_int_equal(tg_updates_split(json, strlen(json), &u, &err), E_OK);
    assert_int_equal(u.n, 0);
    static const struct {
        const char *json;
        enum ecode code;
    } bad[] = {
        {"", E_MALFORMED},
        {"<html>", E_MALFORMED},
        {"{\"ok\":true,\"result\":[{\"update_id\":1},", E_MALFORMED},
        {"{\"ok\":true,\"result\":[{\"update_id\":1}{\"update_id\":2}]}", E_MALFORMED},
        {"{\"ok\":true,\"result\":{}}", E_MALFORMED},
        {"{\"ok\":true}", E_INVALID},
        {"{\"ok\":false,\"error_code\":409,\"description\":\"Conflict\"}", E_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(tg_updates_split(bad[i].json, strlen(bad[i].json), &u, &err), bad[i].code);
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_str(&b, "{\"ok\":true,\"result\":[");
    for (int i = 0; i < TG_UPDATES_MAX + 50; i++)
        buf_printf(&b, "%s{\"update_id\":%d}", i ? "," : "", i);
    buf_str(&b, "]}");
    assert_int_equal(tg_updates_split(b.data, b.len, &u, &err), E_OK);
    assert_int_equal(u.n, TG_UPDATES_MAX); /* the others come again: their ids are not confirmed */
    buf_release(&b);
}

static void reads_answers(void **state)
{
    struct tg_answer a;
    struct err err;
    const char *json = "{\"ok\":true,\"result\":{\"message_id\":41,\"chat\":{\"id\":1},\"text\":\"x\"}}";
    assert_int_equal(tg_answer_parse(arena, json, strlen(json), &a, &err), E_OK);
    assert_true(a.ok);
    assert_int_equal(a.message_id, 41);
    assert_null(a.file_path);
    assert_true(json_span_is(a.result, "{\"message_id\":41,\"chat\":{\"id\":1},\"text\":\"x\"}"));
    json = "{\"ok\":true,\"result\":{\"file_id\":\"f\",\"file_size\":120,\"file_path\":\"documents/"
           "file_1.db\"}}";
    assert_int_equal(tg_answer_parse(arena, json, strlen(json), &a, &err), E_OK);
    assert_string_equal(a.file_path, "documents/file_1.db");
    assert_int_equal(a.file_size, 120);
    json = "{\"ok\":true,\"result\":\"https://t.me/$abc\"}";
    assert_int_equal(tg_answer_parse(arena, json, strlen(json), &a, &err), E_OK);
    assert_true(json_span_is(a.result, "\"https://t.me/$abc\""));
    assert_int_equal(a.message_id, 0);
    assert_int_equal(a.file_size, -1);
    json = "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was upgraded to a "
           "supergroup "
           "chat\",\"parameters\":{\"migrate_to_chat_id\":-1001234567890}}";
    assert_int_equal(tg_answer_parse(arena, json, strlen(json), &a, &err), E_OK);
    assert_false(a.ok);
    assert_int_equal(a.error_code, 400);
    assert_int_equal(a.migrate_to_chat_id, -1001234567890);
    assert_int_equal(a.retry_after_s, -1);
    json = "{\"ok\":true}";
    assert_int_equal(tg_answer_parse(arena, json, strlen(json), &a, &err), E_INVALID);
    json = "{\"message\":\"API method is not supported\"}";
    assert_int_equal(tg_answer_parse(arena, json, strlen(json), &a, &err), E_INVALID);
    assert_string_equal(err.field, "ok");
    json = "<html>502</html>";
    assert_int_equal(tg_answer_parse(arena, json, strlen(json), &a, &err), E_MALFORMED);
}

static enum tg_verdict judge(enum http_call_outcome outcome, int status, const char *body,
                             struct tg_answer *a)
{
    struct http_call call;
    http_call_init(&call);
    call.outcome = outcome;
    call.status = status;
    buf_init(&call.answer, 1 << 16);
    buf_str(&call.answer, body);
    enum tg_verdict v = tg_judge(arena, &call, a);
    a->result = (struct json_span){NULL, 0};
    http_call_release(&call);
    return v;
}

static void judges(void **state)
{
#define NO(code, text) "{\"ok\":false,\"error_code\":" #code ",\"description\":\"" text "\"}"
    static const struct {
        int status;
        const char *body;
        enum tg_verdict expected;
    } cases[] = {
        {200, "{\"ok\":true,\"result\":true}", TG_SENT},
        {200, "{\"ok\":true,\"result\":null}", TG_SENT},
        {400,
         NO(400, "Bad Request: message is not modified: specified new message content and reply markup are "
                 "exactly the "
                 "same as a current content and reply markup of the message"),
         TG_ALREADY},
        {400, NO(400, "Bad Request: CHARGE_ALREADY_REFUNDED"), TG_ALREADY},
        {403, NO(403, "Forbidden: bot was blocked by the user"), TG_BLOCKED},
        {403, NO(403, "Forbidden: user is deactivated"), TG_BLOCKED},
        {403, NO(403, "Forbidden: bot can't initiate conversation with a user"), TG_BLOCKED},
        {403, NO(403, "Forbidden: bot was kicked from the supergroup chat"), TG_BLOCKED},
        {400, NO(400, "Bad Request: chat not found"), TG_BLOCKED},
        {400, NO(400, "Bad Request: private chat not found"), TG_BLOCKED},
        {400, NO(400, "Bad Request: PEER_ID_INVALID"), TG_BLOCKED},
        {400, NO(400, "Bad Request: message to edit not found"), TG_GONE},
        {400, NO(400, "Bad Request: message can't be edited"), TG_GONE},
        {400, NO(400, "Bad Request: message to delete not found"), TG_GONE},
        {400, NO(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
         TG_GONE},
        {400, NO(400, "Bad Request: can't parse entities: Unsupported start tag"), TG_REFUSED},
        {400, NO(400, "Bad Request: message is too long"), TG_REFUSED},
        {413, NO(413, "Request Entity Too Large"), TG_REFUSED},
        {401, NO(401, "Unauthorized"), TG_UNAUTHORIZED},
        {401, NO(401, "Unauthorized: invalid token specified"), TG_UNAUTHORIZED},
        {404, NO(404, "Not Found"), TG_UNAUTHORIZED},
        {404, NO(404, "Not Found: method not found"), TG_REFUSED},
        {409,
         NO(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
                 "running"),
         TG_CONFLICT},
        {429, NO(429, "Too Many Requests: retry after 5"), TG_RETRY_AFTER},
        {500, NO(500, "Internal Server Error"), TG_SERVER_ERROR},
        {500, NO(500, "Internal Server Error: Request aborted"), TG_UNKNOWN},
        {502, NO(502, "Bad Gateway"), TG_SERVER_ERROR},
        {504, NO(504, "Gateway Timeout"), TG_UNKNOWN},
        {502, "<html><title>502 Bad Gateway</title></html>", TG_UNKNOWN},
        {504, "", TG_UNKNOWN},
        {503, "<html>", TG_SERVER_ERROR},
        {200, "", TG_UNKNOWN},
        {200, "{\"ok\":true,\"result\":{\"message_id\":", TG_UNKNOWN},
        {302, "", TG_SERVER_ERROR},
        {403, "<html>a proxy's no</html>", TG_SERVER_ERROR}, /* blocks nobody */
        {404, "<html>", TG_SERVER_ERROR},
        {413, "<html>", TG_REFUSED},
        {429, "", TG_RETRY_AFTER},
    };
    struct tg_answer a;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum tg_verdict v = judge(HTTP_CALL_ANSWERED, cases[i].status, cases[i].body, &a);
        if (v != cases[i].expected)
            fail_msg("%d %s: %s", cases[i].status, cases[i].body, tg_verdict_name(v));
        assert_int_equal(a.error_code, v == TG_SENT ? 0 : cases[i].status);
        assert_non_null(a.description);
    }
    assert_int_equal(judge(HTTP_CALL_NOT_SENT, 0, "", &a), TG_NOT_SENT);
    assert_int_equal(judge(HTTP_CALL_UNKNOWN, 200, "{\"ok\":true,\"result\":true}", &a), TG_UNKNOWN);
    judge(HTTP_CALL_ANSWERED, 429,
          "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many "
          "Requests\",\"parameters\":{\"retry_after\":35}}",
          &a);
    assert_int_equal(a.retry_after_s, 35);
    judge(HTTP_CALL_ANSWERED, 429, "", &a);
    assert_true(a.retry_after_s > 0);
}

static void makes_urls(void **state)
{
    struct buf b;
    buf_init(&b, 1024);
    tg_url(&b, "https://api.telegram.org", "1:A", "getMe");
    assert_string_equal(buf_text(&b), "https://api.telegram.org/bot1:A/getMe");
    buf_clear(&b);
    tg_url(&b, "http://127.0.0.1:8081/", "1:A", "sendMessage");
    assert_string_equal(buf_text(&b), "http://127.0.0.1:8081/bot1:A/sendMessage");
    buf_clear(&b);
    tg_file_url(&b, "http://[::1]:8081/x/", "1:A", "documents/a b?ц.db");
    assert_string_equal(buf_text(&b), "http://[::1]:8081/x/file/bot1:A/documents/a%20b%3F%D1%86.db");
    buf_release(&b);
}

static void counts_units(void **state)
{
    static const struct {
        const char *html;
        size_t units;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"привет", 6},
        {"🌱", 2},
        {"👨‍👩‍👧", 8},
        {"<b>жирный</b> &amp; <a href=\"x\">y</a>", 10},
        {"a &lt;b&gt; c", 7},
        {"&#128512;&#x1F600;&#65;&#x41;&#x00041;", 7},
        {"a & b; c < d", 12},
        {"AT&T rules; ok", 14},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *exact = malloc(strlen(cases[i].html) + 1);
        memcpy(exact, cases[i].html, strlen(cases[i].html));
        size_t n = tg_html_units(exact, strlen(cases[i].html));
        free(exact);
        if (n != cases[i].units)
            fail_msg("%s: %zu", cases[i].html, n);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_messages),
        TEST(reads_parts),
        TEST(reads_payments),
        TEST(reads_callbacks),
        TEST(reads_members_and_others),
        TEST(reads_commands),
        TEST(refuses),
        TEST(passes_over_the_rest),
        TEST(splits_updates),
        TEST(reads_answers),
        TEST(judges),
        TEST(makes_urls),
        TEST(counts_units),
    };
    return cmocka_run_group_tests_name("telegram", tests, NULL, NULL);
}
