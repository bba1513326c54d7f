/*
 * Names from CLDR as ICU carries them, for script/embed-cities.py; a program of the build, not of habitd.
 * Reads lines from stdin city LOCALE ZONE            the exemplar city of an IANA zone country LOCALE CC the
 * country's name country-short LOCALE CC     its short name (США) and answers each with one line; an empty
 * one when CLDR has no name.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/udat.h>
#include <unicode/uldnames.h>
#include <unicode/ustring.h>

#define NAME_MAX_UNITS 256

static void fail(const char *what, const char *about)
{
    fprintf(stderr, "cldr-names: %s: %s\n", what, about);
    exit(1);
}

/* The pattern VVV of a date is its zone's exemplar city. */
static void city(const char *locale, const char *zone, UChar out[NAME_MAX_UNITS])
{
    static const UChar pattern[] = {'V', 'V', 'V'};
    UChar id[NAME_MAX_UNITS];
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8(id, NAME_MAX_UNITS, NULL, zone, -1, &status);
    UDateFormat *format = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, id, -1, pattern, 3, &status);
    if (U_FAILURE(status))
        fail(u_errorName(status), zone);
    udat_format(format, 0, out, NAME_MAX_UNITS, NULL, &status);
    udat_close(format);
    if (U_FAILURE(status))
        fail(u_errorName(status), zone);
}

static void country(const char *locale, const char *code, int full, UChar out[NAME_MAX_UNITS])
{
    UDisplayContext contexts[] = {full ? UDISPCTX_LENGTH_FULL : UDISPCTX_LENGTH_SHORT};
    UErrorCode status = U_ZERO_ERROR;
    ULocaleDisplayNames *names = uldn_openForContext(locale, contexts, 1, &status);
    if (U_FAILURE(status))
        fail(u_errorName(status), locale);
    uldn_regionDisplayName(names, code, out, NAME_MAX_UNITS, &status);
    uldn_close(names);
    if (U_FAILURE(status))
        fail(u_errorName(status), code);
}

int main(void)
{
    char line[512];
    while (fgets(line, sizeof line, stdin)) {
        UChar name[NAME_MAX_UNITS] = {0}, unknown[NAME_MAX_UNITS] = {0};
        char text[NAME_MAX_UNITS * 3 + 1], *save = NULL;
        const char *what = strtok_r(line, " \n", &save), *locale = strtok_r(NULL, " \n", &save);
        const char *about = strtok_r(NULL, " \n", &save);
        if (!what || !locale || !about)
            fail("not a question", what ? what : "an empty line");
        if (strcmp(what, "city") == 0) {
            city(locale, about, name);
            city(locale, "Etc/Unknown", unknown);
        } else if (strcmp(what, "country") == 0 || strcmp(what, "country-short") == 0) {
            country(locale, about, strcmp(what, "country") == 0, name);
            u_uastrcpy(unknown, about); /* a code that is answered with itself has no name */
        } else {
            fail("not a question", what);
        }
        UErrorCode status = U_ZERO_ERROR;
        u_strToUTF8(text, sizeof text, NULL, name, -1, &status);
        if (U_FAILURE(status))
            fail(u_errorName(status), about);
        puts(u_strcmp(name, unknown) == 0 ? "" : text);
    }
    return 0;
}
