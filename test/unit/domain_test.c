#include <pthread.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "domain/checkin/checkin.h"
#include "domain/checkin/checkpoint.h"
#include "domain/doctor/doctor.h"
#include "domain/habit/habit.h"
#include "domain/maintain/maintain.h"
#include "domain/op.h"
#include "domain/session/session.h"
#include "domain/user/user.h"
#include "domain_bed.h"
#include "test.h"

/* The rules of the domain, on both engines. */

static void test_a_mark_is_new_then_same_then_changed(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        domain_bed_person(&b, 1, "Europe/Moscow");
        struct uuid h = domain_bed_habit(&b, "Читать", 1, 1);
        int32_t today = ctx_today(&b.ctx).n;
        domain_bed_ok(&b, domain_bed_put(&b, &h, today, LOG_DONE, &r));
        assert_int_equal(r.outcome, MARK_NEW);
        domain_bed_ok(&b, domain_bed_put(&b, &h, today, LOG_DONE, &r));
        assert_int_equal(r.outcome, MARK_SAME);
        domain_bed_ok(&b, domain_bed_put(&b, &h, today, LOG_SKIPPED, &r));
        assert_int_equal(r.outcome, MARK_CHANGED);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_logs"), 1);
    }
}

static void test_the_latest_mark_wins(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1);
        struct log_mark late = {.habit_id = h, .day = ctx_today(&b.ctx), .status = LOG_DONE};
        struct log_mark early = {.habit_id = h,
                                 .day = late.day,
                                 .status = LOG_DECLINED,
                                 .preset = PRESET_BUSY,
                                 .has_marked_at = true,
                                 .marked_at = instant_from_ms(b.ctx.now.ms - 60000)};
        domain_bed_ok(&b, log_put(&b.ctx, &late, &r));
        domain_bed_ok(&b, log_put(&b.ctx, &early, &r));
        assert_int_equal(r.outcome, MARK_SAME);
        assert_int_equal(r.entry.status, LOG_DONE);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_decline_notes"), 0);
    }
}

static void test_a_decline_note_lives_as_long_as_its_mark(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1);
        struct log_mark m = {.habit_id = h,
                             .day = ctx_today(&b.ctx),
                             .status = LOG_DECLINED,
                             .preset = PRESET_TIRED,
                             .note = "late night"};
        domain_bed_ok(&b, log_put(&b.ctx, &m, &r));
        assert_string_equal(r.entry.note, "late night");
        m.preset = PRESET_SICK;
        domain_bed_ok(&b, log_put(&b.ctx, &m, &r));
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM habit_decline_notes WHERE preset = 'sick'"), 1);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_decline_notes"), 1);
        domain_bed_ok(&b, domain_bed_put(&b, &h, m.day.n, LOG_DONE, &r));
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_decline_notes"), 0);
        domain_bed_ok(&b, log_put(&b.ctx, &m, &r));
        domain_bed_ok(&b, log_delete(&b.ctx, &(struct log_ref){h, m.day}, NULL));
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_decline_notes"), 0);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_logs"), 0);
    }
}

/* The day's own marks come from the checkpoint's window or, for a day behind it, from the day. */
static void test_today_shows_what_was_marked(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        static const int back[] = {0, 3, 200};
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1);
        for (size_t i = 0; i < ARRAY_LEN(back); i++) {
            struct log_result r;
            struct today t;
            struct log_mark m = {.habit_id = h,
                                 .day = day_add(ctx_today(&b.ctx), -back[i]),
                                 .status = LOG_DECLINED,
                                 .note = "tired of reading"};
            domain_bed_ok(&b, log_put(&b.ctx, &m, &r));
            domain_bed_ok(&b, today_get(&b.ctx, &(struct today_query){m.day}, &t));
            assert_int_equal(t.count, 1);
            assert_int_equal(t.items[0].status, LOG_DECLINED);
            assert_string_equal(t.items[0].note, "tired of reading");
            m.status = LOG_DONE;
            m.note = "after all";
            domain_bed_ok(&b, log_put(&b.ctx, &m, &r));
            domain_bed_ok(&b, today_get(&b.ctx, &(struct today_query){m.day}, &t));
            assert_int_equal(t.items[0].status, LOG_DONE);
            assert_string_equal(t.items[0].note, "after all");
            domain_bed_ok(&b, today_get(&b.ctx, &(struct today_query){day_add(m.day, -1)}, &t));
            assert_int_equal(t.items[0].status, LOG_NONE);
        }
    }
}

