#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/utf8.h"
#include "net/telegram_pay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What Telegram answers to calls about Stars is refused, or is what telegram_pay.h promises. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    struct arena *a = arena_new(TG_TRANSACTIONS_ARENA_BYTES);
    struct tg_star_transactions *list = arena_alloc(a, sizeof *list);
    struct tg_answer answer;
    struct err err;
    const char *link;
    if (tg_answer_parse(a, (const char *)data, size, &answer, &err) == E_OK && answer.ok) {
        if (tg_text_parse(a, answer.result, &link, &err) == E_OK)
            CHECK(*link && utf8_valid(link, strlen(link)));
        if (tg_star_transactions_parse(a, answer.result, list, &err) == E_OK)
            for (size_t i = 0; i < list->n; i++) {
                const struct tg_star_transaction *t = &list->items[i];
                CHECK(*t->id && t->stars >= 0);
                CHECK(t->kind == TG_STAR_OTHER || (t->user_id > 0 && t->stars > 0));
            }
    }
    arena_free(a);
    return 0;
}
