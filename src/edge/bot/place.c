#include "edge/bot/place.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "edge/bot/place_table.h"

#define FOLDED_MAX 256
#define NEAR_FROM 5 /* letters: shorter names with a letter changed are other names */

/* How well something fits; less is better. */
enum rank { EQUAL, BEGINS, COUNTRY_EQUAL, WORD_BEGINS, INSIDE, COUNTRY_BEGINS, ID_INSIDE, NEAR, NO_MATCH };

enum key_kind { KEY_CITY, KEY_ID, KEY_COUNTRY };

/* One folded name. */
struct key {
    char *text;
    size_t len;
    enum key_kind kind;
    size_t index; /* of place_rows, of place_countries */
};

/* Made once and kept: some 2,500 short texts. */
static struct key *keys;
static size_t keys_count, keys_cap;
static pthread_once_t keys_once = PTHREAD_ONCE_INIT;

static void add_key(enum key_kind kind, size_t index, const char *name, size_t len)
{
    char folded[FOLDED_MAX];
    size_t n;
    CHECK(utf8_fold(name, len, folded, sizeof folded, &n));
    if (keys_count == keys_cap) {
        keys_cap = keys_cap ? keys_cap * 2 : 4096;
        keys = reallocarray(keys, keys_cap, sizeof *keys);
        CHECK(keys != NULL);
    }
    struct key *k = &keys[keys_count++];
    *k = (struct key){.text = strdup(folded), .len = n, .kind = kind, .index = index};
    CHECK(k->text != NULL);
}

static void make_keys(void)
{
    for (size_t i = 0; i < place_rows_count; i++) {
        const struct place_row *row = &place_rows[i];
        add_key(KEY_ID, i, row->zone, strlen(row->zone));
        for (size_t l = 0; l < place_languages_count; l++)
            add_key(KEY_CITY, i, row->names[l], strlen(row->names[l]));
        for (const char *alias = row->aliases; *alias;) {
            size_t n = strcspn(alias, " ");
            add_key(KEY_ID, i, alias, n);
            alias += n + (alias[n] == ' ');
        }
    }
    for (size_t i = 0; i < place_countries_count; i++)
        for (size_t l = 0; l < place_languages_count; l++) {
            add_key(KEY_COUNTRY, i, place_countries[i].names[l], strlen(place_countries[i].names[l]));
            add_key(KEY_COUNTRY, i, place_countries[i].full[l], strlen(place_countries[i].full[l]));
        }
}

struct query {
    char text[FOLDED_MAX];
    size_t len, letters;
};

/* Where the query stands in the key at the beginning of a word; NULL: nowhere. `gap` is what parts words. */
static const char *at_word(const struct key *k, const struct query *q, char gap)
{
    const char *at = k->text;
    while ((at = strstr(at, q->text)) != NULL && at != k->text && at[-1] != gap)
        at++;
    return at;
}

static enum rank rank_of_id(const struct key *k, const struct query *q)
{
    const char *at = at_word(k, q, '/');
    if (at)
        return strlen(at) == q->len ? (at == k->text ? EQUAL : BEGINS) : at == k->text ? ID_INSIDE : INSIDE;
    return strstr(k->text, q->text) ? ID_INSIDE : NO_MATCH;
}

static enum rank rank_of(const struct key *k, const struct query *q)
{
    if (k->kind == KEY_ID)
        return rank_of_id(k, q);
    const char *at = at_word(k, q, ' ');
    bool equal = at == k->text && k->len == q->len;
    if (k->kind == KEY_COUNTRY)
        return equal ? COUNTRY_EQUAL : at == k->text && q->letters > 1 ? COUNTRY_BEGINS : NO_MATCH;
    if (at)
        return equal ? EQUAL : at == k->text ? BEGINS : WORD_BEGINS;
    if (strstr(k->text, q->text))
        return INSIDE;
    return q->letters >= NEAR_FROM && utf8_near(k->text, k->len, q->text, q->len) ? NEAR : NO_MATCH;
}