static void test_wrong_marks_name_their_field(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        domain_bed_person(&b, 1, "Pacific/Kiritimati");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1), other = {{9}};
        int32_t today = ctx_today(&b.ctx).n;
        assert_int_equal(today, b.ctx.now.ms / 86400000 + 1); /* Kiritimati is 14 hours ahead */
        const struct {
            struct log_mark mark;
            enum ecode code;
            const char *field;
        } cases[] = {
            {{.day = day_of(today + 1), .status = LOG_DONE}, E_INVALID, "day"},
            {{.day = day_of(DAY_FIRST_LOG - 1), .status = LOG_DONE}, E_INVALID, "day"},
            {{.day = day_of(today), .status = LOG_DONE, .has_value = true, .value = 1}, E_INVALID, "value"},
            {{.day = day_of(today), .status = LOG_DONE, .preset = PRESET_SICK}, E_INVALID, "preset"},
            {{.day = day_of(today), .status = LOG_NONE}, E_INVALID, "status"},
            {{.day = day_of(today), .status = LOG_DONE, .note = "bell \a"}, E_INVALID, "note"},
            {{.day = day_of(today),
              .status = LOG_DONE,
              .has_marked_at = true,
              .marked_at = instant_from_ms(b.ctx.now.ms + 3600000)},
             E_INVALID,
             "marked_at"},
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct log_mark m = cases[i].mark;
            m.habit_id = h;
            assert_int_equal(log_put(&b.ctx, &m, &r), cases[i].code);
            assert_string_equal(b.ctx.err.field, cases[i].field);
        }
        assert_int_equal(domain_bed_put(&b, &other, today, LOG_DONE, &r), E_NOT_FOUND);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_logs"), 0);
    }
}

static void test_limits_follow_the_tier(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct habit h;
        struct uuid first;
        domain_bed_person(&b, 1, "UTC");
        struct habit_change change = {.has_name = true, .name = "x"};
        for (int i = 0; i < 6; i++) /* the trial knows no limit here */
            first = domain_bed_habit(&b, "h", 1, 1);
        b.ctx.now = instant_from_ms(b.ctx.now.ms + 8 * 86400000LL);
        domain_bed_ok(&b, ctx_act_as(&b.ctx, &b.ctx.actor.user_id));
        assert_int_equal(habit_create(&b.ctx, &change, &h), E_LIMIT);
        assert_string_equal(b.ctx.err.reason, "habit_limit_reached");
        struct habit_change pause = {.id = first, .has_paused = true, .paused = true};
        domain_bed_ok(&b, habit_update(&b.ctx, &pause, &h));
        assert_int_equal(habit_create(&b.ctx, &change, &h), E_LIMIT); /* still five */
        domain_bed_ok(&b, habit_delete(&b.ctx, &(struct habit_ref){first}, NULL));
        struct habit_page page;
        domain_bed_ok(&b, habit_list(&b.ctx, &(struct habit_query){.limit = 1}, &page));
        domain_bed_ok(&b, habit_delete(&b.ctx, &(struct habit_ref){page.items[0].id}, NULL));
        domain_bed_ok(&b, habit_create(&b.ctx, &change, &h));
        assert_int_equal(habit_restore(&b.ctx, &(struct habit_ref){page.items[0].id}, &h), E_LIMIT);
    }
}

