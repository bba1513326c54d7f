/* Export as a file, import of a file that is sent to the bot. */
#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "domain/message/outbox.h"
#include "domain/transfer/transfer.h"
#include "edge/bot/import_report.h"
#include "edge/bot/screens.h"

#define EXPORT_BYTES_MAX (50u * 1000 * 1000) /* what Telegram takes from a bot */

/* --- export -------------------------------------------------------------------------------------------- */

static const struct {
    enum transfer_format format;
    enum text_id label, about;
} exports[] = {
    {FORMAT_JSON, TEXT_BUTTON_EXPORT_JSON, TEXT_EXPORT_JSON},
    {FORMAT_CSV, TEXT_BUTTON_EXPORT_CSV, TEXT_EXPORT_CSV},
    {FORMAT_LOOP_CSV, TEXT_BUTTON_EXPORT_LOOP, TEXT_EXPORT_LOOP},
    {FORMAT_ICS, TEXT_BUTTON_EXPORT_ICS, TEXT_EXPORT_ICS},
};

static bool read_format(const struct args *a, size_t word, size_t *out)
{
    for (size_t i = 0; i < ARRAY_LEN(exports); i++) {
        if (args_is(a, word, format_names[exports[i].format])) {
            *out = i;
            return true;
        }
    }
    return false;
}

enum ecode on_export(struct turn *t, const char *arg)
{
    return turn_send(t, "export", NULL);
}

/* "ex": which format? "ex:<format>": the file. */
enum ecode press_export(struct turn *t, const struct args *a)
{
    size_t which;
    if (a->n == 1)
        return turn_send(t, "export", NULL);
    if (!read_format(a, 1, &which))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    turn_toast(t, TEXT_EXPORT_UNDER_WAY, NULL);
    return turn_send(t, "export_file", format_names[exports[which].format]);
}

enum ecode draw_export(struct view *v)
{
    view_put(v, TEXT_EXPORT_CHOOSE, NULL);
    for (size_t i = 0; i < ARRAY_LEN(exports); i++) {
        if (i % 2 == 0)
            view_row(v);
        view_button(v, view_data(v, "ex:%s", format_names[exports[i].format]), exports[i].label, NULL);
    }
    return E_OK;
}

/* args: the format */
enum ecode draw_export_file(struct view *v)
{
    struct export_result r;
    size_t which;
    v->nothing = !read_format(&v->args, 0, &which);
    if (v->nothing)
        return E_OK;
    enum ecode rc = op_run(v->ctx, &OP_export, &(struct export_request){exports[which].format}, &r);
    if (rc != E_OK)
        return rc;
    if (r.len > EXPORT_BYTES_MAX) {
        view_put(v, TEXT_EXPORT_TOO_LARGE, NULL);
        view_button(v, "ex", TEXT_BUTTON_BACK, NULL);
        return E_OK;
    }
    view_put(v, exports[which].about, TEXT_ARGS(text_day("day", v->today, v->today, TEXT_DAY_DATE)));
    v->file =
        (struct view_file){.name = r.file_name, .content_type = r.content_type, .data = r.data, .len = r.len};
    return E_OK;
}

/* --- import: a file comes in --------------------------------------------------------------------------- */

/* "im": which files, and how to make them. */
enum ecode press_import(struct turn *t, const struct args *a)
{
    return turn_show(t, "import_how", NULL);
}

