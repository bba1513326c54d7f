/*
 * Fills a migrated, empty database with people for the benchmarks: the same rows for the same numbers and the
 * same day.
 *
 *   seed URL USERS HABITS DAYS LAST TOKENS
 *
 * Each of USERS people gets HABITS habits with a mark on each of the DAYS days that end LAST days before
 * today, checkpoints as the service would have written them, and a session; TOKENS becomes a file with a
 * bearer token on each line, line u being person u's. `habitd doctor` finds nothing in the result.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "bench/args.h"
#include "base/hash.h"
#include "base/rng.h"
#include "bench/people.h"
#include "domain/score/state.h"
#include "store/db.h"
#include "seed.sql.h"

#define CHUNK_LOGS 4000 /* in one statement on PostgreSQL */
#define CHUNKS_PER_TXN 25
#define FIRST_TELEGRAM_ID 7000000000
#define MS_PER_DAY 86400000LL
#define YEAR_MS (365 * MS_PER_DAY)
#define CHECKPOINT_LAG 32 /* as in domain/checkin */
#define ARENA_BYTES ((size_t)4096 * 1024 * 1024)

struct shape {
    uint64_t users, habits;
    int32_t days;
    struct day first, last, today;
    struct instant joined, now;
};

/* The columns of some people's rows. */
struct chunk {
    struct uuid *user, *session;
    struct db_bytes *token_hash;
    int64_t *telegram_id;
    const char **code, **key;
    size_t users;
    struct uuid *h_user, *h_id, *k_user;
    int64_t *h_position, *h_count, *h_days;
    size_t habits, keys;
    struct day *s_last, *s_window, *s_first, *s_run, *s_from, *s_done;
    double *s_score;
    struct db_bytes *s_starts;
    struct uuid *l_user, *l_habit;
    struct day *l_day;
    const char **l_status;
    struct instant *l_at;
    size_t logs;
};

static struct chunk chunk_new(struct arena *a, const struct shape *s, size_t users)
{
    size_t h = users * s->habits, l = h * (size_t)s->days;
    return (struct chunk){
        .user = arena_array(a, users, sizeof(struct uuid)),
        .session = arena_array(a, users, sizeof(struct uuid)),
        .token_hash = arena_array(a, users, sizeof(struct db_bytes)),
        .telegram_id = arena_array(a, users, sizeof(int64_t)),
        .code = arena_array(a, users, sizeof(char *)),
        .key = arena_array(a, 2 * users, sizeof(char *)),
        .k_user = arena_array(a, 2 * users, sizeof(struct uuid)),
        .h_user = arena_array(a, h, sizeof(struct uuid)),
        .h_id = arena_array(a, h, sizeof(struct uuid)),
        .h_position = arena_array(a, h, sizeof(int64_t)),
        .h_count = arena_array(a, h, sizeof(int64_t)),
        .h_days = arena_array(a, h, sizeof(int64_t)),
        .s_last = arena_array(a, h, sizeof(struct day)),
        .s_window = arena_array(a, h, sizeof(struct day)),
        .s_first = arena_array(a, h, sizeof(struct day)),
        .s_run = arena_array(a, h, sizeof(struct day)),
        .s_from = arena_array(a, h, sizeof(struct day)),
        .s_done = arena_array(a, h, sizeof(struct day)),
        .s_score = arena_array(a, h, sizeof(double)),
        .s_starts = arena_array(a, h, sizeof(struct db_bytes)),
        .l_user = arena_array(a, l, sizeof(struct uuid)),
        .l_habit = arena_array(a, l, sizeof(struct uuid)),
        .l_day = arena_array(a, l, sizeof(struct day)),
        .l_status = arena_array(a, l, sizeof(char *)),
        .l_at = arena_array(a, l, sizeof(struct instant)),
    };
}

/* --- making rows -------------------------------------------------------------------------------- */

static void add_checkpoint(struct chunk *c, struct arena *a, const struct shape *s, size_t i,
                           const struct mark *marks)
{
    struct habit_rule rule = {.count = (int)c->h_count[i], .days = (int)c->h_days[i], .starts_on = s->first};
    struct score_state state = score_state_init();
    struct mark_window w = {.after = day_none(), .marks = marks, .n = (size_t)s->days};
    struct day need;
    CHECK(score_state_advance(&state, a, &rule, &w, day_add(s->today, -CHECKPOINT_LAG), &need) == SCORE_OK);
    struct day window = score_state_window(&state, &rule);
    c->s_last[i] = state.last_date;
    c->s_window[i] = day_is_none(window) ? day_of(DAY_FIRST_LOG - 1) : window;
    c->s_first[i] = state.first_date;
    c->s_score[i] = state.score;
    c->s_run[i] = state.run_from;
    c->s_from[i] = state.interval_from;
    c->s_done[i] = state.interval_done;
    c->s_starts[i] = (struct db_bytes){state.run_starts, state.run_starts_len};
}