static void test_schedules_of_a_person_are_bounded(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct habit h;
        struct schedule s;
        struct schedule daily[20];
        domain_bed_person(&b, 1, "UTC");
        for (size_t i = 0; i < ARRAY_LEN(daily); i++)
            daily[i] =
                (struct schedule){.reminder_minute = (int)i, .starts_on = day_of(20000), .enabled = true};
        struct habit_change change = {
            .has_name = true, .name = "x", .schedules = daily, .schedules_count = ARRAY_LEN(daily)};
        for (size_t i = 0; i < SCHEDULES_PER_USER_MAX / ARRAY_LEN(daily); i++)
            domain_bed_ok(&b, habit_create(&b.ctx, &change, &h));
        assert_int_equal(habit_create(&b.ctx, &change, &h), E_LIMIT);
        assert_string_equal(b.ctx.err.reason, "schedule_limit_reached");
        struct schedule_change one = {.habit_id = h.id};
        assert_int_equal(schedule_create(&b.ctx, &one, &s), E_LIMIT);
    }
}

static void test_positions_are_dense_after_a_move(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct habit h;
        struct habit_page page;
        struct uuid ids[4];
        domain_bed_person(&b, 1, "UTC");
        for (int i = 0; i < 4; i++)
            ids[i] = domain_bed_habit(&b, "h", 1, 1);
        struct habit_change move = {.id = ids[3], .has_position = true, .position = 1};
        domain_bed_ok(&b, habit_update(&b.ctx, &move, &h));
        domain_bed_ok(&b, habit_list(&b.ctx, &(struct habit_query){.limit = 10}, &page));
        const size_t order[] = {0, 3, 1, 2};
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(uuid_cmp(&page.items[i].id, &ids[order[i]]), 0);
            assert_int_equal(page.items[i].position, i);
        }
        domain_bed_ok(&b, habit_delete(&b.ctx, &(struct habit_ref){ids[1]}, NULL));
        domain_bed_ok(&b,
                      habit_update(&b.ctx, &(struct habit_change){.id = ids[2], .has_position = true}, &h));
        domain_bed_ok(&b, habit_restore(&b.ctx, &(struct habit_ref){ids[1]}, &h));
        domain_bed_ok(&b, habit_list(&b.ctx, &(struct habit_query){.limit = 10}, &page));
        assert_int_equal(h.position, 2);
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(page.items[i].position, i);
    }
}

static void test_a_moved_start_moves_the_reminder(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct habit h;
        struct schedule daily = {
            .type = SCHEDULE_DAILY, .reminder_minute = 9 * 60, .starts_on = day_of(20000), .enabled = true};
        domain_bed_person(&b, 1, "UTC");
        struct habit_change make = {.has_name = true, .name = "x", .schedules = &daily, .schedules_count = 1};
        domain_bed_ok(&b, habit_create(&b.ctx, &make, &h));
        struct habit_change move = {
            .id = h.id, .has_starts_on = true, .starts_on = day_add(ctx_today(&b.ctx), 30)};
        domain_bed_ok(&b, habit_update(&b.ctx, &move, &h));
        int64_t due = (move.starts_on.n * 24LL + 9) * 3600;
        assert_int_equal(
            domain_bed_count(&b, engine_ == DB_SQLITE
                                     ? "SELECT next_due_at / 1000 FROM habit_schedules"
                                     : "SELECT extract(epoch FROM next_due_at)::bigint FROM habit_schedules"),
            due);
    }
}

static void test_a_batch_folds_refuses_and_answers_each(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_batch_result r;
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1), foreign = {{7}};
        struct day today = ctx_today(&b.ctx);
        struct instant old = instant_from_ms(b.ctx.now.ms - 5000);
        struct log_mark marks[] = {
            {.habit_id = h, .day = day_add(today, -1), .status = LOG_DONE},
            {.habit_id = h, .day = today, .status = LOG_DONE},
            {.habit_id = h, .day = today, .status = LOG_SKIPPED, .has_marked_at = true, .marked_at = old},
            {.habit_id = foreign, .day = today, .status = LOG_DONE},
            {.habit_id = h, .day = day_add(today, 2), .status = LOG_DONE},
            {.habit_id = h, .day = day_add(today, -400), .status = LOG_DECLINED, .note = "why"},
        };
        domain_bed_ok(&b, log_batch(&b.ctx, &(struct log_batch){marks, ARRAY_LEN(marks)}, &r));
        assert_int_equal(r.count, ARRAY_LEN(marks));
        assert_int_equal(r.items[0].result.outcome, MARK_NEW);
        assert_int_equal(r.items[1].result.outcome, MARK_NEW);
        assert_int_equal(r.items[2].result.outcome, MARK_CHANGED);  /* the day was new to the first only */
        assert_int_equal(r.items[2].result.entry.status, LOG_DONE); /* folded into the later one */
        assert_int_equal(r.items[3].code, E_NOT_FOUND);
        assert_int_equal(r.items[4].code, E_INVALID);
        assert_string_equal(r.items[4].err.field, "day");
        assert_string_equal(r.items[5].result.entry.note, "why");
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_logs"), 3);
        domain_bed_compare(&b);
        domain_bed_doctor(&b);
    }
}

