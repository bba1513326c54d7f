/* Who wrote, and what it means: the tables of commands, buttons and dialogs. */
#include <string.h>
#include "base/check.h"
#include "base/json_write.h"
#include "domain/message/outbox.h"
#include "domain/referral/referral.h"
#include "domain/user/people.h"
#include "edge/bot/screens.h"
#include "edge/bot/stars.h"

struct command {
    const char *name;
    enum ecode (*run)(struct turn *t, const char *arg);
    bool admin;
};

static const struct command commands[] = {
    {"start", on_start, false},         {"today", on_today, false},     {"help", on_help, false},
    {"zone", on_zone, false},           {"cancel", on_cancel, false},   {"settings", on_settings, false},
    {"stats", on_stats, false},         {"export", on_export, false},   {"add", on_add, false},
    {"habits", on_habits, false},       {"premium", on_premium, false}, {"balance", on_balance, false},
    {"invite", on_invite, false},       {"terms", on_terms, false},     {"paysupport", on_paysupport, false},
    {"delete_me", on_delete_me, false}, {"admin", on_admin, true},      {"web", on_web, false},
};

struct button {
    const char *verb;
    enum ecode (*run)(struct turn *t, const struct args *a);
    bool admin;
};

static const struct button buttons[] = {
    {"d", press_done, false},
    {"s", press_skip, false},
    {"x", press_decline, false},
    {"r", press_reason, false},
    {"n", press_value, false},
    {"u", press_undo, false},
    {"k", press_card, false},
    {"z", press_snooze, false},
    {"t", press_today, false},
    {"lw", press_welcome_language, false},
    {"ho", press_home, false},
    {"zo", press_zone, false},
    {"zy", press_zone_yes, false},
    {"se", press_settings, false},
    {"wb", press_web, false},
    {"st", press_stats, false},
    {"ex", press_export, false},
    {"im", press_import, false},
    {"iy", press_import_yes, false},
    {"in", press_import_no, false},
    {"a", press_add, false},
    {"h", press_habits, false},
    {"hx", press_habits, false},
    {"hw", press_habits, false},
    {"hv", press_habit, false},
    {"hp", press_pause, false},
    {"ha", press_archive, false},
    {"hm", press_move, false},
    {"hd", press_delete, false},
    {"hr", press_restore, false},
    {"hn", press_anew, false},
    {"e", press_edit, false},
    {"es", press_reminder, false},
    {"pr", press_premium, false},
    {"po", press_order, false},
    {"pb", press_buy, false},
    {"pc", press_cancel_renewal, false},
    {"he", press_help, false},
    {"ba", press_balance, false},
    {"ad", press_admin, true},
    {"au", press_person, true},
    {"ab", press_block, true},
    {"bc", press_broadcast, true},
    {"bs", press_broadcast_start, true},
    {"bx", press_broadcast_stop, true},
    {"iv", press_invite, false},
    {"pp", press_plan, false},
    {"bt", press_topup, false},
};

struct flow {
    const char *name;
    enum ecode (*say)(struct turn *t); /* what is written, or a location */
};

static const struct flow flows[] = {
    {"zone", say_zone},   {"quiet", say_quiet},         {"reason", say_reason}, {"value", say_value},
    {"add", say_add},     {"edit", say_edit},           {"erase", say_erase},   {"person", say_person},
    {"block", say_block}, {"broadcast", say_broadcast}, {"topup", say_topup},   {"contact", say_contact},
};

/* --- what the person wants ------------------------------------------------------------------------------ */

static enum ecode run_command(struct turn *t)
{
    const struct tg_command *c = &t->update->message->command;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, c->name) == 0 && (!commands[i].admin || t->me.is_admin))
            return commands[i].run(t, c->argument);
    }
    return turn_say(t, TEXT_ERROR_COMMAND, NULL);
}

static enum ecode run_button(struct turn *t)
{
    struct args a;
    if (!args_split(t->update->callback->data, &a) || a.n == 0)
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    for (size_t i = 0; i < ARRAY_LEN(buttons); i++) {
        if (args_is(&a, 0, buttons[i].verb) && (!buttons[i].admin || t->me.is_admin))
            return buttons[i].run(t, &a);
    }
    return turn_say(t, TEXT_ERROR_STALE, NULL);
}

static enum ecode run_words(struct turn *t)
{
    if (t->update->message->document)
        return say_document(t);
    for (size_t i = 0; i < ARRAY_LEN(flows); i++) {
        if (t->dialog.flow && strcmp(flows[i].name, t->dialog.flow) == 0)
            return flows[i].say(t);
    }
    return turn_say(t, TEXT_ERROR_WORDS, NULL);
}

static enum ecode act(struct ctx *ctx, void *arg)
{
    struct turn *t = arg;
    bool button = t->update->kind == TG_CALLBACK;
    if (!button && !t->update->message->command.name)
        return run_words(t);
    enum ecode rc = turn_step_aside(t);
    if (rc != E_OK)
        return rc;
    return button ? run_button(t) : run_command(t);
}

/* --- refusals: what a handler wrote is undone, the person is told ----------------------------------------
 */

