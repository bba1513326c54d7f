#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "domain/health/health.h"
#include "domain/service.h"
#include "edge/http/http_edge.h"
#include "edge/http/token_cache.h"

/*
 * The edge on a service that does what the test wants: refuses, stays silent, answers late, answers with any
 * error. What a real one does is tested by test/blackbox/http_*.test.mjs; this one runs under ThreadSanitizer
 * too.
 */

/* --- the service
 * ----------------------------------------------------------------------------------------------------- */

struct service {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t worker;
    struct call *queue[64];
    size_t queued, submitted;
    bool full, silent, stopping;
    struct err answer; /* code E_OK: success */
    struct health health;
};

static void answer(struct call *c, const struct err *verdict, const struct health *health)
{
    c->code = verdict->code;
    c->err = *verdict;
    if (c->code == E_OK && c->token != NULL)
        c->user_id.b[0] = 1;
    if (c->code == E_OK && c->op == &OP_health)
        *(struct health *)c->out = *health;
    c->done(c);
}

static void *work(void *arg)
{
    struct service *s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while ((s->queued == 0 || s->silent) && !s->stopping)
            pthread_cond_wait(&s->changed, &s->lock);
        if (s->queued == 0)
            break;
        struct call *c = s->queue[--s->queued];
        struct err verdict = s->answer;
        struct health health = s->health;
        pthread_mutex_unlock(&s->lock);
        answer(c, &verdict, &health);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

enum ecode service_submit(struct service *s, struct call *c)
{
    pthread_mutex_lock(&s->lock);
    bool full = s->full || s->queued == ARRAY_LEN(s->queue);
    s->submitted++;
    if (!full)
        s->queue[s->queued++] = c;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return full ? E_BUSY : E_OK;
}

enum ecode service_submit_job(struct service *s, struct job *j)
{
    return E_BUSY;
}

void service_get_stats(struct service *s, struct service_stats *out)
{
    pthread_mutex_lock(&s->lock);
    *out = (struct service_stats){.reads_waiting = s->queued};
    pthread_mutex_unlock(&s->lock);
}

static void set_silent(struct service *s, bool silent)
{
    pthread_mutex_lock(&s->lock);
    s->silent = silent;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void set_full(struct service *s, bool full)
{
    pthread_mutex_lock(&s->lock);
    s->full = full;
    pthread_mutex_unlock(&s->lock);
}

static void set_answer(struct service *s, const struct err *answer)
{
    pthread_mutex_lock(&s->lock);
    s->answer = *answer;
    pthread_mutex_unlock(&s->lock);
}

static size_t submitted(struct service *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->submitted;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* --- the bed
 * -----------------------------------------------------------------------------------------------------------
 */

struct bed {
    struct service service;
    struct http_edge *edge;
    struct http_edge *botless; /* without a webhook's sink */
    /* the sink */
    atomic_int events;
    enum ecode refusal, verdict;
    bool elsewhere; /* answered by another thread */
    char body[64];
};

static void *end_event(void *arg)
{
    struct webhook_event *e = arg;
    e->done(e);
    return NULL;
}

#define SECRET "agreed-on_with_Telegram"

static bool knows_secret(void *arg, const char *given)
{
    (void)arg;
    return strcmp(given, SECRET) == 0;
}

static enum ecode sink(void *arg, struct webhook_event *e)
{
    struct bed *b = arg;
    atomic_fetch_add(&b->events, 1);
    if (b->refusal != E_OK)
        return b->refusal;
    snprintf(b->body, sizeof b->body, "%.*s", (int)e->len, e->body);
    e->code = b->verdict;
    if (strcmp(b->body, "toast") == 0)
        e->answer = arena_strdup(e->arena, "{\"method\":\"answerCallbackQuery\"}");
    pthread_t thread;
    if (!b->elsewhere) {
        e->done(e);
        return E_OK;
    }
    CHECK(pthread_create(&thread, NULL, end_event, e) == 0);
    pthread_detach(thread);
    return E_OK;
}

#define READY_LIMIT_MS 400
#define PATIENCE_MS 60000

static int begin(void **state, int64_t ready_limit_ms)
{
    struct bed *b = calloc(1, sizeof *b);
    struct http_edge_options o;
    struct err e;
    log_configure(LOG_ERROR + 1, LOG_TEXT);
    b->service.health = (struct health){.current = true, .bot_held = true};
    pthread_mutex_init(&b->service.lock, NULL);
    pthread_cond_init(&b->service.changed, NULL);
    assert_int_equal(pthread_create(&b->service.worker, NULL, work, &b->service), 0);
    http_edge_options_init(&o);
    o.server.listen = "127.0.0.1:0";
    o.service = &b->service;
    o.ready_limit = duration_ms(ready_limit_ms);
    assert_int_equal(http_edge_new(&o, &b->botless, &e), E_OK);
    o.telegram = (struct webhook_sink){.knows = knows_secret, .submit = sink, .arg = b};
    assert_int_equal(http_edge_new(&o, &b->edge, &e), E_OK);
    *state = b;
    return 0;
}

/* A machine that is busy with other tests must not be taken for a silent database. */
static int setup(void **state)
{
    return begin(state, PATIENCE_MS);
}

static int setup_hasty(void **state)
{
    return begin(state, READY_LIMIT_MS);
}

static int teardown(void **state)
{
    struct bed *b = *state;
    set_silent(&b->service, false);
    http_edge_free(b->edge);
    http_edge_free(b->botless);
    pthread_mutex_lock(&b->service.lock);
    b->service.stopping = true;
    pthread_cond_broadcast(&b->service.changed);
    pthread_mutex_unlock(&b->service.lock);
    pthread_join(b->service.worker, NULL);
    pthread_cond_destroy(&b->service.changed);
    pthread_mutex_destroy(&b->service.lock);
    free(b);
    return 0;
}

/* One request on a connection of its own, as it stands; the whole answer, NUL-terminated. */
static void exchange(int port, const char *text, char answer[4096])
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    size_t len = 0, size = strlen(text);
    ssize_t n;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(write(fd, text, size), size);
    while (len < 4095 && (n = read(fd, answer + len, 4095 - len)) > 0)
        len += (size_t)n;
    answer[len] = '\0';
    close(fd);
}

static void request(int port, const char *method, const char *path, char answer[4096])
{
    char text[512];
    snprintf(text, sizeof text,
             "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nConnection: close\r\n\r\n", method,
             path);
    exchange(port, text, answer);
}

static int status_of(const char *answer)
{
    assert_int_equal(strncmp(answer, "HTTP/1.1 ", 9), 0);
    return (int)strtol(answer + 9, NULL, 10);
}

static void expect_part(const char *answer, const char *part)
{
    if (strstr(answer, part) == NULL)
        fail_msg("no '%s' in\n%s", part, answer);
}

/* --- tests
 * -------------------------------------------------------------------------------------------------------------
 */

static void test_errors_have_their_status_and_hide_what_is_inside(void **state)
{
    static const int statuses[E_CODES] = {
        [E_INVALID] = 422,   [E_MALFORMED] = 400, [E_UNAUTHENTIC] = 401, [E_FORBIDDEN] = 403,
        [E_NOT_FOUND] = 404, [E_CONFLICT] = 409,  [E_LIMIT] = 403,       [E_TOO_LARGE] = 413,
        [E_RATE] = 429,      [E_BUSY] = 503,      [E_UNAVAILABLE] = 503, [E_UNCERTAIN] = 503,
        [E_UNIQUE] = 500,    [E_FOREIGN] = 500,   [E_CHECK] = 500,       [E_RETRY] = 503,
        [E_IO] = 503,        [E_CORRUPT] = 500,   [E_INTERNAL] = 500,
    };
    static const char *const calls[][2] = {{"GET", "/v1/me"}, {"DELETE", "/v1/me"}}; /* a read and a write */
    struct bed *b = *state;
    char answer[4096], part[80];
    struct err e;
    for (int code = E_OK + 1; code < E_CODES; code++) {
        for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
            err_set(&e, (enum ecode)code, "host db1.internal said %d", code);
            set_answer(&b->service, &e);
            request(http_edge_port(b->edge), calls[i][0], calls[i][1], answer);
            assert_int_equal(status_of(answer), statuses[code]);
            expect_part(answer, "Content-Type: application/problem+json");
            snprintf(part, sizeof part, "\"code\":\"%s\"", ecode_name((enum ecode)code));
            expect_part(answer, part);
            assert_int_equal(strstr(answer, "db1.internal") != NULL, statuses[code] < 500);
            assert_int_equal(strstr(answer, "Retry-After:") != NULL, statuses[code] == 503);
        }
    }
}

static void test_reason_and_field_are_shown(void **state)
{
    struct bed *b = *state;
    char answer[4096];
    struct err e;
    err_reason(&e, E_LIMIT, "habit_limit_reached", "five are enough");
    set_answer(&b->service, &e);
    request(http_edge_port(b->edge), "DELETE", "/v1/me", answer);
    expect_part(answer, "\"type\":\"urn:habitd:problem:habit_limit_reached\"");
    expect_part(answer, "\"code\":\"habit_limit_reached\"");
    err_field(&e, "timezone", "is \"odd\"");
    set_answer(&b->service, &e);
    request(http_edge_port(b->edge), "GET", "/v1/me", answer);
    expect_part(answer, "\"detail\":\"is \\\"odd\\\"\"");
    expect_part(answer, "\"field\":\"timezone\"");
}

static void test_a_full_queue_is_503_with_retry_after(void **state)
{
    struct bed *b = *state;
    char answer[4096];
    set_full(&b->service, true);
    request(http_edge_port(b->edge), "DELETE", "/v1/me", answer);
    assert_int_equal(status_of(answer), 503);
    expect_part(answer, "Retry-After: 1\r\n");
    expect_part(answer, "\"code\":\"busy\"");
    request(http_edge_port(b->edge), "GET", "/readyz", answer);
    assert_int_equal(status_of(answer), 503);
    set_full(&b->service, false);
    request(http_edge_port(b->edge), "DELETE", "/v1/me", answer);
    assert_int_equal(status_of(answer), 204);
}

static void test_readyz_does_not_wait_for_a_silent_database(void **state)
{
    struct bed *b = *state;
    char answer[4096];
    set_silent(&b->service, true);
    for (int i = 0; i < 3; i++) {
        struct monotime begin = monotime_now();
        request(http_edge_port(b->edge), "GET", "/readyz", answer);
        int64_t took = monotime_diff(monotime_now(), begin).ms;
        assert_int_equal(status_of(answer), 503);
        expect_part(answer, "\"database\":\"no answer in time\"");
        assert_true(took >= READY_LIMIT_MS); /* the database stays silent: a wait for it would not end */
    }
    /* All of them asked one question, which is still open. */
    assert_int_equal(submitted(&b->service), 1);
    request(http_edge_port(b->edge), "GET", "/healthz", answer);
    assert_int_equal(status_of(answer), 200);
    set_silent(&b->service, false);
    struct monotime from = monotime_now();
    while (monotime_diff(monotime_now(), from).ms < PATIENCE_MS) {
        request(http_edge_port(b->edge), "GET", "/readyz", answer);
        if (status_of(answer) == 200)
            return;
        usleep(10000);
    }
    fail_msg("not ready again: %s", answer);
}

static void test_readyz_tells_of_the_bot(void **state)
{
    static const struct {
        struct health health;
        int status;
        const char *says;
    } rows[] = {
        {{.current = true, .bot_held = true}, 200, "\"bot\":\"ok\",\"oldest_due_reminder_seconds\":0"},
        {{.current = true, .bot_held = true, .remind_lag = {119999}},
         200,
         "\"oldest_due_reminder_seconds\":119"},
        {{.current = true, .bot_held = true, .remind_lag = {121000}},
         503,
         "\"oldest_due_reminder_seconds\":121"},
        {{.current = true}, 503, "\"bot\":\"no instance holds its lease\""},
        {{.current = true, .bot_held = true, .bot_problem = "409 Conflict"}, 503, "\"bot\":\"409 Conflict\""},
        {{.bot_held = true}, 503, "\"database\":\"ok\",\"schema\":\"current\"}"},
    };
    struct bed *b = *state;
    char answer[4096];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        pthread_mutex_lock(&b->service.lock);
        b->service.health = rows[i].health;
        pthread_mutex_unlock(&b->service.lock);
        request(http_edge_port(b->edge), "GET", "/readyz", answer);
        assert_int_equal(status_of(answer), rows[i].status);
        expect_part(answer, rows[i].says);
        request(http_edge_port(b->botless), "GET", "/readyz",
                answer); /* nobody misses a bot that is not configured */
        assert_int_equal(status_of(answer), rows[i].health.current ? 200 : 503);
        assert_null(strstr(answer, "\"bot\""));
    }
}

