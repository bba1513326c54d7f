#ifndef HABITD_BOT_TEXT_VALUE_H
#define HABITD_BOT_TEXT_VALUE_H

#include "edge/bot/text.h"

/*
 * Appends a number, date, time or length as the language writes it. The texts it is made of (number.*,
 * date.*, month.* and so on) hold no markup, so that the result stands in HTML and in plain text alike;
 * test/locale_test.py sees to it. CHECKs that it is neither TEXT_ARG_STR nor TEXT_ARG_HTML.
 */
void text_value_format(struct buf *out, const struct lang *l, const struct text_arg *a);

#endif