static enum ecode refuse(struct turn *t, enum ecode rc)
{
    const struct err *e = &t->ctx->err;
    switch (rc) {
    case E_NOT_FOUND:
        return turn_say(t, TEXT_ERROR_NOT_FOUND, NULL);
    case E_LIMIT:
        if (strcmp(e->reason, "habit_limit_reached") == 0)
            return turn_say(t, TEXT_ERROR_HABIT_LIMIT, NULL);
        if (strcmp(e->reason, "schedule_limit_reached") == 0)
            return turn_say(t, TEXT_ERROR_SCHEDULE_LIMIT, NULL);
        if (strcmp(e->reason, "snooze_limit_reached") == 0)
            return turn_say(t, TEXT_ERROR_SNOOZE_LIMIT, TEXT_ARGS(text_num("n", SNOOZES_PENDING_MAX)));
        return turn_say(t, TEXT_ERROR_INVALID, NULL);
    case E_FORBIDDEN:
        return turn_say(t, TEXT_ERROR_FORBIDDEN, NULL);
    case E_TOO_LARGE:
    case E_MALFORMED:
    case E_INVALID:
    case E_CONFLICT:
        return turn_say(t, strcmp(e->field, "day") == 0 ? TEXT_ERROR_STALE : TEXT_ERROR_INVALID, NULL);
    default: /* the database's, or a defect: the update is acted on again later */
        return rc;
    }
}

/* --- who it is ---------------------------------------------------------------------------------------------
 */

/* A group or channel: says once that the bot works in private, and leaves. */
static enum ecode leave_group(struct ctx *ctx, const struct tg_update *u)
{
    if (u->kind != TG_MEMBER || u->membership != TG_IN)
        return E_OK;
    const struct lang *l = lang_find(u->from.language_code);
    struct buf text, b;
    struct json_writer w;
    buf_init(&text, 4096);
    buf_init(&b, 8192);
    text_put(&text, l, TEXT_GROUP_PRIVATE_ONLY, NULL);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "text", buf_text(&text));
    json_field_string(&w, "parse_mode", "HTML");
    json_object_end(&w);
    json_writer_finish(&w);
    struct outbox_draft drafts[] = {
        {.lane = LANE_REPLY, .chat_id = u->chat.id, .method = "sendMessage", .payload = buf_text(&b)},
        {.lane = LANE_REPLY, .chat_id = u->chat.id, .method = "leaveChat", .payload = "{}"},
    };
    enum ecode rc = outbox_add_many(ctx, drafts, ARRAY_LEN(drafts));
    buf_release(&text);
    buf_release(&b);
    return rc;
}

/* The person blocked the bot, or let it write again. */
static enum ecode note_member(struct turn *t)
{
    return user_set_reachable(t->ctx, t->update->membership == TG_IN);
}

static enum ecode load(struct turn *t)
{
    struct user_view me;
    enum ecode rc = user_get(t->ctx, NULL, &me);
    if (rc == E_OK)
        rc = dialog_get(t->ctx, &t->dialog);
    if (rc == E_NOT_FOUND)
        rc = E_OK;
    if (rc != E_OK)
        return rc;
    t->me = me.user;
    t->me.is_admin = person_is_admin(t->ctx->policy, me.user.telegram_id); /* as it is configured now */
    t->lang = lang_find(me.user.language_code);
    t->today = ctx_today(t->ctx);
    return E_OK;
}

/* "/start ref_CODE": whose link it was; NULL: nobody's. */
static const char *invited_by(const struct tg_update *update)
{
    const struct tg_command *c = update->kind == TG_MESSAGE ? &update->message->command : NULL;
    return c && c->name && strcmp(c->name, "start") == 0 ? referral_link_code(c->argument) : NULL;
}

/*
 * Who writes is met. Who blocks the bot or presses an old button is not: perhaps they were erased, and did
 * not ask to be known again.
 */
static bool introduces(const struct tg_update *u)
{
    return u->kind != TG_CALLBACK && u->kind != TG_MEMBER && u->kind != TG_EDITED_MESSAGE &&
           u->kind != TG_OTHER;
}

static enum ecode leave_stranger(struct turn *t, const char **toast, bool *toast_alert)
{
    t->lang = lang_find(t->update->from.language_code);
    if (t->update->kind == TG_CALLBACK) {
        turn_toast(t, TEXT_ERROR_STALE, NULL);
        *toast = t->toast;
        *toast_alert = true;
    }
    return E_OK;
}

enum ecode turn_act(struct ctx *ctx, const struct bot_app *app, const struct tg_update *update,
                    const char **toast, bool *toast_alert)
{
    struct turn t = {.ctx = ctx, .app = app, .update = update};
    struct uuid id;
    *toast = NULL;
    *toast_alert = false;
    if (stars_tell(update))
        return stars_take(ctx, update);
    if (update->chat.type != TG_PRIVATE && update->chat.id != 0)
        return leave_group(ctx, update);
    if (update->from.id == 0 || update->from.is_bot)
        return E_OK;
    struct user_contact contact = {.telegram_id = update->from.id,
                                   .username = update->from.username,
                                   .first_name = update->from.first_name,
                                   .language_code = update->from.language_code,
                                   .referral_code = invited_by(update)};
    enum ecode rc = E_OK;
    if (!introduces(update))
        rc = user_find_telegram(ctx, update->from.id, &id);
    if (rc == E_NOT_FOUND)
        return leave_stranger(&t, toast, toast_alert);
    if (rc == E_OK)
        rc = user_meet(ctx, &contact, &id, &t.is_new);
    if (rc == E_OK)
        rc = ctx_act_as(ctx, &id);
    if (rc == E_OK)
        rc = load(&t);
    if (rc != E_OK || t.me.is_blocked)
        return rc;
    ctx->source = SOURCE_BOT;
    if (update->kind == TG_MEMBER)
        return note_member(&t);
    if (update->kind != TG_MESSAGE && update->kind != TG_CALLBACK)
        return E_OK;
    rc = ctx_try(ctx, act, &t);
    if (rc != E_OK)
        rc = refuse(&t, rc);
    *toast = t.toast;
    *toast_alert = t.toast_alert;
    return rc;
}
