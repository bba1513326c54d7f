#ifndef HABITD_BOT_TEXT_TABLE_H
#define HABITD_BOT_TEXT_TABLE_H

#include <stdint.h>
#include "edge/bot/text.h"

/* What script/embed-texts.py makes of locale/. Only text.c, text_value.c and the generated file see it. */

#define TEXT_FORMS 6 /* the most plural forms a language has */

struct lang {
    const char *code;         /* BCP 47: "en", "pt-BR" */
    const char *native_name;  /* "Русский" */
    const char *fallback_for; /* language subtags with a blank between, "" for none */
    bool rtl;
    unsigned fraction_form;                 /* the form that goes with 2.5 */
    unsigned (*plural)(uint64_t n);         /* the form that goes with n */
    const char *const (*texts)[TEXT_FORMS]; /* by enum text_id; form 0 alone: the same for every n */
};

/* The default language comes first. */
extern const struct lang langs[];
extern const size_t langs_count;

#endif
