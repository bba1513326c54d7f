#include "edge/bot/press.h"

#include "base/check.h"
#include "domain/message/outbox.h"
#include "edge/bot/turn.h"
#include "edge/bot/update.h"
#include "edge/bot/update_priv.h"

/* One press of a batch. */
struct line {
    struct bot_update *update;
    const struct tg_update *tg;
    struct press press;
    struct known_person person;
    struct log_put_call call;
    struct log_result result;
    bool fast; /* goes with the batch; false: by itself, as every other update */
};

bool press_read(const struct tg_update *u, struct press *out)
{
    struct args a;
    struct press p = {.mark = {.status = LOG_DONE}, .toast = TEXT_TOAST_DONE};
    if (u->kind != TG_CALLBACK || u->chat.type != TG_PRIVATE || u->from.is_bot || !u->callback->data ||
        !args_split(u->callback->data, &a) || a.n != 4)
        return false;
    if (args_is(&a, 0, "s")) {
        p.mark.status = LOG_SKIPPED;
        p.toast = TEXT_TOAST_SKIPPED;
    } else if (!args_is(&a, 0, "d")) {
        return false;
    }
    if (!target_read(&a, &p.target))
        return false;
    p.mark.habit_id = p.target.habit_id;
    p.mark.day = p.target.day;
    *out = p;
    return true;
}

/* Which go with the batch: whose chat has nothing waiting, and who is known. Those are stored as done. */
static enum ecode store(struct ctx *ctx, struct line *lines, size_t n)
{
    struct arena *a = ctx->arena;
    int64_t *chats = arena_array(a, n, sizeof *chats), *people = arena_array(a, n, sizeof *people);
    bool *pending = arena_array(a, n, sizeof *pending), *is_new = arena_array(a, n, sizeof *is_new);
    const char **ids = arena_array(a, n, sizeof *ids);
    size_t *which = arena_array(a, n, sizeof *which), count = 0;
    struct known_person *known = arena_array(a, n, sizeof *known);
    for (size_t i = 0; i < n; i++) {
        chats[i] = lines[i].update->item.chat_id;
        people[i] = lines[i].tg->from.id;
    }
    enum ecode rc = inbox_pending_chats(ctx, chats, n, pending);
    if (rc == E_OK)
        rc = user_find_telegram_many(ctx, people, n, known);
    if (rc != E_OK)
        return rc;
    for (size_t i = 0; i < n; i++) {
        lines[i].person = known[i];
        lines[i].fast = !pending[i] && known[i].found;
        if (!lines[i].fast)
            continue;
        which[count] = i;
        ids[count++] = lines[i].update->item.external_id;
    }
    if (count == 0)
        return E_OK;
    rc = inbox_insert_done_many(ctx, "telegram", ids, count, is_new);
    for (size_t i = 0; i < count && rc == E_OK; i++) {
        struct line *line = &lines[which[i]];
        line->update->outcome = is_new[i] ? INBOX_DONE : INBOX_KNOWN;
    }
    return rc;
}

static bool to_mark(const struct line *l)
{
    return l->fast && l->update->outcome == INBOX_DONE;
}

static enum ecode mark_all(struct ctx *ctx, struct line *lines, size_t n)
{
    struct log_put_call **calls = arena_array(ctx->arena, n, sizeof(struct log_put_call *));
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct line *l = &lines[i];
        if (!to_mark(l))
            continue;
        l->call = (struct log_put_call){
            .arena = ctx->arena,
            .actor = &l->person.actor,
            .source = SOURCE_BOT,
            .mark = &l->press.mark,
            .out = &l->result,
            .err = &l->update->err,
        };
        calls[count++] = &l->call;
    }
    return count ? log_put_many(ctx, calls, count) : E_OK;
}

/* What each is told: the toast, and the message drawn anew. A refusal is a toast alone. */
static enum ecode answer_all(struct ctx *ctx, struct line *lines, size_t n)
{
    struct outbox_draft *drafts = arena_array(ctx->arena, n, sizeof *drafts);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct line *l = &lines[i];
        if (!to_mark(l))
            continue;
        const struct lang *lang = lang_find(l->person.language_code);
        bool ok = l->call.code == E_OK;
        enum text_id says = ok                            ? l->press.toast
                            : l->call.code == E_NOT_FOUND ? TEXT_ERROR_NOT_FOUND
                                                          : TEXT_ERROR_STALE;
        update_set_toast(l->update, lang, says, !ok);
        if (!ok)
            continue;
        const char *args, *view = target_view(ctx->arena, &l->press.target, &args);
        drafts[count++] = (struct outbox_draft){
            .user_id = l->person.actor.user_id,
            .lane = LANE_REPLY,
            .chat_id = l->tg->from.id,
            .message_id = l->tg->callback->accessible && !l->tg->callback->media ? l->tg->message_id : 0,
            .view = view,
            .args = args,
        };
    }
    return count ? outbox_add_many(ctx, drafts, count) : E_OK;
}

enum ecode press_run_many(struct job **jobs, size_t n, struct ctx *ctx)
{
    struct line *lines = arena_array(ctx->arena, n, sizeof *lines);
    for (size_t i = 0; i < n; i++) {
        lines[i].update = jobs[i]->owner;
        lines[i].tg = lines[i].update->parsed;
        CHECK(press_read(lines[i].tg, &lines[i].press));
        lines[i].update->answer = NULL;
    }
    enum ecode rc = store(ctx, lines, n);
    if (rc == E_OK)
        rc = mark_all(ctx, lines, n);
    if (rc == E_OK)
        rc = answer_all(ctx, lines, n);
    for (size_t i = 0; i < n && rc == E_OK; i++) {
        jobs[i]->code = E_OK;
        if (!lines[i].fast)
            rc = update_run(ctx, lines[i].update);
    }
    return rc;
}