struct late {
    int port;
    char answer[4096];
};

static void *ask(void *arg)
{
    struct late *late = arg;
    request(late->port, "DELETE", "/v1/me", late->answer);
    return NULL;
}

static void *release_soon(void *arg)
{
    usleep(200000);
    set_silent(arg, false);
    return NULL;
}

static void test_stop_waits_for_what_was_accepted(void **state)
{
    struct bed *b = *state;
    struct late late[8];
    pthread_t clients[8], release;
    set_silent(&b->service, true);
    for (size_t i = 0; i < ARRAY_LEN(late); i++) {
        late[i].port = http_edge_port(b->edge);
        pthread_create(&clients[i], NULL, ask, &late[i]);
    }
    while (submitted(&b->service) < ARRAY_LEN(late))
        usleep(1000);
    pthread_create(&release, NULL, release_soon, &b->service);
    http_edge_stop(b->edge, duration_ms(20)); /* shorter than the service takes: it waits all the same */
    pthread_mutex_lock(&b->service.lock);
    assert_int_equal(b->service.queued, 0);
    pthread_mutex_unlock(&b->service.lock);
    for (size_t i = 0; i < ARRAY_LEN(late); i++) {
        pthread_join(clients[i], NULL);
        assert_int_equal(status_of(late[i].answer), 204);
    }
    pthread_join(release, NULL);
}

