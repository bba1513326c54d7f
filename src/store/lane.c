#include "store/lane.h"

#include <stdlib.h>
#include "base/check.h"
#include "store/lane_priv.h"

static void *work(void *arg)
{
    struct lane *l = arg;
    size_t n;
    while ((n = queue_take(&l->queue, l->taken, l->batch_max)) > 0) {
        lane_order(l->taken, l->arranged, n);
        l->commands += n;
        lane_run(l, l->arranged, n);
    }
    return NULL;
}

static void release(struct lane *l)
{
    wal_keeper_free(l->keeper);
    db_close(l->db);
    queue_release(&l->queue);
    free(l->taken);
    free(l->arranged);
    free(l);
}

enum ecode lane_new(const struct lane_options *o, struct lane **out, struct err *err)
{
    CHECK(o->batch_max > 0 && o->reconnect_ms >= 0);
    struct lane *l = calloc(1, sizeof *l);
    CHECK(l);
    l->batch_max = o->batch_max;
    l->reconnect_ms = o->reconnect_ms;
    l->taken = calloc(o->batch_max, sizeof *l->taken);
    l->arranged = calloc(o->batch_max, sizeof *l->arranged);
    CHECK(l->taken && l->arranged);
    queue_init(&l->queue, o->queue_max);
    rng_init(&l->rng, 0);
    enum ecode code = db_open(o->url, DB_LANE, &l->db, err);
    if (!code)
        code = wal_keeper_new(l->db, &l->keeper, err);
    if (!code)
        code = worker_start(&l->thread, o->name, work, l, err);
    if (code)
        release(l);
    else
        *out = l;
    return code;
}

enum ecode lane_submit(struct lane *l, struct lane_command *c)
{
    enum ecode code = queue_put(&l->queue, c);
    if (code)
        l->refused++;
    return code;
}

void lane_free(struct lane *l)
{
    if (!l)
        return;
    queue_stop(&l->queue);
    pthread_join(l->thread, NULL);
    release(l);
}

void lane_get_stats(struct lane *l, struct lane_stats *out)
{
    *out = (struct lane_stats){
        .commands = l->commands,
        .batches = l->batches,
        .replays = l->replays,
        .reconnects = l->reconnects,
        .refused = l->refused,
        .waiting = queue_waiting(&l->queue),
    };
}
