#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "domain/service.h"
#include "edge/bot/pace.h"
#include "edge/bot/sender_priv.h"

/*
 * The sender between an outbox, a service and an HTTP client that do what the test wants. How rows really
 * move is tested by outbox_test, and the whole by test/blackbox/bot_runtime.test.mjs; this one runs under
 * ThreadSanitizer too.
 */
#define ROWS_MAX 4096
#define FENCE 5
#define MS 1000000
#define PATIENCE_MS 60000 /* for what must come at last, on a slow machine too */

enum state { FREE, QUEUED, SENDING, DONE };
struct row {
    enum state state;
    enum outbox_lane lane;
    int64_t chat;
    struct instant due;
    int attempts;
    enum outbox_end end;
    struct monotime sent_at, over_at; /* of the last attempt */
};

/* What the fakes share; the lock is taken by everybody. */
static struct {
    pthread_mutex_t lock;
    struct row rows[ROWS_MAX];
    size_t count;
    int claims, peeks, settles;
    enum ecode claim_code, settle_code;
    int claims_uncertain; /* so many are made, and said to be uncertain */
    int taken_back;
    int settle_failures; /* so many times */
    int claim_delay_ms;
    /* the HTTP client */
    int delay_ms;
    size_t gather; /* no answer before so many were on their way at once */
    int status;    /* answered; 0: nothing comes back, -1: not sent, -2: nothing happens until canceled */
    int retry_after;
    int64_t only_chat; /* status is for this chat alone, the others get 200 */
    size_t in_flight, most_in_flight;
    size_t sent;
    const char *problem;
    int problems;
    int64_t lost;
} world;

static _Thread_local bool locked; /* an assertion may leave a test while it is */

static void lock(void)
{
    pthread_mutex_lock(&world.lock);
    locked = true;
}

static void unlock(void)
{
    locked = false;
    pthread_mutex_unlock(&world.lock);
}

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * MS}, NULL);
}

/* --- the outbox -------------------------------------------------------------------------------------- */

static struct uuid id_of(size_t i)
{
    struct uuid id = {{0}};
    memcpy(id.b, &i, sizeof i);
    return id;
}

static bool is_busy(const struct outbox_claim_query *q, int64_t chat, const struct outbox_claimed *c)
{
    for (size_t i = 0; i < q->busy_count; i++)
        if (q->busy_chats[i] == chat)
            return true;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].chat_id == chat)
            return true;
    return false;
}

/* The arena of the job that runs; each thread runs one at a time. */
static _Thread_local struct arena *arena;

static void claim_lane(const struct outbox_claim_query *q, enum outbox_lane lane, struct outbox_claimed *out)
{
    size_t of_lane = 0;
    for (size_t i = 0; i < world.count; i++) {
        struct row *r = &world.rows[i];
        if (r->state != QUEUED || r->lane != lane)
            continue;
        if (r->due.ms > instant_now().ms) {
            if (!out->has_next || r->due.ms < out->next_at.ms)
                out->next_at = r->due;
            out->has_next = true;
        } else if (of_lane == q->max[lane] || out->count == q->max_all || is_busy(q, r->chat, out)) {
            out->more |= q->max[lane] > 0;
        } else {
            r->state = SENDING;
            r->attempts++;
            of_lane++;
            out->items[out->count++] = (struct outbox_item){.id = id_of(i),
                                                            .lane = lane,
                                                            .chat_id = r->chat,
                                                            .attempts = r->attempts,
                                                            .method = "sendMessage",
                                                            .payload = "{\"text\":\"hello\"}"};
        }
    }
}

enum ecode outbox_claim(struct ctx *ctx, const struct outbox_claim_query *q, struct outbox_claimed *out)
{
    lock();
    int delay = world.claim_delay_ms;
    world.claims++;
    enum ecode rc = world.claim_code;
    assert_int_equal(q->fence, FENCE);
    assert_true(q->max_all >= 1 && q->max_all <= OUTBOX_CLAIM_MAX);
    if (rc == E_OK) {
        *out = (struct outbox_claimed){.items = arena_array(arena, OUTBOX_CLAIM_MAX, sizeof *out->items)};
        for (int lane = 0; lane < LANES; lane++)
            claim_lane(q, (enum outbox_lane)lane, out);
        if (world.claims_uncertain > 0) {
            world.claims_uncertain--;
            rc = E_UNCERTAIN;
        }
    }
    unlock();
    sleep_ms(delay);
    return rc;
}