struct candidate {
    enum rank rank;
    size_t len; /* of the name that fits: shorter ones are closer to what was typed */
    size_t row;
};

static int candidate_cmp(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void improve(struct candidate *c, enum rank rank, size_t len)
{
    if (rank < c->rank || (rank == c->rank && len < c->len)) {
        c->rank = rank;
        c->len = len;
    }
}

static size_t language_index(const struct lang *l)
{
    for (size_t i = 0; i < place_languages_count; i++)
        if (strcmp(place_languages[i], lang_code(l)) == 0)
            return i;
    return 0;
}

static bool zone_exists(const char *name, const char **kept)
{
    struct err err;
    const struct zone *z;
    if (zone_get(name, &z, &err))
        return false;
    *kept = zone_name(z);
    return true;
}

static const struct place_row *row_of(const char *zone)
{
    for (size_t i = 0; i < place_rows_count; i++) {
        const struct place_row *row = &place_rows[i];
        if (strcmp(row->zone, zone) == 0)
            return row;
        for (const char *alias = row->aliases; *alias;) {
            size_t n = strcspn(alias, " ");
            if (strlen(zone) == n && memcmp(alias, zone, n) == 0)
                return row;
            alias += n + (alias[n] == ' ');
        }
    }
    return NULL;
}

/* A name that tzdata has and the table has not, spelled as there. */
static bool exact_zone(const char *query, struct place_match *out)
{
    const char *start, *zone;
    size_t len;
    char name[128];
    if (!utf8_clean_line(query, strlen(query), &start, &len) || len >= sizeof name)
        return false;
    memcpy(name, start, len);
    name[len] = '\0';
    if (row_of(name) || !zone_exists(name, &zone))
        return false;
    *out = (struct place_match){.zone = zone, .name = zone};
    return true;
}

/* Every row with how well it fits, the best first; free() it. */
static struct candidate *rank_rows(const struct query *q)
{
    struct candidate *found = calloc(place_rows_count, sizeof *found);
    CHECK(found != NULL);
    for (size_t i = 0; i < place_rows_count; i++)
        found[i] = (struct candidate){.rank = NO_MATCH, .row = i};
    for (size_t i = 0; i < keys_count; i++) {
        const struct key *k = &keys[i];
        enum rank rank = rank_of(k, q);
        if (rank == NO_MATCH)
            continue;
        if (k->kind != KEY_COUNTRY) {
            improve(&found[k->index], rank, k->len);
            continue;
        }
        for (size_t row = 0; row < place_rows_count; row++)
            if (place_rows[row].country == (int)k->index)
                improve(&found[row], rank, k->len);
    }
    qsort(found, place_rows_count, sizeof *found, candidate_cmp);
    return found;
}

size_t place_search(const struct lang *l, const char *query, struct place_match *out, size_t max)
{
    struct query q;
    if (max == 0 || !utf8_fold(query, strlen(query), q.text, sizeof q.text, &q.len) ||
        strspn(q.text, "/ ") == q.len)
        return 0;
    q.letters = utf8_visible_length(q.text, q.len);
    pthread_once(&keys_once, make_keys);
    struct candidate *found = rank_rows(&q);
    size_t language = language_index(l), n = exact_zone(query, out);
    for (size_t i = 0; n < max && i < place_rows_count && found[i].rank != NO_MATCH; i++) {
        const struct place_row *row = &place_rows[found[i].row];
        const char *zone;
        if (zone_exists(row->zone, &zone))
            out[n++] = (struct place_match){
                .zone = zone,
                .name = row->names[language],
                .country = row->country < 0 ? NULL : place_countries[row->country].names[language]};
    }
    free(found);
    return n;
}

void place_name(struct buf *out, const struct lang *l, const char *zone)
{
    const struct place_row *row = row_of(zone);
    if (row) {
        buf_str(out, row->names[language_index(l)]);
        return;
    }
    const char *slash = strrchr(zone, '/');
    for (const char *s = slash ? slash + 1 : zone; *s; s++)
        buf_char(out, *s == '_' ? ' ' : *s);
}
