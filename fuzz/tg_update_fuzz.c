#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/utf8.h"
#include "net/telegram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever comes in is refused, or is what telegram.h promises. */

static void check_text(const char *s)
{
    CHECK(!s || utf8_valid(s, strlen(s)));
}

static void check_payment(const struct tg_payment *p, bool charged)
{
    if (!p)
        return;
    CHECK(p->currency[0] && p->total_amount >= 0 && p->payload);
    CHECK(!charged || p->telegram_charge_id);
    check_text(p->payload);
}

static void check_message(const struct tg_message *m)
{
    check_text(m->text);
    check_text(m->caption);
    CHECK(m->command.argument);
    CHECK(!m->command.name || (m->text[0] == '/' && m->command.name[0]));
    CHECK(!m->location || (m->location->latitude >= -90 && m->location->longitude <= 180));
    CHECK(!m->document || (m->document->file_id[0] && m->document->file_size >= -1));
    check_payment(m->paid, true);
    check_payment(m->refunded, true);
}

static void check_update(const struct tg_update *u)
{
    CHECK(u->update_id >= 0 && u->from.id >= 0 && u->from.first_name);
    check_text(u->from.first_name);
    CHECK(!u->message == !(u->kind == TG_MESSAGE || u->kind == TG_EDITED_MESSAGE));
    CHECK(!u->callback == (u->kind != TG_CALLBACK));
    CHECK(!u->checkout == (u->kind != TG_PRE_CHECKOUT));
    if (u->message) {
        CHECK(u->chat.id != 0);
        check_message(u->message);
    }
    if (u->callback)
        CHECK(u->from.id > 0 && u->callback->id[0]);
    if (u->checkout)
        check_payment(&u->checkout->payment, false);
}

static void one_update(struct arena *a, const char *data, size_t len)
{
    struct tg_update u;
    struct err err;
    arena_reset(a);
    if (tg_update_parse(a, data, len, &u, &err) == E_OK)
        check_update(&u);
    else
        CHECK(err.code == E_MALFORMED || err.code == E_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    const char *text = (const char *)data;
    struct arena *a = arena_new(TG_UPDATE_ARENA_BYTES);
    struct tg_updates list;
    struct tg_answer answer;
    struct err err;
    one_update(a, text, size);
    if (tg_updates_split(text, size, &list, &err) == E_OK)
        for (size_t i = 0; i < list.n; i++)
            one_update(a, list.items[i].json.text, list.items[i].json.len);
    arena_reset(a);
    if (tg_answer_parse(a, text, size, &answer, &err) == E_OK)
        CHECK(answer.description && answer.ok == (answer.result.len > 0));
    if (utf8_valid(text, size))
        CHECK(tg_html_units(text, size) <= size);
    arena_free(a);
    return 0;
}
