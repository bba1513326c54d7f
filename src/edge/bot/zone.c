/* Where the person is: a city, a location, or the IANA name; always confirmed by the person. */
#include <string.h>
#include "edge/bot/place.h"
#include "edge/bot/screens.h"

#define MATCHES_MAX 8
#define NEAR_LOOKED_AT 12 /* a border may lie between a person and the nearest point … */
#define NEAR_MAX 4        /* … so of these the nearest with each clock is offered */
#define HALF_YEAR_MS (182LL * 86400000)
#define CITY_BYTES_MAX 256
#define ZONE_NAME_MAX 50 /* the longest is 32 */

enum ecode on_zone(struct turn *t, const char *arg)
{
    enum ecode rc = turn_ask(t, "zone", "ask", NULL);
    return rc == E_OK ? turn_send(t, "zone", NULL) : rc;
}

/* "zo": asks again from a button. */
enum ecode press_zone(struct turn *t, const struct args *a)
{
    return on_zone(t, NULL);
}

/* "zy:<zone>": that is the right time. */
enum ecode press_zone_yes(struct turn *t, const struct args *a)
{
    char name[ZONE_NAME_MAX];
    struct user_view me;
    if (a->n < 2 || a->word[1].len >= sizeof name)
        return turn_say(t, TEXT_ERROR_STALE, NULL);
    memcpy(name, a->word[1].text, a->word[1].len);
    name[a->word[1].len] = '\0';
    struct user_change change = {.has_timezone = true, .timezone = name};
    enum ecode rc = turn_op(t, &OP_me_update, &change, &me);
    if (rc == E_OK)
        rc = turn_end(t);
    if (rc != E_OK)
        return rc;
    rc = turn_send(t, "zone_done", NULL); /* takes the keyboard with the location away */
    if (rc == E_OK)
        rc = turn_send(t, "home", NULL);
    return rc == E_OK ? turn_delete(t) : rc;
}

enum ecode draw_zone_done(struct view *v)
{
    view_put(v, TEXT_ZONE_SAVED, NULL);
    v->removes_keyboard = true;
    return E_OK;
}

/* One is confirmed by its clock, several are offered, each with its clock. */
static enum ecode offer(struct turn *t, const char *const *zones, size_t n)
{
    enum ecode rc = turn_ask(t, "zone", "confirm", NULL);
    if (rc != E_OK)
        return rc;
    if (n == 1)
        return turn_send(t, "zone_confirm", zones[0]);
    const char *args = zones[0];
    for (size_t i = 1; i < n; i++)
        args = turn_data(t, "%s:%s", args, zones[i]);
    return turn_send(t, "zones", args);
}

/* Whether two zones show the same time, in summer and in winter. */
static enum ecode same_clock(struct turn *t, const char *one, const char *other, bool *same)
{
    const struct zone *a, *b;
    struct instant later = instant_from_ms(t->ctx->now.ms + HALF_YEAR_MS);
    enum ecode rc = zone_get(one, &a, &t->ctx->err);
    if (rc == E_OK)
        rc = zone_get(other, &b, &t->ctx->err);
    if (rc == E_OK)
        *same = zone_offset_at(a, t->ctx->now) == zone_offset_at(b, t->ctx->now) &&
                zone_offset_at(a, later) == zone_offset_at(b, later);
    return rc;
}

/* Of zones with the same clock the first stays. */
static enum ecode thin_out(struct turn *t, const char **zones, size_t *n)
{
    size_t kept = 0;
    enum ecode rc = E_OK;
    for (size_t i = 0; i < *n && rc == E_OK; i++) {
        bool same = false;
        for (size_t k = 0; k < kept && !same && rc == E_OK; k++)
            rc = same_clock(t, zones[i], zones[k], &same);
        if (!same)
            zones[kept++] = zones[i];
    }
    *n = kept;
    return rc;
}

static enum ecode say_location(struct turn *t, const struct tg_location *where)
{
    const char *zones[NEAR_LOOKED_AT];
    size_t n;
    enum ecode rc = place_nearest(where->latitude, where->longitude, zones, NEAR_LOOKED_AT, &n, &t->ctx->err);
    if (rc == E_OK)
        rc = thin_out(t, zones, &n);
    return rc == E_OK ? offer(t, zones, n < NEAR_MAX ? n : NEAR_MAX) : rc;
}

enum ecode say_zone(struct turn *t)
{
    struct place_match found[MATCHES_MAX];
    const char *zones[MATCHES_MAX];
    if (t->update->message->location)
        return say_location(t, t->update->message->location);
    const char *text = turn_text(t);
    size_t n = text ? place_search(t->lang, text, found, MATCHES_MAX) : 0;
    for (size_t i = 0; i < n; i++)
        zones[i] = found[i].zone;
    return n ? offer(t, zones, n) : turn_say(t, TEXT_ZONE_NOT_FOUND, NULL);
}

enum ecode draw_zone_ask(struct view *v)
{
    view_put(v, TEXT_ZONE_ASK, NULL);
    v->asks_location = true;
    v->location_label = TEXT_BUTTON_LOCATION;
    return E_OK;
}

/* args: zones; each button says the place and what its clock shows, and pressing it is the confirmation */
enum ecode draw_zone_list(struct view *v)
{
    view_put(v, TEXT_ZONE_CHOOSE, NULL);
    for (size_t i = 0; i < v->args.n; i++) {
        const struct zone *zone;
        struct buf label;
        const char *name = view_data(v, "%.*s", (int)v->args.word[i].len, v->args.word[i].text);
        if (zone_get(name, &zone, &v->ctx->err) != E_OK)
            continue;
        buf_init(&label, CITY_BYTES_MAX);
        place_name(&label, v->lang, name);
        buf_str(&label, " · ");
        text_plain_value(&label, v->lang, text_time("time", zone_to_local(zone, v->ctx->now).ms / 60000));
        view_row(v);
        view_button_label(v, view_data(v, "zy:%s", name), buf_text(&label));
        buf_release(&label);
    }
    view_row(v);
    view_button(v, "zo", TEXT_BUTTON_ZONE_OTHER, NULL);
    return E_OK;
}

enum ecode draw_zone_confirm(struct view *v)
{
    const struct zone *zone;
    const char *name = v->item->args;
    enum ecode rc = zone_get(name, &zone, &v->ctx->err);
    if (rc != E_OK) {
        v->nothing = rc == E_INVALID;
        return v->nothing ? E_OK : rc;
    }
    struct walltime now = zone_to_local(zone, v->ctx->now);
    struct buf city;
    buf_init(&city, CITY_BYTES_MAX);
    place_name(&city, v->lang, name);
    view_put(v, TEXT_ZONE_CONFIRM,
             TEXT_ARGS(text_str("city", buf_text(&city)), text_time("time", now.ms / 60000),
                       text_day("day", now.day, now.day, TEXT_DAY_LONG_WEEKDAY)));
    buf_release(&city);
    view_button(v, view_data(v, "zy:%s", name), TEXT_BUTTON_ZONE_YES, NULL);
    view_row(v);
    view_button(v, "zo", TEXT_BUTTON_ZONE_OTHER, NULL);
    return E_OK;
}
