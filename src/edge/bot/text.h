#ifndef HABITD_BOT_TEXT_H
#define HABITD_BOT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/day.h"
#include "texts.h"

/*
 * What the bot says, in every language of locale/ (gettext PO files; script/embed-texts.py makes texts.h and
 * texts.c of them). A key "today.empty" is TEXT_TODAY_EMPTY. A text is Telegram HTML in which {name} stands
 * for the argument of that name; in a text with plural forms the argument "n" chooses the form. Pure
 * functions over constants, thread-safe. Texts of people must be valid UTF-8.
 *
 *     text_put(&out, lang, TEXT_HABIT_DONE, TEXT_ARGS(text_str("name", habit->name), text_num("n", streak)));
 *
 * test/locale_test.py compares the arguments written at the call with the placeholders of the text.
 */

/* ---- languages ---- */

struct lang;

/*
 * The language for a BCP 47 tag ("ru-RU", "pt_BR", any case): the file of the tag, else of the tag without
 * its last subtags, else the one that names the language in X-Fallback-For (ru does for Belarusian, Kazakh
 * and Kyrgyz, in whose countries Russian is official), else English; also for NULL. Never NULL: the person
 * can always choose another.
 */
const struct lang *lang_find(const char *bcp47);
/* The languages in a fixed order, the default one first. CHECKs i < lang_count(). */
const struct lang *lang_at(size_t i);
size_t lang_count(void);
/* BCP 47, as users.language_code stores it. */
const char *lang_code(const struct lang *l);
/* Its own name for itself: a button in the choice of languages. */
const char *lang_native_name(const struct lang *l);
bool lang_is_rtl(const struct lang *l);

/* ---- arguments ---- */

enum text_day_style {
    TEXT_DAY_DATE,         /* Nov 25 · 25 ноября; with the year when it is another than today's */
    TEXT_DAY_WEEKDAY,      /* Wed, Nov 25 · ср, 25 ноября */
    TEXT_DAY_LONG_WEEKDAY, /* Wednesday, Nov 25 · среда, 25 ноября */
    TEXT_DAY_RELATIVE,     /* yesterday, today, tomorrow; else as TEXT_DAY_DATE */
};

enum text_arg_kind {
    TEXT_ARG_END,
    TEXT_ARG_STR,
    TEXT_ARG_HTML,
    TEXT_ARG_NUM,
    TEXT_ARG_MILLI,
    TEXT_ARG_PERCENT,
    TEXT_ARG_MONEY,
    TEXT_ARG_DAY,
    TEXT_ARG_TIME,
    TEXT_ARG_WEEKDAYS,
    TEXT_ARG_SPAN,
};

/* One named value; made with the functions below, which say what it shows. Strings are borrowed. */
struct text_arg {
    const char *name;
    enum text_arg_kind kind;
    const char *s;
    int64_t i;
    double share;
    struct day day, today;
    int detail; /* style of a day, first day of a list of weekdays, decimal places of money */
};

/* The arguments of one call. A text without placeholders takes NULL. */
#define TEXT_ARGS(...) ((const struct text_arg[]){__VA_ARGS__, {.kind = TEXT_ARG_END}})

/*
 * A person's text, not NULL: escaped in HTML, and isolated from the direction of what stands round it (FSI …
 * PDI) when the language is right-to-left or the value holds right-to-left letters or direction controls.
 * Plain Latin or Cyrillic in a left-to-right text stays as it is. Isolates that a value leaves open are
 * closed.
 */
struct text_arg text_str(const char *name, const char *value);
/* Telegram HTML made before, not NULL: as it is; without its tags in plain text. */
struct text_arg text_html(const char *name, const char *html);
/* 1,234,567 · 1 234 567 (groups from five digits on; − before negative ones). */
struct text_arg text_num(const char *name, int64_t n);
/* Thousandths without trailing zeros: 2500 is 2.5 · 2,5. */
struct text_arg text_milli(const char *name, int64_t thousandths);
/* A share of 1, cut to 0–1: 87% · 87 %. 100 only for the whole, 0 only for nothing. */
struct text_arg text_percent(const char *name, double share);
/*
 * 99 ₽, 99.50 ₽: minor units of which 10^scale (0–9) make one; no decimals when they are all 0, else at
 * least two and no trailing zeros after them. RUB, USD, EUR and XTR (⭐) have signs, others show their code.
 */
struct text_arg text_money(const char *name, int64_t amount_minor, int scale, const char *currency);
/* A date; `today` decides about the year and the relative words. */
struct text_arg text_day(const char *name, struct day day, struct day today, enum text_day_style style);
/* "HH:MM"; minute 0–1439. */
struct text_arg text_time(const char *name, int minute);
/*
 * Days of the week as they stand inside a sentence: "every day", "on weekdays", "on weekends", "Mon, Wed";
 * bit 0 of the mask is Monday. The list begins with first_weekday, 1–7 (ISO).
 */
struct text_arg text_weekdays(const char *name, unsigned mask, int first_weekday);
/*
 * A length of time >= 0 in its two largest parts: "2 days 3 hours", "15 minutes"; "0 minutes". In the case
 * that follows "in" and "for" (через 1 минуту).
 */
struct text_arg text_span(const char *name, int64_t minutes);

/* ---- rendering: all append to out ---- */

/*
 * The text as Telegram HTML. CHECKs that every placeholder has its argument and a text with plural forms an
 * "n" (text_num or text_milli); arguments without a placeholder are ignored. args ends with TEXT_ARG_END;
 * NULL is none.
 */
void text_put(struct buf *out, const struct lang *l, enum text_id id, const struct text_arg *args);
/* The same without tags and escapes: button labels, answers to callbacks, pictures, command descriptions. */
void text_plain(struct buf *out, const struct lang *l, enum text_id id, const struct text_arg *args);
/* One value alone, as it would stand in a text of HTML or of plain text; its name does not matter. */
void text_put_value(struct buf *out, const struct lang *l, struct text_arg value);
void text_plain_value(struct buf *out, const struct lang *l, struct text_arg value);

#endif