static void test_erasing_leaves_nothing_and_no_second_trial(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct uuid again;
        bool created;
        struct user_view view;
        char token[TOKEN_TEXT];
        struct uuid user = domain_bed_person(&b, 77, "UTC");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1);
        struct session_draft draft = {user, "t", false, ORIGIN_TOKEN, duration_seconds(100)};
        domain_bed_ok(&b, session_create(&b.ctx, &draft, token));
        struct log_mark m = {
            .habit_id = h, .day = ctx_today(&b.ctx), .status = LOG_DECLINED, .preset = PRESET_SICK};
        domain_bed_ok(&b, log_put(&b.ctx, &m, &r));
        domain_bed_ok(&b, user_erase(&b.ctx, NULL, NULL));
        domain_bed_doctor(&b);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_logs"), 0);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM directory"), 0);
        assert_int_equal(session_authenticate(&b.ctx, token, strlen(token)), E_UNAUTHENTIC);
        domain_bed_ok(&b, user_ensure(&b.ctx, &(struct user_contact){.telegram_id = 77}, &again, &created));
        assert_true(created);
        domain_bed_ok(&b, ctx_act_as(&b.ctx, &again));
        domain_bed_ok(&b, user_get(&b.ctx, NULL, &view));
        assert_int_equal(view.user.tier, TIER_FREE);
    }
}

static void test_tokens_prove_themselves(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        char token[TOKEN_TEXT];
        struct uuid user = domain_bed_person(&b, 5, "Asia/Tokyo");
        struct session_draft draft = {user, "phone", false, ORIGIN_TOKEN, duration_seconds(100)};
        domain_bed_ok(&b, session_create(&b.ctx, &draft, token));
        domain_bed_ok(&b, session_authenticate(&b.ctx, token, strlen(token)));
        assert_int_equal(b.ctx.actor.role, ROLE_USER);
        assert_string_equal(zone_name(b.ctx.actor.zone), "Asia/Tokyo");
        token[60] = token[60] == 'A' ? 'B' : 'A';
        assert_int_equal(session_authenticate(&b.ctx, token, strlen(token)), E_UNAUTHENTIC);
        token[60] = token[60] == 'A' ? 'B' : 'A';
        assert_int_equal(session_authenticate(&b.ctx, token, strlen(token) - 1), E_UNAUTHENTIC);
        b.ctx.now.ms += 101000;
        assert_int_equal(session_authenticate(&b.ctx, token, strlen(token)), E_UNAUTHENTIC);
        domain_bed_ok(&b, session_create(&b.ctx, &draft, token));
        domain_bed_ok(&b, session_authenticate(&b.ctx, token, strlen(token)));
        struct session_selector all = {.all = true};
        domain_bed_ok(&b, session_delete(&b.ctx, &all, NULL));
        assert_int_equal(session_authenticate(&b.ctx, token, strlen(token)), E_UNAUTHENTIC);
    }
}

