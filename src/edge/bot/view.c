#include "edge/bot/view.h"

#include <string.h>
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/user/people.h"
#include "edge/bot/screens.h"
#include "net/telegram.h"

#define TEXT_BYTES_MAX 65536
#define LABEL_BYTES_MAX 512
#define PAYLOAD_BYTES_MAX (256u * 1024)
#define ROW_BUTTONS_MAX 8

/* Every view by its name in the outbox. */
static const struct {
    const char *name;
    view_draw *draw;
} views[] = {
    {"welcome", draw_welcome},
    {"home", draw_home},
    {"help", draw_help},
    {"cancelled", draw_cancelled},
    {"zone", draw_zone_ask},
    {"zones", draw_zone_list},
    {"zone_confirm", draw_zone_confirm},
    {"zone_done", draw_zone_done},
    {"today", draw_today},
    {"card", draw_card},
    {"reminder", draw_reminder},
    {"snooze", draw_reminder},
    {"decline", draw_decline},
    {"value", draw_value},
    {"snoozes", draw_snooze},
    {"settings", draw_settings},
    {"web", draw_web},
    {"stats", draw_stats},
    {"year", draw_year},
    {"milestone", draw_milestone},
    {"summary", draw_summary},
    {"nudge", draw_nudge},
    {"export", draw_export},
    {"export_file", draw_export_file},
    {"import_how", draw_import_how},
    {"import", draw_import},
    {"add", draw_add},
    {"add_limit", draw_add_limit},
    {"habit_made", draw_habit_made},
    {"habits", draw_habits},
    {"archive", draw_archive},
    {"habit", draw_habit},
    {"habit_delete", draw_habit_delete},
    {"habit_deleted", draw_habit_deleted},
    {"anew", draw_anew},
    {"edit", draw_edit},
    {"premium", draw_premium},
    {"plan", draw_plan},
    {"buy", draw_buy},
    {"invoice", draw_invoice},
    {"pay", draw_pay},
    {"topup", draw_topup},
    {"contact", draw_contact},
    {"receipt", draw_receipt},
    {"reward", draw_reward},
    {"notice", draw_notice},
    {"balance", draw_balance},
    {"invite", draw_invite},
    {"terms", draw_terms},
    {"paysupport", draw_paysupport},
    {"erase", draw_erase},
    {"admin", draw_admin},
    {"person_ask", draw_person_ask},
    {"person_why", draw_person_why},
    {"person", draw_person},
    {"broadcast_ask", draw_broadcast_ask},
    {"broadcast_preview", draw_broadcast_preview},
    {"broadcast", draw_broadcast},
};

/* --- text ---------------------------------------------------------------------------------------------- */

void view_put(struct view *v, enum text_id id, const struct text_arg *args)
{
    text_put(&v->text, v->lang, id, args);
}

void view_line(struct view *v, enum text_id id, const struct text_arg *args)
{
    view_put(v, id, args);
    buf_char(&v->text, '\n');
}

void view_gap(struct view *v)
{
    buf_char(&v->text, '\n');
}

/* UTF-16 units of the character that starts here, 0 for a continuation byte. */
static size_t units_of(unsigned char c)
{
    return (c & 0xc0) == 0x80 ? 0 : c >= 0xf0 ? 2 : 1;
}

const char *view_cut(struct view *v, const char *text, size_t units_max)
{
    size_t len = strlen(text), kept = 0, units = 0;
    while (kept < len) {
        size_t step = utf8_truncate(text + kept, len - kept, 1), more = 0;
        for (size_t i = 0; i < step; i++)
            more += units_of((unsigned char)text[kept + i]);
        if (units + more > units_max)
            return arena_printf(v->ctx->arena, "%.*s…", (int)kept, text);
        units += more;
        kept += step;
    }
    return text;
}

const char *view_name(struct view *v, const char *name)
{
    return view_cut(v, name, VIEW_NAME_UNITS);
}

const char *view_title(struct view *v, const struct habit *h)
{
    const char *name = view_name(v, h->name);
    return h->emoji ? view_data(v, "%s %s", h->emoji, name) : name;
}

enum ecode view_unwanted(struct view *v, const struct reminder_now *now)
{
    v->nothing = true;
    v->why_nothing = now->verdict == REMINDER_ANSWERED ? DELIVERY_ANSWERED
                     : now->verdict == REMINDER_QUIET  ? DELIVERY_QUIET
                                                       : DELIVERY_CANCELED;
    if (now->verdict == REMINDER_LATER)
        v->later = now->later;
    return E_OK;
}

/* --- buttons ------------------------------------------------------------------------------------------- */

void view_row(struct view *v)
{
    v->row = true;
}

static struct view_button *add_button(struct view *v)
{
    CHECK(v->n_buttons < VIEW_BUTTONS_MAX);
    if (!v->buttons)
        v->buttons = arena_array(v->ctx->arena, VIEW_BUTTONS_MAX, sizeof *v->buttons);
    struct view_button *b = &v->buttons[v->n_buttons++];
    b->new_row = v->row || v->n_buttons == 1;
    v->row = false;
    return b;
}