enum ecode outbox_draw_claimed(struct ctx *ctx, const struct outbox_claim_query *q,
                               const struct outbox_claimed *claimed, struct outbox_claimed *out)
{
    fail_msg("no holder has ended without notice here");
    return E_INTERNAL;
}

enum ecode outbox_settle(struct ctx *ctx, int64_t fence, const struct outbox_result *results, size_t n,
                         struct outbox_tally *out)
{
    lock();
    world.settles++;
    enum ecode rc = world.settle_failures != 0 ? world.settle_code : E_OK;
    if (world.settle_failures > 0)
        world.settle_failures--;
    *out = (struct outbox_tally){0};
    for (size_t i = 0; rc == E_OK && i < n; i++) {
        size_t k;
        memcpy(&k, results[i].id.b, sizeof k);
        struct row *r = &world.rows[k];
        assert_int_equal(r->state, SENDING);
        r->end = results[i].end;
        out->sent += r->end == END_SENT;
        out->unknown += r->end == END_UNKNOWN;
        out->retried += r->end == END_RETRY;
        r->state = r->end == END_RETRY ? QUEUED : DONE;
        r->due = results[i].at;
    }
    unlock();
    return rc;
}

enum ecode outbox_take_back(struct ctx *ctx, const char *channel, int64_t fence, bool *more)
{
    lock();
    assert_int_equal(fence, FENCE);
    assert_int_equal(world.in_flight, 0);
    for (size_t i = 0; i < world.count; i++) {
        if (world.rows[i].state != SENDING)
            continue;
        world.rows[i].state = QUEUED;
        world.taken_back++;
    }
    *more = false;
    unlock();
    return E_OK;
}

enum ecode outbox_next(struct ctx *ctx, const char *channel, struct instant *due_at)
{
    enum ecode rc = E_NOT_FOUND;
    lock();
    world.peeks++;
    for (size_t i = 0; i < world.count; i++) {
        if (world.rows[i].state != QUEUED || (rc == E_OK && due_at->ms <= world.rows[i].due.ms))
            continue;
        rc = E_OK;
        *due_at = world.rows[i].due;
    }
    unlock();
    return rc;
}

/* --- the service: a thread for each job -------------------------------------------------------------- */

static void *run_job(void *arg)
{
    struct job *j = arg;
    arena = j->arena;
    j->code = j->kind->run(j, NULL);
    if (j->code != E_OK)
        err_set(&j->err, j->code, "as the test wants");
    j->kind->done(j);
    return NULL;
}

enum ecode service_submit_job(struct service *s, struct job *j)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run_job, j) == 0);
    pthread_detach(thread);
    return E_OK;
}

/* --- the HTTP client --------------------------------------------------------------------------------- */

static struct row *row_of(const struct http_call *call)
{
    const char *chat = strstr(call->body, "\"chat_id\":");
    assert_non_null(chat);
    int64_t id = strtoll(chat + 10, NULL, 10);
    for (size_t i = 0; i < world.count; i++)
        if (world.rows[i].chat == id && world.rows[i].state == SENDING)
            return &world.rows[i];
    fail_msg("a message that is not being sent: %s", (const char *)call->body);
    return NULL;
}

static void answer(struct http_call *call, int status)
{
    call->outcome = status == 0 ? HTTP_CALL_UNKNOWN : status < 0 ? HTTP_CALL_NOT_SENT : HTTP_CALL_ANSWERED;
    call->status = status > 0 ? status : 0;
    call->retry_after_s = -1;
    if (status == 200)
        buf_str(&call->answer, "{\"ok\":true,\"result\":{\"message_id\":77,\"date\":1,\"chat\":{\"id\":1}}}");
    else if (status > 0)
        buf_printf(
            &call->answer,
            "{\"ok\":false,\"error_code\":%d,\"description\":\"x\",\"parameters\":{\"retry_after\":%d}}",
            status, world.retry_after);
    else
        err_set(&call->err, status == 0 ? E_UNCERTAIN : E_UNAVAILABLE, "as the test wants");
}

