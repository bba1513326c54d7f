/*
 * Postings through the real service, its lanes and the ledger, without HTTP.
 *
 *   ledger_bench URL PEOPLE WAITING SECONDS
 *
 * Keeps WAITING postings waiting, each of a random one of PEOPLE people (bench/people.h; 1: one hot wallet),
 * and asks for the next when one is durable and answered. Prints "RATE P50_MS P99_MS": postings per second
 * that were new, and how long one waited.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/arena.h"
#include "base/check.h"
#include "bench/args.h"
#include "bench/people.h"
#include "domain/ledger/ledger.h"
#include "domain/service.h"

#define WAITING_MAX 1024
#define LATENCIES_MAX 4000000
#define ARENA_BYTES ((size_t)1024 * 1024)

struct client {
    struct job job;
    struct posting_request request;
    char key[64];
    uint64_t number, turn;
    struct rng rng;
    struct monotime start;
};

static struct {
    struct service *service;
    uint64_t people, run;
    atomic_bool stop;
    sem_t ended;
    atomic_size_t count;
    uint32_t latency_us[LATENCIES_MAX];
} bench;

static const struct job_kind kind;

static void ask(struct client *c)
{
    c->request = (struct posting_request){.user_id = people_user(rng_below(&c->rng, bench.people)),
                                          .kind = POSTING_TOPUP,
                                          .amount = 1 + (int64_t)rng_below(&c->rng, 100000),
                                          .key = c->key};
    snprintf(c->key, sizeof c->key, "bench:%llu:%llu:%llu", (unsigned long long)bench.run,
             (unsigned long long)c->number, (unsigned long long)c->turn++);
    c->job = (struct job){.kind = &kind, .order = c->request.user_id, .arena = c->job.arena, .owner = c};
    c->start = monotime_now();
    CHECK(service_submit_job(bench.service, &c->job) == E_OK);
}

static enum ecode post(struct job *j, struct ctx *ctx)
{
    struct client *c = j->owner;
    struct posting out;
    enum ecode rc = ctx_lock_people(ctx, &c->request.user_id, 1);
    if (rc == E_OK)
        rc = ledger_post(ctx, &c->request, &out);
    return rc;
}

static enum ecode post_many(struct job **j, size_t n, struct ctx *ctx)
{
    struct posting_call *calls = arena_array(ctx->arena, n, sizeof *calls);
    for (size_t i = 0; i < n; i++)
        calls[i] = (struct posting_call){.request = ((struct client *)j[i]->owner)->request};
    enum ecode rc = ledger_post_many(ctx, calls, n);
    for (size_t i = 0; i < n && rc == E_OK; i++) {
        j[i]->code = calls[i].code;
        j[i]->err = calls[i].err;
        CHECK(calls[i].code != E_OK || calls[i].posting.outcome == POSTED_NEW);
    }
    return rc;
}

static void posted(struct job *j)
{
    struct client *c = j->owner;
    if (j->code != E_OK) {
        fprintf(stderr, "ledger_bench: %s\n", j->err.text);
        exit(1);
    }
    size_t i = atomic_fetch_add(&bench.count, 1);
    CHECK(i < LATENCIES_MAX);
    bench.latency_us[i] = (uint32_t)((monotime_now().ns - c->start.ns) / 1000);
    arena_reset(j->arena);
    if (bench.stop)
        sem_post(&bench.ended);
    else
        ask(c);
}

static const struct job_kind kind = {
    .name = "bench.post", .where = JOB_WRITE, .run = post, .run_many = post_many, .done = posted};

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct client clients[WAITING_MAX];
    static const struct policy policy = {.default_timezone = "UTC", .currency = "RUB"};
    if (argc != 5) {
        fprintf(stderr, "usage: ledger_bench URL PEOPLE WAITING SECONDS\n");
        return 2;
    }
    struct err err = {.code = E_OK};
    size_t waiting = args_count(argv[3]);
    time_t seconds = (time_t)args_count(argv[4]);
    struct service_options o = {argv[1], &policy, WAITING_MAX, 1};
    CHECK(waiting <= WAITING_MAX);
    bench.people = args_count(argv[2]);
    bench.run = (uint64_t)instant_now().ms;
    sem_init(&bench.ended, 0, 0);
    if (service_new(&o, &bench.service, &err) != E_OK) {
        fprintf(stderr, "ledger_bench: %s\n", err.text);
        return 1;
    }
    struct monotime start = monotime_now();
    for (size_t i = 0; i < waiting; i++) {
        clients[i].number = i;
        clients[i].job.arena = arena_new(ARENA_BYTES);
        rng_init(&clients[i].rng, bench.run + i + 1);
        ask(&clients[i]);
    }
    nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
    bench.stop = true;
    for (size_t i = 0; i < waiting; i++)
        sem_wait(&bench.ended);
    double took = (double)(monotime_now().ns - start.ns) / 1e9;
    service_free(bench.service);
    size_t n = bench.count;
    qsort(bench.latency_us, n, sizeof bench.latency_us[0], by_value);
    printf("%.0f %.3f %.3f\n", (double)n / took, bench.latency_us[n / 2] / 1e3,
           bench.latency_us[n - 1 - n / 100] / 1e3);
    return 0;
}