/* An update with these header lines. */
static void update(int port, const char *headers, const char *body, char answer[4096])
{
    char text[1024];
    snprintf(
        text, sizeof text,
        "POST /webhooks/telegram HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
        headers, strlen(body), body);
    exchange(port, text, answer);
}

#define HEADER "X-Telegram-Bot-Api-Secret-Token: "
#define RIGHT HEADER SECRET "\r\n"

static void test_a_webhook_needs_its_secret(void **state)
{
    static const char *const wrong[] = {"",
                                        HEADER "\r\n",
                                        HEADER "x\r\n",
                                        HEADER SECRET "x\r\n",
                                        HEADER "Agreed-on_with_Telegram\r\n",
                                        HEADER "agreed-on_with_Telegra\r\n",
                                        RIGHT RIGHT,
                                        "Authorization: Bearer " SECRET "\r\n"};
    struct bed *b = *state;
    char answer[4096];
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        update(http_edge_port(b->edge), wrong[i], "{}", answer);
        assert_int_equal(status_of(answer), 401);
    }
    update(http_edge_port(b->botless), RIGHT, "{}", answer);
    assert_int_equal(status_of(answer), 404);
    assert_int_equal(atomic_load(&b->events), 0);
    request(http_edge_port(b->edge), "GET", "/webhooks/telegram", answer);
    assert_int_equal(status_of(answer), 405);
}

