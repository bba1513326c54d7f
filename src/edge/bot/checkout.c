#include "edge/bot/checkout.h"

#include <stdlib.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/wait.h"
#include "domain/payment/stars.h"
#include "edge/bot/runtime.h"
#include "edge/bot/update_priv.h"
#include "net/telegram_pay.h"

#define TEXT_MAX 2048
#define PARAMS_MAX 8192
#define CALL_TIMEOUT_MS 4000
#define AGAIN_MS 300
#define SECONDS_LEFT 1 /* of Telegram's, behind which another try is no use */
#define CONNECTIONS 8
#define WAITING_MAX 4096
#define ANSWER_ARENA_BYTES 65536

/* --- the answer -------------------------------------------------------------------------------------- */

/* verdict: an enum stars_verdict, or STARS_VERDICTS: nobody could look. */
static void answer(struct bot_update *u, int verdict, const char *language_code)
{
    static const enum text_id says[STARS_VERDICTS + 1] = {
        [STARS_UNKNOWN] = TEXT_CHECKOUT_UNKNOWN,   [STARS_PAID] = TEXT_CHECKOUT_PAID,
        [STARS_STRANGER] = TEXT_CHECKOUT_STRANGER, [STARS_OLD] = TEXT_CHECKOUT_OLD,
        [STARS_UNSOLD] = TEXT_CHECKOUT_UNSOLD,     [STARS_RENEWING] = TEXT_CHECKOUT_RENEWING,
        [STARS_BLOCKED] = TEXT_CHECKOUT_BLOCKED,   [STARS_VERDICTS] = TEXT_CHECKOUT_TROUBLE,
    };
    const struct tg_update *parsed = u->parsed;
    const char *language = language_code ? language_code : parsed->from.language_code;
    struct buf text, params;
    buf_init(&text, TEXT_MAX);
    buf_init(&params, PARAMS_MAX);
    if (verdict != STARS_WELCOME)
        text_plain(&text, lang_find(language), says[verdict], NULL);
    tg_checkout_params(&params, parsed->checkout->id, verdict == STARS_WELCOME ? NULL : buf_text(&text));
    CHECK(!buf_overflowed(&params));
    u->checkout = verdict;
    u->answer = update_call(u->arena, "answerPreCheckoutQuery", buf_text(&params));
    buf_release(&text);
    buf_release(&params);
}

static enum ecode run(struct job *j, struct ctx *ctx)
{
    struct bot_update *u = j->owner;
    const struct tg_update *parsed = u->parsed;
    const struct tg_payment *p = &parsed->checkout->payment;
    struct stars_answer said;
    struct stars_checkout in = {.payload = p->payload,
                                .currency = p->currency,
                                .stars = p->total_amount,
                                .telegram_id = parsed->from.id};
    enum ecode rc = stars_may_pay(ctx, &in, &said);
    if (rc == E_OK)
        answer(u, (int)said.verdict, said.language_code);
    return rc;
}

static void done(struct job *j)
{
    struct bot_update *u = j->owner;
    if (j->code != E_OK) {
        log_event(LOG_ERROR, "a payment was refused: the order cannot be looked at", log_err(&j->err));
        answer(u, STARS_VERDICTS, NULL);
    }
    u->code = E_OK; /* it is dealt with: another time would be too late */
    u->outcome = INBOX_DONE;
    u->done(u);
}

const struct job_kind checkout_reads = {"checkout", JOB_READ, run, NULL, done};
const struct job_kind checkout_writes = {"checkout", JOB_WRITE, run, NULL, done};

bool checkout_is(const struct tg_update *u)
{
    return u->kind == TG_PRE_CHECKOUT;
}

/* --- sending it -------------------------------------------------------------------------------------- */

struct checkouts {
    struct bot *bot;
    struct http_client *client;
    pthread_t thread; /* hands over those that are to be tried again */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct reply *waiting;
    bool stopping;
};

struct reply {
    struct request request;
    struct arena *arena;
    struct checkouts *checkouts;
    struct monotime began, again;
    int tries;
    struct reply *next;
};

static void reply_free(struct reply *r)
{
    request_release(&r->request);
    arena_free(r->arena);
    free(r);
}

static void lost(struct reply *r, const char *why)
{
    count(&r->checkouts->bot->counters.checkouts_lost, 1);
    log_event(LOG_ERROR, "a pre-checkout query could not be answered", log_str("why", why));
    reply_free(r);
}