static void *run_call(void *arg)
{
    struct http_call *call = arg;
    lock();
    struct row *row = row_of(call);
    int delay = world.delay_ms;
    int status = world.only_chat != 0 && world.only_chat != row->chat ? 200 : world.status;
    row->sent_at = monotime_now();
    world.sent++;
    if (++world.in_flight > world.most_in_flight)
        world.most_in_flight = world.in_flight;
    while (world.most_in_flight < world.gather) {
        unlock();
        sleep_ms(1);
        lock();
    }
    unlock();
    sleep_ms(delay);
    for (bool canceled = false; status == -2 && !canceled;) {
        sleep_ms(5);
        lock();
        canceled = call->own.canceled;
        unlock();
    }
    lock();
    answer(call, status == -2 ? 0 : status);
    row->over_at = monotime_now();
    world.in_flight--;
    unlock();
    call->done(call);
    return NULL;
}

void http_call_init(struct http_call *call)
{
    *call = (struct http_call){.retry_after_s = -1};
    buf_init(&call->answer, 4096);
}

void http_call_release(struct http_call *call)
{
    buf_release(&call->answer);
}

enum ecode http_client_submit(struct http_client *c, struct http_call *call, struct err *err)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run_call, call) == 0);
    pthread_detach(thread);
    return E_OK;
}

enum ecode http_client_wait(struct http_client *c, struct http_call *call, struct err *err)
{
    return err_set(err, E_INTERNAL, "the sender does not wait");
}

void http_client_cancel(struct http_client *c, struct http_call *call)
{
    lock();
    call->own.canceled = true;
    unlock();
}

/* --- the bed ----------------------------------------------------------------------------------------- */

static struct hold hold;
static struct counters counters;
static struct sender *sender;

static void on_problem(void *arg, const char *text)
{
    lock();
    world.problem = text;
    world.problems++;
    unlock();
}

static void on_lost(void *arg, int64_t fence)
{
    lock();
    world.lost = fence;
    unlock();
    hold_end(&hold, fence);
}

static void begin_hold(int64_t ms)
{
    hold_begin(&hold, FENCE, (struct monotime){monotime_now().ns + ms * MS});
}

static struct secret token;

static void begin(int per_second)
{
    secret_init(&token, "1:secret");
    struct sender_options o = {.endpoint = {"http://127.0.0.1:1", &token},
                               .hold = &hold,
                               .counters = &counters,
                               .lease_ttl = duration_seconds(10),
                               .rate_per_s = per_second,
                               .problem = on_problem,
                               .lost = on_lost};
    sender = sender_new(&o);
}

static int setup(void **state)
{
    memset(&world, 0, sizeof world);
    memset(&counters, 0, sizeof counters);
    log_configure(LOG_ERROR + 1, LOG_TEXT);
    world.status = 200;
    world.retry_after = 1;
    pthread_mutex_init(&world.lock, NULL);
    hold_init(&hold);
    begin_hold(10 * PATIENCE_MS);
    return 0;
}

static int teardown(void **state)
{
    if (locked)
        unlock();
    sender_free(sender);
    sender = NULL;
    for (bool idle = false; !idle; sleep_ms(1)) { /* detached threads */
        lock();
        idle = world.in_flight == 0;
        unlock();
    }
    hold_release(&hold);
    return 0;
}

static size_t queue(enum outbox_lane lane, int64_t chat, int due_in_ms)
{
    lock();
    CHECK(world.count < ROWS_MAX);
    size_t i = world.count++;
    world.rows[i] = (struct row){.state = QUEUED,
                                 .lane = lane,
                                 .chat = chat,
                                 .due = instant_add(instant_now(), duration_ms(due_in_ms))};
    unlock();
    return i;
}

