#ifndef HABITD_STORE_SQL_TEXT_H
#define HABITD_STORE_SQL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "store/db.h"

/*
 * SQL as text: tokens, statements, and a canonical form in which two spellings of one definition are equal.
 * It reads what both engines read: strings, quoted names, comments (nested on PostgreSQL), dollar quotes, and
 * the body of an SQLite trigger.
 */

enum sql_token_kind {
    SQL_END,
    SQL_WORD,   /* a bare name, keyword or number */
    SQL_QUOTED, /* "name", `name`, [name] */
    SQL_STRING, /* 'text', E'text', X'hex', $tag$text$tag$ */
    SQL_PUNCT   /* one operator or mark */
};

struct sql_token {
    enum sql_token_kind kind;
    const char *start; /* into the text */
    size_t len;
};

/* Reads the token at *at and moves behind it; comments and white space are skipped. An unended string reaches
 * to the end. */
struct sql_token sql_next(const char **at, enum db_engine engine);
/* Whether a bare word or mark is this one, letters in either case. */
bool sql_is(struct sql_token t, const char *word);

/*
 * The next statement of a text, without its semicolon and without leading comments; *at moves behind it.
 * false: there is none. A trigger of SQLite ends at `; END;`.
 */
bool sql_split(const char **at, enum db_engine engine, const char **start, size_t *len);

struct buf;

/*
 * Adds the canonical form of len bytes of SQLite's SQL: one space between tokens, none inside parentheses'
 * edges or before a comma, bare and quoted names in lower case and without needless quotes, comments left
 * out.
 */
void sql_canonical(struct buf *b, const char *sql, size_t len);
/* Adds a name in double quotes. */
void sql_add_name(struct buf *b, const char *name);
/* Adds a text in single quotes. */
void sql_add_string(struct buf *b, const char *text);

#endif