static void submit(struct reply *r)
{
    struct err err;
    r->tries++;
    if (http_client_submit(r->checkouts->client, &r->request.call, &err) != E_OK)
        lost(r, "too many at once");
}

static bool wait_for_again(struct reply *r)
{
    struct checkouts *c = r->checkouts;
    struct monotime now = monotime_now();
    int64_t deadline_ms = (TG_CHECKOUT_SECONDS - SECONDS_LEFT) * 1000LL;
    r->again = (struct monotime){now.ns + AGAIN_MS * 1000000LL};
    pthread_mutex_lock(&c->lock);
    bool may = !c->stopping && monotime_diff(r->again, r->began).ms < deadline_ms;
    if (may) {
        r->next = c->waiting;
        c->waiting = r;
        pthread_cond_signal(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    return may;
}

/* On the HTTP client's thread. What may have arrived is said again: Telegram refuses the second. */
static void reply_done(struct http_call *call)
{
    struct reply *r = call->user;
    struct tg_answer said;
    enum tg_verdict v = tg_judge(r->arena, call, &said);
    bool over = v == TG_SENT || v == TG_ALREADY || (v == TG_GONE && r->tries > 1);
    bool refused = v == TG_GONE || v == TG_REFUSED || v == TG_UNAUTHORIZED;
    http_call_release(call);
    if (over)
        reply_free(r);
    else if (refused || !wait_for_again(r))
        lost(r, tg_verdict_name(v));
}

/* The first that is due, out of the list; NULL: none, *until says when to look again (0: no matter). */
static struct reply *take_due(struct checkouts *c, struct monotime *until)
{
    struct monotime now = monotime_now();
    *until = (struct monotime){0};
    for (struct reply **at = &c->waiting; *at != NULL; at = &(*at)->next) {
        struct reply *r = *at;
        if (r->again.ns <= now.ns) {
            *at = r->next;
            return r;
        }
        if (until->ns == 0 || r->again.ns < until->ns)
            *until = r->again;
    }
    return NULL;
}

static void *run_again(void *arg)
{
    struct checkouts *c = arg;
    struct monotime until;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        struct reply *r = take_due(c, &until);
        if (r != NULL) {
            pthread_mutex_unlock(&c->lock);
            submit(r);
            pthread_mutex_lock(&c->lock);
        } else if (until.ns != 0) {
            cond_wait_until(&c->changed, &c->lock, until);
        } else {
            pthread_cond_wait(&c->changed, &c->lock);
        }
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

enum ecode checkouts_new(struct bot *b, struct checkouts **out, struct err *err)
{
    struct checkouts *c = calloc(1, sizeof *c);
    struct http_client_options o;
    CHECK(c != NULL);
    http_client_options_init(&o);
    o.connections_max = CONNECTIONS;
    o.waiting_max = WAITING_MAX;
    c->bot = b;
    enum ecode rc = http_client_new(&o, &c->client, err);
    if (rc != E_OK) {
        free(c);
        return rc;
    }
    CHECK(pthread_mutex_init(&c->lock, NULL) == 0);
    cond_init_monotonic(&c->changed);
    CHECK(pthread_create(&c->thread, NULL, run_again, c) == 0);
    *out = c;
    return E_OK;
}

void checkouts_answer(struct checkouts *c, const char *json)
{
    struct request_spec spec = {.timeout_ms = CALL_TIMEOUT_MS};
    struct err err;
    struct reply *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    *r = (struct reply){.arena = arena_new(ANSWER_ARENA_BYTES), .checkouts = c, .began = monotime_now()};
    update_call_cut(r->arena, json, &spec);
    enum ecode rc = request_init(&r->request, r->arena, &c->bot->endpoint, &spec, &err);
    r->request.call.done = reply_done;
    r->request.call.user = r;
    if (rc == E_OK)
        submit(r);
    else
        lost(r, err.text);
}

void checkouts_stop(struct checkouts *c, struct duration limit)
{
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    while (c->waiting != NULL) {
        struct reply *r = c->waiting;
        c->waiting = r->next;
        lost(r, "the program ends");
    }
    http_client_drain(c->client, limit);
}

void checkouts_free(struct checkouts *c)
{
    if (c == NULL)
        return;
    if (!c->stopping)
        checkouts_stop(c, duration_ms(0));
    http_client_free(c->client);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
    free(c);
}