static const char *label_text(struct view *v, enum text_id id, const struct text_arg *args)
{
    struct buf b;
    buf_init(&b, LABEL_BYTES_MAX);
    text_plain(&b, v->lang, id, args);
    const char *text = arena_strdup(v->ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

void view_button_label(struct view *v, const char *data, const char *label)
{
    CHECK(strlen(data) <= TG_CALLBACK_DATA_BYTES_MAX);
    struct view_button *b = add_button(v);
    b->label = arena_strdup(v->ctx->arena, label);
    b->data = arena_strdup(v->ctx->arena, data);
}

void view_button(struct view *v, const char *data, enum text_id label, const struct text_arg *args)
{
    view_button_label(v, data, label_text(v, label, args));
}

void view_button_url(struct view *v, const char *url, enum text_id label, const struct text_arg *args)
{
    struct view_button *b = add_button(v);
    b->label = label_text(v, label, args);
    b->url = arena_strdup(v->ctx->arena, url);
}

void view_pager(struct view *v, const char *prefix, int64_t page, int64_t pages)
{
    if (pages < 2)
        return;
    view_row(v);
    int64_t before = page > 0 ? page - 1 : pages - 1, after = page + 1 < pages ? page + 1 : 0;
    view_button_label(v, view_data(v, "%s%lld", prefix, (long long)before), "◀");
    view_button_label(v, view_data(v, "%s%lld", prefix, (long long)page),
                      view_data(v, "%lld / %lld", (long long)(page + 1), (long long)pages));
    view_button_label(v, view_data(v, "%s%lld", prefix, (long long)after), "▶");
}

/* --- the request that is made of it ----------------------------------------------------------------------
 */

static void put_inline_keyboard(struct json_writer *w, const struct view *v)
{
    json_object_begin(w);
    json_key(w, "inline_keyboard");
    json_array_begin(w);
    for (size_t i = 0; i < v->n_buttons; i++) {
        const struct view_button *b = &v->buttons[i];
        if (b->new_row)
            json_array_begin(w);
        json_object_begin(w);
        json_field_string(w, "text", b->label);
        json_field_string(w, b->url ? "url" : "callback_data", b->url ? b->url : b->data);
        json_object_end(w);
        if (i + 1 == v->n_buttons || v->buttons[i + 1].new_row)
            json_array_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

static void put_location_keyboard(struct json_writer *w, struct view *v)
{
    json_object_begin(w);
    json_key(w, "keyboard");
    json_array_begin(w);
    json_array_begin(w);
    json_object_begin(w);
    json_field_string(w, "text", label_text(v, v->location_label, NULL));
    json_field_bool(w, "request_location", true);
    json_object_end(w);
    json_array_end(w);
    json_array_end(w);
    json_field_bool(w, "resize_keyboard", true);
    json_field_bool(w, "one_time_keyboard", true);
    json_object_end(w);
}

static void put_reply_markup(struct json_writer *w, struct view *v)
{
    if (v->n_buttons == 0 && !v->asks_location && !v->removes_keyboard)
        return;
    json_key(w, "reply_markup");
    if (v->n_buttons > 0) {
        put_inline_keyboard(w, v);
    } else if (v->asks_location) {
        put_location_keyboard(w, v);
    } else {
        json_object_begin(w);
        json_field_bool(w, "remove_keyboard", true);
        json_object_end(w);
    }
}

/* A message with a file, or with a keyboard below the input, is a new one; every other may be an edit. */
static bool may_edit(const struct view *v)
{
    return v->item->message_id != 0 && !v->file.data && !v->asks_location && !v->removes_keyboard;
}

static void make_request(struct view *v, struct outbox_drawing *out)
{
    struct buf b;
    struct json_writer w;
    bool edit = may_edit(v);
    if (v->method) {
        *out = (struct outbox_drawing){.verdict = DRAWN, .method = v->method, .payload = v->params};
        return;
    }
    while (v->text.len > 0 && v->text.data[v->text.len - 1] == '\n')
        v->text.data[--v->text.len] = '\0';
    CHECK(!buf_overflowed(&v->text));
    buf_init(&b, PAYLOAD_BYTES_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, v->file.data ? "caption" : "text", buf_text(&v->text));
    json_field_string(&w, "parse_mode", "HTML");
    if (!v->file.data) {
        json_key(&w, "link_preview_options");
        json_object_begin(&w);
        json_field_bool(&w, "is_disabled", true);
        json_object_end(&w);
    }
    put_reply_markup(&w, v);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    out->verdict = DRAWN;
    out->method = v->file.data ? (v->file.photo ? "sendPhoto" : "sendDocument")
                  : edit       ? "editMessageText"
                               : "sendMessage";
    out->payload = arena_memdup(v->ctx->arena, b.data, b.len);
    if (v->file.data)
        out->drawn = arena_memdup(v->ctx->arena, &v->file, sizeof v->file);
    buf_release(&b);
}

static view_draw *find_view(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        if (strcmp(views[i].name, name) == 0)
            return views[i].draw;
    }
    return NULL;
}

bool view_known(const char *name)
{
    return find_view(name) != NULL;
}

enum ecode view_draw_item(struct ctx *ctx, const struct outbox_item *item, void *app,
                          struct outbox_drawing *out)
{
    struct view v = {.ctx = ctx, .app = app, .item = item};
    struct user_view me;
    view_draw *draw = find_view(item->view);
    *out = (struct outbox_drawing){.verdict = DRAWN_NOTHING, .why = DELIVERY_CANCELED};
    if (!draw || !args_split(item->args, &v.args))
        return E_OK;
    enum ecode rc = user_get(ctx, NULL, &me);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? E_OK : rc;
    v.me = me.user;
    v.me.is_admin = person_is_admin(ctx->policy, me.user.telegram_id);
    v.lang = lang_find(me.user.language_code);
    v.today = ctx_today(ctx);
    v.why_nothing = DELIVERY_CANCELED;
    buf_init(&v.text, TEXT_BYTES_MAX);
    rc = draw(&v);
    if (rc == E_OK && !v.nothing)
        make_request(&v, out);
    else if (rc == E_OK && v.later.ms)
        *out = (struct outbox_drawing){.verdict = DRAWN_LATER, .later = v.later};
    else if (rc == E_OK)
        out->why = v.why_nothing;
    buf_release(&v.text);
    return rc == E_NOT_FOUND ? E_OK : rc;
}