static void test_upkeep_purges_what_cannot_be_undone(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct habit h;
        struct maintain_counts done;
        bool more;
        domain_bed_person(&b, 5, "UTC");
        struct uuid id = domain_bed_habit(&b, "Read", 1, 1);
        domain_bed_ok(&b, domain_bed_put(&b, &id, ctx_today(&b.ctx).n, LOG_DONE, &r));
        domain_bed_ok(&b, habit_delete(&b.ctx, &(struct habit_ref){id}, NULL));
        b.ctx.now.ms += 29 * 86400000LL;
        domain_bed_ok(&b, maintain_step(&b.ctx, &done, &more));
        assert_int_equal(done.habits, 0);
        domain_bed_ok(&b, habit_restore(&b.ctx, &(struct habit_ref){id}, &h));
        domain_bed_ok(&b, habit_delete(&b.ctx, &(struct habit_ref){id}, NULL));
        b.ctx.now.ms += 31 * 86400000LL;
        assert_int_equal(habit_restore(&b.ctx, &(struct habit_ref){id}, &h), E_NOT_FOUND);
        domain_bed_ok(&b, maintain_step(&b.ctx, &done, &more));
        assert_int_equal(done.habits, 1);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_logs"), 0);
        domain_bed_doctor(&b);
    }
}

/* What another instance does meanwhile, in a transaction of its own on a thread of its own. */
struct instance {
    struct domain_bed *bed;
    enum ecode (*act)(struct ctx *ctx, const struct uuid *habit);
    struct uuid habit;
    enum ecode rc;
};

static void *instance_run(void *arg)
{
    struct instance *in = arg;
    struct ctx ctx;
    struct rng rng;
    struct err err;
    struct arena *a = arena_new(64u * 1024 * 1024);
    struct db *db = migrate_bed_connect(&in->bed->base, &err);
    rng_init(&rng, 4711);
    ctx_init(&ctx, db, a, &in->bed->policy, &rng, in->bed->ctx.now, "other");
    in->rc = db_begin(db, DB_TXN_WRITE);
    ctx.actor = in->bed->ctx.actor;
    if (in->rc == E_OK)
        in->rc = in->act(&ctx, &in->habit);
    if (in->rc == E_OK)
        in->rc = db_commit(db);
    db_close(db);
    arena_free(a);
    return NULL;
}

/* Runs act here and there at once: there begins while what was done here is not committed yet. */
static enum ecode at_once(struct domain_bed *b, enum ecode (*here)(struct ctx *, const struct uuid *),
                          enum ecode (*there)(struct ctx *, const struct uuid *), const struct uuid *habit)
{
    pthread_t thread;
    struct instance other = {.bed = b, .act = there, .habit = *habit};
    domain_bed_ok(b, db_commit(b->base.db));
    domain_bed_ok(b, db_begin(b->base.db, DB_TXN_WRITE));
    domain_bed_ok(b, here(&b->ctx, habit));
    assert_int_equal(pthread_create(&thread, NULL, instance_run, &other), 0);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    domain_bed_ok(b, db_commit(b->base.db));
    assert_int_equal(pthread_join(thread, NULL), 0);
    domain_bed_ok(b, db_begin(b->base.db, DB_TXN_WRITE));
    return other.rc;
}

static enum ecode mark_back(struct ctx *ctx, const struct uuid *habit, int days, enum log_status status,
                            const char *note)
{
    struct log_result r;
    struct log_mark m = {
        .habit_id = *habit, .day = day_add(ctx_today(ctx), -days), .status = status, .note = note};
    return op_run(ctx, &OP_log_put, &m, &r);
}

static enum ecode mark_60_back(struct ctx *ctx, const struct uuid *habit)
{
    return mark_back(ctx, habit, 60, LOG_DONE, NULL);
}

static enum ecode mark_61_back(struct ctx *ctx, const struct uuid *habit)
{
    return mark_back(ctx, habit, 61, LOG_DONE, NULL);
}

static enum ecode mark_today(struct ctx *ctx, const struct uuid *habit)
{
    return mark_back(ctx, habit, 0, LOG_DONE, NULL);
}

static enum ecode make_one(struct ctx *ctx, const struct uuid *unused)
{
    struct habit h;
    struct habit_change change = {.has_name = true, .name = "x"};
    return op_run(ctx, &OP_habit_create, &change, &h);
}

static enum ecode to_tokyo(struct ctx *ctx, const struct uuid *unused)
{
    struct user_view view;
    struct user_change change = {.has_timezone = true, .timezone = "Asia/Tokyo"};
    return op_run(ctx, &OP_me_update, &change, &view);
}