static void add_habit(struct chunk *c, struct arena *a, const struct shape *s, uint64_t u, uint64_t h)
{
    static const char *const words[] = {
        [MARK_DONE] = "done", [MARK_DECLINED] = "declined", [MARK_SKIPPED] = "skipped"};
    struct mark *marks = arena_array(a, (size_t)s->days, sizeof *marks);
    struct rng rng;
    size_t i = c->habits++;
    rng_init(&rng, u * HABITS_MAX + h + 1);
    c->h_user[i] = people_user(u);
    c->h_id[i] = people_habit(u, h);
    c->h_position[i] = (int64_t)h;
    c->h_count[i] = h % 2 ? 5 : 1;
    c->h_days[i] = h % 2 ? 7 : 1;
    for (int32_t d = 0; d < s->days; d++) {
        uint64_t x = rng_below(&rng, 100);
        struct mark m = {.day = day_add(s->first, d),
                         .status = x < 82   ? MARK_DONE
                                   : x < 94 ? MARK_DECLINED
                                            : MARK_SKIPPED};
        size_t l = c->logs++;
        marks[d] = m;
        c->l_user[l] = c->h_user[i];
        c->l_habit[l] = c->h_id[i];
        c->l_day[l] = m.day;
        c->l_status[l] = words[m.status];
        c->l_at[l] = instant_from_ms(m.day.n * MS_PER_DAY + (int64_t)rng_below(&rng, MS_PER_DAY));
    }
    add_checkpoint(c, a, s, i, marks);
}

static void add_session(struct chunk *c, struct arena *a, size_t i, uint64_t u, FILE *tokens)
{
    struct {
        struct uuid user, session;
        uint8_t secret[16];
    } parts = {.user = people_user(u), .session = people_session(u)};
    char text[80] = "hbt_";
    uint8_t *hash = arena_alloc(a, SHA256_LEN);
    struct rng rng;
    rng_init(&rng, u + 1);
    rng_bytes(&rng, parts.secret, sizeof parts.secret);
    base64url_encode(&parts, sizeof parts, text + 4);
    sha256(text, strlen(text), hash);
    c->session[i] = parts.session;
    c->token_hash[i] = (struct db_bytes){hash, SHA256_LEN};
    fprintf(tokens, "%s\n", text);
}

static void add_person(struct chunk *c, struct arena *a, const struct shape *s, uint64_t u, FILE *tokens)
{
    size_t i = c->users++;
    c->user[i] = people_user(u);
    c->telegram_id[i] = FIRST_TELEGRAM_ID + (int64_t)u;
    c->code[i] = arena_printf(a, "bench%llu", (unsigned long long)u);
    c->k_user[c->keys] = c->user[i];
    c->key[c->keys++] = arena_printf(a, "tg:%lld", (long long)c->telegram_id[i]);
    c->k_user[c->keys] = c->user[i];
    c->key[c->keys++] = arena_printf(a, "ref:%s", c->code[i]);
    add_session(c, a, i, u, tokens);
    for (uint64_t h = 0; h < s->habits; h++)
        add_habit(c, a, s, u, h);
}

/* --- writing rows ------------------------------------------------------------------------------- */

static enum ecode write_arrays(struct db *db, const struct shape *s, const struct chunk *c)
{
    struct day week = day_add(s->first, 1 - day_weekday(s->first));
    struct stmt *q = db_query(db, &Q_seed_user_many);
    stmt_bind_array(q, 1, c->user, NULL, c->users);
    stmt_bind_array(q, 2, c->telegram_id, NULL, c->users);
    stmt_bind_array(q, 3, c->code, NULL, c->users);
    stmt_bind_day(q, 4, s->first);
    stmt_bind_day(q, 5, week);
    stmt_bind_time(q, 6, s->joined);
    enum ecode rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    q = db_query(db, &Q_seed_key_many);
    stmt_bind_array(q, 1, c->key, NULL, c->keys);
    stmt_bind_array(q, 2, c->k_user, NULL, c->keys);
    stmt_bind_time(q, 3, s->joined);
    rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    q = db_query(db, &Q_seed_session_many);
    stmt_bind_array(q, 1, c->user, NULL, c->users);
    stmt_bind_array(q, 2, c->session, NULL, c->users);
    stmt_bind_array(q, 3, c->token_hash, NULL, c->users);
    stmt_bind_time(q, 4, s->joined);
    stmt_bind_time(q, 5, instant_from_ms(s->now.ms + YEAR_MS));
    rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    q = db_query(db, &Q_seed_habit_many);
    stmt_bind_array(q, 1, c->h_user, NULL, c->habits);
    stmt_bind_array(q, 2, c->h_id, NULL, c->habits);
    stmt_bind_array(q, 3, c->h_position, NULL, c->habits);
    stmt_bind_array(q, 4, c->h_count, NULL, c->habits);
    stmt_bind_array(q, 5, c->h_days, NULL, c->habits);
    stmt_bind_day(q, 6, s->first);
    stmt_bind_time(q, 7, s->joined);
    return stmt_run(q);
}