static size_t done(void)
{
    size_t n = 0;
    lock();
    for (size_t i = 0; i < world.count; i++)
        n += world.rows[i].state == DONE;
    unlock();
    return n;
}

/* A moment's rest of somebody who waits for `what` since `from`. */
static void be_patient(struct monotime from, const char *what)
{
    if (monotime_diff(monotime_now(), from).ms > PATIENCE_MS)
        fail_msg("waited in vain for %s; %zu are done", what, done());
    sleep_ms(2);
}

/* Until it holds; it is looked at under the lock. */
#define AWAIT(condition)                                                                                     \
    do {                                                                                                     \
        struct monotime from_ = monotime_now();                                                              \
        for (bool there_ = false; !there_;) {                                                                \
            lock();                                                                                          \
            there_ = (condition);                                                                            \
            unlock();                                                                                        \
            if (!there_)                                                                                     \
                be_patient(from_, #condition);                                                               \
        }                                                                                                    \
    } while (0)

static void wait_done(size_t n)
{
    struct monotime from = monotime_now();
    while (done() < n)
        be_patient(from, "the last of them");
}

/* What is counted stands a moment later than what is stored. */
static void wait_counted(const _Atomic uint64_t *c, uint64_t n)
{
    struct monotime from = monotime_now();
    while (counted(c) != n)
        be_patient(from, "its count");
}

static struct row row(size_t i)
{
    lock();
    struct row r = world.rows[i];
    unlock();
    return r;
}

static int64_t ms_between(struct monotime a, struct monotime b)
{
    return (b.ns - a.ns) / MS;
}

/* --- tests ------------------------------------------------------------------------------------------- */

static void everything_is_sent_once_and_few_are_in_flight(void **state)
{
    for (int i = 0; i < 1500; i++)
        queue(i % 10 == 0 ? LANE_REPLY : LANE_REMINDER, 1000 + i, 0);
    world.delay_ms = 20;
    world.gather = 9;
    begin(1000);
    wait_done(1500);
    wait_counted(&counters.sends[LANE_REMINDER][END_SENT], 1350);
    lock();
    assert_int_equal(world.sent, 1500);
    assert_true(world.most_in_flight <= SENDER_SLOTS);
    unlock();
    sender_stop(sender, duration_seconds(1));
    assert_int_equal(atomic_load(&counters.in_flight), 0);
}

static void replies_overtake_reminders(void **state)
{
    for (int i = 0; i < 100; i++)
        queue(LANE_REMINDER, 1000 + i, 0);
    begin(25);
    AWAIT(world.sent >= 10);
    size_t reply = queue(LANE_REPLY, 7, 0), between = 0;
    struct monotime queued = monotime_now();
    sender_wake(sender);
    wait_done(101);
    for (size_t i = 0; i < reply; i++)
        between += row(i).sent_at.ns > queued.ns && row(i).sent_at.ns < row(reply).sent_at.ns;
    assert_true(between < 40); /* of nearly 90 */
}

static void it_sleeps_when_nothing_is_due(void **state)
{
    size_t later = queue(LANE_REPLY, 7, 2500);
    struct monotime from = monotime_now();
    begin(25);
    sleep_ms(2000);
    lock();
    int claims = world.claims, peeks = world.peeks;
    unlock();
    if (ms_between(from, monotime_now()) < 2500)
        assert_true(claims <= 1 && peeks <= 4); /* it looks by itself once a second */
    wait_done(1);
    assert_int_equal(row(later).end, END_SENT);
    queue(LANE_REPLY, 8, 0); /* by another instance: nobody wakes it */
    wait_done(2);
}

/* Right after it has looked by itself, for a second more if nobody woke it: one of these times the machine is
 * not busy. */
static void it_is_woken(void **state)
{
    int64_t soonest = INT64_MAX;
    begin(25);
    for (size_t n = 1; soonest >= 500 && n <= 10; n++) {
        lock();
        int looked = world.peeks;
        unlock();
        AWAIT(world.peeks != looked);
        struct monotime asked = monotime_now();
        size_t now = queue(LANE_REPLY, 10 + (int64_t)n, 0);
        sender_wake(sender);
        wait_done(n);
        int64_t took = ms_between(asked, row(now).sent_at);
        soonest = took < soonest ? took : soonest;
    }
    assert_true(soonest < 500);
}

static void a_chat_gets_one_a_second_in_order(void **state)
{
    size_t rows[4];
    for (int i = 0; i < 4; i++)
        rows[i] = queue(LANE_REPLY, 7, 0);
    world.delay_ms = 100;
    begin(25);
    wait_done(4);
    for (int i = 1; i < 4; i++)
        assert_true(ms_between(row(rows[i - 1]).over_at, row(rows[i]).sent_at) >= 1000);
    lock();
    assert_true(world.claims < 20);
    unlock();
}

static void a_refusal_stops_its_chat(void **state)
{
    size_t refused = queue(LANE_REPLY, 7, 0);
    world.status = 429;
    world.retry_after = 5;
    world.only_chat = 7;
    begin(25);
    AWAIT(world.rows[refused].attempts == 1 && world.rows[refused].state == QUEUED);
    struct monotime over = row(refused).over_at;
    lock();
    world.status = 200;
    unlock();
    size_t other = queue(LANE_REPLY, 8, 0);
    sender_wake(sender);
    wait_done(2);
    assert_true(ms_between(over, row(refused).sent_at) >= 5000);
    assert_true(ms_between(over, row(other).sent_at) >= PACE_ALL_PAUSE_MS); /* everybody for a moment */
    assert_true(ms_between(row(other).sent_at, row(refused).sent_at) > 0);
    wait_counted(&counters.refused, 1);
    assert_int_equal(row(refused).attempts, 2);
}

static void what_nobody_knows_is_unknown(void **state)
{
    size_t i = queue(LANE_REPLY, 7, 0);
    world.status = 0;
    begin(25);
    wait_done(1);
    assert_int_equal(row(i).end, END_UNKNOWN);
    wait_counted(&counters.cut_off, 1);
}

static void failures_are_tried_again(void **state)
{
    size_t i = queue(LANE_REPLY, 7, 0);
    world.status = 500;
    begin(25);
    AWAIT(world.rows[i].attempts == 2);
    lock();
    world.status = 200;
    unlock();
    wait_done(1);
    assert_int_equal(row(i).end, END_SENT);
}

static void an_end_that_cannot_be_stored_is_stored_later(void **state)
{
    size_t i = queue(LANE_REPLY, 7, 0);
    world.settle_code = E_UNCERTAIN;
    world.settle_failures = 2;
    begin(25);
    wait_done(1);
    assert_int_equal(row(i).end, END_SENT);
    lock();
    assert_int_equal(world.sent, 1);
    assert_int_equal(world.settles, 3);
    unlock();
}

static void what_an_uncertain_claim_marked_is_sent_all_the_same(void **state)
{
    world.claims_uncertain = 1;
    for (int i = 0; i < 5; i++)
        queue(LANE_REPLY, 100 + i, 0);
    begin(25);
    wait_done(5);
    lock();
    assert_int_equal(world.sent, 5);
    assert_true(world.taken_back > 0);
    unlock();
}

static void a_lost_lease_ends_claims(void **state)
{
    queue(LANE_REPLY, 7, 0);
    world.claim_code = E_CONFLICT;
    begin(25);
    AWAIT(world.lost == FENCE);
    sleep_ms(1500); /* longer than between two looks */
    lock();
    assert_int_equal(world.claims, 1);
    world.claim_code = E_OK;
    unlock();
    assert_int_equal(done(), 0);
    begin_hold(10 * PATIENCE_MS);
    sender_wake(sender);
    wait_done(1);
}

static void a_hold_that_runs_out_ends_claims(void **state)
{
    begin_hold(300);
    begin(25);
    sleep_ms(500);
    queue(LANE_REPLY, 7, 0);
    sender_wake(sender);
    sleep_ms(500);
    assert_int_equal(done(), 0);
    lock();
    assert_int_equal(world.claims, 0);
    unlock();
}

static void a_refused_token_stops_everything_and_is_told(void **state)
{
    queue(LANE_REPLY, 7, 0);
    world.status = 401;
    begin(25);
    AWAIT(world.problems > 0);
    queue(LANE_REPLY, 8, 0);
    sender_wake(sender);
    sleep_ms(1500);
    lock();
    assert_int_equal(world.sent, 1);
    assert_int_equal(world.problems, 1);
    assert_non_null(world.problem);
    unlock();
}

/* Beside a stop: once it has begun a message is queued, and then what is on its way arrives. */
static void *arrive_after_stop(void *arg)
{
    for (bool stopping = false; !stopping; sleep_ms(1)) {
        pthread_mutex_lock(&sender->lock);
        stopping = sender->stopping;
        pthread_mutex_unlock(&sender->lock);
    }
    queue(LANE_REPLY, 20, 0);
    sender_wake(sender);
    sleep_ms(300); /* for a sender that claims all the same */
    lock();
    world.gather = 0;
    unlock();
    return NULL;
}

static void a_stop_lets_arrive_what_is_on_its_way(void **state)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        queue(LANE_REPLY, 7 + i, 0);
    world.gather = SIZE_MAX;
    begin(25);
    AWAIT(world.in_flight == 3);
    assert_int_equal(pthread_create(&thread, NULL, arrive_after_stop, NULL), 0);
    sender_stop(sender, duration_ms(PATIENCE_MS));
    pthread_join(thread, NULL);
    assert_int_equal(done(), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(row(i).end, END_SENT);
    assert_int_equal(row(3).state, QUEUED);
}

static void a_stop_cuts_off_what_takes_too_long(void **state)
{
    size_t i = queue(LANE_REPLY, 7, 0);
    world.status = -2;
    begin(25);
    AWAIT(world.in_flight == 1);
    struct monotime from = monotime_now();
    sender_stop(sender, duration_ms(300));
    assert_in_range(ms_between(from, monotime_now()), 290, PATIENCE_MS);
    assert_int_equal(row(i).state, DONE);
    assert_int_equal(row(i).end, END_UNKNOWN);
}

static void a_stop_does_not_wait_for_a_database_that_is_gone(void **state)
{
    size_t i = queue(LANE_REPLY, 7, 0);
    world.settle_code = E_UNAVAILABLE;
    world.settle_failures = -1;
    begin(25);
    AWAIT(world.settles > 0);
    struct monotime from = monotime_now();
    sender_stop(sender, duration_ms(300));
    assert_in_range(ms_between(from, monotime_now()), 290, PATIENCE_MS);
    assert_int_equal(row(i).state, SENDING); /* the next holder finds it */
}

static void a_claim_that_took_too_long_is_not_sent(void **state)
{
    size_t i = queue(LANE_REPLY, 7, 0);
    world.claim_delay_ms = 8500; /* of ten seconds */
    begin(25);
    AWAIT(world.claims > 0);
    lock();
    world.claim_delay_ms = 0;
    unlock();
    wait_done(1);
    lock();
    assert_int_equal(world.sent, 1);
    assert_true(world.claims >= 2);
    unlock();
    assert_int_equal(row(i).attempts, 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_is_sent_once_and_few_are_in_flight, setup, teardown),
        cmocka_unit_test_setup_teardown(replies_overtake_reminders, setup, teardown),
        cmocka_unit_test_setup_teardown(it_sleeps_when_nothing_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_woken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chat_gets_one_a_second_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_stops_its_chat, setup, teardown),
        cmocka_unit_test_setup_teardown(what_nobody_knows_is_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_are_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_that_cannot_be_stored_is_stored_later, setup, teardown),
        cmocka_unit_test_setup_teardown(what_an_uncertain_claim_marked_is_sent_all_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_lease_ends_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hold_that_runs_out_ends_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_token_stops_everything_and_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_lets_arrive_what_is_on_its_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_cuts_off_what_takes_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_does_not_wait_for_a_database_that_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_claim_that_took_too_long_is_not_sent, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