static enum ecode week_from_sunday(struct ctx *ctx, const struct uuid *unused)
{
    struct user_view view;
    struct user_change change = {.has_week_starts_on = true, .week_starts_on = 7};
    return op_run(ctx, &OP_me_update, &change, &view);
}

static enum ecode decline_one(struct ctx *ctx, const struct uuid *habit)
{
    return mark_back(ctx, habit, 0, LOG_DECLINED, "one");
}

static enum ecode decline_two(struct ctx *ctx, const struct uuid *habit)
{
    return mark_back(ctx, habit, 0, LOG_DECLINED, "two");
}

static enum ecode erase(struct ctx *ctx, const struct uuid *unused)
{
    return op_run(ctx, &OP_me_erase, NULL, NULL);
}

static enum ecode sign_in(struct ctx *ctx, const struct uuid *unused)
{
    struct uuid id;
    bool created;
    char token[TOKEN_TEXT];
    enum ecode rc = user_ensure(ctx, &(struct user_contact){.telegram_id = 9}, &id, &created);
    struct session_draft draft = {id, "t", false, ORIGIN_TOKEN, duration_seconds(100)};
    return rc == E_OK ? session_create(ctx, &draft, token) : rc;
}

static void test_two_instances_keep_limits_settings_and_notes(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct user_view view;
        domain_bed_person(&b, 9, "UTC");
        b.ctx.now.ms += 8 * 86400000LL; /* the trial is over: five habits */
        domain_bed_ok(&b, ctx_act_as(&b.ctx, &b.ctx.actor.user_id));
        struct uuid h = domain_bed_habit(&b, "h", 1, 1);
        for (int i = 0; i < 3; i++)
            domain_bed_habit(&b, "h", 1, 1);
        assert_int_equal(at_once(&b, make_one, make_one, &h), E_LIMIT);
        assert_int_equal(at_once(&b, to_tokyo, week_from_sunday, &h), E_OK);
        domain_bed_ok(&b, user_get(&b.ctx, NULL, &view));
        assert_string_equal(view.user.timezone, "Asia/Tokyo");
        assert_int_equal(view.user.week_starts_on, 7);
        assert_int_equal(at_once(&b, decline_one, decline_two, &h), E_OK);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM habit_decline_notes"), 1);
        assert_int_equal(at_once(&b, erase, sign_in, &h), E_OK);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM users"), 2);
        domain_bed_doctor(&b);
    }
}

static void test_two_instances_leave_a_true_checkpoint(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct uuid h = domain_bed_habit(&b, "Read", 1, 1), late = domain_bed_habit(&b, "Run", 1, 1);
        domain_bed_ok(&b, mark_today(&b.ctx, &h));
        domain_bed_ok(&b, at_once(&b, mark_60_back, mark_61_back, &h));
        domain_bed_doctor(&b);
        /* One moves the checkpoint up by months while the other marks a day it passes. */
        domain_bed_ok(&b, mark_today(&b.ctx, &late));
        b.ctx.now.ms += 90 * 86400000LL;
        domain_bed_ok(&b, at_once(&b, mark_60_back, mark_today, &late));
        domain_bed_doctor(&b);
        domain_bed_compare(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mark_is_new_then_same_then_changed),
        cmocka_unit_test(test_the_latest_mark_wins),
        cmocka_unit_test(test_a_decline_note_lives_as_long_as_its_mark),
        cmocka_unit_test(test_today_shows_what_was_marked),
        cmocka_unit_test(test_wrong_marks_name_their_field),
        cmocka_unit_test(test_limits_follow_the_tier),
        cmocka_unit_test(test_schedules_of_a_person_are_bounded),
        cmocka_unit_test(test_positions_are_dense_after_a_move),
        cmocka_unit_test(test_a_moved_start_moves_the_reminder),
        cmocka_unit_test(test_a_batch_folds_refuses_and_answers_each),
        cmocka_unit_test(test_erasing_leaves_nothing_and_no_second_trial),
        cmocka_unit_test(test_tokens_prove_themselves),
        cmocka_unit_test(test_two_instances_keep_limits_settings_and_notes),
        cmocka_unit_test(test_two_instances_leave_a_true_checkpoint),
        cmocka_unit_test(test_upkeep_purges_what_cannot_be_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