static enum ecode write_history_arrays(struct db *db, const struct chunk *c)
{
    struct stmt *q = db_query(db, &Q_seed_streak_many);
    stmt_bind_array(q, 1, c->h_user, NULL, c->habits);
    stmt_bind_array(q, 2, c->h_id, NULL, c->habits);
    stmt_bind_array(q, 3, c->s_last, NULL, c->habits);
    stmt_bind_array(q, 4, c->s_window, NULL, c->habits);
    stmt_bind_array(q, 5, c->s_first, NULL, c->habits);
    stmt_bind_array(q, 6, c->s_score, NULL, c->habits);
    stmt_bind_array(q, 7, c->s_run, NULL, c->habits);
    stmt_bind_array(q, 8, c->s_from, NULL, c->habits);
    stmt_bind_array(q, 9, c->s_done, NULL, c->habits);
    stmt_bind_array(q, 10, c->s_starts, NULL, c->habits);
    enum ecode rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    q = db_query(db, &Q_seed_log_many);
    stmt_bind_array(q, 1, c->l_user, NULL, c->logs);
    stmt_bind_array(q, 2, c->l_habit, NULL, c->logs);
    stmt_bind_array(q, 3, c->l_day, NULL, c->logs);
    stmt_bind_array(q, 4, c->l_status, NULL, c->logs);
    stmt_bind_array(q, 5, c->l_at, NULL, c->logs);
    return stmt_run(q);
}

static enum ecode write_rows(struct db *db, const struct shape *s, const struct chunk *c)
{
    struct day week = day_add(s->first, 1 - day_weekday(s->first));
    enum ecode rc = E_OK;
    for (size_t i = 0; i < c->users && rc == E_OK; i++) {
        struct stmt *q = db_query(db, &Q_seed_user);
        stmt_bind_uuid(q, 1, &c->user[i]);
        stmt_bind_i64(q, 2, c->telegram_id[i]);
        stmt_bind_text(q, 3, c->code[i]);
        stmt_bind_day(q, 4, s->first);
        stmt_bind_day(q, 5, week);
        stmt_bind_time(q, 6, s->joined);
        rc = stmt_run(q);
        if (rc != E_OK)
            break;
        q = db_query(db, &Q_seed_session);
        stmt_bind_uuid(q, 1, &c->user[i]);
        stmt_bind_uuid(q, 2, &c->session[i]);
        stmt_bind_bytes(q, 3, c->token_hash[i].data, c->token_hash[i].len);
        stmt_bind_time(q, 4, s->joined);
        stmt_bind_time(q, 5, instant_from_ms(s->now.ms + YEAR_MS));
        rc = stmt_run(q);
    }
    for (size_t i = 0; i < c->keys && rc == E_OK; i++) {
        struct stmt *q = db_query(db, &Q_seed_key);
        stmt_bind_text(q, 1, c->key[i]);
        stmt_bind_uuid(q, 2, &c->k_user[i]);
        stmt_bind_time(q, 3, s->joined);
        rc = stmt_run(q);
    }
    for (size_t i = 0; i < c->habits && rc == E_OK; i++) {
        struct stmt *q = db_query(db, &Q_seed_habit);
        stmt_bind_uuid(q, 1, &c->h_user[i]);
        stmt_bind_uuid(q, 2, &c->h_id[i]);
        stmt_bind_i64(q, 3, c->h_position[i]);
        stmt_bind_i64(q, 4, c->h_count[i]);
        stmt_bind_i64(q, 5, c->h_days[i]);
        stmt_bind_day(q, 6, s->first);
        stmt_bind_time(q, 7, s->joined);
        rc = stmt_run(q);
    }
    return rc;
}