enum ecode draw_import_how(struct view *v)
{
    view_put(v, TEXT_IMPORT_HOW, NULL);
    view_button(v, "ho", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}

static enum ecode send_errand(struct turn *t, const struct import_errand *e, const struct uuid *about,
                              struct uuid *id)
{
    struct outbox_draft d = {
        .user_id = t->me.id,
        .channel = IMPORT_CHANNEL,
        .lane = LANE_PAYMENT, /* whatever cuts it off: it is done again until somebody is told */
        .chat_id = t->me.telegram_id,
        .method = "getFile",
        .payload = import_errand_write(t->ctx->arena, e),
        .ref_date = day_none(),
    };
    if (about)
        d.ref_id = *about;
    return outbox_add(t->ctx, &d, id);
}

/* A document was sent: it is fetched and looked at; the result asks whether to import it. */
enum ecode say_document(struct turn *t)
{
    const struct tg_document *doc = t->update->message->document;
    const char *name = doc->file_name ? doc->file_name : "", *start = "";
    size_t len;
    if (doc->file_size > IMPORT_FILE_BYTES_MAX)
        return turn_say(t, TEXT_IMPORT_TOO_LARGE, NULL);
    if (!utf8_clean_line(name, strlen(name), &start, &len))
        len = 0;
    struct import_errand e = {.file_id = doc->file_id, .name = arena_memdup(t->ctx->arena, start, len)};
    enum ecode rc = send_errand(t, &e, NULL, NULL);
    return rc == E_OK ? turn_say(t, TEXT_IMPORT_UNDER_WAY, NULL) : rc;
}

/* --- import: shall it be? ------------------------------------------------------------------------------ */

/* "iy:<row>": import what that row looked at, "iy:<row>:r" with what was deleted here; "in:<row>": do not. */
static enum ecode answer(struct turn *t, const struct args *a, bool yes)
{
    struct outbox_item item;
    struct import_errand e;
    struct uuid row;
    bool answered;
    if (!args_uuid(a, 1, &row))
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    enum ecode rc = outbox_get(t->ctx, &row, &item);
    if (rc == E_NOT_FOUND || (rc == E_OK && strcmp(item.channel, IMPORT_CHANNEL) != 0))
        return turn_say(t, TEXT_IMPORT_FORGOTTEN, NULL);
    if (rc == E_OK)
        rc = outbox_about(t->ctx, IMPORT_CHANNEL, &row, &answered);
    if (rc != E_OK)
        return rc;
    if (!import_errand_read(t->ctx->arena, item.payload, &e) || e.real)
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    if (answered) /* pressed twice: it is under way, or done */
        return E_OK;
    if (!yes)
        return turn_show(t, "import", "no");
    e.real = true;
    e.restore = args_is(a, 2, "r");
    e.message_id = t->update->callback->accessible ? t->update->message_id : 0;
    rc = send_errand(t, &e, &row, NULL);
    return rc == E_OK ? turn_show(t, "import", "running") : rc;
}

enum ecode press_import_yes(struct turn *t, const struct args *a)
{
    return answer(t, a, true);
}

enum ecode press_import_no(struct turn *t, const struct args *a)
{
    return answer(t, a, false);
}

/* --- import: what it comes to -------------------------------------------------------------------------- */

static void put_losses(struct view *v, const struct import_report *r)
{
    static const enum text_id names[LOSSES] = {
        [LOSS_DAY_RANGE] = TEXT_LOSS_DAY_RANGE, [LOSS_DAY_TWICE] = TEXT_LOSS_DAY_TWICE,
        [LOSS_ORPHAN] = TEXT_LOSS_ORPHAN,       [LOSS_EMPTY_ROW] = TEXT_LOSS_EMPTY_ROW,
        [LOSS_NAME_CUT] = TEXT_LOSS_NAME_CUT,   [LOSS_NOTE_CUT] = TEXT_LOSS_NOTE_CUT,
        [LOSS_TEXT_CLEANED] = TEXT_LOSS_TEXT,   [LOSS_VALUE] = TEXT_LOSS_VALUE,
        [LOSS_FREQUENCY] = TEXT_LOSS_FREQUENCY, [LOSS_REMINDER] = TEXT_LOSS_REMINDER,
        [LOSS_KIND] = TEXT_LOSS_KIND,           [LOSS_NEWER] = TEXT_LOSS_NEWER};
    bool any = false;
    for (int i = 0; i < LOSSES; i++) {
        if (r->losses[i] == 0)
            continue;
        if (!any) {
            view_gap(v);
            view_line(v, TEXT_IMPORT_LOSSES, NULL);
        }
        any = true;
        buf_str(&v->text, "• ");
        view_line(v, names[i], TEXT_ARGS(text_num("n", r->losses[i])));
    }
}

static void put_report(struct view *v, const struct import_report *r)
{
    view_line(v, TEXT_IMPORT_HABITS, TEXT_ARGS(text_num("n", r->habits_new)));
    if (r->habits_known > 0)
        view_line(v, TEXT_IMPORT_KNOWN, TEXT_ARGS(text_num("n", r->habits_known)));
    if (r->habits_skipped > 0)
        view_line(v, TEXT_IMPORT_SKIPPED, TEXT_ARGS(text_num("n", r->habits_skipped)));
    if (r->habits_archived > 0)
        view_line(v, TEXT_IMPORT_ARCHIVED, TEXT_ARGS(text_num("n", r->habits_archived)));
    view_line(v, TEXT_IMPORT_DAYS, TEXT_ARGS(text_num("n", r->logs_new)));
    if (r->logs_existing > 0)
        view_line(v, TEXT_IMPORT_EXISTING, TEXT_ARGS(text_num("n", r->logs_existing)));
    if (!day_is_none(r->first))
        view_line(v, TEXT_IMPORT_SPAN,
                  TEXT_ARGS(text_day("first", r->first, v->today, TEXT_DAY_DATE),
                            text_day("last", r->last, v->today, TEXT_DAY_DATE)));
    put_losses(v, r);
}

static void draw_check(struct view *v, const struct import_report *r)
{
    static const char *const apps[FORMATS] = {[FORMAT_UNKNOWN] = "",
                                              [FORMAT_LOOP] = "Loop",
                                              [FORMAT_LOOP_CSV] = "Loop, CSV",
                                              [FORMAT_HABITBULL] = "HabitBull",
                                              [FORMAT_TICKMATE] = "Tickmate",
                                              [FORMAT_REWIRE] = "Rewire",
                                              [FORMAT_CSV] = "CSV",
                                              [FORMAT_JSON] = "JSON",
                                              [FORMAT_ICS] = "iCalendar"};
    struct uuid row;
    char id[ARG_ID];
    v->nothing = !args_uuid(&v->args, 1, &row);
    if (v->nothing)
        return;
    view_line(v, *r->name ? TEXT_IMPORT_CHECK_NAMED : TEXT_IMPORT_CHECK,
              TEXT_ARGS(text_str("name", view_name(v, r->name)), text_str("format", apps[r->format])));
    view_gap(v);
    if (r->habits_new + r->logs_new == 0 && r->habits_skipped == 0) {
        view_line(v, TEXT_IMPORT_NOTHING_NEW, NULL);
        put_losses(v, r);
        return;
    }
    put_report(v, r);
    view_button(v, view_data(v, "iy:%s", arg_id(&row, id)), TEXT_BUTTON_IMPORT_YES, NULL);
    if (r->habits_skipped > 0) {
        view_row(v);
        view_button(v, view_data(v, "iy:%s:r", id), TEXT_BUTTON_IMPORT_RESTORE, NULL);
    }
    view_row(v);
    view_button(v, view_data(v, "in:%s", id), TEXT_BUTTON_CANCEL, NULL);
}

static void draw_failed(struct view *v, const struct import_report *r)
{
    static const struct {
        const char *why;
        enum text_id text;
    } texts[] = {{"format", TEXT_IMPORT_NOT_RECOGNISED},
                 {"large", TEXT_IMPORT_TOO_LARGE},
                 {"limit", TEXT_IMPORT_LIMIT},
                 {"gone", TEXT_IMPORT_GONE},
                 {"broken", TEXT_IMPORT_BROKEN}};
    enum text_id text = TEXT_IMPORT_LOST;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (args_is(&v->args, 1, texts[i].why))
            text = texts[i].text;
    }
    view_put(v, text, NULL);
    if (text == TEXT_IMPORT_BROKEN && *r->detail) {
        buf_str(&v->text, "\n<code>");
        text_put_value(&v->text, v->lang, text_str("detail", r->detail));
        buf_str(&v->text, "</code>");
    }
    view_button(v, "im", TEXT_BUTTON_IMPORT_HOW, NULL);
}

/* args: "check:<row>", "running", "done", "no" or "failed:<why>"; payload: the report */
enum ecode draw_import(struct view *v)
{
    struct import_report r = {.name = "", .detail = ""};
    if (args_is(&v->args, 0, "running")) {
        view_put(v, TEXT_IMPORT_RUNNING, NULL);
        return E_OK;
    }
    if (args_is(&v->args, 0, "no")) {
        view_put(v, TEXT_IMPORT_NO, NULL);
        return E_OK;
    }
    v->nothing = !import_report_read(v->ctx->arena, v->item->payload, &r);
    if (v->nothing)
        return E_OK;
    if (args_is(&v->args, 0, "check")) {
        draw_check(v, &r);
    } else if (args_is(&v->args, 0, "done")) {
        view_line(v, TEXT_IMPORT_DONE, NULL);
        view_gap(v);
        put_report(v, &r);
        view_button(v, "t", TEXT_BUTTON_TODAY, NULL);
        view_button(v, "h:0", TEXT_BUTTON_HABITS, NULL);
    } else {
        draw_failed(v, &r);
    }
    return E_OK;
}
