/* Terms, help with payments, and the end: everything about a person erased. */
#include <string.h>
#include "base/utf8.h"
#include "edge/bot/screens.h"

#define WORD_BYTES_MAX 256

enum ecode on_terms(struct turn *t, const char *arg)
{
    return turn_send(t, "terms", NULL);
}

enum ecode draw_terms(struct view *v)
{
    view_put(v, TEXT_TERMS_TEXT, NULL);
    return E_OK;
}

enum ecode on_paysupport(struct turn *t, const char *arg)
{
    return turn_send(t, "paysupport", NULL);
}

/* The person's id is what an operator finds payments by. */
enum ecode draw_paysupport(struct view *v)
{
    char id[UUID_TEXT];
    view_put(v, TEXT_PAYSUPPORT_TEXT, TEXT_ARGS(text_str("id", uuid_format(&v->me.id, id))));
    view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    view_button(v, "pr", TEXT_BUTTON_PREMIUM, NULL);
    return E_OK;
}

/* --- the end ------------------------------------------------------------------------------------------- */

enum ecode on_delete_me(struct turn *t, const char *arg)
{
    enum ecode rc = turn_ask(t, "erase", "word", NULL);
    return rc == E_OK ? turn_send(t, "erase", NULL) : rc;
}

enum ecode draw_erase(struct view *v)
{
    view_put(v, TEXT_ERASE_ASK, NULL);
    view_button(v, "ex", TEXT_BUTTON_EXPORT, NULL);
    view_row(v);
    view_button(v, "ho", TEXT_BUTTON_KEEP, NULL);
    return E_OK;
}

/* Without regard to case and to quotation marks. */
static bool is_word(struct turn *t, const char *text)
{
    char said[WORD_BYTES_MAX], wanted[WORD_BYTES_MAX];
    size_t said_len, wanted_len;
    struct buf word;
    buf_init(&word, WORD_BYTES_MAX);
    text_plain(&word, t->lang, TEXT_ERASE_WORD, NULL);
    bool same = utf8_fold(text, strlen(text), said, sizeof said, &said_len) &&
                utf8_fold(buf_text(&word), word.len, wanted, sizeof wanted, &wanted_len) &&
                said_len == wanted_len && memcmp(said, wanted, said_len) == 0;
    buf_release(&word);
    return same;
}

/*
 * The word is typed: everything goes in this transaction. The last message is a row of fixed words that needs
 * nothing of the person but the chat, and goes with its end.
 */
enum ecode say_erase(struct turn *t)
{
    const char *text = turn_text(t);
    if (!text || !is_word(t, text))
        return turn_say(t, TEXT_ERASE_NOT_THE_WORD, NULL);
    enum ecode rc = turn_op(t, &OP_me_erase, NULL, NULL);
    return rc == E_OK ? turn_say(t, TEXT_ERASE_DONE, NULL) : rc;
}