static enum ecode write_history_rows(struct db *db, const struct chunk *c)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; i < c->habits && rc == E_OK; i++) {
        struct stmt *q = db_query(db, &Q_seed_streak);
        stmt_bind_uuid(q, 1, &c->h_user[i]);
        stmt_bind_uuid(q, 2, &c->h_id[i]);
        stmt_bind_day(q, 3, c->s_last[i]);
        stmt_bind_day(q, 4, c->s_window[i]);
        stmt_bind_day(q, 5, c->s_first[i]);
        stmt_bind_f64(q, 6, c->s_score[i]);
        stmt_bind_day(q, 7, c->s_run[i]);
        stmt_bind_day(q, 8, c->s_from[i]);
        stmt_bind_day(q, 9, c->s_done[i]);
        stmt_bind_bytes(q, 10, c->s_starts[i].data, c->s_starts[i].len);
        rc = stmt_run(q);
    }
    for (size_t i = 0; i < c->logs && rc == E_OK; i++) {
        struct stmt *q = db_query(db, &Q_seed_log);
        stmt_bind_uuid(q, 1, &c->l_user[i]);
        stmt_bind_uuid(q, 2, &c->l_habit[i]);
        stmt_bind_day(q, 3, c->l_day[i]);
        stmt_bind_text(q, 4, c->l_status[i]);
        stmt_bind_time(q, 5, c->l_at[i]);
        rc = stmt_run(q);
    }
    return rc;
}

static enum ecode write_chunk(struct db *db, const struct shape *s, const struct chunk *c)
{
    bool arrays = db_engine(db) == DB_POSTGRES;
    enum ecode rc = arrays ? write_arrays(db, s, c) : write_rows(db, s, c);
    if (rc != E_OK)
        return rc;
    return arrays ? write_history_arrays(db, c) : write_history_rows(db, c);
}

static enum ecode fill(struct db *db, const struct shape *s, FILE *tokens)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    size_t step = CHUNK_LOGS / ((size_t)s->habits * (size_t)s->days) + 1;
    enum ecode rc = E_OK;
    for (uint64_t u = 0, chunks = 0; u < s->users && rc == E_OK; chunks++) {
        arena_reset(arena);
        struct chunk c = chunk_new(arena, s, step);
        for (size_t i = 0; i < step && u < s->users; i++)
            add_person(&c, arena, s, u++, tokens);
        if (chunks % CHUNKS_PER_TXN == 0)
            rc = db_begin(db, DB_TXN_WRITE);
        if (rc == E_OK)
            rc = write_chunk(db, s, &c);
        if (rc == E_OK && (chunks % CHUNKS_PER_TXN == CHUNKS_PER_TXN - 1 || u == s->users))
            rc = db_commit(db);
    }
    arena_free(arena);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: seed URL USERS HABITS DAYS LAST TOKENS\n");
        return 2;
    }
    struct err err = {.code = E_OK};
    struct db *db;
    struct shape s = {.users = args_number(argv[2]),
                      .habits = args_number(argv[3]),
                      .days = (int32_t)args_number(argv[4]),
                      .now = instant_now()};
    CHECK(s.habits > 0 && (s.habits <= HABITS_MAX || s.users == 1) && s.days > 0); /* ids: people.h */
    s.today = day_of((int32_t)(s.now.ms / MS_PER_DAY));
    s.last = day_add(s.today, -(int32_t)args_number(argv[5]));
    s.first = day_add(s.last, 1 - s.days);
    s.joined = instant_from_ms(s.first.n * MS_PER_DAY);
    FILE *tokens = fopen(argv[6], "w");
    CHECK(tokens);
    enum ecode rc = db_open(argv[1], DB_READWRITE, &db, &err);
    if (rc == E_OK) {
        rc = stmt_run(db_query(db, &Q_seed_unchecked));
        if (rc == E_OK)
            rc = fill(db, &s, tokens);
        db_close(db);
    }
    if (fclose(tokens) != 0 && rc == E_OK)
        rc = err_set(&err, E_IO, "cannot write %s", argv[6]);
    if (rc != E_OK) {
        fprintf(stderr, "seed: %s\n", err.text);
        return 1;
    }
    printf("%llu people, %llu habits, %llu marks from %d days\n", (unsigned long long)s.users,
           (unsigned long long)(s.users * s.habits),
           (unsigned long long)(s.users * s.habits * (uint64_t)s.days), (int)s.days);
    return 0;
}