static void test_a_webhook_is_answered_when_it_is_stored(void **state)
{
    struct bed *b = *state;
    char answer[4096];
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        b->elsewhere = elsewhere;
        update(http_edge_port(b->edge), RIGHT "Content-Type: text/odd\r\n", "not json", answer);
        assert_int_equal(status_of(answer), 200);
        assert_string_equal(b->body, "not json");
        expect_part(answer, "Content-Length: 0\r\n");
        update(http_edge_port(b->edge), RIGHT, "toast", answer);
        assert_int_equal(status_of(answer), 200);
        expect_part(answer, "\r\n\r\n{\"method\":\"answerCallbackQuery\"}");
        expect_part(answer, "Content-Type: application/json");
    }
    assert_int_equal(atomic_load(&b->events), 4);
}

static void test_a_webhook_that_is_not_stored_is_503(void **state)
{
    static const enum ecode codes[] = {E_BUSY, E_UNAVAILABLE, E_UNCERTAIN, E_INTERNAL, E_INVALID};
    struct bed *b = *state;
    char answer[4096];
    for (size_t i = 0; i < 2 * ARRAY_LEN(codes); i++) {
        b->refusal = i % 2 ? codes[i / 2] : E_OK;
        b->verdict = codes[i / 2];
        update(http_edge_port(b->edge), RIGHT, "{}", answer);
        assert_int_equal(status_of(answer), 503);
        expect_part(answer, "Retry-After: ");
        expect_part(answer, "Content-Type: application/problem+json");
    }
}

