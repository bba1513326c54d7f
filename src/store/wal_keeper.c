#include "store/wal_keeper.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "store/queue.h"
#include "store/sqlite_priv.h"

#define KEEP_FRAMES 4000
#define PASSES_MAX 4
#define PASS_SMALL 200 /* frames: what a commit may move itself */

enum keeper_state { KEEPER_IDLE, KEEPER_WORKING, KEEPER_REST };

struct wal_keeper {
    sqlite3 *handle; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    enum keeper_state state;
    bool stopping;
    int kept; /* frames of the WAL that were dealt with; the writer's thread only */
};

/* Moves what no reader needs any more and waits for nobody. How many frames of the WAL are in the file now; 0
 * when somebody else is at it. */
static int move(sqlite3 *handle)
{
    int frames, moved;
    if (sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved) != SQLITE_OK)
        return 0; /* the frames stay where they are, safely; a later commit tries again */
    return moved > 0 ? moved : 0;
}

static void move_most(sqlite3 *handle)
{
    int moved = 0;
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        int before = moved;
        moved = move(handle);
        if (moved - before < PASS_SMALL)
            break;
    }
}

static void *work(void *arg)
{
    struct wal_keeper *k = arg;
    pthread_mutex_lock(&k->lock);
    while (!k->stopping) {
        if (k->state != KEEPER_WORKING) {
            pthread_cond_wait(&k->wake, &k->lock);
            continue;
        }
        pthread_mutex_unlock(&k->lock);
        move_most(k->handle);
        pthread_mutex_lock(&k->lock);
        k->state = KEEPER_REST;
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

/* After each commit of the writer, on its thread. */
static int on_commit(void *arg, sqlite3 *writer, const char *schema, int frames)
{
    struct wal_keeper *k = arg;
    if (frames < k->kept)
        k->kept = 0; /* the WAL has started anew */
    pthread_mutex_lock(&k->lock);
    bool rest = k->state == KEEPER_REST;
    if (rest) {
        k->state = KEEPER_IDLE;
    } else if (k->state == KEEPER_IDLE && frames - k->kept >= KEEP_FRAMES) {
        k->state = KEEPER_WORKING;
        pthread_cond_signal(&k->wake);
    }
    pthread_mutex_unlock(&k->lock);
    if (rest) {
        move(writer);
        k->kept = frames;
    }
    return SQLITE_OK; /* the commit is done, whatever became of the checkpoint */
}

static enum ecode open_own(struct wal_keeper *k, const char *path, struct err *err)
{
    int rc = sqlite3_open_v2(path, &k->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(k->handle,
                          "PRAGMA synchronous=FULL;"
                          "PRAGMA mmap_size=0;"
                          "PRAGMA cache_size=-64;"
                          "PRAGMA wal_autocheckpoint=0;"
                          "PRAGMA schema_version", /* opens the WAL */
                          NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return err_set(err, E_UNAVAILABLE, "cannot open the database file %s for checkpoints: %s", path,
                       k->handle ? sqlite3_errmsg(k->handle) : sqlite3_errstr(rc));
    return E_OK;
}

static void release(struct wal_keeper *k)
{
    sqlite3_close(k->handle);
    pthread_mutex_destroy(&k->lock);
    pthread_cond_destroy(&k->wake);
    free(k);
}

enum ecode wal_keeper_new(struct db *writer, struct wal_keeper **out, struct err *err)
{
    static const char scheme[] = "sqlite:";
    const char *path = writer->url + sizeof scheme - 1;
    if (db_engine(writer) != DB_SQLITE || strcmp(path, ":memory:") == 0) {
        *out = NULL;
        return E_OK;
    }
    struct wal_keeper *k = calloc(1, sizeof *k);
    CHECK(k);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->wake, NULL);
    enum ecode code = open_own(k, path, err);
    if (!code)
        code = worker_start(&k->thread, "checkpoint", work, k, err);
    if (code) {
        release(k);
        return code;
    }
    sqlite3_wal_hook(((struct sqlite_db *)writer)->handle, on_commit, k);
    *out = k;
    return E_OK;
}

void wal_keeper_free(struct wal_keeper *k)
{
    if (!k)
        return;
    pthread_mutex_lock(&k->lock);
    k->stopping = true;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
    pthread_join(k->thread, NULL);
    release(k);
}
