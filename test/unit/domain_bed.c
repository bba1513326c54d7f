#include "domain_bed.h"

#include <string.h>
#include "domain/alert/alert.h"
#include "domain/checkin/checkin.h"
#include "domain/doctor/doctor.h"
#include "domain/habit/habit.h"
#include "domain/payment/payment.h"
#include "domain/user/user.h"
#include "store/partition.h"
#include "test.h"

bool domain_bed_init(struct domain_bed *b, enum db_engine engine)
{
    int made;
    bool shaped;
    memset(b, 0, sizeof *b);
    if (!migrate_bed_take(&b->base, engine, &shaped))
        return false;
    if (!shaped)
        assert_int_equal(migrate_bed_up(&b->base, migration_set_embedded(), -1), E_OK);
    b->policy = (struct policy){.trial_days = 7,
                                .habit_limit = {0, 5, 0},
                                .default_timezone = "UTC",
                                .currency = "RUB",
                                .plans = plans_builtin(),
                                .providers = (1u << PROVIDER_BALANCE) - 1};
    rng_init(&b->rng, 42);
    ctx_init(&b->ctx, b->base.db, b->base.arena, &b->policy, &b->rng, instant_from_ms(0), "test");
    b->ctx.actor.role = ROLE_SYSTEM;
    domain_bed_clock(b, "2026-03-15T12:00:00Z");
    if (!shaped) {
        domain_bed_ok(b, partition_ensure(b->base.db, day_of((int32_t)(b->ctx.now.ms / 86400000)), &made));
        migrate_bed_shaped(&b->base);
    }
    domain_bed_ok(b, db_begin(b->base.db, DB_TXN_WRITE));
    return true;
}

void domain_bed_release(struct domain_bed *b)
{
    db_rollback(b->base.db);
    migrate_bed_release(&b->base);
}

void domain_bed_ok(struct domain_bed *b, enum ecode rc)
{
    if (rc != E_OK)
        fail_msg("%s: %s: %s", ecode_name(rc), b->ctx.err.field, b->ctx.err.text);
}

void domain_bed_clock(struct domain_bed *b, const char *time)
{
    assert_true(instant_parse(time, strlen(time), &b->ctx.now));
}

struct uuid domain_bed_person(struct domain_bed *b, int64_t telegram_id, const char *zone)
{
    struct uuid id;
    bool created;
    struct user_view view;
    struct user_contact contact = {.telegram_id = telegram_id, .first_name = "Нина", .language_code = "ru"};
    domain_bed_ok(b, user_ensure(&b->ctx, &contact, &id, &created));
    domain_bed_ok(b, ctx_act_as(&b->ctx, &id));
    domain_bed_ok(b,
                  user_update(&b->ctx, &(struct user_change){.has_timezone = true, .timezone = zone}, &view));
    return id;
}

struct uuid domain_bed_habit(struct domain_bed *b, const char *name, int count, int days)
{
    struct habit h;
    struct habit_change change = {.has_name = true,
                                  .name = name,
                                  .has_frequency = true,
                                  .frequency_count = count,
                                  .frequency_days = days,
                                  .has_starts_on = true,
                                  .starts_on = day_of(20000)};
    domain_bed_ok(b, habit_create(&b->ctx, &change, &h));
    return h.id;
}

enum ecode domain_bed_put(struct domain_bed *b, const struct uuid *habit, int32_t day, enum log_status status,
                          struct log_result *out)
{
    struct log_mark m = {.habit_id = *habit, .day = day_of(day), .status = status};
    return log_put(&b->ctx, &m, out);
}

int64_t domain_bed_count(struct domain_bed *b, const char *sql)
{
    return migrate_bed_number(&b->base, sql);
}

void domain_bed_compare(struct domain_bed *b)
{
    struct today t;
    struct stats s;
    domain_bed_ok(b, today_get(&b->ctx, &(struct today_query){day_none()}, &t));
    for (size_t i = 0; i < t.count; i++) {
        domain_bed_ok(b, stats_get(&b->ctx, &(struct stats_query){t.items[i].habit.id, day_none()}, &s));
        assert_int_equal(t.items[i].current_streak, s.current_streak);
        assert_true(t.items[i].score - s.score < 1e-9 && s.score - t.items[i].score < 1e-9);
    }
}

void domain_bed_doctor(struct domain_bed *b)
{
    struct doctor_report report;
    struct doctor_options o = {0};
    domain_bed_ok(b, doctor_run(&b->ctx, &o, &report));
    for (size_t i = 0; i < report.count; i++) {
        if (report.checks[i].violations)
            fail_msg("%s: %s", report.checks[i].name, report.checks[i].rows[0]);
    }
}

void domain_bed_alerts(struct domain_bed *b, int max, struct alert **out, size_t *n)
{
    struct alert_page page;
    domain_bed_ok(b, alert_list(&b->ctx, &(struct alert_query){.list.limit = max}, &page));
    *out = page.items;
    *n = page.count;
}