static void test_a_webhooks_body_is_limited(void **state)
{
    struct bed *b = *state;
    char answer[4096];
    exchange(http_edge_port(b->edge),
             "POST /webhooks/telegram HTTP/1.1\r\nHost: x\r\n" RIGHT "Content-Length: 1048577\r\nConnection: "
             "close\r\n\r\n",
             answer);
    assert_int_equal(status_of(answer), 413);
    assert_int_equal(atomic_load(&b->events), 0);
}

static void *many(void *arg)
{
    struct late *late = arg;
    for (int i = 0; i < 50; i++) {
        request(late->port, i % 2 ? "GET" : "DELETE", "/v1/me", late->answer);
        CHECK(status_of(late->answer) == (i % 2 ? 200 : 204));
        request(late->port, "GET", i % 2 ? "/readyz" : "/metrics", late->answer);
        CHECK(status_of(late->answer) == 200);
    }
    return NULL;
}

static void test_many_at_once(void **state)
{
    struct bed *b = *state;
    struct late late[4];
    pthread_t clients[4];
    for (size_t i = 0; i < ARRAY_LEN(late); i++) {
        late[i].port = http_edge_port(b->edge);
        pthread_create(&clients[i], NULL, many, &late[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(late); i++)
        pthread_join(clients[i], NULL);
}

static void test_token_cache_remembers_and_forgets(void **state)
{
    struct token_cache *c = token_cache_new(64);
    struct uuid a = {.b = {1}}, b = {.b = {2}}, found;
    assert_false(token_cache_find(c, "one", 3, &found));
    token_cache_add(c, "one", 3, &a);
    token_cache_add(c, "two", 3, &b);
    assert_true(token_cache_find(c, "one", 3, &found));
    assert_int_equal(uuid_cmp(&found, &a), 0);
    assert_false(token_cache_find(c, "one ", 4, &found));
    token_cache_remove(c, "one", 3);
    assert_false(token_cache_find(c, "one", 3, &found));
    assert_true(token_cache_find(c, "two", 3, &found));
    assert_int_equal(uuid_cmp(&found, &b), 0);
    token_cache_free(c);
    token_cache_free(NULL);
}

static void test_token_cache_is_bounded(void **state)
{
    struct token_cache *c = token_cache_new(64);
    struct uuid user = {.b = {1}}, found;
    char text[16];
    int kept = 0;
    for (int i = 0; i < 10000; i++) {
        int len = snprintf(text, sizeof text, "%d", i);
        token_cache_add(c, text, (size_t)len, &user);
        assert_true(token_cache_find(c, text, (size_t)len, &found)); /* the newest is always there */
    }
    for (int i = 0; i < 10000; i++)
        kept += token_cache_find(c, text, (size_t)snprintf(text, sizeof text, "%d", i), &found);
    assert_true(kept > 32 && kept <= 64);
    token_cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_errors_have_their_status_and_hide_what_is_inside, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_reason_and_field_are_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_queue_is_503_with_retry_after, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readyz_does_not_wait_for_a_silent_database, setup_hasty,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_readyz_tells_of_the_bot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_waits_for_what_was_accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_webhook_needs_its_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_webhook_is_answered_when_it_is_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_webhook_that_is_not_stored_is_503, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_webhooks_body_is_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown),
        cmocka_unit_test(test_token_cache_remembers_and_forgets),
        cmocka_unit_test(test_token_cache_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
