#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "edge/bot/runtime.h"
#include "edge/bot/text.h"
#include "net/telegram.h"

/*
 * How the bot presents itself: the menu of commands in every language, and the button that opens it. Said
 * once by the instance that holds the lease; and the bot's own name is asked for by each. A server that does
 * not know one of these methods is served all the same.
 */
#define CALL_TIMEOUT_MS 30000
#define PARAMS_MAX 16384
#define TRIES_MAX 10 /* of a method that the server fails at: it may be one that it lacks */

/* The menu, in its order. Each is in dispatch.c's table too. */
static const struct {
    const char *name;
    enum text_id says;
} menu[] = {
    {"today", TEXT_COMMAND_TODAY},   {"add", TEXT_COMMAND_ADD},           {"habits", TEXT_COMMAND_HABITS},
    {"stats", TEXT_COMMAND_STATS},   {"settings", TEXT_COMMAND_SETTINGS}, {"zone", TEXT_COMMAND_ZONE},
    {"export", TEXT_COMMAND_EXPORT}, {"premium", TEXT_COMMAND_PREMIUM},   {"invite", TEXT_COMMAND_INVITE},
    {"help", TEXT_COMMAND_HELP},     {"web", TEXT_COMMAND_WEB},
};

struct step {
    struct bot *b;
    int64_t fence; /* 0: the lease does not matter */
    struct arena *arena;
};

/*
 * Calls until it was answered; false: the bot stops, or the lease is lost. A refusal is an answer: `result`
 * is empty then.
 */
static bool call(struct step *s, const char *method, const char *params, struct json_span *result)
{
    struct request_spec spec = {.method = method, .params = params, .timeout_ms = CALL_TIMEOUT_MS};
    struct hold *hold = &s->b->hold;
    struct arena *once = arena_new(BOT_ARENA_BYTES); /* an outage may last for days */
    bool done = false, going = true;
    for (int failures = 1; !done && going; failures++) {
        struct request r;
        struct tg_answer answer = {.ok = false};
        struct err err;
        enum tg_verdict v = TG_NOT_SENT;
        arena_reset(once);
        bool called = bot_call(s->b, s->fence, &r, once, &spec, &err) == E_OK;
        if (called)
            v = tg_judge(once, &r.call, &answer);
        bool answered = v != TG_NOT_SENT && v != TG_UNKNOWN && v != TG_RETRY_AFTER;
        done = v == TG_SENT || v == TG_ALREADY || v == TG_REFUSED || v == TG_GONE ||
               (answered && (answer.error_code == 404 || failures == TRIES_MAX));
        if (called && v != TG_SENT && v != TG_ALREADY)
            log_event(done ? LOG_WARN : LOG_INFO, "the bot's presentation", log_str("method", method),
                      log_str("verdict", tg_verdict_name(v)), log_i64("error_code", answer.error_code));
        if (done && result != NULL)
            *result = (struct json_span){arena_memdup(s->arena, answer.result.text, answer.result.len),
                                         answer.result.len};
        int64_t pause =
            called && v == TG_RETRY_AFTER ? answer.retry_after_s * 1000 : bot_backoff_ms(failures);
        request_release(&r);
        if (!done)
            going = !hold_stopping(hold) && (s->fence == 0 || called) &&
                    (s->fence != 0 ? hold_sleep(hold, s->fence, pause) : hold_sleep_any(hold, pause));
    }
    arena_free(once);
    return done;
}

static bool learn_name(struct step *s)
{
    struct bot *b = s->b;
    struct json_span result;
    struct err err;
    json_t *me;
    if (!call(s, "getMe", "{}", &result))
        return false;
    if (result.len == 0 || json_read(s->arena, result.text, result.len, true, &me, &err) != E_OK)
        return true;
    const char *name = json_string_value(json_object_get(me, "username"));
    if (name == NULL || strlen(name) >= sizeof b->username)
        return true;
    memcpy(b->username, name, strlen(name) + 1);
    atomic_store(&b->app.username, b->username);
    return true;
}

/* The menu in one language; NULL: for everybody whose language has none of its own. */
static bool set_commands(struct step *s, const struct lang *lang)
{
    const struct lang *words = lang != NULL ? lang : lang_find(NULL);
    struct buf b, text;
    struct json_writer w;
    buf_init(&b, PARAMS_MAX);
    buf_init(&text, PARAMS_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_key(&w, "commands");
    json_array_begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(menu); i++) {
        if (menu[i].says == TEXT_COMMAND_WEB && s->b->o.public_url == NULL)
            continue;
        buf_clear(&text);
        text_plain(&text, words, menu[i].says, NULL);
        json_object_begin(&w);
        json_field_string(&w, "command", menu[i].name);
        json_field_string(&w, "description", buf_text(&text));
        json_object_end(&w);
    }
    json_array_end(&w);
    if (lang != NULL)
        json_field_string(&w, "language_code", lang_code(lang));
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    bool going = call(s, "setMyCommands", arena_strdup(s->arena, buf_text(&b)), NULL);
    buf_release(&text);
    buf_release(&b);
    return going;
}

/* The Mini App, where Telegram can reach it; it takes no other address than https. Else the commands. */
static bool set_menu_button(struct step *s)
{
    const char *url = s->b->o.public_url;
    struct buf b, text;
    struct json_writer w;
    if (url == NULL || strncmp(url, "https://", 8) != 0)
        return call(s, "setChatMenuButton", "{\"menu_button\":{\"type\":\"commands\"}}", NULL);
    buf_init(&b, PARAMS_MAX);
    buf_init(&text, PARAMS_MAX);
    text_plain(&text, lang_find(NULL), TEXT_BUTTON_APP, NULL);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_key(&w, "menu_button");
    json_object_begin(&w);
    json_field_string(&w, "type", "web_app");
    json_field_string(&w, "text", buf_text(&text));
    json_key(&w, "web_app");
    json_object_begin(&w);
    json_field_string(&w, "url", arena_printf(s->arena, "%s/", url));
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    json_writer_finish(&w);
    bool going = call(s, "setChatMenuButton", arena_strdup(s->arena, buf_text(&b)), NULL);
    buf_release(&text);
    buf_release(&b);
    return going;
}

static bool present(struct step *s)
{
    if (!set_commands(s, NULL))
        return false;
    for (size_t i = 0; i < lang_count(); i++) {
        /* Telegram takes two letters: what is more special follows the person's choice in the bot alone. */
        if (strlen(lang_code(lang_at(i))) == 2 && !set_commands(s, lang_at(i)))
            return false;
    }
    return set_menu_button(s);
}

void *setup_run(void *arg)
{
    struct step s = {.b = arg, .arena = arena_new(BOT_ARENA_BYTES)};
    bool done = !learn_name(&s);
    while (!done && (s.fence = hold_wait(&s.b->hold)) != 0) {
        arena_reset(s.arena);
        done = present(&s);
    }
    arena_free(s.arena);
    return NULL;
}
